/* factor_oidc.c. The provider is reached before the page is opened, since the page needs to say
 * where to sign in. */
#include "services/authd/factor_oidc.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/secret_file.h"
#include "lib/url.h"
#include "proto/authd.h"
#include "proto/taskd.h"
#include "services/authd/oidc_claims.h"
#include "services/authd/oidc_provider.h"
#include "services/authd/pages.h"

#define CALLBACK "/oidc/callback"
#define STATE "oidc state"
#define NONCE "oidc nonce"
#define VERIFIER "oidc verifier"
#define ASKED_DIGITS_MAX 12

typedef struct {
    const authd_config_t *config;
    pages_t *pages;
    char *redirect_url;
    oidc_provider_t *provider;
} oidc_t;

typedef struct {
    oidc_t *oidc;
    const factor_request_t *request;
    factor_events_t events;
    oidc_call_t *call;
    page_t *page;
    int64_t asked_s;
} work_t;

/* ---- Configuration. */

static int s_check_addresses(const authd_config_t *config, sb_err_t *err)
{
    const char *issuer = config->oidc_issuer;
    if (sb_url_origin(issuer) == 0 || issuer[strcspn(issuer, "?#")]) {
        return sb_fail(err, SB_EINVALID,
                       "oidc.issuer: expected https://..., as the provider writes it, got "
                       "\"%.80s\"",
                       issuer);
    }
    if (config->oidc_redirect_url[0] && sb_url_origin(config->oidc_redirect_url) == 0) {
        return sb_fail(err, SB_EINVALID, "oidc.redirect_url: expected https://...");
    }
    FILE *file = config->oidc_ca_file[0] ? fopen(config->oidc_ca_file, "re") : NULL;
    if (config->oidc_ca_file[0] && !file) {
        return sb_fail(err, SB_EINVALID, "oidc.ca_file: %s can't be read", config->oidc_ca_file);
    }
    if (file) {
        (void)fclose(file);
    }
    return SB_OK;
}

static int s_check(const authd_config_t *config, sb_err_t *err)
{
    char secret[SB_SECRET_FILE_SIZE];
    if (s_check_addresses(config, err)) {
        return err->code;
    }
    if (!config->oidc_client_id[0]) {
        return sb_fail(err, SB_EINVALID, "oidc.client_id: factor oidc needs it");
    }
    if (!config->oidc_claim[0]) {
        return sb_fail(err, SB_EINVALID, "oidc.claim: factor oidc needs it");
    }
    if (!config->oidc_client_secret_file[0]) {
        return sb_fail(err, SB_EINVALID, "oidc.client_secret_file: factor oidc needs it");
    }
    if (sb_secret_file_read(config->oidc_client_secret_file, "", secret, err)) {
        return sb_fail_in(err, "oidc.client_secret_file");
    }
    sb_wipe(secret, sizeof secret);
    return pages_check(config, err);
}

static void *s_open(const factor_env_t *env, sb_err_t *err)
{
    const authd_config_t *config = env->config;
    char secret[SB_SECRET_FILE_SIZE];
    if (!env->pages) {
        (void)sb_fail(err, SB_EINVALID, "page.url: factor oidc needs the page");
        return NULL;
    }
    if (sb_secret_file_read(config->oidc_client_secret_file, "", secret, err)) {
        (void)sb_fail_in(err, "oidc.client_secret_file");
        return NULL;
    }
    oidc_t *self = sb_alloc(sizeof *self);
    self->config = config;
    self->pages = env->pages;
    self->redirect_url = config->oidc_redirect_url[0]
                             ? sb_strdup(config->oidc_redirect_url)
                             : sb_format("%s" CALLBACK, pages_url(env->pages));
    const oidc_provider_config_t provider = {
        .issuer = config->oidc_issuer,
        .client_id = config->oidc_client_id,
        .client_secret = secret,
        .redirect_url = self->redirect_url,
        .ca_file = config->oidc_ca_file,
    };
    self->provider = oidc_provider_new(env->loop, env->timers, &provider);
    sb_wipe(secret, sizeof secret);
    return self;
}

static void s_close(void **self_p)
{
    oidc_t *self = *self_p;
    if (self) {
        oidc_provider_destroy(&self->provider);
        free(self->redirect_url);
        free(self);
        *self_p = NULL;
    }
}

/* ---- Work. */

static work_t *s_work(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = sb_alloc(sizeof *work);
    work->oidc = self;
    work->request = request;
    work->events = *events;
    return work;
}

