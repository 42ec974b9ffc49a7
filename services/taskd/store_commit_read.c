/* store_commit_read.c: the members of a commit. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/bus.h"
#include "services/taskd/store_commit.h"

#define KIND_MAX (SB_NAME_SIZE_MAX - 1)
#define JOB_MAX (SB_ID_SIZE_MAX - 1)

static const char *const s_conversation_states[] = {"idle",    "asked", "checking",
                                                    "consent", "code",  "proving"};
static const char *const s_kinds[] = {"chat.send", "chat.update", "factor.can", "factor.start",
                                      "factor.cancel"};

/* The next row of a table, zeroed. */
#define ADD(table, number)                                                                         \
    (s_grow((void **)&(table)->rows, &(table)->len, &(table)->room, sizeof *(table)->rows),        \
     (table)->rows[(table)->len - 1].of = (number), &(table)->rows[(table)->len - 1])

static void s_grow(void **rows, size_t *len, size_t *room, size_t size)
{
    if (*len == *room) {
        *room = *room ? 2 * *room : 16;
        *rows = sb_realloc(*rows, *room * size);
    }
    memset((char *)*rows + *len * size, 0, size);
    ++*len;
}

static void s_conversation(sb_reader_t *r, commit_transition_t *out)
{
    const cJSON *json = sb_read_object(r, "conversation");
    if (!json) {
        return;
    }
    sb_reader_t in = sb_reader_in(r, "conversation", json);
    const int state = sb_read_enum(&in, "state", s_conversation_states,
                                   sizeof s_conversation_states / sizeof s_conversation_states[0]);
    out->state = state < 0 ? "" : s_conversation_states[state];
    out->alert = store_read_hash_or_null(&in, "alert");
    out->deadline_ms = store_read_ms_or_null(&in, "deadline_ms");
    out->question = sb_read_str_or(&in, "question", JOB_MAX, NULL);
    out->job = sb_read_str_or(&in, "job", JOB_MAX, NULL);
    out->driver = sb_read_str_or(&in, "driver", SB_NAME_MAX, NULL);
    out->strength = sb_read_str_or(&in, "strength", SB_NAME_MAX, NULL);
    out->tried = sb_read_str_or(&in, "tried", SB_NAME_MAX, NULL);
    out->attempts = sb_read_int_or(&in, "attempts", 0, INT32_MAX, 0);
    out->comment = sb_read_str_or(&in, "comment", SB_COMMENT_MAX, NULL);
    out->last_alert = store_read_hash_or_null(&in, "last_alert");
    out->transcript = sb_read_str_or(&in, "transcript", SB_TRANSCRIPT_MAX, NULL);
    (void)sb_reader_join(r, &in);
}

static void s_mute(sb_reader_t *r, commit_transition_t *out)
{
    const cJSON *json = sb_read_object_or_null(r, "mute");
    if (!json) {
        return;
    }
    sb_reader_t in = sb_reader_in(r, "mute", json);
    out->mute = true;
    out->mute_title = sb_read_str(&in, "title", 1, SB_TITLE_MAX);
    out->mute_reason = sb_read_str_or(&in, "reason", SB_COMMENT_MAX, "");
    out->mute_until_ms = store_read_ms(&in, "until_ms");
    out->mute_place = sb_read_str_or(&in, "place", SB_PLACE_MAX, NULL);
    (void)sb_reader_join(r, &in);
}

static void s_applied(sb_reader_t *r, commit_t *self, size_t of)
{
    const cJSON *array = sb_read_array_or_null(r, "applied", COMMIT_PARTS_MAX);
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        /* An id stands in an array by itself: read it as a member of an object. */
        cJSON *holder = sb_json_object();
        sb_json_add(holder, "seq", sb_json_copy(json));
        sb_reader_t in = sb_reader_in(r, "applied", holder);
        ADD(&self->applied, of)->seq = sb_read_id(&in, "seq");
        (void)sb_reader_join(r, &in);
        cJSON_Delete(holder);
    }
}

static void s_alert(sb_reader_t *r, commit_alert_t *out)
{
    out->hash = store_read_hash(r, "hash");
    const int state = sb_read_enum(r, "state", store_states, STORE_STATES_LEN);
    const char *outcome = sb_read_str_or(r, "outcome", SB_NAME_MAX, NULL);
    out->asked_ms = store_read_ms_or_null(r, "asked_ms");
    out->closed_ms = store_read_ms_or_null(r, "closed_ms");
    if (sb_reader_code(r)) {
        return;
    }
    out->state = (store_state_t)state;
    out->outcome = outcome ? store_outcome_of(outcome) : NULL;
    const bool over = state == STORE_ESCALATED || state == STORE_CLOSED;
    if (outcome && !out->outcome) {
        (void)sb_reader_fault(r, "outcome", "is no outcome of an alert");
    } else if (over != (outcome != NULL) || (over && out->outcome->state != out->state)) {
        (void)sb_reader_fault(r, "outcome", "%s does not go with the state %s",
                              outcome ? outcome : "null", store_states[state]);
    }
}

