#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "lib/bus_timing.h"
#include "lib/bus_worker.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define NEVER_MS 3600000
#define HELD_MAX 8

/* botd is a bare ROUTER that says what each test wants. */
typedef struct {
    zsock_t *sock;
    char *endpoint;
    zframe_t *worker; /* whom it heard last */
    bed_reply_t heard;
} botd_t;

static struct {
    char *folder;
    sb_keys_t *botd_keys;
    sb_keys_t *chatd_keys;
    zloop_t *loop;
    botd_t botd;
    botd_t standby;
    sb_worker_t *worker;
    sb_worker_t *second; /* the same instance, connected to the standby */
    sb_call_t *held[HELD_MAX];
    size_t held_len;
    size_t sends; /* jobs done by on_send */
} s_it;

/* ---- The worker's handlers. */

static void on_send(void *ctx, sb_call_t *call)
{
    assert_ptr_equal(ctx, &s_it);
    assert_int_equal(sb_call_role(call), SB_ROLE_BOTD);
    s_it.sends++;
    cJSON *body = sb_json_object();
    sb_json_add_int(body, "n", (int64_t)s_it.sends);
    sb_call_result(&call, &body);
}

static void on_hold(void *ctx, sb_call_t *call)
{
    (void)ctx;
    assert_true(s_it.held_len < HELD_MAX);
    s_it.held[s_it.held_len++] = call;
}

static const sb_route_t s_routes[] = {
    {"chat.send", SB_ROLE_BOTD,  512, on_send},
    {"chat.hold", SB_ROLE_BOTD,  512, on_hold},
    {"chat.own",  SB_ROLE_CHATD, 512, on_send},
};

static void s_end_held(void)
{
    for (size_t i = 0; i < s_it.held_len; i++) {
        if (s_it.held[i]) {
            sb_call_result(&s_it.held[i], NULL);
        }
    }
    s_it.held_len = 0;
}

/* ---- botd. */

static void s_open(botd_t *botd)
{
    botd->sock = zsock_new(ZMQ_ROUTER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_server(s_it.botd_keys, botd->sock, &err), SB_OK);
    const char *endpoint = botd->endpoint ? botd->endpoint : bed_endpoint();
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (zsock_bind(botd->sock, "%s", endpoint) < 0) {
        assert_true(sb_clock_mono_ms() < end_ms);
    }
    if (!botd->endpoint) {
        botd->endpoint = sb_strdup(zsock_endpoint(botd->sock));
    }
}

static void s_close(botd_t *botd)
{
    zsock_destroy(&botd->sock);
    zframe_destroy(&botd->worker);
    bed_reply_free(&botd->heard);
}

static void s_expect_at(botd_t *botd, const char *head, const char *text)
{
    bed_hear(s_it.loop, botd->sock, &botd->worker, &botd->heard);
    assert_string_equal(botd->heard.head, head);
    bed_assert_in(botd->heard.body, text);
}

static void s_expect(const char *head, const char *text)
{
    s_expect_at(&s_it.botd, head, text);
}

static void s_tell_at(botd_t *botd, const char *head, const char *body)
{
    bed_frame(botd->sock, zframe_data(botd->worker), zframe_size(botd->worker), true);
    bed_send(botd->sock, head, body);
}

static void s_tell(const char *head, const char *body)
{
    s_tell_at(&s_it.botd, head, body);
}

static void s_job_at(botd_t *botd, const char *name, const char *id, int epoch)
{
    char *head = sb_format("SB1 REQ %s", name);
    char *body = sb_format("{\"id\":\"%s\",\"epoch\":\"%d\",\"timeout_ms\":60000}", id, epoch);
    s_tell_at(botd, head, body);
    free(head);
    free(body);
}

static void s_job(const char *name, const char *id)
{
    s_job_at(&s_it.botd, name, id, 1);
}

static bool s_has_held(void *arg)
{
    return s_it.held_len >= *(const size_t *)arg;
}

static void s_wait_held(size_t n)
{
    assert_true(bed_run(s_it.loop, s_has_held, &n));
}

