/* slack_look.h: was a message sent? Slack knows no ids of ours, so each message carries its outbox
 * id as metadata, and is sought in the history of its channel or thread. One thread: the zloop's.
 */
#pragma once

#include "services/chatd/slack_api.h"
#include "services/chatd/slack_ids.h"

#define SLACK_LOOK_PAGE 100    /* messages in one request */
#define SLACK_LOOK_PAGES_MAX 5 /* what lies further back was not sent of late */
#define SLACK_METADATA_TYPE "securitybot"

/* SB_OK: message is CHANNEL:TS, or NULL: it is not there. Borrowed for the call. */
typedef void(slack_look_fn)(void *arg, int code, const char *message, const sb_err_t *err);

/* thread_ts NULL: in the channel itself. bot: our id; nobody else's message counts. All are copied.
 * fn comes once, never before this returns. */
void slack_look(slack_api_t *api, const char *bot, const char *channel, const char *thread_ts,
                const char *id, int64_t patience_ms, slack_look_fn *fn, void *arg);

/* The metadata of a message, as JSON. The caller frees it. */
char *slack_metadata(const char *id);
