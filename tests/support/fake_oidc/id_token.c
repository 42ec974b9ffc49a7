/* id_token.c */
#include "tests/support/fake_oidc/id_token.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"

#define STRANGER "somebody-else"
#define HOUR_S 3600
#define DAY_S 86400

typedef enum {
    EDIT_NOTHING,
    EDIT_REMOVE,
    EDIT_TEXT,
    EDIT_TIME, /* now and offset_s */
    EDIT_JSON,
    EDIT_AUDIENCE, /* the client, and somebody else */
    EDIT_PERSON    /* all that names the person */
} edit_t;

typedef enum {
    SIGN_RIGHT,
    SIGN_NONE,
    SIGN_PUBLIC_KEY, /* HS256, whose secret is the public key in PEM */
    SIGN_SECRET,     /* HS256 with the client's secret */
    SIGN_STRANGER,   /* by a key that is not published */
    SIGN_EMBEDDED,   /* likewise, and it is in the header */
    SIGN_BROKEN,
    SIGN_JUNK,   /* no token at all */
    SIGN_MISSING /* nothing */
} sign_t;

typedef struct {
    const char *name;
    edit_t edit;
    const char *claim;
    const char *text;
    int64_t offset_s;
    sign_t sign;
    const char *header; /* a member of the header that is replaced; with text NULL removed */
} spoil_t;

static const spoil_t s_spoils[] = {
    {.name = "wrong_iss",        .edit = EDIT_TEXT, .claim = "iss", .text = "https://elsewhere.example"},
    {.name = "no_iss",            .edit = EDIT_REMOVE, .claim = "iss"},
    {.name = "wrong_aud",                          .edit = EDIT_TEXT, .claim = "aud", .text = STRANGER},
    {.name = "no_aud",.edit = EDIT_REMOVE, .claim = "aud"},
    {.name = "more_aud",                          .edit = EDIT_AUDIENCE, .claim = "aud"},
    {.name = "wrong_azp",.edit = EDIT_TEXT, .claim = "azp", .text = STRANGER},
    {.name = "wrong_nonce",          .edit = EDIT_TEXT, .claim = "nonce", .text = STRANGER},
    {.name = "no_nonce",           .edit = EDIT_REMOVE, .claim = "nonce"},
    {.name = "expired",            .edit = EDIT_TIME, .claim = "exp", .offset_s = -HOUR_S},
    {.name = "no_exp",         .edit = EDIT_REMOVE, .claim = "exp"},
    {.name = "future_iat",            .edit = EDIT_TIME, .claim = "iat", .offset_s = HOUR_S},
    {.name = "no_iat",        .edit = EDIT_REMOVE, .claim = "iat"},
    {.name = "future_nbf",            .edit = EDIT_TIME, .claim = "nbf", .offset_s = HOUR_S},
    {.name = "old_auth_time",                          .edit = EDIT_TIME, .claim = "auth_time", .offset_s = -DAY_S},
    {.name = "future_auth_time",.edit = EDIT_TIME, .claim = "auth_time", .offset_s = DAY_S},
    {.name = "no_auth_time",          .edit = EDIT_REMOVE, .claim = "auth_time"},
    {.name = "text_auth_time",         .edit = EDIT_TEXT, .claim = "auth_time", .text = "now"},
    {.name = "no_amr",          .edit = EDIT_REMOVE, .claim = "amr"},
    {.name = "weak_amr",          .edit = EDIT_JSON, .claim = "amr", .text = "[\"pwd\"]"},
    {.name = "text_amr",            .edit = EDIT_TEXT, .claim = "amr", .text = "mfa"},
    {.name = "no_acr",                          .edit = EDIT_REMOVE, .claim = "acr"},
    {.name = "weak_acr",.edit = EDIT_TEXT, .claim = "acr", .text = "0"},
    {.name = "other_subject",                          .edit = EDIT_PERSON},
    {.name = "no_sub",.edit = EDIT_REMOVE, .claim = "sub"},
    {.name = "alg_none",        .sign = SIGN_NONE},
    {.name = "alg_hs256",           .sign = SIGN_PUBLIC_KEY},
    {.name = "alg_hs256_secret",            .sign = SIGN_SECRET},
    {.name = "unknown_kid",       .header = "kid", .text = "nobody"},
    {.name = "no_kid",            .header = "kid"},
    {.name = "crit",                          .header = "crit", .text = "[\"exp\"]"},
    {.name = "bad_signature",.sign = SIGN_BROKEN},
    {.name = "stranger_key",        .sign = SIGN_STRANGER},
    {.name = "embedded_key", .sign = SIGN_EMBEDDED},
    {.name = "junk",      .sign = SIGN_JUNK},
    {.name = "no_id_token",                          .sign = SIGN_MISSING},
    {.name = NULL},
};

