/* authd_test.c: the real authd between a taskd and a botd that this program plays: the worker's
 * protocol, codes that prove once, a store that is away, and the end in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/factor_secret.h"
#include "lib/mem.h"
#include "lib/totp.h"
#include "proto/authd.h"
#include "tests/support/played_bus.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
static const char s_secret[] = "12345678901234567890";

typedef struct {
    played_bus_t bus;

    /* The one factor of the store: alice's. */
    char *sealed;
    int64_t last_step;
    char accepted_job[SB_ID_SIZE_MAX];
} rig_t;

/* ---- taskd. */

static const char *s_text(const cJSON *body, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, key));
    return text ? text : "";
}

static void s_on_get(void *ctx, sb_call_t *call)
{
    (void)ctx;
    cJSON *answer = sb_json_object();
    sb_json_add_bool(answer, "enrolled",
                     strcmp(s_text(sb_call_body(call), "person"), "alice") == 0);
    sb_json_add_int(answer, "locked_until_ms", 0);
    sb_call_result(&call, &answer);
}

static void s_on_attempt(void *ctx, sb_call_t *call)
{
    rig_t *rig = ctx;
    const bool again = strcmp(s_text(sb_call_body(call), "job"), rig->accepted_job) == 0;
    cJSON *answer = sb_json_object();
    sb_json_add_str(answer, "code", again ? "approved" : "ok");
    sb_json_add_str(answer, "secret", rig->sealed);
    sb_json_add_int(answer, "last_step", rig->last_step);
    sb_call_result(&call, &answer);
}

static void s_on_advance(void *ctx, sb_call_t *call)
{
    rig_t *rig = ctx;
    const cJSON *body = sb_call_body(call);
    const int64_t step =
        (int64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(body, "step"));
    const bool accepted = step > rig->last_step;
    if (accepted) {
        rig->last_step = step;
        (void)snprintf(rig->accepted_job, sizeof rig->accepted_job, "%s", s_text(body, "job"));
    }
    cJSON *answer = sb_json_object();
    sb_json_add_bool(answer, "accepted", accepted);
    sb_call_result(&call, &answer);
}

static const sb_route_t s_routes[] = {
    {"factor.get",     SB_ROLE_AUTHD, 4096, s_on_get    },
    {"factor.attempt", SB_ROLE_AUTHD, 4096, s_on_attempt},
    {"factor.advance", SB_ROLE_AUTHD, 4096, s_on_advance},
};

static int s_set_up(void **state)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    *state = rig;
    rig->last_step = -1;
    played_bus_open(&rig->bus, s_routes, sizeof s_routes / sizeof s_routes[0], rig);

    char *key_file = sb_format("%s/totp.key", rig->bus.folder);
    uint8_t key[SB_KEY_SIZE];
    sb_err_t err;
    assert_int_equal(sb_key_file_make(key_file, &err), SB_OK);
    assert_int_equal(sb_key_file_load(key_file, key, &err), SB_OK);
    rig->sealed = sb_totp_secret_seal(key, "alice", s_secret, strlen(s_secret));

    char *more = sb_format("totp: {key_file: %s}\n", key_file);
    played_bus_start(&rig->bus, SB_AUTHD, more);
    free(more);
    free(key_file);
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    played_bus_close(&rig->bus);
    free(rig->sealed);
    free(rig);
    return 0;
}

/* ---- Jobs. */

static played_job_t s_can(rig_t *rig, const char *id, const char *person)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    sb_json_add(body, "drivers", sb_json_array());
    sb_json_add_str(body, "strength", SB_STRENGTH_CODE);
    return played_bus_do(&rig->bus, id, SB_FACTOR_CAN, 10000, body);
}

static played_job_t s_start(rig_t *rig, const char *id, int64_t timeout_ms, const char *code)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", "alice");
    sb_json_add_str(body, "driver", "totp");
    sb_json_add_str(body, "alert", HASH);
    sb_json_add_str(body, "short", "9f86d0");
    sb_json_add_str(body, "strength", SB_STRENGTH_CODE);
    sb_json_add_str(body, "code", code);
    sb_json_add_str(body, "title", "sudo");
    sb_json_add_str(body, "description", "root on db1");
    return played_bus_do(&rig->bus, id, SB_FACTOR_START, timeout_ms, body);
}

static const char *s_code(void)
{
    static char code[SB_TOTP_DIGITS + 1];
    sb_totp_code(s_secret, strlen(s_secret), sb_totp_step(sb_clock_wall_ms() / 1000), code);
    return code;
}

