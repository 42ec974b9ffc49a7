/* okta_reply.c */
#include "services/authd/okta_reply.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/buf.h"
#include "lib/url.h"

#define VALUES_MAX 4000 /* in the JSON of an answer */
#define STATUS_BAD 400
#define STATUS_UNAUTHORIZED 401
#define STATUS_TOO_MANY 429
#define STATUS_SERVER 500
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static const cJSON *s_member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *s_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(s_member(object, name));
    return text ? text : "";
}

/* ---- Every answer. */

/* Seconds since 1970 of a whole text of this form; -1 if it is none. */
static int64_t s_time(const char *text, const char *form, const char **end_r)
{
    struct tm tm = {0};
    *end_r = strptime(text, form, &tm);
    return *end_r ? (int64_t)timegm(&tm) : -1;
}

static int64_t s_now_ms(const sb_http_answer_t *answer, int64_t now_ms)
{
    char text[64];
    const char *end;
    if (!sb_http_header(answer, "Date", text, sizeof text)) {
        return now_ms;
    }
    const int64_t at_s = s_time(text, "%a, %d %b %Y %H:%M:%S GMT", &end);
    return at_s > 0 && *end == '\0' ? at_s * 1000 : now_ms;
}

static bool s_number(const sb_http_answer_t *answer, const char *name, int64_t *value_r)
{
    char text[16]; /* a time in seconds has 10 digits */
    if (!sb_http_header(answer, name, text, sizeof text) || !text[0] ||
        text[strspn(text, DIGITS)]) {
        return false;
    }
    *value_r = strtoll(text, NULL, 10);
    return true;
}

/* How long to wait: X-Rate-Limit-Reset is a time of Okta's clock, and a second more is what Okta's
 * own client adds. */
static int64_t s_wait_ms(const sb_http_answer_t *answer, int64_t now_ms)
{
    int64_t left = 0;
    int64_t reset_s = 0;
    const bool limited = answer->status == STATUS_TOO_MANY;
    if (!limited && (!s_number(answer, "X-Rate-Limit-Remaining", &left) || left > 0)) {
        return 0;
    }
    const bool told = s_number(answer, "X-Rate-Limit-Reset", &reset_s);
    const int64_t wait_ms = told ? (reset_s + 1) * 1000 - now_ms : limited ? 1000 : 0;
    return wait_ms < 0 ? 0 : wait_ms > OKTA_WAIT_MAX_MS ? OKTA_WAIT_MAX_MS : wait_ms;
}

static const char *s_words(const char *code)
{
    static const struct {
        const char *code, *words;
    } known[] = {
        {"E0000001", "it takes something in the request for wrong"      },
        {"E0000005", "the session is not valid"                         },
        {"E0000006", "this token or client has not the right to do that"},
        {"E0000007", "there is no such user, factor or transaction"     },
        {"E0000011", "the token is not valid; see okta.token_file"      },
        {"E0000047", "too many requests"                                },
        {"E0000068", "the code is wrong"                                },
        {"E0000069", "the user is locked out"                           },
        {"E0000082", "the code was used before"                         },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].code, code) == 0) {
            return known[i].words;
        }
    }
    return "an error";
}

static okta_end_t s_end(const okta_reply_t *reply)
{
    if (reply->status == STATUS_TOO_MANY) {
        return OKTA_LIMITED;
    }
    if (reply->status == STATUS_UNAUTHORIZED) {
        return OKTA_UNAUTHORIZED;
    }
    return reply->status >= STATUS_BAD && reply->status < STATUS_SERVER ? OKTA_REFUSED
                                                                        : OKTA_UNSURE;
}

/* Okta answers with arrays too, which lib/json reads only inside of an object. */
static cJSON *s_parse(const sb_http_answer_t *answer)
{
    static const char head[] = "{\"root\":";
    sb_err_t err;
    sb_buf_t text = sb_buf(answer->body_size + sizeof head + 1);
    sb_buf_puts(&text, head);
    sb_buf_add(&text, answer->body, answer->body_size);
    sb_buf_putc(&text, '}');
    cJSON *tree = sb_json_parse_foreign(text.text, text.len, VALUES_MAX, &err);
    sb_buf_free(&text);
    return tree;
}

