/* timers.h: a heap of timers on a zloop that keeps one zloop timer, for the earliest of them. Made,
 * used and destroyed on the loop's thread; not destroyed by one of its own callbacks. */
#pragma once

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct sb_timers sb_timers_t;
typedef void(sb_timer_fn)(void *arg);

sb_timers_t *sb_timers_new(zloop_t *loop);
void sb_timers_destroy(sb_timers_t **self_p);

/* Calls fn(arg) once from the loop, after at least delay_ms (negative counts as 0). Returns an id
 * for sb_timers_cancel, never 0. */
uint64_t sb_timers_add(sb_timers_t *self, int64_t delay_ms, sb_timer_fn *fn, void *arg);

/* Forgets a timer and clears *id_p; 0 and one that has run are fine. */
void sb_timers_cancel(sb_timers_t *self, uint64_t *id_p);
