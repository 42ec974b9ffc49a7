/* slack_verdict.c. Slack answers 200 with ok: false for most errors; whoever stands between (a
 * proxy, a load balancer) answers without JSON. Such a refusal is never final: it was not Slack's.
 */
#include "services/chatd/slack_verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_OK 200
#define STATUS_TOO_MANY 429
#define STATUS_SERVER_ERROR 500

typedef struct {
    const char *error;
    slack_class_t class;
    int code; /* of proto/chatd.md */
} row_t;

static const row_t s_rows[] = {
  /* Somebody must act; the message itself is not wrong. */
    {"access_denied",             SLACK_AUTH,         SB_ERETRY   },
    {"account_inactive",          SLACK_AUTH,         SB_ERETRY   },
    {"ekm_access_denied",         SLACK_AUTH,         SB_ERETRY   },
    {"enterprise_is_restricted",  SLACK_AUTH,         SB_ERETRY   },
    {"forbidden_team",            SLACK_AUTH,         SB_ERETRY   },
    {"invalid_auth",              SLACK_AUTH,         SB_ERETRY   },
    {"missing_scope",             SLACK_AUTH,         SB_ERETRY   },
    {"no_permission",             SLACK_AUTH,         SB_ERETRY   },
    {"not_allowed_token_type",    SLACK_AUTH,         SB_ERETRY   },
    {"not_authed",                SLACK_AUTH,         SB_ERETRY   },
    {"org_login_required",        SLACK_AUTH,         SB_ERETRY   },
    {"team_access_not_granted",   SLACK_AUTH,         SB_ERETRY   },
    {"team_disabled",             SLACK_AUTH,         SB_ERETRY   },
    {"token_expired",             SLACK_AUTH,         SB_ERETRY   },
    {"token_revoked",             SLACK_AUTH,         SB_ERETRY   },
    {"two_factor_setup_required", SLACK_AUTH,         SB_ERETRY   },
 /* Whom or what it was for is not there. */
    {"cannot_dm_bot",             SLACK_PERMANENT,    SB_ENOTFOUND},
    {"channel_not_found",         SLACK_PERMANENT,    SB_ENOTFOUND},
    {"is_archived",               SLACK_PERMANENT,    SB_ENOTFOUND},
    {"message_not_found",         SLACK_PERMANENT,    SB_ENOTFOUND},
    {"messages_tab_disabled",     SLACK_PERMANENT,    SB_ENOTFOUND},
    {"not_in_channel",            SLACK_PERMANENT,    SB_ENOTFOUND},
    {"thread_not_found",          SLACK_PERMANENT,    SB_ENOTFOUND},
    {"user_disabled",             SLACK_PERMANENT,    SB_ENOTFOUND},
    {"user_not_found",            SLACK_PERMANENT,    SB_ENOTFOUND},
    {"user_not_visible",          SLACK_PERMANENT,    SB_ENOTFOUND},
    {"users_not_found",           SLACK_PERMANENT,    SB_ENOTFOUND},
 /* Nothing was done. */
    {"request_timeout",           SLACK_RETRY,        SB_ERETRY   },
    {"service_unavailable",       SLACK_RETRY,        SB_ERETRY   },
    {"team_added_to_org",         SLACK_RETRY,        SB_ERETRY   },
    {"accesslimited",             SLACK_RATE_LIMITED, SB_EBUSY    },
    {"message_limit_exceeded",    SLACK_RATE_LIMITED, SB_EBUSY    },
    {"rate_limited",              SLACK_RATE_LIMITED, SB_EBUSY    },
    {"ratelimited",               SLACK_RATE_LIMITED, SB_EBUSY    },
 /* "It is possible that some aspect of the operation succeeded." */
    {"fatal_error",               SLACK_AMBIGUOUS,    SB_ETIMEOUT },
    {"internal_error",            SLACK_AMBIGUOUS,    SB_ETIMEOUT },
};

static const row_t *s_find(const char *error)
{
    static const row_t unknown = {"", SLACK_PERMANENT, SB_EINVALID};
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        if (strcmp(s_rows[i].error, error) == 0) {
            return &s_rows[i];
        }
    }
    return &unknown;
}

slack_class_t slack_error_class(const char *error)
{
    return s_find(error)->class;
}

void slack_verdict_own(slack_reply_t *reply_r, slack_class_t class, const char *error, int code,
                       const char *text)
{
    reply_r->class = class;
    (void)snprintf(reply_r->error, sizeof reply_r->error, "%s", error);
    (void)sb_fail(&reply_r->err, code, "%s", text);
}

