/* queue_test.c: the order and the limits of what waits for the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/taskd/queue.h"

#define LEN(array) (sizeof(array) / sizeof(array)[0])

static int s_setup(void **state)
{
    *state = queue_new();
    return 0;
}

static void s_free_all(queue_t *queue)
{
    queue_job_t *job;
    while ((job = queue_take_expired(queue, INT64_MAX)) != NULL) {
        queue_job_free(queue, &job);
    }
}

static int s_teardown(void **state)
{
    queue_t *queue = *state;
    s_free_all(queue);
    queue_destroy(&queue);
    return 0;
}

static queue_job_t *s_add(queue_t *queue, const char *name, void *call, int64_t deadline_ms)
{
    cJSON *body = sb_json_object();
    queue_job_t *job = queue_add(queue, store_op(name), &body, call, deadline_ms);
    cJSON_Delete(body); /* NULL if it was taken */
    return job;
}

/* "hear1 create2 ...": the names and calls of a batch, which is freed. */
static void s_text(queue_t *queue, queue_job_t **jobs, size_t len, char out[256])
{
    out[0] = '\0';
    for (size_t i = 0; i < len; i++) {
        const size_t used = strlen(out);
        (void)snprintf(out + used, 256 - used, "%s%s%d", i ? " " : "", jobs[i]->cmd.op->name,
                       *(int *)jobs[i]->call);
        queue_job_free(queue, &jobs[i]);
    }
}

