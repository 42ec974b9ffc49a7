/* late.h: answers that no open question waits for. They never change an alert: to one that the
 * security team has they become a note, which the team is told. */
#pragma once

#include "services/botd/answer.h"
#include "services/botd/step.h"

/* A typed answer while nothing is open. Without an alert that it could belong to, nothing is said.
 */
void late_typed(step_t *step, const answer_t *answer);

/* A typed answer from before the open question was asked: it belongs to the one before, or to none.
 */
void late_early(step_t *step, const answer_t *answer);

/* A factor whose request was given up was reported as fraud: nobody may wait for that to be read.
 */
void late_fraud(step_t *step);

/* A button that hangs on another message than the open one. */
void late_button(step_t *step, const answer_t *answer, const char *hash);
