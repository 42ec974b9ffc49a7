/* authd.h: the daemon in one piece: a client of taskd, a worker of every botd, factors and jobs. */
#pragma once

#include "lib/daemon.h"

typedef struct authd authd_t;

authd_t *authd_new(sb_daemon_t *daemon, sb_err_t *err);
void authd_destroy(authd_t **self_p);

/* Takes no more jobs. */
void authd_drain(authd_t *self);
bool authd_idle(const authd_t *self);

/* The store answers and a botd knows us. */
bool authd_ready(const authd_t *self);
void authd_stats(const authd_t *self, cJSON *object);
