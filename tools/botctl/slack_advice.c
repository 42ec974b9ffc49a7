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
