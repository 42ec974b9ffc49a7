/* slack_bed.h: a fake Slack as a process of its own, and its controls (README.md there). Blocking;
 * whatever goes wrong here fails the test. */
#pragma once

#include <stdbool.h>

#include "lib/json.h"

typedef struct slack_bed slack_bed_t;

/* options: NULL-ended, may be NULL. */
slack_bed_t *slack_bed_new(const char *const *options);
/* Ends the process. */
void slack_bed_destroy(slack_bed_t **self_p);
/* Kills it and begins another one on the same port, which knows nothing of the first. */
void slack_bed_kill(slack_bed_t *self);
void slack_bed_start(slack_bed_t *self);

/* "http://127.0.0.1:41234/" */
const char *slack_bed_url(const slack_bed_t *self);
/* The answer's object; json is the request's body, NULL for none. The caller owns it. */
cJSON *slack_bed_ask(const slack_bed_t *self, const char *name, const char *json);
/* The same for what is done, not asked. */
void slack_bed_do(const slack_bed_t *self, const char *name, const char *json);
/* A number in the answer, by a path of names ("api.methods.chat.postMessage" is found too, since
 * the longest name that fits is taken); -1: there is none. */
long slack_bed_number(const slack_bed_t *self, const char *name, const char *json,
                      const char *path);

/* A WebSocket of the app that nobody looks after: it only takes one of Slack's ten places. A
 * descriptor to close(). */
int slack_bed_occupy(const slack_bed_t *self);
