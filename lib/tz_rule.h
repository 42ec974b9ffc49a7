/* tz_rule.h: the POSIX TZ string that ends a zone file: "CET-1CEST,M3.5.0,M10.5.0/3". Pure; used
 * by tz.c alone. Also the calendar: days since 1970 to dates and back (proleptic Gregorian). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SB_TZ_ABBREVIATION_MAX 16 /* with the NUL; longer ones are cut */

int64_t sb_tz_days(int64_t year, int month, int day);
void sb_tz_date(int64_t days, int64_t *year_r, int *month_r, int *day_r);

typedef struct {
    int32_t offset_s; /* seconds east of UTC */
    char abbreviation[SB_TZ_ABBREVIATION_MAX];
} sb_tz_type_t;

/* When in a year the clocks change. */
typedef struct {
    enum { SB_TZ_JULIAN, SB_TZ_ZERO_DAY, SB_TZ_WEEKDAY } kind; /* Jn, n, Mm.w.d */
    int month;                                                 /* M: 1..12 */
    int week;                                                  /* M: 1..5, 5 is the last */
    int day;        /* J: 1..365; n: 0..365; M: 0..6, 0 is Sunday */
    int32_t time_s; /* after midnight of the clock that ends; may be negative or over a day */
} sb_tz_change_t;

typedef struct {
    sb_tz_type_t std;
    bool has_dst;
    sb_tz_type_t dst;
    sb_tz_change_t to_dst, to_std;
} sb_tz_rule_t;

/* text need not be NUL-terminated. RFC 9636, 3.3.1: times of change from -167 to 167 hours. */
SB_MUSTCHECK int sb_tz_rule_parse(const char *text, size_t size, sb_tz_rule_t *rule_r,
                                  sb_err_t *err);

/* What holds at utc_s. */
const sb_tz_type_t *sb_tz_rule_at(const sb_tz_rule_t *self, int64_t utc_s);

/* The first change after utc_s; INT64_MAX if there is none. */
int64_t sb_tz_rule_next(const sb_tz_rule_t *self, int64_t utc_s);
