/* local_conn.c. Every frame is answered by this thread or by exactly one mail to the core; nothing
 * that a browser sends is kept longer than it takes to hand it on. */
#include "services/chatd/local_conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/mem.h"
#include "lib/rate.h"
#include "proto/chatd.h"
#include "proto/localchat.h"
#include "services/chatd/local_frame.h"
#include "services/chatd/local_queue.h"

struct local_conn {
    local_hub_t *hub;
    struct lws *wsi;
    uint64_t id;
    uint64_t hello; /* how many were said */
    bool opening;   /* the last hello is not answered yet */
    char *channel;  /* the one whose posts come here; NULL: none */
    char *person;   /* who speaks, or in the security channel who presses; NULL: nobody */
    bool security;  /* the security channel is open */
    local_queue_t *queue;
    sb_rate_t rate;
    char *data; /* the message that is being received */
    size_t data_len;
    bool too_large; /* the rest of it is thrown away */
};

struct local_hub {
    zsock_t *pipe;
    local_counts_t *counts;
    uint64_t serial;                                /* of the last connection */
    local_conn_t *conns[LOCALCHAT_CONNECTIONS_MAX]; /* at id % LOCALCHAT_CONNECTIONS_MAX */
};

local_hub_t *local_hub_new(zsock_t *pipe, local_counts_t *counts)
{
    local_hub_t *self = sb_alloc(sizeof *self);
    self->pipe = pipe;
    self->counts = counts;
    return self;
}

void local_hub_destroy(local_hub_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

static local_conn_t *s_find(const local_hub_t *self, uint64_t id)
{
    local_conn_t *conn = self->conns[id % LOCALCHAT_CONNECTIONS_MAX];
    return conn && conn->id == id ? conn : NULL;
}

/* After a loss no more posts are queued until the browser has said hello again. Who speaks stays: a
 * message that is on its way from the browser is not wrong. */
static void s_lost(local_conn_t *self)
{
    free(self->channel);
    self->channel = NULL;
    self->hub->counts->resyncs++;
}

static void s_push(local_conn_t *self, const char *text)
{
    if (!local_queue_push(self->queue, text)) {
        s_lost(self);
    }
    lws_callback_on_writable(self->wsi);
}

static void s_push_error(local_conn_t *self, const local_frame_t *frame, const sb_err_t *err)
{
    char *text = local_frame_error(frame->about, frame->event, err);
    s_push(self, text);
    free(text);
}

local_conn_t *local_conn_open(local_hub_t *hub, struct lws *wsi)
{
    for (size_t i = 0; i < LOCALCHAT_CONNECTIONS_MAX; i++) {
        const uint64_t id = ++hub->serial;
        if (hub->conns[id % LOCALCHAT_CONNECTIONS_MAX]) {
            continue;
        }
        local_conn_t *self = sb_alloc(sizeof *self);
        self->hub = hub;
        self->wsi = wsi;
        self->id = id;
        self->queue = local_queue_new(LOCALCHAT_QUEUE_FRAMES, LOCALCHAT_QUEUE_BYTES, LWS_PRE,
                                      local_frame_resync);
        self->rate = sb_rate(LOCALCHAT_BURST, sb_clock_mono_ms());
        hub->conns[id % LOCALCHAT_CONNECTIONS_MAX] = self;
        hub->counts->open++;
        return self;
    }
    return NULL;
}

void local_conn_close(local_conn_t **self_p)
{
    local_conn_t *self = *self_p;
    if (!self) {
        return;
    }
    self->hub->conns[self->id % LOCALCHAT_CONNECTIONS_MAX] = NULL;
    self->hub->counts->open--;
    local_queue_destroy(&self->queue);
    free(self->channel);
    free(self->person);
    free(self->data);
    free(self);
    *self_p = NULL;
}

/* ---- From the browser. */

static int s_mail(local_conn_t *self, local_mail_t *mail, sb_err_t *err)
{
    if (local_mail_send(self->hub->pipe, &mail)) {
        return SB_OK;
    }
    local_mail_destroy(&mail);
    self->hub->counts->busy++;
    return sb_fail(err, SB_EBUSY, "chatd has too much to do; try again in a moment");
}

static int s_hello(local_conn_t *self, const local_frame_t *frame, sb_err_t *err)
{
    self->hello++;
    free(self->channel);
    self->channel = NULL;
    free(self->person);
    self->person = NULL;
    self->security = frame->security;
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_HELLO, self->id, self->hello);
    mail->channel = sb_strdup(frame->security ? SB_CHAT_SECURITY : NULL);
    mail->person = sb_strdup(frame->as);
    mail->seq = frame->after;
    const int code = s_mail(self, mail, err);
    self->opening = code == SB_OK;
    return code;
}

static int s_people(local_conn_t *self, const local_frame_t *frame, sb_err_t *err)
{
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_PEOPLE, self->id, 0);
    mail->text = sb_strdup(frame->search);
    return s_mail(self, mail, err);
}

static int s_speak(local_conn_t *self, const local_frame_t *frame, sb_err_t *err)
{
    if (!self->person) {
        if (self->opening) {
            return sb_fail(err, SB_EBUSY, "wait for the welcome");
        }
        return sb_fail(err, SB_EINVALID,
                       "no conversation is open in which you could speak; say "
                       "hello first");
    }
    const bool press = frame->kind == LOCAL_PRESS;
    if (self->security && !press) {
        return sb_fail(err, SB_EINVALID, "nobody speaks in the security channel");
    }
    local_mail_t *mail = local_mail_new(press ? LOCAL_MAIL_PRESS : LOCAL_MAIL_SAY, self->id, 0);
    mail->channel = sb_strdup(self->security ? SB_CHAT_SECURITY : NULL);
    mail->person = sb_strdup(self->person);
    mail->event = sb_strdup(frame->event);
    mail->text = sb_strdup(press ? frame->label : frame->text);
    mail->value = sb_strdup(frame->value);
    mail->message = sb_strdup(frame->message);
    return s_mail(self, mail, err);
}

