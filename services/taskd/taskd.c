/* taskd.c. See taskd.h. */
#include "services/taskd/taskd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_hint.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/bus.h"
#include "proto/taskd.h"
#include "services/taskd/config.h"
#include "services/taskd/queue.h"
#include "services/taskd/routes.h"
#include "services/taskd/worker.h"

#define WORKERS_MAX 16     /* the most connections */
#define EXPIRE_MS 100      /* how often what waits is looked through */
#define EXPIRE_LEN_MAX 256 /* answers at once: more would overflow one peer's queue */
#define EXPIRE_NEXT_MS 10  /* then the rest */
#define EARLY_PART 8       /* of the time-out: our answer comes before the caller gives up */
#define EARLY_MS_MIN 50
#define EARLY_MS_MAX 1000
#define WHY_MAX 200

/* What a worker may be given. */
typedef enum { TURN_WRITE, TURN_LOOK, TURN_SEARCH, TURNS } turn_t;

typedef struct {
    worker_t *worker;
    worker_batch_t batch;
    bool may[TURNS];
    turn_t turn; /* what it is asked for first the next time */
} slot_t;

typedef struct {
    sb_daemon_t *daemon;
    const taskd_config_t *config;
    sb_server_t *server;
    sb_hints_t *hints;
    sb_timers_t *timers;
    uint64_t expire_timer;
    queue_t *queue;
    slot_t slots[WORKERS_MAX];
    size_t slots_len;
    size_t searches_out, searches_max; /* searches never take all connections */
    bool ordered_out;
    bool draining;
    bool was_up;       /* ever */
    bool told;         /* that it is away */
    bool told_there;   /* that it is there */
    char why[WHY_MAX]; /* it is away */
    uint64_t batches, commands, given_back, expired, refused_full;
} taskd_t;

static void s_dispatch(taskd_t *self);

/* ---- Requests in. */

void taskd_on_ping(void *ctx, sb_call_t *call)
{
    taskd_t *self = ctx;
    sb_daemon_answer_ping(self->daemon, call);
}

void taskd_on_stats(void *ctx, sb_call_t *call)
{
    taskd_t *self = ctx;
    sb_daemon_answer_stats(self->daemon, call);
}

static void s_refuse(sb_call_t *call, int code, const char *text)
{
    sb_err_t err;
    (void)sb_fail(&err, code, "%s", text);
    sb_call_nack(&call, &err);
}

/* The caller has counted since it sent, we since we received; and the way back takes time too. */
static int64_t s_give_up_ms(const sb_call_t *call)
{
    const int64_t deadline_ms = sb_call_deadline_ms(call);
    int64_t early_ms = (deadline_ms - sb_clock_mono_ms()) / EARLY_PART;
    early_ms = early_ms < EARLY_MS_MIN ? EARLY_MS_MIN : early_ms;
    return deadline_ms - (early_ms > EARLY_MS_MAX ? EARLY_MS_MAX : early_ms);
}

void taskd_on_request(void *ctx, sb_call_t *call)
{
    taskd_t *self = ctx;
    const store_op_t *op = store_op(sb_call_name(call));
    assert(op); /* routes.c names what store.c has; a test sees to it */
    if (self->draining) {
        s_refuse(call, SB_ERETRY, "taskd is stopping");
        return;
    }
    cJSON *body = sb_call_body_take(call);
    queue_job_t *job = queue_add(self->queue, op, &body, call, s_give_up_ms(call));
    if (!job) {
        cJSON_Delete(body);
        self->refused_full++;
        s_refuse(call, SB_EBUSY, "too many requests wait for the store");
        return;
    }
    job->cmd.actor = sb_role_name(sb_call_role(call));
    s_dispatch(self);
}

/* ---- Answers and hints out. */

static void s_answer(taskd_t *self, queue_job_t *job)
{
    sb_call_t *call = job->call;
    if (job->cmd.err.code) {
        sb_call_nack(&call, &job->cmd.err);
    } else {
        sb_call_result(&call, &job->cmd.result);
        job->cmd.result = NULL;
    }
    queue_job_free(self->queue, &job);
}

static void s_hint_changed(taskd_t *self, cJSON *changed)
{
    while (changed && changed->child) {
        cJSON *hint = cJSON_DetachItemViaPointer(changed, changed->child);
        sb_hints_send(self->hints, SB_HINT_ALERT, &hint);
    }
}

/* After the commit: one hint is enough for all work, and for all that was said. */
static void s_hint(taskd_t *self, const worker_batch_t *batch)
{
    bool work = false;
    int64_t said = 0;
    for (size_t i = 0; i < batch->len; i++) {
        store_cmd_t *cmd = &batch->jobs[i]->cmd;
        if (!cmd->done || cmd->err.code) {
            continue;
        }
        work = work || cmd->work;
        said = cmd->localchat > said ? cmd->localchat : said;
        s_hint_changed(self, cmd->changed);
        if (cmd->page) {
            cJSON *body = sb_json_object();
            sb_json_add_str(body, "job", cmd->page);
            sb_hints_send(self->hints, SB_HINT_PAGE, &body);
        }
    }
    if (work) {
        cJSON *body = NULL;
        sb_hints_send(self->hints, SB_HINT_WORK, &body);
    }
    if (said) {
        cJSON *body = sb_json_object();
        sb_json_add_id(body, "seq", said);
        sb_hints_send(self->hints, SB_HINT_LOCALCHAT, &body);
    }
}

