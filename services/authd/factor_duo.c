/* factor_duo.c. can: preauth. start: preauth, then auth, then auth_status until it tells the end;
 * or, with a transaction, auth_status at once. Duo can't take a push back: whatever a person still
 * does with one that was cancelled is not looked at. */
#include "services/authd/factor_duo.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/secret_file.h"
#include "services/authd/duo_api.h"
#include "services/authd/duo_pushinfo.h"
#include "services/authd/duo_roots.h"

#define TYPE "Security alert"
#define OFFER_MS 45000 /* a verification code lives 60 s: no later is it used */
/* auth_status answers at once what it has not told yet; more answers than these that tell nothing,
 * each at once, and it is asked once a second. */
#define QUICK_MS 300
#define QUICK_MAX 4
#define QUICK_PAUSE_MS 1000
#define DOUBLINGS_MAX 2 /* of the pause between polls that fail: a push lives a minute */

typedef struct {
    sb_timers_t *timers;
    duo_api_t *api;
    duo_roots_t *roots;
    bool require_number; /* a push without one is not sent */
} duo_t;

typedef struct {
    duo_t *duo;
    const factor_request_t *request;
    factor_events_t events;
    int64_t end_ms;
    duo_call_t *call;
    uint64_t timer;
    char *txid;                                         /* of the push */
    char verification[DUO_VERIFICATION_DIGITS_MAX + 1]; /* "": the push has none */
    int64_t asked_ms;                                   /* when it was polled for */
    unsigned quick;                                     /* answers in a row, told at once */
    unsigned failed;                                    /* polls in a row */
} work_t;

/* ---- Configuration. */

static int s_check_host(const char *host, sb_err_t *err)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
    const size_t len = strspn(host, plain);
    const char *port = host[len] == ':' ? host + len + 1 : "";
    const size_t digits = strspn(port, "0123456789");
    const bool port_good = host[len] == '\0' ||
                           (host[len] == ':' && digits > 0 && digits <= 5 && port[digits] == '\0' &&
                            strtol(port, NULL, 10) > 0 && strtol(port, NULL, 10) <= 65535);
    if (len == 0 || host[0] == '.' || host[0] == '-' || !port_good) {
        return sb_fail(err, SB_EINVALID,
                       "duo.api_host: \"%.60s\" is no host; the Duo Admin Panel shows it with the "
                       "application, e.g. api-12345678.duosecurity.com",
                       host);
    }
    return SB_OK;
}

static int s_check_integration_key(const char *key, sb_err_t *err)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if (!key[0] || key[strspn(key, plain)]) {
        return sb_fail(err, SB_EINVALID,
                       "duo.integration_key: expected letters and digits, as the Duo Admin Panel "
                       "shows them with the application");
    }
    return SB_OK;
}

static int s_check(const authd_config_t *config, sb_err_t *err)
{
    char secret[SB_SECRET_FILE_SIZE];
    if (s_check_host(config->duo_api_host, err) ||
        s_check_integration_key(config->duo_integration_key, err)) {
        return err->code;
    }
    if (!config->duo_secret_key_file[0]) {
        return sb_fail(err, SB_EINVALID, "duo.secret_key_file: factor duo needs it");
    }
    if (sb_secret_file_read(config->duo_secret_key_file, "", secret, err)) {
        return sb_fail_in(err, "duo.secret_key_file");
    }
    sb_wipe(secret, sizeof secret);
    duo_roots_t *roots = duo_roots_new(config->duo_ca_file, DUO_SYSTEM_ROOTS, err);
    if (!roots) {
        return sb_fail_in(err, "duo.ca_file");
    }
    duo_roots_destroy(&roots);
    return SB_OK;
}

static void *s_open(const factor_env_t *env, sb_err_t *err)
{
    const authd_config_t *config = env->config;
    char secret[SB_SECRET_FILE_SIZE];
    if (sb_secret_file_read(config->duo_secret_key_file, "", secret, err)) {
        (void)sb_fail_in(err, "duo.secret_key_file");
        return NULL;
    }
    duo_roots_t *roots = duo_roots_new(config->duo_ca_file, DUO_SYSTEM_ROOTS, err);
    if (!roots) {
        (void)sb_fail_in(err, "duo.ca_file");
        sb_wipe(secret, sizeof secret);
        return NULL;
    }
    duo_t *self = sb_alloc(sizeof *self);
    const duo_api_config_t api = {
        .host = config->duo_api_host,
        .integration_key = config->duo_integration_key,
        .secret_key = secret,
        .ca_file = duo_roots_path(roots),
        .version = config->duo_signature_version == AUTHD_DUO_V2 ? 2 : 5,
    };
    self->timers = env->timers;
    self->roots = roots;
    self->require_number = config->duo_require_number;
    self->api = duo_api_new(env->loop, env->timers, &api);
    sb_wipe(secret, sizeof secret);
    return self;
}

