/* control_read.c: what became of it all. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/fake_slack/control.h"
#include "tests/support/fake_slack/mrkdwn.h"

#define MESSAGES_TOLD 1000
#define DELIVERIES_TOLD 1000

/* A message with what rings and where links lead, in its text and in its blocks. */
static void s_write(const message_t *message, out_t *out)
{
    out_begin(out, NULL, '{');
    message_write_members(message, true, out);
    out_bool(out, "from_app", message->from_app);
    out_str(out, "seen_by", message->seen_by ? message->seen_by->id : NULL);
    mrkdwn_write_mentions(message->text, out, "mentions");
    mrkdwn_write_links(message->text, out, "links");
    mrkdwn_write_mentions(message->blocks ? message->blocks : "", out, "block_mentions");
    mrkdwn_write_links(message->blocks ? message->blocks : "", out, "block_links");
    out_end(out, '}');
}

static void s_write_last(message_t *const *list, size_t len, args_t *args, out_t *out)
{
    const size_t limit = (size_t)args_int(args, "limit", MESSAGES_TOLD);
    out_begin(out, "messages", '[');
    for (size_t i = len > limit ? len - limit : 0; i < len; i++) {
        s_write(list[i], out);
    }
    out_end(out, ']');
}

static channel_t *s_channel(slack_t *slack, args_t *args, const char **error_r)
{
    user_t *user = NULL;
    *error_r = NULL;
    if (args_has(args, "user")) {
        user = control_user(slack, args, "user", error_r);
    }
    return *error_r ? NULL : control_channel(slack, args, user, error_r);
}

const char *control_messages(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    const channel_t *channel = s_channel(slack, args, &error);
    if (!channel) {
        return error;
    }
    const char *thread = args_str(args, "thread_ts");
    const message_t *root = thread ? channels_message(slack->channels, thread) : NULL;
    if (thread && !root) {
        return "thread_ts: there is no such message";
    }
    out_str(out, "channel", channel->id);
    if (root) {
        s_write_last(root->replies, root->replies_len, args, out);
    } else {
        s_write_last(channel->line, channel->line_len, args, out);
    }
    return NULL;
}

const char *control_ephemeral(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    const channel_t *channel = s_channel(slack, args, &error);
    if (channel) {
        out_str(out, "channel", channel->id);
        s_write_last(channel->ephemeral, channel->ephemeral_len, args, out);
    }
    return error;
}

const char *control_views(slack_t *slack, args_t *args, out_t *out)
{
    const char *error = NULL;
    const user_t *user = args_has(args, "user") ? control_user(slack, args, "user", &error) : NULL;
    if (error) {
        return error;
    }
    size_t place = 0;
    const view_t *view;
    out_begin(out, "views", '[');
    while ((view = views_next(slack->views, &place))) {
        if (!user || view->user == user) {
            out_begin(out, NULL, '{');
            out_str(out, "user", view->user->id);
            view_write(view, NULL, out, "view");
            out_end(out, '}');
        }
    }
    out_end(out, ']');
    return NULL;
}

const char *control_counters(slack_t *slack, args_t *args, out_t *out)
{
    (void)args;
    api_write_counters(slack->api, out, "api");
    deliveries_write_counters(slack->deliveries, out, "deliveries");
    out_begin(out, "sockets", '{');
    sockets_write(slack->sockets, out);
    out_end(out, '}');
    return NULL;
}

const char *control_delivery(slack_t *slack, args_t *args, out_t *out)
{
    const char *id = args_str(args, "id");
    return id && deliveries_write(slack->deliveries, id, out) ? NULL
                                                              : "id: there is no such delivery";
}

const char *control_deliveries(slack_t *slack, args_t *args, out_t *out)
{
    const size_t max = (size_t)args_int(args, "limit", DELIVERIES_TOLD);
    deliveries_write_all(slack->deliveries, max, out, "deliveries");
    return NULL;
}

const char *control_sockets(slack_t *slack, args_t *args, out_t *out)
{
    (void)args;
    sockets_write(slack->sockets, out);
    return NULL;
}
