/* chat_url_test.c: addresses of a web chat, typed or found in an endpoint file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/temp_file.h"
#include "tools/botctl/chat_client.h"

static const struct {
    const char *name;
    const char *url;
    const char *host; /* NULL: refused */
    int port;
} s_urls[] = {
    {"usual",          "http://127.0.0.1:8080/",                                                   "127.0.0.1",    8080},
    {"no slash",       "http://127.0.0.1:8080",                                                    "127.0.0.1",    8080},
    {"no port",        "http://chat.example/",                                                     "chat.example", 80  },
    {"IPv6",           "http://[::1]:8080/",                                                       "::1",          8080},
    {"IPv6, no port",  "http://[::1]",                                                             "::1",          80  },
    {"empty",          "",                                                                         NULL,           0   },
    {"no scheme",      "127.0.0.1:8080",                                                           NULL,           0   },
    {"TLS",            "https://127.0.0.1:8080/",                                                  NULL,           0   },
    {"a path",         "http://127.0.0.1:8080/ws",                                                 NULL,           0   },
    {"a query",        "http://127.0.0.1:8080?as=a",                                               NULL,           0   },
    {"no host",        "http://:8080/",                                                            NULL,           0   },
    {"nothing",        "http://",                                                                  NULL,           0   },
    {"user",           "http://a@127.0.0.1/",                                                      NULL,           0   },
    {"port 0",         "http://127.0.0.1:0/",                                                      NULL,           0   },
    {"port too great", "http://127.0.0.1:65536/",                                                  NULL,           0   },
    {"port of words",  "http://127.0.0.1:http/",                                                   NULL,           0   },
    {"empty port",     "http://127.0.0.1:/",                                                       NULL,           0   },
    {"open bracket",   "http://[::1/",                                                             NULL,           0   },
    {"long host",      "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/", NULL,
     0                                                                                                                 },
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_urls / sizeof s_urls[0]; i++) {
        char host[32] = "";
        int port = 0;
        sb_err_t err = {0};
        const int code = chat_url_parse(s_urls[i].url, host, sizeof host, &port, &err);
        if ((code == SB_OK) != (s_urls[i].host != NULL)) {
            fail_msg("%s: code %d, host %s, port %d", s_urls[i].name, code, host, port);
        }
        if (code == SB_OK && (strcmp(host, s_urls[i].host) != 0 || port != s_urls[i].port)) {
            fail_msg("%s: host %s, port %d", s_urls[i].name, host, port);
        }
    }
}

static void s_load(const char *content, const char *want)
{
    temp_file_puts(content);
    char *url = NULL;
    sb_err_t err = {0};
    const int code = chat_url_load(temp_file_path(), &url, &err);
    if (want) {
        assert_int_equal(code, SB_OK);
        assert_string_equal(url, want);
    } else {
        assert_int_equal(code, SB_ERETRY);
        assert_null(url);
    }
    free(url);
}

static void test_load(void **state)
{
    (void)state;
    char *url = NULL;
    sb_err_t err = {0};
    s_load("control=ipc:///x\nhttp=http://127.0.0.1:1/\n", "http://127.0.0.1:1/");
    s_load("http=http://127.0.0.1:1/", "http://127.0.0.1:1/");
    s_load("control=ipc:///x\n", NULL);
    s_load("", NULL);
    assert_int_equal(chat_url_load("/nonexistent/file", &url, &err), SB_ERETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test_teardown(test_load, temp_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
