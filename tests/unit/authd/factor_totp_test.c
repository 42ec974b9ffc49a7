/* factor_totp_test.c: the driver against a store in memory, with the codes of RFC 6238's secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/factor_secret.h"
#include "lib/totp.h"
#include "proto/taskd.h"
#include "services/authd/factor_totp.h"
#include "services/authd/pages.h"
#include "tests/unit/authd/fake_pages.h"
#include "tests/unit/authd/fake_world.h"

static const char s_secret[] = "12345678901234567890";

typedef struct {
    char key_file[256];
    authd_config_t config;
    uint8_t key[SB_KEY_SIZE];
    factor_env_t env;
    void *driver;
    int ended;
    factor_status_t status;
    char link[128];
} rig_t;

static void s_on_done(void *arg, factor_status_t status)
{
    rig_t *rig = arg;
    rig->ended++;
    rig->status = status;
}

static void s_on_found(void *arg, const factor_found_t *found)
{
    rig_t *rig = arg;
    rig->ended++;
    rig->status = found->status;
    if (found->status == FACTOR_OK) {
        assert_int_equal(found->strength, FACTOR_CODE);
        assert_int_equal(found->typed, !rig->env.pages);
        assert_non_null(strstr(found->text, rig->env.pages ? "page" : "in the chat"));
    }
}

static int s_set_up(void **state)
{
    fake_reset();
    rig_t *rig = calloc(1, sizeof *rig);
    (void)snprintf(rig->key_file, sizeof rig->key_file, "%s/factor_totp_test_%ld.key",
                   SB_BINARY_DIR, (long)getpid());
    sb_err_t err;
    assert_int_equal(sb_key_file_make(rig->key_file, &err), SB_OK);
    assert_int_equal(sb_key_file_load(rig->key_file, rig->key, &err), SB_OK);
    rig->config.totp_key_file = rig->key_file;
    rig->env = (factor_env_t){.config = &rig->config,
                              .store = store_new(fake_client(), fake_timers()),
                              .timers = fake_timers()};
    assert_int_equal(factor_totp.check(&rig->config, &err), SB_OK);
    rig->driver = factor_totp.open(&rig->env, &err);
    assert_non_null(rig->driver);
    fake_taskd.factor.person = "alice";
    fake_taskd.factor.driver = "totp";
    fake_taskd.factor.secret = sb_totp_secret_seal(rig->key, "alice", s_secret, strlen(s_secret));
    *state = rig;
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    fake_end();
    factor_totp.close(&rig->driver);
    factor_totp.close(&rig->driver);
    store_destroy(&rig->env.store);
    assert_int_equal(unlink(rig->key_file), 0);
    free(rig);
    return 0;
}

static const char *s_code(int64_t steps_off)
{
    static char code[SB_TOTP_DIGITS + 1];
    sb_totp_code(s_secret, strlen(s_secret), sb_totp_step(sb_clock_wall_ms() / 1000) + steps_off,
                 code);
    return code;
}

static void s_on_accepted(void *arg, const char *transaction, const char *show_kind,
                          const char *show_text)
{
    rig_t *rig = arg;
    assert_null(transaction);
    assert_string_equal(show_kind, "link");
    (void)snprintf(rig->link, sizeof rig->link, "%s", show_text);
}

/* The request lives as long as the work, as jobs.c keeps it. */
static void *s_start(rig_t *rig, factor_request_t *request, const char *job, const char *code)
{
    *request = (factor_request_t){
        .job = job,
        .person = "alice",
        .alert = "00",
        .code = code,
        .title = "",
        .description = "",
        .left_ms = 120000,
    };
    const factor_events_t events = {.accepted = s_on_accepted, .done = s_on_done, .arg = rig};
    rig->ended = 0;
    void *work = factor_totp.start(rig->driver, request, &events);
    assert_int_equal(rig->ended, 0);
    return work;
}

/* Runs a whole attempt in at most ms. */
static void s_assert_start(rig_t *rig, const char *job, const char *code, factor_status_t want)
{
    factor_request_t request;
    (void)s_start(rig, &request, job, code);
    fake_advance(1000);
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, want);
}

static void s_assert_can(rig_t *rig, const char *person, factor_status_t want)
{
    const factor_request_t request = {.job = "c1", .person = person};
    const factor_events_t events = {.found = s_on_found, .arg = rig};
    rig->ended = 0;
    (void)factor_totp.can(rig->driver, &request, &events);
    assert_int_equal(rig->ended, 0);
    fake_advance(1000);
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, want);
}

