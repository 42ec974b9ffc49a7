/* transition.c. Ids are made of person, version and count and of nothing else, so that the same
 * step taken twice (the answer of the first commit was lost) is the same rows. */
#include "services/botd/transition.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/chatd.h"

#define PERSON_DIGITS 16 /* of the person's SHA-256 in an id */

static const char *const s_states[] = {
    [ALERT_NEW] = "new",       [ALERT_QUEUED] = "queued",
    [ALERT_ASKED] = "asked",   [ALERT_ESCALATED] = "escalated",
    [ALERT_CLOSED] = "closed",
};

struct transition {
    char *person;
    int64_t version; /* the one that this transition makes */
    char prefix[PERSON_DIGITS + 1];
    int count; /* of ids given out */
    cJSON *applied;
    cJSON *alerts;
    cJSON *answers;
    cJSON *create;
    cJSON *team;
    cJSON *mute; /* or NULL */
    int exempt;  /* 1, 0, -1: as it is */
    cJSON *outbox;
    cJSON *audit;
};

transition_t *transition_new(const char *person, int64_t version)
{
    assert(person);
    transition_t *self = sb_alloc(sizeof *self);
    self->person = sb_strdup(person);
    self->version = version + 1;
    uint8_t sum[SB_SHA256_SIZE];
    sb_sha256(person, strlen(person), sum);
    sb_hex(sum, PERSON_DIGITS / 2, self->prefix);
    self->applied = sb_json_array();
    self->alerts = sb_json_array();
    self->answers = sb_json_array();
    self->create = sb_json_array();
    self->team = sb_json_array();
    self->exempt = -1;
    self->outbox = sb_json_array();
    self->audit = sb_json_array();
    return self;
}

void transition_destroy(transition_t **self_p)
{
    assert(self_p);
    transition_t *self = *self_p;
    if (!self) {
        return;
    }
    cJSON_Delete(self->applied);
    cJSON_Delete(self->alerts);
    cJSON_Delete(self->answers);
    cJSON_Delete(self->create);
    cJSON_Delete(self->team);
    cJSON_Delete(self->mute);
    cJSON_Delete(self->outbox);
    cJSON_Delete(self->audit);
    free(self->person);
    free(self);
    *self_p = NULL;
}

void transition_applied(transition_t *self, int64_t seq)
{
    assert(self);
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, seq);
    sb_json_push(self->applied, cJSON_CreateString(text));
}

static cJSON *s_of_hash(const cJSON *array, const char *hash)
{
    cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        if (strcmp(cJSON_GetObjectItemCaseSensitive(json, "hash")->valuestring, hash) == 0) {
            return json;
        }
    }
    return NULL;
}

/* A fresh object for a hash; what the array said of it before is gone. */
static cJSON *s_afresh(cJSON *array, const char *hash)
{
    cJSON *old = s_of_hash(array, hash);
    if (old) {
        cJSON_Delete(cJSON_DetachItemViaPointer(array, old));
    }
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "hash", hash);
    sb_json_push(array, json);
    return json;
}

static void s_add_time(cJSON *json, const char *key, int64_t ms)
{
    if (ms < 0) {
        sb_json_add_str(json, key, NULL);
    } else {
        sb_json_add_int(json, key, ms);
    }
}

void transition_alert(transition_t *self, const char *hash, alert_state_t state,
                      const char *outcome, int64_t asked_ms, int64_t closed_ms)
{
    assert(self);
    assert((outcome != NULL) == (state == ALERT_ESCALATED || state == ALERT_CLOSED));
    cJSON *json = s_afresh(self->alerts, hash);
    sb_json_add_str(json, "state", s_states[state]);
    sb_json_add_str(json, "outcome", outcome);
    s_add_time(json, "asked_ms", asked_ms);
    s_add_time(json, "closed_ms", closed_ms);
}

bool transition_alert_state(const transition_t *self, const char *hash, alert_state_t *state_r)
{
    assert(self);
    const cJSON *json = s_of_hash(self->alerts, hash);
    if (!json) {
        return false;
    }
    const char *name = cJSON_GetObjectItemCaseSensitive(json, "state")->valuestring;
    *state_r = ALERT_NEW;
    while (strcmp(s_states[*state_r], name) != 0) {
        (*state_r)++;
    }
    return true;
}

void transition_answer(transition_t *self, const char *hash, const transition_answer_t *answer)
{
    assert(self);
    assert(answer);
    cJSON *json = s_afresh(self->answers, hash);
    sb_json_add_tristate(json, "performed", answer->performed);
    sb_json_add_tristate(json, "authenticated", answer->authenticated);
    sb_json_add_str(json, "comment", answer->comment);
    sb_json_add_str(json, "factor", answer->factor);
    sb_json_add_str(json, "proof", answer->proof);
}

void transition_team(transition_t *self, const char *hash, const char *acked_by,
                     const char *assigned_to, const char *disposition)
{
    assert(self);
    cJSON *json = s_afresh(self->team, hash);
    sb_json_add_str(json, "acked_by", acked_by);
    sb_json_add_str(json, "assigned_to", assigned_to);
    sb_json_add_str(json, "disposition", disposition);
}

