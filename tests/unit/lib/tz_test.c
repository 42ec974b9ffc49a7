/* tz_test.c: against the C library's own reading of the system's zone files, which each run of a
 * child process with its own TZ gives, and against files made here, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/tz.h"

static sb_tz_t *s_load(const char *zone)
{
    sb_err_t err;
    sb_tz_t *tz = sb_tz_load(NULL, zone, &err);
    if (!tz) {
        fail_msg("%s", err.text);
    }
    return tz;
}

/* ---- Against libc. Children answer by their exit code: cmocka's asserts are the parent's. */

static bool s_same(const sb_tz_t *tz, int64_t utc_s)
{
    const time_t t = utc_s;
    struct tm want;
    sb_local_t got;
    if (!localtime_r(&t, &want)) {
        return false;
    }
    sb_tz_local(tz, utc_s, &got);
    const bool same = got.year == want.tm_year + 1900 && got.month == want.tm_mon + 1 &&
                      got.day == want.tm_mday && got.weekday == want.tm_wday &&
                      got.hour == want.tm_hour && got.minute == want.tm_min &&
                      got.second == want.tm_sec && got.offset_s == want.tm_gmtoff &&
                      strcmp(got.abbreviation, want.tm_zone) == 0;
    if (!same) {
        (void)fprintf(stderr, "at %lld: got %d-%d-%d %d:%d:%d %s %d, libc has %s %ld\n",
                      (long long)utc_s, got.year, got.month, got.day, got.hour, got.minute,
                      got.second, got.abbreviation, got.offset_s, want.tm_zone, want.tm_gmtoff);
    }
    return same;
}

static int64_t s_again(const sb_tz_t *tz, const sb_local_t *local)
{
    return sb_tz_utc(tz, local->year, local->month, local->day, local->hour, local->minute,
                     local->second);
}

/* Local time and back gives the same instant, or an earlier one that shows the same. */
static bool s_returns(const sb_tz_t *tz, int64_t utc_s)
{
    sb_local_t local;
    sb_local_t again;
    sb_tz_local(tz, utc_s, &local);
    const int64_t back = s_again(tz, &local);
    sb_tz_local(tz, back, &again);
    const bool good = back == utc_s ||
                      (back < utc_s && again.hour == local.hour && again.minute == local.minute &&
                       again.second == local.second && again.day == local.day &&
                       back - utc_s == local.offset_s - again.offset_s);
    if (!good) {
        (void)fprintf(stderr, "%lld comes back as %lld\n", (long long)utc_s, (long long)back);
    }
    return good;
}

static long s_libc_offset(int64_t utc_s)
{
    const time_t t = utc_s;
    struct tm tm;
    return localtime_r(&t, &tm) ? tm.tm_gmtoff : -1;
}

/* Both seconds around the change of clocks that lies in (from, to]. */
static bool s_same_at_change(const sb_tz_t *tz, int64_t from, int64_t to)
{
    const long before = s_libc_offset(from);
    while (to - from > 1) {
        const int64_t middle = from + (to - from) / 2;
        if (s_libc_offset(middle) == before) {
            from = middle;
        } else {
            to = middle;
        }
    }
    return s_same(tz, from) && s_same(tz, to) && s_returns(tz, from) && s_returns(tz, to);
}

static int s_child(const char *zone, int64_t from_s, int64_t to_s)
{
    sb_err_t err;
    sb_tz_t *tz = sb_tz_load(NULL, zone, &err);
    if (!tz || setenv("TZ", zone, 1) != 0) {
        return 2;
    }
    tzset();
    bool good = true;
    long offset = s_libc_offset(from_s);
    const int64_t step_s = 43 * 3600 + 17 * 60 + 13; /* wanders through the hours of the day */
    for (int64_t t = from_s; t <= to_s && good; t += step_s) {
        good = s_same(tz, t) && s_returns(tz, t);
        if (s_libc_offset(t) != offset) {
            offset = s_libc_offset(t);
            good = good && s_same_at_change(tz, t - step_s, t);
        }
    }
    sb_tz_destroy(&tz);
    return good ? 0 : 1;
}

static void s_assert_as_libc(const char *zone, int64_t from_s, int64_t to_s)
{
    (void)fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(s_child(zone, from_s, to_s));
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("%s: status %d", zone, status);
    }
}

#define YEAR_1900 (-2208988800LL)
#define YEAR_2120 4733510400LL
#define YEAR_2500 16725225600LL
#define YEAR_2510 17040758400LL

