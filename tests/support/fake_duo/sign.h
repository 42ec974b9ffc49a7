/* sign.h: Duo's signatures, versions 2 and 5. Written from Duo's rules alone, as params.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define SIGN_HEX_MAX 129 /* digits of HMAC-SHA512, and the NUL */

/* What is signed. */
typedef struct {
    const char *date; /* as the header has it */
    const char *method;
    const char *host; /* a port at its end is not signed */
    const char *path;
    const char *params; /* canonical; "" if none, or if the body is JSON */
    const char *body;   /* of version 5 */
    size_t body_size;
    const char *headers; /* the X-Duo-* ones of version 5: lower-case name NUL value NUL name ... */
    size_t headers_size;
} sign_what_t;

typedef enum { SIGN_SHA1_V2, SIGN_SHA512_V2, SIGN_SHA512_V5 } sign_kind_t;

void sign_hex(const sign_what_t *what, sign_kind_t kind, const char *key, char hex[SIGN_HEX_MAX]);
/* Takes "Basic ..." apart. False if it is none of "ikey:signature". */
bool sign_credentials(const char *header, char *ikey, size_t ikey_size, char *hex, size_t hex_size);
/* Seconds since 1970 of an RFC 2822 date. False if it is none. */
bool sign_date(const char *text, int64_t *at_s_r);
