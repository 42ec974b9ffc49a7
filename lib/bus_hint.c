/* bus_hint.c. The reader subscribes to the tick last, and the publisher sends one at once to
 * whoever does: so the first hint of a connection comes when all of its subscriptions count, and is
 * the moment to ask for a snapshot. */
#include "lib/bus_hint.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_bind.h"
#include "lib/bus_link.h"
#include "lib/bus_monitor.h"
#include "lib/bus_timing.h"
#include "lib/bus_track.h"
#include "lib/bus_wire.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/log_gate.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/timers.h"

#define READ_NOW_MAX 8192 /* more than can be queued for a reader */

/* ---- The publisher. */

struct sb_hints {
    zloop_t *loop;
    zsock_t *sock;
    zsock_t *monitor;
    sb_bind_t *bind;
    sb_timers_t *timers;
    int64_t tick_ms;
    uint64_t strangers; /* connections refused */
    sb_log_gate_t gate;
    int64_t seq;
    struct {
        char name[SB_NAME_SIZE_MAX];
        int64_t sent;
    } topics[SB_TOPICS_MAX];
    size_t topics_len;
};

static void s_send(sb_hints_t *self, const char *topic, const cJSON *body)
{
    char *json = sb_msg_encode(NULL, 0, 0, ++self->seq, body);
    if (strlen(json) > SB_BODY_SIZE_MAX) {
        sb_error("hint is too large", "topic", topic,
                 NULL); /* its number is missed by the readers */
    } else if (sb_wire_send(self->sock, NULL, SB_KIND_HINT, topic, json)) {
        sb_debug("hint was not sent", "topic", topic, NULL);
    }
    free(json);
}

static void s_send_tick(sb_hints_t *self)
{
    cJSON *body = sb_json_object();
    cJSON *topics = sb_json_object();
    for (size_t i = 0; i < self->topics_len; i++) {
        sb_json_add_id(topics, self->topics[i].name, self->topics[i].sent);
    }
    sb_json_add(body, "topics", topics);
    s_send(self, SB_HINT_TICK, body);
    cJSON_Delete(body);
}

static void s_on_tick(void *arg)
{
    sb_hints_t *self = arg;
    (void)sb_timers_add(self->timers, self->tick_ms, s_on_tick, self);
    s_send_tick(self);
}

/* What readers send are subscriptions: a 1 and the prefix, or a 0 for the end of one. */
static int s_on_subscription(zloop_t *loop, zsock_t *sock, void *arg)
{
    (void)loop;
    sb_hints_t *self = arg;
    char tick[SB_HEAD_SIZE_MAX];
    const size_t tick_size = sb_head_encode(SB_KIND_HINT, SB_HINT_TICK, tick);
    bool wanted = false;
    char data[1 + SB_HEAD_SIZE_MAX];
    for (int i = 0; i < SB_WIRE_BURST_MAX; i++) {
        const int got = zmq_recv(zsock_resolve(sock), data, sizeof data, ZMQ_DONTWAIT);
        if (got < 0) {
            break;
        }
        const size_t size = got > 0 ? (size_t)got - 1 : 0;
        wanted |= got > 0 && data[0] == 1 && size <= tick_size && memcmp(data + 1, tick, size) == 0;
    }
    if (wanted) {
        s_send_tick(self);
    }
    return 0;
}

static int s_on_event(zloop_t *loop, zsock_t *monitor, void *arg)
{
    (void)loop;
    sb_hints_t *self = arg;
    sb_event_t event;
    while (sb_monitor_read(monitor, &event)) {
        int64_t hidden;
        self->strangers++;
        if (sb_log_gate(&self->gate, sb_clock_mono_ms(), &hidden)) {
            sb_warn("refused", "endpoint", sb_bind_endpoint(self->bind), "what", "connection",
                    "why",
                    event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH ? "the key is not known"
                                                                   : "the handshake failed",
                    "not_logged", sb_num(hidden), NULL);
        }
    }
    return 0;
}

