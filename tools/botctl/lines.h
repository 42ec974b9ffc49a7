/* lines.h: cuts a stream of bytes into lines of bounded length. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct lines lines_t;

lines_t *lines_new(size_t line_size_max);
void lines_destroy(lines_t **self_p);

/* Copies size bytes. */
void lines_feed(lines_t *self, const void *data, size_t size);
/* No more will come: what is left is a line too. */
void lines_end(lines_t *self);

typedef struct {
    const char *text; /* size bytes and a NUL, without the line's end; lives until the next call */
    size_t size;
    size_t number; /* from 1 */
    bool too_long; /* text is its beginning */
} line_t;

/* False if there is no whole line yet. Blank lines are passed over, but counted. */
bool lines_next(lines_t *self, line_t *line_r);
