/* control_acts.c: what people do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/control.h"
#include "tests/support/fake_slack/event.h"
#include "tests/support/fake_slack/mrkdwn.h"

/* Slack's own form of what a person typed. */
static char *s_rich_text(const char *text)
{
    out_t out = out_new();
    out_begin(&out, NULL, '[');
    out_begin(&out, NULL, '{');
    out_str(&out, "type", "rich_text");
    out_str(&out, "block_id", "rich1");
    out_begin(&out, "elements", '[');
    out_begin(&out, NULL, '{');
    out_str(&out, "type", "rich_text_section");
    out_begin(&out, "elements", '[');
    out_begin(&out, NULL, '{');
    out_str(&out, "type", "text");
    out_str(&out, "text", text);
    out_end(&out, '}');
    out_end(&out, ']');
    out_end(&out, '}');
    out_end(&out, ']');
    out_end(&out, '}');
    out_end(&out, ']');
    return sb_buf_take(&out.buf);
}

/* The text of the arguments as Slack keeps it. */
static char *s_text(args_t *args)
{
    const char *text = args_str(args, "text");
    text = text ? text : "";
    return args_bool(args, "raw", false) ? sb_strdup(text) : mrkdwn_typed(text);
}

const char *control_post(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    user_t *user = control_user(slack, args, "user", &error);
    channel_t *channel = user ? control_channel(slack, args, user, &error) : NULL;
    const char *thread = args_str(args, "thread_ts");
    message_t *parent = channel && thread ? channels_message(slack->channels, thread) : NULL;
    if (!error && thread && (!parent || parent->channel != channel || parent->parent)) {
        error = "thread_ts: there is no such message to answer";
    }
    if (error) {
        return error;
    }
    message_t *message = channel_post(slack->channels, channel, user, parent, false,
                                      parent && args_bool(args, "broadcast", false));
    message->text = s_text(args);
    message->blocks = s_rich_text(args_str(args, "text") ? args_str(args, "text") : "");
    message->client_msg_id = sb_format("00000000-0000-4000-8000-%012llx",
                                       (unsigned long long)message->ts_us & 0xFFFFFFFFFFFFu);
    out_str(out, "channel", channel->id);
    out_str(out, "ts", message->ts);
    if (args_bool(args, "event", true)) {
        out_str(out, "delivery", event_posted(slack, message));
        out_str(out, "mention", event_mention(slack, message));
    }
    return NULL;
}

const char *control_edit(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    message_t *message = control_message(slack, args, &error);
    if (error) {
        return error;
    }
    char *before = event_before(message);
    free(message->text);
    message->text = s_text(args);
    message->edited_us = channels_stamp(slack->channels);
    message->edited_by = message->user;
    out_str(out, "delivery", event_changed(slack, message, &before));
    return NULL;
}

const char *control_delete(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    message_t *message = control_message(slack, args, &error);
    if (error) {
        return error;
    }
    out_str(out, "delivery", event_deleted(slack, message));
    message_delete(message);
    return NULL;
}

static const char *s_write_done(interaction_t done, out_t *out)
{
    if (!done.error) {
        out_str(out, "delivery", done.delivery);
        out_str(out, "trigger_id", done.trigger_id);
    }
    return done.error;
}

/* The view of the arguments: by its id, or the user's App Home. */
static view_t *s_view(slack_t *slack, args_t *args, const user_t *user, const char **error_r)
{
    const char *id = args_str(args, "view_id");
    view_t *view = !id                               ? NULL
                   : strcmp(id, "home") == 0 && user ? views_home(slack->views, user)
                                                     : views_find(slack->views, id);
    *error_r = view ? NULL : "view_id: there is no such view";
    return view;
}

const char *control_press(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    user_t *user = control_user(slack, args, "user", &error);
    const char *action_id = args_str(args, "action_id");
    if (!error && !action_id) {
        error = "action_id: is needed";
    }
    if (error) {
        return error;
    }
    const char *block_id = args_str(args, "block_id");
    const char *choice = args_str(args, "choice");
    if (args_has(args, "view_id")) {
        view_t *view = s_view(slack, args, user, &error);
        return view ? s_write_done(
                          interaction_press_view(slack, user, view, block_id, action_id, choice),
                          out)
                    : error;
    }
    message_t *message = control_message(slack, args, &error);
    return message ? s_write_done(
                         interaction_press(slack, user, message, block_id, action_id, choice), out)
                   : error;
}

const char *control_submit(slack_t *slack, args_t *args, out_t *out)
{
    bool bad;
    const char *error;
    view_t *view = s_view(slack, args, NULL, &error);
    const cJSON *values = args_json(args, "values", &bad);
    if (error || bad) {
        return error ? error : "values: expected an object";
    }
    return s_write_done(interaction_submit(slack, view, values), out);
}

const char *control_close(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    view_t *view = s_view(slack, args, NULL, &error);
    return view ? s_write_done(interaction_close(slack, view), out) : error;
}

const char *control_home(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    user_t *user = control_user(slack, args, "user", &error);
    if (error) {
        return error;
    }
    const char *tab = args_str(args, "tab");
    const view_t *view = views_home(slack->views, user);
    out_t shown = out_new();
    if (view) {
        view_write(view, NULL, &shown, NULL);
    }
    out_str(out, "delivery", event_home(slack, user, tab ? tab : "home", shown.buf.text));
    out_free(&shown);
    return NULL;
}

const char *control_slash(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    user_t *user = control_user(slack, args, "user", &error);
    channel_t *channel = user ? control_channel(slack, args, user, &error) : NULL;
    const char *command = args_str(args, "command");
    const char *text = args_str(args, "text");
    if (!error && !command) {
        error = "command: is needed";
    }
    return error ? error
                 : s_write_done(interaction_slash(slack, user, channel, command, text ? text : ""),
                                out);
}

const char *control_event(slack_t *slack, args_t *args, out_t *out)
{
    bool bad;
    const cJSON *event = args_json(args, "event", &bad);
    if (!event || !cJSON_IsObject(event)) {
        return "event: expected an object";
    }
    char *inner = sb_json_print(event);
    out_str(out, "delivery", event_send(slack, NULL, &inner));
    return NULL;
}

const char *control_envelope(slack_t *slack, args_t *args, out_t *out)
{
    bool bad;
    const char *type = args_str(args, "type");
    const cJSON *tree = args_json(args, "payload", &bad);
    if (!type || !tree) {
        return "type and payload: are needed";
    }
    char *payload = sb_json_print(tree);
    out_str(out, "delivery", deliver(slack->deliveries, DELIVERY_OTHER, type, NULL, &payload));
    return NULL;
}
