/* slack_pages.h: the home pages of those who have looked at them. A page is drawn anew when its
 * person looks, and soon after something about them has changed. One thread: the zloop's. */
#pragma once

#include "services/chatd/slack_people.h"
#include "services/chatd/slack_when.h"

#define SLACK_PAGES_MAX 5000    /* people whose pages are kept up to date */
#define SLACK_PAGES_MS 10000    /* between two drawings of one page */
#define SLACK_PAGES_LAG_MS 1000 /* from a change to the page: several come at once */

typedef struct slack_pages slack_pages_t;

/* All are borrowed. */
slack_pages_t *slack_pages_new(chat_host_t *host, slack_api_t *api, slack_people_t *people,
                               slack_when_t *when);
/* Draws no more. Twice is fine. */
void slack_pages_stop(slack_pages_t *self);
/* When no call is open any more. */
void slack_pages_destroy(slack_pages_t **self_p);

/* user (a Slack id) looks at their page. */
void slack_pages_look(slack_pages_t *self, const char *user);
/* Something about user may have changed. */
void slack_pages_changed(slack_pages_t *self, const char *user);

void slack_pages_stats(const slack_pages_t *self, cJSON *object);
