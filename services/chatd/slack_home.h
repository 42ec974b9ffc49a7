/* slack_home.h: what a person may see of themselves: the home page, and the answers to
 * /securitybot. Made of what the store answers to person.view (proto/taskd.md). Pure. */
#pragma once

#include "lib/json.h"
#include "services/chatd/slack_when.h"

/* The view of the home page. view NULL: the person is not known. The caller owns it. */
cJSON *slack_home_view(const cJSON *view, slack_when_t *when);

/* Blocks of an answer. The caller owns them. */
cJSON *slack_home_status(const cJSON *view, slack_when_t *when);
cJSON *slack_home_mutes(const cJSON *view, slack_when_t *when);
cJSON *slack_home_help(void);
