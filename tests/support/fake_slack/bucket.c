/* bucket.c */
#include "tests/support/fake_slack/bucket.h"

#define CALL 60000 /* one call, in units that make a refill a multiplication */

bool bucket_take(bucket_t *self, int64_t per_minute, int64_t burst, int64_t now_ms,
                 int64_t *wait_ms_r)
{
    if (!self->begun) {
        *self = (bucket_t){.level = burst * CALL, .at_ms = now_ms, .begun = true};
    }
    self->level += (now_ms - self->at_ms) * per_minute;
    self->at_ms = now_ms;
    if (self->level > burst * CALL) {
        self->level = burst * CALL;
    }
    if (self->level < CALL) {
        *wait_ms_r = (CALL - self->level + per_minute - 1) / per_minute;
        return false;
    }
    self->level -= CALL;
    return true;
}
