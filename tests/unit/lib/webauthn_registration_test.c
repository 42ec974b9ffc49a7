#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/webauthn.h"
#include "tests/support/webauthn/soft_passkey.h"

#define RP_ID "bot.example.org"
#define ORIGIN "https://bot.example.org"
#define CHALLENGE "sixteen at least, of random bytes"
#define NEW (SOFT_PASSKEY_UP | SOFT_PASSKEY_UV | SOFT_PASSKEY_AT)

static const char *const s_origins[] = {ORIGIN};
static const sb_webauthn_party_t s_party = {RP_ID, s_origins, 1};

static sb_bytes_t s_text(const char *text)
{
    return (sb_bytes_t){(const uint8_t *)text, strlen(text)};
}

static sb_webauthn_result_t s_judge(const soft_bytes_t *client_data, const soft_bytes_t *object,
                                    sb_webauthn_enrolled_t *enrolled, sb_err_t *err)
{
    const sb_webauthn_registration_t registration = {soft_bytes(client_data), soft_bytes(object)};
    return sb_webauthn_verify_registration(&s_party, s_text(CHALLENGE), &registration, enrolled,
                                           err);
}

static void what_is_yielded(void **state)
{
    (void)state;
    static const sb_cose_algorithm_t algorithms[] = {SB_COSE_ES256, SB_COSE_EDDSA};
    for (size_t i = 0; i < 2; i++) {
        soft_passkey_t *passkey = soft_passkey_new(algorithms[i]);
        const soft_bytes_t spki = soft_passkey_spki(passkey);
        const soft_bytes_t client_data =
            soft_passkey_client_data(SB_WEBAUTHN_CREATE, s_text(CHALLENGE), ORIGIN);
        const soft_bytes_t auth_data =
            soft_passkey_auth_data(passkey, RP_ID, NEW | SOFT_PASSKEY_BE, 5);
        const soft_bytes_t object = soft_passkey_attestation(soft_bytes(&auth_data));
        sb_webauthn_enrolled_t got;
        sb_err_t err = {0};
        if (s_judge(&client_data, &object, &got, &err) != SB_WEBAUTHN_VERIFIED) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(got.id_size, SOFT_PASSKEY_ID_SIZE);
        assert_memory_equal(got.id, SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE);
        assert_int_equal(got.key.algorithm, algorithms[i]);
        assert_int_equal(got.key.spki_size, spki.size);
        assert_memory_equal(got.key.spki, spki.data, spki.size);
        assert_int_equal(got.sign_count, 5);
        assert_true(got.backup_eligible && !got.backed_up);
        assert_memory_equal(got.aaguid, SOFT_PASSKEY_AAGUID, SB_WEBAUTHN_AAGUID_SIZE);
        soft_passkey_destroy(&passkey);
    }
}