static int s_calls[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

static void writes_are_grouped_by_name(void **state)
{
    queue_t *queue = *state;
    static const char *const names[] = {"inbox.put", "alert.create", "localchat.hear",
                                        "alert.get", "alert.create", "inbox.put",
                                        "commit"};
    for (size_t i = 0; i < LEN(names); i++) {
        assert_non_null(s_add(queue, names[i], &s_calls[i], 1000));
    }
    assert_int_equal(queue_len(queue), LEN(names));
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    char text[256];
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(
        text, "alert.create1 alert.create4 commit6 inbox.put0 inbox.put5 localchat.hear2");
    assert_int_equal(queue_len(queue), 1);
    assert_int_equal(queue_out(queue), 0);
}

static void what_people_say_waits_for_its_turn(void **state)
{
    queue_t *queue = *state;
    (void)s_add(queue, "inbox.put", &s_calls[0], 1000);
    (void)s_add(queue, "commit", &s_calls[1], 1000);
    (void)s_add(queue, "inbox.put", &s_calls[2], 1000);
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    char text[256];
    s_text(queue, jobs, queue_take_writes(queue, false, jobs), text);
    assert_string_equal(text, "commit1");
    assert_int_equal(queue_take_writes(queue, false, jobs), 0);
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(text, "inbox.put0 inbox.put2");
}

static void looks_and_searches_go_one_by_one(void **state)
{
    queue_t *queue = *state;
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    assert_int_equal(queue_take_look(queue, STORE_LOOK, jobs), 0);
    static const char *const names[] = {"alert.get", "count", "commit", "mute.list", "alert.query"};
    for (size_t i = 0; i < LEN(names); i++) {
        (void)s_add(queue, names[i], &s_calls[i], 1000);
    }
    static const struct {
        store_kind_t kind;
        const char *text;
    } rows[] = {
        {STORE_SEARCH, "count1"      },
        {STORE_LOOK,   "alert.get0"  },
        {STORE_LOOK,   "mute.list3"  },
        {STORE_LOOK,   ""            },
        {STORE_SEARCH, "alert.query4"},
        {STORE_SEARCH, ""            },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        char text[256];
        s_text(queue, jobs, queue_take_look(queue, rows[i].kind, jobs), text);
        assert_string_equal(text, rows[i].text);
    }
    assert_int_equal(queue_len(queue), 1);
}

static void what_comes_back_is_first_and_in_order(void **state)
{
    queue_t *queue = *state;
    for (size_t i = 0; i < 4; i++) {
        (void)s_add(queue, "inbox.put", &s_calls[i], 1000);
    }
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    size_t len = queue_take_writes(queue, true, jobs);
    assert_int_equal(len, 4);
    assert_int_equal(queue_out(queue), 4);
    (void)s_add(queue, "inbox.put", &s_calls[4], 1000);
    while (len > 0) {
        queue_back(queue, jobs[--len]);
    }
    assert_int_equal(queue_out(queue), 0);
    assert_int_equal(queue_len(queue), 5);
    char text[256];
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(text, "inbox.put0 inbox.put1 inbox.put2 inbox.put3 inbox.put4");
    /* The list is whole: what comes now is found. */
    (void)s_add(queue, "inbox.put", &s_calls[5], 1000);
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(text, "inbox.put5");
}

static void a_job_that_fails_again_and_again_runs_alone(void **state)
{
    queue_t *queue = *state;
    for (size_t i = 0; i < 3; i++) {
        queue_job_t *job = s_add(queue, i == 2 ? "inbox.put" : "commit", &s_calls[i], 1000);
        job->tries = i == 1 ? QUEUE_TRIES_MAX : 0;
    }
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    char text[256];
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(text, "commit0 inbox.put2");
    (void)s_add(queue, "inbox.put", &s_calls[3], 1000);
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(text, "commit1");
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(text, "inbox.put3");
}

static void expired_jobs_are_found_wherever_they_wait(void **state)
{
    queue_t *queue = *state;
    (void)s_add(queue, "commit", &s_calls[0], 300);
    (void)s_add(queue, "alert.get", &s_calls[1], 100);
    (void)s_add(queue, "inbox.put", &s_calls[2], 200);
    (void)s_add(queue, "commit", &s_calls[3], 100);
    static const struct {
        int64_t now_ms;
        int found; /* -1: none */
    } rows[] = {
        {99,  -1},
        {100, 1 },
        {100, 3 },
        {100, -1},
        {250, 2 },
        {299, -1},
        {300, 0 },
        {999, -1}
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        queue_job_t *job = queue_take_expired(queue, rows[i].now_ms);
        assert_int_equal(job ? *(int *)job->call : -1, rows[i].found);
        if (job) {
            queue_job_free(queue, &job);
        }
    }
    assert_int_equal(queue_len(queue), 0);
    (void)s_add(queue, "commit", &s_calls[4], 1000); /* the lists are whole */
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    char text[256];
    s_text(queue, jobs, queue_take_writes(queue, true, jobs), text);
    assert_string_equal(text, "commit4");
}

static void a_batch_has_its_limit(void **state)
{
    queue_t *queue = *state;
    for (size_t i = 0; i < QUEUE_BATCH_MAX + 10; i++) {
        (void)s_add(queue, "alert.create", &s_calls[0], 1000);
    }
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    assert_int_equal(queue_take_writes(queue, true, jobs), QUEUE_BATCH_MAX);
    for (size_t i = 0; i < QUEUE_BATCH_MAX; i++) {
        queue_job_free(queue, &jobs[i]);
    }
    assert_int_equal(queue_len(queue), 10);
}

static void a_full_queue_takes_no_more(void **state)
{
    queue_t *queue = *state;
    for (size_t i = 0; i < QUEUE_LEN_MAX; i++) {
        assert_non_null(s_add(queue, "alert.create", &s_calls[0], 1000));
    }
    assert_null(s_add(queue, "alert.create", &s_calls[0], 1000));
    queue_job_t *jobs[QUEUE_BATCH_MAX];
    (void)queue_take_writes(queue, true, jobs);
    assert_null(s_add(queue, "alert.create", &s_calls[0], 1000)); /* those that run count */
    queue_job_free(queue, &jobs[0]);
    assert_non_null(s_add(queue, "alert.create", &s_calls[0], 1000));
    for (size_t i = 1; i < QUEUE_BATCH_MAX; i++) {
        queue_job_free(queue, &jobs[i]);
    }
}

static void large_bodies_fill_it_sooner(void **state)
{
    queue_t *queue = *state;
    static char text[1000001];
    memset(text, 'x', sizeof text - 1);
    size_t taken = 0;
    for (;;) {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "text", text);
        if (!queue_add(queue, store_op("inbox.put"), &body, NULL, 1000)) {
            assert_non_null(body);
            cJSON_Delete(body);
            break;
        }
        taken++;
    }
    assert_in_range(taken, 60, 70);
    s_free_all(queue);
    assert_non_null(s_add(queue, "commit", &s_calls[0], 1000));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, s_setup, s_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_are_grouped_by_name),
        TEST(what_people_say_waits_for_its_turn),
        TEST(looks_and_searches_go_one_by_one),
        TEST(what_comes_back_is_first_and_in_order),
        TEST(a_job_that_fails_again_and_again_runs_alone),
        TEST(expired_jobs_are_found_wherever_they_wait),
        TEST(a_batch_has_its_limit),
        TEST(a_full_queue_takes_no_more),
        TEST(large_bodies_fill_it_sooner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
