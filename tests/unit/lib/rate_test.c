/* rate_test.c: a burst, then a pace, and nothing saved up beyond the burst. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/rate.h"

#define PER_SECOND 10
#define BURST 5

static int64_t s_take_all(sb_rate_t *rate, int64_t now_ms)
{
    int64_t n = 0;
    while (sb_rate_take(rate, PER_SECOND, BURST, now_ms)) {
        n++;
    }
    return n;
}

static void test_pace(void **state)
{
    (void)state;
    const int64_t start_ms = 1000000;
    sb_rate_t rate = sb_rate(BURST, start_ms);
    static const struct {
        int64_t after_ms;
        int64_t want;
    } steps[] = {
        {0,             BURST},
        {99,            0    },
        {100,           1    },
        {199,           0    },
        {200,           1    },
        {500,           3    },
        {10000,         BURST},
        {INT64_MAX / 4, BURST},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_int_equal(s_take_all(&rate, start_ms + steps[i].after_ms), steps[i].want);
    }
}

static void test_steady(void **state)
{
    (void)state;
    sb_rate_t rate = sb_rate(BURST, 0);
    int64_t n = 0;
    for (int64_t now_ms = 0; now_ms <= 60000; now_ms += 7) {
        n += sb_rate_take(&rate, PER_SECOND, BURST, now_ms);
    }
    assert_in_range(n, 60 * PER_SECOND + BURST - 1, 60 * PER_SECOND + BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_steady),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
