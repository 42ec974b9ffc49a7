/* totp.c. The window is -1, 0, +1: RFC 6238 5.2 speaks of one step of delay, and 6 of clocks that
 * drift either way; an app that is a few seconds ahead of us must not be told that it is wrong. */
#include "lib/totp.h"

#include <assert.h>
#include <stdio.h>

#include "lib/crypto.h"
#include "lib/mem.h"

uint32_t sb_hotp(const void *secret, size_t size, uint64_t counter, unsigned digits)
{
    static const uint32_t powers[] = {1000000, 10000000, 100000000};
    assert(secret);
    assert(digits >= 6 && digits <= 8);
    uint8_t text[8];
    for (int i = 7; i >= 0; i--) {
        text[i] = (uint8_t)counter;
        counter >>= 8;
    }
    uint8_t mac[20];
    sb_hmac_sha1(secret, size, text, sizeof text, mac);
    const uint8_t *at = mac + (mac[19] & 15);
    const uint32_t value = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
                           (uint32_t)at[2] << 8 | (uint32_t)at[3];
    sb_wipe(mac, sizeof mac);
    return value % powers[digits - 6];
}

int64_t sb_totp_step(int64_t now_s)
{
    return now_s < 0 ? 0 : now_s / SB_TOTP_STEP_S;
}

void sb_totp_code(const void *secret, size_t size, int64_t step, char out[SB_TOTP_DIGITS + 1])
{
    assert(step >= 0);
    uint32_t value = sb_hotp(secret, size, (uint64_t)step, SB_TOTP_DIGITS);
    for (int i = SB_TOTP_DIGITS - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    out[SB_TOTP_DIGITS] = '\0';
}

/* The digits of what was typed; false if it can't be a code. */
static bool s_digits(const char *code, char out[SB_TOTP_DIGITS])
{
    int len = 0;
    for (; *code; code++) {
        if (*code == ' ' || *code == '\t') {
            continue;
        }
        if (*code < '0' || *code > '9' || len == SB_TOTP_DIGITS) {
            return false;
        }
        out[len++] = *code;
    }
    return len == SB_TOTP_DIGITS;
}

bool sb_totp_verify(const void *secret, size_t size, const char *code, int64_t now_s,
                    int64_t last_step, int64_t *step_r)
{
    assert(secret && code && step_r);
    char typed[SB_TOTP_DIGITS] = {0}; /* NULs, which no code has */
    const bool is_code = s_digits(code, typed);
    const int64_t now = sb_totp_step(now_s);
    int64_t found = -1;
    for (int64_t step = now > 0 ? now - 1 : 0; step <= now + 1; step++) {
        char want[SB_TOTP_DIGITS + 1];
        sb_totp_code(secret, size, step, want);
        const bool fits = sb_equal(want, typed, SB_TOTP_DIGITS);
        sb_wipe(want, sizeof want);
        found = fits && step > last_step ? step : found;
    }
    sb_wipe(typed, sizeof typed);
    if (!is_code || found < 0) {
        return false;
    }
    *step_r = found;
    return true;
}
