/* chatd.c. The order of the end matters: the client to the store ends first, since every answer
 * that is awaited leads to a job's end or a browser's, which must still be there. */
#include "services/chatd/chatd.h"

#include <stdlib.h>

#include "lib/bus_client.h"
#include "lib/bus_hint.h"
#include "lib/bus_worker.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "proto/chatd.h"
#include "services/chatd/chat.h"
#include "services/chatd/config.h"
#include "services/chatd/host.h"
#include "services/chatd/jobs.h"

typedef struct {
    const chatd_config_t *config;
    sb_client_t *store;
    chat_host_t *host;
    jobs_t jobs; /* with the driver */
    sb_hears_t *hints;
    sb_worker_t *workers[CHATD_BOTDS_MAX];
    size_t workers_len;
} chatd_t;

static void s_on_hint(void *ctx, const char *topic, const cJSON *body)
{
    chatd_t *self = ctx;
    self->jobs.driver->hint(self->jobs.self, topic, body);
}

static void s_on_resync(void *ctx)
{
    chatd_t *self = ctx;
    self->jobs.driver->resync(self->jobs.self);
}

static int s_start_driver(chatd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    const chat_driver_t *driver = chat_driver_at((size_t)self->config->driver);
    self->host = chat_host_new(sb_daemon_loop(daemon), self->store, driver->name, driver->hear);
    self->jobs.driver = driver;
    self->jobs.self = driver->new (self->host, self->config, err);
    if (!self->jobs.self) {
        return err->code;
    }
    const char *name = NULL;
    const char *address = driver->address(self->jobs.self, &name);
    if (address) {
        sb_daemon_bound(daemon, name, address);
    }
    return SB_OK;
}

static int s_start_workers(chatd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    const sb_worker_config_t config = {
        .service = SB_CHATD,
        .driver = self->jobs.driver->name,
        .instance = self->config->common.instance,
        .credit = (uint32_t)self->config->credit,
    };
    for (size_t i = 0; self->config->botds[i]; i++) {
        sb_worker_t *worker =
            sb_worker_new(sb_daemon_loop(daemon), sb_daemon_keys(daemon), self->config->botds[i],
                          &config, jobs_routes, jobs_routes_len, &self->jobs, err);
        if (!worker) {
            return sb_fail_in(err, "botd.endpoints[%zu]", i);
        }
        self->workers[self->workers_len++] = worker;
    }
    return SB_OK;
}

static int s_start(chatd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    zloop_t *loop = sb_daemon_loop(daemon);
    sb_keys_t *keys = sb_daemon_keys(daemon);
    self->store = sb_client_new(loop, keys, SB_ROLE_TASKD, self->config->taskd,
                                self->config->common.instance, CHAT_CALLS_MAX, err);
    if (!self->store) {
        return sb_fail_in(err, "taskd.endpoint");
    }
    if (s_start_driver(self, daemon, err)) {
        return err->code;
    }
    if (self->jobs.driver->topics) {
        self->hints = sb_hears_new(loop, keys, SB_ROLE_TASKD, self->config->taskd_hints,
                                   self->jobs.driver->topics, s_on_hint, s_on_resync, self, err);
        if (!self->hints) {
            return sb_fail_in(err, "taskd.hints");
        }
    }
    return s_start_workers(self, daemon, err);
}

int chatd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    chatd_t *self = sb_alloc(sizeof *self);
    *self_p = self;
    self->config = sb_daemon_config(daemon);
    if (s_start(self, daemon, err)) {
        chatd_stop(self_p);
        return err->code;
    }
    self->jobs.driver->people(self->jobs.self);
    return SB_OK;
}

void chatd_stop(void **self_p)
{
    chatd_t *self = *self_p;
    if (self->jobs.self) {
        self->jobs.driver->stop(self->jobs.self);
    }
    if (self->host) {
        chat_host_close(self->host);
    }
    sb_hears_destroy(&self->hints);
    sb_client_destroy(&self->store);
    if (self->jobs.self) {
        self->jobs.driver->destroy(&self->jobs.self);
    }
    chat_host_destroy(&self->host);
    for (size_t i = 0; i < self->workers_len; i++) {
        sb_worker_destroy(&self->workers[i]);
    }
    free(self);
    *self_p = NULL;
}

void chatd_drain(void *chatd)
{
    chatd_t *self = chatd;
    for (size_t i = 0; i < self->workers_len; i++) {
        sb_worker_drain(self->workers[i]);
    }
    self->jobs.driver->stop(self->jobs.self);
}

bool chatd_idle(void *chatd)
{
    const chatd_t *self = chatd;
    for (size_t i = 0; i < self->workers_len; i++) {
        if (sb_worker_open_calls(self->workers[i]) > 0) {
            return false;
        }
    }
    return sb_client_pending(self->store) == 0;
}

void chatd_reloaded(void *chatd)
{
    chatd_t *self = chatd;
    self->jobs.driver->people(self->jobs.self);
}

bool chatd_ready(void *chatd)
{
    const chatd_t *self = chatd;
    return sb_client_connected(self->store);
}

void chatd_stats(void *chatd, cJSON *object)
{
    chatd_t *self = chatd;
    const chat_host_stats_t *host = chat_host_stats(self->host);
    sb_json_add_str(object, "driver", self->jobs.driver->name);
    sb_json_add_int(object, "heard", (int64_t)host->heard);
    sb_json_add_int(object, "heard_repeated", (int64_t)host->repeated);
    sb_json_add_int(object, "not_heard", (int64_t)host->not_heard);
    sb_json_add_int(object, "people_synced", (int64_t)host->synced);
    sb_json_add_int(object, "sent", (int64_t)self->jobs.stats.sent);
    sb_json_add_int(object, "updated", (int64_t)self->jobs.stats.updated);
    sb_json_add_int(object, "jobs_failed", (int64_t)self->jobs.stats.failed);
    sb_json_add_int(object, "team_given_up", (int64_t)self->jobs.stats.given_up);
    sb_json_add_int(object, "store_calls", (int64_t)sb_client_pending(self->store));
    self->jobs.driver->stats(self->jobs.self, object);
    cJSON *workers = sb_json_array();
    for (size_t i = 0; i < self->workers_len; i++) {
        cJSON *worker = sb_json_object();
        sb_worker_stats_json(self->workers[i], worker);
        sb_json_push(workers, worker);
    }
    sb_json_add(object, "workers", workers);
}
