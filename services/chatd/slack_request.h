/* slack_request.h: what the body of a delivery over HTTP means: events come as JSON, interactions
 * as a form with JSON in it, commands as a form. Pure. */
#pragma once

#include <stddef.h>

#include "services/chatd/slack_envelope.h"

#define SLACK_CHALLENGE_MAX 1024 /* bytes, with the NUL */

typedef enum {
    SLACK_REQUEST_ENVELOPE,  /* envelope_kind, payload */
    SLACK_REQUEST_CHALLENGE, /* challenge: to be answered with it */
    SLACK_REQUEST_LIMITED,   /* Slack drops events; to be answered 200 */
    SLACK_REQUEST_PROBE,     /* Slack looks whether we are there; to be answered 200 */
} slack_request_kind_t;

typedef struct {
    slack_request_kind_t kind;
    slack_kind_t envelope_kind;
    cJSON *payload; /* owned */
    char challenge[SLACK_CHALLENGE_MAX];
} slack_request_t;

/* type: the Content-Type. On error there is nothing to clear. */
SB_MUSTCHECK int slack_request_parse(const char *type, const char *body, size_t size,
                                     slack_request_t *request_r, sb_err_t *err);
void slack_request_clear(slack_request_t *request);
