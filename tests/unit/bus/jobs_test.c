#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_jobs.h"
#include "lib/log.h"
#include "lib/mem.h"

/* Both logs are texts, so that a whole course of events is compared at a glance:
 *   sent   "c1<a1 " job a1 was given to c1, "c1<. " a heartbeat, "c1<! " a refusal
 *   ended  "a1=OK " its result, "a1=BUSY " its NACK, "a1+ " it was accepted */
static struct {
    sb_jobs_t *jobs;
    int64_t now_ms;
    const char *gone;  /* this peer can't be reached */
    const char *stuck; /* this one does not read */
    char sent[4096];
    char ended[4096];
    char last_json[512];
    const char *resubmit; /* a callback submits this job */
    const char *forget;   /* a callback forgets this job */
} s_it;

/* Adds "abc ". */
static void s_note(char *log, const char *a, const char *b, const char *c)
{
    const size_t used = strlen(log);
    assert_true(used < 4000);
    (void)snprintf(log + used, 4096 - used, "%s%s%s ", a, b, c);
}

static int s_send(void *ctx, const sb_peer_t *peer, sb_kind_t kind, const char *name,
                  const char *json)
{
    assert_ptr_equal(ctx, &s_it);
    char to[256] = {0};
    memcpy(to, peer->data, peer->size);
    if (s_it.gone && strcmp(to, s_it.gone) == 0) {
        return SB_ENOTFOUND;
    }
    if (s_it.stuck && strcmp(to, s_it.stuck) == 0) {
        return SB_EBUSY;
    }
    if (kind == SB_KIND_REQ) {
        assert_string_equal(name, "chat.send");
        sb_msg_t msg;
        sb_err_t err;
        assert_int_equal(sb_msg_decode(kind, json, strlen(json), &msg, &err), SB_OK);
        s_note(s_it.sent, to, "<", msg.id);
        (void)snprintf(s_it.last_json, sizeof s_it.last_json, "%s", json);
        sb_msg_clear(&msg);
    } else if (kind == SB_KIND_HEARTBEAT) {
        s_note(s_it.sent, to, "<.", "");
    } else {
        assert_int_equal(kind, SB_KIND_NACK);
        s_note(s_it.sent, to, "<!", "");
        (void)snprintf(s_it.last_json, sizeof s_it.last_json, "%s", json);
    }
    return SB_OK;
}

static int s_try_submit(const char *id, int64_t try_ms, int64_t timeout_ms, sb_err_t *err);

static void on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    char *id = arg;
    if (kind == SB_KIND_ACCEPT) {
        assert_int_equal(code, SB_OK);
        s_note(s_it.ended, id, "+", "");
    } else {
        assert_int_equal(kind, code ? SB_KIND_NACK : SB_KIND_RESULT);
        assert_true((code == SB_OK) == (body != NULL) && (code == SB_OK) == (err == NULL));
        s_note(s_it.ended, id, "=", sb_code_name(code));
    }
    if (s_it.forget) {
        const char *forget = s_it.forget;
        s_it.forget = NULL;
        assert_true(sb_jobs_forget(s_it.jobs, forget, s_it.now_ms));
    }
    if (s_it.resubmit) {
        const char *again = s_it.resubmit;
        s_it.resubmit = NULL;
        sb_err_t ignored;
        (void)!s_try_submit(again, 1000, 10000, &ignored);
    }
}

static int s_try_submit(const char *id, int64_t try_ms, int64_t timeout_ms, sb_err_t *err)
{
    const sb_job_t job = {.id = id,
                          .service = "chatd",
                          .request = "chat.send",
                          .try_timeout_ms = try_ms,
                          .timeout_ms = timeout_ms,
                          .epoch = 3};
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "text", "hello");
    return sb_jobs_submit(s_it.jobs, &job, &body, on_job, (void *)(uintptr_t)id, s_it.now_ms, err);
}

/* One second a try, ten in all. */
static void s_submit(const char *id)
{
    sb_err_t err;
    assert_int_equal(s_try_submit(id, 1000, 10000, &err), SB_OK);
}

