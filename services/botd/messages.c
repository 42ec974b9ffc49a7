/* messages.c. One row a key: its name and the placeholders it may have, in the order of {0}, {1}.
 */
#include "services/botd/messages.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/yaml.h"

#define BUILT_IN "built-in messages.yaml"

extern const char botd_messages_yaml[];
extern const char botd_messages_yaml_end[];

struct messages {
    char *texts[MSG_LEN];
};

#define PERSON "name", "username"
#define ALERT "description", "reason", "title", "code", "url"
#define TEAM PERSON, "title", "description", "comment", "url", "code"
#define ACTION "actor", "title", "code", PERSON

#define NAMES_MAX 10

static const struct {
    const char *key;
    const char *names[NAMES_MAX]; /* NULL-ended */
} s_rows[MSG_LEN] = {
    [MSG_GREETING] = {"greeting",                  {PERSON}                 },
    [MSG_ALERT] = {"alert",                     {ALERT, PERSON, "place"} },
    [MSG_EFFECT] = {"effect",                    {ALERT, PERSON}          },
    [MSG_EFFECT_MUTE] = {"effect_mute",               {"title", "time"}        },
    [MSG_EFFECT_EXEMPT] = {"effect_exempt",             {NULL}                   },
    [MSG_ACTION_PROMPT] = {"action_prompt",             {ALERT, PERSON, "place"} },
    [MSG_BUTTON_YES] = {"button_yes",                {NULL}                   },
    [MSG_BUTTON_NO] = {"button_no",                 {NULL}                   },
    [MSG_BUTTON_UNSURE] = {"button_unsure",             {NULL}                   },
    [MSG_BUTTON_HELP] = {"button_help",               {NULL}                   },
    [MSG_2FA] = {"2fa",                       {ALERT, PERSON}          },
    [MSG_BUTTON_CONSENT] = {"button_consent",            {NULL}                   },
    [MSG_BUTTON_DECLINE] = {"button_decline",            {NULL}                   },
    [MSG_2FA_CODE] = {"2fa_code",                  {ALERT, PERSON}          },
    [MSG_SENDING_PUSH] = {"sending_push",              {ALERT, PERSON}          },
    [MSG_SHOW_NUMBER] = {"show_number",               {ALERT, PERSON, "number"}},
    [MSG_SHOW_LINK] = {"show_link",                 {ALERT, PERSON}          },
    [MSG_BUTTON_LINK] = {"button_link",               {NULL}                   },
    [MSG_BUTTON_CANCEL] = {"button_cancel",             {NULL}                   },
    [MSG_SHOW_OVER] = {"show_over",                 {ALERT, PERSON}          },
    [MSG_NEXT_FACTOR] = {"next_factor",               {ALERT, PERSON}          },
    [MSG_BAD_CODE] = {"bad_code",                  {"tries"}                },
    [MSG_GOOD_AUTH] = {"good_auth",                 {ALERT, PERSON}          },
    [MSG_BAD_AUTH] = {"bad_auth",                  {ALERT, PERSON}          },
    [MSG_NO_2FA] = {"no_2fa",                    {ALERT, PERSON}          },
    [MSG_THROTTLED] = {"throttled",                 {ALERT, PERSON}          },
    [MSG_ESCALATED] = {"escalated",                 {ALERT, PERSON}          },
    [MSG_HELP_COMES] = {"help_comes",                {ALERT, PERSON}          },
    [MSG_NO_RESPONSE] = {"no_response",               {ALERT, PERSON}          },
    [MSG_BWTM] = {"bwtm",                      {PERSON}                 },
    [MSG_BYE] = {"bye",                       {PERSON}                 },
    [MSG_ANSWERED_YES] = {"answered_yes",              {NULL}                   },
    [MSG_ANSWERED_NO] = {"answered_no",               {NULL}                   },
    [MSG_ANSWERED_UNSURE] = {"answered_unsure",           {NULL}                   },
    [MSG_ANSWERED_HELP] = {"answered_help",             {NULL}                   },
    [MSG_CLOSED] = {"closed",                    {NULL}                   },
    [MSG_BAD_COMMAND] = {"bad_command",               {PERSON}                 },
    [MSG_BAD_RESPONSE] = {"bad_response",              {PERSON}                 },
    [MSG_BUSY] = {"busy",                      {PERSON}                 },
    [MSG_LATE] = {"late",                      {ALERT, PERSON}          },
    [MSG_EARLY] = {"early",                     {ALERT, PERSON}          },
    [MSG_STALE_BUTTON] = {"stale_button",              {PERSON}                 },
    [MSG_NOT_KNOWN] = {"not_known",                 {PERSON}                 },
    [MSG_HI] = {"hi",                        {PERSON}                 },
    [MSG_HELP_HEADER] = {"help_header",               {NULL}                   },
    [MSG_HELP_USAGE] = {"help_usage",                {NULL}                   },
    [MSG_HELP_FOOTER] = {"help_footer",               {NULL}                   },
    [MSG_IGNORE_TIME] = {"ignore_time",               {"time"}                 },
    [MSG_IGNORE_NO_TIME] = {"ignore_no_time",            {NULL}                   },
    [MSG_EFFECT_ASKED] = {"effect_asked",              {PERSON}                 },
    [MSG_EFFECT_WAITS] = {"effect_waits",              {PERSON}                 },
    [MSG_REPORT] = {"report",                    {TEAM, "place"}          },
    [MSG_REPORT_DENIED] = {"report_denied",             {TEAM}                   },
    [MSG_REPORT_NO_ANSWER] = {"report_no_answer",          {TEAM}                   },
    [MSG_REPORT_DECLINED] = {"report_declined",           {TEAM}                   },
    [MSG_REPORT_REFUSED] = {"report_refused",            {TEAM}                   },
    [MSG_REPORT_FRAUD] = {"report_fraud",              {TEAM}                   },
    [MSG_REPORT_FACTOR_TIMEOUT] = {"report_factor_timeout",     {TEAM}                   },
    [MSG_REPORT_NO_FACTOR] = {"report_no_factor",          {TEAM}                   },
    [MSG_REPORT_FACTOR_UNAVAILABLE] = {"report_factor_unavailable", {TEAM}                   },
    [MSG_REPORT_THROTTLED] = {"report_throttled",          {TEAM}                   },
    [MSG_REPORT_ACCOUNT_DENIED] = {"report_account_denied",     {TEAM}                   },
    [MSG_REPORT_SUSPECT] = {"report_suspect",            {TEAM}                   },
    [MSG_REPORT_EXEMPT] = {"report_exempt",             {TEAM}                   },
    [MSG_REPORT_UNKNOWN_PERSON] = {"report_unknown_person",     {TEAM}                   },
    [MSG_REPORT_UNDELIVERABLE] = {"report_undeliverable",      {TEAM}                   },
    [MSG_REPORT_UNSURE] = {"report_unsure",             {TEAM}                   },
    [MSG_REPORT_NEEDS_HELP] = {"report_needs_help",         {TEAM}                   },
    [MSG_BUTTON_ACK] = {"button_ack",                {NULL}                   },
    [MSG_BUTTON_ASSIGN] = {"button_assign",             {NULL}                   },
    [MSG_TRUE_POSITIVE] = {"true_positive",             {NULL}                   },
    [MSG_FALSE_POSITIVE] = {"false_positive",            {NULL}                   },
    [MSG_BENIGN] = {"benign",                    {NULL}                   },
    [MSG_DUPLICATE] = {"duplicate",                 {NULL}                   },
    [MSG_REPORT_ACKED] = {"report_acked",              {"actor"}                },
    [MSG_REPORT_ASSIGNED] = {"report_assigned",           {"actor"}                },
    [MSG_REPORT_CLOSED] = {"report_closed",             {"disposition"}          },
    [MSG_TEAM_ACK] = {"team_ack",                  {ACTION}                 },
    [MSG_TEAM_ACK_AGAIN] = {"team_ack_again",            {ACTION, "other"}        },
    [MSG_TEAM_TAKE] = {"team_take",                 {ACTION}                 },
    [MSG_TEAM_ASSIGN] = {"team_assign",               {ACTION, "other"}        },
    [MSG_TEAM_CLOSE] = {"team_close",                {ACTION, "disposition"}  },
    [MSG_TEAM_OWN] = {"team_own",                  {ACTION}                 },
    [MSG_TEAM_NOTE] = {"team_note",                 {TEAM, "answer"}         },
    [MSG_TEAM_ENROLLED] = {"team_enrolled",             {PERSON, "comment"}      },
    [MSG_TEAM_FRAUD] = {"team_fraud",                {TEAM}                   },
    [MSG_TEAM_TRANSCRIPT] = {"team_transcript",           {TEAM, "transcript"}     },
    [MSG_TEAM_IGNORE] = {"team_ignore",               {PERSON, "title", "time"}},
    [MSG_TEAM_STOP] = {"team_stop",                 {PERSON}                 },
    [MSG_TEAM_START] = {"team_start",                {PERSON}                 },
};

