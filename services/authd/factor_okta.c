/* factor_okta.c. can: the user, then their factors. start: the same, then verify, and for a push
 * one look every 3 s until it ends; or, with a transaction, these looks at once. Whatever a person
 * does with a push that was taken back is not looked at. */
#include "services/authd/factor_okta.h"

#include <assert.h>
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
#include "services/authd/okta_api.h"

#define POLL_MS 3000
#define POLL_FAILED_MAX_MS 15000 /* between two looks that fail */
#define WITHDRAW_MS 10000        /* for taking a push back */
#define PATH_MAX_SIZE 1024

typedef struct work work_t;

typedef struct {
    sb_timers_t *timers;
    okta_api_t *api;
    char *suffix;
    bool codes;
    work_t *orphans; /* cancelled while it was not known whether a push was sent */
} okta_t;

struct work {
    okta_t *okta;
    work_t *next; /* of orphans */
    const factor_request_t *request;
    factor_events_t events;
    int64_t end_ms;
    okta_call_t *call;
    uint64_t timer;
    bool can;
    bool pushing; /* verify is out */
    char user[OKTA_ID_MAX + 1];
    char poll[SB_TRANSACTION_MAX + 1];
    char cancel[SB_TRANSACTION_MAX + 1]; /* "": it is not known how to take the push back */
    unsigned failed;                     /* looks in a row */
};

/* ---- Configuration. */

static int s_check_url(const char *url, sb_err_t *err)
{
    const size_t size = sb_url_origin(url);
    if (size == 0 || (url[size] && strcmp(url + size, "/") != 0)) {
        return sb_fail(err, SB_EINVALID,
                       "okta.url: expected https://HOST of the organisation, e.g. "
                       "https://example.okta.com, got \"%.80s\"",
                       url);
    }
    return SB_OK;
}

static int s_check_ca(const char *path, sb_err_t *err)
{
    FILE *file = path[0] ? fopen(path, "re") : NULL;
    if (path[0] && !file) {
        return sb_fail(err, SB_EINVALID, "okta.ca_file: %s can't be read", path);
    }
    if (file) {
        (void)fclose(file);
    }
    return SB_OK;
}

/* The token, or else the signer; the caller wipes and destroys. */
static int s_load(const authd_config_t *config, char token_r[SB_SECRET_FILE_SIZE],
                  sb_jwt_signer_t **signer_r, sb_err_t *err)
{
    token_r[0] = '\0';
    *signer_r = NULL;
    const bool oauth = config->okta_client_id[0] || config->okta_private_key_file[0];
    if (oauth == (config->okta_token_file[0] != '\0')) {
        return sb_fail(err, SB_EINVALID,
                       "okta: expected okta.token_file, or okta.client_id and "
                       "okta.private_key_file, and not both");
    }
    if (!oauth) {
        return sb_secret_file_read(config->okta_token_file, "", token_r, err)
                   ? sb_fail_in(err, "okta.token_file")
                   : SB_OK;
    }
    if (!config->okta_client_id[0] || !config->okta_private_key_file[0]) {
        return sb_fail(err, SB_EINVALID, "%s: OAuth needs it",
                       config->okta_client_id[0] ? "okta.private_key_file" : "okta.client_id");
    }
    *signer_r = sb_jwt_signer_load(config->okta_private_key_file, err);
    return *signer_r ? SB_OK : sb_fail_in(err, "okta.private_key_file");
}

static int s_check(const authd_config_t *config, sb_err_t *err)
{
    char token[SB_SECRET_FILE_SIZE];
    sb_jwt_signer_t *signer;
    if (s_check_url(config->okta_url, err) || s_check_ca(config->okta_ca_file, err)) {
        return err->code;
    }
    const int code = s_load(config, token, &signer, err);
    sb_wipe(token, sizeof token);
    sb_jwt_signer_destroy(&signer);
    return code;
}

static void *s_open(const factor_env_t *env, sb_err_t *err)
{
    const authd_config_t *config = env->config;
    char token[SB_SECRET_FILE_SIZE];
    sb_jwt_signer_t *signer;
    if (s_load(config, token, &signer, err)) {
        return NULL;
    }
    char *url = sb_strndup(config->okta_url, sb_url_origin(config->okta_url));
    const okta_api_config_t api = {
        .url = url,
        .token = signer ? NULL : token,
        .client_id = config->okta_client_id,
        .signer = &signer,
        .ca_file = config->okta_ca_file,
    };
    okta_t *self = sb_alloc(sizeof *self);
    self->timers = env->timers;
    self->suffix = sb_strdup(config->okta_login_suffix);
    self->codes = config->okta_codes == AUTHD_CODES_CHAT;
    self->api = okta_api_new(env->loop, env->timers, &api);
    sb_wipe(token, sizeof token);
    free(url);
    return self;
}

