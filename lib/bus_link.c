#include "lib/bus_link.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/bus_monitor.h"
#include "lib/bus_timing.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"

/* The socket is gone long before. With "never" itself, and with ZMQ_IMMEDIATE, libzmq would drop
 * what has come but was not read when the connection ends. */
#define NEVER_MS (60 * 60 * 1000)

typedef enum {
    CONNECTING, /* the timer is the end of our patience */
    UP,         /* no timer */
    LOST        /* the timer is the next attempt; what came before is still read */
} state_t;

struct sb_link {
    zloop_t *loop;
    sb_keys_t *keys;
    sb_role_t server;
    char *endpoint;
    int type;
    const sb_link_events_t *events;
    void *ctx;
    sb_bus_timing_t timing;
    sb_timers_t *timers;
    uint64_t timer;
    state_t state;
    zsock_t *sock; /* NULL only if the last attempt could not even begin */
    zsock_t *monitor;
    int64_t retry_ms;   /* how long the next pause is */
    const char *why;    /* a literal */
    const char *logged; /* the reason that was logged last; NULL once it was up */
    bool wants_write;
};

static void s_on_retry(void *arg);

static int s_on_readable(zloop_t *loop, zsock_t *sock, void *arg)
{
    (void)loop;
    sb_link_t *self = arg;
    self->events->readable(self->ctx, sock);
    return 0;
}

static int s_on_writable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    sb_link_t *self = arg;
    self->events->writable(self->ctx);
    return 0;
}

void sb_link_want_write(sb_link_t *self, bool want)
{
    assert(self);
    assert(self->state == UP || !want);
    if (self->wants_write == want) {
        return;
    }
    self->wants_write = want;
    zmq_pollitem_t item = {zsock_resolve(self->sock), 0, ZMQ_POLLOUT, 0};
    if (want) {
        (void)zloop_poller(self->loop, &item, s_on_writable, self);
    } else {
        zloop_poller_end(self->loop, &item);
    }
}

static void s_close(sb_link_t *self, int linger_ms)
{
    if (self->sock) {
        sb_link_want_write(self, false);
        zloop_reader_end(self->loop, self->sock);
        if (self->monitor) {
            zloop_reader_end(self->loop, self->monitor);
            sb_monitor_close(self->sock, &self->monitor);
        }
        zsock_set_linger(self->sock, linger_ms);
        zsock_destroy(&self->sock);
    }
}

/* Keeps the socket until the next attempt, since answers may still be on their way through it. */
static void s_lose(sb_link_t *self, const char *why)
{
    if (self->state == LOST) {
        return;
    }
    const bool was_up = self->state == UP;
    if (self->sock) {
        sb_link_want_write(self, false);
    }
    self->state = LOST;
    self->why = why;
    if (self->logged != why) {
        self->logged = why;
        sb_warn("not connected", "to", sb_role_name(self->server), "endpoint", self->endpoint,
                "why", why, NULL);
    }
    sb_timers_cancel(self->timers, &self->timer);
    self->timer = sb_timers_add(self->timers, self->retry_ms, s_on_retry, self);
    self->retry_ms *= 2;
    if (self->retry_ms > self->timing.retry_max_ms) {
        self->retry_ms = self->timing.retry_max_ms;
    }
    if (was_up) {
        self->events->down(self->ctx);
    }
}

static void s_rise(sb_link_t *self)
{
    self->state = UP;
    self->why = "connected";
    self->logged = NULL;
    self->retry_ms = self->timing.retry_min_ms;
    sb_timers_cancel(self->timers, &self->timer);
    sb_info("connected", "to", sb_role_name(self->server), "endpoint", self->endpoint, NULL);
    self->events->up(self->ctx);
}