void okta_reply(const sb_http_answer_t *answer, int64_t now_ms, okta_reply_t *reply_r)
{
    assert(answer && reply_r);
    *reply_r = (okta_reply_t){.now_ms = now_ms};
    if (answer->end != SB_HTTP_ANSWERED) {
        const bool sent = answer->end != SB_HTTP_NOT_SENT;
        reply_r->end = sent ? OKTA_UNSURE : OKTA_AWAY;
        (void)snprintf(reply_r->text, sizeof reply_r->text, "%s: %.140s",
                       sent ? "Okta did not answer" : "Okta can't be reached", answer->err.text);
        return;
    }
    reply_r->status = answer->status;
    reply_r->now_ms = s_now_ms(answer, now_ms);
    reply_r->wait_ms = s_wait_ms(answer, reply_r->now_ms);
    reply_r->tree = s_parse(answer);
    const cJSON *root = s_member(reply_r->tree, "root");
    reply_r->root = cJSON_IsObject(root) || cJSON_IsArray(root) ? root : NULL;
    if (answer->status >= 200 && answer->status < 300 && reply_r->root) {
        reply_r->end = OKTA_OK;
        return;
    }
    const char *code = s_text(root, "errorCode");
    if (code[0] && strlen(code) < OKTA_CODE_SIZE && !code[strspn(code, LETTERS DIGITS)]) {
        (void)snprintf(reply_r->code, sizeof reply_r->code, "%s", code);
    }
    reply_r->end = s_end(reply_r);
    (void)snprintf(reply_r->text, sizeof reply_r->text, "Okta answered %d %s: %s", answer->status,
                   reply_r->code[0] ? reply_r->code : "without a code", s_words(reply_r->code));
}

void okta_reply_clear(okta_reply_t *reply)
{
    cJSON_Delete(reply->tree);
    reply->tree = NULL;
    reply->root = NULL;
}

/* Copies an id, fit for a URL; false (and "") if it is none. */
static bool s_id(const cJSON *object, char out[OKTA_ID_MAX + 1])
{
    const char *id = s_text(object, "id");
    const size_t len = strlen(id);
    out[0] = '\0';
    if (len > 0 && len <= OKTA_ID_MAX && strspn(id, LETTERS DIGITS "-_") == len) {
        (void)snprintf(out, OKTA_ID_MAX + 1, "%s", id);
    }
    return out[0] != '\0';
}

/* ---- A user. */

void okta_reply_user(const cJSON *root, const char *login, okta_user_t *out)
{
    static const struct {
        const char *name;
        factor_status_t status;
        const char *text;
    } known[] = {
        {"ACTIVE",           FACTOR_OK,     NULL                                           },
        {"PASSWORD_EXPIRED", FACTOR_OK,     NULL                                           },
        {"RECOVERY",         FACTOR_OK,     NULL                                           },
        {"STAGED",           FACTOR_NONE,   "has an account at Okta that is not in use yet"},
        {"PROVISIONED",      FACTOR_NONE,   "has an account at Okta that is not in use yet"},
        {"LOCKED_OUT",       FACTOR_LOCKED, "is locked out at Okta"                        },
        {"SUSPENDED",        FACTOR_DENIED, "is suspended at Okta"                         },
        {"DEPROVISIONED",    FACTOR_DENIED, "is deactivated at Okta"                       },
    };
    *out = (okta_user_t){.status = FACTOR_UNAVAILABLE,
                         .text = "got an answer from Okta that is not known here"};
    const char *status = s_text(root, "status");
    if (!s_id(root, out->id)) {
        return;
    }
    if (strcasecmp(s_text(s_member(root, "profile"), "login"), login) != 0) {
        out->status = FACTOR_NONE;
        out->text = "is not known to Okta by this login, but somebody else is by one like it; see "
                    "okta.login_suffix";
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, status) == 0) {
            out->status = known[i].status;
            out->text = known[i].text;
        }
    }
}

/* ---- Factors. */

static bool s_is(const cJSON *factor, const char *name, const char *value)
{
    return strcmp(s_text(factor, name), value) == 0;
}

void okta_reply_factors(const cJSON *root, okta_factors_t *out)
{
    *out = (okta_factors_t){0};
    const cJSON *list = cJSON_IsArray(root) ? root : NULL;
    const cJSON *factor;
    size_t seen = 0;
    cJSON_ArrayForEach(factor, list)
    {
        if (seen++ == OKTA_FACTORS_MAX) {
            return;
        }
        if (!s_is(factor, "provider", "OKTA") || !s_is(factor, "status", "ACTIVE")) {
            continue;
        }
        if (!out->push[0] && s_is(factor, "factorType", "push")) {
            (void)s_id(factor, out->push);
        } else if (!out->totp[0] && s_is(factor, "factorType", "token:software:totp")) {
            (void)s_id(factor, out->totp);
        }
    }
}

/* ---- verify. */

