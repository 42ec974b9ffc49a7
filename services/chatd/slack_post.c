/* slack_post.c. A job goes from step to step: where (a channel), under what (a thread, or the
 * message that is changed), was it sent already, and then the one call that can't be taken back. */
#include "services/chatd/slack_post.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/chatd.h"
#include "services/chatd/slack_card.h"
#include "services/chatd/slack_look.h"

#define HTTP_MS 12000 /* what a request may take once its budget is there */
#define PATIENCE_MIN_MS 1000
#define UNTIL_MS 60000 /* if the job does not say until when */

typedef enum { POST_SEND, POST_UPDATE, POST_LOOKUP } post_kind_t;

struct slack_post {
    slack_post_config_t config;
    slack_when_t *when;
    sb_timers_t *timers;
    zlistx_t *late;          /* posts that wait until the history shows what was sent */
    char bot[SLACK_ID_SIZE]; /* "": not known yet */
    uint64_t looked, found;  /* whether it was sent already */
    uint64_t unthreaded;     /* sent beside a thread that was not found */
    uint64_t plain;          /* sent without the blocks that Slack refused */
};

typedef struct post post_t;
typedef void(step_fn)(post_t *post);

struct post {
    slack_post_t *poster;
    post_kind_t kind;
    char *id;
    bool team;
    char *user;   /* Slack id of a person, or NULL */
    char *thread; /* outbox id, or NULL */
    char *text;
    char *blocks; /* JSON, or NULL: text alone */
    bool again;
    int64_t until_ms;
    char channel[SLACK_ID_SIZE];
    char ts[SLACK_TS_SIZE];        /* of the message that is changed */
    char thread_ts[SLACK_TS_SIZE]; /* "": none */
    bool reopened;                 /* the channel was tried anew already */
    void *late;                    /* place among those, or NULL */
    uint64_t timer;
    chat_done_fn *done;
    void *arg;
};

/* ---- Ends. */

/* Takes the post. */
static void s_end(post_t *post, int code, const char *message, const sb_err_t *err)
{
    post->done(post->arg, code, message, err);
    free(post->id);
    free(post->user);
    free(post->thread);
    free(post->text);
    free(post->blocks);
    free(post);
}

/* A fault of the reporting channel is one of the configuration, not of the message: an escalation
 * is tried until somebody has mended it. */
static void s_fail(post_t *post, const slack_reply_t *reply)
{
    sb_err_t err = reply->err;
    if (post->team && reply->class == SLACK_PERMANENT && post->kind == POST_SEND) {
        sb_error("the reporting channel can't be written to", "channel", post->channel, "error",
                 reply->error, NULL);
        err.code = SB_ERETRY;
    }
    s_end(post, err.code, NULL, &err);
}

static int64_t s_patience(const post_t *post)
{
    const int64_t left_ms = post->until_ms - sb_clock_mono_ms() - HTTP_MS;
    return left_ms > PATIENCE_MIN_MS ? left_ms : PATIENCE_MIN_MS;
}

/* ---- The one call. */

static void s_post_message(post_t *post);

/* Slack's ids of a message that is there: CHANNEL:TS. */
static void s_sent(post_t *post, const cJSON *body)
{
    const char *ts = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "ts"));
    if (!slack_ts_valid(ts)) {
        sb_err_t err;
        const int code = sb_fail(&err, SB_ETIMEOUT, "chat.postMessage: no ts in the answer");
        s_end(post, code, NULL, &err);
        return;
    }
    char message[SLACK_MESSAGE_SIZE];
    slack_message_id(post->channel, ts, message);
    const sb_err_t none = {0};
    s_end(post, SB_OK, message, &none);
}

static void s_on_found_late(void *arg, int code, const char *message, const sb_err_t *look_err)
{
    post_t *post = arg;
    sb_err_t err = *look_err;
    if (!code && message) {
        post->poster->found++;
    } else { /* whoever hands it out again says so, and it is looked for again */
        code = sb_fail(&err, SB_ETIMEOUT, "chat.postMessage: it is not known whether it was sent");
    }
    s_end(post, code, message, &err);
}

