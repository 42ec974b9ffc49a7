/* tz_rule.c. The changes of a year are computed when asked for: eight of them settle any question,
 * and zones that have no table after 2007 cost no more memory than others. */
#include "lib/tz_rule.h"

#include <assert.h>
#include <string.h>

#define DAY_S 86400
#define HOUR_S 3600
#define OFFSET_HOURS_MAX 24
#define CHANGE_HOURS_MAX 167

/* ---- The calendar: eras of 400 years that begin on 1 March, so that leap days come last. */

static int64_t s_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t sb_tz_days(int64_t year, int month, int day)
{
    assert(month >= 1 && month <= 12);
    year -= month <= 2;
    const int64_t era = s_floor_div(year, 400);
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void sb_tz_date(int64_t days, int64_t *year_r, int *month_r, int *day_r)
{
    days += 719468;
    const int64_t era = s_floor_div(days, 146097);
    const int64_t day_of_era = days - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t from_march = (5 * day_of_year + 2) / 153;
    *day_r = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month_r = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year_r = year_of_era + era * 400 + (*month_r <= 2);
}

static bool s_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int s_weekday(int64_t days)
{
    const int64_t from_thursday = (days + 4) % 7;
    return (int)(from_thursday < 0 ? from_thursday + 7 : from_thursday);
}

/* ---- Reading. */

typedef struct {
    const char *at, *end;
    bool bad;
} cursor_t;

static bool s_take(cursor_t *cursor, char c)
{
    if (cursor->at < cursor->end && *cursor->at == c) {
        cursor->at++;
        return true;
    }
    return false;
}

static bool s_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int s_number(cursor_t *cursor, int min, int max)
{
    const char *start = cursor->at;
    int value = 0;
    while (cursor->at < cursor->end && s_is_digit(*cursor->at) && cursor->at - start < 3) {
        value = value * 10 + (*cursor->at++ - '0');
    }
    if (cursor->at == start || value < min || value > max) {
        cursor->bad = true;
    }
    return value;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t s_time(cursor_t *cursor, int hours_max)
{
    const bool minus = s_take(cursor, '-');
    if (!minus) {
        (void)s_take(cursor, '+');
    }
    int32_t value = s_number(cursor, 0, hours_max) * HOUR_S;
    if (s_take(cursor, ':')) {
        value += s_number(cursor, 0, 59) * 60;
        if (s_take(cursor, ':')) {
            value += s_number(cursor, 0, 59);
        }
    }
    return minus ? -value : value;
}

static bool s_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters, or anything of letters, digits, + and - between < and >. */
static void s_name(cursor_t *cursor, char out[SB_TZ_ABBREVIATION_MAX])
{
    const bool quoted = s_take(cursor, '<');
    size_t len = 0;
    for (; cursor->at < cursor->end; cursor->at++) {
        const char c = *cursor->at;
        if (!s_is_letter(c) && !(quoted && (s_is_digit(c) || c == '+' || c == '-'))) {
            break;
        }
        if (len < SB_TZ_ABBREVIATION_MAX - 1) {
            out[len++] = c;
        }
    }
    out[len] = '\0';
    if (len < 3 || (quoted && !s_take(cursor, '>'))) {
        cursor->bad = true;
    }
}

static sb_tz_change_t s_change(cursor_t *cursor)
{
    sb_tz_change_t change = {.time_s = 2 * HOUR_S};
    if (s_take(cursor, 'M')) {
        change.kind = SB_TZ_WEEKDAY;
        change.month = s_number(cursor, 1, 12);
        cursor->bad |= !s_take(cursor, '.');
        change.week = s_number(cursor, 1, 5);
        cursor->bad |= !s_take(cursor, '.');
        change.day = s_number(cursor, 0, 6);
    } else if (s_take(cursor, 'J')) {
        change.kind = SB_TZ_JULIAN;
        change.day = s_number(cursor, 1, 365);
    } else {
        change.kind = SB_TZ_ZERO_DAY;
        change.day = s_number(cursor, 0, 365);
    }
    if (s_take(cursor, '/')) {
        change.time_s = s_time(cursor, CHANGE_HOURS_MAX);
    }
    return change;
}

int sb_tz_rule_parse(const char *text, size_t size, sb_tz_rule_t *rule_r, sb_err_t *err)
{
    assert(text && rule_r);
    cursor_t cursor = {.at = text, .end = text + size};
    sb_tz_rule_t rule = {0};
    s_name(&cursor, rule.std.abbreviation);
    rule.std.offset_s = -s_time(&cursor, OFFSET_HOURS_MAX); /* POSIX counts west of UTC */
    if (!cursor.bad && cursor.at < cursor.end) {
        rule.has_dst = true;
        s_name(&cursor, rule.dst.abbreviation);
        rule.dst.offset_s = rule.std.offset_s + HOUR_S;
        if (cursor.at < cursor.end && *cursor.at != ',') {
            rule.dst.offset_s = -s_time(&cursor, OFFSET_HOURS_MAX);
        }
        cursor.bad |= !s_take(&cursor, ',');
        rule.to_dst = s_change(&cursor);
        cursor.bad |= !s_take(&cursor, ',');
        rule.to_std = s_change(&cursor);
    }
    if (cursor.bad || cursor.at != cursor.end) {
        return sb_fail(err, SB_EINVALID, "bad TZ string near byte %zu", (size_t)(cursor.at - text));
    }
    *rule_r = rule;
    return SB_OK;
}

/* ---- Changes. */

/* The day on which the clocks change in a year. */
static int64_t s_change_day(const sb_tz_change_t *change, int64_t year)
{
    if (change->kind == SB_TZ_JULIAN) { /* 29 February is never counted */
        return sb_tz_days(year, 1, 1) + change->day - 1 + (s_leap(year) && change->day >= 60);
    }
    if (change->kind == SB_TZ_ZERO_DAY) {
        return sb_tz_days(year, 1, 1) + change->day;
    }
    const int64_t first = sb_tz_days(year, change->month, 1);
    const int64_t after =
        change->month == 12 ? sb_tz_days(year + 1, 1, 1) : sb_tz_days(year, change->month + 1, 1);
    const int to_weekday = (change->day - s_weekday(first) + 7) % 7;
    int64_t day = first + to_weekday + (int64_t)(change->week - 1) * 7;
    if (day >= after) { /* week 5 of a month that has four */
        day -= 7;
    }
    return day;
}

/* How many years around the one that is asked for can matter: a change may be written as up to
 * 167 hours before or after its day. */
#define YEARS_BEFORE 2
#define YEARS_AFTER 2

typedef struct {
    int64_t at_s;
    bool dst;
} moment_t;
#define MOMENTS ((size_t)(YEARS_BEFORE + 1 + YEARS_AFTER) * 2)

static void s_moments(const sb_tz_rule_t *self, int64_t utc_s, moment_t out[MOMENTS])
{
    int64_t year = 0;
    int month = 0;
    int day = 0;
    sb_tz_date(s_floor_div(utc_s, DAY_S), &year, &month, &day);
    for (size_t i = 0; i < MOMENTS; i += 2) {
        const int64_t y = year - YEARS_BEFORE + (int64_t)i / 2;
        out[i].dst = true;
        out[i].at_s =
            s_change_day(&self->to_dst, y) * DAY_S + self->to_dst.time_s - self->std.offset_s;
        out[i + 1].dst = false;
        out[i + 1].at_s =
            s_change_day(&self->to_std, y) * DAY_S + self->to_std.time_s - self->dst.offset_s;
    }
}

const sb_tz_type_t *sb_tz_rule_at(const sb_tz_rule_t *self, int64_t utc_s)
{
    if (!self->has_dst) {
        return &self->std;
    }
    moment_t moments[MOMENTS];
    s_moments(self, utc_s, moments);
    moment_t last = {INT64_MIN, false};
    for (size_t i = 0; i < MOMENTS; i++) {
        const moment_t *m = &moments[i];
        /* At the same instant the start of daylight time wins: a year of nothing else is written
         * as one that ends when the next begins (RFC 9636, 3.3.1). */
        if (m->at_s <= utc_s && (m->at_s > last.at_s || (m->at_s == last.at_s && m->dst))) {
            last = *m;
        }
    }
    return last.dst ? &self->dst : &self->std;
}

int64_t sb_tz_rule_next(const sb_tz_rule_t *self, int64_t utc_s)
{
    int64_t next = INT64_MAX;
    if (!self->has_dst) {
        return next;
    }
    moment_t moments[MOMENTS];
    s_moments(self, utc_s, moments);
    for (size_t i = 0; i < MOMENTS; i++) {
        if (moments[i].at_s > utc_s && moments[i].at_s < next) {
            next = moments[i].at_s;
        }
    }
    return next;
}
