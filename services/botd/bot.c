/* bot.c. Ties the parts together: who leads runs cycle and dispatch; who loses the lease stops
 * both, and whatever was half done is found again in the store by the next leader. */
#include "services/botd/bot.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "lib/bus_client.h"
#include "lib/bus_hint.h"
#include "lib/bus_pool.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/authd.h"
#include "proto/botd.h"
#include "proto/taskd.h"
#include "services/botd/check.h"
#include "services/botd/config.h"
#include "services/botd/cycle.h"
#include "services/botd/dispatch.h"
#include "services/botd/leader.h"

#define JOBS_MAX 4096  /* in the pool at once */
#define CALLS_MAX 4096 /* unanswered requests to taskd */

typedef struct {
    sb_daemon_t *daemon;
    const botd_config_t *config;
    policy_t *policy;
    sb_timers_t *timers;
    sb_server_t *server;
    sb_pool_t *pool;
    sb_client_t *taskd;
    sb_hears_t *hints;
    leader_t *leader;
    cycle_t *cycle;
    dispatch_t *dispatch;
    bool loaded; /* the pending rows of this epoch are here, the cycle runs */
} bot_t;

/* ---- Leadership. */

static void s_gained(void *ctx, int64_t epoch)
{
    bot_t *self = ctx;
    dispatch_start(self->dispatch, epoch);
}

static void s_lost(void *ctx)
{
    bot_t *self = ctx;
    self->loaded = false;
    cycle_stop(self->cycle);
    dispatch_stop(self->dispatch);
}

static void s_stale(void *ctx)
{
    bot_t *self = ctx;
    leader_doubt(self->leader);
}

/* The rows that were pending go first: nothing new is said to a person before what is older. */
static void s_loaded(void *ctx)
{
    bot_t *self = ctx;
    self->loaded = true;
    cycle_start(self->cycle, leader_epoch(self->leader), self->policy);
}

/* ---- Work. */

static void s_committed(void *ctx, const cJSON *outbox)
{
    bot_t *self = ctx;
    dispatch_add(self->dispatch, outbox);
}

static bool s_full(void *ctx)
{
    bot_t *self = ctx;
    return dispatch_full(self->dispatch);
}

static void s_drained(void *ctx)
{
    bot_t *self = ctx;
    cycle_kick(self->cycle);
}

static void s_on_hint(void *ctx, const char *topic, const cJSON *body)
{
    (void)topic;
    (void)body;
    bot_t *self = ctx;
    cycle_kick(self->cycle);
}

static void s_on_resync(void *ctx)
{
    bot_t *self = ctx;
    cycle_kick(self->cycle);
}

/* ---- Requests. */

static void s_on_ping(void *ctx, sb_call_t *call)
{
    bot_t *self = ctx;
    sb_daemon_answer_ping(self->daemon, call);
}

static void s_on_stats(void *ctx, sb_call_t *call)
{
    bot_t *self = ctx;
    sb_daemon_answer_stats(self->daemon, call);
}

static void s_on_workers(void *ctx, sb_call_t *call)
{
    bot_t *self = ctx;
    cJSON *body = sb_json_object();
    sb_json_add_bool(body, "leader", leader_epoch(self->leader) != 0);
    sb_json_add_id(body, "epoch", leader_epoch(self->leader));
    sb_json_add(body, "workers", sb_pool_workers_json(self->pool));
    sb_call_result(&call, &body);
}

/* Workers take jobs of the leader alone. */
static void s_on_check(void *ctx, sb_call_t *call)
{
    bot_t *self = ctx;
    const int64_t epoch = leader_epoch(self->leader);
    if (epoch == 0) {
        sb_err_t err;
        (void)sb_fail(&err, SB_ENOTLEADER, "another botd leads");
        sb_call_nack(&call, &err);
    } else {
        check_run(self->pool, epoch, call);
    }
}

#define SMALL 1024
static const sb_route_t s_routes[] = {
    {"ping",          SB_ROLES_ALL,                  SMALL, s_on_ping   },
    {"stats",         SB_ROLE_BOTCTL,                SMALL, s_on_stats  },
    {"workers",       SB_ROLE_BOTCTL | SB_ROLE_WEBD, SMALL, s_on_workers},
    {SB_FACTOR_CHECK, SB_ROLE_BOTCTL,                SMALL, s_on_check  },
};

/* ---- Life. */

