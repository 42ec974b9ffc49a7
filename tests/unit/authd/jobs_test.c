/* jobs_test.c: jobs over two scripted factors, "push" (waits for a person) and "token" (typed). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/authd.h"
#include "services/authd/jobs.h"
#include "tests/unit/authd/factor_script.h"
#include "tests/unit/authd/fake_call.h"
#include "tests/unit/authd/fake_world.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define START(driver, code)                                                                        \
    "{\"person\":\"alice\",\"driver\":\"" driver "\",\"alert\":\"" HASH "\",\"code\":" code        \
    ",\"short\":\"9f86d0\",\"strength\":\"code\",\"title\":\"sudo\","                              \
    "\"description\":\"root on db1\",\"reason\":null}"
#define CAN(drivers, strength)                                                                     \
    "{\"person\":\"alice\",\"drivers\":" drivers ",\"strength\":\"" strength "\"}"
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

#define FOUND_PUSH "{\"status\":\"ok\",\"driver\":\"push\",\"typed\":false,\"strength\":\"push\"}"
#define FOUND_CALL "{\"status\":\"ok\",\"driver\":\"push\",\"typed\":false,\"strength\":\"code\"}"
#define FOUND_TOKEN "{\"status\":\"ok\",\"driver\":\"token\",\"typed\":true,\"strength\":\"code\"}"
#define FOUND_END(status, driver)                                                                  \
    "{\"status\":\"" status "\",\"driver\":" driver ",\"typed\":false,\"strength\":null}"
#define FOUND_NONE FOUND_END("no_factor", "null")
#define FOUND_AWAY FOUND_END("unavailable", "null")
#define FOUND_LOCKED FOUND_END("locked", "\"push\"")
#define FOUND_DENIED FOUND_END("denied", "\"push\"")

typedef struct {
    const char *name;
    factor_status_t push, token;
    factor_strength_t push_strength;
    const char *body, *want;
    int push_asked, token_asked;
} can_row_t;

static void s_assert_can(rig_t *rig, const can_row_t *row)
{
    script_push.can = row->push;
    script_push.strength = row->push_strength;
    script_token.can = row->token;
    script_push.asked = 0;
    script_token.asked = 0;
    fake_outcome_t outcome;
    jobs_can(rig->jobs, fake_call("b1", TIMEOUT_MS, row->body, &outcome));
    fake_advance(100);
    if (!outcome.result || strcmp(outcome.result, row->want) != 0 ||
        script_push.asked != row->push_asked || script_token.asked != row->token_asked) {
        fail_msg("%s: %s, asked %d and %d", row->name,
                 outcome.result ? outcome.result : outcome.error, script_push.asked,
                 script_token.asked);
    }
    fake_outcome_free(&outcome);
}

#define OK FACTOR_OK
#define NONE FACTOR_NONE
#define AWAY FACTOR_UNAVAILABLE
#define LOCKED FACTOR_LOCKED
#define DENIED FACTOR_DENIED
#define ALL CAN("[]", "code")
#define TOKEN_FIRST CAN("[\"token\",\"push\"]", "code")
#define TOKEN_ONLY CAN("[\"token\"]", "code")
#define SMS_FIRST CAN("[\"sms\",\"push\"]", "code")
#define SMS_ONLY CAN("[\"sms\"]", "code")

#define TRIED(names)                                                                               \
    "{\"person\":\"alice\",\"drivers\":[],\"tried\":" names ",\"strength\":\"code\"}"
#define PUSH_TRIED TRIED("[\"push\"]")
#define BOTH_TRIED TRIED("[\"push\",\"token\"]")

static void can_chooses_the_first_factor_of_the_person(void **state)
{
    /* clang-format off */
    static const can_row_t rows[] = {
        {"the first", OK, OK, FACTOR_PUSH, ALL, FOUND_PUSH, 1, 0},
        {"the second", NONE, OK, FACTOR_PUSH, ALL, FOUND_TOKEN, 1, 1},
        {"none", NONE, NONE, FACTOR_PUSH, ALL, FOUND_NONE, 1, 1},
        {"a lock is not got round", LOCKED, OK, FACTOR_PUSH, ALL, FOUND_LOCKED, 1, 0},
        {"nor an account that is shut", DENIED, OK, FACTOR_PUSH, ALL, FOUND_DENIED, 1, 0},
        {"who is away is passed over", AWAY, OK, FACTOR_PUSH, ALL, FOUND_TOKEN, 1, 1},
        {"but not forgotten", AWAY, NONE, FACTOR_PUSH, ALL, FOUND_AWAY, 1, 1},
        {"also as the last", NONE, AWAY, FACTOR_PUSH, ALL, FOUND_AWAY, 1, 1},
        {"nonsense is away", FACTOR_APPROVED, NONE, FACTOR_PUSH, ALL, FOUND_AWAY, 1, 1},
        {"in the order of the list", OK, OK, FACTOR_PUSH, TOKEN_FIRST, FOUND_TOKEN, 0, 1},
        {"only those of the list", OK, NONE, FACTOR_PUSH, TOKEN_ONLY, FOUND_NONE, 0, 1},
        {"what is not configured", OK, OK, FACTOR_PUSH, SMS_FIRST, FOUND_PUSH, 1, 0},
        {"what was tried already", OK, OK, FACTOR_PUSH, PUSH_TRIED, FOUND_TOKEN, 0, 1},
        {"it was away", OK, NONE, FACTOR_PUSH, PUSH_TRIED, FOUND_AWAY, 0, 1},
        {"all were tried", OK, OK, FACTOR_PUSH, BOTH_TRIED, FOUND_AWAY, 0, 0},
        {"nothing is configured", OK, OK, FACTOR_PUSH, SMS_ONLY, FOUND_NONE, 0, 0},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_assert_can(*state, &rows[i]);
        assert_true(!script_push.asked || !strcmp(script_push.last_person, "alice"));
    }
}

