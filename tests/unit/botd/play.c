/* play.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/botd/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "services/botd/conversation.h"

#define ROUNDS_MAX 1000 /* of one play_run: more means that nothing gets done */

static cJSON *s_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *play_str(const cJSON *object, const char *key)
{
    const cJSON *got = s_get(object, key);
    return cJSON_IsString(got) ? got->valuestring : "";
}

static int64_t s_int(const cJSON *object, const char *key)
{
    const cJSON *got = s_get(object, key);
    return cJSON_IsNumber(got) ? (int64_t)got->valuedouble : -1;
}

static int s_tristate(const cJSON *object, const char *key)
{
    const cJSON *got = s_get(object, key);
    return cJSON_IsBool(got) ? cJSON_IsTrue(got) : -1;
}

/* ---- Life. */

void play_init(play_t *self, const char *name, const policy_t *policy)
{
    memset(self, 0, sizeof *self);
    self->name = name;
    self->policy = policy;
    self->now_ms = PLAY_START_MS;
    self->conv = sb_json_object();
    sb_json_add_str(self->conv, "state", "idle");
    sb_json_add_int(self->conv, "attempts", 0);
    self->inbox = sb_json_array();
    self->outbox = sb_json_array();
    self->mutes = sb_json_array();
    self->audit = sb_json_array();
}

void play_free(play_t *self)
{
    for (size_t i = 0; i < self->alerts_len; i++) {
        play_alert_t *alert = &self->alerts[i];
        free(alert->title);
        free(alert->description);
        free(alert->reason);
        free(alert->place);
        free(alert->comment);
        free(alert->factor);
        free(alert->proof);
        free(alert->acked_by);
        free(alert->assigned_to);
        free(alert->disposition);
        cJSON_Delete(alert->effect);
    }
    cJSON_Delete(self->conv);
    cJSON_Delete(self->inbox);
    cJSON_Delete(self->outbox);
    cJSON_Delete(self->mutes);
    cJSON_Delete(self->audit);
}

/* ---- The world. */

static play_alert_t *s_add_alert(play_t *self, const char *hash, const char *title,
                                 const char *description, const char *reason)
{
    assert_true(self->alerts_len < PLAY_ALERTS_MAX);
    play_alert_t *alert = &self->alerts[self->alerts_len++];
    memset(alert, 0, sizeof *alert);
    (void)snprintf(alert->hash, sizeof alert->hash, "%s", hash);
    alert->title = sb_strdup(title);
    alert->description = sb_strdup(description);
    alert->reason = sb_strdup(reason);
    (void)snprintf(alert->state, sizeof alert->state, "new");
    alert->asked_ms = -1;
    alert->performed = -1;
    alert->authenticated = -1;
    return alert;
}

play_alert_t *play_alert(play_t *self, const char *title, const char *description,
                         const char *reason)
{
    char seed[24];
    (void)snprintf(seed, sizeof seed, "%zu", self->alerts_len);
    uint8_t sum[SB_SHA256_SIZE];
    sb_sha256(seed, strlen(seed), sum);
    char hash[SB_HASH_HEX + 1];
    sb_hex(sum, sizeof sum, hash);
    return s_add_alert(self, hash, title, description, reason);
}

play_alert_t *play_find(play_t *self, const char *hash)
{
    for (size_t i = 0; i < self->alerts_len; i++) {
        if (strcmp(self->alerts[i].hash, hash) == 0) {
            return &self->alerts[i];
        }
    }
    return NULL;
}

void play_event(play_t *self, const char *kind, const char *text, const char *value, int64_t at_ms)
{
    cJSON *event = sb_json_object();
    sb_json_add_id(event, "seq", ++self->inbox_seq);
    sb_json_add_str(event, "kind", kind);
    sb_json_add_str(event, "text", text);
    sb_json_add_str(event, "value", value);
    sb_json_add_int(event, "at_ms", at_ms);
    sb_json_push(self->inbox, event);
}