static void s_hear_as(sb_role_t role, const char *from, const char *head_text, const char *json)
{
    sb_peer_t peer = {.size = (uint8_t)strlen(from)};
    memcpy(peer.data, from, strlen(from));
    sb_head_t head;
    sb_msg_t msg;
    sb_err_t err;
    assert_int_equal(sb_head_decode(head_text, strlen(head_text), &head, &err), SB_OK);
    char *text = sb_strdup(json);
    for (char *at = text; (at = strchr(at, '\'')) != NULL;) {
        *at = '"';
    }
    assert_int_equal(sb_msg_decode(head.kind, text, strlen(text), &msg, &err), SB_OK);
    free(text);
    sb_jobs_hear(s_it.jobs, &peer, role, &head, &msg, s_it.now_ms);
    sb_msg_clear(&msg);
}

static void s_hear(const char *from, const char *head, const char *json)
{
    s_hear_as(SB_ROLE_CHATD, from, head, json);
}

/* peer says that it is the instance of its own name. */
static void s_ready(const char *peer, int credit)
{
    char *json = sb_format("{'body':{'service':'chatd','driver':'local','instance':'%s',"
                           "'credit':%d}}",
                           peer, credit);
    s_hear(peer, "SB1 READY chatd", json);
    free(json);
}

static void s_result(const char *from, const char *id)
{
    char *json = sb_format("{'id':'%s'}", id);
    s_hear(from, "SB1 RESULT", json);
    free(json);
}

static void s_accept(const char *from, const char *id)
{
    char *json = sb_format("{'id':'%s'}", id);
    s_hear(from, "SB1 ACCEPT", json);
    free(json);
}

static void s_nack(const char *from, const char *id, const char *code)
{
    char *json = sb_format("{'id':'%s','body':{'code':'%s','text':'x'}}", id, code);
    s_hear(from, "SB1 NACK", json);
    free(json);
}

static void s_beat(const char *from)
{
    s_hear(from, "SB1 HEARTBEAT", "{}");
}

/* Time goes on for ms, with everything done when it is due. */
static void s_pass(int64_t ms)
{
    const int64_t end_ms = s_it.now_ms + ms;
    while (sb_jobs_next_ms(s_it.jobs) <= end_ms) {
        assert_true(sb_jobs_next_ms(s_it.jobs) >= s_it.now_ms);
        s_it.now_ms = sb_jobs_next_ms(s_it.jobs);
        sb_jobs_run(s_it.jobs, s_it.now_ms);
    }
    s_it.now_ms = end_ms;
    sb_jobs_run(s_it.jobs, s_it.now_ms); /* being asked too early does no harm */
}

/* What happened since the last look. */
static void s_expect(const char *sent, const char *ended)
{
    if (strcmp(s_it.sent, sent) != 0 || strcmp(s_it.ended, ended) != 0) {
        fail_msg("sent '%s' ended '%s', expected '%s' and '%s'", s_it.sent, s_it.ended, sent,
                 ended);
    }
    s_it.sent[0] = '\0';
    s_it.ended[0] = '\0';
}

static int set_up_with(size_t jobs_max)
{
    memset(&s_it, 0, sizeof s_it);
    sb_log_level_set(SB_ERROR);
    s_it.now_ms = 1000000;
    const sb_bus_timing_t timing = {.heartbeat_ms = 2000, .silence_ms = 6000};
    s_it.jobs = sb_jobs_new(jobs_max, &timing, s_send, &s_it);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_with(16);
}

static int tear_down(void **state)
{
    (void)state;
    sb_jobs_destroy(&s_it.jobs);
    sb_jobs_destroy(&s_it.jobs);
    return 0;
}

/* ---- Giving. */

