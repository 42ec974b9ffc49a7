/* guesses.h: wrong tokens and codes, counted by address. Pure.
 *
 * Nobody guesses 16 random bytes; what is spared is the store. A table of a fixed size, in which
 * two addresses may share a row: whoever has very many addresses fills it and no more than it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GUESSES_BURST 30     /* wrong ones at once */
#define GUESSES_PER_SECOND 1 /* and from then on */

typedef struct guesses guesses_t;

/* seed: which addresses share a row is not to be known outside. */
guesses_t *guesses_new(uint64_t seed, int64_t now_ms);
void guesses_destroy(guesses_t **self_p);

/* address is a number; of IPv6 the first half counts, which is one network. */
bool guesses_allowed(guesses_t *self, const char *address, int64_t now_ms);
/* It was wrong. */
void guesses_wrong(guesses_t *self, const char *address, int64_t now_ms);
