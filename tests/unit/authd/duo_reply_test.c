/* duo_reply_test.c: every answer of Duo's, the known, the new and the broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/authd/duo_reply.h"

#define NOW_MS (INT64_C(1345570158) * 1000) /* Tue, 21 Aug 2012 17:29:18 GMT */

static sb_http_answer_t s_answer(int status, const char *headers, const char *body)
{
    return (sb_http_answer_t){
        .end = SB_HTTP_ANSWERED,
        .status = status,
        .headers = headers,
        .body = body,
        .body_size = strlen(body),
    };
}

static void answers_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int status;
        const char *body;
        duo_end_t end;
        int code;
    } rows[] = {
        {"fine",                      200, "{\"stat\":\"OK\",\"response\":{\"time\":1}}",          DUO_OK,      0    },
        {"OK, but no response",       200, "{\"stat\":\"OK\"}",                                    DUO_UNSURE,  0    },
        {"OK, but a text",            200, "{\"stat\":\"OK\",\"response\":\"success\"}",           DUO_UNSURE,  0    },
        {"no stat",                   200, "{\"response\":{}}",                                    DUO_UNSURE,  0    },
        {"OK with an error's status", 500, "{\"stat\":\"OK\",\"response\":{}}",                    DUO_UNSURE,  0    },
        {"FAIL with 200",             200, "{\"stat\":\"FAIL\",\"code\":40103}",                   DUO_UNSURE,  40103},
        {"parameters",                400, "{\"stat\":\"FAIL\",\"code\":40002,\"message\":\"x\"}", DUO_REFUSED,
         40002                                                                                                       },
        {"integration key",           401, "{\"stat\":\"FAIL\",\"code\":40102}",                   DUO_REFUSED, 40102},
        {"signature",                 401, "{\"stat\":\"FAIL\",\"code\":40103}",                   DUO_REFUSED, 40103},
        {"time",                      401, "{\"stat\":\"FAIL\",\"code\":40105}",                   DUO_CLOCK,   40105},
        {"code as text",              401, "{\"stat\":\"FAIL\",\"code\":\"40105\"}",               DUO_CLOCK,   40105},
        {"empty code",                401, "{\"stat\":\"FAIL\",\"code\":\"\"}",                    DUO_REFUSED, 0    },
        {"a code that is none",       400, "{\"stat\":\"FAIL\",\"code\":\"4x\"}",                  DUO_REFUSED, 0    },
        {"a code too large",          400, "{\"stat\":\"FAIL\",\"code\":4e300}",                   DUO_REFUSED, 0    },
        {"forbidden",                 403, "{\"stat\":\"FAIL\",\"code\":40301}",                   DUO_REFUSED, 40301},
        {"a proxy's refusal",         407, "<html>",                                               DUO_REFUSED, 0    },
        {"limit",                     429, "{\"stat\":\"FAIL\",\"code\":42901}",                   DUO_LIMITED, 42901},
        {"limit without JSON",        429, "",                                                     DUO_LIMITED, 0    },
        {"limit by its code",         400, "{\"stat\":\"FAIL\",\"code\":42901}",                   DUO_LIMITED, 42901},
        {"Duo's own fault",           500, "{\"stat\":\"FAIL\",\"code\":50001}",                   DUO_UNSURE,  50001},
        {"a gateway's",               502, "<html>",                                               DUO_UNSURE,  0    },
        {"broken off",                200, "{\"stat\":\"OK\",\"respon",                            DUO_UNSURE,  0    },
        {"twice the same",            200, "{\"stat\":\"FAIL\",\"stat\":\"OK\",\"response\":{}}",  DUO_UNSURE,
         0                                                                                                           },
        {"redirected",                302, "",                                                     DUO_UNSURE,  0    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const sb_http_answer_t answer = s_answer(rows[i].status, "", rows[i].body);
        duo_reply_t reply;
        duo_reply(&answer, NOW_MS, &reply);
        if (reply.end != rows[i].end || reply.code != rows[i].code) {
            fail_msg("%s: got %d, code %d", rows[i].name, (int)reply.end, reply.code);
        }
        assert_true((reply.response != NULL) == (reply.end == DUO_OK));
        assert_true((reply.text[0] != '\0') == (reply.end != DUO_OK));
        duo_reply_clear(&reply);
    }
}

