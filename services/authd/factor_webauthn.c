/* factor_webauthn.c. lib/webauthn says whether an answer is a passkey's and ours; here is whose it
 * may be, what it must have signed, and that the store has moved the counter on before anybody is
 * told of an approval. */
#include "services/authd/factor_webauthn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/url.h"
#include "lib/webauthn.h"
#include "proto/authd.h"
#include "proto/taskd.h"
#include "services/authd/pages.h"

#define CHALLENGE_TEXT "securitybot passkey for an alert, 1"
#define FIELD_MAX SB_PAGE_ANSWER_MAX /* base64url digits of a member of an answer */
#define KEY_TEXT_MAX 256             /* the same of a public key */
#define ALGORITHM_MIN (-65536)       /* COSE's numbers */

typedef struct {
    store_t *store;
    pages_t *pages;
    sb_webauthn_party_t party;
} webauthn_t;

/* Bytes of our own. */
typedef struct {
    uint8_t *data;
    size_t size;
} owned_t;

/* In the order of s_fields. */
enum { FIELD_ID, FIELD_CLIENT_DATA, FIELD_AUTH_DATA, FIELD_SIGNATURE, FIELD_USER_HANDLE, FIELDS };
static const char *const s_fields[FIELDS] = {
    "id", "client_data", "auth_data", "signature", "user_handle",
};

typedef struct {
    webauthn_t *webauthn;
    const factor_request_t *request;
    factor_events_t events;
    store_ask_t *ask;
    page_t *page;
    char *id; /* of the passkey that answered, as text */
    owned_t answer[FIELDS];
} work_t;

/* ---- The driver. */

/* Else browsers refuse, or the answers are not taken: nobody could use a passkey. */
static int s_check_address(const authd_config_t *config, sb_err_t *err)
{
    const char *url = config->page_url;
    const char *rp_id = config->webauthn_rp_id;
    const char *scheme_end = strstr(url, "://");
    const char *host = scheme_end ? scheme_end + 3 : url;
    const size_t len = strcspn(host, ":/");
    const size_t size = strlen(rp_id);
    const bool ends = size <= len && strncasecmp(host + len - size, rp_id, size) == 0;
    if (!ends || (size < len && host[len - size - 1] != '.')) {
        return sb_fail(err, SB_EINVALID,
                       "webauthn.rp_id: \"%.100s\" is neither the host of page.url nor a domain "
                       "above it",
                       rp_id);
    }
    const size_t origin = sb_url_origin(url);
    for (char *const *at = config->webauthn_origins; *at; at++) {
        if (strlen(*at) == origin && strncasecmp(*at, url, origin) == 0) {
            return SB_OK;
        }
    }
    return sb_fail(err, SB_EINVALID,
                   "webauthn.origins: the origin of page.url, \"%.*s\", is not listed", (int)origin,
                   url);
}

static int s_check(const authd_config_t *config, sb_err_t *err)
{
    if (!config->webauthn_rp_id[0]) {
        return sb_fail(err, SB_EINVALID,
                       "webauthn.rp_id: expected the domain that passkeys are made for");
    }
    if (!config->webauthn_origins[0]) {
        return sb_fail(err, SB_EINVALID,
                       "webauthn.origins: none is listed, e.g. https://confirm.example.com");
    }
    return pages_check(config, err) ? err->code : s_check_address(config, err);
}

static void *s_open(const factor_env_t *env, sb_err_t *err)
{
    if (!env->pages) {
        (void)sb_fail(err, SB_EINVALID, "page.url: factor webauthn needs the page");
        return NULL;
    }
    webauthn_t *self = sb_alloc(sizeof *self);
    self->store = env->store;
    self->pages = env->pages;
    self->party.rp_id = env->config->webauthn_rp_id;
    self->party.origins = (const char *const *)env->config->webauthn_origins;
    while (self->party.origins[self->party.origins_len]) {
        self->party.origins_len++;
    }
    return self;
}

static void s_close(void **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

/* ---- Work. */

static void s_answer_free(work_t *work)
{
    for (size_t i = 0; i < FIELDS; i++) {
        free(work->answer[i].data);
        work->answer[i] = (owned_t){0};
    }
    free(work->id);
    work->id = NULL;
}

static void s_free(work_t *work)
{
    s_answer_free(work);
    free(work);
}

static work_t *s_work(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = sb_alloc(sizeof *work);
    work->webauthn = self;
    work->request = request;
    work->events = *events;
    return work;
}

static void s_cancel(void *self, void *arg, factor_cancel_t why)
{
    webauthn_t *webauthn = self;
    work_t *work = arg;
    store_forget(webauthn->store, &work->ask);
    page_leave(&work->page, why);
    s_free(work);
}

static void s_log(const work_t *work, const char *text, const sb_err_t *err)
{
    sb_error(text, "factor", factor_webauthn.name, "person", work->request->person, "job",
             work->request->job, "error", err->text, NULL);
}

static void s_ask_passkeys(work_t *work, sb_reply_fn *fn)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", work->request->person);
    work->ask = store_ask(work->webauthn->store, "passkey.get", &body, fn, work);
}

