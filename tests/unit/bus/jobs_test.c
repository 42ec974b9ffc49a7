/* jobs_test.c: the jobs: to whom they are given, until when, and how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs_bed.h"
#include "lib/mem.h"

/* ---- Giving. */

static void job_waits_for_a_worker_and_ends_with_its_result(void **state)
{
    (void)state;
    jobs_submit("a1");
    jobs_expect("", "");
    jobs_pass(500);
    jobs_ready("c1", 2);
    jobs_expect("c1<. c1<a1 ", "");
    assert_string_equal(jobs_bed.last_json, "{\"id\":\"a1\",\"epoch\":\"3\",\"timeout_ms\":9500,"
                                            "\"body\":{\"text\":\"hello\"}}");
    jobs_result("c1", "a1");
    jobs_expect("", "a1=OK ");
    assert_int_equal(sb_jobs_len(jobs_bed.jobs), 0);
    jobs_submit("a2");
    jobs_expect("c1<a2 ", "");
}

static void credit_bounds_what_is_unanswered(void **state)
{
    (void)state;
    jobs_ready("c1", 2);
    jobs_submit("a1");
    jobs_submit("a2");
    jobs_submit("a3");
    jobs_submit("a4");
    jobs_expect("c1<. c1<a1 c1<a2 ", "");
    jobs_nack("c1", "a2", "NOT_FOUND");
    jobs_expect("c1<a3 ", "a2=NOT_FOUND ");
    jobs_hear("c1", "SB1 CREDIT", "{'body':{'credit':3}}");
    jobs_expect("c1<a4 ", "");
}

static void jobs_go_to_who_has_fewest_then_in_turn(void **state)
{
    (void)state;
    jobs_ready("c1", 9);
    jobs_ready("c2", 9);
    jobs_ready("c3", 9);
    jobs_expect("c1<. c2<. c3<. ", "");
    jobs_submit("a1");
    jobs_submit("a2");
    jobs_submit("a3");
    assert_int_equal(strlen(jobs_bed.sent), 3 * 6);
    assert_non_null(strstr(jobs_bed.sent, "c1<"));
    assert_non_null(strstr(jobs_bed.sent, "c2<"));
    assert_non_null(strstr(jobs_bed.sent, "c3<"));
    jobs_result("c1", "a1");
    jobs_result("c1", "a2");
    jobs_result("c1", "a3");
    jobs_bed.sent[0] = '\0';
    for (int i = 0; i < 6; i++) {
        jobs_submit("b");
        jobs_result("c1", "b");
    }
    assert_memory_equal(jobs_bed.sent, jobs_bed.sent + 15, 15);
    assert_memory_not_equal(jobs_bed.sent, jobs_bed.sent + 5, 2);
    assert_memory_not_equal(jobs_bed.sent, jobs_bed.sent + 10, 2);
    assert_memory_not_equal(jobs_bed.sent + 5, jobs_bed.sent + 10, 2);
}

static void one_service_does_not_wait_for_another(void **state)
{
    (void)state;
    jobs_submit("a1"); /* for chatd, of which there is none */
    jobs_hear_as(SB_ROLE_AUTHD, "f1", "SB1 READY authd",
                 "{'body':{'service':'authd','driver':'totp','instance':'f1','credit':1}}");
    jobs_expect("f1<. ", "");
    assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "authd"), 1);
    assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "chatd"), 0);
}

/* ---- Time-outs. */

static void nobody_until_the_deadline_is_unavailable(void **state)
{
    (void)state;
    jobs_submit("a1");
    jobs_pass(9999);
    jobs_expect("", "");
    jobs_pass(1);
    jobs_expect("", "a1=UNAVAILABLE ");
}

static void silence_until_the_deadline_is_a_time_out(void **state)
{
    (void)state;
    sb_err_t err;
    jobs_ready("c1", 1);
    assert_int_equal(jobs_try_submit("a1", 5000, 1000, &err), SB_OK);
    jobs_pass(1000);
    jobs_expect("c1<. c1<a1 ", "a1=TIMEOUT ");
    jobs_result("c1", "a1"); /* too late */
    jobs_submit("a2");       /* the credit is free again */
    jobs_expect("c1<a2 ", "");
}

