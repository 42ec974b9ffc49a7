/* jwks.h: the public keys of a provider that signs tokens (RFC 7517).
 *
 * Kept are the keys that can sign by RS256 or ES256: RSA of 2048 to 8192 bits, and P-256. Others
 * are left out without complaint, since providers publish what we have no use for. What a key may
 * be used for follows from its kind alone: no token can have it used otherwise. */
#pragma once

#include <stddef.h>

#include "lib/bytes.h"
#include "lib/err.h"

#define SB_JWKS_MAX 64      /* keys that are kept */
#define SB_JWKS_KID_MAX 255 /* bytes of a key's name; a longer one is left out */
#define SB_JWKS_RSA_BITS_MIN 2048
#define SB_JWKS_RSA_BITS_MAX 8192

typedef struct sb_jwks sb_jwks_t;

typedef enum { SB_JWKS_RS256, SB_JWKS_ES256 } sb_jwks_kind_t;

/* NULL and err if it is no set of keys; a set without a usable key is one. */
sb_jwks_t *sb_jwks_parse(const void *data, size_t size, sb_err_t *err);
void sb_jwks_destroy(sb_jwks_t **self_p);
size_t sb_jwks_len(const sb_jwks_t *self);

/* Whether a key of this kind and name signed the text; a name may stand for several. kid NULL: the
 * token names none, which is good enough only if there is but one key. SB_ENOTFOUND: there is no
 * such key. SB_EFORBIDDEN: none of them signed this. */
SB_MUSTCHECK int sb_jwks_verify(const sb_jwks_t *self, sb_jwks_kind_t kind, const char *kid,
                                sb_bytes_t text, sb_bytes_t signature, sb_err_t *err);
