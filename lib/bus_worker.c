/* bus_worker.c. What was answered, and what is still being done, is remembered apart from the
 * connection, since it is after a lost connection or a change of leader that a job comes again. */
#include "lib/bus_worker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_call.h"
#include "lib/bus_link.h"
#include "lib/bus_memory.h"
#include "lib/bus_timing.h"
#include "lib/bus_wire.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"

#define LINGER_MS 200     /* for BYE and the last answers */
#define READ_NOW_MAX 4096 /* messages read before botd's silence is judged */

struct sb_worker {
    sb_link_t *link;
    char *endpoint;
    char *service;
    char *driver;
    char *instance;
    uint32_t credit;
    const sb_route_t *routes;
    size_t routes_len;
    void *ctx;
    sb_bus_timing_t timing;
    sb_timers_t *timers;
    uint64_t timer;
    sb_memory_t *memory;
    sb_call_list_t calls; /* given by this botd, not answered yet */
    int64_t heard_ms;
    int64_t sent_ms;
    int64_t ready_ms; /* when READY was said last */
    bool known;       /* botd has answered READY and was not silent since */
    bool draining;
    struct {
        uint64_t jobs;     /* handed to a handler */
        uint64_t results;  /* answered with RESULT */
        uint64_t nacks;    /* answered with NACK by a handler */
        uint64_t repeated; /* answered from memory, or known to be at hand */
        uint64_t stale;    /* refused: epoch */
        uint64_t busy;     /* refused: credit, or draining */
        uint64_t refused;  /* refused: anything else */
    } stats;
};

/* ---- Sending. */

static void s_send(sb_worker_t *self, sb_kind_t kind, const char *name, const char *json)
{
    if (!sb_link_is_up(self->link)) {
        return; /* botd asks again, and the memory answers */
    }
    self->sent_ms = sb_clock_mono_ms();
    if (sb_wire_send(sb_link_sock(self->link), NULL, kind, name, json)) {
        sb_warn("botd does not take messages", "endpoint", self->endpoint, "kind",
                sb_kind_name(kind), NULL);
    }
}

static void s_send_body(sb_worker_t *self, sb_kind_t kind, const char *name, const char *id,
                        cJSON *body)
{
    char *json = sb_msg_encode(id, 0, 0, 0, body);
    s_send(self, kind, name, json);
    free(json);
    cJSON_Delete(body);
}

static void s_say_ready(sb_worker_t *self)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "service", self->service);
    sb_json_add_str(body, "driver", self->driver);
    sb_json_add_str(body, "instance", self->instance);
    sb_json_add_int(body, "credit", self->draining ? 0 : self->credit);
    s_send_body(self, SB_KIND_READY, self->service, NULL, body);
    self->ready_ms = self->sent_ms;
}

