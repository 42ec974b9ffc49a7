/* check.h: factor.check (proto/botd.md): an operator asks what a person's factors would do, and any
 * authd answers. */
#pragma once

#include "lib/bus_pool.h"

/* Takes the call; answers it when authd has, or says why nobody does. */
void check_run(sb_pool_t *pool, int64_t epoch, sb_call_t *call);