static void s_alerts(sb_reader_t *r, commit_t *self, size_t of)
{
    const cJSON *array = sb_read_array_or_null(r, "alerts", COMMIT_ALERTS_MAX);
    const size_t first = self->alerts.len;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, "alerts", json, self->alerts.len - first);
        commit_alert_t *alert = ADD(&self->alerts, of);
        s_alert(&in, alert);
        for (size_t i = first; i + 1 < self->alerts.len; i++) {
            if (strcmp(self->alerts.rows[i].hash.hex, alert->hash.hex) == 0) {
                (void)sb_reader_fault(&in, "hash", "stands there twice");
            }
        }
        (void)sb_reader_join(r, &in);
    }
}

static void s_answers(sb_reader_t *r, commit_t *self, size_t of)
{
    const cJSON *array = sb_read_array_or_null(r, "answers", COMMIT_ALERTS_MAX);
    size_t i = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, "answers", json, i++);
        commit_answer_t *answer = ADD(&self->answers, of);
        answer->hash = store_read_hash(&in, "hash");
        answer->performed = sb_read_tristate(&in, "performed");
        answer->authenticated = sb_read_tristate(&in, "authenticated");
        answer->comment = sb_read_str_or(&in, "comment", SB_COMMENT_MAX, NULL);
        answer->factor = sb_read_str_or(&in, "factor", SB_NAME_MAX, NULL);
        answer->proof = sb_read_str_or(&in, "proof", JOB_MAX, NULL);
        (void)sb_reader_join(r, &in);
    }
}

/* What the alert's confirmation will do, with the members that it needs and no others; free() it.
 */
static char *s_effect(sb_reader_t *r)
{
    static const char *const kinds[] = {"mute", "exempt"};
    const cJSON *json = sb_read_object_or_null(r, "effect");
    if (!json) {
        return NULL;
    }
    sb_reader_t in = sb_reader_in(r, "effect", json);
    const int kind = sb_read_enum(&in, "kind", kinds, sizeof kinds / sizeof kinds[0]);
    cJSON *effect = sb_json_object();
    sb_json_add_str(effect, "kind", kind < 0 ? "" : kinds[kind]);
    if (kind == 0) {
        sb_json_add_str(effect, "title", sb_read_str(&in, "title", 1, SB_TITLE_MAX));
        sb_json_add_str(effect, "reason", sb_read_str_or(&in, "reason", SB_COMMENT_MAX, ""));
        sb_json_add_int(effect, "for_ms", sb_read_int(&in, "for_ms", 1, SB_JSON_INT_MAX));
    }
    char *text = sb_json_print(effect);
    cJSON_Delete(effect);
    (void)sb_reader_join(r, &in);
    return text;
}

static void s_creates(sb_reader_t *r, commit_t *self, size_t of)
{
    const cJSON *array = sb_read_array_or_null(r, "create", COMMIT_ALERTS_MAX);
    size_t i = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, "create", json, i++);
        commit_create_t *create = ADD(&self->creates, of);
        create->hash = store_read_hash(&in, "hash");
        create->title = sb_read_str(&in, "title", 1, SB_TITLE_MAX);
        create->description = sb_read_str(&in, "description", 1, SB_DESCRIPTION_MAX);
        create->reason = sb_read_str_or(&in, "reason", SB_REASON_MAX, NULL);
        create->event_ms = store_read_ms_or_null(&in, "event_ms");
        create->effect = s_effect(&in);
        (void)sb_reader_join(r, &in);
    }
}

static void s_teams(sb_reader_t *r, commit_t *self, size_t of)
{
    const cJSON *array = sb_read_array_or_null(r, "team", COMMIT_ALERTS_MAX);
    size_t i = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, "team", json, i++);
        commit_team_t *team = ADD(&self->teams, of);
        team->hash = store_read_hash(&in, "hash");
        team->acked_by = sb_read_str_or(&in, "acked_by", SB_ACTOR_MAX, NULL);
        team->assigned_to = sb_read_str_or(&in, "assigned_to", SB_ACTOR_MAX, NULL);
        team->disposition = store_read_disposition_or_null(&in, "disposition");
        (void)sb_reader_join(r, &in);
    }
}

/* A member of a member, which is null or not there. */
static bool s_is_null(const cJSON *json, const char *outer, const char *inner)
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(json, outer);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, inner);
    return !item || cJSON_IsNull(item);
}

