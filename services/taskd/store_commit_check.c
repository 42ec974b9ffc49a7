/* store_commit_check.c: what must be true before a transition is written. This is the last guard
 * of the promise that nothing is confirmed which was not proven. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/taskd/store_commit.h"

/* Says what is wrong with a transition, once. */
#define REFUSE(self, number, code, ...)                                                            \
    do {                                                                                           \
        if (commit_good(self, number)) {                                                           \
            (void)sb_fail(&(self)->transitions[number].err, code, __VA_ARGS__);                    \
        }                                                                                          \
    } while (0)

/* ---- Looking. */

static void s_on_version(void *ctx, size_t tag, db_row_t *row)
{
    ((commit_t *)ctx)->transitions[tag].found = db_take_int(row);
}

static bool s_of_person(const commit_t *self, size_t of, const char *person)
{
    return strcmp(self->transitions[of].person.id, person) == 0;
}

/* A text within an object that was stored; free() it. NULL if there is none. */
static char *s_text_of(const char *object, const char *key)
{
    sb_err_t err;
    cJSON *json = object ? sb_json_parse(object, strlen(object), 0, &err) : NULL;
    char *text = sb_strdup(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key)));
    cJSON_Delete(json);
    return text;
}

/* What the alert's confirmation lets its transition do: mute its own title, or its effect. */
static void s_allow(const commit_transition_t *t, commit_alert_t *alert, const char *title,
                    const char *effect)
{
    alert->mutes = t->mute && strcmp(t->mute_title, title) == 0;
    if (!effect || (!t->mute && t->exempt != 1)) {
        return;
    }
    char *kind = s_text_of(effect, "kind");
    char *muted = s_text_of(effect, "title");
    alert->exempts = kind && strcmp(kind, "exempt") == 0;
    alert->mutes |= t->mute && muted && strcmp(t->mute_title, muted) == 0;
    free(kind);
    free(muted);
}

static void s_on_alert(void *ctx, size_t tag, db_row_t *row)
{
    commit_t *self = ctx;
    commit_alert_t *alert = &self->alerts.rows[tag];
    alert->found = s_of_person(self, alert->of, db_take_text(row));
    const int state = store_state_of(db_take_text(row));
    if (state < 0) {
        (void)db_row_fault(row, "is no state of an alert");
        return;
    }
    alert->before = (store_state_t)state;
    const char *title = db_take_text(row);
    s_allow(&self->transitions[alert->of], alert, title, db_take_text_or_null(row));
}

static void s_on_answered(void *ctx, size_t tag, db_row_t *row)
{
    commit_t *self = ctx;
    commit_answer_t *answer = &self->answers.rows[tag];
    answer->found = s_of_person(self, answer->of, db_take_text(row));
}

static void s_on_team(void *ctx, size_t tag, db_row_t *row)
{
    commit_t *self = ctx;
    commit_team_t *team = &self->teams.rows[tag];
    team->found = s_of_person(self, team->of, db_take_text(row));
    const int state = store_state_of(db_take_text(row));
    const char *outcome = db_take_text_or_null(row);
    team->before = state < 0 ? STORE_NEW : (store_state_t)state;
    team->outcome = outcome ? store_outcome_of(outcome) : NULL;
}

static void s_on_exists(void *ctx, size_t tag, db_row_t *row)
{
    (void)row;
    ((commit_t *)ctx)->creates.rows[tag].exists = true;
}

/* What botd asked for, what authd says it did, and what the answer says are one driver. */
static void s_on_proof(void *ctx, size_t tag, db_row_t *row)
{
    commit_answer_t *answer = &((commit_t *)ctx)->answers.rows[tag];
    char *asked = s_text_of(db_take_text(row), "driver");
    char *did = s_text_of(db_take_text_or_null(row), "driver");
    answer->proven = true;
    answer->otherwise = !answer->factor || !asked || strcmp(asked, answer->factor) != 0 ||
                        (did && strcmp(did, asked) != 0);
    free(asked);
    free(did);
}

/* ---- Outbox ids are looked up all at once. */

typedef struct {
    commit_out_t **sorted; /* by id */
    size_t len;
} outs_t;

static int s_compare_outs(const void *a, const void *b)
{
    return strcmp((*(commit_out_t *const *)a)->id, (*(commit_out_t *const *)b)->id);
}

static void s_on_out(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    outs_t *outs = ctx;
    commit_out_t key = {.id = db_take_text(row)};
    commit_out_t *key_p = &key;
    commit_out_t **found =
        bsearch(&key_p, outs->sorted, outs->len, sizeof *outs->sorted, s_compare_outs);
    if (found) {
        (*found)->used = true;
    }
}

