/* cycle.c. A round is two requests, work.pull and commit, with the pure core between them. The
 * store's clock, which comes with the pull, is the only time the core sees. */
#include "services/botd/cycle.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "proto/bus.h"
#include "proto/taskd.h"
#include "services/botd/conversation.h"

#define STORE_TIMEOUT_MS 10000
#define RETRY_MS 500                 /* after a round that the store could not serve */
#define SWEEP_MS 60000               /* a round without a reason, in case every hint was lost */
#define REFUSED_MAX 1000             /* people remembered */
#define COMMIT_SIZE_MAX (768 * 1024) /* bytes of transitions in one commit; frames end at 1 MiB */

struct cycle {
    sb_timers_t *timers;
    sb_client_t *taskd;
    cycle_events_t events;
    const policy_t *policy;
    int64_t epoch;     /* 0: stopped */
    bool busy;         /* a round is under way */
    bool again;        /* a kick came meanwhile */
    bool more;         /* the pull left something behind */
    int64_t now_ms;    /* of the pull */
    int64_t due_ms;    /* the earliest deadline known; INT64_MAX if none */
    cJSON *outboxes;   /* of the transitions being committed, in their order */
    zhashx_t *refused; /* people whose last transition was a CONFLICT; see conversation.h */
    uint64_t timer;
    uint64_t rounds, steps, stale, refusals, unreadable;
};

/* A request's answer counts only in the epoch that asked. */
typedef struct {
    cycle_t *cycle;
    int64_t epoch;
} ask_t;

static void s_round(cycle_t *self);

static void s_on_timer(void *arg)
{
    cycle_t *self = arg;
    self->timer = 0;
    cycle_kick(self);
}

static void s_wake_in(cycle_t *self, int64_t delay_ms)
{
    sb_timers_cancel(self->timers, &self->timer);
    self->timer = sb_timers_add(self->timers, delay_ms, s_on_timer, self);
}

/* Takes body. */
static void s_ask(cycle_t *self, const char *name, cJSON *body, sb_reply_fn *fn)
{
    ask_t *ask = sb_alloc(sizeof *ask);
    ask->cycle = self;
    ask->epoch = self->epoch;
    sb_json_add_id(body, "epoch", self->epoch);
    sb_client_call(self->taskd, name, &body, STORE_TIMEOUT_MS, self->epoch, fn, ask);
}

/* The cycle of an answer, or NULL if it comes too late to matter. */
static cycle_t *s_answered(void *arg)
{
    ask_t *ask = arg;
    cycle_t *self = ask->epoch == ask->cycle->epoch ? ask->cycle : NULL;
    free(ask);
    return self;
}

/* ---- The end of a round. */

static void s_round_failed(cycle_t *self, int code, const sb_err_t *err)
{
    self->busy = false;
    if (code == SB_ESTALE) {
        self->events.stale(self->events.ctx);
        return;
    }
    sb_warn("the store could not serve a round", "error", err->text, NULL);
    s_wake_in(self, RETRY_MS);
}

/* progress: something was applied, so that what is left differs from what was seen. */
static void s_round_done(cycle_t *self, bool progress)
{
    self->busy = false;
    if (self->again || (self->more && progress)) {
        s_round(self);
        return;
    }
    const int64_t due_in_ms = self->due_ms == INT64_MAX ? SWEEP_MS : self->due_ms - self->now_ms;
    s_wake_in(self, due_in_ms < SWEEP_MS ? due_in_ms : SWEEP_MS);
}

static bool s_result(cycle_t *self, const cJSON *result, const cJSON *outbox)
{
    sb_err_t err;
    sb_reader_t r = sb_reader(result, "commit.results", &err);
    const char *person = sb_read_str(&r, "person", 0, SB_PERSON_ID_MAX);
    const char *code = sb_read_str(&r, "code", 1, SB_NAME_SIZE_MAX);
    const char *text = sb_read_str_or(&r, "text", SB_TEXT_MAX, "");
    if (sb_reader_code(&r)) {
        sb_error("taskd's answer can't be read", "error", err.text, NULL);
        return false;
    }
    switch (sb_code_of(code)) {
    case SB_OK:
        self->steps++;
        zhashx_delete(self->refused, person);
        self->events.committed(self->events.ctx, outbox);
        return true;
    case SB_ESTALE: /* someone else moved this person on: look again */
        self->stale++;
        self->again = true;
        return false;
    case SB_ECONFLICT:
        if (zhashx_size(self->refused) < REFUSED_MAX) {
            self->again |= zhashx_insert(self->refused, person, self) == 0;
        }
        /* fall through */
    default:
        self->refusals++;
        sb_error("a transition was refused", "person", person, "code", code, "error", text, NULL);
        return false;
    }
}

static void s_on_committed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    cycle_t *self = s_answered(arg);
    if (!self) {
        return;
    }
    cJSON *outboxes = self->outboxes;
    self->outboxes = NULL;
    if (code != SB_OK) {
        /* It may have been applied although no answer came: its rows are then pending in the store
         * and unknown here, so all is loaded anew. */
        cJSON_Delete(outboxes);
        if (code == SB_ETIMEOUT || code == SB_ERETRY) {
            self->busy = false;
            self->events.stale(self->events.ctx);
        } else {
            s_round_failed(self, code, err);
        }
        return;
    }
    bool progress = false;
    const cJSON *outbox = outboxes->child;
    const cJSON *result;
    cJSON_ArrayForEach(result, cJSON_GetObjectItemCaseSensitive(body, "results"))
    {
        if (!outbox) {
            break;
        }
        progress |= s_result(self, result, outbox);
        outbox = outbox->next;
    }
    cJSON_Delete(outboxes);
    s_round_done(self, progress);
}

/* ---- The steps between. */

