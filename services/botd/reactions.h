/* reactions.h: what happens when something is heard, by state: the conversation as a table. */
#pragma once

#include "services/botd/answer.h"
#include "services/botd/step.h"

typedef enum {
    HEARD_YES,         /* typed, or the open message's button */
    HEARD_NO,          /* likewise */
    HEARD_DENIED,      /* the question's no, pressed: it stays a denial whatever was said since */
    HEARD_UNSURE,      /* likewise; typed only to the question */
    HEARD_HELP,        /* the button alone */
    HEARD_CODE,        /* a one-time code, where one can be typed */
    HEARD_RESULT,      /* of the factor job that is waited for */
    HEARD_SHOW,        /* it waits for the person, with something to show */
    HEARD_UNDELIVERED, /* the open message could not be delivered, ever */
    HEARD_DEADLINE,    /* the time is up */
    HEARD_LEN
} heard_kind_t;

typedef struct {
    heard_kind_t kind;
    answer_t answer;     /* of the first four; comment NULL for a button without one */
    const char *code;    /* of a code; it goes into the job's body and nowhere else */
    const cJSON *result; /* of the two behind; NULL if it could not be read */
} heard_t;

void reactions_run(step_t *step, const heard_t *heard);
