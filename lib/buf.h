/* buf.h: a growing text with a limit. Always NUL-terminated once something was added. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char *text;     /* NULL until the first append; freed by sb_buf_free */
    size_t len;     /* without the NUL */
    size_t room;    /* allocated */
    size_t len_max; /* set at init; appends beyond it are cut and overflow is set */
    bool overflow;
} sb_buf_t;

sb_buf_t sb_buf(size_t len_max);
void sb_buf_add(sb_buf_t *self, const void *data, size_t size);
void sb_buf_puts(sb_buf_t *self, const char *text);
void sb_buf_putc(sb_buf_t *self, char c);
void sb_buf_printf(sb_buf_t *self, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *sb_buf_text(const sb_buf_t *self); /* "" when empty */
char *sb_buf_take(sb_buf_t *self);             /* the caller owns it; never NULL; self is empty */
void sb_buf_clear(sb_buf_t *self);             /* keeps the memory */
void sb_buf_free(sb_buf_t *self);
