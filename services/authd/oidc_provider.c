/* oidc_provider.c. A call goes step by step: until the provider is known, then until its code was
 * exchanged, then until the token's key is known. Those that wait for something the
 * provider publishes are in a list of their own, and go on together when it is there. */
#include "services/authd/oidc_provider.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/url.h"
#include "services/authd/oidc_metadata.h"

#define CONNECTIONS_MAX 16
#define FORM_MAX 32768

struct oidc_call {
    oidc_provider_t *provider;
    oidc_call_t **list; /* in which it is */
    oidc_call_t *prev, *next;
    char *code; /* NULL: reach */
    char *verifier;
    sb_jwt_t *token; /* once the code was exchanged */
    bool again;      /* the keys were fetched for its sake */
    uint64_t request;
    uint64_t timer;
    oidc_fn *fn;
    void *arg;
};

struct oidc_provider {
    sb_timers_t *timers;
    sb_http_t *http;
    char *issuer;
    char *client_id;
    char *client_secret;
    char *redirect_url;
    char *ca_file;
    oidc_metadata_t metadata;
    sb_jwks_t *keys;      /* NULL: nothing is known yet */
    int64_t until_ms;     /* of the monotonic clock: what is known is good until then */
    int64_t fresh_ms;     /* until then it counts as reached */
    int64_t refetch_ms;   /* when keys may be fetched again for an unknown name */
    uint64_t request;     /* for what it publishes */
    oidc_call_t *calls;   /* that are under way */
    oidc_call_t *waiting; /* for what the provider publishes */
    oidc_call_t *due;     /* their waiting is over */
    bool trouble;         /* the last fetch failed, and it was logged */
};

/* ---- Lists. */

static void s_link(oidc_call_t **list, oidc_call_t *call)
{
    call->list = list;
    call->prev = NULL;
    call->next = *list;
    if (call->next) {
        call->next->prev = call;
    }
    *list = call;
}

static void s_move(oidc_call_t **list, oidc_call_t *call)
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

oidc_provider_t *oidc_provider_new(zloop_t *loop, sb_timers_t *timers,
                                   const oidc_provider_config_t *config)
{
    assert(loop && timers && config);
    static const sb_http_config_t http = {.open_max = SB_HTTP_OPEN_MAX,
                                          .connections_max = CONNECTIONS_MAX};
    oidc_provider_t *self = sb_alloc(sizeof *self);
    self->timers = timers;
    self->http = sb_http_new(loop, &http);
    self->issuer = sb_strdup(config->issuer);
    self->client_id = sb_strdup(config->client_id);
    self->client_secret = sb_strdup(config->client_secret);
    self->redirect_url = sb_strdup(config->redirect_url);
    self->ca_file = sb_strdup(config->ca_file);
    return self;
}

void oidc_provider_destroy(oidc_provider_t **self_p)
{
    oidc_provider_t *self = *self_p;
    if (!self) {
        return;
    }
    assert(!self->calls && !self->waiting);
    sb_http_cancel(self->http, &self->request);
    sb_http_destroy(&self->http);
    sb_jwks_destroy(&self->keys);
    sb_wipe(self->client_secret, strlen(self->client_secret));
    free(self->client_secret);
    free(self->client_id);
    free(self->redirect_url);
    free(self->ca_file);
    free(self->issuer);
    free(self);
    *self_p = NULL;
}

const char *oidc_provider_authorize_url(const oidc_provider_t *self)
{
    return self->metadata.authorize_url;
}

static void s_free(oidc_provider_t *self, oidc_call_t *call)
{
    s_move(NULL, call);
    sb_http_cancel(self->http, &call->request);
    sb_timers_cancel(self->timers, &call->timer);
    sb_jwt_destroy(&call->token);
    free(call->code);
    free(call->verifier);
    free(call);
}

void oidc_provider_drop(oidc_call_t **call_p)
{
    if (*call_p) {
        s_free((*call_p)->provider, *call_p);
        *call_p = NULL;
    }
}

/* Takes the token out first, so that its claims live as long as the callback. */
static void s_end(oidc_provider_t *self, oidc_call_t *call, int code, const sb_err_t *err)
{
    oidc_fn *fn = call->fn;
    void *arg = call->arg;
    sb_jwt_t *token = call->token;
    call->token = NULL;
    s_free(self, call);
    fn(arg, code, token && !code ? sb_jwt_claims(token) : NULL, err);
    sb_jwt_destroy(&token);
}