#define PUSH CAN("[]", "push")
#define PUSH_TOKEN_FIRST CAN("[\"token\",\"push\"]", "push")
#define PASSKEY CAN("[]", "passkey")

static void can_never_goes_below_the_strength(void **state)
{
    /* clang-format off */
    static const can_row_t rows[] = {
        {"the stronger is taken", OK, OK, FACTOR_PUSH, PUSH_TOKEN_FIRST, FOUND_PUSH, 1, 0},
        {"this person's push is none", OK, OK, FACTOR_CODE, PUSH, FOUND_NONE, 1, 0},
        {"but it is a code", OK, OK, FACTOR_CODE, ALL, FOUND_CALL, 1, 0},
        {"of no strength", OK, NONE, FACTOR_WEAKEST, ALL, FOUND_NONE, 1, 1},
        {"nobody is that strong", OK, OK, FACTOR_PUSH, PASSKEY, FOUND_NONE, 0, 0},
        {"away is no reason for a code", AWAY, OK, FACTOR_PUSH, PUSH, FOUND_AWAY, 1, 0},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_assert_can(*state, &rows[i]);
    }
}

/* Two that hang share the time; one that hangs leaves the other its share. */
static void can_passes_over_who_hangs(void **state)
{
    rig_t *rig = *state;
    script_push.can_after_ms = SCRIPT_NEVER;
    const int64_t start_ms = fake_now_ms();
    fake_outcome_t outcome;
    jobs_can(rig->jobs, fake_call("b1", 5000, ALL, &outcome));
    assert_int_equal(script_push.last_left_ms, (5000 - JOBS_MARGIN_MS) / 2);
    fake_advance(10000);
    assert_int_equal(outcome.ended_ms, start_ms + (5000 - JOBS_MARGIN_MS) / 2 + 5);
    s_assert_result(&outcome, FOUND_TOKEN);
    assert_int_equal(script_push.cancelled, 1);
    assert_int_equal(script_push.last_why, FACTOR_WITHDRAW);

    script_token.can_after_ms = SCRIPT_NEVER;
    const int64_t again_ms = fake_now_ms();
    jobs_can(rig->jobs, fake_call("b2", 5000, ALL, &outcome));
    fake_advance(10000);
    assert_int_equal(outcome.ended_ms, again_ms + 5000 - JOBS_MARGIN_MS);
    s_assert_result(&outcome, FOUND_AWAY);
    assert_int_equal(script_token.cancelled, 1);
}

/* ---- factor.check. */

