/* bus_client.c. A call waits in the queue until the link is up. One that was sent is never sent
 * again by itself: only its caller knows what a second time means, when the first may have been
 * done. */
#include "lib/bus_client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_link.h"
#include "lib/bus_wire.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/timers.h"

#define PREFIX_LEN_MAX 40 /* leaves room for the number */
#define READ_MAX 1024     /* messages read at once from a link that went down */

typedef struct {
    sb_client_t *client;
    char id[SB_ID_SIZE_MAX];
    char name[SB_NAME_SIZE_MAX];
    cJSON *body; /* may be NULL */
    int64_t epoch;
    int64_t deadline_ms;
    sb_reply_fn *fn;
    void *arg;
    uint64_t timer;
    zlistx_t *list; /* which of the client's it is on */
    void *place;    /* in list */
    sb_err_t fault; /* of the faulty */
} call_t;

struct sb_client {
    sb_link_t *link;
    sb_role_t server;
    char *endpoint;
    char prefix[PREFIX_LEN_MAX + 1];
    uint64_t count; /* calls ever made */
    size_t calls_max;
    zhashx_t *calls;  /* by id: those of queue and sent */
    zlistx_t *queue;  /* to be sent, in the order they were made */
    zlistx_t *sent;   /* over the connection that is; likewise */
    zlistx_t *faulty; /* refused by ourselves; told in the next pass of the loop */
    uint64_t faulty_timer;
    sb_timers_t *timers;
    bool blocked; /* the link will say when it takes more */
    bool ending;
};

static void s_put_last(call_t *call, zlistx_t *list)
{
    call->list = list;
    call->place = zlistx_add_end(list, call);
}

static void s_take_off(call_t *call)
{
    (void)zlistx_detach(call->list, call->place);
    call->list = NULL;
    call->place = NULL;
}

/* ---- Ends of a call. */

static void s_call_free(call_t *call)
{
    cJSON_Delete(call->body);
    free(call);
}

/* Tells the end of a call and frees it. */
static void s_finish(call_t *call, int code, const cJSON *body, const sb_err_t *err)
{
    sb_client_t *self = call->client;
    if (call->list != self->faulty) {
        zhashx_delete(self->calls, call->id);
    }
    s_take_off(call);
    sb_timers_cancel(self->timers, &call->timer);
    call->fn(call->arg, code, body, err);
    s_call_free(call);
}

static void s_finish_with(call_t *call, const sb_err_t *err)
{
    s_finish(call, err->code, NULL, err);
}

static void s_on_faulty(void *arg)
{
    sb_client_t *self = arg;
    self->faulty_timer = 0;
    /* Only those that are there now: a callback may make the next faulty call. */
    for (size_t n = zlistx_size(self->faulty); n > 0; n--) {
        call_t *call = zlistx_first(self->faulty);
        s_finish_with(call, &call->fault);
    }
}

/* call->fault is set. */
static void s_put_faulty(call_t *call)
{
    sb_client_t *self = call->client;
    sb_timers_cancel(self->timers, &call->timer);
    s_put_last(call, self->faulty);
    if (!self->faulty_timer) {
        self->faulty_timer = sb_timers_add(self->timers, 0, s_on_faulty, self);
    }
}

static void s_on_deadline(void *arg)
{
    call_t *call = arg;
    sb_client_t *self = call->client;
    call->timer = 0;
    sb_err_t err;
    if (call->list == self->queue) {
        (void)sb_fail(&err, SB_ERETRY, "%s was not sent to %s at %s: %s", call->name,
                      sb_role_name(self->server), self->endpoint, sb_link_why(self->link));
    } else {
        (void)sb_fail(&err, SB_ETIMEOUT, "%s at %s did not answer %s in time",
                      sb_role_name(self->server), self->endpoint, call->name);
    }
    s_finish_with(call, &err);
}

/* ---- Sending. */

/* False if the link takes nothing now. */
static bool s_send(sb_client_t *self, call_t *call)
{
    int64_t left_ms = call->deadline_ms - sb_clock_mono_ms();
    left_ms = left_ms < 1 ? 1 : left_ms; /* its timer is about to end it */
    char *json = sb_msg_encode(call->id, call->epoch, left_ms, 0, call->body);
    const size_t size = strlen(json);
    const bool fits = size <= SB_BODY_SIZE_MAX;
    const bool sent = fits && sb_wire_send(sb_link_sock(self->link), NULL, SB_KIND_REQ, call->name,
                                           json) == SB_OK;
    free(json);
    if (fits && !sent) {
        return false;
    }
    s_take_off(call);
    if (fits) {
        s_put_last(call, self->sent);
    } else {
        zhashx_delete(self->calls, call->id);
        (void)sb_fail(&call->fault, SB_ETOOLARGE, "%s has %zu bytes, at most %d", call->name, size,
                      SB_BODY_SIZE_MAX);
        s_put_faulty(call);
    }
    return true;
}

