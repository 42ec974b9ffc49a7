/* slack_verdict.h: what the end of an HTTP request means for a call. Pure. */
#pragma once

#include "lib/http.h"
#include "services/chatd/slack_api.h"
#include "services/chatd/slack_method.h"

#define SLACK_ANSWER_VALUES_MAX 400000 /* values in the JSON of one answer */
#define SLACK_RETRY_AFTER_MS 30000     /* if a 429 does not say when */
#define SLACK_RETRY_AFTER_MAX_S 3600   /* a longer one is cut */

/* The class of an error that Slack named; one that we don't know is permanent. */
slack_class_t slack_error_class(const char *error);

/* Fills *reply_r. The caller owns *body_r, which reply_r->body is (or both are NULL). */
void slack_verdict(const slack_method_t *method, const sb_http_answer_t *answer,
                   slack_reply_t *reply_r, cJSON **body_r);

/* An end of ours, without an answer. */
void slack_verdict_own(slack_reply_t *reply_r, slack_class_t class, const char *error, int code,
                       const char *text);
