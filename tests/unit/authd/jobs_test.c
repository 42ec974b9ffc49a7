/* jobs_test.c: proofs from their start to their end, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "proto/authd.h"
#include "tests/unit/authd/jobs_rig.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define START(driver, code)                                                                        \
    "{\"person\":\"alice\",\"driver\":\"" driver "\",\"alert\":\"" HASH "\",\"code\":" code        \
    ",\"short\":\"9f86d0\",\"strength\":\"code\",\"title\":\"sudo\","                              \
    "\"description\":\"root on db1\",\"reason\":null}"

/* ---- factor.start. */

static void a_typed_factor_answers_at_once(void **state)
{
    jobs_rig_t *rig = *state;
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("token", "\"123456\""), &outcome));
    fake_advance(10);
    assert_null(outcome.accept);
    jobs_rig_result(&outcome, "{\"status\":\"approved\",\"driver\":\"token\"}");
    assert_string_equal(script_token.last_job, "b7");
    assert_string_equal(script_token.last_title, "sudo");
}

static void a_factor_that_waits_is_accepted_first(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.accepted_after_ms = 20;
    script_push.transaction = "tx-1";
    script_push.end_after_ms = 40000;
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(20);
    assert_string_equal(outcome.accept, "{\"transaction\":\"tx-1\",\"show\":null}");
    assert_null(outcome.result);
    fake_advance(39979);
    assert_null(outcome.result);
    fake_advance(1);
    jobs_rig_result(&outcome, "{\"status\":\"approved\",\"driver\":\"push\"}");
}

static void what_is_to_be_shown_is_told(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.accepted_after_ms = 20;
    script_push.show_kind = SB_SHOW_NUMBER;
    script_push.show_text = "72";
    fake_outcome_t outcome;
    script_push.end_after_ms = 100;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(20);
    assert_string_equal(outcome.accept, "{\"transaction\":null,\"show\":{\"kind\":\"number\","
                                        "\"text\":\"72\"}}");
    fake_advance(100);
    fake_outcome_free(&outcome);
}

static void a_start_below_the_strength_asks_nobody(void **state)
{
    jobs_rig_t *rig = *state;
    static const struct {
        const char *driver, *strength;
        bool started;
    } rows[] = {
        {"push",  "code",    true },
        {"push",  "push",    true },
        {"push",  "passkey", false},
        {"token", "push",    false},
        {"token", "code",    true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script_push.started = script_token.started = 0;
        char body[512];
        (void)snprintf(body, sizeof body,
                       "{\"person\":\"alice\",\"driver\":\"%s\",\"alert\":\"" HASH
                       "\",\"code\":\"1\",\"short\":\"9f86d0\",\"strength\":\"%s\",\"title\":\"\","
                       "\"description\":\"\"}",
                       rows[i].driver, rows[i].strength);
        fake_outcome_t outcome;
        jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, body, &outcome));
        fake_advance(100);
        char want[64];
        (void)snprintf(want, sizeof want, "{\"status\":\"%s\",\"driver\":\"%s\"}",
                       rows[i].started ? "approved" : "unavailable", rows[i].driver);
        jobs_rig_result(&outcome, want);
        assert_int_equal(script_push.started + script_token.started, rows[i].started);
    }
    assert_int_equal(script_push.last_strength, FACTOR_PUSH);
}

/* A job that is handed out again: the driver is told, and its silence is the person's. */
static void a_job_again_goes_on_with_its_transaction(void **state)
{
    jobs_rig_t *rig = *state;
    static const struct {
        const char *more, *transaction;
        bool again;
        const char *want;
    } rows[] = {
        {"",                                         "-",    false, "unavailable"},
        {",\"again\":true",                          "-",    true,  "unavailable"},
        {",\"again\":true,\"transaction\":null",     "-",    true,  "unavailable"},
        {",\"again\":true,\"transaction\":\"tx-1\"", "tx-1", true,  "timeout"    },
    };
    script_push.end_after_ms = SCRIPT_NEVER;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[512];
        (void)snprintf(body, sizeof body,
                       "{\"person\":\"alice\",\"driver\":\"push\",\"alert\":\"" HASH
                       "\",\"short\":\"9f86d0\",\"strength\":\"push\",\"title\":\"\","
                       "\"description\":\"\",\"reason\":\"odd hour\"%s}",
                       rows[i].more);
        fake_outcome_t outcome;
        jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, body, &outcome));
        assert_string_equal(script_push.last_transaction, rows[i].transaction);
        assert_int_equal(script_push.last_again, rows[i].again);
        assert_string_equal(script_push.last_short, "9f86d0");
        assert_string_equal(script_push.last_reason, "odd hour");
        assert_int_equal(script_push.last_left_ms, TIMEOUT_MS - JOBS_MARGIN_MS);
        fake_advance(TIMEOUT_MS);
        char want[64];
        (void)snprintf(want, sizeof want, "{\"status\":\"%s\",\"driver\":\"push\"}", rows[i].want);
        jobs_rig_result(&outcome, want);
        assert_int_equal(script_push.last_why, FACTOR_WITHDRAW);
    }
}

