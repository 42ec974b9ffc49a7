#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/taskd.h"
#include "services/botd/dispatch.h"
#include "tests/unit/botd/fake_store.h"

/* ---- The pool as the test plays it. */

#define JOBS_MAX 16
static struct {
    char *id;
    char *service;
    int64_t timeout_ms, try_timeout_ms;
    bool again;           /* it says that it may have been done */
    char transaction[32]; /* and what was begun then; "" for none */
    sb_job_fn *fn;
    void *arg;
} s_jobs[JOBS_MAX];
static size_t s_jobs_len;
static int s_pool_code; /* what the next submits give */
static char s_anything[1];

int sb_pool_submit(sb_pool_t *self, const sb_job_t *job, cJSON **body_p, sb_job_fn *fn, void *arg,
                   sb_err_t *err)
{
    assert_ptr_equal(self, (sb_pool_t *)(void *)s_anything);
    if (s_pool_code) {
        return sb_fail(err, s_pool_code, "the pool says no");
    }
    assert_true(s_jobs_len < JOBS_MAX);
    s_jobs[s_jobs_len].id = sb_strdup(job->id);
    s_jobs[s_jobs_len].service = sb_strdup(job->service);
    s_jobs[s_jobs_len].timeout_ms = job->timeout_ms;
    s_jobs[s_jobs_len].try_timeout_ms = job->try_timeout_ms;
    s_jobs[s_jobs_len].again =
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(*body_p, SB_JOB_AGAIN));
    const char *transaction =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(*body_p, SB_JOB_TRANSACTION));
    (void)snprintf(s_jobs[s_jobs_len].transaction, sizeof s_jobs[0].transaction, "%s",
                   transaction ? transaction : "");
    s_jobs[s_jobs_len].fn = fn;
    s_jobs[s_jobs_len].arg = arg;
    s_jobs_len++;
    cJSON_Delete(*body_p);
    *body_p = NULL;
    return SB_OK;
}

/* Ends the job of this id as a worker or the pool would. */
static void s_end(const char *id, int code, const char *json)
{
    for (size_t i = 0; i < s_jobs_len; i++) {
        if (strcmp(s_jobs[i].id, id) == 0) {
            sb_job_fn *fn = s_jobs[i].fn;
            void *arg = s_jobs[i].arg;
            free(s_jobs[i].id);
            free(s_jobs[i].service);
            s_jobs[i] = s_jobs[--s_jobs_len];
            sb_err_t err = {.code = code, .text = "so it ended"};
            cJSON *body = json ? sb_json_parse(json, strlen(json), 0, &err) : NULL;
            fn(arg, code ? SB_KIND_NACK : SB_KIND_RESULT, code, body, &err);
            cJSON_Delete(body);
            return;
        }
    }
    fail_msg("no job %s is out", id);
}

/* Accepts the job of this id as a worker would. */
static void s_accept(const char *id, const char *json)
{
    for (size_t i = 0; i < s_jobs_len; i++) {
        if (strcmp(s_jobs[i].id, id) == 0) {
            sb_err_t err;
            cJSON *body = json ? sb_json_parse(json, strlen(json), 0, &err) : NULL;
            s_jobs[i].fn(s_jobs[i].arg, SB_KIND_ACCEPT, SB_OK, body, NULL);
            cJSON_Delete(body);
            return;
        }
    }
    fail_msg("no job %s is out", id);
}

static void s_expect_out(const char *ids)
{
    char out[256] = "";
    for (size_t i = 0; i < s_jobs_len; i++) {
        const size_t len = strlen(out);
        (void)snprintf(out + len, sizeof out - len, "%s%s", i ? " " : "", s_jobs[i].id);
    }
    assert_string_equal(out, ids);
}

/* ---- The scene. */

static dispatch_t *s_dispatch;
static int s_loaded, s_drained, s_stale;

static void s_on_loaded(void *ctx)
{
    (void)ctx;
    s_loaded++;
}

static void s_on_drained(void *ctx)
{
    (void)ctx;
    s_drained++;
}

static void s_on_stale(void *ctx)
{
    (void)ctx;
    s_stale++;
    dispatch_stop(s_dispatch);
}

