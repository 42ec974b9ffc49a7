/* jose.c: tokens. */
#include "tests/support/fake/jose.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"

#define PART_RAW_SIZE 32 /* of an ES256 signature: r and s */

static const char s_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const char *jose_alg_name(jose_alg_t alg)
{
    static const char *const names[] = {"none", "HS256", "RS256", "ES256"};
    return names[alg];
}

char *jose_base64(const void *data, size_t size)
{
    const uint8_t *in = data;
    char *out = sb_alloc(size / 3 * 4 + 5);
    size_t len = 0;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | in[i];
        for (count += 8; count >= 6; count -= 6) {
            out[len++] = s_digits[bits >> (count - 6) & 63];
        }
    }
    if (count > 0) {
        out[len++] = s_digits[bits << (6 - count) & 63];
    }
    return out;
}

uint8_t *jose_unbase64(const char *text, size_t size, size_t *size_r)
{
    uint8_t *out = sb_alloc(size + 1);
    uint32_t bits = 0;
    int count = 0;
    *size_r = 0;
    for (size_t i = 0; i < size; i++) {
        const char *digit = text[i] ? strchr(s_digits, text[i]) : NULL;
        if (!digit) {
            free(out);
            return NULL;
        }
        bits = bits << 6 | (uint32_t)(digit - s_digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[(*size_r)++] = (uint8_t)(bits >> count);
        }
    }
    out[*size_r] = 0;
    return out;
}

/* ---- Reading. */

static cJSON *s_object(const char *text, size_t size)
{
    size_t json_size = 0;
    uint8_t *json = jose_unbase64(text, size, &json_size);
    sb_err_t err = {0};
    cJSON *object = json ? sb_json_parse_foreign(json, json_size, 0, &err) : NULL;
    free(json);
    return object;
}

int jose_token_read(jose_token_t *self, const char *text, sb_err_t *err)
{
    *self = (jose_token_t){0};
    const char *first = strchr(text, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strlen(text) > JOSE_TOKEN_MAX) {
        return sb_fail(err, SB_EINVALID, "the token has not three parts");
    }
    self->header = s_object(text, (size_t)(first - text));
    self->claims = s_object(first + 1, (size_t)(second - first - 1));
    self->text = sb_strndup(text, (size_t)(second - text));
    self->signature = jose_unbase64(second + 1, strlen(second + 1), &self->signature_size);
    if (!self->header || !self->claims || !self->signature) {
        return sb_fail(err, SB_EINVALID, "a part of the token can't be read");
    }
    return SB_OK;
}

void jose_token_free(jose_token_t *self)
{
    cJSON_Delete(self->header);
    cJSON_Delete(self->claims);
    free(self->text);
    free(self->signature);
    *self = (jose_token_t){0};
}

static bool s_check(EVP_PKEY *key, const uint8_t *signature, size_t size, const char *text)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const bool good =
        EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestVerify(ctx, signature, size, (const uint8_t *)text, strlen(text)) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

/* JOSE has r and s side by side, OpenSSL wants them in DER. */
static bool s_check_ec(const jose_token_t *self, EVP_PKEY *key)
{
    if (self->signature_size != (size_t)PART_RAW_SIZE * 2) {
        return false;
    }
    ECDSA_SIG *parts = ECDSA_SIG_new();
    (void)ECDSA_SIG_set0(parts, BN_bin2bn(self->signature, PART_RAW_SIZE, NULL),
                         BN_bin2bn(self->signature + PART_RAW_SIZE, PART_RAW_SIZE, NULL));
    uint8_t *der = NULL;
    const int der_size = i2d_ECDSA_SIG(parts, &der);
    const bool good = der_size > 0 && s_check(key, der, (size_t)der_size, self->text);
    OPENSSL_free(der);
    ECDSA_SIG_free(parts);
    return good;
}

bool jose_token_verify(const jose_token_t *self, EVP_PKEY *key)
{
    const char *alg = cJSON_GetStringValue(cJSON_GetObjectItem(self->header, "alg"));
    if (!alg) {
        return false;
    }
    if (strcmp(alg, "RS256") == 0 && EVP_PKEY_is_a(key, "RSA")) {
        return s_check(key, self->signature, self->signature_size, self->text);
    }
    return strcmp(alg, "ES256") == 0 && EVP_PKEY_is_a(key, "EC") && s_check_ec(self, key);
}

/* ---- Making. */

static uint8_t *s_signature(const char *text, EVP_PKEY *key, size_t *size_r)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t *out = NULL;
    *size_r = 0;
    if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(ctx, NULL, size_r, (const uint8_t *)text, strlen(text)) == 1) {
        out = sb_alloc(*size_r);
        if (EVP_DigestSign(ctx, out, size_r, (const uint8_t *)text, strlen(text)) != 1) {
            *size_r = 0;
        }
    }
    EVP_MD_CTX_free(ctx);
    return out;
}

static char *s_sign_rsa(const char *text, EVP_PKEY *key)
{
    size_t size = 0;
    uint8_t *signature = s_signature(text, key, &size);
    char *out = jose_base64(signature, size);
    free(signature);
    return out;
}

static char *s_sign_ec(const char *text, EVP_PKEY *key)
{
    size_t size = 0;
    uint8_t *der = s_signature(text, key, &size);
    const uint8_t *at = der;
    ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &at, (long)size);
    uint8_t raw[PART_RAW_SIZE * 2] = {0};
    if (parts) {
        (void)BN_bn2binpad(ECDSA_SIG_get0_r(parts), raw, PART_RAW_SIZE);
        (void)BN_bn2binpad(ECDSA_SIG_get0_s(parts), raw + PART_RAW_SIZE, PART_RAW_SIZE);
    }
    ECDSA_SIG_free(parts);
    free(der);
    return jose_base64(raw, sizeof raw);
}

static char *s_sign_hmac(const char *text, const char *secret)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    (void)HMAC(EVP_sha256(), secret, (int)strlen(secret), (const uint8_t *)text, strlen(text), mac,
               &size);
    return jose_base64(mac, size);
}

static char *s_part(const cJSON *object)
{
    char *json = sb_json_print(object);
    char *out = jose_base64(json, strlen(json));
    free(json);
    return out;
}

char *jose_sign(const cJSON *header, const cJSON *claims, jose_alg_t alg, EVP_PKEY *key,
                const char *secret)
{
    char *head = s_part(header);
    char *body = s_part(claims);
    char *text = sb_format("%s.%s", head, body);
    char *signature = alg == JOSE_RS256   ? s_sign_rsa(text, key)
                      : alg == JOSE_ES256 ? s_sign_ec(text, key)
                      : alg == JOSE_HS256 ? s_sign_hmac(text, secret)
                                          : sb_strdup("");
    char *token = sb_format("%s.%s", text, signature);
    free(head);
    free(body);
    free(text);
    free(signature);
    return token;
}
