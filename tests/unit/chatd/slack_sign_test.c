#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "services/chatd/slack_sign.h"

/* The example that Slack has published. */
#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define AT "1531420618"
#define AT_S 1531420618
#define BODY                                                                                       \
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="         \
    "G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command="                \
    "%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J"   \
    "%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."              \
    "803a0bc887a14d10d2c447fce8b6703c"
#define SIGNATURE "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"

static void test_published_vector(void **state)
{
    (void)state;
    char out[SLACK_SIGNATURE_SIZE];
    slack_sign(SECRET, AT, BODY, strlen(BODY), out);
    assert_string_equal(out, SIGNATURE);
}

static void test_checks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *secret;
        const char *at;
        const char *signature;
        const char *body;
        int64_t now_s;
        const char *want; /* NULL: accepted */
    } rows[] = {
        {"the vector",                SECRET,     AT,                 SIGNATURE,             BODY,     AT_S,       NULL},
        {"300 s old",                 SECRET,     AT,                 SIGNATURE,             BODY,     AT_S + 300, NULL},
        {"301 s old",                 SECRET,     AT,                 SIGNATURE,             BODY,     AT_S + 301,
         "the timestamp is 301 seconds behind our clock; at most 300 are allowed"                                      },
        {"300 s ahead",               SECRET,     AT,                 SIGNATURE,             BODY,     AT_S - 300, NULL},
        {"301 s ahead",               SECRET,     AT,                 SIGNATURE,             BODY,     AT_S - 301,
         "the timestamp is 301 seconds ahead of our clock; at most 300 are allowed"                                    },
        {"301 s old, and forged",     "x" SECRET, AT,                 SIGNATURE,             BODY,     AT_S + 301,
         "the signature is not that of our signing secret"                                                             },
        {"another secret",            "x" SECRET, AT,                 SIGNATURE,             BODY,     AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"another body",              SECRET,     AT,                 SIGNATURE,             BODY "x", AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"no body",                   SECRET,     AT,                 SIGNATURE,             "",       AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"another timestamp",         SECRET,     "1531420619",       SIGNATURE,             BODY,     AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"no signature",              SECRET,     AT,                 "",                    BODY,     AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"a part of it",              SECRET,     AT,                 "v0=a2114d57b48eac39", BODY,     AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"more than it",              SECRET,     AT,                 SIGNATURE "0",         BODY,     AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"another version",           SECRET,     AT,
         "v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",              BODY,     AT_S,
         "the signature is not that of our signing secret"                                                             },
        {"no timestamp",              SECRET,     "",                 SIGNATURE,             BODY,     AT_S,
         "the timestamp is no number of seconds"                                                                       },
        {"a negative timestamp",      SECRET,     "-1531420618",      SIGNATURE,             BODY,     AT_S,
         "the timestamp is no number of seconds"                                                                       },
        {"a space",                   SECRET,     " 1531420618",      SIGNATURE,             BODY,     AT_S,
         "the timestamp is no number of seconds"                                                                       },
        {"more digits than time has", SECRET,     "9999999999999999", SIGNATURE,             BODY,     AT_S,
         "the timestamp is no number of seconds"                                                                       },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        const int code = slack_sign_check(rows[i].secret, rows[i].at, rows[i].signature,
                                          rows[i].body, strlen(rows[i].body), rows[i].now_s, &err);
        const char *got = code ? err.text : "accepted";
        const int want = !rows[i].want                       ? SB_OK
                         : strstr(rows[i].want, "our clock") ? SB_ERETRY
                                                             : SB_EFORBIDDEN;
        if (strcmp(got, rows[i].want ? rows[i].want : "accepted") != 0 || code != want) {
            fail_msg("%s: %s (code %d)", rows[i].name, got, code);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vector),
        cmocka_unit_test(test_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
