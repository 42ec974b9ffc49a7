/* jobs.c. A list is enough: worker.credit bounds it. That a job is not begun twice, that its answer
 * goes to the botd that leads now, and that none of the past is served, is the worker's care
 * (lib/bus_worker.h). */
#include "services/authd/jobs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "proto/authd.h"
#include "proto/taskd.h"

typedef enum { JOB_CAN, JOB_CHECK, JOB_START } kind_t;

typedef struct job job_t;
struct job {
    job_t *next;
    jobs_t *jobs;
    sb_call_t *call;
    kind_t kind;
    factor_request_t request; /* its texts are the call's */
    int64_t end_ms;           /* the deadline less the margin */
    const factor_t *factor;
    void *work; /* factor's; NULL: none is out */
    uint64_t timer;
    bool asked; /* start: the person was, now or before */

    /* can and check: who is looked at, and what was found */
    const factor_t *chain[SB_DRIVERS_MAX];
    size_t chain_len, place;
    bool away;
    cJSON *found; /* of check */
};

struct jobs {
    const factors_t *factors;
    sb_timers_t *timers;
    job_t *list;
    size_t len;
    uint64_t approved, ended, cancelled, late;
};

jobs_t *jobs_new(const factors_t *factors, sb_timers_t *timers)
{
    assert(factors && timers);
    jobs_t *self = sb_alloc(sizeof *self);
    self->factors = factors;
    self->timers = timers;
    return self;
}

static job_t *s_find(const jobs_t *self, const char *id)
{
    job_t *job = self->list;
    while (job && strcmp(sb_call_id(job->call), id) != 0) {
        job = job->next;
    }
    return job;
}

/* Takes the job out of the list and frees it; its call must have been dealt with. */
static void s_free(job_t *job)
{
    jobs_t *self = job->jobs;
    job_t **at = &self->list;
    while (*at != job) {
        at = &(*at)->next;
    }
    *at = job->next;
    self->len--;
    sb_timers_cancel(self->timers, &job->timer);
    cJSON_Delete(job->found);
    free(job);
}

static void s_cancel_work(job_t *job, factor_cancel_t why)
{
    if (job->work) {
        job->factor->driver->cancel(job->factor->self, job->work, why);
        job->work = NULL;
    }
}

void jobs_destroy(jobs_t **self_p)
{
    assert(self_p);
    jobs_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_err_t err;
    (void)sb_fail(&err, SB_ERETRY, "stopping");
    while (self->list) {
        job_t *job = self->list;
        s_cancel_work(job, FACTOR_DROP);
        sb_call_nack(&job->call, &err);
        s_free(job);
    }
    free(self);
    *self_p = NULL;
}

static void s_answer(job_t *job, cJSON *body)
{
    job->jobs->ended++;
    sb_call_t *call = job->call;
    s_free(job);
    sb_call_result(&call, &body);
}

/* ---- Start. */

static void s_end(job_t *job, factor_status_t status)
{
    const char *driver = job->factor->driver->name;
    job->jobs->approved += status == FACTOR_APPROVED;
    sb_info("factor ended", "job", job->request.job, "person", job->request.person, "factor",
            driver, "status", factor_status_name(status), NULL);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "status", factor_status_name(status));
    sb_json_add_str(body, "driver", driver);
    s_answer(job, body);
}

static void s_stop(job_t *job, factor_status_t status)
{
    s_cancel_work(job, FACTOR_WITHDRAW);
    s_end(job, status);
}

/* Who was asked and said nothing has let the time pass; else it is our side that is stuck. */
static void s_on_deadline(void *arg)
{
    job_t *job = arg;
    job->timer = 0;
    job->jobs->late++;
    s_stop(job, job->asked ? FACTOR_TIMEOUT : FACTOR_UNAVAILABLE);
}

static void s_on_accepted(void *arg, const char *transaction, const char *show_kind,
                          const char *show_text)
{
    job_t *job = arg;
    assert(job->kind == JOB_START && job->work);
    job->asked = true;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "transaction", transaction);
    cJSON *show = show_kind ? sb_json_object() : cJSON_CreateNull();
    if (show_kind) {
        sb_json_add_str(show, "kind", show_kind);
        sb_json_add_str(show, "text", show_text);
    }
    sb_json_add(body, "show", show);
    sb_call_accept(job->call, &body);
}

