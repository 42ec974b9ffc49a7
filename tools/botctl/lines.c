#include "tools/botctl/lines.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

struct lines {
    char *data;
    size_t start; /* of what was not handed out yet */
    size_t len;
    size_t room;
    size_t line_size_max;
    size_t number; /* lines handed out or passed over */
    bool too_long; /* the line at start was longer and lost its rest */
    bool ended;
};

lines_t *lines_new(size_t line_size_max)
{
    lines_t *self = sb_alloc(sizeof *self);
    self->line_size_max = line_size_max;
    return self;
}

void lines_destroy(lines_t **self_p)
{
    assert(self_p);
    lines_t *self = *self_p;
    if (!self) {
        return;
    }
    *self_p = NULL;
    free(self->data);
    free(self);
}

/* Makes place for size more bytes and a NUL behind them. */
static void s_grow(lines_t *self, size_t size)
{
    if (self->start > 0) {
        memmove(self->data, self->data + self->start, self->len - self->start);
        self->len -= self->start;
        self->start = 0;
    }
    if (self->len + size + 1 > self->room) {
        self->room = 2 * (self->len + size + 1);
        self->data = sb_realloc(self->data, self->room);
    }
}

/* Drops the middle of an endless line, so that what is kept stays bounded. One byte more than a
 * line may have is no fault yet: it can be the carriage return of its end. */
static void s_cut(lines_t *self)
{
    if (!memchr(self->data, '\n', self->len) && self->len > self->line_size_max + 1) {
        self->len = self->line_size_max + 1;
        self->too_long = true;
    }
}

void lines_feed(lines_t *self, const void *data, size_t size)
{
    assert(self);
    assert(!self->ended);
    s_grow(self, size);
    memcpy(self->data + self->len, data, size);
    self->len += size;
    s_cut(self);
}

void lines_end(lines_t *self)
{
    assert(self);
    s_grow(self, 0);
    self->ended = true;
}

/* The next line, blank or not. */
static bool s_next(lines_t *self, line_t *line_r)
{
    const size_t left = self->len - self->start;
    if (!self->data || left == 0) {
        return false;
    }
    char *text = self->data + self->start;
    char *end = memchr(text, '\n', left);
    if (!end && !self->ended) {
        return false;
    }
    size_t size = end ? (size_t)(end - text) : left;
    self->start += size + (end ? 1 : 0);
    if (size > 0 && text[size - 1] == '\r') {
        size--;
    }
    line_r->too_long = self->too_long || size > self->line_size_max;
    line_r->size = size > self->line_size_max ? self->line_size_max : size;
    text[line_r->size] = '\0';
    line_r->text = text;
    line_r->number = ++self->number;
    self->too_long = false;
    return true;
}

bool lines_next(lines_t *self, line_t *line_r)
{
    assert(self);
    assert(line_r);
    while (s_next(self, line_r)) {
        size_t blank = 0;
        while (blank < line_r->size && isspace((unsigned char)line_r->text[blank])) {
            blank++;
        }
        if (blank < line_r->size) {
            return true;
        }
    }
    return false;
}
