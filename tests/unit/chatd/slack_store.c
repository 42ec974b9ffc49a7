#include "tests/unit/chatd/slack_store.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void store_answer(store_t *self, size_t i, int code, int64_t wait_ms)
{
    assert(i < self->len && self->asks[i].fn);
    sb_reply_fn *fn = self->asks[i].fn;
    self->asks[i].fn = NULL;
    sb_err_t err = {0};
    cJSON *body = sb_json_object();
    if (code) {
        (void)sb_fail(&err, code, "as the test wants it");
    } else {
        sb_json_add_int(body, "wait_ms", wait_ms);
    }
    fn(self->asks[i].arg, code, code ? NULL : body, &err);
    cJSON_Delete(body);
}

static int64_t s_number(const cJSON *body, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(body, key);
    return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : -1;
}

void store_fake(void *ctx, const char *request, cJSON **body_p, sb_reply_fn *fn, void *arg)
{
    store_t *self = ctx;
    assert(self->len < STORE_ASKS_MAX);
    store_ask_t *ask = &self->asks[self->len++];
    *ask = (store_ask_t){.per_minute = s_number(*body_p, "per_minute"),
                         .burst = s_number(*body_p, "burst"),
                         .for_ms = s_number(*body_p, "for_ms"),
                         .fn = fn,
                         .arg = arg};
    (void)snprintf(ask->request, sizeof ask->request, "%s", request);
    (void)snprintf(ask->key, sizeof ask->key, "%s",
                   cJSON_GetObjectItemCaseSensitive(*body_p, "key")->valuestring);
    cJSON_Delete(*body_p);
    *body_p = NULL;
    if (self->at_once) {
        store_answer(self, self->len - 1, self->code, 0);
    }
}

void store_close(store_t *self)
{
    for (size_t i = 0; i < self->len; i++) {
        if (self->asks[i].fn) {
            store_answer(self, i, SB_ERETRY, 0);
        }
    }
}
