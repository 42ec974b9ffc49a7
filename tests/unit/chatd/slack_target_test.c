#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_target.h"

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *url;
        bool plain;
        const char *want; /* tls, host, port, path; or the error */
    } rows[] = {
        {"as Slack gives it",         "wss://wss-primary.slack.com/link/?ticket=1a-b&app_id=2c", false,
         "tls wss-primary.slack.com 443 /link/?ticket=1a-b&app_id=2c"                                                                                   },
        {"a port",                    "wss://localhost:8443/x",                                  false, "tls localhost 8443 /x"                         },
        {"no path",                   "wss://a",                                                 false, "tls a 443 /"                                   },
        {"a query alone",             "wss://a?b=c",                                             false, "tls a 443 /?b=c"                               },
        {"an address",                "wss://127.0.0.1:1/",                                      false, "tls 127.0.0.1 1 /"                             },
        {"an address in brackets",    "wss://[::1]:2/",                                          false, "tls ::1 2 /"                                   },
        {"another case",              "WSS://A/",                                                false, "tls A 443 /"                                   },
        {"plain, where it may be",    "ws://a:80/",                                              true,  "plain a 80 /"                                  },
        {"plain, where it may not",   "ws://a/",                                                 false, "expected a wss URL, not \"ws://a/...\""        },
        {"another scheme",            "https://a/",                                              true,  "expected a wss URL, not \"https://...\""       },
        {"nothing",                   "",                                                        false, "expected a wss URL, not \"...\""               },
        {"no host",                   "wss:///x",                                                false, "expected a host, and a port if any, in the URL"},
        {"no port",                   "wss://a:/x",                                              false, "expected a host, and a port if any, in the URL"},
        {"port 0",                    "wss://a:0/",                                              false, "expected a host, and a port if any, in the URL"},
        {"a large port",              "wss://a:65536/",                                          false, "expected a host, and a port if any, in the URL"},
        {"open bracket",              "wss://[::1/",                                             false, "expected a host, and a port if any, in the URL"},
        {"a user",                    "wss://u:p@a/",                                            false, "expected a host, and a port if any, in the URL"},
        {"a user without a password", "wss://u@a/",                                              false, "a character that no URL has"                   },
        {"a space",                   "wss://a/b c",                                             false, "a character that no URL has"                   },
        {"a header",                  "wss://a/\r\nX: y",                                        false, "a character that no URL has"                   },
        {"a fragment",                "wss://a/#b",                                              false, "a character that no URL has"                   },
        {"not ASCII",                 "wss://a/\xc3\xa4",                                        false, "a character that no URL has"                   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        slack_target_t target;
        char got[512];
        if (slack_target_parse(rows[i].url, rows[i].plain, &target, &err)) {
            (void)snprintf(got, sizeof got, "%s", err.text);
        } else {
            (void)snprintf(got, sizeof got, "%s %s %d %.200s", target.tls ? "tls" : "plain",
                           target.host, target.port, target.path);
        }
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: want %s, got %s", rows[i].name, rows[i].want, got);
        }
    }
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        size_t len; /* digits between */
        const char *after;
        int code;
    } rows[] = {
        {"wss://a/", SLACK_URL_MAX - 2 - 8, "",  SB_OK       },
        {"wss://a/", SLACK_URL_MAX - 1 - 8, "",  SB_ETOOLARGE},
        {"wss://a?", SLACK_URL_MAX - 2 - 8, "",  SB_OK       },
        {"wss://",   SLACK_HOST_MAX - 1,    "/", SB_OK       },
        {"wss://",   SLACK_HOST_MAX,        "/", SB_EINVALID },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char digits[SLACK_URL_MAX];
        sb_err_t err = {0};
        slack_target_t target;
        memset(digits, '7', rows[i].len);
        digits[rows[i].len] = '\0';
        char *url = sb_format("%s%s%s", rows[i].before, digits, rows[i].after);
        assert_int_equal(slack_target_parse(url, false, &target, &err), rows[i].code);
        free(url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
