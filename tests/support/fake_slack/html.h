/* html.h: blocks and Slack's mark-up as HTML. */
#pragma once

#include <cjson/cJSON.h>

#include "lib/buf.h"
#include "tests/support/fake_slack/people.h"

/* Text as it stands. */
void html_text(sb_buf_t *out, const char *text);
/* Slack's mark-up: bold, italic, code, quotations, links, names. Entities stay what they are. */
void html_mrkdwn(sb_buf_t *out, const people_t *people, const char *text);
/* press is the beginning of a form, up to its buttons: it has the hidden fields that say on what;
 * NULL: elements can't be used. */
void html_blocks(sb_buf_t *out, const people_t *people, const cJSON *blocks, const char *press);
