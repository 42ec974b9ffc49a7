/* jwt_sign_test.c: what we sign, another verifier takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/jwt_sign.h"
#include "lib/mem.h"
#include "tests/support/fake/jose.h"

#define PATH SB_BINARY_DIR "/jwt_sign_test.pem"

static void s_write(EVP_PKEY *key, const char *passphrase)
{
    FILE *file = fopen(PATH, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, passphrase ? EVP_aes_128_cbc() : NULL,
                                          (const unsigned char *)passphrase,
                                          passphrase ? (int)strlen(passphrase) : 0, NULL, NULL),
                     1);
    assert_int_equal(fclose(file), 0);
}

static void s_try(jose_alg_t alg)
{
    EVP_PKEY *key = jose_key_new(alg);
    sb_err_t err;
    s_write(key, NULL);
    sb_jwt_signer_t *signer = sb_jwt_signer_load(PATH, &err);
    assert_non_null(signer);
    cJSON *claims = sb_json_object();
    sb_json_add_str(claims, "iss", "us");
    for (int i = 0; i < 20; i++) { /* numbers of a signature that begin with zeros come too */
        char *text = sb_jwt_sign(signer, claims);
        jose_token_t token;
        assert_int_equal(jose_token_read(&token, text, &err), SB_OK);
        assert_true(jose_token_verify(&token, key));
        assert_string_equal(
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(token.header, "alg")),
            jose_alg_name(alg));
        assert_string_equal(
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(token.claims, "iss")), "us");
        jose_token_free(&token);
        free(text);
    }
    cJSON_Delete(claims);
    sb_jwt_signer_destroy(&signer);
    sb_jwt_signer_destroy(&signer);
    EVP_PKEY_free(key);
    (void)unlink(PATH);
}

static void both_kinds_of_keys_sign(void **state)
{
    (void)state;
    s_try(JOSE_RS256);
    s_try(JOSE_ES256);
}

static void s_assert_refused(EVP_PKEY *key, const char *passphrase)
{
    sb_err_t err = {0};
    s_write(key, passphrase);
    assert_null(sb_jwt_signer_load(PATH, &err));
    assert_int_equal(err.code, SB_EINVALID);
    (void)unlink(PATH);
    EVP_PKEY_free(key);
}

static void other_keys_are_refused(void **state)
{
    (void)state;
    sb_err_t err = {0};
    s_assert_refused(EVP_RSA_gen(1024), NULL);
    s_assert_refused(EVP_EC_gen("P-384"), NULL);
    s_assert_refused(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
    s_assert_refused(EVP_EC_gen("P-256"), "a passphrase");
    assert_null(sb_jwt_signer_load(PATH, &err)); /* nothing is there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_of_keys_sign),
        cmocka_unit_test(other_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
