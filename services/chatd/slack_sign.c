/* slack_sign.c. The secret is used as the text that Slack shows, not as the bytes that its digits
 * may stand for. */
#include "services/chatd/slack_sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"

#define VERSION "v0"
#define TIMESTAMP_DIGITS_MAX 15

void slack_sign(const char *secret, const char *timestamp, const void *body, size_t size,
                char out[SLACK_SIGNATURE_SIZE])
{
    static const char version[] = VERSION ":";
    const size_t head = sizeof version - 1 + strlen(timestamp) + 1;
    char *text = sb_alloc(head + size + 1);
    (void)snprintf(text, head + 1, "%s%s:", version, timestamp);
    if (size > 0) {
        memcpy(text + head, body, size);
    }
    uint8_t digest[SB_SHA256_SIZE];
    sb_hmac_sha256(secret, strlen(secret), text, head + size, digest);
    free(text);
    (void)snprintf(out, SLACK_SIGNATURE_SIZE, "%s=", VERSION);
    sb_hex(digest, sizeof digest, out + sizeof VERSION);
}

int slack_sign_check(const char *secret, const char *timestamp, const char *signature,
                     const void *body, size_t size, int64_t now_s, sb_err_t *err)
{
    const size_t digits = strspn(timestamp, "0123456789");
    if (digits == 0 || digits > TIMESTAMP_DIGITS_MAX || timestamp[digits] != '\0') {
        return sb_fail(err, SB_EFORBIDDEN, "the timestamp is no number of seconds");
    }
    char want[SLACK_SIGNATURE_SIZE];
    slack_sign(secret, timestamp, body, size, want);
    if (strlen(signature) != SLACK_SIGNATURE_SIZE - 1 ||
        !sb_equal(signature, want, SLACK_SIGNATURE_SIZE - 1)) {
        return sb_fail(err, SB_EFORBIDDEN, "the signature is not that of our signing secret");
    }
    const int64_t off_s = strtoll(timestamp, NULL, 10) - now_s;
    if (off_s > SLACK_SIGN_AGE_MAX_S || off_s < -SLACK_SIGN_AGE_MAX_S) {
        return sb_fail(err, SB_ERETRY,
                       "the timestamp is %lld seconds %s our clock; at most %d are allowed",
                       (long long)(off_s < 0 ? -off_s : off_s), off_s < 0 ? "behind" : "ahead of",
                       SLACK_SIGN_AGE_MAX_S);
    }
    return SB_OK;
}
