/* registration_test.c: a new passkey on its way from the browser to the store, and each way in
 * which it must not get there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/webauthn.h"
#include "services/webd/registration.h"
#include "tests/support/webauthn/soft_passkey.h"

#define RP_ID "c.example.org"
#define ORIGIN "https://c.example.org"
#define CHALLENGE "thirty-two bytes of a challenge.."
#define NEW (SOFT_PASSKEY_UP | SOFT_PASSKEY_UV | SOFT_PASSKEY_AT)

static const struct {
    const char *name;
    const char *type;
    const char *origin;
    const char *rp_id;
    const char *challenge;
    uint8_t flags;
    const char *passkey_name;
    const char *fault; /* what the error speaks of; NULL: none */
} s_rows[] = {
    {"good",              SB_WEBAUTHN_CREATE, ORIGIN,                 RP_ID,          CHALLENGE,                           NEW,                    "phone", NULL       },
    {"without a name",    SB_WEBAUTHN_CREATE, ORIGIN,                 RP_ID,          CHALLENGE,                           NEW,                    "",      NULL       },
    {"an assertion",      SB_WEBAUTHN_GET,    ORIGIN,                 RP_ID,          CHALLENGE,                           NEW,                    "",      "type"     },
    {"another page",      SB_WEBAUTHN_CREATE, "https://evil.example", RP_ID,          CHALLENGE,                           NEW,                    "",
     "origin"                                                                                                                                                          },
    {"another party",     SB_WEBAUTHN_CREATE, ORIGIN,                 "evil.example", CHALLENGE,                           NEW,                    "",      "made for" },
    {"another challenge", SB_WEBAUTHN_CREATE, ORIGIN,                 RP_ID,          "thirty-two bytes of another one..",
     NEW,                                                                                                                                          "",      "challenge"},
    {"nobody there",      SB_WEBAUTHN_CREATE, ORIGIN,                 RP_ID,          CHALLENGE,                           NEW & ~SOFT_PASSKEY_UP, "",      ""         },
    {"not verified",      SB_WEBAUTHN_CREATE, ORIGIN,                 RP_ID,          CHALLENGE,                           NEW & ~SOFT_PASSKEY_UV, "",      ""         },
    {"too long a name",   SB_WEBAUTHN_CREATE, ORIGIN,                 RP_ID,          CHALLENGE,                           NEW,
     "1234567890123456789012345678901234567890123456789012345678901234x",                                                                                   "name"     },
};

static void s_add(cJSON *object, const char *key, const void *data, size_t size)
{
    char *text = sb_base64url(data, size);
    sb_json_add_str(object, key, text);
    free(text);
}

static cJSON *s_posted(const soft_passkey_t *passkey, size_t i)
{
    const char *challenge = s_rows[i].challenge;
    const soft_bytes_t client_data = soft_passkey_client_data(
        s_rows[i].type, (sb_bytes_t){(const uint8_t *)challenge, SB_SHA256_SIZE}, s_rows[i].origin);
    const soft_bytes_t auth_data =
        soft_passkey_auth_data(passkey, s_rows[i].rp_id, s_rows[i].flags, 7);
    const soft_bytes_t object = soft_passkey_attestation(soft_bytes(&auth_data));
    cJSON *posted = sb_json_object();
    sb_json_add_str(posted, "name", s_rows[i].passkey_name);
    s_add(posted, "client_data", client_data.data, client_data.size);
    s_add(posted, "attestation", object.data, object.size);
    return posted;
}

static void s_check_passkey(const cJSON *got, const soft_passkey_t *passkey, const char *name)
{
    sb_err_t err;
    const soft_bytes_t spki = soft_passkey_spki(passkey);
    char *id = sb_base64url(SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE);
    char *key = sb_base64url(spki.data, spki.size);
    sb_reader_t in = sb_reader(got, "passkey", &err);
    assert_string_equal(sb_read_str(&in, "id", 1, 100), id);
    assert_string_equal(sb_read_str(&in, "public_key", 1, 200), key);
    assert_int_equal(sb_read_int(&in, "algorithm", -100, 0), SB_COSE_ES256);
    assert_int_equal(sb_read_int(&in, "count", 0, 100), 7);
    assert_false(sb_read_bool(&in, "backup_eligible"));
    assert_string_equal(sb_read_str(&in, "name", 1, 100), name[0] ? name : "passkey");
    assert_int_equal(sb_reader_code(&in), SB_OK);
    free(key);
    free(id);
}

static void test_read(void **state)
{
    (void)state;
    char *challenge = sb_base64url(CHALLENGE, SB_SHA256_SIZE);
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
        cJSON *posted = s_posted(passkey, i);
        sb_err_t err = {0};
        cJSON *got = registration_read(posted, RP_ID, ORIGIN, challenge, &err);
        const char *fault = s_rows[i].fault;
        if ((got == NULL) != (fault != NULL) || (fault && !strstr(err.text, fault))) {
            fail_msg("%s: %s", s_rows[i].name, err.text);
        }
        if (got) {
            s_check_passkey(got, passkey, s_rows[i].passkey_name);
        }
        cJSON_Delete(got);
        cJSON_Delete(posted);
        soft_passkey_destroy(&passkey);
    }
    free(challenge);
}

static void test_no_challenge(void **state)
{
    (void)state;
    static const char *const challenges[] = {"", "AAAA", "not base64url!"};
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
    cJSON *posted = s_posted(passkey, 0);
    for (size_t i = 0; i < sizeof challenges / sizeof challenges[0]; i++) {
        sb_err_t err = {0};
        assert_null(registration_read(posted, RP_ID, ORIGIN, challenges[i], &err));
        assert_non_null(strstr(err.text, "challenge"));
    }
    cJSON_Delete(posted);
    soft_passkey_destroy(&passkey);
}

static void test_user_id(void **state)
{
    (void)state;
    char *id = registration_user_id("abc");
    assert_string_equal(id, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    free(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_no_challenge),
        cmocka_unit_test(test_user_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
