/* messages_test.c: the built-in texts, and files that people write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/botd/messages.h"
#include "tests/support/temp_file.h"

static void test_built_in(void **state)
{
    (void)state;
    sb_err_t err = {0};
    messages_t *messages = messages_load(NULL, &err);
    if (!messages) {
        fail_msg("%s", err.text);
    }
    const fields_t fields = {
        "NAME",  "USER",  "TITLE",       "DESCRIPTION", "> REASON", "> COMMENT",
        "URL",   "CODE",  "TIME",        "TRIES",       "NUMBER",   "ANSWER",
        "ACTOR", "OTHER", "DISPOSITION", "TRANSCRIPT",  "PLACE",
    };
    for (message_t message = 0; message < MSG_LEN; message++) {
        char *text = messages_render(messages, message, &fields);
        if (!text[0] || strchr(text, '{') || strchr(text, '}')) {
            fail_msg("%s: %s", messages_key(message), text);
        }
        free(text);
    }
    messages_destroy(&messages);
    assert_null(messages);
    messages_destroy(&messages);
}

/* The keys of the first Securitybot are all here. */
static void test_keys_of_old(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "greeting",    "alert",       "action_prompt",  "2fa",         "sending_push", "good_auth",
        "bad_auth",    "no_2fa",      "escalated",      "no_response", "bwtm",         "bye",
        "report",      "bad_command", "bad_response",   "hi",          "help_header",  "help_usage",
        "help_footer", "ignore_time", "ignore_no_time",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        bool found = false;
        for (message_t message = 0; message < MSG_LEN; message++) {
            found = found || strcmp(messages_key(message), keys[i]) == 0;
        }
        if (!found) {
            fail_msg("%s", keys[i]);
        }
    }
}

static void test_file_over_built_in(void **state)
{
    (void)state;
    temp_file_puts(
        "hi: Howdy, {0}\nbwtm: ''\nreport: >\n    `{username}` `{title}` ({description}):\n\n"
        "    {comment}\n\n    URL: {url}\n");
    sb_err_t err = {0};
    messages_t *messages = messages_load(temp_file_path(), &err);
    if (!messages) {
        fail_msg("%s", err.text);
    }
    const fields_t fields = {
        .name = "Alice", .username = "alice", .title = "t", .description = "d", .comment = "> c"};
    static const struct {
        message_t message;
        const char *want;
    } rows[] = {
        {MSG_HI,     "Howdy, Alice"         },
        {MSG_BWTM,   ""                     },
        {MSG_REPORT, "`alice` `t` (d):\n> c"},
        {MSG_BYE,    "That's all for now."  }, /* not in the file */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = messages_render(messages, rows[i].message, &fields);
        assert_string_equal(text, rows[i].want);
        free(text);
    }
    messages_destroy(&messages);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *fault;
    } rows[] = {
        {"hi: a\nhallo: b\n",        ":2: unknown message \"hallo\""                          },
        {"hi: a\nbye: {x}\n",        ":2: bye: expected a text"                               }, /* a mapping, to YAML */
        {"hi: a\nbye: 'a {time}'\n", ":2: bye: unknown placeholder {time}; known here: {name}"},
        {"hi:\n",                    ":1: hi: expected a text"                                },
        {"hi: [a]\n",                ":1: hi: expected a text"                                },
        {"- hi\n",                   ":1: expected messages"                                  },
        {"\nbutton_yes: ''\n",       ":2: button_yes: must not be empty"                      },
        {"report_denied: ' '\n",     ":1: report_denied: must not be empty"                   },
        {"button_help: ''\n",        ":1: button_help: must not be empty"                     },
        {"true_positive: ''\n",      ":1: true_positive: must not be empty"                   },
        {"hi: a\nhi: b\n",           ":2: "                                                   },
        {"hi: 'a\n",                 ":2: found unexpected end"                               },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        temp_file_puts(rows[i].text);
        sb_err_t err = {0};
        messages_t *messages = messages_load(temp_file_path(), &err);
        if (messages || !strstr(err.text, rows[i].fault) || !strstr(err.text, temp_file_path())) {
            fail_msg("row %zu: %s", i, err.text);
        }
    }
    sb_err_t err = {0};
    assert_null(messages_load(SB_BINARY_DIR "/tests/no such file", &err));
    assert_non_null(strstr(err.text, "no such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in),
        cmocka_unit_test(test_keys_of_old),
        cmocka_unit_test_teardown(test_file_over_built_in, temp_file_remove),
        cmocka_unit_test_teardown(test_faults, temp_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