static void each_check_of_what_was_made(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type, *challenge, *origin, *rp_id;
        uint8_t flags;
        sb_webauthn_result_t want;
    } rows[] = {
        {"an assertion",         SB_WEBAUTHN_GET,    CHALLENGE,                           ORIGIN,                RP_ID,         NEW,                    SB_WEBAUTHN_WRONG_TYPE     },
        {"another challenge",    SB_WEBAUTHN_CREATE, "sixteen at least, of random bytez", ORIGIN,
         RP_ID,                                                                                                                 NEW,                    SB_WEBAUTHN_WRONG_CHALLENGE},
        {"another origin",       SB_WEBAUTHN_CREATE, CHALLENGE,                           "https://example.org", RP_ID,         NEW,
         SB_WEBAUTHN_WRONG_ORIGIN                                                                                                                                                  },
        {"another party",        SB_WEBAUTHN_CREATE, CHALLENGE,                           ORIGIN,                "example.org", NEW,
         SB_WEBAUTHN_WRONG_PARTY                                                                                                                                                   },
        {"nobody there",         SB_WEBAUTHN_CREATE, CHALLENGE,                           ORIGIN,                RP_ID,         NEW & ~SOFT_PASSKEY_UP,
         SB_WEBAUTHN_NOT_PRESENT                                                                                                                                                   },
        {"not verified",         SB_WEBAUTHN_CREATE, CHALLENGE,                           ORIGIN,                RP_ID,         NEW & ~SOFT_PASSKEY_UV,
         SB_WEBAUTHN_NOT_VERIFIED                                                                                                                                                  },
        {"backed up, and can't", SB_WEBAUTHN_CREATE, CHALLENGE,                           ORIGIN,                RP_ID,
         NEW | SOFT_PASSKEY_BS,                                                                                                                         SB_WEBAUTHN_BACKUP_FLAGS   },
        {"no credential",        SB_WEBAUTHN_CREATE, CHALLENGE,                           ORIGIN,                RP_ID,         NEW & ~SOFT_PASSKEY_AT,
         SB_WEBAUTHN_NO_CREDENTIAL                                                                                                                                                 },
    };
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const soft_bytes_t client_data =
            soft_passkey_client_data(rows[i].type, s_text(rows[i].challenge), rows[i].origin);
        const soft_bytes_t auth_data =
            soft_passkey_auth_data(passkey, rows[i].rp_id, rows[i].flags, 0);
        const soft_bytes_t object = soft_passkey_attestation(soft_bytes(&auth_data));
        sb_webauthn_enrolled_t enrolled;
        sb_err_t err = {0};
        const sb_webauthn_result_t got = s_judge(&client_data, &object, &enrolled, &err);
        if (got != rows[i].want || !err.text[0]) {
            fail_msg("%s: %s (%s)", rows[i].name, sb_webauthn_result_name(got), err.text);
        }
    }
    soft_passkey_destroy(&passkey);
}

#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define FMT                                                                                        \
    "\x63"                                                                                         \
    "fmt"
#define STMT                                                                                       \
    "\x67"                                                                                         \
    "attStmt"
#define DATA                                                                                       \
    "\x68"                                                                                         \
    "authData"
#define NONE                                                                                       \
    FMT "\x64"                                                                                     \
        "none"
#define EMPTY STMT "\xa0"
#define LONG "a name of a format that is far too long"

