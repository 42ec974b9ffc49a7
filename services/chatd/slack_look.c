/* slack_look.c */
#include "services/chatd/slack_look.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"

typedef struct {
    slack_api_t *api;
    char bot[SLACK_ID_SIZE];
    char channel[SLACK_ID_SIZE];
    char thread_ts[SLACK_TS_SIZE]; /* "": none */
    char *id;
    int64_t patience_ms;
    int pages;
    slack_look_fn *fn;
    void *arg;
} look_t;

char *slack_metadata(const char *id)
{
    cJSON *payload = sb_json_object();
    sb_json_add_str(payload, "id", id);
    cJSON *metadata = sb_json_object();
    sb_json_add_str(metadata, "event_type", SLACK_METADATA_TYPE);
    sb_json_add(metadata, "event_payload", payload);
    char *text = sb_json_print(metadata);
    cJSON_Delete(metadata);
    return text;
}

static const cJSON *s_member(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static bool s_is(const cJSON *json, const char *name, const char *want)
{
    const char *text = cJSON_GetStringValue(s_member(json, name));
    return text && strcmp(text, want) == 0;
}

static void s_ask(look_t *look, const char *cursor);

/* Takes the look. */
static void s_end(look_t *look, int code, const char *message, const sb_err_t *err)
{
    look->fn(look->arg, code, message, err);
    free(look->id);
    free(look);
}

/* The ts of our message on this page, or NULL. */
static const char *s_find(const look_t *look, const cJSON *body)
{
    const cJSON *message;
    cJSON_ArrayForEach(message, s_member(body, "messages"))
    {
        const cJSON *metadata = s_member(message, "metadata");
        if (s_is(metadata, "event_type", SLACK_METADATA_TYPE) &&
            s_is(s_member(metadata, "event_payload"), "id", look->id) &&
            s_is(message, "bot_id", look->bot)) {
            const char *ts = cJSON_GetStringValue(s_member(message, "ts"));
            return slack_ts_valid(ts) ? ts : NULL;
        }
    }
    return NULL;
}

static void s_on_page(void *arg, const slack_reply_t *reply)
{
    look_t *look = arg;
    if (reply->class == SLACK_PERMANENT && strcmp(reply->error, "thread_not_found") == 0) {
        s_end(look, SB_OK, NULL, &reply->err);
        return;
    }
    if (reply->class != SLACK_OK) {
        s_end(look, reply->err.code, NULL, &reply->err);
        return;
    }
    const char *ts = s_find(look, reply->body);
    if (ts) {
        char message[SLACK_MESSAGE_SIZE];
        slack_message_id(look->channel, ts, message);
        s_end(look, SB_OK, message, &reply->err);
        return;
    }
    const char *cursor =
        cJSON_GetStringValue(s_member(s_member(reply->body, "response_metadata"), "next_cursor"));
    if (cursor && cursor[0] && ++look->pages < SLACK_LOOK_PAGES_MAX) {
        s_ask(look, cursor);
    } else {
        s_end(look, SB_OK, NULL, &reply->err);
    }
}

static void s_ask(look_t *look, const char *cursor)
{
    const bool thread = look->thread_ts[0] != '\0';
    const sb_num_t limit = sb_num_format(SLACK_LOOK_PAGE);
    const slack_arg_t args[] = {
        {"channel",              look->channel                  },
        {"ts",                   thread ? look->thread_ts : NULL},
        {"include_all_metadata", "true"                         },
        {"limit",                limit.text                     },
        {"cursor",               cursor                         },
    };
    slack_api_call(look->api, thread ? "conversations.replies" : "conversations.history", args,
                   sizeof args / sizeof args[0], look->patience_ms, s_on_page, look);
}

void slack_look(slack_api_t *api, const char *bot, const char *channel, const char *thread_ts,
                const char *id, int64_t patience_ms, slack_look_fn *fn, void *arg)
{
    look_t *look = sb_alloc(sizeof *look);
    look->api = api;
    look->id = sb_strdup(id);
    look->patience_ms = patience_ms;
    look->fn = fn;
    look->arg = arg;
    (void)snprintf(look->bot, sizeof look->bot, "%s", bot);
    (void)snprintf(look->channel, sizeof look->channel, "%s", channel);
    (void)snprintf(look->thread_ts, sizeof look->thread_ts, "%s", thread_ts ? thread_ts : "");
    s_ask(look, NULL);
}