bool okta_path_valid(const char *path)
{
    const size_t len = strlen(path);
    return len <= SB_TRANSACTION_MAX && strncmp(path, OKTA_API, strlen(OKTA_API)) == 0 &&
           strspn(path, LETTERS DIGITS "-._~/") == len && !strstr(path, "..");
}

/* The path of a link, if it leads to where we are: the token goes with whoever follows it. */
static void s_link(const cJSON *root, const char *name, const char *url,
                   char out[SB_TRANSACTION_MAX + 1])
{
    const char *href = s_text(s_member(s_member(root, "_links"), name), "href");
    out[0] = '\0';
    if (sb_url_same_origin(href, url) && okta_path_valid(href + sb_url_origin(href))) {
        (void)snprintf(out, SB_TRANSACTION_MAX + 1, "%s", href + sb_url_origin(href));
    }
}

/* "2015-04-01T15:57:32.000Z" */
static int64_t s_left_ms(const cJSON *root, int64_t now_ms)
{
    const char *text = s_text(root, "expiresAt");
    const char *end;
    const int64_t at_s = s_time(text, "%Y-%m-%dT%H:%M:%S", &end);
    if (at_s <= 0) {
        return -1;
    }
    if (*end == '.') {
        end++;
        end += strspn(end, DIGITS);
    }
    if (strcmp(end, "Z") != 0) {
        return -1;
    }
    return at_s * 1000 > now_ms ? at_s * 1000 - now_ms : 0;
}

static int s_challenge(const cJSON *root)
{
    const cJSON *answer =
        s_member(s_member(s_member(root, "_embedded"), "challenge"), "correctAnswer");
    double value = cJSON_IsNumber(answer) ? answer->valuedouble : 0;
    if (cJSON_IsString(answer) && strlen(answer->valuestring) <= 3 && answer->valuestring[0] &&
        !answer->valuestring[strspn(answer->valuestring, DIGITS)]) {
        value = (double)strtol(answer->valuestring, NULL, 10);
    }
    return value >= 1 && value <= OKTA_NUMBER_MAX && (double)(int)value == value ? (int)value : 0;
}

static okta_result_t s_result(const char *word)
{
    static const struct {
        const char *word;
        okta_result_t result;
    } known[] = {
        {"WAITING",              OKTA_RESULT_WAITING   },
        {"SUCCESS",              OKTA_RESULT_SUCCESS   },
        {"REJECTED",             OKTA_RESULT_REJECTED  },
        {"FAILED",               OKTA_RESULT_FAILED    },
        {"TIMEOUT",              OKTA_RESULT_TIMEOUT   },
        {"EXPIRED",              OKTA_RESULT_TIMEOUT   },
        {"CANCELLED",            OKTA_RESULT_CANCELLED },
        {"PASSCODE_REPLAYED",    OKTA_RESULT_WRONG_CODE},
        {"TIME_WINDOW_EXCEEDED", OKTA_RESULT_WRONG_CODE},
        {"CHALLENGE",            OKTA_RESULT_ERROR     },
        {"ERROR",                OKTA_RESULT_ERROR     },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].word, word) == 0) {
            return known[i].result;
        }
    }
    return OKTA_RESULT_UNKNOWN;
}

void okta_reply_verify(const okta_reply_t *reply, const char *url, okta_verify_t *out)
{
    *out = (okta_verify_t){
        .result = s_result(s_text(reply->root, "factorResult")),
        .number = s_challenge(reply->root),
        .left_ms = s_left_ms(reply->root, reply->now_ms),
    };
    s_link(reply->root, "poll", url, out->poll);
    s_link(reply->root, "cancel", url, out->cancel);
}

factor_status_t okta_result_status(okta_result_t result)
{
    switch (result) {
    case OKTA_RESULT_SUCCESS:
        return FACTOR_APPROVED;
    case OKTA_RESULT_REJECTED:
    case OKTA_RESULT_FAILED: /* a wrong number was picked */
        return FACTOR_REFUSED;
    case OKTA_RESULT_TIMEOUT:
        return FACTOR_TIMEOUT;
    case OKTA_RESULT_CANCELLED:
        return FACTOR_CANCELLED;
    case OKTA_RESULT_WRONG_CODE:
        return FACTOR_WRONG_CODE;
    default:
        return FACTOR_UNAVAILABLE;
    }
}

factor_status_t okta_code_status(const char *code)
{
    if (strcmp(code, "E0000068") == 0 || strcmp(code, "E0000082") == 0) {
        return FACTOR_WRONG_CODE;
    }
    return strcmp(code, "E0000069") == 0 ? FACTOR_LOCKED : FACTOR_UNAVAILABLE;
}
