/* proof.c */
#include "services/botd/proof.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/authd.h"
#include "services/botd/text.h"

#define CAN_TIMEOUT_MS 10000 /* which factor is there is asked of a provider, not of a person */
#define REASON_MAX 4000      /* so that a job stays below SB_OUTBOX_BODY_MAX, escapes included */

/* ---- Strength. */

static const char *const s_strengths[] = {SB_STRENGTH_CODE, SB_STRENGTH_PUSH, SB_STRENGTH_PASSKEY};
enum { RANK_CODE, RANK_PUSH, RANK_PASSKEY, RANKS };

int proof_rank(const char *strength)
{
    assert(strength);
    for (int rank = 0; rank < RANKS; rank++) {
        if (strcmp(s_strengths[rank], strength) == 0) {
            return rank;
        }
    }
    return -1;
}

/* A pattern may end with an asterisk. */
static bool s_is_listed(char *const *patterns, const char *title)
{
    for (; patterns && *patterns; patterns++) {
        const size_t len = strlen(*patterns);
        const bool open = len > 0 && (*patterns)[len - 1] == '*';
        if (open ? strncmp(*patterns, title, len - 1) == 0 : strcmp(*patterns, title) == 0) {
            return true;
        }
    }
    return false;
}

static int s_rank_of_title(const policy_t *policy, const char *title)
{
    if (s_is_listed(policy->passkey_titles, title)) {
        return RANK_PASSKEY;
    }
    const int general = policy->strength ? proof_rank(policy->strength) : RANK_CODE;
    const int listed = s_is_listed(policy->push_titles, title) ? RANK_PUSH : RANK_CODE;
    return general > listed ? general : listed;
}

const char *proof_least(const policy_t *policy, const alert_t *alert)
{
    assert(policy);
    assert(alert);
    const int own = s_rank_of_title(policy, alert->title);
    const int muted =
        alert->effect.kind == EFFECT_MUTE ? s_rank_of_title(policy, alert->effect.title) : own;
    return s_strengths[own > muted ? own : muted];
}

bool proof_is_ruled(const policy_t *policy, const char *title)
{
    assert(policy);
    assert(title);
    return s_is_listed(policy->push_titles, title) || s_is_listed(policy->passkey_titles, title);
}

bool proof_suffices(const step_t *step, const char *strength)
{
    assert(step);
    assert(step->open);
    return proof_rank(strength) >= proof_rank(proof_least(step->policy, step->open));
}

/* ---- How often. */

static bool s_is_within(const step_t *step, int64_t at_ms, int64_t ms)
{
    return at_ms >= 0 && step->now_ms - at_ms < ms;
}

bool proof_is_throttled(const step_t *step, bool typed)
{
    assert(step);
    const proofs_t *proofs = &step->item->proofs;
    const policy_t *policy = step->policy;
    if (s_is_within(step, proofs->refused_ms, policy->cooloff_ms) ||
        s_is_within(step, proofs->fraud_ms, policy->fraud_cooloff_ms)) {
        return true;
    }
    return !typed &&
           (proofs->hour >= policy->proofs_per_hour || proofs->day >= policy->proofs_per_day);
}

/* ---- Which drivers. */

static bool s_was_tried(const conv_t *conv, const char *driver)
{
    const size_t len = strlen(driver);
    for (const char *at = conv->tried; *at;) {
        const size_t size = strcspn(at, ",");
        if (size == len && memcmp(at, driver, len) == 0) {
            return true;
        }
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return false;
}

bool proof_may_use(const step_t *step, const char *driver)
{
    assert(step);
    assert(driver);
    char *const *factors = step->policy->factors;
    bool listed = !factors || !*factors;
    for (; factors && *factors; factors++) {
        listed = listed || strcmp(*factors, driver) == 0;
    }
    return listed && !s_was_tried(&step->conv, driver);
}

static bool s_is_one_left(const step_t *step)
{
    char *const *factors = step->policy->factors;
    bool left = !factors || !*factors;
    for (; factors && *factors; factors++) {
        left = left || !s_was_tried(&step->conv, *factors);
    }
    return left;
}

bool proof_pass_over(step_t *step)
{
    assert(step);
    conv_t *conv = &step->conv;
    const size_t len = strlen(conv->tried);
    const size_t more = strlen(conv->driver) + 1;
    if (len + more >= sizeof conv->tried) {
        return false;
    }
    (void)snprintf(conv->tried + len, sizeof conv->tried - len, "%s%s", len > 0 ? "," : "",
                   conv->driver);
    conv->driver[0] = '\0';
    conv->strength[0] = '\0';
    conv->typed = false;
    return s_is_one_left(step);
}

/* ---- Jobs. */

static void s_job(step_t *step, const char *kind, cJSON *body, int64_t timeout_ms)
{
    const int64_t left_ms = step->conv.deadline_ms - step->now_ms;
    int64_t ms = timeout_ms < left_ms ? timeout_ms : left_ms;
    ms = ms < SB_TIMEOUT_MS_MAX ? ms : SB_TIMEOUT_MS_MAX;
    sb_json_add_int(body, "timeout_ms", ms > 0 ? ms : 1);
    const char *lane = step_keep(step, sb_format("factor:%s", step->item->id));
    transition_send(step->out, kind, lane, step->open->hash, body, step->conv.job);
}

static cJSON *s_drivers(const step_t *step)
{
    cJSON *drivers = sb_json_array();
    for (char *const *name = step->policy->factors; name && *name; name++) {
        if (!s_was_tried(&step->conv, *name)) {
            sb_json_push(drivers, cJSON_CreateString(*name));
        }
    }
    return drivers;
}

static cJSON *s_tried(const conv_t *conv)
{
    cJSON *tried = sb_json_array();
    for (const char *at = conv->tried; *at;) {
        const size_t size = strcspn(at, ",");
        char *name = sb_strndup(at, size);
        sb_json_push(tried, cJSON_CreateString(name));
        free(name);
        at += size + (at[size] == ',' ? 1 : 0);
    }
    return tried;
}

void proof_find(step_t *step)
{
    assert(step);
    assert(step->open);
    const policy_t *policy = step->policy;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", step->item->id);
    sb_json_add_str(body, "alert", step->open->hash);
    sb_json_add(body, "drivers", s_drivers(step));
    sb_json_add(body, "tried", s_tried(&step->conv));
    sb_json_add_str(body, "strength", proof_least(policy, step->open));
    step->conv.state = CONV_CHECKING;
    s_job(step, SB_FACTOR_CAN, body,
          policy->proof_ms < CAN_TIMEOUT_MS ? policy->proof_ms : CAN_TIMEOUT_MS);
}

void proof_start(step_t *step, const char *code)
{
    assert(step);
    assert(step->open);
    const alert_t *alert = step->open;
    char *reason = text_block(alert->reason, REASON_MAX);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", step->item->id);
    sb_json_add_str(body, "driver", step->conv.driver);
    sb_json_add_str(body, "strength", proof_least(step->policy, alert));
    sb_json_add_str(body, "alert", alert->hash);
    sb_json_add_str(body, "short", step_fields(step, alert).code);
    sb_json_add_str(body, "code", code);
    sb_json_add_str(body, "title", alert->title);
    sb_json_add_str(body, "description", alert->description);
    sb_json_add_str(body, "reason", reason);
    free(reason);
    step->conv.state = CONV_PROVING;
    s_job(step, SB_FACTOR_START, body, step->policy->proof_ms);
}
