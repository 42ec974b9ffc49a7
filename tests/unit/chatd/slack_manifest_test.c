/* slack_manifest_test.c: deploy/slack/manifest.yaml is what Slack takes, and asks for what we need
 * and no more. The rules are those of Slack's published schema (slackapi/manifest-schema, 1.0.0
 * and 2.0.0) for the members that we use; a member without a rule is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/yaml.h"
#include "services/chatd/slack_method.h"

typedef enum { TEXT, BOOLEAN, INTEGER } kind_t;

/* Every scalar there is, by its path; a sequence's items are [], and may be several. */
static const struct {
    const char *path;
    kind_t kind;
    size_t max;       /* characters of a text */
    const char *want; /* NULL: any */
} s_rules[] = {
    {"_metadata.major_version",                          INTEGER, 0,    "2"           },
    {"display_information.name",                         TEXT,    35,   "Securitybot" },
    {"display_information.description",                  TEXT,    140,  NULL          },
    {"display_information.background_color",             TEXT,    7,    NULL          },
    {"features.app_home.home_tab_enabled",               BOOLEAN, 0,    "true"        },
    {"features.app_home.messages_tab_enabled",           BOOLEAN, 0,    "true"        },
    {"features.app_home.messages_tab_read_only_enabled", BOOLEAN, 0,    "false"       },
    {"features.bot_user.display_name",                   TEXT,    80,   NULL          },
    {"features.bot_user.always_online",                  BOOLEAN, 0,    NULL          },
    {"features.slash_commands.[].command",               TEXT,    32,   "/securitybot"},
    {"features.slash_commands.[].description",           TEXT,    2000, NULL          },
    {"features.slash_commands.[].usage_hint",            TEXT,    1000, NULL          },
    {"features.slash_commands.[].should_escape",         BOOLEAN, 0,    "false"       },
    {"oauth_config.scopes.bot.[]",                       TEXT,    64,   NULL          },
    {"settings.event_subscriptions.bot_events.[]",       TEXT,    64,   NULL          },
    {"settings.interactivity.is_enabled",                BOOLEAN, 0,    "true"        },
    {"settings.org_deploy_enabled",                      BOOLEAN, 0,    "false"       },
    {"settings.socket_mode_enabled",                     BOOLEAN, 0,    "true"        },
    {"settings.token_rotation_enabled",                  BOOLEAN, 0,    "false"       },
};
#define RULES_LEN (sizeof s_rules / sizeof s_rules[0])

/* What each method that we call wants. Those that are left out want nothing. */
static const struct {
    const char *method;
    const char *scopes;
} s_methods[] = {
    {"chat.postMessage",      "chat:write"                                },
    {"chat.update",           "chat:write"                                },
    {"conversations.history", "im:history channels:history groups:history"},
    {"conversations.info",    "channels:read groups:read"                 },
    {"conversations.join",    "channels:join"                             },
    {"conversations.members", "channels:read groups:read"                 },
    {"conversations.open",    "im:write"                                  },
    {"conversations.replies", "im:history channels:history groups:history"},
    {"users.info",            "users:read users:read.email"               },
    {"users.list",            "users:read users:read.email"               },
};

static sb_yaml_t *s_manifest(void)
{
    sb_err_t err;
    sb_yaml_t *yaml = sb_yaml_load(SB_SOURCE_DIR "/deploy/slack/manifest.yaml", &err);
    if (!yaml) {
        fail_msg("%s", err.text);
    }
    return yaml;
}

static void s_check_scalar(const char *path, const sb_yaml_t *node, bool *seen)
{
    size_t i = 0;
    while (i < RULES_LEN && strcmp(s_rules[i].path, path) != 0) {
        i++;
    }
    if (i == RULES_LEN) {
        fail_msg("%s: no such member", path);
    }
    const bool boolean = strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0;
    const bool number = node->text[0] && strspn(node->text, "0123456789") == strlen(node->text);
    const bool text = node->quoted || (!boolean && !number && !node->null);
    const bool right = s_rules[i].kind == TEXT      ? text && node->text[0]
                       : s_rules[i].kind == BOOLEAN ? boolean && !node->quoted
                                                    : number && !node->quoted;
    if (!right || (s_rules[i].kind == TEXT && strlen(node->text) > s_rules[i].max) ||
        (s_rules[i].want && strcmp(node->text, s_rules[i].want) != 0)) {
        fail_msg("%s: \"%s\"", path, node->text);
    }
    seen[i] = true;
}

