/* jwt_fuzz.c: a provider's keys, and after a newline a token that it gave. Nothing that this
 * program can make up is signed by a key of the corpus, but for the tokens in there; so what
 * verifies has claims, three parts, and an algorithm of ours. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/jwt.h"
#include "lib/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_judge(const char *text, const sb_jwks_t *keys)
{
    sb_err_t err = {0};
    sb_jwt_t *token = sb_jwt_parse(text, &err);
    if (!token) {
        assert(err.code < 0 && err.text[0]);
        return;
    }
    assert(cJSON_IsObject(sb_jwt_claims(token)));
    const int code = sb_jwt_verify(token, keys, &err);
    assert(code == SB_OK || code == SB_ENOTFOUND || code == SB_EFORBIDDEN);
    assert(code != SB_OK || sb_jwks_len(keys) > 0);
    sb_jwt_destroy(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t keys_size = end ? (size_t)(end - data) : size;
    sb_err_t err = {0};
    sb_jwks_t *keys = sb_jwks_parse(data, keys_size, &err);
    if (!keys) {
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    assert(sb_jwks_len(keys) <= SB_JWKS_MAX);
    if (end) {
        char *text = sb_strndup((const char *)end + 1, size - keys_size - 1);
        s_judge(text, keys);
        free(text);
    }
    sb_jwks_destroy(&keys);
    return 0;
}