/* ---- can. */

static void can_tells_enrolled_none_and_locked(void **state)
{
    rig_t *rig = *state;
    s_assert_can(rig, "alice", FACTOR_OK);
    s_assert_can(rig, "bob", FACTOR_NONE);
    fake_taskd.factor.locked_until_ms = sb_clock_wall_ms() + 2000;
    s_assert_can(rig, "alice", FACTOR_LOCKED);
    fake_advance(2000);
    s_assert_can(rig, "alice", FACTOR_OK);
}

/* ---- start. */

static void a_right_code_is_approved(void **state)
{
    rig_t *rig = *state;
    s_assert_start(rig, "j1", s_code(0), FACTOR_APPROVED);
    assert_int_equal(fake_taskd.factor.last_step, sb_totp_step(sb_clock_wall_ms() / 1000));
    assert_string_equal(fake_taskd.factor.accepted_job, "j1");
    assert_int_equal(fake_taskd.factor.misses, 0);
}

static void clocks_may_be_one_step_off(void **state)
{
    rig_t *rig = *state;
    s_assert_start(rig, "j1", s_code(-2), FACTOR_WRONG_CODE);
    s_assert_start(rig, "j2", s_code(2), FACTOR_WRONG_CODE);
    s_assert_start(rig, "j3", s_code(-1), FACTOR_APPROVED);
    s_assert_start(rig, "j4", s_code(1), FACTOR_APPROVED);
}

static void a_code_serves_once(void **state)
{
    rig_t *rig = *state;
    char code[SB_TOTP_DIGITS + 1];
    (void)snprintf(code, sizeof code, "%s", s_code(0));
    s_assert_start(rig, "j1", code, FACTOR_APPROVED);
    s_assert_start(rig, "j2", code, FACTOR_WRONG_CODE);
    s_assert_start(rig, "j3", s_code(-1), FACTOR_WRONG_CODE); /* older than what was used */
    fake_advance(30000);
    s_assert_start(rig, "j4", s_code(0), FACTOR_APPROVED);
}

static void the_same_job_again_is_approved_again(void **state)
{
    rig_t *rig = *state;
    s_assert_start(rig, "j1", s_code(0), FACTOR_APPROVED);
    s_assert_start(rig, "j1", s_code(0), FACTOR_APPROVED);
    fake_advance(600000);
    s_assert_start(rig, "j1", "000000", FACTOR_APPROVED);
}

static void one_code_in_two_jobs_at_once_serves_one(void **state)
{
    rig_t *rig = *state;
    rig_t other = *rig; /* another result, the same driver */
    factor_request_t first;
    factor_request_t second;
    const char *code = s_code(0);
    (void)s_start(rig, &first, "j1", code);
    (void)s_start(&other, &second, "j2", code);
    fake_advance(1000);
    assert_int_equal(rig->ended + other.ended, 2);
    assert_int_equal(rig->status, FACTOR_APPROVED);
    assert_int_equal(other.status, FACTOR_WRONG_CODE);
}

static void guesses_end_in_a_lock_that_the_right_code_does_not_open(void **state)
{
    rig_t *rig = *state;
    char job[16];
    for (int i = 0; i < SB_FACTOR_MISSES_MAX; i++) {
        (void)snprintf(job, sizeof job, "j%d", i);
        s_assert_start(rig, job, "12345", FACTOR_WRONG_CODE);
    }
    s_assert_start(rig, "k1", s_code(0), FACTOR_LOCKED);
    s_assert_can(rig, "alice", FACTOR_LOCKED);
    fake_advance(SB_FACTOR_LOCK_MS);
    s_assert_start(rig, "k2", s_code(0), FACTOR_APPROVED);
}

static void the_last_attempt_before_the_lock_may_still_be_right(void **state)
{
    rig_t *rig = *state;
    fake_taskd.factor.misses = SB_FACTOR_MISSES_MAX - 1;
    s_assert_start(rig, "j1", s_code(0), FACTOR_APPROVED);
    s_assert_can(rig, "alice", FACTOR_OK);
}

static void nobody_enrolled_is_no_factor(void **state)
{
    rig_t *rig = *state;
    fake_taskd.factor.person = NULL;
    s_assert_start(rig, "j1", s_code(0), FACTOR_NONE);
}

