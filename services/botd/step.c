/* step.c. How much of a foreign text is shown is decided here; the sum stays below SB_TEXT_MAX. */
#include "services/botd/step.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/chatd.h"
#include "services/botd/proof.h"
#include "services/botd/text.h"
#include "services/botd/transcript.h"

#define NAME_SHOWN_MAX 100
#define TITLE_SHOWN_MAX 200
#define DESCRIPTION_SHOWN_MAX 1500
#define URL_SHOWN_MAX 2000
#define REASON_SHOWN_MAX 6000
#define COMMENT_SHOWN_MAX 6000
#define SHORT_CODE_DIGITS 6

void step_init(step_t *self, const policy_t *policy, const item_t *item, int64_t now_ms)
{
    assert(self);
    assert(policy);
    assert(item);
    memset(self, 0, sizeof *self);
    self->policy = policy;
    self->item = item;
    self->now_ms = now_ms;
    self->out = transition_new(item->id, item->version);
    self->conv = item->conv;
    self->open = item->has_alert ? &item->alert : NULL;
    self->has_last = item->has_last;
    self->last = item->last;
    self->exempt = item->exempt;
}

void step_free(step_t *self)
{
    assert(self);
    transition_destroy(&self->out);
    for (size_t i = 0; i < self->kept_len; i++) {
        free(self->kept[i]);
    }
    free(self->kept);
    self->kept = NULL;
    self->kept_len = 0;
}

const char *step_keep(step_t *self, char *text)
{
    assert(self);
    assert(text);
    self->kept = sb_realloc(self->kept, (self->kept_len + 1) * sizeof self->kept[0]);
    self->kept[self->kept_len++] = text;
    return text;
}

void step_mute_for(step_t *self, const char *title, const char *place, const char *reason,
                   int64_t ms)
{
    assert(self);
    self->muted = step_keep(self, sb_strdup(title));
    self->muted_place = place ? step_keep(self, sb_strdup(place)) : NULL;
    self->muted_reason = step_keep(self, sb_strdup(reason));
    transition_mute(self->out, title, place, reason, self->now_ms + ms);
}

const char *step_mute(const step_t *self, const char *title, const char *place)
{
    assert(self);
    if (proof_is_ruled(self->policy, title)) {
        return NULL;
    }
    if (self->muted && strcmp(self->muted, title) == 0 &&
        (!self->muted_place || strcmp(self->muted_place, place) == 0)) {
        return self->muted_reason;
    }
    return item_mute(self->item, title, place, self->now_ms);
}

/* ---- Fields. */

static const char *s_full_name(step_t *self)
{
    const char *name = step_keep(self, text_line(self->item->name, NAME_SHOWN_MAX));
    return name[0] ? name : self->item->id;
}

/* A backtick would end the code that the text stands in. */
static char *s_no_backticks(char *text)
{
    for (char *at = text; (at = strchr(at, '`')) != NULL;) {
        *at = '\'';
    }
    return text;
}

fields_t step_fields(step_t *self, const alert_t *alert)
{
    assert(self);
    const char *name = s_full_name(self);
    fields_t fields = {
        .name = step_keep(self, sb_strndup(name, strcspn(name, " "))),
        .username = step_keep(self, text_line(self->item->id, NAME_SHOWN_MAX)),
    };
    if (alert) {
        const char *description = alert->description[0] ? alert->description : alert->title;
        fields.title = step_keep(self, s_no_backticks(text_line(alert->title, TITLE_SHOWN_MAX)));
        fields.description =
            step_keep(self, s_no_backticks(text_line(description, DESCRIPTION_SHOWN_MAX)));
        fields.reason = step_keep(self, text_quote(alert->reason, REASON_SHOWN_MAX));
        fields.url = step_keep(self, text_line(alert->url, URL_SHOWN_MAX));
        fields.place = step_keep(self, s_no_backticks(text_line(alert->place, SB_PLACE_MAX)));
        fields.code = step_keep(self, sb_strndup(alert->hash, SHORT_CODE_DIGITS));
    }
    return fields;
}

fields_t step_team_fields(step_t *self, const alert_t *alert, const char *comment)
{
    fields_t fields = step_fields(self, alert);
    fields.name = s_full_name(self);
    fields.comment = step_keep(self, text_quote(comment ? comment : "", COMMENT_SHOWN_MAX));
    return fields;
}

/* ---- Saying. */

static const char *s_lane(step_t *self)
{
    return step_keep(self, sb_format("@%s", self->item->id));
}

static cJSON *s_body(const char *to, const char *chat_id, const char *text)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "to", to);
    sb_json_add_str(body, "chat_id", chat_id);
    sb_json_add_str(body, "text", text);
    return body;
}

/* Takes the buttons, and the card, which may be NULL. */
static void s_send(step_t *self, const char *text, cJSON *buttons, cJSON *card,
                   char id_r[SB_ID_SIZE_MAX])
{
    const char *lane = s_lane(self);
    const char *alert = self->open ? self->open->hash : NULL;
    cJSON *body = s_body(lane, self->item->chat_id, text);
    sb_json_add(body, "buttons", buttons);
    sb_json_add_str(body, "alert", alert);
    if (card) {
        sb_json_add(body, "card", card);
    }
    transition_send(self->out, SB_CHAT_SEND, lane, alert, body, id_r);
}