static void s_look_late(void *arg)
{
    post_t *post = arg;
    post->timer = 0;
    (void)zlistx_detach(post->poster->late, post->late);
    post->late = NULL;
    post->poster->looked++;
    slack_look(post->poster->config.api, post->poster->bot, post->channel,
               post->thread_ts[0] ? post->thread_ts : NULL, post->id, s_patience(post),
               s_on_found_late, post);
}

static void s_on_joined(void *arg, const slack_reply_t *reply)
{
    post_t *post = arg;
    if (reply->class == SLACK_OK) {
        s_post_message(post);
    } else {
        s_fail(post, reply);
    }
}

static void s_on_reopened(void *arg, int code, const char *channel, const sb_err_t *err)
{
    post_t *post = arg;
    if (code) {
        s_end(post, code, NULL, err);
        return;
    }
    (void)snprintf(post->channel, sizeof post->channel, "%s", channel);
    s_post_message(post);
}

/* True if the channel is tried in another way, once. */
static bool s_reopen(post_t *post, const slack_reply_t *reply)
{
    slack_post_t *self = post->poster;
    if (post->reopened || reply->class != SLACK_PERMANENT) {
        return false;
    }
    if (post->team && strcmp(reply->error, "not_in_channel") == 0) {
        post->reopened = true;
        const slack_arg_t args[] = {
            {"channel", post->channel}
        };
        slack_api_call(self->config.api, "conversations.join", args, 1, s_patience(post),
                       s_on_joined, post);
        return true;
    }
    if (!post->team && strcmp(reply->error, "channel_not_found") == 0) {
        post->reopened = true;
        slack_dm_forget(self->config.dm, post->user);
        slack_dm_want(self->config.dm, post->user, s_patience(post), s_on_reopened, post);
        return true;
    }
    return false;
}

/* True if Slack refused the blocks: the text alone says the same. */
static bool s_drop_blocks(post_t *post, const slack_reply_t *reply)
{
    static const char *const errors[] = {"invalid_blocks", "invalid_blocks_format",
                                         "msg_blocks_too_long"};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (post->blocks && strcmp(reply->error, errors[i]) == 0) {
            sb_error("Slack refused the blocks of a message", "id", post->id, "error", reply->error,
                     NULL);
            post->poster->plain++;
            free(post->blocks);
            post->blocks = NULL;
            return true;
        }
    }
    return false;
}

static void s_on_posted(void *arg, const slack_reply_t *reply)
{
    post_t *post = arg;
    if (reply->class == SLACK_OK) {
        s_sent(post, reply->body);
    } else if (reply->class == SLACK_AMBIGUOUS) {
        post->late = zlistx_add_end(post->poster->late, post);
        post->timer = sb_timers_add(post->poster->timers, SLACK_POST_LAG_MS, s_look_late, post);
    } else if (s_drop_blocks(post, reply)) {
        s_post_message(post);
    } else if (!s_reopen(post, reply)) {
        s_fail(post, reply);
    }
}

static void s_post_message(post_t *post)
{
    char *metadata = slack_metadata(post->id);
    const slack_arg_t args[] = {
        {"channel",      post->channel                              },
        {"text",         post->text                                 },
        {"blocks",       post->blocks                               },
        {"metadata",     metadata                                   },
        {"thread_ts",    post->thread_ts[0] ? post->thread_ts : NULL},
        {"unfurl_links", "false"                                    },
        {"unfurl_media", "false"                                    },
    };
    slack_api_call(post->poster->config.api, "chat.postMessage", args, sizeof args / sizeof args[0],
                   s_patience(post), s_on_posted, post);
    free(metadata);
}

static void s_update_message(post_t *post);

static void s_on_updated(void *arg, const slack_reply_t *reply)
{
    post_t *post = arg;
    if (reply->class == SLACK_OK) {
        const sb_err_t none = {0};
        s_end(post, SB_OK, NULL, &none);
    } else if (s_drop_blocks(post, reply)) {
        s_update_message(post);
    } else {
        s_fail(post, reply);
    }
}

