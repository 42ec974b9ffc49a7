/* stamp.c */
#include "tests/support/fake_slack/stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define US_PER_S 1000000
#define SECONDS_MAX 99999999999LL

int64_t stamp_next(int64_t *last_us)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const int64_t us = (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
    *last_us = us > *last_us ? us : *last_us + 1;
    return *last_us;
}

stamp_text_t stamp_format(int64_t ts_us)
{
    stamp_text_t text;
    snprintf(text.text, sizeof text.text, "%" PRId64 ".%06" PRId64, ts_us / US_PER_S,
             ts_us % US_PER_S);
    return text;
}

bool stamp_parse(const char *text, int64_t *ts_us_r)
{
    int64_t seconds = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && seconds <= SECONDS_MAX; at++) {
        seconds = seconds * 10 + (*at - '0');
    }
    if (at == text || seconds > SECONDS_MAX) {
        return false;
    }
    int64_t us = 0;
    int64_t unit = US_PER_S / 10;
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9'; at++) {
            us += (*at - '0') * unit;
            unit /= 10;
        }
    }
    *ts_us_r = seconds * US_PER_S + us;
    return *at == '\0';
}