cJSON *play_row(const play_t *self, const char *id)
{
    cJSON *row;
    cJSON_ArrayForEach(row, self->outbox)
    {
        if (strcmp(play_str(row, "id"), id) == 0) {
            return row;
        }
    }
    return NULL;
}

void play_done(play_t *self, const char *id, bool ok, const cJSON *result)
{
    cJSON *row = play_row(self, id);
    assert_non_null(row);
    if (s_get(row, "result")) {
        return; /* a row that is not pending is left alone */
    }
    sb_json_add(row, "result", sb_json_copy(result));
    sb_json_add_int(row, "ended_ms", self->now_ms);
    const char *kind = play_str(row, "kind");
    const bool factor = strcmp(kind, "factor.can") == 0 || strcmp(kind, "factor.start") == 0;
    const bool unsent = !ok && strcmp(kind, "chat.send") == 0 && play_str(row, "lane")[0] == '@';
    if (factor || unsent) {
        char *text = sb_json_print(result);
        play_event(self, "result", text, id, self->now_ms);
        free(text);
    }
}

void play_accept(play_t *self, const char *id, const cJSON *show)
{
    cJSON *row = play_row(self, id);
    assert_non_null(row);
    if (s_get(row, "result") || s_get(row, "accepted")) {
        return;
    }
    sb_json_add_bool(row, "accepted", true);
    cJSON *result = sb_json_object();
    sb_json_add_str(result, "status", "waiting");
    sb_json_add(result, "show", sb_json_copy(show));
    char *text = sb_json_print(result);
    play_event(self, "result", text, id, self->now_ms);
    free(text);
    cJSON_Delete(result);
}

void play_mute(play_t *self, const char *title, const char *place, const char *reason,
               int64_t until_ms)
{
    cJSON *mute;
    cJSON_ArrayForEach(mute, self->mutes)
    {
        if (strcmp(play_str(mute, "title"), title) == 0) {
            cJSON_Delete(cJSON_DetachItemViaPointer(self->mutes, mute));
            break;
        }
    }
    mute = sb_json_object();
    sb_json_add_str(mute, "title", title);
    sb_json_add_str(mute, "place", place);
    sb_json_add_str(mute, "reason", reason);
    sb_json_add_int(mute, "until_ms", until_ms);
    sb_json_push(self->mutes, mute);
}

const char *play_id(const char *hash)
{
    static char id[2 + SB_ESCALATION_ID_DIGITS + 1];
    uint8_t sum[SB_SHA256_SIZE];
    char digits[2 * SB_SHA256_SIZE + 1];
    sb_sha256(hash, strlen(hash), sum);
    sb_hex(sum, sizeof sum, digits);
    (void)snprintf(id, sizeof id, "e-%.*s", SB_ESCALATION_ID_DIGITS, digits);
    return id;
}

bool play_is_card(const cJSON *row)
{
    return strncmp(play_str(row, "id"), SB_ESCALATION_ID_PREFIX,
                   sizeof SB_ESCALATION_ID_PREFIX - 1) == 0;
}

const char *play_conv(const play_t *self, const char *key)
{
    return play_str(self->conv, key);
}

int64_t play_deadline(const play_t *self)
{
    return s_int(self->conv, "deadline_ms");
}

/* ---- work.pull */

static cJSON *s_alert_json(const play_alert_t *alert)
{
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "hash", alert->hash);
    sb_json_add_str(json, "title", alert->title);
    sb_json_add_str(json, "description", alert->description);
    sb_json_add_str(json, "reason", alert->reason);
    sb_json_add_str(json, "url", NULL);
    sb_json_add_str(json, "place", alert->place);
    sb_json_add_str(json, "state", alert->state);
    sb_json_add_str(json, "outcome", alert->outcome[0] ? alert->outcome : NULL);
    sb_json_add_str(json, "comment", alert->comment);
    sb_json_add_str(json, "acked_by", alert->acked_by);
    sb_json_add_str(json, "assigned_to", alert->assigned_to);
    sb_json_add_str(json, "disposition", alert->disposition);
    sb_json_add(json, "effect", alert->effect ? sb_json_copy(alert->effect) : cJSON_CreateNull());
    sb_json_add_int(json, "event_ms", PLAY_START_MS - 1000);
    if (alert->asked_ms >= 0) {
        sb_json_add_int(json, "asked_ms", alert->asked_ms);
    }
    return json;
}

