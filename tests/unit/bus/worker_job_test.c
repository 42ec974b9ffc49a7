/* worker_job_test.c: the jobs of a worker: done once, whoever asks how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "worker_bed.h"

/* ---- Jobs. */

static void job_is_done(void **state)
{
    (void)state;
    worker_start(2);
    worker_job("chat.send", "a1");
    worker_expect("SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    worker_job("chat.hold", "a2");
    worker_wait_held(1);
    assert_int_equal(sb_worker_open_calls(worker_bed.worker), 1);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "transaction", "tx7");
    sb_call_accept(worker_bed.held[0], &body);
    worker_expect("SB1 ACCEPT", "{\"id\":\"a2\",\"body\":{\"transaction\":\"tx7\"}}");
    worker_end_held();
    worker_expect("SB1 RESULT", "{\"id\":\"a2\"}");
    assert_int_equal(sb_worker_open_calls(worker_bed.worker), 0);
}

static void job_that_can_not_be_taken_is_refused(void **state)
{
    (void)state;
    worker_start(1);
    worker_job("chat.nonsense", "a1");
    worker_expect("SB1 NACK", "{\"id\":\"a1\",\"body\":{\"code\":\"UNKNOWN\"");
    worker_job("chat.own", "a2");
    worker_expect("SB1 NACK", "{\"id\":\"a2\",\"body\":{\"code\":\"FORBIDDEN\"");
    worker_tell("SB1 REQ chat.send", "{\"id\":\"a3\"}");
    worker_expect("SB1 NACK", "{\"id\":\"a3\",\"body\":{\"code\":\"INVALID\"");
    char *pad = sb_alloc(513);
    memset(pad, ' ', 512);
    char *body = sb_format("{\"id\":\"a4\",\"timeout_ms\":1}%s", pad);
    worker_tell("SB1 REQ chat.send", body);
    worker_expect("SB1 NACK", "{\"id\":\"a4\",\"body\":{\"code\":\"TOO_LARGE\"");
    free(pad);
    free(body);
    assert_int_equal(worker_bed.sends, 0);
}

static void junk_from_botd_is_survived(void **state)
{
    (void)state;
    worker_start(1);
    worker_tell("", "");
    worker_tell("SB1 REQ", "{}");
    worker_tell("SB1 REQ chat.send", "{");
    worker_expect("SB1 NACK", "\"id\":\"\"");
    worker_tell("SB1 RESULT", "{\"id\":\"a\"}");
    bed_frame(worker_bed.botd.sock, zframe_data(worker_bed.botd.worker),
              zframe_size(worker_bed.botd.worker), true);
    bed_frame(worker_bed.botd.sock, "alone", 5, false);
    worker_job("chat.send", "a1");
    worker_expect("SB1 RESULT", "\"a1\"");
}

static void more_than_the_credit_is_busy(void **state)
{
    (void)state;
    worker_start(2);
    worker_job("chat.hold", "a1");
    worker_job("chat.hold", "a2");
    worker_job("chat.hold", "a3");
    worker_expect("SB1 NACK", "{\"id\":\"a3\",\"body\":{\"code\":\"BUSY\"");
    worker_end_held();
    worker_expect("SB1 RESULT", "");
    worker_expect("SB1 RESULT", "");
    worker_job("chat.hold", "a3");
    worker_wait_held(1);
}

/* ---- The same job again. */

