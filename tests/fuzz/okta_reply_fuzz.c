/* okta_reply_fuzz.c: an answer of Okta's API. Whatever it says, a path that is followed is one of
 * the API's, and an id may stand in an address. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "services/authd/okta_reply.h"

#define URL "https://example.okta.com"
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_look(const okta_reply_t *reply)
{
    okta_user_t user;
    okta_factors_t factors;
    okta_verify_t verify;
    okta_reply_user(reply->root, "alice@example.com", &user);
    assert(strspn(user.id, PLAIN) == strlen(user.id));
    assert(user.status != FACTOR_OK || user.id[0]);
    okta_reply_factors(reply->root, &factors);
    assert(strspn(factors.push, PLAIN) == strlen(factors.push));
    assert(strspn(factors.totp, PLAIN) == strlen(factors.totp));
    okta_reply_verify(reply, URL, &verify);
    assert(!verify.poll[0] || okta_path_valid(verify.poll));
    assert(!verify.cancel[0] || okta_path_valid(verify.cancel));
    assert(verify.number >= 0 && verify.number <= OKTA_NUMBER_MAX && verify.left_ms >= -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 201, 403, 500};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        const sb_http_answer_t answer = {
            .end = SB_HTTP_ANSWERED,
            .status = statuses[i],
            .body = size > 0 ? (const char *)data : "",
            .body_size = size,
            .headers = "",
        };
        okta_reply_t reply;
        okta_reply(&answer, 1800000000000, &reply);
        s_look(&reply);
        okta_reply_clear(&reply);
    }
    return 0;
}
