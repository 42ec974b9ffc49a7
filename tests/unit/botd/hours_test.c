/* hours_test.c: deadlines at the clock of Los Angeles and of stranger places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "services/botd/hours.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static char *s_week[] = {"mon", "tue", "wed", "thu", "fri", NULL};
static char *s_all[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static char *s_sunday[] = {"Sun", NULL};

/* "2026-03-10 17:30:00.500 -0700" in milliseconds; libc's calendar, not ours. */
static int64_t s_ms(const char *text)
{
    struct tm tm = {0};
    int ms = 0;
    int zone = 0;
    if (sscanf(text, "%d-%d-%d %d:%d:%d.%d %d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &ms, &zone) != 8) {
        fail_msg("a row's fault: %s", text);
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return ((int64_t)timegm(&tm) - (zone / 100 * 60 + zone % 100) * 60) * 1000 + ms;
}

static void s_print(const char *name, int64_t got, int64_t want)
{
    const time_t got_s = got / 1000;
    const time_t want_s = want / 1000;
    char got_text[64];
    char want_text[64];
    struct tm tm;
    (void)strftime(got_text, sizeof got_text, "%a %F %T UTC", gmtime_r(&got_s, &tm));
    (void)strftime(want_text, sizeof want_text, "%a %F %T UTC", gmtime_r(&want_s, &tm));
    fail_msg("%s: got %s, want %s", name, got_text, want_text);
}

typedef struct {
    const char *name, *start;
    int64_t duration_ms;
    const char *want;
} row_t;

static void s_assert_rows(const char *zone, char *const *days, const char *open, const char *close,
                          const row_t *rows, size_t rows_len)
{
    sb_err_t err;
    sb_tz_t *tz = sb_tz_load(NULL, zone, &err);
    assert_non_null(tz);
    hours_t hours;
    assert_int_equal(hours_parse(tz, days, open, close, &hours, &err), SB_OK);
    for (size_t i = 0; i < rows_len; i++) {
        const int64_t want = s_ms(rows[i].want);
        const int64_t got = hours_after(&hours, s_ms(rows[i].start), rows[i].duration_ms);
        if (got != want) {
            s_print(rows[i].name, got, want);
        }
        /* Time used up in two steps ends at the same instant. */
        const int64_t half = hours_after(&hours, s_ms(rows[i].start), rows[i].duration_ms / 2);
        const int64_t rest = rows[i].duration_ms - rows[i].duration_ms / 2;
        if (rest > 0 && hours_after(&hours, half, rest) != want) {
            s_print(rows[i].name, hours_after(&hours, half, rest), want);
        }
    }
    sb_tz_destroy(&tz);
}
#define ASSERT_ROWS(zone, days, open, close, rows)                                                 \
    s_assert_rows(zone, days, open, close, rows, sizeof rows / sizeof rows[0])

static void a_working_week_in_los_angeles(void **state)
{
    (void)state;
    static const row_t rows[] = {
        {"within a day",                        "2026-03-10 11:00:00.000 -0700", 2 * HOUR_MS,
         "2026-03-10 13:00:00.000 -0700"                                                                                      },
        {"up to closing",                       "2026-03-10 16:00:00.000 -0700", 2 * HOUR_MS,
         "2026-03-10 18:00:00.000 -0700"                                                                                      },
        {"over an evening",                     "2026-03-10 17:30:00.000 -0700", 2 * HOUR_MS,
         "2026-03-11 11:30:00.000 -0700"                                                                                      },
        {"asked at night",                      "2026-03-10 03:00:00.000 -0700", 2 * HOUR_MS,
         "2026-03-10 12:00:00.000 -0700"                                                                                      },
        {"asked in the early morning",          "2026-03-10 07:00:00.000 -0700", 2 * HOUR_MS,
         "2026-03-10 12:00:00.000 -0700"                                                                                      },
        {"asked at opening",                    "2026-03-10 10:00:00.000 -0700", 2 * HOUR_MS,
         "2026-03-10 12:00:00.000 -0700"                                                                                      },
        {"asked at closing",                    "2026-03-10 18:00:00.000 -0700", 2 * HOUR_MS,
         "2026-03-11 12:00:00.000 -0700"                                                                                      },
        {"over a weekend",                      "2026-03-13 17:30:00.000 -0700", 2 * HOUR_MS,
         "2026-03-16 11:30:00.000 -0700"                                                                                      },
        {"on a Saturday",                       "2026-03-14 12:00:00.000 -0700", 2 * HOUR_MS,
         "2026-03-16 12:00:00.000 -0700"                                                                                      },
        {"on a Sunday evening",                 "2026-03-15 17:30:00.000 -0700", 2 * HOUR_MS,
         "2026-03-16 12:00:00.000 -0700"                                                                                      },
        {"over a weekend that springs forward", "2026-03-06 17:30:00.000 -0800", 2 * HOUR_MS,
         "2026-03-09 11:30:00.000 -0700"                                                                                      },
        {"over a weekend that falls back",      "2026-10-30 17:30:00.000 -0700", 2 * HOUR_MS,
         "2026-11-02 11:30:00.000 -0800"                                                                                      },
        {"over the new year",                   "2026-12-31 17:00:00.000 -0800", 2 * HOUR_MS,
         "2027-01-01 11:00:00.000 -0800"                                                                                      },
        {"over a leap day",                     "2028-02-28 17:00:00.000 -0800", 9 * HOUR_MS,
         "2028-02-29 18:00:00.000 -0800"                                                                                      },
        {"a week and a day of work",            "2026-03-11 12:00:00.000 -0700", 48 * HOUR_MS,
         "2026-03-19 12:00:00.000 -0700"                                                                                      },
        {"to the millisecond",                  "2026-03-13 17:59:59.750 -0700", 1000,
         "2026-03-16 10:00:00.750 -0700"                                                                                      },
        {"nothing, open",                       "2026-03-10 11:00:00.123 -0700", 0,            "2026-03-10 11:00:00.123 -0700"},
        {"nothing, closed",                     "2026-03-13 18:00:00.000 -0700", 0,            "2026-03-16 10:00:00.000 -0700"},
        {"less than nothing",                   "2026-03-10 11:00:00.000 -0700", -5,           "2026-03-10 11:00:00.000 -0700"},
        {"long past the zone's table",          "2126-03-12 17:30:00.000 -0700", 2 * HOUR_MS,
         "2126-03-13 11:30:00.000 -0700"                                                                                      },
        {"before 1970",                         "1969-12-31 15:30:00.250 -0800", 4 * HOUR_MS,
         "1970-01-01 11:30:00.250 -0800"                                                                                      },
    };
    ASSERT_ROWS("America/Los_Angeles", s_week, "10:00", "18:00", rows);
}

static void days_of_23_and_25_hours(void **state)
{
    (void)state;
    static const row_t rows[] = {
        {"23 hours",                     "2026-03-08 00:00:00.000 -0800", 23 * HOUR_MS,
         "2026-03-09 00:00:00.000 -0700"},
        {"23 hours and a second",        "2026-03-08 00:00:00.000 -0800", 23 * HOUR_MS + 1000,
         "2026-03-15 00:00:01.000 -0700"},
        {"25 hours",                     "2026-11-01 00:00:00.000 -0700", 25 * HOUR_MS,
         "2026-11-02 00:00:00.000 -0800"},
        {"25 hours and a second",        "2026-11-01 00:00:00.000 -0700", 25 * HOUR_MS + 1000,
         "2026-11-08 00:00:01.000 -0800"},
        {"over the change",              "2026-11-01 00:30:00.000 -0700", 2 * HOUR_MS,
         "2026-11-01 01:30:00.000 -0800"},
        {"within the second time round", "2026-11-01 01:15:00.000 -0800", HOUR_MS,
         "2026-11-01 02:15:00.000 -0800"},
    };
    ASSERT_ROWS("America/Los_Angeles", s_sunday, "00:00", "24:00", rows);
    static const row_t before_1970[] = {
        {"the last of a day", "1969-12-28 23:59:59.750 +0000", 1000,
         "1970-01-04 00:00:00.750 +0000"},
    };
    ASSERT_ROWS("UTC", s_sunday, "00:00", "24:00", before_1970);
}

static void openings_and_closings_that_clocks_skip_or_double(void **state)
{
    (void)state;
    static const row_t skipped_opening[] = {
        {"opens at the change", "2026-03-08 00:00:00.000 -0800", 30 * MINUTE_MS,
         "2026-03-08 03:30:00.000 -0700"},
        {"and has but an hour", "2026-03-08 00:00:00.000 -0800", 90 * MINUTE_MS,
         "2026-03-09 02:30:00.000 -0700"},
        {"the day before",      "2026-03-07 03:30:00.000 -0800", HOUR_MS,
         "2026-03-08 03:30:00.000 -0700"},
    };
    ASSERT_ROWS("America/Los_Angeles", s_all, "02:00", "04:00", skipped_opening);
    static const row_t skipped_window[] = {
        {"not that day",  "2026-03-08 00:00:00.000 -0800", 10 * MINUTE_MS,
         "2026-03-09 02:25:00.000 -0700"},
        {"over that day", "2026-03-07 02:40:00.000 -0800", 10 * MINUTE_MS,
         "2026-03-09 02:20:00.000 -0700"},
    };
    ASSERT_ROWS("America/Los_Angeles", s_all, "02:15", "02:45", skipped_window);
    static const row_t doubled_closing[] = {
        {"closes the first time",     "2026-11-01 00:30:00.000 -0700", HOUR_MS + MINUTE_MS,
         "2026-11-02 00:01:00.000 -0800"},
        {"is closed the second time", "2026-11-01 01:10:00.000 -0800", MINUTE_MS,
         "2026-11-02 00:01:00.000 -0800"},
    };
    ASSERT_ROWS("America/Los_Angeles", s_all, "00:00", "01:30", doubled_closing);
    static const row_t half_an_hour[] = {
        {"half an hour less", "2026-10-04 01:00:00.000 +1030", 90 * MINUTE_MS,
         "2026-10-04 03:00:00.000 +1100"},
        {"half an hour more", "2026-04-05 01:00:00.000 +1100", 90 * MINUTE_MS,
         "2026-04-05 02:00:00.000 +1030"},
    };
    ASSERT_ROWS("Australia/Lord_Howe", s_all, "00:00", "24:00", half_an_hour);
    static const row_t no_friday[] = {
        {"a day that never was", "2011-12-29 17:30:00.000 -1000", 2 * HOUR_MS,
         "2011-12-31 11:30:00.000 +1400"},
    };
    ASSERT_ROWS("Pacific/Apia", s_all, "10:00", "18:00", no_friday);
    static const row_t before_midnight[] = {
        {"clocks that went back over midnight", "2010-11-06 23:30:00.000 -0230", 2 * HOUR_MS,
         "2010-11-07 00:30:00.000 -0330"},
    };
    ASSERT_ROWS("America/St_Johns", s_all, "00:00", "24:00", before_midnight);
}

static void open_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *name, *at;
        bool want;
    } rows[] = {
        {"at opening",                   "2026-03-10 10:00:00.000 -0700", true },
        {"just before",                  "2026-03-10 09:59:59.999 -0700", false},
        {"noon",                         "2026-03-10 12:00:00.000 -0700", true },
        {"last millisecond",             "2026-03-10 17:59:59.999 -0700", true },
        {"at closing",                   "2026-03-10 18:00:00.000 -0700", false},
        {"Friday late, Saturday in UTC", "2026-03-13 17:30:00.000 -0700", true },
        {"Sunday late, Monday in UTC",   "2026-03-15 17:30:00.000 -0700", false},
        {"Saturday",                     "2026-03-14 12:00:00.000 -0700", false},
    };
    sb_err_t err;
    sb_tz_t *tz = sb_tz_load(NULL, "America/Los_Angeles", &err);
    assert_non_null(tz);
    hours_t hours;
    assert_int_equal(hours_parse(tz, s_week, "10:00", "18:00", &hours, &err), SB_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (hours_open(&hours, s_ms(rows[i].at)) != rows[i].want) {
            fail_msg("%s: want %d", rows[i].name, rows[i].want);
        }
    }
    sb_tz_destroy(&tz);
}

