/* factor_secret.h: a person's TOTP secret as the store holds it: sealed, in base 64.
 *
 * The key comes from a file that only authd and the one who enrols can read; the seal is bound to
 * the person, so that a row moved to someone else opens nothing. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/crypto.h"
#include "lib/err.h"

#define SB_TOTP_SECRET_SIZE 20     /* of a new one: as long as the HMAC (RFC 6238, 5.1) */
#define SB_TOTP_SECRET_SIZE_MIN 16 /* RFC 4226, 4: 128 bits at least */
#define SB_TOTP_SECRET_SIZE_MAX 64 /* the block of the HMAC; more adds nothing */

/* size: SB_TOTP_SECRET_SIZE_MIN.._MAX. The caller frees the text. */
char *sb_totp_secret_seal(const uint8_t key[SB_KEY_SIZE], const char *person, const void *secret,
                          size_t size);

/* SB_EINVALID if the text is not such a secret of this person under this key. The caller wipes
 * and frees *secret_r. */
SB_MUSTCHECK int sb_totp_secret_open(const uint8_t key[SB_KEY_SIZE], const char *person,
                                     const char *sealed, uint8_t **secret_r, size_t *size_r,
                                     sb_err_t *err);
