/* store.h: questions to taskd that are asked until they are answered.
 *
 * taskd away, busy or slow is the world's doing: the same request goes out again with growing
 * pauses until the asker forgets it, which jobs.c makes it do at the deadline. Every request of a
 * factor carries its job's id, so a repeated one is known (proto/taskd.md). One thread. */
#pragma once

#include "lib/bus_client.h"
#include "lib/timers.h"

#define STORE_TRY_MS 2000     /* one try */
#define STORE_PAUSE_MIN_MS 50 /* after the first try, doubled each time up to */
#define STORE_PAUSE_MAX_MS 1000

typedef struct store store_t;
typedef struct store_ask store_ask_t;

/* Both are borrowed. */
store_t *store_new(sb_client_t *taskd, sb_timers_t *timers);
/* After every question was answered or forgotten and the client was destroyed, which calls back
 * about tries that are still out. */
void store_destroy(store_t **self_p);

/* Takes the body. fn comes exactly once, never before this returns and never with a code that says
 * "later"; the handle is dead then. */
store_ask_t *store_ask(store_t *self, const char *request, cJSON **body_p, sb_reply_fn *fn,
                       void *arg);
/* fn will not be called. Clears *ask_p. */
void store_forget(store_t *self, store_ask_t **ask_p);

void store_stats_json(const store_t *self, cJSON *object);
