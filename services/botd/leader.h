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

/* holder: the instance name. Starts at once; the events come from the loop. */
leader_t *leader_new(sb_timers_t *timers, sb_client_t *taskd, const char *holder,
                     const leader_events_t *events);
/* Does not call lost(). The client must be gone before: its last answers come here. */
void leader_destroy(leader_t **self_p);

int64_t leader_epoch(const leader_t *self); /* 0 while not leading */

/* Someone was answered STALE: the epoch is another's. Stops leading and asks again. */
void leader_doubt(leader_t *self);
/* Gives the lease back, so that another needn't wait for its end. Stops leading for good. */
void leader_resign(leader_t *self);
