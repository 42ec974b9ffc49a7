/* budget.c: budgets are never overdrawn, whoever asks, and a block holds. */
#include "suite.h"

#include <pthread.h>
#include <time.h>

#include "lib/clock.h"

static int64_t s_take(suite_t *suite, const char *key, int per_minute, int burst)
{
    return int_at(ask(suite, "budget.take", "{'key': '%s', 'per_minute': %d, 'burst': %d}", key,
                      per_minute, burst),
                  "wait_ms");
}

static void s_sleep(int64_t ms)
{
    const struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&span, NULL);
}

static void a_burst_and_then_the_rate(void **state)
{
    suite_t *suite = *state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(s_take(suite, "k", 60, 5), 0);
    }
    const int64_t wait_ms = s_take(suite, "k", 60, 5);
    assert_true(wait_ms > 0 && wait_ms <= 1000);
    assert_true(s_take(suite, "k", 60, 5) <= wait_ms); /* asking costs nothing */
    assert_int_equal(s_take(suite, "other", 60, 1), 0);
    assert_true(s_take(suite, "other", 60, 1) > 900);
}

static void one_comes_free_after_the_wait(void **state)
{
    suite_t *suite = *state;
    assert_int_equal(s_take(suite, "k", 600, 1), 0); /* one in 100 ms */
    const int64_t wait_ms = s_take(suite, "k", 600, 1);
    assert_true(wait_ms > 0 && wait_ms <= 100);
    s_sleep(wait_ms + 1);
    assert_int_equal(s_take(suite, "k", 600, 1), 0);
    assert_true(s_take(suite, "k", 600, 1) > 0);
}

static void a_bucket_holds_no_more_than_the_burst(void **state)
{
    suite_t *suite = *state;
    assert_int_equal(s_take(suite, "k", 60, 3), 0);
    tamper(suite, "UPDATE budgets SET full_us = 5"); /* long ago */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(s_take(suite, "k", 60, 3), 0);
    }
    assert_true(s_take(suite, "k", 60, 3) > 900);
}

static void a_block_holds_for_all(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "budget.block", "{'key': 'k', 'for_ms': 30000}");
    int64_t wait_ms = s_take(suite, "k", 6000, 100);
    assert_true(wait_ms > 29000 && wait_ms <= 30000);
    (void)ask(suite, "budget.block", "{'key': 'k', 'for_ms': 1000}"); /* the longer one holds */
    wait_ms = s_take(suite, "k", 6000, 100);
    assert_true(wait_ms > 28000 && wait_ms <= 30000);
    (void)ask(suite, "budget.block", "{'key': 'k', 'for_ms': 60000}");
    assert_true(s_take(suite, "k", 6000, 100) > 58000);
    assert_int_equal(s_take(suite, "other", 6000, 100), 0);
    tamper(suite, "UPDATE budgets SET blocked_ms = 5");
    assert_int_equal(s_take(suite, "k", 6000, 100), 0);
}

/* The wait is the longer of the two. */
static void a_block_ends_before_the_bucket_fills(void **state)
{
    suite_t *suite = *state;
    assert_int_equal(s_take(suite, "k", 1, 1), 0); /* one a minute */
    (void)ask(suite, "budget.block", "{'key': 'k', 'for_ms': 10}");
    assert_true(s_take(suite, "k", 1, 1) > 50000);
}

static void what_is_wrong_is_refused(void **state)
{
    suite_t *suite = *state;
    static const char *const takes[] = {
        "{'per_minute': 1, 'burst': 1}",
        "{'key': '', 'per_minute': 1, 'burst': 1}",
        "{'key': 'k', 'per_minute': 0, 'burst': 1}",
        "{'key': 'k', 'per_minute': 1, 'burst': 0}",
        "{'key': 'k', 'per_minute': 60001, 'burst': 1}",
        "{'key': 'k', 'per_minute': 1, 'burst': 10001}",
    };
    for (size_t i = 0; i < LEN(takes); i++) {
        assert_int_equal(ask_code(suite, "budget.take", "%s", takes[i]), SB_EINVALID);
    }
    assert_int_equal(ask_code(suite, "budget.block", "{'key': 'k', 'for_ms': 0}"), SB_EINVALID);
    assert_int_equal(ask_code(suite, "budget.block", "{'key': 'k', 'for_ms': 86400001}"),
                     SB_EINVALID);
    assert_int_equal(number(suite, "SELECT count(*) FROM budgets"), 0);
}

/* ---- Two at once. */

#define RACE_MS 400
#define PER_MINUTE 12000 /* one in 5 ms */
#define BURST 10

typedef struct {
    store_t *store;
    int64_t until_ms;
    int64_t taken;
    int failed;
} taker_t;

static void *s_take_all(void *arg)
{
    taker_t *taker = arg;
    sb_err_t err;
    static const char text[] = "{\"key\":\"k\",\"per_minute\":12000,\"burst\":10}";
    cJSON *body = sb_json_parse(text, sizeof text - 1, 0, &err);
    while (sb_clock_mono_ms() < taker->until_ms) {
        store_cmd_t cmd = {.op = store_op("budget.take"), .body = body, .actor = "chatd"};
        store_cmd_t *cmds[] = {&cmd};
        const int code = store_run(taker->store, cmds, 1, &err);
        if (code == SB_OK && cmd.err.code == SB_OK) {
            const cJSON *wait = cJSON_GetObjectItemCaseSensitive(cmd.result, "wait_ms");
            taker->taken += cJSON_IsNumber(wait) && (int64_t)wait->valuedouble == 0;
        } else if (code != SB_ERETRY) { /* a file may be busy */
            taker->failed++;
        }
        store_cmd_clear(&cmd);
    }
    cJSON_Delete(body);
    return NULL;
}

static void two_never_take_more_than_there_is(void **state)
{
    suite_t *suite = *state;
    const int64_t begin_ms = sb_clock_mono_ms();
    taker_t takers[2] = {{.store = suite->store}, {.store = suite_other(suite)}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        takers[i].until_ms = begin_ms + RACE_MS;
        assert_int_equal(pthread_create(&threads[i], NULL, s_take_all, &takers[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(takers[i].failed, 0);
    }
    const int64_t most = BURST + (sb_clock_mono_ms() - begin_ms + 1) * PER_MINUTE / 60000 + 1;
    const int64_t taken = takers[0].taken + takers[1].taken;
    if (taken > most || taken < BURST) {
        fail_msg("%lld taken, at most %lld are there", (long long)taken, (long long)most);
    }
}

const behaviour_t budget_behaviours[] = {
    {"a_burst_and_then_the_rate",             a_burst_and_then_the_rate            },
    {"one_comes_free_after_the_wait",         one_comes_free_after_the_wait        },
    {"a_bucket_holds_no_more_than_the_burst", a_bucket_holds_no_more_than_the_burst},
    {"a_block_holds_for_all",                 a_block_holds_for_all                },
    {"a_block_ends_before_the_bucket_fills",  a_block_ends_before_the_bucket_fills },
    {"what_is_wrong_is_refused",              what_is_wrong_is_refused             },
    {"two_never_take_more_than_there_is",     two_never_take_more_than_there_is    },
};
const size_t budget_behaviours_len = LEN(budget_behaviours);