/* Every second that hours_open says is open is one that a deadline counts. */
static void deadlines_count_just_the_open_minutes(void **state)
{
    (void)state;
    static const char *const zones[] = {"America/St_Johns", "America/Los_Angeles", "Europe/Dublin"};
    static const char *const times[][2] = {
        {"10:00", "18:00"},
        {"00:00", "24:00"}
    };
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
        sb_err_t err;
        sb_tz_t *tz = sb_tz_load(NULL, zones[z], &err);
        assert_non_null(tz);
        for (size_t i = 0; i < 2; i++) {
            hours_t hours;
            assert_int_equal(hours_parse(tz, s_week, times[i][0], times[i][1], &hours, &err),
                             SB_OK);
            const int64_t start = s_ms("2010-10-28 00:00:00.000 +0000");
            int64_t counted = 0;
            for (int64_t t = start; t < start + 14 * DAY_MS; t += MINUTE_MS) {
                counted += hours_open(&hours, t) ? MINUTE_MS : 0;
                const int64_t end = counted > 0 ? hours_after(&hours, start, counted) : start;
                assert_true(end <= t + MINUTE_MS);
                assert_true(!hours_open(&hours, t) || end == t + MINUTE_MS);
            }
        }
        sb_tz_destroy(&tz);
    }
}

