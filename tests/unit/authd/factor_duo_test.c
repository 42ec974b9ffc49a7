/* factor_duo_test.c: what the configuration of factor duo must be. What it does is tested against a
 * fake Duo (tests/integration/authd). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "services/authd/factor_duo.h"
#include "tests/support/temp_file.h"

typedef struct {
    const char *name, *host, *integration_key, *secret_key_file, *ca_file;
    const char *want; /* in the error; NULL: none */
} row_t;

static void every_key_is_checked_and_named(void **state)
{
    (void)state;
    temp_file_puts("secret\n");
    const char *good = temp_file_path();
    const row_t rows[] = {
        {"good",               "api-1.duosecurity.com",         "DIABC", good,           "",             NULL                      },
        {"a port",             "127.0.0.1:8443",                "DIABC", good,           "",             NULL                      },
        {"no host",            "",                              "DIABC", good,           "",             "duo.api_host: \"\" is no"},
        {"a URL",              "https://api-1.duosecurity.com", "DIABC", good,           "",             "duo.api_host: "          },
        {"a path",             "api-1.duosecurity.com/auth",    "DIABC", good,           "",             "duo.api_host: "          },
        {"another's host",     "api-1.duosecurity.com@evil",    "DIABC", good,           "",             "duo.api_host: "          },
        {"no port",            "api-1.duosecurity.com:",        "DIABC", good,           "",             "duo.api_host: "          },
        {"port 0",             "api-1.duosecurity.com:0",       "DIABC", good,           "",             "duo.api_host: "          },
        {"port 65536",         "api-1.duosecurity.com:65536",   "DIABC", good,           "",             "duo.api_host: "          },
        {"two ports",          "api-1.duosecurity.com:1:2",     "DIABC", good,           "",             "duo.api_host: "          },
        {"no integration key", "api-1.duosecurity.com",         "",      good,           "",             "duo.integration_key: "   },
        {"a broken one",       "api-1.duosecurity.com",         "DI\nX", good,           "",             "duo.integration_key: "   },
        {"no secret",          "api-1.duosecurity.com",         "DIABC", "",             "",             "duo.secret_key_file: "   },
        {"a secret elsewhere", "api-1.duosecurity.com",         "DIABC", "/nonexistent", "",
         "duo.secret_key_file: "                                                                                                   },
        {"no authorities",     "api-1.duosecurity.com",         "DIABC", good,           "/nonexistent", "duo.ca_file: "           },
        {"no certificate",     "api-1.duosecurity.com",         "DIABC", good,           good,           "duo.ca_file: "           },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        authd_config_t config = {
            .duo_api_host = strdup(rows[i].host),
            .duo_integration_key = strdup(rows[i].integration_key),
            .duo_secret_key_file = strdup(rows[i].secret_key_file),
            .duo_ca_file = strdup(rows[i].ca_file),
        };
        sb_err_t err = {0};
        const int code = factor_duo.check(&config, &err);
        if ((code == SB_OK) != (rows[i].want == NULL) ||
            (rows[i].want && strncmp(err.text, rows[i].want, strlen(rows[i].want)) != 0)) {
            fail_msg("%s: got %d, %s", rows[i].name, code, err.text);
        }
        assert_null(strstr(err.text, "secret\n"));
        free(config.duo_api_host);
        free(config.duo_integration_key);
        free(config.duo_secret_key_file);
        free(config.duo_ca_file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_key_is_checked_and_named, temp_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
