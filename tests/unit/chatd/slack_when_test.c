/* slack_when_test.c: the right time for everyone, wherever the daemon runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/slack_when.h"

static const struct {
    const char *name;
    int64_t ms;
    const char *zone;
    const char *want;
} s_rows[] = {
    {"no zone",           1795525320000, NULL,                  "Tue 24 Nov 2026, 13:02 UTC"            },
    {"berlin",            1795525320000, "Europe/Berlin",       "Tue 24 Nov 2026, 14:02 (Europe/Berlin)"},
    {"summer",            1782828000000, "Europe/Berlin",       "Tue 30 Jun 2026, 16:00 (Europe/Berlin)"},
    {"the day before",    1795525320000, "America/Los_Angeles",
     "Tue 24 Nov 2026, 05:02 (America/Los_Angeles)"                                                     },
    {"the day after",     1795525320000, "Pacific/Auckland",
     "Wed 25 Nov 2026, 02:02 (Pacific/Auckland)"                                                        },
    {"no such zone",      1795525320000, "Mars/Olympus",        "Tue 24 Nov 2026, 13:02 UTC"            },
    {"leaves its folder", 1795525320000, "../../etc/passwd",    "Tue 24 Nov 2026, 13:02 UTC"            },
    {"the epoch",         0,             NULL,                  "Thu 1 Jan 1970, 00:00 UTC"             },
};

static void s_test_rows(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    slack_when_t *when = slack_when_new(NULL);
    for (size_t i = 0; i < 2 * sizeof s_rows / sizeof s_rows[0]; i++) { /* read, and kept */
        const size_t k = i % (sizeof s_rows / sizeof s_rows[0]);
        char got[SLACK_WHEN_SIZE];
        slack_when_text(when, s_rows[k].ms, s_rows[k].zone, got);
        if (strcmp(got, s_rows[k].want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", s_rows[k].name, got, s_rows[k].want);
        }
    }
    slack_when_destroy(&when);
}

/* More zones than are kept. */
static void s_test_full(void **state)
{
    (void)state;
    slack_when_t *when = slack_when_new(NULL);
    char got[SLACK_WHEN_SIZE];
    for (int i = 0; i < 3 * SLACK_WHEN_ZONES_MAX; i++) {
        char zone[32];
        (void)snprintf(zone, sizeof zone, "No/Zone%d", i);
        slack_when_text(when, 0, zone, got);
        assert_string_equal(got, "Thu 1 Jan 1970, 00:00 UTC");
        slack_when_text(when, 0, "Europe/Berlin", got);
        assert_string_equal(got, "Thu 1 Jan 1970, 01:00 (Europe/Berlin)");
    }
    slack_when_destroy(&when);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_rows),
                                       cmocka_unit_test(s_test_full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
