#include "services/authd/authd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_client.h"
#include "lib/bus_hint.h"
#include "lib/bus_worker.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/authd.h"
#include "proto/taskd.h"
#include "services/authd/config.h"
#include "services/authd/factors.h"
#include "services/authd/jobs.h"
#include "services/authd/pages.h"
#include "services/authd/store.h"

#define CALLS_MAX 4096 /* unanswered requests to taskd */
#define CAN_SIZE_MAX 1024
#define START_SIZE_MAX (SB_OUTBOX_BODY_MAX + 1024) /* what botd may have put, and the frame */

typedef struct {
    const authd_config_t *config;
    sb_timers_t *timers;
    sb_client_t *taskd;
    store_t *store;
    sb_hears_t *hints; /* with pages */
    pages_t *pages;    /* NULL without page.url */
    factors_t *factors;
    jobs_t *jobs;
    sb_worker_t *workers[AUTHD_BOTDS_MAX]; /* one per botd */
    size_t workers_len;
} authd_t;

static void s_on_can(void *ctx, sb_call_t *call)
{
    jobs_can(((authd_t *)ctx)->jobs, call);
}

static void s_on_start(void *ctx, sb_call_t *call)
{
    jobs_start(((authd_t *)ctx)->jobs, call);
}

static void s_on_cancel(void *ctx, sb_call_t *call)
{
    jobs_cancel(((authd_t *)ctx)->jobs, call);
}

static void s_on_check(void *ctx, sb_call_t *call)
{
    jobs_check(((authd_t *)ctx)->jobs, call);
}

static const sb_route_t s_routes[] = {
    {SB_FACTOR_CAN,    SB_ROLE_BOTD, CAN_SIZE_MAX,   s_on_can   },
    {SB_FACTOR_START,  SB_ROLE_BOTD, START_SIZE_MAX, s_on_start },
    {SB_FACTOR_CANCEL, SB_ROLE_BOTD, CAN_SIZE_MAX,   s_on_cancel},
    {SB_FACTOR_CHECK,  SB_ROLE_BOTD, CAN_SIZE_MAX,   s_on_check },
};

static int s_open_workers(authd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    const sb_worker_config_t config = {
        .service = SB_AUTHD,
        .driver = factors_at(self->factors, 0)->driver->name,
        .instance = self->config->common.instance,
        .credit = (uint32_t)self->config->credit,
    };
    for (char *const *endpoint = self->config->botd; *endpoint; endpoint++) {
        assert(self->workers_len < AUTHD_BOTDS_MAX);
        sb_worker_t *worker =
            sb_worker_new(sb_daemon_loop(daemon), sb_daemon_keys(daemon), *endpoint, &config,
                          s_routes, sizeof s_routes / sizeof s_routes[0], self, err);
        if (!worker) {
            return sb_fail_in(err, "botd.endpoints");
        }
        self->workers[self->workers_len++] = worker;
    }
    return SB_OK;
}

static void s_on_hint(void *ctx, const char *topic, const cJSON *body)
{
    (void)topic;
    authd_t *self = ctx;
    pages_hint(self->pages, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "job")));
}

static void s_on_resync(void *ctx)
{
    authd_t *self = ctx;
    pages_hint(self->pages, NULL);
}

static int s_open_pages(authd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    static const char *const topics[] = {SB_HINT_PAGE, NULL};
    self->pages = pages_new(self->config, self->store, self->timers, err);
    if (!self->pages) {
        return err->code;
    }
    self->hints =
        sb_hears_new(sb_daemon_loop(daemon), sb_daemon_keys(daemon), SB_ROLE_TASKD,
                     self->config->taskd_hints, topics, s_on_hint, s_on_resync, self, err);
    return self->hints ? SB_OK : sb_fail_in(err, "taskd.hints");
}

static int s_open(authd_t *self, sb_daemon_t *daemon, sb_err_t *err)
{
    zloop_t *loop = sb_daemon_loop(daemon);
    self->timers = sb_timers_new(loop);
    self->taskd = sb_client_new(loop, sb_daemon_keys(daemon), SB_ROLE_TASKD, self->config->taskd,
                                self->config->common.instance, CALLS_MAX, err);
    if (!self->taskd) {
        return sb_fail_in(err, "taskd.endpoint");
    }
    self->store = store_new(self->taskd, self->timers);
    if (self->config->page_url[0] && s_open_pages(self, daemon, err)) {
        return err->code;
    }
    const factor_env_t env = {
        .config = self->config,
        .store = self->store,
        .timers = self->timers,
        .loop = loop,
        .pages = self->pages,
    };
    self->factors = factors_new(factor_drivers, &env, err);
    if (!self->factors) {
        return err->code;
    }
    self->jobs = jobs_new(self->factors, self->timers);
    return s_open_workers(self, daemon, err);
}

int authd_check(void *config, sb_err_t *err)
{
    const authd_config_t *self = config;
    if (!self->botd[0]) {
        return sb_fail(err, SB_EINVALID, "botd.endpoints: none is listed");
    }
    if (self->page_url[0] && pages_check(self, err)) {
        return err->code;
    }
    return factors_check(factor_drivers, self, err);
}

int authd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    authd_t *self = sb_alloc(sizeof *self);
    *self_p = self;
    self->config = sb_daemon_config(daemon);
    if (s_open(self, daemon, err)) {
        authd_stop(self_p);
        return err->code;
    }
    return SB_OK;
}

/* Workers first, so that botd gives open jobs to others rather than hear us refuse them; the
 * store's client after all who ask it, since it calls back about what is out. */
void authd_stop(void **self_p)
{
    authd_t *self = *self_p;
    while (self->workers_len > 0) {
        sb_worker_destroy(&self->workers[--self->workers_len]);
    }
    jobs_destroy(&self->jobs);
    factors_destroy(&self->factors);
    sb_hears_destroy(&self->hints);
    pages_destroy(&self->pages);
    sb_client_destroy(&self->taskd);
    store_destroy(&self->store);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

void authd_drain(void *authd)
{
    authd_t *self = authd;
    for (size_t i = 0; i < self->workers_len; i++) {
        sb_worker_drain(self->workers[i]);
    }
}

bool authd_idle(void *authd)
{
    const authd_t *self = authd;
    return jobs_len(self->jobs) == 0;
}

bool authd_ready(void *authd)
{
    const authd_t *self = authd;
    bool known = false;
    for (size_t i = 0; i < self->workers_len; i++) {
        known |= sb_worker_connected(self->workers[i]);
    }
    return known && sb_client_connected(self->taskd);
}

void authd_stats(void *authd, cJSON *object)
{
    const authd_t *self = authd;
    jobs_stats_json(self->jobs, object);
    store_stats_json(self->store, object);
    if (self->pages) {
        pages_stats_json(self->pages, object);
    }
    cJSON *workers = sb_json_array();
    for (size_t i = 0; i < self->workers_len; i++) {
        cJSON *worker = sb_json_object();
        sb_worker_stats_json(self->workers[i], worker);
        sb_json_push(workers, worker);
    }
    sb_json_add(object, "workers", workers);
}
