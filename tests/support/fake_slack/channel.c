/* channel.c. Messages are kept in the order of their ts, which is the order in which they come, so
 * a place in the history is a binary search and a page is a walk. */
#include "tests/support/fake_slack/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake_slack/ids.h"

struct channels {
    channel_t **list;
    size_t len;
    size_t room;
    table_t *by_id;
    table_t *by_name;
    table_t *messages; /* by ts */
    int64_t last_us;
};

channels_t *channels_new(void)
{
    channels_t *self = sb_alloc(sizeof *self);
    self->by_id = table_new();
    self->by_name = table_new();
    self->messages = table_new();
    return self;
}

static void s_free_message(message_t *self)
{
    free(self->text);
    free(self->blocks);
    free(self->attachments);
    free(self->metadata_type);
    free(self->metadata_payload);
    free(self->username);
    free(self->client_msg_id);
    free(self->replies);
    free(self);
}

static void s_free_channel(channel_t *self)
{
    free(self->name);
    free(self->members);
    free(self->line);
    free(self->ephemeral);
    table_destroy(&self->members_by_id);
    free(self);
}

void channels_destroy(channels_t **self_p)
{
    channels_t *self = *self_p;
    if (!self) {
        return;
    }
    size_t place = 0;
    message_t *message;
    while ((message = table_next(self->messages, &place))) {
        s_free_message(message);
    }
    for (size_t i = 0; i < self->len; i++) {
        s_free_channel(self->list[i]);
    }
    table_destroy(&self->messages);
    table_destroy(&self->by_name);
    table_destroy(&self->by_id);
    free(self->list);
    free(self);
    *self_p = NULL;
}

/* Doubles a list that is full. */
static void *s_room(void *list, size_t len, size_t *room, size_t size)
{
    if (len < *room) {
        return list;
    }
    *room = *room ? 2 * *room : 8;
    return sb_realloc(list, *room * size);
}

static channel_t *s_add(channels_t *self, char kind, int64_t now_s)
{
    channel_t *channel = sb_alloc(sizeof *channel);
    snprintf(channel->id, sizeof channel->id, "%c%010zu", kind, self->len + 1);
    channel->created_s = now_s;
    channel->place = self->len;
    self->list = s_room(self->list, self->len, &self->room, sizeof(channel_t *));
    self->list[self->len++] = channel;
    table_set(self->by_id, channel->id, channel);
    return channel;
}

channel_t *channels_add(channels_t *self, const char *name, bool is_private, int64_t now_s)
{
    if (table_get(self->by_name, name) || self->len == CHANNELS_MAX) {
        return NULL;
    }
    channel_t *channel = s_add(self, 'C', now_s);
    channel->name = sb_strdup(name);
    channel->is_private = is_private;
    channel->members_by_id = table_new();
    table_set(self->by_name, channel->name, channel);
    return channel;
}

channel_t *channels_im(channels_t *self, user_t *user, int64_t now_s)
{
    if (!user->im) {
        user->im = s_add(self, 'D', now_s);
        user->im->user = user;
        user->im->has_bot = true;
    }
    return user->im;
}

channel_t *channels_slackbot_im(channels_t *self, user_t *user, int64_t now_s)
{
    if (!user->slackbot_im) {
        user->slackbot_im = s_add(self, 'D', now_s);
        user->slackbot_im->user = user;
        user->slackbot_im->is_slackbot = true;
    }
    return user->slackbot_im;
}

channel_t *channels_find(const channels_t *self, const char *id)
{
    return table_get(self->by_id, id);
}

channel_t *channels_by_name(const channels_t *self, const char *name)
{
    return table_get(self->by_name, name);
}

size_t channels_len(const channels_t *self)
{
    return self->len;
}

channel_t *channels_at(const channels_t *self, size_t place)
{
    return place < self->len ? self->list[place] : NULL;
}

