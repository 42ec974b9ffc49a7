/* pages_test.c: pages over a played store. The rig is a driver that judges as a row says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "proto/taskd.h"
#include "services/authd/pages.h"
#include "tests/unit/authd/fake_pages.h"
#include "tests/unit/authd/fake_world.h"

#define ALERT "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define URL "https://confirm.example.com"
#define MANY 1200

typedef struct {
    char key_file[256];
    authd_config_t config;
    store_t *store;
    pages_t *pages;
} rig_t;

/* One job and what was told of its page. */
typedef struct {
    char id[16];
    factor_request_t request;
    page_t *page;
    int opened, answered, ended;
    char link[128], kind[32], code[32];
    int64_t attempt;
    factor_status_t status;
} job_t;

static int s_set_up(void **state)
{
    static char url[] = URL "/";
    fake_reset();
    fake_pages_reset();
    rig_t *rig = sb_alloc(sizeof *rig);
    (void)snprintf(rig->key_file, sizeof rig->key_file, "%s/pages_test_%ld.key", SB_BINARY_DIR,
                   (long)getpid());
    sb_err_t err;
    assert_int_equal(sb_key_file_make(rig->key_file, &err), SB_OK);
    rig->config.page_url = url;
    rig->config.page_key_file = rig->key_file;
    rig->store = store_new(fake_client(), fake_timers());
    rig->pages = pages_new(&rig->config, rig->store, fake_timers(), &err);
    assert_non_null(rig->pages);
    *state = rig;
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    pages_destroy(&rig->pages);
    pages_destroy(&rig->pages);
    fake_end();
    fake_pages_end();
    store_destroy(&rig->store);
    assert_int_equal(unlink(rig->key_file), 0);
    free(rig);
    return 0;
}

static void s_on_opened(void *arg, const char *link)
{
    job_t *job = arg;
    assert_int_equal(job->answered + job->ended, 0);
    job->opened++;
    (void)snprintf(job->link, sizeof job->link, "%s", link);
}

static void s_on_answered(void *arg, const char *kind, const cJSON *answer)
{
    job_t *job = arg;
    assert_int_equal(job->opened, 1);
    job->answered++;
    job->attempt = page_attempt(job->page);
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "code"));
    (void)snprintf(job->kind, sizeof job->kind, "%s", kind);
    (void)snprintf(job->code, sizeof job->code, "%s", code ? code : "-");
}

static void s_on_ended(void *arg, factor_status_t status)
{
    job_t *job = arg;
    job->ended++;
    job->status = status;
    job->page = NULL;
}

static const page_events_t *s_events(job_t *job)
{
    static page_events_t events;
    events = (page_events_t){
        .opened = s_on_opened, .answered = s_on_answered, .ended = s_on_ended, .arg = job};
    return &events;
}

static void s_open(rig_t *rig, job_t *job, const char *id)
{
    memset(job, 0, sizeof *job);
    (void)snprintf(job->id, sizeof job->id, "%s", id);
    job->request =
        (factor_request_t){.job = job->id, .person = "alice", .alert = ALERT, .left_ms = 120000};
    job->page = page_open(rig->pages, &job->request, "totp", NULL, NULL, s_events(job));
    assert_int_equal(job->opened, 0);
}

static void s_open_now(rig_t *rig, job_t *job, const char *id)
{
    s_open(rig, job, id);
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(job->opened, 1);
}

static void s_answer(rig_t *rig, job_t *job, const char *json)
{
    fake_page_answer(job->id, json);
    pages_hint(rig->pages, job->id);
    fake_advance(FAKE_LATENCY_MS);
}

#define CODE "{\"kind\":\"code\",\"code\":\"123456\"}"

/* ---- Opening. */