static void s_free(work_t *work)
{
    oidc_provider_drop(&work->call);
    free(work);
}

static void s_cancel(void *self, void *arg, factor_cancel_t why)
{
    (void)self;
    work_t *work = arg;
    page_leave(&work->page, why);
    s_free(work);
}

static void s_done(void *arg, factor_status_t status)
{
    work_t *work = arg;
    const factor_events_t events = work->events;
    s_free(work);
    events.done(events.arg, status);
}

static void s_warn(const work_t *work, const char *text, const sb_err_t *err)
{
    sb_warn(text, "factor", factor_oidc.name, "person", work->request->person, "job",
            work->request->job, "error", err->text, NULL);
}

/* ---- Can: whether the provider is there. Who is known to it only a sign-in can tell. */

static void s_on_reached(void *arg, int code, const cJSON *claims, const sb_err_t *err)
{
    (void)claims;
    work_t *work = arg;
    char *text = code ? sb_strdup(err->text)
                      : sb_format("would send a link to a page that leads to a sign-in at %s",
                                  work->oidc->config->oidc_issuer);
    const factor_found_t found = {
        .status = code ? FACTOR_UNAVAILABLE : FACTOR_OK,
        .strength = factor_oidc.strength,
        .text = text,
    };
    const factor_events_t events = work->events;
    work->call = NULL;
    s_free(work);
    events.found(events.arg, &found);
    free(text);
}

static void *s_can(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    work->call = oidc_provider_reach(work->oidc->provider, s_on_reached, work);
    return work;
}

/* ---- What only this job knows. */

static char *s_derive(const work_t *work, const char *purpose)
{
    uint8_t bytes[SB_SHA256_SIZE];
    pages_derive(work->oidc->pages, purpose, work->request, bytes);
    char *text = sb_base64url(bytes, sizeof bytes);
    sb_wipe(bytes, sizeof bytes);
    return text;
}

static char *s_name(const work_t *work)
{
    return sb_format("%s%s", work->request->person, work->oidc->config->oidc_claim_suffix);
}

/* ---- Where to sign in. */

static void s_add_acr(sb_buf_t *query, char *const *values)
{
    sb_buf_t list = sb_buf(SB_PAGE_DATA_MAX);
    for (char *const *value = values; *value; value++) {
        sb_buf_printf(&list, "%s%s", value == values ? "" : " ", *value);
    }
    if (list.len > 0) {
        sb_url_pair(query, "acr_values", list.text);
    }
    sb_buf_free(&list);
}

/* NULL if it is longer than a page can hold. */
static char *s_authorize_url(const work_t *work, const char *state)
{
    const oidc_t *oidc = work->oidc;
    const char *base = oidc_provider_authorize_url(oidc->provider);
    char *verifier = s_derive(work, VERIFIER);
    char *nonce = s_derive(work, NONCE);
    char *name = s_name(work);
    uint8_t hash[SB_SHA256_SIZE];
    sb_sha256(verifier, strlen(verifier), hash);
    char *challenge = sb_base64url(hash, sizeof hash);
    sb_buf_t query = sb_buf(SB_PAGE_DATA_MAX / 2);
    sb_url_pair(&query, "response_type", "code");
    sb_url_pair(&query, "client_id", oidc->config->oidc_client_id);
    sb_url_pair(&query, "redirect_uri", oidc->redirect_url);
    sb_url_pair(&query, "scope", "openid profile email");
    sb_url_pair(&query, "state", state);
    sb_url_pair(&query, "nonce", nonce);
    sb_url_pair(&query, "code_challenge", challenge);
    sb_url_pair(&query, "code_challenge_method", "S256");
    sb_url_pair(&query, "prompt", "login");
    sb_url_pair(&query, "max_age", "0");
    sb_url_pair(&query, "login_hint", name);
    s_add_acr(&query, oidc->config->oidc_acr_values);
    char *url = query.overflow
                    ? NULL
                    : sb_format("%s%c%s", base, strchr(base, '?') ? '&' : '?', query.text);
    sb_buf_free(&query);
    sb_wipe(verifier, strlen(verifier));
    free(verifier);
    free(challenge);
    free(nonce);
    free(name);
    return url;
}

/* ---- The answer. */

