/* conn.c. Some ways to go wrong are not in libwebsockets: to reset a connection, and to keep TCP up
 * after the close handshake, as Slack does. For these the socket is taken away from under it: its
 * descriptor becomes a dead end, and what it was lives on or dies as we like. */
#include "tests/support/fake_slack/conn.h"

#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/delivery.h"
#include "tests/support/fake_slack/slack.h"

#define CONTROL_FRAME_MAX 125

struct frame {
    frame_t *next;
    frame_kind_t kind;
    size_t size;
    size_t written;
    unsigned char data[]; /* LWS_PRE bytes for libwebsockets, then size */
};

conn_t *conn_new(sockets_t *owner, struct lws *wsi, uint64_t number, conn_counts_t *counts)
{
    conn_t *self = sb_alloc(sizeof *self);
    self->owner = owner;
    self->wsi = wsi;
    self->number = number;
    self->counts = counts;
    self->opened_ms = sb_clock_mono_ms();
    self->received = sb_buf(RECEIVE_MAX);
    return self;
}

static void s_pop(conn_t *self)
{
    frame_t *frame = self->first;
    self->first = frame->next;
    if (!self->first) {
        self->last = NULL;
    }
    self->frames--;
    free(frame);
}

void conn_destroy(conn_t **self_p)
{
    conn_t *self = *self_p;
    while (self->first) {
        s_pop(self);
    }
    sb_buf_free(&self->received);
    free(self);
    *self_p = NULL;
}

void conn_send(conn_t *self, frame_kind_t kind, const void *data, size_t size)
{
    if (self->closing) {
        return;
    }
    if (self->frames == FRAMES_MAX) {
        conn_kill(self);
        return;
    }
    frame_t *frame = sb_alloc(sizeof *frame + LWS_PRE + size);
    frame->kind = kind;
    frame->size = size;
    memcpy(frame->data + LWS_PRE, data, size);
    if (self->last) {
        self->last->next = frame;
    } else {
        self->first = frame;
    }
    self->last = frame;
    self->frames++;
    self->sent += kind != FRAME_PING;
    if (!self->deaf) {
        lws_callback_on_writable(self->wsi);
    }
}

void conn_hang_up(conn_t *self)
{
    self->closing = true;
    lws_callback_on_writable(self->wsi);
}

void conn_deafen(conn_t *self)
{
    self->deaf = true;
    (void)lws_rx_flow_control(self->wsi, 0);
}

/* The next piece of the first frame. False if the line is broken. */
static bool s_write_piece(conn_t *self)
{
    frame_t *frame = self->first;
    if (frame->kind == FRAME_PING) {
        const int written =
            lws_write(self->wsi, frame->data + LWS_PRE, frame->size, LWS_WRITE_PING);
        s_pop(self);
        return written >= 0;
    }
    const size_t left = frame->size - frame->written;
    const size_t most = *self->fragment;
    const size_t size = most > 0 && most < left ? most : left;
    const bool begins = frame->written == 0;
    const bool ends = size == left;
    int flags = frame->kind == FRAME_BINARY ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    flags = begins ? flags : LWS_WRITE_CONTINUATION;
    flags |= ends ? 0 : LWS_WRITE_NO_FIN;
    unsigned char *at = frame->data + LWS_PRE + frame->written;
    /* the frame's header goes before the piece: over what was written already */
    const int written = lws_write(self->wsi, at, size, (enum lws_write_protocol)flags);
    frame->written += size;
    if (ends) {
        s_pop(self);
    }
    return written >= (int)size;
}

bool conn_writeable(conn_t *self)
{
    if (self->deaf) {
        return true;
    }
    if (self->first && !s_write_piece(self)) {
        return false;
    }
    if (self->first) {
        lws_callback_on_writable(self->wsi);
        return true;
    }
    if (self->closing) {
        lws_close_reason(self->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
        return false;
    }
    return true;
}

/* ---- In. */

static void s_message(conn_t *self)
{
    sb_err_t err = {0};
    cJSON *json = self->received.overflow
                      ? NULL
                      : sb_json_parse(self->received.text, self->received.len, 0, &err);
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "envelope_id"));
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(json, "payload");
    if (!id) {
        self->counts->bad++;
    } else if (self->received.len >= ACK_SIZE_MAX) {
        self->counts->too_large++;
    } else {
        char *response = payload && payload->child ? sb_json_print(payload) : NULL;
        self->acked += deliveries_ack(self->slack->deliveries, id, self->number, response);
        free(response);
    }
    cJSON_Delete(json);
}

void conn_receive(conn_t *self, const void *data, size_t size)
{
    if (lws_is_first_fragment(self->wsi)) {
        sb_buf_clear(&self->received);
        self->received.overflow = false;
    }
    sb_buf_add(&self->received, data, size);
    if (!lws_is_final_fragment(self->wsi)) {
        return;
    }
    if (lws_frame_is_binary(self->wsi)) {
        self->counts->bad++;
    } else {
        s_message(self);
    }
}

void conn_pong(conn_t *self)
{
    self->counts->pongs++;
}

/* ---- Out of libwebsockets' hands. */

/* The socket, which libwebsockets believes to be closed by the peer from now on. -1: it stays. */
static int s_take_socket(conn_t *self)
{
    const int fd = (int)lws_get_socket_fd(self->wsi);
    int pair[2];
    if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return -1;
    }
    int taken = dup(fd);
    if (taken >= 0 && dup2(pair[0], fd) < 0) {
        (void)close(taken);
        taken = -1;
    }
    (void)close(pair[0]);
    (void)close(pair[1]);
    return taken;
}

void conn_kill(conn_t *self)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    (void)lws_rx_flow_control(self->wsi, 1); /* or a deaf one would not see its end */
    const int fd = s_take_socket(self);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        (void)close(fd); /* with a RST */
    }
    self->closing = true;
}

/* Kept ones, each 0 when free: descriptor 0 is never a socket here. */
static int s_held[HELD_MAX];

static void s_hold_due(void *arg)
{
    int *fd = arg;
    (void)close(*fd);
    *fd = 0;
}

static void s_hold(conn_t *self)
{
    for (size_t i = 0; i < HELD_MAX; i++) {
        if (s_held[i] > 0) {
            continue;
        }
        const int fd = s_take_socket(self);
        if (fd > 0) {
            s_held[i] = fd;
            (void)timing_add(self->slack->timing, HOLD_MS, s_hold_due, &s_held[i]);
        }
        return;
    }
}

void conn_peer_closes(conn_t *self, const void *data, size_t size)
{
    self->closing = true;
    if (self->slack->options->close_tcp || self->deaf || size > CONTROL_FRAME_MAX) {
        return; /* libwebsockets answers, and closes */
    }
    unsigned char frame[2 + CONTROL_FRAME_MAX];
    frame[0] = 0x88; /* the last frame of a close */
    frame[1] = (unsigned char)size;
    memcpy(frame + 2, data, size);
    SSL *ssl = lws_get_ssl(self->wsi);
    if (ssl) {
        (void)SSL_write(ssl, frame, (int)size + 2);
    } else {
        (void)send((int)lws_get_socket_fd(self->wsi), frame, size + 2, MSG_NOSIGNAL);
    }
    s_hold(self);
}
