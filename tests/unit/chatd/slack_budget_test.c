#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <czmq.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "services/chatd/slack_budget.h"
#include "tests/unit/chatd/slack_store.h"

#define LONG_MS 20000

typedef struct {
    zloop_t *loop;
    slack_budget_t *budget;
    store_t store;
    char said[512]; /* "a OK, b TIMEOUT 100" in the order they were called back */
    int64_t wait_ms;
    int64_t at_ms; /* of the last callback */
} world_t;

typedef struct {
    world_t *world;
    const char *name;
} who_t;

static void s_open(world_t *world, bool shared)
{
    *world = (world_t){.loop = zloop_new()};
    const slack_budget_config_t config = {
        .store = shared ? store_fake : NULL, .store_ctx = &world->store, .waiting_max = 4};
    world->budget = slack_budget_new(world->loop, &config);
}

static void s_close(world_t *world)
{
    slack_budget_destroy(&world->budget);
    store_close(&world->store);
    zloop_destroy(&world->loop);
}

static void s_on_token(void *arg, int code, int64_t wait_ms, const sb_err_t *err)
{
    const who_t *who = arg;
    world_t *world = who->world;
    const size_t len = strlen(world->said);
    assert_true(code == SB_OK || err->text[0]);
    (void)snprintf(world->said + len, sizeof world->said - len, "%s%s %s", len ? ", " : "",
                   who->name, code ? sb_code_name(code) : "OK");
    world->wait_ms = wait_ms;
    world->at_ms = sb_clock_mono_ms();
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

static void s_run(world_t *world, size_t ms)
{
    const int timer = zloop_timer(world->loop, ms, 1, s_on_end, NULL);
    (void)zloop_start(world->loop);
    zloop_timer_end(world->loop, timer);
}

static void s_take(who_t *who, const char *key, int64_t patience_ms)
{
    slack_budget_take(who->world->budget, key, 60, 3, patience_ms, s_on_token, who);
}

static void test_only_the_first_asks(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    who_t b = {&world, "b"};
    who_t c = {&world, "c"};
    s_take(&a, "slack:T:x", LONG_MS);
    s_take(&b, "slack:T:x", LONG_MS);
    s_take(&c, "slack:T:y", LONG_MS);
    assert_int_equal(world.store.len, 2);
    assert_string_equal(world.store.asks[0].request, "budget.take");
    assert_string_equal(world.store.asks[0].key, "slack:T:x");
    assert_int_equal(world.store.asks[0].per_minute, 60);
    assert_int_equal(world.store.asks[0].burst, 3);
    assert_string_equal(world.store.asks[1].key, "slack:T:y");
    assert_int_equal(slack_budget_waiting(world.budget), 3);
    store_answer(&world.store, 0, SB_OK, 0);
    assert_string_equal(world.said, "a OK");
    assert_int_equal(world.store.len, 3); /* now b */
    store_answer(&world.store, 1, SB_OK, 0);
    store_answer(&world.store, 2, SB_OK, 0);
    assert_string_equal(world.said, "a OK, c OK, b OK");
    assert_int_equal(slack_budget_waiting(world.budget), 0);
    s_close(&world);
}

static void test_waits_as_long_as_the_store_says(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    const int64_t from_ms = sb_clock_mono_ms();
    s_take(&a, "k", LONG_MS);
    store_answer(&world.store, 0, SB_OK, 60);
    s_run(&world, 30);
    assert_int_equal(world.store.len, 1);
    while (world.store.len == 1) {
        s_run(&world, 5);
    }
    assert_true(sb_clock_mono_ms() - from_ms >= 60);
    store_answer(&world.store, 1, SB_OK, 0);
    assert_string_equal(world.said, "a OK");
    s_close(&world);
}

static void test_who_would_wait_too_long_hears_it_at_once(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    who_t b = {&world, "b"};
    s_take(&a, "k", 1000);
    s_take(&b, "k", LONG_MS);
    store_answer(&world.store, 0, SB_OK, 5000);
    assert_string_equal(world.said, "a TIMEOUT");
    assert_in_range(world.wait_ms, 4900, 5000);
    assert_int_equal(slack_budget_waiting(world.budget), 1);
    s_close(&world);
    assert_string_equal(world.said, "a TIMEOUT, b UNAVAILABLE");
}

static void test_patience_ends_while_the_store_is_silent(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    who_t b = {&world, "b"};
    s_take(&a, "k", 20);
    s_run(&world, 60);
    assert_string_equal(world.said, "a TIMEOUT");
    /* The answer that comes then is the next one's. */
    s_take(&b, "k", LONG_MS);
    assert_int_equal(world.store.len, 1);
    store_answer(&world.store, 0, SB_OK, 0);
    assert_string_equal(world.said, "a TIMEOUT, b OK");
    s_close(&world);
}

static void test_store_away(void **state)
{
    (void)state;
    static const int codes[] = {SB_ETIMEOUT, SB_ERETRY, SB_EBUSY, SB_EFORBIDDEN};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        world_t world;
        s_open(&world, true);
        who_t a = {&world, "a"};
        who_t b = {&world, "b"};
        s_take(&a, "k", LONG_MS);
        s_take(&b, "k", LONG_MS);
        store_answer(&world.store, 0, codes[i], 0);
        assert_string_equal(world.said, "a UNAVAILABLE, b UNAVAILABLE");
        assert_int_equal(world.store.len, 1);
        s_close(&world);
    }
}

