/* otpauth.h: the otpauth URI that authenticator apps read from a QR code. */
#pragma once

#include <stddef.h>

/* otpauth://totp/ISSUER:ACCOUNT?secret=BASE32&issuer=ISSUER&algorithm=SHA1&digits=6&period=30
 * Issuer and account are escaped as RFC 3986 has it (unreserved characters stand, all other bytes
 * are %XX); a colon in either would end the issuer early for readers that decode first, so it
 * becomes "-". It holds the secret: the caller wipes and frees the text. */
char *sb_otpauth_uri(const char *issuer, const char *account, const void *secret, size_t size);