static void s_flush(sb_client_t *self)
{
    if (self->blocked || !sb_link_is_up(self->link)) {
        return;
    }
    call_t *call = zlistx_first(self->queue);
    while (call && s_send(self, call)) {
        call = zlistx_first(self->queue);
    }
    self->blocked = call != NULL;
    sb_link_want_write(self->link, self->blocked);
}

static void s_on_up(void *ctx)
{
    s_flush(ctx);
}

static void s_on_writable(void *ctx)
{
    sb_client_t *self = ctx;
    self->blocked = false;
    s_flush(self);
}

static void s_on_down(void *ctx)
{
    sb_client_t *self = ctx;
    self->blocked = false;
}

static void s_on_closed(void *ctx)
{
    sb_client_t *self = ctx;
    call_t *call;
    while ((call = zlistx_first(self->sent)) != NULL) { /* calls made meanwhile go to the queue */
        sb_err_t err;
        (void)sb_fail(&err, SB_ETIMEOUT, "the connection to %s at %s ended before it answered %s",
                      sb_role_name(self->server), self->endpoint, call->name);
        s_finish_with(call, &err);
    }
}

/* ---- Answers. */

static int s_decode(const sb_wire_t *wire, sb_head_t *head_r, sb_msg_t *msg_r, sb_err_t *err)
{
    if (sb_wire_head(wire, head_r, err)) {
        return err->code;
    }
    if (head_r->kind != SB_KIND_RESULT && head_r->kind != SB_KIND_NACK) {
        return sb_fail(err, SB_EINVALID, "%s is no answer", sb_kind_name(head_r->kind));
    }
    return sb_msg_decode(head_r->kind, zframe_data(wire->body), zframe_size(wire->body), msg_r,
                         err);
}

static void s_answer(sb_client_t *self, const sb_wire_t *wire)
{
    sb_head_t head = {0};
    sb_msg_t msg = {0};
    sb_err_t err;
    if (s_decode(wire, &head, &msg, &err)) {
        sb_warn("answer can't be read", "from", sb_role_name(self->server), "why", err.text, NULL);
        return;
    }
    if (head.kind == SB_KIND_NACK) {
        sb_nack_read(msg.body, &err);
    }
    call_t *call = zhashx_lookup(self->calls, msg.id);
    if (call && head.kind == SB_KIND_RESULT) {
        s_finish(call, SB_OK, msg.body, NULL);
    } else if (call) {
        s_finish_with(call, &err);
    } else if (!msg.id[0]) {
        sb_warn("a message of ours was refused", "by", sb_role_name(self->server), "code",
                sb_code_name(err.code), "why", err.text, NULL);
    } /* else it came too late, or twice */
    sb_msg_clear(&msg);
}

static void s_on_readable(void *ctx, zsock_t *sock)
{
    sb_client_t *self = ctx;
    sb_wire_t wire;
    const int burst = sb_link_is_up(self->link) ? SB_WIRE_BURST_MAX : READ_MAX;
    for (int i = 0; i < burst && sb_wire_recv(sock, false, &wire); i++) {
        s_answer(self, &wire);
        sb_wire_clear(&wire);
    }
}

/* ---- The outside. */

static const sb_link_events_t s_events = {
    .up = s_on_up,
    .down = s_on_down,
    .readable = s_on_readable,
    .closed = s_on_closed,
    .writable = s_on_writable,
};

sb_client_t *sb_client_new(zloop_t *loop, sb_keys_t *keys, sb_role_t server, const char *endpoint,
                           const char *prefix, size_t calls_max, sb_err_t *err)
{
    assert(prefix);
    assert(calls_max > 0);
    sb_client_t *self = sb_alloc(sizeof *self);
    self->server = server;
    self->endpoint = sb_strdup(endpoint);
    self->calls_max = calls_max;
    for (size_t i = 0; prefix[i] && i < PREFIX_LEN_MAX; i++) {
        const char one[2] = {prefix[i], '\0'};
        self->prefix[i] = sb_id_valid(one) ? prefix[i] : '-';
    }
    self->calls = zhashx_new();
    zhashx_set_key_duplicator(self->calls, NULL); /* keys are the calls' own ids */
    zhashx_set_key_destructor(self->calls, NULL);
    self->queue = zlistx_new();
    self->sent = zlistx_new();
    self->faulty = zlistx_new();
    self->timers = sb_timers_new(loop);
    self->link = sb_link_new(loop, keys, server, endpoint, ZMQ_DEALER, &s_events, self, err);
    if (!self->link) {
        sb_client_destroy(&self);
        return NULL;
    }
    return self;
}

