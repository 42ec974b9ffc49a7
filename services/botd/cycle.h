/* cycle.h: the leader's work: pull what there is to do, step each person, commit, hand out.
 *
 * One round at a time, so that nobody is stepped twice for the same input. Between rounds nothing
 * runs: a hint, an expired deadline or a missed hint starts the next. */
#pragma once

#include <stdint.h>

#include "lib/bus_client.h"
#include "lib/timers.h"
#include "services/botd/policy.h"

typedef struct cycle cycle_t;

typedef struct {
    void (*committed)(void *ctx, const cJSON *outbox); /* rows of one durable transition */
    bool (*full)(void *ctx);  /* no room for more rows: the next round waits for cycle_kick */
    void (*stale)(void *ctx); /* the store refused our epoch */
    void *ctx;
} cycle_events_t;

cycle_t *cycle_new(sb_timers_t *timers, sb_client_t *taskd, const cycle_events_t *events);
/* The client must be gone before: its last answers come here. */
void cycle_destroy(cycle_t **self_p);

/* policy is borrowed until cycle_stop or the next cycle_policy. */
void cycle_start(cycle_t *self, int64_t epoch, const policy_t *policy);
void cycle_policy(cycle_t *self, const policy_t *policy);
void cycle_stop(cycle_t *self);

/* There may be work. Cheap, and harmless when there is none. */
void cycle_kick(cycle_t *self);

bool cycle_idle(const cycle_t *self); /* no round is under way */
void cycle_stats_json(const cycle_t *self, cJSON *object);
