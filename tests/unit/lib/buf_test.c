/* buf_test.c: growing, the limit, and taking the text away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

static void test_adds(void **state)
{
    (void)state;
    sb_buf_t buf = sb_buf(1000);
    assert_string_equal(sb_buf_text(&buf), "");
    sb_buf_add(&buf, "abcdef", 3);
    sb_buf_putc(&buf, '-');
    sb_buf_puts(&buf, "x");
    sb_buf_printf(&buf, "%s%d", "y", 12);
    sb_buf_puts(&buf, "");
    assert_string_equal(sb_buf_text(&buf), "abc-xy12");
    assert_int_equal(buf.len, 8);
    assert_false(buf.overflow);
    sb_buf_free(&buf);
    assert_string_equal(sb_buf_text(&buf), "");
    sb_buf_free(&buf);
}

static void test_grows(void **state)
{
    (void)state;
    sb_buf_t buf = sb_buf(100000);
    for (int i = 0; i < 1000; i++) {
        sb_buf_printf(&buf, "%04d,", i);
    }
    assert_int_equal(buf.len, 5000);
    assert_memory_equal(buf.text + 4990, "0998,0999,", 11);
    sb_buf_free(&buf);
}

static void test_limit_cuts_and_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *add;
        const char *want;
        bool overflow;
    } rows[] = {
        {"below",    "12",         "abc12",  false},
        {"exact",    "123",        "abc123", false},
        {"one over", "1234",       "abc123", true },
        {"far over", "1234567890", "abc123", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int printed = 0; printed < 2; printed++) {
            sb_buf_t buf = sb_buf(6);
            sb_buf_puts(&buf, "abc");
            if (printed) {
                sb_buf_printf(&buf, "%s", rows[i].add);
            } else {
                sb_buf_puts(&buf, rows[i].add);
            }
            if (strcmp(sb_buf_text(&buf), rows[i].want) != 0 || buf.overflow != rows[i].overflow ||
                buf.len != strlen(rows[i].want)) {
                fail_msg("%s: \"%s\"", rows[i].name, sb_buf_text(&buf));
            }
            sb_buf_free(&buf);
        }
    }
    sb_buf_t none = sb_buf(0);
    sb_buf_putc(&none, 'x');
    assert_string_equal(sb_buf_text(&none), "");
    assert_true(none.overflow);
    sb_buf_free(&none);
}

static void test_clear_and_take(void **state)
{
    (void)state;
    sb_buf_t buf = sb_buf(4);
    sb_buf_puts(&buf, "abcdef");
    sb_buf_clear(&buf);
    assert_false(buf.overflow);
    assert_string_equal(sb_buf_text(&buf), "");
    sb_buf_puts(&buf, "new");
    char *text = sb_buf_take(&buf);
    assert_string_equal(text, "new");
    free(text);
    text = sb_buf_take(&buf);
    assert_string_equal(text, "");
    free(text);
    sb_buf_puts(&buf, "12345");
    assert_string_equal(sb_buf_text(&buf), "1234"); /* the limit stays */
    sb_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_limit_cuts_and_is_told),
        cmocka_unit_test(test_clear_and_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
