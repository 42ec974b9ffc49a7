/* webauthn.c: the steps of the standard's sections 7.1 and 7.2 in their order, so that the reason
 * told is the first one there is. */
#include "lib/webauthn.h"

#include <assert.h>
#include <string.h>

#include "lib/cbor.h"
#include "lib/crypto.h"

#define FORMAT_MAX 32 /* bytes of an attestation format's name, by the standard */

static bool s_same(sb_bytes_t a, sb_bytes_t b)
{
    return a.size == b.size && (a.size == 0 || sb_equal(a.data, b.data, a.size));
}

static sb_webauthn_expected_t s_expected(const char *type, const sb_webauthn_party_t *party,
                                         sb_bytes_t challenge)
{
    return (sb_webauthn_expected_t){
        .type = type,
        .challenge = challenge,
        .origins = party->origins,
        .origins_len = party->origins_len,
    };
}

static sb_webauthn_result_t s_check_owner(const sb_webauthn_credential_t *credential,
                                          const sb_webauthn_assertion_t *assertion, sb_err_t *err)
{
    if (credential->id.size == 0 || !s_same(assertion->credential_id, credential->id)) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_OTHER_CREDENTIAL,
                                  "assertion: of another credential than the one asked for");
    }
    if (assertion->user_handle.size > 0 &&
        !s_same(assertion->user_handle, credential->user_handle)) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_OTHER_USER,
                                  "assertion: the authenticator holds it for another user");
    }
    return SB_WEBAUTHN_VERIFIED;
}

static sb_webauthn_result_t s_check_auth_data(const sb_webauthn_party_t *party,
                                              const sb_webauthn_credential_t *credential,
                                              sb_bytes_t bytes, sb_webauthn_auth_data_t *auth_data,
                                              sb_err_t *err)
{
    sb_webauthn_result_t result = sb_webauthn_auth_data_read(bytes, auth_data, err);
    if (result == SB_WEBAUTHN_VERIFIED && auth_data->attested) {
        result = sb_webauthn_refuse(err, SB_WEBAUTHN_BAD_AUTH_DATA,
                                    "authenticator data: a new credential in an assertion");
    }
    if (result == SB_WEBAUTHN_VERIFIED) {
        result = sb_webauthn_auth_data_check(auth_data, party->rp_id, err);
    }
    if (result == SB_WEBAUTHN_VERIFIED &&
        auth_data->backup_eligible != credential->backup_eligible) {
        result = sb_webauthn_refuse(err, SB_WEBAUTHN_BACKUP_CHANGED, "authenticator data: %s",
                                    auth_data->backup_eligible
                                        ? "made for backup, which it was not when enrolled"
                                        : "not made for backup, which it was when enrolled");
    }
    return result;
}

/* Signed are the authenticator's data and the hash of the browser's, one after the other. */
static sb_webauthn_result_t s_check_signature(const sb_webauthn_credential_t *credential,
                                              const sb_webauthn_assertion_t *assertion,
                                              sb_err_t *err)
{
    uint8_t message[SB_WEBAUTHN_AUTH_DATA_MAX + SB_SHA256_SIZE];
    const size_t size = assertion->auth_data.size;
    assert(size <= SB_WEBAUTHN_AUTH_DATA_MAX); /* it was read */
    memcpy(message, assertion->auth_data.data, size);
    sb_sha256(assertion->client_data.data, assertion->client_data.size, message + size);
    switch (sb_cose_verify(credential->algorithm, credential->spki,
                           (sb_bytes_t){message, size + SB_SHA256_SIZE}, assertion->signature,
                           err)) {
    case SB_OK:
        return SB_WEBAUTHN_VERIFIED;
    case SB_EUNKNOWN:
        return SB_WEBAUTHN_UNSUPPORTED_ALGORITHM;
    case SB_EINVALID:
        return SB_WEBAUTHN_BAD_KEPT_KEY;
    default:
        return SB_WEBAUTHN_BAD_SIGNATURE;
    }
}

sb_webauthn_result_t sb_webauthn_verify_assertion(const sb_webauthn_party_t *party,
                                                  sb_bytes_t challenge,
                                                  const sb_webauthn_credential_t *credential,
                                                  const sb_webauthn_assertion_t *assertion,
                                                  sb_webauthn_news_t *news_r, sb_err_t *err)
{
    assert(party && credential && assertion && news_r && err);
    sb_webauthn_result_t result = s_check_owner(credential, assertion, err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        return result;
    }
    const sb_webauthn_expected_t want = s_expected(SB_WEBAUTHN_GET, party, challenge);
    result = sb_webauthn_client_data_check(&want, assertion->client_data, err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        return result;
    }
    sb_webauthn_auth_data_t auth_data;
    result = s_check_auth_data(party, credential, assertion->auth_data, &auth_data, err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        return result;
    }
    result = s_check_signature(credential, assertion, err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        return result;
    }
    *news_r = (sb_webauthn_news_t){auth_data.sign_count, auth_data.backed_up};
    const bool counts = auth_data.sign_count > 0 || credential->sign_count > 0;
    if (counts && auth_data.sign_count <= credential->sign_count) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_COUNTER_REGRESSED,
                                  "authenticator data: counter %u, and it was %u before",
                                  auth_data.sign_count, credential->sign_count);
    }
    return SB_WEBAUTHN_VERIFIED;
}

/* An attestation object: a map of just these three. One that is missing is the number 0. */
typedef struct {
    sb_cbor_item_t format;
    sb_cbor_item_t statement; /* its head */
    sb_cbor_item_t auth_data;
} attestation_t;