static void job_waits_for_a_worker_and_ends_with_its_result(void **state)
{
    (void)state;
    s_submit("a1");
    s_expect("", "");
    s_pass(500);
    s_ready("c1", 2);
    s_expect("c1<. c1<a1 ", "");
    assert_string_equal(s_it.last_json, "{\"id\":\"a1\",\"epoch\":\"3\",\"timeout_ms\":9500,"
                                        "\"body\":{\"text\":\"hello\"}}");
    s_result("c1", "a1");
    s_expect("", "a1=OK ");
    assert_int_equal(sb_jobs_len(s_it.jobs), 0);
    s_submit("a2");
    s_expect("c1<a2 ", "");
}

static void credit_bounds_what_is_unanswered(void **state)
{
    (void)state;
    s_ready("c1", 2);
    s_submit("a1");
    s_submit("a2");
    s_submit("a3");
    s_submit("a4");
    s_expect("c1<. c1<a1 c1<a2 ", "");
    s_nack("c1", "a2", "NOT_FOUND");
    s_expect("c1<a3 ", "a2=NOT_FOUND ");
    s_hear("c1", "SB1 CREDIT", "{'body':{'credit':3}}");
    s_expect("c1<a4 ", "");
}

static void jobs_go_to_who_has_fewest_then_in_turn(void **state)
{
    (void)state;
    s_ready("c1", 9);
    s_ready("c2", 9);
    s_ready("c3", 9);
    s_expect("c1<. c2<. c3<. ", "");
    s_submit("a1");
    s_submit("a2");
    s_submit("a3");
    assert_int_equal(strlen(s_it.sent), 3 * 6);
    assert_non_null(strstr(s_it.sent, "c1<"));
    assert_non_null(strstr(s_it.sent, "c2<"));
    assert_non_null(strstr(s_it.sent, "c3<"));
    s_result("c1", "a1");
    s_result("c1", "a2");
    s_result("c1", "a3");
    s_it.sent[0] = '\0';
    for (int i = 0; i < 6; i++) {
        s_submit("b");
        s_result("c1", "b");
    }
    assert_memory_equal(s_it.sent, s_it.sent + 15, 15);
    assert_memory_not_equal(s_it.sent, s_it.sent + 5, 2);
    assert_memory_not_equal(s_it.sent, s_it.sent + 10, 2);
    assert_memory_not_equal(s_it.sent + 5, s_it.sent + 10, 2);
}

static void one_service_does_not_wait_for_another(void **state)
{
    (void)state;
    s_submit("a1"); /* for chatd, of which there is none */
    s_hear_as(SB_ROLE_AUTHD, "f1", "SB1 READY authd",
              "{'body':{'service':'authd','driver':'totp','instance':'f1','credit':1}}");
    s_expect("f1<. ", "");
    assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "authd"), 1);
    assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "chatd"), 0);
}

/* ---- Time-outs. */

static void nobody_until_the_deadline_is_unavailable(void **state)
{
    (void)state;
    s_submit("a1");
    s_pass(9999);
    s_expect("", "");
    s_pass(1);
    s_expect("", "a1=UNAVAILABLE ");
}

static void silence_until_the_deadline_is_a_time_out(void **state)
{
    (void)state;
    sb_err_t err;
    s_ready("c1", 1);
    assert_int_equal(s_try_submit("a1", 5000, 1000, &err), SB_OK);
    s_pass(1000);
    s_expect("c1<. c1<a1 ", "a1=TIMEOUT ");
    s_result("c1", "a1"); /* too late */
    s_submit("a2");       /* the credit is free again */
    s_expect("c1<a2 ", "");
}

static void unanswered_try_goes_to_another(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_ready("c2", 5);
    s_expect("c1<. c1<a1 c2<. ", "");
    s_pass(1000);
    s_expect("c2<a1 ", "");
    assert_non_null(strstr(s_it.last_json, "\"timeout_ms\":9000"));
    s_result("c2", "a1");
    s_expect("", "a1=OK ");
}