static int s_serve(local_conn_t *self, const local_frame_t *frame, sb_err_t *err)
{
    switch (frame->kind) {
    case LOCAL_HELLO:
        return s_hello(self, frame, err);
    case LOCAL_PEOPLE:
        return s_people(self, frame, err);
    case LOCAL_SAY:
    case LOCAL_PRESS:
        return s_speak(self, frame, err);
    }
    return sb_fail(err, SB_EINTERNAL, "a frame of no kind");
}

static void s_frame(local_conn_t *self)
{
    sb_err_t err = {0};
    local_frame_t frame = {0};
    int code;
    if (self->too_large) {
        code = sb_fail(&err, SB_ETOOLARGE, "frame: over %d bytes", LOCALCHAT_FRAME_MAX);
    } else if (lws_frame_is_binary(self->wsi)) {
        code = sb_fail(&err, SB_EINVALID, "frame: expected text, not binary data");
    } else {
        code = local_frame_decode(self->data ? self->data : "", self->data_len, &frame, &err);
    }
    self->hub->counts->frames++;
    if (code) {
        self->hub->counts->refused++;
    } else {
        code = s_serve(self, &frame, &err);
    }
    if (code) {
        s_push_error(self, &frame, &err);
    }
    local_frame_clear(&frame);
}

/* A browser in a hurry is not refused, it is read more slowly. */
static void s_pace(local_conn_t *self)
{
    if (sb_rate_take(&self->rate, LOCALCHAT_RATE, LOCALCHAT_BURST, sb_clock_mono_ms())) {
        return;
    }
    self->hub->counts->paused++;
    (void)lws_rx_flow_control(self->wsi, 0);
    lws_set_timer_usecs(self->wsi, LWS_USEC_PER_SEC / LOCALCHAT_RATE);
}

void local_conn_receive(local_conn_t *self, const void *data, size_t size)
{
    if (lws_is_first_fragment(self->wsi)) {
        self->data_len = 0;
        self->too_large = false;
    }
    if (!self->too_large && size > LOCALCHAT_FRAME_MAX - self->data_len) {
        self->too_large = true;
        self->data_len = 0;
    }
    if (!self->too_large && size > 0) {
        self->data = sb_realloc(self->data, self->data_len + size);
        memcpy(self->data + self->data_len, data, size);
        self->data_len += size;
    }
    if (lws_is_final_fragment(self->wsi)) {
        s_frame(self);
        free(self->data);
        self->data = NULL;
        self->data_len = 0;
        s_pace(self);
    }
}

void local_conn_resume(local_conn_t *self)
{
    (void)lws_rx_flow_control(self->wsi, 1);
}

/* ---- To the browser. */

bool local_conn_writeable(local_conn_t *self)
{
    size_t len = 0;
    char *text = local_queue_peek(self->queue, &len);
    if (!text) { /* lws asks of its own accord too */
        return true;
    }
    const bool written =
        lws_write(self->wsi, (unsigned char *)text, len, LWS_WRITE_TEXT) >= (int)len;
    local_queue_pop(self->queue);
    if (local_queue_len(self->queue) > 0) {
        lws_callback_on_writable(self->wsi);
    }
    return written;
}

static void s_join(local_conn_t *conn, local_mail_t *mail)
{
    conn->opening = false;
    if (mail->kind == LOCAL_MAIL_JOIN) {
        free(conn->channel);
        free(conn->person);
        conn->channel = mail->channel;
        conn->person = mail->person;
        mail->channel = NULL;
        mail->person = NULL;
    }
    s_push(conn, mail->text);
}

static void s_to_one(local_hub_t *self, local_mail_t *mail)
{
    local_conn_t *conn = s_find(self, mail->conn);
    if (!conn || (mail->hello && mail->hello != conn->hello)) {
        return; /* gone, or it has opened another conversation since */
    }
    if (mail->kind == LOCAL_MAIL_FRAME) {
        s_push(conn, mail->text);
    } else {
        s_join(conn, mail);
    }
}

static void s_to_all(local_hub_t *self, const local_mail_t *mail)
{
    for (size_t i = 0; i < LOCALCHAT_CONNECTIONS_MAX; i++) {
        local_conn_t *conn = self->conns[i];
        if (!conn) {
            continue;
        }
        if (mail->kind == LOCAL_MAIL_RESYNC) {
            local_queue_reset(conn->queue);
            s_lost(conn);
            lws_callback_on_writable(conn->wsi);
        } else if (conn->channel && strcmp(conn->channel, mail->channel) == 0) {
            s_push(conn, mail->text);
        }
    }
}

void local_hub_deliver(local_hub_t *self, local_mail_t **mail_p)
{
    switch ((*mail_p)->kind) {
    case LOCAL_MAIL_FRAME:
    case LOCAL_MAIL_JOIN:
    case LOCAL_MAIL_REFUSE:
        s_to_one(self, *mail_p);
        break;
    case LOCAL_MAIL_POST:
    case LOCAL_MAIL_RESYNC:
        s_to_all(self, *mail_p);
        break;
    default:
        assert((*mail_p)->kind == LOCAL_MAIL_POST); /* the core sends no other kind */
    }
    local_mail_destroy(mail_p);
}
