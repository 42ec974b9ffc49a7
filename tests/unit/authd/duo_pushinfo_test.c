/* duo_pushinfo_test.c: what foreign texts can do to what a person sees of an alert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "services/authd/duo_pushinfo.h"

static void texts_lose_what_hides_or_moves_their_neighbours(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"plain",                    "sudo on db1",                                 "sudo on db1"},
        {"umlauts and signs stay",   "m\xc3\xbcller \xe2\x82\xac \xf0\x9f\x94\x92",
         "m\xc3\xbcller \xe2\x82\xac \xf0\x9f\x94\x92"                                           },
        {"lines become blanks",      "a\r\n\r\nb\tc",                               "a b c"      },
        {"blanks at the ends go",    "  \n a b \t ",                                "a b"        },
        {"an escape sequence",       "\x1b[31mred\x07",                             "[31mred"    },
        {"delete and C1",
         "a\x7f"
         "b\xc2\x9b"
         "31m",                                                                     "a b 31m"    },
        {"right to left override",
         "evil\xe2\x80\xae"
         "cod.exe",                                                                 "evilcod.exe"},
        {"isolates",                 "\xe2\x81\xa6x\xe2\x81\xa9",                   "x"          },
        {"arabic letter mark",
         "a\xd8\x9c"
         "b",                                                                       "ab"         },
        {"zero width",               "pass\xe2\x80\x8bword\xef\xbb\xbf",            "password"   },
        {"soft hyphen",
         "a\xc2\xad"
         "b",                                                                       "ab"         },
        {"separators of lines",
         "a\xe2\x80\xa8"
         "b\xe2\x80\xa9"
         "c",                                                                       "a b c"      },
        {"no-break and wide blanks",
         "a\xc2\xa0\xe3\x80\x80"
         "b",                                                                       "a b"        },
        {"tags",
         "a\xf3\xa0\x81\x81"
         "b",                                                                       "ab"         },
        {"private use",
         "a\xee\x80\x80"
         "b\xf4\x8f\xbf\xbd",                                                       "ab"         },
        {"only what goes",           "\xe2\x80\xae\x01 \xe2\x80\x8b",               ""           },
        {"no UTF-8",
         "a\xff"
         "b",                                                                       ""           },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_buf_t out = sb_buf(256);
        duo_clean(&out, rows[i].text, 64);
        if (strcmp(sb_buf_text(&out), rows[i].want) != 0) {
            fail_msg("%s: got \"%s\"", rows[i].name, sb_buf_text(&out));
        }
        sb_buf_free(&out);
    }
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"just fits",           "0123456789",      "0123456789"},
        {"one over",            "0123456789a",     "0123456..."},
        {"fits without blanks", "0123   56789   ", "0123 56789"},
        {"in a character",
         "012345\xe2\x82\xac"
         "89",                                     "012345..." },
        {"a blank over",        "0123456789 ",     "0123456789"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_buf_t out = sb_buf(256);
        duo_clean(&out, rows[i].text, 10);
        if (strcmp(out.text, rows[i].want) != 0) {
            fail_msg("%s: got \"%s\"", rows[i].name, out.text);
        }
        sb_buf_free(&out);
    }
}

static void the_code_comes_first_and_nothing_forges_a_pair(void **state)
{
    (void)state;
    const factor_request_t request = {
        .short_code = "5e4284",
        .title = "sudo&Code=000000",
        .description = "root=1\non db1",
        .reason = "",
    };
    char *got = duo_pushinfo(&request);
    assert_string_equal(got,
                        "Code=5e4284&Alert=sudo%26Code%3D000000&Description=root%3D1%20on%20db1");
    free(got);
}

static void the_largest_alert_fits(void **state)
{
    (void)state;
    enum { SIZE = 16000 };
    static char text[SIZE + 1];
    for (size_t i = 0; i + 4 <= SIZE; i += 4) {
        memcpy(text + i, "\xf0\x9f\x94\x92", 4); /* 12 bytes encoded */
    }
    const factor_request_t request = {
        .short_code = "5e4284", .title = text, .description = text, .reason = text};
    char *got = duo_pushinfo(&request);
    assert_in_range(strlen(got), 3 * DUO_DESCRIPTION_MAX, DUO_PUSHINFO_MAX);
    const char *reason = strstr(got, "&Reason=");
    assert_non_null(reason);
    assert_string_equal(got + strlen(got) - 3, "...");
    assert_int_equal(got[strlen(got) - 4], '2'); /* %92: no character was cut */
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_lose_what_hides_or_moves_their_neighbours),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(the_code_comes_first_and_nothing_forges_a_pair),
        cmocka_unit_test(the_largest_alert_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