static void another_is_waited_for_if_there_is_one(void **state)
{
    (void)state;
    s_ready("c1", 1);
    s_submit("a1");
    s_ready("c2", 1);
    s_submit("a2");
    s_submit("a3");
    s_expect("c1<. c1<a1 c2<. c2<a2 ", "");
    s_accept("c2", "a2");
    s_pass(1000); /* c1 failed a1 and gets a3; a1 waits for c2 */
    s_expect("c1<a3 ", "a2+ ");
    s_result("c2", "a2");
    s_expect("c2<a1 ", "a2=OK ");
}

static void the_only_one_is_tried_again(void **state)
{
    (void)state;
    s_ready("c1", 1);
    s_submit("a1");
    s_pass(1000);
    s_expect("c1<. c1<a1 c1<a1 ", "");
    s_result("c1", "a1");
    s_expect("", "a1=OK ");
}

static void accept_stops_the_time_out_of_the_try(void **state)
{
    (void)state;
    s_ready("c1", 1);
    s_ready("c2", 1);
    s_submit("a1");
    s_it.sent[0] = '\0';
    s_accept("c1", "a1");
    s_accept("c2", "a1"); /* one of them has it; the other's word counts for nothing */
    s_expect("", "a1+ ");
    for (int i = 0; i < 9; i++) {
        s_pass(999);
        s_beat("c1");
        s_beat("c2");
    }
    assert_null(strstr(s_it.sent, "a1"));
    s_pass(1009);
    assert_string_equal(s_it.ended, "a1=TIMEOUT ");
}

/* ---- Workers that go. */

static void silent_worker_loses_its_jobs(void **state)
{
    (void)state;
    s_ready("c1", 5);
    sb_err_t err;
    assert_int_equal(s_try_submit("a1", 60000, 60000, &err), SB_OK);
    assert_int_equal(s_try_submit("a2", 60000, 60000, &err), SB_OK);
    s_accept("c1", "a2");
    s_expect("c1<. c1<a1 c1<a2 ", "a2+ ");
    s_pass(1000);
    s_ready("c2", 5);
    s_pass(4999);
    s_beat("c2");
    s_expect("c2<. c1<. c2<. c1<. c2<. ", "");
    s_pass(1);
    s_expect("c2<a1 c2<a2 ", "");
    assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "chatd"), 1);
    s_accept("c2", "a2");
    s_result("c2", "a2");
    s_expect("", "a2+ a2=OK ");
}

static void heartbeats_keep_a_worker(void **state)
{
    (void)state;
    s_ready("c1", 5);
    for (int i = 0; i < 10; i++) {
        s_pass(5999);
        s_beat("c1");
    }
    assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "chatd"), 1);
    s_pass(6000);
    assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "chatd"), 0);
    assert_true(sb_jobs_next_ms(s_it.jobs) == INT64_MAX);
}

static void jobs_spare_heartbeats(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_pass(1500);
    s_submit("a1");
    s_result("c1", "a1");
    s_pass(1999);
    s_expect("c1<. c1<a1 ", "a1=OK ");
    s_pass(1);
    s_expect("c1<. ", "");
}

static void bye_hands_the_jobs_on(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_submit("a2");
    s_ready("c2", 5);
    s_it.sent[0] = '\0';
    s_hear("c1", "SB1 BYE", "{}");
    s_expect("c2<a1 c2<a2 ", "");
}

static void draining_worker_gets_no_more(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_hear("c1", "SB1 CREDIT", "{'body':{'credit':0}}");
    s_submit("a2");
    s_expect("c1<. c1<a1 ", "");
    s_result("c1", "a1");
    s_expect("", "a1=OK ");
    s_ready("c2", 1);
    s_expect("c2<. c2<a2 ", "");
}

static void worker_that_can_not_be_reached_is_passed_over(void **state)
{
    (void)state;
    const char **const faults[] = {&s_it.gone, &s_it.stuck};
    for (size_t i = 0; i < 2; i++) {
        s_ready("c1", 5);
        s_submit("a1");
        s_submit("a2");
        s_ready("c2", 5);
        s_submit("a3");
        s_expect("c1<. c1<a1 c1<a2 c2<. c2<a3 ", "");
        *faults[i] = "c1";
        s_submit("a4");
        s_expect("c2<a4 ", "");
        s_submit("a5"); /* finds that c1 is gone */
        s_expect("c2<a1 c2<a2 c2<a5 ", "");
        assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "chatd"), 1);
        *faults[i] = NULL;
        sb_jobs_destroy(&s_it.jobs);
        (void)set_up_with(16);
    }
}

