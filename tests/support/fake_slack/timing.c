/* timing.c. A heap, and one timer of libwebsockets for the earliest in it. */
#include "tests/support/fake_slack/timing.h"

#include <stddef.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/heap.h"
#include "lib/mem.h"

#define WAIT_MS_MAX 3600000 /* then the timer looks again */

struct timing {
    lws_sorted_usec_list_t sul; /* the first member: libwebsockets hands it back */
    struct lws_context *lws;    /* NULL until attached */
    sb_heap_t *heap;
};

timing_t *timing_new(void)
{
    timing_t *self = sb_alloc(sizeof *self);
    self->heap = sb_heap_new();
    return self;
}

void timing_destroy(timing_t **self_p)
{
    if (*self_p) {
        sb_heap_destroy(&(*self_p)->heap);
        free(*self_p);
        *self_p = NULL;
    }
}

static void s_arm(timing_t *self);

static void s_due(lws_sorted_usec_list_t *sul)
{
    timing_t *self = lws_container_of(sul, timing_t, sul);
    (void)sb_heap_run(self->heap, sb_clock_mono_ms());
    s_arm(self);
}

static void s_arm(timing_t *self)
{
    if (!self->lws) {
        return;
    }
    if (sb_heap_len(self->heap) == 0) {
        lws_sul_schedule(self->lws, 0, &self->sul, s_due, LWS_SET_TIMER_USEC_CANCEL);
        return;
    }
    int64_t wait_ms = sb_heap_next_ms(self->heap) - sb_clock_mono_ms();
    wait_ms = wait_ms < 0 ? 0 : wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms;
    /* never 0 us, which would starve the sockets when a timer sets the next */
    lws_sul_schedule(self->lws, 0, &self->sul, s_due, wait_ms * 1000 + 1);
}

void timing_attach(timing_t *self, struct lws_context *lws)
{
    self->lws = lws;
    s_arm(self);
}

uint64_t timing_add(timing_t *self, int64_t delay_ms, timing_fn *fn, void *arg)
{
    const int64_t at_ms = sb_clock_mono_ms() + (delay_ms > 0 ? delay_ms : 0);
    const bool first = at_ms < sb_heap_next_ms(self->heap);
    const uint64_t id = sb_heap_add(self->heap, at_ms, fn, arg);
    if (first) {
        s_arm(self);
    }
    return id;
}

void timing_cancel(timing_t *self, uint64_t *id_p)
{
    if (*id_p) {
        (void)sb_heap_cancel(self->heap, *id_p);
        *id_p = 0;
    }
}
