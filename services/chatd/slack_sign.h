/* slack_sign.h: Slack's v0 signatures: v0=hex(HMAC-SHA256(secret, "v0:TIMESTAMP:BODY")). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SLACK_SIGN_AGE_MAX_S 300 /* a timestamp may be off by so much, either way */
#define SLACK_SIGNATURE_SIZE 68  /* "v0=", 64 hex digits, a NUL */

/* Is body signed with secret, and timestamp near now_s? SB_EFORBIDDEN with the reason if it is not
 * signed so; SB_ERETRY if it is, but not lately by our clock, which may be the one that is wrong.
 * The comparison takes the same time whatever differs. */
SB_MUSTCHECK int slack_sign_check(const char *secret, const char *timestamp, const char *signature,
                                  const void *body, size_t size, int64_t now_s, sb_err_t *err);

/* What the signature would be. */
void slack_sign(const char *secret, const char *timestamp, const void *body, size_t size,
                char out[SLACK_SIGNATURE_SIZE]);
