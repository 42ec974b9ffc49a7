/* leader.h: holds the lease that makes this botd the one that decides.
 *
 * Acquires it through taskd, renews it, and stops leading by its own clock before the store lets
 * another have it. Every write carries the epoch, so a leader that was wrong about itself writes
 * nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/bus_client.h"
#include "lib/timers.h"

typedef struct leader leader_t;

typedef struct {
    void (*gained)(void *ctx, int64_t epoch);
    void (*lost)(void *ctx);
    void *ctx;
} leader_events_t;

/* holder: INSTANCE/PROCESS, of which no other process has the same. Until the first answer the
 * lease is also taken from another process of this instance: it is one that died. Two that live
 * would take it from each other for ever, so the one that lost it waits as any other, and logs why.
 * Starts at once; the events come from the loop. */
leader_t *leader_new(sb_timers_t *timers, sb_client_t *taskd, const char *holder,
                     const leader_events_t *events);
/* Does not call lost(). The client must be gone before: its last answers come here. */
void leader_destroy(leader_t **self_p);

bool leader_has_twin(const leader_t *self); /* a living one of our instance took the lease */
int64_t leader_epoch(const leader_t *self); /* 0 while not leading */

/* Someone was answered STALE: the epoch is another's. Stops leading and asks again. */
void leader_doubt(leader_t *self);
/* Gives the lease back, so that another needn't wait for its end. Stops leading for good. */
void leader_resign(leader_t *self);
