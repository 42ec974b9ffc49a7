/* cmd_slack.c: is everything there that chatd needs to talk through Slack? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/secret_file.h"
#include "lib/yaml.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/slack_advice.h"
#include "tools/botctl/slack_web.h"
#include "tools/botctl/text.h"

#define CHATD_CONFIG "/etc/securitybot/chatd.yaml"
#define API_URL "https://slack.com/api/"
#define CHANNEL_ID_MAX 32

typedef struct {
    const char *file;
    const char *bot_token_file;
    const char *app_token_file;
    const char *channel;
    const char *api_url;
    const char *ca_file;
    bool over_http; /* slack.events_listen is set: no sockets */
    char bot_token[SB_SECRET_FILE_SIZE];
    char app_token[SB_SECRET_FILE_SIZE];
    slack_web_t *web;
    size_t wrong;
} check_t;

/* ---- What is said. Foreign words are made harmless. */

static void s_line(FILE *out, const char *mark, const char *text)
{
    sb_buf_t line = sb_buf(4096);
    text_escape(&line, text);
    (void)fprintf(out, "%s%s\n", mark, sb_buf_text(&line));
    sb_buf_free(&line);
}

/* Takes text. */
static void s_good(char *text)
{
    s_line(stdout, "ok     ", text);
    free(text);
}

/* Takes text. */
static void s_bad(check_t *self, char *text, const char *mend)
{
    s_line(stdout, "wrong  ", text);
    if (mend) {
        s_line(stdout, "       ", mend);
    }
    self->wrong++;
    free(text);
}

static const char *s_text(const cJSON *json, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsString(member) ? member->valuestring : "?";
}

/* ---- The checks, in order; each goes on from the one before. */

static bool s_away(check_t *self, const char *what, const sb_err_t *err)
{
    s_bad(
        self, sb_format("%s: Slack does not answer: %s", what, err->text),
        "See that this machine reaches slack.com over HTTPS, if need be through its proxy or with "
        "slack.ca_file.");
    return false;
}

/* True if the answer is none of the setup's faults: it is said, and to be tried again. */
static bool s_passing(check_t *self, const char *what, const slack_web_answer_t *answer)
{
    char text[128];
    if (!slack_advice_passing(answer->status, answer->error, answer->retry_s, text, sizeof text)) {
        return false;
    }
    s_bad(self, sb_format("%s: not known: %s", what, text), NULL);
    return true;
}

static bool s_check_token(check_t *self, const char *key, const char *path, const char *prefix,
                          char *token_r)
{
    sb_err_t err;
    if (!path[0]) {
        s_bad(self, sb_format("%s is not set in %s", key, self->file), "See docs/slack.md.");
        return false;
    }
    if (sb_secret_file_read(path, prefix, token_r, &err)) {
        s_bad(self, sb_format("%s: %s", key, err.text), "See docs/slack.md.");
        return false;
    }
    return true;
}

static bool s_check_bot(check_t *self)
{
    slack_web_answer_t answer;
    sb_err_t err;
    if (!s_check_token(self, "slack.bot_token_file", self->bot_token_file, "xoxb-",
                       self->bot_token)) {
        return false;
    }
    if (slack_web_ask(self->web, "auth.test", self->bot_token, "", &answer, &err)) {
        return s_away(self, "bot token", &err);
    }
    const bool good = !answer.error[0];
    if (good) {
        s_good(sb_format("the bot token is good: %s in the workspace %s",
                         s_text(answer.body, "user"), s_text(answer.body, "team")));
        char missing[512];
        if (slack_scopes_missing(answer.scopes, missing, sizeof missing)) {
            s_bad(self, sb_format("the bot token lacks scopes: %s", missing),
                  "Paste deploy/slack/manifest.yaml again on the app's page \"App Manifest\" on "
                  "api.slack.com/apps, and reinstall the app on its page \"Install App\".");
        } else {
            s_good(sb_strdup("the bot token has all scopes"));
        }
    } else if (!s_passing(self, "bot token", &answer)) {
        const slack_advice_t advice = slack_advice(SLACK_ABOUT_BOT, answer.error);
        s_bad(self, sb_format("the bot token %s (%s)", advice.wrong, answer.error), advice.mend);
    }
    slack_web_answer_clear(&answer);
    return good;
}

