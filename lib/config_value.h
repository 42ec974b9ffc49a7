/* config_value.h: one value of a configuration: read, compared, shown, freed; used by config alone.
 *
 * A slot is the member of the config struct that a row's offset names. */
#pragma once

#include "lib/buf.h"
#include "lib/config.h"

/* Reads text as the row's type and puts it into the slot, in place of what was there. On error the
 * slot is untouched and the text says what was expected. A list is split at commas. */
SB_MUSTCHECK int sb_value_parse(const sb_key_t *key, const char *text, void *slot, sb_err_t *err);
/* Puts a list of n texts into the slot of an SB_LIST row. */
SB_MUSTCHECK int sb_value_set_list(const sb_key_t *key, const char *const *items, size_t n,
                                   void *slot, sb_err_t *err);
/* Puts "", 0, false, the first choice or an empty list into a slot that holds nothing yet. */
void sb_value_init(const sb_key_t *key, void *slot);
/* Frees what the slot holds, wiping secrets, and zeroes it. */
void sb_value_clear(const sb_key_t *key, void *slot);
bool sb_value_equal(const sb_key_t *key, const void *a, const void *b);
void sb_value_swap(const sb_key_t *key, void *a, void *b);
/* The size of a slot. */
size_t sb_value_size(const sb_key_t *key);
/* What is expected, as in "expected a whole number from 1 to 9". */
void sb_value_describe(const sb_key_t *key, sb_buf_t *out);
/* "1h30m"; the shortest that sb_duration_parse reads back. */
void sb_duration_print(int64_t ms, sb_buf_t *out);
/* Name number index of "a|b|c", with its length; NULL if there is none. */
const char *sb_choice_name(const char *choices, size_t index, size_t *len_r);
