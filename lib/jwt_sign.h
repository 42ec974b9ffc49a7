/* jwt_sign.h: our own JSON Web Tokens (RFC 7519), by which a client proves itself to a provider. */
#pragma once

#include <cjson/cJSON.h>

#include "lib/err.h"

#define SB_JWT_SIGNER_BITS_MIN 2048 /* of an RSA key */

typedef struct sb_jwt_signer sb_jwt_signer_t;

/* A private key in PEM, without a passphrase: RSA signs with RS256, P-256 with ES256. NULL and err,
 * which never tells any of it. */
sb_jwt_signer_t *sb_jwt_signer_load(const char *path, sb_err_t *err);
void sb_jwt_signer_destroy(sb_jwt_signer_t **self_p);

/* The token, compact (RFC 7515, 7.1). free() it. */
char *sb_jwt_sign(const sb_jwt_signer_t *self, const cJSON *claims);
