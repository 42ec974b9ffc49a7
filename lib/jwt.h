/* jwt.h: reading JSON Web Tokens that a provider signed (RFC 7515, RFC 7519).
 *
 * Compact form, RS256 and ES256 alone; which of them is used must fit the kind of key, so that
 * neither "none" nor a secret made of a public key passes. Keys that a token brings along are not
 * looked at. What the claims mean is the caller's to judge, after the signature. */
#pragma once

#include <cjson/cJSON.h>

#include "lib/err.h"
#include "lib/jwks.h"

#define SB_JWT_MAX 16384 /* bytes of a token */

typedef struct sb_jwt sb_jwt_t;

/* NULL and err if it is no token of ours to judge. */
sb_jwt_t *sb_jwt_parse(const char *text, sb_err_t *err);
void sb_jwt_destroy(sb_jwt_t **self_p);

/* As from sb_jwks_verify. */
SB_MUSTCHECK int sb_jwt_verify(const sb_jwt_t *self, const sb_jwks_t *keys, sb_err_t *err);
/* The claims, borrowed: not to be believed before sb_jwt_verify. */
const cJSON *sb_jwt_claims(const sb_jwt_t *self);
