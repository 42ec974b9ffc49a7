/* command_test.c: finding a command, and the one that was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/botctl/command.h"

static const opt_t s_opts[] = {
    {"json", 0, OPT_FLAG, 0, NULL, "lines of JSON", NULL, NULL, 0, 0},
};
static const command_t s_list = {.name = "alert list",
                                 .summary = "List alerts",
                                 .usage = "",
                                 .opts = s_opts,
                                 .opts_len = 1,
                                 .details = "More."};
static const command_t s_show = {.name = "alert show", .summary = "Show one", .usage = "HASH"};
static const command_t s_mutes = {.name = "mutes list", .summary = "List mutes", .usage = ""};
static const command_t s_watch = {.name = "watch", .summary = "Watch", .usage = ""};
static const command_t *const s_commands[] = {&s_list, &s_show, &s_mutes, &s_watch};
#define LEN 4

typedef struct {
    const char *words[3];
    const char *want; /* NULL: none */
    size_t used;
} find_row_t;

static size_t s_len(const char *const *words)
{
    size_t len = 0;
    while (len < 3 && words[len]) {
        len++;
    }
    return len;
}

static void test_find(void **state)
{
    (void)state;
    static const find_row_t rows[] = {
        {{"watch"},                 "watch",      1},
        {{"watch", "x"},            "watch",      1},
        {{"alert", "list"},         "alert list", 2},
        {{"alert", "show", "list"}, "alert show", 2},
        {{"alert"},                 NULL,         0},
        {{"alert", "lis"},          NULL,         0},
        {{"alerts", "list"},        NULL,         0},
        {{""},                      NULL,         0},
        {{"wat"},                   NULL,         0},
        {{NULL},                    NULL,         0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t used = 0;
        const command_t *got =
            command_find(s_commands, LEN, (char **)rows[i].words, s_len(rows[i].words), &used);
        print_message("%s\n", rows[i].words[0] ? rows[i].words[0] : "(nothing)");
        assert_string_equal(got ? got->name : "-", rows[i].want ? rows[i].want : "-");
        assert_int_equal(used, rows[i].used);
    }
}

static void test_group(void **state)
{
    (void)state;
    assert_true(command_is_group(s_commands, LEN, "alert"));
    assert_false(command_is_group(s_commands, LEN, "watch"));
    assert_false(command_is_group(s_commands, LEN, "aler"));
    assert_false(command_is_group(s_commands, LEN, ""));
}

static void test_near(void **state)
{
    (void)state;
    static const find_row_t rows[] = {
        {{"wathc"},        "watch",      0},
        {{"wathc", "now"}, "watch",      0},
        {{"alert", "lst"}, "alert list", 0},
        {{"alrt", "show"}, "alert show", 0},
        {{"mute", "list"}, "mutes list", 0},
        {{"alerts"},       "alert",      0},
        {{"alert"},        NULL,         0},
        {{"frobnicate"},   NULL,         0},
        {{NULL},           NULL,         0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const command_near_t got =
            command_near(s_commands, LEN, (char **)rows[i].words, s_len(rows[i].words));
        print_message("%s\n", rows[i].words[0] ? rows[i].words[0] : "(nothing)");
        assert_string_equal(got.name, rows[i].want ? rows[i].want : "");
    }
}

static void s_check(void (*print)(FILE *out), const char *want)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    print(out);
    (void)fclose(out);
    assert_string_equal(text, want);
    free(text);
}

static void s_print_all(FILE *out)
{
    command_list(s_commands, LEN, NULL, out);
}

static void s_print_group(FILE *out)
{
    command_list(s_commands, LEN, "alert", out);
}

static void s_print_help(FILE *out)
{
    command_help(&s_list, out);
}

static void s_print_usage(FILE *out)
{
    command_usage(&s_show, out);
}

static void test_print(void **state)
{
    (void)state;
    s_check(s_print_all, "  alert list           List alerts\n"
                         "  alert show           Show one\n"
                         "  mutes list           List mutes\n"
                         "  watch                Watch\n");
    s_check(s_print_group, "  alert list           List alerts\n"
                           "  alert show           Show one\n");
    s_check(s_print_usage, "usage: botctl alert show HASH\n");
    s_check(s_print_help, "usage: botctl alert list [OPTION]...\n"
                          "List alerts.\n"
                          "\n"
                          "Options:\n"
                          "      --json                lines of JSON\n"
                          "\n"
                          "More.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
