/* rate.c. Whole numbers: a token is 1,000, and a millisecond earns per_second. */
#include "lib/rate.h"

#define TOKEN 1000

sb_rate_t sb_rate(int64_t burst, int64_t now_ms)
{
    return (sb_rate_t){.milli = burst * TOKEN, .at_ms = now_ms};
}

bool sb_rate_take(sb_rate_t *self, int64_t per_second, int64_t burst, int64_t now_ms)
{
    const int64_t full_ms = burst * TOKEN / per_second; /* longer than this fills any bucket */
    const int64_t passed_ms = now_ms - self->at_ms > full_ms ? full_ms : now_ms - self->at_ms;
    self->milli += passed_ms * per_second;
    if (self->milli > burst * TOKEN) {
        self->milli = burst * TOKEN;
    }
    self->at_ms = now_ms;
    if (self->milli < TOKEN) {
        return false;
    }
    self->milli -= TOKEN;
    return true;
}
