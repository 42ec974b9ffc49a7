/* jwt.c */
#include "lib/jwt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"

struct sb_jwt {
    char *text; /* that was signed: head.claims */
    sb_jwks_kind_t kind;
    char *kid; /* NULL: it names none */
    cJSON *claims;
    uint8_t *signature;
    size_t signature_size;
};

/* A part that holds an object. */
static cJSON *s_object(const char *part, size_t size, const char *name, sb_err_t *err)
{
    uint8_t *raw = NULL;
    size_t raw_size = 0;
    char *coded = sb_strndup(part, size);
    cJSON *tree = NULL;
    if (sb_unbase64url(coded, &raw, &raw_size, err) == SB_OK) {
        tree = sb_json_parse_foreign(raw, raw_size, 0, err);
    }
    if (!tree) {
        (void)sb_fail_in(err, "%s", name);
    }
    free(raw);
    free(coded);
    return tree;
}

static int s_read_head(sb_jwt_t *self, const cJSON *head, sb_err_t *err)
{
    static const char *const names[] = {
        [SB_JWKS_RS256] = "RS256",
        [SB_JWKS_ES256] = "ES256",
    };
    sb_reader_t reader = sb_reader(head, "header", err);
    const int kind = sb_read_enum(&reader, "alg", names, sizeof names / sizeof names[0]);
    const char *kid = sb_read_str_or(&reader, "kid", SB_JWKS_KID_MAX, NULL);
    if (cJSON_GetObjectItemCaseSensitive(head, "crit")) {
        (void)sb_reader_fault(&reader, "crit", "it wants extensions to be understood");
    }
    if (sb_reader_code(&reader)) {
        return sb_reader_code(&reader);
    }
    self->kind = (sb_jwks_kind_t)kind;
    self->kid = sb_strdup(kid);
    return SB_OK;
}

static int s_read(sb_jwt_t *self, const char *text, sb_err_t *err)
{
    const size_t head_size = strcspn(text, ".");
    const char *claims = text[head_size] ? text + head_size + 1 : "";
    const size_t claims_size = strcspn(claims, ".");
    if (head_size == 0 || claims_size == 0 || claims[claims_size] != '.' ||
        strchr(claims + claims_size + 1, '.')) {
        return sb_fail(err, SB_EINVALID, "it has not the three parts of a signed token");
    }
    cJSON *head = s_object(text, head_size, "header", err);
    if (!head) {
        return err->code;
    }
    const int code = s_read_head(self, head, err);
    cJSON_Delete(head);
    if (code) {
        return code;
    }
    self->claims = s_object(claims, claims_size, "claims", err);
    if (!self->claims) {
        return err->code;
    }
    self->text = sb_strndup(text, head_size + 1 + claims_size);
    return sb_unbase64url(claims + claims_size + 1, &self->signature, &self->signature_size, err)
               ? sb_fail_in(err, "signature")
               : SB_OK;
}

sb_jwt_t *sb_jwt_parse(const char *text, sb_err_t *err)
{
    assert(text && err);
    if (strlen(text) > SB_JWT_MAX) {
        (void)sb_fail(err, SB_ETOOLARGE, "it has more than %d bytes", SB_JWT_MAX);
        return NULL;
    }
    sb_jwt_t *self = sb_alloc(sizeof *self);
    if (s_read(self, text, err)) {
        sb_jwt_destroy(&self);
    }
    return self;
}

void sb_jwt_destroy(sb_jwt_t **self_p)
{
    assert(self_p);
    sb_jwt_t *self = *self_p;
    if (self) {
        cJSON_Delete(self->claims);
        free(self->signature);
        free(self->text);
        free(self->kid);
        free(self);
        *self_p = NULL;
    }
}

int sb_jwt_verify(const sb_jwt_t *self, const sb_jwks_t *keys, sb_err_t *err)
{
    assert(self && keys && err);
    const sb_bytes_t text = {.data = (const uint8_t *)self->text, .size = strlen(self->text)};
    const sb_bytes_t signature = {.data = self->signature, .size = self->signature_size};
    return sb_jwks_verify(keys, self->kind, self->kid, text, signature, err);
}

const cJSON *sb_jwt_claims(const sb_jwt_t *self)
{
    assert(self);
    return self->claims;
}
