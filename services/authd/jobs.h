/* jobs.h: the work botd handed us: factor.can, factor.start, factor.cancel and factor.check
 * (proto/authd.md).
 *
 * Each open job is one call of a worker, one piece of a driver's work and one deadline, which is
 * the call's less a margin so that the answer still arrives in time. Those that look at one driver
 * after the other give each its share of the time that is left, so that one that hangs can be
 * passed over. One thread: the loop's. */
#pragma once

#include "lib/bus_server.h"
#include "lib/timers.h"
#include "services/authd/factors.h"

#define JOBS_MARGIN_MS 500 /* before the call's deadline; at most half of what is left */

typedef struct jobs jobs_t;

/* Both are borrowed and live longer. */
jobs_t *jobs_new(const factors_t *factors, sb_timers_t *timers);
/* Drops the drivers' work and ends the calls with UNAVAILABLE. After the workers' end nobody
 * hears that: botd has given the jobs to others by then. */
void jobs_destroy(jobs_t **self_p);

/* The handlers: they take the call. */
void jobs_can(jobs_t *self, sb_call_t *call);
void jobs_start(jobs_t *self, sb_call_t *call);
void jobs_cancel(jobs_t *self, sb_call_t *call);
void jobs_check(jobs_t *self, sb_call_t *call);

size_t jobs_len(const jobs_t *self);
void jobs_stats_json(const jobs_t *self, cJSON *object);
