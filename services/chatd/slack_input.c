/* slack_input.c */
#include "services/chatd/slack_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/mem.h"
#include "lib/utf8.h"
#include "services/chatd/slack_card.h"
#include "services/chatd/slack_modal.h"
#include "services/chatd/slack_text.h"

#define EVENT_PREFIX "slack:"
#define EVENT_ACTION_MAX 24 /* characters of an action_id within an event's name */
#define TRIGGER_NAME_MAX 100

static const cJSON *s_member(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

/* NULL if it is no text. */
static const char *s_text(const cJSON *json, const char *name)
{
    const cJSON *member = s_member(json, name);
    return cJSON_IsString(member) ? member->valuestring : NULL;
}

static bool s_is(const char *text, const char *want)
{
    return text && strcmp(text, want) == 0;
}

/* One word of ASCII, such as may be cut anywhere. */
static bool s_is_word(const char *text)
{
    const char *p = text ? text : "";
    while (*p > ' ' && *p < 0x7f) {
        p++;
    }
    return p != text && text && !*p;
}

static void s_nothing(slack_heard_t *heard, const char *why)
{
    heard->kind = SLACK_HEARD_NOTHING;
    heard->why = why;
}

/* ---- For whom? */

/* Interactions have objects {id} where events and commands have an id. */
static const char *s_place_id(const cJSON *payload, const char *id, const char *object)
{
    const char *text = s_text(payload, id);
    return text ? text : s_text(s_member(payload, object), "id");
}

static bool s_is_authorized(const cJSON *payload, const slack_self_t *self)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, s_member(payload, "authorizations"))
    {
        if (s_is(s_text(one, "team_id"), self->team)) {
            return true;
        }
    }
    return false;
}

const char *slack_input_foreign(const cJSON *payload, const slack_self_t *self)
{
    const char *team = s_place_id(payload, "team_id", "team");
    const char *enterprise = s_place_id(payload, "enterprise_id", "enterprise");
    const bool ours = !team || !self->team[0] || strcmp(team, self->team) == 0 ||
                      (self->enterprise[0] && s_is(enterprise, self->enterprise)) ||
                      s_is_authorized(payload, self);
    return ours ? NULL : team;
}

/* ---- Typed messages. */

/* Subtypes with which people speak; all others are Slack's, or a bot's. */
static bool s_is_speech(const char *subtype)
{
    return !subtype || strcmp(subtype, "file_share") == 0 ||
           strcmp(subtype, "thread_broadcast") == 0 || strcmp(subtype, "me_message") == 0;
}

/* Behind our own name, with which some people begin when they write to us. */
static const char *s_behind_our_name(const char *text, const char *us)
{
    const size_t len = strlen(us);
    const char *at = text + strspn(text, " ");
    if (strncmp(at, "<@", 2) != 0 || strncmp(at + 2, us, len) != 0 || at[2 + len] != '>') {
        return text;
    }
    return at + len + 3 + strspn(at + len + 3, " ,:");
}

static void s_read_message(const cJSON *message, const char *channel, const slack_self_t *self,
                           slack_heard_t *heard)
{
    const char *user = s_text(message, "user");
    const char *text = s_text(message, "text");
    const char *ts = s_text(message, "ts");
    if (!s_is_speech(s_text(message, "subtype"))) {
        s_nothing(heard, "subtype");
    } else if (s_member(message, "bot_id") || s_is(user, self->user)) {
        s_nothing(heard, "bot");
    } else if (cJSON_IsTrue(s_member(message, "hidden"))) {
        s_nothing(heard, "hidden");
    } else if (!slack_id_valid(channel) || channel[0] != 'D') {
        s_nothing(heard, "channel");
    } else if (!slack_id_valid(user) || !slack_ts_valid(ts)) {
        s_nothing(heard, "malformed");
    } else if (!text || !text[0]) {
        s_nothing(heard, "no words");
    } else {
        heard->kind = SLACK_HEARD_TEXT;
        heard->user = user;
        heard->channel = channel;
        heard->ts = ts;
        heard->thread = s_text(message, "thread_ts");
        heard->text = slack_text_read(s_behind_our_name(text, self->user), SB_TEXT_MAX);
        (void)snprintf(heard->event, sizeof heard->event, EVENT_PREFIX "%s:%s", channel, ts);
    }
}

void slack_input_history(const cJSON *message, const char *channel, const slack_self_t *self,
                         slack_heard_t *heard_r)
{
    *heard_r = (slack_heard_t){0};
    s_read_message(message, channel, self, heard_r);
}

/* ---- Events. */