const char *messages_key(message_t message)
{
    assert(message < MSG_LEN);
    return s_rows[message].key;
}

static message_t s_find(const char *key)
{
    for (message_t message = 0; message < MSG_LEN; message++) {
        if (strcmp(s_rows[message].key, key) == 0) {
            return message;
        }
    }
    return MSG_NONE;
}

/* What a silent bot would hide: the security team is always told, what is asked has words, and so
 * have buttons. */
static bool s_may_be_empty(message_t message)
{
    static const message_t needed[] = {
        MSG_ALERT,         MSG_EFFECT,      MSG_EFFECT_MUTE,    MSG_EFFECT_EXEMPT,  MSG_2FA,
        MSG_SHOW_NUMBER,   MSG_SHOW_LINK,   MSG_SHOW_OVER,      MSG_BUTTON_YES,     MSG_BUTTON_NO,
        MSG_BUTTON_UNSURE, MSG_BUTTON_HELP, MSG_BUTTON_CONSENT, MSG_BUTTON_DECLINE, MSG_BUTTON_LINK,
        MSG_BUTTON_CANCEL,
    };
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (needed[i] == message) {
            return false;
        }
    }
    return message < MSG_REPORT;
}

static int s_take(messages_t *self, const char *file, const sb_yaml_t *node, sb_err_t *err)
{
    const message_t message = s_find(node->key);
    if (message == MSG_NONE) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: unknown message \"%s\"", file, node->line,
                       node->key);
    }
    if (node->kind != SB_YAML_SCALAR || node->null) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: %s: expected a text", file, node->line,
                       node->key);
    }
    if (node->text[strspn(node->text, " \t\n")] == '\0' && !s_may_be_empty(message)) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: %s: must not be empty", file, node->line,
                       node->key);
    }
    if (template_check(node->text, s_rows[message].names, err)) {
        return sb_fail_in(err, "%s:%zu: %s", file, node->line, node->key);
    }
    free(self->texts[message]);
    self->texts[message] = sb_strdup(node->text);
    return SB_OK;
}

