/* jose.h: signed tokens (RFC 7515, 7517, 7519), to read and to make, rightly or wrongly. */
#pragma once

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define JOSE_TOKEN_MAX 16384 /* bytes */

typedef enum { JOSE_NONE, JOSE_HS256, JOSE_RS256, JOSE_ES256 } jose_alg_t;

/* "RS256" */
const char *jose_alg_name(jose_alg_t alg);

typedef struct {
    cJSON *header;
    cJSON *claims;
    char *text; /* what is signed */
    uint8_t *signature;
    size_t signature_size;
} jose_token_t;

/* A compact token. Free it with jose_token_free, whatever comes back. */
SB_MUSTCHECK int jose_token_read(jose_token_t *self, const char *text, sb_err_t *err);
void jose_token_free(jose_token_t *self);
/* By RS256 or ES256, as the header says, which must fit the kind of key. */
bool jose_token_verify(const jose_token_t *self, EVP_PKEY *key);

/* Signs; the caller frees the token. secret is for JOSE_HS256, key for the others but JOSE_NONE. */
char *jose_sign(const cJSON *header, const cJSON *claims, jose_alg_t alg, EVP_PKEY *key,
                const char *secret);

/* A new key for RS256 (2048 bits) or ES256. EVP_PKEY_free it. */
EVP_PKEY *jose_key_new(jose_alg_t alg);
/* The public key in a file of PEM. NULL and err if there is none. */
EVP_PKEY *jose_key_load(const char *path, sb_err_t *err);
/* The public key as a JWK. */
cJSON *jose_jwk(EVP_PKEY *key, jose_alg_t alg, const char *kid);
/* The public key in PEM; the caller frees it. */
char *jose_pem(EVP_PKEY *key);

/* Without padding. The caller frees both. NULL: it is none; a NUL follows. */
char *jose_base64(const void *data, size_t size);
uint8_t *jose_unbase64(const char *text, size_t size, size_t *size_r);
