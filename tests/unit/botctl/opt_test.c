/* opt_test.c: what is typed becomes what a command reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/botctl/opt.h"
#include "tools/botctl/when.h"

#define NOW 1000000000000LL
#define ARGS_MAX 12

typedef struct {
    bool json;
    const char *text;
    int64_t limit;
    int64_t wait_ms;
    int64_t after_ms;
    int performed;
    const char *order;
    const char *state;
    opt_list_t titles;
    opt_list_t names;
} options_t;

#define AT(member) offsetof(options_t, member)
static const opt_t s_opts[] = {
    {"json",      0,   OPT_FLAG,     AT(json),      NULL,       "lines of JSON",   NULL,         NULL,        0,    0    },
    {"text",      't', OPT_TEXT,     AT(text),      "TEXT",     "a text",          NULL,         NULL,        0,    0    },
    {"limit",     'l', OPT_NUMBER,   AT(limit),     "N",        "at most so many", "25",         NULL,        1,    500  },
    {"wait",      0,   OPT_DURATION, AT(wait_ms),   "TIME",     "how long",        NULL,         NULL,        1000, 60000},
    {"after",     0,   OPT_TIME,     AT(after_ms),  "TIME",     "since when",      NULL,         NULL,        0,    0    },
    {"performed", 'p', OPT_YESNO,    AT(performed), "0|1",      "yes or no",       NULL,         NULL,        0,    0    },
    {"order",     'o', OPT_CHOICE,   AT(order),     "COLUMN",   "by what",         "event_time",
     "event_time|ldap|title",                                                                                 0,    0    },
    {"state",     0,   OPT_CHOICE,   AT(state),     "STATE",    "in which",        NULL,         "new|asked", 0,    0    },
    {"titles",    0,   OPT_LIST,     AT(titles),    "TITLE...", "titles",          NULL,         NULL,        0,    0    },
    {"names",     0,   OPT_NAMES,    AT(names),     "NAME,...", "names",           NULL,         NULL,        0,    0    },
};
#define OPTS_LEN (sizeof s_opts / sizeof s_opts[0])

typedef struct {
    options_t options;
    opt_set_t set;
    char **words;
    size_t words_len;
    sb_err_t err;
    int code;
} got_t;

static void s_parse(got_t *got, bool stop, const char *const *args)
{
    char *argv[ARGS_MAX + 2] = {(char *)"test"};
    int argc = 1;
    for (size_t i = 0; args[i]; i++) {
        argv[argc++] = (char *)args[i];
    }
    *got = (got_t){0};
    got->set = (opt_set_t){s_opts, OPTS_LEN, &got->options};
    opt_defaults(&got->set);
    got->code =
        opt_parse(&got->set, 1, stop, argc, argv, NOW, &got->words, &got->words_len, &got->err);
}

static void s_free(got_t *got)
{
    free(got->words);
    opt_free(&got->set);
    opt_free(&got->set);
}

static void test_defaults(void **state)
{
    (void)state;
    got_t got;
    s_parse(&got, false, (const char *[]){NULL});
    assert_int_equal(got.code, SB_OK);
    assert_false(got.options.json);
    assert_null(got.options.text);
    assert_int_equal(got.options.limit, 25);
    assert_int_equal(got.options.wait_ms, -1);
    assert_int_equal(got.options.after_ms, WHEN_NONE);
    assert_int_equal(got.options.performed, -1);
    assert_string_equal(got.options.order, "event_time");
    assert_null(got.options.state);
    assert_int_equal(got.options.titles.len, 0);
    assert_int_equal(got.words_len, 0);
    s_free(&got);
}

static void test_values(void **state)
{
    (void)state;
    got_t got;
    s_parse(&got, false,
            (const char *[]){"one", "--json", "-t", "x", "--limit=500", "--wait", "5s", "--after",
                             "-6h", "-p0", "two", NULL});
    assert_int_equal(got.code, SB_OK);
    assert_true(got.options.json);
    assert_string_equal(got.options.text, "x");
    assert_int_equal(got.options.limit, 500);
    assert_int_equal(got.options.wait_ms, 5000);
    assert_int_equal(got.options.after_ms, NOW - 6 * 3600000LL);
    assert_int_equal(got.options.performed, 0);
    assert_int_equal(got.words_len, 2);
    assert_string_equal(got.words[0], "one");
    assert_string_equal(got.words[1], "two");
    s_free(&got);
}

static void test_yesno(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int want;
    } rows[] = {
        {"1",     1},
        {"yes",   1},
        {"true",  1},
        {"y",     1},
        {"0",     0},
        {"no",    0},
        {"false", 0}
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        got_t got;
        s_parse(&got, false, (const char *[]){"-p", rows[i].text, NULL});
        assert_int_equal(got.code, SB_OK);
        assert_int_equal(got.options.performed, rows[i].want);
        s_free(&got);
    }
}

/* The original's tool took --titles A B C; titles may hold commas. */
static void test_lists(void **state)
{
    (void)state;
    got_t got;
    s_parse(&got, false,
            (const char *[]){"--titles", "sudo, root", "ssh", "--names", "alice,bob", "--titles",
                             "vpn", "--names", ",carol,", NULL});
    assert_int_equal(got.code, SB_OK);
    assert_int_equal(got.options.titles.len, 3);
    assert_string_equal(got.options.titles.items[0], "sudo, root");
    assert_string_equal(got.options.titles.items[1], "ssh");
    assert_string_equal(got.options.titles.items[2], "vpn");
    assert_int_equal(got.options.names.len, 3);
    assert_string_equal(got.options.names.items[0], "alice");
    assert_string_equal(got.options.names.items[1], "bob");
    assert_string_equal(got.options.names.items[2], "carol");
    assert_int_equal(got.words_len, 0);
    s_free(&got);
}