static void zones_are_as_libc_has_them(void **state)
{
    (void)state;
    static const char *const zones[] = {
        "UTC",
        "America/Los_Angeles",
        "America/New_York",
        "America/St_Johns",  /* half past */
        "America/Sao_Paulo", /* gave up daylight time */
        "America/Santiago",  /* southern, changes at midnight */
        "America/Asuncion",
        "Europe/Paris",
        "Europe/London",
        "Europe/Dublin", /* winter time is the negative one */
        "Europe/Istanbul",
        "Africa/Casablanca", /* table of moons up to 2087 */
        "Africa/Cairo",
        "Asia/Kathmandu", /* 5:45 */
        "Asia/Tehran",
        "Asia/Gaza",
        "Asia/Jerusalem",
        "Asia/Tokyo",
        "Asia/Kolkata",
        "Australia/Lord_Howe", /* daylight time of half an hour */
        "Australia/Sydney",
        "Pacific/Auckland",
        "Pacific/Chatham",    /* changes at 2:45 */
        "Pacific/Apia",       /* lived without 30 December 2011 */
        "Pacific/Kiritimati", /* UTC+14 */
        "Antarctica/Troll",   /* daylight time of two hours */
        "America/Nuuk",       /* a change written as the day before */
    };
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        s_assert_as_libc(zones[i], YEAR_1900, YEAR_2120);
        s_assert_as_libc(zones[i], YEAR_2500, YEAR_2510);
    }
}

/* ---- Local time to UTC. */

static void local_times_that_are_skipped_doubled_or_carried(void **state)
{
    (void)state;
    static const struct {
        const char *name, *zone;
        int year, month, day, hour, minute, second;
        int64_t want;
    } rows[] = {
        {"the epoch",                    "UTC",                 1970, 1,   1,  0,  0,  0,  0           },
        {"a plain day",                  "America/Los_Angeles", 2026, 1,   15, 10, 0,  0,  1768500000  },
        {"before a skip",                "America/Los_Angeles", 2026, 3,   8,  1,  59, 59, 1772963999  },
        {"first of a skip",              "America/Los_Angeles", 2026, 3,   8,  2,  0,  0,  1772964000  },
        {"within a skip",                "America/Los_Angeles", 2026, 3,   8,  2,  30, 0,  1772964000  },
        {"after a skip",                 "America/Los_Angeles", 2026, 3,   8,  3,  0,  0,  1772964000  },
        {"doubled: the first",           "America/Los_Angeles", 2026, 11,  1,  1,  30, 0,  1793521800  },
        {"after the doubled",            "America/Los_Angeles", 2026, 11,  1,  2,  0,  0,  1793527200  },
        {"half an hour skipped",         "Australia/Lord_Howe", 2026, 10,  4,  2,  15, 0,  1791041400  },
        {"Dublin, skip of the negative", "Europe/Dublin",       2026, 3,   29, 1,  30, 0,  1774746000  },
        {"midnight that is skipped",     "America/Santiago",    2026, 9,   6,  0,  30, 0,  1788667200  },
        {"a day that is skipped",        "Pacific/Apia",        2011, 12,  30, 12, 0,  0,  1325239200  },
        {"by the rule, far off",         "Europe/Paris",        2300, 7,   1,  12, 0,  0,  10429466400 },
        {"day 32",                       "UTC",                 2025, 12,  32, 0,  0,  0,  1767225600  },
        {"day 0",                        "UTC",                 2026, 1,   0,  24, 0,  0,  1767225600  },
        {"month 13",                     "UTC",                 2025, 13,  1,  0,  0,  0,  1767225600  },
        {"month 0",                      "UTC",                 2026, 0,   32, 0,  0,  0,  1767225600  },
        {"month -11",                    "UTC",                 2027, -11, 1,  0,  0,  0,  1767225600  },
        {"hour 24",                      "UTC",                 2025, 12,  31, 24, 0,  0,  1767225600  },
        {"minute -1",                    "UTC",                 2026, 1,   1,  0,  -1, 60, 1767225600  },
        {"leap day",                     "UTC",                 2028, 2,   29, 0,  0,  0,  1835395200  },
        {"no leap day",                  "UTC",                 2100, 2,   29, 0,  0,  0,  4107542400  },
        {"before the epoch",             "UTC",                 1969, 12,  31, 23, 59, 59, -1          },
        {"year 0",                       "UTC",                 0,    3,   1,  0,  0,  0,  -62162035200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_tz_t *tz = s_load(rows[i].zone);
        const int64_t got = sb_tz_utc(tz, rows[i].year, rows[i].month, rows[i].day, rows[i].hour,
                                      rows[i].minute, rows[i].second);
        if (got != rows[i].want) {
            fail_msg("%s: got %lld, want %lld", rows[i].name, (long long)got,
                     (long long)rows[i].want);
        }
        sb_tz_destroy(&tz);
    }
}

static void times_beyond_all_calendars_end_nothing(void **state)
{
    (void)state;
    static const char *const zones[] = {"UTC", "America/New_York"};
    static const int64_t times[] = {INT64_MIN, INT64_MAX, INT64_MIN / 2, INT64_MAX / 2};
    for (size_t z = 0; z < 2; z++) {
        sb_tz_t *tz = s_load(zones[z]);
        for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
            sb_local_t local;
            sb_tz_local(tz, times[i], &local);
            assert_true(local.month >= 1 && local.month <= 12);
            assert_true(times[i] < 0 ? local.year < -1000000 : local.year > 1000000);
        }
        (void)sb_tz_utc(tz, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
        (void)sb_tz_utc(tz, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN);
        sb_tz_destroy(&tz);
    }
}

/* ---- Names. */

static void names_that_are_no_zone_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int want;
    } rows[] = {
        {"",                        SB_EINVALID },
        {"/etc/passwd",             SB_EINVALID },
        {"../../../etc/passwd",     SB_EINVALID },
        {"Europe/../../etc/passwd", SB_EINVALID },
        {"Europe/./Paris",          SB_EINVALID },
        {".",                       SB_EINVALID },
        {"Europe//Paris",           SB_EINVALID },
        {"Europe/",                 SB_EINVALID },
        {"Europe/Par is",           SB_EINVALID },
        {"Europe/Paris\n",          SB_EINVALID },
        {"EST5EDT,M3.2.0,M11.1.0",  SB_EINVALID },
        {"Europe",                  SB_EINVALID }, /* a folder */
        {"zone.tab",                SB_EINVALID }, /* another file */
        {"right/UTC",               SB_EINVALID }, /* leap seconds */
        {"Europe/Atlantis",         SB_ENOTFOUND},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        sb_tz_t *tz = sb_tz_load(NULL, rows[i].zone, &err);
        /* Some systems have no right/ folder. */
        const bool absent = strncmp(rows[i].zone, "right/", 6) == 0 && err.code == SB_ENOTFOUND;
        if (tz || (err.code != rows[i].want && !absent)) {
            fail_msg("%s: code %d", rows[i].zone, err.code);
        }
    }
    sb_err_t err;
    sb_tz_t *tz = sb_tz_load("/usr/share/zoneinfo/Europe", "Paris", &err);
    assert_non_null(tz);
    sb_tz_destroy(&tz);
    sb_tz_destroy(&tz);
}

