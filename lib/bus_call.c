/* bus_call.c: see bus_call.h and the end of bus_server.h. */
#include "lib/bus_call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"

sb_call_t *sb_call_new(sb_call_send_fn *send, void *owner, const char *name, sb_role_t role,
                       sb_msg_t *msg)
{
    assert(send);
    assert(name && strlen(name) < SB_NAME_SIZE_MAX);
    assert(msg);
    sb_call_t *self = sb_alloc(sizeof *self);
    self->send = send;
    self->owner = owner;
    memcpy(self->id, msg->id, sizeof self->id);
    memcpy(self->name, name, strlen(name) + 1);
    self->role = role;
    self->epoch = msg->epoch;
    self->deadline_ms = sb_clock_mono_ms() + msg->timeout_ms;
    self->body = msg->body;
    msg->body = NULL;
    return self;
}

void sb_call_list_add(sb_call_list_t *self, sb_call_t *call)
{
    assert(self);
    assert(call && !call->prev && !call->next);
    call->next = self->first;
    if (self->first) {
        self->first->prev = call;
    }
    self->first = call;
    self->len++;
}

void sb_call_list_remove(sb_call_list_t *self, sb_call_t *call)
{
    assert(self && self->len > 0);
    assert(call->prev || self->first == call);
    if (call->prev) {
        call->prev->next = call->next;
    } else {
        self->first = call->next;
    }
    if (call->next) {
        call->next->prev = call->prev;
    }
    call->prev = NULL;
    call->next = NULL;
    self->len--;
}

void sb_call_list_orphan(sb_call_list_t *self)
{
    assert(self);
    while (self->first) {
        sb_call_t *call = self->first;
        sb_call_list_remove(self, call);
        call->send = NULL;
        call->owner = NULL;
    }
}

const cJSON *sb_call_body(const sb_call_t *self)
{
    assert(self);
    return self->body;
}

cJSON *sb_call_body_take(sb_call_t *self)
{
    assert(self);
    cJSON *body = self->body;
    self->body = NULL;
    return body;
}

const char *sb_call_id(const sb_call_t *self)
{
    assert(self);
    return self->id;
}

const char *sb_call_name(const sb_call_t *self)
{
    assert(self);
    return self->name;
}

sb_role_t sb_call_role(const sb_call_t *self)
{
    assert(self);
    return self->role;
}

int64_t sb_call_epoch(const sb_call_t *self)
{
    assert(self);
    return self->epoch;
}

int64_t sb_call_deadline_ms(const sb_call_t *self)
{
    assert(self);
    return self->deadline_ms;
}

static void s_free(sb_call_t **self_p)
{
    cJSON_Delete((*self_p)->body);
    free((*self_p)->accepted);
    free(*self_p);
    *self_p = NULL;
}

static cJSON *s_take(cJSON **body_p)
{
    cJSON *body = body_p ? *body_p : NULL;
    if (body_p) {
        *body_p = NULL;
    }
    return body;
}

void sb_call_accept(sb_call_t *self, cJSON **body_p)
{
    assert(self && !self->accepted);
    cJSON *body = s_take(body_p);
    self->accepted = sb_msg_encode(self->id, 0, 0, 0, body);
    cJSON_Delete(body);
    if (self->send) {
        self->send(self->owner, self, SB_KIND_ACCEPT, SB_OK, self->accepted);
    }
}

void sb_call_result(sb_call_t **self_p, cJSON **body_p)
{
    assert(self_p && *self_p);
    sb_call_t *self = *self_p;
    cJSON *body = s_take(body_p);
    char *json = self->send ? sb_msg_encode(self->id, 0, 0, 0, body) : NULL;
    cJSON_Delete(body);
    if (json && strlen(json) > SB_BODY_SIZE_MAX) {
        sb_err_t err;
        (void)sb_fail(&err, SB_ETOOLARGE, "the answer to %s has %zu bytes, at most %d", self->name,
                      strlen(json), SB_BODY_SIZE_MAX);
        free(json);
        sb_call_nack(self_p, &err);
        return;
    }
    if (json) {
        self->send(self->owner, self, SB_KIND_RESULT, SB_OK, json);
    }
    free(json);
    s_free(self_p);
}

void sb_call_nack(sb_call_t **self_p, const sb_err_t *err)
{
    assert(self_p && *self_p);
    assert(err && err->code < 0);
    sb_call_t *self = *self_p;
    if (self->send) {
        cJSON *body = sb_nack_body(err);
        char *json = sb_msg_encode(self->id, 0, 0, 0, body);
        self->send(self->owner, self, SB_KIND_NACK, err->code, json);
        free(json);
        cJSON_Delete(body);
    }
    s_free(self_p);
}
