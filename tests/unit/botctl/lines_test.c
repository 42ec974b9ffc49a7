/* lines_test.c: a stream in pieces becomes lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/botctl/lines.h"

#define MAX 8

static void test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *pieces[5];
        const char *want; /* NUMBER:TEXT[!] joined by |; ! says that it was too long */
    } rows[] = {
        {"nothing",                             {NULL},                                    ""                },
        {"two",                                 {"a\nb\n"},                                "1:a|2:b|"        },
        {"the last without an end",             {"a\nb"},                                  "1:a|2:b|"        },
        {"in pieces",                           {"a", "b", "c\nd", "e\n"},                 "1:abc|2:de|"     },
        {"blank lines are counted",             {"\n \n\t\r\nx\n\n"},                      "4:x|"            },
        {"carriage returns",                    {"a\r\nb\r\n"},                            "1:a|2:b|"        },
        {"just short enough",                   {"12345678\nx\n"},                         "1:12345678|2:x|" },
        {"too long",                            {"123456789\nx\n"},                        "1:12345678!|2:x|"},
        {"too long, in pieces",                 {"1234567", "89", "abcdefgh", "ijk\nx\n"}, "1:12345678!|2:x|"},
        {"too long, without an end",            {"1234567", "89"},                         "1:12345678!|"    },
        {"the end comes right after the limit", {"123456789", "\nx"},                      "1:12345678!|2:x|"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lines_t *lines = lines_new(MAX);
        char got[200] = "";
        size_t len = 0;
        line_t line;
        print_message("%s\n", rows[i].name);
        for (size_t j = 0; rows[i].pieces[j]; j++) {
            lines_feed(lines, rows[i].pieces[j], strlen(rows[i].pieces[j]));
            while (lines_next(lines, &line)) {
                assert_int_equal(strlen(line.text), line.size);
                len += (size_t)snprintf(got + len, sizeof got - len, "%zu:%s%s|", line.number,
                                        line.text, line.too_long ? "!" : "");
            }
        }
        lines_end(lines);
        while (lines_next(lines, &line)) {
            len += (size_t)snprintf(got + len, sizeof got - len, "%zu:%s%s|", line.number,
                                    line.text, line.too_long ? "!" : "");
        }
        assert_string_equal(got, rows[i].want);
        lines_destroy(&lines);
        lines_destroy(&lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