/* Authenticator data follow the head, then the tail. */
static const struct {
    const char *name;
    sb_bytes_t head, tail;
    sb_webauthn_result_t want;
} s_objects[] = {
    {"none",                             BYTES("\xa3" NONE EMPTY DATA),                BYTES(""),         SB_WEBAUTHN_VERIFIED       },
    {"another order",                    BYTES("\xa3" DATA),                           BYTES(EMPTY NONE), SB_WEBAUTHN_VERIFIED       },
    {"a statement that nobody believes",
     BYTES("\xa3" FMT "\x66"
           "packed" STMT "\xa2\x63"
           "alg\x26\x63sig\x41\0" DATA),
     BYTES(""),                                                                                           SB_WEBAUTHN_VERIFIED       },
    {"a format of tomorrow",
     BYTES("\xa3" FMT "\x63"
           "xyz" STMT "\xa1\x61x\x81\x81\xf6" DATA),
     BYTES(""),                                                                                           SB_WEBAUTHN_VERIFIED       },
    {"several statements",
     BYTES("\xa3" FMT "\x68"
           "compound" STMT "\x82\xa0\xa0" DATA),
     BYTES(""),                                                                                           SB_WEBAUTHN_VERIFIED       },
    {"several, in a map",
     BYTES("\xa3" FMT "\x68"
           "compound" EMPTY DATA),
     BYTES(""),                                                                                           SB_WEBAUTHN_BAD_ATTESTATION},
    {"none, with a statement",           BYTES("\xa3" NONE STMT "\xa1\x61x\0" DATA),   BYTES(""),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"a statement that is an array",     BYTES("\xa3" NONE STMT "\x80" DATA),          BYTES(""),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"a nameless format",                BYTES("\xa3" FMT "\x60" EMPTY DATA),          BYTES(""),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"a format of a long name",          BYTES("\xa3" FMT "\x78\x27" LONG EMPTY DATA), BYTES(""),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"a format by number",               BYTES("\xa3" FMT "\0" EMPTY DATA),            BYTES(""),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"a fourth promised",                BYTES("\xa4" NONE EMPTY DATA),                BYTES(""),         SB_WEBAUTHN_BAD_ATTESTATION},
    {"two promised",                     BYTES("\xa2" NONE EMPTY DATA),                BYTES(""),         SB_WEBAUTHN_BAD_ATTESTATION},
    {"a format in bytes",
     BYTES("\xa3" FMT "\x44"
           "none" EMPTY DATA),
     BYTES(""),                                                                                           SB_WEBAUTHN_BAD_ATTESTATION},
    {"no format",                        BYTES("\xa2" EMPTY DATA),                     BYTES(""),         SB_WEBAUTHN_BAD_ATTESTATION},
    {"no statement",                     BYTES("\xa2" NONE DATA),                      BYTES(""),         SB_WEBAUTHN_BAD_ATTESTATION},
    {"the format twice",                 BYTES("\xa3" NONE NONE DATA),                 BYTES(""),         SB_WEBAUTHN_BAD_ATTESTATION},
    {"a fourth member",                  BYTES("\xa4" NONE EMPTY DATA),
     BYTES("\x65"
           "epAtt\xf5"),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"a member unknown",                 BYTES("\xa3" NONE "\x61x\0" DATA),            BYTES(""),         SB_WEBAUTHN_BAD_ATTESTATION},
    {"the numbers of CTAP",              BYTES("\xa3\1\x64none\3\xa0\2"),              BYTES(""),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"a byte after it",                  BYTES("\xa3" NONE EMPTY DATA),                BYTES("\0"),       SB_WEBAUTHN_BAD_ATTESTATION},
    {"a map without a length",           BYTES("\xbf" NONE EMPTY DATA),                BYTES("\xff"),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
    {"an array",                         BYTES("\x83" NONE EMPTY DATA),                BYTES(""),         SB_WEBAUTHN_BAD_ATTESTATION},
    {"a statement nested deep",
     BYTES("\xa3" FMT "\x61x" STMT "\xa1\0\x81\x81\x81\x81\x81\x81\x81\x81\0" DATA),   BYTES(""),
     SB_WEBAUTHN_BAD_ATTESTATION                                                                                                     },
};

static void attestation_objects(void **state)
{
    (void)state;
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
    const soft_bytes_t client_data =
        soft_passkey_client_data(SB_WEBAUTHN_CREATE, s_text(CHALLENGE), ORIGIN);
    const soft_bytes_t auth_data = soft_passkey_auth_data(passkey, RP_ID, NEW, 0);
    for (size_t i = 0; i < sizeof s_objects / sizeof s_objects[0]; i++) {
        const uint8_t size[] = {0x58, (uint8_t)auth_data.size};
        soft_bytes_t object = {.size = 0};
        soft_bytes_add(&object, s_objects[i].head.data, s_objects[i].head.size);
        soft_bytes_add(&object, size, sizeof size);
        soft_bytes_add(&object, auth_data.data, auth_data.size);
        soft_bytes_add(&object, s_objects[i].tail.data, s_objects[i].tail.size);
        sb_webauthn_enrolled_t enrolled;
        sb_err_t err = {0};
        const sb_webauthn_result_t got = s_judge(&client_data, &object, &enrolled, &err);
        if (got != s_objects[i].want) {
            fail_msg("%s: %s (%s)", s_objects[i].name, sb_webauthn_result_name(got), err.text);
        }
    }
    soft_passkey_destroy(&passkey);
}

static void no_end_of_it_may_be_missing(void **state)
{
    (void)state;
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_EDDSA);
    const soft_bytes_t client_data =
        soft_passkey_client_data(SB_WEBAUTHN_CREATE, s_text(CHALLENGE), ORIGIN);
    const soft_bytes_t auth_data = soft_passkey_auth_data(passkey, RP_ID, NEW, 0);
    soft_bytes_t object = soft_passkey_attestation(soft_bytes(&auth_data));
    sb_webauthn_enrolled_t enrolled;
    sb_err_t err;
    assert_int_equal(s_judge(&client_data, &object, &enrolled, &err), SB_WEBAUTHN_VERIFIED);
    while (object.size > 0) {
        object.size--;
        assert_int_equal(s_judge(&client_data, &object, &enrolled, &err),
                         SB_WEBAUTHN_BAD_ATTESTATION);
    }
    const sb_webauthn_registration_t registration = {
        soft_bytes(&client_data), {NULL, 0}
    };
    assert_int_equal(sb_webauthn_verify_registration(&s_party, s_text(CHALLENGE), &registration,
                                                     &enrolled, &err),
                     SB_WEBAUTHN_BAD_ATTESTATION);
    soft_passkey_destroy(&passkey);
}

