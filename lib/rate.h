/* rate.h: a token bucket, so that one peer can't take all of a server. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t milli; /* tokens times 1,000 */
    int64_t at_ms; /* when milli was right */
} sb_rate_t;

/* Full, at now_ms of a clock that never jumps. */
sb_rate_t sb_rate(int64_t burst, int64_t now_ms);
/* Takes a token if there is one. */
bool sb_rate_take(sb_rate_t *self, int64_t per_second, int64_t burst, int64_t now_ms);
