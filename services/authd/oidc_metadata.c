/* oidc_metadata.c */
#include "services/authd/oidc_metadata.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/json.h"
#include "lib/url.h"

#define METHODS_MAX 32
#define ERROR_MAX 64
#define STATUS_OK 200
#define STATUS_BAD 400

/* The object of an answer with status 200; NULL and err. cJSON_Delete it. */
static cJSON *s_object(const sb_http_answer_t *answer, sb_err_t *err)
{
    if (answer->end != SB_HTTP_ANSWERED) {
        (void)sb_fail(err, SB_ERETRY, "%.160s", answer->err.text);
        return NULL;
    }
    if (answer->status != STATUS_OK) {
        (void)sb_fail(err, SB_ERETRY, "the provider answered %d", answer->status);
        return NULL;
    }
    cJSON *tree = sb_json_parse_foreign(answer->body, answer->body_size, 0, err);
    if (!tree) {
        err->code = SB_ERETRY;
    }
    return tree;
}

static void s_address(sb_reader_t *reader, const char *name, char out[OIDC_URL_MAX + 1])
{
    const char *url = sb_read_str(reader, name, 1, OIDC_URL_MAX);
    if (!sb_reader_code(reader) && (sb_url_origin(url) == 0 || strchr(url, '#'))) {
        (void)sb_reader_fault(reader, name, "expected an https:// address");
    }
    (void)snprintf(out, OIDC_URL_MAX + 1, "%s", url);
}

static bool s_lists(const cJSON *list, const char *word)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, word) == 0) {
            return true;
        }
    }
    return false;
}

/* How the client proves itself: by a header if that is possible, as it is if nothing is said. */
static bool s_post(sb_reader_t *reader)
{
    static const char name[] = "token_endpoint_auth_methods_supported";
    const cJSON *list = sb_read_array_or_null(reader, name, METHODS_MAX);
    if (!list || s_lists(list, "client_secret_basic")) {
        return false;
    }
    if (!s_lists(list, "client_secret_post")) {
        (void)sb_reader_fault(reader, name,
                              "neither client_secret_basic nor client_secret_post is in it");
    }
    return true;
}

int oidc_metadata_read(const sb_http_answer_t *answer, const char *issuer, oidc_metadata_t *out,
                       sb_err_t *err)
{
    assert(answer && issuer && out && err);
    cJSON *tree = s_object(answer, err);
    if (!tree) {
        return sb_fail_in(err, "discovery");
    }
    sb_reader_t reader = sb_reader(tree, "discovery", err);
    const char *own = sb_read_str(&reader, "issuer", 1, OIDC_URL_MAX);
    s_address(&reader, "authorization_endpoint", out->authorize_url);
    s_address(&reader, "token_endpoint", out->token_url);
    s_address(&reader, "jwks_uri", out->keys_url);
    out->post = s_post(&reader);
    if (!sb_reader_code(&reader) && strcmp(own, issuer) != 0) {
        (void)sb_reader_fault(&reader, "issuer", "it is not oidc.issuer, to the letter");
    }
    const int code = sb_reader_code(&reader) ? SB_ERETRY : SB_OK;
    err->code = code;
    cJSON_Delete(tree);
    return code;
}

/* The error's name of RFC 6749, 5.2, if it looks like one. */
static void s_error(const sb_http_answer_t *answer, char out[ERROR_MAX + 1])
{
    sb_err_t err;
    cJSON *tree = sb_json_parse_foreign(answer->body, answer->body_size, 0, &err);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "error"));
    const bool plain =
        name && strlen(name) <= ERROR_MAX && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")];
    (void)snprintf(out, ERROR_MAX + 1, "%s", plain ? name : "no error's name");
    cJSON_Delete(tree);
}

sb_jwt_t *oidc_token_read(const sb_http_answer_t *answer, sb_err_t *err)
{
    assert(answer && err);
    if (answer->end == SB_HTTP_ANSWERED && answer->status == STATUS_BAD) {
        char error[ERROR_MAX + 1];
        s_error(answer, error);
        const bool grant = strcmp(error, "invalid_grant") == 0;
        (void)sb_fail(err, grant ? SB_EFORBIDDEN : SB_ERETRY,
                      "the provider refused to exchange a code: %s", error);
        return NULL;
    }
    cJSON *tree = s_object(answer, err);
    if (!tree) {
        (void)sb_fail_in(err, "exchange of a code");
        return NULL;
    }
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "id_token"));
    sb_jwt_t *token = NULL;
    if (!text) {
        (void)sb_fail(err, SB_EINVALID, "there is no id_token");
    } else {
        token = sb_jwt_parse(text, err);
        if (!token) {
            (void)sb_fail_in(err, "id_token");
            err->code = SB_EINVALID;
        }
    }
    cJSON_Delete(tree);
    return token;
}
