/* slack_post.h: botd's jobs, done by Slack: a message is sent once, changed, or sought. One thread:
 * the zloop's. */
#pragma once

#include "services/chatd/chat.h"
#include "services/chatd/slack_api.h"
#include "services/chatd/slack_dm.h"

#define SLACK_POST_LAG_MS 1500 /* until what was sent can be seen in the history */

typedef struct slack_post slack_post_t;

typedef struct {
    chat_host_t *host;
    slack_api_t *api;
    slack_dm_t *dm;
    const char *reporting_channel; /* id */
} slack_post_config_t;

/* What config names is borrowed. */
slack_post_t *slack_post_new(const slack_post_config_t *config);
/* When no call on api and host is open any more. What waits ends with SB_ERETRY. */
void slack_post_destroy(slack_post_t **self_p);

/* Our bot's id. Until it is known every job is SB_EBUSY. */
void slack_post_bot(slack_post_t *self, const char *bot);

/* As in chat.h. The message's id is CHANNEL:TS. */
void slack_post_send(slack_post_t *self, const chat_message_t *message, chat_done_fn *done,
                     void *arg);
void slack_post_update(slack_post_t *self, const chat_message_t *message, chat_done_fn *done,
                       void *arg);
void slack_post_lookup(slack_post_t *self, const chat_message_t *message, chat_done_fn *done,
                       void *arg);

void slack_post_stats(const slack_post_t *self, cJSON *object);
