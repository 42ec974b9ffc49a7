/* queue.h: the commands that wait for a store thread, first come, first served. Pure; one thread.
 *
 * Looks, searches and writes wait apart, so that no search holds up the rest. What people say must
 * be written in the order it came: of that kind (STORE_ORDERED) only one batch may be out at a
 * time, which its taker sees to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/taskd/store.h"

#define QUEUE_LEN_MAX 4096                /* commands; more are refused as BUSY */
#define QUEUE_SIZE_MAX (64 * 1024 * 1024) /* bytes of their bodies */
#define QUEUE_BATCH_MAX 256               /* commands in one transaction */
#define QUEUE_TRIES_MAX 2                 /* of a command in company; then it runs alone */

typedef struct queue_job queue_job_t;
struct queue_job {
    store_cmd_t cmd;
    void *call;          /* the owner's */
    cJSON *body;         /* what cmd.body borrows; owned */
    size_t size;         /* bytes of it */
    int64_t deadline_ms; /* when its caller must have been answered */
    int tries;           /* that the store gave back */
    queue_job_t *next;
};

typedef struct queue queue_t;

queue_t *queue_new(void);
void queue_destroy(queue_t **self_p); /* must be empty */

/* Takes the body; call is borrowed. NULL, and the body is left alone, if the queue is full. */
queue_job_t *queue_add(queue_t *self, const store_op_t *op, cJSON **body_p, void *call,
                       int64_t deadline_ms);

/* Takes a batch out: one look or search, since its caller must not wait for that of another; or
 * writes, with (ordered) or without what people say. Among the writes, commands of one name stand
 * together, and names always in the same order, so that two batches at once don't lock the same
 * rows the other way around. Returns how many. */
size_t queue_take_look(queue_t *self, store_kind_t kind, queue_job_t *jobs[QUEUE_BATCH_MAX]);
size_t queue_take_writes(queue_t *self, bool ordered, queue_job_t *jobs[QUEUE_BATCH_MAX]);

/* Puts a job that was taken out in front again. For several: the last one first. */
void queue_back(queue_t *self, queue_job_t *job);
/* Frees a job that is out. */
void queue_job_free(queue_t *self, queue_job_t **job_p);

/* Takes out the first job whose deadline is before now_ms; NULL if there is none. */
queue_job_t *queue_take_expired(queue_t *self, int64_t now_ms);

size_t queue_len(const queue_t *self); /* jobs that wait */
size_t queue_out(const queue_t *self); /* jobs that were taken out and not freed */
