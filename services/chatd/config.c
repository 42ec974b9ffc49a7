#include "services/chatd/config.h"

#include "lib/mem.h"
#include "lib/people_file.h"
#include "lib/secret_file.h"
#include "proto/bus.h"
#include "proto/chatd.h"
#include "proto/taskd.h"
#include "services/chatd/chat.h"
#include "services/chatd/local_host.h"
#include "services/chatd/slack_ids.h"
#include "services/chatd/slack_member.h"

#define AT(member) offsetof(chatd_config_t, member)

/* clang-format off */
const sb_key_t chatd_keys[] = {
    SB_COMMON_KEYS(chatd_config_t, "ipc:///run/securitybot/chatd.sock"),
    {"taskd.endpoint", SB_STRING, AT(taskd), "tcp://127.0.0.1:7301", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd answers requests"},
    {"taskd.hints", SB_STRING, AT(taskd_hints), "tcp://127.0.0.1:7302", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where taskd publishes hints"},
    {"botd.endpoints", SB_LIST, AT(botds), "tcp://127.0.0.1:7311", 1, CHATD_BOTDS_MAX, NULL,
     SB_CONFIG_ENDPOINT,
     "where each botd takes its workers"},
    {"worker.credit", SB_INTEGER, AT(credit), "32", 1, SB_CREDIT_MAX, NULL, 0,
     "jobs that one botd may hand over at once"},
    {"chat.driver", SB_CHOICE, AT(driver), "local", 0, 0, CHAT_DRIVERS, 0,
     "the chat system; local is the built-in web chat"},
    {"chat.local.listen", SB_STRING, AT(local_listen), "127.0.0.1:8080", 1, SB_HOST_MAX, NULL, 0,
     "address and port of the web chat; port 0 is the kernel's choice"},
    {"chat.local.open", SB_BOOLEAN, AT(local_open), "false", 0, 0, NULL, 0,
     "listen on an address that is not loopback; there is no login: anyone who reaches it can be "
     "anyone"},
    {"chat.local.hosts", SB_LIST, AT(local_hosts), "", 0, 32, NULL, 0,
     "host names, besides loopback ones, under which browsers may reach the web chat"},
    {"chat.local.people_file", SB_PATH, AT(local_people_file), "", 0, 4096, NULL, SB_CONFIG_RELOAD,
     "YAML list of people (id, name, email, zone), read at start and on SIGHUP; those who are gone "
     "from it become inactive"},
    {"chat.local.channel", SB_STRING, AT(local_channel), "#security", 1, SB_PERSON_ID_MAX, NULL, 0,
     "name that the web chat shows for the security channel"},
    {"slack.bot_token_file", SB_PATH, AT(slack_bot_token_file), "", 0, 4096, NULL, 0,
     "file with the bot token of the Slack app (xoxb-...)"},
    {"slack.app_token_file", SB_PATH, AT(slack_app_token_file), "", 0, 4096, NULL, 0,
     "file with the app-level token (xapp-...) for Socket Mode"},
    {"slack.reporting_channel", SB_STRING, AT(slack_reporting_channel), "", 0, 32, NULL, 0,
     "id (C...) of the channel that gets escalations; whoever is in it may act on them"},
    {"slack.username", SB_CHOICE, AT(slack_username), "name", 0, 0, SLACK_USERNAMES, 0,
     "what a member's username is, as alerts name people: Slack's own name, what stands before the"
     " @ of the e-mail address, or the whole address"},
    {"slack.events_listen", SB_STRING, AT(slack_events_listen), "", 0, 128, NULL, 0,
     "address and port for Slack's events over HTTP, behind a proxy with TLS; empty: Socket Mode"},
    {"slack.signing_secret_file", SB_PATH, AT(slack_signing_secret_file), "", 0, 4096, NULL, 0,
     "file with the app's signing secret, for events over HTTP"},
    {"slack.api_url", SB_STRING, AT(slack_api_url), "https://slack.com/api/", 8, 512, NULL, 0,
     "address of Slack's Web API"},
    {"slack.ca_file", SB_PATH, AT(slack_ca_file), "", 0, 4096, NULL, 0,
     "file of certificates to trust instead of the system's"},
    {"slack.pace", SB_INTEGER, AT(slack_pace), "1", 0, 1000, NULL, 0,
     "calls to Slack, as a multiple of what Slack allows, and pauses before new connections by as much shorter; 0: calls without limit (for a stand-in only)"},
};
/* clang-format on */
const size_t chatd_keys_len = sizeof chatd_keys / sizeof chatd_keys[0];

static int s_check_listen(const chatd_config_t *config, sb_err_t *err)
{
    char host[SB_HOST_MAX];
    int port;
    if (sb_listen_parse(config->local_listen, host, &port, err)) {
        return sb_fail_in(err, "chat.local.listen");
    }
    if (!sb_listen_loopback(host) && !config->local_open) {
        return sb_fail(
            err, SB_EINVALID,
            "chat.local.listen: %.64s is not a loopback address, and the web chat has no "
            "login; set chat.local.open to true if everyone who reaches it may be anyone",
            host);
    }
    return SB_OK;
}

static int s_check_secret(const char *path, const char *prefix, const char *key, sb_err_t *err)
{
    char secret[SB_SECRET_FILE_SIZE];
    if (!path[0]) {
        return sb_fail(err, SB_EINVALID, "%s: the driver slack needs it; see docs/slack.md", key);
    }
    const int code = sb_secret_file_read(path, prefix, secret, err);
    sb_wipe(secret, sizeof secret);
    return code ? sb_fail_in(err, "%s", key) : SB_OK;
}

static int s_check_slack(const chatd_config_t *self, sb_err_t *err)
{
    const char *channel = self->slack_reporting_channel;
    if (s_check_secret(self->slack_bot_token_file, SLACK_BOT_TOKEN_PREFIX, "slack.bot_token_file",
                       err)) {
        return err->code;
    }
    if (self->slack_events_listen[0]) {
        if (s_check_secret(self->slack_signing_secret_file, "", "slack.signing_secret_file", err)) {
            return err->code;
        }
    } else if (s_check_secret(self->slack_app_token_file, SLACK_APP_TOKEN_PREFIX,
                              "slack.app_token_file", err)) {
        return err->code;
    }
    if (!slack_id_valid(channel) || (channel[0] != 'C' && channel[0] != 'G')) {
        return sb_fail(err, SB_EINVALID,
                       "slack.reporting_channel: \"%.40s\" is no id of a channel; it begins with C "
                       "and stands at the end of the channel's details in Slack",
                       channel);
    }
    return SB_OK;
}

int chatd_config_check(void *config, sb_err_t *err)
{
    const chatd_config_t *self = config;
    if (chat_driver_at((size_t)self->driver) == &chat_slack) {
        return s_check_slack(self, err);
    }
    if (s_check_listen(self, err)) {
        return err->code;
    }
    if (self->local_people_file[0]) {
        cJSON *people = sb_people_file_load(self->local_people_file, err);
        if (!people) {
            return sb_fail_in(err, "chat.local.people_file");
        }
        cJSON_Delete(people);
    }
    return SB_OK;
}
