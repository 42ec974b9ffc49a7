/* slack_advice_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/yaml.h"
#include "tools/botctl/slack_advice.h"

static void every_error_has_an_advice(void **state)
{
    (void)state;
    static const char *const errors[] = {"invalid_auth", "channel_not_found", "missing_scope",
                                         "some_new_error", ""};
    for (int about = SLACK_ABOUT_BOT; about <= SLACK_ABOUT_CHANNEL; about++) {
        for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
            const slack_advice_t advice = slack_advice((slack_about_t)about, errors[i]);
            assert_true(advice.wrong[0] && advice.mend[0]);
        }
    }
    assert_string_equal(slack_advice(SLACK_ABOUT_BOT, "token_revoked").wrong, "was revoked");
    assert_non_null(
        strstr(slack_advice(SLACK_ABOUT_APP, "missing_scope").mend, "connections:write"));
}

static void names_the_scopes_that_lack(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *granted;
        const char *want;
    } rows[] = {
        {"all",
         "channels:history,channels:join,channels:read,chat:write,commands,groups:history,"
         "groups:read,im:history,im:write,users:read,users:read.email,files:read", ""                      },
        {"with blanks, in another order",
         "users:read.email, users:read, im:write, im:history, groups:read, groups:history, "
         "commands, chat:write, channels:read, channels:join, channels:history",   ""                      },
        {"a longer name is another",
         "channels:history,channels:join,channels:read,chat:write.public,commands,groups:history,"
         "groups:read,im:history,im:write,users:read.email",                       "chat:write, users:read"},
        {"none",                          "",
         "channels:history, channels:join, channels:read, chat:write, commands, groups:history, "
         "groups:read, im:history, im:write, users:read, users:read.email"                                 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char missing[512];
        const bool any = slack_scopes_missing(rows[i].granted, missing, sizeof missing);
        if (any != (rows[i].want[0] != '\0') || strcmp(missing, rows[i].want) != 0) {
            fail_msg("%s: %s", rows[i].name, missing);
        }
    }
    char little[8];
    assert_true(slack_scopes_missing("", little, sizeof little));
}

static void wants_what_the_manifest_asks_for(void **state)
{
    (void)state;
    sb_err_t err;
    sb_yaml_t *yaml = sb_yaml_load(SB_SOURCE_DIR "/deploy/slack/manifest.yaml", &err);
    assert_non_null(yaml);
    const sb_yaml_t *scope =
        sb_yaml_get(sb_yaml_get(sb_yaml_get(yaml, "oauth_config"), "scopes"), "bot")->child;
    for (size_t i = 0; slack_scopes[i]; i++, scope = scope->next) {
        assert_non_null(scope);
        assert_string_equal(scope->text, slack_scopes[i]);
    }
    assert_null(scope);
    sb_yaml_destroy(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_an_advice),
        cmocka_unit_test(names_the_scopes_that_lack),
        cmocka_unit_test(wants_what_the_manifest_asks_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