/* Takes the tree. */
static int s_fill(messages_t *self, const char *file, sb_yaml_t *root, sb_err_t *err)
{
    if (!root) {
        return err->code;
    }
    int code = SB_OK;
    if (root->kind != SB_YAML_MAPPING) {
        code =
            sb_fail(err, SB_EINVALID, "%s:%zu: expected messages as `key: text`", file, root->line);
    }
    for (const sb_yaml_t *node = root->child; node && code == SB_OK; node = node->next) {
        code = s_take(self, file, node, err);
    }
    sb_yaml_destroy(&root);
    return code;
}

messages_t *messages_load(const char *path, sb_err_t *err)
{
    assert(err);
    messages_t *self = sb_alloc(sizeof *self);
    const size_t size = (size_t)(botd_messages_yaml_end - botd_messages_yaml);
    int code = s_fill(self, BUILT_IN, sb_yaml_parse(BUILT_IN, botd_messages_yaml, size, err), err);
    for (message_t message = 0; message < MSG_LEN && code == SB_OK; message++) {
        if (!self->texts[message]) {
            code = sb_fail(err, SB_EINTERNAL, BUILT_IN ": %s is missing", messages_key(message));
        }
    }
    if (code == SB_OK && path) {
        code = s_fill(self, path, sb_yaml_load(path, err), err);
    }
    if (code) {
        messages_destroy(&self);
    }
    return self;
}

void messages_destroy(messages_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        for (message_t message = 0; message < MSG_LEN; message++) {
            free((*self_p)->texts[message]);
        }
        free(*self_p);
        *self_p = NULL;
    }
}

char *messages_render(const messages_t *self, message_t message, const fields_t *fields)
{
    assert(self);
    assert(message < MSG_LEN);
    return template_render(self->texts[message], s_rows[message].names, fields);
}
