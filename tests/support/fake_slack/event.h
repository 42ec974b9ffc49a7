/* event.h: what happens in the workspace, as the Events API tells it to the app. */
#pragma once

#include "tests/support/fake_slack/channel.h"
#include "tests/support/fake_slack/people.h"

typedef struct slack slack_t;

/* Each returns the delivery's id, borrowed for the moment, or "" if the app has not subscribed. */

/* Sends inner, a JSON object, which it takes; subscription is the name that the app subscribes to,
 * or NULL to send it in any case. */
const char *event_send(slack_t *slack, const char *subscription, char **inner_p);
/* message.im, message.channels or message.groups. */
const char *event_posted(slack_t *slack, const message_t *message);
/* What event_changed will need; call it before the change. */
char *event_before(const message_t *message);
const char *event_changed(slack_t *slack, const message_t *message, char **before_p);
/* Before the message is deleted. */
const char *event_deleted(slack_t *slack, const message_t *message);
/* Besides event_posted: someone wrote the bot's name in a channel. */
const char *event_mention(slack_t *slack, const message_t *message);
/* type is team_join or user_change. */
const char *event_user(slack_t *slack, const user_t *user, const char *type);
/* tab is home or messages; home_view is the published view as JSON, or NULL. */
const char *event_home(slack_t *slack, user_t *user, const char *tab, const char *home_view);
/* Not an event of anything: the app gets too many. */
const char *event_rate_limited(slack_t *slack);
