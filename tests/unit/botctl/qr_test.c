/* qr_test.c: the drawing has its size, its border and its finder patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/botctl/qr.h"

/* The n-th line, without its end; the caller frees. */
static char *s_line(const char *text, size_t n)
{
    for (; n > 0; n--) {
        text = strchr(text, '\n') + 1;
    }
    return strndup(text, strcspn(text, "\n"));
}

static size_t s_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++) {
        lines += *text == '\n';
    }
    return lines;
}

/* "a" needs version 1: 21 modules and 4 of border on each side, two rows a line. */
static void test_plain(void **state)
{
    (void)state;
    sb_err_t err;
    char *drawing = qr_draw("a", false, &err);
    assert_non_null(drawing);
    assert_int_equal(s_lines(drawing), 15);
    char *border = s_line(drawing, 0);
    char *finder = s_line(drawing, 2);
    char *middle = s_line(drawing, 4);
    assert_int_equal(strlen(border), 29 * strlen("█"));
    assert_null(strstr(border, " "));
    /* The finder's corner: its upper side is dark for 7 modules, the row below light but for the
     * ends, and on both sides of it is light. */
    assert_int_equal(strncmp(finder, "████ ▄▄▄▄▄ █", strlen("████ ▄▄▄▄▄ █")), 0);
    assert_int_equal(strncmp(middle, "████ █▄▄▄█ █", strlen("████ █▄▄▄█ █")), 0);
    free(border);
    free(finder);
    free(middle);
    free(drawing);
}

static void test_colour(void **state)
{
    (void)state;
    sb_err_t err;
    char *drawing = qr_draw("a", true, &err);
    assert_non_null(drawing);
    assert_int_equal(s_lines(drawing), 15);
    for (size_t i = 0; i < 15; i++) {
        char *line = s_line(drawing, i);
        assert_int_equal(strncmp(line, "\x1b[38;5;16;48;5;231m", 19), 0);
        assert_string_equal(line + strlen(line) - 4, "\x1b[0m");
        free(line);
    }
    char *finder = s_line(drawing, 2);
    assert_int_equal(strncmp(finder + 19, "    █▀▀▀▀▀█ ", strlen("    █▀▀▀▀▀█ ")), 0);
    free(finder);
    free(drawing);
}

static void test_too_long(void **state)
{
    (void)state;
    char text[4000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    sb_err_t err;
    assert_null(qr_draw(text, false, &err));
    assert_int_equal(err.code, SB_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