static void s_on_done(void *arg, factor_status_t status)
{
    s_end(arg, status);
}

static void s_begin(job_t *job)
{
    const factor_driver_t *driver = job->factor->driver;
    const factor_events_t events = {.accepted = s_on_accepted, .done = s_on_done, .arg = job};
    if (driver->strength < job->request.strength) {
        s_end(job, FACTOR_UNAVAILABLE);
        return;
    }
    job->request.left_ms = job->end_ms - sb_clock_mono_ms();
    job->timer = sb_timers_add(job->jobs->timers, job->request.left_ms, s_on_deadline, job);
    job->work = driver->start(job->factor->self, &job->request, &events);
}

/* ---- Can and check: one driver after the other. */

/* Of can. factor is NULL if there is none to name. */
static void s_chosen(job_t *job, factor_status_t status, const factor_t *factor,
                     const factor_found_t *found)
{
    const bool ok = status == FACTOR_OK;
    const char *name = factor ? factor->driver->name : NULL;
    sb_debug("factor looked up", "job", job->request.job, "person", job->request.person, "factor",
             name ? name : "-", "status", factor_status_name(status), NULL);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "status", factor_status_name(status));
    sb_json_add_str(body, "driver", name);
    sb_json_add_bool(body, "typed", ok && found->typed);
    sb_json_add_str(body, "strength", ok ? factor_strength_name(found->strength) : NULL);
    s_answer(job, body);
}

static const char *s_words(factor_status_t status)
{
    switch (status) {
    case FACTOR_OK:
        return "would be asked";
    case FACTOR_NONE:
        return "is not enrolled";
    case FACTOR_LOCKED:
        return "is locked for a while after too many wrong codes";
    case FACTOR_DENIED:
        return "the provider refuses this account";
    default:
        return "can't be asked: the provider or the store is away";
    }
}

static void s_note(job_t *job, const factor_found_t *found)
{
    const bool ok = found->status == FACTOR_OK;
    cJSON *item = sb_json_object();
    sb_json_add_str(item, "driver", job->factor->driver->name);
    sb_json_add_str(item, "status", factor_status_name(found->status));
    sb_json_add_str(item, "strength", ok ? factor_strength_name(found->strength) : NULL);
    sb_json_add_bool(item, "typed", ok && found->typed);
    sb_json_add_str(item, "text", found->text ? found->text : s_words(found->status));
    sb_json_push(job->found, item);
}

static void s_look(job_t *job);

/* What is shut ends the search: another door is not tried then. What is away, not enrolled or too
 * weak is passed over. */
static void s_weigh(job_t *job, const factor_found_t *found)
{
    const bool strong = found->strength >= job->request.strength;
    switch (found->status) {
    case FACTOR_OK:
        if (strong) {
            s_chosen(job, FACTOR_OK, job->factor, found);
            return;
        }
        break;
    case FACTOR_LOCKED:
    case FACTOR_DENIED:
        s_chosen(job, found->status, job->factor, found);
        return;
    case FACTOR_NONE:
        break;
    default:
        job->away = true;
        break;
    }
    job->place++;
    s_look(job);
}

static void s_on_found(void *arg, const factor_found_t *found)
{
    job_t *job = arg;
    job->work = NULL;
    sb_timers_cancel(job->jobs->timers, &job->timer);
    if (job->kind == JOB_CAN) {
        s_weigh(job, found);
        return;
    }
    s_note(job, found);
    job->place++;
    s_look(job);
}

static void s_on_share_over(void *arg)
{
    static const factor_found_t away = {
        .status = FACTOR_UNAVAILABLE,
        .text = "did not answer in time",
    };
    job_t *job = arg;
    job->timer = 0;
    job->jobs->late++;
    s_cancel_work(job, FACTOR_WITHDRAW);
    s_on_found(job, &away);
}

