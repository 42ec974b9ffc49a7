/* duo_reply.c. Members are read one by one and none is missed: a hardware token has no
 * capabilities, and an error's code may be a string, or empty. */
#include "services/authd/duo_reply.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "services/authd/duo_pushinfo.h"

#define VALUES_MAX 20000 /* in the JSON of an answer */
#define STATUS_OK 200
#define STATUS_BAD 400
#define STATUS_TOO_MANY 429
#define STATUS_SERVER 500
#define CODE_CLOCK 40105
#define CODE_MAX 99999
#define DOUBLINGS_MAX 5 /* 32 s */

static const char *s_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text ? text : "";
}

static bool s_is_digits(const char *text)
{
    return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* ---- Errors. */

static int s_code(const cJSON *tree)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, "code");
    if (cJSON_IsString(item) && s_is_digits(item->valuestring)) {
        const long code = strtol(item->valuestring, NULL, 10);
        return code > 0 && code <= CODE_MAX ? (int)code : 0;
    }
    return cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble <= CODE_MAX
               ? (int)item->valuedouble
               : 0;
}

static const char *s_words(int code)
{
    switch (code) {
    case 40002:
        return "a parameter is wrong, or the id of a login is not known";
    case 40101:
        return "credentials are missing";
    case 40102:
        return "duo.integration_key is not known";
    case 40103:
        return "the signature is wrong; see duo.secret_key_file and duo.api_host";
    case CODE_CLOCK:
        return "the time of the request is too far from Duo's";
    case 40301:
        return "this integration may not do that";
    case 40401:
        return "there is no such thing at this address";
    default:
        return "an error";
    }
}

static int64_t s_bounded_ms(int64_t seconds)
{
    const int64_t most = seconds < DUO_RETRY_AFTER_MAX_S ? seconds : DUO_RETRY_AFTER_MAX_S;
    return most > 0 ? most * 1000 : 0;
}

/* Seconds, or a date; -1 if it is neither. */
static int64_t s_retry_ms(const sb_http_answer_t *answer, int64_t now_ms)
{
    static const char *const names[] = {"Retry-After", "X-Retry-After"};
    char text[64];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!sb_http_header(answer, names[i], text, sizeof text) || !text[0]) {
            continue;
        }
        if (s_is_digits(text)) {
            return s_bounded_ms(strtoll(text, NULL, 10));
        }
        struct tm tm = {0};
        const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        if (end && *end == '\0') {
            return s_bounded_ms((int64_t)timegm(&tm) - now_ms / 1000);
        }
    }
    return -1;
}

static void s_fail(duo_reply_t *reply, duo_end_t end, const char *words)
{
    reply->end = end;
    (void)snprintf(reply->text, sizeof reply->text, "Duo answered %d, code %d: %s", reply->status,
                   reply->code, words);
}

/* Whoever stands between may refuse too, without Duo's JSON. A 4xx says that nothing was done. */
static void s_refused(const sb_http_answer_t *answer, int64_t now_ms, duo_reply_t *reply)
{
    if (reply->status == STATUS_TOO_MANY || reply->code / 100 == STATUS_TOO_MANY) {
        s_fail(reply, DUO_LIMITED, "too many requests");
        reply->retry_ms = s_retry_ms(answer, now_ms);
    } else if (reply->code == CODE_CLOCK) {
        s_fail(reply, DUO_CLOCK, s_words(reply->code));
    } else if (reply->status >= STATUS_BAD && reply->status < STATUS_SERVER) {
        s_fail(reply, DUO_REFUSED, s_words(reply->code));
    } else {
        s_fail(reply, DUO_UNSURE, reply->tree ? "an error of its own" : "not with JSON of Duo's");
    }
}

void duo_reply(const sb_http_answer_t *answer, int64_t now_ms, duo_reply_t *reply_r)
{
    assert(answer && reply_r);
    *reply_r = (duo_reply_t){.retry_ms = -1};
    if (answer->end != SB_HTTP_ANSWERED) {
        const bool sent = answer->end != SB_HTTP_NOT_SENT;
        reply_r->end = sent ? DUO_UNSURE : DUO_AWAY;
        (void)snprintf(reply_r->text, sizeof reply_r->text, "%s: %.120s",
                       sent ? "Duo did not answer" : "Duo can't be reached", answer->err.text);
        return;
    }
    sb_err_t err;
    reply_r->status = answer->status;
    reply_r->tree = sb_json_parse_foreign(answer->body, answer->body_size, VALUES_MAX, &err);
    reply_r->code = s_code(reply_r->tree);
    reply_r->response = cJSON_GetObjectItemCaseSensitive(reply_r->tree, "response");
    if (answer->status == STATUS_OK && strcmp(s_text(reply_r->tree, "stat"), "OK") == 0 &&
        cJSON_IsObject(reply_r->response)) {
        reply_r->end = DUO_OK;
        return;
    }
    reply_r->response = NULL;
    s_refused(answer, now_ms, reply_r);
}

void duo_reply_clear(duo_reply_t *reply)
{
    cJSON_Delete(reply->tree);
    reply->tree = NULL;
    reply->response = NULL;
}

