/* slack_text.h: text as Slack wants it, and as Slack gives it. Pure.
 *
 * What is shown goes out in forms that Slack doesn't parse: plain_text objects and rich_text
 * elements, in which nothing can be a mention, a link or a format unless we made it one. Only the
 * fallback of a message, which notifications and screen readers show, is mrkdwn, and is escaped.
 *
 * Lengths are in UTF-16 units, which is the most that any of Slack's sides counts. Whatever is cut
 * ends with SLACK_TEXT_MARK, on the boundary of a character. What must not be shown (control
 * characters, overrides of direction, broken UTF-8) is left out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/json.h"

#define SLACK_TEXT_MARK "\xe2\x80\xa6" /* an ellipsis */
#define SLACK_SECTION_MAX 3000
#define SLACK_HEADER_MAX 150
#define SLACK_BUTTON_MAX 75
#define SLACK_VALUE_MAX 2000
#define SLACK_URL_MAX 3000
#define SLACK_CONTEXT_MAX 2000
#define SLACK_FALLBACK_MAX 4000
#define SLACK_RUNS_MAX                                                                             \
    200 /* changes between code and text in one text; code is no code after them */

/* One line: breaks and tabs become blanks, and there is none at either end. The caller frees. */
char *slack_text_line(const char *text, size_t max);
/* The same with its line breaks, each a \n. */
char *slack_text_plain(const char *text, size_t max);
/* Text of proto/chatd.md (quotations, code) as mrkdwn that says the same and no more. */
char *slack_text_mrkdwn(const char *text, size_t max);
/* Any text as mrkdwn in which nothing but its words means anything to Slack's parser. */
char *slack_text_escape(const char *text, size_t max);

/* Text of proto/chatd.md as the elements of a rich_text block: sections and quotations. An empty
 * array if there is nothing to show. */
cJSON *slack_text_rich(const char *text, size_t max);

/* ---- Elements of a rich_text block, for those who build their own. */
cJSON *slack_rich_section(void);
cJSON *slack_rich_quote(void);
typedef enum { SLACK_RICH_PLAIN, SLACK_RICH_BOLD, SLACK_RICH_CODE } slack_rich_style_t;
/* Adds words to a section or quotation, as they are. */
void slack_rich_add(cJSON *into, const char *text, size_t max, slack_rich_style_t style);
/* True if url can be a link of ours: http or https, printable ASCII, at most SLACK_URL_MAX. */
bool slack_text_is_url(const char *url);
/* A link, shown as its address; as plain words if it can't be a link. */
void slack_rich_add_url(cJSON *into, const char *url);
/* Adds a call to those who are in the channel just now. */
void slack_rich_add_here(cJSON *into);

/* What a person typed, from what Slack sends: links, mentions and channels as they were seen, the
 * entities of & < > decoded; emoji (":tada:") and quotation marks are left to the reader. At most
 * size_max bytes. The caller frees. */
char *slack_text_read(const char *text, size_t size_max);
