/* worker.c. The actor owns the connection; only batches and news cross its pipe. */
#include "services/taskd/worker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"

typedef enum { NEWS_UP, NEWS_DOWN, NEWS_REFUSED, NEWS_DONE } news_t;

struct worker {
    zloop_t *loop;
    zactor_t *actor;
    worker_events_t events;
    const char *driver;
    const char *target;
    bool read_only;
    bool up;
    worker_batch_t *batch; /* that runs */
};

/* ---- On the actor's thread. */

typedef struct {
    const worker_t *worker; /* its settings alone */
    zsock_t *pipe;
    store_t *store; /* NULL: not connected */
    bool refused;
    int64_t backoff_ms;
    int64_t try_ms; /* when the next try or look is */
} actor_t;

static void s_tell(actor_t *self, news_t news, const char *why)
{
    (void)zsock_send(self->pipe, "is", (int)news, why);
}

static void s_back_off(actor_t *self)
{
    self->try_ms = sb_clock_mono_ms() + self->backoff_ms;
    self->backoff_ms *= 2;
    if (self->backoff_ms > WORKER_BACKOFF_MS_MAX) {
        self->backoff_ms = WORKER_BACKOFF_MS_MAX;
    }
}

static void s_connect(actor_t *self)
{
    const worker_t *worker = self->worker;
    sb_err_t err = {0};
    self->store = store_new(worker->driver, worker->target, worker->read_only, sb_random, &err);
    if (self->store) {
        self->try_ms = sb_clock_mono_ms() + WORKER_PROBE_MS;
        s_tell(self, NEWS_UP, "");
        return;
    }
    s_back_off(self);
    self->refused = err.code == SB_EINVALID;
    s_tell(self, self->refused ? NEWS_REFUSED : NEWS_DOWN, err.text);
}

static void s_disconnect(actor_t *self, const char *why)
{
    store_destroy(&self->store);
    s_back_off(self);
    s_tell(self, NEWS_DOWN, why);
}

static void s_run(actor_t *self, worker_batch_t *batch)
{
    store_cmd_t *cmds[QUEUE_BATCH_MAX];
    for (size_t i = 0; i < batch->len; i++) {
        cmds[i] = &batch->jobs[i]->cmd;
    }
    sb_err_t err = {0};
    const int code = self->store ? store_run(self->store, cmds, batch->len, &err)
                                 : sb_fail(&err, SB_ERETRY, "not connected");
    if (code == SB_OK) {
        self->backoff_ms = WORKER_BACKOFF_MS;
        self->try_ms = sb_clock_mono_ms() + WORKER_PROBE_MS;
    }
    if (self->store && (code || store_lost(self->store))) {
        s_disconnect(self, err.text);
    }
    s_tell(self, NEWS_DONE, "");
}

/* Nothing was asked for a while: is the store still there? */
static void s_look(actor_t *self)
{
    static const char probe[] = "SELECT 1";
    const db_step_t step = {.sql = probe};
    sb_err_t err = {0};
    if (db_run(self->store->db, &step, 1, &err)) {
        s_disconnect(self, err.text);
        return;
    }
    self->backoff_ms = WORKER_BACKOFF_MS;
    self->try_ms = sb_clock_mono_ms() + WORKER_PROBE_MS;
}

/* False when it is time to end. */
static bool s_on_pipe(actor_t *self)
{
    char *command = NULL;
    worker_batch_t *batch = NULL;
    if (zsock_recv(self->pipe, "sp", &command, &batch)) {
        return false;
    }
    const bool go_on = strcmp(command, "$TERM") != 0;
    if (go_on) {
        s_run(self, batch);
    }
    zstr_free(&command);
    return go_on;
}

static void s_actor(zsock_t *pipe, void *args)
{
    actor_t self = {.worker = args, .pipe = pipe, .backoff_ms = WORKER_BACKOFF_MS};
    zpoller_t *poller = zpoller_new(pipe, NULL);
    (void)zsock_signal(pipe, 0);
    bool go_on = true;
    while (go_on) {
        const int64_t left = self.try_ms - sb_clock_mono_ms();
        const int wait_ms = self.refused ? -1 : left > 0 ? (int)left : 0;
        if (zpoller_wait(poller, wait_ms)) {
            go_on = s_on_pipe(&self);
        } else if (zpoller_terminated(poller)) {
            go_on = false;
        } else if (self.store) {
            s_look(&self);
        } else {
            s_connect(&self);
        }
    }
    zpoller_destroy(&poller);
    store_destroy(&self.store);
    sb_crypto_thread_end();
}

/* ---- On the loop's thread. */

static int s_on_news(zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void)loop;
    worker_t *self = arg;
    int news;
    char *why = NULL;
    if (zsock_recv(pipe, "is", &news, &why)) {
        return 0;
    }
    switch ((news_t)news) {
    case NEWS_UP:
    case NEWS_DOWN:
        self->up = news == NEWS_UP;
        self->events.changed(self->events.ctx, self, self->up, why);
        break;
    case NEWS_REFUSED:
        self->events.refused(self->events.ctx, self, why);
        break;
    case NEWS_DONE: {
        worker_batch_t *batch = self->batch;
        self->batch = NULL;
        self->events.done(self->events.ctx, self, batch);
        break;
    }
    }
    zstr_free(&why);
    return 0;
}

worker_t *worker_new(zloop_t *loop, const char *driver, const char *target, bool read_only,
                     const worker_events_t *events)
{
    assert(loop);
    assert(events);
    worker_t *self = sb_alloc(sizeof *self);
    *self = (worker_t){.loop = loop,
                       .events = *events,
                       .driver = driver,
                       .target = target,
                       .read_only = read_only};
    self->actor = zactor_new(s_actor, self);
    assert(self->actor);
    (void)zloop_reader(loop, zactor_sock(self->actor), s_on_news, self);
    zloop_reader_set_tolerant(loop, zactor_sock(self->actor));
    return self;
}

void worker_destroy(worker_t **self_p)
{
    assert(self_p);
    worker_t *self = *self_p;
    if (self) {
        zloop_reader_end(self->loop, zactor_sock(self->actor));
        zactor_destroy(&self->actor);
        free(self);
        *self_p = NULL;
    }
}

bool worker_up(const worker_t *self)
{
    assert(self);
    return self->up;
}

bool worker_busy(const worker_t *self)
{
    assert(self);
    return self->batch != NULL;
}

bool worker_read_only(const worker_t *self)
{
    assert(self);
    return self->read_only;
}

void worker_run(worker_t *self, worker_batch_t *batch)
{
    assert(self);
    assert(self->up && !self->batch);
    self->batch = batch;
    (void)zsock_send(zactor_sock(self->actor), "sp", "RUN", batch);
}
