/* bus_timing.h: the intervals of the bus. Programs leave them at proto/bus.h; a test may set them
 * before it makes its first object of the bus. Objects read them when they are made. */
#pragma once

#include <stdint.h>

typedef struct {
    int64_t heartbeat_ms; /* SB_HEARTBEAT_MS */
    int64_t silence_ms;   /* SB_SILENCE_MS */
    int64_t connect_ms;   /* SB_CONNECT_MS */
    int64_t retry_min_ms; /* SB_RETRY_MIN_MS */
    int64_t retry_max_ms; /* SB_RETRY_MAX_MS */
} sb_bus_timing_t;

extern sb_bus_timing_t sb_bus_timing;
