/* slack_api.c. A call passes its budgets one after the other, the scarcer first, and is sent when
 * it has a token of each. It is sent again only after a 429, which says that nothing was done. */
#include "services/chatd/slack_api.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "services/chatd/slack_form.h"
#include "services/chatd/slack_method.h"
#include "services/chatd/slack_verdict.h"

#define TIMEOUT_MS 10000          /* of a request, unless the configuration says another */
#define CONNECT_MS 5000           /* of these, until it can be sent */
#define REQUEST_MAX (1024 * 1024) /* bytes of a form */
#define CLASSES (SLACK_AMBIGUOUS + 1)

typedef enum { STEP_CHANNEL, STEP_METHOD, STEP_SENT } step_t;

typedef struct call call_t;

struct call {
    slack_api_t *api;
    const slack_method_t *method;
    char *channel; /* whose budget it needs too; NULL: none */
    sb_buf_t form;
    int64_t until_ms; /* how long it may wait for budgets */
    step_t step;
    uint64_t request; /* HTTP's; 0: none is open */
    bool ended;       /* reply says how */
    slack_reply_t reply;
    cJSON *body;
    slack_reply_fn *fn;
    void *arg;
    call_t *next;
};

struct slack_api {
    zloop_t *loop;
    sb_http_t *http;
    slack_api_config_t config; /* its texts are those below */
    char *url;
    char *bot_token;
    char *app_token;
    char *ca_file;
    char *team; /* NULL: not known yet */
    sb_timers_t *timers;
    slack_budget_t *budget; /* NULL once stopped */
    call_t *calls;          /* the oldest first */
    call_t **end;           /* where the next one is hung on */
    size_t open;
    bool calling; /* inside slack_api_call: nobody is called back */
    uint64_t made;
    uint64_t ends[CLASSES];
};

static void s_next(call_t *call);

/* ---- How a call ends. */

/* Calls end about in the order they were made, so it is one of the first. */
static void s_unlink(const call_t *call)
{
    slack_api_t *self = call->api;
    call_t **link_p = &self->calls;
    while (*link_p != call) {
        link_p = &(*link_p)->next;
    }
    *link_p = call->next;
    if (!call->next) {
        self->end = link_p;
    }
    self->open--;
}

/* Tells how a call ended that is in no list any more. */
static void s_finish(call_t *call)
{
    call->api->ends[call->reply.class]++;
    call->fn(call->arg, &call->reply);
    cJSON_Delete(call->body);
    sb_buf_free(&call->form);
    free(call->channel);
    free(call);
}

static void s_call_back(call_t *call)
{
    s_unlink(call);
    s_finish(call);
}

static void s_on_ended(void *arg)
{
    s_call_back(arg);
}

/* call->reply is filled in. */
static void s_end(call_t *call)
{
    if (call->reply.class == SLACK_AUTH) {
        sb_error("Slack refuses us", "method", call->method->name, "error", call->reply.error,
                 NULL);
    }
    call->ended = true;
    if (call->api->calling) {
        (void)sb_timers_add(call->api->timers, 0, s_on_ended, call);
    } else {
        s_call_back(call);
    }
}

static void s_end_own(call_t *call, slack_class_t class, const char *error, int code,
                      const char *text)
{
    slack_verdict_own(&call->reply, class, error, code, text);
    s_end(call);
}

/* ---- Sending. */

/* The key of a call's budget at its step. */
static char *s_key(const call_t *call, step_t step)
{
    const char *team = call->api->team ? call->api->team : "app";
    return step == STEP_CHANNEL ? sb_format("slack:%s:post:%s", team, call->channel)
                                : sb_format("slack:%s:%s", team, call->method->name);
}

/* Slack says later: everybody waits, and this call too if it wants to. */
static void s_on_limited(call_t *call)
{
    slack_api_t *self = call->api;
    const int64_t retry_ms = call->reply.retry_ms;
    char *key = s_key(call, STEP_METHOD);
    slack_budget_block(self->budget, key, retry_ms);
    free(key);
    sb_warn("Slack's limit is reached", "method", call->method->name, "for_ms", sb_num(retry_ms),
            NULL);
    if (sb_clock_mono_ms() + retry_ms > call->until_ms) {
        s_end(call);
        return;
    }
    cJSON_Delete(call->body);
    call->body = NULL;
    call->reply = (slack_reply_t){0};
    call->step = call->channel ? STEP_CHANNEL : STEP_METHOD;
    s_next(call);
}

