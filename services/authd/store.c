/* store.c. A question that is forgotten while a try is out can't be freed before the client calls
 * back: it is kept without its asker until then. */
#include "services/authd/store.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"

struct store {
    sb_client_t *taskd;
    sb_timers_t *timers;
    size_t open; /* questions that someone waits for */
    uint64_t answered, retried;
};

struct store_ask {
    store_t *store; /* NULL once forgotten */
    char *request;
    cJSON *body;
    sb_reply_fn *fn;
    void *arg;
    int64_t pause_ms;
    uint64_t timer; /* runs between two tries; else a try is out */
};

store_t *store_new(sb_client_t *taskd, sb_timers_t *timers)
{
    assert(taskd && timers);
    store_t *self = sb_alloc(sizeof *self);
    self->taskd = taskd;
    self->timers = timers;
    return self;
}

void store_destroy(store_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        assert((*self_p)->open == 0);
        free(*self_p);
        *self_p = NULL;
    }
}

static void s_free(store_ask_t *ask)
{
    free(ask->request);
    cJSON_Delete(ask->body);
    free(ask);
}

/* Whether the same request may be answered later (proto/bus.md, Requests). */
static bool s_later(int code)
{
    return code == SB_ERETRY || code == SB_EBUSY || code == SB_ETIMEOUT || code == SB_EINTERNAL;
}

static void s_try(void *arg);

static void s_on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    store_ask_t *ask = arg;
    store_t *self = ask->store;
    if (!self) {
        s_free(ask);
        return;
    }
    if (s_later(code)) {
        self->retried++;
        sb_debug("store asked again", "request", ask->request, "code", sb_code_name(code), "error",
                 err->text, NULL);
        ask->timer = sb_timers_add(self->timers, ask->pause_ms, s_try, ask);
        ask->pause_ms =
            ask->pause_ms * 2 < STORE_PAUSE_MAX_MS ? ask->pause_ms * 2 : STORE_PAUSE_MAX_MS;
        return;
    }
    self->answered++;
    self->open--;
    ask->fn(ask->arg, code, body, err);
    s_free(ask);
}

static void s_try(void *arg)
{
    store_ask_t *ask = arg;
    ask->timer = 0;
    cJSON *body = sb_json_copy(ask->body);
    sb_client_call(ask->store->taskd, ask->request, &body, STORE_TRY_MS, 0, s_on_reply, ask);
}

store_ask_t *store_ask(store_t *self, const char *request, cJSON **body_p, sb_reply_fn *fn,
                       void *arg)
{
    assert(self && request && body_p && *body_p && fn);
    store_ask_t *ask = sb_alloc(sizeof *ask);
    ask->store = self;
    ask->request = sb_strdup(request);
    ask->body = *body_p;
    *body_p = NULL;
    ask->fn = fn;
    ask->arg = arg;
    ask->pause_ms = STORE_PAUSE_MIN_MS;
    self->open++;
    s_try(ask);
    return ask;
}

void store_forget(store_t *self, store_ask_t **ask_p)
{
    assert(self && ask_p);
    store_ask_t *ask = *ask_p;
    *ask_p = NULL;
    if (!ask) {
        return;
    }
    assert(ask->store == self);
    self->open--;
    if (ask->timer) {
        sb_timers_cancel(self->timers, &ask->timer);
        s_free(ask);
    } else {
        ask->store = NULL;
    }
}

void store_stats_json(const store_t *self, cJSON *object)
{
    assert(self);
    sb_json_add_int(object, "store_open", (int64_t)self->open);
    sb_json_add_int(object, "store_answered", (int64_t)self->answered);
    sb_json_add_int(object, "store_retried", (int64_t)self->retried);
}
