#include "services/webd/store.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/taskd.h"

#define ASK_MS 10000
#define BODY_MEMBERS_MAX 64

visit_t *visit_new(const store_t *store, request_t **request_p, const request_route_t *route,
                   void *owner)
{
    visit_t *self = sb_alloc(sizeof *self);
    sb_err_t err;
    self->store = store;
    self->request = *request_p;
    self->route = *route;
    self->owner = owner;
    *request_p = NULL;
    if (route->post) {
        const request_t *request = self->request;
        self->body = sb_json_parse(request->body ? request->body : "", request->body_size,
                                   BODY_MEMBERS_MAX, &err);
        if (!self->body) {
            visit_end_fault(&self, REPLY_WRONG);
        }
    }
    return self;
}

void visit_destroy(visit_t **self_p)
{
    visit_t *self = *self_p;
    if (!self) {
        return;
    }
    request_destroy(&self->request);
    cJSON_Delete(self->body);
    free(self);
    *self_p = NULL;
}

void visit_end_fault(visit_t **self_p, reply_fault_t fault)
{
    const visit_t *self = *self_p;
    reply_fault(self->store->server, self->request->id, &self->route, fault);
    visit_destroy(self_p);
}

void visit_end_json(visit_t **self_p, cJSON **body_p)
{
    const visit_t *self = *self_p;
    reply_json(self->store->server, self->request->id, 200, body_p);
    visit_destroy(self_p);
}

bool visit_hash(visit_t *self, const char *token)
{
    uint8_t *bytes;
    size_t size;
    uint8_t hash[SB_SHA256_SIZE];
    sb_err_t err;
    if (sb_unbase64url(token, &bytes, &size, &err)) {
        return false;
    }
    if (size == SB_TOKEN_SIZE) {
        sb_sha256(bytes, size, hash);
        sb_hex(hash, sizeof hash, self->hash);
    }
    sb_wipe(bytes, size);
    free(bytes);
    return size == SB_TOKEN_SIZE;
}

bool visit_admit(visit_t **self_p, const char *token)
{
    visit_t *self = *self_p;
    if (!guesses_allowed(self->store->guesses, self->request->address, sb_clock_mono_ms())) {
        visit_end_fault(self_p, REPLY_MANY);
        return false;
    }
    if (!visit_hash(self, token)) {
        visit_end_gone(self_p);
        return false;
    }
    return true;
}

void visit_end_gone(visit_t **self_p)
{
    const visit_t *self = *self_p;
    guesses_wrong(self->store->guesses, self->request->address, sb_clock_mono_ms());
    visit_end_fault(self_p, REPLY_GONE);
}

static void s_on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    visit_t *self = arg;
    self->then(self, code, body, err);
}

void visit_ask(visit_t *self, const char *name, cJSON **body_p, sb_reply_fn *then)
{
    self->then = then;
    sb_client_call(self->store->taskd, name, body_p, ASK_MS, 0, s_on_reply, self);
}
