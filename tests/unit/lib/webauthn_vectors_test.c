/* webauthn_vectors_test.c: the test vectors of the standard (tests/support/webauthn/vectors.json
 * names its source). All of them are made with user verification at random, so most are refused by
 * whoever demands it: those are told by their reason, and their signatures are looked at apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/webauthn.h"

#define VECTORS "/tests/support/webauthn/vectors.json"
#define VECTORS_SIZE_MAX 65536
#define BYTES_MAX 2048

typedef struct {
    uint8_t data[BYTES_MAX];
    size_t size;
} held_t;

typedef struct {
    const char *name;
    const char *rp_id;
    const char *origin;
    held_t create_challenge, create_client_data, attestation, id, aaguid;
    held_t get_challenge, get_client_data, auth_data, signature;
} vector_t;

static const struct row {
    const char *name;
    sb_webauthn_result_t registration;
    sb_webauthn_result_t assertion; /* UNCHECKED: there is no key to look at it with */
    sb_cose_algorithm_t algorithm;
} s_rows[] = {
    {"none-es256",                    SB_WEBAUTHN_NOT_VERIFIED,          SB_WEBAUTHN_NOT_VERIFIED, SB_COSE_ES256},
    {"packed-self-es256",             SB_WEBAUTHN_VERIFIED,              SB_WEBAUTHN_NOT_VERIFIED, SB_COSE_ES256},
    {"none-es256-crossOrigin",        SB_WEBAUTHN_CROSS_ORIGIN,          SB_WEBAUTHN_CROSS_ORIGIN, SB_COSE_ES256},
    {"none-es256-topOrigin",          SB_WEBAUTHN_TOP_ORIGIN,            SB_WEBAUTHN_TOP_ORIGIN,   SB_COSE_ES256},
    {"none-es256-long-credential-id", SB_WEBAUTHN_NOT_VERIFIED,          SB_WEBAUTHN_VERIFIED,
     SB_COSE_ES256                                                                                              },
    {"packed-es256",                  SB_WEBAUTHN_VERIFIED,              SB_WEBAUTHN_VERIFIED,     SB_COSE_ES256},
    {"packed-es384",                  SB_WEBAUTHN_UNSUPPORTED_ALGORITHM, SB_WEBAUTHN_UNCHECKED,    0            },
    {"packed-es512",                  SB_WEBAUTHN_UNSUPPORTED_ALGORITHM, SB_WEBAUTHN_UNCHECKED,    0            },
    {"packed-rs256",                  SB_WEBAUTHN_UNSUPPORTED_ALGORITHM, SB_WEBAUTHN_UNCHECKED,    0            },
    {"packed-eddsa",                  SB_WEBAUTHN_NOT_VERIFIED,          SB_WEBAUTHN_NOT_VERIFIED, SB_COSE_EDDSA},
    {"packed-ed448",                  SB_WEBAUTHN_UNSUPPORTED_ALGORITHM, SB_WEBAUTHN_UNCHECKED,    0            },
    {"tpm-es256",                     SB_WEBAUTHN_VERIFIED,              SB_WEBAUTHN_VERIFIED,     SB_COSE_ES256},
    {"android-key-es256",             SB_WEBAUTHN_VERIFIED,              SB_WEBAUTHN_NOT_VERIFIED, SB_COSE_ES256},
    {"apple-es256",                   SB_WEBAUTHN_NOT_VERIFIED,          SB_WEBAUTHN_NOT_VERIFIED, SB_COSE_ES256},
    {"fido-u2f-es256",                SB_WEBAUTHN_NOT_VERIFIED,          SB_WEBAUTHN_NOT_VERIFIED, SB_COSE_ES256},
};
#define ROWS (sizeof s_rows / sizeof s_rows[0])

static cJSON *s_json;
static vector_t s_vectors[ROWS];

static sb_bytes_t s_bytes(const held_t *held)
{
    return (sb_bytes_t){held->data, held->size};
}

static void s_read_hex(sb_reader_t *reader, const char *key, held_t *held_r)
{
    const char *text = sb_read_str(reader, key, 2, (size_t)2 * BYTES_MAX);
    sb_err_t err;
    held_r->size = strlen(text) / 2;
    if (sb_unhex(text, strlen(text), held_r->data, &err) != SB_OK) {
        fail_msg("%s: %s", key, err.text);
    }
}

static void s_read_vector(sb_reader_t *item, vector_t *vector)
{
    vector->name = sb_read_str(item, "name", 1, 64);
    sb_reader_t reader = sb_reader_in(item, "registration", sb_read_object(item, "registration"));
    s_read_hex(&reader, "challenge", &vector->create_challenge);
    s_read_hex(&reader, "client_data", &vector->create_client_data);
    s_read_hex(&reader, "attestation", &vector->attestation);
    s_read_hex(&reader, "credential_id", &vector->id);
    s_read_hex(&reader, "aaguid", &vector->aaguid);
    assert_int_equal(sb_reader_code(&reader), SB_OK);
    reader = sb_reader_in(item, "assertion", sb_read_object(item, "assertion"));
    s_read_hex(&reader, "challenge", &vector->get_challenge);
    s_read_hex(&reader, "client_data", &vector->get_client_data);
    s_read_hex(&reader, "auth_data", &vector->auth_data);
    s_read_hex(&reader, "signature", &vector->signature);
    assert_int_equal(sb_reader_code(&reader), SB_OK);
}

