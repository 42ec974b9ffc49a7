/* page.h: the conversations as web pages, for people who watch or play along.
 *
 *     /view                    all conversations
 *     /view?as=USER            this person's direct messages with the bot
 *     /view/CHANNEL?as=USER    one of them, as this person sees it; in direct messages as is
 * needless
 */
#pragma once

#include "tests/support/fake_slack/http.h"
#include "tests/support/fake_slack/slack.h"

#define PAGE_PATH "/view"

void page_serve(slack_t *slack, const request_t *request, reply_t *reply);