static void a_page_is_known_by_the_hash_of_what_stands_in_its_link(void **state)
{
    rig_t *rig = *state;
    job_t job;
    s_open_now(rig, &job, "j1");
    static const char start[] = URL "/c/";
    assert_memory_equal(job.link, start, sizeof start - 1);
    uint8_t *token = NULL;
    size_t size = 0;
    sb_err_t err;
    assert_int_equal(sb_unbase64url(job.link + sizeof start - 1, &token, &size, &err), SB_OK);
    assert_int_equal(size, SB_TOKEN_SIZE);
    uint8_t hash[SB_SHA256_SIZE];
    char hex[2 * SB_SHA256_SIZE + 1];
    sb_sha256(token, size, hash);
    sb_hex(hash, sizeof hash, hex);
    free(token);
    const fake_page_t *page = fake_page("j1");
    assert_string_equal(page->token_hash, hex);
    assert_string_equal(page->person, "alice");
    assert_string_equal(page->alert, ALERT);
    assert_string_equal(page->driver, "totp");
    assert_string_equal(page->challenge, "-");
    assert_string_equal(page->data, "{}");
    assert_int_equal(page->ttl_ms, 120000);
    page_leave(&job.page, FACTOR_DROP);
}

static void a_page_lives_no_longer_than_pages_may(void **state)
{
    rig_t *rig = *state;
    job_t job = {.id = "j1"};
    job.request =
        (factor_request_t){.job = job.id, .person = "alice", .alert = ALERT, .left_ms = INT64_MAX};
    cJSON *data = sb_json_object();
    sb_json_add_str(data, "rp_id", "example.com");
    job.page = page_open(rig->pages, &job.request, "webauthn", "AAAA", &data, s_events(&job));
    assert_null(data);
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(fake_page("j1")->ttl_ms, SB_PAGE_TTL_MS_MAX);
    assert_string_equal(fake_page("j1")->challenge, "AAAA");
    assert_string_equal(fake_page("j1")->data, "{\"rp_id\":\"example.com\"}");
    page_leave(&job.page, FACTOR_DROP);
}

static void what_is_derived_differs_by_every_part(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *purpose, *job, *person, *alert;
    } rows[] = {
        {"a",  "j1", "alice", "1"},
        {"b",  "j1", "alice", "1"},
        {"a",  "j2", "alice", "1"},
        {"a",  "j1", "bob",   "1"},
        {"a",  "j1", "alice", "2"},
        {"aj", "1",  "alice", "1"},
    };
    uint8_t got[sizeof rows / sizeof rows[0]][SB_SHA256_SIZE];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const factor_request_t request = {
            .job = rows[i].job, .person = rows[i].person, .alert = rows[i].alert};
        uint8_t again[SB_SHA256_SIZE];
        pages_derive(rig->pages, rows[i].purpose, &request, got[i]);
        pages_derive(rig->pages, rows[i].purpose, &request, again);
        assert_memory_equal(got[i], again, sizeof again);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(got[i], got[j], sizeof again);
        }
    }
}

/* ---- Answers. */

static void an_answer_is_judged_once(void **state)
{
    rig_t *rig = *state;
    job_t job;
    s_open_now(rig, &job, "j1");
    s_answer(rig, &job, CODE);
    assert_int_equal(job.answered, 1);
    assert_string_equal(job.kind, "code");
    assert_string_equal(job.code, "123456");
    pages_hint(rig->pages, "j1");
    pages_hint(rig->pages, NULL);
    fake_advance(PAGES_SWEEP_MS);
    assert_int_equal(job.answered, 1);
    page_end(job.page, FACTOR_APPROVED);
    assert_int_equal(job.ended, 0);
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(job.ended, 1);
    assert_int_equal(job.status, FACTOR_APPROVED);
    assert_string_equal(fake_page("j1")->state, "closed");
    assert_string_equal(fake_page("j1")->result, "approved");
}

static void this_was_not_me_is_fraud_without_a_driver(void **state)
{
    rig_t *rig = *state;
    job_t job;
    s_open_now(rig, &job, "j1");
    s_answer(rig, &job, "{\"kind\":\"refuse\"}");
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(job.answered, 0);
    assert_int_equal(job.ended, 1);
    assert_int_equal(job.status, FACTOR_FRAUD);
    assert_string_equal(fake_page("j1")->result, "fraud");
}