static void what_was_not_answered_is_unsure_unless_it_was_not_sent(void **state)
{
    (void)state;
    sb_http_answer_t answer = {.end = SB_HTTP_NOT_SENT};
    duo_reply_t reply;
    (void)sb_fail(&answer.err, SB_ERETRY, "connection refused");
    duo_reply(&answer, NOW_MS, &reply);
    assert_int_equal(reply.end, DUO_AWAY);
    assert_string_equal(reply.text, "Duo can't be reached: connection refused");
    answer.end = SB_HTTP_AMBIGUOUS;
    duo_reply(&answer, NOW_MS, &reply);
    assert_int_equal(reply.end, DUO_UNSURE);
    assert_null(reply.tree);
}

static void duos_words_are_never_repeated(void **state)
{
    (void)state;
    const sb_http_answer_t answer = s_answer(
        400, "",
        "{\"stat\":\"FAIL\",\"code\":40002,\"message\":\"EVIL\",\"message_detail\":\"EVIL\"}");
    duo_reply_t reply;
    duo_reply(&answer, NOW_MS, &reply);
    assert_null(strstr(reply.text, "EVIL"));
    assert_non_null(strstr(reply.text, "40002"));
    duo_reply_clear(&reply);
}

static void limits_say_how_long(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        int64_t want_ms;
    } rows[] = {
        {"",                                               -1     },
        {"Retry-After: 7\r\n",                             7000   },
        {"X-Retry-After: 3\r\n",                           3000   },
        {"retry-after: 0\r\n",                             0      },
        {"Retry-After: 99999999999999999999999\r\n",       3600000},
        {"Retry-After: Tue, 21 Aug 2012 17:29:28 GMT\r\n", 10000  },
        {"Retry-After: Tue, 21 Aug 2012 17:29:08 GMT\r\n", 0      },
        {"Retry-After: soon\r\n",                          -1     },
        {"Retry-After: -5\r\n",                            -1     },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const sb_http_answer_t answer = s_answer(429, rows[i].headers, "");
        duo_reply_t reply;
        duo_reply(&answer, NOW_MS, &reply);
        if (reply.retry_ms != rows[i].want_ms) {
            fail_msg("%s got %lld", rows[i].headers, (long long)reply.retry_ms);
        }
    }
}

static void waits_double_and_are_scattered(void **state)
{
    (void)state;
    static const struct {
        unsigned tries;
        int64_t retry_ms;
        uint32_t random;
        int64_t want_ms;
    } rows[] = {
        {0,  -1,   0,          1000 },
        {1,  -1,   999,        2999 },
        {2,  -1,   1000,       4000 },
        {5,  -1,   0,          32000},
        {60, -1,   4294967295, 32295},
        {3,  7000, 500,        7500 },
        {3,  0,    500,        500  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(duo_retry_wait_ms(rows[i].tries, rows[i].retry_ms, rows[i].random),
                         rows[i].want_ms);
    }
}

/* ---- Responses. */

static cJSON *s_parse(const char *json)
{
    cJSON *tree = cJSON_Parse(json);
    if (!tree) {
        fail_msg("the test's JSON is wrong: %s", json);
    }
    return tree;
}

static void ping_tells_the_time_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t want;
    } rows[] = {
        {"{\"time\":1357020061}",     1357020061},
        {"{}",                        -1        },
        {"{\"time\":\"1357020061\"}", -1        },
        {"{\"time\":-1}",             -1        },
        {"{\"time\":1e300}",          -1        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *tree = s_parse(rows[i].json);
        assert_int_equal(duo_reply_time(tree), rows[i].want);
        cJSON_Delete(tree);
    }
}