static void s_on_redeemed(void *arg, int code, const cJSON *claims, const sb_err_t *err)
{
    work_t *work = arg;
    work->call = NULL;
    if (code == SB_EFORBIDDEN) {
        s_warn(work, "the OpenID provider did not take a code", err);
        page_retry(work->page);
        return;
    }
    if (code) {
        s_warn(work, "a sign-in ended without a token to judge", err);
        page_end(work->page, FACTOR_UNAVAILABLE);
        return;
    }
    const authd_config_t *config = work->oidc->config;
    char *nonce = s_derive(work, NONCE);
    char *name = s_name(work);
    const oidc_want_t want = {
        .issuer = config->oidc_issuer,
        .client_id = config->oidc_client_id,
        .nonce = nonce,
        .claim = config->oidc_claim,
        .name = name,
        .acr = config->oidc_acr_values,
        .amr = config->oidc_require_amr,
        .asked_s = work->asked_s,
        .max_age_s = config->oidc_max_age,
        .now_s = sb_clock_wall_ms() / 1000,
    };
    sb_err_t why = {0};
    const oidc_verdict_t verdict = oidc_judge(claims, &want, &why);
    free(name);
    free(nonce);
    if (verdict == OIDC_PROVEN) {
        page_end(work->page, FACTOR_APPROVED);
        return;
    }
    s_warn(work, "a sign-in proves nothing", &why);
    if (verdict == OIDC_WEAK) {
        page_retry(work->page);
    } else {
        page_end(work->page, verdict == OIDC_STRANGE ? FACTOR_SUSPECT : FACTOR_UNAVAILABLE);
    }
}

static bool s_is_state(const work_t *work, const char *got)
{
    char *state = s_derive(work, STATE);
    const bool same = strlen(got) == strlen(state) && sb_equal(got, state, strlen(state));
    free(state);
    return same;
}

static void s_on_answer(void *arg, const char *kind, const cJSON *answer)
{
    work_t *work = arg;
    sb_err_t err;
    sb_reader_t reader = sb_reader(answer, "answer", &err);
    const char *code = sb_read_str(&reader, "code", 1, SB_PAGE_ANSWER_MAX);
    const char *state = sb_read_str(&reader, "state", 1, SB_PAGE_ANSWER_MAX);
    if (sb_reader_code(&reader) || strcmp(kind, "oidc") != 0 || !s_is_state(work, state)) {
        page_retry(work->page);
        return;
    }
    char *verifier = s_derive(work, VERIFIER);
    work->call = oidc_provider_redeem(work->oidc->provider, code, verifier, s_on_redeemed, work);
    sb_wipe(verifier, strlen(verifier));
    free(verifier);
}

/* ---- Start: the page. */

static void s_on_page(void *arg, const char *link)
{
    work_t *work = arg;
    char asked[ASKED_DIGITS_MAX + 1];
    (void)snprintf(asked, sizeof asked, "%" PRId64, work->asked_s);
    work->events.accepted(work->events.arg, asked, SB_SHOW_LINK, link);
}

static void s_on_provider(void *arg, int code, const cJSON *claims, const sb_err_t *err)
{
    (void)claims;
    work_t *work = arg;
    work->call = NULL;
    char *state = s_derive(work, STATE);
    char *url = code ? NULL : s_authorize_url(work, state);
    if (!url) {
        sb_err_t fault;
        (void)sb_fail(&fault, SB_ETOOLARGE, "the address to sign in is too long for a page");
        s_warn(work, "nobody can be led to the OpenID provider", code ? err : &fault);
        free(state);
        s_done(work, FACTOR_UNAVAILABLE);
        return;
    }
    const page_events_t page = {
        .opened = s_on_page, .answered = s_on_answer, .ended = s_done, .arg = work};
    cJSON *data = sb_json_object();
    sb_json_add_str(data, "authorize_url", url);
    sb_json_add_str(data, "state", state);
    work->page = page_open(work->oidc->pages, work->request, factor_oidc.name, NULL, &data, &page);
    free(url);
    free(state);
}

/* When the person was asked: said by an earlier authd if it is the same question. */
static int64_t s_asked_s(const factor_request_t *request)
{
    const char *told = request->again ? request->transaction : NULL;
    const size_t digits = told ? strspn(told, "0123456789") : 0;
    const bool readable = digits > 0 && digits <= ASKED_DIGITS_MAX && told[digits] == '\0';
    return readable ? strtoll(told, NULL, 10) : sb_clock_wall_ms() / 1000;
}

static void *s_start(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    work->asked_s = s_asked_s(request);
    work->call = oidc_provider_reach(work->oidc->provider, s_on_provider, work);
    return work;
}

const factor_driver_t factor_oidc = {
    .name = "oidc",
    .strength = FACTOR_PUSH,
    .check = s_check,
    .open = s_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