static int set_up(void **state)
{
    (void)state;
    fake_reset();
    s_pool_code = SB_OK;
    s_loaded = s_drained = s_stale = 0;
    const dispatch_events_t events = {
        .loaded = s_on_loaded, .drained = s_on_drained, .stale = s_on_stale};
    s_dispatch =
        dispatch_new(fake_timers(), fake_client(), (sb_pool_t *)(void *)s_anything, &events);
    dispatch_start(s_dispatch, 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_reset();
    while (s_jobs_len) {
        s_end(s_jobs[0].id, SB_ERETRY, NULL);
    }
    fake_reset();
    dispatch_destroy(&s_dispatch);
    return 0;
}

static void s_begin(void)
{
    fake_answer("outbox.load", "{\"rows\":[],\"more\":false}");
    assert_int_equal(s_loaded, 1);
}

static void s_add(const char *json)
{
    sb_err_t err;
    char *text = sb_format("{\"rows\":%s}", json);
    cJSON *tree = sb_json_parse(text, strlen(text), 0, &err);
    assert_non_null(tree);
    dispatch_add(s_dispatch, cJSON_GetObjectItemCaseSensitive(tree, "rows"));
    cJSON_Delete(tree);
    free(text);
}

#define SAY(id, lane) "{\"id\":\"" id "\",\"kind\":\"chat.send\",\"lane\":\"" lane "\",\"body\":{}}"
#define START(id, more)                                                                            \
    "{\"id\":\"" id "\",\"kind\":\"factor.start\",\"lane\":\"factor:a\",\"body\":{" more "}}"

/* ---- The cases. */

static void loads_pages_before_anything_else(void **state)
{
    (void)state;
    fake_answer("outbox.load", "{\"rows\":[{\"seq\":\"7\",\"id\":\"x1\",\"kind\":\"chat.send\","
                               "\"lane\":\"@a\",\"body\":{},\"attempts\":2}],\"more\":true}");
    s_expect_out("");
    char *body = fake_body("outbox.load");
    assert_non_null(strstr(body, "\"after\":\"7\""));
    free(body);
    fake_answer("outbox.load", "{\"rows\":[{\"seq\":\"9\",\"id\":\"x2\",\"kind\":\"chat.send\","
                               "\"lane\":\"@b\",\"body\":{}}],\"more\":false}");
    assert_int_equal(s_loaded, 1);
    s_expect_out("x1 x2");
}

static bool s_again(const char *id)
{
    for (size_t i = 0; i < s_jobs_len; i++) {
        if (strcmp(s_jobs[i].id, id) == 0) {
            return s_jobs[i].again;
        }
    }
    fail_msg("%s is not out", id);
    return false;
}

/* A row that another leader may have handed out, or that has failed, says so; no other does. */
static void what_may_have_been_done_says_so(void **state)
{
    (void)state;
    fake_answer("outbox.load",
                "{\"rows\":[{\"seq\":\"1\",\"id\":\"x1\",\"kind\":\"chat.send\",\"lane\":\"@a\","
                "\"body\":{}},{\"seq\":\"2\",\"id\":\"x2\",\"kind\":\"chat.send\",\"lane\":\"@a\","
                "\"body\":{}}],\"more\":false}");
    assert_true(s_again("x1"));
    s_end("x1", SB_OK, "{}");
    fake_answer("outbox.done", "{}");
    assert_false(s_again("x2")); /* it waited behind x1 */
    s_add("[" SAY("m1", "@b") "]");
    assert_false(s_again("m1"));
    s_end("m1", SB_ETIMEOUT, NULL);
    fake_answer("outbox.retry", "{}");
    fake_advance(1000);
    assert_true(s_again("m1"));
}

static void a_load_that_fails_is_tried_again(void **state)
{
    (void)state;
    fake_refuse("outbox.load", SB_ERETRY);
    assert_int_equal(fake_calls_len, 0);
    fake_advance(500);
    s_begin();
}

static void an_unreadable_row_harms_no_other(void **state)
{
    (void)state;
    fake_answer("outbox.load",
                "{\"rows\":[{\"seq\":\"1\",\"id\":5},{\"seq\":\"2\",\"id\":\"x2\",\"kind\":"
                "\"chat.send\",\"lane\":\"@b\",\"body\":{}}],\"more\":false}");
    s_expect_out("x2");
}

static void tells_the_store_how_it_ended(void **state)
{
    (void)state;
    s_begin();
    s_add("[" SAY("m1", "@a") "," SAY("m2", "@a") "]");
    s_expect_out("m1");
    s_end("m1", SB_OK, "{\"message\":\"77\"}");
    s_expect_out("m2");
    char *body = fake_body("outbox.done");
    assert_string_equal(body, "{\"items\":[{\"id\":\"m1\",\"ok\":true,\"result\":{\"message\":"
                              "\"77\",\"ok\":true}}],\"epoch\":\"3\"}");
    free(body);
    s_end("m2", SB_OK, "{}");
    assert_int_equal(fake_calls_len, 1); /* one at a time, in order */
    assert_false(dispatch_idle(s_dispatch));
    fake_answer("outbox.done", "{}");
    fake_answer("outbox.done", "{}");
    assert_true(dispatch_idle(s_dispatch));
}

static void tells_again_what_was_not_heard(void **state)
{
    (void)state;
    s_begin();
    s_add("[" SAY("m1", "@a") "," SAY("m2", "@b") "]");
    s_end("m1", SB_OK, "{}");
    s_end("m2", SB_OK, "{}");
    fake_refuse("outbox.done", SB_ERETRY);
    assert_int_equal(fake_calls_len, 0);
    fake_advance(500);
    char *body = fake_body("outbox.done");
    const char *first = strstr(body, "\"m1\"");
    const char *second = strstr(body, "\"m2\"");
    assert_true(first && second && first < second);
    free(body);
    fake_answer("outbox.done", "{}");
    assert_int_equal(fake_calls_len, 0);
}

static void chat_away_is_tried_again_with_backoff(void **state)
{
    (void)state;
    s_begin();
    s_add("[" SAY("m1", "@a") "," SAY("m2", "@a") "]");
    for (int64_t wait_ms = 1000; wait_ms <= 4000; wait_ms *= 2) {
        s_end("m1", SB_ERETRY, NULL);
        fake_answer("outbox.retry", "{}");
        fake_advance(wait_ms - 1);
        s_expect_out("");
        fake_advance(1);
        s_expect_out("m1");
    }
    s_end("m1", SB_OK, "{}");
    s_expect_out("m2");
}

static void refused_for_good_is_a_failure(void **state)
{
    (void)state;
    static const int codes[] = {SB_ENOTFOUND, SB_EINVALID, SB_ETOOLARGE};
    s_begin();
    for (size_t i = 0; i < 3; i++) {
        s_add("[" SAY("m1", "@a") "]");
        s_end("m1", codes[i], NULL);
        char *body = fake_body("outbox.done");
        assert_non_null(strstr(body, "\"ok\":false,\"result\":{\"ok\":false,\"code\":"));
        free(body);
        fake_answer("outbox.done", "{}");
    }
}

/* A factor that could not be asked is never an approval and never a push sent twice. */
static void factor_failures_become_statuses(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *status;
    } cases[] = {
        {SB_ERETRY,   "\"status\":\"unavailable\""},
        {SB_ETIMEOUT, "\"status\":\"timeout\""    },
        {SB_EINVALID, "\"status\":\"unavailable\""},
    };
    s_begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        s_add("[" START("f1", "") "]");
        s_end("f1", cases[i].code, NULL);
        char *body = fake_body("outbox.done");
        assert_non_null(strstr(body, cases[i].status));
        assert_non_null(strstr(body, "\"ok\":false"));
        free(body);
        fake_answer("outbox.done", "{}");
        s_expect_out("");
    }
}

