/* slack_people.h: who is in the workspace, told to the store; and who is behind a Slack id.
 *
 * All members are told page by page, once an hour by one of all chatd, so that memory and Slack's
 * budget stay small whatever the size of the workspace; changes come with events in between.
 * Somebody whom the store doesn't know is looked up alone. One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "proto/taskd.h"
#include "services/chatd/host.h"
#include "services/chatd/slack_api.h"
#include "services/chatd/slack_member.h"

#define SLACK_PEOPLE_KNOWN_MAX 20000 /* Slack ids whose people are remembered */

typedef struct slack_people slack_people_t;

/* SB_OK: person is the id in the directory, or NULL: nobody. Else it isn't known now. Borrowed for
 * the call, which may come before the function that asked has returned. */
typedef void(slack_person_fn)(void *arg, int code, const char *person, const sb_err_t *err);

/* host and api are borrowed. */
slack_people_t *slack_people_new(chat_host_t *host, slack_api_t *api, slack_username_t username);
/* No further sync. Twice is fine. */
void slack_people_stop(slack_people_t *self);
/* When no call on host and api is open any more. */
void slack_people_destroy(slack_people_t **self_p);

/* Tells the store of all members; unless forced, not if a chatd did so within the hour. And again
 * every hour. */
void slack_people_sync(slack_people_t *self, bool forced);

/* Who is behind a Slack id? */
void slack_people_find(slack_people_t *self, const char *slack_id, slack_person_fn *fn, void *arg);

/* A user is new or has changed: the store is told. fn as in chat_host_call. */
void slack_people_changed(slack_people_t *self, const cJSON *user, sb_reply_fn *fn, void *arg);

void slack_people_stats(const slack_people_t *self, cJSON *object);
