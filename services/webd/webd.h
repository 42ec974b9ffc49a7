/* webd.h: the daemon in one piece: a client of taskd, a reader of its hints, the web server, and
 * the pages. The functions are those of sb_daemon_spec_t (lib/daemon.h). */
#pragma once

#include "lib/daemon.h"

int webd_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err);
void webd_stop(void **self_p);
/* The store answers. */
bool webd_ready(void *webd);
void webd_stats(void *webd, cJSON *object);
