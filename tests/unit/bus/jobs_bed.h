/* jobs_bed.h: the jobs of a pool without sockets, with a log of what was sent and of what ended:
 * shared by the tests of the jobs. */
#pragma once

#include "lib/bus_jobs.h"

/* Both logs are texts, so that a whole course of events is compared at a glance:
 *   sent   "c1<a1 " job a1 was given to c1, "c1<. " a heartbeat, "c1<! " a refusal
 *   ended  "a1=OK " its result, "a1=BUSY " its NACK, "a1+ " it was accepted */
struct jobs_bed {
    sb_jobs_t *jobs;
    int64_t now_ms;
    const char *gone;  /* this peer can't be reached */
    const char *stuck; /* this one does not read */
    char sent[4096];
    char ended[4096];
    char last_json[512];
    const char *resubmit; /* a callback submits this job */
    const char *forget;   /* a callback forgets this job */
};
extern struct jobs_bed jobs_bed;

int jobs_set_up(void **state);
int jobs_tear_down(void **state);

/* ---- The caller. */

int jobs_try_submit(const char *id, int64_t try_ms, int64_t timeout_ms, sb_err_t *err);
/* One second a try, ten in all. */
void jobs_submit(const char *id);
void jobs_on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err);

/* ---- The workers. In json, ' stands for ". */

void jobs_hear_as(sb_role_t role, const char *from, const char *head_text, const char *json);
void jobs_hear(const char *from, const char *head, const char *json);
/* peer says that it is the instance of its own name. */
void jobs_ready(const char *peer, int credit);
void jobs_result(const char *from, const char *id);
void jobs_accept(const char *from, const char *id);
void jobs_nack(const char *from, const char *id, const char *code);
void jobs_beat(const char *from);

/* ---- */

/* Time goes on for ms, with everything done when it is due. */
void jobs_pass(int64_t ms);
/* What happened since the last look. */
void jobs_expect(const char *sent, const char *ended);
