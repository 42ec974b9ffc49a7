/* slack_advice.c */
#include "tools/botctl/slack_advice.h"

#include <stdio.h>
#include <string.h>

#define COPY_BOT                                                                                   \
    "Copy the Bot User OAuth Token from the app's page \"OAuth & Permissions\" on "                \
    "api.slack.com/apps into the file of slack.bot_token_file."
#define COPY_APP                                                                                   \
    "On the app's page \"Basic Information\", under \"App-Level Tokens\", make a token with the "  \
    "scope connections:write, and put it into the file of slack.app_token_file."
#define INSTALL                                                                                    \
    "Install the app again on its page \"Install App\", and copy the new Bot User OAuth Token "    \
    "into the file of slack.bot_token_file."
#define CHANNEL                                                                                    \
    "Copy the id from the end of the channel's details in Slack into slack.reporting_channel; in " \
    "a private channel, say /invite @securitybot first."

static const struct {
    slack_about_t about;
    const char *error;
    slack_advice_t advice;
} s_rows[] = {
    {SLACK_ABOUT_BOT,     "not_authed",             {"was not understood by Slack", COPY_BOT}                                               },
    {SLACK_ABOUT_BOT,     "invalid_auth",           {"is not known to Slack", COPY_BOT}                                                     },
    {SLACK_ABOUT_BOT,     "account_inactive",       {"is of an app that was removed", INSTALL}                                              },
    {SLACK_ABOUT_BOT,     "token_revoked",          {"was revoked", INSTALL}                                                                },
    {SLACK_ABOUT_BOT,
     "token_expired",                               {"has expired", "Switch token rotation off on the app's page \"OAuth & Permissions\", as the "
                     "manifest has it, "
                     "and install the app again."}                                                                     },
    {SLACK_ABOUT_BOT,     "not_allowed_token_type", {"is of another kind", COPY_BOT}                                                        },
    {SLACK_ABOUT_BOT,
     "team_disabled",                               {"is of a workspace that is disabled", "Ask an owner of the workspace."}                },
    {SLACK_ABOUT_APP,     "not_authed",             {"was not understood by Slack", COPY_APP}                                               },
    {SLACK_ABOUT_APP,     "invalid_auth",           {"is not known to Slack", COPY_APP}                                                     },
    {SLACK_ABOUT_APP,     "token_revoked",          {"was revoked", COPY_APP}                                                               },
    {SLACK_ABOUT_APP,     "missing_scope",          {"lacks the scope connections:write", COPY_APP}                                         },
    {SLACK_ABOUT_APP,     "not_allowed_token_type", {"is of another kind", COPY_APP}                                                        },
    {SLACK_ABOUT_APP,
     "forbidden_team",                              {"may not be used in this workspace", "Ask an owner of the workspace to allow the app."}},
    {SLACK_ABOUT_CHANNEL,
     "channel_not_found",                           {"is not there, or is private and the bot is not in it", CHANNEL}                       },
    {SLACK_ABOUT_CHANNEL,
     "missing_scope",                               {"can't be looked at: the bot lacks scopes", "See above."}                              },
};

slack_advice_t slack_advice(slack_about_t about, const char *error)
{
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        if (s_rows[i].about == about && strcmp(s_rows[i].error, error) == 0) {
            return s_rows[i].advice;
        }
    }
    return (slack_advice_t){"was refused by Slack", about == SLACK_ABOUT_BOT   ? COPY_BOT
                                                    : about == SLACK_ABOUT_APP ? COPY_APP
                                                                               : CHANNEL};
}

bool slack_advice_passing(int status, const char *error, int64_t retry_s, char *out, size_t size)
{
    static const char *const own[] = {"internal_error", "fatal_error", "service_unavailable",
                                      "request_timeout"};
    if (status == 429 || strcmp(error, "ratelimited") == 0 || strcmp(error, "rate_limited") == 0) {
        if (retry_s > 0) {
            (void)snprintf(out, size, "Slack's limit of calls is reached; try again in %lld s",
                           (long long)retry_s);
        } else {
            (void)snprintf(out, size, "Slack's limit of calls is reached; try again in a minute");
        }
        return true;
    }
    bool is_own = status >= 500;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        is_own = is_own || strcmp(error, own[i]) == 0;
    }
    if (status >= 500) {
        (void)snprintf(out, size, "Slack answered with an error of its own (%d); try later",
                       status);
    } else if (is_own) {
        (void)snprintf(out, size, "Slack answered with an error of its own (%s); try later", error);
    }
    return is_own;
}

const char *slack_advice_hello(slack_hello_end_t end, const char *reason, int status)
{
    switch (end) {
    case SLACK_HELLO_CONNECT:
        return "See that this machine reaches Slack's wss:// addresses, port 443; a proxy for HTTP "
               "may not let them through.";
    case SLACK_HELLO_TLS:
        return "There is no TLS that this machine trusts: a proxy that reads it may stand between, "
               "or "
               "the certificates of this machine are old. Name the right ones in slack.ca_file.";
    case SLACK_HELLO_STATUS:
        return status == 403 || status == 407
                   ? "A proxy or Slack's list of allowed addresses refuses this machine: see the "
                     "proxy, and the app's page \"OAuth & Permissions\", \"Restrict API Token "
                     "Usage\"."
                   : "The address of a socket counts once and not for long: try again. If it stays "
                     "so, see whether a proxy between here and Slack lets WebSockets through.";
    case SLACK_HELLO_SILENT:
        return "The socket stands, but nothing comes through it: see whether a proxy between here "
               "and Slack holds WebSockets back, and status.slack.com.";
    case SLACK_HELLO_TOLD:
        if (strcmp(reason, "too_many_websockets") == 0) {
            return "Ten sockets of this app are open, which is Slack's most. Find the other "
                   "programs that use this app (another suite, a test), or run fewer chatd.";
        }
        if (strcmp(reason, "link_disabled") == 0) {
            return "Switch Socket Mode on, on the app's page \"Socket Mode\".";
        }
        break;
    case SLACK_HELLO_SAID:
        break;
    }
    return "Try again in a minute; if it stays so, see status.slack.com.";
}

const char *const slack_scopes[] = {
    "channels:history", "channels:join",  "channels:read",    "chat:write",
    "commands",         "groups:history", "groups:read",      "im:history",
    "im:write",         "users:read",     "users:read.email", NULL,
};

static bool s_lists(const char *list, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = list; *at;
         at += at[strcspn(at, ",")] ? strcspn(at, ",") + 1 : strcspn(at, ",")) {
        at += strspn(at, " ");
        const size_t size = strcspn(at, ", ");
        if (size == len && memcmp(at, word, len) == 0) {
            return true;
        }
    }
    return false;
}

bool slack_scopes_missing(const char *granted, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; slack_scopes[i]; i++) {
        if (!s_lists(granted, slack_scopes[i]) && used < size) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     slack_scopes[i]);
        }
    }
    return used > 0;
}
