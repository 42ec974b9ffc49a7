/* store_commit.c: commit. All that follows from a batch of steps becomes durable together: read
 * (store_commit_read.c), check (store_commit_check.c), write; two round trips. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/taskd/store_commit.h"
#include "services/taskd/store_ops.h"

/* The steps, in this order: an alert that becomes asked remembers the last outbox row there is,
 * those of its own transition included. */
enum {
    W_CONVERSATION,
    W_APPLIED,
    W_CREATE,
    W_OUTBOX,
    W_ALERT,
    W_ANSWER,
    W_TEAM,
    W_MUTE,
    W_EXEMPT,
    W_UNEXEMPT,
    W_LEN
};

static const struct {
    const char *sql;
    size_t width;
    bool exactly_one; /* row must be written, or somebody else was faster */
} s_writes[W_LEN] = {
    [W_CONVERSATION] =
        {"INSERT INTO conversations (person, version, state, alert, deadline_ms, question, job,"
         " driver, strength, tried, attempts, comment, last_alert, transcript)"
         " VALUES ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
         " ON CONFLICT (person) DO UPDATE SET version = excluded.version, state = excluded.state,"
         " alert = excluded.alert, deadline_ms = excluded.deadline_ms,"
         " question = excluded.question, job = excluded.job, driver = excluded.driver,"
         " strength = excluded.strength, tried = excluded.tried,"
         " attempts = excluded.attempts, comment = excluded.comment,"
         " last_alert = excluded.last_alert, transcript = excluded.transcript"
         " WHERE conversations.version = $2",                                        14, true },
    [W_APPLIED] = {"UPDATE inbox SET applied = 1 WHERE seq = $1 AND person = $2",                       2,  false},
    [W_CREATE] = {"INSERT INTO alerts (hash, title, person, description, reason, event_ms,"
                  " created_ms, state, effect) VALUES ($1, $2, $3, $4, $5, coalesce($6, {now}),"
                  " {now}, 'new', $7)",                                              7,  true },
    [W_OUTBOX] = {"INSERT INTO outbox (id, kind, lane, person, alert, body, state, attempts,"
                  " next_ms, created_ms, asks) VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, 0,"
                  " {now}, $7)",                                                     7,  true },
    [W_ALERT] = {"UPDATE alerts SET state = $2, outcome = $3, asked_ms = coalesce($4, asked_ms),"
                 " closed_ms = coalesce($5, closed_ms), asked_seq = CASE WHEN $2 = 'asked' THEN"
                 " (SELECT coalesce(max(seq), 0) FROM outbox) ELSE asked_seq END"
                 " WHERE hash = $1 AND state = $6",                                  6,  true },
    [W_ANSWER] =
        {"INSERT INTO answers (hash, performed, authenticated, comment, factor, proof, at_ms)"
         " VALUES ($1, $2, $3, $4, $5, $6, {now}) ON CONFLICT (hash) DO UPDATE SET"
         " performed = coalesce(excluded.performed, answers.performed),"
         " authenticated = coalesce(excluded.authenticated, answers.authenticated),"
         " comment = coalesce(excluded.comment, answers.comment),"
         " factor = coalesce(excluded.factor, answers.factor),"
         " proof = coalesce(excluded.proof, answers.proof), at_ms = excluded.at_ms", 6,  true },
    [W_TEAM] = {"UPDATE alerts SET acked_by = coalesce($2, acked_by),"
                " acked_ms = CASE WHEN $2 IS NULL THEN acked_ms ELSE {now} END,"
                " assigned_to = coalesce($3, assigned_to), disposition = coalesce($4, disposition),"
                " disposed_ms = CASE WHEN $4 IS NULL THEN disposed_ms ELSE {now} END"
                " WHERE hash = $1 AND state = 'escalated'",                          4,  true },
    [W_MUTE] = {"INSERT INTO mutes (person, title, reason, until_ms, place)"
                " VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (person, title) DO UPDATE SET reason = excluded.reason,"
                " until_ms = excluded.until_ms, place = excluded.place",             5,  true },
    [W_EXEMPT] = {"INSERT INTO exemptions (person, reason, since_ms, actor)"
                  " VALUES ($1, '', {now}, $1) ON CONFLICT (person) DO NOTHING",     1,  false},
    [W_UNEXEMPT] = {"DELETE FROM exemptions WHERE person = $1",                                          1,  false},
};