static void s_update_message(post_t *post)
{
    const slack_arg_t args[] = {
        {"channel", post->channel                     },
        {"ts",      post->ts                          },
        {"text",    post->text                        },
        {"blocks",  post->blocks ? post->blocks : "[]"},
    };
    slack_api_call(post->poster->config.api, "chat.update", args, sizeof args / sizeof args[0],
                   s_patience(post), s_on_updated, post);
}

/* ---- Was it sent already? */

/* A channel whose history can't be read at all (we are not in it, it is another by now) is no
 * reason to be silent: whoever has to know is told, if need be twice. */
static bool s_unreadable(const post_t *post, int code)
{
    if (post->kind != POST_SEND || (code != SB_ENOTFOUND && code != SB_EINVALID)) {
        return false;
    }
    sb_warn("history can't be read", "channel", post->channel, "id", post->id, NULL);
    return true;
}

static void s_on_looked(void *arg, int code, const char *message, const sb_err_t *err)
{
    post_t *post = arg;
    if (!code && message) {
        post->poster->found++;
    }
    const bool known = code || message || post->kind == POST_LOOKUP;
    if (known && !s_unreadable(post, code)) {
        s_end(post, code, message, err);
    } else {
        s_post_message(post);
    }
}

static void s_look_or_post(post_t *post)
{
    if (post->kind == POST_SEND && !post->again) {
        s_post_message(post);
        return;
    }
    post->poster->looked++;
    slack_look(post->poster->config.api, post->poster->bot, post->channel,
               post->thread_ts[0] ? post->thread_ts : NULL, post->id, s_patience(post), s_on_looked,
               post);
}

/* ---- Under what? The store knows the message of an outbox id once its sending has ended; before
 * that only the history does. */

static void s_on_parent_looked(void *arg, int code, const char *message, const sb_err_t *err)
{
    post_t *post = arg;
    char channel[SLACK_ID_SIZE];
    if (code && !s_unreadable(post, code)) {
        s_end(post, code, NULL, err);
    } else if (post->kind == POST_UPDATE) {
        if (slack_message_split(message, channel, post->ts)) {
            s_update_message(post);
        } else {
            sb_err_t missing;
            code = sb_fail(&missing, SB_ENOTFOUND, "no message was sent under \"%s\"", post->id);
            s_end(post, code, NULL, &missing);
        }
    } else {
        if (!slack_message_split(message, channel, post->thread_ts)) {
            post->poster->unthreaded++; /* better beside its thread than nowhere */
            post->thread_ts[0] = '\0';
        }
        s_look_or_post(post);
    }
}

static void s_on_parent(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    post_t *post = arg;
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "message"));
    char channel[SLACK_ID_SIZE];
    char ts[SLACK_TS_SIZE];
    if (code) {
        s_end(post, code, NULL, err);
    } else if (slack_message_split(message, channel, ts) && strcmp(channel, post->channel) == 0) {
        const sb_err_t none = {0};
        s_on_parent_looked(post, SB_OK, message, &none);
    } else {
        const char *id = post->kind == POST_UPDATE ? post->id : post->thread;
        post->poster->looked++;
        slack_look(post->poster->config.api, post->poster->bot, post->channel, NULL, id,
                   s_patience(post), s_on_parent_looked, post);
    }
}

static void s_find_parent(post_t *post)
{
    const char *id = post->kind == POST_UPDATE ? post->id : post->thread;
    if (post->kind == POST_UPDATE && post->ts[0]) {
        s_update_message(post);
    } else if (!id) {
        s_look_or_post(post);
    } else {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "id", id);
        chat_host_call(post->poster->config.host, "outbox.message", &body, s_on_parent, post);
    }
}

/* ---- Where? */

static void s_on_channel(void *arg, int code, const char *channel, const sb_err_t *err)
{
    post_t *post = arg;
    if (code) {
        s_end(post, code, NULL, err);
        return;
    }
    (void)snprintf(post->channel, sizeof post->channel, "%s", channel);
    s_find_parent(post);
}

static void s_find_channel(post_t *post)
{
    slack_post_t *self = post->poster;
    const sb_err_t none = {0};
    if (post->team) {
        s_on_channel(post, SB_OK, self->config.reporting_channel, &none);
    } else if (post->ts[0]) { /* its message names the channel */
        s_find_parent(post);
    } else {
        slack_dm_want(self->config.dm, post->user, s_patience(post), s_on_channel, post);
    }
}

