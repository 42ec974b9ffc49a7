/* fake_store.h: taskd's client, the timers and the clock as a test plays them.
 *
 * Defines sb_client_call, sb_timers_add, sb_timers_cancel, sb_clock_mono_ms and sb_clock_wall_ms,
 * so that the module under test runs without a socket and without waiting. */
#pragma once

#include "lib/bus_client.h"
#include "lib/timers.h"

/* One request that the module sent and that waits for its answer. */
typedef struct {
    char *name;
    cJSON *body;
    int64_t epoch;
    sb_reply_fn *fn;
    void *arg;
} fake_call_t;

#define FAKE_CALLS_MAX 64
extern fake_call_t fake_calls[FAKE_CALLS_MAX]; /* in the order they were sent; answered are gone */
extern size_t fake_calls_len;

void fake_reset(void);
sb_client_t *fake_client(void); /* not NULL, not to be looked into */
sb_timers_t *fake_timers(void);

/* Answers the oldest request, which must have this name, with a RESULT. json is parsed. */
void fake_answer(const char *name, const char *json);
/* ... or with a failure. */
void fake_refuse(const char *name, int code);
void fake_refuse_saying(const char *name, int code, const char *text);
/* The text of the oldest request's body; free() it. */
char *fake_body(const char *name);

/* Moves the clock and runs the timers that become due, in order. */
void fake_advance(int64_t ms);
int64_t fake_now_ms(void);
