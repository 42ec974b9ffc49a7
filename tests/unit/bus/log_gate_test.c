#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/log_gate.h"

static void lines_are_limited_and_the_rest_counted(void **state)
{
    (void)state;
    sb_log_gate_t gate = {0};
    int64_t hidden = -1;
    for (int i = 0; i < SB_LOG_GATE_MAX; i++) {
        assert_true(sb_log_gate(&gate, 5000 + i, &hidden));
        assert_int_equal(hidden, 0);
    }
    assert_false(sb_log_gate(&gate, 5998, &hidden));
    assert_false(sb_log_gate(&gate, 5999, &hidden));
    assert_true(sb_log_gate(&gate, 6000, &hidden));
    assert_int_equal(hidden, 2);
    assert_true(sb_log_gate(&gate, 6001, &hidden));
    assert_int_equal(hidden, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_limited_and_the_rest_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
