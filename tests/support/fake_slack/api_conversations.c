/* api_conversations.c */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fake_slack/slack.h"

#define HISTORY_PAGE 100
#define HISTORY_PAGE_MAX 999
#define REPLIES_PAGE 1000
#define MEMBERS_PAGE 100
#define LIST_PAGE 100
#define PAGE_MAX 1000

/* The channel of the argument; NULL with *error_r. The app sees its own direct messages alone, and
 * private channels that it is in. */
static channel_t *s_channel(call_t *call, const char **error_r)
{
    const char *id = call_need(call, "channel");
    channel_t *channel = id ? channels_find(call->slack->channels, id) : NULL;
    if (!channel || channel->is_slackbot || (channel->is_private && !channel->has_bot)) {
        *error_r = id ? "channel_not_found" : "invalid_arguments";
        return NULL;
    }
    *error_r = NULL;
    return channel;
}

/* The scope PREFIX:SUFFIX that this kind of channel asks for. */
static const char *s_scope(call_t *call, const channel_t *channel, bool history)
{
    if (channel->user) {
        return call_scope(call, history ? "im:history" : "im:read");
    }
    if (channel->is_private) {
        return call_scope(call, history ? "groups:history" : "groups:read");
    }
    return call_scope(call, history ? "channels:history" : "channels:read");
}

const char *conversations_open(call_t *call)
{
    const char *users = args_str(call->args, "users");
    const char *id = args_str(call->args, "channel");
    channel_t *channel = id ? channels_find(call->slack->channels, id) : NULL;
    bool existed = true;
    if (!users) {
        if (!id) {
            return "users_list_not_supplied";
        }
        if (!channel || !channel->user || channel->is_slackbot) {
            return "channel_not_found";
        }
    } else {
        if (strchr(users, ',')) {
            return call_scope(call, "mpim:write"); /* a group; the app is not made for one */
        }
        user_t *user = people_find(call->slack->people, users);
        if (!user || user == call->slack->bot) {
            return "user_not_found";
        }
        if (user->deleted) {
            return "user_disabled";
        }
        existed = user->im != NULL;
        if (!existed && args_bool(call->args, "prevent_creation", false)) {
            return "channel_not_found";
        }
        channel = channels_im(call->slack->channels, user, slack_now_s());
    }
    if (existed) {
        out_bool(call->out, "no_op", true);
        out_bool(call->out, "already_open", true);
    }
    if (args_bool(call->args, "return_im", false)) {
        channel_write(channel, false, call->out, "channel");
    } else {
        out_begin(call->out, "channel", '{');
        out_str(call->out, "id", channel->id);
        out_end(call->out, '}');
    }
    return NULL;
}

/* ---- History. */

/* What part of a list is asked for: places begin..end-1. */
typedef struct {
    size_t begin;
    size_t end;
} range_t;

/* A ts out of the arguments; false if it is none. */
static bool s_ts(call_t *call, const char *name, int64_t fallback, int64_t *ts_us_r)
{
    const char *text = args_str(call->args, name);
    *ts_us_r = fallback;
    return !text || !*text || stamp_parse(text, ts_us_r);
}

static const char *s_range(call_t *call, message_t *const *list, size_t len, range_t *range_r)
{
    const bool inclusive = args_bool(call->args, "inclusive", false);
    int64_t oldest;
    int64_t latest;
    if (!s_ts(call, "oldest", 0, &oldest)) {
        return "invalid_ts_oldest";
    }
    if (!s_ts(call, "latest", INT64_MAX - 1, &latest)) {
        return "invalid_ts_latest";
    }
    range_r->begin = message_place(list, len, inclusive ? oldest : oldest + 1);
    range_r->end = message_place(list, len, inclusive ? latest + 1 : latest);
    range_r->end = range_r->end > range_r->begin ? range_r->end : range_r->begin;
    return NULL;
}

/* A cursor is the ts of the next page's first message. */
static bool s_cursor_ts(call_t *call, const char *kind, int64_t *ts_us_r)
{
    char name[CURSOR_MAX];
    bool given;
    *ts_us_r = -1;
    return call_cursor(call, kind, name, &given) && (!given || stamp_parse(name, ts_us_r));
}

const char *conversations_history(call_t *call)
{
    const char *error;
    channel_t *channel = s_channel(call, &error);
    error = error ? error : s_scope(call, channel, true);
    if (!error && !channel->has_bot) {
        error = "not_in_channel";
    }
    range_t range = {0};
    int64_t from;
    error = error ? error : s_range(call, channel->line, channel->line_len, &range);
    if (!error && !s_cursor_ts(call, "next_ts", &from)) {
        error = "invalid_cursor";
    }
    if (error) {
        return error;
    }
    if (from >= 0) {
        const size_t end = message_place(channel->line, channel->line_len, from + 1);
        range.end = end < range.end ? end : range.end;
    }
    const bool all = args_bool(call->args, "include_all_metadata", false);
    size_t left = call_limit(call, HISTORY_PAGE, HISTORY_PAGE_MAX);
    out_begin(call->out, "messages", '[');
    while (range.end > range.begin && left-- > 0) {
        message_write(channel->line[--range.end], all, call->out, NULL);
    }
    out_end(call->out, ']');
    const bool more = range.end > range.begin;
    out_bool(call->out, "has_more", more);
    out_int(call->out, "pin_count", 0);
    call->pages = more;
    if (more) {
        call_next(call, "next_ts", channel->line[range.end - 1]->ts);
    }
    return NULL;
}

