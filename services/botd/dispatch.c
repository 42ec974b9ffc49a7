/* dispatch.c. A row's way: lane -> pool -> worker -> how it ended -> the store. What ended is told
 * to the store in batches, one request at a time and in order, and again until it is heard. */
#include "services/botd/dispatch.h"

#include <assert.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "proto/authd.h"
#include "proto/chatd.h"
#include "proto/taskd.h"
#include "services/botd/lanes.h"

#define STORE_TIMEOUT_MS 10000
#define STORE_RETRY_MS 500
#define TRY_TIMEOUT_MS 10000 /* one worker's time for a chat job */
#define CHAT_TIMEOUT_MS                                                                            \
    60000 /* all tries of one handing out; then the row waits and comes again                      \
           */
#define FACTOR_TIMEOUT_MS 90000 /* when the row's body says nothing */
#define BACKOFF_MS 1000
#define BACKOFF_MS_MAX 60000
#define FULL_MS 50   /* the pool had no room */
#define TOLD_MAX 256 /* rows in one outbox.done */

/* What a kind of row is to us. */
typedef struct {
    const char *kind;
    const char *service;
    int64_t timeout_ms;     /* in all */
    int64_t try_timeout_ms; /* per worker; 0: as long as the whole */
    const char *failed;     /* status for the core when no worker could do it; NULL: try again */
    const char *timed_out;  /* likewise when nobody answered in time */
} kind_t;

static const kind_t s_kinds[] = {
    {SB_CHAT_SEND,     SB_CHATD, CHAT_TIMEOUT_MS,   TRY_TIMEOUT_MS, NULL,                  NULL                 },
    {SB_CHAT_UPDATE,   SB_CHATD, CHAT_TIMEOUT_MS,   TRY_TIMEOUT_MS, NULL,                  NULL                 },
    {SB_FACTOR_CAN,    SB_AUTHD, TRY_TIMEOUT_MS,    0,              SB_FACTOR_UNAVAILABLE, SB_FACTOR_UNAVAILABLE},
    {SB_FACTOR_START,  SB_AUTHD, FACTOR_TIMEOUT_MS, 0,              SB_FACTOR_UNAVAILABLE, SB_FACTOR_TIMEOUT    },
    {SB_FACTOR_CANCEL, SB_AUTHD, TRY_TIMEOUT_MS,    0,              SB_FACTOR_UNAVAILABLE, SB_FACTOR_UNAVAILABLE},
};

struct dispatch {
    sb_timers_t *timers;
    sb_client_t *taskd;
    sb_pool_t *pool;
    dispatch_events_t events;
    lanes_t *lanes;
    int64_t epoch; /* 0: stopped */
    size_t out;    /* rows the pool has */
    bool was_full;
    bool pumping;
    cJSON *ended; /* array of {id, ok, result} not yet told; ok null: only accepted */
    bool telling; /* an outbox.done of this epoch is open */
    int64_t loaded_seq;
    uint64_t pump_timer, tell_timer, load_timer;
    uint64_t done, failed, retried;
};

/* One row that the pool has; outlives a stop, when its end no longer matters. */
typedef struct {
    dispatch_t *dispatch;
    int64_t epoch;
    const kind_t *kind;
    char *id;
} job_t;

/* One request to the store; its answer counts only in the epoch that asked. */
typedef struct {
    dispatch_t *dispatch;
    int64_t epoch;
    cJSON *items; /* outbox.done: what was told */
} ask_t;

static void s_pump(dispatch_t *self);
static void s_tell(dispatch_t *self);
static void s_load(dispatch_t *self);

/* Takes body and items. */
static void s_ask(dispatch_t *self, const char *name, cJSON *body, cJSON *items, sb_reply_fn *fn)
{
    ask_t *ask = sb_alloc(sizeof *ask);
    ask->dispatch = self;
    ask->epoch = self->epoch;
    ask->items = items;
    sb_json_add_id(body, "epoch", self->epoch);
    sb_client_call(self->taskd, name, &body, STORE_TIMEOUT_MS, self->epoch, fn, ask);
}

