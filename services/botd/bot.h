/* bot.h: botd as a whole: its sockets and its four parts, leader, cycle, dispatch and pool. The
 * functions are those of sb_daemon_spec_t (lib/daemon.h). */
#pragma once

#include "lib/daemon.h"

int bot_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err);
void bot_stop(void **self_p);
/* Gives the lease back and takes no more work. */
void bot_drain(void *bot);
bool bot_idle(void *bot);
/* The configuration was loaded anew. */
void bot_reloaded(void *bot);
/* It leads, its rows are loaded, and the store answers. */
bool bot_ready(void *bot);
void bot_stats(void *bot, cJSON *object);