static void heartbeat_that_fails_ends_a_worker(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_accept("c1", "a1");
    s_pass(1000);
    s_ready("c2", 5);
    s_it.gone = "c1";
    s_it.sent[0] = '\0';
    s_pass(1000);
    s_expect("c2<a1 ", "a1+ ");
}

static void same_instance_anew_replaces_itself(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_hear("c1-after-restart", "SB1 READY chatd",
           "{'body':{'service':'chatd','driver':'local','instance':'c1','credit':5}}");
    s_expect("c1<. c1<a1 c1-after-restart<. c1-after-restart<a1 ", "");
    assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "chatd"), 1);
}

static void ready_again_keeps_the_jobs(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_ready("c1", 5);
    s_expect("c1<. c1<a1 c1<. ", "");
    s_result("c1", "a1");
    s_expect("", "a1=OK ");
}

/* ---- BUSY and strikes. */

static void busy_goes_to_another_or_waits(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_expect("c1<. c1<a1 ", "");
    s_nack("c1", "a1", "BUSY");
    s_expect("", "");
    s_pass(SB_BUSY_PAUSE_MS - 1);
    s_expect("", "");
    s_pass(1);
    s_expect("c1<a1 ", "");
    s_ready("c2", 5);
    s_it.sent[0] = '\0';
    s_nack("c1", "a1", "BUSY");
    s_expect("c2<a1 ", "");
    s_submit("a2"); /* c1 rests */
    s_expect("c2<a2 ", "");
    s_result("c2", "a1");
    s_result("c2", "a2");
    s_expect("", "a1=OK a2=OK ");
}

static void three_strikes_and_no_more_until_ready(void **state)
{
    (void)state;
    s_ready("c1", 1);
    sb_err_t err;
    assert_int_equal(s_try_submit("a1", 100, 60000, &err), SB_OK);
    s_pass(299);
    s_expect("c1<. c1<a1 c1<a1 c1<a1 ", "");
    s_pass(1);
    s_beat("c1");
    s_result("c1", "other"); /* answers of old do not help */
    s_pass(5999);
    s_expect("", ""); /* and no heartbeat, so that it says READY */
    s_ready("c1", 1);
    s_expect("c1<. c1<a1 ", "");
    s_result("c1", "a1");
    s_expect("", "a1=OK ");
}

static void answer_in_between_forgives(void **state)
{
    (void)state;
    s_ready("c1", 2);
    sb_err_t err;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(s_try_submit("a1", 100, 60000, &err), SB_OK);
        s_pass(200); /* two strikes */
        s_result("c1", "a1");
    }
    assert_int_equal(sb_jobs_crew(s_it.jobs)->first->strikes, 0);
    s_submit("a2");
    assert_non_null(strstr(s_it.sent, "c1<a2"));
}

/* ---- Answers out of place. */

static void first_answer_counts(void **state)
{
    (void)state;
    s_ready("c1", 5);
    s_submit("a1");
    s_ready("c2", 5);
    s_pass(1000);
    s_expect("c1<. c1<a1 c2<. c2<a1 ", "");
    s_nack("c1", "a1", "INVALID"); /* not its job any more */
    s_nack("c1", "a1", "BUSY");
    s_accept("c1", "a1");
    s_expect("", "");
    s_result("c1", "a1");
    s_expect("", "a1=OK ");
    s_result("c2", "a1");
    s_expect("", "");
}

