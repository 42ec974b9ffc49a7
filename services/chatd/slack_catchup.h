/* slack_catchup.h: after a time without a connection, what people with an open question said in it
 * is read from the history; the store knows what it has heard already. One person at a time, within
 * Slack's budget. One thread: the zloop's. */
#pragma once

#include "services/chatd/slack_dm.h"
#include "services/chatd/slack_ear.h"

#define SLACK_CATCHUP_PAGE 200 /* messages of one person that are looked at, the newest */

typedef struct slack_catchup slack_catchup_t;

/* All are borrowed. */
slack_catchup_t *slack_catchup_new(chat_host_t *host, slack_api_t *api, slack_dm_t *dm,
                                   slack_ear_t *ear);
/* Reads no more. Twice is fine. */
void slack_catchup_stop(slack_catchup_t *self);
/* When no call is open any more. */
void slack_catchup_destroy(slack_catchup_t **self_p);

/* There was no connection for gap_ms; -1: it isn't known for how long. */
void slack_catchup_begin(slack_catchup_t *self, int64_t gap_ms);

/* catchups, catchup_people, catchup_messages, catchup_failed */
void slack_catchup_stats(const slack_catchup_t *self, cJSON *object);