static int s_on_event(zloop_t *loop, zsock_t *monitor, void *arg)
{
    (void)loop;
    sb_link_t *self = arg;
    sb_event_t event;
    while (sb_monitor_read(monitor, &event)) {
        if (event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && self->state == CONNECTING) {
            s_rise(self);
        } else if (event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
            s_lose(self, "our key was refused");
        } else if (event.event & SB_EVENTS_FAILED) {
            s_lose(self, "the handshake failed, the server may have another key");
        } else if (event.event == ZMQ_EVENT_DISCONNECTED) {
            s_lose(self, "the connection ended");
        } else if (event.event == ZMQ_EVENT_CLOSED) {
            s_lose(self, "nobody answers there");
        }
    }
    return 0;
}

static void s_on_patience(void *arg)
{
    sb_link_t *self = arg;
    self->timer = 0;
    s_lose(self, "no answer in time");
}

static int s_open(sb_link_t *self, sb_err_t *err)
{
    const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | SB_EVENTS_FAILED | ZMQ_EVENT_DISCONNECTED |
                       ZMQ_EVENT_CLOSED;
    self->sock = zsock_new(self->type);
    if (!self->sock) {
        return sb_fail(err, SB_ERETRY, "no more sockets: %s", zmq_strerror(errno));
    }
    if (sb_keys_secure_client(self->keys, self->sock, self->server, err)) {
        return err->code;
    }
    zsock_set_reconnect_ivl(self->sock, NEVER_MS);
    if (self->events->setup) {
        self->events->setup(self->ctx, self->sock);
    }
    self->monitor = sb_monitor_open(self->sock, events, err);
    if (!self->monitor) {
        return err->code;
    }
    if (zsock_connect(self->sock, "%s", self->endpoint)) {
        return sb_fail(err, SB_EINVALID, "can't connect to %s: %s", self->endpoint,
                       zmq_strerror(errno));
    }
    (void)zloop_reader(self->loop, self->sock, s_on_readable, self);
    (void)zloop_reader(self->loop, self->monitor, s_on_event, self);
    self->state = CONNECTING;
    self->timer = sb_timers_add(self->timers, self->timing.connect_ms, s_on_patience, self);
    return SB_OK;
}

static void s_on_retry(void *arg)
{
    sb_link_t *self = arg;
    self->timer = 0;
    if (self->sock) {
        self->events->readable(self->ctx, self->sock);
        s_close(self, 0);
        if (self->events->closed) {
            self->events->closed(self->ctx);
        }
    }
    sb_err_t err;
    self->state = CONNECTING;
    if (s_open(self, &err)) {
        s_close(self, 0);
        s_lose(self, "no socket could be made");
    }
}

sb_link_t *sb_link_new(zloop_t *loop, sb_keys_t *keys, sb_role_t server, const char *endpoint,
                       int type, const sb_link_events_t *events, void *ctx, sb_err_t *err)
{
    assert(loop);
    assert(keys);
    assert(endpoint);
    assert(type == ZMQ_DEALER || type == ZMQ_SUB);
    assert(events && events->up && events->down && events->readable);
    assert(err);
    sb_link_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->keys = keys;
    self->server = server;
    self->endpoint = sb_strdup(endpoint);
    self->type = type;
    self->events = events;
    self->ctx = ctx;
    self->timing = sb_bus_timing;
    self->retry_ms = self->timing.retry_min_ms;
    self->why = "not connected yet";
    self->timers = sb_timers_new(loop);
    if (s_open(self, err)) {
        sb_link_destroy(&self, 0);
        return NULL;
    }
    return self;
}

void sb_link_destroy(sb_link_t **self_p, int linger_ms)
{
    assert(self_p);
    sb_link_t *self = *self_p;
    if (!self) {
        return;
    }
    s_close(self, linger_ms);
    sb_timers_destroy(&self->timers);
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

bool sb_link_is_up(const sb_link_t *self)
{
    assert(self);
    return self->state == UP;
}

zsock_t *sb_link_sock(sb_link_t *self)
{
    assert(self && self->state == UP);
    return self->sock;
}

const char *sb_link_why(const sb_link_t *self)
{
    assert(self);
    return self->why;
}

void sb_link_renew(sb_link_t *self, const char *why)
{
    assert(self);
    s_lose(self, why);
}
