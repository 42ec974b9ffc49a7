/* slack_whisper_test.c: answers go to Slack and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/chatd/slack_whisper.h"

static void s_test_allowed(void **state)
{
    (void)state;
    static const char slack[] = "https://slack.com/api/";
    static const char fake[] = "http://127.0.0.1:4123/api/";
    static const struct {
        const char *api;
        const char *url;
        bool want;
    } rows[] = {
        {slack, "https://hooks.slack.com/actions/T1/2/abc",     true },
        {slack, "https://slack.com/anything",                   true },
        {slack, "http://hooks.slack.com/actions/T1/2/abc",      false},
        {slack, "https://hooks.slack.com.evil.example/actions", false},
        {slack, "https://slack.com@evil.example/",              false},
        {slack, "https://slack.comevil.example/",               false},
        {slack, "http://127.0.0.1:7301/",                       false},
        {slack, "file:///etc/passwd",                           false},
        {slack, "",                                             false},
        {slack, NULL,                                           false},
        {fake,  "http://127.0.0.1:4123/response/1",             true },
        {fake,  "http://127.0.0.1:41234/response/1",            false},
        {"",    "/",                                            false},
        {"x",   "xyz",                                          false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (slack_whisper_allowed(rows[i].api, rows[i].url) != rows[i].want) {
            fail_msg("%s and %s", rows[i].api, rows[i].url ? rows[i].url : "(null)");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_allowed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
