/* control_people.c: members and channels. */
#include <string.h>

#include "tests/support/fake_slack/control.h"
#include "tests/support/fake_slack/event.h"
#include "tests/support/fake_slack/ids.h"

const char *control_info(slack_t *slack, args_t *args, out_t *out)
{
    (void)args;
    out_str(out, "url", slack->base_url);
    out_str(out, "team_id", TEAM_ID);
    out_str(out, "app_id", APP_ID);
    out_str(out, "bot_id", BOT_ID);
    out_str(out, "bot_user_id", BOT_USER_ID);
    out_str(out, "scopes", slack->scopes);
    out_int(out, "users", (int64_t)people_len(slack->people));
    out_int(out, "channels", (int64_t)channels_len(slack->channels));
    poster_write(slack->poster, out, "http");
    return NULL;
}

static int s_flag(args_t *args, const char *name)
{
    return args_has(args, name) ? args_bool(args, name, false) : -1;
}

static user_fields_t s_fields(args_t *args)
{
    return (user_fields_t){
        .id = args_str(args, "id"),
        .name = args_str(args, "name"),
        .real_name = args_str(args, "real_name"),
        .email = args_str(args, "email"),
        .zone = args_str(args, "tz"),
        .deleted = s_flag(args, "deleted"),
        .is_bot = s_flag(args, "is_bot"),
        .is_restricted = s_flag(args, "is_restricted"),
    };
}

static void s_tell(slack_t *slack, args_t *args, const user_t *user, const char *type, out_t *out)
{
    user_write(user, true, out, "user");
    if (args_bool(args, "announce", true)) {
        out_str(out, "delivery", event_user(slack, user, type));
    }
}

const char *control_user_add(slack_t *slack, args_t *args, out_t *out)
{
    const char *why = NULL;
    const user_fields_t fields = s_fields(args);
    const user_t *user = people_add(slack->people, &fields, slack_now_s(), &why);
    if (user) {
        s_tell(slack, args, user, "team_join", out);
    }
    return why;
}

const char *control_user_change(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    user_t *user = control_user(slack, args, "user", &error);
    const user_fields_t fields = s_fields(args);
    if (user && people_change(slack->people, user, &fields, slack_now_s(), &error)) {
        s_tell(slack, args, user, "user_change", out);
    }
    return error;
}

const char *control_user_get(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    const user_t *user = control_user(slack, args, "user", &error);
    if (user) {
        user_write(user, true, out, "user");
        out_str(out, "im", user->im ? user->im->id : NULL);
    }
    return error;
}

/* What channel.add and channel.change have in common. */
static const char *s_set_channel(slack_t *slack, args_t *args, channel_t *channel)
{
    bool bad;
    const cJSON *members = args_json(args, "members", &bad);
    if (channel->user) {
        return "channel: is a person's direct messages";
    }
    for (const cJSON *id = members ? members->child : NULL; id; id = id->next) {
        user_t *user = cJSON_IsString(id) ? people_find(slack->people, id->valuestring) : NULL;
        if (!user) {
            return "members: there is no such id";
        }
        channel_join(channel, user);
    }
    if (args_has(args, "member")) {
        channel->has_bot = args_bool(args, "member", false);
        (channel->has_bot ? channel_join : channel_leave)(channel, slack->bot);
    }
    channel->is_archived = args_bool(args, "archived", channel->is_archived);
    return bad ? "members: expected an array" : NULL;
}

const char *control_channel_add(slack_t *slack, args_t *args, out_t *out)
{
    const char *name = args_str(args, "name");
    if (!name || !*name) {
        return "name: is needed";
    }
    channel_t *channel =
        channels_add(slack->channels, name, args_bool(args, "private", false), slack_now_s());
    const char *error = channel ? s_set_channel(slack, args, channel) : "name: is taken";
    if (!error) {
        channel_write(channel, true, out, "channel");
    }
    return error;
}

const char *control_channel_change(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    channel_t *channel = control_channel(slack, args, NULL, &error);
    error = error ? error : s_set_channel(slack, args, channel);
    if (!error) {
        channel_write(channel, true, out, "channel");
    }
    return error;
}

const char *control_channel_get(slack_t *slack, args_t *args, out_t *out)
{
    const char *error;
    const channel_t *channel = control_channel(slack, args, NULL, &error);
    if (channel) {
        channel_write(channel, true, out, "channel");
    }
    return error;
}
