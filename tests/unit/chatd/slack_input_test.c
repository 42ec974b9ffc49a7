/* slack_input_test.c: payloads of Slack's, with ' for ". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_input.h"

#define HASH64 "5e4284ababababababababababababababababababababababababababababab"

static const slack_self_t s_self = {.user = "U0BOT", .bot = "B0BOT", .reporting_channel = "C0TEAM"};

typedef struct {
    const char *name;
    slack_kind_t kind;
    const char *payload;
    slack_heard_kind_t want;
    const char *why;
    const char *event;
    const char *text;
    const char *value;
    const char *message;
} row_t;

#define EVENT(inside) "{'type':'event_callback','event_id':'Ev1','event':{" inside "}}"
#define MESSAGE(inside) EVENT("'type':'message'," inside)
#define IM(inside)                                                                                 \
    MESSAGE("'channel':'D1','channel_type':'im','user':'U1','ts':'1700.0001'," inside)
#define ACTIONS(channel, inside)                                                                   \
    "{'type':'block_actions','user':{'id':'U1'},'trigger_id':'t.1','response_url':'https://h/1',"  \
    "'container':{'type':'message','channel_id':'" channel "','message_ts':'1700.5'},"             \
    "'message':{'ts':'1700.5'},'actions':[{" inside ",'action_ts':'1701.9'}]}"
#define VIEW(inside) "{'type':'view_submission','user':{'id':'U1'},'view':{'id':'V1'," inside "}}"
#define STATE(value, comment)                                                                      \
    "'state':{'values':{'answer':{'answer':{'selected_option':{'value':'" value                    \
    "'}}},'comment':{'comment':{'value':" comment "}}}}"
#define COMMAND(inside)                                                                            \
    "{'command':'/securitybot','user_id':'U1','channel_id':'C9','trigger_id':'13.7.a'," inside "}"

static const row_t s_rows[] = {
    {"typed",                                                                              SLACK_EVENTS_API,  IM("'text':'yes &amp; no <@U2>'"),                     SLACK_HEARD_TEXT,                                                     NULL,
     "slack:D1:1700.0001","yes & no @U2","",   ""                    },
    {"typed to us by name",                                                                SLACK_EVENTS_API,  IM("'text':'<@U0BOT>: no <@U0BOT>'"),
     SLACK_HEARD_TEXT,                                                                                                                                                                                                                     NULL,                                                                           "slack:D1:1700.0001","no @U0BOT","",   ""                    },
    {"typed to one with a longer name",                                                    SLACK_EVENTS_API,  IM("'text':'<@U0BOT2> no'"),
     SLACK_HEARD_TEXT,                                                                                                                                                                                                                     NULL,                                                                           "slack:D1:1700.0001","@U0BOT2 no","",   ""                    },
    {"typed with a file",                                                                  SLACK_EVENTS_API,  IM("'subtype':'file_share','text':'see'"),
     SLACK_HEARD_TEXT,                                                                                                                                                                                                                     NULL,                                                                           "slack:D1:1700.0001","see","",   ""                    },
    {"typed in a thread",                                                                  SLACK_EVENTS_API,  IM("'thread_ts':'1699.1','text':'no'"),
     SLACK_HEARD_TEXT,                                                                                                                                                                                                                     NULL,                                                                           "slack:D1:1700.0001","no","",   ""                    },
    {"a file alone",                                                                       SLACK_EVENTS_API,  IM("'subtype':'file_share','text':''"),                SLACK_HEARD_NOTHING,
     "no words",                                                                                                                                                                                                                                                                                                           "",NULL,"",   ""                    },
    {"our own",                                                                            SLACK_EVENTS_API,
     MESSAGE("'channel':'D1','channel_type':'im','user':'U0BOT','ts':'1.2','text':'yes'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "bot",                                                                          "",NULL,"",   ""                    },
    {"another bot's",                                                                      SLACK_EVENTS_API,  IM("'bot_id':'B9','text':'yes'"),                      SLACK_HEARD_NOTHING,
     "bot",                                                                                                                                                                                                                                                                                                                "",NULL,"",   ""                    },
    {"changed",                                                                            SLACK_EVENTS_API,
     MESSAGE("'subtype':'message_changed','channel':'D1','channel_type':'im','ts':'1.2',"
             "'message':{'user':'U1','text':'yes','ts':'1.1'}"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "subtype",                                                                      "",NULL,"",   ""                    },
    {"deleted",                                                                            SLACK_EVENTS_API,  IM("'subtype':'message_deleted','text':'yes'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "subtype",                                                                      "",NULL,"",   ""                    },
    {"hidden",                                                                             SLACK_EVENTS_API,  IM("'hidden':true,'text':'yes'"),                      SLACK_HEARD_NOTHING,                                                  "hidden",
     "",NULL,"",   ""                    },
    {"in a channel",                                                                       SLACK_EVENTS_API,
     MESSAGE("'channel':'C1','channel_type':'channel','user':'U1','ts':'1.2','text':'yes'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "channel",                                                                      "",NULL,"",   ""                    },
    {"a channel that says it is none",                                                     SLACK_EVENTS_API,
     MESSAGE("'channel':'C1','channel_type':'im','user':'U1','ts':'1.2','text':'yes'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "channel",                                                                      "",NULL,"",   ""                    },
    {"user is an object",                                                                  SLACK_EVENTS_API,
     MESSAGE("'channel':'D1','channel_type':'im','user':{'id':'U1'},'ts':'1.2','text':'yes'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "malformed",                                                                    "",NULL,"",   ""                    },
    {"no ts",                                                                              SLACK_EVENTS_API,
     MESSAGE("'channel':'D1','channel_type':'im','user':'U1','text':'yes'"),                                                                                         SLACK_HEARD_NOTHING,
     "malformed",                                                                                                                                                                                                                                                                                                          "",NULL,"",   ""                    },
    {"text is a number",                                                                   SLACK_EVENTS_API,  IM("'text':7"),                                        SLACK_HEARD_NOTHING,                                                  "no words",                                                                     "",
     NULL,"",   ""                    },
    {"home",                                                                               SLACK_EVENTS_API,
     EVENT("'type':'app_home_opened','user':'U1','channel':'D1','tab':'home'"),                                                                                      SLACK_HEARD_HOME,
     NULL,                                                                                                                                                                                                                                                                                                                 "",NULL,"",   ""                    },
    {"the other tab",                                                                      SLACK_EVENTS_API,
     EVENT("'type':'app_home_opened','user':'U1','channel':'D1','tab':'messages'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "tab",                                                                          "",NULL,"",   ""                    },
    {"somebody new",                                                                       SLACK_EVENTS_API,  EVENT("'type':'team_join','user':{'id':'U7'}"),
     SLACK_HEARD_MEMBER,                                                                                                                                                                                                                   NULL,                                                                           "",NULL,"",   ""                    },
    {"somebody changed",                                                                   SLACK_EVENTS_API,  EVENT("'type':'user_change','user':{'id':'U7'}"),
     SLACK_HEARD_MEMBER,                                                                                                                                                                                                                   NULL,                                                                           "",NULL,"",   ""                    },
    {"somebody without an id",                                                             SLACK_EVENTS_API,  EVENT("'type':'user_change','user':'U7'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "malformed",                                                                    "",NULL,"",   ""                    },
    {"thrown out",                                                                         SLACK_EVENTS_API,  EVENT("'type':'app_uninstalled'"),                     SLACK_HEARD_REVOKED,
     "app_uninstalled",                                                                                                                                                                                                                                                                                                    "",NULL,"",   ""                    },
    {"unknown event",                                                                      SLACK_EVENTS_API,  EVENT("'type':'reaction_added'"),                      SLACK_HEARD_NOTHING,
     "event",                                                                                                                                                                                                                                                                                                              "",NULL,"",   ""                    },
    {"no event",                                                                           SLACK_EVENTS_API,  "{'type':'app_rate_limited','minute_rate_limited':1}",
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                  "event",                                                                        "",NULL,"",   ""                    },
    {"nothing at all",                                                                     SLACK_EVENTS_API,  "{}",                                                  SLACK_HEARD_NOTHING,                                                  "event",                                                                        "",NULL,"",   ""                    },

    {"yes",                                                                                SLACK_INTERACTIVE,
     ACTIONS("D1",                                                                                                                                                   "'action_id':'yes','block_id':'person:U1','value':'yes:" HASH64 "'"),
     SLACK_HEARD_ANSWER,                                                                                                                                                                                                                                                                                                   NULL,"slack:U1:D1:1700.5:yes:1701.9",NULL, "yes:" HASH64,          "D1:1700.5"},
    {"somebody else's",                                                                                    SLACK_INTERACTIVE,
     ACTIONS("D1",                                      "'action_id':'yes','block_id':'person:U2','value':'yes:" HASH64 "'"),
     SLACK_HEARD_NOT_YOURS,                                                                                                                                                                                              NULL,"slack:U1:D1:1700.5:yes:1701.9",NULL,"yes:" HASH64,
     "D1:1700.5"},
    {"nobody's",                                                                          SLACK_INTERACTIVE,
     ACTIONS("D1",                                                                                                                                       "'action_id':'yes','block_id':'person:','value':'yes:" HASH64 "'"),
     SLACK_HEARD_NOT_YOURS,                                                                                                                                                                                                                                                                                                         NULL,"slack:U1:D1:1700.5:yes:1701.9",NULL,"yes:" HASH64,
     "D1:1700.5"},
    {"the dialog",                                                                       SLACK_INTERACTIVE,
     ACTIONS("D1",                                                                                                                                                  "'action_id':'comment','block_id':'person:U1','value':'comment:" HASH64 "'"),
     SLACK_HEARD_DIALOG,                                                                                                                                                                                                  NULL,"slack:U1:D1:1700.5:comment:1701.9",NULL,"comment:" HASH64,
     "D1:1700.5"},
    {"a team button on a question",                                                                                SLACK_INTERACTIVE,
     ACTIONS("D1",                                                                                                                                                    "'action_id':'ack','block_id':'person:U1','value':'ack:" HASH64 "'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                                                                          "value","slack:U1:D1:1700.5:ack:1701.9",NULL,"ack:" HASH64,
     "D1:1700.5"},
    {"a value that is none",                                                     SLACK_INTERACTIVE,
     ACTIONS("D1",                                                                                                          "'action_id':'yes','block_id':'person:U1','value':'yes:5e'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                                                                                                        "value","slack:U1:D1:1700.5:yes:1701.9",NULL,"","D1:1700.5"},
    {"a button without a value",                                                                             SLACK_INTERACTIVE,
     ACTIONS("C0TEAM",                                                                                                                "'action_id':'open','block_id':'team'"),                                                                                                                                                                                  SLACK_HEARD_NOTHING,"value",
     "slack:U1:C0TEAM:1700.5:open:1701.9",NULL,"","C0TEAM:1700.5"},
    {"acknowledged",                                                                 SLACK_INTERACTIVE,
     ACTIONS("C0TEAM",                                                                                                                           "'action_id':'ack','block_id':'team','value':'ack:" HASH64 "'"),
     SLACK_HEARD_TEAM,                                                                                                                                                                                                                                                                       NULL,"slack:U1:C0TEAM:1700.5:ack:1701.9",                                                                                                                           NULL,                                                                                                                                                                                                                                                                                                                                                                                                "ack:" HASH64,
     "C0TEAM:1700.5"},
    {"acknowledged elsewhere",                     SLACK_INTERACTIVE,
     ACTIONS("C0OTHER",                                                                                                                                         "'action_id':'ack','block_id':'team','value':'ack:" HASH64 "'"),
     SLACK_HEARD_NOTHING,"channel","slack:U1:C0OTHER:1700.5:ack:1701.9",NULL,"",
     "C0OTHER:1700.5"},
    {"closed",                                                                    SLACK_INTERACTIVE,
     ACTIONS("C0TEAM",
     "'action_id':'close:benign','block_id':'team','value':'close:" HASH64 ":benign'"),
     SLACK_HEARD_TEAM,                                                                                                                                                                                                                                                                    NULL,                                                                                                                                                                                                                       "slack:U1:C0TEAM:1700.5:close:benign:1701.9",                                                                                                                                                                                                                                            NULL,
     "close:" HASH64 ":benign","C0TEAM:1700.5"},
    {"closed as something else",SLACK_INTERACTIVE,
     ACTIONS("C0TEAM",
     "'action_id':'close:fine','block_id':'team','value':'close:" HASH64 ":fine'"),
     SLACK_HEARD_NOTHING,                            "value","slack:U1:C0TEAM:1700.5:close:fine:1701.9",NULL,
     "close:" HASH64 ":fine","C0TEAM:1700.5"},
    {"an answer among the team's",                                                           SLACK_INTERACTIVE,
     ACTIONS("C0TEAM",                                                                                                                                               "'action_id':'yes','block_id':'team','value':'yes:" HASH64 "'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                                                                                                  "value","slack:U1:C0TEAM:1700.5:yes:1701.9",                                                                                                                                                                                                                                                                                                                                                                                                                     NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   "yes:" HASH64,
     "C0TEAM:1700.5"},
    {"given to somebody",                                                                                    SLACK_INTERACTIVE,
     ACTIONS("C0TEAM",                                                    "'type':'users_select','action_id':'give:" HASH64
                       "','block_id':'team','selected_user':'U3'"),
     SLACK_HEARD_GIVE,                                                                                      NULL,"slack:U1:C0TEAM:1700.5:give:5e4284ababababababa:1701.9",NULL,
     "assign:" HASH64,"C0TEAM:1700.5"},
    {"given to nobody",                                                                      SLACK_INTERACTIVE,
     ACTIONS("C0TEAM",                                                                                                                          "'action_id':'give:" HASH64 "','block_id':'team','selected_user':null"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                                                                                                     "value","slack:U1:C0TEAM:1700.5:give:5e4284ababababababa:1701.9",NULL,
     "","C0TEAM:1700.5"},
    {"another block",                                                                     SLACK_INTERACTIVE,
     ACTIONS("D1",                                                                                                                            "'action_id':'yes','block_id':'xYz','value':'yes:" HASH64 "'"),
     SLACK_HEARD_NOTHING,                                                                                                                                                                        "block","slack:U1:D1:1700.5:yes:1701.9",NULL,"","D1:1700.5"},
    {"from a view",                                                                                SLACK_INTERACTIVE,
     "{'type':'block_actions','user':{'id':'U1'},'container':{'type':'view','view_id':'V1'},"
     "'actions':[{'action_id':'a','block_id':'b','action_ts':'1.2'}]}",                                                                                                                                            SLACK_HEARD_NOTHING,                                                                                                                                                                                                                "malformed",                                                                                                                                                                                                                                                                                "",NULL,"",""},
    {"no actions",                                                     SLACK_INTERACTIVE,                                                                  "{'type':'block_actions','user':{'id':'U1'},'actions':[]}",
     SLACK_HEARD_NOTHING,                                                                                                                                                                              "malformed",                                                                                                                                                                                                                                                            "",NULL,                                                                    "",""},
    {"actions are a text",                                                                                  SLACK_INTERACTIVE,
     "{'type':'block_actions','user':{'id':'U1'},'actions':'x'}",                                                                                                                                                  SLACK_HEARD_NOTHING,                                                                                                                                                                                                                    "malformed",
     "",NULL,"",""},
    {"a shortcut",                                                                                  SLACK_INTERACTIVE,                                                                                               "{'type':'shortcut'}",                                                                                                                                                  SLACK_HEARD_NOTHING,                                                                                                                                                                                                                    "interaction",                                       "",
     NULL,"",""},

    {"submitted",                                                                                   SLACK_INTERACTIVE,
     VIEW("'callback_id':'answer','private_metadata':'D1:1700.5 U1'," STATE("no:" HASH64,
     "'I & <b> slept'")),
     SLACK_HEARD_ANSWER,                                                                                                                                                                                                                                                                                                   NULL,                                                                                                                                           "slack:U1:V1",                                                                                                                                                                                                                                     "I & <b> slept",                                                                                                                                                                                                                                "no:" HASH64,                                                                                                                       "D1:1700.5"},
    {"submitted without a word",                                                                                  SLACK_INTERACTIVE,
     VIEW(
         "'callback_id':'answer','private_metadata':'D1:1700.5 U1'," STATE("help:" HASH64,                                                                                                                                                       "null")),
     SLACK_HEARD_ANSWER,                                                                                                                                                                                                                                                                                                       NULL,"slack:U1:V1",                                                                                                                                                                                                                                                                                     NULL,"help:" HASH64,"D1:1700.5"},
    {"submitted by another",                                                                                SLACK_INTERACTIVE,
     VIEW("'callback_id':'answer','private_metadata':'D1:1700.5 U2'," STATE("no:" HASH64,                                                                                                                          "null")),
     SLACK_HEARD_NOT_YOURS,NULL,"slack:U1:V1",NULL,"no:" HASH64,"D1:1700.5"},
    {"submitted with a team's value",                                                                   SLACK_INTERACTIVE,
     VIEW("'callback_id':'answer','private_metadata':'D1:1700.5 U1'," STATE("ack:" HASH64,                                                                                                                        "null")),
     SLACK_HEARD_NOTHING,"view","",NULL,"",""},
    {"another dialog",                                                                            SLACK_INTERACTIVE,
     VIEW("'callback_id':'other','private_metadata':'D1:1700.5 U1'," STATE("no:" HASH64,                                                                                                                                    "null")),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                                                                                                                   "view",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               "",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     ""},
    {"broken metadata", SLACK_INTERACTIVE,
     VIEW("'callback_id':'answer','private_metadata':'D1 U1'," STATE("no:" HASH64,                                                                                                                                            "null")),
     SLACK_HEARD_NOTHING,                                                                                                                                                                                                                                                                                                                                     "view",                                                                                                                                                                                                                                                                                                                                                       "",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               NULL,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       "",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        ""},

    {"a command",SLACK_SLASH_COMMANDS,                      COMMAND("'text':'status'"),SLACK_HEARD_COMMAND,                                                                                                                                                                                                                  NULL,
     "slack:/:13.7.a","status","",""},
    {"a command without words",                                                                    SLACK_SLASH_COMMANDS,                                                                    COMMAND("'text':''"),                                                                                   SLACK_HEARD_COMMAND,
     NULL,                                                                                                                                                                                                                                                                                                  "slack:/:13.7.a","","",""},
    {"a command without a name of its own",                                                                                    SLACK_SLASH_COMMANDS,
     "{'command':'/securitybot','user_id':'U1','trigger_id':'','text':'help'}",                                                                                                                                     SLACK_HEARD_NOTHING,
     "malformed",                                                                                                                                                                                                                                                                                      "",NULL,"",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      ""                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      },
    {"a command whose name could be cut",                                                                                    SLACK_SLASH_COMMANDS,
     "{'command':'/securitybot','user_id':'U1','trigger_id':'1.\\u00e4','text':'help'}",                                           SLACK_HEARD_NOTHING,                        "malformed", "",NULL,"",     ""                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 },
    {"nobody's command",                                                                                    SLACK_SLASH_COMMANDS,                                                                 "{'command':'/securitybot','text':'help'}",
     SLACK_HEARD_NOTHING,                                                                                                                                                            "malformed",                                                                                   "",NULL,"",""},
};

static bool s_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static cJSON *s_parse(const char *quoted)
{
    char *text = sb_strdup(quoted);
    for (char *p = text; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    sb_err_t err;
    cJSON *json = sb_json_parse_foreign(text, strlen(text), 0, &err);
    free(text);
    return json;
}

static void s_test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        const row_t *row = &s_rows[i];
        cJSON *payload = s_parse(row->payload);
        if (!payload) {
            fail_msg("%s: the row's JSON is wrong", row->name);
        }
        slack_heard_t heard;
        slack_input(row->kind, payload, &s_self, &heard);
        if (heard.kind != row->want || !s_same(heard.why, row->why)) {
            fail_msg("%s: kind %d (%s), want %d (%s)", row->name, heard.kind,
                     heard.why ? heard.why : "-", row->want, row->why ? row->why : "-");
        }
        if (!s_same(heard.event, row->event) || !s_same(heard.text, row->text) ||
            !s_same(heard.value, row->value) || !s_same(heard.message, row->message)) {
            fail_msg("%s: event %s, text %s, value %s, message %s", row->name, heard.event,
                     heard.text ? heard.text : "-", heard.value, heard.message);
        }
        slack_heard_clear(&heard);
        cJSON_Delete(payload);
    }
}

/* The history tells a message without its channel; it must be the same event. */
static void s_test_history(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *message;
        slack_heard_kind_t want;
    } rows[] = {
        {"typed",      "{'type':'message','user':'U1','ts':'1700.0001','text':'yes'}",              SLACK_HEARD_TEXT   },
        {"our own",    "{'type':'message','user':'U0BOT','bot_id':'B0BOT','ts':'1.2','text':'Hi'}",
         SLACK_HEARD_NOTHING                                                                                           },
        {"no message", "{}",                                                                        SLACK_HEARD_NOTHING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *message = s_parse(rows[i].message);
        slack_heard_t heard;
        slack_input_history(message, "D1", &s_self, &heard);
        assert_int_equal(heard.kind, rows[i].want);
        assert_string_equal(heard.event,
                            rows[i].want == SLACK_HEARD_TEXT ? "slack:D1:1700.0001" : "");
        slack_heard_clear(&heard);
        cJSON_Delete(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_rows),
                                       cmocka_unit_test(s_test_history)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
