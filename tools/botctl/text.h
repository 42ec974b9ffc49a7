/* text.h: texts of others on a terminal. What they hold may steer it, so everything that does not
 * simply print is shown as an escape. */
#pragma once

#include <stddef.h>

#include "lib/buf.h"

/* Once, at the start of the program: widths of characters come from the C library. */
void text_init(void);

/* Columns that a valid UTF-8 text takes: 2 for wide characters, 0 for combining ones. */
size_t text_width(const char *text);

/* The greatest number of bytes whose width is at most columns. */
size_t text_fit(const char *text, size_t columns);

/* Appends text with controls, line and bidirectional marks and bytes that are no UTF-8 as \n, \x1b,
 * \u202e. */
void text_escape(sb_buf_t *out, const char *text);

/* The same for texts of several lines: line breaks stay and are followed by indent blanks. */
void text_escape_lines(sb_buf_t *out, const char *text, size_t indent);
