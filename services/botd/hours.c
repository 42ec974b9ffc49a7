/* hours.c. Windows are found day by day and measured in UTC, so that only tz.c knows what clocks
 * do; a window that a change of clocks swallows whole has no length and counts for nothing. */
#include "services/botd/hours.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define DAY_MIN 1440

static const char *const s_days[7] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

hours_t hours_always(void)
{
    return (hours_t){.zone = NULL};
}

static int s_parse_days(char *const *days, unsigned *days_r, sb_err_t *err)
{
    *days_r = 0;
    for (; *days; days++) {
        int day = 0;
        while (day < 7 && strcasecmp(*days, s_days[day]) != 0) {
            day++;
        }
        if (day == 7) {
            return sb_fail(err, SB_EINVALID,
                           "\"%s\" is no day; expected mon, tue, wed, thu, fri, "
                           "sat or sun",
                           *days);
        }
        if (*days_r & 1u << day) {
            return sb_fail(err, SB_EINVALID, "%s is listed twice", s_days[day]);
        }
        *days_r |= 1u << day;
    }
    return *days_r ? SB_OK : sb_fail(err, SB_EINVALID, "no day is listed");
}

/* "00:00" to "24:00" in minutes; -1 for anything else. */
static int s_parse_time(const char *text)
{
    if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 ||
        strspn(text + 3, "0123456789") != 2) {
        return -1;
    }
    const int hour = (text[0] - '0') * 10 + text[1] - '0';
    const int minute = (text[3] - '0') * 10 + text[4] - '0';
    return minute < 60 && hour * 60 + minute <= DAY_MIN ? hour * 60 + minute : -1;
}

int hours_parse(const sb_tz_t *zone, char *const *days, const char *open, const char *close,
                hours_t *hours_r, sb_err_t *err)
{
    assert(zone && days && open && close && hours_r);
    hours_t hours = {.zone = zone};
    hours.open_min = s_parse_time(open);
    hours.close_min = s_parse_time(close);
    if (hours.open_min < 0 || hours.close_min < 0) {
        const bool first = hours.open_min < 0;
        return sb_fail(err, SB_EINVALID, "%s: \"%s\" is no time of day; expected 00:00 to 24:00",
                       first ? "hours.open" : "hours.close", first ? open : close);
    }
    if (hours.open_min >= hours.close_min) {
        return sb_fail(err, SB_EINVALID, "hours.close: closing at %s is not after opening at %s",
                       close, open);
    }
    if (s_parse_days(days, &hours.days, err)) {
        return sb_fail_in(err, "hours.days");
    }
    *hours_r = hours;
    return SB_OK;
}

typedef struct {
    int64_t open_ms, close_ms; /* closed from close_ms on; open_ms == close_ms: closed all day */
} window_t;

/* The window of the local day that is so many days after that of from. */
static window_t s_window(const hours_t *self, const sb_local_t *from, int days_after)
{
    if (!(self->days & 1u << (from->weekday + days_after) % 7)) {
        return (window_t){0, 0};
    }
    const int day = from->day + days_after;
    return (window_t){
        .open_ms = sb_tz_utc(self->zone, from->year, from->month, day, 0, self->open_min, 0) * 1000,
        .close_ms =
            sb_tz_utc(self->zone, from->year, from->month, day, 0, self->close_min, 0) * 1000,
    };
}

int64_t hours_after(const hours_t *self, int64_t start_ms, int64_t duration_ms)
{
    assert(self);
    if (duration_ms > HOURS_DURATION_MS_MAX) {
        duration_ms = HOURS_DURATION_MS_MAX;
    }
    int64_t left_ms = duration_ms > 0 ? duration_ms : 0;
    if (!self->zone) {
        return start_ms + left_ms;
    }
    assert(self->days & 0x7f);
    assert(self->open_min < self->close_min);
    sb_local_t local;
    sb_tz_local(self->zone, start_ms / 1000 - (start_ms % 1000 < 0), &local);
    for (int days_after = 0;; days_after++) {
        const window_t window = s_window(self, &local, days_after);
        const int64_t from_ms = window.open_ms > start_ms ? window.open_ms : start_ms;
        if (from_ms >= window.close_ms) {
            continue;
        }
        if (left_ms <= window.close_ms - from_ms) {
            return from_ms + left_ms;
        }
        left_ms -= window.close_ms - from_ms;
    }
}

bool hours_open(const hours_t *self, int64_t at_ms)
{
    return hours_after(self, at_ms, 0) == at_ms;
}
