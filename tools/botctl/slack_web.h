/* slack_web.h: single calls of Slack's Web API, each waited for; for a person who looks after the
 * setup. */
#pragma once

#include "lib/json.h"

#define SLACK_WEB_ERROR_SIZE 64
#define SLACK_WEB_SCOPES_SIZE 2048

typedef struct slack_web slack_web_t;

typedef struct {
    cJSON *body;                        /* owned; NULL if there was no answer that can be read */
    char error[SLACK_WEB_ERROR_SIZE];   /* Slack's; "" if ok */
    char scopes[SLACK_WEB_SCOPES_SIZE]; /* of the token: "a,b,c", "" if not said */
} slack_web_answer_t;

/* url as slack.api_url; ca_file "": the system's. */
slack_web_t *slack_web_new(const char *url, const char *ca_file);
void slack_web_destroy(slack_web_t **self_p);

/* form: "name=value", already encoded; "" for none. SB_OK if Slack has answered, well or not; the
 * caller clears the answer. */
SB_MUSTCHECK int slack_web_ask(slack_web_t *self, const char *method, const char *token,
                               const char *form, slack_web_answer_t *answer_r, sb_err_t *err);
void slack_web_answer_clear(slack_web_answer_t *self);

/* Connects to a socket's URL and waits for its hello; *connections_r is how many sockets the app
 * has then, 0 if not said. */
SB_MUSTCHECK int slack_web_hello(const char *url, const char *ca_file, int64_t *connections_r,
                                 sb_err_t *err);
