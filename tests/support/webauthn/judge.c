/* judge.c: our verdicts on passkeys, for a test in another language. Each line on the standard
 * input is a JSON object with texts in it (bytes as base64url), and is answered with one:
 *   {"rp_id", "origin", "challenge", "client_data", "attestation"}
 *     -> {"result", "why"}, and if verified {"id", "algorithm", "spki", "sign_count", "eligible"}
 *   {"rp_id", "origin", "challenge", "client_data", "auth_data", "signature", "sent_id",
 *    "id", "algorithm", "spki", "sign_count", "eligible"} -> {"result", "why"} */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/webauthn.h"

#define TEXT_MAX 65536
#define PARTS_MAX 8

/* A request's bytes, which live until it is answered. */
typedef struct {
    sb_reader_t reader;
    uint8_t *parts[PARTS_MAX];
    size_t parts_len;
} request_t;

static sb_bytes_t s_bytes(request_t *request, const char *key)
{
    const char *text = sb_read_str(&request->reader, key, 0, TEXT_MAX);
    uint8_t *data = NULL;
    size_t size = 0;
    sb_err_t err;
    if (request->parts_len == PARTS_MAX || sb_unbase64url(text, &data, &size, &err) != SB_OK) {
        (void)sb_reader_fault(&request->reader, key, "no base64url");
        return (sb_bytes_t){NULL, 0};
    }
    request->parts[request->parts_len++] = data;
    return (sb_bytes_t){data, size};
}

static void s_add_bytes(cJSON *object, const char *key, const void *data, size_t size)
{
    char *text = sb_base64url(data, size);
    sb_json_add_str(object, key, text);
    free(text);
}

static sb_webauthn_result_t s_judge_registration(request_t *request,
                                                 const sb_webauthn_party_t *party,
                                                 sb_bytes_t challenge, cJSON *answer, sb_err_t *err)
{
    const sb_webauthn_registration_t registration = {
        .client_data = s_bytes(request, "client_data"),
        .attestation = s_bytes(request, "attestation"),
    };
    if (sb_reader_code(&request->reader)) {
        return SB_WEBAUTHN_UNCHECKED;
    }
    sb_webauthn_enrolled_t got;
    const sb_webauthn_result_t result =
        sb_webauthn_verify_registration(party, challenge, &registration, &got, err);
    if (result == SB_WEBAUTHN_VERIFIED) {
        s_add_bytes(answer, "id", got.id, got.id_size);
        s_add_bytes(answer, "spki", got.key.spki, got.key.spki_size);
        sb_json_add_int(answer, "algorithm", got.key.algorithm);
        sb_json_add_int(answer, "sign_count", got.sign_count);
        sb_json_add_bool(answer, "eligible", got.backup_eligible);
    }
    return result;
}

static sb_webauthn_result_t s_judge_assertion(request_t *request, const sb_webauthn_party_t *party,
                                              sb_bytes_t challenge, sb_err_t *err)
{
    sb_reader_t *reader = &request->reader;
    const sb_webauthn_credential_t credential = {
        .id = s_bytes(request, "id"),
        .algorithm = sb_read_int(reader, "algorithm", INT32_MIN, INT32_MAX),
        .spki = s_bytes(request, "spki"),
        .sign_count = (uint32_t)sb_read_int(reader, "sign_count", 0, UINT32_MAX),
        .backup_eligible = sb_read_bool(reader, "eligible"),
    };
    const sb_webauthn_assertion_t assertion = {
        .credential_id = s_bytes(request, "sent_id"),
        .client_data = s_bytes(request, "client_data"),
        .auth_data = s_bytes(request, "auth_data"),
        .signature = s_bytes(request, "signature"),
    };
    sb_webauthn_news_t news;
    return sb_reader_code(reader) ? SB_WEBAUTHN_UNCHECKED
                                  : sb_webauthn_verify_assertion(party, challenge, &credential,
                                                                 &assertion, &news, err);
}

static void s_answer(const cJSON *json)
{
    sb_err_t err = {0};
    request_t request = {.reader = sb_reader(json, "request", &err)};
    const char *origin = sb_read_str(&request.reader, "origin", 1, TEXT_MAX);
    const sb_webauthn_party_t party = {sb_read_str(&request.reader, "rp_id", 1, 256), &origin, 1};
    const sb_bytes_t challenge = s_bytes(&request, "challenge");
    cJSON *answer = sb_json_object();
    sb_webauthn_result_t result = SB_WEBAUTHN_UNCHECKED;
    if (sb_reader_code(&request.reader) == SB_OK && challenge.size >= SB_WEBAUTHN_CHALLENGE_MIN) {
        result = cJSON_HasObjectItem(json, "attestation")
                     ? s_judge_registration(&request, &party, challenge, answer, &err)
                     : s_judge_assertion(&request, &party, challenge, &err);
    }
    sb_json_add_str(answer, "result", sb_webauthn_result_name(result));
    sb_json_add_str(answer, "why", err.text);
    char *text = sb_json_print(answer);
    (void)printf("%s\n", text);
    (void)fflush(stdout);
    free(text);
    cJSON_Delete(answer);
    for (size_t i = 0; i < request.parts_len; i++) {
        free(request.parts[i]);
    }
}

int main(void)
{
    static char line[2 * TEXT_MAX];
    while (fgets(line, sizeof line, stdin)) {
        sb_err_t err;
        cJSON *json = sb_json_parse(line, strlen(line), 0, &err);
        if (!json) {
            (void)fprintf(stderr, "webauthn_judge: %s\n", err.text);
            return 1;
        }
        s_answer(json);
        cJSON_Delete(json);
    }
    return 0;
}