static void secrets_that_do_not_open_are_unavailable(void **state)
{
    rig_t *rig = *state;
    char *sealed = fake_taskd.factor.secret;
    static const uint8_t other_key[SB_KEY_SIZE] = {1};
    char *rows[] = {
        sb_totp_secret_seal(rig->key, "bob", s_secret, strlen(s_secret)), /* moved row */
        sb_totp_secret_seal(other_key, "alice", s_secret, strlen(s_secret)),
        sb_base64("v1 cut short", 12),
        strdup("no base 64"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char job[16];
        (void)snprintf(job, sizeof job, "j%zu", i);
        fake_taskd.factor.secret = rows[i];
        fake_taskd.factor.misses = 0;
        s_assert_start(rig, job, s_code(0), FACTOR_UNAVAILABLE);
        assert_int_equal(fake_errors, i + 1);
        assert_non_null(strstr(fake_error, "wrong totp.key_file or a damaged row"));
        free(rows[i]);
    }
    fake_taskd.factor.secret = sealed;
    assert_int_equal(fake_taskd.factor.last_step, -1);
}

/* ---- The store in trouble. */

static void a_store_that_comes_back_in_time_costs_nothing(void **state)
{
    rig_t *rig = *state;
    factor_request_t request;
    fake_taskd.mode = FAKE_AWAY;
    const char *code = s_code(0);
    (void)s_start(rig, &request, "j1", code);
    fake_advance(10000);
    assert_int_equal(rig->ended, 0);
    fake_taskd.mode = FAKE_UP;
    fake_advance(2000);
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, FACTOR_APPROVED);
}

static void lost_answers_neither_cost_an_attempt_nor_refuse_a_code(void **state)
{
    rig_t *rig = *state;
    factor_request_t request;
    const char *code = s_code(0);
    (void)s_start(rig, &request, "j1", code);
    fake_taskd.mode = FAKE_FORGETFUL; /* of factor.attempt */
    fake_advance(STORE_TRY_MS);
    assert_string_equal(fake_taskd.last_request, "factor.attempt");
    fake_taskd.mode = FAKE_UP;
    while (strcmp(fake_taskd.last_request, "factor.advance") != 0) {
        fake_advance(1);
    }
    fake_taskd.mode = FAKE_FORGETFUL; /* of factor.advance */
    fake_advance(STORE_TRY_MS);
    assert_string_equal(fake_taskd.factor.accepted_job, "j1");
    assert_int_equal(rig->ended, 0);
    fake_taskd.mode = FAKE_UP;
    fake_advance(1000);
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, FACTOR_APPROVED);
    assert_int_equal(fake_taskd.factor.misses, 0);
}

static void refusals_and_nonsense_are_unavailable(void **state)
{
    rig_t *rig = *state;
    fake_taskd.mode = FAKE_REFUSING;
    s_assert_can(rig, "alice", FACTOR_UNAVAILABLE);
    s_assert_start(rig, "j1", s_code(0), FACTOR_UNAVAILABLE);
    assert_int_equal(fake_errors, 2);
    static const char *const answers[] = {
        "{}",
        "{\"enrolled\":\"yes\",\"code\":\"APPROVED\",\"accepted\":1}",
        "{\"code\":\"yes\"}",
        "{\"code\":\"ok\"}",
        "{\"code\":\"ok\",\"secret\":null,\"last_step\":0}",
        "{\"code\":\"ok\",\"secret\":\"AAAA\",\"last_step\":\"0\"}",
        "{\"code\":\"ok\",\"secret\":\"AAAA\",\"last_step\":-2}",
    };
    fake_taskd.mode = FAKE_ANSWERING;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        fake_taskd.answer = answers[i];
        s_assert_can(rig, "alice", FACTOR_UNAVAILABLE);
        s_assert_start(rig, "j2", s_code(0), FACTOR_UNAVAILABLE);
    }
}

