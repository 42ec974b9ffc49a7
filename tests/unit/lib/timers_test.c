#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/timers.h"

typedef struct {
    zloop_t *loop;
    sb_timers_t *timers;
    char log[16]; /* one letter per timer that ran */
    size_t log_len;
    uint64_t victim; /* cancelled by on_cancel */
    int again;       /* on_again adds itself this often */
} scene_t;

static scene_t s_scene;

static int set_up(void **state)
{
    memset(&s_scene, 0, sizeof s_scene);
    s_scene.loop = zloop_new();
    s_scene.timers = sb_timers_new(s_scene.loop);
    *state = &s_scene;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_timers_destroy(&s_scene.timers);
    sb_timers_destroy(&s_scene.timers);
    zloop_destroy(&s_scene.loop);
    return 0;
}

static void s_note(char letter)
{
    assert_true(s_scene.log_len + 1 < sizeof s_scene.log);
    s_scene.log[s_scene.log_len++] = letter;
}

static void on_a(void *arg)
{
    (void)arg;
    s_note('a');
}

static void on_b(void *arg)
{
    (void)arg;
    s_note('b');
}

static void on_cancel(void *arg)
{
    (void)arg;
    s_note('c');
    sb_timers_cancel(s_scene.timers, &s_scene.victim);
}

static void on_again(void *arg)
{
    (void)arg;
    s_note('r');
    if (s_scene.again-- > 0) {
        (void)sb_timers_add(s_scene.timers, 0, on_again, NULL);
    }
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

/* The end is a zloop timer, so a timer that is never armed fails the test instead of hanging it. */
static void s_run(size_t ms)
{
    (void)zloop_timer(s_scene.loop, ms, 1, s_on_end, NULL);
    (void)zloop_start(s_scene.loop);
}

static void runs_in_order_of_time(void **state)
{
    (void)state;
    (void)sb_timers_add(s_scene.timers, 30, on_b, NULL);
    (void)sb_timers_add(s_scene.timers, 1, on_a, NULL); /* earlier than the armed one */
    s_run(300);
    assert_string_equal(s_scene.log, "ab");
}

static void cancelled_timer_never_runs(void **state)
{
    (void)state;
    uint64_t id = sb_timers_add(s_scene.timers, 1, on_a, NULL);
    (void)sb_timers_add(s_scene.timers, 20, on_b, NULL);
    sb_timers_cancel(s_scene.timers, &id);
    assert_int_equal(id, 0);
    sb_timers_cancel(s_scene.timers, &id);
    s_run(200);
    assert_string_equal(s_scene.log, "b");
}

static void callback_may_cancel_another(void **state)
{
    (void)state;
    (void)sb_timers_add(s_scene.timers, 1, on_cancel, NULL);
    s_scene.victim = sb_timers_add(s_scene.timers, 100, on_a, NULL);
    s_run(300);
    assert_string_equal(s_scene.log, "c");
}

static void callback_may_add_itself_for_now(void **state)
{
    (void)state;
    s_scene.again = 3;
    (void)sb_timers_add(s_scene.timers, 0, on_again, NULL);
    s_run(300);
    assert_string_equal(s_scene.log, "rrrr");
}

static void on_destroy_other(void *arg)
{
    sb_timers_t **other_p = arg;
    s_note('d');
    sb_timers_destroy(other_p);
    /* A changed poll set makes zloop skip the removal of ended timers for a pass. */
    zsock_t *sock = zsock_new_pair("@inproc://timers-test");
    (void)zloop_reader(s_scene.loop, sock, NULL, NULL);
    zloop_reader_end(s_scene.loop, sock);
    zsock_destroy(&sock);
}

static void callback_may_destroy_others_that_are_due(void **state)
{
    (void)state;
    sb_timers_t *other = sb_timers_new(s_scene.loop);
    (void)sb_timers_add(s_scene.timers, 1, on_destroy_other, &other);
    (void)sb_timers_add(other, 1, on_a, NULL);
    zclock_sleep(5);
    s_run(50);
    assert_null(other);
    assert_string_equal(s_scene.log, "d");
}

static void negative_delay_is_now(void **state)
{
    (void)state;
    (void)sb_timers_add(s_scene.timers, -5000, on_a, NULL);
    s_run(200);
    assert_string_equal(s_scene.log, "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_in_order_of_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled_timer_never_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(callback_may_cancel_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(callback_may_add_itself_for_now, set_up, tear_down),
        cmocka_unit_test_setup_teardown(callback_may_destroy_others_that_are_due, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(negative_delay_is_now, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
