/* exit_test.c: every code has the status that the manual tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/err.h"
#include "tools/botctl/exit.h"

static void test_of(void **state)
{
    (void)state;
    static const struct {
        int code;
        exit_code_t want;
    } rows[] = {
        {SB_OK,         EXIT_OK     },
        {SB_EINVALID,   EXIT_REFUSED},
        {SB_ETOOLARGE,  EXIT_REFUSED},
        {SB_EUNKNOWN,   EXIT_REFUSED},
        {SB_EFORBIDDEN, EXIT_REFUSED},
        {SB_ENOTFOUND,  EXIT_REFUSED},
        {SB_ECONFLICT,  EXIT_REFUSED},
        {SB_ESTALE,     EXIT_REFUSED},
        {SB_EBUSY,      EXIT_AWAY   },
        {SB_ETIMEOUT,   EXIT_AWAY   },
        {SB_ERETRY,     EXIT_AWAY   },
        {SB_ENOTLEADER, EXIT_AWAY   },
        {SB_EINTERNAL,  EXIT_FAULT  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", sb_code_name(rows[i].code));
        assert_int_equal(exit_of(rows[i].code), rows[i].want);
    }
}

/* Scripts rely on the numbers. */
static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(EXIT_OK, 0);
    assert_int_equal(EXIT_REFUSED, 1);
    assert_int_equal(EXIT_USAGE, 2);
    assert_int_equal(EXIT_AWAY, 3);
    assert_int_equal(EXIT_FAULT, 4);
    assert_int_equal(EXIT_ESCALATED, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