int id_token_spoil(const char *name)
{
    for (int i = 0; s_spoils[i].name; i++) {
        if (strcmp(s_spoils[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

const char *id_token_spoil_name(int number)
{
    return s_spoils[number].name;
}

/* ---- The right token. */

static void s_add_hash(cJSON *claims, const char *access_token)
{
    uint8_t hash[SB_SHA256_SIZE];
    sb_sha256(access_token, strlen(access_token), hash);
    char *half = jose_base64(hash, sizeof hash / 2);
    sb_json_add_str(claims, "at_hash", half);
    free(half);
}

static cJSON *s_claims(const id_token_facts_t *facts)
{
    const code_t *code = facts->code;
    cJSON *claims = sb_json_object();
    sb_json_add_str(claims, "iss", facts->issuer);
    sb_json_add_str(claims, "sub", code->person->sub);
    sb_json_add_str(claims, "aud", facts->client_id);
    sb_json_add_str(claims, "azp", facts->client_id);
    sb_json_add_int(claims, "iat", facts->now_s);
    sb_json_add_int(claims, "exp", facts->now_s + facts->life_s);
    sb_json_add_int(claims, "auth_time", code->auth_time_s);
    if (code->nonce) {
        sb_json_add_str(claims, "nonce", code->nonce);
    }
    if (code->acr) {
        sb_json_add_str(claims, "acr", code->acr);
    }
    if (code->amr) {
        sb_json_add(claims, "amr", sb_json_copy(code->amr));
    }
    sb_json_add_str(claims, "email", code->person->email);
    sb_json_add_bool(claims, "email_verified", code->person->email_verified);
    if (*code->person->username) {
        sb_json_add_str(claims, "preferred_username", code->person->username);
    }
    s_add_hash(claims, facts->access_token);
    return claims;
}

/* ---- The spoilt one. */

static void s_put(cJSON *object, const char *name, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    if (value) {
        sb_json_add(object, name, value);
    }
}

static void s_put_text(cJSON *object, const char *name, const char *text)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    sb_json_add_str(object, name, text);
}

static void s_edit(const spoil_t *spoil, const id_token_facts_t *facts, cJSON *claims)
{
    switch (spoil->edit) {
    case EDIT_REMOVE:
        s_put(claims, spoil->claim, NULL);
        break;
    case EDIT_TEXT:
        s_put_text(claims, spoil->claim, spoil->text);
        break;
    case EDIT_TIME:
        s_put(claims, spoil->claim, NULL);
        sb_json_add_int(claims, spoil->claim, facts->now_s + spoil->offset_s);
        break;
    case EDIT_JSON:
        s_put(claims, spoil->claim, cJSON_Parse(spoil->text));
        break;
    case EDIT_AUDIENCE: {
        const char *both[] = {facts->client_id, STRANGER};
        s_put(claims, "aud", cJSON_CreateStringArray(both, 2));
        s_put(claims, "azp", NULL);
        break;
    }
    case EDIT_PERSON:
        s_put_text(claims, "sub", STRANGER);
        s_put_text(claims, "email", STRANGER "@example.com");
        s_put_text(claims, "preferred_username", STRANGER);
        break;
    default:
        break;
    }
}

static void s_edit_header(const spoil_t *spoil, cJSON *header)
{
    if (!spoil->header) {
        return;
    }
    if (!spoil->text) {
        s_put(header, spoil->header, NULL);
    } else if (*spoil->text == '[') {
        s_put(header, spoil->header, cJSON_Parse(spoil->text));
    } else {
        s_put_text(header, spoil->header, spoil->text);
    }
}

/* Flips a bit in the middle of the signature. */
static void s_break(char *token)
{
    char *at = strrchr(token, '.') + 1;
    at += strlen(at) / 2;
    *at = *at == 'A' ? 'B' : 'A';
}

static char *s_sign_symmetric(const id_token_facts_t *facts, const signing_key_t *key,
                              const cJSON *header, const cJSON *claims, bool with_key)
{
    char *pem = jose_pem(key->key);
    char *token =
        jose_sign(header, claims, JOSE_HS256, NULL, with_key ? pem : facts->client_secret);
    free(pem);
    return token;
}

static char *s_sign(const id_token_facts_t *facts, keys_t *keys, sign_t sign, cJSON *header,
                    const cJSON *claims)
{
    const signing_key_t *key = keys_current(keys, facts->alg);
    EVP_PKEY *stranger = NULL;
    switch (sign) {
    case SIGN_NONE:
        s_put_text(header, "alg", jose_alg_name(JOSE_NONE));
        return jose_sign(header, claims, JOSE_NONE, NULL, NULL);
    case SIGN_PUBLIC_KEY:
    case SIGN_SECRET:
        s_put_text(header, "alg", jose_alg_name(JOSE_HS256));
        return s_sign_symmetric(facts, key, header, claims, sign == SIGN_PUBLIC_KEY);
    case SIGN_EMBEDDED:
        stranger = keys_stranger(keys, facts->alg);
        s_put(header, "jwk", jose_jwk(stranger, facts->alg, key->kid));
        return jose_sign(header, claims, facts->alg, stranger, NULL);
    case SIGN_STRANGER:
        stranger = keys_stranger(keys, facts->alg);
        return jose_sign(header, claims, facts->alg, stranger, NULL);
    default:
        return jose_sign(header, claims, facts->alg, key->key, NULL);
    }
}

char *id_token_make(const id_token_facts_t *facts, keys_t *keys, int number)
{
    static const spoil_t right = {0};
    const spoil_t *spoil = number >= 0 ? &s_spoils[number] : &right;
    if (spoil->sign == SIGN_MISSING) {
        return NULL;
    }
    if (spoil->sign == SIGN_JUNK) {
        return sb_strdup("junk");
    }
    cJSON *header = sb_json_object();
    sb_json_add_str(header, "alg", jose_alg_name(facts->alg));
    sb_json_add_str(header, "kid", keys_current(keys, facts->alg)->kid);
    cJSON *claims = s_claims(facts);
    s_edit(spoil, facts, claims);
    s_edit_header(spoil, header);
    char *token = s_sign(facts, keys, spoil->sign, header, claims);
    if (spoil->sign == SIGN_BROKEN) {
        s_break(token);
    }
    cJSON_Delete(header);
    cJSON_Delete(claims);
    return token;
}
