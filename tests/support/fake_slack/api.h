/* api.h: the Web API: one table of methods, one way through token, scope, rate limit and script. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/args.h"
#include "tests/support/fake/out.h"
#include "tests/support/fake_slack/blocks.h"
#include "tests/support/fake_slack/http.h"

#define API_PATH "/api/"
#define CURSOR_MAX 128
#define WARNINGS_MAX 4

typedef struct api api_t;
typedef struct slack slack_t;
typedef struct call call_t;

/* Writes the answer's members besides ok. Returns NULL, or the name of the error. */
typedef const char *(api_fn)(call_t *call);

typedef enum { TOKEN_NONE, TOKEN_BOT, TOKEN_APP, TOKEN_ANY } token_kind_t;

typedef struct {
    const char *name;
    token_kind_t token;
    const char *scope;  /* NULL: none, or the handler asks */
    int64_t per_minute; /* the method's tier */
    bool form_only;     /* does not read JSON */
    api_fn *fn;
} method_t;

struct call {
    slack_t *slack;
    const method_t *method;
    args_t *args;
    out_t *out;
    bool post;
    char *text;           /* the name of an error, where a literal does not do */
    faults_told_t faults; /* told in response_metadata.messages */
    const char *warnings[WARNINGS_MAX];
    size_t warnings_len;
    char next_cursor[CURSOR_MAX];
    bool pages;            /* the answer has a next_cursor, be it empty */
    const char *needed;    /* the scope that was missing */
    int64_t retry_after_s; /* with the error ratelimited */
};

/* A required text; NULL if it is not there, which call->faults tells: return "invalid_arguments".
 */
const char *call_need(call_t *call, const char *name);
/* NULL if the token has the scope, else the error. */
const char *call_scope(call_t *call, const char *scope);
void call_warn(call_t *call, const char *warning);
/* A page's size: the argument limit, or fallback, at most max. */
size_t call_limit(call_t *call, size_t fallback, size_t max);
/* The next page begins at this place's name. */
void call_next(call_t *call, const char *kind, const char *name);
/* The name in the argument cursor, NULL at the beginning. False if it is none, or has expired. */
bool call_cursor(call_t *call, const char *kind, char name_r[CURSOR_MAX], bool *given_r);

/* ---- A script: what happens to the next calls of a method. */
typedef struct fault {
    int64_t skip;          /* calls first that it lets pass */
    int64_t times;         /* -1: all */
    bool apply;            /* the method has its effect all the same */
    char *error;           /* NULL: none */
    char *body;            /* sent as it is; NULL: none */
    int status;            /* 0: none */
    int64_t retry_after_s; /* -1: none */
    int64_t hang_ms;
    bool drop;
    struct fault *next;
} fault_t;

api_t *api_new(slack_t *slack);
void api_destroy(api_t **self_p);

void api_serve(api_t *self, const request_t *request, reply_t *reply);
bool api_has(const char *method); /* "*" too */
/* Takes the fault. */
void api_script(api_t *self, const char *method, fault_t **fault_p);
void api_script_clear(api_t *self);
void api_write_counters(const api_t *self, out_t *out, const char *key);
void api_enforce_tiers(api_t *self, bool on);
bool api_tiers(const api_t *self);

/* The handlers. */
api_fn api_test, auth_test, apps_connections_open;
api_fn chat_post_message, chat_update, chat_post_ephemeral, chat_delete;
api_fn conversations_open, conversations_history, conversations_replies, conversations_join,
    conversations_info, conversations_members, conversations_list;
api_fn users_list, users_info, users_by_email;
api_fn views_publish, views_open, views_update;
