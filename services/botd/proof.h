/* proof.h: what a proof must be worth, how often one may be asked for, which factors are left, and
 * the jobs for authd. Whatever authd says is measured here again. */
#pragma once

#include <stdbool.h>

#include "services/botd/step.h"

/* 0 for the weakest; -1 for a word that is no strength: weaker than all. */
int proof_rank(const char *strength);

/* The least strength that an alert's proof must have: of the policy, of its title, and of the title
 * that it would mute. */
const char *proof_least(const policy_t *policy, const alert_t *alert);

/* Does a rule of its own say what this title needs? Then no mute holds for it: whoever made one may
 * have proven less. */
bool proof_is_ruled(const policy_t *policy, const char *title);

/* Is this enough for the open alert? */
bool proof_suffices(const step_t *step, const char *strength);

/* True if no proof may be asked of this person for now. typed: by a code that they type, which
 * rings nowhere and is counted elsewhere. */
bool proof_is_throttled(const step_t *step, bool typed);

/* True if the policy lets this driver be used, and it was not away for the open alert. */
bool proof_may_use(const step_t *step, const char *driver);

/* The conversation's driver is away: remembers that. False if none can be left. */
bool proof_pass_over(step_t *step);

/* Asks authd which factor there is. */
void proof_find(step_t *step);

/* Has the proof asked for with the conversation's driver. code: as typed, or NULL. */
void proof_start(step_t *step, const char *code);
