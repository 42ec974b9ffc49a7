/* item.c. Strict: what the store could not have written is refused as a whole. */
#include "services/botd/item.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Behind the name of a driver whose factor is a typed code: "totp+code" (proto/taskd.md). */
#define TYPED "+code"

static const char *const s_states[CONV_STATES] = {
    [CONV_IDLE] = "idle",       [CONV_ASKED] = "asked", [CONV_CHECKING] = "checking",
    [CONV_CONSENT] = "consent", [CONV_CODE] = "code",   [CONV_PROVING] = "proving",
};
static const char *const s_alert_states[] = {
    [ALERT_NEW] = "new",       [ALERT_QUEUED] = "queued",
    [ALERT_ASKED] = "asked",   [ALERT_ESCALATED] = "escalated",
    [ALERT_CLOSED] = "closed",
};
static const char *const s_kinds[] = {
    [EVENT_TEXT] = "text",     [EVENT_BUTTON] = "button",     [EVENT_TEAM] = "team",
    [EVENT_RESULT] = "result", [EVENT_ENROLLED] = "enrolled",
};

static const char *const s_effects[] = {"mute", "exempt"};

#define LEN(array) (sizeof(array) / sizeof(array)[0])

static size_t s_enum(sb_reader_t *r, const char *key, const char *const *names, size_t len)
{
    const int got = sb_read_enum(r, key, names, len);
    return got < 0 ? 0 : (size_t)got;
}

static void s_copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

/* A hash, or "" if absent and that is allowed. */
static const char *s_hash(sb_reader_t *r, const char *key, bool required)
{
    const char *hash = required ? sb_read_str(r, key, SB_HASH_HEX, SB_HASH_HEX)
                                : sb_read_str_or(r, key, SB_HASH_HEX, "");
    const size_t len = strlen(hash);
    if ((len != 0 && len != SB_HASH_HEX) || strspn(hash, "0123456789abcdef") != len) {
        (void)sb_reader_fault(r, key, "expected %d hex digits", SB_HASH_HEX);
    }
    return hash;
}

static void s_effect(sb_reader_t *r, effect_t *effect)
{
    const cJSON *json = sb_read_object_or_null(r, "effect");
    *effect = (effect_t){.kind = EFFECT_NONE};
    if (!json) {
        return;
    }
    sb_reader_t in = sb_reader_in(r, "effect", json);
    effect->kind =
        s_enum(&in, "kind", s_effects, LEN(s_effects)) == 0 ? EFFECT_MUTE : EFFECT_EXEMPT;
    if (effect->kind == EFFECT_MUTE) {
        effect->title = sb_read_str(&in, "title", 0, SB_TITLE_MAX);
        effect->reason = sb_read_str(&in, "reason", 0, SB_COMMENT_MAX);
        effect->for_ms = sb_read_int(&in, "for_ms", 1, SB_JSON_INT_MAX);
    }
    (void)sb_reader_join(r, &in);
}

static void s_alert(sb_reader_t *r, alert_t *alert)
{
    alert->hash = s_hash(r, "hash", true);
    alert->title = sb_read_str(r, "title", 0, SB_TITLE_MAX);
    alert->description = sb_read_str_or(r, "description", SB_DESCRIPTION_MAX, "");
    alert->reason = sb_read_str_or(r, "reason", SB_REASON_MAX, "");
    alert->url = sb_read_str_or(r, "url", SB_URL_MAX, "");
    alert->place = sb_read_str_or(r, "place", SB_PLACE_MAX, "");
    alert->state = (alert_state_t)s_enum(r, "state", s_alert_states, LEN(s_alert_states));
    alert->event_ms = sb_read_int(r, "event_ms", 0, SB_JSON_INT_MAX);
    alert->asked_ms = sb_read_int_or(r, "asked_ms", 0, SB_JSON_INT_MAX, -1);
    s_effect(r, &alert->effect);
    alert->outcome = sb_read_str_or(r, "outcome", SB_NAME_MAX, NULL);
    alert->comment = sb_read_str_or(r, "comment", SB_COMMENT_MAX, NULL);
    alert->acked_by = sb_read_str_or(r, "acked_by", SB_ACTOR_MAX, NULL);
    alert->assigned_to = sb_read_str_or(r, "assigned_to", SB_ACTOR_MAX, NULL);
    alert->disposition = sb_read_str_or(r, "disposition", SB_NAME_MAX, NULL);
}

static bool s_alert_or_null(sb_reader_t *r, const char *key, alert_t *alert)
{
    const cJSON *json = sb_read_object_or_null(r, key);
    if (!json) {
        return false;
    }
    sb_reader_t in = sb_reader_in(r, key, json);
    s_alert(&in, alert);
    (void)sb_reader_join(r, &in);
    return true;
}

