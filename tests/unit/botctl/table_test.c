/* table_test.c: columns that line up, and fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/botctl/table.h"
#include "tools/botctl/text.h"

#define COLUMNS 3
static const char *const s_heads[COLUMNS] = {"id", "text", "performed"};

/* The caller frees. */
static char *s_print(const char *const (*rows)[COLUMNS], size_t len, size_t width)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_t *table = table_new(s_heads, COLUMNS, 0);
    for (size_t i = 0; i < len; i++) {
        table_row(table, rows[i]);
    }
    assert_int_equal(table_rows(table), len);
    table_print(table, out, width);
    table_destroy(&table);
    table_destroy(&table);
    (void)fclose(out);
    return text;
}

static void test_print(void **state)
{
    (void)state;
    static const char *const plain[][COLUMNS] = {
        {"1",    "short",                     "yes"},
        {"1000", "a longer text of 25 bytes", NULL }
    };
    static const char *const wide[][COLUMNS] = {
        {"é",        "日本語日本語", "no"},
        {"e\xcc\x81", "x",                  "no"}
    };
    static const char *const nasty[][COLUMNS] = {
        {"a\nb", "\x1b[2J", ""}
    };
    static const struct {
        const char *name;
        const char *const (*rows)[COLUMNS];
        size_t len;
        size_t width;
        const char *want;
    } rows[] = {
        {"heads alone",                 NULL,  0, 0,  "id  text  performed\n"},
        {"as wide as it is",            plain, 2, 0,
         "id    text                       performed\n"
         "1     short                      yes\n"
         "1000  a longer text of 25 bytes  -\n"                              },
        {"just fits",                   plain, 2, 42,
         "id    text                       performed\n"
         "1     short                      yes\n"
         "1000  a longer text of 25 bytes  -\n"                              },
        {"the widest gives way",        plain, 2, 32,
         "id    text             performed\n"
         "1     short            yes\n"
         "1000  a longer text …  -\n"                                      },
        {"then heads too",              plain, 2, 22,
         "id    text     perfor…\n"
         "1     short    yes\n"
         "1000  a long…  -\n"                                              },
        {"not below four columns",      plain, 2, 3,
         "id  text  per…\n"
         "1   sho…  yes\n"
         "1…  a l…  -\n"                                                 },
        {"wide characters",             wide,  2, 0,
         "id  text          performed\n"
         "é   日本語日本語  no\n"
         "e\xcc\x81   x             no\n"                                    },
        {"a wide character at the cut", wide,  2, 22,
         "id  text      perform…\n"
         "é   日本語…   no\n"
         "e\xcc\x81   x         no\n"                                        },
        {"controls",                    nasty, 1, 0,
         "id    text     performed\n"
         "a\\nb  \\x1b[2J  \n"                                               },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = s_print(rows[i].rows, rows[i].len, rows[i].width);
        print_message("%s\n%s", rows[i].name, got);
        assert_string_equal(got, rows[i].want);
        free(got);
    }
}

/* A time that is cut tells nothing: texts and heads give way first. */
static void test_firm(void **state)
{
    (void)state;
    static const char *const heads[] = {"title", "authenticated", "event_time"};
    static const char *const cells[] = {"a rather long title", "yes", "2026-11-24T10:00Z"};
    static const struct {
        size_t width;
        const char *want;
    } rows[] = {
        {0,  "title                authenticated  event_time\n"
            "a rather long title  yes            2026-11-24T10:00Z\n"},
        {40, "title      authentic…  event_time\n"
             "a rather…  yes         2026-11-24T10:00Z\n"         },
        {29, "tit…  aut…  event_time\n"
             "a r…  yes   2026-11-24T10:00Z\n"                    },
        {24, "tit…  aut…  event_time\n"
             "a r…  yes   2026-11-24T…\n"                       },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        table_t *table = table_new(heads, 3, 1 << 2 | 1 << 1);
        table_row(table, cells);
        table_print(table, out, rows[i].width);
        table_destroy(&table);
        (void)fclose(out);
        print_message("%zu\n%s", rows[i].width, text);
        assert_string_equal(text, rows[i].want);
        free(text);
    }
}

static void test_terminal_width(void **state)
{
    (void)state;
    assert_int_equal(setenv("COLUMNS", "123", 1), 0);
    assert_int_equal(table_terminal_width(), 123);
    static const char *const bad[] = {"", "0", "x", "12x", "-5", "999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(setenv("COLUMNS", bad[i], 1), 0);
        assert_int_not_equal(table_terminal_width(), 123);
        assert_true(table_terminal_width() < 100000);
    }
    assert_int_equal(unsetenv("COLUMNS"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_firm),
        cmocka_unit_test(test_terminal_width),
    };
    text_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
