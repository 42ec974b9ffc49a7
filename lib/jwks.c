/* jwks.c. OpenSSL takes ECDSA signatures as DER, JOSE has both numbers one after the other (RFC
 * 7518, 3.4). */
#include "lib/jwks.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"

#define HALF 32         /* bytes of each number on P-256 */
#define EXPONENT_MAX 8  /* bytes; 65537 has three */
#define NUMBER_MAX 2048 /* digits of a number in base64url */

typedef struct {
    sb_jwks_kind_t kind;
    char *kid; /* NULL: it has none */
    EVP_PKEY *key;
} jwk_t;

struct sb_jwks {
    size_t len;
    jwk_t keys[SB_JWKS_MAX];
};

/* ---- Reading. */

typedef struct {
    uint8_t *data;
    size_t size;
} owned_t;

static const char *s_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text ? text : "";
}

/* A number, as bytes that the caller frees; false if there is none. */
static bool s_number(const cJSON *jwk, const char *name, owned_t *out)
{
    sb_err_t err;
    const char *text = s_text(jwk, name);
    const size_t len = strlen(text);
    return len > 0 && len <= NUMBER_MAX &&
           sb_unbase64url(text, &out->data, &out->size, &err) == SB_OK && out->size > 0;
}

/* NULL if OpenSSL takes it for none, e.g. for a point off the curve. */
static EVP_PKEY *s_make(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *s_rsa(const cJSON *jwk)
{
    owned_t n = {0};
    owned_t e = {0};
    EVP_PKEY *key = NULL;
    if (s_number(jwk, "n", &n) && s_number(jwk, "e", &e) && e.size <= EXPONENT_MAX &&
        (e.data[e.size - 1] & 1) && (e.size > 1 || e.data[0] > 1)) {
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        BIGNUM *modulus = BN_bin2bn(n.data, (int)n.size, NULL);
        BIGNUM *exponent = BN_bin2bn(e.data, (int)e.size, NULL);
        const int bits = BN_num_bits(modulus);
        if (bits >= SB_JWKS_RSA_BITS_MIN && bits <= SB_JWKS_RSA_BITS_MAX &&
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1) {
            key = s_make("RSA", build);
        }
        BN_free(modulus);
        BN_free(exponent);
        OSSL_PARAM_BLD_free(build);
    }
    free(n.data);
    free(e.data);
    return key;
}

static EVP_PKEY *s_p256(const cJSON *jwk)
{
    owned_t x = {0};
    owned_t y = {0};
    EVP_PKEY *key = NULL;
    if (strcmp(s_text(jwk, "crv"), "P-256") == 0 && s_number(jwk, "x", &x) &&
        s_number(jwk, "y", &y) && x.size == HALF && y.size == HALF) {
        uint8_t point[1 + 2 * HALF] = {4}; /* both coordinates as they are */
        memcpy(point + 1, x.data, HALF);
        memcpy(point + 1 + HALF, y.data, HALF);
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        if (OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
                1 &&
            OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) ==
                1) {
            key = s_make("EC", build);
        }
        OSSL_PARAM_BLD_free(build);
    }
    free(x.data);
    free(y.data);
    return key;
}

/* Meant for something else than what its kind says. */
static bool s_is_other(const cJSON *jwk, const char *alg)
{
    const char *use = s_text(jwk, "use");
    const char *own = s_text(jwk, "alg");
    return (use[0] && strcmp(use, "sig") != 0) || (own[0] && strcmp(own, alg) != 0);
}

static void s_take(sb_jwks_t *self, const cJSON *jwk)
{
    const char *kty = s_text(jwk, "kty");
    const cJSON *kid = cJSON_GetObjectItemCaseSensitive(jwk, "kid");
    const bool rsa = strcmp(kty, "RSA") == 0;
    if ((!rsa && strcmp(kty, "EC") != 0) || s_is_other(jwk, rsa ? "RS256" : "ES256") ||
        (kid && (!cJSON_IsString(kid) || strlen(kid->valuestring) > SB_JWKS_KID_MAX))) {
        return;
    }
    EVP_PKEY *key = rsa ? s_rsa(jwk) : s_p256(jwk);
    if (key) {
        self->keys[self->len++] = (jwk_t){
            .kind = rsa ? SB_JWKS_RS256 : SB_JWKS_ES256,
            .kid = kid ? sb_strdup(kid->valuestring) : NULL,
            .key = key,
        };
    }
}

