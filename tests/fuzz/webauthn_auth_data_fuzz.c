/* webauthn_auth_data_fuzz.c: what an authenticator says. What could be read lies within the bytes
 * and is whole: with a byte less it can't be read. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/webauthn_auth_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sb_webauthn_auth_data_t got;
    sb_err_t err = {0};
    const sb_webauthn_result_t result =
        sb_webauthn_auth_data_read((sb_bytes_t){data, size}, &got, &err);
    if (result != SB_WEBAUTHN_VERIFIED) {
        assert(result == SB_WEBAUTHN_BAD_AUTH_DATA || result == SB_WEBAUTHN_BAD_PUBLIC_KEY ||
               result == SB_WEBAUTHN_UNSUPPORTED_ALGORITHM);
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    if (got.attested) {
        assert(got.credential_id.size >= 1 && got.credential_id.size <= SB_WEBAUTHN_ID_MAX);
        assert(got.credential_id.data > data);
        assert(got.credential_id.data + got.credential_id.size < data + size);
        assert(got.key.spki_size <= sizeof got.key.spki);
    }
    sb_webauthn_auth_data_t less;
    assert(sb_webauthn_auth_data_read((sb_bytes_t){data, size - 1}, &less, &err) !=
           SB_WEBAUTHN_VERIFIED);
    const sb_webauthn_result_t checked = sb_webauthn_auth_data_check(&got, "example.org", &err);
    assert(checked != SB_WEBAUTHN_VERIFIED || (got.user_present && got.user_verified));
    return 0;
}