static uint64_t s_http(oidc_provider_t *self, sb_http_request_t *request, sb_http_fn *fn, void *arg)
{
    request->connect_ms = OIDC_CONNECT_MS;
    request->total_ms = request->total_ms ? request->total_ms : OIDC_CALL_MS;
    request->answer_max = OIDC_ANSWER_MAX;
    request->ca_file = self->ca_file;
    return sb_http_send(self->http, request, fn, arg);
}

/* ---- What the provider publishes. */

static void s_step(oidc_provider_t *self, oidc_call_t *call);

/* One by one, since a callback may drop others and make new calls. */
static void s_wake(oidc_provider_t *self, const sb_err_t *err)
{
    while (self->waiting) {
        s_move(&self->due, self->waiting);
    }
    while (self->due) {
        oidc_call_t *call = self->due;
        s_move(&self->calls, call);
        if (err) {
            s_end(self, call, SB_ERETRY, err);
        } else {
            s_step(self, call);
        }
    }
}

/* Said once, not for everyone who waits. */
static void s_failed(oidc_provider_t *self, const sb_err_t *err)
{
    if (!self->trouble) {
        sb_warn("the OpenID provider can't be used", "issuer", self->issuer, "error", err->text,
                NULL);
    }
    self->trouble = true;
    self->fresh_ms = 0;
    s_wake(self, err);
}

static void s_on_keys(void *arg, const sb_http_answer_t *answer)
{
    oidc_provider_t *self = arg;
    sb_err_t err = {0};
    sb_jwks_t *keys = NULL;
    self->request = 0;
    if (answer->end != SB_HTTP_ANSWERED) {
        (void)sb_fail(&err, SB_ERETRY, "keys: %.160s", answer->err.text);
    } else if (answer->status != 200) {
        (void)sb_fail(&err, SB_ERETRY, "keys: the provider answered %d", answer->status);
    } else {
        keys = sb_jwks_parse(answer->body, answer->body_size, &err);
        if (keys && sb_jwks_len(keys) == 0) {
            (void)sb_fail(&err, SB_ERETRY, "keys: none is for RS256 or ES256");
            sb_jwks_destroy(&keys);
        }
    }
    if (!keys) {
        s_failed(self, &err);
        return;
    }
    if (self->trouble) {
        sb_info("the OpenID provider can be used again", "issuer", self->issuer, NULL);
    }
    self->trouble = false;
    sb_jwks_destroy(&self->keys);
    self->keys = keys;
    self->fresh_ms = sb_clock_mono_ms() + OIDC_FRESH_MS;
    s_wake(self, NULL);
}

static void s_fetch_keys(oidc_provider_t *self)
{
    sb_http_request_t request = {
        .method = "GET", .url = self->metadata.keys_url, .total_ms = OIDC_DISCOVERY_MS};
    self->request = s_http(self, &request, s_on_keys, self);
}

static void s_on_metadata(void *arg, const sb_http_answer_t *answer)
{
    oidc_provider_t *self = arg;
    sb_err_t err;
    self->request = 0;
    if (oidc_metadata_read(answer, self->issuer, &self->metadata, &err)) {
        sb_jwks_destroy(&self->keys); /* they may be another's by now */
        s_failed(self, &err);
        return;
    }
    self->until_ms = sb_clock_mono_ms() + OIDC_KEEP_MS;
    s_fetch_keys(self);
}

static void s_fetch_all(oidc_provider_t *self)
{
    size_t len = strlen(self->issuer);
    len -= len > 0 && self->issuer[len - 1] == '/';
    char *url = sb_format("%.*s" OIDC_WELL_KNOWN, (int)len, self->issuer);
    sb_http_request_t request = {.method = "GET", .url = url, .total_ms = OIDC_DISCOVERY_MS};
    self->request = s_http(self, &request, s_on_metadata, self);
    free(url);
}

/* ---- The exchange of a code. */

static void s_on_exchanged(void *arg, const sb_http_answer_t *answer)
{
    oidc_call_t *call = arg;
    sb_err_t err;
    call->request = 0;
    call->token = oidc_token_read(answer, &err);
    if (!call->token) {
        s_end(call->provider, call, err.code, &err);
        return;
    }
    s_step(call->provider, call);
}