const char *conversations_replies(call_t *call)
{
    const char *error;
    channel_t *channel = s_channel(call, &error);
    error = error ? error : s_scope(call, channel, true);
    const char *ts = error ? NULL : call_need(call, "ts");
    if (!error && !ts) {
        error = "invalid_arguments";
    }
    message_t *root = ts ? channels_message(call->slack->channels, ts) : NULL;
    if (!error && (!root || root->channel != channel)) {
        error = "thread_not_found";
    }
    range_t range = {0};
    int64_t from;
    if (root && root->parent) {
        root = root->parent; /* Slack finds the thread by any of its messages */
    }
    error = error ? error : s_range(call, root->replies, root->replies_len, &range);
    if (!error && !s_cursor_ts(call, "reply_ts", &from)) {
        error = "invalid_cursor";
    }
    if (error) {
        return error;
    }
    size_t at = range.begin;
    if (from >= 0) {
        const size_t begin = message_place(root->replies, root->replies_len, from);
        at = begin > at ? begin : at;
    }
    const bool all = args_bool(call->args, "include_all_metadata", false);
    size_t left = call_limit(call, REPLIES_PAGE, REPLIES_PAGE);
    out_begin(call->out, "messages", '[');
    message_write(root, all, call->out, NULL);
    for (; at < range.end && left > 0; at++, left--) {
        message_write(root->replies[at], all, call->out, NULL);
    }
    out_end(call->out, ']');
    out_bool(call->out, "has_more", at < range.end);
    call->pages = at < range.end;
    if (call->pages) {
        call_next(call, "reply_ts", root->replies[at]->ts);
    }
    return NULL;
}

/* ---- Channels. */

const char *conversations_join(call_t *call)
{
    const char *error;
    channel_t *channel = s_channel(call, &error);
    if (error) {
        return error;
    }
    if (channel->user || channel->is_private) {
        return "method_not_supported_for_channel_type";
    }
    if (channel->is_archived) {
        return "is_archived";
    }
    if (channel->has_bot) {
        call_warn(call, "already_in_channel");
    }
    channel->has_bot = true;
    channel_join(channel, call->slack->bot);
    channel_write(channel, false, call->out, "channel");
    return NULL;
}

const char *conversations_info(call_t *call)
{
    const char *error;
    channel_t *channel = s_channel(call, &error);
    error = error ? error : s_scope(call, channel, false);
    if (error) {
        return error;
    }
    channel_write(channel, args_bool(call->args, "include_num_members", false), call->out,
                  "channel");
    return NULL;
}

const char *conversations_members(call_t *call)
{
    const char *error;
    channel_t *channel = s_channel(call, &error);
    error = error ? error : s_scope(call, channel, false);
    char first[CURSOR_MAX];
    bool given = false;
    if (!error && !call_cursor(call, "member", first, &given)) {
        error = "invalid_cursor";
    }
    if (error) {
        return error;
    }
    const size_t limit = call_limit(call, MEMBERS_PAGE, PAGE_MAX);
    size_t at = given ? (size_t)strtoull(first, NULL, 10) : 0;
    out_begin(call->out, "members", '[');
    if (channel->user) {
        out_str(call->out, NULL, channel->user->id);
        out_str(call->out, NULL, call->slack->bot->id);
    }
    for (size_t n = 0; n < limit && at < channel->members_len; n++, at++) {
        out_str(call->out, NULL, channel->members[at]->id);
    }
    out_end(call->out, ']');
    if (at < channel->members_len) {
        char next[32];
        snprintf(next, sizeof next, "%zu", at);
        call_next(call, "member", next);
    }
    return NULL;
}

static bool s_listed(const channel_t *channel, const char *types, bool exclude_archived)
{
    if (channel->is_slackbot || (channel->is_private && !channel->has_bot) ||
        (exclude_archived && channel->is_archived)) {
        return false;
    }
    const char *type = channel->user         ? "im"
                       : channel->is_private ? "private_channel"
                                             : "public_channel";
    return options_lists(types, type);
}

const char *conversations_list(call_t *call)
{
    const char *types = args_str(call->args, "types");
    types = types ? types : "public_channel";
    const char *error = options_lists(types, "im") ? call_scope(call, "im:read") : NULL;
    if (!error && options_lists(types, "public_channel")) {
        error = call_scope(call, "channels:read");
    }
    if (!error && options_lists(types, "private_channel")) {
        error = call_scope(call, "groups:read");
    }
    char first[CURSOR_MAX];
    bool given = false;
    if (!error && !call_cursor(call, "team", first, &given)) {
        error = "invalid_cursor";
    }
    if (error) {
        return error;
    }
    const channel_t *channel = given ? channels_find(call->slack->channels, first) : NULL;
    size_t place = channel ? channel->place : 0;
    size_t left = call_limit(call, LIST_PAGE, PAGE_MAX);
    const bool exclude = args_bool(call->args, "exclude_archived", false);
    out_begin(call->out, "channels", '[');
    for (; left > 0 && (channel = channels_at(call->slack->channels, place)); place++) {
        if (s_listed(channel, types, exclude)) {
            channel_write(channel, true, call->out, NULL);
            left--;
        }
    }
    out_end(call->out, ']');
    channel = channels_at(call->slack->channels, place);
    if (channel) {
        call_next(call, "team", channel->id);
    }
    return NULL;
}