static void unanswered_try_goes_to_another(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_ready("c2", 5);
    jobs_expect("c1<. c1<a1 c2<. ", "");
    jobs_pass(1000);
    jobs_expect("c2<a1 ", "");
    assert_non_null(strstr(jobs_bed.last_json, "\"timeout_ms\":9000"));
    jobs_result("c2", "a1");
    jobs_expect("", "a1=OK ");
}

static void another_is_waited_for_if_there_is_one(void **state)
{
    (void)state;
    jobs_ready("c1", 1);
    jobs_submit("a1");
    jobs_ready("c2", 1);
    jobs_submit("a2");
    jobs_submit("a3");
    jobs_expect("c1<. c1<a1 c2<. c2<a2 ", "");
    jobs_accept("c2", "a2");
    jobs_pass(1000); /* c1 failed a1 and gets a3; a1 waits for c2 */
    jobs_expect("c1<a3 ", "a2+ ");
    jobs_result("c2", "a2");
    jobs_expect("c2<a1 ", "a2=OK ");
}

static void the_only_one_is_tried_again(void **state)
{
    (void)state;
    jobs_ready("c1", 1);
    jobs_submit("a1");
    assert_null(strstr(jobs_bed.last_json, SB_JOB_AGAIN));
    jobs_pass(1000);
    jobs_expect("c1<. c1<a1 c1<a1 ", "");
    assert_non_null(strstr(jobs_bed.last_json, "\"text\":\"hello\",\"again\":true"));
    jobs_result("c1", "a1");
    jobs_expect("", "a1=OK ");
}

static void accept_stops_the_time_out_of_the_try(void **state)
{
    (void)state;
    jobs_ready("c1", 1);
    jobs_ready("c2", 1);
    jobs_submit("a1");
    jobs_bed.sent[0] = '\0';
    jobs_accept("c1", "a1");
    jobs_accept("c2", "a1"); /* one of them has it; the other's word counts for nothing */
    jobs_expect("", "a1+ ");
    for (int i = 0; i < 9; i++) {
        jobs_pass(999);
        jobs_beat("c1");
        jobs_beat("c2");
    }
    assert_null(strstr(jobs_bed.sent, "a1"));
    jobs_pass(1009);
    assert_string_equal(jobs_bed.ended, "a1=TIMEOUT ");
}

/* ---- Answers out of place. */

static void first_answer_counts(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_ready("c2", 5);
    jobs_pass(1000);
    jobs_expect("c1<. c1<a1 c2<. c2<a1 ", "");
    jobs_nack("c1", "a1", "INVALID"); /* not its job any more */
    jobs_nack("c1", "a1", "BUSY");
    jobs_accept("c1", "a1");
    jobs_expect("", "");
    jobs_result("c1", "a1");
    jobs_expect("", "a1=OK ");
    jobs_result("c2", "a1");
    jobs_expect("", "");
}

static void answer_of_a_worker_given_up_counts(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    sb_err_t err;
    assert_int_equal(jobs_try_submit("a1", 60000, 60000, &err), SB_OK);
    jobs_pass(6000);
    assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "chatd"), 0);
    jobs_hear_as(SB_ROLE_AUTHD, "c1", "SB1 RESULT", "{'id':'a1'}"); /* not that role's to say */
    jobs_beat("c1");
    jobs_hear("c1", "SB1 CREDIT", "{'body':{'credit':3}}");
    jobs_hear("c1", "SB1 BYE", "{}");
    assert_string_equal(jobs_bed.ended, "");
    jobs_result("c1", "a1");
    assert_string_equal(jobs_bed.ended, "a1=OK ");
}

/* ---- The callers. */

