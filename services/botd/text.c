/* text.c. Whole characters are added or none, so that every cut is on a boundary. */
#include "services/botd/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/mem.h"
#include "lib/utf8.h"
#include "proto/authd.h"

#define MARK_SIZE (sizeof TEXT_MARK - 1)
#define QUOTE "> "

static bool s_is_break(uint32_t rune)
{
    return (rune >= '\n' && rune <= '\r') || rune == 0x85 || rune == 0x2028 || rune == 0x2029;
}

/* Not to be shown: C0, C1, marks and overrides of direction, the byte order mark. */
static bool s_is_hidden(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune <= 0x9f) || rune == 0x61c || rune == 0x200e ||
           rune == 0x200f || (rune >= 0x202a && rune <= 0x202e) ||
           (rune >= 0x2066 && rune <= 0x2069) || rune == 0xfeff;
}

/* The next character as it is to be shown: '\n' for a line break of any kind, 0 for nothing. The
 * result is its size in text, 0 at the end. */
static size_t s_next(const char *text, uint32_t *rune_r)
{
    size_t size = sb_utf8_decode(text, rune_r);
    if (size == 0) {
        return 0;
    }
    if (*rune_r == '\r' && text[1] == '\n') {
        size = 2;
    }
    if (s_is_break(*rune_r)) {
        *rune_r = '\n';
    } else if (*rune_r == '\t') {
        *rune_r = ' ';
    } else if (s_is_hidden(*rune_r)) {
        *rune_r = 0;
    }
    return size;
}

static void s_trim(sb_buf_t *out)
{
    while (out->len > 0 && strchr(" \n", out->text[out->len - 1])) {
        out->text[--out->len] = '\0';
    }
}

/* One line or several. */
static char *s_shown(const char *text, size_t max, char line_break)
{
    assert(max > MARK_SIZE);
    sb_buf_t out = sb_buf(max);
    sb_buf_puts(&out, "");
    uint32_t rune;
    size_t size;
    size_t room_len = 0; /* out.len at which the mark still fits */
    while ((size = s_next(text, &rune)) > 0) {
        text += size;
        rune = rune == '\n' ? (uint32_t)line_break : rune;
        if (rune == 0 || (rune == ' ' && out.len == 0)) {
            continue;
        }
        char bytes[4];
        const size_t bytes_len = sb_utf8_encode(rune, bytes);
        if (out.len + bytes_len > max) {
            out.len = room_len;
            out.text[out.len] = '\0';
            sb_buf_puts(&out, TEXT_MARK);
            break;
        }
        sb_buf_add(&out, bytes, bytes_len);
        room_len = out.len <= max - MARK_SIZE ? out.len : room_len;
    }
    s_trim(&out);
    return sb_buf_take(&out);
}

char *text_line(const char *text, size_t max)
{
    assert(text);
    return s_shown(text, max, ' ');
}

/* Skips the blank lines before the first thing to be seen. */
static const char *s_skip_blank_lines(const char *text)
{
    const char *line = text;
    uint32_t rune;
    size_t size;
    while ((size = s_next(text, &rune)) > 0 && (rune == 0 || rune == ' ' || rune == '\n')) {
        text += size;
        line = rune == '\n' ? text : line;
    }
    return size == 0 ? text : line;
}

char *text_block(const char *text, size_t max)
{
    assert(text);
    return s_shown(s_skip_blank_lines(text), max, '\n');
}

/* Ends a quotation that is too long for max: the last characters give way to the mark. */
static void s_mark_quote(sb_buf_t *out, size_t max)
{
    out->len = sb_utf8_cut(out->text, max - MARK_SIZE - sizeof QUOTE);
    out->text[out->len] = '\0';
    const char *tail = out->text + out->len;
    if (tail[-1] == '\n') { /* a line that was only begun */
        out->len -= 1;
    } else if (tail[-1] == '>' && tail[-2] == '\n') {
        out->len -= 2;
    }
    sb_buf_puts(out, TEXT_MARK);
}

/* Drops the lines at the end that show nothing. */
static void s_trim_quote(sb_buf_t *out)
{
    s_trim(out);
    while (out->len >= 2 && memcmp(out->text + out->len - 2, "\n>", 2) == 0) {
        out->len -= 2;
        out->text[out->len] = '\0';
        s_trim(out);
    }
}

char *text_quote(const char *text, size_t max)
{
    assert(text);
    assert(max >= 16);
    text = s_skip_blank_lines(text);
    if (!*text) {
        return sb_strdup("");
    }
    sb_buf_t out = sb_buf(max + 8); /* one character and the start of a line over the limit */
    sb_buf_puts(&out, QUOTE);
    uint32_t rune;
    size_t size;
    while (out.len <= max && (size = s_next(text, &rune)) > 0) {
        text += size;
        if (rune == '\n') {
            sb_buf_puts(&out, "\n" QUOTE);
        } else if (rune != 0) {
            char bytes[4];
            sb_buf_add(&out, bytes, sb_utf8_encode(rune, bytes));
        }
    }
    s_trim_quote(&out);
    if (out.len > max) {
        s_mark_quote(&out, max);
    }
    return sb_buf_take(&out);
}

char *text_cut(const char *text, size_t size, size_t max)
{
    assert(text);
    assert(max > MARK_SIZE);
    if (size <= max) {
        return sb_strndup(text, size);
    }
    sb_buf_t out = sb_buf(max);
    sb_buf_add(&out, text, sb_utf8_cut(text, max - MARK_SIZE));
    sb_buf_puts(&out, TEXT_MARK);
    return sb_buf_take(&out);
}

void text_hide_codes(char *text)
{
    assert(text);
    while (*text) {
        size_t digits = 0;
        while (isdigit((unsigned char)text[digits])) {
            digits++;
        }
        if (digits == SB_CODE_DIGITS) {
            memset(text, '*', digits);
        }
        text += digits > 0 ? digits : 1;
    }
}
