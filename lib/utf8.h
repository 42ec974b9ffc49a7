/* utf8.h: UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over U+10FFFF. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if all size bytes are well-formed; else *bad_r (may be NULL) is the offset of the fault. */
bool sb_utf8_valid(const void *data, size_t size, size_t *bad_r);

/* Decodes the character at text (valid, NUL-terminated); its length in bytes, 0 at the end. */
size_t sb_utf8_decode(const char *text, uint32_t *rune_r);

/* Writes 1..4 bytes and returns how many. */
size_t sb_utf8_encode(uint32_t rune, char out[4]);

/* The greatest n <= max so that text[0..n) ends on a character boundary. text is valid UTF-8. */
size_t sb_utf8_cut(const char *text, size_t max);
