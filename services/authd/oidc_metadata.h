/* oidc_metadata.h: what an OpenID provider publishes of itself (OpenID Connect Discovery 1.0), and
 * what its token endpoint answers. Pure. */
#pragma once

#include <stdbool.h>

#include "lib/http.h"
#include "lib/jwt.h"

#define OIDC_URL_MAX 1024 /* bytes of an address that it publishes */
#define OIDC_WELL_KNOWN "/.well-known/openid-configuration"

typedef struct {
    char authorize_url[OIDC_URL_MAX + 1];
    char token_url[OIDC_URL_MAX + 1];
    char keys_url[OIDC_URL_MAX + 1];
    bool post; /* the client's secret goes into the form, not into a header */
} oidc_metadata_t;

/* The addresses must be https://, or of this machine; the issuer must be the very same. SB_ERETRY
 * and what is wrong. */
SB_MUSTCHECK int oidc_metadata_read(const sb_http_answer_t *answer, const char *issuer,
                                    oidc_metadata_t *out, sb_err_t *err);

/* The id_token. NULL and err: SB_EFORBIDDEN if the code was not taken, SB_ERETRY if the provider is
 * in trouble or refuses this client, SB_EINVALID if there is no token in it. */
sb_jwt_t *oidc_token_read(const sb_http_answer_t *answer, sb_err_t *err);