static void test_list_ends_at_the_next_option(void **state)
{
    (void)state;
    got_t got;
    s_parse(&got, false, (const char *[]){"--titles", "a", "--json", "word", NULL});
    assert_int_equal(got.options.titles.len, 1);
    assert_int_equal(got.words_len, 1);
    assert_string_equal(got.words[0], "word");
    s_free(&got);
}

static void test_stop_at_the_first_word(void **state)
{
    (void)state;
    got_t got;
    s_parse(&got, true, (const char *[]){"--json", "alert", "--unknown", "-x", NULL});
    assert_int_equal(got.code, SB_OK);
    assert_true(got.options.json);
    assert_int_equal(got.words_len, 3);
    assert_string_equal(got.words[0], "alert");
    assert_string_equal(got.words[1], "--unknown");
    s_free(&got);
}

static void test_two_dashes(void **state)
{
    (void)state;
    got_t got;
    s_parse(&got, false, (const char *[]){"--", "--json", "-t", NULL});
    assert_int_equal(got.code, SB_OK);
    assert_false(got.options.json);
    assert_int_equal(got.words_len, 2);
    assert_string_equal(got.words[0], "--json");
    s_free(&got);
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *args[4];
        const char *want;
    } rows[] = {
        {"unknown",                     {"--zzz"},         "unknown option --zzz"                            },
        {"unknown with a value",        {"--zzz=1"},       "unknown option --zzz"                            },
        {"misspelt",                    {"--limt=1"},      "unknown option --limt; did you mean --limit?"    },
        {"unknown letter",              {"-x"},            "unknown option -x"                               },
        {"unknown letter among others", {"-xl"},           "unknown option -x"                               },
        {"no value",                    {"--text"},        "--text needs a value, TEXT"                      },
        {"no value, by letter",         {"-l"},            "--limit needs a value, N"                        },
        {"a value too much",            {"--json=1"},      "--json takes no value"                           },
        {"no number",                   {"-l", "x"},       "--limit: 'x' is no number from 1 to 500"         },
        {"a number and more",           {"-l", "5x"},      "--limit: '5x' is no number from 1 to 500"        },
        {"too small",                   {"-l", "0"},       "--limit: '0' is no number from 1 to 500"         },
        {"too large",                   {"-l", "501"},     "--limit: '501' is no number from 1 to 500"       },
        {"far too large",
         {"-l", "99999999999999999999"},
         "--limit: '99999999999999999999' is no number from 1 to 500"                                        },
        {"a duration too long",         {"--wait", "2h"},  "--wait: '2h' is not from 1 s to 1 min"           },
        {"a duration too short",        {"--wait", "1ms"}, "--wait: '1ms' is not from 1 s to 1 min"          },
        {"no choice",                   {"-o", "hash"},    "--order: 'hash' is none of event_time|ldap|title"},
        {"a part of a choice",
         {"-o", "event"},
         "--order: 'event' is none of event_time|ldap|title"                                                 },
        {"more than a choice",
         {"-o", "titles"},
         "--order: 'titles' is none of event_time|ldap|title"                                                },
        {"an empty choice",             {"-o", ""},        "--order: '' is none of event_time|ldap|title"    },
        {"neither yes nor no",          {"-p", "2"},       "--performed: '2' is neither yes (1) nor no (0)"  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        got_t got;
        print_message("%s\n", rows[i].name);
        s_parse(&got, false, rows[i].args);
        assert_int_equal(got.code, SB_EINVALID);
        assert_string_equal(got.err.text, rows[i].want);
        s_free(&got);
    }
}

static void test_refuse_time(void **state)
{
    (void)state;
    got_t got;
    s_parse(&got, false, (const char *[]){"--after", "6h", NULL});
    assert_int_equal(got.code, SB_EINVALID);
    assert_int_equal(strncmp(got.err.text, "--after: '6h' is no time", 24), 0);
    s_free(&got);
}

static void test_refuse_endless_list(void **state)
{
    (void)state;
    char names[2 * OPT_LIST_MAX + 2];
    for (size_t i = 0; i < sizeof names - 1; i++) {
        names[i] = i % 2 ? ',' : 'x';
    }
    names[sizeof names - 1] = '\0';
    got_t got;
    s_parse(&got, false, (const char *[]){"--names", names, NULL});
    assert_int_equal(got.code, SB_EINVALID);
    assert_string_equal(got.err.text, "--names: more than 100");
    s_free(&got);
}

static void test_help(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    opt_help(s_opts, 3, out);
    (void)fclose(out);
    assert_string_equal(text, "      --json                lines of JSON\n"
                              "  -t, --text TEXT           a text\n"
                              "  -l, --limit N             at most so many (default 25)\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_yesno),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_list_ends_at_the_next_option),
        cmocka_unit_test(test_stop_at_the_first_word),
        cmocka_unit_test(test_two_dashes),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_refuse_time),
        cmocka_unit_test(test_refuse_endless_list),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
