#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/url.h"

static void origins_are_safe_and_end_where_the_path_begins(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        size_t want;
    } rows[] = {
        {"https://a.example.com",           21},
        {"https://a.example.com/x?y",       21},
        {"HTTPS://A.example.com:443?x",     25},
        {"https://[2001:db8::1]:8443/",     26},
        {"http://127.0.0.1:80/x",           19},
        {"http://localhost#x",              16},
        {"http://[::1]/",                   12},
        {"http://a.example.com/",           0 },
        {"http://127.0.0.1.example.com/",   0 },
        {"https://u@a.example.com/",        0 },
        {"https://a.example.com:80@b.com/", 0 },
        {"https://a.example.com:/",         0 },
        {"https://a.example.com:123456/",   0 },
        {"https://a.example.com\\@b.com/",  0 },
        {"https://a.example.com /",         0 },
        {"https://",                        0 },
        {"https:///x",                      0 },
        {"https://[::1/",                   0 },
        {"ftp://a.example.com/",            0 },
        {"",                                0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t got = sb_url_origin(rows[i].url);
        if (got != rows[i].want) {
            fail_msg("%s: %zu", rows[i].url, got);
        }
    }
}

static void the_same_origin_is_the_same_to_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool want;
    } rows[] = {
        {"https://a.example.com/x", "https://A.EXAMPLE.com",      true },
        {"https://a.example.com",   "https://a.example.com.evil", false},
        {"https://a.example.com",   "https://a.example.com:8443", false},
        {"https://127.0.0.1:1/",    "http://127.0.0.1:1/",        false},
        {"http://a.example.com/",   "http://a.example.com/",      false},
        {"",                        "",                           false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (sb_url_same_origin(rows[i].a, rows[i].b) != rows[i].want) {
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        }
    }
}

static void what_is_not_plain_is_encoded(void **state)
{
    (void)state;
    sb_buf_t out = sb_buf(100);
    sb_url_pair(&out, "a b", "x&y=z/%~");
    sb_url_pair(&out, "c", "\xc3\xa4+");
    assert_string_equal(out.text, "a%20b=x%26y%3Dz%2F%25~&c=%C3%A4%2B");
    sb_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origins_are_safe_and_end_where_the_path_begins),
        cmocka_unit_test(the_same_origin_is_the_same_to_the_end),
        cmocka_unit_test(what_is_not_plain_is_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
