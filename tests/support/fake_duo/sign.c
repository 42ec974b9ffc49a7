/* sign.c */
#include "tests/support/fake_duo/sign.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define AUTHORIZATION_MAX 512

static void s_digits(const unsigned char *bytes, size_t size, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * size] = '\0';
}

static void s_hash_line(const void *data, size_t size, sb_buf_t *out)
{
    unsigned char digest[SHA512_DIGEST_LENGTH];
    char hex[SIGN_HEX_MAX];
    (void)SHA512(data, size, digest);
    s_digits(digest, sizeof digest, hex);
    sb_buf_putc(out, '\n');
    sb_buf_puts(out, hex);
}

/* The length of host without ":port". */
static size_t s_host_len(const char *host)
{
    const char *colon = strrchr(host, ':');
    if (colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1)) {
        return (size_t)(colon - host);
    }
    return strlen(host);
}

static void s_canonical(const sign_what_t *what, sign_kind_t kind, sb_buf_t *out)
{
    sb_buf_printf(out, "%s\n%s\n", what->date, what->method);
    const size_t len = s_host_len(what->host);
    for (size_t i = 0; i < len; i++) {
        sb_buf_putc(out, (char)tolower((unsigned char)what->host[i]));
    }
    sb_buf_printf(out, "\n%s\n", what->path);
    sb_buf_puts(out, what->params);
    if (kind == SIGN_SHA512_V5) {
        s_hash_line(what->body, what->body_size, out);
        s_hash_line(what->headers, what->headers_size, out);
    }
}

void sign_hex(const sign_what_t *what, sign_kind_t kind, const char *key, char hex[SIGN_HEX_MAX])
{
    sb_buf_t text = sb_buf(SIZE_MAX / 4);
    s_canonical(what, kind, &text);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const EVP_MD *hash = kind == SIGN_SHA1_V2 ? EVP_sha1() : EVP_sha512();
    (void)HMAC(hash, key, (int)strlen(key), (const unsigned char *)text.text, text.len, digest,
               &size);
    s_digits(digest, size, hex);
    sb_buf_free(&text);
}

bool sign_credentials(const char *header, char *ikey, size_t ikey_size, char *hex, size_t hex_size)
{
    char coded[AUTHORIZATION_MAX];
    unsigned char plain[AUTHORIZATION_MAX];
    if (strncmp(header, "Basic ", 6) != 0 || strlen(header + 6) >= sizeof coded) {
        return false;
    }
    snprintf(coded, sizeof coded, "%s", header + 6);
    const int size = EVP_DecodeBlock(plain, (const unsigned char *)coded, (int)strlen(coded));
    if (size <= 0) {
        return false;
    }
    plain[size] = '\0'; /* three bytes for four: it fits */
    char *colon = strchr((char *)plain, ':');
    if (!colon) {
        return false;
    }
    *colon = '\0';
    return snprintf(ikey, ikey_size, "%s", (char *)plain) < (int)ikey_size &&
           snprintf(hex, hex_size, "%s", colon + 1) < (int)hex_size;
}

/* "-0000", "+0130", "GMT": seconds east of Greenwich. */
static bool s_zone(const char *text, int64_t *east_s_r)
{
    *east_s_r = 0;
    if (strcmp(text, "GMT") == 0 || strcmp(text, "UT") == 0) {
        return true;
    }
    if ((*text != '+' && *text != '-') || strlen(text) != 5 ||
        strspn(text + 1, "0123456789") != 4) {
        return false;
    }
    const int hours = (text[1] - '0') * 10 + text[2] - '0';
    const int minutes = (text[3] - '0') * 10 + text[4] - '0';
    *east_s_r = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

bool sign_date(const char *text, int64_t *at_s_r)
{
    struct tm tm = {0};
    int64_t east_s = 0;
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S ", &tm);
    if (!end || !s_zone(end, &east_s)) {
        return false;
    }
    *at_s_r = (int64_t)timegm(&tm) - east_s;
    return true;
}
