/* totp.h: one-time codes, RFC 4226 (HOTP) and RFC 6238 (TOTP: SHA-1, 30 s). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_TOTP_STEP_S 30
#define SB_TOTP_DIGITS 6

/* The HOTP value of a counter, cut to 6..8 digits. */
uint32_t sb_hotp(const void *secret, size_t size, uint64_t counter, unsigned digits);

/* The step that now_s lies in; 0 before 1970. */
int64_t sb_totp_step(int64_t now_s);

/* Writes the six digits of a step and a NUL. */
void sb_totp_code(const void *secret, size_t size, int64_t step, char out[SB_TOTP_DIGITS + 1]);

/* True if code is that of the step before, at or after now_s (one step of drift either way) and
 * that step is later than last_step, the last one that was accepted (-1: none). *step_r is then the
 * latest step it fits, to be stored as the new last_step, so that no code serves twice. All
 * candidates are computed and compared in constant time whatever is typed. code is as typed: six
 * digits, with blanks anywhere ("123 456"). */
bool sb_totp_verify(const void *secret, size_t size, const char *code, int64_t now_s,
                    int64_t last_step, int64_t *step_r);
