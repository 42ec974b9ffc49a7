/* play_check_proof.c: the promises about proofs: that nothing is confirmed without one that is
 * strong enough, that no effect comes without one, and how often one is asked for. */
#include "tests/unit/botd/play_promise.h"

#include <fnmatch.h>

/* ---- What it is worth. */

static const cJSON *s_answer(const cJSON *transition, const char *hash)
{
    const cJSON *answer;
    cJSON_ArrayForEach(answer, s_get(transition, "answers"))
    {
        if (s_is(answer, "hash", hash)) {
            return answer;
        }
    }
    return NULL;
}

static int s_strength(const char *word)
{
    return strcmp(word, "code") == 0      ? 1
           : strcmp(word, "push") == 0    ? 2
           : strcmp(word, "passkey") == 0 ? 3
                                          : 0;
}

static bool s_matches(char *const *patterns, const char *title)
{
    for (; patterns && *patterns; patterns++) {
        if (fnmatch(*patterns, title, 0) == 0) {
            return true;
        }
    }
    return false;
}

static int s_least_of_title(const policy_t *policy, const char *title)
{
    int least = policy->strength ? s_strength(policy->strength) : 1;
    if (s_matches(policy->push_titles, title) && least < 2) {
        least = 2;
    }
    return s_matches(policy->passkey_titles, title) ? 3 : least;
}

/* The least strength of a proof for this alert, by the policy. */
static int s_least(const play_t *self, const play_alert_t *alert)
{
    const int own = s_least_of_title(self->policy, alert->title);
    const char *muted = play_str(alert->effect, "title");
    const int other = muted[0] ? s_least_of_title(self->policy, muted) : own;
    return own > other ? own : other;
}

/* The factor was found to be strong enough, for this alert, and was asked for as much. */
static void s_check_strength(play_t *self, const play_alert_t *alert, const cJSON *start,
                             const char *factor)
{
    const int least = s_least(self, alert);
    int found = 0;
    for (const cJSON *row = self->outbox->child; row != start; row = row->next) {
        const cJSON *result = s_get(row, "result");
        if (s_is(row, "kind", "factor.can") && s_is(row, "alert", alert->hash) &&
            s_is(result, "status", "ok") && s_is(result, "driver", factor)) {
            found = s_strength(play_str(result, "strength"));
        }
    }
    PROMISE(self, found >= least, "confirmed by %s, which is too weak", factor);
    PROMISE(self, s_strength(play_str(s_get(start, "body"), "strength")) >= least,
            "asked for too weak a proof");
}

/* Confirmed means: yes, and proven for this alert, after it was asked, by a job not used before. */
void play_check_proof(play_t *self, const cJSON *transition, const play_alert_t *alert)
{
    const cJSON *answer = s_answer(transition, alert->hash);
    PROMISE(self, answer, "confirmed without an answer");
    PROMISE(self, cJSON_IsTrue(s_get(answer, "performed")), "confirmed without a yes");
    PROMISE(self, cJSON_IsTrue(s_get(answer, "authenticated")), "confirmed, not authenticated");
    PROMISE(self, play_str(answer, "factor")[0], "confirmed by no factor");
    const char *proof = play_str(answer, "proof");
    int place = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, self->outbox)
    {
        if (s_is(row, "id", proof)) {
            break;
        }
        place++;
    }
    PROMISE(self, row, "the proof %s is no job", proof);
    PROMISE(self, place >= alert->asked_outbox, "the proof is older than the question");
    PROMISE(self, s_is(row, "kind", "factor.start"), "the proof is no factor.start");
    PROMISE(self, s_is(row, "alert", alert->hash), "the proof is of another alert");
    PROMISE(self, s_is(s_get(row, "result"), "status", "approved"), "the proof is no approval");
    s_check_strength(self, alert, row, play_str(answer, "factor"));
    for (size_t i = 0; i < self->alerts_len; i++) {
        PROMISE(self, !self->alerts[i].proof || strcmp(self->alerts[i].proof, proof) != 0,
                "the proof was used before");
    }
}

/* ---- What it does. */

/* What weakens the watch over a person comes from a confirmed alert: a mute from one of that title
 * or that asks for it, an exemption from one that asks for it. */
void play_check_effects(play_t *self, const cJSON *transition)
{
    const cJSON *mute = s_get(transition, "mute");
    bool may_mute = false;
    bool may_exempt = false;
    const cJSON *json;
    cJSON_ArrayForEach(json, s_get(transition, "alerts"))
    {
        const play_alert_t *alert = play_find(self, play_str(json, "hash"));
        if (!alert || !s_is(json, "outcome", "confirmed")) {
            continue;
        }
        const cJSON *effect = alert->effect;
        may_exempt = may_exempt || s_is(effect, "kind", "exempt");
        may_mute =
            may_mute || s_is(mute, "title", effect ? play_str(effect, "title") : alert->title);
    }
    PROMISE(self, !cJSON_IsObject(mute) || may_mute, "muted without a proof");
    PROMISE(self, !cJSON_IsTrue(s_get(transition, "exempt")) || may_exempt,
            "exempt without a proof");
}

/* ---- How often. */

static int64_t s_int(const cJSON *object, const char *key)
{
    const cJSON *got = s_get(object, key);
    return cJSON_IsNumber(got) ? (int64_t)got->valuedouble : -1;
}

static bool s_is_cancelled(const cJSON *rows, const char *id)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, rows)
    {
        if (s_is(row, "kind", "factor.cancel") && s_is(s_get(row, "body"), "job", id)) {
            return true;
        }
    }
    return false;
}

static bool s_is_refusal(play_t *self, const cJSON *row)
{
    const cJSON *result = s_get(row, "result");
    const play_alert_t *alert = play_find(self, play_str(row, "alert"));
    return s_is(result, "status", "refused") || (s_is(result, "status", "wrong_code") && alert &&
                                                 strcmp(alert->outcome, "refused") == 0);
}

static bool s_is_fraud(const cJSON *result)
{
    return s_is(result, "status", "fraud") || s_is(result, "status", "suspect");
}

/* One request at a time, no more of them than the policy says, and none too soon after a refusal.
 */
void play_check_start(play_t *self, const cJSON *transition, const cJSON *row)
{
    const policy_t *policy = self->policy;
    const bool typed = play_str(s_get(row, "body"), "code")[0] != '\0';
    int64_t hour = 0;
    int64_t day = 0;
    const cJSON *before;
    cJSON_ArrayForEach(before, self->outbox)
    {
        if (!s_is(before, "kind", "factor.start")) {
            continue;
        }
        const char *id = play_str(before, "id");
        const cJSON *result = s_get(before, "result");
        PROMISE(self,
                result || s_is_cancelled(self->outbox, id) ||
                    s_is_cancelled(s_get(transition, "outbox"), id),
                "two live requests");
        const int64_t since_ms = self->now_ms - s_int(before, "ended_ms");
        PROMISE(self, !s_is_refusal(self, before) || since_ms >= policy->cooloff_ms,
                "asked again after a refusal");
        PROMISE(self, !s_is_fraud(result) || since_ms >= policy->fraud_cooloff_ms,
                "asked again after a fraud");
        const int64_t age_ms = self->now_ms - s_int(before, "created_ms");
        const bool rings = !play_str(s_get(before, "body"), "code")[0];
        hour += rings && age_ms < 3600000 ? 1 : 0;
        day += rings && age_ms < 24 * 3600000 ? 1 : 0;
    }
    PROMISE(self, typed || hour < policy->proofs_per_hour, "too many requests in an hour");
    PROMISE(self, typed || day < policy->proofs_per_day, "too many requests in a day");
}