static void every_end_is_told(void **state)
{
    jobs_rig_t *rig = *state;
    static const struct {
        factor_status_t status;
        const char *want;
    } rows[] = {
        {FACTOR_REFUSED,      "{\"status\":\"refused\",\"driver\":\"push\"}"    },
        {FACTOR_FRAUD,        "{\"status\":\"fraud\",\"driver\":\"push\"}"      },
        {FACTOR_TIMEOUT,      "{\"status\":\"timeout\",\"driver\":\"push\"}"    },
        {FACTOR_NONE,         "{\"status\":\"no_factor\",\"driver\":\"push\"}"  },
        {FACTOR_LOCKED,       "{\"status\":\"locked\",\"driver\":\"push\"}"     },
        {FACTOR_DENIED,       "{\"status\":\"denied\",\"driver\":\"push\"}"     },
        {FACTOR_SUSPECT,      "{\"status\":\"suspect\",\"driver\":\"push\"}"    },
        {FACTOR_UNAVAILABLE,  "{\"status\":\"unavailable\",\"driver\":\"push\"}"},
        {(factor_status_t)99, "{\"status\":\"unavailable\",\"driver\":\"push\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script_push.end = rows[i].status;
        fake_outcome_t outcome;
        jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
        fake_advance(100);
        jobs_rig_result(&outcome, rows[i].want);
    }
}

static void a_person_who_says_nothing_is_a_timeout(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.accepted_after_ms = 20;
    script_push.end_after_ms = SCRIPT_NEVER;
    const int64_t start_ms = fake_now_ms();
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(2 * TIMEOUT_MS);
    assert_string_equal(outcome.accept, "{\"transaction\":null,\"show\":null}");
    assert_int_equal(outcome.ended_ms, start_ms + TIMEOUT_MS - JOBS_MARGIN_MS);
    jobs_rig_result(&outcome, "{\"status\":\"timeout\",\"driver\":\"push\"}");
    assert_int_equal(script_push.cancelled, 1);
}

static void a_provider_that_says_nothing_is_unavailable(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.end_after_ms = SCRIPT_NEVER; /* and the person was never asked */
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(2 * TIMEOUT_MS);
    jobs_rig_result(&outcome, "{\"status\":\"unavailable\",\"driver\":\"push\"}");
}

static void a_short_deadline_still_leaves_half_of_it(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.end_after_ms = SCRIPT_NEVER;
    static const struct {
        int64_t timeout_ms, want_ms;
    } rows[] = {
        {1,    1  },
        {100,  50 },
        {999,  500},
        {1000, 500},
        {1001, 501},
        {0,    0  },
        {-5,   0  }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int64_t start_ms = fake_now_ms();
        fake_outcome_t outcome;
        jobs_start(rig->jobs, fake_call("b7", rows[i].timeout_ms, START("push", "null"), &outcome));
        fake_advance(2000);
        assert_int_equal(outcome.ended_ms - start_ms, rows[i].want_ms);
        fake_outcome_free(&outcome);
    }
}

/* ---- factor.cancel. */

static void a_cancelled_job_ends_so(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.accepted_after_ms = 20;
    script_push.end_after_ms = 30000;
    fake_outcome_t start;
    fake_outcome_t cancel;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &start));
    fake_advance(1000);
    jobs_cancel(rig->jobs, fake_call("b8", 5000, "{\"job\":\"b7\"}", &cancel));
    assert_int_equal(start.ended_ms, fake_now_ms());
    jobs_rig_result(&start, "{\"status\":\"cancelled\",\"driver\":\"push\"}");
    jobs_rig_result(&cancel, "{}");
    assert_int_equal(script_push.cancelled, 1);
    fake_advance(60000);

    /* It has ended, or never was, or is of another kind: the same answer. */
    jobs_cancel(rig->jobs, fake_call("b9", 5000, "{\"job\":\"b7\"}", &cancel));
    jobs_rig_result(&cancel, "{}");
    fake_outcome_t can;
    jobs_can(rig->jobs, fake_call("b10", 5000, CAN("[]", "code"), &can));
    jobs_cancel(rig->jobs, fake_call("b11", 5000, "{\"job\":\"b10\"}", &cancel));
    jobs_rig_result(&cancel, "{}");
    fake_advance(100);
    jobs_rig_result(&can, FOUND_PUSH);
    assert_int_equal(script_push.cancelled, 1);
}

/* ---- What is wrong. */

