/* duo_sign.c. Names of days and months are written here: those of strftime follow the locale. */
#include "services/authd/duo_sign.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/mem.h"

#define CANONICAL_MAX (1024 * 1024)

static bool s_is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

void duo_encode(sb_buf_t *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (s_is_plain(c)) {
            sb_buf_putc(out, *text);
        } else {
            sb_buf_add(out, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
        }
    }
}

/* ---- Parameters. */

typedef struct {
    char *name; /* encoded */
    const char *value;
} pair_t;

static int s_compare(const void *a, const void *b)
{
    return strcmp(((const pair_t *)a)->name, ((const pair_t *)b)->name);
}

void duo_params(sb_buf_t *out, const duo_param_t *params, size_t len)
{
    assert(out && (params || len == 0) && len <= DUO_PARAMS_MAX);
    pair_t pairs[DUO_PARAMS_MAX];
    size_t pairs_len = 0;
    for (size_t i = 0; i < len; i++) {
        if (params[i].value) {
            sb_buf_t name = sb_buf(CANONICAL_MAX);
            duo_encode(&name, params[i].name);
            pairs[pairs_len++] = (pair_t){sb_buf_take(&name), params[i].value};
        }
    }
    qsort(pairs, pairs_len, sizeof pairs[0], s_compare);
    for (size_t i = 0; i < pairs_len; i++) {
        sb_buf_puts(out, i > 0 ? "&" : "");
        sb_buf_puts(out, pairs[i].name);
        sb_buf_putc(out, '=');
        duo_encode(out, pairs[i].value);
        free(pairs[i].name);
    }
}

/* ---- Date. */

void duo_date(int64_t unix_s, char out[DUO_DATE_SIZE])
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const time_t at = (time_t)unix_s;
    struct tm tm = {0};
    (void)gmtime_r(&at, &tm);
    (void)snprintf(out, DUO_DATE_SIZE, "%.3s, %02d %.3s %04d %02d:%02d:%02d -0000",
                   days + (ptrdiff_t)3 * tm.tm_wday, tm.tm_mday, months + (ptrdiff_t)3 * tm.tm_mon,
                   tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- Signature. */

static void s_hash_line(sb_buf_t *out, const void *data, size_t size)
{
    uint8_t hash[SB_SHA512_SIZE];
    char hex[2 * sizeof hash + 1];
    sb_sha512(data, size, hash);
    sb_hex(hash, sizeof hash, hex);
    sb_buf_putc(out, '\n');
    sb_buf_puts(out, hex);
}

static void s_lower(sb_buf_t *out, const char *text)
{
    for (; *text; text++) {
        sb_buf_putc(out, *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text);
    }
}

void duo_canonical(sb_buf_t *out, const duo_signed_t *what)
{
    assert(out && (what->version == 2 || what->version == 5));
    sb_buf_printf(out, "%s\n%s\n", what->date, what->method);
    s_lower(out, what->host);
    sb_buf_printf(out, "\n%s\n", what->path);
    sb_buf_puts(out, what->params);
    if (what->version == 5) {
        s_hash_line(out, what->body, strlen(what->body));
        s_hash_line(out, what->headers_size > 0 ? what->headers : "", what->headers_size);
    }
}

void duo_sign(const duo_signed_t *what, const char *secret_key, char out[DUO_SIGNATURE_SIZE])
{
    sb_buf_t text = sb_buf(CANONICAL_MAX);
    duo_canonical(&text, what);
    assert(!text.overflow);
    uint8_t mac[SB_SHA512_SIZE];
    sb_hmac_sha512(secret_key, strlen(secret_key), text.text, text.len, mac);
    sb_hex(mac, sizeof mac, out);
    sb_buf_free(&text);
}