static void s_close(void **self_p)
{
    duo_t *self = *self_p;
    if (self) {
        duo_api_destroy(&self->api);
        duo_roots_destroy(&self->roots);
        free(self);
        *self_p = NULL;
    }
}

/* ---- Work. */

static work_t *s_work(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = sb_alloc(sizeof *work);
    work->duo = self;
    work->request = request;
    work->events = *events;
    work->end_ms = sb_clock_mono_ms() + request->left_ms;
    return work;
}

static void s_free(work_t *work)
{
    duo_api_drop(&work->call);
    sb_timers_cancel(work->duo->timers, &work->timer);
    free(work->txid);
    free(work);
}

static void s_cancel(void *self, void *work, factor_cancel_t why)
{
    (void)self;
    (void)why;
    s_free(work);
}

static void s_done(work_t *work, factor_status_t status)
{
    const factor_events_t events = work->events;
    s_free(work);
    events.done(events.arg, status);
}

static void s_warn(const work_t *work, const char *text, const char *error)
{
    sb_warn(text, "factor", factor_duo.name, "person", work->request->person, "job",
            work->request->job, "error", error, NULL);
}

static void s_preauth(work_t *work, duo_fn *fn)
{
    /* No address: by one, a policy for trusted networks would let the person pass unasked. */
    const duo_param_t params[] = {
        {"username",                      work->request->person},
        {"client_supports_verified_push", "1"                  },
    };
    const duo_request_t request = {
        .post = true,
        .path = "/auth/v2/preauth",
        .params = params,
        .params_len = sizeof params / sizeof params[0],
        .until_ms = work->end_ms,
    };
    work->call = duo_api_call(work->duo->api, &request, fn, work);
}

/* What preauth means: FACTOR_OK if a push can be sent. */
static factor_status_t s_outcome(const duo_t *self, const duo_preauth_t *pre)
{
    switch (pre->result) {
    case DUO_PRE_AUTH:
        return pre->device[0] && (pre->verification[0] || !self->require_number) ? FACTOR_OK
                                                                                 : FACTOR_NONE;
    case DUO_PRE_BYPASS:
    case DUO_PRE_ENROLL:
        return FACTOR_NONE;
    case DUO_PRE_DENY:
        return FACTOR_DENIED;
    default:
        return FACTOR_UNAVAILABLE;
    }
}

/* ---- Can. */

static char *s_words(const duo_t *self, const duo_preauth_t *pre)
{
    switch (pre->result) {
    case DUO_PRE_AUTH:
        if (!pre->device[0]) {
            return sb_strdup("has no phone with Duo Mobile that takes pushes");
        }
        if (pre->verification[0]) {
            return sb_format("would send a push with a number to \"%s\"", pre->name);
        }
        return self->require_number
                   ? sb_strdup("is sent no push: Duo's policy offers no verification code, and "
                               "duo.require_number is on")
                   : sb_format("would send a push without a number to \"%s\": Duo's policy offers "
                               "no verification code",
                               pre->name);
    case DUO_PRE_BYPASS:
        return sb_strdup("is let pass by Duo unasked (bypass), which proves nothing");
    case DUO_PRE_DENY:
        return sb_strdup("is refused by Duo: the account is locked out or disabled");
    case DUO_PRE_ENROLL:
        return sb_strdup("is not enrolled in Duo under this name");
    default:
        return sb_strdup("got an answer from Duo that is not known here");
    }
}

static void s_on_can(void *arg, const duo_reply_t *reply)
{
    work_t *work = arg;
    const duo_t *self = work->duo;
    const factor_events_t events = work->events;
    factor_found_t found = {.status = FACTOR_UNAVAILABLE, .text = reply->text};
    char *words = NULL;
    work->call = NULL;
    s_free(work);
    if (reply->end == DUO_OK) {
        duo_preauth_t pre;
        duo_reply_preauth(reply->response, &pre);
        words = s_words(self, &pre);
        found.status = s_outcome(self, &pre);
        found.strength = pre.verification[0] ? FACTOR_PUSH : FACTOR_CODE;
        found.text = words;
    }
    events.found(events.arg, &found);
    free(words);
}

static void *s_can(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    s_preauth(work, s_on_can);
    return work;
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
    work->timer = sb_timers_add(work->duo->timers, wait_ms, s_on_pause_over, work);
}

static void s_on_waiting(work_t *work)
{
    const bool quick = sb_clock_mono_ms() - work->asked_ms < QUICK_MS;
    work->quick = quick ? work->quick + 1 : 0;
    if (work->quick > QUICK_MAX) {
        s_poll_later(work, QUICK_PAUSE_MS);
    } else {
        s_poll(work);
    }
}