static void s_sort_outs(commit_t *self, outs_t *outs, const char **ids)
{
    outs->sorted = sb_alloc_array(self->outs.len, sizeof *outs->sorted);
    for (size_t i = 0; i < self->outs.len; i++) {
        if (commit_good(self, self->outs.rows[i].of)) {
            outs->sorted[outs->len++] = &self->outs.rows[i];
        }
    }
    qsort(outs->sorted, outs->len, sizeof *outs->sorted, s_compare_outs);
    for (size_t i = 0; i < outs->len; i++) {
        ids[i] = outs->sorted[i]->id;
        if (i > 0 && strcmp(ids[i], ids[i - 1]) == 0) {
            REFUSE(self, outs->sorted[i]->of, SB_EINVALID, "outbox: %s stands there twice", ids[i]);
            REFUSE(self, outs->sorted[i - 1]->of, SB_EINVALID, "outbox: %s stands there twice",
                   ids[i]);
        }
    }
}

/* ---- Judging. */

static const commit_answer_t *s_answer_of(const commit_t *self, const commit_alert_t *alert)
{
    for (size_t i = 0; i < self->answers.len; i++) {
        const commit_answer_t *answer = &self->answers.rows[i];
        if (answer->of == alert->of && strcmp(answer->hash.hex, alert->hash.hex) == 0 &&
            answer->proof && answer->authenticated == 1) {
            return answer;
        }
    }
    return NULL;
}

static void s_judge_alert(commit_t *self, const commit_alert_t *alert)
{
    const char *hash = alert->hash.hex;
    if (!alert->found) {
        REFUSE(self, alert->of, SB_EINVALID, "alerts: %s is no alert of this person", hash);
        return;
    }
    const bool over = alert->before == STORE_ESCALATED || alert->before == STORE_CLOSED;
    if (over || alert->state <= alert->before) {
        REFUSE(self, alert->of, SB_EINVALID, "alerts: %s is %s, it can't become %s", hash,
               store_states[alert->before], store_states[alert->state]);
        return;
    }
    if (!alert->outcome || strcmp(alert->outcome->name, SB_OUTCOME_CONFIRMED) != 0) {
        return;
    }
    if (alert->before != STORE_ASKED) {
        REFUSE(self, alert->of, SB_ECONFLICT, "alerts: %s was not asked", hash);
    }
    if (!s_answer_of(self, alert)) {
        REFUSE(self, alert->of, SB_ECONFLICT, "answers: %s has no proof", hash);
    }
    self->transitions[alert->of].may_mute |= alert->mutes;
    self->transitions[alert->of].may_exempt |= alert->exempts;
}

/* What weakens the watch over somebody is proven like any other yes, and by the same row. */
static void s_judge_effects(commit_t *self, size_t of)
{
    const commit_transition_t *t = &self->transitions[of];
    if (t->mute && !t->may_mute) {
        REFUSE(self, of, SB_ECONFLICT,
               "mute: no alert with this title or effect is confirmed in this transition");
    }
    if (t->exempt == 1 && !t->may_exempt) {
        REFUSE(self, of, SB_ECONFLICT,
               "exempt: no alert with this effect is confirmed in this transition");
    }
}

static void s_judge_answer(commit_t *self, const commit_answer_t *answer)
{
    const char *hash = answer->hash.hex;
    if (!answer->found) {
        REFUSE(self, answer->of, SB_EINVALID, "answers: %s is no alert of this person", hash);
    } else if (answer->authenticated == 1 && !answer->proof) {
        REFUSE(self, answer->of, SB_ECONFLICT, "answers: %s has no proof", hash);
    } else if (answer->proof && !answer->proven) {
        REFUSE(self, answer->of, SB_ECONFLICT,
               "answers: %s is no approval of this person for %s after it was asked, or it was "
               "used before",
               answer->proof, hash);
    } else if (answer->otherwise) {
        REFUSE(self, answer->of, SB_ECONFLICT, "answers: %s is no approval by %s", answer->proof,
               answer->factor ? answer->factor : "no factor");
    }
}

static void s_judge_team(commit_t *self, const commit_team_t *team)
{
    const char *hash = team->hash.hex;
    if (!team->found) {
        REFUSE(self, team->of, SB_EINVALID, "team: %s is no alert of this person", hash);
    } else if (team->before != STORE_ESCALATED) {
        REFUSE(self, team->of, SB_EINVALID, "team: %s is %s, not escalated", hash,
               store_states[team->before]);
    }
}

static void s_judge(commit_t *self)
{
    for (size_t i = 0; i < self->len; i++) {
        const commit_transition_t *t = &self->transitions[i];
        if (t->found != t->version) {
            REFUSE(self, i, SB_ESTALE, "version: %lld, but it is %lld by now",
                   (long long)t->version, (long long)t->found);
        }
    }
    for (size_t i = 0; i < self->alerts.len; i++) {
        s_judge_alert(self, &self->alerts.rows[i]);
    }
    for (size_t i = 0; i < self->answers.len; i++) {
        s_judge_answer(self, &self->answers.rows[i]);
    }
    for (size_t i = 0; i < self->len; i++) {
        s_judge_effects(self, i);
    }
    for (size_t i = 0; i < self->teams.len; i++) {
        s_judge_team(self, &self->teams.rows[i]);
    }
    for (size_t i = 0; i < self->creates.len; i++) {
        const commit_create_t *create = &self->creates.rows[i];
        if (create->exists) {
            REFUSE(self, create->of, SB_EINVALID, "create: %s is there already", create->hash.hex);
        }
    }
    for (size_t i = 0; i < self->outs.len; i++) {
        const commit_out_t *out = &self->outs.rows[i];
        if (out->used) {
            REFUSE(self, out->of, SB_EINVALID, "outbox: %s was used before", out->id);
        }
    }
}