#define TOKEN "{\"device\":\"DHTOKEN\",\"type\":\"token\",\"name\":\"0\"}"
#define LANDLINE "{\"device\":\"DPLAND\",\"type\":\"phone\",\"capabilities\":[\"phone\"]}"
#define PHONE                                                                                      \
    "{\"device\":\"DPPHONE\",\"type\":\"phone\",\"name\":\"\",\"display_name\":\"iOS "             \
    "(XXX-1)\",\"capabilities\":[\"auto\",\"push\",\"sms\"]}"

static void preauth_has_five_outcomes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *json;
        duo_pre_t result;
        const char *device, *shown, *txid, *verification;
    } rows[] = {
        {"auth",                                  "{\"result\":\"auth\",\"devices\":[" PHONE "]}",                DUO_PRE_AUTH,    "DPPHONE",
         "iOS (XXX-1)",                                                                                                                                      "",      ""   },
        {"a verified push",
         "{\"result\":\"auth\",\"devices\":[" PHONE "],\"txid\":\"ab-12\","
         "\"verification_code\":\"012\",\"expiration\":60}",                                                      DUO_PRE_AUTH,    "DPPHONE", "iOS (XXX-1)", "ab-12", "012"},
        {"a hardware token comes first",          "{\"result\":\"auth\",\"devices\":[" TOKEN "," PHONE "]}",
         DUO_PRE_AUTH,                                                                                                             "DPPHONE", "iOS (XXX-1)", "",      ""   },
        {"a token alone",                         "{\"result\":\"auth\",\"devices\":[" TOKEN "]}",                DUO_PRE_AUTH,    "",        "",            "",
         ""                                                                                                                                                                },
        {"a landline alone",                      "{\"result\":\"auth\",\"devices\":[" LANDLINE "]}",             DUO_PRE_AUTH,    "",
         "",                                                                                                                                                 "",      ""   },
        {"no devices",                            "{\"result\":\"auth\"}",                                        DUO_PRE_AUTH,    "",        "",            "",      ""   },
        {"devices that are none",                 "{\"result\":\"auth\",\"devices\":{\"a\":" PHONE "}}",
         DUO_PRE_AUTH,                                                                                                             "",        "",            "",      ""   },
        {"a device that is none",                 "{\"result\":\"auth\",\"devices\":[7,null,\"x\"," PHONE "]}",
         DUO_PRE_AUTH,                                                                                                             "DPPHONE", "iOS (XXX-1)", "",      ""   },
        {"strange capabilities",
         "{\"result\":\"auth\",\"devices\":[{\"device\":\"D\",\"capabilities\":\"push\"}]}",                      DUO_PRE_AUTH,    "",        "",            "",      ""   },
        {"a device's id with a line break",
         "{\"result\":\"auth\",\"devices\":[{\"device\":\"D\\r\\nX\",\"capabilities\":[\"push\"]}]"
         "}",                                                                                                     DUO_PRE_AUTH,    "",        "",            "",      ""   },
        {"a device's name that turns text round",
         "{\"result\":\"auth\",\"devices\":[{\"device\":\"D\",\"name\":\"a\\u202eb\\nc\","
         "\"capabilities\":[\"push\"]}]}",                                                                        DUO_PRE_AUTH,    "D",       "ab c",        "",      ""   },
        {"a device without a name",
         "{\"result\":\"auth\",\"devices\":[{\"device\":\"D\",\"capabilities\":[\"push\"]}]}",                    DUO_PRE_AUTH,    "D",       "a phone",     "",      ""   },
        {"a code without a txid",
         "{\"result\":\"auth\",\"devices\":[" PHONE "],\"verification_code\":\"123\"}",
         DUO_PRE_AUTH,                                                                                                             "DPPHONE", "iOS (XXX-1)", "",      ""   },
        {"a txid without a code",                 "{\"result\":\"auth\",\"devices\":[" PHONE "],\"txid\":\"t\"}",
         DUO_PRE_AUTH,                                                                                                             "DPPHONE", "iOS (XXX-1)", "",      ""   },
        {"a code that is no number",
         "{\"result\":\"auth\",\"devices\":[" PHONE "],\"txid\":\"t\","
         "\"verification_code\":\"<b>1\"}",                                                                       DUO_PRE_AUTH,    "DPPHONE", "iOS (XXX-1)", "",      ""   },
        {"a code too long",
         "{\"result\":\"auth\",\"devices\":[" PHONE "],\"txid\":\"t\","
         "\"verification_code\":\"1234567\"}",                                                                    DUO_PRE_AUTH,    "DPPHONE", "iOS (XXX-1)", "",      ""   },
        {"bypass",                                "{\"result\":\"allow\",\"status_msg\":\"x\"}",                  DUO_PRE_BYPASS,  "",        "",            "",      ""   },
        {"deny",                                  "{\"result\":\"deny\",\"devices\":[" PHONE "]}",                DUO_PRE_DENY,    "",        "",            "",      ""   },
        {"enroll",                                "{\"result\":\"enroll\",\"enroll_portal_url\":\"https://x\"}",  DUO_PRE_ENROLL,
         "",                                                                                                                                  "",            "",      ""   },
        {"a new result",                          "{\"result\":\"perhaps\"}",                                     DUO_PRE_UNKNOWN, "",        "",            "",      ""   },
        {"another case",                          "{\"result\":\"AUTH\",\"devices\":[" PHONE "]}",                DUO_PRE_UNKNOWN, "",        "",
         "",                                                                                                                                                          ""   },
        {"no result",                             "{}",                                                           DUO_PRE_UNKNOWN, "",        "",            "",      ""   },
        {"no text",                               "{\"result\":true}",                                            DUO_PRE_UNKNOWN, "",        "",            "",      ""   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *tree = s_parse(rows[i].json);
        duo_preauth_t got;
        duo_reply_preauth(tree, &got);
        if (got.result != rows[i].result || strcmp(got.device, rows[i].device) != 0 ||
            strcmp(got.name, rows[i].shown) != 0 || strcmp(got.txid, rows[i].txid) != 0 ||
            strcmp(got.verification, rows[i].verification) != 0) {
            fail_msg("%s: got %d, device \"%s\", \"%s\", \"%s\" \"%s\"", rows[i].name,
                     (int)got.result, got.device, got.name, got.txid, got.verification);
        }
        cJSON_Delete(tree);
    }
}

