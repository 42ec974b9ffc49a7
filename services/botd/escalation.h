/* escalation.h: what the security team reads when an alert comes to it. */
#pragma once

#include "services/botd/step.h"

/* Tells the security channel that an alert is theirs: first why, in plain words, then who, what and
 * the comment. comment and words (said besides it, e.g. when declining) may be NULL. outcome is one
 * of SB_OUTCOME_ that ends in an escalation. */
void escalation_tell(step_t *step, const alert_t *alert, const char *outcome, const char *comment,
                     const char *words);
