/* local_queue.h: the frames that wait for one browser. Bounded: when it is full everything in it is
 * dropped and one `resync` stands in its place, so that a slow browser costs no memory and knows
 * that it missed something. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct local_queue local_queue_t;

/* headroom bytes stand before each text, for whoever writes it out. resync is the frame that stands
 * for what was dropped; borrowed. */
local_queue_t *local_queue_new(size_t frames_max, size_t bytes_max, size_t headroom,
                               const char *resync);
void local_queue_destroy(local_queue_t **self_p);

/* Copies text. False if the queue was full: it was emptied, and holds the resync alone. */
bool local_queue_push(local_queue_t *self, const char *text);
/* Drops all that waits and queues a resync. */
void local_queue_reset(local_queue_t *self);
/* The oldest and its length, or NULL; borrowed until the next call but peek. */
char *local_queue_peek(const local_queue_t *self, size_t *len_r);
void local_queue_pop(local_queue_t *self);
size_t local_queue_len(const local_queue_t *self);
