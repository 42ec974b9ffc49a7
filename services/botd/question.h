/* question.h: the one open question of a person: how it is put, and every way in which it ends. */
#pragma once

#include "services/botd/step.h"

/* Drops a question whose alert is not open any more, by what the store says: it would hold up all
 * that wait behind it. */
void question_mend(step_t *step);

/* Looks at the alerts that are new or queued: those that need no question get their end, and if
 * nothing is open, the oldest of the others is asked. */
void question_serve(step_t *step);

/* Takes the buttons off the open message and puts a line in their place; of what the factor needed
 * nothing is left. outcome: how the alert has ended, or NULL. */
void question_lock(step_t *step, message_t line, const char *outcome);

/* Asks whether the second factor is all right. */
void question_consent(step_t *step);

/* Shows what the factor at work needs: a number, or the page behind a link; the other one is NULL.
 */
void question_show(step_t *step, const char *number, const char *link);

/* Ends the open question as an escalation. said: the message to the person, or MSG_NONE. words:
 * said besides the comment, which they are added to; may be NULL. A factor that is at work is
 * cancelled. */
void question_escalate(step_t *step, const char *outcome, message_t said, const char *words);

/* Ends it as confirmed by the job that was waited for. Does what the alert asks for, if it is a
 * request; else mutes the title for a while. */
void question_confirm(step_t *step);