static void answered_job_is_answered_from_memory(void **state)
{
    (void)state;
    worker_start(1);
    worker_job("chat.send", "a1");
    worker_expect("SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    worker_job("chat.send", "a1");
    worker_expect("SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    assert_int_equal(worker_bed.sends, 1);
}

static void job_at_hand_is_not_begun_again(void **state)
{
    (void)state;
    worker_start(4);
    worker_job("chat.hold", "a1");
    worker_wait_held(1);
    worker_job("chat.hold", "a1"); /* silence */
    worker_job("chat.send", "a2");
    worker_expect("SB1 RESULT", "\"a2\"");
    assert_int_equal(worker_bed.held_len, 1);
    sb_call_accept(worker_bed.held[0], NULL);
    worker_expect("SB1 ACCEPT", "\"a1\"");
    worker_job("chat.hold", "a1"); /* who asks again did not hear that it was accepted */
    worker_expect("SB1 ACCEPT", "\"a1\"");
    worker_end_held();
    worker_expect("SB1 RESULT", "\"a1\"");
}

static void s_nack_held(int code)
{
    sb_err_t err;
    (void)sb_fail(&err, code, "x");
    sb_call_nack(&worker_bed.held[0], &err);
    worker_bed.held_len = 0;
}

static void only_final_refusals_are_remembered(void **state)
{
    (void)state;
    static const struct {
        int code;
        bool final;
    } rows[] = {
        {SB_EINVALID,   true },
        {SB_ETOOLARGE,  true },
        {SB_EUNKNOWN,   true },
        {SB_EFORBIDDEN, true },
        {SB_ENOTFOUND,  true },
        {SB_ECONFLICT,  true },
        {SB_ESTALE,     false},
        {SB_EBUSY,      false},
        {SB_ETIMEOUT,   false},
        {SB_ERETRY,     false},
        {SB_ENOTLEADER, false},
        {SB_EINTERNAL,  false},
    };
    worker_start(1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "r%zu", i);
        worker_job("chat.hold", id);
        worker_wait_held(1);
        s_nack_held(rows[i].code);
        worker_expect("SB1 NACK", sb_code_name(rows[i].code));
        worker_job("chat.hold", id);
        if (rows[i].final) {
            worker_expect("SB1 NACK", sb_code_name(rows[i].code));
        } else {
            worker_wait_held(1);
            worker_end_held();
            worker_expect("SB1 RESULT", id);
        }
        assert_int_equal(worker_bed.held_len, 0);
    }
}

static void memory_is_bounded(void **state)
{
    (void)state;
    worker_start(1);
    for (int i = 0; i <= SB_ANSWERED_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "m%d", i);
        worker_job("chat.send", id);
        worker_expect("SB1 RESULT", id);
    }
    assert_int_equal(worker_bed.sends, SB_ANSWERED_MAX + 1);
    worker_job("chat.send", "m1");
    worker_expect("SB1 RESULT", "\"n\":2}");
    worker_job("chat.send", "m0"); /* forgotten, so done again */
    worker_expect("SB1 RESULT", "\"n\":1026}");
}

/* ---- Leaders. */

static void past_leader_is_refused(void **state)
{
    (void)state;
    worker_start(1);
    worker_job_at(&worker_bed.botd, "chat.send", "a1", 5);
    worker_expect("SB1 RESULT", "\"a1\"");
    worker_job_at(&worker_bed.botd, "chat.send", "a2", 4);
    worker_expect("SB1 NACK", "{\"id\":\"a2\",\"body\":{\"code\":\"STALE\"");
    worker_job_at(&worker_bed.botd, "chat.send", "a1", 4); /* not even what is remembered */
    worker_expect("SB1 NACK", "STALE");
    worker_tell("SB1 REQ chat.send", "{\"id\":\"a3\",\"timeout_ms\":1}"); /* no epoch at all */
    worker_expect("SB1 NACK", "STALE");
    worker_job_at(&worker_bed.botd, "chat.send", "a2", 5);
    worker_expect("SB1 RESULT", "\"a2\"");
}

static void s_start_second(uint32_t credit)
{
    worker_start(credit);
    worker_open(&worker_bed.standby);
    worker_bed.second = worker_at(worker_bed.standby.endpoint, credit);
    worker_expect_at(&worker_bed.standby, "SB1 READY chatd", "");
    worker_tell_at(&worker_bed.standby, "SB1 HEARTBEAT", "{}");
}

static void new_leader_gets_what_the_old_one_asked_for(void **state)
{
    (void)state;
    s_start_second(4);
    worker_job_at(&worker_bed.botd, "chat.send", "a1", 5);
    worker_expect("SB1 RESULT", "\"a1\"");
    worker_job_at(&worker_bed.botd, "chat.hold", "a2", 5);
    worker_wait_held(1);

    worker_job_at(&worker_bed.standby, "chat.send", "a1", 6);
    worker_expect_at(&worker_bed.standby, "SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    assert_int_equal(worker_bed.sends, 1);
    worker_job_at(&worker_bed.standby, "chat.hold", "a2", 6);
    worker_job_at(&worker_bed.standby, "chat.send", "a3", 6);
    worker_expect_at(&worker_bed.standby, "SB1 RESULT", "\"a3\"");
    assert_int_equal(worker_bed.held_len, 1); /* not begun twice */
    assert_int_equal(sb_worker_open_calls(worker_bed.worker), 0);
    assert_int_equal(sb_worker_open_calls(worker_bed.second), 1);

    worker_job_at(&worker_bed.botd, "chat.send", "a4", 5); /* the old one is past, for all of us */
    worker_expect("SB1 NACK", "STALE");
    sb_worker_destroy(&worker_bed.worker); /* its job has another owner */
    worker_end_held();
    worker_expect_at(&worker_bed.standby, "SB1 RESULT", "\"a2\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, worker_set_up, worker_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(job_is_done),
        TEST(job_that_can_not_be_taken_is_refused),
        TEST(junk_from_botd_is_survived),
        TEST(more_than_the_credit_is_busy),
        TEST(answered_job_is_answered_from_memory),
        TEST(job_at_hand_is_not_begun_again),
        TEST(only_final_refusals_are_remembered),
        TEST(memory_is_bounded),
        TEST(past_leader_is_refused),
        TEST(new_leader_gets_what_the_old_one_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
