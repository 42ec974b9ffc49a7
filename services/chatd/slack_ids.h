/* slack_ids.h: how Slack names things, and how we name them in the store. Pure.
 *
 * A message is known to the store as CHANNEL:TS, and what was typed as slack:CHANNEL:TS, whichever
 * way it came: so what a socket delivered and what the history tells later are one event. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/taskd.h"

#define SLACK_ID_SIZE 32      /* of a user, channel, bot, team; with the NUL */
#define SLACK_TS_SIZE 32      /* of a message's timestamp; with the NUL */
#define SLACK_MESSAGE_SIZE 64 /* CHANNEL:TS with the NUL */
#define SLACK_EVENT_SIZE (SB_EVENT_ID_MAX + 1)

bool slack_id_valid(const char *id); /* A-Z0-9; NULL is not */
bool slack_ts_valid(const char *ts); /* DIGITS.DIGITS; NULL is not */
int64_t slack_ts_ms(const char *ts); /* since 1970; 0 if it is not valid */

/* channel and ts are valid. */
void slack_message_id(const char *channel, const char *ts, char out[SLACK_MESSAGE_SIZE]);
/* False if it is none of ours. */
bool slack_message_split(const char *message, char channel_r[SLACK_ID_SIZE],
                         char ts_r[SLACK_TS_SIZE]);
