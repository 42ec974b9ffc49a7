/* okta_token.h: how a client of Okta's OAuth gets an access token: by a token of its own that it
 * signs (private_key_jwt, RFC 7523). Pure but for randomness. */
#pragma once

#include <stdint.h>

#include "lib/http.h"
#include "lib/jwt_sign.h"

#define OKTA_TOKEN_PATH "/oauth2/v1/token"
#define OKTA_SCOPE "okta.users.manage" /* which includes okta.users.read */
#define OKTA_ACCESS_TOKEN_MAX 8192

/* The body of the request, a form. free() it. */
char *okta_token_form(const sb_jwt_signer_t *signer, const char *url, const char *client_id,
                      int64_t now_s);
/* The access token, which the caller wipes and frees, and how long it lives. */
SB_MUSTCHECK int okta_token_read(const sb_http_answer_t *answer, char **token_r,
                                 int64_t *lives_ms_r, sb_err_t *err);
