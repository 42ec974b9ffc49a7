#include "lib/otpauth.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/totp.h"

/* Appends text to out and returns the new end; each byte takes at most three. */
static char *s_escape(const char *text, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++) {
        const unsigned char c = *text == ':' ? (unsigned char)'-' : (unsigned char)*text;
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || strchr("-._~", c);
        if (plain) {
            *out++ = (char)c;
        } else {
            *out++ = '%';
            *out++ = digits[c >> 4];
            *out++ = digits[c & 15];
        }
    }
    return out;
}

static char *s_escaped(const char *text)
{
    char *out = sb_alloc(strlen(text) * 3 + 1);
    (void)s_escape(text, out);
    return out;
}

char *sb_otpauth_uri(const char *issuer, const char *account, const void *secret, size_t size)
{
    assert(issuer && account && secret);
    char *issuer_esc = s_escaped(issuer);
    char *account_esc = s_escaped(account);
    char *secret_text = sb_base32(secret, size);
    char *uri =
        sb_format("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d"
                  "&period=%d",
                  issuer_esc, account_esc, secret_text, issuer_esc, SB_TOTP_DIGITS, SB_TOTP_STEP_S);
    sb_wipe(secret_text, strlen(secret_text));
    free(secret_text);
    free(account_esc);
    free(issuer_esc);
    return uri;
}
