/* jobs_crew_test.c: the workers: who comes, who goes, who fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "jobs_bed.h"
#include "lib/mem.h"

/* ---- Workers that go. */

static void silent_worker_loses_its_jobs(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    sb_err_t err;
    assert_int_equal(jobs_try_submit("a1", 60000, 60000, &err), SB_OK);
    assert_int_equal(jobs_try_submit("a2", 60000, 60000, &err), SB_OK);
    jobs_accept("c1", "a2");
    jobs_expect("c1<. c1<a1 c1<a2 ", "a2+ ");
    jobs_pass(1000);
    jobs_ready("c2", 5);
    jobs_pass(4999);
    jobs_beat("c2");
    jobs_expect("c2<. c1<. c2<. c1<. c2<. ", "");
    jobs_pass(1);
    jobs_expect("c2<a1 c2<a2 ", "");
    assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "chatd"), 1);
    jobs_accept("c2", "a2");
    jobs_result("c2", "a2");
    jobs_expect("", "a2+ a2=OK ");
}

static void heartbeats_keep_a_worker(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    for (int i = 0; i < 10; i++) {
        jobs_pass(5999);
        jobs_beat("c1");
    }
    assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "chatd"), 1);
    jobs_pass(6000);
    assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "chatd"), 0);
    assert_true(sb_jobs_next_ms(jobs_bed.jobs) == INT64_MAX);
}

static void jobs_spare_heartbeats(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_pass(1500);
    jobs_submit("a1");
    jobs_result("c1", "a1");
    jobs_pass(1999);
    jobs_expect("c1<. c1<a1 ", "a1=OK ");
    jobs_pass(1);
    jobs_expect("c1<. ", "");
}

static void bye_hands_the_jobs_on(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_submit("a2");
    jobs_ready("c2", 5);
    jobs_bed.sent[0] = '\0';
    jobs_hear("c1", "SB1 BYE", "{}");
    jobs_expect("c2<a1 c2<a2 ", "");
}

static void draining_worker_gets_no_more(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_hear("c1", "SB1 CREDIT", "{'body':{'credit':0}}");
    jobs_submit("a2");
    jobs_expect("c1<. c1<a1 ", "");
    jobs_result("c1", "a1");
    jobs_expect("", "a1=OK ");
    jobs_ready("c2", 1);
    jobs_expect("c2<. c2<a2 ", "");
}

static void worker_that_can_not_be_reached_is_passed_over(void **state)
{
    (void)state;
    const char **const faults[] = {&jobs_bed.gone, &jobs_bed.stuck};
    for (size_t i = 0; i < 2; i++) {
        jobs_ready("c1", 5);
        jobs_submit("a1");
        jobs_submit("a2");
        jobs_ready("c2", 5);
        jobs_submit("a3");
        jobs_expect("c1<. c1<a1 c1<a2 c2<. c2<a3 ", "");
        *faults[i] = "c1";
        jobs_submit("a4");
        jobs_expect("c2<a4 ", "");
        jobs_submit("a5"); /* finds that c1 is gone */
        jobs_expect("c2<a1 c2<a2 c2<a5 ", "");
        assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "chatd"), 1);
        *faults[i] = NULL;
        sb_jobs_destroy(&jobs_bed.jobs);
        (void)jobs_set_up(NULL);
    }
}

static void heartbeat_that_fails_ends_a_worker(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_accept("c1", "a1");
    jobs_pass(1000);
    jobs_ready("c2", 5);
    jobs_bed.gone = "c1";
    jobs_bed.sent[0] = '\0';
    jobs_pass(1000);
    jobs_expect("c2<a1 ", "a1+ ");
    assert_non_null(strstr(jobs_bed.last_json, SB_JOB_AGAIN));
}

static void same_instance_anew_replaces_itself(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_hear("c1-after-restart", "SB1 READY chatd",
              "{'body':{'service':'chatd','driver':'local','instance':'c1','credit':5}}");
    jobs_expect("c1<. c1<a1 c1-after-restart<. c1-after-restart<a1 ", "");
    assert_int_equal(sb_crew_count(sb_jobs_crew(jobs_bed.jobs), "chatd"), 1);
}

