/* hours.h: business hours, and deadlines that count nothing else.
 *
 * A window opens on each of the days at open and ends at close, by the clock of the zone. Days of
 * 23 or 25 hours, an opening that the clock skips (the window opens at the change) and a closing
 * that comes twice (the first counts) are taken as the zone has them. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/tz.h"

/* The longest span of business time; a longer one is taken as this. */
#define HOURS_DURATION_MS_MAX (90LL * 24 * 60 * 60 * 1000)

typedef struct {
    const sb_tz_t *zone; /* borrowed; NULL: always open, and the rest is not looked at */
    unsigned days;       /* bit n: weekday n, 0 is Sunday */
    int open_min;        /* minutes after local midnight, 0..1439 */
    int close_min;       /* open_min + 1..1440 */
} hours_t;

/* Always open: every deadline is start + duration. */
hours_t hours_always(void);

/* days: NULL-ended, "mon" "tue" "wed" "thu" "fri" "sat" "sun" in either case. open and close:
 * "10:00"; close may be "24:00". The zone is borrowed for the life of *hours_r. SB_EINVALID names
 * what is wrong: no days, an unknown or doubled day, a time that is none, a close that is not after
 * open. */
SB_MUSTCHECK int hours_parse(const sb_tz_t *zone, char *const *days, const char *open,
                             const char *close, hours_t *hours_r, sb_err_t *err);

bool hours_open(const hours_t *self, int64_t at_ms);

/* The instant at which duration_ms of business time have passed since start_ms. A span that is used
 * up at the end of a window ends there, not at the next opening. With a duration of 0 or less it is
 * start_ms when open then, else the next opening. */
int64_t hours_after(const hours_t *self, int64_t start_ms, int64_t duration_ms);
