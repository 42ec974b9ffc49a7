/* okta_api.c. A call is in one of three lists; one that waits for the access token has neither a
 * request nor a timer of its own. */
#include "services/authd/okta_api.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "services/authd/okta_token.h"

#define STATUS_NO_CONTENT 204
#define CONNECTIONS_MAX 32
#define JITTER_MS 500

struct okta_call {
    okta_api_t *api;
    okta_call_t **list; /* in which it is */
    okta_call_t *prev, *next;
    const char *method;
    char *path;
    char *body;
    int64_t until_ms;
    unsigned tries;  /* that came too many */
    bool refused;    /* its access token was, once */
    uint64_t serial; /* of the access token it went with */
    uint64_t request;
    uint64_t timer;
    okta_fn *fn;
    void *arg;
};

struct okta_api {
    sb_timers_t *timers;
    sb_http_t *http;
    char *url;
    char *ca_file;
    char *client_id;
    sb_jwt_signer_t *signer; /* NULL: SSWS */
    char *authorization;     /* the header; NULL: there is no access token */
    int64_t token_until_ms;  /* of the monotonic clock; of OAuth */
    uint64_t token_serial;
    uint64_t token_request;
    okta_call_t *calls;   /* that are under way */
    okta_call_t *waiting; /* for an access token */
    okta_call_t *due;     /* their waiting is over */
    bool trouble;         /* the last call failed, and it was logged */
};

/* ---- Lists. */

static void s_link(okta_call_t **list, okta_call_t *call)
{
    call->list = list;
    call->prev = NULL;
    call->next = *list;
    if (call->next) {
        call->next->prev = call;
    }
    *list = call;
}

static void s_move(okta_call_t **list, okta_call_t *call)
{
    if (*call->list == call) {
        *call->list = call->next;
    } else {
        call->prev->next = call->next;
    }
    if (call->next) {
        call->next->prev = call->prev;
    }
    if (list) {
        s_link(list, call);
    }
}

/* ---- Life. */

static void s_authorize(okta_api_t *self, const char *scheme, const char *token)
{
    if (self->authorization) {
        sb_wipe(self->authorization, strlen(self->authorization));
        free(self->authorization);
    }
    self->authorization = token ? sb_format("Authorization: %s %s", scheme, token) : NULL;
    self->token_serial++;
}

okta_api_t *okta_api_new(zloop_t *loop, sb_timers_t *timers, const okta_api_config_t *config)
{
    assert(loop && timers && config && config->url);
    assert(config->token || (config->client_id && config->signer && *config->signer));
    static const sb_http_config_t http = {.open_max = SB_HTTP_OPEN_MAX,
                                          .connections_max = CONNECTIONS_MAX};
    okta_api_t *self = sb_alloc(sizeof *self);
    self->timers = timers;
    self->http = sb_http_new(loop, &http);
    self->url = sb_strdup(config->url);
    self->ca_file = sb_strdup(config->ca_file);
    if (config->token) {
        s_authorize(self, "SSWS", config->token);
    } else {
        self->client_id = sb_strdup(config->client_id);
        self->signer = *config->signer;
        *config->signer = NULL;
    }
    return self;
}

static void s_release(okta_api_t *self, okta_call_t *call)
{
    sb_http_cancel(self->http, &call->request);
    sb_timers_cancel(self->timers, &call->timer);
    if (call->body) {
        sb_wipe(call->body, strlen(call->body));
    }
    free(call->body);
    free(call->path);
    free(call);
}

static void s_release_all(okta_api_t *self, okta_call_t *call)
{
    while (call) {
        okta_call_t *next = call->next;
        s_release(self, call);
        call = next;
    }
}

static void s_free(okta_api_t *self, okta_call_t *call)
{
    s_move(NULL, call);
    s_release(self, call);
}