static void what_was_begun_is_told_to_the_next(void **state)
{
    (void)state;
    jobs_ready("c1", 1);
    jobs_submit("a1");
    jobs_hear("c1", "SB1 ACCEPT", "{'id':'a1','body':{'transaction':'t1','show':null}}");
    jobs_hear("c1", "SB1 ACCEPT", "{'id':'a1','body':{'transaction':'t2'}}");
    jobs_hear("c1", "SB1 ACCEPT", "{'id':'a1','body':{'transaction':7}}");
    jobs_hear("c1", "SB1 ACCEPT", "{'id':'a1'}");
    jobs_ready("c2", 1);
    jobs_hear("c1", "SB1 BYE", "{}");
    jobs_expect("c1<. c1<a1 c2<. c2<a1 ", "a1+ a1+ a1+ a1+ ");
    assert_non_null(strstr(jobs_bed.last_json, "\"transaction\":\"t2\",\"again\":true"));
    assert_null(strstr(jobs_bed.last_json, "t1"));
}

static void ready_again_keeps_the_jobs(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_ready("c1", 5);
    jobs_expect("c1<. c1<a1 c1<. ", "");
    jobs_result("c1", "a1");
    jobs_expect("", "a1=OK ");
}

/* ---- BUSY and strikes. */

static void busy_goes_to_another_or_waits(void **state)
{
    (void)state;
    jobs_ready("c1", 5);
    jobs_submit("a1");
    jobs_expect("c1<. c1<a1 ", "");
    jobs_nack("c1", "a1", "BUSY");
    jobs_expect("", "");
    jobs_pass(SB_BUSY_PAUSE_MS - 1);
    jobs_expect("", "");
    jobs_pass(1);
    jobs_expect("c1<a1 ", "");
    jobs_ready("c2", 5);
    jobs_bed.sent[0] = '\0';
    jobs_nack("c1", "a1", "BUSY");
    jobs_expect("c2<a1 ", "");
    assert_null(strstr(jobs_bed.last_json, SB_JOB_AGAIN)); /* whoever is busy has done nothing */
    jobs_submit("a2");                                     /* c1 rests */
    jobs_expect("c2<a2 ", "");
    jobs_result("c2", "a1");
    jobs_result("c2", "a2");
    jobs_expect("", "a1=OK a2=OK ");
}

static void three_strikes_and_no_more_until_ready(void **state)
{
    (void)state;
    jobs_ready("c1", 1);
    sb_err_t err;
    assert_int_equal(jobs_try_submit("a1", 100, 60000, &err), SB_OK);
    jobs_pass(299);
    jobs_expect("c1<. c1<a1 c1<a1 c1<a1 ", "");
    jobs_pass(1);
    jobs_beat("c1");
    jobs_result("c1", "other"); /* answers of old do not help */
    jobs_pass(5999);
    jobs_expect("", ""); /* and no heartbeat, so that it says READY */
    jobs_ready("c1", 1);
    jobs_expect("c1<. c1<a1 ", "");
    jobs_result("c1", "a1");
    jobs_expect("", "a1=OK ");
}

static void answer_in_between_forgives(void **state)
{
    (void)state;
    jobs_ready("c1", 2);
    sb_err_t err;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(jobs_try_submit("a1", 100, 60000, &err), SB_OK);
        jobs_pass(200); /* two strikes */
        jobs_result("c1", "a1");
    }
    assert_int_equal(sb_jobs_crew(jobs_bed.jobs)->first->strikes, 0);
    jobs_submit("a2");
    assert_non_null(strstr(jobs_bed.sent, "c1<a2"));
}

/* ---- Who is let in. */

