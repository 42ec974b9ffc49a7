/* fake_call.h: calls as a test hands them in. Defines what jobs.c uses of sb_call_t. */
#pragma once

#include "lib/bus_server.h"

/* What became of a call. */
typedef struct {
    char *accept; /* the body of ACCEPT as text; NULL: none was sent */
    char *result; /* the body of RESULT as text; NULL: none was sent */
    int code;     /* of the NACK; SB_OK: none was sent */
    char error[SB_ERR_TEXT_MAX];
    int64_t ended_ms; /* when it was answered; 0: it is open */
} fake_outcome_t;

/* outcome is filled as the call is answered and must outlive it. */
sb_call_t *fake_call(const char *id, int64_t timeout_ms, const char *body, fake_outcome_t *outcome);
void fake_outcome_free(fake_outcome_t *outcome);
