/* policy.h: what the core is told from outside: texts, commands, hours, durations. Read-only while
 * a step runs; replaced as a whole on reload. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "services/botd/commands.h"
#include "services/botd/hours.h"
#include "services/botd/messages.h"

typedef struct {
    const messages_t *messages;  /* texts, original's keys */
    const commands_t *commands;  /* help, usage, replies */
    const hours_t *hours;        /* business hours for deadlines */
    int64_t answer_ms;           /* time to answer, in business hours; original: 2 h */
    int64_t proof_ms;            /* at most this long for a factor job; original: none (a bug) */
    int64_t automute_ms;         /* after a verified confirmation; original: 21 h; 0: never */
    int64_t ignore_max_ms;       /* longest `ignore`; original: 4 h */
    int64_t codes_max;           /* typed codes per alert before it is refused */
    char *const *never_mute;     /* NULL-ended titles that are never muted automatically */
    char *const *factors;        /* NULL-ended drivers in order; none: those of authd */
    const char *strength;        /* the least of any proof; NULL: SB_STRENGTH_CODE */
    char *const *push_titles;    /* NULL-ended titles that need more, `*` at the end is open */
    char *const *passkey_titles; /* likewise */
    int64_t proofs_per_hour;     /* asked of one person, typed codes apart */
    int64_t proofs_per_day;
    int64_t cooloff_ms;       /* no proof for so long after one was refused */
    int64_t fraud_cooloff_ms; /* after one was reported as fraud */
} policy_t;
