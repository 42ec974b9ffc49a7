#include "tools/botctl/when.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/config.h"

#define SECONDS_MAX 253402300799LL /* the end of the year 9999 */

static int s_expected(const char *text, sb_err_t *err)
{
    return sb_fail(err, SB_EINVALID,
                   "'%.64s' is no time; write -6h, 2026-11-24, 2026-11-24T10:00Z or @SECONDS",
                   text);
}

/* Reads exactly digits digits. */
static bool s_digits(const char **at, int digits, int *value_r)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)(*at)[i])) {
            return false;
        }
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *value_r = value;
    return true;
}

static bool s_char(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

static bool s_date(const char **at, struct tm *tm)
{
    int year;
    int month;
    int day;
    if (!s_digits(at, 4, &year) || !s_char(at, '-') || !s_digits(at, 2, &month) ||
        !s_char(at, '-') || !s_digits(at, 2, &day)) {
        return false;
    }
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days[month - 1] + (leap && month == 2 ? 1 : 0)) {
        return false;
    }
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

/* HH:MM[:SS[.mmm]] */
static bool s_clock(const char **at, struct tm *tm, int *ms_r)
{
    if (!s_digits(at, 2, &tm->tm_hour) || !s_char(at, ':') || !s_digits(at, 2, &tm->tm_min)) {
        return false;
    }
    if (s_char(at, ':') && !s_digits(at, 2, &tm->tm_sec)) {
        return false;
    }
    if (s_char(at, '.') && !s_digits(at, 3, ms_r)) {
        return false;
    }
    return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 59;
}

/* Z, +01:00, or nothing, which is UTC. */
static bool s_zone(const char **at, int *east_s_r)
{
    if (**at == '\0' || s_char(at, 'Z') || s_char(at, 'z')) {
        return true;
    }
    const int sign = **at == '-' ? -1 : 1;
    int hours;
    int minutes;
    if ((!s_char(at, '+') && !s_char(at, '-')) || !s_digits(at, 2, &hours) || !s_char(at, ':') ||
        !s_digits(at, 2, &minutes) || hours > 14 || minutes > 59) {
        return false;
    }
    *east_s_r = sign * (hours * 3600 + minutes * 60);
    return true;
}

static int s_absolute(const char *text, int64_t *ms_r, sb_err_t *err)
{
    const char *at = text;
    struct tm tm = {0};
    int ms = 0;
    int east_s = 0;
    if (!s_date(&at, &tm)) {
        return s_expected(text, err);
    }
    if (*at && ((!s_char(&at, 'T') && !s_char(&at, 't') && !s_char(&at, ' ')) ||
                !s_clock(&at, &tm, &ms) || !s_zone(&at, &east_s))) {
        return s_expected(text, err);
    }
    if (*at) {
        return s_expected(text, err);
    }
    *ms_r = ((int64_t)timegm(&tm) - east_s) * 1000 + ms;
    return SB_OK;
}

static int s_seconds(const char *text, int64_t *ms_r, sb_err_t *err)
{
    int64_t seconds = 0;
    const char *at = text + 1;
    do {
        if (!isdigit((unsigned char)*at)) {
            return s_expected(text, err);
        }
        seconds = seconds * 10 + (*at - '0');
        if (seconds > SECONDS_MAX) {
            return s_expected(text, err);
        }
    } while (*++at);
    *ms_r = seconds * 1000;
    return SB_OK;
}

int when_parse(const char *text, int64_t now_ms, int64_t *ms_r, sb_err_t *err)
{
    assert(text);
    assert(ms_r);
    assert(err);
    if (strcmp(text, "now") == 0) {
        *ms_r = now_ms;
        return SB_OK;
    }
    if (text[0] == '@') {
        return s_seconds(text, ms_r, err);
    }
    if (text[0] != '-' && text[0] != '+') {
        return s_absolute(text, ms_r, err);
    }
    int64_t ms;
    if (sb_duration_parse(text + 1, &ms, err) != SB_OK || ms > SECONDS_MAX * 1000) {
        return s_expected(text, err);
    }
    *ms_r = text[0] == '-' ? now_ms - ms : now_ms + ms;
    return SB_OK;
}

char *when_format(int64_t ms, char *out)
{
    assert(out);
    const time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || !strftime(out, WHEN_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm)) {
        (void)snprintf(out, WHEN_SIZE, "@%" PRId64, (int64_t)seconds);
    }
    return out;
}

char *when_span(int64_t ms, char *out)
{
    assert(out);
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {
        {86400000, "d"  },
        {3600000,  "h"  },
        {60000,    "min"},
        {1000,     "s"  }
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms >= units[i].ms) {
            (void)snprintf(out, WHEN_SIZE, "%" PRId64 " %s", ms / units[i].ms, units[i].unit);
            return out;
        }
    }
    (void)snprintf(out, WHEN_SIZE, "%" PRId64 " ms", ms);
    return out;
}
