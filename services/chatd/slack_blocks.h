/* slack_blocks.h: the pieces of Block Kit that our messages, dialogs and home pages are made of,
 * each within its limits. Pure. */
#pragma once

#include "lib/json.h"
#include "services/chatd/slack_text.h"

/* A plain_text object of one line. An empty text becomes "-", since Slack takes no empty one. */
cJSON *slack_plain(const char *text, size_t max);

/* Blocks are added to an array of them. */
void slack_blocks_header(cJSON *blocks, const char *text);
/* Takes the elements of a rich_text block; nothing is added if there are none. */
void slack_blocks_rich(cJSON *blocks, cJSON *elements);
/* Small grey words. */
void slack_blocks_context(cJSON *blocks, const char *text);
void slack_blocks_divider(cJSON *blocks);
/* Takes the elements; nothing is added if there are none. */
void slack_blocks_actions(cJSON *blocks, const char *block_id, cJSON *elements);

/* style: "primary", "danger", anything else for none. value may be NULL. */
cJSON *slack_button(const char *label, const char *action_id, const char *value, const char *style);

/* All that headers, small words and rich text say, as mrkdwn for who reads no blocks: screen
 * readers, notifications. The caller frees it. */
char *slack_blocks_fallback(const cJSON *blocks);
