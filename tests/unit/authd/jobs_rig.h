/* jobs_rig.h: jobs over two scripted factors, "push" (waits for a person) and "token" (typed). */
#pragma once

#include "services/authd/jobs.h"
#include "tests/unit/authd/factor_script.h"
#include "tests/unit/authd/fake_call.h"
#include "tests/unit/authd/fake_world.h"

#define CAN(drivers, strength)                                                                     \
    "{\"person\":\"alice\",\"drivers\":" drivers ",\"strength\":\"" strength "\"}"
#define TRIED(names)                                                                               \
    "{\"person\":\"alice\",\"drivers\":[],\"tried\":" names ",\"strength\":\"code\"}"
#define TIMEOUT_MS 60000

/* What factor.can finds of push as it is scripted at first. */
#define FOUND_PUSH "{\"status\":\"ok\",\"driver\":\"push\",\"typed\":false,\"strength\":\"push\"}"

typedef struct {
    factors_t *factors;
    jobs_t *jobs;
} jobs_rig_t;

int jobs_rig_set_up(void **state);
int jobs_rig_tear_down(void **state);

/* What a call must have ended with; these free it. */
void jobs_rig_result(fake_outcome_t *outcome, const char *want);
void jobs_rig_nack(fake_outcome_t *outcome, int code, const char *word);
