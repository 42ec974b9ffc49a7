/* okta_reply_test.c: answers as Okta, or whoever stands between, could write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/authd/okta_reply.h"

#define URL "https://example.okta.com"
#define NOW_MS INT64_C(1427903852000) /* 2015-04-01T15:57:32Z */
#define DATE "Date: Wed, 01 Apr 2015 15:57:32 GMT\r\n"

static void s_reply(int status, const char *headers, const char *body, okta_reply_t *reply)
{
    const sb_http_answer_t answer = {
        .end = SB_HTTP_ANSWERED,
        .status = status,
        .body = body,
        .body_size = strlen(body),
        .headers = headers,
    };
    okta_reply(&answer, NOW_MS, reply);
}

static void answers_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        okta_end_t end;
        const char *code;
    } rows[] = {
        {200, "{}",                                   OKTA_OK,           ""        },
        {201, "[]",                                   OKTA_OK,           ""        },
        {200, "",                                     OKTA_UNSURE,       ""        },
        {200, "7",                                    OKTA_UNSURE,       ""        },
        {200, "{\"a\":1,\"a\":2}",                    OKTA_UNSURE,       ""        },
        {204, "",                                     OKTA_UNSURE,       ""        },
        {302, "{}",                                   OKTA_UNSURE,       ""        },
        {400, "{\"errorCode\":\"E0000001\"}",         OKTA_REFUSED,      "E0000001"},
        {401, "{\"errorCode\":\"E0000011\"}",         OKTA_UNAUTHORIZED, "E0000011"},
        {403, "{\"errorCode\":\"<b>\"}",              OKTA_REFUSED,      ""        },
        {403, "{\"errorCode\":\"E000000000000001\"}", OKTA_REFUSED,      ""        },
        {403, "<html>",                               OKTA_REFUSED,      ""        },
        {429, "",                                     OKTA_LIMITED,      ""        },
        {500, "{\"errorCode\":\"E0000009\"}",         OKTA_UNSURE,       "E0000009"},
        {502, "<html>",                               OKTA_UNSURE,       ""        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        okta_reply_t reply;
        s_reply(rows[i].status, "", rows[i].body, &reply);
        if (reply.end != rows[i].end || strcmp(reply.code, rows[i].code) != 0) {
            fail_msg("%d %s: %d %s", rows[i].status, rows[i].body, reply.end, reply.code);
        }
        assert_true((reply.end == OKTA_OK) == (reply.text[0] == '\0'));
        okta_reply_clear(&reply);
    }
    okta_reply_t reply;
    okta_reply(&(sb_http_answer_t){.end = SB_HTTP_AMBIGUOUS}, NOW_MS, &reply);
    assert_int_equal(reply.end, OKTA_UNSURE);
    okta_reply(&(sb_http_answer_t){.end = SB_HTTP_NOT_SENT}, NOW_MS, &reply);
    assert_int_equal(reply.end, OKTA_AWAY);
}

static void limits_are_heeded(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *headers;
        int64_t wait_ms;
    } rows[] = {
        {429, DATE "X-Rate-Limit-Reset: 1427903862\r\n",                                   11000  },
        {429, "x-rate-limit-reset: 1427903862\r\n",                                        11000  },
        {429, "Date: Wed, 01 Apr 2015 15:57:42 GMT\r\nX-Rate-Limit-Reset: 1427903862\r\n", 1000   },
        {429, DATE "X-Rate-Limit-Reset: 1\r\n",                                            0      },
        {429, DATE "X-Rate-Limit-Reset: soon\r\n",                                         1000   },
        {429, DATE "X-Rate-Limit-Reset: 999999999999999\r\n",                              3600000},
        {429, "",                                                                          1000   },
        {200, DATE "X-Rate-Limit-Remaining: 1\r\nX-Rate-Limit-Reset: 1427903862\r\n",      0      },
        {200, DATE "X-Rate-Limit-Remaining: 0\r\nX-Rate-Limit-Reset: 1427903862\r\n",      11000  },
        {200, DATE "X-Rate-Limit-Remaining: -1\r\nX-Rate-Limit-Reset: 1427903862\r\n",     0      },
        {200, "",                                                                          0      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        okta_reply_t reply;
        s_reply(rows[i].status, rows[i].headers, "{}", &reply);
        if (reply.wait_ms != rows[i].wait_ms) {
            fail_msg("%s: %lld", rows[i].headers, (long long)reply.wait_ms);
        }
        okta_reply_clear(&reply);
    }
}

