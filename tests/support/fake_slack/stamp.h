/* stamp.h: Slack's message ids. A ts is the time in seconds with six digits after the point, and no
 * two messages of the workspace have the same. Here it is a number of microseconds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    char text[32];
} stamp_text_t;

/* Later than *last_us, which it becomes. */
int64_t stamp_next(int64_t *last_us);
stamp_text_t stamp_format(int64_t ts_us);
#define stamp(ts_us) (stamp_format(ts_us).text)
/* False if it is no time at all; "1700000000" and "1700000000.5" are times too. */
bool stamp_parse(const char *text, int64_t *ts_us_r);
