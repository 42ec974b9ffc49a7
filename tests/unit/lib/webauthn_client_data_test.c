#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/webauthn_client_data.h"

#define CHALLENGE "0123456789abcdef"
#define CHALLENGE_TEXT "MDEyMzQ1Njc4OWFiY2RlZg"
#define START "{\"type\":\"webauthn.get\",\"challenge\":\"" CHALLENGE_TEXT "\""
#define OURS START ",\"origin\":\"https://bot.example.org\""
/* The rows' own, for what differs. */
#define CHALLENGED(text)                                                                           \
    "{\"type\":\"webauthn.get\",\"challenge\":\"" text "\",\"origin\":\"https://"                  \
    "bot.example.org\"}"
#define FROM(origin) START ",\"origin\":\"" origin "\"}"

static const char *const s_origins[] = {"https://bot.example.org", "http://localhost:8080"};

static sb_webauthn_result_t s_check(const char *text, size_t size, sb_err_t *err)
{
    const sb_webauthn_expected_t want = {
        .type = SB_WEBAUTHN_GET,
        .challenge = {(const uint8_t *)CHALLENGE, strlen(CHALLENGE)},
        .origins = s_origins,
        .origins_len = 2,
    };
    return sb_webauthn_client_data_check(&want, (sb_bytes_t){(const uint8_t *)text, size}, err);
}

static const struct {
    const char *name, *text;
    sb_webauthn_result_t want;
} s_rows[] = {
    {"as short as can be",         OURS "}",                                                                        SB_WEBAUTHN_VERIFIED       },
    {"not in a frame",             OURS ",\"crossOrigin\":false}",                                                  SB_WEBAUTHN_VERIFIED       },
    {"another origin of ours",     FROM("http://localhost:8080"),                                                   SB_WEBAUTHN_VERIFIED       },
    {"members of tomorrow",        OURS ",\"x\":{\"y\":[1.5,null]}}",                                               SB_WEBAUTHN_VERIFIED       },
    {"white space",                " " OURS " } ",                                                                  SB_WEBAUTHN_VERIFIED       },
    {"in a frame",                 OURS ",\"crossOrigin\":true}",                                                   SB_WEBAUTHN_CROSS_ORIGIN   },
    {"in a frame of a named site", OURS ",\"crossOrigin\":true,\"topOrigin\":\"https://a.b\"}",
     SB_WEBAUTHN_TOP_ORIGIN                                                                                                                    },
    {"a site named, and no frame", OURS ",\"crossOrigin\":false,\"topOrigin\":\"https://a.b\"}",
     SB_WEBAUTHN_TOP_ORIGIN                                                                                                                    },
    {"ourselves named",            OURS ",\"topOrigin\":\"https://bot.example.org\"}",                              SB_WEBAUTHN_TOP_ORIGIN     },
    {"nothing named",              OURS ",\"topOrigin\":null}",                                                     SB_WEBAUTHN_TOP_ORIGIN     },
    {"another challenge",          CHALLENGED("MDEyMzQ1Njc4OWFiY2RlZw"),                                            SB_WEBAUTHN_WRONG_CHALLENGE},
    {"with stray bits",            CHALLENGED("MDEyMzQ1Njc4OWFiY2RlZh"),                                            SB_WEBAUTHN_WRONG_CHALLENGE},
    {"padded",                     CHALLENGED(CHALLENGE_TEXT "=="),                                                 SB_WEBAUTHN_WRONG_CHALLENGE},
    {"a longer one",               CHALLENGED(CHALLENGE_TEXT "A"),                                                  SB_WEBAUTHN_WRONG_CHALLENGE},
    {"a shorter one",              CHALLENGED("MDEyMzQ1Njc4OWFiY2RlZ"),                                             SB_WEBAUTHN_WRONG_CHALLENGE},
    {"an empty one",               CHALLENGED(""),                                                                  SB_WEBAUTHN_WRONG_CHALLENGE},
    {"http",                       FROM("http://bot.example.org"),                                                  SB_WEBAUTHN_WRONG_ORIGIN   },
    {"a port",                     FROM("https://bot.example.org:8443"),                                            SB_WEBAUTHN_WRONG_ORIGIN   },
    {"a slash",                    FROM("https://bot.example.org/"),                                                SB_WEBAUTHN_WRONG_ORIGIN   },
    {"upper case",                 FROM("https://BOT.example.org"),                                                 SB_WEBAUTHN_WRONG_ORIGIN   },
    {"the parent",                 FROM("https://example.org"),                                                     SB_WEBAUTHN_WRONG_ORIGIN   },
    {"a child",                    FROM("https://x.bot.example.org"),                                               SB_WEBAUTHN_WRONG_ORIGIN   },
    {"a longer name",              FROM("https://bot.example.org.evil.example"),                                    SB_WEBAUTHN_WRONG_ORIGIN   },
    {"none",                       FROM("null"),                                                                    SB_WEBAUTHN_WRONG_ORIGIN   },
    {"empty",                      FROM(""),                                                                        SB_WEBAUTHN_WRONG_ORIGIN   },
    {"an app",                     FROM("android:apk-key-hash:AAAA"),                                               SB_WEBAUTHN_WRONG_ORIGIN   },
    {"the other ceremony",
     "{\"type\":\"webauthn.create\",\"challenge\":\"" CHALLENGE_TEXT
     "\",\"origin\":\"https://bot.example.org\"}",                                                                  SB_WEBAUTHN_WRONG_TYPE     },
    {"type in upper case",
     "{\"type\":\"WebAuthn.get\",\"challenge\":\"" CHALLENGE_TEXT
     "\",\"origin\":\"https://bot.example.org\"}",                                                                  SB_WEBAUTHN_WRONG_TYPE     },
    {"no type",                    "{\"challenge\":\"" CHALLENGE_TEXT "\",\"origin\":\"https://bot.example.org\"}",
     SB_WEBAUTHN_BAD_CLIENT_DATA                                                                                                               },
    {"no challenge",               "{\"type\":\"webauthn.get\",\"origin\":\"https://bot.example.org\"}",
     SB_WEBAUTHN_BAD_CLIENT_DATA                                                                                                               },
    {"no origin",                  START "}",                                                                       SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"origin is a list",           START ",\"origin\":[\"https://bot.example.org\"]}",
     SB_WEBAUTHN_BAD_CLIENT_DATA                                                                                                               },
    {"origin twice",               OURS ",\"origin\":\"https://bot.example.org\"}",                                 SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"a frame as text",            OURS ",\"crossOrigin\":\"false\"}",                                              SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"a NUL in the origin",        FROM("https://bot.example.org\\u0000.evil"),
     SB_WEBAUTHN_BAD_CLIENT_DATA                                                                                                               },
    {"more after it",              OURS "}{}",                                                                      SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"a byte order mark",          "\xef\xbb\xbf" OURS "}",                                                         SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"no UTF-8",                   OURS ",\"x\":\"\xff\"}",                                                         SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"a list",                     "[]",                                                                            SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"cut",                        OURS,                                                                            SB_WEBAUTHN_BAD_CLIENT_DATA},
    {"empty",                      "",                                                                              SB_WEBAUTHN_BAD_CLIENT_DATA},
};

