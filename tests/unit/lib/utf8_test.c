/* utf8_test.c: the borders of every form, and all runes there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/utf8.h"

#define TEXT(literal) literal, sizeof literal - 1
#define FINE SIZE_MAX

/* clang-format off */
static const struct {
    const char *name;
    const char *data;
    size_t size;
    size_t bad; /* offset of the fault */
} s_texts[] = {
    {"nothing", TEXT(""), FINE},
    {"ASCII with NUL", TEXT("a\0b\x7f"), FINE},
    {"least and greatest of 2", TEXT("\xc2\x80\xdf\xbf"), FINE},
    {"least and greatest of 3", TEXT("\xe0\xa0\x80\xef\xbf\xbf"), FINE},
    {"around the surrogates", TEXT("\xed\x9f\xbf\xee\x80\x80"), FINE},
    {"least and greatest of 4", TEXT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), FINE},
    {"continuation alone", TEXT("a\x80"), 1},
    {"overlong 2", TEXT("\xc0\x80"), 0},
    {"overlong 2, greatest", TEXT("\xc1\xbf"), 0},
    {"overlong 3", TEXT("ab\xe0\x9f\xbf"), 2},
    {"overlong 4", TEXT("\xf0\x8f\xbf\xbf"), 0},
    {"first surrogate", TEXT("\xed\xa0\x80"), 0},
    {"last surrogate", TEXT("\xed\xbf\xbf"), 0},
    {"over U+10FFFF", TEXT("\xf4\x90\x80\x80"), 0},
    {"lead byte f5", TEXT("\xf5\x80\x80\x80"), 0},
    {"lead byte ff", TEXT("\xff"), 0},
    {"cut after 1 of 2", TEXT("\xc3"), 0},
    {"cut after 2 of 3", TEXT("\xe2\x82"), 0},
    {"cut after 3 of 4", TEXT("x\xf0\x9f\x98"), 1},
    {"cut by the size alone", "\xc3\xa9", 1, 0},
    {"third byte is ASCII", TEXT("\xe2\x82x"), 0},
    {"fourth byte is ASCII", TEXT("\xf0\x9f\x98x"), 0},
};
/* clang-format on */

static void test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_texts / sizeof s_texts[0]; i++) {
        size_t bad = FINE;
        const bool valid = sb_utf8_valid(s_texts[i].data, s_texts[i].size, &bad);
        if (valid != (s_texts[i].bad == FINE) || bad != s_texts[i].bad) {
            fail_msg("%s: fault at %zu", s_texts[i].name, bad);
        }
    }
    assert_false(sb_utf8_valid("\xff", 1, NULL));
}

static void test_all_runes_there_and_back(void **state)
{
    (void)state;
    for (uint32_t rune = 1; rune <= 0x10ffff; rune++) {
        if (rune == 0xd800) {
            rune = 0xe000;
        }
        char text[5] = "";
        uint32_t got = 0;
        const size_t len = sb_utf8_encode(rune, text);
        if (!sb_utf8_valid(text, len, NULL) || strlen(text) != len ||
            sb_utf8_decode(text, &got) != len || got != rune) {
            fail_msg("U+%04X", (unsigned)rune);
        }
    }
    uint32_t end = 7;
    assert_int_equal(sb_utf8_decode("", &end), 0);
    assert_int_equal(end, 0);
}

static void test_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max, want;
    } rows[] = {
        {"",                  5,  0},
        {"abc",               0,  0},
        {"abc",               2,  2},
        {"abc",               3,  3},
        {"abc",               99, 3},
        {"\xc3\xa9",          1,  0},
        {"\xc3\xa9",          2,  2},
        {"a\xe2\x82\xac",     3,  1},
        {"a\xe2\x82\xac",     4,  4},
        {"\xf0\x9f\x98\x80z", 3,  0},
        {"\xf0\x9f\x98\x80z", 4,  4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(sb_utf8_cut(rows[i].text, rows[i].max), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_all_runes_there_and_back),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