static void s_on_message(const cJSON *event, const slack_self_t *self, slack_heard_t *heard)
{
    if (!s_is(s_text(event, "channel_type"), "im")) {
        s_nothing(heard, "channel");
        return;
    }
    s_read_message(event, s_text(event, "channel"), self, heard);
}

static void s_on_home(const cJSON *event, const slack_self_t *self, slack_heard_t *heard)
{
    (void)self;
    heard->user = s_text(event, "user");
    if (!slack_id_valid(heard->user)) {
        s_nothing(heard, "malformed");
    } else if (!s_is(s_text(event, "tab"), "home")) {
        s_nothing(heard, "tab");
    } else {
        heard->kind = SLACK_HEARD_HOME;
    }
}

static void s_on_member(const cJSON *event, const slack_self_t *self, slack_heard_t *heard)
{
    (void)self;
    heard->member = s_member(event, "user");
    heard->user = s_text(heard->member, "id");
    if (!slack_id_valid(heard->user)) {
        s_nothing(heard, "malformed");
    } else {
        heard->kind = SLACK_HEARD_MEMBER;
    }
}

static void s_on_revoked(const cJSON *event, const slack_self_t *self, slack_heard_t *heard)
{
    (void)self;
    heard->kind = SLACK_HEARD_REVOKED;
    heard->why = s_text(event, "type");
}

static const struct {
    const char *type;
    void (*fn)(const cJSON *event, const slack_self_t *self, slack_heard_t *heard);
} s_events[] = {
    {"message",         s_on_message},
    {"app_home_opened", s_on_home   },
    {"team_join",       s_on_member },
    {"user_change",     s_on_member },
    {"tokens_revoked",  s_on_revoked},
    {"app_uninstalled", s_on_revoked},
};

static void s_on_event(const cJSON *payload, const slack_self_t *self, slack_heard_t *heard)
{
    const cJSON *event = s_member(payload, "event");
    const char *type = s_text(event, "type");
    for (size_t i = 0; type && i < sizeof s_events / sizeof s_events[0]; i++) {
        if (strcmp(s_events[i].type, type) == 0) {
            s_events[i].fn(event, self, heard);
            return;
        }
    }
    s_nothing(heard, "event");
}

/* ---- Buttons. */

/* A value of the bot's, as it was sent. False if it is none. */
static bool s_take_value(slack_heard_t *heard, const char *value, sb_button_t *button_r)
{
    if (!value || strlen(value) >= sizeof heard->value || !sb_button_parse(value, button_r)) {
        return false;
    }
    (void)snprintf(heard->value, sizeof heard->value, "%s", value);
    return true;
}

static void s_on_person_button(const char *owner, const cJSON *action, slack_heard_t *heard)
{
    sb_button_t button;
    if (!s_take_value(heard, s_text(action, "value"), &button) || sb_button_is_team(&button)) {
        s_nothing(heard, "value");
    } else if (!s_is(owner, heard->user)) {
        heard->kind = SLACK_HEARD_NOT_YOURS;
    } else if (strcmp(button.action, SLACK_ACTION_COMMENT) == 0) {
        heard->kind = SLACK_HEARD_DIALOG;
    } else {
        heard->kind = SLACK_HEARD_ANSWER;
    }
}

static void s_on_team_button(const char *action_id, const cJSON *action, const slack_self_t *self,
                             slack_heard_t *heard)
{
    static const char give[] = SLACK_ACTION_GIVE ":";
    sb_button_t button;
    if (!s_is(heard->channel, self->reporting_channel)) {
        s_nothing(heard, "channel");
    } else if (strncmp(action_id, give, sizeof give - 1) == 0) {
        char *value = sb_format(SB_BUTTON_ASSIGN ":%s", action_id + sizeof give - 1);
        heard->chosen = s_text(action, "selected_user");
        if (slack_id_valid(heard->chosen) && s_take_value(heard, value, &button)) {
            heard->kind = SLACK_HEARD_GIVE;
        } else {
            s_nothing(heard, "value");
        }
        free(value);
    } else if (s_take_value(heard, s_text(action, "value"), &button) &&
               sb_button_is_team(&button)) {
        heard->kind = SLACK_HEARD_TEAM;
    } else {
        s_nothing(heard, "value");
    }
}

/* Of which message, where: false if it is not in a message. */
static bool s_read_place(const cJSON *payload, slack_heard_t *heard)
{
    const cJSON *container = s_member(payload, "container");
    const char *ts = s_text(container, "message_ts");
    heard->channel = s_text(container, "channel_id");
    heard->shown = s_member(payload, "message");
    if (!slack_id_valid(heard->channel) || !slack_ts_valid(ts)) {
        return false;
    }
    slack_message_id(heard->channel, ts, heard->message);
    return true;
}