/* Asks the driver at job->place what the person can do with it. */
static void s_look(job_t *job)
{
    if (job->place == job->chain_len) {
        if (job->kind == JOB_CAN) {
            s_chosen(job, job->away ? FACTOR_UNAVAILABLE : FACTOR_NONE, NULL, NULL);
            return;
        }
        cJSON *body = sb_json_object();
        sb_json_add(body, "drivers", job->found);
        job->found = NULL;
        s_answer(job, body);
        return;
    }
    const factor_events_t events = {.found = s_on_found, .arg = job};
    const int64_t left_ms = job->end_ms - sb_clock_mono_ms();
    job->factor = job->chain[job->place];
    job->request.left_ms = left_ms / (int64_t)(job->chain_len - job->place);
    job->timer = sb_timers_add(job->jobs->timers, job->request.left_ms, s_on_share_over, job);
    job->work = job->factor->driver->can(job->factor->self, &job->request, &events);
}

static bool s_has(const cJSON *names, const char *wanted)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        if (strcmp(name->valuestring, wanted) == 0) {
            return true;
        }
    }
    return false;
}

/* Those that are configured here and may reach the strength, in the order of names, or of the
 * configuration if names is empty. tried (may be NULL): those that were away. */
static void s_chain(job_t *job, const cJSON *names, const cJSON *tried)
{
    const factors_t *factors = job->jobs->factors;
    const size_t len = names && cJSON_GetArraySize(names) > 0 ? (size_t)cJSON_GetArraySize(names)
                                                              : factors_len(factors);
    for (size_t i = 0; i < len; i++) {
        const cJSON *name = names ? cJSON_GetArrayItem(names, (int)i) : NULL;
        const factor_t *factor =
            name ? factors_find(factors, name->valuestring) : factors_at(factors, i);
        if (factor && s_has(tried, factor->driver->name)) {
            job->away = true;
        } else if (factor && factor->driver->strength >= job->request.strength) {
            job->chain[job->chain_len++] = factor;
        }
    }
}

/* ---- The requests. */

static job_t *s_new(jobs_t *self, sb_call_t *call, kind_t kind, const factor_request_t *request)
{
    const int64_t now_ms = sb_clock_mono_ms();
    const int64_t left_ms = sb_call_deadline_ms(call) - now_ms;
    const int64_t margin_ms = left_ms / 2 < JOBS_MARGIN_MS ? left_ms / 2 : JOBS_MARGIN_MS;
    job_t *job = sb_alloc(sizeof *job);
    job->jobs = self;
    job->call = call;
    job->kind = kind;
    job->request = *request;
    job->request.job = sb_call_id(call);
    job->end_ms = now_ms + left_ms - margin_ms;
    job->next = self->list;
    self->list = job;
    self->len++;
    return job;
}

/* No word that is unknown is taken for a demand: it would be one for nothing. */
static factor_strength_t s_strength(sb_reader_t *reader)
{
    static const char *const words[] = {SB_STRENGTH_CODE, SB_STRENGTH_PUSH, SB_STRENGTH_PASSKEY};
    return (factor_strength_t)(FACTOR_CODE + sb_read_enum(reader, "strength", words,
                                                          sizeof words / sizeof words[0]));
}

static void s_check_names(sb_reader_t *reader, const char *key, const cJSON *names)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, names)
    {
        if (!cJSON_IsString(name)) {
            (void)sb_reader_fault(reader, key, "expected names");
        }
    }
}

void jobs_can(jobs_t *self, sb_call_t *call)
{
    assert(self && call);
    sb_err_t err;
    sb_reader_t reader = sb_reader(sb_call_body(call), "body", &err);
    const factor_request_t request = {
        .person = sb_read_str(&reader, "person", 1, SB_PERSON_ID_MAX),
        .strength = s_strength(&reader),
    };
    const cJSON *names = sb_read_array(&reader, "drivers", SB_DRIVERS_MAX);
    const cJSON *tried = sb_read_array_or_null(&reader, "tried", SB_DRIVERS_MAX);
    s_check_names(&reader, "drivers", names);
    s_check_names(&reader, "tried", tried);
    if (sb_reader_code(&reader)) {
        sb_call_nack(&call, &err);
        return;
    }
    job_t *job = s_new(self, call, JOB_CAN, &request);
    s_chain(job, names, tried);
    s_look(job);
}

