/* when_test.c: times as they are typed and shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/botctl/when.h"

#define NOW 1795514400500LL /* 2026-11-24T10:00:00.5Z */

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want;
    } rows[] = {
        {"now",                       NOW                 },
        {"-6h",                       NOW - 6 * 3600000LL },
        {"-1h30m",                    NOW - 90 * 60000LL  },
        {"+2d",                       NOW + 2 * 86400000LL},
        {"@0",                        0                   },
        {"@1795514400",               1795514400000LL     },
        {"1970-01-01",                0                   },
        {"2026-11-24",                1795478400000LL     },
        {"2026-11-24T10:00",          1795514400000LL     },
        {"2026-11-24 10:00",          1795514400000LL     },
        {"2026-11-24t10:00z",         1795514400000LL     },
        {"2026-11-24T10:00:05",       1795514405000LL     },
        {"2026-11-24T10:00:05.250Z",  1795514405250LL     },
        {"2026-11-24T11:00+01:00",    1795514400000LL     },
        {"2026-11-24T02:00:00-08:00", 1795514400000LL     },
        {"2024-02-29T00:00Z",         1709164800000LL     },
        {"2000-02-29",                951782400000LL      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = -1;
        sb_err_t err;
        print_message("%s\n", rows[i].text);
        assert_int_equal(when_parse(rows[i].text, NOW, &ms, &err), SB_OK);
        assert_int_equal(ms, rows[i].want);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "6h",
        "-",
        "-6",
        "-6x",
        "--6h",
        "@",
        "@-1",
        "@12x",
        "@253402300800",
        "@99999999999999999999",
        "yesterday",
        "2026",
        "2026-11",
        "2026-1-24",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "1900-02-29",
        "2100-02-29",
        "2026-11-31",
        "1969-12-31",
        "2026-11-24T",
        "2026-11-24T10",
        "2026-11-24T24:00",
        "2026-11-24T10:60",
        "2026-11-24T10:00:60",
        "2026-11-24T10:00:05.2",
        "2026-11-24T10:00X",
        "2026-11-24T10:00+1:00",
        "2026-11-24T10:00+15:00",
        "2026-11-24T10:00Zjunk",
        "2026-11-24 ",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms;
        sb_err_t err;
        print_message("'%s'\n", rows[i]);
        assert_int_equal(when_parse(rows[i], NOW, &ms, &err), SB_EINVALID);
        assert_non_null(strstr(err.text, "write -6h"));
    }
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } rows[] = {
        {0,   "1970-01-01T00:00:00Z"},
        {999, "1970-01-01T00:00:00Z"},
        {-1,  "1969-12-31T23:59:59Z"},
        {NOW, "2026-11-24T10:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[WHEN_SIZE];
        assert_string_equal(when_format(rows[i].ms, text), rows[i].want);
    }
    char text[WHEN_SIZE]; /* far beyond any calendar: still a text that fits */
    assert_true(strlen(when_format(INT64_MAX, text)) < WHEN_SIZE);
}

static void test_span(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } rows[] = {
        {0,              "0 ms"  },
        {999,            "999 ms"},
        {1000,           "1 s"   },
        {59999,          "59 s"  },
        {60000,          "1 min" },
        {3600000,        "1 h"   },
        {86399999,       "23 h"  },
        {86400000,       "1 d"   },
        {5000,           "5 s"   },
        {7 * 86400000LL, "7 d"   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[WHEN_SIZE];
        assert_string_equal(when_span(rows[i].ms, text), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_span),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
