/* interaction.h: what people do with the app: press, submit, close, command. */
#pragma once

#include <stdbool.h>

#include "tests/support/fake/args.h"
#include "tests/support/fake_slack/channel.h"
#include "tests/support/fake_slack/view.h"

typedef struct slack slack_t;

/* What came of it: for the control API. */
typedef struct {
    const char *error; /* NULL: none */
    const char *delivery;
    const char *trigger_id;
} interaction_t;

/* A button or another element of a message is used. block_id may be NULL. choice is what was
 * chosen: the value of an option, the id of a user, NULL for a button. */
interaction_t interaction_press(slack_t *slack, user_t *user, message_t *message,
                                const char *block_id, const char *action_id, const char *choice);
interaction_t interaction_press_view(slack_t *slack, user_t *user, view_t *view,
                                     const char *block_id, const char *action_id,
                                     const char *choice);
/* values: {block_id: {action_id: text}}. */
interaction_t interaction_submit(slack_t *slack, view_t *view, const cJSON *values);
interaction_t interaction_close(slack_t *slack, view_t *view);
interaction_t interaction_slash(slack_t *slack, user_t *user, channel_t *channel,
                                const char *command, const char *text);
/* The acknowledgement of a submitted view: closes it, or keeps it open with its errors. */
void interaction_submitted(slack_t *slack, const char *view_id, const char *response);