/* At most max alerts in a state. True if there are more. */
static bool s_in_state(const play_t *self, const char *state, int max, cJSON *array)
{
    for (size_t i = 0; i < self->alerts_len; i++) {
        if (strcmp(self->alerts[i].state, state) == 0) {
            if (max-- == 0) {
                return true;
            }
            sb_json_push(array, s_alert_json(&self->alerts[i]));
        }
    }
    return false;
}

static void s_add_alert_of(play_t *self, cJSON *item, const char *key, const char *hash)
{
    const play_alert_t *alert = play_find(self, hash);
    if (alert) {
        sb_json_add(item, key, s_alert_json(alert));
    } else {
        sb_json_add_str(item, key, NULL);
    }
}

static cJSON *s_person(const play_t *self)
{
    if (self->person == PLAY_UNKNOWN) {
        return cJSON_CreateNull();
    }
    cJSON *person = sb_json_object();
    sb_json_add_str(person, "id", PLAY_PERSON);
    sb_json_add_str(person, "name", "Alice Arrow");
    sb_json_add_str(person, "chat_id", "U1");
    sb_json_add_str(person, "zone", "Europe/Berlin");
    sb_json_add_bool(person, "active", self->person == PLAY_KNOWN);
    return person;
}

static cJSON *s_inbox(play_t *self, cJSON *named, bool *more_r)
{
    cJSON *inbox = sb_json_array();
    *more_r = false;
    const cJSON *event;
    cJSON_ArrayForEach(event, self->inbox)
    {
        if (cJSON_GetArraySize(inbox) == SB_PULL_INBOX_MAX) {
            *more_r = true;
            break;
        }
        sb_json_push(inbox, sb_json_copy(event));
        sb_button_t button;
        const bool pressed = strcmp(play_str(event, "kind"), "button") == 0 ||
                             strcmp(play_str(event, "kind"), "team") == 0;
        const play_alert_t *alert = sb_button_parse(play_str(event, "value"), &button)
                                        ? play_find(self, button.hash)
                                        : NULL;
        if (alert && pressed) {
            sb_json_push(named, s_alert_json(alert));
        }
    }
    return inbox;
}

#define HOUR_MS (60 * 60 * 1000LL)

/* Null for -1. */
static void s_add_time(cJSON *json, const char *key, int64_t ms)
{
    if (ms < 0) {
        sb_json_add_str(json, key, NULL);
    } else {
        sb_json_add_int(json, key, ms);
    }
}

/* Wrong codes are one when they used up the tries. */
static bool s_is_refusal(play_t *self, const cJSON *row, const char *status)
{
    if (strcmp(status, "wrong_code") != 0) {
        return strcmp(status, "refused") == 0;
    }
    const play_alert_t *alert = play_find(self, play_str(row, "alert"));
    return alert && strcmp(alert->outcome, "refused") == 0;
}

