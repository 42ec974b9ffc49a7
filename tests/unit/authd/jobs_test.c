/* jobs_test.c: jobs over two scripted factors, "push" (waits for a person) and "token" (typed). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/authd/jobs.h"
#include "tests/unit/authd/factor_script.h"
#include "tests/unit/authd/fake_call.h"
#include "tests/unit/authd/fake_world.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define START(driver, code)                                                                        \
    "{\"person\":\"alice\",\"driver\":\"" driver "\",\"alert\":\"" HASH "\",\"code\":" code        \
    ",\"title\":\"sudo\",\"description\":\"root on db1\"}"
#define TIMEOUT_MS 60000

typedef struct {
    factors_t *factors;
    jobs_t *jobs;
} rig_t;

static int s_set_up(void **state)
{
    static char push[] = "push";
    static char token[] = "token";
    static char *names[] = {push, token, NULL};
    static authd_config_t config;
    config.factors = names;
    fake_reset();
    script_reset();
    rig_t *rig = sb_alloc(sizeof *rig);
    const factor_env_t env = {.config = &config, .timers = fake_timers()};
    sb_err_t err;
    rig->factors = factors_new(script_drivers, &env, &err);
    assert_non_null(rig->factors);
    rig->jobs = jobs_new(rig->factors, fake_timers());
    *state = rig;
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    if (rig->jobs) {
        assert_int_equal(jobs_len(rig->jobs), 0);
    }
    jobs_destroy(&rig->jobs);
    factors_destroy(&rig->factors);
    fake_end();
    free(rig);
    return 0;
}

static void s_assert_result(fake_outcome_t *outcome, const char *want)
{
    assert_int_equal(outcome->code, SB_OK);
    assert_non_null(outcome->result);
    assert_string_equal(outcome->result, want);
    fake_outcome_free(outcome);
}

static void s_assert_nack(fake_outcome_t *outcome, int code, const char *word)
{
    assert_int_equal(outcome->code, code);
    if (!strstr(outcome->error, word)) {
        fail_msg("\"%s\" does not name %s", outcome->error, word);
    }
    fake_outcome_free(outcome);
}

/* ---- factor.can. */

static void can_chooses_the_first_factor_of_the_person(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *name;
        factor_status_t push, token;
        const char *want;
        int token_asked;
    } rows[] = {
        {"the first",                                 FACTOR_OK,          FACTOR_OK,
         "{\"status\":\"ok\",\"driver\":\"push\",\"typed\":false}",          0},
        {"the second",                                FACTOR_NONE,        FACTOR_OK,
         "{\"status\":\"ok\",\"driver\":\"token\",\"typed\":true}",          1},
        {"none",                                      FACTOR_NONE,        FACTOR_NONE,
         "{\"status\":\"no_factor\",\"driver\":\"token\",\"typed\":true}",   1},
        {"a lock is not got round by another factor", FACTOR_LOCKED,      FACTOR_OK,
         "{\"status\":\"locked\",\"driver\":\"push\",\"typed\":false}",      0},
        {"nor is a provider that is away",            FACTOR_UNAVAILABLE, FACTOR_OK,
         "{\"status\":\"unavailable\",\"driver\":\"push\",\"typed\":false}", 0},
        {"the second is locked",                      FACTOR_NONE,        FACTOR_LOCKED,
         "{\"status\":\"locked\",\"driver\":\"token\",\"typed\":true}",      1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script_push.can = rows[i].push;
        script_token.can = rows[i].token;
        script_token.asked = 0;
        fake_outcome_t outcome;
        jobs_can(rig->jobs, fake_call("b1", TIMEOUT_MS, "{\"person\":\"alice\"}", &outcome));
        assert_int_equal(outcome.ended_ms, 0);
        fake_advance(100);
        s_assert_result(&outcome, rows[i].want);
        assert_int_equal(script_token.asked, rows[i].token_asked);
        assert_string_equal(script_push.last_person, "alice");
    }
}

