/* dispatch.h: hands outbox rows to workers and tells the store how each ended.
 *
 * Knows which service a kind of row belongs to, what is tried again and what is final; the order
 * is kept by lanes.h, the workers by lib/bus_pool.h. That a factor.start was accepted is told like
 * an end, once for the row, so that what the person must see is as durable as the rest. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bus_client.h"
#include "lib/bus_pool.h"
#include "lib/timers.h"

/* Rows in memory; over this the cycle waits before it makes more. */
#define DISPATCH_ROWS_MAX 20000

typedef struct dispatch dispatch_t;

typedef struct {
    void (*loaded)(void *ctx);  /* after dispatch_start: the pending rows are here */
    void (*drained)(void *ctx); /* there is room again after dispatch_full() was true */
    void (*stale)(void *ctx);   /* the store refused our epoch */
    void *ctx;
} dispatch_events_t;

dispatch_t *dispatch_new(sb_timers_t *timers, sb_client_t *taskd, sb_pool_t *pool,
                         const dispatch_events_t *events);
/* The client and the pool must be gone before: their last answers come here. */
void dispatch_destroy(dispatch_t **self_p);

/* Begins for an epoch: loads what is pending in the store. */
void dispatch_start(dispatch_t *self, int64_t epoch);
/* Forgets everything; what workers still do for us is ignored. */
void dispatch_stop(dispatch_t *self);

/* Rows of a transition that was committed: an array of {id, kind, lane, body} (proto/taskd.md). */
void dispatch_add(dispatch_t *self, const cJSON *outbox);

/* True: make no more for now; drained() will be called. */
bool dispatch_full(dispatch_t *self);
bool dispatch_idle(const dispatch_t *self); /* nothing is out and nothing is untold */
void dispatch_stats_json(const dispatch_t *self, cJSON *object);
