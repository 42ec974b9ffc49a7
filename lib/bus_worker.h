/* bus_worker.h: the worker's end of proto/bus.md: says READY, takes jobs, answers them.
 *
 * Heartbeats, READY after silence, the memory of answered ids and the highest epoch are kept here;
 * the daemon sees calls only. One worker per address of botd. Those of one thread with the same
 * service and instance are one to the botds: they share what they remember, so that a new leader
 * that hands out a job again gets the answer, or the end of what is under way. One thread: the
 * zloop's. */
#pragma once

#include <czmq.h>

#include "lib/bus_server.h"

typedef struct sb_worker sb_worker_t;

typedef struct {
    const char *service;  /* "chatd" */
    const char *driver;   /* "local" */
    const char *instance; /* unique among the service's workers */
    uint32_t credit;      /* jobs at once, 1..SB_CREDIT_MAX */
} sb_worker_config_t;

/* routes: what jobs are taken, as in bus_server; roles are checked against SB_ROLE_BOTD. */
sb_worker_t *sb_worker_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint,
                           const sb_worker_config_t *config, const sb_route_t *routes,
                           size_t routes_len, void *ctx, sb_err_t *err);
/* Says BYE; open calls are forgotten (botd hands them to another worker). */
void sb_worker_destroy(sb_worker_t **self_p);

/* Takes no more jobs; open ones may still be answered. */
void sb_worker_drain(sb_worker_t *self);
size_t sb_worker_open_calls(const sb_worker_t *self);
bool sb_worker_connected(const sb_worker_t *self); /* botd answered within SB_SILENCE_MS */
void sb_worker_stats_json(const sb_worker_t *self, cJSON *object);
