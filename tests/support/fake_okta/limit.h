/* limit.h: a rate limit by windows, as Okta has them. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t max; /* calls in a window */
    int64_t window_s;
    int64_t used;
    int64_t reset_s; /* when the window ends */
} limit_t;

/* Takes one call; false if the window has none left. */
bool limit_take(limit_t *self, int64_t now_s);
int64_t limit_left(const limit_t *self);
