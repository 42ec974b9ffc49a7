/* taskd.h: the store on the bus: requests come in, wait in the queue, run in batches on the store
 * threads, and go out as answers and hints. One thread, the loop's; it never waits for the store.
 */
#pragma once

#include "lib/daemon.h"

typedef struct taskd taskd_t;

/* NULL and err if a socket can't be bound. A store that is away is waited for. */
taskd_t *taskd_new(sb_daemon_t *daemon, sb_err_t *err);
void taskd_destroy(taskd_t **self_p);

void taskd_drain(taskd_t *self);       /* new requests are refused from now on */
bool taskd_idle(const taskd_t *self);  /* nothing waits, nothing runs */
bool taskd_ready(const taskd_t *self); /* the store takes writes */
void taskd_stats(const taskd_t *self, cJSON *object);