static int64_t s_retry_after_ms(const sb_http_answer_t *answer)
{
    char text[16];
    if (!sb_http_header(answer, "Retry-After", text, sizeof text) || !text[0] ||
        text[strspn(text, "0123456789")] != '\0') {
        return SLACK_RETRY_AFTER_MS;
    }
    const int64_t s = strtoll(text, NULL, 10);
    return (s < SLACK_RETRY_AFTER_MAX_S ? s : SLACK_RETRY_AFTER_MAX_S) * 1000;
}

static void s_limited(slack_reply_t *reply, const sb_http_answer_t *answer, const char *error)
{
    char text[SB_ERR_TEXT_MAX];
    reply->retry_ms = s_retry_after_ms(answer);
    (void)snprintf(text, sizeof text, "Slack's limit is reached, not before %lld ms",
                   (long long)reply->retry_ms);
    slack_verdict_own(reply, SLACK_RATE_LIMITED, error, SB_EBUSY, text);
}

/* An answer with ok: false. */
static void s_refused(slack_reply_t *reply, const sb_http_answer_t *answer)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(reply->body, "error");
    const char *error = cJSON_IsString(item) && item->valuestring[0] ? item->valuestring : NULL;
    const row_t *row = s_find(error ? error : "");
    if (answer->status == STATUS_TOO_MANY || row->class == SLACK_RATE_LIMITED) {
        s_limited(reply, answer, error ? error : "ratelimited");
        return;
    }
    char text[SB_ERR_TEXT_MAX];
    (void)snprintf(text, sizeof text, "Slack says %.*s", SLACK_ERROR_MAX,
                   error ? error : "no, and not why");
    slack_verdict_own(reply, row->class, error ? error : "unknown", row->code, text);
}

/* An answer that is not JSON with ok: true or false. */
static void s_strange(slack_reply_t *reply, const sb_http_answer_t *answer, const char *why)
{
    char error[SLACK_ERROR_MAX];
    char text[SB_ERR_TEXT_MAX];
    if (answer->status == STATUS_TOO_MANY) {
        s_limited(reply, answer, "ratelimited");
        return;
    }
    if (answer->status == STATUS_OK) {
        (void)snprintf(text, sizeof text, "not the Web API's answer: %.200s", why);
        slack_verdict_own(reply, SLACK_AMBIGUOUS, "bad_answer", SB_ETIMEOUT, text);
        return;
    }
    (void)snprintf(error, sizeof error, "http_%d", answer->status);
    (void)snprintf(text, sizeof text, "HTTP status %d", answer->status);
    const bool server = answer->status >= STATUS_SERVER_ERROR;
    slack_verdict_own(reply, server ? SLACK_AMBIGUOUS : SLACK_RETRY, error,
                      server ? SB_ETIMEOUT : SB_ERETRY, text);
}

static void s_answered(slack_reply_t *reply, const sb_http_answer_t *answer, cJSON **body_r)
{
    sb_err_t err = {0};
    *body_r = sb_json_parse_foreign(answer->body, answer->body_size, SLACK_ANSWER_VALUES_MAX, &err);
    reply->status = answer->status;
    reply->body = *body_r;
    const cJSON *ok = cJSON_GetObjectItemCaseSensitive(reply->body, "ok");
    if (cJSON_IsFalse(ok)) {
        s_refused(reply, answer);
    } else if (cJSON_IsTrue(ok) && answer->status == STATUS_OK) {
        reply->class = SLACK_OK;
    } else {
        s_strange(reply, answer, reply->body ? "\"ok\" is missing" : err.text);
    }
}

static void s_not_sent(slack_reply_t *reply, const sb_http_answer_t *answer)
{
    const int code = answer->err.code;
    const bool busy = code == SB_EBUSY;
    slack_verdict_own(reply, SLACK_RETRY, busy ? "busy" : "not_sent", busy ? SB_EBUSY : SB_ERETRY,
                      answer->err.text);
}

void slack_verdict(const slack_method_t *method, const sb_http_answer_t *answer,
                   slack_reply_t *reply_r, cJSON **body_r)
{
    *reply_r = (slack_reply_t){0};
    *body_r = NULL;
    switch (answer->end) {
    case SB_HTTP_ANSWERED:
        s_answered(reply_r, answer, body_r);
        break;
    case SB_HTTP_NOT_SENT:
        s_not_sent(reply_r, answer);
        break;
    case SB_HTTP_AMBIGUOUS:
        slack_verdict_own(reply_r, SLACK_AMBIGUOUS, "no_answer", SB_ETIMEOUT, answer->err.text);
        break;
    }
    if (reply_r->class == SLACK_AMBIGUOUS && (method->flags & SLACK_METHOD_REPEATABLE)) {
        reply_r->class = SLACK_RETRY;
        reply_r->err.code = SB_ERETRY;
    }
}
