/* out.c */
#include "tests/support/fake/out.h"

#include <inttypes.h>
#include <string.h>

#include "lib/utf8.h"

out_t out_new(void)
{
    return (out_t){.buf = sb_buf(OUT_SIZE_MAX)};
}

static void s_unit(out_t *self, uint32_t unit)
{
    sb_buf_printf(&self->buf, "\\u%04x", (unsigned)unit);
}

/* A character that does not stand for itself; returns its length. */
static size_t s_escape(out_t *self, const char *at)
{
    static const char named[] = "\"\\/\b\f\n\r\t";
    static const char names[] = "\"\\/bfnrt";
    const char *found = strchr(named, *at);
    if (found) {
        sb_buf_putc(&self->buf, '\\');
        sb_buf_putc(&self->buf, names[found - named]);
        return 1;
    }
    uint32_t rune = 0;
    const size_t len = sb_utf8_decode(at, &rune);
    if (rune < 0x10000) {
        s_unit(self, rune);
    } else {
        s_unit(self, 0xD800 + ((rune - 0x10000) >> 10));
        s_unit(self, 0xDC00 + ((rune - 0x10000) & 0x3FF));
    }
    return len;
}

static bool s_plain(char c)
{
    return c >= ' ' && c < 0x7F && c != '"' && c != '\\' && c != '/';
}

static void s_quote(out_t *self, const char *text)
{
    sb_buf_putc(&self->buf, '"');
    while (*text) {
        size_t len = 0;
        while (text[len] && s_plain(text[len])) {
            len++;
        }
        sb_buf_add(&self->buf, text, len);
        text += len;
        if (*text) {
            text += s_escape(self, text);
        }
    }
    sb_buf_putc(&self->buf, '"');
}

static void s_key(out_t *self, const char *key)
{
    if (self->some) {
        sb_buf_putc(&self->buf, ',');
    }
    self->some = true;
    if (key) {
        s_quote(self, key);
        sb_buf_putc(&self->buf, ':');
    }
}

void out_begin(out_t *self, const char *key, char open)
{
    s_key(self, key);
    sb_buf_putc(&self->buf, open);
    self->some = false;
}

void out_end(out_t *self, char close)
{
    sb_buf_putc(&self->buf, close);
    self->some = true;
}

void out_str(out_t *self, const char *key, const char *text)
{
    s_key(self, key);
    if (text) {
        s_quote(self, text);
    } else {
        sb_buf_puts(&self->buf, "null");
    }
}

void out_int(out_t *self, const char *key, int64_t value)
{
    s_key(self, key);
    sb_buf_printf(&self->buf, "%" PRId64, value);
}

void out_bool(out_t *self, const char *key, bool value)
{
    s_key(self, key);
    sb_buf_puts(&self->buf, value ? "true" : "false");
}

void out_raw(out_t *self, const char *key, const char *json)
{
    s_key(self, key);
    sb_buf_puts(&self->buf, json ? json : "null");
}

void out_clear(out_t *self)
{
    sb_buf_clear(&self->buf);
    self->some = false;
}

void out_free(out_t *self)
{
    sb_buf_free(&self->buf);
    self->some = false;
}
