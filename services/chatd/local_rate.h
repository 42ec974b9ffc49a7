/* local_rate.h: a token bucket, so that one browser can't take all of a chatd. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t milli; /* tokens times 1,000 */
    int64_t at_ms; /* when milli was right */
} local_rate_t;

/* Full, at now_ms of a clock that never jumps. */
local_rate_t local_rate(int64_t burst, int64_t now_ms);
/* Takes a token if there is one. */
bool local_rate_take(local_rate_t *self, int64_t per_second, int64_t burst, int64_t now_ms);
