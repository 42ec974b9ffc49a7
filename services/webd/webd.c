#include "services/webd/webd.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bus_client.h"
#include "lib/bus_hint.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/taskd.h"
#include "services/webd/config.h"
#include "services/webd/confirm.h"
#include "services/webd/enroll.h"

#define CALLS_MAX 4096 /* unanswered requests to taskd */

typedef struct {
    const webd_config_t *config;
    sb_client_t *taskd;
    sb_hears_t *hears;
    server_t *server;
    guesses_t *guesses;
    confirm_t *confirm;
    char *rp_id;
    store_t store;
} webd_t;

static const char *const s_topics[] = {SB_HINT_PAGE, NULL};

static void s_on_hint(void *ctx, const char *topic, const cJSON *body)
{
    (void)topic;
    (void)body;
    confirm_look(((webd_t *)ctx)->confirm);
}

static void s_on_resync(void *ctx)
{
    confirm_look(((webd_t *)ctx)->confirm);
}

/* For who watches us from outside: 200 while the store can be asked. */
static void s_health(webd_t *self, uint64_t id)
{
    cJSON *body = sb_json_object();
    const bool ready = sb_client_connected(self->taskd);
    sb_json_add_bool(body, "ready", ready);
    reply_json(self->server, id, ready ? 200 : 503, &body);
}

static void s_on_request(void *ctx, request_t **request_p, const request_route_t *route)
{
    webd_t *self = ctx;
    switch (route->route) {
    case ROUTE_FILE:
        reply_file(self->server, (*request_p)->id, (*request_p)->path);
        break;
    case ROUTE_HEALTH:
        s_health(self, (*request_p)->id);
        break;
    case ROUTE_ENROLL_BEGIN:
    case ROUTE_ENROLL_FINISH:
        enroll_serve(&self->store, request_p, route);
        break;
    default:
        confirm_serve(self->confirm, request_p, route);
        break;
    }
    request_destroy(request_p);
}

static int s_open_server(webd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    const webd_config_t *config = self->config;
    const server_config_t server = {
        .listen = config->listen,
        .origin = config->page_url,
        .cert_file = config->tls_cert_file[0] ? config->tls_cert_file : NULL,
        .key_file = config->tls_key_file[0] ? config->tls_key_file : NULL,
    };
    self->server = server_new(sb_daemon_loop(daemon), &server, s_on_request, self, err);
    if (!self->server) {
        return sb_fail_in(err, "listen");
    }
    self->store.server = self->server;
    sb_daemon_bound(daemon, "web", server_url(self->server));
    return SB_OK;
}

static int s_open(webd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    zloop_t *loop = sb_daemon_loop(daemon);
    uint64_t seed;
    sb_random(&seed, sizeof seed);
    self->taskd = sb_client_new(loop, sb_daemon_keys(daemon), SB_ROLE_TASKD, self->config->taskd,
                                self->config->common.instance, CALLS_MAX, err);
    if (!self->taskd) {
        return sb_fail_in(err, "taskd.endpoint");
    }
    self->guesses = guesses_new(seed, sb_clock_mono_ms());
    self->rp_id = webd_config_rp_id(self->config);
    self->store = (store_t){.taskd = self->taskd,
                            .guesses = self->guesses,
                            .origin = self->config->page_url,
                            .rp_id = self->rp_id};
    self->confirm = confirm_new(loop, &self->store);
    self->hears =
        sb_hears_new(loop, sb_daemon_keys(daemon), SB_ROLE_TASKD, self->config->taskd_hints,
                     s_topics, s_on_hint, s_on_resync, self, err);
    if (!self->hears) {
        return sb_fail_in(err, "taskd.hints");
    }
    return s_open_server(self, daemon, err);
}

int webd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    webd_t *self = sb_alloc(sizeof *self);
    *self_p = self;
    self->config = sb_daemon_config(daemon);
    if (s_open(self, daemon, err)) {
        webd_stop(self_p);
        return err->code;
    }
    return SB_OK;
}

/* The server stops first, so that nothing new comes; the store's client before all who ask it,
 * since it calls back about what is out, and they answer, into the void. */
void webd_stop(void **self_p)
{
    webd_t *self = *self_p;
    if (self->server) {
        server_stop(self->server);
    }
    sb_hears_destroy(&self->hears);
    sb_client_destroy(&self->taskd);
    confirm_destroy(&self->confirm);
    server_destroy(&self->server);
    guesses_destroy(&self->guesses);
    free(self->rp_id);
    free(self);
    *self_p = NULL;
}

bool webd_ready(void *webd)
{
    return sb_client_connected(((webd_t *)webd)->taskd);
}

void webd_stats(void *webd, cJSON *object)
{
    server_stats(((webd_t *)webd)->server, object);
}
