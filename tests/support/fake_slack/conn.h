/* conn.h: one WebSocket: frames out, acknowledgements in, and all the ways in which it can go
 * wrong. Private to sockets.c, which owns it. */
#pragma once

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "tests/support/fake_slack/sockets.h"

#define ACK_SIZE_MAX (20 * 1024)  /* larger ones are dropped without a word */
#define FRAMES_MAX 100000         /* queued; a client that far behind is hung up on */
#define RECEIVE_MAX (1024 * 1024) /* of one message */
#define HELD_MAX 64               /* TCP connections kept after the close handshake */
#define HOLD_MS 30000

typedef enum { FRAME_TEXT, FRAME_BINARY, FRAME_PING } frame_kind_t;

typedef struct frame frame_t;

typedef struct {
    int64_t bad; /* not JSON, or binary */
    int64_t too_large;
    int64_t pongs;
} conn_counts_t;

struct conn {
    sockets_t *owner;
    slack_t *slack;
    struct lws *wsi;
    uint64_t number;
    conn_counts_t *counts;
    const size_t *fragment; /* the size of frames */
    int64_t opened_ms;
    int64_t life_s;
    uint64_t life_timer;
    uint64_t ping_timer;
    bool refused; /* one too many */
    bool leaving; /* was told disconnect, or not hello */
    bool deaf;    /* half-open */
    bool closing; /* when all is written */
    int64_t sent;
    int64_t acked;
    frame_t *first;
    frame_t *last;
    size_t frames;
    sb_buf_t received;
};

conn_t *conn_new(sockets_t *owner, struct lws *wsi, uint64_t number, conn_counts_t *counts);
void conn_destroy(conn_t **self_p);
void conn_send(conn_t *self, frame_kind_t kind, const void *data, size_t size);
void conn_hang_up(conn_t *self); /* with a close handshake, after what is queued */
void conn_kill(conn_t *self);
void conn_deafen(conn_t *self);
