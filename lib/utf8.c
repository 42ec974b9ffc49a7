#include "lib/utf8.h"

#include <assert.h>

/* One row per form of a lead byte: how many bytes follow and what the first of them may be. The
 * narrowed ranges are what keeps overlong forms, surrogates and runes over U+10FFFF out. */
static const struct {
    uint8_t lead_min, lead_max;
    uint8_t follow;
    uint8_t second_min, second_max;
} s_forms[] = {
    {0x00, 0x7f, 0, 0x00, 0x00},
    {0xc2, 0xdf, 1, 0x80, 0xbf},
    {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f},
    {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf},
    {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* The length of the well-formed character at bytes, 0 if there is none. size > 0. */
static size_t s_char_len(const uint8_t *bytes, size_t size)
{
    const uint8_t lead = bytes[0];
    for (size_t i = 0; i < sizeof s_forms / sizeof s_forms[0]; i++) {
        if (lead < s_forms[i].lead_min || lead > s_forms[i].lead_max) {
            continue;
        }
        const size_t len = (size_t)s_forms[i].follow + 1;
        if (len > size) {
            return 0;
        }
        if (len > 1 && (bytes[1] < s_forms[i].second_min || bytes[1] > s_forms[i].second_max)) {
            return 0;
        }
        for (size_t j = 2; j < len; j++) {
            if ((bytes[j] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return len;
    }
    return 0;
}

bool sb_utf8_valid(const void *data, size_t size, size_t *bad_r)
{
    assert(data || size == 0);
    const uint8_t *bytes = data;
    size_t at = 0;
    while (at < size) {
        const size_t len = bytes[at] < 0x80 ? 1 : s_char_len(bytes + at, size - at);
        if (len == 0) {
            if (bad_r) {
                *bad_r = at;
            }
            return false;
        }
        at += len;
    }
    return true;
}

size_t sb_utf8_decode(const char *text, uint32_t *rune_r)
{
    assert(text);
    assert(rune_r);
    const uint8_t *bytes = (const uint8_t *)text;
    if (bytes[0] < 0x80) {
        *rune_r = bytes[0];
        return bytes[0] ? 1 : 0;
    }
    const size_t len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    uint32_t rune = bytes[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        assert((bytes[i] & 0xc0) == 0x80); /* also stops at the NUL of a text that is not valid */
        rune = rune << 6 | (bytes[i] & 0x3fu);
    }
    *rune_r = rune;
    return len;
}

size_t sb_utf8_encode(uint32_t rune, char out[4])
{
    assert(rune <= 0x10ffff);
    assert(rune < 0xd800 || rune > 0xdfff);
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    const size_t len = rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (rune & 0x3f));
        rune >>= 6;
    }
    out[0] = (char)((0xf00u >> len & 0xffu) | rune);
    return len;
}

size_t sb_utf8_cut(const char *text, size_t max)
{
    assert(text);
    size_t len = 0;
    while (len < max && text[len]) {
        len++;
    }
    while (len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}
