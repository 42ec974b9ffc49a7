/* webauthn_auth_data.c: the hash of the relying party's id (32 bytes), flags (1), counter (4), and
 * as the flags say a new credential (16 bytes of AAGUID, 2 of length, the id, the key) and the
 * outputs of extensions (a map). */
#include "lib/webauthn_auth_data.h"

#include <assert.h>
#include <string.h>

#include "lib/crypto.h"

#define HEAD_SIZE (SB_WEBAUTHN_RP_ID_HASH_SIZE + 1 + 4)
#define CREDENTIAL_HEAD_SIZE (SB_WEBAUTHN_AAGUID_SIZE + 2)

enum { UP = 0x01, UV = 0x04, BE = 0x08, BS = 0x10, AT = 0x40, ED = 0x80 };

_Static_assert(SB_WEBAUTHN_RP_ID_HASH_SIZE == SB_SHA256_SIZE, "the hash is SHA-256");

static sb_webauthn_result_t s_bad(sb_err_t *err, const char *why)
{
    return sb_webauthn_refuse(err, SB_WEBAUTHN_BAD_AUTH_DATA, "authenticator data: %s", why);
}

/* Reads the new credential at bytes and moves them past it. */
static sb_webauthn_result_t s_read_credential(sb_bytes_t *bytes, sb_webauthn_auth_data_t *self,
                                              sb_err_t *err)
{
    if (bytes->size < CREDENTIAL_HEAD_SIZE) {
        return s_bad(err, "it ends inside the head of a credential");
    }
    const uint8_t *at = bytes->data;
    memcpy(self->aaguid, at, SB_WEBAUTHN_AAGUID_SIZE);
    at += SB_WEBAUTHN_AAGUID_SIZE;
    const size_t id_size = (size_t)at[0] << 8 | at[1];
    at += 2;
    if (id_size == 0 || id_size > SB_WEBAUTHN_ID_MAX) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_BAD_AUTH_DATA,
                                  "authenticator data: a credential id of %zu bytes, not 1..%d",
                                  id_size, SB_WEBAUTHN_ID_MAX);
    }
    if (bytes->size - CREDENTIAL_HEAD_SIZE < id_size) {
        return s_bad(err, "it ends inside the id of a credential");
    }
    self->attested = true;
    self->credential_id = (sb_bytes_t){at, id_size};
    at += id_size;
    sb_cbor_t cbor = sb_cbor((sb_bytes_t){at, bytes->size - CREDENTIAL_HEAD_SIZE - id_size});
    const int rc = sb_cose_key_read(&cbor, &self->key, err);
    if (rc != SB_OK) {
        return rc == SB_EUNKNOWN ? SB_WEBAUTHN_UNSUPPORTED_ALGORITHM : SB_WEBAUTHN_BAD_PUBLIC_KEY;
    }
    *bytes = sb_cbor_left(&cbor);
    return SB_WEBAUTHN_VERIFIED;
}

/* Outputs of extensions: a map from names to whatever it is. */
static sb_webauthn_result_t s_read_extensions(sb_bytes_t *bytes, sb_err_t *err)
{
    sb_cbor_t cbor = sb_cbor(*bytes);
    sb_cbor_item_t item;
    int rc = sb_cbor_next(&cbor, &item, err);
    if (rc == SB_OK && item.kind != SB_CBOR_MAP) {
        return s_bad(err, "the outputs of extensions are no map");
    }
    const uint64_t pairs = rc == SB_OK ? item.number : 0;
    for (uint64_t i = 0; rc == SB_OK && i < pairs; i++) {
        rc = sb_cbor_next(&cbor, &item, err);
        if (rc == SB_OK && item.kind != SB_CBOR_TEXT) {
            return s_bad(err, "an extension without a name");
        }
        rc = rc == SB_OK ? sb_cbor_skip(&cbor, err) : rc;
    }
    if (rc != SB_OK) {
        (void)sb_fail_in(err, "authenticator data: extensions");
        return SB_WEBAUTHN_BAD_AUTH_DATA;
    }
    *bytes = sb_cbor_left(&cbor);
    return SB_WEBAUTHN_VERIFIED;
}

static uint32_t s_number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

sb_webauthn_result_t sb_webauthn_auth_data_read(sb_bytes_t bytes,
                                                sb_webauthn_auth_data_t *auth_data_r, sb_err_t *err)
{
    assert(auth_data_r && err);
    if (bytes.size < HEAD_SIZE || bytes.size > SB_WEBAUTHN_AUTH_DATA_MAX) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_BAD_AUTH_DATA,
                                  "authenticator data: %zu bytes, not %d..%d", bytes.size,
                                  HEAD_SIZE, SB_WEBAUTHN_AUTH_DATA_MAX);
    }
    const uint8_t flags = bytes.data[SB_WEBAUTHN_RP_ID_HASH_SIZE];
    sb_webauthn_auth_data_t self = {
        .user_present = (flags & UP) != 0,
        .user_verified = (flags & UV) != 0,
        .backup_eligible = (flags & BE) != 0,
        .backed_up = (flags & BS) != 0,
        .sign_count = s_number(bytes.data + SB_WEBAUTHN_RP_ID_HASH_SIZE + 1),
    };
    memcpy(self.rp_id_hash, bytes.data, sizeof self.rp_id_hash);
    sb_bytes_t left = {bytes.data + HEAD_SIZE, bytes.size - HEAD_SIZE};
    sb_webauthn_result_t result = SB_WEBAUTHN_VERIFIED;
    if (flags & AT) {
        result = s_read_credential(&left, &self, err);
    }
    if (result == SB_WEBAUTHN_VERIFIED && (flags & ED)) {
        result = s_read_extensions(&left, err);
    }
    if (result == SB_WEBAUTHN_VERIFIED && left.size > 0) {
        result = s_bad(err, "more bytes than its flags announce");
    }
    if (result == SB_WEBAUTHN_VERIFIED) {
        *auth_data_r = self;
    }
    return result;
}

sb_webauthn_result_t sb_webauthn_auth_data_check(const sb_webauthn_auth_data_t *auth_data,
                                                 const char *rp_id, sb_err_t *err)
{
    assert(auth_data && rp_id && rp_id[0] && err);
    uint8_t hash[SB_SHA256_SIZE];
    sb_sha256(rp_id, strlen(rp_id), hash);
    if (!sb_equal(hash, auth_data->rp_id_hash, sizeof hash)) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_WRONG_PARTY,
                                  "authenticator data: not made for %s", rp_id);
    }
    if (!auth_data->user_present) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_NOT_PRESENT,
                                  "authenticator data: nobody touched the authenticator");
    }
    if (!auth_data->user_verified) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_NOT_VERIFIED,
                                  "authenticator data: no PIN, finger or face was asked for");
    }
    if (auth_data->backed_up && !auth_data->backup_eligible) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_BACKUP_FLAGS,
                                  "authenticator data: backed up, and yet not made for backup");
    }
    return SB_WEBAUTHN_VERIFIED;
}