static void s_walk(const char *path, const sb_yaml_t *node, bool *seen)
{
    if (node->kind == SB_YAML_SCALAR) {
        s_check_scalar(path, node, seen);
        return;
    }
    for (const sb_yaml_t *child = node->child; child; child = child->next) {
        sb_buf_t below = sb_buf(256);
        sb_buf_printf(&below, "%s%s%s", path, path[0] ? "." : "",
                      node->kind == SB_YAML_SEQUENCE ? "[]" : child->key);
        s_walk(sb_buf_text(&below), child, seen);
        sb_buf_free(&below);
    }
}

static void is_what_slack_takes(void **state)
{
    (void)state;
    bool seen[RULES_LEN] = {false};
    sb_yaml_t *yaml = s_manifest();
    s_walk("", yaml, seen);
    for (size_t i = 0; i < RULES_LEN; i++) {
        if (!seen[i]) {
            fail_msg("%s is missing", s_rules[i].path);
        }
    }
    sb_yaml_destroy(&yaml);
}

/* The texts of a sequence, sorted as they stand, with a blank around each. */
static sb_buf_t s_list(const sb_yaml_t *node)
{
    sb_buf_t list = sb_buf(4096);
    const char *last = "";
    sb_buf_puts(&list, " ");
    for (const sb_yaml_t *child = node->child; child; child = child->next) {
        if (strcmp(last, child->text) >= 0) {
            fail_msg("%s stands there twice, or not in its place", child->text);
        }
        last = child->text;
        sb_buf_printf(&list, "%s ", child->text);
    }
    return list;
}

static bool s_has(const char *list, const char *word, size_t size)
{
    sb_buf_t wanted = sb_buf(128);
    sb_buf_printf(&wanted, " %.*s ", (int)size, word);
    const bool has = strstr(list, sb_buf_text(&wanted)) != NULL;
    sb_buf_free(&wanted);
    return has;
}

static void asks_for_what_is_needed_and_no_more(void **state)
{
    (void)state;
    sb_yaml_t *yaml = s_manifest();
    sb_buf_t needed = sb_buf(4096);
    sb_buf_puts(&needed, " commands "); /* of the slash command */
    sb_buf_t scopes =
        s_list(sb_yaml_get(sb_yaml_get(sb_yaml_get(yaml, "oauth_config"), "scopes"), "bot"));
    for (size_t i = 0; i < sizeof s_methods / sizeof s_methods[0]; i++) {
        assert_non_null(slack_method_find(s_methods[i].method));
        sb_buf_printf(&needed, "%s ", s_methods[i].scopes);
    }
    for (const char *word = sb_buf_text(&needed) + 1; *word; word += strcspn(word, " ") + 1) {
        if (!s_has(sb_buf_text(&scopes), word, strcspn(word, " "))) {
            fail_msg("a scope is missing: %s", word);
        }
    }
    for (const char *word = sb_buf_text(&scopes) + 1; *word; word += strcspn(word, " ") + 1) {
        if (!s_has(sb_buf_text(&needed), word, strcspn(word, " "))) {
            fail_msg("a scope is not needed: %s", word);
        }
    }
    sb_buf_free(&needed);
    sb_buf_free(&scopes);
    sb_yaml_destroy(&yaml);
}

static void subscribes_to_what_is_heard(void **state)
{
    (void)state;
    sb_yaml_t *yaml = s_manifest();
    const sb_yaml_t *settings = sb_yaml_get(yaml, "settings");
    sb_buf_t events =
        s_list(sb_yaml_get(sb_yaml_get(settings, "event_subscriptions"), "bot_events"));
    assert_string_equal(sb_buf_text(&events), " app_home_opened app_uninstalled message.im "
                                              "team_join tokens_revoked user_change ");
    sb_buf_free(&events);
    sb_yaml_destroy(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_slack_takes),
        cmocka_unit_test(asks_for_what_is_needed_and_no_more),
        cmocka_unit_test(subscribes_to_what_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
