/* chatd.h: the daemon's parts put together. One thread: the zloop's. */
#pragma once

#include "lib/daemon.h"

typedef struct chatd chatd_t;

chatd_t *chatd_new(sb_daemon_t *daemon, sb_err_t *err);
void chatd_destroy(chatd_t **self_p);
/* Takes no more jobs and hears nothing more; what is open ends. */
void chatd_drain(chatd_t *self);
bool chatd_idle(const chatd_t *self);
/* Reads the file of people again. */
void chatd_reloaded(chatd_t *self);
/* The store answers. */
bool chatd_ready(const chatd_t *self);
void chatd_stats(chatd_t *self, cJSON *object);