sb_jwks_t *sb_jwks_parse(const void *data, size_t size, sb_err_t *err)
{
    assert((data || size == 0) && err);
    cJSON *tree = sb_json_parse_foreign(data, size, 0, err);
    if (!tree) {
        return NULL;
    }
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(tree, "keys");
    if (!cJSON_IsArray(list)) {
        (void)sb_fail(err, SB_EINVALID, "keys: expected an array");
        cJSON_Delete(tree);
        return NULL;
    }
    sb_jwks_t *self = sb_alloc(sizeof *self);
    const cJSON *jwk;
    cJSON_ArrayForEach(jwk, list)
    {
        if (self->len < SB_JWKS_MAX) {
            s_take(self, jwk);
        }
    }
    ERR_clear_error(); /* the queue is the thread's, and others read it */
    cJSON_Delete(tree);
    return self;
}

void sb_jwks_destroy(sb_jwks_t **self_p)
{
    assert(self_p);
    sb_jwks_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t i = 0; i < self->len; i++) {
        EVP_PKEY_free(self->keys[i].key);
        free(self->keys[i].kid);
    }
    free(self);
    *self_p = NULL;
}

size_t sb_jwks_len(const sb_jwks_t *self)
{
    assert(self);
    return self->len;
}

/* ---- Verifying. */

static bool s_verify(EVP_PKEY *key, sb_bytes_t text, const uint8_t *signature, size_t size)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool good = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
                      EVP_DigestVerify(ctx, signature, size, text.data, text.size) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

static bool s_verify_pair(EVP_PKEY *key, sb_bytes_t text, sb_bytes_t signature)
{
    if (signature.size != (size_t)2 * HALF) {
        return false;
    }
    uint8_t *der = NULL;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, HALF, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + HALF, HALF, NULL);
    const int set = ECDSA_SIG_set0(pair, r, s);
    assert(set == 1);
    const int size = i2d_ECDSA_SIG(pair, &der);
    const bool good = size > 0 && s_verify(key, text, der, (size_t)size);
    OPENSSL_free(der);
    ECDSA_SIG_free(pair);
    return good;
}

static bool s_signed(const jwk_t *jwk, sb_bytes_t text, sb_bytes_t signature)
{
    return jwk->kind == SB_JWKS_ES256 ? s_verify_pair(jwk->key, text, signature)
                                      : s_verify(jwk->key, text, signature.data, signature.size);
}

static bool s_fits(const sb_jwks_t *self, const jwk_t *jwk, sb_jwks_kind_t kind, const char *kid)
{
    if (jwk->kind != kind) {
        return false;
    }
    return kid ? jwk->kid && strcmp(jwk->kid, kid) == 0 : self->len == 1;
}

int sb_jwks_verify(const sb_jwks_t *self, sb_jwks_kind_t kind, const char *kid, sb_bytes_t text,
                   sb_bytes_t signature, sb_err_t *err)
{
    assert(self && err);
    bool found = false;
    bool good = false;
    for (size_t i = 0; i < self->len && !good; i++) {
        if (s_fits(self, &self->keys[i], kind, kid)) {
            found = true;
            good = s_signed(&self->keys[i], text, signature);
        }
    }
    ERR_clear_error();
    if (!found) {
        return sb_fail(err, SB_ENOTFOUND,
                       kid ? "it names a key that is not published"
                           : "it names no key, and there are several");
    }
    return good ? SB_OK : sb_fail(err, SB_EFORBIDDEN, "the signature is wrong");
}
