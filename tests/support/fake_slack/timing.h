/* timing.h: what is to happen later, on the server's one thread. */
#pragma once

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct timing timing_t;
typedef void(timing_fn)(void *arg);

timing_t *timing_new(void);
void timing_destroy(timing_t **self_p);
/* Nothing happens before the server has a context. */
void timing_attach(timing_t *self, struct lws_context *lws);

/* Calls fn(arg) once. Returns an id for timing_cancel, never 0. */
uint64_t timing_add(timing_t *self, int64_t delay_ms, timing_fn *fn, void *arg);
/* Forgets it and clears *id_p; 0 and one that has run are fine. */
void timing_cancel(timing_t *self, uint64_t *id_p);
