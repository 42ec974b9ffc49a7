/* effect.h: what a person asks for in the chat that weakens the watch over them: it is put to them
 * as an alert, and takes effect only when that is confirmed. */
#pragma once

#include <stdbool.h>

#include "services/botd/step.h"

/* Titles of those alerts. */
#define EFFECT_TITLE_MUTE "securitybot_ignore"
#define EFFECT_TITLE_EXEMPT "securitybot_stop"

/* Makes the alert that asks for it. word: the command that was said. False if an earlier request
 * waits for its answer. */
bool effect_ask(step_t *step, const effect_t *effect, const char *word);

/* The alert is confirmed: does what it asks for, and tells team and person. */
void effect_apply(step_t *step, const alert_t *alert);
