/* slack.h: the whole workspace: what the parts that serve requests have in common. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake_slack/api.h"
#include "tests/support/fake_slack/channel.h"
#include "tests/support/fake_slack/delivery.h"
#include "tests/support/fake_slack/options.h"
#include "tests/support/fake_slack/people.h"
#include "tests/support/fake_slack/poster.h"
#include "tests/support/fake_slack/sockets.h"
#include "tests/support/fake_slack/timing.h"
#include "tests/support/fake_slack/trigger.h"
#include "tests/support/fake_slack/view.h"

typedef struct slack {
    const options_t *options;
    timing_t *timing;
    people_t *people;
    channels_t *channels;
    views_t *views;
    triggers_t *triggers;
    deliveries_t *deliveries;
    sockets_t *sockets;
    poster_t *poster;
    api_t *api;
    user_t *bot;
    char *base_url;        /* without a slash at the end; set once the server listens */
    char *scopes;          /* of the bot token, separated by commas */
    unsigned cursors_made; /* cursors of an earlier making are expired */
    uint64_t events_made;
} slack_t;

/* The options stay the caller's and live longer. */
slack_t *slack_new(const options_t *options, timing_t *timing);
void slack_destroy(slack_t **self_p);
int64_t slack_now_s(void);
