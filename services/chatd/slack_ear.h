/* slack_ear.h: what was said in Slack, on its way to the store. What is to be stored is
 * acknowledged when it is durable, and not before; what is not, at once. While the store is away, a
 * delivery is tried again as long as Slack waits for it. One thread: the zloop's. */
#pragma once

#include "services/chatd/slack_desk.h"
#include "services/chatd/slack_dm.h"
#include "services/chatd/slack_envelope.h"
#include "services/chatd/slack_pages.h"
#include "services/chatd/slack_team.h"

typedef struct slack_ear slack_ear_t;

/* What it names is borrowed. */
typedef struct {
    chat_host_t *host;
    slack_people_t *people;
    slack_dm_t *dm;
    slack_desk_t *desk;
    slack_pages_t *pages;
    slack_team_t *team;
    const char *reporting_channel;
} slack_ear_config_t;

#define SLACK_EAR_AGAIN_MS 150 /* from a failure of the store to the next attempt */

slack_ear_t *slack_ear_new(const slack_ear_config_t *config);
/* What waits to be tried again is not acknowledged, and nothing waits any more. Twice is fine. */
void slack_ear_stop(slack_ear_t *self);
/* When no call is open any more. */
void slack_ear_destroy(slack_ear_t **self_p);

/* Who we are, before anything is heard. */
void slack_ear_self(slack_ear_t *self, const char *user, const char *bot);
/* And where; "" if not known. What is for another place is acknowledged and ignored. */
void slack_ear_place(slack_ear_t *self, const char *team, const char *enterprise);

/* A slack_envelope_fn; ctx is the ear. */
void slack_ear_envelope(void *ctx, const slack_envelope_t *envelope);

/* SB_OK: it is durable, or nothing that was said. */
typedef void(slack_ear_fn)(void *arg, int code);

/* One message of the history of a channel of direct messages. fn comes once, perhaps before this
 * returns. */
void slack_ear_history(slack_ear_t *self, const cJSON *message, const char *channel,
                       slack_ear_fn *fn, void *arg);

/* deliveries, and what became of those that are not heard */
void slack_ear_stats(const slack_ear_t *self, cJSON *object);