static void s_on_answer(void *arg, const sb_http_answer_t *answer)
{
    call_t *call = arg;
    call->request = 0;
    slack_verdict(call->method, answer, &call->reply, &call->body);
    if (call->reply.class == SLACK_RATE_LIMITED && call->api->budget) {
        s_on_limited(call);
    } else {
        s_end(call);
    }
}

static void s_send(call_t *call)
{
    slack_api_t *self = call->api;
    const bool app = (call->method->flags & SLACK_METHOD_APP) != 0;
    const char *token = app ? self->config.app_token : self->config.bot_token;
    char *url = sb_format("%s%s", self->config.url, call->method->name);
    char *auth = sb_format("Authorization: Bearer %s", token);
    const char *const headers[] = {auth,
                                   "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
                                   "User-Agent: securitybot/" SB_VERSION, NULL};
    const int64_t total_ms = self->config.timeout_ms;
    const sb_http_request_t request = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .body = call->form.text,
        .body_size = call->form.len,
        .connect_ms = total_ms < CONNECT_MS ? total_ms : CONNECT_MS,
        .total_ms = total_ms,
        .answer_max = SLACK_ANSWER_MAX,
        .ca_file = self->config.ca_file,
    };
    call->request = sb_http_send(self->http, &request, s_on_answer, call);
    sb_wipe(auth, strlen(auth));
    free(auth);
    free(url);
}

/* ---- Waiting. */

static void s_on_token(void *arg, int code, int64_t wait_ms, const sb_err_t *err)
{
    call_t *call = arg;
    if (code == SB_OK) {
        call->step++;
        s_next(call);
    } else if (code == SB_ETIMEOUT) {
        call->reply.retry_ms = wait_ms;
        s_end_own(call, SLACK_RATE_LIMITED, "no_budget", SB_EBUSY, err->text);
    } else {
        s_end_own(call, SLACK_RETRY, code == SB_EBUSY ? "busy" : "no_budget", code, err->text);
    }
}

/* Waits for the next token, or sends when it has them all. */
static void s_next(call_t *call)
{
    slack_api_t *self = call->api;
    const int64_t left_ms = call->until_ms - sb_clock_mono_ms();
    const int64_t patience_ms = left_ms > 0 ? left_ms : 0;
    const int64_t pace = self->config.pace;
    if (call->step == STEP_SENT) {
        s_send(call);
        return;
    }
    char *key = s_key(call, call->step);
    if (call->step == STEP_CHANNEL) {
        slack_budget_take(self->budget, key, SLACK_POSTS_PER_MINUTE * pace,
                          SLACK_POSTS_BURST * pace, patience_ms, s_on_token, call);
    } else {
        slack_budget_take(self->budget, key, call->method->per_minute * pace,
                          call->method->burst * pace, patience_ms, s_on_token, call);
    }
    free(key);
}

/* ---- Calls. */

static void s_append(slack_api_t *self, call_t *call)
{
    call->next = NULL;
    *self->end = call;
    self->end = &call->next;
}

static call_t *s_call(slack_api_t *self, const slack_method_t *method, slack_reply_fn *fn,
                      void *arg)
{
    call_t *call = sb_alloc(sizeof *call);
    *call =
        (call_t){.api = self, .method = method, .form = sb_buf(REQUEST_MAX), .fn = fn, .arg = arg};
    s_append(self, call);
    self->open++;
    self->made++;
    return call;
}

static void s_fill(call_t *call, const slack_arg_t *args, size_t args_len)
{
    for (size_t i = 0; i < args_len; i++) {
        if (!args[i].value) {
            continue;
        }
        slack_form_add(&call->form, args[i].name, args[i].value);
        if ((call->method->flags & SLACK_METHOD_POSTS) && strcmp(args[i].name, "channel") == 0) {
            free(call->channel);
            call->channel = sb_strdup(args[i].value);
        }
    }
}

void slack_api_call(slack_api_t *self, const char *method, const slack_arg_t *args, size_t args_len,
                    int64_t patience_ms, slack_reply_fn *fn, void *arg)
{
    const slack_method_t *row = slack_method_find(method);
    assert(row);
    assert(fn);
    const bool full = self->open >= SLACK_CALLS_MAX;
    self->calling = true;
    call_t *call = s_call(self, row, fn, arg);
    call->until_ms = sb_clock_mono_ms() + patience_ms;
    if (!self->budget) {
        s_end_own(call, SLACK_RETRY, "busy", SB_ERETRY, "chatd is stopping");
    } else if (full) {
        s_end_own(call, SLACK_RETRY, "busy", SB_EBUSY, "too many calls to Slack are open");
    } else {
        s_fill(call, args, args_len);
        call->step = call->channel ? STEP_CHANNEL : STEP_METHOD;
        if (call->form.overflow) {
            s_end_own(call, SLACK_PERMANENT, "too_large", SB_EINVALID, "the request is over 1 MiB");
        } else {
            s_next(call);
        }
    }
    self->calling = false;
}

