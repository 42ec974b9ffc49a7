/* soft_passkey.c */
#include "tests/support/webauthn/soft_passkey.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"

#define COORDINATE_SIZE 32

struct soft_passkey {
    sb_cose_algorithm_t algorithm;
    EVP_PKEY *key;
};

void soft_bytes_add(soft_bytes_t *self, const void *data, size_t size)
{
    assert(size <= sizeof self->data - self->size);
    memcpy(self->data + self->size, data, size);
    self->size += size;
}

sb_bytes_t soft_bytes(const soft_bytes_t *self)
{
    return (sb_bytes_t){self->data, self->size};
}

soft_passkey_t *soft_passkey_new(sb_cose_algorithm_t algorithm)
{
    soft_passkey_t *self = sb_alloc(sizeof *self);
    self->algorithm = algorithm;
    self->key =
        algorithm == SB_COSE_ES256 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert(self->key);
    return self;
}

void soft_passkey_destroy(soft_passkey_t **self_p)
{
    if (*self_p) {
        EVP_PKEY_free((*self_p)->key);
        free(*self_p);
        *self_p = NULL;
    }
}

soft_bytes_t soft_passkey_spki(const soft_passkey_t *self)
{
    soft_bytes_t out = {.size = 0};
    unsigned char *at = out.data;
    const int size = i2d_PUBKEY(self->key, &at);
    assert(size > 0 && (size_t)size <= sizeof out.data);
    out.size = (size_t)size;
    return out;
}

soft_bytes_t soft_passkey_cose(const soft_passkey_t *self)
{
    static const uint8_t ec2[] = {0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20};
    static const uint8_t y[] = {0x22, 0x58, 0x20};
    static const uint8_t okp[] = {0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20};
    const soft_bytes_t spki = soft_passkey_spki(self);
    const uint8_t *last = spki.data + spki.size - COORDINATE_SIZE;
    soft_bytes_t out = {.size = 0};
    if (self->algorithm == SB_COSE_ES256) {
        soft_bytes_add(&out, ec2, sizeof ec2);
        soft_bytes_add(&out, last - COORDINATE_SIZE, COORDINATE_SIZE);
        soft_bytes_add(&out, y, sizeof y);
    } else {
        soft_bytes_add(&out, okp, sizeof okp);
    }
    soft_bytes_add(&out, last, COORDINATE_SIZE);
    return out;
}

soft_bytes_t soft_passkey_auth_data(const soft_passkey_t *self, const char *rp_id, uint8_t flags,
                                    uint32_t sign_count)
{
    soft_bytes_t out = {.size = SB_SHA256_SIZE};
    sb_sha256(rp_id, strlen(rp_id), out.data);
    const uint8_t rest[] = {flags, (uint8_t)(sign_count >> 24), (uint8_t)(sign_count >> 16),
                            (uint8_t)(sign_count >> 8), (uint8_t)sign_count};
    soft_bytes_add(&out, rest, sizeof rest);
    if (flags & SOFT_PASSKEY_AT) {
        const uint8_t id_size[] = {0, SOFT_PASSKEY_ID_SIZE};
        soft_bytes_add(&out, SOFT_PASSKEY_AAGUID, strlen(SOFT_PASSKEY_AAGUID));
        soft_bytes_add(&out, id_size, sizeof id_size);
        soft_bytes_add(&out, SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE);
        const soft_bytes_t cose = soft_passkey_cose(self);
        soft_bytes_add(&out, cose.data, cose.size);
    }
    return out;
}

soft_bytes_t soft_passkey_attestation(sb_bytes_t auth_data)
{
    static const char head[] = "\xa3\x63"
                               "fmt\x64none\x67"
                               "attStmt\xa0\x68"
                               "authData\x59";
    const uint8_t size[] = {(uint8_t)(auth_data.size >> 8), (uint8_t)auth_data.size};
    soft_bytes_t out = {.size = 0};
    soft_bytes_add(&out, head, sizeof head - 1);
    soft_bytes_add(&out, size, sizeof size);
    soft_bytes_add(&out, auth_data.data, auth_data.size);
    return out;
}

soft_bytes_t soft_passkey_client_data(const char *type, sb_bytes_t challenge, const char *origin)
{
    char *text = sb_base64url(challenge.data, challenge.size);
    char *json =
        sb_format("{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\",\"crossOrigin\":"
                  "false}",
                  type, text, origin);
    soft_bytes_t out = {.size = 0};
    soft_bytes_add(&out, json, strlen(json));
    free(json);
    free(text);
    return out;
}

soft_bytes_t soft_passkey_sign(const soft_passkey_t *self, sb_bytes_t auth_data,
                               sb_bytes_t client_data)
{
    soft_bytes_t message = {.size = 0};
    uint8_t hash[SB_SHA256_SIZE];
    sb_sha256(client_data.data, client_data.size, hash);
    soft_bytes_add(&message, auth_data.data, auth_data.size);
    soft_bytes_add(&message, hash, sizeof hash);
    soft_bytes_t out = {.size = sizeof out.data};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = self->algorithm == SB_COSE_ES256 ? EVP_sha256() : NULL;
    const bool signed_it =
        EVP_DigestSignInit(context, NULL, digest, NULL, self->key) == 1 &&
        EVP_DigestSign(context, out.data, &out.size, message.data, message.size) == 1;
    EVP_MD_CTX_free(context);
    assert(signed_it);
    return out;
}
