#include "tests/unit/authd/jobs_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

int jobs_rig_set_up(void **state)
{
    static char push[] = "push";
    static char token[] = "token";
    static char *names[] = {push, token, NULL};
    static authd_config_t config;
    config.factors = names;
    fake_reset();
    script_reset();
    jobs_rig_t *rig = sb_alloc(sizeof *rig);
    const factor_env_t env = {.config = &config, .timers = fake_timers()};
    sb_err_t err;
    rig->factors = factors_new(script_drivers, &env, &err);
    assert_non_null(rig->factors);
    rig->jobs = jobs_new(rig->factors, fake_timers());
    *state = rig;
    return 0;
}

int jobs_rig_tear_down(void **state)
{
    jobs_rig_t *rig = *state;
    if (rig->jobs) {
        assert_int_equal(jobs_len(rig->jobs), 0);
    }
    jobs_destroy(&rig->jobs);
    factors_destroy(&rig->factors);
    fake_end();
    free(rig);
    return 0;
}

void jobs_rig_result(fake_outcome_t *outcome, const char *want)
{
    assert_int_equal(outcome->code, SB_OK);
    assert_non_null(outcome->result);
    assert_string_equal(outcome->result, want);
    fake_outcome_free(outcome);
}

void jobs_rig_nack(fake_outcome_t *outcome, int code, const char *word)
{
    assert_int_equal(outcome->code, code);
    if (!strstr(outcome->error, word)) {
        fail_msg("\"%s\" does not name %s", outcome->error, word);
    }
    fake_outcome_free(outcome);
}
