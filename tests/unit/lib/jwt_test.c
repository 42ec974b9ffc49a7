/* jwt_test.c: tokens and keys made by the fakes' own maker, rightly and wrongly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/jwt.h"
#include "lib/mem.h"
#include "tests/support/fake/jose.h"

typedef struct {
    EVP_PKEY *rsa, *ec;
    sb_jwks_t *keys;
} rig_t;

static sb_jwks_t *s_parse(cJSON *list)
{
    sb_err_t err;
    cJSON *set = sb_json_object();
    sb_json_add(set, "keys", list);
    char *text = sb_json_print(set);
    sb_jwks_t *keys = sb_jwks_parse(text, strlen(text), &err);
    if (!keys) {
        fail_msg("%s", err.text);
    }
    free(text);
    cJSON_Delete(set);
    return keys;
}

static int s_set_up(void **state)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    rig->rsa = jose_key_new(JOSE_RS256);
    rig->ec = jose_key_new(JOSE_ES256);
    cJSON *list = sb_json_array();
    sb_json_push(list, jose_jwk(rig->rsa, JOSE_RS256, "r"));
    sb_json_push(list, jose_jwk(rig->ec, JOSE_ES256, "e"));
    rig->keys = s_parse(list);
    *state = rig;
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    sb_jwks_destroy(&rig->keys);
    sb_jwks_destroy(&rig->keys);
    EVP_PKEY_free(rig->rsa);
    EVP_PKEY_free(rig->ec);
    free(rig);
    return 0;
}

static cJSON *s_json(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    return json;
}

static char *s_sign(const char *head, jose_alg_t alg, EVP_PKEY *key)
{
    cJSON *header = s_json(head);
    cJSON *claims = s_json("{\"sub\":\"alice\"}");
    char *token = jose_sign(header, claims, alg, key, "secret");
    cJSON_Delete(header);
    cJSON_Delete(claims);
    return token;
}

/* SB_OK, or how parsing or verifying failed. */
static int s_judge(const char *text, const sb_jwks_t *keys)
{
    sb_err_t err = {0};
    sb_jwt_t *token = sb_jwt_parse(text, &err);
    const int code = token ? sb_jwt_verify(token, keys, &err) : err.code;
    if (!code) {
        assert_string_equal(
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(sb_jwt_claims(token), "sub")),
            "alice");
    }
    sb_jwt_destroy(&token);
    return code;
}

static void only_the_right_key_and_algorithm_pass(void **state)
{
    rig_t *rig = *state;
    const struct {
        const char *head;
        jose_alg_t alg;
        EVP_PKEY *key;
        int want;
    } rows[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"r\"}",               JOSE_RS256, rig->rsa, SB_OK       },
        {"{\"alg\":\"ES256\",\"kid\":\"e\"}",               JOSE_ES256, rig->ec,  SB_OK       },
        {"{\"alg\":\"ES256\",\"kid\":\"r\"}",               JOSE_ES256, rig->ec,  SB_ENOTFOUND},
        {"{\"alg\":\"RS256\",\"kid\":\"e\"}",               JOSE_RS256, rig->rsa, SB_ENOTFOUND},
        {"{\"alg\":\"RS256\",\"kid\":\"x\"}",               JOSE_RS256, rig->rsa, SB_ENOTFOUND},
        {"{\"alg\":\"RS256\"}",                             JOSE_RS256, rig->rsa, SB_ENOTFOUND},
        {"{\"alg\":\"none\",\"kid\":\"r\"}",                JOSE_NONE,  NULL,     SB_EINVALID },
        {"{\"alg\":\"HS256\",\"kid\":\"r\"}",               JOSE_HS256, NULL,     SB_EINVALID },
        {"{\"alg\":\"rs256\",\"kid\":\"r\"}",               JOSE_RS256, rig->rsa, SB_EINVALID },
        {"{\"kid\":\"r\"}",                                 JOSE_RS256, rig->rsa, SB_EINVALID },
        {"{\"alg\":[\"RS256\"],\"kid\":\"r\"}",             JOSE_RS256, rig->rsa, SB_EINVALID },
        {"{\"alg\":\"RS256\",\"kid\":7}",                   JOSE_RS256, rig->rsa, SB_EINVALID },
        {"{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[]}",   JOSE_RS256, rig->rsa, SB_EINVALID },
        {"{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":null}", JOSE_RS256, rig->rsa, SB_EINVALID },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = s_sign(rows[i].head, rows[i].alg, rows[i].key);
        const int got = s_judge(text, rig->keys);
        if (got != rows[i].want) {
            fail_msg("%s: %d", rows[i].head, got);
        }
        free(text);
    }
}

/* Each character in turn is another one. */
static void no_changed_token_passes(void **state)
{
    rig_t *rig = *state;
    char *text = s_sign("{\"alg\":\"ES256\",\"kid\":\"e\"}", JOSE_ES256, rig->ec);
    assert_int_equal(s_judge(text, rig->keys), SB_OK);
    const size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        const char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        if (was != '.' && s_judge(text, rig->keys) == SB_OK) {
            fail_msg("character %zu may be another", i);
        }
        text[i] = was;
    }
    for (size_t cut = 0; cut < len; cut++) {
        char *part = sb_strndup(text, cut);
        assert_int_not_equal(s_judge(part, rig->keys), SB_OK);
        free(part);
    }
    char *more = sb_format("%s.", text);
    assert_int_equal(s_judge(more, rig->keys), SB_EINVALID);
    free(more);
    free(text);
}

