/* api_chat.c */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/content.h"
#include "tests/support/fake_slack/event.h"
#include "tests/support/fake_slack/ids.h"
#include "tests/support/fake_slack/slack.h"

#define POSTS_PER_MINUTE 60 /* one a second in a channel */
#define POSTS_BURST 3       /* "short bursts" are let through */

/* Where a post goes. A false name and a person's id together are Slack's trap: the message lands
 * among what Slackbot says to that person, and the app never sees it again. */
static channel_t *s_target(call_t *call, const char *id, bool false_name)
{
    slack_t *slack = call->slack;
    if (*id == '#') {
        return channels_by_name(slack->channels, id + 1);
    }
    user_t *user = people_find(slack->people, id);
    if (user && !user->deleted && user != slack->bot) {
        return false_name ? channels_slackbot_im(slack->channels, user, slack_now_s())
                          : channels_im(slack->channels, user, slack_now_s());
    }
    channel_t *channel = user ? NULL : channels_find(slack->channels, id);
    return channel && (channel->is_slackbot || (channel->is_private && !channel->has_bot))
               ? NULL
               : channel;
}

/* May the app post there? */
static const char *s_check_channel(call_t *call, const channel_t *channel)
{
    if (!channel) {
        return "channel_not_found";
    }
    if (channel->is_archived) {
        return "is_archived";
    }
    const bool in = channel->has_bot || channel->user;
    return in || options_lists(call->slack->scopes, "chat:write.public") ? NULL : "not_in_channel";
}

static const char *s_check_rate(call_t *call, channel_t *channel)
{
    int64_t wait_ms = 0;
    if (!api_tiers(call->slack->api) ||
        bucket_take(&channel->posts, POSTS_PER_MINUTE, POSTS_BURST, sb_clock_mono_ms(), &wait_ms)) {
        return NULL;
    }
    call->retry_after_s = (wait_ms + 999) / 1000;
    return "ratelimited";
}

/* The message that is answered; NULL if none is. */
static const char *s_parent(call_t *call, const channel_t *channel, message_t **parent_r)
{
    const char *ts = args_str(call->args, "thread_ts");
    *parent_r = NULL;
    if (!ts || !*ts) {
        return NULL;
    }
    message_t *parent = channels_message(call->slack->channels, ts);
    if (!parent || parent->channel != channel || parent->seen_by) {
        return "thread_not_found";
    }
    *parent_r = parent;
    return parent->parent ? "cannot_reply_to_message" : NULL;
}

static void s_write_posted(call_t *call, const message_t *message)
{
    out_str(call->out, "channel", message->channel->id);
    out_str(call->out, "ts", message->ts);
    message_write(message, true, call->out, "message");
}

const char *chat_post_message(call_t *call)
{
    const char *id = call_need(call, "channel");
    const char *username = args_str(call->args, "username");
    const bool false_name =
        username || args_has(call->args, "icon_url") || args_has(call->args, "icon_emoji");
    if (!id) {
        return "invalid_arguments";
    }
    const char *error = false_name ? call_scope(call, "chat:write.customize") : NULL;
    channel_t *channel = error ? NULL : s_target(call, id, false_name);
    message_t *parent = NULL;
    error = error ? error : s_check_channel(call, channel);
    error = error ? error : s_check_rate(call, channel);
    error = error ? error : s_parent(call, channel, &parent);
    content_t content = {0};
    error = error ? error : content_read(call, false, &content);
    if (!error) {
        const bool broadcast = parent && args_bool(call->args, "reply_broadcast", false);
        message_t *message = channel_post(call->slack->channels, channel, call->slack->bot, parent,
                                          false, broadcast);
        message->from_app = true;
        message->username = false_name ? sb_strdup(username ? username : BOT_NAME) : NULL;
        content_move(&content, message, false);
        s_write_posted(call, message);
        event_posted(call->slack, message);
    }
    content_free(&content);
    return error;
}

/* The app's own message of the arguments channel and ts; NULL with *error_r. */
static message_t *s_own(call_t *call, const char **error_r)
{
    const char *id = call_need(call, "channel");
    const char *ts = call_need(call, "ts");
    *error_r = id && ts ? NULL : "invalid_arguments";
    channel_t *channel = *error_r ? NULL : channels_find(call->slack->channels, id);
    if (!*error_r && (!channel || channel->is_slackbot)) {
        *error_r = "channel_not_found"; /* a person's id finds none, as in Slack */
    }
    message_t *message = *error_r ? NULL : channels_message(call->slack->channels, ts);
    if (!*error_r && (!message || message->channel != channel || message->seen_by)) {
        *error_r = "message_not_found";
    }
    if (!*error_r && !message->from_app) {
        *error_r = "cant_update_message";
    }
    if (!*error_r && channel->is_archived) {
        *error_r = "is_inactive";
    }
    return *error_r ? NULL : message;
}

const char *chat_update(call_t *call)
{
    const char *error;
    message_t *message = s_own(call, &error);
    content_t content = {0};
    error = error ? error : content_read(call, true, &content);
    if (!error) {
        char *before = event_before(message);
        content_move(&content, message, true);
        message->edited_us = channels_stamp(call->slack->channels);
        message->edited_by = call->slack->bot;
        out_str(call->out, "channel", message->channel->id);
        out_str(call->out, "ts", message->ts);
        out_str(call->out, "text", message->text);
        message_write(message, true, call->out, "message");
        event_changed(call->slack, message, &before);
    }
    content_free(&content);
    return error;
}

const char *chat_delete(call_t *call)
{
    const char *error;
    message_t *message = s_own(call, &error);
    if (error) {
        return strcmp(error, "cant_update_message") == 0 ? "cant_delete_message" : error;
    }
    out_str(call->out, "channel", message->channel->id);
    out_str(call->out, "ts", message->ts);
    event_deleted(call->slack, message);
    message_delete(message);
    return NULL;
}

const char *chat_post_ephemeral(call_t *call)
{
    const char *id = call_need(call, "channel");
    const char *user_id = call_need(call, "user");
    if (!id || !user_id) {
        return "invalid_arguments";
    }
    channel_t *channel = s_target(call, id, false);
    const char *error = s_check_channel(call, channel);
    user_t *user = people_find(call->slack->people, user_id);
    if (!error && (!user || (channel->user ? channel->user != user
                                           : !table_get(channel->members_by_id, user_id)))) {
        error = "user_not_in_channel";
    }
    content_t content = {0};
    error = error ? error : content_read(call, false, &content);
    if (!error) {
        message_t *message =
            channel_post(call->slack->channels, channel, call->slack->bot, NULL, true, false);
        message->from_app = true;
        message->seen_by = user;
        content_move(&content, message, false);
        out_str(call->out, "message_ts", message->ts);
    }
    content_free(&content);
    return error;
}
