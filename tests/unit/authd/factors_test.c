#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "services/authd/factors.h"
#include "tests/unit/authd/factor_script.h"
#include "tests/unit/authd/fake_world.h"

static char s_push[] = "push";
static char s_token[] = "token";
static char s_sms[] = "sms";

static void every_status_has_its_word(void **state)
{
    (void)state;
    static const struct {
        factor_status_t status;
        const char *want;
    } rows[] = {
        {FACTOR_UNAVAILABLE,                    "unavailable"},
        {FACTOR_OK,                             "ok"         },
        {FACTOR_APPROVED,                       "approved"   },
        {FACTOR_WRONG_CODE,                     "wrong_code" },
        {FACTOR_REFUSED,                        "refused"    },
        {FACTOR_FRAUD,                          "fraud"      },
        {FACTOR_TIMEOUT,                        "timeout"    },
        {FACTOR_NONE,                           "no_factor"  },
        {FACTOR_LOCKED,                         "locked"     },
        {FACTOR_CANCELLED,                      "cancelled"  },
        {FACTOR_DENIED,                         "denied"     },
        {FACTOR_SUSPECT,                        "suspect"    },
        {(factor_status_t)(FACTOR_SUSPECT + 1), "unavailable"},
        {(factor_status_t)-1,                   "unavailable"},
        {(factor_status_t)0,                    "unavailable"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(factor_status_name(rows[i].status), rows[i].want);
        const bool known = (size_t)rows[i].status <= FACTOR_SUSPECT;
        assert_int_equal(factor_status_of(rows[i].want),
                         known ? rows[i].status : FACTOR_UNAVAILABLE);
    }
    assert_int_equal(factor_status_of("APPROVED"), FACTOR_UNAVAILABLE);
    assert_int_equal(factor_status_of(""), FACTOR_UNAVAILABLE);
}

static void every_strength_has_its_word(void **state)
{
    (void)state;
    assert_null(factor_strength_name(FACTOR_WEAKEST));
    assert_string_equal(factor_strength_name(FACTOR_CODE), "code");
    assert_string_equal(factor_strength_name(FACTOR_PUSH), "push");
    assert_string_equal(factor_strength_name(FACTOR_PASSKEY), "passkey");
    assert_null(factor_strength_name((factor_strength_t)FACTOR_STRENGTHS));
    assert_null(factor_strength_name((factor_strength_t)-1));
}

static void lists_of_factors(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        char *factors[4];
        bool broken;
        const char *want; /* what the error names; NULL: it is right */
    } rows[] = {
        {"one",                           {s_push},                  false, NULL                  },
        {"both, in this order",           {s_token, s_push},         false, NULL                  },
        {"none",                          {NULL},                    false, "none is listed"      },
        {"an unknown one",                {s_push, s_sms},           false, "\"sms\""             },
        {"one twice",                     {s_push, s_token, s_push}, false, "push is listed twice"},
        {"one that lacks something",      {s_token},                 true,  "a broken script"     },
        {"a broken one that is not used", {s_push},                  true,  NULL                  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script_reset();
        script_token.broken = rows[i].broken;
        authd_config_t config = {.factors = (char **)rows[i].factors};
        sb_err_t err;
        const int got = factors_check(script_drivers, &config, &err);
        if ((got == SB_OK) != !rows[i].want || (got && !strstr(err.text, rows[i].want))) {
            fail_msg("%s: %s", rows[i].name, got ? err.text : "it was taken");
        }
        const factor_env_t env = {.config = &config, .timers = fake_timers()};
        factors_t *factors = factors_new(script_drivers, &env, &err);
        assert_int_equal(factors != NULL, got == SB_OK);
        factors_destroy(&factors);
        factors_destroy(&factors);
        assert_int_equal(script_push.opened, script_push.closed);
        assert_int_equal(script_token.opened, script_token.closed);
    }
}

static void open_factors_keep_the_order_of_the_list(void **state)
{
    (void)state;
    script_reset();
    char *names[] = {s_token, s_push, NULL};
    authd_config_t config = {.factors = names};
    const factor_env_t env = {.config = &config, .timers = fake_timers()};
    sb_err_t err;
    factors_t *factors = factors_new(script_drivers, &env, &err);
    assert_non_null(factors);
    assert_int_equal(factors_len(factors), 2);
    assert_string_equal(factors_at(factors, 0)->driver->name, "token");
    assert_string_equal(factors_at(factors, 1)->driver->name, "push");
    assert_ptr_equal(factors_find(factors, "push"), factors_at(factors, 1));
    assert_null(factors_find(factors, "sms"));
    assert_null(factors_find(factors, ""));
    factors_destroy(&factors);
}

static void what_was_opened_before_a_failure_is_closed(void **state)
{
    (void)state;
    script_reset();
    script_token.shut = true;
    char *names[] = {s_push, s_token, NULL};
    authd_config_t config = {.factors = names};
    const factor_env_t env = {.config = &config, .timers = fake_timers()};
    sb_err_t err;
    assert_null(factors_new(script_drivers, &env, &err));
    assert_string_equal(err.text, "a shut script");
    assert_int_equal(script_push.opened, 1);
    assert_int_equal(script_push.closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_word),
        cmocka_unit_test(every_strength_has_its_word),
        cmocka_unit_test(lists_of_factors),
        cmocka_unit_test(open_factors_keep_the_order_of_the_list),
        cmocka_unit_test(what_was_opened_before_a_failure_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