static bool s_knows(void *arg)
{
    return sb_worker_connected(s_it.worker) == *(const bool *)arg;
}

static void s_wait_connected(bool want)
{
    assert_true(bed_run(s_it.loop, s_knows, &want));
}

/* ---- */

static sb_worker_t *s_worker_at(const char *endpoint, uint32_t credit)
{
    const sb_worker_config_t config = {"chatd", "local", "c1", credit};
    sb_err_t err = {0};
    sb_worker_t *worker = sb_worker_new(s_it.loop, s_it.chatd_keys, endpoint, &config, s_routes,
                                        sizeof s_routes / sizeof s_routes[0], &s_it, &err);
    if (!worker) {
        fail_msg("%s", err.text);
    }
    return worker;
}

/* A worker that botd knows. */
static void s_start(uint32_t credit)
{
    s_it.worker = s_worker_at(s_it.botd.endpoint, credit);
    s_expect("SB1 READY chatd", "");
    s_tell("SB1 HEARTBEAT", "{}");
    s_wait_connected(true);
}

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    sb_err_t err;
    /* Long, so that nothing is said that the test did not ask for. */
    sb_bus_timing.heartbeat_ms = NEVER_MS;
    sb_bus_timing.silence_ms = NEVER_MS;
    s_it.folder = bed_keys_folder();
    s_it.botd_keys = bed_keys(s_it.folder, SB_ROLE_BOTD);
    s_it.chatd_keys = bed_keys(s_it.folder, SB_ROLE_CHATD);
    assert_int_equal(sb_keys_auth_start(s_it.botd_keys, &err), SB_OK);
    s_it.loop = zloop_new();
    s_open(&s_it.botd);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_worker_destroy(&s_it.worker);
    sb_worker_destroy(&s_it.second);
    s_end_held();
    s_close(&s_it.botd);
    s_close(&s_it.standby);
    free(s_it.botd.endpoint);
    free(s_it.standby.endpoint);
    zloop_destroy(&s_it.loop);
    sb_keys_destroy(&s_it.chatd_keys);
    sb_keys_destroy(&s_it.botd_keys);
    bed_remove(&s_it.folder);
    return 0;
}

/* ---- Being there. */

static void ready_then_known(void **state)
{
    (void)state;
    s_it.worker = s_worker_at(s_it.botd.endpoint, 32);
    assert_false(sb_worker_connected(s_it.worker));
    s_expect("SB1 READY chatd", "{\"body\":{\"service\":\"chatd\",\"driver\":\"local\","
                                "\"instance\":\"c1\",\"credit\":32}}");
    assert_false(sb_worker_connected(s_it.worker));
    s_tell("SB1 HEARTBEAT", "{}");
    s_wait_connected(true);
}

static void heartbeats_when_there_is_nothing_to_say(void **state)
{
    (void)state;
    sb_bus_timing.heartbeat_ms = 20;
    s_start(1);
    do { /* READY is said again until botd's first word arrives */
        bed_hear(s_it.loop, s_it.botd.sock, &s_it.botd.worker, &s_it.botd.heard);
    } while (strcmp(s_it.botd.heard.head, "SB1 READY chatd") == 0);
    assert_string_equal(s_it.botd.heard.head, "SB1 HEARTBEAT");
    s_expect("SB1 HEARTBEAT", "{}");
    assert_true(sb_worker_connected(s_it.worker));
}

static void ready_again_until_answered(void **state)
{
    (void)state;
    sb_bus_timing.heartbeat_ms = 20;
    s_it.worker = s_worker_at(s_it.botd.endpoint, 1);
    for (int i = 0; i < 3; i++) {
        s_expect("SB1 READY chatd", "");
    }
    s_tell("SB1 HEARTBEAT", "{}");
    s_wait_connected(true);
}

static void silent_botd_is_told_again(void **state)
{
    (void)state;
    sb_bus_timing.silence_ms = 100;
    s_start(1);
    s_wait_connected(false);
    s_expect("SB1 READY chatd", "");
    s_tell("SB1 HEARTBEAT", "{}");
    s_wait_connected(true);
}

