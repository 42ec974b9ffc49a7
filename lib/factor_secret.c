#include "lib/factor_secret.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/mem.h"

char *sb_totp_secret_seal(const uint8_t key[SB_KEY_SIZE], const char *person, const void *secret,
                          size_t size)
{
    assert(person);
    assert(size >= SB_TOTP_SECRET_SIZE_MIN && size <= SB_TOTP_SECRET_SIZE_MAX);
    char *aad = sb_format("totp:%s", person);
    uint8_t *sealed = NULL;
    size_t sealed_size = 0;
    sb_seal(key, aad, secret, size, &sealed, &sealed_size);
    char *text = sb_base64(sealed, sealed_size);
    free(sealed);
    free(aad);
    return text;
}

int sb_totp_secret_open(const uint8_t key[SB_KEY_SIZE], const char *person, const char *sealed,
                        uint8_t **secret_r, size_t *size_r, sb_err_t *err)
{
    assert(person);
    uint8_t *bytes = NULL;
    size_t bytes_size = 0;
    int rc = sb_unbase64(sealed, &bytes, &bytes_size, err);
    if (rc != SB_OK) {
        return rc;
    }
    char *aad = sb_format("totp:%s", person);
    rc = sb_open(key, aad, bytes, bytes_size, secret_r, size_r, err);
    free(aad);
    free(bytes);
    if (rc != SB_OK) {
        return rc;
    }
    if (*size_r < SB_TOTP_SECRET_SIZE_MIN || *size_r > SB_TOTP_SECRET_SIZE_MAX) {
        sb_wipe(*secret_r, *size_r);
        free(*secret_r);
        return sb_fail(err, SB_EINVALID, "a secret of %zu bytes, not %d to %d", *size_r,
                       SB_TOTP_SECRET_SIZE_MIN, SB_TOTP_SECRET_SIZE_MAX);
    }
    return SB_OK;
}