static void s_free(work_t *work)
{
    okta_api_drop(&work->call);
    sb_timers_cancel(work->okta->timers, &work->timer);
    free(work);
}

static void s_close(void **self_p)
{
    okta_t *self = *self_p;
    if (!self) {
        return;
    }
    while (self->orphans) {
        work_t *work = self->orphans;
        self->orphans = work->next;
        s_free(work);
    }
    okta_api_destroy(&self->api);
    free(self->suffix);
    free(self);
    *self_p = NULL;
}

/* ---- Work. */

static work_t *s_work(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = sb_alloc(sizeof *work);
    work->okta = self;
    work->request = request;
    work->events = *events;
    work->end_ms = sb_clock_mono_ms() + request->left_ms;
    return work;
}

static void s_warn(const work_t *work, const char *text, const char *error)
{
    sb_warn(text, "factor", factor_okta.name, "person", work->request->person, "job",
            work->request->job, "error", error, NULL);
}

static void s_done(work_t *work, factor_status_t status)
{
    const factor_events_t events = work->events;
    s_free(work);
    events.done(events.arg, status);
}

static void s_found(work_t *work, factor_status_t status, factor_strength_t strength,
                    const char *text)
{
    const factor_found_t found = {
        .status = status,
        .strength = strength,
        .typed = strength == FACTOR_CODE,
        .text = text,
    };
    const factor_events_t events = work->events;
    s_free(work);
    events.found(events.arg, &found);
}

/* The end of both, where it is not known what the person has. */
static void s_no(work_t *work, factor_status_t status, const char *text)
{
    if (work->can) {
        s_found(work, status, FACTOR_WEAKEST, text);
    } else {
        s_done(work, status);
    }
}

static void s_call(work_t *work, const char *method, const char *path, const char *body,
                   okta_fn *fn)
{
    const okta_request_t request = {
        .method = method, .path = path, .body = body, .until_ms = work->end_ms};
    work->call = okta_api_call(work->okta->api, &request, fn, work);
}

/* ---- Taking a push back. */

static void s_withdraw(okta_t *self, const char *path)
{
    if (path[0]) {
        const okta_request_t request = {
            .method = "DELETE", .path = path, .until_ms = sb_clock_mono_ms() + WITHDRAW_MS};
        (void)okta_api_call(self->api, &request, NULL, NULL);
    }
}

static bool s_is_orphan(const work_t *work)
{
    const work_t *orphan = work->okta->orphans;
    while (orphan && orphan != work) {
        orphan = orphan->next;
    }
    return orphan != NULL;
}

static void s_bury(work_t *work)
{
    work_t **at = &work->okta->orphans;
    while (*at != work) {
        at = &(*at)->next;
    }
    *at = work->next;
    s_withdraw(work->okta, work->cancel);
    s_free(work);
}

static void s_cancel(void *self, void *arg, factor_cancel_t why)
{
    okta_t *okta = self;
    work_t *work = arg;
    if (why == FACTOR_WITHDRAW && work->pushing) {
        work->next = okta->orphans;
        okta->orphans = work;
        return;
    }
    if (why == FACTOR_WITHDRAW) {
        s_withdraw(okta, work->cancel);
    }
    s_free(work);
}

/* ---- Waiting for a push. */

static void s_poll(work_t *work);

static void s_on_pause_over(void *arg)
{
    work_t *work = arg;
    work->timer = 0;
    s_poll(work);
}

static void s_poll_later(work_t *work, int64_t wait_ms)
{
    work->timer = sb_timers_add(work->okta->timers, wait_ms, s_on_pause_over, work);
}

static void s_on_waiting(work_t *work, const okta_verify_t *verify, int64_t wait_ms)
{
    if (verify->left_ms == 0) {
        s_done(work, FACTOR_TIMEOUT);
        return;
    }
    if (verify->poll[0]) {
        (void)snprintf(work->poll, sizeof work->poll, "%s", verify->poll);
    }
    if (verify->cancel[0]) {
        (void)snprintf(work->cancel, sizeof work->cancel, "%s", verify->cancel);
    }
    s_poll_later(work, wait_ms > POLL_MS ? wait_ms : POLL_MS);
}

