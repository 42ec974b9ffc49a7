/* span.h: lengths of time as people write them: 2h, 30m, 1h30m. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SPAN_WORDS_SIZE 48

/* XhYm in either case; at least one of the two. False if text is none. Large numbers end at some
 * centuries. */
bool span_parse(const char *text, int64_t *ms_r);

/* "1 h 30 min"; less than a minute counts as one. */
void span_words(int64_t ms, char out[SPAN_WORDS_SIZE]);