static void links_lead_to_the_organisation_or_nowhere(void **state)
{
    (void)state;
    static const struct {
        const char *href, *want;
    } rows[] = {
        {URL "/api/v1/users/u/factors/f/transactions/t",
         "/api/v1/users/u/factors/f/transactions/t"                 },
        {"HTTPS://EXAMPLE.okta.com/api/v1/x",            "/api/v1/x"},
        {"http://example.okta.com/api/v1/x",             ""         },
        {URL ".evil.example/api/v1/x",                   ""         },
        {URL "@evil.example/api/v1/x",                   ""         },
        {URL ":8443/api/v1/x",                           ""         },
        {URL "\\@evil.example/api/v1/x",                 ""         },
        {URL "/api/v1/../../evil",                       ""         },
        {URL "/api/v1/x?y",                              ""         },
        {URL "/api/v1/%2e%2e/x",                         ""         },
        {URL "/evil",                                    ""         },
        {"//evil.example/api/v1/x",                      ""         },
        {"/api/v1/x",                                    ""         },
        {"",                                             ""         },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[512];
        okta_reply_t reply;
        okta_verify_t verify;
        char escaped[128] = "";
        for (const char *p = rows[i].href; *p; p++) {
            (void)strncat(escaped, *p == '\\' ? "\\\\" : (char[]){*p, '\0'},
                          sizeof escaped - strlen(escaped) - 1);
        }
        (void)snprintf(body, sizeof body, "{\"_links\":{\"poll\":{\"href\":\"%s\"}}}", escaped);
        s_reply(200, "", body, &reply);
        assert_int_equal(reply.end, OKTA_OK);
        okta_reply_verify(&reply, URL, &verify);
        if (strcmp(verify.poll, rows[i].want) != 0) {
            fail_msg("%s: %s", rows[i].href, verify.poll);
        }
        okta_reply_clear(&reply);
    }
}

static void only_success_is_an_approval(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool waits;
        factor_status_t want;
    } rows[] = {
        {"{\"factorResult\":\"SUCCESS\"}",              false, FACTOR_APPROVED   },
        {"{\"factorResult\":\"WAITING\"}",              true,  FACTOR_UNAVAILABLE},
        {"{\"factorResult\":\"REJECTED\"}",             false, FACTOR_REFUSED    },
        {"{\"factorResult\":\"FAILED\"}",               false, FACTOR_REFUSED    },
        {"{\"factorResult\":\"TIMEOUT\"}",              false, FACTOR_TIMEOUT    },
        {"{\"factorResult\":\"EXPIRED\"}",              false, FACTOR_TIMEOUT    },
        {"{\"factorResult\":\"CANCELLED\"}",            false, FACTOR_CANCELLED  },
        {"{\"factorResult\":\"PASSCODE_REPLAYED\"}",    false, FACTOR_WRONG_CODE },
        {"{\"factorResult\":\"TIME_WINDOW_EXCEEDED\"}", false, FACTOR_WRONG_CODE },
        {"{\"factorResult\":\"CHALLENGE\"}",            false, FACTOR_UNAVAILABLE},
        {"{\"factorResult\":\"ERROR\"}",                false, FACTOR_UNAVAILABLE},
        {"{\"factorResult\":\"success\"}",              false, FACTOR_UNAVAILABLE},
        {"{\"factorResult\":true}",                     false, FACTOR_UNAVAILABLE},
        {"{\"factorResult\":[\"SUCCESS\"]}",            false, FACTOR_UNAVAILABLE},
        {"{\"status\":\"SUCCESS\"}",                    false, FACTOR_UNAVAILABLE},
        {"[\"SUCCESS\"]",                               false, FACTOR_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        okta_reply_t reply;
        okta_verify_t verify;
        s_reply(200, "", rows[i].body, &reply);
        okta_reply_verify(&reply, URL, &verify);
        if ((verify.result == OKTA_RESULT_WAITING) != rows[i].waits ||
            okta_result_status(verify.result) != rows[i].want) {
            fail_msg("%s: %d", rows[i].body, verify.result);
        }
        okta_reply_clear(&reply);
    }
}