static void s_on_polled(void *arg, const okta_reply_t *reply)
{
    work_t *work = arg;
    work->call = NULL;
    if (reply->end == OKTA_REFUSED || reply->end == OKTA_UNAUTHORIZED) {
        s_warn(work, "Okta does not tell what became of a push", reply->text);
        s_done(work, FACTOR_UNAVAILABLE);
        return;
    }
    if (reply->end != OKTA_OK) {
        const int64_t wait_ms = (int64_t)POLL_MS << (work->failed < 3 ? work->failed++ : 3);
        const int64_t bounded_ms = wait_ms < POLL_FAILED_MAX_MS ? wait_ms : POLL_FAILED_MAX_MS;
        s_poll_later(work, reply->wait_ms > bounded_ms ? reply->wait_ms : bounded_ms);
        return;
    }
    work->failed = 0;
    okta_verify_t verify;
    okta_reply_verify(reply, okta_api_url(work->okta->api), &verify);
    if (verify.result == OKTA_RESULT_WAITING) {
        s_on_waiting(work, &verify, reply->wait_ms);
        return;
    }
    if (verify.result == OKTA_RESULT_UNKNOWN || verify.result == OKTA_RESULT_ERROR) {
        s_warn(work, "a push of Okta ended without a proof", "a result that is no approval");
        s_withdraw(work->okta, work->cancel[0] ? work->cancel : verify.cancel); /* may be alive */
    }
    s_done(work, okta_result_status(verify.result));
}

static void s_poll(work_t *work)
{
    s_call(work, "GET", work->poll, NULL, s_on_polled);
}

/* ---- A push. */

static void s_on_pushed(void *arg, const okta_reply_t *reply)
{
    work_t *work = arg;
    work->call = NULL;
    work->pushing = false;
    okta_verify_t verify = {0};
    if (reply->end == OKTA_OK) {
        okta_reply_verify(reply, okta_api_url(work->okta->api), &verify);
    }
    (void)snprintf(work->cancel, sizeof work->cancel, "%s", verify.cancel);
    if (s_is_orphan(work)) {
        s_bury(work);
        return;
    }
    if (reply->end == OKTA_UNSURE) {
        s_warn(work,
               "the answer to a push is lost; the person may have been asked, and is not asked "
               "again",
               reply->text);
    }
    if (reply->end != OKTA_OK) {
        s_done(work,
               okta_code_status(reply->code) == FACTOR_LOCKED ? FACTOR_LOCKED : FACTOR_UNAVAILABLE);
        return;
    }
    if (verify.result != OKTA_RESULT_WAITING || !verify.number || !verify.poll[0]) {
        s_warn(work,
               work->cancel[0] ? "a push of Okta can't be waited for, and is taken back"
                               : "a push of Okta can't be waited for, and has no link to take it "
                                 "back by",
               verify.result != OKTA_RESULT_WAITING ? "it does not wait for the person"
               : !verify.number                     ? "it has no number challenge"
                                                    : "its link leads away from okta.url");
        s_withdraw(work->okta, work->cancel);
        s_done(work, FACTOR_UNAVAILABLE);
        return;
    }
    char number[8];
    (void)snprintf(number, sizeof number, "%d", verify.number);
    work->events.accepted(work->events.arg, verify.poll, SB_SHOW_NUMBER, number);
    s_on_waiting(work, &verify, reply->wait_ms);
}

static void s_push(work_t *work, const char *factor)
{
    char path[PATH_MAX_SIZE];
    (void)snprintf(path, sizeof path, OKTA_API "users/%s/factors/%s/verify", work->user, factor);
    work->pushing = true;
    s_call(work, "POST", path, "{\"useNumberMatchingChallenge\":true}", s_on_pushed);
}

/* ---- A code. */

static void s_on_code(void *arg, const okta_reply_t *reply)
{
    work_t *work = arg;
    work->call = NULL;
    if (reply->end == OKTA_OK) {
        okta_verify_t verify;
        okta_reply_verify(reply, okta_api_url(work->okta->api), &verify);
        /* Of a code there is no waiting; and what failed is wrong. */
        s_done(work, verify.result == OKTA_RESULT_FAILED ? FACTOR_WRONG_CODE
                                                         : okta_result_status(verify.result));
        return;
    }
    const factor_status_t status =
        reply->end == OKTA_REFUSED ? okta_code_status(reply->code) : FACTOR_UNAVAILABLE;
    if (status == FACTOR_UNAVAILABLE) {
        s_warn(work, "Okta did not judge a code", reply->text);
    }
    s_done(work, status);
}