static int s_hints_open(sb_hints_t *self, sb_keys_t *keys, const char *endpoint, sb_err_t *err)
{
    self->sock = zsock_new(ZMQ_XPUB);
    if (!self->sock) {
        return sb_fail(err, SB_EINTERNAL, "no more sockets: %s", zmq_strerror(errno));
    }
    if (sb_keys_secure_server(keys, self->sock, err)) {
        return err->code;
    }
    zsock_set_xpub_verbose(self->sock, 1); /* also tell of subscriptions that others have */
    self->monitor = sb_monitor_open(self->sock, SB_EVENTS_FAILED, err);
    if (!self->monitor) {
        return err->code;
    }
    self->bind = sb_bind_new(self->sock, endpoint, err);
    if (!self->bind) {
        return err->code;
    }
    (void)zloop_reader(self->loop, self->sock, s_on_subscription, self);
    (void)zloop_reader(self->loop, self->monitor, s_on_event, self);
    return SB_OK;
}

sb_hints_t *sb_hints_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint, sb_err_t *err)
{
    assert(loop);
    assert(keys);
    assert(endpoint);
    assert(err);
    sb_hints_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->tick_ms = sb_bus_timing.heartbeat_ms;
    self->timers = sb_timers_new(loop);
    if (s_hints_open(self, keys, endpoint, err)) {
        sb_hints_destroy(&self);
        return NULL;
    }
    (void)sb_timers_add(self->timers, self->tick_ms, s_on_tick, self);
    return self;
}

void sb_hints_destroy(sb_hints_t **self_p)
{
    assert(self_p);
    sb_hints_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->monitor) {
        zloop_reader_end(self->loop, self->monitor);
        sb_monitor_close(self->sock, &self->monitor);
    }
    if (self->sock) {
        zloop_reader_end(self->loop, self->sock);
        zsock_destroy(&self->sock);
    }
    sb_timers_destroy(&self->timers);
    sb_bind_destroy(&self->bind);
    free(self);
    *self_p = NULL;
}

const char *sb_hints_endpoint(const sb_hints_t *self)
{
    assert(self);
    return sb_bind_endpoint(self->bind);
}

void sb_hints_stats_json(const sb_hints_t *self, cJSON *object)
{
    assert(self);
    sb_json_add_int(object, "hints", self->seq);
    sb_json_add_int(object, "hint_strangers", (int64_t)self->strangers);
}

void sb_hints_send(sb_hints_t *self, const char *topic, cJSON **body_p)
{
    assert(self);
    assert(topic && strcmp(topic, SB_HINT_TICK) != 0);
    size_t i = 0;
    while (i < self->topics_len && strcmp(self->topics[i].name, topic) != 0) {
        i++;
    }
    if (i == self->topics_len) {
        assert(i < SB_TOPICS_MAX && strlen(topic) < SB_NAME_SIZE_MAX);
        memcpy(self->topics[i].name, topic, strlen(topic) + 1);
        self->topics_len++;
    }
    self->topics[i].sent++;
    s_send(self, topic, body_p ? *body_p : NULL);
    if (body_p) {
        cJSON_Delete(*body_p);
        *body_p = NULL;
    }
}

/* ---- The reader. */

struct sb_hears {
    sb_link_t *link;
    sb_timers_t *timers;
    sb_role_t server;
    int64_t silence_ms;
    int64_t heard_ms;
    sb_track_t track;
    sb_hint_fn *on_hint;
    sb_resync_fn *on_resync;
    void *ctx;
};

static int s_decode(const sb_wire_t *wire, sb_head_t *head_r, sb_msg_t *msg_r, sb_err_t *err)
{
    if (sb_wire_head(wire, head_r, err)) {
        return err->code;
    }
    if (head_r->kind != SB_KIND_HINT) {
        return sb_fail(err, SB_EINVALID, "%s is no hint", sb_kind_name(head_r->kind));
    }
    return sb_msg_decode(head_r->kind, zframe_data(wire->body), zframe_size(wire->body), msg_r,
                         err);
}