static void auth_gives_an_id_that_is_fit_for_a_url(void **state)
{
    (void)state;
    static const struct {
        const char *json, *want;
    } rows[] = {
        {"{\"txid\":\"45f7c92b-f45f-4862-8545-e0f58e78075a\"}",
         "45f7c92b-f45f-4862-8545-e0f58e78075a"                   },
        {"{}",                                                  ""},
        {"{\"txid\":\"\"}",                                     ""},
        {"{\"txid\":7}",                                        ""},
        {"{\"txid\":\"a&b=c\"}",                                ""},
        {"{\"txid\":\"a b\"}",                                  ""},
    };
    char got[SB_TRANSACTION_MAX + 1];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *tree = s_parse(rows[i].json);
        assert_true(duo_reply_txid(tree, got) == (rows[i].want[0] != '\0'));
        assert_string_equal(got, rows[i].want);
        cJSON_Delete(tree);
    }
    char longest[SB_TRANSACTION_MAX + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(duo_txid_valid(longest));
    longest[SB_TRANSACTION_MAX] = '\0';
    assert_true(duo_txid_valid(longest));
}

static void only_allow_by_allow_is_a_proof(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        duo_login_t login;
        factor_status_t status;
    } rows[] = {
        {"{\"result\":\"allow\",\"status\":\"allow\"}",         DUO_LOGIN_APPROVED, FACTOR_APPROVED   },
        {"{\"result\":\"allow\",\"status\":\"bypass\"}",        DUO_LOGIN_UNPROVEN, FACTOR_UNAVAILABLE},
        {"{\"result\":\"allow\",\"status\":\"remembered\"}",    DUO_LOGIN_UNPROVEN,
         FACTOR_UNAVAILABLE                                                                           },
        {"{\"result\":\"allow\"}",                              DUO_LOGIN_UNPROVEN, FACTOR_UNAVAILABLE},
        {"{\"result\":\"allow\",\"status\":\"fraud\"}",         DUO_LOGIN_FRAUD,    FACTOR_FRAUD      },
        {"{\"result\":\"allow\",\"status\":\"timeout\"}",       DUO_LOGIN_TIMEOUT,  FACTOR_TIMEOUT    },
        {"{\"status\":\"allow\"}",                              DUO_LOGIN_UNPROVEN, FACTOR_UNAVAILABLE},
        {"{\"result\":\"ALLOW\",\"status\":\"allow\"}",         DUO_LOGIN_UNPROVEN, FACTOR_UNAVAILABLE},
        {"{\"result\":true,\"status\":\"allow\"}",              DUO_LOGIN_UNPROVEN, FACTOR_UNAVAILABLE},
        {"{\"result\":\"deny\",\"status\":\"deny\"}",           DUO_LOGIN_DENIED,   FACTOR_REFUSED    },
        {"{\"result\":\"deny\",\"status\":\"allow\"}",          DUO_LOGIN_DENIED,   FACTOR_REFUSED    },
        {"{\"result\":\"deny\",\"status\":\"new\"}",            DUO_LOGIN_DENIED,   FACTOR_REFUSED    },
        {"{\"result\":\"deny\",\"status\":\"fraud\"}",          DUO_LOGIN_FRAUD,    FACTOR_FRAUD      },
        {"{\"result\":\"deny\",\"status\":\"locked_out\"}",     DUO_LOGIN_LOCKED,   FACTOR_DENIED     },
        {"{\"result\":\"deny\",\"status\":\"timeout\"}",        DUO_LOGIN_TIMEOUT,  FACTOR_TIMEOUT    },
        {"{\"result\":\"waiting\",\"status\":\"timeout\"}",     DUO_LOGIN_TIMEOUT,  FACTOR_TIMEOUT    },
        {"{\"result\":\"waiting\",\"status\":\"pushed\"}",      DUO_LOGIN_WAITING,  FACTOR_UNAVAILABLE},
        {"{\"result\":\"waiting\",\"status\":\"push_failed\"}", DUO_LOGIN_WAITING,
         FACTOR_UNAVAILABLE                                                                           },
        {"{\"result\":\"waiting\",\"status\":\"allow\"}",       DUO_LOGIN_WAITING,  FACTOR_UNAVAILABLE},
        {"{\"result\":\"waiting\"}",                            DUO_LOGIN_WAITING,  FACTOR_UNAVAILABLE},
        {"{\"result\":\"maybe\",\"status\":\"pushed\"}",        DUO_LOGIN_UNPROVEN, FACTOR_UNAVAILABLE},
        {"{}",                                                  DUO_LOGIN_UNPROVEN, FACTOR_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *tree = s_parse(rows[i].json);
        const duo_login_t login = duo_reply_login(tree);
        if (login != rows[i].login || duo_login_status(login) != rows[i].status) {
            fail_msg("%s: got %d", rows[i].json, (int)login);
        }
        cJSON_Delete(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_told_apart),
        cmocka_unit_test(what_was_not_answered_is_unsure_unless_it_was_not_sent),
        cmocka_unit_test(duos_words_are_never_repeated),
        cmocka_unit_test(limits_say_how_long),
        cmocka_unit_test(waits_double_and_are_scattered),
        cmocka_unit_test(ping_tells_the_time_or_not),
        cmocka_unit_test(preauth_has_five_outcomes),
        cmocka_unit_test(auth_gives_an_id_that_is_fit_for_a_url),
        cmocka_unit_test(only_allow_by_allow_is_a_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
