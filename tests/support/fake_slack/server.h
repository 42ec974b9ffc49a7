/* server.h: HTTP and WebSockets in, over libwebsockets, in one thread. */
#pragma once

#include "lib/err.h"
#include "tests/support/fake_slack/slack.h"

typedef struct server server_t;

/* Listens, and sets slack->base_url. NULL and err if it can't. */
server_t *server_new(slack_t *slack, sb_err_t *err);
/* Before the slack is destroyed. */
void server_destroy(server_t **self_p);
/* Until server_stop. */
void server_run(server_t *self);
/* From any thread, and from a signal's handler. */
void server_stop(server_t *self);
