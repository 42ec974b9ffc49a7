/* golden.h: JSON files that a test compares with. With SB_GOLDEN_WRITE set they are written anew,
 * to be read before they are committed. */
#pragma once

#include "lib/json.h"

#define GOLDEN_CALLING "escalation_fraud" /* the only one that may call people */

/* The content of FOLDER/NAME.KIND.json below tests/unit/chatd. Fails if it can't be read. */
cJSON *golden_read(const char *folder, const char *name, const char *kind);
/* Fails unless json is what the file says. */
void golden_check(const char *folder, const char *name, const char *kind, const cJSON *json);

/* Blocks as Slack takes them (the fake Slack's rules), with nothing in them that Slack would parse
 * or that would ring, and no link that we did not make. */
void golden_check_blocks(const char *name, const cJSON *blocks, size_t blocks_max);