static void always_open_counts_everything(void **state)
{
    (void)state;
    const hours_t hours = hours_always();
    const int64_t start = s_ms("2026-03-14 03:00:00.000 -0700");
    assert_true(hours_open(&hours, start));
    assert_int_equal(hours_after(&hours, start, 2 * HOUR_MS), start + 2 * HOUR_MS);
    assert_int_equal(hours_after(&hours, start, -1), start);
    assert_int_equal(hours_after(&hours, start, INT64_MAX), start + HOURS_DURATION_MS_MAX);
}

/* One minute a week. */
static void the_longest_duration_ends(void **state)
{
    (void)state;
    sb_err_t err;
    sb_tz_t *tz = sb_tz_load(NULL, "UTC", &err);
    assert_non_null(tz);
    hours_t hours;
    assert_int_equal(hours_parse(tz, s_sunday, "23:59", "24:00", &hours, &err), SB_OK);
    const int64_t start = s_ms("2026-03-15 00:00:00.000 +0000"); /* a Sunday */
    const int64_t weeks = HOURS_DURATION_MS_MAX / MINUTE_MS;
    assert_int_equal(hours_after(&hours, start, INT64_MAX), start + (weeks * 7 - 6) * DAY_MS);
    sb_tz_destroy(&tz);
}