static void s_fill_transitions(const commit_t *self, db_sets_t *sets)
{
    for (size_t i = 0; i < self->len; i++) {
        const commit_transition_t *t = &self->transitions[i];
        if (!commit_good(self, i)) {
            continue;
        }
        db_param_t *p = db_sets_add(&sets[W_CONVERSATION], i);
        p[0] = db_text(t->person.id);
        p[1] = db_int(t->version);
        p[2] = db_text(t->state);
        p[3] = store_hash_param(&t->alert);
        p[4] = store_ms_param(t->deadline_ms);
        p[5] = db_text(t->question);
        p[6] = db_text(t->job);
        p[7] = db_text(t->driver);
        p[8] = db_text(t->strength);
        p[9] = db_text(t->tried);
        p[10] = db_int(t->attempts);
        p[11] = db_text(t->comment);
        p[12] = store_hash_param(&t->last_alert);
        p[13] = db_text(t->transcript);
        if (t->mute) {
            p = db_sets_add(&sets[W_MUTE], i);
            p[0] = db_text(t->person.id);
            p[1] = db_text(t->mute_title);
            p[2] = db_text(t->mute_reason);
            p[3] = db_int(t->mute_until_ms);
            p[4] = db_text(t->mute_place);
        }
        if (t->exempt >= 0) {
            *db_sets_add(&sets[t->exempt ? W_EXEMPT : W_UNEXEMPT], i) = db_text(t->person.id);
        }
    }
    for (size_t i = 0; i < self->applied.len; i++) {
        const commit_applied_t *applied = &self->applied.rows[i];
        if (commit_good(self, applied->of)) {
            db_param_t *p = db_sets_add(&sets[W_APPLIED], i);
            p[0] = db_int(applied->seq);
            p[1] = db_text(self->transitions[applied->of].person.id);
        }
    }
}

static void s_fill_alerts(const commit_t *self, db_sets_t *sets)
{
    for (size_t i = 0; i < self->creates.len; i++) {
        const commit_create_t *create = &self->creates.rows[i];
        if (commit_good(self, create->of)) {
            db_param_t *p = db_sets_add(&sets[W_CREATE], i);
            p[0] = db_hash(create->hash.hex);
            p[1] = db_text(create->title);
            p[2] = db_text(self->transitions[create->of].person.id);
            p[3] = db_text(create->description);
            p[4] = db_text(create->reason);
            p[5] = store_ms_param(create->event_ms);
            p[6] = db_text(create->effect);
        }
    }
    for (size_t i = 0; i < self->alerts.len; i++) {
        const commit_alert_t *alert = &self->alerts.rows[i];
        if (commit_good(self, alert->of)) {
            db_param_t *p = db_sets_add(&sets[W_ALERT], i);
            p[0] = db_hash(alert->hash.hex);
            p[1] = db_text(store_states[alert->state]);
            p[2] = db_text(alert->outcome ? alert->outcome->name : NULL);
            p[3] = store_ms_param(alert->asked_ms);
            p[4] = store_ms_param(alert->closed_ms);
            p[5] = db_text(store_states[alert->before]);
        }
    }
    for (size_t i = 0; i < self->answers.len; i++) {
        const commit_answer_t *answer = &self->answers.rows[i];
        if (commit_good(self, answer->of)) {
            db_param_t *p = db_sets_add(&sets[W_ANSWER], i);
            p[0] = db_hash(answer->hash.hex);
            p[1] = db_tristate(answer->performed);
            p[2] = db_tristate(answer->authenticated);
            p[3] = db_text(answer->comment);
            p[4] = db_text(answer->factor);
            p[5] = db_text(answer->proof);
        }
    }
}

static void s_fill_teams(const commit_t *self, db_sets_t *sets)
{
    for (size_t i = 0; i < self->teams.len; i++) {
        const commit_team_t *team = &self->teams.rows[i];
        if (commit_good(self, team->of)) {
            db_param_t *p = db_sets_add(&sets[W_TEAM], i);
            p[0] = db_hash(team->hash.hex);
            p[1] = db_text(team->acked_by);
            p[2] = db_text(team->assigned_to);
            p[3] = db_text(team->disposition);
        }
    }
}

