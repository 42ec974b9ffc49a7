/* mrkdwn.h: Slack's own mark-up. */
#pragma once

#include "tests/support/fake/out.h"

/* What Slack makes of a text that an app sends: <...> that means something and the three entities
 * stay, every other < > & becomes an entity. The caller owns it. */
char *mrkdwn_accept(const char *text);
/* What Slack makes of a text that a person types: every < > & becomes an entity. */
char *mrkdwn_typed(const char *text);
/* An array of what would ring someone's bell: "<@U1>" as "@U1", "<!here>" as "!here". */
void mrkdwn_write_mentions(const char *text, out_t *out, const char *key);
/* An array of the addresses that links lead to. */
void mrkdwn_write_links(const char *text, out_t *out, const char *key);
