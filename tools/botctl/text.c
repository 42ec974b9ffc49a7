#include "tools/botctl/text.h"

#include <assert.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "lib/utf8.h"

void text_init(void)
{
    /* The environment's locale is not asked: our output is UTF-8 whatever it says. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
}

static size_t s_rune_width(uint32_t rune)
{
    const int width = wcwidth((wchar_t)rune);
    return width < 0 ? 1 : (size_t)width;
}

size_t text_width(const char *text)
{
    assert(text);
    size_t width = 0;
    uint32_t rune;
    for (size_t len; (len = sb_utf8_decode(text, &rune)) > 0; text += len) {
        width += s_rune_width(rune);
    }
    return width;
}

size_t text_fit(const char *text, size_t columns)
{
    assert(text);
    size_t at = 0;
    size_t width = 0;
    uint32_t rune;
    for (size_t len; (len = sb_utf8_decode(text + at, &rune)) > 0; at += len) {
        width += s_rune_width(rune);
        if (width > columns) {
            break;
        }
    }
    return at;
}

/* Steers the terminal, or makes one text look like another. */
static bool s_hidden(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune <= 0x9f) || rune == 0x61c ||
           (rune >= 0x200e && rune <= 0x200f) || (rune >= 0x2028 && rune <= 0x202e) ||
           (rune >= 0x2066 && rune <= 0x2069) || rune == 0xfeff;
}

static void s_escape_rune(sb_buf_t *out, uint32_t rune)
{
    static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr";
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (rune == (unsigned char)letters[i]) {
            sb_buf_printf(out, "\\%c", letters[i + 1]);
            return;
        }
    }
    sb_buf_printf(out, rune < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)rune);
}

/* One character of text, which need not be valid; its length. */
static size_t s_escape_next(sb_buf_t *out, const char *text)
{
    const unsigned char first = (unsigned char)text[0];
    const size_t want = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const size_t len = strnlen(text, want);
    if (!sb_utf8_valid(text, len, NULL)) {
        sb_buf_printf(out, "\\x%02x", first);
        return 1;
    }
    uint32_t rune;
    (void)sb_utf8_decode(text, &rune);
    if (s_hidden(rune)) {
        s_escape_rune(out, rune);
    } else {
        sb_buf_add(out, text, len);
    }
    return len;
}

void text_escape(sb_buf_t *out, const char *text)
{
    assert(out);
    assert(text);
    while (*text) {
        text += s_escape_next(out, text);
    }
}

void text_escape_lines(sb_buf_t *out, const char *text, size_t indent)
{
    assert(out);
    assert(text);
    while (*text) {
        if (*text == '\n') {
            sb_buf_printf(out, "\n%*s", (int)indent, "");
            text++;
        } else {
            text += s_escape_next(out, text);
        }
    }
}
