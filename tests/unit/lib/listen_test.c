/* listen_test.c: which listen addresses are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/listen.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *name;
    const char *listen;
    const char *host; /* NULL: refused */
    int port;
} s_listens[] = {
    {"usual",              "127.0.0.1:8080",        "127.0.0.1", 8080 },
    {"kernel's choice",    "localhost:0",           "localhost", 0    },
    {"greatest port",      "127.0.0.1:65535",       "127.0.0.1", 65535},
    {"IPv6",               "[::1]:80",              "::1",       80   },
    {"everywhere",         "0.0.0.0:80",            "0.0.0.0",   80   },
    {"nothing",            "",                      NULL,        0    },
    {"no port",            "127.0.0.1",             NULL,        0    },
    {"empty port",         "127.0.0.1:",            NULL,        0    },
    {"no host",            ":8080",                 NULL,        0    },
    {"empty brackets",     "[]:8080",               NULL,        0    },
    {"bare IPv6",          "::1:8080",              NULL,        0    },
    {"port too great",     "127.0.0.1:65536",       NULL,        0    },
    {"port far too great", "127.0.0.1:99999999999", NULL,        0    },
    {"signed port",        "127.0.0.1:+80",         NULL,        0    },
    {"port with a word",   "127.0.0.1:80x",         NULL,        0    },
    {"a name",             "chat.example:80",       NULL,        0    },
};

static void test_listen(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(s_listens); i++) {
        char host[SB_HOST_MAX] = "";
        int port = -1;
        sb_err_t err = {0};
        const int code = sb_listen_parse(s_listens[i].listen, host, &port, &err);
        if ((code == SB_OK) != (s_listens[i].host != NULL)) {
            fail_msg("%s: code %d, %s", s_listens[i].name, code, err.text);
        }
        if (code) {
            assert_int_equal(code, SB_EINVALID);
            assert_non_null(strstr(err.text, "expected"));
        } else if (strcmp(host, s_listens[i].host) != 0 || port != s_listens[i].port) {
            fail_msg("%s: got %s port %d", s_listens[i].name, host, port);
        }
    }
}

static void test_listen_long(void **state)
{
    (void)state;
    char listen[SB_HOST_MAX + 16];
    char host[SB_HOST_MAX];
    int port;
    sb_err_t err = {0};
    memset(listen, '1', sizeof listen);
    (void)snprintf(listen + SB_HOST_MAX, 16, ":80");
    assert_int_equal(sb_listen_parse(listen, host, &port, &err), SB_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_listen_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