static void s_hear(sb_hears_t *self, const sb_wire_t *wire)
{
    sb_head_t head = {0};
    sb_msg_t msg = {0};
    sb_err_t err;
    if (s_decode(wire, &head, &msg, &err)) {
        sb_warn("hint can't be read", "from", sb_role_name(self->server), "why", err.text, NULL);
        return;
    }
    self->heard_ms = sb_clock_mono_ms();
    if (sb_track_hear(&self->track, head.name, msg.seq, msg.body)) {
        self->on_resync(self->ctx);
    }
    if (sb_track_wants(&self->track, head.name)) {
        self->on_hint(self->ctx, head.name, msg.body);
    }
    sb_msg_clear(&msg);
}

static void s_read(sb_hears_t *self, zsock_t *sock, size_t messages_max)
{
    sb_wire_t wire;
    for (size_t i = 0; i < messages_max && sb_wire_recv(sock, false, &wire); i++) {
        s_hear(self, &wire);
        sb_wire_clear(&wire);
    }
}

static void s_on_readable(void *ctx, zsock_t *sock)
{
    s_read(ctx, sock, SB_WIRE_BURST_MAX);
}

static void s_on_setup(void *ctx, zsock_t *sock)
{
    sb_hears_t *self = ctx;
    char head[SB_HEAD_SIZE_MAX];
    sb_track_reset(&self->track);
    for (size_t i = 0; i < self->track.topics_len; i++) {
        (void)sb_head_encode(SB_KIND_HINT, self->track.topics[i], head);
        zsock_set_subscribe(sock, head);
    }
}

static void s_on_up(void *ctx)
{
    sb_hears_t *self = ctx;
    self->heard_ms = sb_clock_mono_ms();
    char head[SB_HEAD_SIZE_MAX];
    (void)sb_head_encode(SB_KIND_HINT, SB_HINT_TICK, head);
    zsock_set_subscribe(sb_link_sock(self->link), head);
}

static void s_on_down(void *ctx)
{
    (void)ctx; /* the next connection begins fresh */
}

static void s_on_silence(void *arg)
{
    sb_hears_t *self = arg;
    if (sb_link_is_up(self->link)) {
        /* If it was us who slept, what was said meanwhile is there. */
        s_read(self, sb_link_sock(self->link), READ_NOW_MAX);
    }
    int64_t left_ms = self->heard_ms + self->silence_ms - sb_clock_mono_ms();
    if (left_ms <= 0) {
        self->heard_ms = sb_clock_mono_ms();
        left_ms = self->silence_ms;
        if (sb_link_is_up(self->link)) {
            sb_link_renew(self->link, "no hint came");
        }
        self->on_resync(self->ctx);
    }
    (void)sb_timers_add(self->timers, left_ms, s_on_silence, self);
}

static const sb_link_events_t s_events = {
    .setup = s_on_setup,
    .up = s_on_up,
    .down = s_on_down,
    .readable = s_on_readable,
};

sb_hears_t *sb_hears_new(zloop_t *loop, sb_keys_t *keys, sb_role_t server, const char *endpoint,
                         const char *const *topics, sb_hint_fn *on_hint, sb_resync_fn *on_resync,
                         void *ctx, sb_err_t *err)
{
    assert(on_hint);
    assert(on_resync);
    sb_hears_t *self = sb_alloc(sizeof *self);
    self->server = server;
    self->silence_ms = sb_bus_timing.silence_ms;
    self->heard_ms = sb_clock_mono_ms();
    self->on_hint = on_hint;
    self->on_resync = on_resync;
    self->ctx = ctx;
    sb_track_init(&self->track, topics);
    self->timers = sb_timers_new(loop);
    self->link = sb_link_new(loop, keys, server, endpoint, ZMQ_SUB, &s_events, self, err);
    if (!self->link) {
        sb_hears_destroy(&self);
        return NULL;
    }
    (void)sb_timers_add(self->timers, self->silence_ms, s_on_silence, self);
    return self;
}

void sb_hears_destroy(sb_hears_t **self_p)
{
    assert(self_p);
    sb_hears_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_link_destroy(&self->link, 0);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}
