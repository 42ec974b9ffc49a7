/* limit.c */
#include "tests/support/fake_okta/limit.h"

bool limit_take(limit_t *self, int64_t now_s)
{
    if (now_s >= self->reset_s) {
        self->reset_s = now_s + self->window_s;
        self->used = 0;
    }
    if (self->used >= self->max) {
        return false;
    }
    self->used++;
    return true;
}

int64_t limit_left(const limit_t *self)
{
    return self->used < self->max ? self->max - self->used : 0;
}