int64_t duo_retry_wait_ms(unsigned tries, int64_t retry_ms, uint32_t random)
{
    const unsigned doublings = tries < DOUBLINGS_MAX ? tries : DOUBLINGS_MAX;
    const int64_t wait_ms = retry_ms >= 0 ? retry_ms : INT64_C(1000) << doublings;
    return wait_ms + random % 1000;
}

int64_t duo_reply_time(const cJSON *response)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(response, "time");
    return cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 1e11
               ? (int64_t)item->valuedouble
               : -1;
}

/* ---- preauth. */

static duo_pre_t s_pre(const char *result)
{
    static const char *const names[] = {
        [DUO_PRE_AUTH] = "auth",
        [DUO_PRE_BYPASS] = "allow",
        [DUO_PRE_DENY] = "deny",
        [DUO_PRE_ENROLL] = "enroll",
    };
    for (size_t i = DUO_PRE_AUTH; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], result) == 0) {
            return (duo_pre_t)i;
        }
    }
    return DUO_PRE_UNKNOWN;
}

static bool s_takes_pushes(const cJSON *device)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(device, "capabilities"))
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, "push") == 0) {
            return true;
        }
    }
    return false;
}

/* Letters, digits, - and _: fit for a parameter and for a URL. */
static bool s_is_id(const char *text, size_t max)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const size_t len = strlen(text);
    return len > 0 && len <= max && strspn(text, plain) == len;
}

static void s_name(const cJSON *device, char *out, size_t size)
{
    const char *shown = s_text(device, "display_name");
    sb_buf_t name = sb_buf(DUO_NAME_MAX);
    duo_clean(&name, shown[0] ? shown : s_text(device, "name"), DUO_NAME_MAX);
    (void)snprintf(out, size, "%s", name.len > 0 ? name.text : "a phone");
    sb_buf_free(&name);
}

static void s_find_device(const cJSON *response, duo_preauth_t *out)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(response, "devices");
    const cJSON *devices = cJSON_IsArray(member) ? member : NULL;
    const cJSON *device;
    size_t seen = 0;
    cJSON_ArrayForEach(device, devices)
    {
        const char *id = s_text(device, "device");
        if (seen++ == DUO_DEVICES_MAX) {
            return;
        }
        if (s_takes_pushes(device) && s_is_id(id, DUO_ID_MAX)) {
            (void)snprintf(out->device, sizeof out->device, "%s", id);
            s_name(device, out->name, sizeof out->name);
            return;
        }
    }
}

void duo_reply_preauth(const cJSON *response, duo_preauth_t *out)
{
    *out = (duo_preauth_t){.result = s_pre(s_text(response, "result"))};
    if (out->result != DUO_PRE_AUTH) {
        return;
    }
    s_find_device(response, out);
    const char *txid = s_text(response, "txid");
    const char *digits = s_text(response, "verification_code");
    const size_t len = strlen(digits);
    if (duo_txid_valid(txid) && s_is_digits(digits) && len >= DUO_VERIFICATION_DIGITS_MIN &&
        len <= DUO_VERIFICATION_DIGITS_MAX) {
        (void)snprintf(out->txid, sizeof out->txid, "%s", txid);
        (void)snprintf(out->verification, sizeof out->verification, "%s", digits);
    }
}

/* ---- auth. */

bool duo_txid_valid(const char *text)
{
    return s_is_id(text, SB_TRANSACTION_MAX);
}

bool duo_reply_txid(const cJSON *response, char out[SB_TRANSACTION_MAX + 1])
{
    const char *txid = s_text(response, "txid");
    out[0] = '\0';
    if (duo_txid_valid(txid)) {
        (void)snprintf(out, SB_TRANSACTION_MAX + 1, "%s", txid);
    }
    return out[0] != '\0';
}

/* ---- auth_status. */

duo_login_t duo_reply_login(const cJSON *response)
{
    /* These are the end whatever the result says: a timeout was seen both with deny and waiting. */
    static const struct {
        const char *status;
        duo_login_t login;
    } ends[] = {
        {"fraud",      DUO_LOGIN_FRAUD  },
        {"timeout",    DUO_LOGIN_TIMEOUT},
        {"locked_out", DUO_LOGIN_LOCKED },
        {"deny",       DUO_LOGIN_DENIED },
    };
    const char *result = s_text(response, "result");
    const char *status = s_text(response, "status");
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (strcmp(ends[i].status, status) == 0) {
            return ends[i].login;
        }
    }
    if (strcmp(result, "allow") == 0) {
        return strcmp(status, "allow") == 0 ? DUO_LOGIN_APPROVED : DUO_LOGIN_UNPROVEN;
    }
    if (strcmp(result, "deny") == 0) {
        return DUO_LOGIN_DENIED;
    }
    return strcmp(result, "waiting") == 0 ? DUO_LOGIN_WAITING : DUO_LOGIN_UNPROVEN;
}

factor_status_t duo_login_status(duo_login_t login)
{
    switch (login) {
    case DUO_LOGIN_APPROVED:
        return FACTOR_APPROVED;
    case DUO_LOGIN_DENIED:
        return FACTOR_REFUSED;
    case DUO_LOGIN_FRAUD:
        return FACTOR_FRAUD;
    case DUO_LOGIN_TIMEOUT:
        return FACTOR_TIMEOUT;
    case DUO_LOGIN_LOCKED:
        return FACTOR_DENIED;
    default:
        return FACTOR_UNAVAILABLE;
    }
}
