/* near_test.c: distances and what counts as a slip of the fingers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/botctl/near.h"

static void test_distance(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        size_t want;
    } rows[] = {
        {"",       "",      0},
        {"list",   "list",  0},
        {"",       "abc",   3},
        {"lst",    "list",  1},
        {"liist",  "list",  1},
        {"lisd",   "list",  1},
        {"lsit",   "list",  1}, /* swapped */
        {"create", "list",  5},
        {"mute",   "mutes", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s ~ %s\n", rows[i].a, rows[i].b);
        assert_int_equal(near_distance(rows[i].a, rows[i].b), rows[i].want);
        assert_int_equal(near_distance(rows[i].b, rows[i].a), rows[i].want);
    }
}

static void test_distance_of_endless_words(void **state)
{
    (void)state;
    char word[200];
    for (size_t i = 0; i + 1 < sizeof word; i++) {
        word[i] = 'x';
    }
    word[63] = '\0';
    assert_int_equal(near_distance(word, "x"), 62);
    word[63] = 'x';
    word[64] = '\0';
    assert_int_equal(near_distance(word, "x"), SIZE_MAX);
}

static void test_enough(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *word;
        const char *of;
        bool want;
    } rows[] = {
        {"one letter wrong",       "staus",  "status",          true },
        {"swapped",                "lsit",   "list",            true },
        {"a start",                "ex",     "exemptions list", true },
        {"one letter is no start", "e",      "exemptions list", false},
        {"another word",           "create", "watch",           false},
        {"short and wrong",        "ab",     "xy",              false},
        {"nothing",                "",       "list",            false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t distance;
        print_message("%s\n", rows[i].name);
        assert_int_equal(near_enough(rows[i].word, rows[i].of, &distance), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_distance_of_endless_words),
        cmocka_unit_test(test_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
