#include "lib/clock.h"

#include <time.h>

static int64_t s_read_ms(clockid_t id)
{
    struct timespec ts;
    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t sb_clock_wall_ms(void)
{
    return s_read_ms(CLOCK_REALTIME);
}

int64_t sb_clock_mono_ms(void)
{
    return s_read_ms(CLOCK_MONOTONIC);
}