static void s_ask_free(ask_t *ask)
{
    cJSON_Delete(ask->items);
    free(ask);
}

static const kind_t *s_kind(const char *name)
{
    for (size_t i = 0; i < sizeof s_kinds / sizeof s_kinds[0]; i++) {
        if (strcmp(s_kinds[i].kind, name) == 0) {
            return &s_kinds[i];
        }
    }
    return NULL;
}

/* ---- How rows end. */

/* ok: 1, 0, -1: it has not ended. Takes the result. */
static void s_note(dispatch_t *self, const char *id, int ok, cJSON *result)
{
    cJSON *item = sb_json_object();
    sb_json_add_str(item, "id", id);
    sb_json_add_tristate(item, "ok", ok);
    sb_json_add(item, "result", result);
    sb_json_push(self->ended, item);
}

/* Takes the result. */
static void s_end(dispatch_t *self, const char *id, bool ok, cJSON *result)
{
    s_note(self, id, ok, result);
    self->done += ok ? 1 : 0;
    self->failed += ok ? 0 : 1;
    lanes_done(self->lanes, id);
    s_tell(self);
    if (self->was_full && !dispatch_full(self)) {
        self->was_full = false;
        self->events.drained(self->events.ctx);
    }
}

static cJSON *s_failure(const char *status, int code, const char *text)
{
    cJSON *result = sb_json_object();
    sb_json_add_bool(result, "ok", false);
    if (status) {
        sb_json_add_str(result, "status", status);
    }
    sb_json_add_str(result, "code", sb_code_name(code));
    sb_json_add_str(result, "text", text);
    return result;
}

static bool s_final(int code)
{
    return code == SB_ENOTFOUND || code == SB_EINVALID || code == SB_ETOOLARGE ||
           code == SB_EFORBIDDEN;
}

static int64_t s_backoff_ms(int64_t attempts)
{
    const int64_t ms = BACKOFF_MS << (attempts < 6 ? attempts : 6);
    return ms < BACKOFF_MS_MAX ? ms : BACKOFF_MS_MAX;
}

static void s_on_retry_told(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    s_ask_free(arg);
    if (code != SB_OK) { /* only for those who look at the table; the row itself is safe */
        sb_debug("outbox.retry not recorded", "error", err->text, NULL);
    }
}

static void s_retry(dispatch_t *self, const char *id, const sb_err_t *err)
{
    const lane_row_t *row = lanes_find(self->lanes, id);
    const int64_t wait_ms = s_backoff_ms(row->attempts);
    self->retried++;
    sb_warn("will be sent again", "id", id, "kind", row->kind, "attempts",
            sb_num(row->attempts + 1), "in_ms", sb_num(wait_ms), "error", err->text, NULL);
    lanes_back(self->lanes, id, true, sb_clock_mono_ms() + wait_ms);

    cJSON *item = sb_json_object();
    sb_json_add_str(item, "id", id);
    sb_json_add_int(item, "attempts", lanes_find(self->lanes, id)->attempts);
    sb_json_add_int(item, "next_ms", sb_clock_wall_ms() + wait_ms);
    cJSON *items = sb_json_array();
    sb_json_push(items, item);
    cJSON *body = sb_json_object();
    sb_json_add(body, "items", items);
    s_ask(self, "outbox.retry", body, NULL, s_on_retry_told);
}

static void s_job_done(job_t *job, int code, const cJSON *body, const sb_err_t *err)
{
    dispatch_t *self = job->dispatch;
    const kind_t *kind = job->kind;
    if (code == SB_OK) {
        cJSON *result = body ? sb_json_copy(body) : sb_json_object();
        if (!cJSON_HasObjectItem(result, "ok")) {
            sb_json_add_bool(result, "ok", true);
        }
        s_end(self, job->id, true, result);
    } else if (kind->failed) {
        const char *status = code == SB_ETIMEOUT ? kind->timed_out : kind->failed;
        s_end(self, job->id, false, s_failure(status, code, err->text));
    } else if (s_final(code)) {
        sb_warn("refused for good", "id", job->id, "kind", kind->kind, "error", err->text, NULL);
        s_end(self, job->id, false, s_failure(NULL, code, err->text));
    } else {
        s_retry(self, job->id, err);
    }
}

