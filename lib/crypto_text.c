/* crypto_text.c: bytes as text: base 16, 64 and 32 (RFC 4648). Readers take the one canonical form
 * and nothing else: no white space, no stray bits, so that equal bytes are equal texts. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"

static const char s_digits16[] = "0123456789abcdef";
static const char s_digits32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char s_digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char s_digits64url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void sb_hex(const void *data, size_t size, char *out)
{
    const uint8_t *in = data;
    for (size_t i = 0; i < size; i++) {
        *out++ = s_digits16[in[i] >> 4];
        *out++ = s_digits16[in[i] & 15];
    }
    *out = '\0';
}

static int s_hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int sb_unhex(const char *text, size_t digits, uint8_t *out, sb_err_t *err)
{
    assert(text && out);
    if (digits % 2 != 0) {
        return sb_fail(err, SB_EINVALID, "%zu hex digits are no whole number of bytes", digits);
    }
    for (size_t i = 0; i < digits; i += 2) {
        const int high = s_hex_value(text[i]);
        const int low = high < 0 ? -1 : s_hex_value(text[i + 1]); /* a NUL ends the look */
        if (low < 0) {
            return sb_fail(err, SB_EINVALID, "not a hex digit at or after position %zu", i);
        }
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return SB_OK;
}

/* Bits in groups of `bits` from the high end, the last group filled with zeros. Returns the end. */
static char *s_encode(const uint8_t *in, size_t size, unsigned bits, const char *digits, char *out)
{
    uint32_t held = 0;
    unsigned held_bits = 0;
    const uint32_t mask = (1u << bits) - 1;
    for (size_t i = 0; i < size; i++) {
        held = held << 8 | in[i];
        held_bits += 8;
        while (held_bits >= bits) {
            held_bits -= bits;
            *out++ = digits[held >> held_bits & mask];
        }
    }
    if (held_bits > 0) {
        *out++ = digits[held << (bits - held_bits) & mask];
    }
    return out;
}

/* The reverse of s_encode for len characters. upper: lower case letters count as upper case. */
static int s_decode(const char *text, size_t len, unsigned bits, const char *digits, bool upper,
                    uint8_t **out_r, size_t *size_r, sb_err_t *err)
{
    uint8_t *out = sb_alloc(len * bits / 8 + 1); /* a NUL follows, for texts */
    size_t size = 0;
    uint32_t held = 0;
    unsigned held_bits = 0;
    int rc = SB_OK;
    for (size_t i = 0; i < len && rc == SB_OK; i++) {
        const char c = upper && text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i];
        const char *at = strchr(digits, c);
        if (!at || c == '\0') {
            rc = sb_fail(err, SB_EINVALID, "base %u: bad character at position %zu", 1u << bits, i);
            break;
        }
        held = held << bits | (uint32_t)(at - digits);
        held_bits += bits;
        if (held_bits >= 8) {
            held_bits -= 8;
            out[size++] = (uint8_t)(held >> held_bits);
            held &= (1u << held_bits) - 1;
        }
    }
    if (rc == SB_OK && (held_bits >= bits || held != 0)) {
        rc = sb_fail(err, SB_EINVALID, "base %u: %zu characters end in the middle of a byte",
                     1u << bits, len);
    }
    if (rc != SB_OK) {
        sb_wipe(out, size);
        free(out);
        return rc;
    }
    *out_r = out;
    *size_r = size;
    return SB_OK;
}

char *sb_base64(const void *data, size_t size)
{
    assert(data || size == 0);
    char *text = sb_alloc((size + 2) / 3 * 4 + 1);
    char *end = s_encode(data, size, 6, s_digits64, text);
    while ((end - text) % 4 != 0) {
        *end++ = '=';
    }
    return text;
}

int sb_unbase64(const char *text, uint8_t **out_r, size_t *size_r, sb_err_t *err)
{
    assert(text && out_r && size_r);
    size_t len = strlen(text);
    if (len % 4 != 0) {
        return sb_fail(err, SB_EINVALID, "base 64: %zu characters are no multiple of 4", len);
    }
    for (int pads = 0; pads < 2 && len > 0 && text[len - 1] == '='; pads++) {
        len--;
    }
    return s_decode(text, len, 6, s_digits64, false, out_r, size_r, err);
}

char *sb_base64url(const void *data, size_t size)
{
    assert(data || size == 0);
    char *text = sb_alloc((size + 2) / 3 * 4 + 1);
    (void)s_encode(data, size, 6, s_digits64url, text);
    return text;
}

int sb_unbase64url(const char *text, uint8_t **out_r, size_t *size_r, sb_err_t *err)
{
    assert(text && out_r && size_r);
    return s_decode(text, strlen(text), 6, s_digits64url, false, out_r, size_r, err);
}

char *sb_base32(const void *data, size_t size)
{
    assert(data || size == 0);
    char *text = sb_alloc(size * 8 / 5 + 2);
    (void)s_encode(data, size, 5, s_digits32, text);
    return text;
}

int sb_unbase32(const char *text, uint8_t **out_r, size_t *size_r, sb_err_t *err)
{
    assert(text && out_r && size_r);
    return s_decode(text, strlen(text), 5, s_digits32, true, out_r, size_r, err);
}