void okta_api_destroy(okta_api_t **self_p)
{
    okta_api_t *self = *self_p;
    if (!self) {
        return;
    }
    s_release_all(self, self->calls);
    s_release_all(self, self->waiting);
    sb_http_cancel(self->http, &self->token_request);
    sb_http_destroy(&self->http);
    s_authorize(self, NULL, NULL);
    sb_jwt_signer_destroy(&self->signer);
    free(self->client_id);
    free(self->ca_file);
    free(self->url);
    free(self);
    *self_p = NULL;
}

const char *okta_api_url(const okta_api_t *self)
{
    return self->url;
}

void okta_api_drop(okta_call_t **call_p)
{
    if (*call_p) {
        s_free((*call_p)->api, *call_p);
        *call_p = NULL;
    }
}

/* ---- How a call ends. */

/* Said once when Okta begins to fail, not for everyone who waits. A refusal is an answer, and so is
 * the empty one to a push that is taken back. */
static void s_judge(okta_api_t *self, const okta_call_t *call, const okta_reply_t *reply)
{
    const bool failed =
        reply->end != OKTA_OK && reply->end != OKTA_REFUSED && reply->status != STATUS_NO_CONTENT;
    if (failed && !self->trouble) {
        sb_warn("Okta fails", "url", self->url, "path", call->path, "error", reply->text, NULL);
    } else if (!failed && self->trouble) {
        sb_info("Okta answers again", "url", self->url, NULL);
    }
    self->trouble = failed;
}

static void s_end(okta_api_t *self, okta_call_t *call, const okta_reply_t *reply)
{
    okta_fn *fn = call->fn;
    void *arg = call->arg;
    s_judge(self, call, reply);
    s_free(self, call);
    if (fn) {
        fn(arg, reply);
    }
}

/* ---- Sending. */

static uint64_t s_http(okta_api_t *self, const sb_http_request_t *request, sb_http_fn *fn,
                       void *arg, const char *path)
{
    char *url = sb_format("%s%s", self->url, path);
    sb_http_request_t whole = *request;
    whole.url = url;
    whole.connect_ms = whole.total_ms < OKTA_CONNECT_MS ? whole.total_ms : OKTA_CONNECT_MS;
    whole.answer_max = OKTA_ANSWER_MAX;
    whole.ca_file = self->ca_file;
    const uint64_t id = sb_http_send(self->http, &whole, fn, arg);
    free(url);
    return id;
}

static int64_t s_total_ms(int64_t until_ms)
{
    const int64_t left_ms = until_ms - sb_clock_mono_ms();
    return left_ms < 1 ? 1 : left_ms < OKTA_CALL_MS ? left_ms : OKTA_CALL_MS;
}

static void s_on_answer(void *arg, const sb_http_answer_t *answer);

/* Without one Okta sends no push. */
static const char s_agent[] = "User-Agent: securitybot/" SB_VERSION;

static void s_send(okta_call_t *call)
{
    okta_api_t *self = call->api;
    const char *const headers[] = {
        self->authorization,
        "Accept: application/json",
        s_agent,
        call->body ? "Content-Type: application/json" : NULL,
        NULL,
    };
    const sb_http_request_t request = {
        .method = call->method,
        .headers = headers,
        .body = call->body,
        .body_size = call->body ? strlen(call->body) : 0,
        .total_ms = s_total_ms(call->until_ms),
    };
    call->serial = self->token_serial;
    call->request = s_http(self, &request, s_on_answer, call, call->path);
}

/* ---- The access token. */

/* Takes those who wait one by one, since a callback may drop others and make new calls. */
static void s_wake(okta_api_t *self, const okta_reply_t *failed)
{
    while (self->waiting) {
        s_move(&self->due, self->waiting);
    }
    while (self->due) {
        okta_call_t *call = self->due;
        s_move(&self->calls, call);
        if (failed) {
            s_end(self, call, failed);
        } else {
            s_send(call);
        }
    }
}

static void s_token_failed(okta_api_t *self, const sb_err_t *err)
{
    okta_reply_t reply = {.end = OKTA_AWAY};
    (void)snprintf(reply.text, sizeof reply.text, "%.190s", err->text);
    s_wake(self, &reply);
}