static void restarted_botd_is_told(void **state)
{
    (void)state;
    s_start(1);
    s_close(&s_it.botd);
    s_wait_connected(false);
    s_open(&s_it.botd);
    s_expect("SB1 READY chatd", "\"instance\":\"c1\"");
    s_tell("SB1 HEARTBEAT", "{}");
    s_wait_connected(true);
    s_job("chat.send", "a1");
    s_expect("SB1 RESULT", "\"a1\"");
}

static void refusal_of_ready_does_not_count_as_known(void **state)
{
    (void)state;
    s_it.worker = s_worker_at(s_it.botd.endpoint, 1);
    s_expect("SB1 READY chatd", "");
    s_tell("SB1 NACK", "{\"id\":\"\",\"body\":{\"code\":\"FORBIDDEN\",\"text\":\"no\"}}");
    s_tell("SB1 NACK", "{");
    s_job("chat.nonsense", "a1"); /* whoever gives jobs knows us */
    s_expect("SB1 NACK", "\"a1\"");
    assert_true(sb_worker_connected(s_it.worker));
}

/* ---- Jobs. */

static void job_is_done(void **state)
{
    (void)state;
    s_start(2);
    s_job("chat.send", "a1");
    s_expect("SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    s_job("chat.hold", "a2");
    s_wait_held(1);
    assert_int_equal(sb_worker_open_calls(s_it.worker), 1);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "transaction", "tx7");
    sb_call_accept(s_it.held[0], &body);
    s_expect("SB1 ACCEPT", "{\"id\":\"a2\",\"body\":{\"transaction\":\"tx7\"}}");
    s_end_held();
    s_expect("SB1 RESULT", "{\"id\":\"a2\"}");
    assert_int_equal(sb_worker_open_calls(s_it.worker), 0);
}

static void job_that_can_not_be_taken_is_refused(void **state)
{
    (void)state;
    s_start(1);
    s_job("chat.nonsense", "a1");
    s_expect("SB1 NACK", "{\"id\":\"a1\",\"body\":{\"code\":\"UNKNOWN\"");
    s_job("chat.own", "a2");
    s_expect("SB1 NACK", "{\"id\":\"a2\",\"body\":{\"code\":\"FORBIDDEN\"");
    s_tell("SB1 REQ chat.send", "{\"id\":\"a3\"}");
    s_expect("SB1 NACK", "{\"id\":\"a3\",\"body\":{\"code\":\"INVALID\"");
    char *pad = sb_alloc(513);
    memset(pad, ' ', 512);
    char *body = sb_format("{\"id\":\"a4\",\"timeout_ms\":1}%s", pad);
    s_tell("SB1 REQ chat.send", body);
    s_expect("SB1 NACK", "{\"id\":\"a4\",\"body\":{\"code\":\"TOO_LARGE\"");
    free(pad);
    free(body);
    assert_int_equal(s_it.sends, 0);
}

static void junk_from_botd_is_survived(void **state)
{
    (void)state;
    s_start(1);
    s_tell("", "");
    s_tell("SB1 REQ", "{}");
    s_tell("SB1 REQ chat.send", "{");
    s_expect("SB1 NACK", "\"id\":\"\"");
    s_tell("SB1 RESULT", "{\"id\":\"a\"}");
    bed_frame(s_it.botd.sock, zframe_data(s_it.botd.worker), zframe_size(s_it.botd.worker), true);
    bed_frame(s_it.botd.sock, "alone", 5, false);
    s_job("chat.send", "a1");
    s_expect("SB1 RESULT", "\"a1\"");
}

static void more_than_the_credit_is_busy(void **state)
{
    (void)state;
    s_start(2);
    s_job("chat.hold", "a1");
    s_job("chat.hold", "a2");
    s_job("chat.hold", "a3");
    s_expect("SB1 NACK", "{\"id\":\"a3\",\"body\":{\"code\":\"BUSY\"");
    s_end_held();
    s_expect("SB1 RESULT", "");
    s_expect("SB1 RESULT", "");
    s_job("chat.hold", "a3");
    s_wait_held(1);
}

