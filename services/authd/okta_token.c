/* okta_token.c */
#include "services/authd/okta_token.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "lib/url.h"

#define ASSERTION_LIVES_S 300 /* Okta takes an hour at most */
#define FORM_MAX 16384
#define ERROR_MAX 64
#define LIVES_MAX_S 86400

static char *s_assertion(const sb_jwt_signer_t *signer, const char *url, const char *client_id,
                         int64_t now_s)
{
    uint8_t raw[16];
    sb_random(raw, sizeof raw);
    char *id = sb_base64url(raw, sizeof raw);
    char *audience = sb_format("%s" OKTA_TOKEN_PATH, url);
    cJSON *claims = sb_json_object();
    sb_json_add_str(claims, "iss", client_id);
    sb_json_add_str(claims, "sub", client_id);
    sb_json_add_str(claims, "aud", audience);
    sb_json_add_int(claims, "iat", now_s);
    sb_json_add_int(claims, "exp", now_s + ASSERTION_LIVES_S);
    sb_json_add_str(claims, "jti", id);
    char *token = sb_jwt_sign(signer, claims);
    cJSON_Delete(claims);
    free(audience);
    free(id);
    return token;
}

char *okta_token_form(const sb_jwt_signer_t *signer, const char *url, const char *client_id,
                      int64_t now_s)
{
    assert(signer && url && client_id);
    char *assertion = s_assertion(signer, url, client_id, now_s);
    sb_buf_t form = sb_buf(FORM_MAX);
    sb_url_pair(&form, "grant_type", "client_credentials");
    sb_url_pair(&form, "scope", OKTA_SCOPE);
    sb_url_pair(&form, "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    sb_url_pair(&form, "client_assertion", assertion);
    free(assertion);
    assert(!form.overflow);
    return sb_buf_take(&form);
}

/* The error's name of RFC 6749, 5.2, if it looks like one. */
static const char *s_error(const cJSON *tree)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "error"));
    const bool plain =
        name && strlen(name) <= ERROR_MAX && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")];
    return plain ? name : "no error's name";
}

int okta_token_read(const sb_http_answer_t *answer, char **token_r, int64_t *lives_ms_r,
                    sb_err_t *err)
{
    assert(answer && token_r && lives_ms_r && err);
    if (answer->end != SB_HTTP_ANSWERED) {
        return sb_fail(err, SB_ERETRY, "no access token: %.140s", answer->err.text);
    }
    sb_err_t fault;
    cJSON *tree = sb_json_parse_foreign(answer->body, answer->body_size, 0, &fault);
    if (answer->status != 200 || !tree) {
        (void)sb_fail(err, SB_ERETRY,
                      "no access token: Okta answered %d, %s; see okta.client_id, "
                      "okta.private_key_file and the client's scopes",
                      answer->status, s_error(tree));
        cJSON_Delete(tree);
        return err->code;
    }
    sb_reader_t reader = sb_reader(tree, "token", err);
    const char *type = sb_read_str(&reader, "token_type", 1, 32);
    const char *token = sb_read_str(&reader, "access_token", 1, OKTA_ACCESS_TOKEN_MAX);
    const int64_t lives_s = sb_read_int(&reader, "expires_in", 1, LIVES_MAX_S);
    for (const char *p = token; *p && !sb_reader_code(&reader); p++) {
        if (*p <= ' ' || *p >= 0x7f) {
            (void)sb_reader_fault(&reader, "access_token", "it holds what no token may hold");
        }
    }
    if (!sb_reader_code(&reader) && strcmp(type, "Bearer") != 0) {
        (void)sb_reader_fault(&reader, "token_type",
                              "expected Bearer; DPoP must be off for this client");
    }
    if (!sb_reader_code(&reader)) {
        *token_r = sb_strdup(token);
        *lives_ms_r = lives_s * 1000;
    }
    cJSON_Delete(tree);
    return sb_reader_code(&reader);
}
