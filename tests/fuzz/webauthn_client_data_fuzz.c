/* webauthn_client_data_fuzz.c: what a browser says of a ceremony. Whatever is taken must hold our
 * challenge and one of our origins as they are written, and a refusal must say why. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/webauthn_client_data.h"

#define CHALLENGE "0123456789abcdef"
#define CHALLENGE_TEXT "MDEyMzQ1Njc4OWFiY2RlZg"
#define ORIGIN "https://example.org"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const origins[] = {ORIGIN};
    const sb_webauthn_expected_t want = {
        .type = SB_WEBAUTHN_GET,
        .challenge = {(const uint8_t *)CHALLENGE, strlen(CHALLENGE)},
        .origins = origins,
        .origins_len = 1,
    };
    sb_err_t err = {0};
    const sb_webauthn_result_t result =
        sb_webauthn_client_data_check(&want, (sb_bytes_t){data, size}, &err);
    assert(result > SB_WEBAUTHN_UNCHECKED && result < SB_WEBAUTHN_RESULTS);
    if (result != SB_WEBAUTHN_VERIFIED) {
        assert(err.code < 0 && err.text[0]);
    } else if (!memchr(data, '\\', size)) { /* without escapes the texts stand there */
        assert(memmem(data, size, CHALLENGE_TEXT, strlen(CHALLENGE_TEXT)));
        assert(memmem(data, size, ORIGIN, strlen(ORIGIN)));
        assert(memmem(data, size, SB_WEBAUTHN_GET, strlen(SB_WEBAUTHN_GET)));
    }
    return 0;
}
