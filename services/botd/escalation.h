/* escalation.h: what the security team reads when an alert comes to it, and the buttons under it.
 */
#pragma once

#include "services/botd/step.h"

/* Tells the security channel that an alert is theirs: first why, in plain words, then who, what and
 * the comment. alert has the outcome, one of SB_OUTCOME_ that ends in an escalation, and the
 * comment. */
void escalation_tell(step_t *step, const alert_t *alert);

/* Shows the same anew, with what responders have done about it and the buttons that still make
 * sense. */
void escalation_show(step_t *step, const alert_t *alert);

/* What a disposition is called. It lives as long as the step. */
const char *escalation_disposition(step_t *step, const char *disposition);