static void submit_refuses(void **state)
{
    (void)state;
    sb_err_t err = {0};
    for (int i = 0; i < 15; i++) {
        static char ids[15][8];
        (void)snprintf(ids[i], sizeof ids[i], "j%d", i);
        jobs_submit(ids[i]);
    }
    assert_int_equal(jobs_try_submit("j3", 1, 1, &err), SB_ECONFLICT);
    assert_int_equal(jobs_try_submit("j/3", 1, 1, &err), SB_EINVALID);
    jobs_submit("j15");
    assert_int_equal(jobs_try_submit("j16", 1, 1, &err), SB_EBUSY);
    assert_non_null(strstr(err.text, "16 jobs"));
    assert_true(sb_jobs_forget(jobs_bed.jobs, "j15", jobs_bed.now_ms));

    char *text = sb_alloc(SB_BODY_SIZE_MAX + 1);
    memset(text, 'x', SB_BODY_SIZE_MAX);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "text", text);
    free(text);
    const sb_job_t job = {"big", "chatd", "chat.send", 1000, 1000, 0};
    assert_int_equal(
        sb_jobs_submit(jobs_bed.jobs, &job, &body, jobs_on_job, NULL, jobs_bed.now_ms, &err),
        SB_ETOOLARGE);
    assert_null(body);
    assert_int_equal(sb_jobs_len(jobs_bed.jobs), 15);
}

static void forgotten_job_calls_nobody(void **state)
{
    (void)state;
    jobs_ready("c1", 1);
    jobs_submit("a1");
    jobs_submit("a2");
    assert_false(sb_jobs_forget(jobs_bed.jobs, "a3", jobs_bed.now_ms));
    assert_true(sb_jobs_forget(jobs_bed.jobs, "a1", jobs_bed.now_ms));
    assert_false(sb_jobs_forget(jobs_bed.jobs, "a1", jobs_bed.now_ms));
    jobs_expect("c1<. c1<a1 c1<a2 ", "");
    jobs_result("c1", "a1");
    jobs_expect("", "");
    assert_true(sb_jobs_forget(jobs_bed.jobs, "a2", jobs_bed.now_ms));
    jobs_pass(20000);
    assert_string_equal(jobs_bed.ended, "");
}

static void callbacks_may_submit_and_forget(void **state)
{
    (void)state;
    jobs_ready("c1", 2);
    jobs_submit("a1");
    jobs_submit("a2");
    jobs_bed.sent[0] = '\0';
    jobs_bed.resubmit = "a1"; /* the same id, in the callback of its end */
    jobs_bed.forget = "a2";
    jobs_result("c1", "a1");
    jobs_expect("c1<a1 ", "a1=OK ");
    jobs_bed.forget = "a1"; /* in the callback of its own ACCEPT */
    jobs_accept("c1", "a1");
    jobs_expect("", "a1+ ");
    assert_int_equal(sb_jobs_len(jobs_bed.jobs), 0);

    jobs_submit("a3");
    jobs_submit("a4");
    jobs_bed.sent[0] = '\0';
    jobs_bed.forget = "a4"; /* in the callback of a time-out of the same moment */
    jobs_pass(10000);
    assert_string_equal(jobs_bed.ended, "a3=TIMEOUT ");
}

static void end_of_the_pool_ends_the_jobs(void **state)
{
    (void)state;
    jobs_ready("c1", 1);
    jobs_submit("a1");
    jobs_submit("a2");
    jobs_bed.resubmit = "a9"; /* is refused */
    jobs_bed.sent[0] = '\0';
    sb_jobs_destroy(&jobs_bed.jobs);
    assert_non_null(strstr(jobs_bed.ended, "a1=UNAVAILABLE"));
    assert_non_null(strstr(jobs_bed.ended, "a2=UNAVAILABLE"));
    assert_null(strstr(jobs_bed.ended, "a9"));
    assert_string_equal(jobs_bed.sent, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, jobs_set_up, jobs_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(job_waits_for_a_worker_and_ends_with_its_result),
        TEST(credit_bounds_what_is_unanswered),
        TEST(jobs_go_to_who_has_fewest_then_in_turn),
        TEST(one_service_does_not_wait_for_another),
        TEST(nobody_until_the_deadline_is_unavailable),
        TEST(silence_until_the_deadline_is_a_time_out),
        TEST(unanswered_try_goes_to_another),
        TEST(another_is_waited_for_if_there_is_one),
        TEST(the_only_one_is_tried_again),
        TEST(accept_stops_the_time_out_of_the_try),
        TEST(first_answer_counts),
        TEST(answer_of_a_worker_given_up_counts),
        TEST(submit_refuses),
        TEST(forgotten_job_calls_nobody),
        TEST(callbacks_may_submit_and_forget),
        TEST(end_of_the_pool_ends_the_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
