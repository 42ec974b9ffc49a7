/* local_host_test.c: whose requests are let in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/chatd/local_host.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *name;
    const char *header;
    bool want;
} s_hosts[] = {
    {"name of loopback",             "localhost",              true },
    {"with a port",                  "localhost:8080",         true },
    {"in capitals",                  "LocalHost:8080",         true },
    {"IPv4",                         "127.0.0.1:8080",         true },
    {"all of 127/8",                 "127.1.2.3",              true },
    {"IPv6",                         "[::1]:8080",             true },
    {"IPv6 without a port",          "[::1]",                  true },
    {"configured",                   "chat.example.com",       true },
    {"configured, with a port",      "CHAT.example.com:443",   true },
    {"second configured",            "chatd",                  true },
    {"another name",                 "evil.example",           false},
    {"a name with ours inside",      "localhost.evil.example", false},
    {"a name that begins with ours", "chat.example.com.evil",  false},
    {"a name that ends with ours",   "evil-chat.example.com",  false},
    {"another address",              "10.0.0.1",               false},
    {"looks like loopback",          "127.0.0.1.evil.example", false},
    {"half an address",              "127.1",                  false},
    {"other IPv6",                   "[::2]:80",               false},
    {"open bracket",                 "[::1",                   false},
    {"empty",                        "",                       false},
    {"only a port",                  ":8080",                  false},
    {"user part",                    "localhost@evil.example", false},
};

static void test_host(void **state)
{
    (void)state;
    char configured[] = "chat.example.com";
    char second[] = "chatd";
    char *const extra[] = {configured, second, NULL};
    for (size_t i = 0; i < LEN(s_hosts); i++) {
        if (local_host_allowed(s_hosts[i].header, extra) != s_hosts[i].want) {
            fail_msg("%s: %s", s_hosts[i].name, s_hosts[i].header);
        }
    }
    assert_false(local_host_allowed("chatd", NULL));
    assert_true(local_host_allowed("localhost", NULL));
}

static const struct {
    const char *name;
    const char *origin;
    const char *host;
    bool want;
} s_origins[] = {
    {"same",                   "http://127.0.0.1:8080",      "127.0.0.1:8080",   true },
    {"behind a TLS proxy",     "https://chat.example.com",   "chat.example.com", true },
    {"case",                   "HTTP://LocalHost:8080",      "localhost:8080",   true },
    {"other port",             "http://127.0.0.1:9090",      "127.0.0.1:8080",   false},
    {"other name of loopback", "http://localhost:8080",      "127.0.0.1:8080",   false},
    {"other site",             "http://evil.example",        "127.0.0.1:8080",   false},
    {"our name inside",        "http://127.0.0.1:8080.evil", "127.0.0.1:8080",   false},
    {"opaque",                 "null",                       "127.0.0.1:8080",   false},
    {"a file",                 "file://",                    "127.0.0.1:8080",   false},
    {"no scheme",              "127.0.0.1:8080",             "127.0.0.1:8080",   false},
    {"other scheme",           "ftp://127.0.0.1:8080",       "127.0.0.1:8080",   false},
    {"with a path",            "http://127.0.0.1:8080/",     "127.0.0.1:8080",   false},
    {"empty host",             "http://",                    "",                 false},
    {"empty",                  "",                           "127.0.0.1:8080",   false},
};

static void test_origin(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(s_origins); i++) {
        if (local_origin_matches(s_origins[i].origin, s_origins[i].host) != s_origins[i].want) {
            fail_msg("%s: %s", s_origins[i].name, s_origins[i].origin);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