static void wrong_answers_may_be_tried_again_a_few_times(void **state)
{
    rig_t *rig = *state;
    job_t job;
    s_open_now(rig, &job, "j1");
    for (int i = 0; i < SB_PAGE_ATTEMPTS_MAX; i++) {
        assert_int_equal(job.ended, 0);
        s_answer(rig, &job, CODE);
        assert_int_equal(job.answered, i + 1);
        assert_int_equal(job.attempt, i);
        page_retry(job.page);
        fake_advance(2 * FAKE_LATENCY_MS);
        assert_string_equal(fake_page("j1")->result, "wrong_code");
    }
    assert_int_equal(job.ended, 1);
    assert_int_equal(job.status, FACTOR_WRONG_CODE);
    assert_string_equal(fake_page("j1")->state, "closed");
}

static void answers_without_a_kind_are_wrong(void **state)
{
    rig_t *rig = *state;
    static const char *const rows[] = {"{}", "{\"kind\":7}", "{\"kind\":\"\"}"};
    job_t job;
    s_open_now(rig, &job, "j1");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_answer(rig, &job, rows[i]);
        fake_advance(2 * FAKE_LATENCY_MS);
        assert_int_equal(fake_page("j1")->attempts, i + 1);
    }
    assert_int_equal(job.answered, 0);
    assert_int_equal(job.status, FACTOR_WRONG_CODE);
    assert_int_equal(job.ended, 1);
}

/* The hint may come before the store's answer to page.open, and before that to page.reply. */
static void a_hint_that_comes_early_is_not_lost(void **state)
{
    rig_t *rig = *state;
    job_t job;
    s_open(rig, &job, "j1");
    fake_advance(FAKE_LATENCY_MS - 1);
    pages_hint(rig->pages, "j1");
    fake_advance(1);
    assert_int_equal(fake_pulls, 0);
    fake_page_answer("j1", CODE); /* before the question that is out gets there */
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(fake_pulls, 1);
    assert_int_equal(job.answered, 1);
    page_end(job.page, FACTOR_REFUSED);
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(job.status, FACTOR_REFUSED);
}

static void lost_hints_are_made_good(void **state)
{
    rig_t *rig = *state;
    job_t job;
    s_open_now(rig, &job, "j1");
    fake_page_answer("j1", CODE);
    fake_advance(PAGES_SWEEP_MS);
    assert_int_equal(job.answered, 1);
    page_end(job.page, FACTOR_APPROVED);
    fake_advance(PAGES_SWEEP_MS);
    const size_t pulls = fake_pulls;
    fake_advance(10 * PAGES_SWEEP_MS); /* nobody waits: nothing is asked */
    assert_int_equal(fake_pulls, pulls);
}

static void one_answer_among_many_costs_one_small_question(void **state)
{
    rig_t *rig = *state;
    job_t *jobs = calloc(MANY, sizeof *jobs);
    char id[16];
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(id, sizeof id, "j%d", i);
        s_open(rig, &jobs[i], id);
    }
    fake_advance(FAKE_LATENCY_MS);
    pages_hint(rig->pages, "of another authd");
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(fake_pulls, 0);
    s_answer(rig, &jobs[700], CODE);
    assert_int_equal(jobs[700].answered, 1);
    assert_int_equal(fake_pulls, 1);
    assert_int_equal(fake_pulled, 1);

    /* All at once, of which a few are answered, more than fit into one answer. */
    fake_pulls = 0;
    fake_fits = 3;
    for (int i = 0; i < MANY; i += 100) {
        if (i != 700) {
            fake_page_answer(jobs[i].id, CODE);
        }
    }
    pages_hint(rig->pages, NULL);
    fake_advance(100);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(jobs[i].answered, i % 100 == 0);
    }
    assert_in_range(fake_pulls, 4, 16);
    for (int i = 0; i < MANY; i++) {
        page_leave(&jobs[i].page, FACTOR_DROP);
    }
    free(jobs);
}

