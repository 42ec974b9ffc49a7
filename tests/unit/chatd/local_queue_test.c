/* local_queue_test.c: order, both limits, and what is left after an overflow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/local_queue.h"

#define FRAMES_MAX 4
#define BYTES_MAX 20
#define HEADROOM 16

static void s_take(local_queue_t *queue, const char *want)
{
    size_t len = 0;
    char *text = local_queue_peek(queue, &len);
    assert_non_null(text);
    memset(text - HEADROOM, 'x', HEADROOM); /* may be written to */
    assert_int_equal(len, strlen(want));
    assert_string_equal(text, want);
    local_queue_pop(queue);
}

static void test_order(void **state)
{
    (void)state;
    local_queue_t *queue = local_queue_new(FRAMES_MAX, BYTES_MAX, HEADROOM, "resync");
    size_t len;
    assert_null(local_queue_peek(queue, &len));
    /* More than once around the ring. */
    for (int i = 0; i < 3 * FRAMES_MAX; i++) {
        char first[8];
        char second[8];
        (void)snprintf(first, sizeof first, "a%d", i);
        (void)snprintf(second, sizeof second, "b%d", i);
        assert_true(local_queue_push(queue, first));
        assert_true(local_queue_push(queue, second));
        s_take(queue, first);
        s_take(queue, second);
    }
    assert_int_equal(local_queue_len(queue), 0);
    local_queue_destroy(&queue);
    local_queue_destroy(&queue);
    assert_null(queue);
}

static void test_frames_max(void **state)
{
    (void)state;
    local_queue_t *queue = local_queue_new(FRAMES_MAX, BYTES_MAX, HEADROOM, "resync");
    for (int i = 0; i < FRAMES_MAX; i++) {
        assert_true(local_queue_push(queue, "x"));
    }
    assert_false(local_queue_push(queue, "y"));
    assert_int_equal(local_queue_len(queue), 1);
    assert_true(local_queue_push(queue, "later"));
    s_take(queue, "resync");
    s_take(queue, "later");
    local_queue_destroy(&queue);
}

static void test_bytes_max(void **state)
{
    (void)state;
    local_queue_t *queue = local_queue_new(FRAMES_MAX, BYTES_MAX, HEADROOM, "resync");
    assert_true(local_queue_push(queue, "0123456789"));
    assert_true(local_queue_push(queue, "0123456789"));
    assert_false(local_queue_push(queue, "x"));
    s_take(queue, "resync");
    /* What was dropped no longer counts. */
    assert_true(local_queue_push(queue, "01234567890123456789"));
    assert_false(local_queue_push(queue, "012345678901234567890"));
    s_take(queue, "resync");
    assert_int_equal(local_queue_len(queue), 0);
    assert_true(local_queue_push(queue, ""));
    s_take(queue, "");
    local_queue_destroy(&queue);
}

static void test_reset(void **state)
{
    (void)state;
    local_queue_t *queue = local_queue_new(FRAMES_MAX, BYTES_MAX, HEADROOM, "resync");
    assert_true(local_queue_push(queue, "a"));
    assert_true(local_queue_push(queue, "b"));
    local_queue_reset(queue);
    local_queue_reset(queue);
    assert_int_equal(local_queue_len(queue), 1);
    s_take(queue, "resync");
    assert_true(local_queue_push(queue, "left to destroy"));
    local_queue_destroy(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_frames_max),
        cmocka_unit_test(test_bytes_max),
        cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
