/* heap_test.c: order, cancelling, and timers that touch timers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/heap.h"

static char s_ran[64];

static void on_note(void *arg)
{
    const size_t len = strlen(s_ran);
    assert_true(len + 1 < sizeof s_ran);
    s_ran[len] = *(const char *)arg;
    s_ran[len + 1] = '\0';
}

static void test_order(void **state)
{
    (void)state;
    s_ran[0] = '\0';
    sb_heap_t *heap = sb_heap_new();
    assert_true(sb_heap_next_ms(heap) == INT64_MAX);
    (void)sb_heap_add(heap, 30, on_note, "d");
    (void)sb_heap_add(heap, 10, on_note, "a");
    (void)sb_heap_add(heap, 20, on_note, "b");
    (void)sb_heap_add(heap, 20, on_note, "c");
    (void)sb_heap_add(heap, -5, on_note, "0");
    assert_int_equal(sb_heap_next_ms(heap), -5);
    assert_int_equal(sb_heap_len(heap), 5);
    assert_int_equal(sb_heap_run(heap, -6), 0);
    assert_int_equal(sb_heap_run(heap, 19), 2);
    assert_string_equal(s_ran, "0a");
    assert_int_equal(sb_heap_next_ms(heap), 20);
    assert_int_equal(sb_heap_run(heap, 1000), 3);
    assert_string_equal(s_ran, "0abcd");
    assert_int_equal(sb_heap_len(heap), 0);
    assert_int_equal(sb_heap_run(heap, 1000), 0);
    sb_heap_destroy(&heap);
    assert_null(heap);
    sb_heap_destroy(&heap);
}

static void test_cancel(void **state)
{
    (void)state;
    s_ran[0] = '\0';
    sb_heap_t *heap = sb_heap_new();
    const uint64_t a = sb_heap_add(heap, 10, on_note, "a");
    const uint64_t b = sb_heap_add(heap, 20, on_note, "b");
    assert_true(a != 0);
    assert_true(sb_heap_cancel(heap, a));
    assert_false(sb_heap_cancel(heap, a));
    assert_false(sb_heap_cancel(heap, 0));
    assert_false(sb_heap_cancel(heap, UINT64_MAX));
    const uint64_t c = sb_heap_add(heap, 5, on_note, "c"); /* takes the place of a */
    assert_true(c != a);
    assert_false(sb_heap_cancel(heap, a));
    assert_int_equal(sb_heap_run(heap, 100), 2);
    assert_string_equal(s_ran, "cb");
    assert_false(sb_heap_cancel(heap, b));
    sb_heap_destroy(&heap);
}

static sb_heap_t *s_heap;
static uint64_t s_victim;

static void on_add_more(void *arg)
{
    (void)sb_heap_add(s_heap, 0, on_note, arg);
}

static void on_cancel_victim(void *arg)
{
    on_note(arg);
    assert_true(sb_heap_cancel(s_heap, s_victim));
    assert_false(sb_heap_cancel(s_heap, s_victim));
}

static void test_timers_added_meanwhile_wait(void **state)
{
    (void)state;
    s_ran[0] = '\0';
    s_heap = sb_heap_new();
    for (int i = 0; i < 40; i++) { /* enough to make the arrays move */
        (void)sb_heap_add(s_heap, 10, on_add_more, "n");
    }
    (void)sb_heap_add(s_heap, 11, on_note, "o");
    assert_int_equal(sb_heap_run(s_heap, 20), 41);
    assert_string_equal(s_ran, "o"); /* although the new ones are due before it */
    assert_int_equal(sb_heap_len(s_heap), 40);
    assert_int_equal(sb_heap_run(s_heap, 20), 40);
    sb_heap_destroy(&s_heap);
}

static void test_cancel_of_one_that_is_due(void **state)
{
    (void)state;
    s_ran[0] = '\0';
    s_heap = sb_heap_new();
    (void)sb_heap_add(s_heap, 10, on_cancel_victim, "a");
    s_victim = sb_heap_add(s_heap, 10, on_note, "v");
    (void)sb_heap_add(s_heap, 10, on_note, "b");
    assert_int_equal(sb_heap_run(s_heap, 10), 2);
    assert_string_equal(s_ran, "ab");
    assert_int_equal(sb_heap_len(s_heap), 0);
    sb_heap_destroy(&s_heap);
}

/* Against a flat list, with many timers and many of them cancelled. */
typedef struct {
    uint64_t id;
    int64_t at_ms; /* -1: cancelled or ran */
} shadow_t;

static size_t s_wrong;
static int64_t s_last_ms;

static void on_shadow(void *arg)
{
    shadow_t *shadow = arg;
    s_wrong += shadow->at_ms < s_last_ms;
    s_last_ms = shadow->at_ms;
    shadow->at_ms = -1;
}

static void test_many(void **state)
{
    (void)state;
    enum { N = 5000 };
    uint32_t seed = 12345;
    shadow_t *shadows = calloc(N, sizeof *shadows);
    assert_non_null(shadows);
    sb_heap_t *heap = sb_heap_new();
    for (int i = 0; i < N; i++) {
        seed = seed * 1664525 + 1013904223;
        shadows[i].at_ms = (seed >> 8) % 1000;
        shadows[i].id = sb_heap_add(heap, shadows[i].at_ms, on_shadow, &shadows[i]);
        seed = seed * 1664525 + 1013904223;
        shadow_t *other = &shadows[(seed >> 8) % (uint32_t)(i + 1)];
        if (i % 3 == 0) {
            assert_int_equal(sb_heap_cancel(heap, other->id), other->at_ms >= 0);
            other->at_ms = -1;
        }
    }
    for (int64_t now = 0; now < 1000; now += 7) {
        s_last_ms = 0;
        (void)sb_heap_run(heap, now);
        for (int i = 0; i < N; i++) {
            s_wrong += shadows[i].at_ms >= 0 && shadows[i].at_ms <= now;
        }
    }
    (void)sb_heap_run(heap, 1000);
    assert_int_equal(s_wrong, 0);
    assert_int_equal(sb_heap_len(heap), 0);
    sb_heap_destroy(&heap);
    free(shadows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_timers_added_meanwhile_wait),
        cmocka_unit_test(test_cancel_of_one_that_is_due),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