static void s_outs(sb_reader_t *r, commit_t *self, size_t of)
{
    const cJSON *array = sb_read_array_or_null(r, "outbox", COMMIT_PARTS_MAX);
    size_t i = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, "outbox", json, i++);
        commit_out_t *out = ADD(&self->outs, of);
        out->id = sb_read_str(&in, "id", 1, JOB_MAX);
        const int kind = sb_read_enum(&in, "kind", s_kinds, sizeof s_kinds / sizeof s_kinds[0]);
        out->kind = kind < 0 ? "" : s_kinds[kind];
        out->lane = sb_read_str(&in, "lane", 1, SB_NAME_MAX);
        out->alert = store_read_hash_or_null(&in, "alert");
        out->body = store_read_json(&in, "body", SB_OUTBOX_BODY_MAX);
        out->asks = strcmp(out->kind, "factor.start") == 0 && s_is_null(json, "body", "code");
        (void)sb_reader_join(r, &in);
    }
}

static void s_audits(sb_reader_t *r, commit_t *self, size_t of)
{
    const cJSON *array = sb_read_array_or_null(r, "audit", COMMIT_PARTS_MAX);
    size_t i = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t in = sb_reader_item(r, "audit", json, i++);
        commit_audit_t *audit = ADD(&self->audits, of);
        audit->alert = store_read_hash_or_null(&in, "alert");
        audit->actor = sb_read_str(&in, "actor", 1, SB_ACTOR_MAX);
        audit->action = sb_read_str(&in, "action", 1, SB_ACTOR_MAX);
        audit->detail = store_read_json(&in, "detail", SB_DETAIL_MAX);
        (void)sb_reader_join(r, &in);
    }
}

static void s_transition(const cJSON *json, commit_t *self, size_t of)
{
    commit_transition_t *out = &self->transitions[of];
    char path[32];
    (void)snprintf(path, sizeof path, "transitions[%zu]", of);
    sb_reader_t r = sb_reader(json, path, &out->err);
    out->person = store_read_person(&r, "person");
    out->version = sb_read_id(&r, "version");
    s_conversation(&r, out);
    s_applied(&r, self, of);
    s_alerts(&r, self, of);
    s_answers(&r, self, of);
    s_creates(&r, self, of);
    s_teams(&r, self, of);
    s_mute(&r, out);
    out->exempt = sb_read_tristate(&r, "exempt");
    s_outs(&r, self, of);
    s_audits(&r, self, of);
}

/* One transition a person: the second would go by what the first is about to change. */
static int s_by_person(const void *a, const void *b)
{
    const commit_transition_t *x = *(commit_transition_t *const *)a;
    const commit_transition_t *y = *(commit_transition_t *const *)b;
    const int order = strcmp(x->person.id, y->person.id);
    return order ? order : (x > y) - (x < y);
}

static void s_refuse_twins(commit_t *self)
{
    commit_transition_t **sorted = sb_alloc_array(self->len, sizeof *sorted);
    for (size_t i = 0; i < self->len; i++) {
        sorted[i] = &self->transitions[i];
    }
    qsort(sorted, self->len, sizeof *sorted, s_by_person);
    for (size_t i = 1; i < self->len; i++) {
        if (!sorted[i]->err.code && strcmp(sorted[i]->person.id, sorted[i - 1]->person.id) == 0) {
            (void)sb_fail(&sorted[i]->err, SB_EINVALID, "person: stands in this commit twice");
        }
    }
    free(sorted);
}

bool commit_read(store_cmd_t *cmd, commit_t *self)
{
    *self = (commit_t){0};
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    self->epoch = sb_read_id(&r, "epoch");
    const cJSON *array = sb_read_array(&r, "transitions", SB_COMMIT_MAX);
    if (sb_reader_code(&r)) {
        return false;
    }
    self->transitions =
        sb_alloc_array((size_t)cJSON_GetArraySize(array), sizeof *self->transitions);
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        s_transition(json, self, self->len++);
    }
    s_refuse_twins(self);
    return true;
}

void commit_free(commit_t *self)
{
    for (size_t i = 0; i < self->creates.len; i++) {
        free(self->creates.rows[i].effect);
    }
    for (size_t i = 0; i < self->outs.len; i++) {
        free(self->outs.rows[i].body);
    }
    for (size_t i = 0; i < self->audits.len; i++) {
        free(self->audits.rows[i].detail);
    }
    free(self->transitions);
    free(self->applied.rows);
    free(self->alerts.rows);
    free(self->answers.rows);
    free(self->creates.rows);
    free(self->teams.rows);
    free(self->outs.rows);
    free(self->audits.rows);
    *self = (commit_t){0};
}

bool commit_good(const commit_t *self, size_t of)
{
    assert(of < self->len);
    return self->transitions[of].err.code == SB_OK;
}
