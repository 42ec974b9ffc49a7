/* transcript.h: what was said while a question is open, kept with the conversation, so that the
 * security team can read it under the escalation. A line for each message:
 *
 *     10:02 alice: what is this about?
 *     10:02 (bot) Sorry, I'm not sure how you mean that. ...
 *     10:04 alice: [no] never seen that machine
 *
 * Times are UTC, a pressed button stands in brackets, and what may be a one-time code is hidden, as
 * is the number that a factor shows. A link stands behind its button, and so not here. Long
 * messages are cut. At most SB_TRANSCRIPT_MAX bytes: the oldest lines go. */
#pragma once

#include "services/botd/step.h"

/* The person's text or press, while a question is open. */
void transcript_heard(step_t *step, const event_t *event);
/* What the bot says to them about it. */
void transcript_said(step_t *step, const char *text);

/* Sends it to the security channel, under the alert's escalation; not if the person has said one
 * thing or nothing: that stands in the escalation itself. */
void transcript_tell(step_t *step, const alert_t *alert);
