/* jose_key.c: the keys of tokens. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake/jose.h"

#define RSA_BITS 2048
#define EC_PART_SIZE 32

EVP_PKEY *jose_key_new(jose_alg_t alg)
{
    return alg == JOSE_ES256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(RSA_BITS);
}

EVP_PKEY *jose_key_load(const char *path, sb_err_t *err)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        (void)sb_fail(err, SB_EINVALID, "%s: %m", path);
        return NULL;
    }
    EVP_PKEY *key = PEM_read_PUBKEY(file, NULL, NULL, NULL);
    (void)fclose(file);
    if (!key) {
        (void)sb_fail(err, SB_EINVALID, "%s: no public key in PEM", path);
    }
    return key;
}

/* A number of the key as base64url; size 0: as long as it is. */
static void s_add_number(cJSON *jwk, const char *member, EVP_PKEY *key, const char *name, int size)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) {
        return;
    }
    size = size > 0 ? size : BN_num_bytes(number);
    uint8_t *raw = sb_alloc((size_t)size);
    (void)BN_bn2binpad(number, raw, size);
    char *text = jose_base64(raw, (size_t)size);
    sb_json_add_str(jwk, member, text);
    free(text);
    free(raw);
    BN_free(number);
}

cJSON *jose_jwk(EVP_PKEY *key, jose_alg_t alg, const char *kid)
{
    cJSON *jwk = sb_json_object();
    sb_json_add_str(jwk, "kid", kid);
    sb_json_add_str(jwk, "use", "sig");
    sb_json_add_str(jwk, "alg", jose_alg_name(alg));
    if (alg == JOSE_ES256) {
        sb_json_add_str(jwk, "kty", "EC");
        sb_json_add_str(jwk, "crv", "P-256");
        s_add_number(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, EC_PART_SIZE);
        s_add_number(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, EC_PART_SIZE);
    } else {
        sb_json_add_str(jwk, "kty", "RSA");
        s_add_number(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
        s_add_number(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    }
    return jwk;
}

char *jose_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    (void)PEM_write_bio_PUBKEY(bio, key);
    char *text = NULL;
    const long size = BIO_get_mem_data(bio, &text);
    char *out = sb_strndup(text, (size_t)size);
    BIO_free(bio);
    return out;
}