/* A NACK that would be the same the next time. */
static bool s_is_final(int code)
{
    static const int codes[] = {SB_EINVALID,   SB_ETOOLARGE, SB_EUNKNOWN,
                                SB_EFORBIDDEN, SB_ENOTFOUND, SB_ECONFLICT};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* The call's answer. */
static void s_send_answer(void *owner, sb_call_t *call, sb_kind_t kind, int code, const char *json)
{
    sb_worker_t *self = owner;
    if (kind != SB_KIND_ACCEPT) {
        sb_call_list_remove(&self->calls, call);
        sb_memory_end(self->memory, call);
        (*(kind == SB_KIND_RESULT ? &self->stats.results : &self->stats.nacks))++;
        if (kind == SB_KIND_RESULT || s_is_final(code)) {
            sb_memory_keep(self->memory, call->id, kind, json);
        }
    }
    s_send(self, kind, NULL, json);
}

/* ---- Jobs. */

static void s_refuse(sb_worker_t *self, const char *id, const sb_err_t *err)
{
    (*(err->code == SB_ESTALE  ? &self->stats.stale
       : err->code == SB_EBUSY ? &self->stats.busy
                               : &self->stats.refused))++;
    sb_warn("job refused", "by", self->instance, "id", id, "why", err->text, NULL);
    s_send_body(self, SB_KIND_NACK, NULL, id, sb_nack_body(err));
}

/* True if the job needs no doing: it was done, or is being done. */
static bool s_repeat(sb_worker_t *self, const char *id)
{
    sb_answer_t answer;
    if (sb_memory_answer(self->memory, id, &answer)) {
        self->stats.repeated++;
        s_send(self, answer.kind, NULL, answer.json);
        return true;
    }
    sb_call_t *call = sb_memory_open(self->memory, id);
    if (!call) {
        return false;
    }
    self->stats.repeated++;
    if (call->owner != self) { /* another botd leads now: the answer is for it */
        sb_call_list_remove(&((sb_worker_t *)call->owner)->calls, call);
        call->owner = self;
        sb_call_list_add(&self->calls, call);
    }
    if (call->accepted) {
        s_send(self, SB_KIND_ACCEPT, NULL, call->accepted);
    }
    return true;
}

static void s_begin(sb_worker_t *self, const sb_route_t *route, sb_msg_t *msg)
{
    sb_err_t err;
    const int64_t epoch = sb_memory_epoch(self->memory, msg->epoch);
    if (msg->epoch < epoch) {
        (void)sb_fail(&err, SB_ESTALE, "epoch %lld is past, %lld was seen", (long long)msg->epoch,
                      (long long)epoch);
        s_refuse(self, msg->id, &err);
    } else if (s_repeat(self, msg->id)) {
        return;
    } else if (self->draining || self->calls.len >= self->credit) {
        (void)sb_fail(&err, SB_EBUSY, "%s %s", self->instance,
                      self->draining ? "takes no more jobs" : "has no credit left");
        s_refuse(self, msg->id, &err);
    } else {
        sb_call_t *call = sb_call_new(s_send_answer, self, route->name, SB_ROLE_BOTD, msg);
        sb_call_list_add(&self->calls, call);
        sb_memory_begin(self->memory, call);
        self->stats.jobs++;
        route->handler(self->ctx, call);
    }
}

/* Decides on head and size alone whether the job may be read. */
static int s_check_job(const sb_worker_t *self, const sb_head_t *head, size_t size, sb_err_t *err)
{
    const sb_route_t *route = sb_route_find(self->routes, self->routes_len, head->name);
    if (!route) {
        return sb_fail(err, SB_EUNKNOWN, "no job %s here", head->name);
    }
    if (!(route->roles & SB_ROLE_BOTD)) {
        return sb_fail(err, SB_EFORBIDDEN, "botd may not send %s", head->name);
    }
    if (size > route->body_size_max) {
        return sb_fail(err, SB_ETOOLARGE, "%s: %zu bytes, at most %zu", head->name, size,
                       route->body_size_max);
    }
    return SB_OK;
}

static void s_take_job(sb_worker_t *self, const sb_head_t *head, const sb_wire_t *wire)
{
    sb_err_t err;
    sb_msg_t msg = {0};
    const size_t size = zframe_size(wire->body);
    if (s_check_job(self, head, size, &err) ||
        sb_msg_decode(head->kind, zframe_data(wire->body), size, &msg, &err)) {
        char id[SB_ID_SIZE_MAX];
        sb_wire_find_id(wire, head, id);
        s_refuse(self, id, &err);
        return;
    }
    s_begin(self, sb_route_find(self->routes, self->routes_len, head->name), &msg);
    sb_msg_clear(&msg);
}

/* ---- Hearing. */

static void s_on_timer(void *arg);

/* For the next heartbeat, or the end of our patience with botd. */
static void s_arm(sb_worker_t *self)
{
    int64_t at_ms = self->sent_ms + self->timing.heartbeat_ms;
    if (self->known && self->heard_ms + self->timing.silence_ms < at_ms) {
        at_ms = self->heard_ms + self->timing.silence_ms;
    }
    sb_timers_cancel(self->timers, &self->timer);
    self->timer = sb_timers_add(self->timers, at_ms - sb_clock_mono_ms(), s_on_timer, self);
}

static void s_log_nack(sb_worker_t *self, const sb_wire_t *wire)
{
    sb_msg_t msg;
    sb_err_t err;
    if (sb_msg_decode(SB_KIND_NACK, zframe_data(wire->body), zframe_size(wire->body), &msg, &err)) {
        return;
    }
    sb_nack_read(msg.body, &err);
    sb_msg_clear(&msg);
    sb_error("botd refuses this worker", "endpoint", self->endpoint, "code", sb_code_name(err.code),
             "why", err.text, NULL);
}

static void s_hear(sb_worker_t *self, const sb_wire_t *wire)
{
    sb_head_t head;
    sb_err_t err;
    if (sb_wire_head(wire, &head, &err)) {
        sb_warn("message can't be read", "from", "botd", "why", err.text, NULL);
        return;
    }
    self->heard_ms = sb_clock_mono_ms();
    if (head.kind == SB_KIND_NACK) {
        s_log_nack(self, wire);
        return;
    }
    if (!self->known) {
        self->known = true;
        sb_info("botd knows this worker", "endpoint", self->endpoint, "instance", self->instance,
                NULL);
        s_arm(self);
    }
    if (head.kind == SB_KIND_REQ) {
        s_take_job(self, &head, wire);
    }
}

static void s_read(sb_worker_t *self, zsock_t *sock, size_t messages_max)
{
    sb_wire_t wire;
    for (size_t i = 0; i < messages_max && sb_wire_recv(sock, false, &wire); i++) {
        s_hear(self, &wire);
        sb_wire_clear(&wire);
    }
}

static void s_on_readable(void *ctx, zsock_t *sock)
{
    sb_worker_t *self = ctx;
    /* A job of a connection that ended is somebody else's by now. */
    if (sb_link_is_up(self->link)) {
        s_read(self, sock, SB_WIRE_BURST_MAX);
    }
}

/* ---- Time. */

static void s_on_timer(void *arg)
{
    sb_worker_t *self = arg;
    self->timer = 0;
    /* If it was us who slept, what botd said meanwhile is there. */
    s_read(self, sb_link_sock(self->link), READ_NOW_MAX);
    const int64_t now_ms = sb_clock_mono_ms();
    if (self->known && now_ms - self->heard_ms >= self->timing.silence_ms) {
        self->known = false;
        sb_warn("botd is silent", "endpoint", self->endpoint, NULL);
        s_say_ready(self);
    } else if (now_ms - self->sent_ms >= self->timing.heartbeat_ms) {
        if (self->known) {
            s_send(self, SB_KIND_HEARTBEAT, NULL, NULL);
        } else {
            s_say_ready(self);
        }
    }
    s_arm(self);
}

static void s_on_up(void *ctx)
{
    sb_worker_t *self = ctx;
    self->heard_ms = sb_clock_mono_ms();
    s_say_ready(self);
    s_arm(self);
}

static void s_on_down(void *ctx)
{
    sb_worker_t *self = ctx;
    self->known = false;
    sb_timers_cancel(self->timers, &self->timer);
}

/* ---- The outside. */

static const sb_link_events_t s_events = {
    .up = s_on_up,
    .down = s_on_down,
    .readable = s_on_readable,
};

sb_worker_t *sb_worker_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint,
                           const sb_worker_config_t *config, const sb_route_t *routes,
                           size_t routes_len, void *ctx, sb_err_t *err)
{
    assert(config);
    assert(config->service && config->driver && config->instance);
    assert(config->credit > 0 && config->credit <= SB_CREDIT_MAX);
    assert(routes && routes_len > 0);
    sb_worker_t *self = sb_alloc(sizeof *self);
    self->endpoint = sb_strdup(endpoint);
    self->service = sb_strdup(config->service);
    self->driver = sb_strdup(config->driver);
    self->instance = sb_strdup(config->instance);
    self->credit = config->credit;
    self->routes = routes;
    self->routes_len = routes_len;
    self->ctx = ctx;
    self->timing = sb_bus_timing;
    self->timers = sb_timers_new(loop);
    self->memory = sb_memory_take(self->service, self->instance);
    self->link = sb_link_new(loop, keys, SB_ROLE_BOTD, endpoint, ZMQ_DEALER, &s_events, self, err);
    if (!self->link) {
        sb_worker_destroy(&self);
        return NULL;
    }
    return self;
}

