/* trigger.h: what an interaction entitles the app to: to open a view at once, and to answer at a
 * response_url for a while. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/fake_slack/channel.h"
#include "tests/support/fake_slack/http.h"

#define TRIGGER_LIFE_MS 3000
#define RESPONSE_PATH "/actions/"
#define RESPONSE_LIFE_MS (30 * 60 * 1000)
#define RESPONSES_MAX 5     /* uses of one response_url */
#define TRIGGERS_MAX 100000 /* then the oldest is forgotten */

typedef struct slack slack_t;
typedef struct triggers triggers_t;

triggers_t *triggers_new(slack_t *slack);
void triggers_destroy(triggers_t **self_p);

/* A trigger_id of user; with a channel also good for a response_url there. message may be NULL.
 * Borrowed until the next is made. */
const char *triggers_add(triggers_t *self, user_t *user, channel_t *channel, message_t *message);
/* Uses it up. NULL with *error_r, or whose it was. */
user_t *triggers_exchange(triggers_t *self, const char *id, const char **error_r);
/* The response_url of a trigger_id. The caller owns it. */
char *triggers_response_url(const triggers_t *self, const char *id);
/* Answers a post to a response_url. */
void triggers_respond(triggers_t *self, const request_t *request, reply_t *reply);
