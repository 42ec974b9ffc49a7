/* config_test.c: which addresses of the pages are taken, and what they must have beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "services/webd/config.h"

static const struct {
    const char *name;
    const char *url;
    const char *listen;
    const char *cert;
    const char *key;
    const char *rp_id;
    bool open;
    const char *fault; /* the key that the error names; NULL: none */
} s_rows[] = {
    {"on this machine",          "http://localhost:8443",      "127.0.0.1:8443",   "",          "",             "",                false, NULL          },
    {"behind a proxy here",      "https://c.example.com",      "127.0.0.1:8443",   "",          "",             "",                false, NULL          },
    {"with a port",              "https://c.example.com:8443", "[::1]:8443",       "",          "",             "",                false, NULL          },
    {"TLS of our own",           "https://c.example.com",      "0.0.0.0:443",      "/dev/null", "/dev/null",    "",                false,
     NULL                                                                                                                                               },
    {"behind a proxy elsewhere", "https://c.example.com",      "0.0.0.0:80",       "",          "",             "",                true,  NULL          },
    {"a domain above",           "https://c.example.com",      "127.0.0.1:1",      "",          "",             "example.com",     false, NULL          },
    {"its own domain",           "https://c.example.com",      "127.0.0.1:1",      "",          "",             "c.example.com",   false,
     NULL                                                                                                                                               },
    {"plain for all",            "https://c.example.com",      "0.0.0.0:80",       "",          "",             "",                false, "listen"      },
    {"no address",               "https://c.example.com",      "c.example.com:80", "",          "",             "",                false, "listen"      },
    {"no https",                 "http://c.example.com",       "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"an address",               "http://127.0.0.1:8443",      "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"half of localhost",        "http://local:8443",          "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"a path",                   "https://c.example.com/x",    "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"a slash",                  "https://c.example.com/",     "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"capitals",                 "https://C.example.com",      "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"the usual port",           "https://c.example.com:443",  "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"a bad port",               "https://c.example.com:x",    "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"a user",                   "https://a@c.example.com",    "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"no host",                  "https://:8443",              "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"no scheme",                "c.example.com",              "127.0.0.1:80",     "",          "",             "",                false, "page.url"    },
    {"TLS for http",             "http://localhost",           "127.0.0.1:80",     "/dev/null", "/dev/null",    "",                false,
     "page.url"                                                                                                                                         },
    {"no key",                   "https://c.example.com",      "0.0.0.0:443",      "/dev/null", "",             "",                false, "tls.key_file"},
    {"no certificate",           "https://c.example.com",      "0.0.0.0:443",      "",          "/dev/null",    "",                false,
     "tls.cert_file"                                                                                                                                    },
    {"an absent key",            "https://c.example.com",      "0.0.0.0:443",      "/dev/null", "/nowhere/key", "",
     false,                                                                                                                               "tls.key_file"},
    {"another domain",           "https://c.example.com",      "127.0.0.1:1",      "",          "",             "example.org",     false,
     "webauthn.rp_id"                                                                                                                                   },
    {"half a label",             "https://c.example.com",      "127.0.0.1:1",      "",          "",             "ample.com",       false,
     "webauthn.rp_id"                                                                                                                                   },
    {"a domain below",           "https://c.example.com",      "127.0.0.1:1",      "",          "",             "x.c.example.com", false,
     "webauthn.rp_id"                                                                                                                                   },
};

static void test_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        webd_config_t config = {
            .listen = (char *)(uintptr_t)s_rows[i].listen,
            .open = s_rows[i].open,
            .page_url = (char *)(uintptr_t)s_rows[i].url,
            .rp_id = (char *)(uintptr_t)s_rows[i].rp_id,
            .tls_cert_file = (char *)(uintptr_t)s_rows[i].cert,
            .tls_key_file = (char *)(uintptr_t)s_rows[i].key,
        };
        sb_err_t err = {0};
        const int code = webd_config_check(&config, &err);
        const char *fault = s_rows[i].fault;
        if ((code != SB_OK) != (fault != NULL) ||
            (fault && strncmp(err.text, fault, strlen(fault)) != 0)) {
            fail_msg("%s: code %d, %s", s_rows[i].name, code, err.text);
        }
    }
}

static void test_rp_id(void **state)
{
    (void)state;
    char url[] = "http://localhost:8443";
    char none[] = "";
    char other[] = "example.com";
    webd_config_t config = {.page_url = url, .rp_id = none};
    char *rp_id = webd_config_rp_id(&config);
    assert_string_equal(rp_id, "localhost");
    free(rp_id);
    config.rp_id = other;
    rp_id = webd_config_rp_id(&config);
    assert_string_equal(rp_id, "example.com");
    free(rp_id);
    assert_false(webd_config_secure(&config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_rp_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