static void s_send_code(work_t *work, const char *factor)
{
    char path[PATH_MAX_SIZE];
    (void)snprintf(path, sizeof path, OKTA_API "users/%s/factors/%s/verify", work->user, factor);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "passCode", work->request->code);
    char *text = sb_json_print(body);
    cJSON_Delete(body);
    s_call(work, "POST", path, text, s_on_code);
    sb_wipe(text, strlen(text));
    free(text);
}

/* ---- Who it is, and what they have. */

static void s_look(work_t *work, const okta_factors_t *factors)
{
    if (factors->push[0]) {
        s_found(work, FACTOR_OK, FACTOR_PUSH, "would send a push with a number to Okta Verify");
    } else if (factors->totp[0] && work->okta->codes) {
        s_found(work, FACTOR_OK, FACTOR_CODE, "would ask for a code of Okta Verify in the chat");
    } else {
        s_found(work, FACTOR_NONE, FACTOR_WEAKEST,
                factors->totp[0] ? "has only codes of Okta Verify, and okta.codes is off"
                                 : "has no active push of Okta Verify");
    }
}

static void s_on_factors(void *arg, const okta_reply_t *reply)
{
    work_t *work = arg;
    work->call = NULL;
    if (reply->end != OKTA_OK) {
        s_no(work, FACTOR_UNAVAILABLE, reply->text);
        return;
    }
    okta_factors_t factors;
    okta_reply_factors(reply->root, &factors);
    if (work->can) {
        s_look(work, &factors);
    } else if (!work->request->code && factors.push[0]) {
        s_push(work, factors.push);
    } else if (work->request->code && factors.totp[0] && work->okta->codes &&
               work->request->strength <= FACTOR_CODE) {
        s_send_code(work, factors.totp);
    } else {
        s_done(work, factors.push[0] || factors.totp[0] ? FACTOR_UNAVAILABLE : FACTOR_NONE);
    }
}

static char *s_login(const work_t *work)
{
    return sb_format("%s%s", work->request->person, work->okta->suffix);
}

static void s_on_user(void *arg, const okta_reply_t *reply)
{
    work_t *work = arg;
    work->call = NULL;
    if (reply->end == OKTA_REFUSED && reply->status == 404) {
        s_no(work, FACTOR_NONE, "is not known to Okta by this login; see okta.login_suffix");
        return;
    }
    if (reply->end != OKTA_OK) {
        s_no(work, FACTOR_UNAVAILABLE, reply->text);
        return;
    }
    okta_user_t user;
    char *login = s_login(work);
    okta_reply_user(reply->root, login, &user);
    free(login);
    if (user.status != FACTOR_OK) {
        s_no(work, user.status, user.text);
        return;
    }
    char path[PATH_MAX_SIZE];
    (void)snprintf(work->user, sizeof work->user, "%s", user.id);
    (void)snprintf(path, sizeof path, OKTA_API "users/%s/factors", user.id);
    s_call(work, "GET", path, NULL, s_on_factors);
}

static void s_find(work_t *work)
{
    sb_buf_t path = sb_buf(PATH_MAX_SIZE);
    char *login = s_login(work);
    sb_buf_puts(&path, OKTA_API "users/");
    sb_url_encode(&path, login);
    free(login);
    assert(!path.overflow); /* a username and okta.login_suffix are bounded */
    s_call(work, "GET", path.text, NULL, s_on_user);
    sb_buf_free(&path);
}

/* ---- The port. */

static void *s_can(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    work->can = true;
    s_find(work);
    return work;
}

static void s_on_lost(void *arg)
{
    work_t *work = arg;
    work->timer = 0;
    s_warn(work, "it is not known whether the person was asked, and nobody asks again",
           "the link to what became of it was lost");
    s_done(work, FACTOR_UNAVAILABLE);
}

static void *s_start(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    if (!request->again) {
        s_find(work);
    } else if (request->transaction && okta_path_valid(request->transaction)) {
        (void)snprintf(work->poll, sizeof work->poll, "%s", request->transaction);
        s_poll(work);
    } else {
        work->timer = sb_timers_add(work->okta->timers, 0, s_on_lost, work);
    }
    return work;
}

const factor_driver_t factor_okta = {
    .name = "okta",
    .strength = FACTOR_PUSH,
    .check = s_check,
    .open = s_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
