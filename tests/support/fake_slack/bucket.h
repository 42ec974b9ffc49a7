/* bucket.h: a rate limit: so many a minute, and a burst after a rest. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t level; /* in 1/60000 of a call */
    int64_t at_ms;
    bool begun;
} bucket_t;

/* Takes one, or says after how long one can be had. */
bool bucket_take(bucket_t *self, int64_t per_minute, int64_t burst, int64_t now_ms,
                 int64_t *wait_ms_r);
