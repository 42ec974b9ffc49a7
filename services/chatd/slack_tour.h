/* slack_tour.h: the hourly tour through all members of the workspace, page by page; a part of
 * slack_people.h. One thread: the zloop's. */
#pragma once

#include "services/chatd/host.h"
#include "services/chatd/slack_api.h"
#include "services/chatd/slack_member.h"

#define SLACK_SOURCE "slack"             /* of people, as the store knows it */
#define SLACK_TOUR_PAGE 500              /* members; Slack may give fewer */
#define SLACK_TOUR_PAGE_MIN 200          /* after a page that was too much for Slack */
#define SLACK_TOUR_MS (60 * 60 * 1000LL) /* from the end of one to the next, all chatd together */

typedef struct slack_tour slack_tour_t;

slack_tour_t *slack_tour_new(chat_host_t *host, slack_api_t *api, slack_username_t username);
void slack_tour_stop(slack_tour_t *self);
void slack_tour_destroy(slack_tour_t **self_p);

/* One that is under way is begun anew if forced. */
void slack_tour_begin(slack_tour_t *self, bool forced);
/* people_tours, people_told, people_twice */
void slack_tour_stats(const slack_tour_t *self, cJSON *object);