static void the_row_says_how_long_a_factor_may_take(void **state)
{
    (void)state;
    s_begin();
    s_add("[" START("f1", "\"timeout_ms\":5000") "]");
    assert_int_equal(s_jobs[0].timeout_ms, 5000);
    assert_int_equal(s_jobs[0].try_timeout_ms, 5000);
    assert_string_equal(s_jobs[0].service, "authd");
    s_end("f1", SB_OK, "{\"status\":\"approved\",\"driver\":\"totp\"}");
}

#define NUMBER "{\"transaction\":\"t-1\",\"show\":{\"kind\":\"number\",\"text\":\"72\"}}"

/* In the order in which it happened, and once, whoever accepts it again. */
static void an_acceptance_is_told_once_and_in_order(void **state)
{
    (void)state;
    s_begin();
    s_add("[" START("f1", "") "," SAY("m1", "@a") "]");
    s_accept("f1", NUMBER);
    char *body = fake_body("outbox.done");
    assert_string_equal(body, "{\"items\":[{\"id\":\"f1\",\"ok\":null,\"result\":" NUMBER
                              "}],\"epoch\":\"3\"}");
    free(body);
    s_accept("f1", "{\"transaction\":\"t-2\",\"show\":null}"); /* another worker has it by now */
    s_end("m1", SB_OK, "{}");
    s_end("f1", SB_OK, "{\"status\":\"approved\"}");
    fake_answer("outbox.done", "{}");
    body = fake_body("outbox.done");
    assert_null(strstr(body, "\"ok\":null"));
    const char *said = strstr(body, "\"m1\"");
    const char *proven = strstr(body, "\"f1\"");
    assert_true(said && proven && said < proven);
    free(body);
    fake_answer("outbox.done", "{}");
    assert_true(dispatch_idle(s_dispatch));
}