void channel_join(channel_t *self, user_t *user)
{
    if (table_get(self->members_by_id, user->id)) {
        return;
    }
    self->members = s_room(self->members, self->members_len, &self->members_room, sizeof(user_t *));
    self->members[self->members_len++] = user;
    table_set(self->members_by_id, user->id, user);
}

void channel_leave(channel_t *self, user_t *user)
{
    for (size_t i = 0; i < self->members_len; i++) {
        if (self->members[i] == user) {
            memmove(&self->members[i], &self->members[i + 1],
                    (self->members_len - i - 1) * sizeof(user_t *));
            self->members_len--;
            table_remove(self->members_by_id, user->id);
            return;
        }
    }
}

int64_t channels_stamp(channels_t *self)
{
    return stamp_next(&self->last_us);
}

static void s_append(message_t ***list, size_t *len, size_t *room, message_t *message)
{
    *list = s_room(*list, *len, room, sizeof(message_t *));
    (*list)[(*len)++] = message;
}

message_t *channel_post(channels_t *self, channel_t *channel, user_t *user, message_t *parent,
                        bool ephemeral, bool broadcast)
{
    message_t *message = sb_alloc(sizeof *message);
    message->ts_us = channels_stamp(self);
    snprintf(message->ts, sizeof message->ts, "%s", stamp(message->ts_us));
    message->channel = channel;
    message->user = user;
    message->parent = parent;
    message->broadcast = broadcast;
    table_set(self->messages, message->ts, message);
    if (ephemeral) {
        s_append(&channel->ephemeral, &channel->ephemeral_len, &channel->ephemeral_room, message);
        return message;
    }
    if (parent) {
        s_append(&parent->replies, &parent->replies_len, &parent->replies_room, message);
    }
    if (!parent || broadcast) {
        s_append(&channel->line, &channel->line_len, &channel->line_room, message);
    }
    return message;
}

message_t *channels_message(const channels_t *self, const char *ts)
{
    message_t *message = table_get(self->messages, ts);
    return message && !message->deleted ? message : NULL;
}

