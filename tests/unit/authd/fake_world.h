/* fake_world.h: clock, timers and taskd as a test plays them.
 *
 * Defines sb_clock_mono_ms, sb_clock_wall_ms, sb_timers_add, sb_timers_cancel and sb_client_call,
 * so that store.c and the drivers run without a socket and without waiting. The taskd in it keeps
 * factors as proto/taskd.md says. */
#pragma once

#include <stdint.h>

#include "lib/bus_client.h"
#include "lib/timers.h"

#define FAKE_WALL_MS INT64_C(1800000000000) /* the wall clock at the start */
#define FAKE_LATENCY_MS 2                   /* of an answer */

void fake_reset(void);
/* Fails the test if a timer or a call is left; frees what was kept. */
void fake_end(void);
/* Runs what becomes due, in order. */
void fake_advance(int64_t ms);
int64_t fake_now_ms(void);
sb_client_t *fake_client(void); /* not NULL, not to be looked into */
sb_timers_t *fake_timers(void);

/* How often something was logged as an error, and the last of it. */
extern int fake_errors;
extern const char *fake_error;

/* ---- taskd. */

typedef enum {
    FAKE_UP,
    FAKE_AWAY,      /* SB_ERETRY, after the latency */
    FAKE_SILENT,    /* nothing: SB_ETIMEOUT */
    FAKE_FORGETFUL, /* does the work, then SB_ETIMEOUT */
    FAKE_REFUSING,  /* SB_EFORBIDDEN */
    FAKE_ANSWERING  /* whatever fake_taskd.answer says */
} fake_mode_t;

typedef struct {
    const char *person, *driver; /* NULL: nobody is enrolled */
    char *secret;                /* free()d by fake_end */
    int64_t last_step;
    int misses;
    int64_t locked_until_ms;
    char accepted_job[65], counted_job[65];
} fake_factor_t;

typedef struct {
    fake_mode_t mode;
    const char *answer; /* JSON */
    fake_factor_t factor;
    /* Serves all but factor.*; the code of a NACK, or SB_OK and *answer_r. NULL: nothing else is
     * asked. */
    int (*more)(const char *request, const cJSON *body, cJSON **answer_r);
    int calls;             /* requests that came */
    char last_request[48]; /* its name */
} fake_taskd_t;
extern fake_taskd_t fake_taskd;
