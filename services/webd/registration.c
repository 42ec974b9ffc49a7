#include "services/webd/registration.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/webauthn.h"
#include "proto/taskd.h"

#define CLIENT_DATA_DIGITS_MAX (SB_WEBAUTHN_CLIENT_DATA_MAX * 4 / 3 + 4)
#define ATTESTATION_DIGITS_MAX (SB_WEBAUTHN_ATTESTATION_MAX * 4 / 3 + 4)

/* What was in base64url; all of it is freed in one go. */
typedef struct {
    uint8_t *challenge, *client_data, *attestation;
    size_t challenge_size, client_data_size, attestation_size;
} bytes_t;

static void s_free(bytes_t *bytes)
{
    free(bytes->challenge);
    free(bytes->client_data);
    free(bytes->attestation);
}

static int s_read(const cJSON *posted, const char *challenge, const char **name_r, bytes_t *bytes_r,
                  sb_err_t *err)
{
    sb_reader_t in = sb_reader(posted, "body", err);
    const char *client_data = sb_read_str(&in, "client_data", 1, CLIENT_DATA_DIGITS_MAX);
    const char *attestation = sb_read_str(&in, "attestation", 1, ATTESTATION_DIGITS_MAX);
    *name_r = sb_read_str(&in, "name", 0, REGISTRATION_NAME_MAX);
    if (sb_reader_code(&in)) {
        return sb_reader_code(&in);
    }
    if (sb_unbase64url(challenge, &bytes_r->challenge, &bytes_r->challenge_size, err)) {
        return sb_fail_in(err, "body.challenge");
    }
    if (sb_unbase64url(client_data, &bytes_r->client_data, &bytes_r->client_data_size, err)) {
        return sb_fail_in(err, "body.client_data");
    }
    if (sb_unbase64url(attestation, &bytes_r->attestation, &bytes_r->attestation_size, err)) {
        return sb_fail_in(err, "body.attestation");
    }
    return bytes_r->challenge_size == SB_CHALLENGE_SIZE
               ? SB_OK
               : sb_fail(err, SB_EINVALID, "body.challenge: expected %d bytes", SB_CHALLENGE_SIZE);
}

static void s_add_bytes(cJSON *object, const char *key, const void *data, size_t size)
{
    char *text = sb_base64url(data, size);
    sb_json_add_str(object, key, text);
    free(text);
}

static cJSON *s_passkey(const sb_webauthn_enrolled_t *enrolled, const char *name)
{
    cJSON *passkey = sb_json_object();
    s_add_bytes(passkey, "id", enrolled->id, enrolled->id_size);
    s_add_bytes(passkey, "public_key", enrolled->key.spki, enrolled->key.spki_size);
    sb_json_add_int(passkey, "algorithm", enrolled->key.algorithm);
    sb_json_add_int(passkey, "count", enrolled->sign_count);
    sb_json_add_bool(passkey, "backup_eligible", enrolled->backup_eligible);
    sb_json_add_str(passkey, "name", name);
    return passkey;
}

cJSON *registration_read(const cJSON *posted, const char *rp_id, const char *origin,
                         const char *challenge, sb_err_t *err)
{
    bytes_t bytes = {0};
    const char *name;
    cJSON *passkey = NULL;
    const sb_webauthn_party_t party = {.rp_id = rp_id, .origins = &origin, .origins_len = 1};
    if (s_read(posted, challenge, &name, &bytes, err) == SB_OK) {
        const sb_webauthn_registration_t registration = {
            .client_data = {bytes.client_data, bytes.client_data_size},
            .attestation = {bytes.attestation, bytes.attestation_size},
        };
        sb_webauthn_enrolled_t enrolled;
        const sb_webauthn_result_t result = sb_webauthn_verify_registration(
            &party, (sb_bytes_t){bytes.challenge, bytes.challenge_size}, &registration, &enrolled,
            err);
        if (result == SB_WEBAUTHN_VERIFIED) {
            passkey = s_passkey(&enrolled, name[0] ? name : "passkey");
        }
    }
    s_free(&bytes);
    return passkey;
}

char *registration_user_id(const char *person)
{
    uint8_t hash[SB_SHA256_SIZE];
    sb_sha256(person, strlen(person), hash);
    return sb_base64url(hash, sizeof hash);
}
