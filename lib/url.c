/* url.c */
#include "lib/url.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define PORT_DIGITS_MAX 5

static bool s_is_this_machine(const char *host, size_t size)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == size && strncasecmp(names[i], host, size) == 0) {
            return true;
        }
    }
    return false;
}

/* Bytes of a name or of an address in brackets. */
static size_t s_host(const char *text)
{
    if (*text != '[') {
        return strspn(text, LETTERS DIGITS "-.");
    }
    const size_t size = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
    return text[size] == ']' ? size + 1 : 0;
}

size_t sb_url_origin(const char *url)
{
    assert(url);
    const bool safe = strncasecmp(url, "https://", 8) == 0;
    if (!safe && strncasecmp(url, "http://", 7) != 0) {
        return 0;
    }
    size_t at = safe ? 8 : 7;
    const size_t host = s_host(url + at);
    if (host == 0 || (!safe && !s_is_this_machine(url + at, host))) {
        return 0;
    }
    at += host;
    if (url[at] == ':') {
        const size_t digits = strspn(url + at + 1, DIGITS);
        if (digits == 0 || digits > PORT_DIGITS_MAX) {
            return 0;
        }
        at += 1 + digits;
    }
    return strchr("/?#", url[at]) ? at : 0; /* also at the NUL */
}

bool sb_url_same_origin(const char *a, const char *b)
{
    const size_t size = sb_url_origin(a);
    return size > 0 && size == sb_url_origin(b) && strncasecmp(a, b, size) == 0;
}

void sb_url_encode(sb_buf_t *out, const char *text)
{
    assert(out && text);
    static const char digits[] = "0123456789ABCDEF";
    for (const char *p = text; *p; p++) {
        const unsigned char c = (unsigned char)*p;
        if (strchr(LETTERS DIGITS "-._~", c)) {
            sb_buf_putc(out, *p);
        } else {
            const char coded[] = {'%', digits[c >> 4], digits[c & 15]};
            sb_buf_add(out, coded, sizeof coded);
        }
    }
}

void sb_url_pair(sb_buf_t *out, const char *name, const char *value)
{
    assert(out && name && value);
    if (out->len > 0) {
        sb_buf_putc(out, '&');
    }
    sb_url_encode(out, name);
    sb_buf_putc(out, '=');
    sb_url_encode(out, value);
}
