/* factor_script.h: two drivers that do as a test says: approve after a while, wait for ever, refuse
 * to open. They prove that factor.h has room for factors that nobody types. */
#pragma once

#include "services/authd/factor.h"

#define SCRIPT_NEVER (-1)

typedef struct {
    bool broken; /* check fails */
    bool shut;   /* open fails: a file went away after the check */
    factor_status_t can;
    factor_strength_t strength; /* found, with can */
    const char *text;           /* the same */
    int64_t can_after_ms;       /* SCRIPT_NEVER: hangs */
    const char *transaction;    /* told with accepted, as are these */
    const char *show_kind, *show_text;
    int64_t accepted_after_ms; /* SCRIPT_NEVER: accepted is not told */
    factor_status_t end;
    int64_t end_after_ms; /* SCRIPT_NEVER: waits until it is cancelled */

    /* What was seen. */
    int opened, closed, asked, started, cancelled;
    char last_job[65], last_person[65], last_title[64], last_short[65], last_reason[64];
    char last_transaction[65]; /* "-": none */
    bool last_again;
    factor_strength_t last_strength;
    int64_t last_left_ms;
    factor_cancel_t last_why;
} script_t;

extern script_t script_push;                          /* "push": not typed, FACTOR_PUSH at best */
extern script_t script_token;                         /* "token": typed, FACTOR_CODE */
extern const factor_driver_t *const script_drivers[]; /* both */

void script_reset(void);