static void s_on_actions(const cJSON *payload, const slack_self_t *self, slack_heard_t *heard)
{
    const cJSON *actions = s_member(payload, "actions");
    const cJSON *action = cJSON_IsArray(actions) ? actions->child : NULL;
    const char *action_id = s_text(action, "action_id");
    const char *block_id = s_text(action, "block_id");
    const char *at = s_text(action, "action_ts");
    heard->user = s_text(s_member(payload, "user"), "id");
    heard->ts = at;
    heard->trigger = s_text(payload, "trigger_id");
    heard->response_url = s_text(payload, "response_url");
    if (!slack_id_valid(heard->user) || !s_is_word(action_id) || !block_id || !slack_ts_valid(at) ||
        !s_read_place(payload, heard)) {
        s_nothing(heard, "malformed");
        return;
    }
    (void)snprintf(heard->event, sizeof heard->event, EVENT_PREFIX "%s:%s:%.*s:%s", heard->user,
                   heard->message, EVENT_ACTION_MAX, action_id, at);
    if (strncmp(block_id, SLACK_BLOCK_PERSON, strlen(SLACK_BLOCK_PERSON)) == 0) {
        s_on_person_button(block_id + strlen(SLACK_BLOCK_PERSON), action, heard);
    } else if (strcmp(block_id, SLACK_BLOCK_TEAM) == 0) {
        s_on_team_button(action_id, action, self, heard);
    } else {
        s_nothing(heard, "block");
    }
}

static void s_on_submission(const cJSON *payload, slack_heard_t *heard)
{
    const cJSON *view = s_member(payload, "view");
    const char *id = s_text(view, "id");
    slack_modal_answer_t answer;
    sb_button_t button;
    heard->user = s_text(s_member(payload, "user"), "id");
    if (!slack_id_valid(heard->user) || !slack_id_valid(id) || !slack_modal_read(view, &answer) ||
        !s_take_value(heard, answer.value, &button)) {
        s_nothing(heard, "view");
        return;
    }
    heard->kind =
        strcmp(answer.owner, heard->user) == 0 ? SLACK_HEARD_ANSWER : SLACK_HEARD_NOT_YOURS;
    (void)snprintf(heard->event, sizeof heard->event, EVENT_PREFIX "%s:%s", heard->user, id);
    (void)snprintf(heard->message, sizeof heard->message, "%s", answer.message);
    if (answer.comment[0]) { /* what is typed into a dialog comes as it is, without markup */
        heard->text = sb_strndup(answer.comment, sb_utf8_cut(answer.comment, SB_COMMENT_MAX));
    }
}

static void s_on_interaction(const cJSON *payload, const slack_self_t *self, slack_heard_t *heard)
{
    const char *type = s_text(payload, "type");
    if (s_is(type, "block_actions")) {
        s_on_actions(payload, self, heard);
    } else if (s_is(type, "view_submission")) {
        s_on_submission(payload, heard);
    } else {
        s_nothing(heard, "interaction");
    }
}

/* ---- The command. */

static void s_on_command(const cJSON *payload, slack_heard_t *heard)
{
    const char *text = s_text(payload, "text");
    heard->user = s_text(payload, "user_id");
    heard->channel = s_text(payload, "channel_id");
    heard->trigger = s_text(payload, "trigger_id");
    heard->response_url = s_text(payload, "response_url");
    if (!slack_id_valid(heard->user) || !s_is_word(heard->trigger)) {
        s_nothing(heard, "malformed");
        return;
    }
    heard->kind = SLACK_HEARD_COMMAND;
    heard->text = slack_text_read(text ? text : "", SB_TEXT_MAX);
    (void)snprintf(heard->event, sizeof heard->event, EVENT_PREFIX "/:%.*s", TRIGGER_NAME_MAX,
                   heard->trigger);
}

void slack_input(slack_kind_t kind, const cJSON *payload, const slack_self_t *self,
                 slack_heard_t *heard_r)
{
    *heard_r = (slack_heard_t){0};
    switch (kind) {
    case SLACK_EVENTS_API:
        s_on_event(payload, self, heard_r);
        break;
    case SLACK_INTERACTIVE:
        s_on_interaction(payload, self, heard_r);
        break;
    case SLACK_SLASH_COMMANDS:
        s_on_command(payload, heard_r);
        break;
    }
}

void slack_heard_clear(slack_heard_t *self)
{
    free(self->text);
    self->text = NULL;
}
