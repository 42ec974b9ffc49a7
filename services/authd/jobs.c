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

#define CODE_SIZE_MAX 64 /* as typed, with blanks */

typedef struct job job_t;
struct job {
    job_t *next;
    jobs_t *jobs;
    sb_call_t *call;
    bool can;                 /* else start */
    factor_request_t request; /* its texts are the call's */
    const factor_t *factor;
    size_t place; /* can: which of the factors is asked */
    void *work;
    uint64_t timer;
    bool accepted; /* start: the person was asked */
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
    free(job);
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
        job->factor->driver->cancel(job->factor->self, job->work);
        sb_call_nack(&job->call, &err);
        s_free(job);
    }
    free(self);
    *self_p = NULL;
}

/* ---- The end of a job. */

/* The driver's work is over. */
static void s_answer(job_t *job, factor_status_t status)
{
    jobs_t *self = job->jobs;
    const factor_driver_t *driver = job->factor->driver;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "status", factor_status_name(status));
    sb_json_add_str(body, "driver", driver->name);
    if (job->can) {
        sb_json_add_bool(body, "typed", driver->typed);
    }
    self->ended++;
    self->approved += status == FACTOR_APPROVED;
    sb_log(job->can ? SB_DEBUG : SB_INFO, job->can ? "factor looked up" : "factor ended", "job",
           job->request.job, "person", job->request.person, "factor", driver->name, "status",
           factor_status_name(status), NULL);
    sb_call_t *call = job->call;
    s_free(job);
    sb_call_result(&call, &body);
}

static void s_stop(job_t *job, factor_status_t status)
{
    job->factor->driver->cancel(job->factor->self, job->work);
    s_answer(job, status);
}

/* Who was asked and said nothing has let the time pass; else it is our side that is stuck. */
static void s_on_deadline(void *arg)
{
    job_t *job = arg;
    job->timer = 0;
    job->jobs->late++;
    s_stop(job, job->accepted ? FACTOR_TIMEOUT : FACTOR_UNAVAILABLE);
}

static void s_set_deadline(job_t *job)
{
    const int64_t left_ms = sb_call_deadline_ms(job->call) - sb_clock_mono_ms();
    const int64_t margin_ms = left_ms / 2 < JOBS_MARGIN_MS ? left_ms / 2 : JOBS_MARGIN_MS;
    job->timer = sb_timers_add(job->jobs->timers, left_ms - margin_ms, s_on_deadline, job);
}

/* ---- The driver's reports. */

static void s_on_accepted(void *arg, const char *transaction)
{
    job_t *job = arg;
    assert(!job->can && !job->accepted);
    job->accepted = true;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "transaction", transaction);
    sb_call_accept(job->call, &body);
}

static void s_look(job_t *job);

static void s_on_looked(void *arg, factor_status_t status)
{
    job_t *job = arg;
    if (status == FACTOR_NONE && job->place + 1 < factors_len(job->jobs->factors)) {
        job->place++;
        s_look(job);
        return;
    }
    s_answer(job, status);
}

/* Asks the driver at job->place whether the person can use it. */
static void s_look(job_t *job)
{
    const factor_events_t events = {.done = s_on_looked, .arg = job};
    job->factor = factors_at(job->jobs->factors, job->place);
    job->work = job->factor->driver->can(job->factor->self, &job->request, &events);
}

static void s_on_done(void *arg, factor_status_t status)
{
    s_answer(arg, status);
}

/* ---- The requests. */

static job_t *s_new(jobs_t *self, sb_call_t *call, const factor_request_t *request)
{
    job_t *job = sb_alloc(sizeof *job);
    job->jobs = self;
    job->call = call;
    job->request = *request;
    job->request.job = sb_call_id(call);
    job->next = self->list;
    self->list = job;
    self->len++;
    s_set_deadline(job);
    return job;
}

void jobs_can(jobs_t *self, sb_call_t *call)
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
    job_t *job = s_new(self, call, &request);
    job->can = true;
    s_look(job);
}

void jobs_start(jobs_t *self, sb_call_t *call)
{
    assert(self && call);
    sb_err_t err;
    sb_reader_t reader = sb_reader(sb_call_body(call), "body", &err);
    const factor_request_t request = {
        .person = sb_read_str(&reader, "person", 1, SB_PERSON_ID_MAX),
        .alert = sb_read_str(&reader, "alert", SB_HASH_HEX, SB_HASH_HEX),
        .code = sb_read_str_or(&reader, "code", CODE_SIZE_MAX, NULL),
        .title = sb_read_str(&reader, "title", 0, SB_TITLE_MAX),
        .description = sb_read_str(&reader, "description", 0, SB_DESCRIPTION_MAX),
    };
    const char *name = sb_read_str(&reader, "driver", 1, SB_DRIVER_NAME_MAX);
    const factor_t *factor = factors_find(self->factors, name);
    if (!sb_reader_code(&reader) && !factor) {
        (void)sb_reader_fault(&reader, "driver", "factor \"%s\" is not configured here", name);
    } else if (!sb_reader_code(&reader) && factor->driver->typed && !request.code) {
        (void)sb_reader_fault(&reader, "code", "%s needs one", name);
    }
    if (!factor || sb_reader_code(&reader)) {
        sb_call_nack(&call, &err);
        return;
    }
    job_t *job = s_new(self, call, &request);
    const factor_events_t events = {.accepted = s_on_accepted, .done = s_on_done, .arg = job};
    job->factor = factor;
    job->work = factor->driver->start(factor->self, &job->request, &events);
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
    if (job && !job->can) {
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