static void numbers_and_ends_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int number;
        int64_t left_ms;
    } rows[] = {
        {"{\"_embedded\":{\"challenge\":{\"correctAnswer\":72}},\"expiresAt\":"
         "\"2015-04-01T16:02:32.000Z\"}",                                      72, 300000},
        {"{\"_embedded\":{\"challenge\":{\"correctAnswer\":\"72\"}}}",                  72, -1    },
        {"{\"_embedded\":{\"challenge\":{\"correctAnswer\":7.5}}}",                     0,  -1    },
        {"{\"_embedded\":{\"challenge\":{\"correctAnswer\":-7}}}",                      0,  -1    },
        {"{\"_embedded\":{\"challenge\":{\"correctAnswer\":1e9}}}",                     0,  -1    },
        {"{\"_embedded\":{\"challenge\":{\"correctAnswer\":\"7 2\"}}}",                 0,  -1    },
        {"{\"_embedded\":{\"challenge\":{\"correctAnswer\":\"\"}}}",                    0,  -1    },
        {"{\"_embedded\":{\"challenge\":[72]},\"expiresAt\":\"2015-04-01T15:57:31Z\"}", 0,  0     },
        {"{\"expiresAt\":\"2015-04-01T16:02:32.000+01:00\"}",                           0,  -1    },
        {"{\"expiresAt\":\"soon\"}",                                                    0,  -1    },
        {"{\"expiresAt\":7}",                                                           0,  -1    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        okta_reply_t reply;
        okta_verify_t verify;
        s_reply(200, DATE, rows[i].body, &reply);
        okta_reply_verify(&reply, URL, &verify);
        if (verify.number != rows[i].number || verify.left_ms != rows[i].left_ms) {
            fail_msg("%s: %d, %lld", rows[i].body, verify.number, (long long)verify.left_ms);
        }
        okta_reply_clear(&reply);
    }
}

static void factors_are_found_whatever_stands_beside_them(void **state)
{
    (void)state;
    static const struct {
        const char *body, *push, *totp;
    } rows[] = {
        {"[]",                                                                                              "",  "" },
        {"{}",                                                                                              "",  "" },
        {"[7,null,[],{}]",                                                                                  "",  "" },
        {"[{\"id\":\"p\",\"factorType\":\"push\",\"provider\":\"OKTA\",\"status\":\"ACTIVE\"},"
         "{\"id\":\"q\",\"factorType\":\"push\",\"provider\":\"OKTA\",\"status\":\"ACTIVE\"},"
         "{\"id\":\"t\",\"factorType\":\"token:software:totp\",\"provider\":\"OKTA\","
         "\"status\":\"ACTIVE\"}]",                                                                "p", "t"},
        {"[{\"id\":\"p\",\"factorType\":\"push\",\"provider\":\"OKTA\",\"status\":\"INACTIVE\"},"
         "{\"id\":\"t\",\"factorType\":\"token:software:totp\",\"provider\":\"GOOGLE\","
         "\"status\":\"ACTIVE\"},"
         "{\"id\":\"../x\",\"factorType\":\"push\",\"provider\":\"OKTA\",\"status\":\"ACTIVE\"}]", "",  "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        okta_reply_t reply;
        okta_factors_t factors;
        s_reply(200, "", rows[i].body, &reply);
        okta_reply_factors(reply.root, &factors);
        assert_string_equal(factors.push, rows[i].push);
        assert_string_equal(factors.totp, rows[i].totp);
        okta_reply_clear(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_told_apart),
        cmocka_unit_test(limits_are_heeded),
        cmocka_unit_test(links_lead_to_the_organisation_or_nowhere),
        cmocka_unit_test(only_success_is_an_approval),
        cmocka_unit_test(numbers_and_ends_are_read),
        cmocka_unit_test(factors_are_found_whatever_stands_beside_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
