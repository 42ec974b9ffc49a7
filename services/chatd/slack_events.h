/* slack_events.h: the Events API over HTTP: a server for Slack's deliveries, each signed with the
 * app's signing secret. Slack is answered 200 when the envelope is acknowledged, else 503, and at
 * the latest shortly before the 3 seconds after which it would stop listening; it then delivers
 * again. One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "services/chatd/slack_envelope.h"

#define SLACK_EVENTS_PATH "/slack/events" /* for events, interactions and commands alike */

typedef struct slack_events slack_events_t;

typedef struct {
    const char *listen; /* "127.0.0.1:3000"; TLS is the reverse proxy's */
    const char *signing_secret;
} slack_events_config_t;

/* Listens when it returns. config is copied. NULL and err if it can't. */
slack_events_t *slack_events_new(zloop_t *loop, const slack_events_config_t *config,
                                 slack_envelope_fn *fn, void *ctx, sb_err_t *err);
/* Ends the server and its thread; what is not answered yet will not be, and Slack delivers it
 * again. Twice is fine. */
void slack_events_stop(slack_events_t *self);
/* Acknowledgements that are still open go nowhere. */
void slack_events_destroy(slack_events_t **self_p);

const char *slack_events_url(const slack_events_t *self); /* "http://127.0.0.1:3000/slack/events" */
void slack_events_stats(const slack_events_t *self, cJSON *object);