static bool s_is_channel(const char *id)
{
    const size_t len = strlen(id);
    return len > 1 && len < CHANNEL_ID_MAX && (id[0] == 'C' || id[0] == 'G') &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

static void s_judge_channel(check_t *self, const cJSON *channel)
{
    const char *name = s_text(channel, "name");
    const bool member = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(channel, "is_member"));
    const bool private = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(channel, "is_private"));
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(channel, "is_archived"))) {
        s_bad(self, sb_format("the reporting channel #%s is archived", name),
              "Restore it in Slack, or name another one in slack.reporting_channel.");
    } else if (member) {
        s_good(sb_format("the bot is in the reporting channel #%s", name));
    } else if (!private) {
        s_good(sb_format("the bot is not in the reporting channel #%s yet; it will join by itself",
                         name));
    } else {
        s_bad(self, sb_format("the bot is not in the private reporting channel #%s", name),
              "Say /invite @securitybot there.");
    }
}

static void s_check_channel(check_t *self)
{
    slack_web_answer_t answer;
    sb_err_t err;
    if (!s_is_channel(self->channel)) {
        s_bad(self,
              sb_format("slack.reporting_channel is \"%.40s\", which is no id of a channel",
                        self->channel),
              slack_advice(SLACK_ABOUT_CHANNEL, "channel_not_found").mend);
        return;
    }
    char *form = sb_format("channel=%s", self->channel);
    const int code =
        slack_web_ask(self->web, "conversations.info", self->bot_token, form, &answer, &err);
    free(form);
    if (code) {
        (void)s_away(self, "reporting channel", &err);
        return;
    }
    if (!answer.error[0]) {
        s_judge_channel(self, cJSON_GetObjectItemCaseSensitive(answer.body, "channel"));
    } else if (!s_passing(self, "reporting channel", &answer)) {
        const slack_advice_t advice = slack_advice(SLACK_ABOUT_CHANNEL, answer.error);
        s_bad(self,
              sb_format("the reporting channel %s %s (%s)", self->channel, advice.wrong,
                        answer.error),
              advice.mend);
    }
    slack_web_answer_clear(&answer);
}

static void s_check_hello(check_t *self, const char *url)
{
    slack_hello_t hello;
    sb_err_t err;
    if (slack_web_hello(url, self->ca_file, &hello, &err)) {
        s_bad(self, sb_format("no socket: %s", err.text),
              slack_advice_hello(hello.end, hello.reason, hello.status));
    } else if (hello.connections > 1) {
        s_good(
            sb_format("a socket opens; %lld %s open, each chatd should have one",
                      (long long)hello.connections - 1,
                      hello.connections == 2 ? "other of this app is" : "others of this app are"));
    } else {
        s_good(sb_strdup("a socket opens; no other one of this app is open"));
    }
}

static void s_check_sockets(check_t *self)
{
    slack_web_answer_t answer;
    sb_err_t err;
    if (self->over_http) {
        s_good(sb_strdup("events come over HTTP (slack.events_listen); no socket is needed"));
        return;
    }
    if (!s_check_token(self, "slack.app_token_file", self->app_token_file, "xapp-",
                       self->app_token)) {
        return;
    }
    if (slack_web_ask(self->web, "apps.connections.open", self->app_token, "", &answer, &err)) {
        (void)s_away(self, "app token", &err);
        return;
    }
    if (!answer.error[0]) {
        s_good(sb_strdup("the app token is good"));
        s_check_hello(self, s_text(answer.body, "url"));
    } else if (!s_passing(self, "app token", &answer)) {
        const slack_advice_t advice = slack_advice(SLACK_ABOUT_APP, answer.error);
        s_bad(self, sb_format("the app token %s (%s)", advice.wrong, answer.error), advice.mend);
    }
    slack_web_answer_clear(&answer);
}