/* ---- Life. */

slack_api_t *slack_api_new(zloop_t *loop, sb_http_t *http, const slack_api_config_t *config)
{
    assert(loop && http);
    slack_api_t *self = sb_alloc(sizeof *self);
    const size_t len = strlen(config->url);
    self->loop = loop;
    self->http = http;
    self->end = &self->calls;
    self->url = sb_format("%s%s", config->url, len > 0 && config->url[len - 1] == '/' ? "" : "/");
    self->bot_token = sb_strdup(config->bot_token);
    self->app_token = sb_strdup(config->app_token);
    self->ca_file = sb_strdup(config->ca_file);
    self->config = *config;
    self->config.url = self->url;
    self->config.bot_token = self->bot_token;
    self->config.app_token = self->app_token;
    self->config.ca_file = self->ca_file;
    self->config.timeout_ms = config->timeout_ms ? config->timeout_ms : TIMEOUT_MS;
    self->timers = sb_timers_new(loop);
    const slack_budget_config_t budget = {
        .store = config->store, .store_ctx = config->store_ctx, .waiting_max = SLACK_CALLS_MAX};
    self->budget = slack_budget_new(loop, &budget);
    return self;
}

/* What was sent may have been done. */
static void s_abandon(slack_api_t *self, call_t *call)
{
    const bool repeatable = (call->method->flags & SLACK_METHOD_REPEATABLE) != 0;
    sb_http_cancel(self->http, &call->request);
    slack_verdict_own(&call->reply, repeatable ? SLACK_RETRY : SLACK_AMBIGUOUS, "no_answer",
                      repeatable ? SB_ERETRY : SB_ETIMEOUT, "chatd is stopping");
    self->open--;
    s_finish(call);
}

void slack_api_stop(slack_api_t *self)
{
    if (!self->budget) {
        return;
    }
    slack_budget_t *budget = self->budget;
    self->budget = NULL;
    slack_budget_destroy(&budget);
    call_t *all = self->calls;
    self->calls = NULL;
    self->end = &self->calls;
    while (all) {
        call_t *call = all;
        all = call->next;
        if (call->request) {
            s_abandon(self, call);
        } else { /* it has ended, and a timer calls back */
            s_append(self, call);
        }
    }
}

static void s_secret_free(char *secret)
{
    sb_wipe(secret, strlen(secret));
    free(secret);
}

void slack_api_destroy(slack_api_t **self_p)
{
    slack_api_t *self = *self_p;
    if (!self) {
        return;
    }
    slack_api_stop(self);
    while (self->calls) {
        call_t *call = self->calls;
        assert(call->ended);
        self->calls = call->next;
        s_finish(call);
    }
    sb_timers_destroy(&self->timers);
    s_secret_free(self->bot_token);
    s_secret_free(self->app_token);
    free(self->url);
    free(self->ca_file);
    free(self->team);
    free(self);
    *self_p = NULL;
}

void slack_api_team(slack_api_t *self, const char *team)
{
    free(self->team);
    self->team = sb_strdup(team);
}

sb_http_t *slack_api_http(const slack_api_t *self)
{
    return self->http;
}

const slack_api_config_t *slack_api_config(const slack_api_t *self)
{
    return &self->config;
}

void slack_api_stats(const slack_api_t *self, cJSON *object)
{
    static const char *const names[CLASSES] = {"api_ok",    "api_permanent",    "api_auth",
                                               "api_retry", "api_rate_limited", "api_ambiguous"};
    sb_json_add_int(object, "api_calls", (int64_t)self->made);
    for (size_t i = 0; i < CLASSES; i++) {
        sb_json_add_int(object, names[i], (int64_t)self->ends[i]);
    }
    sb_json_add_int(object, "api_open", (int64_t)self->open);
    sb_json_add_int(object, "api_waiting",
                    self->budget ? (int64_t)slack_budget_waiting(self->budget) : 0);
}
