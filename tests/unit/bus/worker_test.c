/* worker_test.c: being there for botd, and the ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/bus_timing.h"
#include "lib/mem.h"
#include "worker_bed.h"

/* ---- Being there. */

static void ready_then_known(void **state)
{
    (void)state;
    worker_bed.worker = worker_at(worker_bed.botd.endpoint, 32);
    assert_false(sb_worker_connected(worker_bed.worker));
    worker_expect("SB1 READY chatd", "{\"body\":{\"service\":\"chatd\",\"driver\":\"local\","
                                     "\"instance\":\"c1\",\"credit\":32}}");
    assert_false(sb_worker_connected(worker_bed.worker));
    worker_tell("SB1 HEARTBEAT", "{}");
    worker_wait_connected(true);
}

static void heartbeats_when_there_is_nothing_to_say(void **state)
{
    (void)state;
    sb_bus_timing.heartbeat_ms = 20;
    worker_start(1);
    do { /* READY is said again until botd's first word arrives */
        bed_hear(worker_bed.loop, worker_bed.botd.sock, &worker_bed.botd.worker,
                 &worker_bed.botd.heard);
    } while (strcmp(worker_bed.botd.heard.head, "SB1 READY chatd") == 0);
    assert_string_equal(worker_bed.botd.heard.head, "SB1 HEARTBEAT");
    worker_expect("SB1 HEARTBEAT", "{}");
    assert_true(sb_worker_connected(worker_bed.worker));
}

static void ready_again_until_answered(void **state)
{
    (void)state;
    sb_bus_timing.heartbeat_ms = 20;
    worker_bed.worker = worker_at(worker_bed.botd.endpoint, 1);
    for (int i = 0; i < 3; i++) {
        worker_expect("SB1 READY chatd", "");
    }
    worker_tell("SB1 HEARTBEAT", "{}");
    worker_wait_connected(true);
}

static void silent_botd_is_told_again(void **state)
{
    (void)state;
    sb_bus_timing.silence_ms = 100;
    worker_start(1);
    worker_wait_connected(false);
    worker_expect("SB1 READY chatd", "");
    worker_tell("SB1 HEARTBEAT", "{}");
    worker_wait_connected(true);
}

static void restarted_botd_is_told(void **state)
{
    (void)state;
    worker_start(1);
    worker_close(&worker_bed.botd);
    worker_wait_connected(false);
    worker_open(&worker_bed.botd);
    worker_expect("SB1 READY chatd", "\"instance\":\"c1\"");
    worker_tell("SB1 HEARTBEAT", "{}");
    worker_wait_connected(true);
    worker_job("chat.send", "a1");
    worker_expect("SB1 RESULT", "\"a1\"");
}

static void refusal_of_ready_does_not_count_as_known(void **state)
{
    (void)state;
    worker_bed.worker = worker_at(worker_bed.botd.endpoint, 1);
    worker_expect("SB1 READY chatd", "");
    worker_tell("SB1 NACK", "{\"id\":\"\",\"body\":{\"code\":\"FORBIDDEN\",\"text\":\"no\"}}");
    worker_tell("SB1 NACK", "{");
    worker_job("chat.nonsense", "a1"); /* whoever gives jobs knows us */
    worker_expect("SB1 NACK", "\"a1\"");
    assert_true(sb_worker_connected(worker_bed.worker));
}

/* ---- Ends. */

static void draining_worker_finishes_and_takes_no_more(void **state)
{
    (void)state;
    worker_start(4);
    worker_job("chat.hold", "a1");
    worker_wait_held(1);
    sb_worker_drain(worker_bed.worker);
    sb_worker_drain(worker_bed.worker);
    worker_expect("SB1 CREDIT", "{\"body\":{\"credit\":0}}");
    worker_job("chat.send", "a2");
    worker_expect("SB1 NACK", "{\"id\":\"a2\",\"body\":{\"code\":\"BUSY\"");
    worker_close(&worker_bed.botd);
    worker_wait_connected(false);
    worker_open(&worker_bed.botd);
    worker_expect("SB1 READY chatd", "\"credit\":0}");
    worker_end_held();
    worker_expect("SB1 RESULT", "\"a1\"");
}

static void end_says_bye_and_forgets(void **state)
{
    (void)state;
    worker_start(4);
    worker_job("chat.hold", "a1");
    worker_wait_held(1);
    sb_worker_destroy(&worker_bed.worker);
    worker_expect("SB1 BYE", "{}");
    worker_end_held(); /* goes nowhere, and frees */
    worker_bed.worker = worker_at(worker_bed.botd.endpoint, 4);
    worker_expect("SB1 READY chatd", "");
    worker_job("chat.hold", "a1"); /* begun anew: nothing is left of the old one */
    worker_wait_held(1);
    worker_end_held();
    worker_expect("SB1 RESULT", "\"a1\"");
}

static void address_that_is_none_is_an_error(void **state)
{
    (void)state;
    const sb_worker_config_t config = {"chatd", "local", "c1", 1};
    static const sb_route_t routes[] = {
        {"chat.send", SB_ROLE_BOTD, 512, NULL}
    };
    sb_err_t err = {0};
    assert_null(sb_worker_new(worker_bed.loop, worker_bed.chatd_keys, "nonsense", &config, routes,
                              1, NULL, &err));
    bed_assert_in(err.text, "nonsense");
}

static void stats_are_named(void **state)
{
    (void)state;
    worker_start(4);
    worker_job("chat.send", "a1");
    worker_expect("SB1 RESULT", "");
    worker_job("chat.send", "a1");
    worker_expect("SB1 RESULT", "");
    cJSON *object = sb_json_object();
    sb_worker_stats_json(worker_bed.worker, object);
    char *text = sb_json_print(object);
    bed_assert_in(text, "\"connected\":true");
    bed_assert_in(text, "\"jobs\":1,\"results\":1,\"nacks\":0,\"repeated\":1");
    free(text);
    cJSON_Delete(object);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, worker_set_up, worker_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ready_then_known),
        TEST(heartbeats_when_there_is_nothing_to_say),
        TEST(ready_again_until_answered),
        TEST(silent_botd_is_told_again),
        TEST(restarted_botd_is_told),
        TEST(refusal_of_ready_does_not_count_as_known),
        TEST(draining_worker_finishes_and_takes_no_more),
        TEST(end_says_bye_and_forgets),
        TEST(address_that_is_none_is_an_error),
        TEST(stats_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
