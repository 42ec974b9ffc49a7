/* card.h: what a message is about, member by member, for chat systems that can show more than text
 * (proto/chatd.md). */
#pragma once

#include "services/botd/step.h"

typedef struct {
    const char *kind;     /* "question", "consent", "escalation" */
    const alert_t *alert; /* with its outcome and so on, as they are by now */
    int64_t deadline_ms;  /* -1: none */
    const char *line;     /* what became of it; NULL or "": nothing yet */
} card_t;

/* The caller owns the result. */
cJSON *card_json(step_t *step, const card_t *card);
