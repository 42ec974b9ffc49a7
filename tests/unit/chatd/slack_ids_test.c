/* slack_ids_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/chatd/slack_ids.h"

static void s_test_valid(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool id, ts;
    } rows[] = {
        {"U012AB",                             true,  false},
        {"W0",                                 true,  false},
        {"",                                   false, false},
        {NULL,                                 false, false},
        {"u012",                               false, false},
        {"U01 2",                              false, false},
        {"U0:1",                               false, false},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false, false},
        {"1700000000.000100",                  false, true },
        {"1.",                                 false, false},
        {".1",                                 false, false},
        {"1.2.3",                              false, false},
        {"1.2 ",                               false, false},
        {"11111111111111111111111111111111.1", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (slack_id_valid(rows[i].text) != rows[i].id ||
            slack_ts_valid(rows[i].text) != rows[i].ts) {
            fail_msg("\"%s\"", rows[i].text ? rows[i].text : "(null)");
        }
    }
}

static void s_test_ms(void **state)
{
    (void)state;
    assert_int_equal(slack_ts_ms("1700000000.123456"), 1700000000123);
    assert_int_equal(slack_ts_ms("1700000000.1"), 1700000000100);
    assert_int_equal(slack_ts_ms("x"), 0);
    assert_int_equal(slack_ts_ms(NULL), 0);
    assert_true(slack_ts_ms("99999999999999999999999999999.1") > 0);
}

static void s_test_message(void **state)
{
    (void)state;
    char message[SLACK_MESSAGE_SIZE];
    char channel[SLACK_ID_SIZE];
    char ts[SLACK_TS_SIZE];
    slack_message_id("D012", "1700000000.000100", message);
    assert_string_equal(message, "D012:1700000000.000100");
    assert_true(slack_message_split(message, channel, ts));
    assert_string_equal(channel, "D012");
    assert_string_equal(ts, "1700000000.000100");
    static const char *const bad[] = {
        "",          "D012",       ":1.2",   "D012:",
        "D0 12:1.2", "D012:1.2:3", "D012:x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:1.2",
        "o-17"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (slack_message_split(bad[i], channel, ts)) {
            fail_msg("\"%s\" is no message", bad[i]);
        }
    }
    assert_false(slack_message_split(NULL, channel, ts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_valid), cmocka_unit_test(s_test_ms),
                                       cmocka_unit_test(s_test_message)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
