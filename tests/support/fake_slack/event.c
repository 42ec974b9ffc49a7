/* event.c */
#include "tests/support/fake_slack/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake_slack/ids.h"
#include "tests/support/fake_slack/slack.h"

static char *s_take(out_t *out)
{
    return sb_buf_take(&out->buf);
}

static void s_write_authorizations(out_t *out)
{
    out_begin(out, "authorizations", '[');
    out_begin(out, NULL, '{');
    out_str(out, "enterprise_id", NULL);
    out_str(out, "team_id", TEAM_ID);
    out_str(out, "user_id", BOT_USER_ID);
    out_bool(out, "is_bot", true);
    out_bool(out, "is_enterprise_install", false);
    out_end(out, '}');
    out_end(out, ']');
}

const char *event_send(slack_t *slack, const char *subscription, char **inner_p)
{
    char *inner = *inner_p;
    *inner_p = NULL;
    if (subscription && !options_lists(slack->options->events, subscription)) {
        free(inner);
        return "";
    }
    char id[24];
    snprintf(id, sizeof id, "Ev%010" PRIu64, ++slack->events_made);
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "token", VERIFICATION_TOKEN);
    out_str(&out, "team_id", TEAM_ID);
    out_str(&out, "context_team_id", TEAM_ID);
    out_str(&out, "context_enterprise_id", NULL);
    out_str(&out, "api_app_id", APP_ID);
    out_raw(&out, "event", inner);
    out_str(&out, "type", "event_callback");
    out_str(&out, "event_id", id);
    out_int(&out, "event_time", slack_now_s());
    s_write_authorizations(&out);
    out_bool(&out, "is_ext_shared_channel", false);
    out_str(&out, "event_context", "4-fake-event-context");
    out_end(&out, '}');
    free(inner);
    char *payload = s_take(&out);
    return deliver(slack->deliveries, DELIVERY_EVENT, NULL, id, &payload);
}

static const char *s_channel_type(const channel_t *channel)
{
    return channel->user ? "im" : channel->is_private ? "group" : "channel";
}

/* The subscription that tells of messages there. */
static const char *s_subscription(const channel_t *channel)
{
    if (channel->is_slackbot || (!channel->user && !channel->has_bot)) {
        return "no such subscription";
    }
    return channel->user         ? "message.im"
           : channel->is_private ? "message.groups"
                                 : "message.channels";
}

static char *s_message(const message_t *message, const char *type)
{
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    if (strcmp(type, "message") != 0) {
        out_str(&out, "type", type);
        out_str(&out, "user", message->user->id);
        out_str(&out, "text", message->text);
        out_str(&out, "ts", message->ts);
        out_str(&out, "team", TEAM_ID);
        if (message->parent) {
            out_str(&out, "thread_ts", message->parent->ts);
        }
        if (message->blocks) {
            out_raw(&out, "blocks", message->blocks);
        }
    } else {
        message_write_members(message, true, &out);
        out_str(&out, "channel_type", s_channel_type(message->channel));
    }
    out_str(&out, "channel", message->channel->id);
    out_str(&out, "event_ts", message->ts);
    out_end(&out, '}');
    return s_take(&out);
}

const char *event_posted(slack_t *slack, const message_t *message)
{
    char *inner = s_message(message, "message");
    return event_send(slack, s_subscription(message->channel), &inner);
}

const char *event_mention(slack_t *slack, const message_t *message)
{
    if (message->channel->user || !strstr(message->text, "<@" BOT_USER_ID)) {
        return "";
    }
    char *inner = s_message(message, "app_mention");
    return event_send(slack, "app_mention", &inner);
}

char *event_before(const message_t *message)
{
    out_t out = out_new();
    message_write(message, true, &out, NULL);
    return s_take(&out);
}

/* A message about a message. */
static const char *s_send_about(slack_t *slack, const message_t *message, const char *subtype,
                                const char *after, const char *before)
{
    const stamp_text_t ts = stamp_format(channels_stamp(slack->channels));
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "type", "message");
    out_str(&out, "subtype", subtype);
    if (after) {
        out_raw(&out, "message", after);
    } else {
        out_str(&out, "deleted_ts", message->ts);
    }
    out_raw(&out, "previous_message", before);
    out_str(&out, "channel", message->channel->id);
    out_bool(&out, "hidden", true);
    out_str(&out, "ts", ts.text);
    out_str(&out, "event_ts", ts.text);
    out_str(&out, "channel_type", s_channel_type(message->channel));
    out_end(&out, '}');
    char *inner = s_take(&out);
    return event_send(slack, s_subscription(message->channel), &inner);
}

const char *event_changed(slack_t *slack, const message_t *message, char **before_p)
{
    char *after = event_before(message);
    const char *id = s_send_about(slack, message, "message_changed", after, *before_p);
    free(after);
    free(*before_p);
    *before_p = NULL;
    return id;
}

const char *event_deleted(slack_t *slack, const message_t *message)
{
    char *before = event_before(message);
    const char *id = s_send_about(slack, message, "message_deleted", NULL, before);
    free(before);
    return id;
}

const char *event_user(slack_t *slack, const user_t *user, const char *type)
{
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "type", type);
    user_write(user, options_lists(slack->scopes, "users:read.email"), &out, "user");
    out_int(&out, "cache_ts", slack_now_s());
    out_str(&out, "event_ts", stamp(channels_stamp(slack->channels)));
    out_end(&out, '}');
    char *inner = s_take(&out);
    return event_send(slack, type, &inner);
}

const char *event_home(slack_t *slack, user_t *user, const char *tab, const char *home_view)
{
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "type", "app_home_opened");
    out_str(&out, "user", user->id);
    out_str(&out, "channel", channels_im(slack->channels, user, slack_now_s())->id);
    out_str(&out, "tab", tab);
    if (home_view && strcmp(tab, "home") == 0) {
        out_raw(&out, "view", home_view);
    }
    out_str(&out, "event_ts", stamp(channels_stamp(slack->channels)));
    out_end(&out, '}');
    char *inner = s_take(&out);
    return event_send(slack, "app_home_opened", &inner);
}

const char *event_rate_limited(slack_t *slack)
{
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "token", VERIFICATION_TOKEN);
    out_str(&out, "type", "app_rate_limited");
    out_str(&out, "team_id", TEAM_ID);
    out_int(&out, "minute_rate_limited", slack_now_s() / 60 * 60);
    out_str(&out, "api_app_id", APP_ID);
    out_end(&out, '}');
    char *payload = s_take(&out);
    return deliver(slack->deliveries, DELIVERY_EVENT, NULL, NULL, &payload);
}
