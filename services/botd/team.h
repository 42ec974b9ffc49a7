/* team.h: what responders do about an alert that was escalated: acknowledge it, take or assign it,
 * close it with a disposition. Who pressed is who they are in the chat system, or who botctl and
 * webd say they are; nothing of it changes what the person asked has answered, and that person can
 * do none of it. */
#pragma once

#include "services/botd/step.h"

/* One event. It counts only for an alert of this person that is escalated in the store. The first
 * acknowledgement counts; who takes or closes an alert has seen it. */
void team_run(step_t *step, const event_t *event);

/* Writes what came out of all of them, and shows it on the alerts' escalations. */
void team_finish(step_t *step);