static void texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        sb_err_t err = {0};
        const sb_webauthn_result_t got = s_check(s_rows[i].text, strlen(s_rows[i].text), &err);
        if (got != s_rows[i].want) {
            fail_msg("%s: %s (%s)", s_rows[i].name, sb_webauthn_result_name(got), err.text);
        }
        if (got != SB_WEBAUTHN_VERIFIED && strncmp(err.text, "client data", 11) != 0) {
            fail_msg("%s: it says \"%s\"", s_rows[i].name, err.text);
        }
    }
}

static void sizes(void **state)
{
    (void)state;
    char text[SB_WEBAUTHN_CLIENT_DATA_MAX + 2];
    (void)snprintf(text, sizeof text, "%s%*s}", OURS,
                   (int)(SB_WEBAUTHN_CLIENT_DATA_MAX - strlen(OURS) - 1), "");
    sb_err_t err;
    assert_int_equal(s_check(text, SB_WEBAUTHN_CLIENT_DATA_MAX, &err), SB_WEBAUTHN_VERIFIED);
    text[SB_WEBAUTHN_CLIENT_DATA_MAX] = ' ';
    assert_int_equal(s_check(text, SB_WEBAUTHN_CLIENT_DATA_MAX + 1, &err),
                     SB_WEBAUTHN_BAD_CLIENT_DATA);
    assert_int_equal(s_check(NULL, 0, &err), SB_WEBAUTHN_BAD_CLIENT_DATA);
    assert_int_equal(s_check(OURS "}\0", strlen(OURS) + 2, &err), SB_WEBAUTHN_BAD_CLIENT_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