static size_t s_alerts(sb_reader_t *r, const char *key, alert_t *alerts, size_t max)
{
    const cJSON *array = sb_read_array(r, key, max);
    size_t len = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, key, json, len);
        s_alert(&in, &alerts[len]);
        (void)sb_reader_join(r, &in);
        len++;
    }
    return len;
}

static void s_person(sb_reader_t *r, item_t *item)
{
    const cJSON *json = sb_read_object_or_null(r, "person");
    if (!json) {
        item->name = "";
        return;
    }
    sb_reader_t in = sb_reader_in(r, "person", json);
    item->name = sb_read_str_or(&in, "name", SB_NAME_MAX, "");
    item->chat_id = sb_read_str_or(&in, "chat_id", SB_NAME_MAX, NULL);
    item->zone = sb_read_str_or(&in, "zone", SB_ZONE_MAX, NULL);
    item->known = sb_read_bool(&in, "active");
    (void)sb_reader_join(r, &in);
}

static void s_driver(conv_t *conv, const char *driver)
{
    const size_t len = strlen(driver);
    const size_t suffix = sizeof TYPED - 1;
    s_copy(conv->driver, sizeof conv->driver, driver);
    if (len > suffix && strcmp(driver + len - suffix, TYPED) == 0) {
        conv->driver[len - suffix] = '\0';
        conv->typed = true;
    }
}

static void s_conv(sb_reader_t *r, item_t *item)
{
    const cJSON *json = sb_read_object(r, "conversation");
    if (!json) {
        return;
    }
    conv_t *conv = &item->conv;
    sb_reader_t in = sb_reader_in(r, "conversation", json);
    conv->state = (conv_state_t)s_enum(&in, "state", s_states, CONV_STATES);
    s_copy(conv->alert, sizeof conv->alert, s_hash(&in, "alert", false));
    conv->deadline_ms = sb_read_int_or(&in, "deadline_ms", 0, SB_JSON_INT_MAX, -1);
    s_copy(conv->question, sizeof conv->question,
           sb_read_str_or(&in, "question", SB_ID_SIZE_MAX - 1, ""));
    s_copy(conv->job, sizeof conv->job, sb_read_str_or(&in, "job", SB_ID_SIZE_MAX - 1, ""));
    s_driver(conv, sb_read_str_or(&in, "driver", SB_DRIVER_NAME_MAX, ""));
    s_copy(conv->strength, sizeof conv->strength,
           sb_read_str_or(&in, "strength", ITEM_STRENGTH_SIZE - 1, ""));
    s_copy(conv->tried, sizeof conv->tried, sb_read_str_or(&in, "tried", ITEM_TRIED_SIZE - 1, ""));
    conv->attempts = sb_read_int_or(&in, "attempts", 0, INT32_MAX, 0);
    conv->comment = sb_read_str_or(&in, "comment", SB_COMMENT_MAX, NULL);
    s_copy(conv->last_alert, sizeof conv->last_alert, s_hash(&in, "last_alert", false));
    conv->transcript = sb_read_str_or(&in, "transcript", SB_TRANSCRIPT_MAX, NULL);
    item->version = sb_read_id(&in, "version");
    if (item->version >= SB_JSON_INT_MAX) {
        (void)sb_reader_fault(&in, "version", "too large");
    }
    (void)sb_reader_join(r, &in);
}

static void s_proofs(sb_reader_t *r, proofs_t *proofs)
{
    *proofs = (proofs_t){.refused_ms = -1, .fraud_ms = -1};
    const cJSON *json = sb_read_object_or_null(r, "proofs");
    if (!json) {
        return;
    }
    sb_reader_t in = sb_reader_in(r, "proofs", json);
    proofs->hour = sb_read_int(&in, "hour", 0, SB_JSON_INT_MAX);
    proofs->day = sb_read_int(&in, "day", 0, SB_JSON_INT_MAX);
    proofs->refused_ms = sb_read_int_or(&in, "refused_ms", 0, SB_JSON_INT_MAX, -1);
    proofs->fraud_ms = sb_read_int_or(&in, "fraud_ms", 0, SB_JSON_INT_MAX, -1);
    (void)sb_reader_join(r, &in);
}

static void s_inbox(sb_reader_t *r, item_t *item)
{
    const cJSON *array = sb_read_array(r, "inbox", SB_PULL_INBOX_MAX);
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, "inbox", json, item->inbox_len);
        event_t *event = &item->inbox[item->inbox_len++];
        event->seq = sb_read_id(&in, "seq");
        event->kind = (event_kind_t)s_enum(&in, "kind", s_kinds, LEN(s_kinds));
        event->text = sb_read_str_or(&in, "text", SB_OUTBOX_BODY_MAX, "");
        event->value = sb_read_str_or(&in, "value", SB_VALUE_MAX, "");
        event->at_ms = sb_read_int(&in, "at_ms", 0, SB_JSON_INT_MAX);
        (void)sb_reader_join(r, &in);
    }
    item->inbox_more = sb_read_bool_or(r, "inbox_more", false);
}