/* Another worker, to which the row was handed on, accepts it again: that is no news. */
static void s_job_accepted(const job_t *job, const cJSON *body)
{
    dispatch_t *self = job->dispatch;
    if (job->epoch != self->epoch || strcmp(job->kind->kind, SB_FACTOR_START) != 0) {
        return;
    }
    if (body &&
        sb_json_size_max(body) > SB_TEXT_MAX) { /* the store would refuse all that is told */
        sb_error("what a worker accepted with is too large", "id", job->id, NULL);
    } else if (lanes_accept(self->lanes, job->id)) {
        s_note(self, job->id, -1, body ? sb_json_copy(body) : sb_json_object());
        s_tell(self);
    }
}

static void s_on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    job_t *job = arg;
    if (kind == SB_KIND_ACCEPT) {
        s_job_accepted(job, body);
        return;
    }
    dispatch_t *self = job->dispatch;
    if (job->epoch == self->epoch) {
        self->out--;
        s_job_done(job, code, body, err);
        s_pump(self);
    }
    free(job->id);
    free(job);
}

/* ---- Handing out. */

static int s_submit(dispatch_t *self, const lane_row_t *row, sb_err_t *err)
{
    const kind_t *kind = s_kind(row->kind);
    if (!kind) {
        return sb_fail(err, SB_EINVALID, "no worker does \"%s\"", row->kind);
    }
    sb_err_t ignored;
    sb_reader_t r = sb_reader(row->body, "body", &ignored);
    const int64_t timeout_ms =
        sb_read_int_or(&r, "timeout_ms", 1, SB_TIMEOUT_MS_MAX, kind->timeout_ms);
    job_t *job = sb_alloc(sizeof *job);
    job->dispatch = self;
    job->epoch = self->epoch;
    job->kind = kind;
    job->id = sb_strdup(row->id);
    const sb_job_t order = {
        .id = row->id,
        .service = kind->service,
        .request = kind->kind,
        .try_timeout_ms = kind->try_timeout_ms ? kind->try_timeout_ms : timeout_ms,
        .timeout_ms = timeout_ms,
        .epoch = self->epoch,
    };
    cJSON *body = sb_json_copy(row->body);
    if (row->attempts > 0 && !cJSON_HasObjectItem(body, SB_JOB_AGAIN)) {
        sb_json_add_bool(body, SB_JOB_AGAIN, true);
    }
    const int code = sb_pool_submit(self->pool, &order, &body, s_on_job, job, err);
    if (code) {
        cJSON_Delete(body);
        free(job->id);
        free(job);
    }
    return code;
}

static void s_on_pump_timer(void *arg)
{
    dispatch_t *self = arg;
    self->pump_timer = 0;
    s_pump(self);
}

/* Hands out all that may leave. A worker's end may come back here: the outer call goes on. */
static void s_pump(dispatch_t *self)
{
    if (self->epoch == 0 || self->pumping) {
        return;
    }
    self->pumping = true;
    const lane_row_t *row;
    while ((row = lanes_next(self->lanes, sb_clock_mono_ms())) != NULL) {
        sb_err_t err;
        const int code = s_submit(self, row, &err);
        if (code == SB_OK) {
            self->out++;
        } else if (code == SB_EBUSY || code == SB_ECONFLICT) {
            lanes_back(self->lanes, row->id, false, sb_clock_mono_ms() + FULL_MS);
        } else {
            sb_error("outbox row can't be handed out", "id", row->id, "error", err.text, NULL);
            s_end(self, row->id, false, s_failure(NULL, code, err.text));
        }
    }
    self->pumping = false;
    sb_timers_cancel(self->timers, &self->pump_timer);
    const int64_t next_ms = lanes_next_ready_ms(self->lanes);
    if (next_ms != INT64_MAX) {
        self->pump_timer =
            sb_timers_add(self->timers, next_ms - sb_clock_mono_ms(), s_on_pump_timer, self);
    }
}

