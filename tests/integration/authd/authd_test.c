/* authd_test.c: the real authd between a taskd and a botd that this program plays: the worker's
 * protocol, codes that prove once, a store that is away, and the end in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "lib/bus_pool.h"
#include "lib/clock.h"
#include "lib/factor_secret.h"
#include "lib/mem.h"
#include "lib/totp.h"
#include "proto/authd.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
static const char s_secret[] = "12345678901234567890";

typedef struct {
    char *keys_folder, *folder;
    zloop_t *loop;
    sb_keys_t *taskd_keys, *botd_keys;
    sb_server_t *taskd, *botd;
    char *taskd_endpoint;
    sb_pool_t *pool;
    pid_t authd;
    int exit_status;

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

static void s_open_taskd(rig_t *rig)
{
    sb_err_t err;
    rig->taskd = sb_server_new(rig->loop, rig->taskd_keys,
                               rig->taskd_endpoint ? rig->taskd_endpoint : bed_endpoint(), s_routes,
                               sizeof s_routes / sizeof s_routes[0], rig, &err);
    if (!rig->taskd) {
        fail_msg("%s", err.text);
    }
    free(rig->taskd_endpoint);
    rig->taskd_endpoint = sb_strdup(sb_server_endpoint(rig->taskd));
}

/* ---- authd. */

static void s_write_config(const rig_t *rig, const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "instance: a1\n"
                  "log: {level: warn}\n"
                  "keys: {dir: %s}\n"
                  "control: {endpoint: \"%s\"}\n"
                  "taskd: {endpoint: \"%s\"}\n"
                  "botd: {endpoints: [\"%s\"]}\n"
                  "totp: {key_file: %s/totp.key}\n",
                  rig->keys_folder, bed_endpoint(), rig->taskd_endpoint,
                  sb_server_endpoint(rig->botd), rig->folder);
    assert_int_equal(fclose(file), 0);
}

static bool s_is_worker(void *arg)
{
    const rig_t *rig = arg;
    return sb_pool_workers(rig->pool, SB_AUTHD) == 1;
}

static bool s_is_gone(void *arg)
{
    rig_t *rig = arg;
    return waitpid(rig->authd, &rig->exit_status, WNOHANG) == rig->authd;
}

static void s_start_authd(rig_t *rig)
{
    char *path = sb_format("%s/authd.yaml", rig->folder);
    s_write_config(rig, path);
    char *program = sb_format("%s/authd", getenv("SB_BIN"));
    rig->authd = fork();
    assert_true(rig->authd >= 0);
    if (rig->authd == 0) {
        (void)execl(program, program, "--config", path, NULL);
        _exit(127);
    }
    free(program);
    free(path);
    if (!bed_run(rig->loop, s_is_worker, rig)) {
        fail_msg("authd did not come");
    }
}

static int s_set_up(void **state)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    *state = rig;
    rig->loop = zloop_new();
    rig->keys_folder = bed_keys_folder();
    rig->folder = bed_folder();
    rig->taskd_keys = bed_keys(rig->keys_folder, SB_ROLE_TASKD);
    rig->botd_keys = bed_keys(rig->keys_folder, SB_ROLE_BOTD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(rig->taskd_keys, &err), SB_OK);
    s_open_taskd(rig);
    rig->botd = sb_server_new(rig->loop, rig->botd_keys, bed_endpoint(), NULL, 0, rig, &err);
    assert_non_null(rig->botd);
    rig->pool = sb_pool_new(rig->loop, rig->botd, 16);

    char *key_file = sb_format("%s/totp.key", rig->folder);
    uint8_t key[SB_KEY_SIZE];
    assert_int_equal(sb_key_file_make(key_file, &err), SB_OK);
    assert_int_equal(sb_key_file_load(key_file, key, &err), SB_OK);
    free(key_file);
    rig->sealed = sb_totp_secret_seal(key, "alice", s_secret, strlen(s_secret));
    rig->last_step = -1;
    s_start_authd(rig);
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    if (rig->authd) {
        (void)kill(rig->authd, SIGKILL);
        (void)waitpid(rig->authd, NULL, 0);
    }
    sb_pool_destroy(&rig->pool);
    sb_server_destroy(&rig->botd);
    sb_server_destroy(&rig->taskd);
    zloop_destroy(&rig->loop);
    sb_keys_destroy(&rig->botd_keys);
    sb_keys_destroy(&rig->taskd_keys);
    bed_remove(&rig->folder);
    bed_remove(&rig->keys_folder);
    free(rig->taskd_endpoint);
    free(rig->sealed);
    free(rig);
    return 0;
}

/* ---- Jobs. */

typedef struct {
    bool ended;
    int code;
    char text[SB_ERR_TEXT_MAX]; /* the result, or the NACK's text */
} got_t;

static void s_on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    got_t *got = arg;
    if (kind == SB_KIND_ACCEPT) {
        return;
    }
    got->ended = true;
    got->code = code;
    char *text = body ? sb_json_print(body) : sb_strdup(err->text);
    (void)snprintf(got->text, sizeof got->text, "%s", text);
    free(text);
}

