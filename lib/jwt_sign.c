/* jwt_sign.c. OpenSSL writes ECDSA signatures as DER, JOSE wants both numbers one after the other
 * (RFC 7518, 3.4). */
#include "lib/jwt_sign.h"

#include <assert.h>
#include <errno.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"

#define HALF 32 /* bytes of each number on P-256 */

struct sb_jwt_signer {
    EVP_PKEY *key;
    bool rsa;
};

static bool s_is_p256(const EVP_PKEY *key)
{
    char group[32];
    size_t size = 0;
    return EVP_PKEY_is_a(key, "EC") &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

sb_jwt_signer_t *sb_jwt_signer_load(const char *path, sb_err_t *err)
{
    assert(path && err);
    FILE *file = fopen(path, "re");
    if (!file) {
        (void)sb_fail(err, SB_EINVALID, "%s: %s", path, strerror(errno));
        return NULL;
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy is left behind */
    char none[] = "";                     /* else OpenSSL would ask on the terminal */
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, none);
    (void)fclose(file);
    ERR_clear_error();
    if (!key) {
        (void)sb_fail(err, SB_EINVALID, "%s holds no private key in PEM without a passphrase",
                      path);
        return NULL;
    }
    const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    if (rsa ? EVP_PKEY_get_bits(key) < SB_JWT_SIGNER_BITS_MIN : !s_is_p256(key)) {
        (void)sb_fail(err, SB_EINVALID, "%s: expected a key of RSA, %d bits at least, or of P-256",
                      path, SB_JWT_SIGNER_BITS_MIN);
        EVP_PKEY_free(key);
        return NULL;
    }
    sb_jwt_signer_t *self = sb_alloc(sizeof *self);
    self->key = key;
    self->rsa = rsa;
    return self;
}

void sb_jwt_signer_destroy(sb_jwt_signer_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        EVP_PKEY_free((*self_p)->key);
        free(*self_p);
        *self_p = NULL;
    }
}

static char *s_encode(const cJSON *json)
{
    char *text = sb_json_print(json);
    char *coded = sb_base64url(text, strlen(text));
    free(text);
    return coded;
}

/* The two numbers of a DER signature, HALF bytes each. */
static char *s_encode_pair(const uint8_t *der, size_t size)
{
    uint8_t raw[2 * HALF];
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)size);
    assert(pair);
    const int r = BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, HALF);
    const int s = BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + HALF, HALF);
    assert(r == HALF && s == HALF);
    ECDSA_SIG_free(pair);
    return sb_base64url(raw, sizeof raw);
}

static char *s_signature(const sb_jwt_signer_t *self, const char *text)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t size = (size_t)EVP_PKEY_get_size(self->key);
    uint8_t *signature = sb_alloc(size);
    const int begun = EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, self->key);
    const int done = EVP_DigestSign(ctx, signature, &size, (const uint8_t *)text, strlen(text));
    assert(begun == 1 && done == 1); /* the key was looked at when it was loaded */
    EVP_MD_CTX_free(ctx);
    char *coded = self->rsa ? sb_base64url(signature, size) : s_encode_pair(signature, size);
    free(signature);
    return coded;
}

char *sb_jwt_sign(const sb_jwt_signer_t *self, const cJSON *claims)
{
    assert(self && claims);
    cJSON *header = sb_json_object();
    sb_json_add_str(header, "alg", self->rsa ? "RS256" : "ES256");
    sb_json_add_str(header, "typ", "JWT");
    char *head = s_encode(header);
    char *body = s_encode(claims);
    char *text = sb_format("%s.%s", head, body);
    char *signature = s_signature(self, text);
    char *token = sb_format("%s.%s", text, signature);
    cJSON_Delete(header);
    free(head);
    free(body);
    free(text);
    free(signature);
    return token;
}