/* ---- Telling the store. */

static void s_on_tell_timer(void *arg)
{
    dispatch_t *self = arg;
    self->tell_timer = 0;
    s_tell(self);
}

/* What was told last must be told first again. */
static void s_untell(dispatch_t *self, cJSON *items)
{
    while (self->ended->child) {
        sb_json_push(items, cJSON_DetachItemFromArray(self->ended, 0));
    }
    cJSON_Delete(self->ended);
    self->ended = items;
    sb_timers_cancel(self->timers, &self->tell_timer);
    self->tell_timer = sb_timers_add(self->timers, STORE_RETRY_MS, s_on_tell_timer, self);
}

static void s_on_told(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    ask_t *ask = arg;
    dispatch_t *self = ask->dispatch;
    if (ask->epoch == self->epoch) {
        self->telling = false;
        if (code == SB_ESTALE) {
            self->events.stale(self->events.ctx);
        } else if (code != SB_OK && !s_final(code)) {
            s_untell(self, ask->items);
            ask->items = NULL;
        } else {
            if (code != SB_OK) { /* the rows stay pending; the next leader loads them again */
                sb_error("outbox.done refused", "error", err->text, NULL);
            }
            s_tell(self);
        }
    }
    s_ask_free(ask);
}

static void s_tell(dispatch_t *self)
{
    if (self->epoch == 0 || self->telling || self->tell_timer || !self->ended->child) {
        return;
    }
    cJSON *items = sb_json_array();
    for (size_t n = 0; n < TOLD_MAX && self->ended->child; n++) {
        sb_json_push(items, cJSON_DetachItemFromArray(self->ended, 0));
    }
    cJSON *body = sb_json_object();
    sb_json_add(body, "items", sb_json_copy(items));
    self->telling = true;
    s_ask(self, "outbox.done", body, items, s_on_told);
}

/* ---- Loading what is pending, when leading begins. */

/* A row that was accepted is the worker's to go on with: it gets back what it said then. */
static void s_add_accepted(cJSON *body, const cJSON *accepted)
{
    sb_err_t ignored;
    sb_reader_t r = sb_reader(accepted, "accepted", &ignored);
    const char *transaction = sb_read_str_or(&r, SB_JOB_TRANSACTION, SB_TRANSACTION_MAX, NULL);
    if (transaction) {
        cJSON_DeleteItemFromObjectCaseSensitive(body, SB_JOB_TRANSACTION);
        sb_json_add_str(body, SB_JOB_TRANSACTION, transaction);
    }
}

/* loaded: another leader may have handed it out, if it is the first of its lane. */
static void s_add_row(dispatch_t *self, const cJSON *json, bool loaded)
{
    sb_err_t err;
    sb_reader_t r = sb_reader(json, "outbox", &err);
    const char *id = sb_read_str(&r, "id", 1, SB_ID_SIZE_MAX - 1);
    const char *kind = sb_read_str(&r, "kind", 1, SB_NAME_SIZE_MAX - 1);
    const char *lane = sb_read_str(&r, "lane", 1, SB_NAME_MAX);
    const cJSON *body = sb_read_object(&r, "body");
    const int64_t attempts = sb_read_int_or(&r, "attempts", 0, INT32_MAX, 0);
    const cJSON *accepted = sb_read_object_or_null(&r, "accepted");
    if (sb_reader_code(&r)) {
        sb_error("outbox row can't be read", "error", err.text, NULL);
        return;
    }
    cJSON *own = sb_json_copy(body);
    const bool again = accepted || (loaded && !lanes_has(self->lanes, lane));
    if (again && !cJSON_HasObjectItem(own, SB_JOB_AGAIN)) {
        sb_json_add_bool(own, SB_JOB_AGAIN, true);
    }
    if (accepted) {
        s_add_accepted(own, accepted);
    }
    if (lanes_add(self->lanes, id, kind, lane, own, attempts, 0) && accepted) {
        (void)lanes_accept(self->lanes, id);
    }
    cJSON_Delete(own);
}

static void s_on_load_timer(void *arg)
{
    dispatch_t *self = arg;
    self->load_timer = 0;
    s_load(self);
}