/* ---- The same job again. */

static void answered_job_is_answered_from_memory(void **state)
{
    (void)state;
    s_start(1);
    s_job("chat.send", "a1");
    s_expect("SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    s_job("chat.send", "a1");
    s_expect("SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    assert_int_equal(s_it.sends, 1);
}

static void job_at_hand_is_not_begun_again(void **state)
{
    (void)state;
    s_start(4);
    s_job("chat.hold", "a1");
    s_wait_held(1);
    s_job("chat.hold", "a1"); /* silence */
    s_job("chat.send", "a2");
    s_expect("SB1 RESULT", "\"a2\"");
    assert_int_equal(s_it.held_len, 1);
    sb_call_accept(s_it.held[0], NULL);
    s_expect("SB1 ACCEPT", "\"a1\"");
    s_job("chat.hold", "a1"); /* who asks again did not hear that it was accepted */
    s_expect("SB1 ACCEPT", "\"a1\"");
    s_end_held();
    s_expect("SB1 RESULT", "\"a1\"");
}

static void s_nack_held(int code)
{
    sb_err_t err;
    (void)sb_fail(&err, code, "x");
    sb_call_nack(&s_it.held[0], &err);
    s_it.held_len = 0;
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
    s_start(1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "r%zu", i);
        s_job("chat.hold", id);
        s_wait_held(1);
        s_nack_held(rows[i].code);
        s_expect("SB1 NACK", sb_code_name(rows[i].code));
        s_job("chat.hold", id);
        if (rows[i].final) {
            s_expect("SB1 NACK", sb_code_name(rows[i].code));
        } else {
            s_wait_held(1);
            s_end_held();
            s_expect("SB1 RESULT", id);
        }
        assert_int_equal(s_it.held_len, 0);
    }
}

static void memory_is_bounded(void **state)
{
    (void)state;
    s_start(1);
    for (int i = 0; i <= SB_ANSWERED_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "m%d", i);
        s_job("chat.send", id);
        s_expect("SB1 RESULT", id);
    }
    assert_int_equal(s_it.sends, SB_ANSWERED_MAX + 1);
    s_job("chat.send", "m1");
    s_expect("SB1 RESULT", "\"n\":2}");
    s_job("chat.send", "m0"); /* forgotten, so done again */
    s_expect("SB1 RESULT", "\"n\":1026}");
}

/* ---- Leaders. */

static void past_leader_is_refused(void **state)
{
    (void)state;
    s_start(1);
    s_job_at(&s_it.botd, "chat.send", "a1", 5);
    s_expect("SB1 RESULT", "\"a1\"");
    s_job_at(&s_it.botd, "chat.send", "a2", 4);
    s_expect("SB1 NACK", "{\"id\":\"a2\",\"body\":{\"code\":\"STALE\"");
    s_job_at(&s_it.botd, "chat.send", "a1", 4); /* not even what is remembered */
    s_expect("SB1 NACK", "STALE");
    s_tell("SB1 REQ chat.send", "{\"id\":\"a3\",\"timeout_ms\":1}"); /* no epoch at all */
    s_expect("SB1 NACK", "STALE");
    s_job_at(&s_it.botd, "chat.send", "a2", 5);
    s_expect("SB1 RESULT", "\"a2\"");
}

static void s_start_second(uint32_t credit)
{
    s_start(credit);
    s_open(&s_it.standby);
    s_it.second = s_worker_at(s_it.standby.endpoint, credit);
    s_expect_at(&s_it.standby, "SB1 READY chatd", "");
    s_tell_at(&s_it.standby, "SB1 HEARTBEAT", "{}");
}

