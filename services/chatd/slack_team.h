/* slack_team.h: who is in the reporting channel: they alone work on alerts. Slack tells a member's
 * going to nobody at once, so what was read counts for a minute, and somebody who isn't in it has
 * it read again. What can't be read in time is not known, and whoever asks must not go on. One
 * thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "services/chatd/slack_api.h"

#define SLACK_TEAM_MS 60000      /* what was read counts for so long */
#define SLACK_TEAM_AGAIN_MS 2000 /* from the beginning of a reading to that of the next */
#define SLACK_TEAM_WAIT_MS 1500  /* who asks waits so long for a reading */
#define SLACK_TEAM_PAGE 1000     /* members; Slack's most */
#define SLACK_TEAM_MAX 20000     /* members; a larger channel is not the security team's */

typedef struct slack_team slack_team_t;

/* SB_OK: it is known whether they are a member. Else it isn't now. The call may come before the
 * function that asked has returned. */
typedef void(slack_team_fn)(void *arg, int code, bool member, const sb_err_t *err);

/* api and channel (an id) are borrowed. */
slack_team_t *slack_team_new(zloop_t *loop, slack_api_t *api, const char *channel);
/* Who waits is told SB_ERETRY, and so is who asks from now on. Twice is fine. */
void slack_team_stop(slack_team_t *self);
/* When no call on api is open any more. */
void slack_team_destroy(slack_team_t **self_p);

/* Is user (a Slack id) in the channel? */
void slack_team_ask(slack_team_t *self, const char *user, slack_team_fn *fn, void *arg);

/* team_members, team_reads, team_reads_failed */
void slack_team_stats(const slack_team_t *self, cJSON *object);
