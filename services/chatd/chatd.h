/* chatd.h: the daemon's parts put together. One thread: the zloop's. The functions are those of
 * sb_daemon_spec_t (lib/daemon.h). */
#pragma once

#include "lib/daemon.h"

int chatd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err);
void chatd_stop(void **self_p);
/* Takes no more jobs and hears nothing more; what is open ends. */
void chatd_drain(void *chatd);
bool chatd_idle(void *chatd);
/* Reads the file of people again. */
void chatd_reloaded(void *chatd);
/* The store answers. */
bool chatd_ready(void *chatd);
void chatd_stats(void *chatd, cJSON *object);