static bool s_has_ended(void *arg)
{
    return ((got_t *)arg)->ended;
}

/* Gives authd a job and waits for its end. */
static got_t s_do(rig_t *rig, const char *id, const char *request, int64_t timeout_ms, cJSON *body)
{
    const sb_job_t job = {
        .id = id,
        .service = SB_AUTHD,
        .request = request,
        .try_timeout_ms = timeout_ms,
        .timeout_ms = timeout_ms,
        .epoch = 1,
    };
    got_t got = {0};
    sb_err_t err;
    assert_int_equal(sb_pool_submit(rig->pool, &job, &body, s_on_job, &got, &err), SB_OK);
    assert_true(bed_run(rig->loop, s_has_ended, &got));
    return got;
}

static got_t s_can(rig_t *rig, const char *id, const char *person)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    return s_do(rig, id, SB_FACTOR_CAN, 10000, body);
}

static got_t s_start(rig_t *rig, const char *id, int64_t timeout_ms, const char *code)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", "alice");
    sb_json_add_str(body, "driver", "totp");
    sb_json_add_str(body, "alert", HASH);
    sb_json_add_str(body, "code", code);
    sb_json_add_str(body, "title", "sudo");
    sb_json_add_str(body, "description", "root on db1");
    return s_do(rig, id, SB_FACTOR_START, timeout_ms, body);
}

static const char *s_code(void)
{
    static char code[SB_TOTP_DIGITS + 1];
    sb_totp_code(s_secret, strlen(s_secret), sb_totp_step(sb_clock_wall_ms() / 1000), code);
    return code;
}

static void s_assert_got(const got_t *got, const char *want)
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
    got_t got = s_can(rig, "b1", "alice");
    s_assert_got(&got, "{\"status\":\"ok\",\"driver\":\"totp\",\"typed\":true}");
    got = s_can(rig, "b2", "bob");
    s_assert_got(&got, "{\"status\":\"no_factor\",\"driver\":\"totp\",\"typed\":true}");
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
    got_t got = s_start(rig, "b1", 10000, NULL);
    assert_int_equal(got.code, SB_EINVALID);
    bed_assert_in(got.text, "code");
    got = s_do(rig, "b2", SB_FACTOR_CANCEL, 10000, sb_json_object());
    assert_int_equal(got.code, SB_EINVALID);
    got = s_do(rig, "b3", "factor.forge", 10000, sb_json_object());
    assert_int_equal(got.code, SB_EUNKNOWN);
    got = s_start(rig, "b4", 10000, s_code());
    s_assert_got(&got, APPROVED);
}

static void a_store_that_is_away_is_unavailable_in_time(void **state)
{
    rig_t *rig = *state;
    sb_server_destroy(&rig->taskd);
    const int64_t start_ms = sb_clock_mono_ms();
    got_t got = s_start(rig, "b1", 2000, s_code());
    s_assert_got(&got, UNAVAILABLE);
    assert_in_range(sb_clock_mono_ms() - start_ms, 1000, 1999);
    s_open_taskd(rig);
    got = s_start(rig, "b2", 15000, s_code());
    s_assert_got(&got, APPROVED);
}

static void it_stops_when_it_is_told_to(void **state)
{
    rig_t *rig = *state;
    assert_int_equal(kill(rig->authd, SIGTERM), 0);
    assert_true(bed_run(rig->loop, s_is_gone, rig));
    rig->authd = 0;
    assert_true(WIFEXITED(rig->exit_status));
    assert_int_equal(WEXITSTATUS(rig->exit_status), 0);
    assert_int_equal(sb_pool_workers(rig->pool, SB_AUTHD), 0);
}

/* In the middle of a job: the job is given back, and the end comes all the same. */
static void it_stops_in_the_middle_of_a_job(void **state)
{
    rig_t *rig = *state;
    sb_server_destroy(&rig->taskd);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", "alice");
    const sb_job_t job = {.id = "b1",
                          .service = SB_AUTHD,
                          .request = SB_FACTOR_CAN,
                          .try_timeout_ms = 60000,
                          .timeout_ms = 60000,
                          .epoch = 1};
    got_t got = {0};
    sb_err_t err;
    assert_int_equal(sb_pool_submit(rig->pool, &job, &body, s_on_job, &got, &err), SB_OK);
    bed_run_ms(rig->loop, 200);
    assert_int_equal(kill(rig->authd, SIGTERM), 0);
    assert_true(bed_run(rig->loop, s_is_gone, rig));
    rig->authd = 0;
    assert_true(WIFEXITED(rig->exit_status));
    assert_int_equal(WEXITSTATUS(rig->exit_status), 0);
    assert_false(got.ended);
    assert_int_equal(sb_pool_jobs(rig->pool), 1);
    assert_true(sb_pool_forget(rig->pool, "b1"));
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_code_proves_once),
        ROW(a_job_that_makes_no_sense_is_refused),
        ROW(a_store_that_is_away_is_unavailable_in_time),
        ROW(it_stops_when_it_is_told_to),
        ROW(it_stops_in_the_middle_of_a_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