size_t message_place(message_t *const *list, size_t len, int64_t ts_us)
{
    size_t low = 0;
    size_t high = len;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list[middle]->ts_us < ts_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void s_take_out(message_t **list, size_t *len, const message_t *message)
{
    const size_t place = message_place(list, *len, message->ts_us);
    if (place < *len && list[place] == message) {
        memmove(&list[place], &list[place + 1], (*len - place - 1) * sizeof(message_t *));
        (*len)--;
    }
}

void message_delete(message_t *self)
{
    channel_t *channel = self->channel;
    self->deleted = true;
    s_take_out(channel->line, &channel->line_len, self);
    s_take_out(channel->ephemeral, &channel->ephemeral_len, self);
    if (self->parent) {
        s_take_out(self->parent->replies, &self->parent->replies_len, self);
    }
}

/* ---- As Slack shows them. */

static void s_write_author(const message_t *self, out_t *out)
{
    if (!self->from_app) {
        return;
    }
    out_str(out, "bot_id", BOT_ID);
    out_str(out, "app_id", APP_ID);
    if (self->username) {
        out_str(out, "username", self->username);
        return;
    }
    out_begin(out, "bot_profile", '{');
    out_str(out, "id", BOT_ID);
    out_bool(out, "deleted", false);
    out_str(out, "name", BOT_NAME);
    out_int(out, "updated", 1700000000);
    out_str(out, "app_id", APP_ID);
    out_str(out, "user_id", BOT_USER_ID);
    out_str(out, "team_id", TEAM_ID);
    out_end(out, '}');
}

static void s_write_thread(const message_t *self, out_t *out)
{
    if (self->parent) {
        out_str(out, "thread_ts", self->parent->ts);
        out_str(out, "parent_user_id", self->parent->user->id);
    } else if (self->replies_len > 0) {
        out_str(out, "thread_ts", self->ts);
        out_int(out, "reply_count", (int64_t)self->replies_len);
        out_str(out, "latest_reply", self->replies[self->replies_len - 1]->ts);
        out_bool(out, "is_locked", false);
        out_bool(out, "subscribed", false);
    }
}

static void s_write_metadata(const message_t *self, bool all, out_t *out)
{
    if (!self->metadata_type) {
        return;
    }
    out_begin(out, "metadata", '{');
    out_str(out, "event_type", self->metadata_type);
    if (all) {
        out_raw(out, "event_payload", self->metadata_payload);
    }
    out_end(out, '}');
}

void message_write_members(const message_t *self, bool all_metadata, out_t *out)
{
    out_str(out, "type", "message");
    if (self->username) {
        out_str(out, "subtype", "bot_message");
    } else {
        if (self->broadcast) {
            out_str(out, "subtype", "thread_broadcast");
        }
        out_str(out, "user", self->user->id);
    }
    out_str(out, "text", self->text);
    out_str(out, "ts", self->ts);
    if (self->client_msg_id) {
        out_str(out, "client_msg_id", self->client_msg_id);
    }
    s_write_author(self, out);
    out_str(out, "team", TEAM_ID);
    if (self->seen_by) {
        out_bool(out, "is_ephemeral", true);
    }
    if (self->edited_us) {
        out_begin(out, "edited", '{');
        out_str(out, "user", self->edited_by->id);
        out_str(out, "ts", stamp(self->edited_us));
        out_end(out, '}');
    }
    s_write_thread(self, out);
    if (self->blocks) {
        out_raw(out, "blocks", self->blocks);
    }
    if (self->attachments) {
        out_raw(out, "attachments", self->attachments);
    }
    s_write_metadata(self, all_metadata, out);
}

void message_write(const message_t *self, bool all_metadata, out_t *out, const char *key)
{
    out_begin(out, key, '{');
    message_write_members(self, all_metadata, out);
    out_end(out, '}');
}

static void s_write_note(out_t *out, const char *key)
{
    out_begin(out, key, '{');
    out_str(out, "value", "");
    out_str(out, "creator", "");
    out_int(out, "last_set", 0);
    out_end(out, '}');
}

static void s_write_im(const channel_t *self, out_t *out)
{
    out_bool(out, "is_im", true);
    out_bool(out, "is_org_shared", false);
    out_str(out, "user", self->user->id);
    out_bool(out, "is_user_deleted", self->user->deleted);
    out_bool(out, "is_open", true);
    out_int(out, "priority", 0);
}

static void s_write_named(const channel_t *self, out_t *out)
{
    out_str(out, "name", self->name);
    out_str(out, "name_normalized", self->name);
    out_bool(out, "is_channel", true);
    out_bool(out, "is_group", false);
    out_bool(out, "is_im", false);
    out_bool(out, "is_mpim", false);
    out_bool(out, "is_private", self->is_private);
    out_bool(out, "is_general", false);
    out_bool(out, "is_member", self->has_bot);
    out_bool(out, "is_shared", false);
    out_bool(out, "is_org_shared", false);
    out_bool(out, "is_ext_shared", false);
    out_str(out, "creator", SLACKBOT_ID);
    out_int(out, "unlinked", 0);
    s_write_note(out, "topic");
    s_write_note(out, "purpose");
    out_raw(out, "previous_names", "[]");
}

void channel_write(const channel_t *self, bool num_members, out_t *out, const char *key)
{
    out_begin(out, key, '{');
    out_str(out, "id", self->id);
    out_int(out, "created", self->created_s);
    out_bool(out, "is_archived", self->is_archived);
    out_str(out, "context_team_id", TEAM_ID);
    if (self->user) {
        s_write_im(self, out);
    } else {
        s_write_named(self, out);
    }
    if (num_members) {
        out_int(out, "num_members", self->user ? 2 : (int64_t)self->members_len);
    }
    out_end(out, '}');
}
