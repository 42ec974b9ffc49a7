#include "lib/bus_timing.h"

#include "proto/bus.h"

sb_bus_timing_t sb_bus_timing = {
    .heartbeat_ms = SB_HEARTBEAT_MS,
    .silence_ms = SB_SILENCE_MS,
    .connect_ms = SB_CONNECT_MS,
    .retry_min_ms = SB_RETRY_MIN_MS,
    .retry_max_ms = SB_RETRY_MAX_MS,
};