/* ---- All questions in one round trip. */

typedef struct {
    db_sets_t epoch, versions, alerts, answered, teams, exists, proofs, outs;
} questions_t;

static void s_fill(const commit_t *self, questions_t *out)
{
    *db_sets_add(&out->epoch, 0) = db_int(self->epoch);
    for (size_t i = 0; i < self->len; i++) {
        if (commit_good(self, i)) {
            *db_sets_add(&out->versions, i) = db_text(self->transitions[i].person.id);
        }
    }
    for (size_t i = 0; i < self->alerts.len; i++) {
        if (commit_good(self, self->alerts.rows[i].of)) {
            *db_sets_add(&out->alerts, i) = db_hash(self->alerts.rows[i].hash.hex);
        }
    }
    for (size_t i = 0; i < self->creates.len; i++) {
        if (commit_good(self, self->creates.rows[i].of)) {
            *db_sets_add(&out->exists, i) = db_hash(self->creates.rows[i].hash.hex);
        }
    }
    for (size_t i = 0; i < self->teams.len; i++) {
        if (commit_good(self, self->teams.rows[i].of)) {
            *db_sets_add(&out->teams, i) = db_hash(self->teams.rows[i].hash.hex);
        }
    }
    for (size_t i = 0; i < self->answers.len; i++) {
        const commit_answer_t *answer = &self->answers.rows[i];
        if (!commit_good(self, answer->of)) {
            continue;
        }
        *db_sets_add(&out->answered, i) = db_hash(answer->hash.hex);
        if (answer->proof) {
            db_param_t *params = db_sets_add(&out->proofs, i);
            params[0] = db_text(answer->proof);
            params[1] = db_text(self->transitions[answer->of].person.id);
            params[2] = db_hash(answer->hash.hex);
        }
    }
}

int commit_check(store_t *store, commit_t *self, bool *current_r, sb_err_t *err)
{
    static const char version[] = "SELECT version FROM conversations WHERE person = $1 {update}";
    static const char alert[] = "SELECT person, state, title, effect FROM alerts WHERE hash = $1";
    static const char team[] = "SELECT person, state, outcome FROM alerts WHERE hash = $1";
    static const char proof[] =
        "SELECT o.body, o.result FROM outbox o JOIN alerts a ON a.hash = o.alert WHERE o.id = $1"
        " AND o.kind = 'factor.start' AND o.person = $2 AND o.alert = $3 AND a.person = $2"
        " AND o.state = 'done' AND o.status = 'approved' AND o.seq > a.asked_seq"
        " AND NOT EXISTS (SELECT 1 FROM answers n WHERE n.proof = o.id)";
    static const char outs_known[] = "SELECT id FROM outbox WHERE id {any(}$1{)any}";

    outs_t outs = {0};
    const char **ids = sb_alloc_array(self->outs.len, sizeof *ids);
    s_sort_outs(self, &outs, ids);
    questions_t q = {db_sets(1), db_sets(1), db_sets(1), db_sets(1),
                     db_sets(1), db_sets(1), db_sets(3), db_sets(1)};
    s_fill(self, &q);
    if (outs.len > 0) {
        *db_sets_add(&q.outs, 0) = db_list(ids, outs.len);
    }
    const db_step_t steps[] = {
        store_epoch_step(&q.epoch, true, current_r),
        {.sql = version,    .sets = &q.versions, .on_row = s_on_version,  .ctx = self },
        {.sql = alert,      .sets = &q.alerts,   .on_row = s_on_alert,    .ctx = self },
        {.sql = alert,      .sets = &q.answered, .on_row = s_on_answered, .ctx = self },
        {.sql = team,       .sets = &q.teams,    .on_row = s_on_team,     .ctx = self },
        {.sql = alert,      .sets = &q.exists,   .on_row = s_on_exists,   .ctx = self },
        {.sql = proof,      .sets = &q.proofs,   .on_row = s_on_proof,    .ctx = self },
        {.sql = outs_known, .sets = &q.outs,     .on_row = s_on_out,      .ctx = &outs},
    };
    const int code = db_run(store->db, steps, sizeof steps / sizeof steps[0], err);
    db_sets_t *const all[] = {&q.epoch, &q.versions, &q.alerts, &q.answered,
                              &q.teams, &q.exists,   &q.proofs, &q.outs};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        db_sets_free(all[i]);
    }
    free(ids);
    free(outs.sorted);
    if (code == SB_OK && *current_r) {
        s_judge(self);
    }
    return code;
}