/* ---- The settings: those of chatd. */

/* The environment wins, as it does for chatd. */
static const char *s_setting_of(const char *section, const sb_yaml_t *node_of, const char *key,
                                const char *fallback)
{
    char *name = sb_format("SECURITYBOT_%s_%s", section, key);
    for (char *p = name; *p; p++) {
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    }
    const char *value = getenv(name);
    free(name);
    if (value) {
        return value;
    }
    const sb_yaml_t *node = node_of ? sb_yaml_get(node_of, key) : NULL;
    return node && node->kind == SB_YAML_SCALAR && !node->null ? node->text : fallback;
}

static const char *s_setting(const sb_yaml_t *slack, const char *key, const char *fallback)
{
    return s_setting_of("slack", slack, key, fallback);
}

/* NULL if it is not there. */
static const sb_yaml_t *s_section(const sb_yaml_t *root, const char *name)
{
    const sb_yaml_t *node = root->kind == SB_YAML_MAPPING ? sb_yaml_get(root, name) : NULL;
    return node && node->kind == SB_YAML_MAPPING ? node : NULL;
}

/* False if nothing else is worth a look. */
static bool s_check_driver(check_t *self, const sb_yaml_t *root)
{
    const char *driver = s_setting_of("chat", s_section(root, "chat"), "driver", "local");
    if (strcmp(driver, "slack") == 0) {
        return true;
    }
    s_bad(self,
          sb_format("chat.driver is \"%.40s\" in %s: chatd does not talk through Slack", driver,
                    self->file),
          "Write chat: {driver: slack} there; see docs/slack.md.");
    return self->bot_token_file[0] || self->app_token_file[0];
}

static exit_code_t s_check(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    sb_err_t err;
    check_t self = {.file = words_len > 0 ? words[0] : CHATD_CONFIG};
    sb_yaml_t *root = sb_yaml_load(self.file, &err);
    if (!root) {
        return ctl_fail(ctl, &err);
    }
    const sb_yaml_t *slack = s_section(root, "slack");
    self.bot_token_file = s_setting(slack, "bot_token_file", "");
    self.app_token_file = s_setting(slack, "app_token_file", "");
    self.channel = s_setting(slack, "reporting_channel", "");
    self.api_url = s_setting(slack, "api_url", API_URL);
    self.ca_file = s_setting(slack, "ca_file", "");
    self.over_http = s_setting(slack, "events_listen", "")[0] != '\0';
    self.web = slack_web_new(self.api_url, self.ca_file);
    if (s_check_driver(&self, root)) {
        if (s_check_bot(&self)) {
            s_check_channel(&self);
        }
        s_check_sockets(&self);
    }
    slack_web_destroy(&self.web);
    sb_wipe(self.bot_token, sizeof self.bot_token);
    sb_wipe(self.app_token, sizeof self.app_token);
    sb_yaml_destroy(&root);
    return self.wrong > 0 ? EXIT_REFUSED : EXIT_OK;
}

const command_t cmd_slack_check = {
    .name = "slack check",
    .summary = "See whether chatd can talk through Slack",
    .usage = "[FILE]",
    .words_max = 1,
    .run = s_check,
    .details =
        "FILE is chatd's configuration (" CHATD_CONFIG "). Tokens, scopes, the reporting\n"
        "channel and the sockets are tried, and what is wrong is said with where to mend it.\n"
        "The keys and the other daemons are not needed. Exit status: 0 all is well, 1\n"
        "something is wrong. A socket is opened for a moment; a button that somebody presses\n"
        "just then may have to be pressed again.",
};