void jobs_check(jobs_t *self, sb_call_t *call)
{
    assert(self && call);
    sb_err_t err;
    sb_reader_t reader = sb_reader(sb_call_body(call), "body", &err);
    const factor_request_t request = {
        .person = sb_read_str(&reader, "person", 1, SB_PERSON_ID_MAX),
    };
    if (sb_reader_code(&reader)) {
        sb_call_nack(&call, &err);
        return;
    }
    job_t *job = s_new(self, call, JOB_CHECK, &request);
    job->found = sb_json_array();
    s_chain(job, NULL, NULL);
    s_look(job);
}

/* The factor that is to be asked; NULL if there is a fault. */
static const factor_t *s_factor(const jobs_t *self, const factor_request_t *request,
                                sb_reader_t *reader)
{
    const char *name = sb_read_str(reader, "driver", 1, SB_DRIVER_NAME_MAX);
    if (sb_reader_code(reader)) {
        return NULL;
    }
    const factor_t *factor = factors_find(self->factors, name);
    if (!factor) {
        (void)sb_reader_fault(reader, "driver", "factor \"%s\" is not configured here", name);
        return NULL;
    }
    const factor_driver_t *driver = factor->driver;
    if (driver->needs_code && driver->needs_code(factor->self) && !request->code) {
        (void)sb_reader_fault(reader, "code", "%s needs one", name);
        return NULL;
    }
    return factor;
}

void jobs_start(jobs_t *self, sb_call_t *call)
{
    assert(self && call);
    sb_err_t err;
    sb_reader_t reader = sb_reader(sb_call_body(call), "body", &err);
    const factor_request_t request = {
        .person = sb_read_str(&reader, "person", 1, SB_PERSON_ID_MAX),
        .alert = sb_read_str(&reader, "alert", SB_HASH_HEX, SB_HASH_HEX),
        .short_code = sb_read_str(&reader, "short", 1, SB_HASH_HEX),
        .code = sb_read_str_or(&reader, "code", FACTOR_CODE_MAX, NULL),
        .title = sb_read_str(&reader, "title", 0, SB_TITLE_MAX),
        .description = sb_read_str(&reader, "description", 0, SB_DESCRIPTION_MAX),
        .reason = sb_read_str_or(&reader, "reason", SB_REASON_MAX, ""),
        .strength = s_strength(&reader),
        .again = sb_read_bool_or(&reader, "again", false),
        .transaction = sb_read_str_or(&reader, "transaction", SB_TRANSACTION_MAX, NULL),
    };
    const factor_t *factor = s_factor(self, &request, &reader);
    if (!factor) {
        sb_call_nack(&call, &err);
        return;
    }
    job_t *job = s_new(self, call, JOB_START, &request);
    job->factor = factor;
    job->asked = request.again && request.transaction;
    s_begin(job);
}

void jobs_cancel(jobs_t *self, sb_call_t *call)
{
    assert(self && call);
    sb_err_t err;
    sb_reader_t reader = sb_reader(sb_call_body(call), "body", &err);
    const char *id = sb_read_str(&reader, "job", 1, SB_ID_SIZE_MAX - 1);
    if (sb_reader_code(&reader)) {
        sb_call_nack(&call, &err);
        return;
    }
    job_t *job = s_find(self, id);
    if (job && job->kind == JOB_START) {
        self->cancelled++;
        s_stop(job, FACTOR_CANCELLED);
    }
    sb_call_result(&call, NULL);
}

size_t jobs_len(const jobs_t *self)
{
    assert(self);
    return self->len;
}

void jobs_stats_json(const jobs_t *self, cJSON *object)
{
    assert(self);
    sb_json_add_int(object, "jobs_open", (int64_t)self->len);
    sb_json_add_int(object, "jobs_ended", (int64_t)self->ended);
    sb_json_add_int(object, "jobs_approved", (int64_t)self->approved);
    sb_json_add_int(object, "jobs_cancelled", (int64_t)self->cancelled);
    sb_json_add_int(object, "jobs_late", (int64_t)self->late);
}
