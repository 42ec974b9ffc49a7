/* span_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "services/botd/span.h"

#define MIN 60000LL
#define HOUR (60 * MIN)

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t ms;
    } rows[] = {
        {"1h30m",                    true,  90 * MIN      },
        {"2h",                       true,  2 * HOUR      },
        {"45m",                      true,  45 * MIN      },
        {"1H5M",                     true,  65 * MIN      },
        {"0h0m",                     true,  0             },
        {"0m",                       true,  0             },
        {"90m",                      true,  90 * MIN      },
        {"",                         false, 0             },
        {"h",                        false, 0             },
        {"1",                        false, 0             },
        {"30m1h",                    false, 0             },
        {"1h30",                     false, 0             },
        {"1h 30m",                   false, 0             },
        {"-1h",                      false, 0             },
        {"1.5h",                     false, 0             },
        {"soon",                     false, 0             },
        {"1h1h",                     false, 0             },
        {"1d",                       false, 0             },
        {"99999999999999999999999h", true,  9999999 * HOUR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 0;
        const bool ok = span_parse(rows[i].text, &ms);
        if (ok != rows[i].ok || (ok && ms != rows[i].ms)) {
            fail_msg("\"%s\": %d, %lld", rows[i].text, ok, (long long)ms);
        }
    }
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } rows[] = {
        {90 * MIN,          "1 h 30 min"},
        {2 * HOUR,          "2 h"       },
        {5 * MIN,           "5 min"     },
        {1,                 "1 min"     },
        {0,                 "1 min"     },
        {21 * HOUR + 59999, "21 h"      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char got[SPAN_WORDS_SIZE];
        span_words(rows[i].ms, got);
        assert_string_equal(got, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