static void s_on_polled(void *arg, const duo_reply_t *reply)
{
    work_t *work = arg;
    work->call = NULL;
    if (reply->end == DUO_REFUSED) {
        s_warn(work, "Duo does not tell what became of a push", reply->text);
        s_done(work, FACTOR_UNAVAILABLE);
        return;
    }
    if (reply->end != DUO_OK) {
        uint32_t random;
        sb_random(&random, sizeof random);
        const unsigned tries = work->failed < DOUBLINGS_MAX ? work->failed : DOUBLINGS_MAX;
        work->failed++;
        s_poll_later(work, duo_retry_wait_ms(tries, reply->retry_ms, random));
        return;
    }
    work->failed = 0;
    const duo_login_t login = duo_reply_login(reply->response);
    if (login == DUO_LOGIN_WAITING) {
        s_on_waiting(work);
        return;
    }
    if (login == DUO_LOGIN_UNPROVEN) {
        s_warn(work, "a push to Duo ended without a proof", "a bypass, or a result not known here");
    }
    s_done(work, duo_login_status(login));
}

static void s_poll(work_t *work)
{
    const duo_param_t params[] = {
        {"txid", work->txid}
    };
    const duo_request_t request = {
        .hangs = true,
        .path = "/auth/v2/auth_status",
        .params = params,
        .params_len = 1,
        .until_ms = work->end_ms,
    };
    work->asked_ms = sb_clock_mono_ms();
    work->call = duo_api_call(work->duo->api, &request, s_on_polled, work);
}

/* ---- Start. */

static void s_on_pushed(void *arg, const duo_reply_t *reply)
{
    work_t *work = arg;
    char txid[SB_TRANSACTION_MAX + 1];
    work->call = NULL;
    if (reply->end == DUO_OK && duo_reply_txid(reply->response, txid)) {
        work->txid = sb_strdup(txid);
        const bool verified = work->verification[0] != '\0';
        work->events.accepted(work->events.arg, txid, verified ? SB_SHOW_NUMBER : NULL,
                              verified ? work->verification : NULL);
        s_poll(work);
        return;
    }
    if (reply->end == DUO_OK || reply->end == DUO_UNSURE) {
        s_warn(work,
               "the answer to a push is lost; the person may have been asked, and is not "
               "asked again",
               reply->text);
    }
    s_done(work, FACTOR_UNAVAILABLE);
}

static void s_push(work_t *work, const duo_preauth_t *pre)
{
    const factor_request_t *asked = work->request;
    char *pushinfo = duo_pushinfo(asked);
    const duo_param_t params[] = {
        {"async",            "1"                            },
        {"device",           pre->device                    },
        {"display_username", asked->person                  },
        {"factor",           "push"                         },
        {"pushinfo",         pushinfo                       },
        {"txid",             pre->txid[0] ? pre->txid : NULL},
        {"type",             TYPE                           },
        {"username",         asked->person                  },
    };
    const int64_t offer_ms = sb_clock_mono_ms() + OFFER_MS;
    const duo_request_t request = {
        .post = true,
        .path = "/auth/v2/auth",
        .params = params,
        .params_len = sizeof params / sizeof params[0],
        .until_ms = offer_ms < work->end_ms ? offer_ms : work->end_ms,
    };
    (void)snprintf(work->verification, sizeof work->verification, "%s", pre->verification);
    work->call = duo_api_call(work->duo->api, &request, s_on_pushed, work);
    free(pushinfo);
}

static void s_on_preauth(void *arg, const duo_reply_t *reply)
{
    work_t *work = arg;
    work->call = NULL;
    if (reply->end != DUO_OK) {
        s_done(work, FACTOR_UNAVAILABLE);
        return;
    }
    duo_preauth_t pre;
    duo_reply_preauth(reply->response, &pre);
    const factor_status_t status = s_outcome(work->duo, &pre);
    if (status != FACTOR_OK) {
        s_done(work, status);
    } else if (!pre.verification[0] && work->request->strength > FACTOR_CODE) {
        s_warn(work, "a push without a number is too weak", "Duo offers no verification code");
        s_done(work, FACTOR_UNAVAILABLE);
    } else {
        s_push(work, &pre);
    }
}

static void s_on_lost(void *arg)
{
    work_t *work = arg;
    work->timer = 0;
    s_warn(work, "it is not known whether the person was asked, and nobody asks again",
           "the id of the push was lost");
    s_done(work, FACTOR_UNAVAILABLE);
}

static void *s_start(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    if (!request->again) {
        s_preauth(work, s_on_preauth);
    } else if (request->transaction && duo_txid_valid(request->transaction)) {
        work->txid = sb_strdup(request->transaction);
        s_poll(work);
    } else {
        work->timer = sb_timers_add(work->duo->timers, 0, s_on_lost, work);
    }
    return work;
}

const factor_driver_t factor_duo = {
    .name = "duo",
    .strength = FACTOR_PUSH,
    .check = s_check,
    .open = s_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
