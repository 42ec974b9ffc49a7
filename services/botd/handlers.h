/* handlers.h: what the commands do. yes and no are answers, not commands (reactions.h). */
#pragma once

#include "services/botd/step.h"
#include "services/botd/words.h"

#define HANDLERS_TEST_TITLE "testing_alert"

/* Any command but COMMAND_YES and COMMAND_NO. */
void handlers_run(step_t *step, const command_t *command, const words_t *words);
