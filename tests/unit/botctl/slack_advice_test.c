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

static void tells_what_passes_from_what_does_not(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *error;
        int64_t retry_s;
        const char *want; /* NULL: it does not */
    } rows[] = {
        {429, "ratelimited",         7, "Slack's limit of calls is reached; try again in 7 s"     },
        {429, "ratelimited",         0, "Slack's limit of calls is reached; try again in a minute"},
        {200, "rate_limited",        0, "Slack's limit of calls is reached; try again in a minute"},
        {500, "http_500",            0, "Slack answered with an error of its own (500); try later"},
        {503, "service_unavailable", 0, "Slack answered with an error of its own (503); try later"},
        {200, "internal_error",      0,
         "Slack answered with an error of its own (internal_error); try later"                    },
        {200, "invalid_auth",        0, NULL                                                      },
        {403, "unknown",             0, NULL                                                      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[128] = "";
        const bool passing =
            slack_advice_passing(rows[i].status, rows[i].error, rows[i].retry_s, text, sizeof text);
        if (passing != (rows[i].want != NULL) || (passing && strcmp(text, rows[i].want) != 0)) {
            fail_msg("%s: %s", rows[i].error, text);
        }
    }
}

static void each_end_of_a_socket_has_its_advice(void **state)
{
    (void)state;
    static const struct {
        slack_hello_end_t end;
        const char *reason;
        int status;
        const char *has;
    } rows[] = {
        {SLACK_HELLO_CONNECT, "",                    0,   "port 443"             },
        {SLACK_HELLO_TLS,     "",                    0,   "slack.ca_file"        },
        {SLACK_HELLO_STATUS,  "",                    403, "Restrict API Token"   },
        {SLACK_HELLO_STATUS,  "",                    409, "counts once"          },
        {SLACK_HELLO_SILENT,  "",                    0,   "holds WebSockets back"},
        {SLACK_HELLO_TOLD,    "too_many_websockets", 0,   "other programs"       },
        {SLACK_HELLO_TOLD,    "link_disabled",       0,   "Switch Socket Mode on"},
        {SLACK_HELLO_TOLD,    "something_new",       0,   "status.slack.com"     },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_non_null(
            strstr(slack_advice_hello(rows[i].end, rows[i].reason, rows[i].status), rows[i].has));
    }
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
        cmocka_unit_test(tells_what_passes_from_what_does_not),
        cmocka_unit_test(each_end_of_a_socket_has_its_advice),
        cmocka_unit_test(names_the_scopes_that_lack),
        cmocka_unit_test(wants_what_the_manifest_asks_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
