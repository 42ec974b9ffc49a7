/* bot.h: botd as a whole: its sockets and its four parts, leader, cycle, dispatch and pool. */
#pragma once

#include "lib/daemon.h"

typedef struct bot bot_t;

bot_t *bot_new(sb_daemon_t *daemon, sb_err_t *err);
void bot_destroy(bot_t **self_p);

/* Gives the lease back and takes no more work. */
void bot_drain(bot_t *self);
bool bot_idle(bot_t *self);
/* The configuration was loaded anew. */
void bot_reloaded(bot_t *self);
/* It leads, its rows are loaded, and the store answers. */
bool bot_ready(bot_t *self);
void bot_stats(bot_t *self, cJSON *object);
