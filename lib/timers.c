/* timers.c. The zloop timer is made anew only when an earlier deadline comes; one that is
 * early, since its deadline was cancelled, finds nothing due and arms for the next.
 *
 * zloop_timer_end only marks a timer: it may still fire in this pass, and in the next one if the
 * poll set changed. So a firing is believed only if its object still lives and awaits it. */
#include "lib/timers.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/heap.h"
#include "lib/mem.h"

struct sb_timers {
    zloop_t *loop;
    sb_heap_t *heap;
    int timer;         /* of zloop; -1 when none is armed */
    int64_t armed_ms;  /* what it is armed for, on the monotonic clock */
    bool running;      /* inside sb_heap_run: arm once at its end */
    sb_timers_t *next; /* in s_alive */
};

static _Thread_local sb_timers_t *s_alive; /* all of this thread, a handful */

static void s_arm(sb_timers_t *self);

static int s_on_timer(zloop_t *loop, int timer, void *arg)
{
    sb_timers_t *self = s_alive;
    while (self && self != arg) {
        self = self->next;
    }
    if (!self || self->loop != loop || self->timer != timer) {
        return 0;
    }
    self->timer = -1;
    self->running = true;
    (void)sb_heap_run(self->heap, sb_clock_mono_ms());
    self->running = false;
    s_arm(self);
    return 0;
}

static void s_arm(sb_timers_t *self)
{
    const int64_t next_ms = sb_heap_next_ms(self->heap);
    if (self->running || (self->timer >= 0 && self->armed_ms <= next_ms)) {
        return;
    }
    if (self->timer >= 0) {
        zloop_timer_end(self->loop, self->timer);
        self->timer = -1;
    }
    if (next_ms == INT64_MAX) {
        return;
    }
    const int64_t now_ms = sb_clock_mono_ms();
    self->armed_ms = next_ms;
    self->timer = zloop_timer(self->loop, next_ms > now_ms ? (size_t)(next_ms - now_ms) : 0, 1,
                              s_on_timer, self);
}

sb_timers_t *sb_timers_new(zloop_t *loop)
{
    assert(loop);
    sb_timers_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->heap = sb_heap_new();
    self->timer = -1;
    self->next = s_alive;
    s_alive = self;
    return self;
}

void sb_timers_destroy(sb_timers_t **self_p)
{
    assert(self_p);
    sb_timers_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->timer >= 0) {
        zloop_timer_end(self->loop, self->timer);
    }
    sb_timers_t **link_p = &s_alive;
    while (*link_p != self) {
        assert(*link_p); /* destroyed on the thread that made it */
        link_p = &(*link_p)->next;
    }
    *link_p = self->next;
    sb_heap_destroy(&self->heap);
    free(self);
    *self_p = NULL;
}

uint64_t sb_timers_add(sb_timers_t *self, int64_t delay_ms, sb_timer_fn *fn, void *arg)
{
    assert(self);
    const int64_t at_ms = sb_clock_mono_ms() + (delay_ms > 0 ? delay_ms : 0);
    const uint64_t id = sb_heap_add(self->heap, at_ms, fn, arg);
    s_arm(self);
    return id;
}

void sb_timers_cancel(sb_timers_t *self, uint64_t *id_p)
{
    assert(self);
    assert(id_p);
    if (*id_p) {
        (void)sb_heap_cancel(self->heap, *id_p);
        *id_p = 0;
        s_arm(self);
    }
}