static void an_acceptance_that_was_not_heard_is_told_again_first(void **state)
{
    (void)state;
    s_begin();
    s_add("[" START("f1", "") "]");
    s_accept("f1", NUMBER);
    s_end("f1", SB_OK, "{\"status\":\"refused\"}");
    fake_refuse("outbox.done", SB_ERETRY);
    fake_advance(500);
    char *body = fake_body("outbox.done");
    const char *accepted = strstr(body, "\"ok\":null");
    const char *refused = strstr(body, "\"refused\"");
    assert_true(accepted && refused && accepted < refused);
    free(body);
    fake_answer("outbox.done", "{}");
}

static void an_acceptance_without_a_body(void **state)
{
    (void)state;
    s_begin();
    s_add("[" START("f1", "") "]");
    s_accept("f1", NULL);
    char *body = fake_body("outbox.done");
    assert_non_null(strstr(body, "{\"id\":\"f1\",\"ok\":null,\"result\":{}}"));
    free(body);
    fake_answer("outbox.done", "{}");
}

/* Of other kinds nobody waits for it; one that is too large would spoil what is told with it. */
static void other_acceptances_are_not_told(void **state)
{
    (void)state;
    s_begin();
    s_add("[" SAY("m1", "@a") "," START("f1", "") "]");
    s_accept("m1", "{}");
    char *large = sb_alloc(SB_TEXT_MAX + 64);
    (void)snprintf(large, SB_TEXT_MAX + 64, "{\"transaction\":\"%0*d\"}", SB_TEXT_MAX, 1);
    s_accept("f1", large);
    free(large);
    assert_int_equal(fake_calls_len, 0);
    dispatch_stop(s_dispatch);
    dispatch_start(s_dispatch, 4);
    s_accept("f1", NUMBER); /* handed out in epoch 3 */
    fake_answer("outbox.load", "{\"rows\":[],\"more\":false}");
    assert_int_equal(fake_calls_len, 0);
}

static void what_was_accepted_is_gone_on_with(void **state)
{
    (void)state;
    fake_answer("outbox.load",
                "{\"rows\":[{\"seq\":\"1\",\"id\":\"f1\",\"kind\":\"factor.start\",\"lane\":"
                "\"factor:a\",\"body\":{},\"accepted\":" NUMBER
                "},{\"seq\":\"2\",\"id\":\"f2\",\"kind\":\"factor.start\",\"lane\":\"factor:b\","
                "\"body\":{},\"accepted\":{\"transaction\":null,\"show\":null}},"
                "{\"seq\":\"3\",\"id\":\"f3\",\"kind\":\"factor.start\",\"lane\":\"factor:c\","
                "\"body\":{},\"accepted\":null}],\"more\":false}");
    static const char *const transactions[] = {"t-1", "", ""};
    for (size_t i = 0; i < 3; i++) {
        assert_true(s_jobs[i].again);
        assert_string_equal(s_jobs[i].transaction, transactions[i]);
    }
    s_accept("f1", NUMBER);
    s_accept("f2", NUMBER);
    assert_int_equal(fake_calls_len, 0); /* the store has it */
    s_accept("f3", NUMBER);
    char *body = fake_body("outbox.done");
    assert_non_null(strstr(body, "\"f3\",\"ok\":null"));
    free(body);
    fake_answer("outbox.done", "{}");
}