void step_say_text(step_t *self, const char *text)
{
    assert(self);
    char id[SB_ID_SIZE_MAX];
    if (text[0]) {
        if (self->open) {
            transcript_said(self, text);
        }
        s_send(self, text, sb_json_array(), NULL, id);
    }
}

void step_say(step_t *self, message_t message, const fields_t *fields)
{
    assert(self);
    if (message != MSG_NONE) {
        const fields_t of_open = fields ? *fields : step_fields(self, self->open);
        char *text = messages_render(self->policy->messages, message, &of_open);
        step_say_text(self, step_keep(self, text));
    }
}

void step_button(step_t *self, cJSON *buttons, message_t label, const char *action,
                 const alert_t *alert, const char *argument, const char *style)
{
    assert(self);
    const fields_t none = {0};
    char *value =
        sb_format("%s:%s%s%s", action, alert->hash, argument ? ":" : "", argument ? argument : "");
    char *text = messages_render(self->policy->messages, label, &none);
    cJSON *button = sb_json_object();
    sb_json_add_str(button, "label", text);
    sb_json_add_str(button, "value", value);
    sb_json_add_str(button, "style", style);
    sb_json_push(buttons, button);
    free(text);
    free(value);
}

void step_link_button(step_t *self, cJSON *buttons, message_t label, const alert_t *alert,
                      const char *url)
{
    /* Pressed all the same, by a chat that knows no URLs, it says what was said already. */
    step_button(self, buttons, label, SB_BUTTON_AGREE, alert, NULL, "primary");
    sb_json_add_str(cJSON_GetArrayItem(buttons, cJSON_GetArraySize(buttons) - 1), "url", url);
}

void step_ask(step_t *self, const char *text, const char *kept, cJSON *buttons, cJSON *card,
              char id_r[SB_ID_SIZE_MAX])
{
    assert(self);
    assert(self->open);
    transcript_said(self, kept);
    s_send(self, text, buttons, card, id_r);
}

/* Takes buttons and card. */
static void s_replace(step_t *self, const char *lane, const alert_t *alert, const char *question,
                      const char *text, cJSON *buttons, cJSON *card)
{
    const bool team = lane[0] == '#';
    cJSON *body = s_body(lane, team ? NULL : self->item->chat_id, text);
    sb_json_add_str(body, "question", question);
    sb_json_add_str(body, "message", NULL);
    sb_json_add(body, "buttons", buttons);
    sb_json_add(body, "card", card);
    char id[SB_ID_SIZE_MAX];
    transition_send(self->out, SB_CHAT_UPDATE, lane, alert ? alert->hash : NULL, body, id);
}

void step_update(step_t *self, const char *question, const char *text, cJSON *card)
{
    assert(self);
    s_replace(self, s_lane(self), self->open, question, text, sb_json_array(), card);
}

static bool s_is_escalated(const step_t *self, const alert_t *alert)
{
    alert_state_t state = alert->state;
    (void)transition_alert_state(self->out, alert->hash, &state);
    return state == ALERT_ESCALATED;
}

void step_tell(step_t *self, const alert_t *alert, const char *text)
{
    assert(self);
    const char *hash = alert ? alert->hash : NULL;
    cJSON *body = s_body(SB_CHAT_SECURITY, NULL, text);
    sb_json_add(body, "buttons", sb_json_array());
    sb_json_add_str(body, "alert", hash);
    if (alert && s_is_escalated(self, alert)) {
        char thread[SB_ID_SIZE_MAX];
        transition_card_id(hash, thread);
        sb_json_add_str(body, "thread", thread);
    }
    char id[SB_ID_SIZE_MAX];
    transition_send(self->out, SB_CHAT_SEND, SB_CHAT_SECURITY, hash, body, id);
}

void step_escalation(step_t *self, const alert_t *alert, bool again, const char *text,
                     cJSON *buttons, cJSON *card)
{
    assert(self);
    if (again) {
        char id[SB_ID_SIZE_MAX];
        transition_card_id(alert->hash, id);
        s_replace(self, SB_CHAT_SECURITY, alert, id, text, buttons, card);
        return;
    }
    cJSON *body = s_body(SB_CHAT_SECURITY, NULL, text);
    sb_json_add(body, "buttons", buttons);
    sb_json_add_str(body, "alert", alert->hash);
    sb_json_add(body, "card", card);
    transition_send_card(self->out, SB_CHAT_SECURITY, alert->hash, body);
}

const char *step_name(step_t *self, const char *name)
{
    assert(self);
    const char *shown = step_keep(self, text_line(name, NAME_SHOWN_MAX));
    return shown[0] ? shown : "-";
}

void step_audit(step_t *self, const alert_t *alert, const char *actor, const char *action,
                cJSON *detail)
{
    assert(self);
    transition_audit(self->out, alert ? alert->hash : NULL, actor, action, detail);
}