static void s_on_loaded(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    dispatch_t *self = ((ask_t *)arg)->dispatch;
    const bool current = ((ask_t *)arg)->epoch == self->epoch;
    s_ask_free(arg);
    if (!current) {
        return;
    }
    if (code == SB_ESTALE) {
        self->events.stale(self->events.ctx);
        return;
    }
    if (code != SB_OK) {
        sb_warn("pending outbox rows not loaded yet", "error", err->text, NULL);
        self->load_timer = sb_timers_add(self->timers, STORE_RETRY_MS, s_on_load_timer, self);
        return;
    }
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(body, "rows"))
    {
        s_add_row(self, row, true);
        sb_err_t ignored;
        sb_reader_t r = sb_reader(row, "row", &ignored);
        self->loaded_seq = sb_read_id_or(&r, "seq", self->loaded_seq);
    }
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "more"))) {
        s_load(self);
        return;
    }
    sb_info("outbox loaded", "rows", sb_num((int64_t)lanes_len(self->lanes)), NULL);
    self->events.loaded(self->events.ctx);
    s_pump(self);
}

static void s_load(dispatch_t *self)
{
    cJSON *body = sb_json_object();
    sb_json_add_id(body, "after", self->loaded_seq);
    sb_json_add_int(body, "limit", SB_OUTBOX_LOAD_MAX);
    s_ask(self, "outbox.load", body, NULL, s_on_loaded);
}

/* ---- Life. */

dispatch_t *dispatch_new(sb_timers_t *timers, sb_client_t *taskd, sb_pool_t *pool,
                         const dispatch_events_t *events)
{
    assert(timers && taskd && pool && events);
    dispatch_t *self = sb_alloc(sizeof *self);
    self->timers = timers;
    self->taskd = taskd;
    self->pool = pool;
    self->events = *events;
    self->lanes = lanes_new();
    self->ended = sb_json_array();
    return self;
}

void dispatch_destroy(dispatch_t **self_p)
{
    assert(self_p);
    dispatch_t *self = *self_p;
    if (!self) {
        return;
    }
    dispatch_stop(self);
    lanes_destroy(&self->lanes);
    cJSON_Delete(self->ended);
    free(self);
    *self_p = NULL;
}

void dispatch_start(dispatch_t *self, int64_t epoch)
{
    assert(self && epoch > 0 && self->epoch == 0);
    self->epoch = epoch;
    self->loaded_seq = 0;
    s_load(self);
}

void dispatch_stop(dispatch_t *self)
{
    assert(self);
    self->epoch = 0;
    self->out = 0;
    self->telling = false;
    self->was_full = false;
    lanes_clear(self->lanes);
    cJSON_Delete(self->ended);
    self->ended = sb_json_array();
    sb_timers_cancel(self->timers, &self->pump_timer);
    sb_timers_cancel(self->timers, &self->tell_timer);
    sb_timers_cancel(self->timers, &self->load_timer);
}

void dispatch_add(dispatch_t *self, const cJSON *outbox)
{
    assert(self);
    const cJSON *row;
    cJSON_ArrayForEach(row, outbox)
    {
        s_add_row(self, row, false);
    }
    s_pump(self);
}

bool dispatch_full(dispatch_t *self)
{
    assert(self);
    const bool full = lanes_len(self->lanes) >= DISPATCH_ROWS_MAX;
    self->was_full |= full;
    return full;
}

bool dispatch_idle(const dispatch_t *self)
{
    assert(self);
    return self->out == 0 && !self->telling && !self->ended->child;
}

void dispatch_stats_json(const dispatch_t *self, cJSON *object)
{
    assert(self);
    sb_json_add_int(object, "outbox_waiting", (int64_t)lanes_len(self->lanes));
    sb_json_add_int(object, "outbox_out", (int64_t)self->out);
    sb_json_add_int(object, "outbox_done", (int64_t)self->done);
    sb_json_add_int(object, "outbox_failed", (int64_t)self->failed);
    sb_json_add_int(object, "outbox_retried", (int64_t)self->retried);
}