static slot_t *s_slot(taskd_t *self, const worker_t *worker)
{
    for (size_t i = 0; i < self->slots_len; i++) {
        if (self->slots[i].worker == worker) {
            return &self->slots[i];
        }
    }
    assert(false && "every worker has a slot");
    return NULL;
}

static void s_on_done(void *ctx, worker_t *worker, worker_batch_t *batch)
{
    taskd_t *self = ctx;
    (void)s_slot(self, worker);
    self->searches_out -= batch->search;
    self->ordered_out = self->ordered_out && !batch->ordered;
    self->batches++;
    s_hint(self, batch);
    for (size_t i = batch->len; i-- > 0;) {
        queue_job_t *job = batch->jobs[i];
        if (!job->cmd.done) {
            job->tries++;
            self->given_back++;
            queue_back(self->queue, job);
            batch->jobs[i] = NULL;
        }
    }
    for (size_t i = 0; i < batch->len; i++) {
        if (batch->jobs[i]) {
            self->commands++;
            s_answer(self, batch->jobs[i]);
        }
    }
    batch->len = 0;
    s_dispatch(self);
}

/* ---- What waits too long. */

static void s_on_expire(void *arg)
{
    taskd_t *self = arg;
    self->expire_timer = 0;
    const int64_t now_ms = sb_clock_mono_ms();
    queue_job_t *job = NULL;
    size_t len = 0;
    while (len < EXPIRE_LEN_MAX && (job = queue_take_expired(self->queue, now_ms)) != NULL) {
        len++;
        self->expired++;
        if (taskd_ready(self)) {
            (void)sb_fail(&job->cmd.err, SB_ETIMEOUT, "the store did not come to it in time");
        } else {
            (void)sb_fail(&job->cmd.err, SB_ERETRY, "the store is away: %s", self->why);
        }
        s_answer(self, job);
    }
    if (len == EXPIRE_LEN_MAX) {
        self->expire_timer = sb_timers_add(self->timers, EXPIRE_NEXT_MS, s_on_expire, self);
    }
    s_dispatch(self);
}

/* ---- The store's threads. */

static size_t s_take(taskd_t *self, turn_t turn, worker_batch_t *batch)
{
    switch (turn) {
    case TURN_WRITE:
        return queue_take_writes(self->queue, !self->ordered_out, batch->jobs);
    case TURN_LOOK:
        return queue_take_look(self->queue, STORE_LOOK, batch->jobs);
    case TURN_SEARCH:
        batch->search = self->searches_out < self->searches_max;
        return batch->search ? queue_take_look(self->queue, STORE_SEARCH, batch->jobs) : 0;
    case TURNS:
        break;
    }
    return 0;
}

/* The worker's next batch, of the kinds in turn. */
static void s_start(taskd_t *self, slot_t *slot)
{
    worker_batch_t *batch = &slot->batch;
    const turn_t first = slot->turn;
    *batch = (worker_batch_t){0};
    for (int i = 0; i < TURNS && batch->len == 0; i++) {
        const turn_t turn = (turn_t)(((int)first + i) % TURNS);
        batch->search = false;
        batch->len = slot->may[turn] ? s_take(self, turn, batch) : 0;
        slot->turn = (turn_t)(((int)turn + 1) % TURNS);
    }
    if (batch->len == 0) {
        return;
    }
    for (size_t i = 0; i < batch->len; i++) {
        batch->ordered = batch->ordered || batch->jobs[i]->cmd.op->kind == STORE_ORDERED;
    }
    self->searches_out += batch->search;
    self->ordered_out = self->ordered_out || batch->ordered;
    worker_run(slot->worker, batch);
}

static void s_dispatch(taskd_t *self)
{
    for (size_t i = 0; i < self->slots_len && queue_len(self->queue) > 0; i++) {
        slot_t *slot = &self->slots[i];
        if (worker_up(slot->worker) && !worker_busy(slot->worker)) {
            s_start(self, slot);
        }
    }
    if (queue_len(self->queue) > 0 && !self->expire_timer) {
        self->expire_timer = sb_timers_add(self->timers, EXPIRE_MS, s_on_expire, self);
    }
}

static void s_on_changed(void *ctx, worker_t *worker, bool up, const char *why)
{
    taskd_t *self = ctx;
    if (worker_read_only(worker) && !up) {
        sb_debug("the reader is away", "why", why, NULL); /* the writer migrates, or says why */
        return;
    }
    if (up) {
        self->was_up = true;
        if (taskd_ready(self) && !self->told_there) {
            sb_info("the store is there", NULL);
            self->told_there = true;
            self->told = false;
        }
        s_dispatch(self);
        return;
    }
    (void)snprintf(self->why, sizeof self->why, "%s", why);
    self->told_there = false;
    if (!self->told) {
        sb_warn("the store is away", "why", why, NULL);
        self->told = true;
    }
}