static void check_tells_what_each_would_do(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *name;
        factor_status_t status;
        const char *text, *want;
    } rows[] = {
        {"ok, in its own words", OK,            "would ring",
         "\"ok\",\"strength\":\"push\",\"typed\":false,\"text\":\"would ring\""        },
        {"ok",                   OK,            NULL,
         "\"ok\",\"strength\":\"push\",\"typed\":false,\"text\":\"would be asked\""    },
        {"none",                 NONE,          NULL,
         "\"no_factor\",\"strength\":null,\"typed\":false,\"text\":\"is not enrolled\""},
        {"locked",               FACTOR_LOCKED, NULL,
         "\"locked\",\"strength\":null,\"typed\":false,"
         "\"text\":\"is locked for a while after too many wrong codes\""               },
        {"denied",               FACTOR_DENIED, NULL,
         "\"denied\",\"strength\":null,\"typed\":false,"
         "\"text\":\"the provider refuses this account\""                              },
        {"away",                 AWAY,          NULL,
         "\"unavailable\",\"strength\":null,\"typed\":false,"
         "\"text\":\"can't be asked: the provider or the store is away\""              },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script_push.can = rows[i].status;
        script_push.text = rows[i].text;
        char want[512];
        (void)snprintf(want, sizeof want,
                       "{\"drivers\":[{\"driver\":\"push\",\"status\":%s},{\"driver\":\"token\","
                       "\"status\":\"ok\",\"strength\":\"code\",\"typed\":true,"
                       "\"text\":\"would be asked\"}]}",
                       rows[i].want);
        fake_outcome_t outcome;
        jobs_check(rig->jobs, fake_call("c1", TIMEOUT_MS, "{\"person\":\"alice\"}", &outcome));
        fake_advance(100);
        s_assert_result(&outcome, want);
    }
    assert_int_equal(script_push.started + script_token.started, 0);
}

static void check_does_not_wait_for_who_hangs(void **state)
{
    rig_t *rig = *state;
    script_push.can_after_ms = SCRIPT_NEVER;
    fake_outcome_t outcome;
    jobs_check(rig->jobs, fake_call("c1", 5000, "{\"person\":\"alice\"}", &outcome));
    fake_advance(5000);
    assert_non_null(outcome.result);
    assert_non_null(strstr(outcome.result, "\"text\":\"did not answer in time\""));
    assert_non_null(strstr(outcome.result, "\"driver\":\"token\",\"status\":\"ok\""));
    fake_outcome_free(&outcome);
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
    assert_string_equal(outcome.accept, "{\"transaction\":\"tx-1\",\"show\":null}");
    assert_null(outcome.result);
    fake_advance(39979);
    assert_null(outcome.result);
    fake_advance(1);
    s_assert_result(&outcome, "{\"status\":\"approved\",\"driver\":\"push\"}");
}

static void what_is_to_be_shown_is_told(void **state)
{
    rig_t *rig = *state;
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
    rig_t *rig = *state;
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
        s_assert_result(&outcome, want);
        assert_int_equal(script_push.started + script_token.started, rows[i].started);
    }
    assert_int_equal(script_push.last_strength, FACTOR_PUSH);
}

/* A job that is handed out again: the driver is told, and its silence is the person's. */
static void a_job_again_goes_on_with_its_transaction(void **state)
{
    rig_t *rig = *state;
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
        s_assert_result(&outcome, want);
        assert_int_equal(script_push.last_why, FACTOR_WITHDRAW);
    }
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
    assert_string_equal(outcome.accept, "{\"transaction\":null,\"show\":null}");
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
    jobs_can(rig->jobs, fake_call("b10", 5000, CAN("[]", "code"), &can));
    jobs_cancel(rig->jobs, fake_call("b11", 5000, "{\"job\":\"b10\"}", &cancel));
    s_assert_result(&cancel, "{}");
    fake_advance(100);
    s_assert_result(&can, FOUND_PUSH);
    assert_int_equal(script_push.cancelled, 1);
}

/* ---- What is wrong. */

static void bodies_that_are_wrong_are_refused(void **state)
{
    rig_t *rig = *state;
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
    jobs_can(rig->jobs, fake_call("b2", TIMEOUT_MS, CAN("[]", "code"), &can));
    fake_advance(100);
    assert_int_equal(jobs_len(rig->jobs), 2);
    jobs_destroy(&rig->jobs);
    jobs_destroy(&rig->jobs);
    assert_int_equal(script_push.cancelled, 1);
    assert_int_equal(script_push.last_why, FACTOR_DROP);
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
        ROW(can_never_goes_below_the_strength),
        ROW(can_passes_over_who_hangs),
        ROW(check_tells_what_each_would_do),
        ROW(check_does_not_wait_for_who_hangs),
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
