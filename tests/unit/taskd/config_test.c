/* config_test.c: taskd's keys and what is chosen by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "services/taskd/config.h"

#define LEN(array) (sizeof(array) / sizeof(array)[0])

static const char *const s_names[] = {"SECURITYBOT_STORE_DRIVER", "SECURITYBOT_STORE_POSTGRES_DSN",
                                      "SECURITYBOT_STORE_SQLITE_PATH",
                                      "SECURITYBOT_STORE_CONNECTIONS"};

static int s_teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(s_names); i++) {
        (void)unsetenv(s_names[i]);
    }
    return 0;
}

static void the_store_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *driver; /* NULL: not set */
        const char *dsn;
        const char *path;
        const char *want_driver; /* NULL: refused */
        const char *want_target; /* or a part of the error */
    } rows[] = {
        {NULL,       NULL,     NULL,   "sqlite",   "/var/lib/securitybot/securitybot.db"},
        {"sqlite",   NULL,     "x.db", "sqlite",   "x.db"                               },
        {"sqlite",   "host=h", "x.db", "sqlite",   "x.db"                               },
        {"postgres", "host=h", NULL,   "postgres", "host=h"                             },
        {"postgres", NULL,     NULL,   NULL,       "store.postgres_dsn"                 },
        {"mysql",    NULL,     NULL,   NULL,       "STORE_DRIVER"                       },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char *const values[] = {rows[i].driver, rows[i].dsn, rows[i].path};
        (void)s_teardown(NULL);
        for (size_t k = 0; k < LEN(values); k++) {
            if (values[k]) {
                assert_int_equal(setenv(s_names[k], values[k], 1), 0);
            }
        }
        sb_err_t err = {0};
        taskd_config_t config = {0};
        int code = sb_config_load(taskd_keys, taskd_keys_len, NULL, &config, &err);
        if (code == SB_OK) {
            code = taskd_config_check(&config, &err);
        }
        assert_int_equal(code, rows[i].want_driver ? SB_OK : SB_EINVALID);
        if (code == SB_OK) {
            assert_string_equal(taskd_config_driver(&config), rows[i].want_driver);
            assert_string_equal(taskd_config_target(&config), rows[i].want_target);
        } else {
            assert_non_null(strstr(err.text, rows[i].want_target));
        }
        sb_config_free(taskd_keys, taskd_keys_len, &config);
    }
}

static void a_password_is_masked(void **state)
{
    (void)state;
    assert_int_equal(setenv(s_names[0], "postgres", 1), 0);
    assert_int_equal(setenv(s_names[1], "host=h password=hunter2", 1), 0);
    sb_err_t err;
    taskd_config_t config;
    assert_int_equal(sb_config_load(taskd_keys, taskd_keys_len, NULL, &config, &err), SB_OK);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    sb_config_dump(taskd_keys, taskd_keys_len, &config, out);
    (void)fclose(out);
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "postgres_dsn"));
    free(text);
    sb_config_free(taskd_keys, taskd_keys_len, &config);
}

int main(void)
{
    sb_log_open("config_test", SB_ERROR, SB_LOG_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_store_is_chosen, s_teardown),
        cmocka_unit_test_teardown(a_password_is_masked, s_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
