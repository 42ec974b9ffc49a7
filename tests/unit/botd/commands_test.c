/* commands_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "services/botd/commands.h"
#include "tests/support/temp_file.h"

static void test_built_in(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        command_fn_t fn;
        bool hidden;
        bool texts;
    } rows[] = {
        {"help",   COMMAND_HELP,   false, false},
        {"hi",     COMMAND_HI,     false, false},
        {"ignore", COMMAND_IGNORE, false, true },
        {"no",     COMMAND_NO,     true,  false},
        {"start",  COMMAND_START,  false, true },
        {"stop",   COMMAND_STOP,   false, true },
        {"test",   COMMAND_TEST,   true,  true },
        {"yes",    COMMAND_YES,    true,  false},
    };
    sb_err_t err = {0};
    commands_t *commands = commands_load(NULL, &err);
    if (!commands) {
        fail_msg("%s", err.text);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const command_t *row = commands_at(commands, i); /* by name */
        assert_non_null(row);
        assert_string_equal(row->name, rows[i].name);
        assert_ptr_equal(commands_find(commands, rows[i].name), row);
        assert_int_equal(row->fn, rows[i].fn);
        assert_int_equal(row->hidden, rows[i].hidden);
        assert_true(row->info[0]);
        assert_int_equal(row->success_msg != NULL, rows[i].texts);
        assert_int_equal(row->failure_msg != NULL, rows[i].texts);
    }
    assert_null(commands_at(commands, sizeof rows / sizeof rows[0]));
    assert_null(commands_find(commands, "nothing"));
    assert_null(commands_find(commands, ""));
    assert_int_equal(commands_find(commands, "ignore")->usage_len, 2);
    commands_destroy(&commands);
    assert_null(commands);
    commands_destroy(&commands);
}

/* A file as the first Securitybot had them, with its names of functions. */
static void test_file_of_old(void **state)
{
    (void)state;
    temp_file_puts(
        "---\nhelp: # lists\n    info: This.\n    usage:\n        - \"-a\\t\\tAll\"\n    fn: help\n"
        "stop:\n    info: Stops.\n    fn: add_to_blacklist\n    success_msg: \"{name}: {{ok}}\"\n"
        "\"ja\":\n    info: Yes.\n    fn: positive_response\n    hidden: Yes\n...\n");
    sb_err_t err = {0};
    commands_t *commands = commands_load(temp_file_path(), &err);
    if (!commands) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(commands_find(commands, "stop")->fn, COMMAND_STOP);
    assert_int_equal(commands_find(commands, "ja")->fn, COMMAND_YES);
    assert_true(commands_find(commands, "ja")->hidden);
    assert_string_equal(commands_find(commands, "help")->usage[0], "-a\t\tAll");
    assert_null(commands_find(commands, "hi")); /* the file is the whole set */
    const fields_t fields = {.name = "Alice"};
    char *text = commands_render(commands_find(commands, "stop")->success_msg, &fields);
    assert_string_equal(text, "Alice: {ok}");
    free(text);
    text = commands_render(commands_find(commands, "stop")->failure_msg, &fields);
    assert_string_equal(text, "");
    free(text);
    commands_destroy(&commands);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *fault;
    } rows[] = {
        {"hi: {info: a, fn: hello}\n",                               ":1: hi: fn: expected one of hi help"        },
        {"hi: {info: a, fn: [hi]}\n",                                ":1: hi: fn: expected one of hi help"        },
        {"hi: {info: a, fn: hi}\nhu: {info: a}\n",                   ":2: hu: expected at least info and fn"      },
        {"hu: {fn: hi}\n",                                           ":1: hu: expected at least info and fn"      },
        {"hu: hi\n",                                                 ":1: hu: expected at least info and fn"      },
        {"hi:\n  info: a\n  fn: hi\n  usge: a\n",                    ":4: hi: usge: expected info, fn"            },
        {"hi:\n  info: a\n  fn: hi\n  hidden: perhaps\n",            ":4: hi: hidden: expected yes or no"         },
        {"hi:\n  info: a\n  fn: hi\n  success_msg: '{nam}'\n",       ":4: hi: success_msg: unknown"               },
        {"hi:\n  info: a\n  fn: hi\n  failure_msg: 'a } b'\n",       ":4: hi: failure_msg: a } that"              },
        {"hi:\n  info: [a]\n  fn: hi\n",                             ":2: hi: info: expected a text"              },
        {"hi:\n  info:\n  fn: hi\n",                                 ":2: hi: info: expected a text"              },
        {"hi:\n  info: a\n  fn: hi\n  usage: {a: b}\n",              ":4: hi: usage: expected a text or"          },
        {"hi:\n  info: a\n  fn: hi\n  usage:\n    - a\n    - [b]\n", ":6: hi: line: expected"                     },
        {"Hi: {info: a, fn: hi}\n",                                  ":1: command \"Hi\": expected 1 to 32 of a-z"},
        {"'': {info: a, fn: hi}\n",                                  ":1: command \"\""                           },
        {"'a b': {info: a, fn: hi}\n",                               ":1: command \"a b\""                        },
        {"- a\n",                                                    ":1: expected commands as"                   },
        {"hi: {info: a, fn: hi}\nhi: {info: a, fn: hi}\n",           ":2: "                                       },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        temp_file_puts(rows[i].text);
        sb_err_t err = {0};
        commands_t *commands = commands_load(temp_file_path(), &err);
        if (commands || !strstr(err.text, rows[i].fault) || !strstr(err.text, temp_file_path())) {
            fail_msg("row %zu: %s", i, err.text);
        }
    }
}

static void test_limits(void **state)
{
    (void)state;
    sb_buf_t text = sb_buf(65536);
    for (int i = 0; i <= COMMANDS_MAX; i++) {
        sb_buf_printf(&text, "c%d: {info: a, fn: hi}\n", i);
    }
    temp_file_puts(sb_buf_text(&text));
    sb_err_t err = {0};
    assert_null(commands_load(temp_file_path(), &err));
    assert_non_null(strstr(err.text, ":65: more than 64 commands"));

    sb_buf_clear(&text);
    sb_buf_puts(&text, "hi:\n  info: a\n  fn: hi\n  usage:\n");
    for (int i = 0; i <= COMMANDS_USAGE_MAX; i++) {
        sb_buf_puts(&text, "    - line\n");
    }
    temp_file_puts(sb_buf_text(&text));
    sb_buf_free(&text);
    assert_null(commands_load(temp_file_path(), &err));
    assert_non_null(strstr(err.text, "usage: expected fewer lines"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in),
        cmocka_unit_test_teardown(test_file_of_old, temp_file_remove),
        cmocka_unit_test_teardown(test_faults, temp_file_remove),
        cmocka_unit_test_teardown(test_limits, temp_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