static void answer_of_a_worker_given_up_counts(void **state)
{
    (void)state;
    s_ready("c1", 5);
    sb_err_t err;
    assert_int_equal(s_try_submit("a1", 60000, 60000, &err), SB_OK);
    s_pass(6000);
    assert_int_equal(sb_crew_count(sb_jobs_crew(s_it.jobs), "chatd"), 0);
    s_hear_as(SB_ROLE_AUTHD, "c1", "SB1 RESULT", "{'id':'a1'}"); /* not that role's to say */
    s_beat("c1");
    s_hear("c1", "SB1 CREDIT", "{'body':{'credit':3}}");
    s_hear("c1", "SB1 BYE", "{}");
    assert_string_equal(s_it.ended, "");
    s_result("c1", "a1");
    assert_string_equal(s_it.ended, "a1=OK ");
}

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
        {SB_ROLE_AUTHD, "chatd", "chatd", "local", "c", 1,    "authd may not work as chatd"},
        {SB_ROLE_NONE,  "chatd", "chatd", "local", "c", 1,    "none may not work as chatd" },
        {SB_ROLE_CHATD, "authd", "chatd", "local", "c", 1,    "READY.service"              },
        {SB_ROLE_CHATD, "chatd", "",      "local", "c", 1,    "READY.service"              },
        {SB_ROLE_CHATD, "chatd", "chatd", "",      "c", 1,    "READY.driver"               },
        {SB_ROLE_CHATD, "chatd", "chatd", "local", "",  1,    "READY.instance"             },
        {SB_ROLE_CHATD, "chatd", "chatd", "local", "c", 1025, "READY.credit"               },
        {SB_ROLE_CHATD, "chatd", "chatd", "local", "c", -1,   "READY.credit"               },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *head = sb_format("SB1 READY %s", rows[i].name);
        char *json = sb_format("{'body':{'service':'%s','driver':'%s','instance':'%s',"
                               "'credit':%d}}",
                               rows[i].service, rows[i].driver, rows[i].instance, rows[i].credit);
        s_hear_as(rows[i].role, "x", head, json);
        if (!strstr(s_it.last_json, rows[i].text)) {
            fail_msg("row %zu: %s", i, s_it.last_json);
        }
        s_expect("x<! ", "");
        free(head);
        free(json);
    }
    s_hear("x", "SB1 READY chatd", "{}");
    s_expect("x<! ", "");
    assert_int_equal(sb_jobs_crew(s_it.jobs)->len, 0);
    s_ready("c1", 1);
    s_hear("c1", "SB1 CREDIT", "{'body':{'credit':-1}}");
    s_expect("c1<. c1<! ", "");
}

static void crew_is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < SB_WORKERS_MAX; i++) {
        char *name = sb_format("w%d", i);
        s_ready(name, 1);
        free(name);
    }
    s_it.sent[0] = '\0';
    s_ready("one-more", 1);
    assert_non_null(strstr(s_it.last_json, "BUSY"));
    s_expect("one-more<! ", "");
    s_ready("w7", 1); /* who is in stays in */
    s_expect("w7<. ", "");
}

/* ---- The callers. */

static void submit_refuses(void **state)
{
    (void)state;
    sb_err_t err = {0};
    for (int i = 0; i < 15; i++) {
        static char ids[15][8];
        (void)snprintf(ids[i], sizeof ids[i], "j%d", i);
        s_submit(ids[i]);
    }
    assert_int_equal(s_try_submit("j3", 1, 1, &err), SB_ECONFLICT);
    assert_int_equal(s_try_submit("j/3", 1, 1, &err), SB_EINVALID);
    s_submit("j15");
    assert_int_equal(s_try_submit("j16", 1, 1, &err), SB_EBUSY);
    assert_non_null(strstr(err.text, "16 jobs"));
    assert_true(sb_jobs_forget(s_it.jobs, "j15", s_it.now_ms));

    char *text = sb_alloc(SB_BODY_SIZE_MAX + 1);
    memset(text, 'x', SB_BODY_SIZE_MAX);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "text", text);
    free(text);
    const sb_job_t job = {"big", "chatd", "chat.send", 1000, 1000, 0};
    assert_int_equal(sb_jobs_submit(s_it.jobs, &job, &body, on_job, NULL, s_it.now_ms, &err),
                     SB_ETOOLARGE);
    assert_null(body);
    assert_int_equal(sb_jobs_len(s_it.jobs), 15);
}