static void new_leader_gets_what_the_old_one_asked_for(void **state)
{
    (void)state;
    s_start_second(4);
    s_job_at(&s_it.botd, "chat.send", "a1", 5);
    s_expect("SB1 RESULT", "\"a1\"");
    s_job_at(&s_it.botd, "chat.hold", "a2", 5);
    s_wait_held(1);

    s_job_at(&s_it.standby, "chat.send", "a1", 6);
    s_expect_at(&s_it.standby, "SB1 RESULT", "{\"id\":\"a1\",\"body\":{\"n\":1}}");
    assert_int_equal(s_it.sends, 1);
    s_job_at(&s_it.standby, "chat.hold", "a2", 6);
    s_job_at(&s_it.standby, "chat.send", "a3", 6);
    s_expect_at(&s_it.standby, "SB1 RESULT", "\"a3\"");
    assert_int_equal(s_it.held_len, 1); /* not begun twice */
    assert_int_equal(sb_worker_open_calls(s_it.worker), 0);
    assert_int_equal(sb_worker_open_calls(s_it.second), 1);

    s_job_at(&s_it.botd, "chat.send", "a4", 5); /* the old one is past, for all of us */
    s_expect("SB1 NACK", "STALE");
    sb_worker_destroy(&s_it.worker); /* its job has another owner */
    s_end_held();
    s_expect_at(&s_it.standby, "SB1 RESULT", "\"a2\"");
}

/* ---- Ends. */

static void draining_worker_finishes_and_takes_no_more(void **state)
{
    (void)state;
    s_start(4);
    s_job("chat.hold", "a1");
    s_wait_held(1);
    sb_worker_drain(s_it.worker);
    sb_worker_drain(s_it.worker);
    s_expect("SB1 CREDIT", "{\"body\":{\"credit\":0}}");
    s_job("chat.send", "a2");
    s_expect("SB1 NACK", "{\"id\":\"a2\",\"body\":{\"code\":\"BUSY\"");
    s_close(&s_it.botd);
    s_wait_connected(false);
    s_open(&s_it.botd);
    s_expect("SB1 READY chatd", "\"credit\":0}");
    s_end_held();
    s_expect("SB1 RESULT", "\"a1\"");
}

static void end_says_bye_and_forgets(void **state)
{
    (void)state;
    s_start(4);
    s_job("chat.hold", "a1");
    s_wait_held(1);
    sb_worker_destroy(&s_it.worker);
    s_expect("SB1 BYE", "{}");
    s_end_held(); /* goes nowhere, and frees */
    s_it.worker = s_worker_at(s_it.botd.endpoint, 4);
    s_expect("SB1 READY chatd", "");
    s_job("chat.hold", "a1"); /* begun anew: nothing is left of the old one */
    s_wait_held(1);
    s_end_held();
    s_expect("SB1 RESULT", "\"a1\"");
}

static void address_that_is_none_is_an_error(void **state)
{
    (void)state;
    const sb_worker_config_t config = {"chatd", "local", "c1", 1};
    sb_err_t err = {0};
    assert_null(
        sb_worker_new(s_it.loop, s_it.chatd_keys, "nonsense", &config, s_routes, 1, NULL, &err));
    bed_assert_in(err.text, "nonsense");
}

static void stats_are_named(void **state)
{
    (void)state;
    s_start(4);
    s_job("chat.send", "a1");
    s_expect("SB1 RESULT", "");
    s_job("chat.send", "a1");
    s_expect("SB1 RESULT", "");
    cJSON *object = sb_json_object();
    sb_worker_stats_json(s_it.worker, object);
    char *text = sb_json_print(object);
    bed_assert_in(text, "\"connected\":true");
    bed_assert_in(text, "\"jobs\":1,\"results\":1,\"nacks\":0,\"repeated\":1");
    free(text);
    cJSON_Delete(object);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    sb_bus_timing.retry_min_ms = 20;
    sb_bus_timing.retry_max_ms = 100;
    const struct CMUnitTest tests[] = {
        TEST(ready_then_known),
        TEST(heartbeats_when_there_is_nothing_to_say),
        TEST(ready_again_until_answered),
        TEST(silent_botd_is_told_again),
        TEST(restarted_botd_is_told),
        TEST(refusal_of_ready_does_not_count_as_known),
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
        TEST(draining_worker_finishes_and_takes_no_more),
        TEST(end_says_bye_and_forgets),
        TEST(address_that_is_none_is_an_error),
        TEST(stats_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