/* ---- Files made here. */

typedef struct {
    uint8_t bytes[1024];
    size_t size;
} file_t;

static void s_put(file_t *file, const void *data, size_t size)
{
    assert_true(file->size + size <= sizeof file->bytes);
    memcpy(file->bytes + file->size, data, size);
    file->size += size;
}

static void s_put_int(file_t *file, int64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)((uint64_t)value >> (8 * (size - 1 - i)));
        s_put(file, &byte, 1);
    }
}

typedef struct {
    char version;
    int64_t changes[4];
    uint8_t types[4];
    int change_len, type_len, char_len, leap_len;
    int32_t offsets[2];
    uint8_t abbreviations[2];
    const char *chars;
    const char *footer; /* NULL: none */
} plan_t;

static void s_put_block(file_t *file, const plan_t *plan, size_t time_size)
{
    s_put(file, "TZif", 4);
    s_put(file, &plan->version, 1);
    s_put(file, (const char[15]){0}, 15);
    s_put_int(file, 0, 4);
    s_put_int(file, 0, 4);
    s_put_int(file, plan->leap_len, 4);
    s_put_int(file, plan->change_len, 4);
    s_put_int(file, plan->type_len, 4);
    s_put_int(file, plan->char_len, 4);
    for (int i = 0; i < plan->change_len; i++) {
        s_put_int(file, plan->changes[i], time_size);
    }
    s_put(file, plan->types, (size_t)plan->change_len);
    for (int i = 0; i < plan->type_len; i++) {
        s_put_int(file, plan->offsets[i], 4);
        s_put_int(file, i, 1);
        s_put(file, &plan->abbreviations[i], 1);
    }
    s_put(file, plan->chars, (size_t)plan->char_len);
    for (int i = 0; i < plan->leap_len; i++) {
        s_put_int(file, 78796800, time_size);
        s_put_int(file, 1, 4);
    }
}

static file_t s_file(const plan_t *plan)
{
    file_t file = {.size = 0};
    s_put_block(&file, plan, 4);
    if (plan->version >= '2') {
        s_put_block(&file, plan, 8);
    }
    if (plan->footer) {
        s_put(&file, plan->footer, strlen(plan->footer));
    }
    return file;
}