static int s_read_member(sb_cbor_t *cbor, attestation_t *self, sb_err_t *err)
{
    const struct {
        const char *name;
        sb_cbor_item_t *item;
    } members[] = {
        {"fmt",      &self->format   },
        {"attStmt",  &self->statement},
        {"authData", &self->auth_data}
    };
    sb_cbor_item_t name;
    int rc = sb_cbor_next(cbor, &name, err);
    if (rc != SB_OK) {
        return rc;
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!sb_cbor_is_text(&name, members[i].name)) {
            continue;
        }
        sb_cbor_t inside = *cbor;
        rc = sb_cbor_next(&inside, members[i].item, err);
        return rc == SB_OK ? sb_cbor_skip(cbor, err) : rc;
    }
    return sb_fail(err, SB_EINVALID, "a member that is none of fmt, attStmt, authData");
}

static int s_read_attestation(sb_bytes_t bytes, attestation_t *self, sb_err_t *err)
{
    if (bytes.size > SB_WEBAUTHN_ATTESTATION_MAX) {
        return sb_fail(err, SB_EINVALID, "%zu bytes, %d are the most", bytes.size,
                       SB_WEBAUTHN_ATTESTATION_MAX);
    }
    sb_cbor_t cbor = sb_cbor(bytes);
    sb_cbor_item_t map;
    int rc = sb_cbor_next(&cbor, &map, err);
    if (rc == SB_OK && (map.kind != SB_CBOR_MAP || map.number != 3)) {
        rc = sb_fail(err, SB_EINVALID, "no map of three");
    }
    for (int i = 0; rc == SB_OK && i < 3; i++) {
        rc = s_read_member(&cbor, self, err);
    }
    if (rc == SB_OK && sb_cbor_left(&cbor).size > 0) {
        rc = sb_fail(err, SB_EINVALID, "%zu bytes follow it", sb_cbor_left(&cbor).size);
    }
    return rc;
}

/* What of the statement can be wrong although nobody believes it. */
static int s_check_statement(const attestation_t *self, sb_err_t *err)
{
    if (self->format.kind != SB_CBOR_TEXT || self->format.bytes.size == 0 ||
        self->format.bytes.size > FORMAT_MAX) {
        return sb_fail(err, SB_EINVALID, "fmt is no text of 1..%d bytes", FORMAT_MAX);
    }
    const bool compound = sb_cbor_is_text(&self->format, "compound");
    if (self->statement.kind != (compound ? SB_CBOR_ARRAY : SB_CBOR_MAP)) {
        return sb_fail(err, SB_EINVALID, "attStmt is no %s", compound ? "array" : "map");
    }
    if (sb_cbor_is_text(&self->format, "none") && self->statement.number > 0) {
        return sb_fail(err, SB_EINVALID, "attStmt is not empty, and fmt is none");
    }
    if (self->auth_data.kind != SB_CBOR_BYTES) {
        return sb_fail(err, SB_EINVALID, "authData is no byte string");
    }
    return SB_OK;
}

static sb_webauthn_result_t s_check_new(const sb_webauthn_party_t *party,
                                        const attestation_t *attestation,
                                        sb_webauthn_auth_data_t *auth_data, sb_err_t *err)
{
    sb_webauthn_result_t result =
        sb_webauthn_auth_data_read(attestation->auth_data.bytes, auth_data, err);
    if (result == SB_WEBAUTHN_VERIFIED) {
        result = sb_webauthn_auth_data_check(auth_data, party->rp_id, err);
    }
    if (result == SB_WEBAUTHN_VERIFIED && !auth_data->attested) {
        result = sb_webauthn_refuse(err, SB_WEBAUTHN_NO_CREDENTIAL,
                                    "authenticator data: there is no credential in it");
    }
    return result;
}

sb_webauthn_result_t sb_webauthn_verify_registration(const sb_webauthn_party_t *party,
                                                     sb_bytes_t challenge,
                                                     const sb_webauthn_registration_t *registration,
                                                     sb_webauthn_enrolled_t *enrolled_r,
                                                     sb_err_t *err)
{
    assert(party && registration && enrolled_r && err);
    const sb_webauthn_expected_t want = s_expected(SB_WEBAUTHN_CREATE, party, challenge);
    sb_webauthn_result_t result =
        sb_webauthn_client_data_check(&want, registration->client_data, err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        return result;
    }
    attestation_t attestation = {0};
    if (s_read_attestation(registration->attestation, &attestation, err) != SB_OK ||
        s_check_statement(&attestation, err) != SB_OK) {
        (void)sb_fail_in(err, "attestation object");
        return SB_WEBAUTHN_BAD_ATTESTATION;
    }
    sb_webauthn_auth_data_t auth_data;
    result = s_check_new(party, &attestation, &auth_data, err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        return result;
    }
    *enrolled_r = (sb_webauthn_enrolled_t){
        .id_size = auth_data.credential_id.size,
        .key = auth_data.key,
        .sign_count = auth_data.sign_count,
        .backup_eligible = auth_data.backup_eligible,
        .backed_up = auth_data.backed_up,
    };
    memcpy(enrolled_r->id, auth_data.credential_id.data, auth_data.credential_id.size);
    memcpy(enrolled_r->aaguid, auth_data.aaguid, sizeof enrolled_r->aaguid);
    return SB_WEBAUTHN_VERIFIED;
}
