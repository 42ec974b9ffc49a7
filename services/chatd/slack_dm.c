/* slack_dm.c */
#include "services/chatd/slack_dm.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/mem.h"

struct slack_dm {
    slack_api_t *api;
    zhashx_t *channels; /* by user */
};

typedef struct {
    slack_dm_t *dm;
    char user[SLACK_ID_SIZE];
    slack_dm_fn *fn;
    void *arg;
} wish_t;

static void s_channel_free(void **item)
{
    free(*item);
    *item = NULL;
}

slack_dm_t *slack_dm_new(slack_api_t *api)
{
    slack_dm_t *self = sb_alloc(sizeof *self);
    self->api = api;
    self->channels = zhashx_new();
    zhashx_set_destructor(self->channels, s_channel_free);
    return self;
}

void slack_dm_destroy(slack_dm_t **self_p)
{
    slack_dm_t *self = *self_p;
    if (!self) {
        return;
    }
    zhashx_destroy(&self->channels);
    free(self);
    *self_p = NULL;
}

void slack_dm_learn(slack_dm_t *self, const char *user, const char *channel)
{
    assert(slack_id_valid(user) && slack_id_valid(channel));
    if (zhashx_size(self->channels) >= SLACK_DM_KNOWN_MAX) {
        zhashx_purge(self->channels);
    }
    zhashx_update(self->channels, user, sb_strdup(channel));
}

void slack_dm_forget(slack_dm_t *self, const char *user)
{
    zhashx_delete(self->channels, user);
}

/* Takes the wish. */
static void s_grant(wish_t *wish, int code, const char *channel, const sb_err_t *err)
{
    wish->fn(wish->arg, code, channel, err);
    free(wish);
}

static void s_on_opened(void *arg, const slack_reply_t *reply)
{
    wish_t *wish = arg;
    if (reply->class != SLACK_OK) {
        sb_err_t err = reply->err;
        if (reply->class == SLACK_PERMANENT) { /* there is nobody to be told */
            err.code = SB_ENOTFOUND;
        }
        s_grant(wish, err.code, NULL, &err);
        return;
    }
    const cJSON *channel = cJSON_GetObjectItemCaseSensitive(reply->body, "channel");
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(channel, "id"));
    if (!slack_id_valid(id)) {
        sb_err_t err;
        const int code = sb_fail(&err, SB_ERETRY, "conversations.open: no channel in the answer");
        s_grant(wish, code, NULL, &err);
        return;
    }
    slack_dm_learn(wish->dm, wish->user, id);
    s_grant(wish, SB_OK, id, &reply->err);
}

void slack_dm_want(slack_dm_t *self, const char *user, int64_t patience_ms, slack_dm_fn *fn,
                   void *arg)
{
    sb_err_t err = {0};
    if (!slack_id_valid(user)) {
        const int code = sb_fail(&err, SB_ENOTFOUND, "\"%.40s\" is no id of Slack's", user);
        fn(arg, code, NULL, &err);
        return;
    }
    const char *channel = zhashx_lookup(self->channels, user);
    if (channel) {
        fn(arg, SB_OK, channel, &err);
        return;
    }
    wish_t *wish = sb_alloc(sizeof *wish);
    *wish = (wish_t){.dm = self, .fn = fn, .arg = arg};
    (void)snprintf(wish->user, sizeof wish->user, "%s", user);
    const slack_arg_t args[] = {
        {"users", user}
    };
    slack_api_call(self->api, "conversations.open", args, 1, patience_ms, s_on_opened, wish);
}
