/* bus_jobs.h: the pure half of bus_pool: messages and time come in, messages go out through one
 * function. No socket, no clock. Used by bus_pool.c and its tests alone. */
#pragma once

#include "lib/bus_crew.h"
#include "lib/bus_pool.h"
#include "lib/bus_timing.h"

#define SB_BUSY_PAUSE_MS 250 /* a worker that answered BUSY gets nothing for this long */
#define SB_SERVICES_MAX 8

typedef struct sb_jobs sb_jobs_t;

/* SB_OK, SB_ENOTFOUND: the peer is gone, SB_EBUSY: it does not read. */
typedef int(sb_jobs_send_fn)(void *ctx, const sb_peer_t *peer, sb_kind_t kind, const char *name,
                             const char *json);

sb_jobs_t *sb_jobs_new(size_t jobs_max, const sb_bus_timing_t *timing, sb_jobs_send_fn *send,
                       void *ctx);
void sb_jobs_destroy(sb_jobs_t **self_p);

/* See bus_pool.h. */
SB_MUSTCHECK int sb_jobs_submit(sb_jobs_t *self, const sb_job_t *job, cJSON **body_p, sb_job_fn *fn,
                                void *arg, int64_t now_ms, sb_err_t *err);
bool sb_jobs_forget(sb_jobs_t *self, const char *id, int64_t now_ms);

/* A message that is no REQ. */
void sb_jobs_hear(sb_jobs_t *self, const sb_peer_t *peer, sb_role_t role, const sb_head_t *head,
                  const sb_msg_t *msg, int64_t now_ms);
/* Does what is due; what has come by now_ms must have been heard before. */
void sb_jobs_run(sb_jobs_t *self, int64_t now_ms);
/* When something will be due; INT64_MAX: never. */
int64_t sb_jobs_next_ms(const sb_jobs_t *self);

size_t sb_jobs_len(const sb_jobs_t *self);
const sb_crew_t *sb_jobs_crew(const sb_jobs_t *self);