static void s_id(transition_t *self, char id_r[SB_ID_SIZE_MAX])
{
    self->count++;
    (void)snprintf(id_r, SB_ID_SIZE_MAX, "c-%s-%" PRId64 "-%d", self->prefix, self->version,
                   self->count);
}

static cJSON *s_effect(const effect_t *effect)
{
    if (!effect || effect->kind == EFFECT_NONE) {
        return cJSON_CreateNull();
    }
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "kind", effect->kind == EFFECT_MUTE ? "mute" : "exempt");
    if (effect->kind == EFFECT_MUTE) {
        sb_json_add_str(json, "title", effect->title);
        sb_json_add_str(json, "reason", effect->reason);
        sb_json_add_int(json, "for_ms", effect->for_ms);
    }
    return json;
}

void transition_create(transition_t *self, const char *title, const char *description,
                       const char *reason, int64_t event_ms, const effect_t *effect,
                       char hash_r[SB_HASH_HEX + 1])
{
    assert(self);
    self->count++;
    char *seed = sb_format("%s\n%" PRId64 "\n%d", self->person, self->version, self->count);
    uint8_t sum[SB_SHA256_SIZE];
    sb_sha256(seed, strlen(seed), sum);
    free(seed);
    sb_hex(sum, sizeof sum, hash_r);

    cJSON *json = sb_json_object();
    sb_json_add_str(json, "hash", hash_r);
    sb_json_add_str(json, "title", title);
    sb_json_add_str(json, "description", description);
    sb_json_add_str(json, "reason", reason);
    sb_json_add_int(json, "event_ms", event_ms);
    sb_json_add(json, "effect", s_effect(effect));
    sb_json_push(self->create, json);
}

void transition_mute(transition_t *self, const char *title, const char *place, const char *reason,
                     int64_t until_ms)
{
    assert(self);
    assert(!self->mute);
    self->mute = sb_json_object();
    sb_json_add_str(self->mute, "title", title);
    sb_json_add_str(self->mute, "place", place);
    sb_json_add_str(self->mute, "reason", reason);
    sb_json_add_int(self->mute, "until_ms", until_ms);
}

bool transition_has_mute(const transition_t *self)
{
    assert(self);
    return self->mute != NULL;
}

void transition_exempt(transition_t *self, bool exempt)
{
    assert(self);
    self->exempt = exempt;
}

/* Takes the body. */
static void s_send(transition_t *self, const char *id, const char *kind, const char *lane,
                   const char *alert, cJSON *body)
{
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "id", id);
    sb_json_add_str(json, "kind", kind);
    sb_json_add_str(json, "lane", lane);
    sb_json_add_str(json, "alert", alert);
    sb_json_add(json, "body", body);
    sb_json_push(self->outbox, json);
}

void transition_send(transition_t *self, const char *kind, const char *lane, const char *alert,
                     cJSON *body, char id_r[SB_ID_SIZE_MAX])
{
    assert(self);
    assert(body);
    s_id(self, id_r);
    s_send(self, id_r, kind, lane, alert, body);
}

/* Not the hash's own digits, which senders choose: two that begin alike would be one message. */
void transition_card_id(const char *hash, char id_r[SB_ID_SIZE_MAX])
{
    assert(hash);
    uint8_t sum[SB_SHA256_SIZE];
    char digits[SB_ESCALATION_ID_DIGITS + 1];
    sb_sha256(hash, strlen(hash), sum);
    sb_hex(sum, SB_ESCALATION_ID_DIGITS / 2, digits);
    (void)snprintf(id_r, SB_ID_SIZE_MAX, SB_ESCALATION_ID_PREFIX "%s", digits);
}

void transition_send_card(transition_t *self, const char *lane, const char *hash, cJSON *body)
{
    assert(self);
    assert(body);
    char id[SB_ID_SIZE_MAX];
    transition_card_id(hash, id);
    s_send(self, id, SB_CHAT_SEND, lane, hash, body);
}

void transition_audit(transition_t *self, const char *alert, const char *actor, const char *action,
                      cJSON *detail)
{
    assert(self);
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "alert", alert);
    sb_json_add_str(json, "actor", actor);
    sb_json_add_str(json, "action", action);
    sb_json_add(json, "detail", detail ? detail : sb_json_object());
    sb_json_push(self->audit, json);
}

/* Moves *part_p into json. */
static void s_give(cJSON *json, const char *key, cJSON **part_p)
{
    sb_json_add(json, key, *part_p);
    *part_p = NULL;
}

cJSON *transition_finish(transition_t **self_p, const conv_t *conv)
{
    assert(self_p && *self_p);
    assert(conv);
    transition_t *self = *self_p;
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "person", self->person);
    sb_json_add_id(json, "version", self->version - 1);
    sb_json_add(json, "conversation", item_conv_json(conv));
    s_give(json, "applied", &self->applied);
    s_give(json, "alerts", &self->alerts);
    s_give(json, "answers", &self->answers);
    s_give(json, "create", &self->create);
    s_give(json, "team", &self->team);
    if (self->mute) {
        s_give(json, "mute", &self->mute);
    } else {
        sb_json_add_str(json, "mute", NULL);
    }
    sb_json_add_tristate(json, "exempt", self->exempt);
    s_give(json, "outbox", &self->outbox);
    s_give(json, "audit", &self->audit);
    transition_destroy(self_p);
    return json;
}
