/* text.h: foreign text made fit to be shown. What alerts and people say is data: it never forges a
 * line of ours, and never runs backwards. Control characters and those that turn the direction of
 * writing are left out; what is too long is cut on a character boundary and ends with "…". */
#pragma once

#include <stddef.h>

#define TEXT_MARK "\xe2\x80\xa6" /* "…" */

/* One line of at most max bytes; line breaks and tabs become spaces, blanks at the ends go. max is
 * at least 4. The caller frees the result. */
char *text_line(const char *text, size_t max);

/* The same with its line breaks; blank lines at the ends go. */
char *text_block(const char *text, size_t max);

/* A quotation of at most max bytes: each line begins with "> ". "" if there is nothing to see. max
 * is at least 16. The caller frees the result. */
char *text_quote(const char *text, size_t max);

/* size bytes of text as they are, cut to max. The caller frees the result. */
char *text_cut(const char *text, size_t size, size_t max);

/* Overwrites each number that could be a one-time code (SB_CODE_DIGITS digits) with asterisks: for
 * words that were said while a code could be typed, and are then shown to others. */
void text_hide_codes(char *text);