/* What follows factor.attempt fails: nothing but a clear "accepted" approves. */
static void a_step_that_is_not_surely_accepted_is_not_approved(void **state)
{
    rig_t *rig = *state;
    static const struct {
        fake_mode_t mode;
        const char *answer;
        factor_status_t want;
    } rows[] = {
        {FAKE_REFUSING,  NULL,                      FACTOR_UNAVAILABLE},
        {FAKE_ANSWERING, "{}",                      FACTOR_UNAVAILABLE},
        {FAKE_ANSWERING, "{\"accepted\":\"true\"}", FACTOR_UNAVAILABLE},
        {FAKE_ANSWERING, "{\"accepted\":false}",    FACTOR_WRONG_CODE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        factor_request_t request;
        char job[16];
        (void)snprintf(job, sizeof job, "j%zu", i);
        fake_taskd.mode = FAKE_UP;
        fake_taskd.calls = 0;
        (void)s_start(rig, &request, job, s_code(0));
        while (fake_taskd.calls < 2) {
            fake_advance(1);
        }
        fake_taskd.mode = rows[i].mode;
        fake_taskd.answer = rows[i].answer;
        fake_advance(1000);
        assert_int_equal(rig->ended, 1);
        assert_int_equal(rig->status, rows[i].want);
    }
}

static void cancelled_work_reports_nothing(void **state)
{
    rig_t *rig = *state;
    static const struct {
        fake_mode_t mode;
        int64_t after_ms;
    } rows[] = {
        {FAKE_UP,     0                  }, /* factor.attempt on its way */
        {FAKE_UP,     FAKE_LATENCY_MS    }, /* factor.advance on its way */
        {FAKE_AWAY,   FAKE_LATENCY_MS + 1}, /* between two tries */
        {FAKE_SILENT, STORE_TRY_MS * 3   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        factor_request_t request;
        fake_taskd.mode = rows[i].mode;
        void *work = s_start(rig, &request, "j1", s_code(0));
        fake_advance(rows[i].after_ms);
        factor_totp.cancel(rig->driver, work, FACTOR_WITHDRAW);
        memset(&request, 0, sizeof request); /* not looked at any more */
        fake_taskd.mode = FAKE_UP;
        fake_advance(60000);
        assert_int_equal(rig->ended, 0);
    }
    const factor_request_t request = {.job = "c1", .person = "alice"};
    const factor_events_t events = {.found = s_on_found, .arg = rig};
    void *work = factor_totp.can(rig->driver, &request, &events);
    factor_totp.cancel(rig->driver, work, FACTOR_WITHDRAW);
    fake_advance(1000);
    assert_int_equal(rig->ended, 0);
}

/* ---- On the page. */

static char s_url[] = "https://confirm.example.com";

static int s_set_up_page(void **state)
{
    (void)s_set_up(state);
    rig_t *rig = *state;
    fake_pages_reset();
    rig->config.page_url = s_url;
    rig->config.page_key_file = rig->key_file;
    rig->config.totp_entry = AUTHD_ENTRY_PAGE;
    sb_err_t err;
    assert_int_equal(factor_totp.check(&rig->config, &err), SB_OK);
    rig->env.pages = pages_new(&rig->config, rig->env.store, fake_timers(), &err);
    factor_totp.close(&rig->driver);
    rig->driver = factor_totp.open(&rig->env, &err);
    assert_non_null(rig->driver);
    return 0;
}

static int s_tear_down_page(void **state)
{
    rig_t *rig = *state;
    fake_advance(1000);
    fake_pages_end();
    pages_destroy(&rig->env.pages);
    return s_tear_down(state);
}

static void s_answer(rig_t *rig, const char *job, const char *kind, const char *code)
{
    char answer[128];
    (void)snprintf(answer, sizeof answer, "{\"kind\":\"%s\",\"code\":\"%s\"}", kind, code);
    fake_page_answer(job, answer);
    pages_hint(rig->env.pages, job);
    fake_advance(5 * FAKE_LATENCY_MS);
}

static void a_code_on_the_page_is_approved(void **state)
{
    rig_t *rig = *state;
    factor_request_t request;
    s_assert_can(rig, "alice", FACTOR_OK);
    assert_false(factor_totp.needs_code(rig->driver));
    (void)s_start(rig, &request, "j1", NULL);
    fake_advance(FAKE_LATENCY_MS);
    assert_memory_equal(rig->link, "https://confirm.example.com/c/", 30);
    assert_string_equal(fake_page("j1")->driver, "totp");
    s_answer(rig, "j1", "code", s_code(0));
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, FACTOR_APPROVED);
    assert_string_equal(fake_page("j1")->result, "approved");
}

/* Each try on a page is counted, and a right one after wrong ones is right. */
static void tries_on_the_page_are_counted(void **state)
{
    rig_t *rig = *state;
    factor_request_t request;
    (void)s_start(rig, &request, "j1", NULL);
    fake_advance(FAKE_LATENCY_MS);
    s_answer(rig, "j1", "code", "12345");
    assert_int_equal(fake_taskd.factor.misses, 1);
    s_answer(rig, "j1", "oidc", s_code(0)); /* no code at all: not counted there */
    assert_int_equal(fake_taskd.factor.misses, 1);
    assert_int_equal(rig->ended, 0);
    s_answer(rig, "j1", "code", s_code(0));
    assert_int_equal(rig->status, FACTOR_APPROVED);

    (void)s_start(rig, &request, "j2", NULL);
    fake_advance(FAKE_LATENCY_MS);
    for (int i = 0; i < SB_PAGE_ATTEMPTS_MAX; i++) {
        assert_int_equal(rig->ended, 0);
        s_answer(rig, "j2", "code", "12345");
        assert_int_equal(fake_taskd.factor.misses, i + 1);
    }
    assert_int_equal(rig->status, FACTOR_WRONG_CODE);
    fake_taskd.factor.misses = 0;
    fake_taskd.factor.locked_until_ms = sb_clock_wall_ms() + 60000;
    (void)s_start(rig, &request, "j3", NULL);
    fake_advance(FAKE_LATENCY_MS);
    s_answer(rig, "j3", "code", "12345");
    assert_int_equal(rig->status, FACTOR_LOCKED);
    assert_string_equal(fake_page("j3")->result, "locked");
}

/* The step was moved on, and then the authd died: the same answer is judged again. */
static void a_code_that_was_approved_on_the_page_stays_so(void **state)
{
    rig_t *rig = *state;
    factor_request_t request;
    (void)s_start(rig, &request, "j1", NULL);
    fake_advance(FAKE_LATENCY_MS);
    fake_refused = "page.reply";
    s_answer(rig, "j1", "code", s_code(0));
    assert_int_equal(rig->status, FACTOR_UNAVAILABLE);
    fake_refused = NULL;
    s_assert_start(rig, "j1", NULL, FACTOR_APPROVED);
}

static void a_page_is_left_with_its_work(void **state)
{
    rig_t *rig = *state;
    factor_request_t request;
    void *work = s_start(rig, &request, "j1", NULL);
    fake_advance(FAKE_LATENCY_MS);
    factor_totp.cancel(rig->driver, work, FACTOR_DROP);
    fake_advance(100);
    assert_string_equal(fake_page("j1")->state, "open");
    work = s_start(rig, &request, "j1", NULL);
    fake_advance(FAKE_LATENCY_MS);
    factor_totp.cancel(rig->driver, work, FACTOR_WITHDRAW);
    fake_advance(100);
    assert_string_equal(fake_page("j1")->result, "cancelled");
    assert_int_equal(rig->ended, 0);
}

static void a_page_without_an_address_is_refused(void **state)
{
    rig_t *rig = *state;
    static char none[] = "";
    rig->config.page_url = none;
    sb_err_t err;
    assert_int_equal(factor_totp.check(&rig->config, &err), SB_EINVALID);
    assert_non_null(strstr(err.text, "totp.entry: page: page.url"));
}

/* ---- Configuration. */

static void a_key_file_that_is_none_is_refused(void **state)
{
    rig_t *rig = *state;
    char path[] = "/nonexistent/totp.key";
    authd_config_t config = {.totp_key_file = path};
    const factor_env_t env = {.config = &config, .store = rig->env.store};
    sb_err_t err;
    assert_int_equal(factor_totp.check(&config, &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "totp.key_file: /nonexistent/totp.key"));
    assert_null(factor_totp.open(&env, &err));
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
#define PAGE(name) cmocka_unit_test_setup_teardown(name, s_set_up_page, s_tear_down_page)
    const struct CMUnitTest tests[] = {
        ROW(can_tells_enrolled_none_and_locked),
        ROW(a_right_code_is_approved),
        ROW(clocks_may_be_one_step_off),
        ROW(a_code_serves_once),
        ROW(the_same_job_again_is_approved_again),
        ROW(one_code_in_two_jobs_at_once_serves_one),
        ROW(guesses_end_in_a_lock_that_the_right_code_does_not_open),
        ROW(the_last_attempt_before_the_lock_may_still_be_right),
        ROW(nobody_enrolled_is_no_factor),
        ROW(secrets_that_do_not_open_are_unavailable),
        ROW(a_store_that_comes_back_in_time_costs_nothing),
        ROW(lost_answers_neither_cost_an_attempt_nor_refuse_a_code),
        ROW(refusals_and_nonsense_are_unavailable),
        ROW(a_step_that_is_not_surely_accepted_is_not_approved),
        ROW(cancelled_work_reports_nothing),
        ROW(a_key_file_that_is_none_is_refused),
        PAGE(a_code_on_the_page_is_approved),
        PAGE(tries_on_the_page_are_counted),
        PAGE(a_code_that_was_approved_on_the_page_stays_so),
        PAGE(a_page_is_left_with_its_work),
        PAGE(a_page_without_an_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
