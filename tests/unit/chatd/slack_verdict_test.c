/* What an HTTP answer means. The line between "again" and "look first" is the one that a second
 * question to a person would cross. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/chatd/slack_verdict.h"

#define NO_OK "{\"ok\":false,\"error\":\""

typedef struct {
    const char *name;
    const char *method;
    sb_http_end_t end;
    int http_code; /* unless answered */
    int status;
    const char *headers;
    const char *body;
    slack_class_t class;
    const char *error;
    int code;
    int64_t retry_ms;
} row_t;

/* clang-format off */
static const row_t s_rows[] = {
    {"done", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", "{\"ok\":true,\"ts\":\"1.2\"}",
     SLACK_OK, "", 0, 0},
    {"done, with a warning", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "",
     "{\"ok\":true,\"warning\":\"x\",\"response_metadata\":{\"warnings\":[\"x\"]}}",
     SLACK_OK, "", 0, 0},
    {"no such channel", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "channel_not_found\"}",
     SLACK_PERMANENT, "channel_not_found", SB_ENOTFOUND, 0},
    {"wrong blocks", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "invalid_blocks\"}",
     SLACK_PERMANENT, "invalid_blocks", SB_EINVALID, 0},
    {"an error of tomorrow", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "new_error\"}",
     SLACK_PERMANENT, "new_error", SB_EINVALID, 0},
    {"no error named", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", "{\"ok\":false}",
     SLACK_PERMANENT, "unknown", SB_EINVALID, 0},
    {"error is no text", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", "{\"ok\":false,\"error\":7}",
     SLACK_PERMANENT, "unknown", SB_EINVALID, 0},
    {"token revoked", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "token_revoked\"}",
     SLACK_AUTH, "token_revoked", SB_ERETRY, 0},
    {"missing scope", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "missing_scope\"}",
     SLACK_AUTH, "missing_scope", SB_ERETRY, 0},
    {"unavailable", "chat.postMessage", SB_HTTP_ANSWERED, 0, 503, "", NO_OK "service_unavailable\"}",
     SLACK_RETRY, "service_unavailable", SB_ERETRY, 0},
    {"429", "chat.postMessage", SB_HTTP_ANSWERED, 0, 429, "Retry-After: 7\r\n", NO_OK "ratelimited\"}",
     SLACK_RATE_LIMITED, "ratelimited", SB_EBUSY, 7000},
    {"429 of 0 s", "chat.postMessage", SB_HTTP_ANSWERED, 0, 429, "Retry-After: 0\r\n", NO_OK "ratelimited\"}",
     SLACK_RATE_LIMITED, "ratelimited", SB_EBUSY, 0},
    {"429 without JSON", "users.list", SB_HTTP_ANSWERED, 0, 429, "Retry-After: 30\r\n", "slow down",
     SLACK_RATE_LIMITED, "ratelimited", SB_EBUSY, 30000},
    {"429 without a time", "users.list", SB_HTTP_ANSWERED, 0, 429, "", "",
     SLACK_RATE_LIMITED, "ratelimited", SB_EBUSY, SLACK_RETRY_AFTER_MS},
    {"429 with a date", "users.list", SB_HTTP_ANSWERED, 0, 429,
     "Retry-After: Tue, 24 Nov 2026 10:00:00 GMT\r\n", "",
     SLACK_RATE_LIMITED, "ratelimited", SB_EBUSY, SLACK_RETRY_AFTER_MS},
    {"429 for a day", "users.list", SB_HTTP_ANSWERED, 0, 429, "Retry-After: 86400\r\n", "",
     SLACK_RATE_LIMITED, "ratelimited", SB_EBUSY, SLACK_RETRY_AFTER_MAX_S * 1000},
    {"429 in another word", "users.list", SB_HTTP_ANSWERED, 0, 429, "Retry-After: 2\r\n", NO_OK "new_error\"}",
     SLACK_RATE_LIMITED, "new_error", SB_EBUSY, 2000},
    {"limited, but 200", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "rate_limited\"}",
     SLACK_RATE_LIMITED, "rate_limited", SB_EBUSY, SLACK_RETRY_AFTER_MS},
    {"internal error of a post", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "internal_error\"}",
     SLACK_AMBIGUOUS, "internal_error", SB_ETIMEOUT, 0},
    {"fatal error of a post", "chat.postMessage", SB_HTTP_ANSWERED, 0, 500, "", NO_OK "fatal_error\"}",
     SLACK_AMBIGUOUS, "fatal_error", SB_ETIMEOUT, 0},
    {"internal error of an update", "chat.update", SB_HTTP_ANSWERED, 0, 200, "", NO_OK "internal_error\"}",
     SLACK_RETRY, "internal_error", SB_ERETRY, 0},
    {"502 of a post", "chat.postMessage", SB_HTTP_ANSWERED, 0, 502, "", "<html>",
     SLACK_AMBIGUOUS, "http_502", SB_ETIMEOUT, 0},
    {"502 of a list", "users.list", SB_HTTP_ANSWERED, 0, 502, "", "<html>",
     SLACK_RETRY, "http_502", SB_ERETRY, 0},
    {"ok, but 500", "chat.postMessage", SB_HTTP_ANSWERED, 0, 500, "", "{\"ok\":true}",
     SLACK_AMBIGUOUS, "http_500", SB_ETIMEOUT, 0},
    {"a proxy's 403", "chat.postMessage", SB_HTTP_ANSWERED, 0, 403, "", "no",
     SLACK_RETRY, "http_403", SB_ERETRY, 0},
    {"a redirect", "chat.postMessage", SB_HTTP_ANSWERED, 0, 302, "Location: /\r\n", "",
     SLACK_RETRY, "http_302", SB_ERETRY, 0},
    {"200 that is no JSON", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", "<html>",
     SLACK_AMBIGUOUS, "bad_answer", SB_ETIMEOUT, 0},
    {"200 without ok", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", "{\"ts\":\"1.2\"}",
     SLACK_AMBIGUOUS, "bad_answer", SB_ETIMEOUT, 0},
    {"200 with a strange ok", "chat.postMessage", SB_HTTP_ANSWERED, 0, 200, "", "{\"ok\":\"true\"}",
     SLACK_AMBIGUOUS, "bad_answer", SB_ETIMEOUT, 0},
    {"200 cut short, of a list", "users.list", SB_HTTP_ANSWERED, 0, 200, "", "{\"ok\":true,",
     SLACK_RETRY, "bad_answer", SB_ERETRY, 0},
    {"not sent", "chat.postMessage", SB_HTTP_NOT_SENT, SB_ERETRY, 0, "", "",
     SLACK_RETRY, "not_sent", SB_ERETRY, 0},
    {"not sent in time", "chat.postMessage", SB_HTTP_NOT_SENT, SB_ETIMEOUT, 0, "", "",
     SLACK_RETRY, "not_sent", SB_ERETRY, 0},
    {"too many requests of ours", "chat.postMessage", SB_HTTP_NOT_SENT, SB_EBUSY, 0, "", "",
     SLACK_RETRY, "busy", SB_EBUSY, 0},
    {"no answer to a post", "chat.postMessage", SB_HTTP_AMBIGUOUS, SB_ETIMEOUT, 0, "", "",
     SLACK_AMBIGUOUS, "no_answer", SB_ETIMEOUT, 0},
    {"no answer to an update", "chat.update", SB_HTTP_AMBIGUOUS, SB_ERETRY, 0, "", "",
     SLACK_RETRY, "no_answer", SB_ERETRY, 0},
};
/* clang-format on */

static void test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        const row_t *row = &s_rows[i];
        sb_http_answer_t answer = {.end = row->end,
                                   .status = row->status,
                                   .body = row->body,
                                   .body_size = strlen(row->body),
                                   .headers = row->headers};
        if (row->http_code) {
            (void)sb_fail(&answer.err, row->http_code, "why");
        }
        slack_reply_t reply;
        cJSON *body;
        slack_verdict(slack_method_find(row->method), &answer, &reply, &body);
        const bool good = reply.class == row->class && strcmp(reply.error, row->error) == 0 &&
                          reply.err.code == row->code && reply.retry_ms == row->retry_ms &&
                          reply.status == row->status && reply.body == body &&
                          (row->code == 0 || reply.err.text[0]);
        if (!good) {
            fail_msg("%s: class %d, error \"%s\", code %d (%s), %lld ms", row->name, reply.class,
                     reply.error, reply.err.code, reply.err.text, (long long)reply.retry_ms);
        }
        cJSON_Delete(body);
    }
}

static void test_methods(void **state)
{
    (void)state;
    assert_null(slack_method_find("rtm.connect"));
    assert_null(slack_method_find("chat.postmessage"));
    const slack_method_t *post = slack_method_find("chat.postMessage");
    assert_int_equal(post->flags, SLACK_METHOD_POSTS);
    const slack_method_t *list = slack_method_find("users.list");
    assert_true(list->per_minute <= 20);
    assert_int_equal(list->flags, SLACK_METHOD_REPEATABLE);
    const slack_method_t *open = slack_method_find("apps.connections.open");
    assert_int_equal(open->per_minute, 1);
    assert_int_equal(open->flags, SLACK_METHOD_APP | SLACK_METHOD_REPEATABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
