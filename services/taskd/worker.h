/* worker.h: a thread with one connection to the store. It keeps trying to connect, runs the batches
 * it is given one after the other, and tells how it stands. */
#pragma once

#include <czmq.h>

#include "services/taskd/queue.h"

#define WORKER_BACKOFF_MS 100 /* after the first failure; doubled with each further one */
#define WORKER_BACKOFF_MS_MAX 5000
#define WORKER_PROBE_MS 5000 /* an idle connection is looked at this often */

typedef struct worker worker_t;

typedef struct {
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    size_t len;
    bool search; /* what kind of batch it is, for its owner */
    bool ordered;
} worker_batch_t;

typedef struct {
    void *ctx;
    /* The connection came or went; why says the reason. */
    void (*changed)(void *ctx, worker_t *worker, bool up, const char *why);
    /* The store must not be touched by this program; the worker has ended its tries. */
    void (*refused)(void *ctx, worker_t *worker, const char *why);
    /* The batch is back: jobs whose command isn't done may be tried again. */
    void (*done)(void *ctx, worker_t *worker, worker_batch_t *batch);
} worker_events_t;

/* A worker that is read-only is given looks alone. driver and target as for store_new; borrowed.
 * Events come on the loop's thread. */
worker_t *worker_new(zloop_t *loop, const char *driver, const char *target, bool read_only,
                     const worker_events_t *events);
/* Waits until the batch that runs has ended; it must have been taken back by `done`, or be freed by
 * its owner afterwards. */
void worker_destroy(worker_t **self_p);

bool worker_up(const worker_t *self);
bool worker_busy(const worker_t *self);
bool worker_read_only(const worker_t *self);
/* Only if up and not busy. The batch is borrowed until it is done. */
void worker_run(worker_t *self, worker_batch_t *batch);
