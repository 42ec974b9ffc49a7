/* answer.h: understands a typed message as an answer: yes, no, not sure, a one-time code, or none
 * of these.
 *
 * The first word decides; what follows it and its punctuation is the comment, verbatim. What could
 * be meant either way is unclear and is asked again: it is never taken for a yes. A denial in plain
 * words ("that wasn't me") counts as no, since a no is always on the safe side.
 *
 *     yes, yep - it was me!     yes, comment "it was me!"
 *     "No." / nope / wasn't me  no
 *     no idea, wasn't me        no, the words as comment
 *     not sure / no idea, sorry / I don't remember                    unsure, the words as comment
 *     sure, ok                  yes to "is that all right?", unclear to "did you do this?"
 *     yes? / yes and no / yeah right / yes but it wasn't me / maybe   unclear
 *     yesterday / y/n / no-one  none */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "proto/authd.h"

typedef enum {
    ANSWER_NONE,
    ANSWER_YES,
    ANSWER_NO,
    ANSWER_UNSURE,
    ANSWER_HELP, /* "need help"; help alone is a command */
    ANSWER_UNCLEAR
} answer_kind_t;

typedef struct {
    answer_kind_t kind;
    const char *comment; /* into the text; not cut, not changed */
    size_t comment_size; /* without the blanks at its end */
} answer_t;

/* text is valid UTF-8. consent: the question was whether something is all right. */
answer_t answer_parse(const char *text, bool consent);

/* The comment as if the first word were an answer, whatever it is: for words that a configuration
 * says mean yes or no. */
answer_t answer_of(answer_kind_t kind, const char *text);

/* True if these size bytes are a code and nothing else: SB_CODE_DIGITS digits, perhaps in groups.
 */
bool answer_code(const char *text, size_t size, char code_r[SB_CODE_DIGITS + 1]);
