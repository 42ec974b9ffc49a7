/* err_test.c: codes and their wire names, prefixes, and cuts that keep UTF-8 whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/err.h"

static void test_every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int code = SB_OK; code >= SB_EINTERNAL; code--) {
        assert_int_equal(sb_code_of(sb_code_name(code)), code);
    }
    assert_string_equal(sb_code_name(-99), "INTERNAL");
    assert_int_equal(sb_code_of("NO_SUCH"), SB_EINTERNAL);
}

static void test_fail_and_prefix(void **state)
{
    (void)state;
    sb_err_t err = {0};
    assert_int_equal(sb_fail(&err, SB_EBUSY, "queue of %d is full", 3), SB_EBUSY);
    assert_int_equal(sb_fail_in(&err, "job %s", "a1"), SB_EBUSY);
    assert_int_equal(err.code, SB_EBUSY);
    assert_string_equal(err.text, "job a1: queue of 3 is full");
}

static void test_long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    char text[SB_ERR_TEXT_MAX + 10];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', sizeof text);
        memcpy(text + SB_ERR_TEXT_MAX - 1 - shift, "\xf0\x9f\x98\x80", 4);
        text[sizeof text - 1] = '\0';
        sb_err_t err = {0};
        (void)sb_fail(&err, SB_EINVALID, "%s", text);
        assert_int_equal(strlen(err.text), SB_ERR_TEXT_MAX - 1 - shift);
        assert_int_equal(err.text[strlen(err.text) - 1], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_has_a_name_of_its_own),
        cmocka_unit_test(test_fail_and_prefix),
        cmocka_unit_test(test_long_texts_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
