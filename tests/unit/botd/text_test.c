/* text_test.c: foreign text as it is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "services/botd/text.h"

typedef struct {
    const char *name;
    const char *text;
    size_t max;
    const char *want;
} row_t;

static void test_line(void **state)
{
    (void)state;
    static const row_t rows[] = {
        {"plain",                     "sudo on host7",                             50, "sudo on host7"             },
        {"empty",                     "",                                          50, ""                          },
        {"blanks around",             "  a b  ",                                   50, "a b"                       },
        {"line breaks",               "a\nb\r\nc\rd\te",                           50, "a b c d e"                 },
        {"unicode breaks",
         "a\u2028b\u2029c\xc2\x85"
         "d",                                                                      50, "a b c d"                   },
        {"controls",                  "a\x01\x1b[31mb\x7f\xc2\x9f",                50, "a[31mb"                    },
        {"bidi",                      "a\u202eb\u2066c\u2069d\u200e\u200f\u061ce", 50, "abcde"                     },
        {"byte order mark",           "\ufeffa",                                   50, "a"                         },
        {"emoji with joiner stays",   "\U0001f469\u200d\U0001f4bb",                50, "\U0001f469\u200d\U0001f4bb"},
        {"braces and backticks stay", "{name} `x`",                                50, "{name} `x`"                },
        {"exactly max",               "12345678",                                  8,  "12345678"                  },
        {"over max",                  "123456789",                                 8,  "12345\u2026"               },
        {"cut on a boundary",         "1234\u00e9\u00e9\u00e9",                    8,  "1234\u2026"                },
        {"cut before four bytes",     "12\U0001f44d\U0001f44d",                    8,  "12\u2026"                  },
        {"nothing but hidden",        "\u202e\x01",                                8,  ""                          },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = text_line(rows[i].text, rows[i].max);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
        }
        free(got);
    }
}

static void test_block(void **state)
{
    (void)state;
    static const row_t rows[] = {
        {"one line",          "why",                    50, "why"         },
        {"empty",             "",                       50, ""            },
        {"blank",             " \n\t\r\n ",             50, ""            },
        {"lines",             "a\nb\r\nc\u2028d",       50, "a\nb\nc\nd"  },
        {"blank lines",       "\n\n  a\n\n b\n\n",      50, "a\n\n b"     },
        {"controls and bidi", "a\x1b\u202e\x07\tb",     50, "a b"         },
        {"exactly max",       "123\n5678",              8,  "123\n5678"   },
        {"over max",          "123\n56789",             8,  "123\n5\u2026"},
        {"on a boundary",     "1234\u00e9\u00e9\u00e9", 8,  "1234\u2026"  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = text_block(rows[i].text, rows[i].max);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
        }
        free(got);
    }
}

static void test_quote(void **state)
{
    (void)state;
    static const row_t rows[] = {
        {"one line",                           "why",                                   100, "> why"             },
        {"empty",                              "",                                      100, ""                  },
        {"blank",                              " \n\t\r\n ",                            100, ""                  },
        {"hidden only",                        "\u202e\n\x02",                          100, ""                  },
        {"lines",                              "a\nb\r\nc",                             100, "> a\n> b\n> c"     },
        {"blank lines around go, within stay", "\n\n  a\n\nb\n\n",                      100, ">   a\n> \n> b"    },
        {"a quotation in it",                  "> a\n>",                                100, "> > a\n> >"        },
        {"can't leave the quotation",
         "a\rb\u2028c\x0b"
         "d",                                                                           100, "> a\n> b\n> c\n> d"},
        {"controls and bidi",
         "a\x1b"
         "b\u202ec",                                                                    100, "> abc"             },
        {"exactly max",                        "12345678901234",                        16,  "> 12345678901234"  },
        {"over max",                           "123456789012345",                       16,  "> 12345678\u2026"  },
        {"cut at a line's begin",              "12345678\nabcdefgh",                    16,  "> 12345678\u2026"  },
        {"cut on a boundary",                  "1234567\u00e9\u00e9\u00e9\u00e9\u00e9", 16,  "> 1234567\u2026"   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = text_quote(rows[i].text, rows[i].max);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
        }
        free(got);
    }
}

/* Whatever the limit, a quotation stays within it, well-formed and a quotation. */
static void test_quote_at_every_limit(void **state)
{
    (void)state;
    static const char text[] = "a\u00e9\n\n\U0001f44d b\u2028> c\n\n\n\u20ac\u20ac\u20ac\n>d\n\n";
    for (size_t max = 16; max < sizeof text + 40; max++) {
        char *got = text_quote(text, max);
        assert_true(strlen(got) <= max);
        assert_true(sb_utf8_valid(got, strlen(got), NULL));
        for (const char *line = got; line; line = strchr(line, '\n')) {
            line += *line == '\n' ? 1 : 0;
            assert_memory_equal(line, "> ", 2);
        }
        free(got);
    }
}

static void test_cut(void **state)
{
    (void)state;
    char *got = text_cut("abcdef", 3, 8);
    assert_string_equal(got, "abc");
    free(got);
    got = text_cut("a\x01\nb", 4, 8); /* as it is */
    assert_string_equal(got, "a\x01\nb");
    free(got);
    got = text_cut("12345678\u00e9", 10, 9);
    assert_string_equal(got, "123456\u2026");
    free(got);
}

static void test_hide_codes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"no, 123456 is not mine", "no, ****** is not mine"},
        {"123456",                 "******"                },
        {"12345 1234567",          "12345 1234567"         },
        {"a123456b654321",         "a******b******"        },
        {"",                       ""                      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].text);
        text_hide_codes(text);
        assert_string_equal(text, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),  cmocka_unit_test(test_block),
        cmocka_unit_test(test_quote), cmocka_unit_test(test_quote_at_every_limit),
        cmocka_unit_test(test_cut),   cmocka_unit_test(test_hide_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