/* "Authorization: Basic ...", whose halves are encoded first (RFC 6749, 2.3.1). */
static char *s_basic(const oidc_provider_t *self)
{
    sb_buf_t pair = sb_buf(FORM_MAX);
    sb_url_encode(&pair, self->client_id);
    sb_buf_putc(&pair, ':');
    sb_url_encode(&pair, self->client_secret);
    char *coded = sb_base64(pair.text, pair.len);
    char *header = sb_format("Authorization: Basic %s", coded);
    sb_wipe(pair.text, pair.len);
    sb_buf_free(&pair);
    free(coded);
    return header;
}

static void s_exchange(oidc_provider_t *self, oidc_call_t *call)
{
    sb_buf_t form = sb_buf(FORM_MAX);
    sb_url_pair(&form, "grant_type", "authorization_code");
    sb_url_pair(&form, "code", call->code);
    sb_url_pair(&form, "redirect_uri", self->redirect_url);
    sb_url_pair(&form, "code_verifier", call->verifier);
    if (self->metadata.post) {
        sb_url_pair(&form, "client_id", self->client_id);
        sb_url_pair(&form, "client_secret", self->client_secret);
    }
    assert(!form.overflow); /* pages bound what a browser may say */
    char *basic = self->metadata.post ? NULL : s_basic(self);
    const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded",
        "Accept: application/json",
        basic,
        NULL,
    };
    sb_http_request_t request = {
        .method = "POST",
        .url = self->metadata.token_url,
        .headers = headers,
        .body = form.text,
        .body_size = form.len,
    };
    call->request = s_http(self, &request, s_on_exchanged, call);
    sb_wipe(form.text, form.len);
    sb_buf_free(&form);
    free(basic);
}

/* ---- Steps. */

static void s_verify(oidc_provider_t *self, oidc_call_t *call)
{
    const int64_t now_ms = sb_clock_mono_ms();
    sb_err_t err = {0};
    const int code = sb_jwt_verify(call->token, self->keys, &err);
    if (code == SB_ENOTFOUND && !call->again && (self->request || now_ms >= self->refetch_ms)) {
        call->again = true;
        s_move(&self->waiting, call);
        if (!self->request) {
            self->refetch_ms = now_ms + OIDC_REFETCH_MS;
            s_fetch_keys(self);
        }
        return;
    }
    s_end(self, call, code ? SB_EINVALID : SB_OK, &err);
}

static void s_step(oidc_provider_t *self, oidc_call_t *call)
{
    /* Who only wants to reach it must not be told of an hour ago; a code has its own try. */
    const int64_t good_ms = call->code ? self->until_ms : self->fresh_ms;
    if (!self->keys || sb_clock_mono_ms() >= good_ms) {
        s_move(&self->waiting, call);
        if (!self->request) {
            s_fetch_all(self);
        }
    } else if (!call->code) {
        const sb_err_t err = {0};
        s_end(self, call, SB_OK, &err);
    } else if (!call->token) {
        s_exchange(self, call);
    } else {
        s_verify(self, call);
    }
}

static void s_on_begin(void *arg)
{
    oidc_call_t *call = arg;
    call->timer = 0;
    s_step(call->provider, call);
}

static oidc_call_t *s_call(oidc_provider_t *self, oidc_fn *fn, void *arg)
{
    assert(self && fn);
    oidc_call_t *call = sb_alloc(sizeof *call);
    call->provider = self;
    s_link(&self->calls, call);
    call->fn = fn;
    call->arg = arg;
    call->timer = sb_timers_add(self->timers, 0, s_on_begin, call);
    return call;
}

oidc_call_t *oidc_provider_reach(oidc_provider_t *self, oidc_fn *fn, void *arg)
{
    return s_call(self, fn, arg);
}

oidc_call_t *oidc_provider_redeem(oidc_provider_t *self, const char *code, const char *verifier,
                                  oidc_fn *fn, void *arg)
{
    assert(code && verifier);
    oidc_call_t *call = s_call(self, fn, arg);
    call->code = sb_strdup(code);
    call->verifier = sb_strdup(verifier);
    return call;
}