/* As chat_host_call does when chatd is stopping. */
static void test_store_that_answers_at_once(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    world.store.at_once = true;
    s_take(&a, "k", LONG_MS);
    world.store.code = SB_ERETRY;
    s_take(&a, "k", LONG_MS);
    assert_string_equal(world.said, "a OK, a UNAVAILABLE");
    s_close(&world);
}

static void test_blocked(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    const int64_t from_ms = sb_clock_mono_ms();
    slack_budget_block(world.budget, "k", 80);
    assert_string_equal(world.store.asks[0].request, "budget.block");
    assert_string_equal(world.store.asks[0].key, "k");
    assert_int_equal(world.store.asks[0].for_ms, 80);
    store_answer(&world.store, 0, SB_ERETRY, 0); /* it holds here all the same */
    s_take(&a, "k", LONG_MS);
    assert_int_equal(world.store.len, 1);
    while (world.store.len == 1) {
        s_run(&world, 5);
    }
    assert_true(sb_clock_mono_ms() - from_ms >= 80);
    store_answer(&world.store, 1, SB_OK, 0);
    assert_string_equal(world.said, "a OK");
    s_close(&world);
}

static void test_blocked_while_asking(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    s_take(&a, "k", LONG_MS);
    slack_budget_block(world.budget, "k", 10000);
    slack_budget_block(world.budget, "k", 10); /* the longer one holds */
    store_answer(&world.store, 0, SB_OK, 0);
    s_run(&world, 30);
    assert_string_equal(world.said, ""); /* the token is not used */
    s_close(&world);
}

static void test_without_a_store(void **state)
{
    (void)state;
    static const struct {
        bool shared;
        int64_t per_minute;
    } rows[] = {
        {false, 60},
        {true,  0 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, rows[i].shared);
        who_t a = {&world, "a"};
        who_t b = {&world, "b"};
        const int64_t from_ms = sb_clock_mono_ms();
        slack_budget_take(world.budget, "k", rows[i].per_minute, 1, LONG_MS, s_on_token, &a);
        assert_string_equal(world.said, "a OK");
        slack_budget_block(world.budget, "k", 50);
        slack_budget_take(world.budget, "k", rows[i].per_minute, 1, LONG_MS, s_on_token, &b);
        while (strlen(world.said) < 5) {
            s_run(&world, 5);
        }
        assert_string_equal(world.said, "a OK, b OK");
        assert_true(world.at_ms - from_ms >= 50);
        s_close(&world);
    }
}

static void test_waiting_is_bounded(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    who_t b = {&world, "b"};
    for (int i = 0; i < 4; i++) {
        s_take(&a, "k", LONG_MS);
    }
    s_take(&b, "other", LONG_MS);
    assert_string_equal(world.said, "b BUSY");
    s_close(&world); /* and the store's answer comes too late for anybody */
    assert_string_equal(world.said,
                        "b BUSY, a UNAVAILABLE, a UNAVAILABLE, a UNAVAILABLE, a UNAVAILABLE");
}

/* A callback that asks again. */
static void s_on_token_again(void *arg, int code, int64_t wait_ms, const sb_err_t *err)
{
    who_t *who = arg;
    s_on_token(arg, code, wait_ms, err);
    s_take(who, "k", LONG_MS);
}

static void test_callbacks_may_ask(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, true);
    who_t a = {&world, "a"};
    slack_budget_take(world.budget, "k", 60, 3, LONG_MS, s_on_token_again, &a);
    store_answer(&world.store, 0, SB_OK, 0);
    assert_int_equal(world.store.len, 2);
    store_answer(&world.store, 1, SB_ERETRY, 0);
    slack_budget_take(world.budget, "k", 60, 3, 10, s_on_token_again, &a);
    s_run(&world, 40);
    assert_int_equal(slack_budget_waiting(world.budget), 1);
    slack_budget_take(world.budget, "k", 60, 3, LONG_MS, s_on_token_again, &a);
    s_close(&world); /* what the last one asks for is refused */
    assert_string_equal(world.said,
                        "a OK, a UNAVAILABLE, a TIMEOUT, a UNAVAILABLE, a UNAVAILABLE, a BUSY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_first_asks),
        cmocka_unit_test(test_waits_as_long_as_the_store_says),
        cmocka_unit_test(test_who_would_wait_too_long_hears_it_at_once),
        cmocka_unit_test(test_patience_ends_while_the_store_is_silent),
        cmocka_unit_test(test_store_away),
        cmocka_unit_test(test_store_that_answers_at_once),
        cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_blocked_while_asking),
        cmocka_unit_test(test_without_a_store),
        cmocka_unit_test(test_waiting_is_bounded),
        cmocka_unit_test(test_callbacks_may_ask),
    };
    zsys_handler_set(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