static void bodies_that_are_wrong_are_refused(void **state)
{
    jobs_rig_t *rig = *state;
    /* clang-format off */
    static const struct {
        void (*handler)(jobs_t *self, sb_call_t *call);
        const char *body, *word;
    } rows[] = {
        {jobs_can, "{}", "person"},
        {jobs_can, "{\"person\":\"\",\"drivers\":[],\"strength\":\"code\"}", "person"},
        {jobs_can, "{\"person\":7,\"drivers\":[],\"strength\":\"code\"}", "person"},
        {jobs_can, "{\"person\":\"alice\",\"drivers\":[]}", "strength"},
        {jobs_can, CAN("[]", "steel"), "strength"},
        {jobs_can, "{\"person\":\"alice\",\"strength\":\"code\"}", "drivers"},
        {jobs_can, CAN("[7]", "code"), "drivers"},
        {jobs_can, CAN("[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]", "code"), "drivers"},
        {jobs_can, TRIED("[7]"), "tried"},
        {jobs_check, "{}", "person"},
        {jobs_cancel, "{}", "job"},
        {jobs_cancel, "{\"job\":null}", "job"},
        {jobs_start, "{}", "person"},
        {jobs_start, START("sms", "null"), "\"sms\" is not configured"},
        {jobs_start, START("token", "null"), "code"},
        {jobs_start, START("token", "123456"), "code"},
        {jobs_start,
         START("token", "\"0123456789012345678901234567890123456789012345678901234567890123456\""),
         "code"},
        {jobs_start,
         "{\"person\":\"alice\",\"driver\":\"push\",\"alert\":\"9f86\",\"title\":\"\","
         "\"description\":\"\"}",
         "alert"},
        {jobs_start,
         "{\"person\":\"alice\",\"driver\":\"push\",\"alert\":\"" HASH "\",\"title\":\"\","
         "\"description\":\"\",\"strength\":\"code\"}",
         "short"},
        {jobs_start,
         "{\"person\":\"alice\",\"driver\":\"push\",\"alert\":\"" HASH "\",\"short\":\"9f\","
         "\"title\":\"\",\"strength\":\"code\"}",
         "description"},
        {jobs_start,
         "{\"person\":\"alice\",\"driver\":\"push\",\"alert\":\"" HASH "\",\"short\":\"9f\","
         "\"title\":\"\",\"description\":\"\"}",
         "strength"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake_outcome_t outcome;
        rows[i].handler(rig->jobs, fake_call("b1", TIMEOUT_MS, rows[i].body, &outcome));
        jobs_rig_nack(&outcome, SB_EINVALID, rows[i].word);
    }
    assert_int_equal(script_push.started + script_token.started, 0);
}

static void the_end_of_the_daemon_cancels_what_is_open(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.end_after_ms = SCRIPT_NEVER;
    script_token.can_after_ms = SCRIPT_NEVER;
    script_push.can = FACTOR_NONE;
    fake_outcome_t start;
    fake_outcome_t can;
    jobs_start(rig->jobs, fake_call("b1", TIMEOUT_MS, START("push", "null"), &start));
    jobs_can(rig->jobs, fake_call("b2", TIMEOUT_MS, CAN("[]", "code"), &can));
    fake_advance(100);
    assert_int_equal(jobs_len(rig->jobs), 2);
    jobs_destroy(&rig->jobs);
    jobs_destroy(&rig->jobs);
    assert_int_equal(script_push.cancelled, 1);
    assert_int_equal(script_push.last_why, FACTOR_DROP);
    assert_int_equal(script_token.cancelled, 1);
    jobs_rig_nack(&start, SB_ERETRY, "stopping");
    jobs_rig_nack(&can, SB_ERETRY, "stopping");
}

static void stats_count(void **state)
{
    jobs_rig_t *rig = *state;
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b1", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(100);
    fake_outcome_free(&outcome);
    script_push.end_after_ms = SCRIPT_NEVER;
    jobs_start(rig->jobs, fake_call("b2", 1000, START("push", "null"), &outcome));
    cJSON *stats = sb_json_object();
    jobs_stats_json(rig->jobs, stats);
    fake_advance(1000);
    fake_outcome_free(&outcome);
    jobs_stats_json(rig->jobs, stats);
    char *text = sb_json_print(stats);
    assert_string_equal(text, "{\"jobs_open\":1,\"jobs_ended\":1,\"jobs_approved\":1,"
                              "\"jobs_cancelled\":0,\"jobs_late\":0,"
                              "\"jobs_open\":0,\"jobs_ended\":2,\"jobs_approved\":1,"
                              "\"jobs_cancelled\":0,\"jobs_late\":1}");
    free(text);
    cJSON_Delete(stats);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, jobs_rig_set_up, jobs_rig_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_typed_factor_answers_at_once),
        ROW(a_factor_that_waits_is_accepted_first),
        ROW(what_is_to_be_shown_is_told),
        ROW(a_start_below_the_strength_asks_nobody),
        ROW(a_job_again_goes_on_with_its_transaction),
        ROW(every_end_is_told),
        ROW(a_person_who_says_nothing_is_a_timeout),
        ROW(a_provider_that_says_nothing_is_unavailable),
        ROW(a_short_deadline_still_leaves_half_of_it),
        ROW(a_cancelled_job_ends_so),
        ROW(bodies_that_are_wrong_are_refused),
        ROW(the_end_of_the_daemon_cancels_what_is_open),
        ROW(stats_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
