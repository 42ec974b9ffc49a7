/* show_test.c: what of a provider's words gets through, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/authd.h"
#include "services/botd/show.h"

typedef struct {
    const char *text;
    bool good;
} row_t;

static void s_check(bool (*check)(const char *), const row_t *rows, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (check(rows[i].text) != rows[i].good) {
            fail_msg("\"%s\": %d", rows[i].text, !rows[i].good);
        }
    }
}
#define CHECK(check, rows) s_check(check, rows, sizeof(rows) / sizeof(rows)[0])

static void test_numbers(void **state)
{
    (void)state;
    static const row_t rows[] = {
        {"7",                true },
        {"72",               true },
        {"012345",           true },
        {"12345678",         true },
        {"",                 false},
        {"123456789",        false},
        {"7 2",              false},
        {"72\n",             false},
        {" 72",              false},
        {"-7",               false},
        {"7.2",              false},
        {"0x7",              false},
        {"seven",            false},
        {"72 <!channel>",    false},
        {"\xd9\xa7\xd9\xa2", false},
    };
    CHECK(show_is_number, rows);
}

static void test_links(void **state)
{
    (void)state;
    static const row_t rows[] = {
        {"https://confirm.example.com/c/q7R0lX3mSgGxVh0d3yZ1Ww", true },
        {"https://confirm.example.com:8443/c/x?a=b&c=%20#d",     true },
        {"https://confirm.example.com",                          true },
        {"https://127.0.0.1:8443/c/x",                           true },
        {"https://[::1]:8443/c/x",                               true },
        {"http://127.0.0.1:8080/c/x",                            true },
        {"http://localhost/c/x",                                 true },
        {"http://[::1]:8080/c/x",                                true },
        {"http://confirm.example.com/c/x",                       false},
        {"http://localhost.example.com/c/x",                     false},
        {"http://127.0.0.1.example.com/c/x",                     false},
        {"http://127.0.0.10/c/x",                                false},
        {"http://localhost@example.com/c/x",                     false},
        {"http://[::2]/c/x",                                     false},
        {"http://[::1/c/x",                                      false},
        {"https://confirm.example.com@example.net/c/x",          false},
        {"https://confirm.example.com:80@example.net/c/x",       false},
        {"https://confirm.example.com\\@example.net/c/x",        false},
        {"https://",                                             false},
        {"https:///c/x",                                         false},
        {"https://exa mple.com/",                                false},
        {"https://ex\u00e4mple.com/",                            false},
        {"https://example.com/\n",                               false},
        {"https://example.com/a b",                              false},
        {"https://example.com/<!channel>",                       false},
        {"https://example.com/`x`",                              false},
        {"https://example.com/|label",                           false},
        {"https://example.com/\"",                               false},
        {"https://example.com/\u202e",                           false},
        {"javascript:alert(1)",                                  false},
        {"ftp://example.com/",                                   false},
        {" https://example.com/",                                false},
        {"",                                                     false},
    };
    CHECK(show_is_link, rows);
}

static void test_length(void **state)
{
    (void)state;
    char text[SB_SHOW_TEXT_MAX + 2] = "https://confirm.example.com/";
    memset(text + strlen(text), 'a', sizeof text - 1 - strlen(text));
    text[SB_SHOW_TEXT_MAX + 1] = '\0';
    assert_false(show_is_link(text));
    text[SB_SHOW_TEXT_MAX] = '\0';
    assert_true(show_is_link(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
