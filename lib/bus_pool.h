/* bus_pool.h: botd's end: who works for us, and which job goes to whom.
 *
 * Jobs wait in a bounded queue per service until a worker has credit. A dead or stuck worker's jobs
 * go to another, under the same id. One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "lib/bus_server.h"

typedef struct sb_pool sb_pool_t;

/* SB_KIND_ACCEPT may come before, once for each worker that had the job; then exactly one end:
 * SB_KIND_RESULT and SB_OK with the body, or SB_KIND_NACK and the NACK's code, SB_ETIMEOUT when a
 * worker had it and did not answer by the deadline, SB_ERETRY when none took it. body is borrowed
 * for the call. Never from sb_pool_submit. */
typedef void(sb_job_fn)(void *arg, sb_kind_t kind, int code, const cJSON *body,
                        const sb_err_t *err);

typedef struct {
    const char *id;         /* the outbox id; at most one job of an id is in the pool */
    const char *service;    /* "chatd" */
    const char *request;    /* "chat.send" */
    int64_t try_timeout_ms; /* per worker: no answer (nor ACCEPT) by then and another gets it */
    int64_t timeout_ms;     /* in all, waiting included */
    int64_t epoch;
} sb_job_t;

/* Attaches to the server's non-REQ messages. jobs_max bounds all jobs in the pool. */
sb_pool_t *sb_pool_new(zloop_t *loop, sb_server_t *server, size_t jobs_max);
/* Before the server's end. Open jobs get SB_ERETRY. */
void sb_pool_destroy(sb_pool_t **self_p);

/* Takes the body. SB_EBUSY: the pool is full. SB_ECONFLICT: this id is in it. SB_EINVALID: the id
 * is none. SB_ETOOLARGE. A callback may submit and forget. */
SB_MUSTCHECK int sb_pool_submit(sb_pool_t *self, const sb_job_t *job, cJSON **body_p, sb_job_fn *fn,
                                void *arg, sb_err_t *err);
/* Forgets a job without calling back. False if it is not there. */
bool sb_pool_forget(sb_pool_t *self, const char *id);

size_t sb_pool_jobs(const sb_pool_t *self);
size_t sb_pool_workers(const sb_pool_t *self, const char *service);
/* [{service, driver, instance, credit, jobs, heard_ms_ago, strikes}, ...] */
cJSON *sb_pool_workers_json(const sb_pool_t *self);