static void s_mutes(sb_reader_t *r, item_t *item)
{
    item->mutes = sb_read_array(r, "mutes", ITEM_MUTES_MAX);
    size_t i = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, item->mutes)
    {
        sb_reader_t in = sb_reader_item(r, "mutes", json, i++);
        (void)sb_read_str(&in, "title", 0, SB_TITLE_MAX);
        (void)sb_read_str(&in, "reason", 0, SB_COMMENT_MAX);
        (void)sb_read_int(&in, "until_ms", 0, SB_JSON_INT_MAX);
        (void)sb_read_str_or(&in, "place", SB_PLACE_MAX, NULL);
        (void)sb_reader_join(r, &in);
    }
}

int item_read(const cJSON *json, item_t *item_r, sb_err_t *err)
{
    assert(json);
    assert(item_r);
    assert(err);
    memset(item_r, 0, sizeof *item_r);
    sb_reader_t r = sb_reader(json, "item", err);
    item_r->id = sb_read_str(&r, "id", 1, SB_PERSON_ID_MAX);
    s_person(&r, item_r);
    item_r->exempt = sb_read_bool(&r, "exempt");
    item_r->refused = sb_read_bool_or(&r, "refused", false);
    s_conv(&r, item_r);
    item_r->has_alert = s_alert_or_null(&r, "alert", &item_r->alert);
    item_r->has_last = s_alert_or_null(&r, "last_alert", &item_r->last);
    item_r->news_len = s_alerts(&r, "new", item_r->news, SB_PULL_ALERTS_MAX);
    item_r->queued_len = s_alerts(&r, "queued", item_r->queued, SB_PULL_ALERTS_MAX);
    item_r->queued_more = sb_read_bool_or(&r, "queued_more", false);
    item_r->named_len = s_alerts(&r, "named", item_r->named, ITEM_NAMED_MAX);
    s_mutes(&r, item_r);
    s_proofs(&r, &item_r->proofs);
    s_inbox(&r, item_r);
    if (sb_reader_code(&r) == SB_OK && item_r->has_alert &&
        strcmp(item_r->alert.hash, item_r->conv.alert) != 0) {
        return sb_fail(err, SB_EINVALID, "item.alert: not the conversation's");
    }
    return sb_reader_code(&r);
}

const char *item_mute(const item_t *self, const char *title, const char *place, int64_t now_ms)
{
    assert(self);
    assert(title);
    sb_err_t ignored; /* item_read has looked at them */
    const cJSON *json;
    cJSON_ArrayForEach(json, self->mutes)
    {
        sb_reader_t in = sb_reader(json, "mute", &ignored);
        const char *of = sb_read_str_or(&in, "place", SB_PLACE_MAX, NULL);
        if (strcmp(sb_read_str(&in, "title", 0, SB_TITLE_MAX), title) == 0 &&
            (!of || strcmp(of, place) == 0) &&
            sb_read_int(&in, "until_ms", 0, SB_JSON_INT_MAX) > now_ms) {
            return sb_read_str(&in, "reason", 0, SB_COMMENT_MAX);
        }
    }
    return NULL;
}

static const char *s_or_null(const char *text)
{
    return text && text[0] ? text : NULL;
}

cJSON *item_conv_json(const conv_t *conv)
{
    assert(conv);
    char driver[SB_DRIVER_NAME_MAX + sizeof TYPED];
    (void)snprintf(driver, sizeof driver, "%s%s", conv->driver, conv->typed ? TYPED : "");
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "state", s_states[conv->state]);
    sb_json_add_str(json, "alert", s_or_null(conv->alert));
    if (conv->deadline_ms >= 0) {
        sb_json_add_int(json, "deadline_ms", conv->deadline_ms);
    } else {
        sb_json_add(json, "deadline_ms", cJSON_CreateNull());
    }
    sb_json_add_str(json, "question", s_or_null(conv->question));
    sb_json_add_str(json, "job", s_or_null(conv->job));
    sb_json_add_str(json, "driver", s_or_null(driver));
    sb_json_add_str(json, "strength", s_or_null(conv->strength));
    sb_json_add_str(json, "tried", s_or_null(conv->tried));
    sb_json_add_int(json, "attempts", conv->attempts);
    sb_json_add_str(json, "comment", s_or_null(conv->comment));
    sb_json_add_str(json, "last_alert", s_or_null(conv->last_alert));
    sb_json_add_str(json, "transcript", s_or_null(conv->transcript));
    return json;
}