/* ---- From botd. */

/* SB_OK if it can be done at all. */
static int s_check(const slack_post_t *self, const chat_message_t *message, sb_err_t *err)
{
    if (!self->bot[0]) {
        return sb_fail(err, SB_EBUSY, "Slack has not said yet who we are");
    }
    if (strcmp(message->to, SB_CHAT_SECURITY) == 0) {
        return SB_OK;
    }
    if (message->to[0] != '@') {
        return sb_fail(err, SB_ENOTFOUND, "to: there is no channel \"%.80s\"", message->to);
    }
    if (!message->chat_id) {
        return sb_fail(err, SB_ENOTFOUND, "to: \"%.80s\" has no account in Slack", message->to);
    }
    return SB_OK;
}

static void s_begin(slack_post_t *self, post_kind_t kind, const chat_message_t *message,
                    chat_done_fn *done, void *arg)
{
    sb_err_t err;
    const int code = s_check(self, message, &err);
    if (code) {
        done(arg, code, NULL, &err);
        return;
    }
    post_t *post = sb_alloc(sizeof *post);
    post->poster = self;
    post->kind = kind;
    post->id = sb_strdup(message->id);
    post->team = message->to[0] == '#';
    post->user = sb_strdup(message->chat_id);
    post->thread = sb_strdup(message->thread);
    post->again = message->again;
    post->until_ms = message->until_ms ? message->until_ms : sb_clock_mono_ms() + UNTIL_MS;
    post->done = done;
    post->arg = arg;
    if (kind == POST_UPDATE && !slack_message_split(message->message, post->channel, post->ts)) {
        post->ts[0] = '\0';
    }
    if (kind != POST_LOOKUP) {
        cJSON *blocks = slack_card_blocks(message, self->when);
        post->text = slack_card_fallback(message);
        post->blocks = blocks->child ? sb_json_print(blocks) : NULL;
        cJSON_Delete(blocks);
    }
    s_find_channel(post);
}

void slack_post_send(slack_post_t *self, const chat_message_t *message, chat_done_fn *done,
                     void *arg)
{
    s_begin(self, POST_SEND, message, done, arg);
}

void slack_post_update(slack_post_t *self, const chat_message_t *message, chat_done_fn *done,
                       void *arg)
{
    s_begin(self, POST_UPDATE, message, done, arg);
}

void slack_post_lookup(slack_post_t *self, const chat_message_t *message, chat_done_fn *done,
                       void *arg)
{
    s_begin(self, POST_LOOKUP, message, done, arg);
}

/* ---- Life. */

slack_post_t *slack_post_new(const slack_post_config_t *config)
{
    slack_post_t *self = sb_alloc(sizeof *self);
    self->config = *config;
    self->when = slack_when_new(NULL);
    self->timers = sb_timers_new(chat_host_loop(config->host));
    self->late = zlistx_new();
    return self;
}

void slack_post_destroy(slack_post_t **self_p)
{
    slack_post_t *self = *self_p;
    if (!self) {
        return;
    }
    post_t *post;
    while ((post = zlistx_detach(self->late, NULL)) != NULL) {
        sb_err_t err;
        const int code = sb_fail(&err, SB_ETIMEOUT, "chatd stopped before it knew what was sent");
        s_end(post, code, NULL, &err);
    }
    zlistx_destroy(&self->late);
    sb_timers_destroy(&self->timers);
    slack_when_destroy(&self->when);
    free(self);
    *self_p = NULL;
}

void slack_post_bot(slack_post_t *self, const char *bot)
{
    (void)snprintf(self->bot, sizeof self->bot, "%s", bot);
}

void slack_post_stats(const slack_post_t *self, cJSON *object)
{
    sb_json_add_int(object, "sends_looked", (int64_t)self->looked);
    sb_json_add_int(object, "sends_found", (int64_t)self->found);
    sb_json_add_int(object, "sends_unthreaded", (int64_t)self->unthreaded);
    sb_json_add_int(object, "sends_plain", (int64_t)self->plain);
}
