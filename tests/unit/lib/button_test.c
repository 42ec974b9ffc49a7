#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/button.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UPPER "yes:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool parsed;
        const char *action, *argument; /* if parsed */
        bool team;
    } rows[] = {
        {"yes",             "yes:" HASH,                 true,  "yes",             NULL,        false},
        {"comment's colon", "yes:" HASH ":a:b",          true,  "yes",             "a:b",       false},
        {"nobody's action", "maybe:" HASH,               true,  "maybe",           NULL,        false},
        {"longest action",  "abcdefghijklmno:" HASH,     true,  "abcdefghijklmno", NULL,        false},
        {"too long",        "abcdefghijklmnop:" HASH,    false, "",                NULL,        false},
        {"no action",       ":" HASH,                    false, "",                NULL,        false},
        {"capitals",        "Yes:" HASH,                 false, "",                NULL,        false},
        {"no colon",        "yes",                       false, "",                NULL,        false},
        {"empty",           "",                          false, "",                NULL,        false},
        {"short hash",      "yes:0123",                  false, "",                NULL,        false},
        {"long hash",       "yes:" HASH "0",             false, "",                NULL,        false},
        {"capital digits",  UPPER,                       false, "",                NULL,        false},
        {"empty argument",  "ack:" HASH ":",             false, "",                NULL,        false},
        {"junk behind",     "ack:" HASH " ",             false, "",                NULL,        false},
        {"ack",             "ack:" HASH,                 true,  "ack",             NULL,        true },
        {"ack of what",     "ack:" HASH ":x",            true,  "ack",             "x",         false},
        {"take",            "assign:" HASH,              true,  "assign",          NULL,        true },
        {"assign",          "assign:" HASH ":dave",      true,  "assign",          "dave",      true },
        {"assign control",  "assign:" HASH ":a\nb",      true,  "assign",          "a\nb",      false},
        {"assign too long", "assign:" HASH ":" HASH "x", true,  "assign",          HASH "x",    false},
        {"close",           "close:" HASH ":duplicate",  true,  "close",           "duplicate", true },
        {"close how",       "close:" HASH,               true,  "close",           NULL,        false},
        {"close otherwise", "close:" HASH ":bored",      true,  "close",           "bored",     false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_button_t button;
        const bool parsed = sb_button_parse(rows[i].value, &button);
        if (parsed != rows[i].parsed) {
            fail_msg("%s: parsed %d", rows[i].name, parsed);
        }
        if (!parsed) {
            continue;
        }
        assert_string_equal(button.action, rows[i].action);
        assert_string_equal(button.hash, HASH);
        assert_int_equal(!button.argument, !rows[i].argument);
        if (button.argument) {
            assert_string_equal(button.argument, rows[i].argument);
        }
        if (sb_button_is_team(&button) != rows[i].team) {
            fail_msg("%s: team %d", rows[i].name, !rows[i].team);
        }
    }
}

static void dispositions(void **state)
{
    (void)state;
    assert_true(sb_button_is_disposition("true_positive"));
    assert_true(sb_button_is_disposition("false_positive"));
    assert_true(sb_button_is_disposition("benign"));
    assert_true(sb_button_is_disposition("duplicate"));
    assert_false(sb_button_is_disposition(""));
    assert_false(sb_button_is_disposition("benign "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(dispositions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
