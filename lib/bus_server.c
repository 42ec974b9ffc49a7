/* bus_server.c. Every refusal goes through one function that answers, counts and logs. */
#include "lib/bus_server.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_bind.h"
#include "lib/bus_call.h"
#include "lib/bus_monitor.h"
#include "lib/bus_wire.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/log_gate.h"
#include "lib/mem.h"

#define LINGER_MS 200     /* for the last answers when the server ends */
#define READ_NOW_MAX 4096 /* messages in one sb_server_read_now */

struct sb_server {
    zloop_t *loop;
    zsock_t *sock;
    zsock_t *monitor;
    sb_bind_t *bind;
    const sb_route_t *routes;
    size_t routes_len;
    void *ctx;
    sb_call_list_t calls;
    sb_server_other_fn *other;
    void *other_ctx;
    sb_server_stats_t stats;
    sb_log_gate_t gate;
};

const sb_route_t *sb_route_find(const sb_route_t *routes, size_t routes_len, const char *name)
{
    assert(routes || routes_len == 0);
    assert(name);
    for (size_t i = 0; i < routes_len; i++) {
        if (strcmp(routes[i].name, name) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

/* ---- Refusing. */

static void s_log_refusal(sb_server_t *self, sb_role_t role, const char *what, const char *why)
{
    int64_t hidden;
    if (sb_log_gate(&self->gate, sb_clock_mono_ms(), &hidden)) {
        sb_warn("refused", "endpoint", sb_bind_endpoint(self->bind), "role", sb_role_name(role),
                "what", what, "why", why, "not_logged", sb_num(hidden), NULL);
    }
}

/* A peer that speaks another protocol would not understand an answer. */
static bool s_speaks(const sb_wire_t *wire)
{
    static const char start[] = SB_BUS_VERSION " ";
    return wire->head && zframe_size(wire->head) >= sizeof start - 1 &&
           memcmp(zframe_data(wire->head), start, sizeof start - 1) == 0;
}

/* Answers, counts and logs. head is NULL if it could not be read. */
static void s_refuse(sb_server_t *self, const sb_wire_t *wire, sb_role_t role,
                     const sb_head_t *head, uint64_t *counter, const sb_err_t *err)
{
    (*counter)++;
    s_log_refusal(self, role, !head || !head->name[0] ? "message" : head->name, err->text);
    if (!s_speaks(wire) || (head && head->kind == SB_KIND_NACK)) {
        return;
    }
    char id[SB_ID_SIZE_MAX];
    sb_wire_find_id(wire, head, id);
    cJSON *body = sb_nack_body(err);
    char *json = sb_msg_encode(id, 0, 0, 0, body);
    if (sb_wire_send(self->sock, &wire->peer, SB_KIND_NACK, NULL, json)) {
        self->stats.undelivered++;
    }
    free(json);
    cJSON_Delete(body);
}

/* ---- Serving. */

/* The call's answer. */
static void s_send_answer(void *owner, sb_call_t *call, sb_kind_t kind, int code, const char *json)
{
    (void)code;
    sb_server_t *self = owner;
    if (kind != SB_KIND_ACCEPT) {
        sb_call_list_remove(&self->calls, call);
        (*(kind == SB_KIND_RESULT ? &self->stats.results : &self->stats.nacks))++;
        if (sb_clock_mono_ms() > call->deadline_ms) {
            self->stats.expired++;
        }
    }
    if (sb_wire_send(self->sock, &call->peer, kind, NULL, json)) {
        self->stats.undelivered++;
    }
}

static void s_serve_request(sb_server_t *self, const sb_wire_t *wire, sb_role_t role,
                            const sb_head_t *head)
{
    sb_err_t err;
    const sb_route_t *route = sb_route_find(self->routes, self->routes_len, head->name);
    const size_t size = zframe_size(wire->body);
    uint64_t *counter = NULL;
    sb_msg_t msg = {0};
    if (!route) {
        counter = &self->stats.unknown;
        (void)sb_fail(&err, SB_EUNKNOWN, "no request %s here", head->name);
    } else if (!(route->roles & (unsigned)role)) {
        counter = &self->stats.forbidden;
        (void)sb_fail(&err, SB_EFORBIDDEN, "%s may not send %s", sb_role_name(role), head->name);
    } else if (size > route->body_size_max) {
        counter = &self->stats.too_large;
        (void)sb_fail(&err, SB_ETOOLARGE, "%s: %zu bytes, at most %zu", head->name, size,
                      route->body_size_max);
    } else if (self->calls.len >= SB_SERVER_CALLS_MAX) {
        counter = &self->stats.busy;
        (void)sb_fail(&err, SB_EBUSY, "%d requests wait already", SB_SERVER_CALLS_MAX);
    } else if (sb_msg_decode(head->kind, zframe_data(wire->body), size, &msg, &err)) {
        counter = &self->stats.malformed;
    }
    if (counter) {
        s_refuse(self, wire, role, head, counter, &err);
        return;
    }
    sb_call_t *call = sb_call_new(s_send_answer, self, head->name, role, &msg);
    call->peer = wire->peer;
    sb_call_list_add(&self->calls, call);
    self->stats.requests++;
    route->handler(self->ctx, call);
}

static void s_serve_other(sb_server_t *self, const sb_wire_t *wire, sb_role_t role,
                          const sb_head_t *head)
{
    sb_err_t err;
    sb_msg_t msg;
    if (!self->other) {
        (void)sb_fail(&err, SB_EUNKNOWN, "no %s is expected here", sb_kind_name(head->kind));
        s_refuse(self, wire, role, head, &self->stats.unknown, &err);
        return;
    }
    const size_t size = zframe_size(wire->body);
    const int code = sb_msg_decode(head->kind, zframe_data(wire->body), size, &msg, &err);
    if (code) {
        s_refuse(self, wire, role, head,
                 code == SB_ETOOLARGE ? &self->stats.too_large : &self->stats.malformed, &err);
        return;
    }
    self->other(self->other_ctx, wire->peer.data, wire->peer.size, role, head, &msg);
    sb_msg_clear(&msg);
}

static void s_serve(sb_server_t *self, const sb_wire_t *wire)
{
    sb_err_t err;
    sb_head_t head;
    zframe_t *last = wire->body ? wire->body : wire->head;
    const sb_role_t role = last ? sb_keys_frame_role(last) : SB_ROLE_NONE;
    if (sb_wire_head(wire, &head, &err)) {
        s_refuse(self, wire, role, NULL, &self->stats.malformed, &err);
    } else if (head.kind == SB_KIND_REQ) {
        s_serve_request(self, wire, role, &head);
    } else {
        s_serve_other(self, wire, role, &head);
    }
}

static void s_read(sb_server_t *self, size_t messages_max)
{
    sb_wire_t wire;
    for (size_t i = 0; i < messages_max && sb_wire_recv(self->sock, true, &wire); i++) {
        s_serve(self, &wire);
        sb_wire_clear(&wire);
    }
}

void sb_server_read_now(sb_server_t *self)
{
    assert(self);
    s_read(self, READ_NOW_MAX);
}

static int s_on_readable(zloop_t *loop, zsock_t *sock, void *arg)
{
    (void)loop;
    (void)sock;
    s_read(arg, SB_WIRE_BURST_MAX);
    return 0;
}

static int s_on_event(zloop_t *loop, zsock_t *monitor, void *arg)
{
    (void)loop;
    sb_server_t *self = arg;
    sb_event_t event;
    while (sb_monitor_read(monitor, &event)) {
        if (event.event == ZMQ_EVENT_DISCONNECTED) {
            self->stats.disconnects++;
        } else if (event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
            self->stats.strangers++;
            s_log_refusal(self, SB_ROLE_NONE, "connection", "the key is not known");
        } else if (event.event & SB_EVENTS_FAILED) {
            self->stats.strangers++;
            s_log_refusal(self, SB_ROLE_NONE, "connection", "the handshake failed");
        }
    }
    return 0;
}

/* ---- Life. */

static int s_open(sb_server_t *self, sb_keys_t *keys, const char *endpoint, sb_err_t *err)
{
    self->sock = zsock_new(ZMQ_ROUTER);
    if (!self->sock) {
        return sb_fail(err, SB_EINTERNAL, "no more sockets: %s", zmq_strerror(errno));
    }
    if (sb_keys_secure_server(keys, self->sock, err)) {
        return err->code;
    }
    zsock_set_router_mandatory(self->sock, 1);
    self->monitor = sb_monitor_open(self->sock, ZMQ_EVENT_DISCONNECTED | SB_EVENTS_FAILED, err);
    if (!self->monitor) {
        return err->code;
    }
    self->bind = sb_bind_new(self->sock, endpoint, err);
    if (!self->bind) {
        return err->code;
    }
    (void)zloop_reader(self->loop, self->sock, s_on_readable, self);
    (void)zloop_reader(self->loop, self->monitor, s_on_event, self);
    return SB_OK;
}

sb_server_t *sb_server_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint,
                           const sb_route_t *routes, size_t routes_len, void *ctx, sb_err_t *err)
{
    assert(loop);
    assert(keys);
    assert(endpoint);
    assert(routes || routes_len == 0);
    assert(err);
    sb_server_t *self = sb_alloc(sizeof *self);
    for (size_t i = 0; i < routes_len; i++) {
        assert(routes[i].handler && routes[i].body_size_max <= SB_BODY_SIZE_MAX);
    }
    self->loop = loop;
    self->routes = routes;
    self->routes_len = routes_len;
    self->ctx = ctx;
    if (s_open(self, keys, endpoint, err)) {
        sb_server_destroy(&self);
        return NULL;
    }
    return self;
}

void sb_server_destroy(sb_server_t **self_p)
{
    assert(self_p);
    sb_server_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_err_t err;
    (void)sb_fail(&err, SB_ERETRY, "the server ends");
    cJSON *body = sb_nack_body(&err);
    for (sb_call_t *call = self->calls.first; call; call = call->next) {
        char *json = sb_msg_encode(call->id, 0, 0, 0, body);
        (void)!sb_wire_send(self->sock, &call->peer, SB_KIND_NACK, NULL, json);
        free(json);
    }
    cJSON_Delete(body);
    sb_call_list_orphan(&self->calls);
    if (self->monitor) {
        zloop_reader_end(self->loop, self->monitor);
        sb_monitor_close(self->sock, &self->monitor);
    }
    if (self->sock) {
        zloop_reader_end(self->loop, self->sock);
        zsock_set_linger(self->sock, LINGER_MS);
        zsock_destroy(&self->sock);
    }
    sb_bind_destroy(&self->bind);
    free(self);
    *self_p = NULL;
}

const char *sb_server_endpoint(const sb_server_t *self)
{
    assert(self);
    return sb_bind_endpoint(self->bind);
}

const sb_server_stats_t *sb_server_stats(const sb_server_t *self)
{
    assert(self);
    return &self->stats;
}

void sb_server_stats_json(const sb_server_t *self, cJSON *object)
{
    assert(self);
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {
        {"requests",    self->stats.requests   },
        {"results",     self->stats.results    },
        {"nacks",       self->stats.nacks      },
        {"malformed",   self->stats.malformed  },
        {"forbidden",   self->stats.forbidden  },
        {"unknown",     self->stats.unknown    },
        {"too_large",   self->stats.too_large  },
        {"busy",        self->stats.busy       },
        {"expired",     self->stats.expired    },
        {"undelivered", self->stats.undelivered},
        {"strangers",   self->stats.strangers  },
        {"disconnects", self->stats.disconnects},
        {"waiting",     self->calls.len        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_json_add_int(object, rows[i].key, (int64_t)rows[i].value);
    }
}

void sb_server_on_other(sb_server_t *self, sb_server_other_fn *fn, void *ctx)
{
    assert(self);
    self->other = fn;
    self->other_ctx = ctx;
}

int sb_server_send(sb_server_t *self, const void *peer, size_t peer_size, sb_kind_t kind,
                   const char *name, const char *json)
{
    assert(self);
    sb_peer_t to = {.size = (uint8_t)peer_size};
    assert(peer && peer_size <= sizeof to.data);
    memcpy(to.data, peer, peer_size);
    const int code = sb_wire_send(self->sock, &to, kind, name, json);
    if (code) {
        self->stats.undelivered++;
    }
    return code;
}
