/* role_test.c: names both ways, each role one bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/role.h"

static void test_names(void **state)
{
    (void)state;
    unsigned all = 0;
    for (size_t i = 0; i < sb_roles_len; i++) {
        assert_int_equal(sb_role_of(sb_role_name(sb_roles[i])), sb_roles[i]);
        assert_int_equal(all & (unsigned)sb_roles[i], 0);
        all |= (unsigned)sb_roles[i];
    }
    assert_int_equal(all, SB_ROLES_ALL);
    assert_string_equal(sb_role_name(SB_ROLE_TASKD), "taskd");
    assert_string_equal(sb_role_name(SB_ROLE_NONE), "none");
    assert_string_equal(sb_role_name((sb_role_t)(SB_ROLE_TASKD | SB_ROLE_BOTD)), "none");
    assert_int_equal(sb_role_of("Taskd"), SB_ROLE_NONE);
    assert_int_equal(sb_role_of("none"), SB_ROLE_NONE);
    assert_int_equal(sb_role_of(""), SB_ROLE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
