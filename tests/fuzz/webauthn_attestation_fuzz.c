/* webauthn_attestation_fuzz.c: an attestation object, under client data that are right. What is
 * enrolled must be a key that can be used, of a user who was verified. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/webauthn.h"

#define CHALLENGE "0123456789abcdef"
#define CLIENT_DATA                                                                                \
    "{\"type\":\"webauthn.create\",\"challenge\":\"MDEyMzQ1Njc4OWFiY2RlZg\","                      \
    "\"origin\":\"https://example.org\",\"crossOrigin\":false}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sb_bytes_t s_text(const char *text)
{
    return (sb_bytes_t){(const uint8_t *)text, strlen(text)};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const origins[] = {"https://example.org"};
    const sb_webauthn_party_t party = {"example.org", origins, 1};
    const sb_webauthn_registration_t registration = {
        s_text(CLIENT_DATA), {data, size}
    };
    sb_webauthn_enrolled_t enrolled;
    sb_err_t err = {0};
    const sb_webauthn_result_t result =
        sb_webauthn_verify_registration(&party, s_text(CHALLENGE), &registration, &enrolled, &err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        assert(result > SB_WEBAUTHN_CROSS_ORIGIN && result < SB_WEBAUTHN_RESULTS);
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    assert(enrolled.id_size >= 1 && enrolled.id_size <= sizeof enrolled.id);
    /* The kept key opens: an empty signature is what is wrong. */
    assert(sb_cose_verify(enrolled.key.algorithm,
                          (sb_bytes_t){enrolled.key.spki, enrolled.key.spki_size},
                          s_text("message"), (sb_bytes_t){NULL, 0}, &err) == SB_EFORBIDDEN);
    return 0;
}
