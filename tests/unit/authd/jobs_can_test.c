/* jobs_can_test.c: who is chosen, and what each would do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "proto/authd.h"
#include "tests/unit/authd/jobs_rig.h"

/* ---- factor.can. */

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

static void s_assert_can(jobs_rig_t *rig, const can_row_t *row)
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
    jobs_rig_t *rig = *state;
    script_push.can_after_ms = SCRIPT_NEVER;
    const int64_t start_ms = fake_now_ms();
    fake_outcome_t outcome;
    jobs_can(rig->jobs, fake_call("b1", 5000, ALL, &outcome));
    assert_int_equal(script_push.last_left_ms, (5000 - JOBS_MARGIN_MS) / 2);
    fake_advance(10000);
    assert_int_equal(outcome.ended_ms, start_ms + (5000 - JOBS_MARGIN_MS) / 2 + 5);
    jobs_rig_result(&outcome, FOUND_TOKEN);
    assert_int_equal(script_push.cancelled, 1);
    assert_int_equal(script_push.last_why, FACTOR_WITHDRAW);

    script_token.can_after_ms = SCRIPT_NEVER;
    const int64_t again_ms = fake_now_ms();
    jobs_can(rig->jobs, fake_call("b2", 5000, ALL, &outcome));
    fake_advance(10000);
    assert_int_equal(outcome.ended_ms, again_ms + 5000 - JOBS_MARGIN_MS);
    jobs_rig_result(&outcome, FOUND_AWAY);
    assert_int_equal(script_token.cancelled, 1);
}

/* ---- factor.check. */

static void check_tells_what_each_would_do(void **state)
{
    jobs_rig_t *rig = *state;
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
        jobs_rig_result(&outcome, want);
    }
    assert_int_equal(script_push.started + script_token.started, 0);
}

static void check_does_not_wait_for_who_hangs(void **state)
{
    jobs_rig_t *rig = *state;
    script_push.can_after_ms = SCRIPT_NEVER;
    fake_outcome_t outcome;
    jobs_check(rig->jobs, fake_call("c1", 5000, "{\"person\":\"alice\"}", &outcome));
    fake_advance(5000);
    assert_non_null(outcome.result);
    assert_non_null(strstr(outcome.result, "\"text\":\"did not answer in time\""));
    assert_non_null(strstr(outcome.result, "\"driver\":\"token\",\"status\":\"ok\""));
    fake_outcome_free(&outcome);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, jobs_rig_set_up, jobs_rig_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(can_chooses_the_first_factor_of_the_person),
        ROW(can_never_goes_below_the_strength),
        ROW(can_passes_over_who_hangs),
        ROW(check_tells_what_each_would_do),
        ROW(check_does_not_wait_for_who_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