static cJSON *s_proofs(play_t *self)
{
    if (strcmp(play_conv(self, "state"), "idle") == 0) {
        return cJSON_CreateNull();
    }
    int64_t hour = 0;
    int64_t day = 0;
    int64_t refused_ms = -1;
    int64_t fraud_ms = -1;
    const cJSON *row;
    cJSON_ArrayForEach(row, self->outbox)
    {
        if (strcmp(play_str(row, "kind"), "factor.start") != 0) {
            continue;
        }
        const int64_t age_ms = self->now_ms - s_int(row, "created_ms");
        const bool rings = !play_str(s_get(row, "body"), "code")[0];
        hour += rings && age_ms < HOUR_MS ? 1 : 0;
        day += rings && age_ms < 24 * HOUR_MS ? 1 : 0;
        const char *status = play_str(s_get(row, "result"), "status");
        const int64_t ended_ms = s_int(row, "ended_ms");
        if (s_is_refusal(self, row, status) && ended_ms > refused_ms) {
            refused_ms = ended_ms;
        } else if ((strcmp(status, "fraud") == 0 || strcmp(status, "suspect") == 0) &&
                   ended_ms > fraud_ms) {
            fraud_ms = ended_ms;
        }
    }
    cJSON *proofs = sb_json_object();
    sb_json_add_int(proofs, "hour", hour);
    sb_json_add_int(proofs, "day", day);
    s_add_time(proofs, "refused_ms", refused_ms);
    s_add_time(proofs, "fraud_ms", fraud_ms);
    return proofs;
}

static cJSON *s_pull(play_t *self)
{
    cJSON *item = sb_json_object();
    sb_json_add_str(item, "id", PLAY_PERSON);
    sb_json_add(item, "person", s_person(self));
    sb_json_add_bool(item, "exempt", self->exempt);
    sb_json_add_bool(item, "refused", self->refused);
    cJSON *conv = sb_json_copy(self->conv);
    sb_json_add_id(conv, "version", self->version);
    sb_json_add(item, "conversation", conv);
    s_add_alert_of(self, item, "alert", play_conv(self, "alert"));
    s_add_alert_of(self, item, "last_alert", play_conv(self, "last_alert"));
    cJSON *news = sb_json_array();
    cJSON *queued = sb_json_array();
    cJSON *named = sb_json_array();
    (void)s_in_state(self, "new", SB_PULL_ALERTS_MAX, news);
    const bool queued_more = s_in_state(self, "queued", SB_PULL_ALERTS_MAX, queued);
    bool inbox_more;
    sb_json_add(item, "inbox", s_inbox(self, named, &inbox_more));
    sb_json_add_bool(item, "inbox_more", inbox_more);
    sb_json_add(item, "new", news);
    sb_json_add(item, "queued", queued);
    sb_json_add_bool(item, "queued_more", queued_more);
    sb_json_add(item, "named", named);
    cJSON *mutes = sb_json_array();
    const cJSON *mute;
    cJSON_ArrayForEach(mute, self->mutes)
    {
        if (s_int(mute, "until_ms") > self->now_ms) {
            sb_json_push(mutes, sb_json_copy(mute));
        }
    }
    sb_json_add(item, "mutes", mutes);
    sb_json_add(item, "proofs", s_proofs(self));
    return item;
}

static bool s_has_work(const play_t *self)
{
    const int64_t deadline_ms = play_deadline(self);
    bool news = false;
    for (size_t i = 0; i < self->alerts_len; i++) {
        news = news || strcmp(self->alerts[i].state, "new") == 0;
    }
    return news || self->inbox->child || (deadline_ms >= 0 && deadline_ms <= self->now_ms);
}

/* ---- commit */

static void s_copy_str(char **text_p, const cJSON *object, const char *key)
{
    free(*text_p);
    *text_p = sb_strdup(s_get(object, key) ? s_get(object, key)->valuestring : NULL);
}

/* Null leaves it as it is. */
static void s_change_str(char **text_p, const cJSON *object, const char *key)
{
    if (cJSON_IsString(s_get(object, key))) {
        s_copy_str(text_p, object, key);
    }
}