static void impossible_hours_are_refused(void **state)
{
    (void)state;
    static char *none[] = {NULL};
    static char *unknown[] = {"mon", "tues", NULL};
    static char *twice[] = {"mon", "tue", "MON", NULL};
    static const struct {
        const char *name;
        char *const *days;
        const char *open, *close, *word;
        int want;
    } rows[] = {
        {"good",           s_all,    "00:00",    "24:00", NULL,                  SB_OK      },
        {"either case",    s_sunday, "09:30",    "09:31", NULL,                  SB_OK      },
        {"no days",        none,     "10:00",    "18:00", "no day",              SB_EINVALID},
        {"an unknown day", unknown,  "10:00",    "18:00", "\"tues\"",            SB_EINVALID},
        {"a day twice",    twice,    "10:00",    "18:00", "mon is listed twice", SB_EINVALID},
        {"no length",      s_all,    "10:00",    "10:00", "not after",           SB_EINVALID},
        {"backwards",      s_all,    "18:00",    "10:00", "not after",           SB_EINVALID},
        {"after 24",       s_all,    "10:00",    "24:01", "\"24:01\"",           SB_EINVALID},
        {"hour 25",        s_all,    "10:00",    "25:00", "\"25:00\"",           SB_EINVALID},
        {"minute 60",      s_all,    "10:60",    "18:00", "\"10:60\"",           SB_EINVALID},
        {"one digit",      s_all,    "9:00",     "18:00", "\"9:00\"",            SB_EINVALID},
        {"seconds",        s_all,    "09:00:00", "18:00", "\"09:00:00\"",        SB_EINVALID},
        {"a word",         s_all,    "10:00",    "six",   "\"six\"",             SB_EINVALID},
        {"a sign",         s_all,    "-1:00",    "18:00", "\"-1:00\"",           SB_EINVALID},
        {"a blank",        s_all,    "10: 0",    "18:00", "\"10: 0\"",           SB_EINVALID},
        {"empty",          s_all,    "",         "18:00", "\"\"",                SB_EINVALID},
    };
    sb_err_t err;
    sb_tz_t *tz = sb_tz_load(NULL, "UTC", &err);
    assert_non_null(tz);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hours_t hours;
        const int got = hours_parse(tz, rows[i].days, rows[i].open, rows[i].close, &hours, &err);
        if (got != rows[i].want || (got && !strstr(err.text, rows[i].word))) {
            fail_msg("%s: %d %s", rows[i].name, got, got ? err.text : "");
        }
    }
    sb_tz_destroy(&tz);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_working_week_in_los_angeles),
        cmocka_unit_test(days_of_23_and_25_hours),
        cmocka_unit_test(openings_and_closings_that_clocks_skip_or_double),
        cmocka_unit_test(open_or_not),
        cmocka_unit_test(deadlines_count_just_the_open_minutes),
        cmocka_unit_test(always_open_counts_everything),
        cmocka_unit_test(the_longest_duration_ends),
        cmocka_unit_test(impossible_hours_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
