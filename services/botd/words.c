/* words.c */
#include "services/botd/words.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/err.h"
#include "lib/utf8.h"

#define PUNCTUATION ".,!?;:\"'`*_~()"

bool words_blank(const char *text, size_t *size_r)
{
    uint32_t rune;
    *size_r = sb_utf8_decode(text, &rune);
    return *size_r > 0 && ((rune >= '\t' && rune <= '\r') || rune == ' ' || rune == 0x85 ||
                           rune == 0xa0 || (rune >= 0x2000 && rune <= 0x200b) || rune == 0x2028 ||
                           rune == 0x2029 || rune == 0x202f || rune == 0x3000);
}

/* '"' or '\'' for a quotation mark of any shape, else 0. */
static char s_quote(uint32_t rune)
{
    if (rune == '"' || (rune >= 0x201c && rune <= 0x201f)) {
        return '"';
    }
    if (rune == '\'' || (rune >= 0x2018 && rune <= 0x201b)) {
        return '\'';
    }
    return 0;
}

static bool s_is_long_dash(uint32_t rune)
{
    return rune >= 0x2012 && rune <= 0x2015;
}

size_t words_punctuation(const char *text)
{
    uint32_t rune;
    const size_t size = sb_utf8_decode(text, &rune);
    if (size == 0) {
        return 0;
    }
    const bool yes =
        (rune < 0x80 && strchr(PUNCTUATION, (int)rune)) || s_quote(rune) || rune == 0x2026 /* … */;
    return yes ? size : 0;
}

static const char *s_skip_blanks(const char *text)
{
    size_t size;
    while (words_blank(text, &size)) {
        text += size;
    }
    return text;
}

/* The first word without punctuation around it, in lower case. Returns where it ends. */
static const char *s_name(const char *text, words_t *words)
{
    size_t size;
    while ((size = words_punctuation(text)) > 0) {
        text += size;
    }
    const char *begin = text;
    const char *end = text; /* behind the last character that is no punctuation */
    while (*text && !words_blank(text, &size)) {
        text += size;
        end = words_punctuation(text - size) ? end : text;
    }
    const size_t len = (size_t)(end - begin);
    if (len <= WORDS_NAME_MAX) {
        for (size_t i = 0; i < len; i++) {
            const char c = begin[i];
            words->name[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        words->name[len] = '\0';
    }
    return text;
}

/* Where the argument that begins with a quotation mark ends: at the first mark of its kind that a
 * blank or the end follows. NULL if there is none. */
static const char *s_closing(const char *text, char quote)
{
    uint32_t rune;
    size_t size;
    for (; (size = sb_utf8_decode(text, &rune)) > 0; text += size) {
        size_t ignored;
        if (s_quote(rune) == quote && (!text[size] || words_blank(text + size, &ignored))) {
            return text;
        }
    }
    return NULL;
}

/* Copies [text, end) as an argument, quotes and dashes made plain. */
static void s_keep(words_t *words, const char *text, const char *end)
{
    if (words->args_len == WORDS_ARGS_MAX) {
        words->over = true;
        return;
    }
    char *arg = words->args[words->args_len];
    size_t len = 0;
    while (text < end) {
        uint32_t rune;
        const size_t size = sb_utf8_decode(text, &rune);
        const char plain[2] = {s_quote(rune), '\0'};
        const char *put = s_is_long_dash(rune) ? "--" : plain[0] ? plain : text;
        const size_t put_len = s_is_long_dash(rune) ? 2 : plain[0] ? 1 : size;
        if (len + put_len > WORDS_ARG_MAX) {
            words->over = true;
            return;
        }
        memcpy(arg + len, put, put_len);
        len += put_len;
        text += size;
    }
    arg[len] = '\0';
    words->args_len++;
}

/* One argument. Returns where it ends. */
static const char *s_arg(const char *text, words_t *words)
{
    uint32_t rune;
    size_t size = sb_utf8_decode(text, &rune);
    const char quote = s_quote(rune);
    const char *closing = quote ? s_closing(text + size, quote) : NULL;
    if (closing) {
        s_keep(words, text + size, closing);
        return closing + sb_utf8_decode(closing, &rune);
    }
    const char *end = text;
    while (*end && !words_blank(end, &size)) {
        end += size;
    }
    s_keep(words, text, end);
    return end;
}

void words_parse(const char *text, words_t *words_r)
{
    assert(text);
    assert(words_r);
    words_r->name[0] = '\0';
    words_r->args_len = 0;
    words_r->over = false;
    text = s_skip_blanks(s_name(s_skip_blanks(text), words_r));
    while (*text && !words_r->over) {
        text = s_skip_blanks(s_arg(text, words_r));
    }
}
