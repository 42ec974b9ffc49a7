/* secret_text.h: a TOTP secret as it is handed about: base 32, an otpauth URI, or what
 * `botctl totp enroll --json` prints. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* The caller wipes and frees *secret_r. Blanks around it and between groups of base 32 are passed
 * over. A URI must be of the kind we make: totp, SHA1, 6 digits, 30 seconds. Texts of errors hold
 * nothing of the input. */
SB_MUSTCHECK int secret_text_parse(const char *text, uint8_t **secret_r, size_t *size_r,
                                   sb_err_t *err);
