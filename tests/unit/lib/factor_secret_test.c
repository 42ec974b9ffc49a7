#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/factor_secret.h"

static const uint8_t s_key[SB_KEY_SIZE] = {1, 2, 3};
static const char s_secret[] = "12345678901234567890";

static int s_open(const uint8_t *key, const char *person, const char *text)
{
    uint8_t *got = NULL;
    size_t size = 0;
    sb_err_t err;
    const int rc = sb_totp_secret_open(key, person, text, &got, &size, &err);
    if (rc == SB_OK) {
        assert_int_equal(size, strlen(s_secret));
        assert_memory_equal(got, s_secret, size);
        free(got);
    }
    return rc;
}

static void a_secret_opens_for_its_person_and_key_only(void **state)
{
    (void)state;
    char *text = sb_totp_secret_seal(s_key, "alice", s_secret, strlen(s_secret));
    const uint8_t other[SB_KEY_SIZE] = {1, 2, 4};
    assert_null(strstr(text, "1234567890"));
    assert_int_equal(s_open(s_key, "alice", text), SB_OK);
    assert_int_equal(s_open(s_key, "bob", text), SB_EINVALID);
    assert_int_equal(s_open(other, "alice", text), SB_EINVALID);
    text[10] = text[10] == 'A' ? 'B' : 'A';
    assert_int_equal(s_open(s_key, "alice", text), SB_EINVALID);
    free(text);
    assert_int_equal(s_open(s_key, "alice", ""), SB_EINVALID);
    assert_int_equal(s_open(s_key, "alice", "not base 64!"), SB_EINVALID);
}

/* Sealed rightly, but too short to be a key. */
static void a_secret_of_no_sensible_size_is_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, SB_TOTP_SECRET_SIZE_MIN - 1, SB_TOTP_SECRET_SIZE_MAX + 1};
    const uint8_t bytes[SB_TOTP_SECRET_SIZE_MAX + 1] = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *sealed = NULL;
        size_t size = 0;
        sb_seal(s_key, "totp:alice", bytes, sizes[i], &sealed, &size);
        char *text = sb_base64(sealed, size);
        assert_int_equal(s_open(s_key, "alice", text), SB_EINVALID);
        free(text);
        free(sealed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_opens_for_its_person_and_key_only),
        cmocka_unit_test(a_secret_of_no_sensible_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
