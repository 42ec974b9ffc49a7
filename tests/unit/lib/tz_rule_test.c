/* tz_rule_test.c: TZ strings against the C library, which reads the same ones from the environment,
 * and what of them is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/tz_rule.h"

static sb_tz_rule_t s_rule(const char *text)
{
    sb_tz_rule_t rule;
    sb_err_t err;
    if (sb_tz_rule_parse(text, strlen(text), &rule, &err) != SB_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    return rule;
}

static void rules_are_as_libc_has_them(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "UTC0",
        "<-03>3",
        "<+0545>-5:45",
        "PST8PDT,M3.2.0,M11.1.0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "EET-2EEST,M4.5.5/0,M10.5.4/24",
        "AAA3:04:05BBB2:03:04,J60/1:02:03,J300",
        "AAA3BBB,59/1,299/2",
        "<+00>0<+02>-2,M3.5.0/1,M10.5.0/3",
    };
    char *before = getenv("TZ") ? strdup(getenv("TZ")) : NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const sb_tz_rule_t rule = s_rule(texts[i]);
        assert_int_equal(setenv("TZ", texts[i], 1), 0);
        tzset();
        /* 1990 to 2090 in steps that wander through the day. */
        for (int64_t t = 631152000; t < 3786912000; t += 7 * 3600 + 601) {
            const time_t now = t;
            struct tm want;
            assert_non_null(localtime_r(&now, &want));
            const sb_tz_type_t *got = sb_tz_rule_at(&rule, t);
            if (got->offset_s != want.tm_gmtoff || strcmp(got->abbreviation, want.tm_zone) != 0) {
                fail_msg("%s at %lld: got %s %d, want %s %ld", texts[i], (long long)t,
                         got->abbreviation, got->offset_s, want.tm_zone, want.tm_gmtoff);
            }
        }
    }
    assert_int_equal(before ? setenv("TZ", before, 1) : unsetenv("TZ"), 0);
    tzset();
    free(before);
}

static void next_is_the_second_at_which_the_offset_changes(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "PST8PDT,M3.2.0,M11.1.0",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "AAA3BBB,0/-167,365/167",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const sb_tz_rule_t rule = s_rule(texts[i]);
        int64_t t = 0;
        for (int n = 0; n < 200; n++) {
            const int64_t next = sb_tz_rule_next(&rule, t);
            assert_true(next > t && next - t < 400LL * 86400);
            assert_ptr_equal(sb_tz_rule_at(&rule, t), sb_tz_rule_at(&rule, next - 1));
            if (strncmp(texts[i], "AAA", 3) != 0) { /* its spans overlap from year to year */
                assert_ptr_not_equal(sb_tz_rule_at(&rule, next - 1), sb_tz_rule_at(&rule, next));
            }
            t = next;
        }
    }
    const sb_tz_rule_t plain = s_rule("UTC0");
    assert_true(sb_tz_rule_next(&plain, 0) == INT64_MAX);
}

/* RFC 9636, 3.3.1: how a whole year of daylight time is written. */
static void daylight_time_all_year(void **state)
{
    (void)state;
    const sb_tz_rule_t rule = s_rule("XXX3EDT4,0/0,J365/23");
    for (int64_t t = 1704067200 - 86400; t < 1704067200 + 800LL * 86400; t += 1800) {
        assert_int_equal(sb_tz_rule_at(&rule, t)->offset_s, -4 * 3600);
    }
}

static void texts_that_are_no_rule_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "UT0",
        "UTC",
        "UTC+",
        "UTC25",
        "UTC0:60",
        "UTC0:",
        "UTC0:0:60",
        "<UTC0",
        "<U>0",
        "<+0_>0",
        "UTC0 ",
        "PST8PDT",
        "PST8PDT,M3.2.0",
        "PST8PDT,M3.2.0,",
        "PST8PDT,M0.2.0,M11.1.0",
        "PST8PDT,M13.2.0,M11.1.0",
        "PST8PDT,M3.0.0,M11.1.0",
        "PST8PDT,M3.6.0,M11.1.0",
        "PST8PDT,M3.2.7,M11.1.0",
        "PST8PDT,M3.2,M11.1.0",
        "PST8PDT,J0,J365",
        "PST8PDT,J1,J366",
        "PST8PDT,1,366",
        "PST8PDT,M3.2.0/168,M11.1.0",
        "PST8PDT,M3.2.0/-168,M11.1.0",
        "PST8PDT,M3.2.0/,M11.1.0",
        "PST8PDT,M3.2.0,M11.1.0,",
        "PST8PDT,M3.2.0,M11.1.0/2000",
        "PST8PD,M3.2.0,M11.1.0",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sb_tz_rule_t rule;
        sb_err_t err;
        if (sb_tz_rule_parse(texts[i], strlen(texts[i]), &rule, &err) != SB_EINVALID) {
            fail_msg("\"%s\" was read", texts[i]);
        }
    }
}

static void dates_and_days_agree_over_centuries(void **state)
{
    (void)state;
    int64_t want = sb_tz_days(1583, 1, 1);
    assert_int_equal(sb_tz_days(1970, 1, 1), 0);
    assert_int_equal(want, -141349);
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int year = 1583; year < 2450; year++) {
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            const int length = lengths[month - 1] + (leap && month == 2);
            for (int day = 1; day <= length; day++, want++) {
                int64_t y = 0;
                int m = 0;
                int d = 0;
                assert_int_equal(sb_tz_days(year, month, day), want);
                sb_tz_date(want, &y, &m, &d);
                assert_true(y == year && m == month && d == day);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_as_libc_has_them),
        cmocka_unit_test(next_is_the_second_at_which_the_offset_changes),
        cmocka_unit_test(daylight_time_all_year),
        cmocka_unit_test(texts_that_are_no_rule_are_refused),
        cmocka_unit_test(dates_and_days_agree_over_centuries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