static void s_assert_got(const played_job_t *got, const char *want)
{
    assert_int_equal(got->code, SB_OK);
    assert_string_equal(got->text, want);
}

#define APPROVED "{\"status\":\"approved\",\"driver\":\"totp\"}"
#define WRONG_CODE "{\"status\":\"wrong_code\",\"driver\":\"totp\"}"
#define UNAVAILABLE "{\"status\":\"unavailable\",\"driver\":\"totp\"}"

static void a_code_proves_once(void **state)
{
    rig_t *rig = *state;
    played_job_t got = s_can(rig, "b1", "alice");
    s_assert_got(&got,
                 "{\"status\":\"ok\",\"driver\":\"totp\",\"typed\":true,\"strength\":\"code\"}");
    got = s_can(rig, "b2", "bob");
    s_assert_got(&got, "{\"status\":\"no_factor\",\"driver\":null,\"typed\":false,"
                       "\"strength\":null}");
    got = s_start(rig, "b3", 10000, "12345");
    s_assert_got(&got, WRONG_CODE);
    char code[SB_TOTP_DIGITS + 1];
    (void)snprintf(code, sizeof code, "%s", s_code());
    got = s_start(rig, "b4", 10000, code);
    s_assert_got(&got, APPROVED);
    got = s_start(rig, "b5", 10000, code);
    s_assert_got(&got, WRONG_CODE);
    assert_string_equal(rig->accepted_job, "b4");
}

static void a_job_that_makes_no_sense_is_refused(void **state)
{
    rig_t *rig = *state;
    played_job_t got = s_start(rig, "b1", 10000, NULL);
    assert_int_equal(got.code, SB_EINVALID);
    bed_assert_in(got.text, "code");
    got = played_bus_do(&rig->bus, "b2", SB_FACTOR_CANCEL, 10000, sb_json_object());
    assert_int_equal(got.code, SB_EINVALID);
    got = played_bus_do(&rig->bus, "b3", "factor.forge", 10000, sb_json_object());
    assert_int_equal(got.code, SB_EUNKNOWN);
    got = s_start(rig, "b4", 10000, s_code());
    s_assert_got(&got, APPROVED);
}

static void a_check_asks_nobody(void **state)
{
    rig_t *rig = *state;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", "alice");
    const played_job_t got = played_bus_do(&rig->bus, "b1", SB_FACTOR_CHECK, 10000, body);
    s_assert_got(&got, "{\"drivers\":[{\"driver\":\"totp\",\"status\":\"ok\",\"strength\":\"code\","
                       "\"typed\":true,\"text\":\"would ask for a code in the chat\"}]}");
}

static void a_store_that_is_away_is_unavailable_in_time(void **state)
{
    rig_t *rig = *state;
    played_bus_taskd_leaves(&rig->bus);
    const int64_t start_ms = sb_clock_mono_ms();
    played_job_t got = s_start(rig, "b1", 2000, s_code());
    s_assert_got(&got, UNAVAILABLE);
    assert_in_range(sb_clock_mono_ms() - start_ms, 1000, 1999);
    played_bus_taskd_returns(&rig->bus);
    got = s_start(rig, "b2", 15000, s_code());
    s_assert_got(&got, APPROVED);
}

static void it_stops_when_it_is_told_to(void **state)
{
    rig_t *rig = *state;
    played_bus_stop(&rig->bus);
    assert_int_equal(sb_pool_workers(rig->bus.pool, SB_AUTHD), 0);
}

/* In the middle of a job: the job is given back, and the end comes all the same. */
static void it_stops_in_the_middle_of_a_job(void **state)
{
    rig_t *rig = *state;
    played_bus_taskd_leaves(&rig->bus);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", "alice");
    sb_json_add(body, "drivers", sb_json_array());
    sb_json_add_str(body, "strength", SB_STRENGTH_CODE);
    played_job_t got;
    played_bus_submit(&rig->bus, "b1", SB_FACTOR_CAN, 60000, body, &got);
    bed_run_ms(rig->bus.loop, 200);
    played_bus_stop(&rig->bus);
    assert_false(got.ended);
    assert_int_equal(sb_pool_jobs(rig->bus.pool), 1);
    assert_true(sb_pool_forget(rig->bus.pool, "b1"));
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_code_proves_once),          ROW(a_job_that_makes_no_sense_is_refused),
        ROW(a_check_asks_nobody),         ROW(a_store_that_is_away_is_unavailable_in_time),
        ROW(it_stops_when_it_is_told_to), ROW(it_stops_in_the_middle_of_a_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