/* ---- Can. */

static void s_found(work_t *work, factor_status_t status, int passkeys)
{
    char text[96];
    (void)snprintf(text, sizeof text, "would send a link to a page that asks for %s (%d enrolled)",
                   passkeys == 1 ? "a passkey" : "one of their passkeys", passkeys);
    const factor_found_t found = {
        .status = status,
        .strength = factor_webauthn.strength,
        .text = status == FACTOR_OK ? text : NULL,
    };
    const factor_events_t events = work->events;
    s_free(work);
    events.found(events.arg, &found);
}

static void s_on_got(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    work_t *work = arg;
    work->ask = NULL;
    if (code) {
        s_log(work, "the store refused to look up passkeys", err);
        s_found(work, FACTOR_UNAVAILABLE, 0);
        return;
    }
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "passkey.get", &fault);
    const cJSON *passkeys = sb_read_array(&reader, "passkeys", SB_PASSKEYS_MAX);
    if (sb_reader_code(&reader)) {
        s_log(work, "the store's answer can't be read", &fault);
        s_found(work, FACTOR_UNAVAILABLE, 0);
        return;
    }
    const int len = cJSON_GetArraySize(passkeys);
    s_found(work, len > 0 ? FACTOR_OK : FACTOR_NONE, len);
}

static void *s_can(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    s_ask_passkeys(work, s_on_got);
    return work;
}

/* ---- Start: the page. */

static void s_challenge(const work_t *work, uint8_t out[SB_CHALLENGE_SIZE])
{
    const factor_request_t *request = work->request;
    uint8_t parts[5][SB_SHA256_SIZE]; /* each of one length, so that none runs into the next */
    sb_sha256(CHALLENGE_TEXT, strlen(CHALLENGE_TEXT), parts[0]);
    sb_sha256(request->job, strlen(request->job), parts[1]);
    sb_sha256(request->person, strlen(request->person), parts[2]);
    sb_sha256(request->alert, strlen(request->alert), parts[3]);
    pages_derive(work->webauthn->pages, "passkey challenge", request, parts[4]);
    _Static_assert(SB_CHALLENGE_SIZE == SB_SHA256_SIZE, "a challenge is a hash");
    sb_sha256(parts, sizeof parts, out);
    sb_wipe(parts, sizeof parts);
}

static void s_on_page(void *arg, const char *link)
{
    work_t *work = arg;
    work->events.accepted(work->events.arg, NULL, SB_SHOW_LINK, link);
}

static void s_on_ended(void *arg, factor_status_t status)
{
    work_t *work = arg;
    const factor_events_t events = work->events;
    s_free(work);
    events.done(events.arg, status);
}

static void s_trouble(work_t *work, const char *text, const sb_err_t *err)
{
    s_log(work, text, err);
    page_end(work->page, FACTOR_UNAVAILABLE);
}

/* ---- The answer. */

static void s_on_advanced(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    work_t *work = arg;
    work->ask = NULL;
    if (code) {
        s_trouble(work, "the store refused to move a passkey's counter", err);
        return;
    }
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "passkey.advance", &fault);
    const bool accepted = sb_read_bool(&reader, "accepted");
    if (sb_reader_code(&reader)) {
        s_trouble(work, "the store's answer can't be read", &fault);
        return;
    }
    if (!accepted) {
        sb_warn("a passkey's counter did not grow: it may have a twin", "person",
                work->request->person, "job", work->request->job, "passkey", work->id, NULL);
    }
    page_end(work->page, accepted ? FACTOR_APPROVED : FACTOR_SUSPECT);
}

/* A counter that did not grow is taken to the store as well: this very job may have moved it on
 * before, and its end was lost. */
static void s_weigh(work_t *work, sb_webauthn_result_t result, uint32_t count, const sb_err_t *err)
{
    if (result == SB_WEBAUTHN_VERIFIED || result == SB_WEBAUTHN_COUNTER_REGRESSED) {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "person", work->request->person);
        sb_json_add_str(body, "id", work->id);
        sb_json_add_str(body, "job", work->request->job);
        sb_json_add_int(body, "count", count);
        work->ask = store_ask(work->webauthn->store, "passkey.advance", &body, s_on_advanced, work);
        return;
    }
    sb_warn("a passkey's answer was not right", "person", work->request->person, "job",
            work->request->job, "why", sb_webauthn_result_name(result), "error", err->text, NULL);
    if (result == SB_WEBAUTHN_BAD_KEPT_KEY) {
        page_end(work->page, FACTOR_UNAVAILABLE);
    } else {
        page_retry(work->page);
    }
}

static sb_bytes_t s_bytes(const owned_t *owned)
{
    return (sb_bytes_t){.data = owned->data, .size = owned->size};
}