static void a_token_is_bounded(void **state)
{
    rig_t *rig = *state;
    char *text = sb_alloc(SB_JWT_MAX + 2);
    memset(text, 'A', SB_JWT_MAX + 1);
    assert_int_equal(s_judge(text, rig->keys), SB_ETOOLARGE);
    free(text);
}

static void a_token_without_a_name_needs_the_only_key(void **state)
{
    rig_t *rig = *state;
    cJSON *list = sb_json_array();
    sb_json_push(list, jose_jwk(rig->rsa, JOSE_RS256, "r"));
    sb_jwks_t *one = s_parse(list);
    char *text = s_sign("{\"alg\":\"RS256\"}", JOSE_RS256, rig->rsa);
    assert_int_equal(s_judge(text, one), SB_OK);
    assert_int_equal(s_judge(text, rig->keys), SB_ENOTFOUND);
    free(text);
    sb_jwks_destroy(&one);
}

static void keys_of_the_same_name_are_all_tried(void **state)
{
    rig_t *rig = *state;
    EVP_PKEY *stranger = jose_key_new(JOSE_ES256);
    cJSON *list = sb_json_array();
    sb_json_push(list, jose_jwk(stranger, JOSE_ES256, "e"));
    sb_json_push(list, jose_jwk(rig->rsa, JOSE_RS256, "e"));
    sb_json_push(list, jose_jwk(rig->ec, JOSE_ES256, "e"));
    sb_jwks_t *keys = s_parse(list);
    char *text = s_sign("{\"alg\":\"ES256\",\"kid\":\"e\"}", JOSE_ES256, rig->ec);
    assert_int_equal(s_judge(text, keys), SB_OK);
    free(text);
    EVP_PKEY *other = jose_key_new(JOSE_ES256);
    text = s_sign("{\"alg\":\"ES256\",\"kid\":\"e\"}", JOSE_ES256, other);
    assert_int_equal(s_judge(text, keys), SB_EFORBIDDEN);
    free(text);
    sb_jwks_destroy(&keys);
    EVP_PKEY_free(other);
    EVP_PKEY_free(stranger);
}

/* ---- Sets of keys. */

static void s_assert_kept(cJSON *jwk, const char *member, const char *value, size_t want)
{
    if (value) {
        cJSON *text = s_json(value);
        cJSON_DeleteItemFromObjectCaseSensitive(jwk, member);
        sb_json_add(jwk, member, text);
    }
    cJSON *list = sb_json_array();
    sb_json_push(list, jwk);
    sb_jwks_t *keys = s_parse(list);
    if (sb_jwks_len(keys) != want) {
        fail_msg("%s: %s", member, value);
    }
    sb_jwks_destroy(&keys);
}

static void only_usable_keys_are_kept(void **state)
{
    rig_t *rig = *state;
    static const struct {
        bool rsa;
        const char *member, *value;
        size_t want;
    } rows[] = {
        {true,  "use", "\"sig\"",                                         1},
        {true,  "use", "\"enc\"",                                         0},
        {true,  "alg", "\"RS256\"",                                       1},
        {true,  "alg", "\"RS512\"",                                       0},
        {true,  "kty", "\"oct\"",                                         0},
        {true,  "kid", "7",                                               0},
        {true,  "e",   "\"AQ\"",                                          0}, /* 1 */
        {true,  "e",   "\"Ag\"",                                          0}, /* 2 */
        {true,  "e",   "\"Aw\"",                                          1}, /* 3 */
        {true,  "e",   "\"AQEBAQEBAQEB\"",                                0},
        {true,  "n",   "\"xxxx\"",                                        0},
        {true,  "n",   "\"!\"",                                           0},
        {true,  "n",   "7",                                               0},
        {false, "crv", "\"P-384\"",                                       0},
        {false, "alg", "\"RS256\"",                                       0},
        {false, "x",   "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", 0}, /* off the curve */
        {false, "y",   "\"AA\"",                                          0},
        {false, "y",   "null",                                            0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_assert_kept(rows[i].rsa ? jose_jwk(rig->rsa, JOSE_RS256, "k")
                                  : jose_jwk(rig->ec, JOSE_ES256, "k"),
                      rows[i].member, rows[i].value, rows[i].want);
    }
}

static void a_set_must_be_one_and_is_bounded(void **state)
{
    rig_t *rig = *state;
    static const char *const wrong[] = {"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[}"};
    sb_err_t err;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(sb_jwks_parse(wrong[i], strlen(wrong[i]), &err));
    }
    cJSON *list = sb_json_array();
    sb_json_push(list, cJSON_CreateNumber(7));
    for (int i = 0; i < SB_JWKS_MAX + 3; i++) {
        sb_json_push(list, jose_jwk(rig->ec, JOSE_ES256, "e"));
    }
    sb_jwks_t *keys = s_parse(list);
    assert_int_equal(sb_jwks_len(keys), SB_JWKS_MAX);
    sb_jwks_destroy(&keys);
}

#define TRY(test) cmocka_unit_test(test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(only_the_right_key_and_algorithm_pass),
        TRY(no_changed_token_passes),
        TRY(a_token_is_bounded),
        TRY(a_token_without_a_name_needs_the_only_key),
        TRY(keys_of_the_same_name_are_all_tried),
        TRY(only_usable_keys_are_kept),
        TRY(a_set_must_be_one_and_is_bounded),
    };
    return cmocka_run_group_tests(tests, s_set_up, s_tear_down);
}