static void an_unknown_kind_is_a_failure_not_a_hang(void **state)
{
    (void)state;
    s_begin();
    s_add(
        "[{\"id\":\"z1\",\"kind\":\"mail.send\",\"lane\":\"@a\",\"body\":{}}," SAY("m1", "@a") "]");
    s_expect_out("m1");
    char *body = fake_body("outbox.done");
    assert_non_null(strstr(body, "mail.send"));
    free(body);
}

static void a_full_pool_is_asked_again(void **state)
{
    (void)state;
    s_begin();
    s_pool_code = SB_EBUSY;
    s_add("[" SAY("m1", "@a") "]");
    s_expect_out("");
    s_pool_code = SB_OK;
    fake_advance(50);
    s_expect_out("m1");
    assert_int_equal(fake_calls_len, 0); /* that was no failed try */
}

static void stale_is_told_once(void **state)
{
    (void)state;
    s_begin();
    s_add("[" SAY("m1", "@a") "]");
    s_end("m1", SB_OK, "{}");
    fake_refuse("outbox.done", SB_ESTALE);
    assert_int_equal(s_stale, 1);
    assert_true(dispatch_idle(s_dispatch));
}

static void what_an_old_epoch_still_hears_is_ignored(void **state)
{
    (void)state;
    s_begin();
    s_add("[" SAY("m1", "@a") "," SAY("m2", "@b") "]");
    s_end("m2", SB_OK, "{}"); /* an outbox.done of epoch 3 is under way */
    dispatch_stop(s_dispatch);
    dispatch_start(s_dispatch, 4);
    s_end("m1", SB_OK, "{}"); /* handed out in epoch 3 */
    fake_refuse("outbox.done", SB_ESTALE);
    assert_int_equal(s_stale, 0);
    fake_answer("outbox.load", "{\"rows\":[{\"seq\":\"1\",\"id\":\"m1\",\"kind\":\"chat.send\","
                               "\"lane\":\"@a\",\"body\":{}}],\"more\":false}");
    s_expect_out("m1");
    s_end("m1", SB_OK, "{}");
    assert_int_equal(fake_calls[0].epoch, 4);
    fake_answer("outbox.done", "{}");
}

static void a_row_known_already_is_not_handed_out_twice(void **state)
{
    (void)state;
    s_begin();
    s_add("[" SAY("m1", "@a") "]");
    s_add("[" SAY("m1", "@a") "]");
    s_expect_out("m1");
}

static void is_full_and_drains(void **state)
{
    (void)state;
    s_begin();
    for (int i = 0; i < DISPATCH_ROWS_MAX; i++) {
        assert_false(dispatch_full(s_dispatch));
        char *json = sb_format("[{\"id\":\"n%d\",\"kind\":\"chat.send\",\"lane\":\"@a\","
                               "\"body\":{}}]",
                               i);
        s_add(json);
        free(json);
    }
    assert_true(dispatch_full(s_dispatch));
    s_end("n0", SB_OK, "{}");
    assert_int_equal(s_drained, 1);
    s_end("n1", SB_OK, "{}");
    assert_int_equal(s_drained, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(loads_pages_before_anything_else),
        CASE(what_may_have_been_done_says_so),
        CASE(a_load_that_fails_is_tried_again),
        CASE(an_unreadable_row_harms_no_other),
        CASE(tells_the_store_how_it_ended),
        CASE(tells_again_what_was_not_heard),
        CASE(chat_away_is_tried_again_with_backoff),
        CASE(refused_for_good_is_a_failure),
        CASE(factor_failures_become_statuses),
        CASE(the_row_says_how_long_a_factor_may_take),
        CASE(an_acceptance_is_told_once_and_in_order),
        CASE(an_acceptance_that_was_not_heard_is_told_again_first),
        CASE(an_acceptance_without_a_body),
        CASE(other_acceptances_are_not_told),
        CASE(what_was_accepted_is_gone_on_with),
        CASE(an_unknown_kind_is_a_failure_not_a_hang),
        CASE(a_full_pool_is_asked_again),
        CASE(stale_is_told_once),
        CASE(what_an_old_epoch_still_hears_is_ignored),
        CASE(a_row_known_already_is_not_handed_out_twice),
        CASE(is_full_and_drains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
