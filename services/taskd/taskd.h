/* taskd.h: the store on the bus: requests come in, wait in the queue, run in batches on the store
 * threads, and go out as answers and hints. One thread, the loop's; it never waits for the store.
 * The functions are those of sb_daemon_spec_t (lib/daemon.h). */
#pragma once

#include "lib/daemon.h"

/* An error if a socket can't be bound. A store that is away is waited for. */
int taskd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err);
void taskd_stop(void **self_p);
void taskd_drain(void *taskd); /* new requests are refused from now on */
bool taskd_idle(void *taskd);  /* nothing waits, nothing runs */
bool taskd_ready(void *taskd); /* the store takes writes */
void taskd_stats(void *taskd, cJSON *object);
