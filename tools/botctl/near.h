/* near.h: the word that was probably meant, for "did you mean ...?". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Steps that turn a into b: a letter added, dropped, changed, or swapped with its neighbour. Words
 * over 63 bytes are infinitely far. */
size_t near_distance(const char *a, const char *b);

/* True if word is close enough to name to be a slip of the fingers, or the start of it. */
bool near_enough(const char *word, const char *name, size_t *distance_r);
