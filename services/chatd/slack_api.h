/* slack_api.h: Slack's Web API: one client for all methods. A method is a row of a table
 * (slack_method.c) that says its tier, its token and whether doing it twice does harm.
 *
 * A call waits for its budget (slack_budget.h), is sent once, and ends with a class that says what
 * to do next. An HTTP 429 blocks the budget for exactly its Retry-After, here and in every other
 * chatd, and the call waits again while its patience lasts. One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "lib/http.h"
#include "lib/json.h"
#include "services/chatd/slack_budget.h"

#define SLACK_CALLS_MAX 1000               /* open calls; one more ends as SLACK_RETRY */
#define SLACK_ANSWER_MAX (8 * 1024 * 1024) /* bytes of an answer: a page of 1000 members */
#define SLACK_ERROR_MAX 64                 /* bytes of an error's name, with the NUL */

typedef struct slack_api slack_api_t;

typedef struct {
    const char *url;       /* "https://slack.com/api/"; a missing last / is added */
    const char *bot_token; /* xoxb-... */
    const char *app_token; /* xapp-...; "" if there is none */
    const char *ca_file;   /* "": the system's */
    int64_t timeout_ms;    /* of one request; 0: 10 s */
    /* Slack's budgets times this; 1 for Slack itself, 0 for none (a stand-in without limits). 429
     * is honoured in any case. */
    int64_t pace;
    slack_store_fn *store; /* NULL: budgets are not shared (a tool that makes a few calls) */
    void *store_ctx;
} slack_api_config_t;

typedef enum {
    SLACK_OK,
    SLACK_PERMANENT,    /* the same call would fail again */
    SLACK_AUTH,         /* a token, a scope or the workspace is not right: somebody must act */
    SLACK_RETRY,        /* nothing was done; a later call may succeed */
    SLACK_RATE_LIMITED, /* nothing was done; not before retry_ms */
    SLACK_AMBIGUOUS,    /* it may have been done: look before calling again. Never of a method that
                           may be repeated: of these it is SLACK_RETRY */
} slack_class_t;

typedef struct {
    slack_class_t class;
    char error[SLACK_ERROR_MAX]; /* Slack's ("channel_not_found"), or ours: "not_sent", "no_answer",
                                    "http_502", "bad_answer", "busy", "no_budget"; "" if OK */
    sb_err_t err;                /* unless OK: a code for proto/chatd.md, and the text */
    int64_t retry_ms;            /* of SLACK_RATE_LIMITED */
    int status;                  /* HTTP's; 0 if nothing came */
    const cJSON *body;           /* the answer, borrowed for the callback; NULL if it was no JSON */
} slack_reply_t;

/* Comes once for a call, never before slack_api_call has returned. */
typedef void(slack_reply_fn)(void *arg, const slack_reply_t *reply);

/* A member of the form; objects (blocks, view, metadata) as JSON text. */
typedef struct {
    const char *name;
    const char *value; /* NULL: is left out */
} slack_arg_t;

/* http is borrowed, config copied. */
slack_api_t *slack_api_new(zloop_t *loop, sb_http_t *http, const slack_api_config_t *config);
/* What is open ends as SLACK_RETRY or SLACK_AMBIGUOUS, and so does a call made from now on. Twice
 * is fine. Before the http and before what store calls. */
void slack_api_stop(slack_api_t *self);
void slack_api_destroy(slack_api_t **self_p);

/* The workspace's id, for the budgets' keys; before it is set they are kept under the app. */
void slack_api_team(slack_api_t *self, const char *team);

/* method is one of the table. patience_ms: how long it may wait for its budget. Copies args. */
void slack_api_call(slack_api_t *self, const char *method, const slack_arg_t *args, size_t args_len,
                    int64_t patience_ms, slack_reply_fn *fn, void *arg);

sb_http_t *slack_api_http(const slack_api_t *self);
const slack_api_config_t *slack_api_config(const slack_api_t *self);
/* calls, failed by class, open, waiting. */
void slack_api_stats(const slack_api_t *self, cJSON *object);