static void authenticator_data_are_bytes(void **state)
{
    (void)state;
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_EDDSA);
    const soft_bytes_t client_data =
        soft_passkey_client_data(SB_WEBAUTHN_CREATE, s_text(CHALLENGE), ORIGIN);
    const soft_bytes_t auth_data = soft_passkey_auth_data(passkey, RP_ID, NEW, 0);
    soft_bytes_t object = soft_passkey_attestation(soft_bytes(&auth_data));
    object.data[object.size - auth_data.size - 3] ^= 0x20; /* the head of bytes: of text */
    sb_webauthn_enrolled_t enrolled;
    sb_err_t err;
    assert_int_equal(s_judge(&client_data, &object, &enrolled, &err), SB_WEBAUTHN_BAD_ATTESTATION);
    soft_passkey_destroy(&passkey);
}

static void limits(void **state)
{
    (void)state;
    static uint8_t object[SB_WEBAUTHN_ATTESTATION_MAX + 1];
    static const uint8_t head[] = "\xa3" FMT "\x61x" STMT "\xa1\0\x59";
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_EDDSA);
    const soft_bytes_t client_data =
        soft_passkey_client_data(SB_WEBAUTHN_CREATE, s_text(CHALLENGE), ORIGIN);
    const soft_bytes_t auth_data = soft_passkey_auth_data(passkey, RP_ID, NEW, 0);
    soft_bytes_t tail = {.size = 0};
    soft_bytes_add(&tail, DATA "\x58", strlen(DATA "\x58"));
    tail.data[tail.size++] = (uint8_t)auth_data.size;
    soft_bytes_add(&tail, auth_data.data, auth_data.size);
    for (size_t whole = SB_WEBAUTHN_ATTESTATION_MAX; whole <= sizeof object; whole++) {
        const size_t filler = whole - (sizeof head - 1) - 2 - tail.size;
        uint8_t *at = object;
        memset(at, 0, whole);
        memcpy(at, head, sizeof head - 1);
        at += sizeof head - 1;
        *at++ = (uint8_t)(filler >> 8);
        *at++ = (uint8_t)filler;
        memcpy(at + filler, tail.data, tail.size);
        const sb_webauthn_registration_t registration = {
            soft_bytes(&client_data), {object, whole}
        };
        sb_webauthn_enrolled_t enrolled;
        sb_err_t err;
        assert_int_equal(sb_webauthn_verify_registration(&s_party, s_text(CHALLENGE), &registration,
                                                         &enrolled, &err),
                         whole <= SB_WEBAUTHN_ATTESTATION_MAX ? SB_WEBAUTHN_VERIFIED
                                                              : SB_WEBAUTHN_BAD_ATTESTATION);
    }
    soft_passkey_destroy(&passkey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_yielded),
        cmocka_unit_test(each_check_of_what_was_made),
        cmocka_unit_test(attestation_objects),
        cmocka_unit_test(no_end_of_it_may_be_missing),
        cmocka_unit_test(authenticator_data_are_bytes),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
