#include "tools/botctl/live.h"

#include <assert.h>
#include <string.h>

#include "proto/bus.h"

int live_open(live_t *self, ctl_t *ctl, sb_hint_fn *on_hint, sb_resync_fn *on_resync, void *arg,
              sb_err_t *err)
{
    assert(self);
    static const char *const topics[] = {SB_HINT_ALERT, NULL};
    *self = (live_t){.ctl = ctl};
    sb_keys_t *keys = ctl_load_keys(ctl, err);
    if (!keys) {
        return err->code;
    }
    self->loop = zloop_new();
    self->client = sb_client_new(self->loop, keys, SB_ROLE_TASKD, ctl_config(ctl)->taskd, "botctl",
                                 LIVE_CALLS_MAX, err);
    if (!self->client) {
        return err->code;
    }
    self->hears = sb_hears_new(self->loop, keys, SB_ROLE_TASKD, ctl_config(ctl)->hints, topics,
                               on_hint, on_resync, arg, err);
    return self->hears ? SB_OK : err->code;
}

void live_close(live_t *self)
{
    assert(self);
    if (!self->loop) {
        return;
    }
    sb_hears_destroy(&self->hears);
    sb_client_destroy(&self->client);
    zloop_destroy(&self->loop);
}

void live_ask(live_t *self, const char *request, cJSON **body_p, sb_reply_fn *fn, void *arg)
{
    assert(self);
    sb_client_call(self->client, request, body_p, ctl_config(self->ctl)->timeout_ms, 0, fn, arg);
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

void live_end(live_t *self)
{
    assert(self);
    (void)zloop_timer(self->loop, 0, 1, s_on_end, NULL);
}

const char *live_text(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(value) ? value->valuestring : "";
}

bool live_ended(const char *state)
{
    assert(state);
    return strcmp(state, "escalated") == 0 || strcmp(state, "closed") == 0;
}