void sb_worker_destroy(sb_worker_t **self_p)
{
    assert(self_p);
    sb_worker_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->link) {
        s_send(self, SB_KIND_BYE, NULL, NULL);
        sb_link_destroy(&self->link, LINGER_MS);
    }
    for (const sb_call_t *call = self->calls.first; call; call = call->next) {
        sb_memory_end(self->memory, call);
    }
    sb_call_list_orphan(&self->calls);
    sb_memory_give_back(&self->memory);
    sb_timers_destroy(&self->timers);
    free(self->endpoint);
    free(self->service);
    free(self->driver);
    free(self->instance);
    free(self);
    *self_p = NULL;
}

void sb_worker_drain(sb_worker_t *self)
{
    assert(self);
    if (self->draining) {
        return;
    }
    self->draining = true;
    cJSON *body = sb_json_object();
    sb_json_add_int(body, "credit", 0);
    s_send_body(self, SB_KIND_CREDIT, NULL, NULL, body);
}

size_t sb_worker_open_calls(const sb_worker_t *self)
{
    assert(self);
    return self->calls.len;
}

bool sb_worker_connected(const sb_worker_t *self)
{
    assert(self);
    return self->known;
}

void sb_worker_stats_json(const sb_worker_t *self, cJSON *object)
{
    assert(self);
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {
        {"jobs",     self->stats.jobs    },
        {"results",  self->stats.results },
        {"nacks",    self->stats.nacks   },
        {"repeated", self->stats.repeated},
        {"stale",    self->stats.stale   },
        {"busy",     self->stats.busy    },
        {"refused",  self->stats.refused },
        {"open",     self->calls.len     },
    };
    sb_json_add_str(object, "endpoint", self->endpoint);
    sb_json_add_bool(object, "connected", self->known);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_json_add_int(object, rows[i].key, (int64_t)rows[i].value);
    }
}