static int s_open(bot_t *self, sb_err_t *err)
{
    const botd_config_t *config = self->config;
    zloop_t *loop = sb_daemon_loop(self->daemon);
    sb_keys_t *keys = sb_daemon_keys(self->daemon);
    self->policy = botd_policy_new(config, err);
    if (!self->policy) {
        return err->code;
    }
    self->server = sb_server_new(loop, keys, config->bind, s_routes,
                                 sizeof s_routes / sizeof s_routes[0], self, err);
    if (!self->server) {
        return sb_fail_in(err, "bind.endpoint");
    }
    sb_daemon_bound(self->daemon, "botd", sb_server_endpoint(self->server));
    self->pool = sb_pool_new(loop, self->server, JOBS_MAX);
    self->taskd = sb_client_new(loop, keys, SB_ROLE_TASKD, config->taskd, config->common.instance,
                                CALLS_MAX, err);
    if (!self->taskd) {
        return sb_fail_in(err, "taskd.endpoint");
    }
    static const char *const topics[] = {SB_HINT_WORK, NULL};
    self->hints = sb_hears_new(loop, keys, SB_ROLE_TASKD, config->taskd_hints, topics, s_on_hint,
                               s_on_resync, self, err);
    return self->hints ? SB_OK : sb_fail_in(err, "taskd.hints");
}

static void s_make_parts(bot_t *self)
{
    const cycle_events_t cycle_events = {
        .committed = s_committed, .full = s_full, .stale = s_stale, .ctx = self};
    self->cycle = cycle_new(self->timers, self->taskd, &cycle_events);
    const dispatch_events_t dispatch_events = {
        .loaded = s_loaded, .drained = s_drained, .stale = s_stale, .ctx = self};
    self->dispatch = dispatch_new(self->timers, self->taskd, self->pool, &dispatch_events);
    const leader_events_t leader_events = {.gained = s_gained, .lost = s_lost, .ctx = self};
    uint32_t process;
    sb_random(&process, sizeof process);
    char *holder = sb_format("%s/%08" PRIx32, self->config->common.instance, process);
    self->leader = leader_new(self->timers, self->taskd, holder, &leader_events);
    free(holder);
}

int bot_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    bot_t *self = sb_alloc(sizeof *self);
    *self_p = self;
    self->daemon = daemon;
    self->config = sb_daemon_config(daemon);
    self->timers = sb_timers_new(sb_daemon_loop(daemon));
    if (s_open(self, err)) {
        bot_stop(self_p);
        return err->code;
    }
    s_make_parts(self);
    return SB_OK;
}

/* Sockets first: what they still call back about, the parts are there to hear. */
void bot_stop(void **self_p)
{
    bot_t *self = *self_p;
    if (self->leader) {
        s_lost(self);
    }
    sb_hears_destroy(&self->hints);
    sb_client_destroy(&self->taskd);
    sb_pool_destroy(&self->pool);
    sb_server_destroy(&self->server);
    leader_destroy(&self->leader);
    cycle_destroy(&self->cycle);
    dispatch_destroy(&self->dispatch);
    sb_timers_destroy(&self->timers);
    botd_policy_destroy(&self->policy);
    free(self);
    *self_p = NULL;
}

void bot_drain(void *bot)
{
    bot_t *self = bot;
    leader_resign(self->leader);
}

/* The lease's release is the last that is waited for. */
bool bot_idle(void *bot)
{
    bot_t *self = bot;
    return sb_client_pending(self->taskd) == 0;
}

void bot_reloaded(void *bot)
{
    bot_t *self = bot;
    sb_err_t err;
    policy_t *policy = botd_policy_new(self->config, &err);
    if (!policy) {
        sb_error("not reloaded: the old texts and hours stay", "error", err.text, NULL);
        return;
    }
    cycle_policy(self->cycle, policy);
    botd_policy_destroy(&self->policy);
    self->policy = policy;
}

bool bot_ready(void *bot)
{
    bot_t *self = bot;
    return self->loaded && sb_client_connected(self->taskd);
}

void bot_stats(void *bot, cJSON *object)
{
    bot_t *self = bot;
    sb_json_add_id(object, "epoch", leader_epoch(self->leader));
    sb_json_add_bool(object, "instance_twice", leader_has_twin(self->leader));
    sb_json_add_int(object, "jobs", (int64_t)sb_pool_jobs(self->pool));
    cycle_stats_json(self->cycle, object);
    dispatch_stats_json(self->dispatch, object);
    sb_server_stats_json(self->server, object);
}
