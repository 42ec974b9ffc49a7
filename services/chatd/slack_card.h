/* slack_card.h: a message as Slack's blocks. Pure.
 *
 * The words are the bot's (proto/chatd.md, `text`); the card adds what only a card can have: when
 * it was in the person's own time, until when there is time, buttons. All of it is rich_text and
 * plain_text (slack_text.h). An actions block is named after those whose press counts. */
#pragma once

#include "lib/json.h"
#include "services/chatd/chat.h"
#include "services/chatd/slack_when.h"

/* Beginnings of the block_id of buttons, and whose they are. */
#define SLACK_BLOCK_PERSON "person:" /* the Slack id of the person who is asked follows */
#define SLACK_BLOCK_TEAM "team"      /* whoever is in the reporting channel */

/* action_ids besides the actions of lib/button.h. */
#define SLACK_ACTION_COMMENT "comment" /* opens the dialog */
#define SLACK_ACTION_GIVE "give"       /* a menu of people; "give:HASH" */
#define SLACK_ACTION_OPEN "open"       /* a link */

/* The array of blocks. The caller owns it. */
cJSON *slack_card_blocks(const chat_message_t *message, slack_when_t *when);
/* What notifications and screen readers show. The caller frees it. */
char *slack_card_fallback(const chat_message_t *message);
