#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/taskd.h"
#include "services/botd/leader.h"
#include "tests/unit/botd/fake_store.h"

static leader_t *s_leader;
static char s_events[64]; /* "+3" gained epoch 3, "-" lost */

static void s_gained(void *ctx, int64_t epoch)
{
    (void)ctx;
    const size_t len = strlen(s_events);
    (void)snprintf(s_events + len, sizeof s_events - len, "+%d", (int)epoch);
}

static void s_lost(void *ctx)
{
    (void)ctx;
    const size_t len = strlen(s_events);
    (void)snprintf(s_events + len, sizeof s_events - len, "-");
}

static int set_up(void **state)
{
    (void)state;
    fake_reset();
    s_events[0] = '\0';
    const leader_events_t events = {.gained = s_gained, .lost = s_lost};
    s_leader = leader_new(fake_timers(), fake_client(), "b1/7", &events);
    fake_advance(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_reset();
    leader_destroy(&s_leader);
    leader_destroy(&s_leader);
    return 0;
}

static void acquires_and_renews_on_time(void **state)
{
    (void)state;
    char *body = fake_body("lease.acquire");
    assert_string_equal(
        body, "{\"name\":\"botd\",\"holder\":\"b1/7\",\"ttl_ms\":15000,\"restart\":true}");
    free(body);
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    assert_string_equal(s_events, "+3");
    assert_int_equal(leader_epoch(s_leader), 3);
    fake_advance(SB_LEASE_RENEW_MS);
    body = fake_body("lease.renew");
    assert_non_null(strstr(body, "\"epoch\":\"3\""));
    free(body);
    fake_answer("lease.renew", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    for (int i = 0; i < 20; i++) {
        fake_advance(SB_LEASE_RENEW_MS);
        fake_answer("lease.renew", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    }
    assert_string_equal(s_events, "+3");
}

static void asks_again_while_another_leads(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        fake_refuse("lease.acquire", SB_ENOTLEADER);
        assert_int_equal(fake_calls_len, 0);
        fake_advance(500);
    }
    fake_answer("lease.acquire", "{\"epoch\":\"9\",\"expires_in_ms\":15000}");
    assert_string_equal(s_events, "+9");
}

static void s_expect_restart(bool wanted)
{
    char *body = fake_body("lease.acquire");
    assert_int_equal(strstr(body, "\"restart\":true") != NULL, wanted);
    free(body);
}

static void claims_to_be_restarted_until_the_first_answer(void **state)
{
    (void)state;
    s_expect_restart(true);
    fake_refuse("lease.acquire", SB_ETIMEOUT);
    fake_advance(500);
    s_expect_restart(true);
    fake_refuse("lease.acquire", SB_ENOTLEADER);
    fake_advance(500);
    s_expect_restart(false);
}

static void one_of_the_same_instance_is_not_fought(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    fake_advance(SB_LEASE_RENEW_MS);
    fake_refuse("lease.renew", SB_ESTALE);
    fake_advance(500);
    s_expect_restart(false);
    static const char *const texts[] = {"b12/8 holds it", "b1/8 holds it", "b1/8 holds it"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fake_refuse_saying("lease.acquire", SB_ENOTLEADER, texts[i]);
        assert_int_equal(leader_has_twin(s_leader), i > 0);
        fake_advance(500);
        s_expect_restart(false);
    }
}

static void stops_itself_when_renewals_are_not_answered(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    fake_advance(SB_LEASE_RENEW_MS);
    for (int64_t ms = SB_LEASE_RENEW_MS; ms < SB_LEASE_STOP_MS - 500; ms += 500) {
        fake_refuse("lease.renew", SB_ETIMEOUT);
        fake_advance(500);
        assert_int_equal(leader_epoch(s_leader), 3);
    }
    fake_refuse("lease.renew", SB_ETIMEOUT);
    fake_advance(1000);
    assert_string_equal(s_events, "+3-");
    assert_true(SB_LEASE_STOP_MS < SB_LEASE_TTL_MS);
}

static void a_renewal_counts_from_when_it_was_sent(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    fake_advance(SB_LEASE_RENEW_MS);       /* sent now */
    fake_advance(SB_LEASE_STOP_MS - 6000); /* answered only now */
    fake_answer("lease.renew", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    fake_advance(SB_LEASE_STOP_MS - 4000); /* 10 s after it was sent, 6 s after its answer */
    assert_string_equal(s_events, "+3-");
}

static void a_refused_renewal_ends_it_at_once(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    fake_advance(SB_LEASE_RENEW_MS);
    fake_refuse("lease.renew", SB_ESTALE);
    assert_string_equal(s_events, "+3-");
    fake_advance(500);
    fake_answer("lease.acquire", "{\"epoch\":\"5\",\"expires_in_ms\":15000}");
    assert_string_equal(s_events, "+3-+5");
}

static void doubt_gives_up_the_epoch_and_seeks(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    leader_doubt(s_leader);
    leader_doubt(s_leader);
    assert_string_equal(s_events, "+3-");
    fake_advance(500);
    fake_answer("lease.acquire", "{\"epoch\":\"4\",\"expires_in_ms\":15000}");
    assert_string_equal(s_events, "+3-+4");
}

static void an_answer_about_the_past_is_ignored(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    fake_advance(SB_LEASE_RENEW_MS); /* a renewal of epoch 3 is under way */
    leader_doubt(s_leader);
    fake_answer("lease.renew", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    assert_int_equal(leader_epoch(s_leader), 0);
    assert_string_equal(s_events, "+3-");
}

static void an_answer_without_an_epoch_does_not_lead(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"expires_in_ms\":15000}");
    assert_int_equal(leader_epoch(s_leader), 0);
    fake_advance(500);
    fake_answer("lease.acquire", "{\"epoch\":\"0\",\"expires_in_ms\":15000}");
    assert_string_equal(s_events, "");
}

static void resigning_releases_and_stays_away(void **state)
{
    (void)state;
    fake_answer("lease.acquire", "{\"epoch\":\"3\",\"expires_in_ms\":15000}");
    leader_resign(s_leader);
    assert_string_equal(s_events, "+3-");
    char *body = fake_body("lease.release");
    assert_non_null(strstr(body, "\"epoch\":\"3\""));
    free(body);
    fake_answer("lease.release", "{}");
    fake_advance(60000);
    assert_int_equal(fake_calls_len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(acquires_and_renews_on_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_again_while_another_leads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(claims_to_be_restarted_until_the_first_answer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_of_the_same_instance_is_not_fought, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_itself_when_renewals_are_not_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_renewal_counts_from_when_it_was_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_renewal_ends_it_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(doubt_gives_up_the_epoch_and_seeks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_about_the_past_is_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_without_an_epoch_does_not_lead, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(resigning_releases_and_stays_away, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