static void can_ends_before_its_deadline(void **state)
{
    rig_t *rig = *state;
    script_push.can = FACTOR_NONE;
    script_token.can_after_ms = SCRIPT_NEVER;
    fake_outcome_t outcome;
    const int64_t start_ms = fake_now_ms();
    jobs_can(rig->jobs, fake_call("b1", 5000, "{\"person\":\"alice\"}", &outcome));
    fake_advance(10000);
    assert_int_equal(outcome.ended_ms, start_ms + 5000 - JOBS_MARGIN_MS);
    s_assert_result(&outcome, "{\"status\":\"unavailable\",\"driver\":\"token\",\"typed\":true}");
    assert_int_equal(script_token.cancelled, 1);
}

/* ---- factor.start. */

static void a_typed_factor_answers_at_once(void **state)
{
    rig_t *rig = *state;
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("token", "\"123456\""), &outcome));
    fake_advance(10);
    assert_null(outcome.accept);
    s_assert_result(&outcome, "{\"status\":\"approved\",\"driver\":\"token\"}");
    assert_string_equal(script_token.last_job, "b7");
    assert_string_equal(script_token.last_title, "sudo");
}

static void a_factor_that_waits_is_accepted_first(void **state)
{
    rig_t *rig = *state;
    script_push.accepted_after_ms = 20;
    script_push.transaction = "tx-1";
    script_push.end_after_ms = 40000;
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(20);
    assert_string_equal(outcome.accept, "{\"transaction\":\"tx-1\"}");
    assert_null(outcome.result);
    fake_advance(39979);
    assert_null(outcome.result);
    fake_advance(1);
    s_assert_result(&outcome, "{\"status\":\"approved\",\"driver\":\"push\"}");
}

static void every_end_is_told(void **state)
{
    rig_t *rig = *state;
    static const struct {
        factor_status_t status;
        const char *want;
    } rows[] = {
        {FACTOR_REFUSED,      "{\"status\":\"refused\",\"driver\":\"push\"}"    },
        {FACTOR_FRAUD,        "{\"status\":\"fraud\",\"driver\":\"push\"}"      },
        {FACTOR_TIMEOUT,      "{\"status\":\"timeout\",\"driver\":\"push\"}"    },
        {FACTOR_NONE,         "{\"status\":\"no_factor\",\"driver\":\"push\"}"  },
        {FACTOR_LOCKED,       "{\"status\":\"locked\",\"driver\":\"push\"}"     },
        {FACTOR_UNAVAILABLE,  "{\"status\":\"unavailable\",\"driver\":\"push\"}"},
        {(factor_status_t)99, "{\"status\":\"unavailable\",\"driver\":\"push\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script_push.end = rows[i].status;
        fake_outcome_t outcome;
        jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
        fake_advance(100);
        s_assert_result(&outcome, rows[i].want);
    }
}

static void a_person_who_says_nothing_is_a_timeout(void **state)
{
    rig_t *rig = *state;
    script_push.accepted_after_ms = 20;
    script_push.end_after_ms = SCRIPT_NEVER;
    const int64_t start_ms = fake_now_ms();
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(2 * TIMEOUT_MS);
    assert_string_equal(outcome.accept, "{\"transaction\":null}");
    assert_int_equal(outcome.ended_ms, start_ms + TIMEOUT_MS - JOBS_MARGIN_MS);
    s_assert_result(&outcome, "{\"status\":\"timeout\",\"driver\":\"push\"}");
    assert_int_equal(script_push.cancelled, 1);
}

static void a_provider_that_says_nothing_is_unavailable(void **state)
{
    rig_t *rig = *state;
    script_push.end_after_ms = SCRIPT_NEVER; /* and the person was never asked */
    fake_outcome_t outcome;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &outcome));
    fake_advance(2 * TIMEOUT_MS);
    s_assert_result(&outcome, "{\"status\":\"unavailable\",\"driver\":\"push\"}");
}

