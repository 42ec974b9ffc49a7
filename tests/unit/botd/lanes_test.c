#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/botd/lanes.h"

static lanes_t *s_lanes;
static cJSON *s_body;

static int set_up(void **state)
{
    (void)state;
    s_lanes = lanes_new();
    s_body = sb_json_object();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lanes_destroy(&s_lanes);
    lanes_destroy(&s_lanes);
    cJSON_Delete(s_body);
    return 0;
}

static void s_add(const char *id, const char *lane, int64_t ready_ms)
{
    assert_true(lanes_add(s_lanes, id, "chat.send", lane, s_body, 0, ready_ms));
}

static void s_expect(int64_t now_ms, const char *id)
{
    const lane_row_t *row = lanes_next(s_lanes, now_ms);
    if (!id) {
        assert_null(row);
        return;
    }
    assert_non_null(row);
    assert_string_equal(row->id, id);
}

static void one_lane_is_in_order_and_one_at_a_time(void **state)
{
    (void)state;
    s_add("1", "@alice", 0);
    s_add("2", "@alice", 0);
    s_expect(0, "1");
    s_expect(0, NULL);
    lanes_done(s_lanes, "1");
    s_expect(0, "2");
    lanes_done(s_lanes, "2");
    s_expect(0, NULL);
    assert_int_equal(lanes_len(s_lanes), 0);
}

static void lanes_do_not_wait_for_each_other(void **state)
{
    (void)state;
    s_add("a1", "@alice", 0);
    s_add("a2", "@alice", 0);
    s_add("b1", "@bob", 0);
    s_expect(0, "a1");
    s_expect(0, "b1");
    s_expect(0, NULL);
    lanes_done(s_lanes, "b1");
    lanes_done(s_lanes, "a1");
    s_expect(0, "a2");
}

static void a_failed_row_stays_first_and_waits(void **state)
{
    (void)state;
    s_add("a1", "@alice", 0);
    s_add("a2", "@alice", 0);
    s_add("b1", "@bob", 0);
    s_expect(0, "a1");
    lanes_back(s_lanes, "a1", true, 1000);
    assert_int_equal(lanes_find(s_lanes, "a1")->attempts, 1);
    s_expect(0, "b1");
    s_expect(999, NULL);
    assert_int_equal(lanes_next_ready_ms(s_lanes), 1000);
    s_expect(1000, "a1");
    assert_int_equal(lanes_next_ready_ms(s_lanes), INT64_MAX);
}

static void giving_back_unfailed_counts_nothing(void **state)
{
    (void)state;
    s_add("a1", "@alice", 0);
    s_expect(0, "a1");
    lanes_back(s_lanes, "a1", false, 50);
    assert_int_equal(lanes_find(s_lanes, "a1")->attempts, 0);
}

static void the_same_id_is_the_same_row(void **state)
{
    (void)state;
    s_add("a1", "@alice", 0);
    assert_false(lanes_add(s_lanes, "a1", "chat.send", "@alice", s_body, 0, 0));
    assert_false(lanes_add(s_lanes, "a1", "chat.send", "@bob", s_body, 0, 0));
    assert_int_equal(lanes_len(s_lanes), 1);
}

static void waiting_lanes_leave_the_list_in_any_order(void **state)
{
    (void)state;
    s_add("a1", "@alice", 300);
    s_add("b1", "@bob", 100);
    s_add("c1", "@carol", 200);
    s_expect(99, NULL);
    s_expect(100, "b1"); /* from the middle */
    s_add("d1", "@dave", 400);
    s_expect(300, "a1"); /* first and last but one together */
    s_expect(300, "c1");
    s_expect(300, NULL);
    s_expect(400, "d1");
    lanes_done(s_lanes, "d1");
    s_add("d2", "@dave", 0);
    s_expect(400, "d2");
}

static void clear_forgets_rows_that_are_out_too(void **state)
{
    (void)state;
    s_add("a1", "@alice", 0);
    s_add("a2", "@alice", 0);
    s_add("b1", "@bob", 900);
    s_expect(0, "a1");
    lanes_clear(s_lanes);
    assert_int_equal(lanes_len(s_lanes), 0);
    s_expect(1000, NULL);
    s_add("a1", "@alice", 0);
    s_expect(0, "a1");
}

/* Against a plain model: every row leaves once, in the order of its lane. */
static void thousands_leave_in_order(void **state)
{
    (void)state;
    enum { LANES = 50, ROWS = 4000 };
    int added[LANES] = {0};
    int taken[LANES] = {0};
    unsigned seed = 7;
    int out = 0;
    for (int i = 0; i < ROWS; i++) {
        seed = seed * 1103515245u + 12345u;
        const int lane = (int)((seed >> 16) % LANES);
        char id[32], name[32];
        (void)snprintf(id, sizeof id, "%d-%d", lane, added[lane]++);
        (void)snprintf(name, sizeof name, "lane%d", lane);
        s_add(id, name, (int64_t)((seed >> 8) % 100));
        const lane_row_t *row = i % 3 == 0 ? lanes_next(s_lanes, i) : NULL;
        if (row) {
            int from, n;
            assert_int_equal(sscanf(row->id, "%d-%d", &from, &n), 2);
            assert_int_equal(n, taken[from]);
            if (n % 5 == 4 && row->attempts == 0) {
                lanes_back(s_lanes, row->id, true, i + 10);
            } else {
                taken[from]++;
                out++;
                lanes_done(s_lanes, row->id);
            }
        }
    }
    const lane_row_t *row;
    while ((row = lanes_next(s_lanes, INT64_MAX - 1)) != NULL) {
        int from, n;
        assert_int_equal(sscanf(row->id, "%d-%d", &from, &n), 2);
        assert_int_equal(n, taken[from]++);
        out++;
        lanes_done(s_lanes, row->id);
    }
    assert_int_equal(out, ROWS);
    assert_int_equal(lanes_len(s_lanes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_lane_is_in_order_and_one_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lanes_do_not_wait_for_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_row_stays_first_and_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(giving_back_unfailed_counts_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_id_is_the_same_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_lanes_leave_the_list_in_any_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(clear_forgets_rows_that_are_out_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(thousands_leave_in_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