static void forgotten_job_calls_nobody(void **state)
{
    (void)state;
    s_ready("c1", 1);
    s_submit("a1");
    s_submit("a2");
    assert_false(sb_jobs_forget(s_it.jobs, "a3", s_it.now_ms));
    assert_true(sb_jobs_forget(s_it.jobs, "a1", s_it.now_ms));
    assert_false(sb_jobs_forget(s_it.jobs, "a1", s_it.now_ms));
    s_expect("c1<. c1<a1 c1<a2 ", "");
    s_result("c1", "a1");
    s_expect("", "");
    assert_true(sb_jobs_forget(s_it.jobs, "a2", s_it.now_ms));
    s_pass(20000);
    assert_string_equal(s_it.ended, "");
}

static void callbacks_may_submit_and_forget(void **state)
{
    (void)state;
    s_ready("c1", 2);
    s_submit("a1");
    s_submit("a2");
    s_it.sent[0] = '\0';
    s_it.resubmit = "a1"; /* the same id, in the callback of its end */
    s_it.forget = "a2";
    s_result("c1", "a1");
    s_expect("c1<a1 ", "a1=OK ");
    s_it.forget = "a1"; /* in the callback of its own ACCEPT */
    s_accept("c1", "a1");
    s_expect("", "a1+ ");
    assert_int_equal(sb_jobs_len(s_it.jobs), 0);

    s_submit("a3");
    s_submit("a4");
    s_it.sent[0] = '\0';
    s_it.forget = "a4"; /* in the callback of a time-out of the same moment */
    s_pass(10000);
    assert_string_equal(s_it.ended, "a3=TIMEOUT ");
}

static void end_of_the_pool_ends_the_jobs(void **state)
{
    (void)state;
    s_ready("c1", 1);
    s_submit("a1");
    s_submit("a2");
    s_it.resubmit = "a9"; /* is refused */
    s_it.sent[0] = '\0';
    sb_jobs_destroy(&s_it.jobs);
    assert_non_null(strstr(s_it.ended, "a1=UNAVAILABLE"));
    assert_non_null(strstr(s_it.ended, "a2=UNAVAILABLE"));
    assert_null(strstr(s_it.ended, "a9"));
    assert_string_equal(s_it.sent, "");
}

static void workers_are_listed(void **state)
{
    (void)state;
    s_ready("c1", 4);
    s_submit("a1");
    s_pass(1234);
    cJSON *list = sb_crew_json(sb_jobs_crew(s_it.jobs), s_it.now_ms);
    char *text = sb_json_print(list);
    assert_string_equal(text, "[{\"service\":\"chatd\",\"driver\":\"local\",\"instance\":\"c1\","
                              "\"credit\":4,\"jobs\":1,\"heard_ms_ago\":1234,\"strikes\":1}]");
    free(text);
    cJSON_Delete(list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        TEST(silent_worker_loses_its_jobs),
        TEST(heartbeats_keep_a_worker),
        TEST(jobs_spare_heartbeats),
        TEST(bye_hands_the_jobs_on),
        TEST(draining_worker_gets_no_more),
        TEST(worker_that_can_not_be_reached_is_passed_over),
        TEST(heartbeat_that_fails_ends_a_worker),
        TEST(same_instance_anew_replaces_itself),
        TEST(ready_again_keeps_the_jobs),
        TEST(busy_goes_to_another_or_waits),
        TEST(three_strikes_and_no_more_until_ready),
        TEST(answer_in_between_forgives),
        TEST(first_answer_counts),
        TEST(answer_of_a_worker_given_up_counts),
        TEST(ready_is_checked),
        TEST(crew_is_bounded),
        TEST(submit_refuses),
        TEST(forgotten_job_calls_nobody),
        TEST(callbacks_may_submit_and_forget),
        TEST(end_of_the_pool_ends_the_jobs),
        TEST(workers_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
