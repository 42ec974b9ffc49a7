/* webauthn_client_data.c */
#include "lib/webauthn_client_data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"

#define MEMBERS_MAX 64

/* Texts are compared, not bytes: there is one base64url of a challenge. */
static bool s_is_challenge(const char *text, sb_bytes_t challenge)
{
    char *want = sb_base64url(challenge.data, challenge.size);
    const size_t size = strlen(want);
    const bool same = strlen(text) == size && sb_equal(text, want, size);
    free(want);
    return same;
}

static bool s_is_origin(const char *text, const sb_webauthn_expected_t *want)
{
    for (size_t i = 0; i < want->origins_len; i++) {
        if (strcmp(text, want->origins[i]) == 0) {
            return true;
        }
    }
    return false;
}

static sb_webauthn_result_t s_check(const sb_webauthn_expected_t *want, const cJSON *json,
                                    sb_err_t *err)
{
    sb_reader_t reader = sb_reader(json, "client data", err);
    const char *type = sb_read_str(&reader, "type", 0, SB_WEBAUTHN_CLIENT_DATA_MAX);
    const char *challenge = sb_read_str(&reader, "challenge", 0, SB_WEBAUTHN_CLIENT_DATA_MAX);
    const char *origin = sb_read_str(&reader, "origin", 0, SB_WEBAUTHN_CLIENT_DATA_MAX);
    const bool cross = sb_read_bool_or(&reader, "crossOrigin", false);
    if (sb_reader_code(&reader)) {
        return SB_WEBAUTHN_BAD_CLIENT_DATA;
    }
    if (strcmp(type, want->type) != 0) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_WRONG_TYPE, "client data: type %.40s, not %s",
                                  type, want->type);
    }
    if (!s_is_challenge(challenge, want->challenge)) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_WRONG_CHALLENGE,
                                  "client data: another challenge than ours");
    }
    if (!s_is_origin(origin, want)) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_WRONG_ORIGIN,
                                  "client data: origin %.100s is none of ours", origin);
    }
    if (cJSON_GetObjectItemCaseSensitive(json, "topOrigin")) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_TOP_ORIGIN,
                                  "client data: our page was in a frame of a named site");
    }
    if (cross) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_CROSS_ORIGIN,
                                  "client data: our page was in a frame of another site");
    }
    return SB_WEBAUTHN_VERIFIED;
}

sb_webauthn_result_t sb_webauthn_client_data_check(const sb_webauthn_expected_t *want,
                                                   sb_bytes_t client_data, sb_err_t *err)
{
    assert(want && want->type && err);
    assert(want->challenge.data && want->challenge.size >= SB_WEBAUTHN_CHALLENGE_MIN);
    assert(want->origins && want->origins_len > 0);
    if (client_data.size > SB_WEBAUTHN_CLIENT_DATA_MAX) {
        return sb_webauthn_refuse(err, SB_WEBAUTHN_BAD_CLIENT_DATA,
                                  "client data: %zu bytes, %d are the most", client_data.size,
                                  SB_WEBAUTHN_CLIENT_DATA_MAX);
    }
    cJSON *json = sb_json_parse_foreign(client_data.data, client_data.size, MEMBERS_MAX, err);
    if (!json) {
        (void)sb_fail_in(err, "client data");
        return SB_WEBAUTHN_BAD_CLIENT_DATA;
    }
    const sb_webauthn_result_t result = s_check(want, json, err);
    cJSON_Delete(json);
    return result;
}
