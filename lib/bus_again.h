/* bus_again.h: what a job's body says when it is handed out again (proto/bus.md). */
#pragma once

#include "lib/json.h"

/* Says that the job was handed out before and may have been done. NULL is fine, as it is below. */
void sb_again_mark(cJSON *body);
/* Keeps what a worker's ACCEPT called its doing, for the next one. */
void sb_again_accepted(cJSON *body, const cJSON *accept);
