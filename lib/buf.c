#include "lib/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/mem.h"

#define ROOM_MIN 64

sb_buf_t sb_buf(size_t len_max)
{
    assert(len_max < SIZE_MAX / 2); /* so that doubling can't wrap */
    return (sb_buf_t){.len_max = len_max};
}

/* How many of size bytes still fit; notes the overflow. */
static size_t s_fit(sb_buf_t *self, size_t size)
{
    const size_t left = self->len_max - self->len;
    if (size > left) {
        self->overflow = true;
        return left;
    }
    return size;
}

/* Makes place for size more bytes and the NUL. */
static void s_grow(sb_buf_t *self, size_t size)
{
    const size_t need = self->len + size + 1;
    if (need <= self->room) {
        return;
    }
    size_t room = self->room ? self->room : ROOM_MIN;
    while (room < need) {
        room *= 2;
    }
    self->text = sb_realloc(self->text, room);
    self->room = room;
}

void sb_buf_add(sb_buf_t *self, const void *data, size_t size)
{
    assert(self);
    assert(data || size == 0);
    size = s_fit(self, size);
    s_grow(self, size);
    if (size > 0) {
        memcpy(self->text + self->len, data, size);
        self->len += size;
    }
    self->text[self->len] = '\0';
}

void sb_buf_puts(sb_buf_t *self, const char *text)
{
    assert(text);
    sb_buf_add(self, text, strlen(text));
}

void sb_buf_putc(sb_buf_t *self, char c)
{
    sb_buf_add(self, &c, 1);
}

void sb_buf_printf(sb_buf_t *self, const char *fmt, ...)
{
    assert(self);
    assert(fmt);
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    const int got = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(got >= 0);
    const size_t size = s_fit(self, (size_t)got);
    s_grow(self, size);
    (void)vsnprintf(self->text + self->len, size + 1, fmt, again);
    va_end(again);
    self->len += size;
}

const char *sb_buf_text(const sb_buf_t *self)
{
    assert(self);
    return self->text ? self->text : "";
}

char *sb_buf_take(sb_buf_t *self)
{
    assert(self);
    char *text = self->text ? self->text : sb_alloc(1);
    *self = sb_buf(self->len_max);
    return text;
}

void sb_buf_clear(sb_buf_t *self)
{
    assert(self);
    self->len = 0;
    self->overflow = false;
    if (self->text) {
        self->text[0] = '\0';
    }
}

void sb_buf_free(sb_buf_t *self)
{
    if (self) {
        free(self->text);
        *self = sb_buf(self->len_max);
    }
}