/* ---- Taking up what another authd left. */

static void a_page_is_gone_on_with(void **state)
{
    rig_t *rig = *state;
    job_t first;
    job_t second;
    s_open_now(rig, &first, "j1");
    page_leave(&first.page, FACTOR_DROP);
    assert_string_equal(fake_page("j1")->state, "open");
    fake_page_answer("j1", CODE);
    s_open_now(rig, &second, "j1");
    assert_string_equal(first.link, second.link);
    assert_int_equal(second.answered, 1);
    page_end(second.page, FACTOR_APPROVED);
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(second.status, FACTOR_APPROVED);

    /* And once more, after it was judged. */
    s_open(rig, &second, "j1");
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(second.opened + second.answered, 0);
    assert_int_equal(second.ended, 1);
    assert_int_equal(second.status, FACTOR_APPROVED);
}

static void who_withdraws_closes_the_page(void **state)
{
    rig_t *rig = *state;
    static const int64_t after_ms[] = {0, FAKE_LATENCY_MS, 3 * FAKE_LATENCY_MS};
    for (size_t i = 0; i < sizeof after_ms / sizeof after_ms[0]; i++) {
        job_t job;
        char id[16];
        (void)snprintf(id, sizeof id, "j%zu", i);
        s_open(rig, &job, id);
        fake_advance(after_ms[i]);
        page_leave(&job.page, FACTOR_WITHDRAW);
        assert_null(job.page);
        page_leave(&job.page, FACTOR_WITHDRAW);
        fake_advance(100);
        assert_string_equal(fake_page(id)->state, "closed");
        assert_string_equal(fake_page(id)->result, "cancelled");
        assert_int_equal(job.ended, 0);
    }
    /* The daemon ends while one is being closed. */
    job_t job;
    s_open_now(rig, &job, "k1");
    page_leave(&job.page, FACTOR_WITHDRAW);
}

/* ---- The store in trouble. */

static void a_store_that_comes_back_costs_nothing(void **state)
{
    rig_t *rig = *state;
    job_t job;
    fake_taskd.mode = FAKE_AWAY;
    s_open(rig, &job, "j1");
    fake_advance(5000);
    fake_taskd.mode = FAKE_UP;
    fake_advance(2000);
    assert_int_equal(job.opened, 1);
    fake_page_answer("j1", CODE);
    fake_taskd.mode = FAKE_FORGETFUL;
    pages_hint(rig->pages, "j1");
    fake_advance(STORE_TRY_MS);
    fake_taskd.mode = FAKE_UP;
    fake_advance(2000);
    assert_int_equal(job.answered, 1);
    fake_taskd.mode = FAKE_FORGETFUL;
    page_retry(job.page);
    fake_advance(STORE_TRY_MS);
    fake_page_answer("j1", CODE); /* meanwhile; the repeated reply is none to this one */
    fake_taskd.mode = FAKE_UP;
    fake_advance(2000);
    assert_int_equal(job.answered, 2);
    assert_int_equal(job.attempt, 1);
    page_end(job.page, FACTOR_APPROVED);
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(job.status, FACTOR_APPROVED);
}