static void s_on_token(void *arg, const sb_http_answer_t *answer)
{
    okta_api_t *self = arg;
    char *token = NULL;
    int64_t lives_ms = 0;
    sb_err_t err;
    self->token_request = 0;
    if (okta_token_read(answer, &token, &lives_ms, &err)) {
        s_token_failed(self, &err);
        return;
    }
    const int64_t margin_ms =
        lives_ms / 2 < OKTA_TOKEN_MARGIN_MS ? lives_ms / 2 : OKTA_TOKEN_MARGIN_MS;
    self->token_until_ms = sb_clock_mono_ms() + lives_ms - margin_ms;
    s_authorize(self, "Bearer", token);
    sb_wipe(token, strlen(token));
    free(token);
    s_wake(self, NULL);
}

static void s_fetch_token(okta_api_t *self)
{
    static const char *const headers[] = {
        "Accept: application/json",
        "User-Agent: securitybot/" SB_VERSION,
        "Content-Type: application/x-www-form-urlencoded",
        NULL,
    };
    char *form =
        okta_token_form(self->signer, self->url, self->client_id, sb_clock_wall_ms() / 1000);
    const sb_http_request_t request = {
        .method = "POST",
        .headers = headers,
        .body = form,
        .body_size = strlen(form),
        .total_ms = OKTA_CALL_MS,
    };
    self->token_request = s_http(self, &request, s_on_token, self, OKTA_TOKEN_PATH);
    free(form);
}

static void s_begin(okta_call_t *call)
{
    okta_api_t *self = call->api;
    if (self->authorization && (!self->signer || sb_clock_mono_ms() < self->token_until_ms)) {
        s_send(call);
        return;
    }
    s_move(&self->waiting, call);
    if (!self->token_request) {
        s_fetch_token(self);
    }
}

/* ---- Answers. */

static void s_on_pause_over(void *arg)
{
    okta_call_t *call = arg;
    call->timer = 0;
    s_begin(call);
}

/* True if the call goes on: Okta said that nothing was done. */
static bool s_goes_on(okta_call_t *call, const okta_reply_t *reply)
{
    okta_api_t *self = call->api;
    if (reply->end == OKTA_UNAUTHORIZED && self->signer && !call->refused) {
        call->refused = true;
        if (call->serial == self->token_serial) { /* not fetched anew by another call */
            s_authorize(self, NULL, NULL);
        }
        s_begin(call);
        return true;
    }
    if (reply->end != OKTA_LIMITED || ++call->tries >= OKTA_TRIES_MAX) {
        return false;
    }
    uint32_t random;
    sb_random(&random, sizeof random);
    const int64_t wait_ms = reply->wait_ms + random % JITTER_MS;
    if (sb_clock_mono_ms() + wait_ms >= call->until_ms) {
        return false;
    }
    call->timer = sb_timers_add(self->timers, wait_ms, s_on_pause_over, call);
    return true;
}

static void s_on_answer(void *arg, const sb_http_answer_t *answer)
{
    okta_call_t *call = arg;
    okta_reply_t reply;
    call->request = 0;
    okta_reply(answer, sb_clock_wall_ms(), &reply);
    if (!s_goes_on(call, &reply)) {
        s_end(call->api, call, &reply);
    }
    okta_reply_clear(&reply);
}

okta_call_t *okta_api_call(okta_api_t *self, const okta_request_t *request, okta_fn *fn, void *arg)
{
    assert(self && request && request->method && request->path);
    okta_call_t *call = sb_alloc(sizeof *call);
    call->api = self;
    s_link(&self->calls, call);
    call->method = request->method;
    call->path = sb_strdup(request->path);
    call->body = sb_strdup(request->body);
    call->until_ms = request->until_ms;
    call->fn = fn;
    call->arg = arg;
    s_begin(call);
    return fn ? call : NULL;
}
