/* guesses_test.c: how often one address may be wrong, and that others don't suffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/webd/guesses.h"

#define NOW_MS 1000000

static int s_wrong_until_refused(guesses_t *guesses, const char *address, int64_t now_ms)
{
    int n = 0;
    while (n < 1000 && guesses_allowed(guesses, address, now_ms)) {
        guesses_wrong(guesses, address, now_ms);
        n++;
    }
    return n;
}

static void test_limit(void **state)
{
    (void)state;
    guesses_t *guesses = guesses_new(7, NOW_MS);
    assert_int_equal(s_wrong_until_refused(guesses, "192.0.2.1", NOW_MS), GUESSES_BURST);
    assert_true(guesses_allowed(guesses, "192.0.2.2", NOW_MS));
    assert_false(guesses_allowed(guesses, "192.0.2.1", NOW_MS + 999));
    assert_int_equal(s_wrong_until_refused(guesses, "192.0.2.1", NOW_MS + 3000),
                     3 * GUESSES_PER_SECOND);
    guesses_destroy(&guesses);
    guesses_destroy(&guesses);
}

static void test_right_costs_nothing(void **state)
{
    (void)state;
    guesses_t *guesses = guesses_new(7, NOW_MS);
    for (int i = 0; i < 10 * GUESSES_BURST; i++) {
        assert_true(guesses_allowed(guesses, "192.0.2.1", NOW_MS));
    }
    guesses_destroy(&guesses);
}

static void test_networks(void **state)
{
    (void)state;
    guesses_t *guesses = guesses_new(7, NOW_MS);
    (void)s_wrong_until_refused(guesses, "2001:db8:1:2::1", NOW_MS);
    assert_false(guesses_allowed(guesses, "2001:db8:1:2:ffff::9", NOW_MS));
    assert_true(guesses_allowed(guesses, "2001:db8:1:3::1", NOW_MS));
    (void)s_wrong_until_refused(guesses, "::ffff:192.0.2.1", NOW_MS);
    assert_false(guesses_allowed(guesses, "192.0.2.1", NOW_MS));
    assert_true(guesses_allowed(guesses, "::ffff:192.0.2.2", NOW_MS));
    (void)s_wrong_until_refused(guesses, "no address", NOW_MS);
    assert_false(guesses_allowed(guesses, "nor this", NOW_MS));
    guesses_destroy(&guesses);
}

/* Of 200 others hardly any share its row, and which do depends on the seed. */
static void test_seed(void **state)
{
    (void)state;
    int shared = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        guesses_t *guesses = guesses_new(seed * 0x9e3779b97f4a7c15U, NOW_MS);
        (void)s_wrong_until_refused(guesses, "192.0.2.1", NOW_MS);
        shared += !guesses_allowed(guesses, "198.51.100.77", NOW_MS);
        guesses_destroy(&guesses);
    }
    assert_in_range(shared, 0, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_right_costs_nothing),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