static void s_apply_alerts(play_t *self, const cJSON *transition)
{
    const cJSON *json;
    cJSON_ArrayForEach(json, s_get(transition, "create"))
    {
        play_alert_t *alert = s_add_alert(self, play_str(json, "hash"), play_str(json, "title"),
                                          play_str(json, "description"), play_str(json, "reason"));
        const cJSON *effect = s_get(json, "effect");
        alert->effect = cJSON_IsObject(effect) ? sb_json_copy(effect) : NULL;
    }
    cJSON_ArrayForEach(json, s_get(transition, "alerts"))
    {
        play_alert_t *alert = play_find(self, play_str(json, "hash"));
        (void)snprintf(alert->state, sizeof alert->state, "%s", play_str(json, "state"));
        (void)snprintf(alert->outcome, sizeof alert->outcome, "%s", play_str(json, "outcome"));
        alert->asked_ms = s_int(json, "asked_ms");
        if (strcmp(alert->state, "asked") == 0) {
            alert->deadline_ms = s_int(s_get(transition, "conversation"), "deadline_ms");
            alert->asked_outbox = cJSON_GetArraySize(self->outbox);
        }
    }
    cJSON_ArrayForEach(json, s_get(transition, "answers"))
    {
        play_alert_t *alert = play_find(self, play_str(json, "hash"));
        alert->performed = s_tristate(json, "performed");
        alert->authenticated = s_tristate(json, "authenticated");
        s_copy_str(&alert->comment, json, "comment");
        s_copy_str(&alert->factor, json, "factor");
        s_copy_str(&alert->proof, json, "proof");
    }
    cJSON_ArrayForEach(json, s_get(transition, "team"))
    {
        play_alert_t *alert = play_find(self, play_str(json, "hash"));
        s_change_str(&alert->acked_by, json, "acked_by");
        s_change_str(&alert->assigned_to, json, "assigned_to");
        s_change_str(&alert->disposition, json, "disposition");
    }
}

static void s_apply(play_t *self, const cJSON *transition)
{
    s_apply_alerts(self, transition);
    for (const cJSON *seq = s_get(transition, "applied")->child; seq; seq = seq->next) {
        cJSON_DeleteItemFromArray(self->inbox, 0); /* they are the first, which was checked */
    }
    const cJSON *row;
    cJSON_ArrayForEach(row, s_get(transition, "outbox"))
    {
        cJSON *copy = sb_json_copy(row);
        sb_json_add_int(copy, "created_ms", self->now_ms);
        sb_json_push(self->outbox, copy);
    }
    cJSON_ArrayForEach(row, s_get(transition, "audit"))
    {
        sb_json_push(self->audit, sb_json_copy(row));
    }
    const cJSON *mute = s_get(transition, "mute");
    if (cJSON_IsObject(mute)) {
        const cJSON *place = s_get(mute, "place");
        play_mute(self, play_str(mute, "title"), cJSON_IsString(place) ? place->valuestring : NULL,
                  play_str(mute, "reason"), s_int(mute, "until_ms"));
    }
    const int exempt = s_tristate(transition, "exempt");
    self->exempt = exempt >= 0 ? exempt > 0 : self->exempt;
    cJSON_Delete(self->conv);
    self->conv = sb_json_copy(s_get(transition, "conversation"));
    self->version++;
}

/* The same item at the same time must give the same transition. */
static cJSON *s_step_twice(play_t *self, const cJSON *item)
{
    sb_err_t err = {0};
    cJSON *first = conversation_step(self->policy, item, self->now_ms, &err);
    if (!first) {
        fail_msg("%s: %s", self->name, err.text);
    }
    cJSON *second = conversation_step(self->policy, item, self->now_ms, &err);
    if (!cJSON_Compare(first, second, true)) {
        fail_msg("%s: the same step twice gives two transitions", self->name);
    }
    cJSON_Delete(second);
    return first;
}

void play_run(play_t *self)
{
    for (int round = 0; s_has_work(self); round++) {
        if (round == ROUNDS_MAX) {
            fail_msg("%s: nothing gets done", self->name);
        }
        cJSON *item = s_pull(self);
        cJSON *transition = s_step_twice(self, item);
        play_check_transition(self, item, transition);
        s_apply(self, transition);
        play_check_state(self);
        self->steps++;
        cJSON_Delete(transition);
        cJSON_Delete(item);
    }
}