static void s_on_refused(void *ctx, worker_t *worker, const char *why)
{
    taskd_t *self = ctx;
    (void)worker;
    (void)snprintf(self->why, sizeof self->why, "%s", why);
    sb_error("the store can't be used", "why", why, NULL);
    if (!self->was_up) {
        sb_daemon_quit(self->daemon, EXIT_FAILURE);
    }
}

static void s_add_worker(taskd_t *self, bool write, bool look, bool search)
{
    const worker_events_t events = {
        .ctx = self, .changed = s_on_changed, .refused = s_on_refused, .done = s_on_done};
    slot_t *slot = &self->slots[self->slots_len++];
    assert(self->slots_len <= WORKERS_MAX);
    slot->may[TURN_WRITE] = write;
    slot->may[TURN_LOOK] = look;
    slot->may[TURN_SEARCH] = search;
    slot->worker = worker_new(sb_daemon_loop(self->daemon), taskd_config_driver(self->config),
                              taskd_config_target(self->config), !write, &events);
}

/* SQLite has one writer, beside whom, in WAL mode, others may read. */
static void s_add_workers(taskd_t *self)
{
    self->searches_max = 1;
    if (self->config->driver == TASKD_SQLITE) {
        s_add_worker(self, true, false, false);
        s_add_worker(self, false, true, false);
        s_add_worker(self, false, false, true);
        return;
    }
    for (int64_t i = 0; i < self->config->connections; i++) {
        s_add_worker(self, true, true, true);
    }
    if (self->config->connections > 2) {
        self->searches_max = (size_t)self->config->connections - 1;
    }
}

/* ---- Life. */

int taskd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    taskd_t *self = sb_alloc(sizeof *self);
    *self_p = self;
    self->daemon = daemon;
    self->config = sb_daemon_config(daemon);
    self->queue = queue_new();
    zloop_t *loop = sb_daemon_loop(daemon);
    sb_keys_t *keys = sb_daemon_keys(daemon);
    self->timers = sb_timers_new(loop);
    self->hints = sb_hints_new(loop, keys, self->config->hints, err);
    if (self->hints) {
        self->server = sb_server_new(loop, keys, self->config->bind, taskd_routes, taskd_routes_len,
                                     self, err);
    }
    if (!self->server) {
        taskd_stop(self_p);
        return err->code;
    }
    sb_daemon_bound(daemon, "bind", sb_server_endpoint(self->server));
    sb_daemon_bound(daemon, "hints", sb_hints_endpoint(self->hints));
    s_add_workers(self);
    return SB_OK;
}

static void s_abandon(taskd_t *self, queue_job_t *job)
{
    (void)sb_fail(&job->cmd.err, SB_ERETRY, "taskd is stopping");
    s_answer(self, job);
}

void taskd_stop(void **self_p)
{
    taskd_t *self = *self_p;
    for (size_t i = 0; i < self->slots_len; i++) {
        slot_t *slot = &self->slots[i];
        worker_destroy(&slot->worker);
        for (size_t k = 0; k < slot->batch.len; k++) {
            s_abandon(self, slot->batch.jobs[k]);
        }
    }
    queue_job_t *job;
    while ((job = queue_take_expired(self->queue, INT64_MAX)) != NULL) {
        s_abandon(self, job);
    }
    sb_timers_destroy(&self->timers);
    sb_server_destroy(&self->server);
    sb_hints_destroy(&self->hints);
    queue_destroy(&self->queue);
    free(self);
    *self_p = NULL;
}

void taskd_drain(void *taskd)
{
    taskd_t *self = taskd;
    self->draining = true;
}

bool taskd_idle(void *taskd)
{
    const taskd_t *self = taskd;
    return queue_len(self->queue) == 0 && queue_out(self->queue) == 0;
}

bool taskd_ready(void *taskd)
{
    const taskd_t *self = taskd;
    for (size_t i = 0; i < self->slots_len; i++) {
        if (self->slots[i].may[TURN_WRITE] && worker_up(self->slots[i].worker)) {
            return true;
        }
    }
    return false;
}

void taskd_stats(void *taskd, cJSON *object)
{
    taskd_t *self = taskd;
    cJSON *store = sb_json_object();
    sb_json_add_str(store, "driver", taskd_config_driver(self->config));
    sb_json_add_bool(store, "ready", taskd_ready(self));
    sb_json_add_int(store, "waiting", (int64_t)queue_len(self->queue));
    sb_json_add_int(store, "running", (int64_t)queue_out(self->queue));
    sb_json_add_int(store, "batches", (int64_t)self->batches);
    sb_json_add_int(store, "commands", (int64_t)self->commands);
    sb_json_add_int(store, "given_back", (int64_t)self->given_back);
    sb_json_add_int(store, "expired", (int64_t)self->expired);
    sb_json_add_int(store, "refused_full", (int64_t)self->refused_full);
    sb_json_add(object, "store", store);
    cJSON *server = sb_json_object();
    sb_server_stats_json(self->server, server);
    sb_json_add(object, "server", server);
}
