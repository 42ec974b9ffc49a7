/* channel.h: channels, direct messages, and the messages in them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/out.h"
#include "tests/support/fake/table.h"
#include "tests/support/fake_slack/bucket.h"
#include "tests/support/fake_slack/people.h"
#include "tests/support/fake_slack/stamp.h"

#define CHANNELS_MAX 1000000
#define MESSAGES_MAX 20000000

typedef struct channels channels_t;
typedef struct message message_t;

struct channel {
    char id[16];
    char *name;   /* NULL: a direct message */
    user_t *user; /* of a direct message */
    bool is_private;
    bool is_archived;
    bool has_bot;     /* the bot is a member */
    bool is_slackbot; /* the person's messages from Slackbot, which the app can't see */
    int64_t created_s;
    size_t place; /* in the list */
    user_t **members;
    size_t members_len;
    size_t members_room;
    table_t *members_by_id; /* NULL: a direct message */
    bucket_t posts;         /* one a second */
    message_t **line;       /* by ts; answers in threads are not here unless they were broadcast */
    size_t line_len;
    size_t line_room;
    message_t **ephemeral; /* seen once by one person; not in the history */
    size_t ephemeral_len;
    size_t ephemeral_room;
};

struct message {
    int64_t ts_us;
    char ts[32];
    channel_t *channel;
    user_t *user;
    user_t *seen_by; /* of an ephemeral message */
    bool from_app;
    bool broadcast; /* an answer shown in the channel too */
    bool deleted;
    char *text;
    char *blocks;           /* JSON or NULL */
    char *attachments;      /* JSON or NULL */
    char *metadata_type;    /* NULL: no metadata */
    char *metadata_payload; /* JSON */
    char *username;         /* a false name; NULL: the app's own */
    char *client_msg_id;    /* of what a person typed */
    int64_t edited_us;      /* 0: never */
    user_t *edited_by;
    message_t *parent; /* NULL: no answer in a thread */
    message_t **replies;
    size_t replies_len;
    size_t replies_room;
};

channels_t *channels_new(void);
void channels_destroy(channels_t **self_p);

channel_t *channels_find(const channels_t *self, const char *id);
channel_t *channels_by_name(const channels_t *self, const char *name);
size_t channels_len(const channels_t *self);
channel_t *channels_at(const channels_t *self, size_t place);
/* NULL if the name is taken. */
channel_t *channels_add(channels_t *self, const char *name, bool is_private, int64_t now_s);
/* The direct messages of the bot and a person, or of Slackbot and a person. */
channel_t *channels_im(channels_t *self, user_t *user, int64_t now_s);
channel_t *channels_slackbot_im(channels_t *self, user_t *user, int64_t now_s);
void channel_join(channel_t *self, user_t *user);  /* again is fine */
void channel_leave(channel_t *self, user_t *user); /* likewise */

/* A message with a new ts. ephemeral ones are found by their ts but not listed. parent may be
 * NULL. */
message_t *channel_post(channels_t *self, channel_t *channel, user_t *user, message_t *parent,
                        bool ephemeral, bool broadcast);
message_t *channels_message(const channels_t *self, const char *ts);
/* How many places of a list of messages by ts have a smaller ts. */
size_t message_place(message_t *const *list, size_t len, int64_t ts_us);
void message_delete(message_t *self);
int64_t channels_stamp(channels_t *self); /* a ts of its own, for events */

/* Without all_metadata only the type of the metadata is told. */
void message_write(const message_t *self, bool all_metadata, out_t *out, const char *key);
void channel_write(const channel_t *self, bool num_members, out_t *out, const char *key);
/* The members of message_write without the braces around them. */
void message_write_members(const message_t *self, bool all_metadata, out_t *out);
