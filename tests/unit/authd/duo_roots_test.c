/* duo_roots_test.c: which of the system's authorities vouch for Duo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/authd/duo_roots.h"
#include "tests/support/temp_file.h"

/* A certificate that nobody pins, in PEM; free() it. */
static char *s_stranger(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *out = BIO_new(BIO_s_mem());
    assert_true(key && certificate && out);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 1000);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(out, certificate), 1);
    char *bytes = NULL;
    const long size = BIO_get_mem_data(out, &bytes);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    memcpy(text, bytes, (size_t)size);
    BIO_free(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return text;
}

static size_t s_count(const char *path)
{
    char line[256];
    size_t count = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        count += strncmp(line, "-----BEGIN CERTIFICATE", 22) == 0;
    }
    (void)fclose(file);
    return count;
}

static void few_of_the_systems_authorities_are_trusted(void **state)
{
    (void)state;
    if (access(DUO_SYSTEM_ROOTS, R_OK) != 0) {
        skip(); /* the list is of the package ca-certificates, which building does not need */
    }
    sb_err_t err;
    duo_roots_t *roots = duo_roots_new("", DUO_SYSTEM_ROOTS, &err);
    assert_non_null(roots);
    assert_in_range(duo_roots_len(roots), 10, 15);
    assert_true(duo_roots_len(roots) < s_count(DUO_SYSTEM_ROOTS));
    assert_int_equal(s_count(duo_roots_path(roots)), duo_roots_len(roots));
    assert_int_equal(s_count(duo_roots_path(roots)), duo_roots_len(roots)); /* again */
    duo_roots_destroy(&roots);
    duo_roots_destroy(&roots);
}

static void a_file_of_the_operators_is_taken_as_it_is(void **state)
{
    (void)state;
    char *stranger = s_stranger();
    const char *path = temp_file_path();
    temp_file_puts(stranger);
    sb_err_t err;
    duo_roots_t *roots = duo_roots_new(path, "/nonexistent", &err);
    assert_non_null(roots);
    assert_string_equal(duo_roots_path(roots), path);
    assert_int_equal(duo_roots_len(roots), 1);
    duo_roots_destroy(&roots);

    /* The system trusts it, Duo's clients don't. */
    assert_null(duo_roots_new("", path, &err));
    assert_non_null(strstr(err.text, "none of the authorities"));
    free(stranger);
}

static void files_without_a_certificate_are_refused(void **state)
{
    (void)state;
    sb_err_t err;
    assert_null(duo_roots_new("/nonexistent/ca.pem", DUO_SYSTEM_ROOTS, &err));
    assert_string_equal(err.text, "/nonexistent/ca.pem: can't be read");
    assert_null(duo_roots_new("", "/nonexistent/ca.pem", &err));
    assert_string_equal(err.text, "/nonexistent/ca.pem: can't be read");
    const char *path = temp_file_path();
    temp_file_puts("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert_null(duo_roots_new(path, DUO_SYSTEM_ROOTS, &err));
    assert_non_null(strstr(err.text, "no certificate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_of_the_systems_authorities_are_trusted),
        cmocka_unit_test_teardown(a_file_of_the_operators_is_taken_as_it_is, temp_file_remove),
        cmocka_unit_test_teardown(files_without_a_certificate_are_refused, temp_file_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
