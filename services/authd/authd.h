/* authd.h: the daemon in one piece: a client of taskd, a worker of every botd, factors and jobs.
 * The functions are those of sb_daemon_spec_t (lib/daemon.h). */
#pragma once

#include "lib/daemon.h"

/* A botd is listed, and what the factors name is there. */
int authd_check(void *config, sb_err_t *err);

int authd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err);
void authd_stop(void **self_p);
/* Takes no more jobs. */
void authd_drain(void *authd);
bool authd_idle(void *authd);
/* The store answers and a botd knows us. */
bool authd_ready(void *authd);
void authd_stats(void *authd, cJSON *object);
