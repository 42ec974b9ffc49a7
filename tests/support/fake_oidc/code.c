/* code.c */
#include "tests/support/fake_oidc/code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake/jose.h"
#include "tests/support/fake/table.h"

#define VERIFIER_MIN 43 /* RFC 7636 */
#define VERIFIER_MAX 128

struct codes {
    table_t *by_code;
};

codes_t *codes_new(void)
{
    codes_t *self = sb_alloc(sizeof *self);
    self->by_code = table_new();
    return self;
}

void code_clear(code_t *self)
{
    free(self->redirect_uri);
    free(self->challenge);
    free(self->scope);
    free(self->nonce);
    free(self->acr);
    cJSON_Delete(self->amr);
    *self = (code_t){0};
}

static void s_forget(codes_t *self)
{
    size_t place = 0;
    code_t *code;
    while ((code = table_next(self->by_code, &place))) {
        code_clear(code);
        free(code);
    }
    table_destroy(&self->by_code);
    self->by_code = table_new();
}

void codes_destroy(codes_t **self_p)
{
    if (*self_p) {
        s_forget(*self_p);
        table_destroy(&(*self_p)->by_code);
        free(*self_p);
        *self_p = NULL;
    }
}

const code_t *codes_add(codes_t *self, code_t *code)
{
    if (table_len(self->by_code) >= CODES_MAX) {
        s_forget(self);
    }
    code_t *kept = sb_alloc(sizeof *kept);
    *kept = *code;
    *code = (code_t){0};
    uint8_t raw[32];
    sb_random(raw, sizeof raw);
    char *name = jose_base64(raw, sizeof raw);
    snprintf(kept->code, sizeof kept->code, "%s", name);
    free(name);
    table_set(self->by_code, kept->code, kept);
    return kept;
}

static bool s_verifies(const char *challenge, const char *verifier)
{
    const size_t len = verifier ? strlen(verifier) : 0;
    if (len < VERIFIER_MIN || len > VERIFIER_MAX) {
        return false;
    }
    uint8_t hash[SB_SHA256_SIZE];
    sb_sha256(verifier, len, hash);
    char *text = jose_base64(hash, sizeof hash);
    const bool same = strcmp(text, challenge) == 0;
    free(text);
    return same;
}

code_end_t codes_redeem(codes_t *self, const char *code, const char *redirect_uri,
                        const char *verifier, int64_t now_s, const code_t **code_r)
{
    code_t *found = code ? table_get(self->by_code, code) : NULL;
    *code_r = found;
    if (!found) {
        return CODE_UNKNOWN;
    }
    if (found->used) {
        return CODE_USED;
    }
    found->used = true;
    if (now_s >= found->expires_s) {
        return CODE_EXPIRED;
    }
    if (!redirect_uri || strcmp(redirect_uri, found->redirect_uri) != 0) {
        return CODE_URI;
    }
    return s_verifies(found->challenge, verifier) ? CODE_GOOD : CODE_VERIFIER;
}