static void s_fill_outs(const commit_t *self, db_sets_t *sets, store_audit_t *audit)
{
    for (size_t i = 0; i < self->outs.len; i++) {
        const commit_out_t *out = &self->outs.rows[i];
        if (commit_good(self, out->of)) {
            db_param_t *p = db_sets_add(&sets[W_OUTBOX], i);
            p[0] = db_text(out->id);
            p[1] = db_text(out->kind);
            p[2] = db_text(out->lane);
            p[3] = db_text(self->transitions[out->of].person.id);
            p[4] = store_hash_param(&out->alert);
            p[5] = db_text(out->body);
            p[6] = db_int_or_null(1, out->asks);
        }
    }
    for (size_t i = 0; i < self->audits.len; i++) {
        const commit_audit_t *entry = &self->audits.rows[i];
        if (commit_good(self, entry->of)) {
            const store_entry_t written = {
                .actor = entry->actor,
                .action = entry->action,
                .alert = entry->alert.hex[0] ? entry->alert.hex : NULL,
                .person = self->transitions[entry->of].person.id,
                .detail = entry->detail,
            };
            store_audit_add(audit, &written);
        }
    }
}

/* Under the locks of the check only a new conversation can still be met by another's. */
static int s_count(const db_sets_t *sets, int64_t *const *affected, sb_err_t *err)
{
    for (size_t w = 0; w < W_LEN; w++) {
        for (size_t i = 0; s_writes[w].exactly_one && i < sets[w].len; i++) {
            if (affected[w][i] != 1) {
                return sb_fail(err, SB_ERETRY, "commit: another was faster");
            }
        }
    }
    return SB_OK;
}

static int s_write(store_t *store, const commit_t *self, sb_err_t *err)
{
    db_sets_t sets[W_LEN];
    int64_t *affected[W_LEN];
    db_step_t steps[W_LEN + STORE_AUDIT_STEPS];
    for (size_t w = 0; w < W_LEN; w++) {
        sets[w] = db_sets(s_writes[w].width);
    }
    store_audit_t audit = store_audit();
    s_fill_transitions(self, sets);
    s_fill_alerts(self, sets);
    s_fill_teams(self, sets);
    s_fill_outs(self, sets, &audit);
    for (size_t w = 0; w < W_LEN; w++) {
        affected[w] = sb_alloc_array(sets[w].len, sizeof *affected[w]);
        steps[w] = (db_step_t){.sql = s_writes[w].sql, .sets = &sets[w], .affected = affected[w]};
    }
    store_audit_steps(&audit, steps + W_LEN);
    int code = db_run(store->db, steps, W_LEN + STORE_AUDIT_STEPS, err);
    code = code ? code : s_count(sets, affected, err);
    for (size_t w = 0; w < W_LEN; w++) {
        db_sets_free(&sets[w]);
        free(affected[w]);
    }
    store_audit_free(&audit);
    return code;
}

static void s_answer(store_cmd_t *cmd, const commit_t *self)
{
    cJSON *results = sb_json_array();
    for (size_t i = 0; i < self->len; i++) {
        const commit_transition_t *t = &self->transitions[i];
        cJSON *result = sb_json_object();
        sb_json_add_str(result, "person", t->person.id);
        sb_json_add_str(result, "code", sb_code_name(t->err.code));
        sb_json_add_str(result, "text", t->err.code ? t->err.text : "");
        sb_json_push(results, result);
    }
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, "results", results);
    for (size_t i = 0; i < self->creates.len; i++) {
        if (commit_good(self, self->creates.rows[i].of)) {
            cmd->work = true;
            store_changed(cmd, self->creates.rows[i].hash.hex, store_states[STORE_NEW], NULL);
        }
    }
    for (size_t i = 0; i < self->alerts.len; i++) {
        const commit_alert_t *alert = &self->alerts.rows[i];
        if (commit_good(self, alert->of)) {
            store_changed(cmd, alert->hash.hex, store_states[alert->state],
                          alert->outcome ? alert->outcome->name : NULL);
        }
    }
    for (size_t i = 0; i < self->teams.len; i++) {
        const commit_team_t *team = &self->teams.rows[i];
        if (commit_good(self, team->of)) {
            store_changed(cmd, team->hash.hex, store_states[team->before],
                          team->outcome ? team->outcome->name : NULL);
        }
    }
}

int store_commit(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    commit_t commit;
    int code = SB_OK;
    if (commit_read(cmd, &commit)) {
        bool current = false;
        code = commit_check(store, &commit, &current, err);
        if (code == SB_OK && !current) {
            store_fail_epoch(cmd, commit.epoch);
        } else if (code == SB_OK) {
            code = s_write(store, &commit, err);
        }
        if (code == SB_OK && current) {
            s_answer(cmd, &commit);
        }
    }
    commit_free(&commit);
    return code;
}