/* Against the passkey that the store has under this id. */
static sb_webauthn_result_t s_verify(const work_t *work, sb_reader_t *passkey, uint32_t *count_r,
                                     sb_err_t *err)
{
    const char *key = sb_read_str(passkey, "public_key", 1, KEY_TEXT_MAX);
    const owned_t *answer = work->answer;
    uint8_t handle[SB_SHA256_SIZE];
    uint8_t challenge[SB_CHALLENGE_SIZE];
    owned_t spki = {0};
    sb_sha256(work->request->person, strlen(work->request->person), handle);
    s_challenge(work, challenge);
    sb_webauthn_credential_t credential = {
        .id = s_bytes(&answer[FIELD_ID]),
        .user_handle = {.data = handle, .size = sizeof handle},
        .algorithm = sb_read_int(passkey, "algorithm", ALGORITHM_MIN, 0),
        .sign_count = (uint32_t)sb_read_int(passkey, "count", 0, UINT32_MAX),
        .backup_eligible = sb_read_bool(passkey, "backup_eligible"),
    };
    sb_err_t fault;
    if (sb_reader_code(passkey)) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_BAD_KEPT_KEY, "%s", passkey->err->text);
    }
    if (sb_unbase64url(key, &spki.data, &spki.size, &fault)) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_BAD_KEPT_KEY, "public_key: %s", fault.text);
    }
    credential.spki = s_bytes(&spki);
    const sb_webauthn_assertion_t assertion = {
        .credential_id = s_bytes(&answer[FIELD_ID]),
        .client_data = s_bytes(&answer[FIELD_CLIENT_DATA]),
        .auth_data = s_bytes(&answer[FIELD_AUTH_DATA]),
        .signature = s_bytes(&answer[FIELD_SIGNATURE]),
        .user_handle = s_bytes(&answer[FIELD_USER_HANDLE]),
    };
    sb_webauthn_news_t news = {0};
    const sb_webauthn_result_t result = sb_webauthn_verify_assertion(
        &work->webauthn->party, (sb_bytes_t){.data = challenge, .size = sizeof challenge},
        &credential, &assertion, &news, err);
    *count_r = news.sign_count;
    free(spki.data);
    return result;
}

static void s_judge(work_t *work, const cJSON *passkeys, sb_reader_t *reader)
{
    const cJSON *item;
    size_t i = 0;
    cJSON_ArrayForEach(item, passkeys)
    {
        sb_reader_t passkey = sb_reader_item(reader, "passkeys", item, i++);
        const char *id = sb_read_str(&passkey, "id", 1, FIELD_MAX);
        if (strcmp(id, work->id) == 0) {
            sb_err_t err = {0};
            uint32_t count = 0;
            const sb_webauthn_result_t result = s_verify(work, &passkey, &count, &err);
            s_weigh(work, result, count, &err);
            return;
        }
    }
    sb_err_t err;
    s_weigh(work,
            sb_webauthn_refuse(&err, SB_WEBAUTHN_OTHER_CREDENTIAL, "it is none of this person's"),
            0, &err);
}

static void s_on_passkeys(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    work_t *work = arg;
    work->ask = NULL;
    if (code) {
        s_trouble(work, "the store refused to look up passkeys", err);
        return;
    }
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "passkey.get", &fault);
    const cJSON *passkeys = sb_read_array(&reader, "passkeys", SB_PASSKEYS_MAX);
    if (sb_reader_code(&reader)) {
        s_trouble(work, "the store's answer can't be read", &fault);
    } else if (cJSON_GetArraySize(passkeys) == 0) {
        page_end(work->page, FACTOR_NONE);
    } else {
        s_judge(work, passkeys, &reader);
    }
}

static void s_on_answer(void *arg, const char *kind, const cJSON *answer)
{
    work_t *work = arg;
    sb_err_t err;
    sb_reader_t reader = sb_reader(answer, "answer", &err);
    s_answer_free(work);
    bool readable = strcmp(kind, "passkey") == 0;
    for (size_t i = 0; readable && i < FIELDS; i++) {
        owned_t *to = &work->answer[i];
        const char *text = sb_read_str(&reader, s_fields[i], i != FIELD_USER_HANDLE, FIELD_MAX);
        readable = !sb_reader_code(&reader) && !sb_unbase64url(text, &to->data, &to->size, &err);
        if (readable && i == FIELD_ID) {
            work->id = sb_strdup(text);
        }
    }
    if (!readable) {
        page_retry(work->page);
        return;
    }
    s_ask_passkeys(work, s_on_passkeys);
}

static void *s_start(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    const page_events_t page = {
        .opened = s_on_page, .answered = s_on_answer, .ended = s_on_ended, .arg = work};
    uint8_t challenge[SB_CHALLENGE_SIZE];
    s_challenge(work, challenge);
    char *text = sb_base64url(challenge, sizeof challenge);
    cJSON *data = sb_json_object();
    sb_json_add_str(data, "rp_id", work->webauthn->party.rp_id);
    work->page =
        page_open(work->webauthn->pages, request, factor_webauthn.name, text, &data, &page);
    free(text);
    return work;
}

const factor_driver_t factor_webauthn = {
    .name = "webauthn",
    .strength = FACTOR_PASSKEY,
    .check = s_check,
    .open = s_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