/* Two hours east from 1000 to 2000, else one. */
static const plan_t s_plan = {
    .version = '2',
    .changes = {1000, 2000},
    .types = {1,    0   },
    .change_len = 2,
    .type_len = 2,
    .char_len = 8,
    .offsets = {3600, 7200},
    .abbreviations = {0,    4   },
    .chars = "ONE\0TWO", /* and its NUL */
    .footer = "\nONE-1\n",
};

static int32_t s_offset(const sb_tz_t *tz, int64_t utc_s)
{
    sb_local_t local;
    sb_tz_local(tz, utc_s, &local);
    return local.offset_s;
}

static void versions_with_and_without_a_footer(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        char version;
        const char *footer;
        int32_t far;
    } rows[] = {
        {"version 1 has none",     '\0', NULL,                                      3600 },
        {"version 2",              '2',  "\nONE-1\n",                               3600 },
        {"version 2, empty",       '2',  "\n\n",                                    3600 },
        {"version 3",              '3',  "\nONE-1TEN-10,M3.5.0/-167,M10.5.0/167\n", 3600 },
        {"version 4",              '4',  "\nSIX-6\n",                               21600},
        {"one to come",            '5',  "\nSIX-6\n",                               21600},
        {"more behind the footer", '2',  "\nSIX-6\nmore",                           21600},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        plan_t plan = s_plan;
        plan.version = rows[i].version;
        plan.footer = rows[i].footer;
        const file_t file = s_file(&plan);
        sb_err_t err;
        sb_tz_t *tz = sb_tz_parse(file.bytes, file.size, &err);
        if (!tz) {
            fail_msg("%s: %s", rows[i].name, err.text);
        }
        assert_int_equal(s_offset(tz, -5), 3600);
        assert_int_equal(s_offset(tz, 999), 3600);
        assert_int_equal(s_offset(tz, 1000), 7200);
        assert_int_equal(s_offset(tz, 1999), 7200);
        if (s_offset(tz, 2000) != rows[i].far || s_offset(tz, 4102444800) != rows[i].far) {
            fail_msg("%s: later it is %d", rows[i].name, s_offset(tz, 4102444800));
        }
        sb_tz_destroy(&tz);
    }
}

static void files_that_are_wrong_are_refused(void **state)
{
    (void)state;
    plan_t plans[12];
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        plans[i] = s_plan;
    }
    const char *names[] = {"changes out of order",
                           "the same change twice",
                           "a type that is not",
                           "offset over 26 h",
                           "offset under -25 h",
                           "abbreviation outside",
                           "abbreviation open",
                           "leap seconds",
                           "no type",
                           "no footer",
                           "footer without end",
                           "a bad footer"};
    plans[0].changes[1] = 999;
    plans[1].changes[1] = 1000;
    plans[2].types[0] = 2;
    plans[3].offsets[1] = 93600;
    plans[4].offsets[1] = -90000;
    plans[5].abbreviations[1] = 8;
    plans[6].char_len = 7;
    plans[7].leap_len = 1;
    plans[8].type_len = 0;
    plans[8].change_len = 0;
    plans[9].footer = NULL;
    plans[10].footer = "\nONE-1";
    plans[11].footer = "\nONE\n";
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        const file_t file = s_file(&plans[i]);
        sb_err_t err = {0};
        sb_tz_t *tz = sb_tz_parse(file.bytes, file.size, &err);
        if (tz || err.code != SB_EINVALID) {
            fail_msg("%s: it was read", names[i]);
        }
    }
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    const file_t file = s_file(&s_plan);
    for (size_t size = 0; size < file.size; size++) {
        uint8_t *exact = sb_alloc(size); /* so that a read beyond it is seen */
        memcpy(exact, file.bytes, size);
        sb_err_t err = {0};
        sb_tz_t *tz = sb_tz_parse(exact, size, &err);
        assert_null(tz);
        assert_int_equal(err.code, SB_EINVALID);
        free(exact);
    }
    uint8_t *large = sb_alloc(SB_TZ_FILE_SIZE_MAX + 1);
    sb_err_t err = {0};
    assert_null(sb_tz_parse(large, SB_TZ_FILE_SIZE_MAX + 1, &err));
    assert_int_equal(err.code, SB_ETOOLARGE);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_as_libc_has_them),
        cmocka_unit_test(local_times_that_are_skipped_doubled_or_carried),
        cmocka_unit_test(times_beyond_all_calendars_end_nothing),
        cmocka_unit_test(names_that_are_no_zone_are_refused),
        cmocka_unit_test(versions_with_and_without_a_footer),
        cmocka_unit_test(files_that_are_wrong_are_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