static int read_vectors(void **state)
{
    (void)state;
    static char text[VECTORS_SIZE_MAX];
    FILE *file = fopen(SB_SOURCE_DIR VECTORS, "r");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    sb_err_t err;
    s_json = sb_json_parse(text, size, 0, &err);
    if (!s_json) {
        fail_msg("%s", err.text);
    }
    sb_reader_t reader = sb_reader(s_json, "vectors", &err);
    const cJSON *array = sb_read_array(&reader, "vectors", ROWS);
    assert_int_equal(cJSON_GetArraySize(array), ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        sb_reader_t item = sb_reader_item(&reader, "vectors", cJSON_GetArrayItem(array, (int)i), i);
        s_vectors[i].rp_id = sb_read_str(&reader, "rp_id", 1, 64);
        s_vectors[i].origin = sb_read_str(&reader, "origin", 1, 64);
        s_read_vector(&item, &s_vectors[i]);
        assert_string_equal(s_vectors[i].name, s_rows[i].name);
    }
    return sb_reader_code(&reader);
}

static int forget_vectors(void **state)
{
    (void)state;
    cJSON_Delete(s_json);
    return 0;
}

/* The authenticator data inside the attestation object: what follows its head, for it comes last.
 */
static sb_bytes_t s_created(const vector_t *vector)
{
    uint8_t hash[SB_SHA256_SIZE];
    sb_sha256(vector->rp_id, strlen(vector->rp_id), hash);
    const uint8_t *end = vector->attestation.data + vector->attestation.size;
    for (const uint8_t *at = vector->attestation.data; at + sizeof hash <= end; at++) {
        if (memcmp(at, hash, sizeof hash) == 0) {
            return (sb_bytes_t){at, (size_t)(end - at)};
        }
    }
    fail_msg("%s: no authenticator data", vector->name);
    return (sb_bytes_t){NULL, 0};
}

static void registrations(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const vector_t *vector = &s_vectors[i];
        const sb_webauthn_party_t party = {vector->rp_id, &vector->origin, 1};
        const sb_webauthn_registration_t registration = {s_bytes(&vector->create_client_data),
                                                         s_bytes(&vector->attestation)};
        sb_webauthn_enrolled_t enrolled;
        sb_err_t err = {0};
        const sb_webauthn_result_t got = sb_webauthn_verify_registration(
            &party, s_bytes(&vector->create_challenge), &registration, &enrolled, &err);
        if (got != s_rows[i].registration) {
            fail_msg("%s: %s (%s)", vector->name, sb_webauthn_result_name(got), err.text);
        }
        if (got == SB_WEBAUTHN_VERIFIED) {
            assert_int_equal(enrolled.key.algorithm, s_rows[i].algorithm);
            assert_int_equal(enrolled.id_size, vector->id.size);
            assert_memory_equal(enrolled.id, vector->id.data, vector->id.size);
            assert_memory_equal(enrolled.aaguid, vector->aaguid.data, sizeof enrolled.aaguid);
        }
    }
}

/* As if it was enrolled when user verification was not asked for. */
static void assertions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const vector_t *vector = &s_vectors[i];
        sb_webauthn_auth_data_t created;
        sb_err_t err = {0};
        const sb_webauthn_result_t readable =
            sb_webauthn_auth_data_read(s_created(vector), &created, &err);
        if (s_rows[i].assertion == SB_WEBAUTHN_UNCHECKED) {
            assert_int_equal(readable, SB_WEBAUTHN_UNSUPPORTED_ALGORITHM);
            continue;
        }
        assert_int_equal(readable, SB_WEBAUTHN_VERIFIED);
        const sb_webauthn_party_t party = {vector->rp_id, &vector->origin, 1};
        const sb_webauthn_credential_t credential = {
            .id = s_bytes(&vector->id),
            .algorithm = created.key.algorithm,
            .spki = {created.key.spki, created.key.spki_size},
            .sign_count = created.sign_count,
            .backup_eligible = created.backup_eligible,
        };
        const sb_webauthn_assertion_t assertion = {
            .credential_id = s_bytes(&vector->id),
            .client_data = s_bytes(&vector->get_client_data),
            .auth_data = s_bytes(&vector->auth_data),
            .signature = s_bytes(&vector->signature),
        };
        sb_webauthn_news_t news;
        const sb_webauthn_result_t got = sb_webauthn_verify_assertion(
            &party, s_bytes(&vector->get_challenge), &credential, &assertion, &news, &err);
        if (got != s_rows[i].assertion) {
            fail_msg("%s: %s (%s)", vector->name, sb_webauthn_result_name(got), err.text);
        }
    }
}

static void signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const vector_t *vector = &s_vectors[i];
        if (s_rows[i].assertion == SB_WEBAUTHN_UNCHECKED) {
            continue;
        }
        sb_webauthn_auth_data_t created;
        sb_err_t err = {0};
        assert_int_equal(sb_webauthn_auth_data_read(s_created(vector), &created, &err),
                         SB_WEBAUTHN_VERIFIED);
        assert_int_equal(created.key.algorithm, s_rows[i].algorithm);
        held_t message = vector->auth_data;
        sb_sha256(vector->get_client_data.data, vector->get_client_data.size,
                  message.data + message.size);
        message.size += SB_SHA256_SIZE;
        const sb_bytes_t spki = {created.key.spki, created.key.spki_size};
        if (sb_cose_verify(created.key.algorithm, spki, s_bytes(&message),
                           s_bytes(&vector->signature), &err) != SB_OK) {
            fail_msg("%s: %s", vector->name, err.text);
        }
        message.data[0] ^= 1;
        assert_int_equal(sb_cose_verify(created.key.algorithm, spki, s_bytes(&message),
                                        s_bytes(&vector->signature), &err),
                         SB_EFORBIDDEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registrations),
        cmocka_unit_test(assertions),
        cmocka_unit_test(signatures),
    };
    return cmocka_run_group_tests(tests, read_vectors, forget_vectors);
}