/* What the body of READY says in each row, and what is wrong with it. */
static void ready_is_checked(void **state)
{
    (void)state;
    static const struct {
        sb_role_t role;
        const char *name; /* in the head */
        const char *service;
        const char *driver;
        const char *instance;
        int credit;
        const char *text;
    } rows[] = {
        {SB_ROLE_AUTHD, "chatd", "chatd", "local", "c", 1,                 "authd may not work as chatd"},
        {SB_ROLE_NONE,  "chatd", "chatd", "local", "c", 1,                 "none may not work as chatd" },
        {SB_ROLE_CHATD, "authd", "chatd", "local", "c", 1,                 "READY.service"              },
        {SB_ROLE_CHATD, "chatd", "",      "local", "c", 1,                 "READY.service"              },
        {SB_ROLE_CHATD, "chatd", "chatd", "",      "c", 1,                 "READY.driver"               },
        {SB_ROLE_CHATD, "chatd", "chatd", "local", "",  1,                 "READY.instance"             },
        {SB_ROLE_CHATD, "chatd", "chatd", "local", "c", SB_CREDIT_MAX + 1, "READY.credit"               },
        {SB_ROLE_CHATD, "chatd", "chatd", "local", "c", -1,                "READY.credit"               },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *head = sb_format("SB1 READY %s", rows[i].name);
        char *json = sb_format("{'body':{'service':'%s','driver':'%s','instance':'%s',"
                               "'credit':%d}}",
                               rows[i].service, rows[i].driver, rows[i].instance, rows[i].credit);
        jobs_hear_as(rows[i].role, "x", head, json);
        if (!strstr(jobs_bed.last_json, rows[i].text)) {
            fail_msg("row %zu: %s", i, jobs_bed.last_json);
        }
        jobs_expect("x<! ", "");
        free(head);
        free(json);
    }
    jobs_hear("x", "SB1 READY chatd", "{}");
    jobs_expect("x<! ", "");
    assert_int_equal(sb_jobs_crew(jobs_bed.jobs)->len, 0);
    jobs_ready("c1", 1);
    jobs_hear("c1", "SB1 CREDIT", "{'body':{'credit':-1}}");
    jobs_expect("c1<. c1<! ", "");
}

static void crew_is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < SB_WORKERS_MAX; i++) {
        char *name = sb_format("w%d", i);
        jobs_ready(name, 1);
        free(name);
    }
    jobs_bed.sent[0] = '\0';
    jobs_ready("one-more", 1);
    assert_non_null(strstr(jobs_bed.last_json, "BUSY"));
    jobs_expect("one-more<! ", "");
    jobs_ready("w7", 1); /* who is in stays in */
    jobs_expect("w7<. ", "");
}

static void workers_are_listed(void **state)
{
    (void)state;
    jobs_ready("c1", 4);
    jobs_submit("a1");
    jobs_pass(1234);
    cJSON *list = sb_crew_json(sb_jobs_crew(jobs_bed.jobs), jobs_bed.now_ms);
    char *text = sb_json_print(list);
    assert_string_equal(text, "[{\"service\":\"chatd\",\"driver\":\"local\",\"instance\":\"c1\","
                              "\"credit\":4,\"jobs\":1,\"heard_ms_ago\":1234,\"strikes\":1}]");
    free(text);
    cJSON_Delete(list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, jobs_set_up, jobs_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(silent_worker_loses_its_jobs),
        TEST(heartbeats_keep_a_worker),
        TEST(jobs_spare_heartbeats),
        TEST(bye_hands_the_jobs_on),
        TEST(draining_worker_gets_no_more),
        TEST(worker_that_can_not_be_reached_is_passed_over),
        TEST(heartbeat_that_fails_ends_a_worker),
        TEST(same_instance_anew_replaces_itself),
        TEST(what_was_begun_is_told_to_the_next),
        TEST(ready_again_keeps_the_jobs),
        TEST(busy_goes_to_another_or_waits),
        TEST(three_strikes_and_no_more_until_ready),
        TEST(answer_in_between_forgives),
        TEST(ready_is_checked),
        TEST(crew_is_bounded),
        TEST(workers_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
