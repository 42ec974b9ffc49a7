/* slack_dm.h: the channel of the direct messages between the bot and a person. It is opened once
 * and remembered; events tell of it too. One thread: the zloop's. */
#pragma once

#include "services/chatd/slack_api.h"
#include "services/chatd/slack_ids.h"

#define SLACK_DM_KNOWN_MAX 50000 /* channels that are remembered */

typedef struct slack_dm slack_dm_t;

/* SB_OK and the channel's id; or the reply's class and code. Borrowed for the call, which may come
 * before slack_dm_want has returned. */
typedef void(slack_dm_fn)(void *arg, int code, const char *channel, const sb_err_t *err);

/* api is borrowed. */
slack_dm_t *slack_dm_new(slack_api_t *api);
/* When no call on api is open any more. */
void slack_dm_destroy(slack_dm_t **self_p);

/* SB_ENOTFOUND if Slack has no such user, or none who can be written to. */
void slack_dm_want(slack_dm_t *self, const char *user, int64_t patience_ms, slack_dm_fn *fn,
                   void *arg);
/* Both are valid ids. */
void slack_dm_learn(slack_dm_t *self, const char *user, const char *channel);
/* The channel that is remembered turned out to be none. */
void slack_dm_forget(slack_dm_t *self, const char *user);
