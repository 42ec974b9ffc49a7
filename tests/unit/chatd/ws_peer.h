/* ws_peer.h: the server's side of a WebSocket, for scripts of peer.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/unit/lib/peer.h"

#define WS_PEER_MAX (2 * 1024 * 1024) /* bytes of one frame */

typedef enum {
    WS_MORE = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10
} ws_op_t;

/* Reads the request for an upgrade and agrees; the request, borrowed until the next read. NULL if
 * it is none. */
const char *ws_peer_agree(peer_conn_t *conn);
void ws_peer_frame(peer_conn_t *conn, ws_op_t op, bool final, const void *data, size_t size);
void ws_peer_say(peer_conn_t *conn, const char *text); /* a whole text frame */
/* The next frame's payload, NUL-terminated; NULL if the client is gone. The caller frees it. */
char *ws_peer_hear(peer_conn_t *conn, ws_op_t *op_r);