static void a_short_deadline_still_leaves_half_of_it(void **state)
{
    rig_t *rig = *state;
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
    rig_t *rig = *state;
    script_push.accepted_after_ms = 20;
    script_push.end_after_ms = 30000;
    fake_outcome_t start;
    fake_outcome_t cancel;
    jobs_start(rig->jobs, fake_call("b7", TIMEOUT_MS, START("push", "null"), &start));
    fake_advance(1000);
    jobs_cancel(rig->jobs, fake_call("b8", 5000, "{\"job\":\"b7\"}", &cancel));
    assert_int_equal(start.ended_ms, fake_now_ms());
    s_assert_result(&start, "{\"status\":\"cancelled\",\"driver\":\"push\"}");
    s_assert_result(&cancel, "{}");
    assert_int_equal(script_push.cancelled, 1);
    fake_advance(60000);

    /* It has ended, or never was, or is of another kind: the same answer. */
    jobs_cancel(rig->jobs, fake_call("b9", 5000, "{\"job\":\"b7\"}", &cancel));
    s_assert_result(&cancel, "{}");
    fake_outcome_t can;
    jobs_can(rig->jobs, fake_call("b10", 5000, "{\"person\":\"alice\"}", &can));
    jobs_cancel(rig->jobs, fake_call("b11", 5000, "{\"job\":\"b10\"}", &cancel));
    s_assert_result(&cancel, "{}");
    fake_advance(100);
    s_assert_result(&can, "{\"status\":\"ok\",\"driver\":\"push\",\"typed\":false}");
    assert_int_equal(script_push.cancelled, 1);
}

/* ---- What is wrong. */

static void bodies_that_are_wrong_are_refused(void **state)
{
    rig_t *rig = *state;
    static const struct {
        void (*handler)(jobs_t *self, sb_call_t *call);
        const char *body, *word;
    } rows[] = {
        {jobs_can,      "{}",                                                                       "person" },
        {jobs_can,      "{\"person\":\"\"}",                                                        "person" },
        {jobs_can,      "{\"person\":7}",                                                           "person" },
        {jobs_cancel,   "{}",                                                                       "job"    },
        {jobs_cancel,   "{\"job\":null}",                                                           "job"    },
        {jobs_start,    "{}",                                                                       "person" },
        {jobs_start,    START("sms",                                                                "null"),   "\"sms\" is not configured"},
        {jobs_start,             START("token",                                                                              "null"),                                                              "code"},
        {jobs_start,       START("token",                                                                                 "123456"),                    "code"},
        {jobs_start,
         START("token","\"0123456789012345678901234567890123456789012345678901234567890123456\""),
         "code"},
        {jobs_start,
         "{\"person\":\"alice\",\"driver\":\"push\",\"alert\":\"9f86\",\"title\":\"\","
         "\"description\":\"\"}",          "alert"                                                                                              },
        {jobs_start,
         "{\"person\":\"alice\",\"driver\":\"push\",\"alert\":\"" HASH "\",\"title\":\"\"}",
         "description"                                                           },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake_outcome_t outcome;
        rows[i].handler(rig->jobs, fake_call("b1", TIMEOUT_MS, rows[i].body, &outcome));
        s_assert_nack(&outcome, SB_EINVALID, rows[i].word);
    }
    assert_int_equal(script_push.started + script_token.started, 0);
}

static void the_end_of_the_daemon_cancels_what_is_open(void **state)
{
    rig_t *rig = *state;
    script_push.end_after_ms = SCRIPT_NEVER;
    script_token.can_after_ms = SCRIPT_NEVER;
    script_push.can = FACTOR_NONE;
    fake_outcome_t start;
    fake_outcome_t can;
    jobs_start(rig->jobs, fake_call("b1", TIMEOUT_MS, START("push", "null"), &start));
    jobs_can(rig->jobs, fake_call("b2", TIMEOUT_MS, "{\"person\":\"alice\"}", &can));
    fake_advance(100);
    assert_int_equal(jobs_len(rig->jobs), 2);
    jobs_destroy(&rig->jobs);
    jobs_destroy(&rig->jobs);
    assert_int_equal(script_push.cancelled, 1);
    assert_int_equal(script_token.cancelled, 1);
    s_assert_nack(&start, SB_ERETRY, "stopping");
    s_assert_nack(&can, SB_ERETRY, "stopping");
}

static void stats_count(void **state)
{
    rig_t *rig = *state;
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
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(can_chooses_the_first_factor_of_the_person),
        ROW(can_ends_before_its_deadline),
        ROW(a_typed_factor_answers_at_once),
        ROW(a_factor_that_waits_is_accepted_first),
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
