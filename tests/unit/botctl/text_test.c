/* text_test.c: widths of characters and the escapes that keep a terminal from being steered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/botctl/text.h"

static void test_width(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        size_t want;
    } rows[] = {
        {"empty",     "",          0},
        {"ASCII",     "abc",       3},
        {"two bytes", "äöü",    3},
        {"wide",      "日本語", 6},
        {"combining", "e\xcc\x81", 1},
        {"emoji",     "🔐",      2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(text_width(rows[i].text), rows[i].want);
    }
}

static void test_fit(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        size_t columns;
        size_t want;
    } rows[] = {
        {"all",                                 "abc",        3, 3},
        {"some",                                "abc",        2, 2},
        {"none",                                "abc",        0, 0},
        {"no half of a wide one",               "日本",     3, 3},
        {"a combining one stays with its base", "e\xcc\x81x", 1, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(text_fit(rows[i].text, rows[i].columns), rows[i].want);
    }
}

static void test_escape(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *want;
        const char *want_lines;
    } rows[] = {
        {"plain",           "it's Bob's",       "it's Bob's",       "it's Bob's"      },
        {"UTF-8",           "Zoë 日本 🔐", "Zoë 日本 🔐", "Zoë 日本 🔐"},
        {"lines",           "a\nb",             "a\\nb",            "a\n  b"          },
        {"carriage return", "a\rb",             "a\\rb",            "a\\rb"           },
        {"tab",             "a\tb",             "a\\tb",            "a\\tb"           },
        {"colours",         "\x1b[31mred",      "\\x1b[31mred",     "\\x1b[31mred"    },
        {"delete",          "a\x7f",            "a\\x7f",           "a\\x7f"          },
        {"C1 CSI",
         "\xc2\x9b"
         "31m",                                 "\\x9b31m",         "\\x9b31m"        },
        {"right to left",
         "a\xe2\x80\xae"
         "b",                                   "a\\u202eb",        "a\\u202eb"       },
        {"isolate",         "\xe2\x81\xa6",     "\\u2066",          "\\u2066"         },
        {"line separator",
         "a\xe2\x80\xa8"
         "b",                                   "a\\u2028b",        "a\\u2028b"       },
        {"byte order mark", "\xef\xbb\xbfx",    "\\ufeffx",         "\\ufeffx"        },
        {"no UTF-8",
         "a\xff"
         "b",                                   "a\\xffb",          "a\\xffb"         },
        {"cut UTF-8",       "a\xe6\x97",        "a\\xe6\\x97",      "a\\xe6\\x97"     },
        {"overlong",        "\xc0\xaf",         "\\xc0\\xaf",       "\\xc0\\xaf"      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_buf_t out = sb_buf(1000);
        print_message("%s\n", rows[i].name);
        text_escape(&out, rows[i].text);
        assert_string_equal(sb_buf_text(&out), rows[i].want);
        sb_buf_clear(&out);
        text_escape_lines(&out, rows[i].text, 2);
        assert_string_equal(sb_buf_text(&out), rows[i].want_lines);
        sb_buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_escape),
    };
    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
