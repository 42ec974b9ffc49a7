/* ws.h: a WebSocket client for the bench: many connections to the built-in chat on one zloop.
 *
 * It trusts its peer: what it can't read ends the program. */
#pragma once

#include <czmq.h>

#include "lib/json.h"

typedef struct ws ws_t;

/* A frame, borrowed for the call. */
typedef void(ws_fn)(void *arg, const cJSON *frame);

/* Connects to 127.0.0.1:port and upgrades to LOCALCHAT_PATH, waiting for both. */
ws_t *ws_new(zloop_t *loop, int port, ws_fn *fn, void *arg);
/* Not from its own callback. */
void ws_destroy(ws_t **self_p);
/* Takes the frame. */
void ws_send(ws_t *self, cJSON **frame_p);
