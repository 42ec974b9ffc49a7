/* heap.h: timers as a binary heap. Thousands cost nothing until the first is due; a zloop timer per
 * deadline would be looked through on every event. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sb_heap sb_heap_t;
typedef void(sb_heap_fn)(void *arg);

sb_heap_t *sb_heap_new(void);
void sb_heap_destroy(sb_heap_t **self_p);

/* Calls fn(arg) once from sb_heap_run at or after at_ms. Returns an id for sb_heap_cancel, never
 * 0. Equal times run in the order they were added. */
uint64_t sb_heap_add(sb_heap_t *self, int64_t at_ms, sb_heap_fn *fn, void *arg);

/* Forgets a timer. False if it ran already or never was. */
bool sb_heap_cancel(sb_heap_t *self, uint64_t id);

/* When the earliest is due; INT64_MAX when empty. */
int64_t sb_heap_next_ms(const sb_heap_t *self);

/* Runs what is due at now_ms. A timer added meanwhile for now or earlier waits for the next run.
 * Returns how many ran. */
size_t sb_heap_run(sb_heap_t *self, int64_t now_ms);

size_t sb_heap_len(const sb_heap_t *self);
