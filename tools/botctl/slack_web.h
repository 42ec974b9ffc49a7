/* slack_web.h: single calls of Slack's Web API, each waited for; for a person who looks after the
 * setup. */
#pragma once

#include "lib/json.h"
#include "tools/botctl/slack_advice.h"

#define SLACK_WEB_ERROR_SIZE 64 /* of Slack's names of errors */
#define SLACK_WEB_SCOPES_SIZE 2048

typedef struct slack_web slack_web_t;

typedef struct {
    cJSON *body;                        /* owned; NULL if there was no answer that can be read */
    char error[SLACK_WEB_ERROR_SIZE];   /* Slack's; "" if ok */
    char scopes[SLACK_WEB_SCOPES_SIZE]; /* of the token: "a,b,c", "" if not said */
    int status;                         /* of HTTP */
    int64_t retry_s;                    /* not before so many seconds; 0: not said */
} slack_web_answer_t;

/* url as slack.api_url; ca_file "": the system's. */
slack_web_t *slack_web_new(const char *url, const char *ca_file);
void slack_web_destroy(slack_web_t **self_p);

/* form: "name=value", already encoded; "" for none. SB_OK if Slack has answered, well or not: an
 * answer of 429 or 5xx need not be JSON, its error is "ratelimited" or "http_500" then. The caller
 * clears the answer. */
SB_MUSTCHECK int slack_web_ask(slack_web_t *self, const char *method, const char *token,
                               const char *form, slack_web_answer_t *answer_r, sb_err_t *err);
void slack_web_answer_clear(slack_web_answer_t *self);

/* How far a socket came. */
typedef struct {
    slack_hello_end_t end;
    int status;                        /* of SLACK_HELLO_STATUS */
    char reason[SLACK_WEB_ERROR_SIZE]; /* of SLACK_HELLO_TOLD: Slack's, for not letting it in */
    int64_t connections;               /* of SLACK_HELLO_SAID: sockets of the app; 0: not said */
} slack_hello_t;

/* Connects to a socket's URL and waits for its hello. SB_OK: it was said; else *err says what was
 * wrong, and hello_r->end where. */
SB_MUSTCHECK int slack_web_hello(const char *url, const char *ca_file, slack_hello_t *hello_r,
                                 sb_err_t *err);
