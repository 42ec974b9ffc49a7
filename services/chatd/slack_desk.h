/* slack_desk.h: what is answered on the spot, without the bot: the command, the dialog, those who
 * press what is not theirs, strangers. One thread: the zloop's. */
#pragma once

#include "services/chatd/slack_input.h"
#include "services/chatd/slack_people.h"
#include "services/chatd/slack_when.h"

#define SLACK_STRANGERS_MAX 1000 /* to whom something was said of late */

typedef struct slack_desk slack_desk_t;

/* All are borrowed. */
slack_desk_t *slack_desk_new(chat_host_t *host, slack_api_t *api, slack_people_t *people,
                             slack_when_t *when);
/* When no call is open any more. */
void slack_desk_destroy(slack_desk_t **self_p);

/* False if it is none of the words that are answered here: then it is for the bot. */
bool slack_desk_command(slack_desk_t *self, const slack_heard_t *heard);
/* Opens the dialog, or says in the messages why not. */
void slack_desk_dialog(slack_desk_t *self, const slack_heard_t *heard);
/* Tells the one who did it, and nobody else. response_url may be NULL. */
void slack_desk_whisper(slack_desk_t *self, const char *response_url, const char *text);
/* Somebody whom nobody knows wrote to the bot: says so, not too often. */
void slack_desk_stranger(slack_desk_t *self, const char *user, const char *channel);