void sb_client_destroy(sb_client_t **self_p)
{
    assert(self_p);
    sb_client_t *self = *self_p;
    if (!self) {
        return;
    }
    self->ending = true;
    sb_link_destroy(&self->link, 0);
    sb_err_t err;
    (void)sb_fail(&err, SB_ERETRY, "the client ends");
    call_t *call;
    while ((call = zhashx_first(self->calls)) != NULL) {
        s_finish_with(call, &err);
    }
    while ((call = zlistx_first(self->faulty)) != NULL) {
        s_finish_with(call, &call->fault);
    }
    sb_timers_destroy(&self->timers);
    zlistx_destroy(&self->faulty);
    zlistx_destroy(&self->sent);
    zlistx_destroy(&self->queue);
    zhashx_destroy(&self->calls);
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

void sb_client_call(sb_client_t *self, const char *name, cJSON **body_p, int64_t timeout_ms,
                    int64_t epoch, sb_reply_fn *fn, void *arg)
{
    assert(self);
    assert(name && strlen(name) < SB_NAME_SIZE_MAX);
    assert(timeout_ms > 0 && timeout_ms <= SB_TIMEOUT_MS_MAX);
    assert(epoch >= 0);
    assert(fn);
    if (self->ending) {
        cJSON_Delete(body_p ? *body_p : NULL);
        return;
    }
    call_t *call = sb_alloc(sizeof *call);
    call->client = self;
    memcpy(call->name, name, strlen(name) + 1);
    (void)snprintf(call->id, sizeof call->id, "%s-%06llu", self->prefix,
                   (unsigned long long)++self->count);
    if (body_p) {
        call->body = *body_p;
        *body_p = NULL;
    }
    call->epoch = epoch;
    call->deadline_ms = sb_clock_mono_ms() + timeout_ms;
    call->fn = fn;
    call->arg = arg;
    if (zhashx_size(self->calls) >= self->calls_max) {
        (void)sb_fail(&call->fault, SB_EBUSY, "%zu calls wait for %s already", self->calls_max,
                      sb_role_name(self->server));
        s_put_faulty(call);
        return;
    }
    (void)zhashx_insert(self->calls, call->id, call);
    call->timer = sb_timers_add(self->timers, timeout_ms, s_on_deadline, call);
    s_put_last(call, self->queue);
    s_flush(self);
}

bool sb_client_connected(const sb_client_t *self)
{
    assert(self);
    return sb_link_is_up(self->link);
}

size_t sb_client_pending(const sb_client_t *self)
{
    assert(self);
    return zhashx_size(self->calls);
}

/* ---- For programs without a loop. */

typedef struct {
    zloop_t *loop;
    bool done;
    int code;
    cJSON *body;
    sb_err_t *err;
} ask_t;

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

static void s_on_asked(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    ask_t *ask = arg;
    ask->done = true;
    ask->code = code;
    if (code == SB_OK) {
        ask->body = sb_json_copy(body);
    } else {
        *ask->err = *err;
    }
    (void)zloop_timer(ask->loop, 0, 1, s_on_end, NULL);
}

int sb_client_ask(sb_keys_t *keys, sb_role_t server, const char *endpoint, const char *name,
                  cJSON **body_p, int64_t timeout_ms, cJSON **body_r, sb_err_t *err)
{
    assert(body_r);
    *body_r = NULL;
    ask_t ask = {.loop = zloop_new(), .err = err};
    assert(ask.loop);
    sb_client_t *client = sb_client_new(ask.loop, keys, server, endpoint, "ask", 1, err);
    if (!client) {
        cJSON_Delete(body_p ? *body_p : NULL);
        if (body_p) {
            *body_p = NULL;
        }
        zloop_destroy(&ask.loop);
        return err->code;
    }
    sb_client_call(client, name, body_p, timeout_ms, 0, s_on_asked, &ask);
    (void)zloop_start(ask.loop);
    const bool done = ask.done;
    sb_client_destroy(&client); /* ends the call if a signal ended the loop */
    zloop_destroy(&ask.loop);
    *body_r = ask.body;
    return done ? ask.code : sb_fail(err, SB_ERETRY, "%s was interrupted", name);
}