/* Nothing is approved that the store does not know of; what is no approval stays what it is. */
static void a_store_that_refuses_approves_nothing(void **state)
{
    rig_t *rig = *state;
    static const struct {
        factor_status_t end, want;
    } rows[] = {
        {FACTOR_APPROVED, FACTOR_UNAVAILABLE},
        {FACTOR_SUSPECT,  FACTOR_SUSPECT    },
        {FACTOR_FRAUD,    FACTOR_FRAUD      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        job_t job;
        char id[16];
        (void)snprintf(id, sizeof id, "j%zu", i);
        fake_refused = NULL;
        s_open_now(rig, &job, id);
        s_answer(rig, &job, CODE);
        fake_refused = "page.reply";
        page_end(job.page, rows[i].end);
        fake_advance(FAKE_LATENCY_MS);
        assert_int_equal(job.ended, 1);
        assert_int_equal(job.status, rows[i].want);
    }
    job_t job;
    fake_refused = "page.open";
    s_open(rig, &job, "k1");
    fake_advance(FAKE_LATENCY_MS);
    assert_int_equal(job.opened, 0);
    assert_int_equal(job.status, FACTOR_UNAVAILABLE);
    assert_int_equal(job.ended, 1);
}

static void nonsense_from_the_store_is_unavailable(void **state)
{
    rig_t *rig = *state;
    static const char *const rows[] = {
        "{}",
        "{\"state\":\"ajar\",\"attempts\":0}",
        "{\"state\":\"answered\",\"answer\":null,\"attempts\":0}",
        "{\"state\":\"open\",\"attempts\":\"0\"}",
        "{\"state\":\"closed\",\"attempts\":1,\"result\":null}",
        "{\"state\":\"closed\",\"attempts\":1,\"result\":\"APPROVED\"}",
    };
    fake_taskd.mode = FAKE_ANSWERING;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        job_t job;
        fake_taskd.answer = rows[i];
        s_open(rig, &job, "j1");
        fake_advance(FAKE_LATENCY_MS);
        assert_int_equal(job.ended, 1);
        assert_int_equal(job.status, FACTOR_UNAVAILABLE);
    }
}

/* ---- Configuration. */

static void addresses_of_pages(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *url;
        bool fit;
    } rows[] = {
        {"https://confirm.example.com",      true },
        {"https://confirm.example.com:8443", true },
        {"http://127.0.0.1:8080",            true },
        {"http://localhost/",                true },
        {"http://[::1]:8080",                true },
        {"",                                 false},
        {"https://",                         false},
        {"http://confirm.example.com",       false},
        {"http://localhost.example.com",     false},
        {"http://127.0.0.10",                false},
        {"ftp://127.0.0.1",                  false},
        {"confirm.example.com",              false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char url[64];
        (void)snprintf(url, sizeof url, "%s", rows[i].url);
        const authd_config_t config = {.page_url = url, .page_key_file = rig->key_file};
        sb_err_t err;
        const int code = pages_check(&config, &err);
        if ((code == SB_OK) != rows[i].fit || (code && !strstr(err.text, "page.url"))) {
            fail_msg("%s: %s", rows[i].url, code ? err.text : "it was taken");
        }
    }
    char path[] = "/nonexistent/page.key";
    const authd_config_t config = {.page_url = rig->config.page_url, .page_key_file = path};
    sb_err_t err;
    assert_int_equal(pages_check(&config, &err), SB_ENOTFOUND);
    assert_non_null(strstr(err.text, "page.key_file: /nonexistent/page.key"));
    assert_null(pages_new(&config, rig->store, fake_timers(), &err));
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(a_page_is_known_by_the_hash_of_what_stands_in_its_link),
        ROW(a_page_lives_no_longer_than_pages_may),
        ROW(what_is_derived_differs_by_every_part),
        ROW(an_answer_is_judged_once),
        ROW(this_was_not_me_is_fraud_without_a_driver),
        ROW(wrong_answers_may_be_tried_again_a_few_times),
        ROW(answers_without_a_kind_are_wrong),
        ROW(a_hint_that_comes_early_is_not_lost),
        ROW(lost_hints_are_made_good),
        ROW(one_answer_among_many_costs_one_small_question),
        ROW(a_page_is_gone_on_with),
        ROW(who_withdraws_closes_the_page),
        ROW(a_store_that_comes_back_costs_nothing),
        ROW(a_store_that_refuses_approves_nothing),
        ROW(nonsense_from_the_store_is_unavailable),
        ROW(addresses_of_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