static void s_note_deadline(cycle_t *self, const cJSON *transition)
{
    const cJSON *conversation = cJSON_GetObjectItemCaseSensitive(transition, "conversation");
    const cJSON *deadline = cJSON_GetObjectItemCaseSensitive(conversation, "deadline_ms");
    if (cJSON_IsNumber(deadline) && (int64_t)deadline->valuedouble < self->due_ms) {
        self->due_ms = (int64_t)deadline->valuedouble;
    }
}

static void s_commit(cycle_t *self, cJSON *transitions)
{
    self->outboxes = sb_json_array();
    const cJSON *transition;
    cJSON_ArrayForEach(transition, transitions)
    {
        const cJSON *outbox = cJSON_GetObjectItemCaseSensitive(transition, "outbox");
        sb_json_push(self->outboxes, outbox ? sb_json_copy(outbox) : sb_json_array());
        s_note_deadline(self, transition);
    }
    cJSON *body = sb_json_object();
    sb_json_add(body, "transitions", transitions);
    s_ask(self, "commit", body, s_on_committed);
}

static cJSON *s_step_one(cycle_t *self, const cJSON *item, sb_err_t *err)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "id");
    if (!cJSON_IsString(id) || !zhashx_lookup(self->refused, id->valuestring)) {
        return conversation_step(self->policy, item, self->now_ms, err);
    }
    cJSON *marked = sb_json_copy(item);
    sb_json_add_bool(marked, "refused", true);
    cJSON *transition = conversation_step(self->policy, marked, self->now_ms, err);
    cJSON_Delete(marked);
    return transition;
}

/* Steps people until all are done or the commit is large enough; the rest comes with the next
 * round. */
static cJSON *s_step(cycle_t *self, const cJSON *items)
{
    cJSON *transitions = sb_json_array();
    size_t size = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, items)
    {
        sb_err_t err;
        cJSON *transition = s_step_one(self, item, &err);
        if (!transition) {
            self->unreadable++;
            sb_error("a person's rows can't be read", "error", err.text, NULL);
            continue;
        }
        size += sb_json_size_max(transition);
        if (size > COMMIT_SIZE_MAX && transitions->child) {
            cJSON_Delete(transition);
            self->more = true;
            break;
        }
        sb_json_push(transitions, transition);
    }
    return transitions;
}

static void s_on_pulled(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    cycle_t *self = s_answered(arg);
    if (!self) {
        return;
    }
    if (code != SB_OK) {
        s_round_failed(self, code, err);
        return;
    }
    sb_err_t fault;
    sb_reader_t r = sb_reader(body, "work.pull", &fault);
    self->now_ms = sb_read_int(&r, "now_ms", 0, SB_JSON_INT_MAX);
    self->due_ms = sb_read_int_or(&r, "next_due_ms", 0, SB_JSON_INT_MAX, INT64_MAX);
    self->more = sb_read_bool(&r, "more");
    const cJSON *items = sb_read_array(&r, "items", SB_PULL_MAX);
    if (sb_reader_code(&r)) {
        s_round_failed(self, sb_reader_code(&r), &fault);
        return;
    }
    cJSON *transitions = s_step(self, items);
    if (!transitions->child) {
        cJSON_Delete(transitions);
        s_round_done(self, false);
        return;
    }
    s_commit(self, transitions);
}

static void s_round(cycle_t *self)
{
    if (self->events.full(self->events.ctx)) {
        return;
    }
    self->busy = true;
    self->again = false;
    self->rounds++;
    cJSON *body = sb_json_object();
    sb_json_add_int(body, "max", SB_PULL_MAX);
    s_ask(self, "work.pull", body, s_on_pulled);
}

/* ---- Life. */

cycle_t *cycle_new(sb_timers_t *timers, sb_client_t *taskd, const cycle_events_t *events)
{
    assert(timers && taskd && events);
    cycle_t *self = sb_alloc(sizeof *self);
    self->timers = timers;
    self->taskd = taskd;
    self->events = *events;
    self->refused = zhashx_new();
    return self;
}

void cycle_destroy(cycle_t **self_p)
{
    assert(self_p);
    cycle_t *self = *self_p;
    if (!self) {
        return;
    }
    cycle_stop(self);
    zhashx_destroy(&self->refused);
    free(self);
    *self_p = NULL;
}

void cycle_start(cycle_t *self, int64_t epoch, const policy_t *policy)
{
    assert(self && epoch > 0 && policy);
    self->epoch = epoch;
    self->policy = policy;
    cycle_kick(self);
}

void cycle_policy(cycle_t *self, const policy_t *policy)
{
    assert(self && policy);
    self->policy = policy;
}

void cycle_stop(cycle_t *self)
{
    assert(self);
    self->epoch = 0;
    self->busy = false;
    self->again = false;
    cJSON_Delete(self->outboxes);
    self->outboxes = NULL;
    zhashx_purge(self->refused);
    sb_timers_cancel(self->timers, &self->timer);
}

void cycle_kick(cycle_t *self)
{
    assert(self);
    if (self->epoch == 0) {
        return;
    }
    if (self->busy) {
        self->again = true;
        return;
    }
    s_round(self);
}

bool cycle_idle(const cycle_t *self)
{
    assert(self);
    return !self->busy;
}

void cycle_stats_json(const cycle_t *self, cJSON *object)
{
    assert(self);
    sb_json_add_int(object, "rounds", (int64_t)self->rounds);
    sb_json_add_int(object, "steps", (int64_t)self->steps);
    sb_json_add_int(object, "steps_stale", (int64_t)self->stale);
    sb_json_add_int(object, "steps_refused", (int64_t)self->refusals);
    sb_json_add_int(object, "items_unreadable", (int64_t)self->unreadable);
}
