#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/webauthn_auth_data.h"
#include "tests/support/webauthn/soft_passkey.h"

#define RP_ID "bot.example.org"
#define HERE (SOFT_PASSKEY_UP | SOFT_PASSKEY_UV)
#define ID_AT 53 /* the size of the credential's id: after hash, flags, counter and AAGUID */
#define PLAIN "\xa1\x63uvm\xf5"

typedef struct {
    const char *name;
    uint8_t flags;
    int id_size;    /* written over the true one unless negative */
    size_t cut;     /* bytes taken from the end */
    sb_bytes_t end; /* bytes put there */
    sb_webauthn_result_t want;
} row_t;

#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define AT (HERE | SOFT_PASSKEY_AT)
#define ED (HERE | SOFT_PASSKEY_ED)
#define ATED (AT | SOFT_PASSKEY_ED)
#define OK SB_WEBAUTHN_VERIFIED
#define BAD SB_WEBAUTHN_BAD_AUTH_DATA
#define BAD_KEY SB_WEBAUTHN_BAD_PUBLIC_KEY

static const row_t s_rows[] = {
    {"plain",                         HERE, -1,   0,   BYTES(""),                   OK                               },
    {"no flags",                      0,    -1,   0,   BYTES(""),                   OK                               },
    {"flags of tomorrow",             0x22, -1,   0,   BYTES(""),                   OK                               },
    {"a credential",                  AT,   -1,   0,   BYTES(""),                   OK                               },
    {"an extension",                  ED,   -1,   0,   BYTES(PLAIN),                OK                               },
    {"no extension, and announced",   ED,   -1,   0,   BYTES("\xa0"),               OK                               },
    {"a credential and an extension", ATED, -1,   0,   BYTES(PLAIN),                OK                               },
    {"nothing",                       HERE, -1,   37,  BYTES(""),                   BAD                              },
    {"36 bytes",                      HERE, -1,   1,   BYTES(""),                   BAD                              },
    {"38 bytes",                      HERE, -1,   0,   BYTES("\0"),                 BAD                              },
    {"an extension not announced",    HERE, -1,   0,   BYTES(PLAIN),                BAD                              },
    {"one beside a credential",       AT,   -1,   0,   BYTES(PLAIN),                BAD                              },
    {"announced and not there",       ED,   -1,   0,   BYTES(""),                   BAD                              },
    {"not there beside a credential", ATED, -1,   0,   BYTES(""),                   BAD                              },
    {"extensions in an array",        ED,   -1,   0,   BYTES("\x81\x63uvm\xf5"),    BAD                              },
    {"an extension by number",        ED,   -1,   0,   BYTES("\xa1\1\1"),           BAD                              },
    {"an extension cut",              ED,   -1,   0,   BYTES("\xa1\x63uvm"),        BAD                              },
    {"a byte after the extensions",   ED,   -1,   0,   BYTES(PLAIN "\0"),           BAD                              },
    {"a second map",                  ED,   -1,   0,   BYTES(PLAIN PLAIN),          BAD                              },
    {"extensions without a length",   ED,   -1,   0,   BYTES("\xbf\xff"),           BAD                              },
    {"a byte after the credential",   AT,   -1,   0,   BYTES("\0"),                 BAD                              },
    {"no id",                         AT,   0,    0,   BYTES(""),                   BAD                              },
    {"an id of 1024",                 AT,   1024, 0,   BYTES(""),                   BAD                              },
    {"an id longer than all",         AT,   1000, 0,   BYTES(""),                   BAD                              },
    {"an id up to the end",           AT,   109,  0,   BYTES(""),                   BAD_KEY                          },
    {"an id of a byte more",          AT,   110,  0,   BYTES(""),                   BAD                              },
    {"a key cut",                     AT,   -1,   1,   BYTES(""),                   BAD_KEY                          },
    {"no key",                        AT,   -1,   77,  BYTES(""),                   BAD_KEY                          },
    {"an id cut",                     AT,   -1,   78,  BYTES(""),                   BAD                              },
    {"a credential's head cut",       AT,   -1,   110, BYTES(""),                   BAD                              },
    {"announced, and no credential",  AT,   -1,   127, BYTES(""),                   BAD                              },
    {"RSA for a key",                 AT,   -1,   77,  BYTES("\xa2\1\3\3\x39\1\0"), SB_WEBAUTHN_UNSUPPORTED_ALGORITHM},
};

static void readings(void **state)
{
    (void)state;
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        const row_t *row = &s_rows[i];
        soft_bytes_t bytes = soft_passkey_auth_data(passkey, RP_ID, row->flags, 0x01020304);
        if (row->id_size >= 0) {
            bytes.data[ID_AT] = (uint8_t)(row->id_size >> 8);
            bytes.data[ID_AT + 1] = (uint8_t)row->id_size;
        }
        bytes.size -= row->cut;
        soft_bytes_add(&bytes, row->end.data, row->end.size);
        sb_webauthn_auth_data_t got;
        sb_err_t err = {0};
        const sb_webauthn_result_t result =
            sb_webauthn_auth_data_read(soft_bytes(&bytes), &got, &err);
        if (result != row->want) {
            fail_msg("%s: %s (%s)", row->name, sb_webauthn_result_name(result), err.text);
        }
        if (result == SB_WEBAUTHN_VERIFIED) {
            assert_int_equal(got.sign_count, 0x01020304);
            assert_int_equal(got.attested, (row->flags & SOFT_PASSKEY_AT) != 0);
        } else if (!err.text[0]) {
            fail_msg("%s: it does not say why", row->name);
        }
    }
    soft_passkey_destroy(&passkey);
}

static void what_is_read_of_a_credential(void **state)
{
    (void)state;
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_EDDSA);
    const soft_bytes_t spki = soft_passkey_spki(passkey);
    const soft_bytes_t bytes =
        soft_passkey_auth_data(passkey, RP_ID, AT | SOFT_PASSKEY_BE | SOFT_PASSKEY_BS, 3);
    sb_webauthn_auth_data_t got;
    sb_err_t err;
    assert_int_equal(sb_webauthn_auth_data_read(soft_bytes(&bytes), &got, &err), OK);
    assert_true(got.user_present && got.user_verified && got.backup_eligible && got.backed_up);
    assert_memory_equal(got.aaguid, SOFT_PASSKEY_AAGUID, SB_WEBAUTHN_AAGUID_SIZE);
    assert_int_equal(got.credential_id.size, SOFT_PASSKEY_ID_SIZE);
    assert_memory_equal(got.credential_id.data, SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE);
    assert_int_equal(got.key.algorithm, SB_COSE_EDDSA);
    assert_int_equal(got.key.spki_size, spki.size);
    assert_memory_equal(got.key.spki, spki.data, spki.size);
    soft_passkey_destroy(&passkey);
}

/* The longest whole, with the longest id in it or one longer. */
static sb_webauthn_result_t s_read_long(const soft_passkey_t *passkey, size_t id_size, size_t whole)
{
    static uint8_t bytes[SB_WEBAUTHN_AUTH_DATA_MAX + 1];
    const soft_bytes_t made = soft_passkey_auth_data(passkey, RP_ID, ATED, 0);
    const soft_bytes_t key = soft_passkey_cose(passkey);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, made.data, ID_AT);
    bytes[ID_AT] = (uint8_t)(id_size >> 8);
    bytes[ID_AT + 1] = (uint8_t)id_size;
    size_t at = ID_AT + 2 + id_size;
    memcpy(bytes + at, key.data, key.size);
    at += key.size;
    const size_t size = whole - at - 6; /* of the bytes in the extension "x" */
    const uint8_t head[] = {0xa1, 0x61, 'x', 0x59, (uint8_t)(size >> 8), (uint8_t)size};
    memcpy(bytes + at, head, sizeof head);
    sb_webauthn_auth_data_t got;
    sb_err_t err;
    return sb_webauthn_auth_data_read((sb_bytes_t){bytes, whole}, &got, &err);
}

static void limits(void **state)
{
    (void)state;
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
    const size_t id = SB_WEBAUTHN_ID_MAX;
    const size_t whole = SB_WEBAUTHN_AUTH_DATA_MAX;
    assert_int_equal(s_read_long(passkey, id, whole), OK);
    assert_int_equal(s_read_long(passkey, id + 1, whole), BAD);
    assert_int_equal(s_read_long(passkey, id, whole + 1), BAD);
    soft_passkey_destroy(&passkey);
}

static void checks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *rp_id;
        uint8_t flags;
        sb_webauthn_result_t want;
    } rows[] = {
        {"there and verified",   RP_ID,             HERE,                                     OK                      },
        {"may be backed up",     RP_ID,             HERE | SOFT_PASSKEY_BE,                   OK                      },
        {"is backed up",         RP_ID,             HERE | SOFT_PASSKEY_BE | SOFT_PASSKEY_BS, OK                      },
        {"another party",        "bot.example.com", HERE,                                     SB_WEBAUTHN_WRONG_PARTY },
        {"the parent",           "example.org",     HERE,                                     SB_WEBAUTHN_WRONG_PARTY },
        {"an origin",            "https://" RP_ID,  HERE,                                     SB_WEBAUTHN_WRONG_PARTY },
        {"not there",            RP_ID,             SOFT_PASSKEY_UV,                          SB_WEBAUTHN_NOT_PRESENT },
        {"there, not verified",  RP_ID,             SOFT_PASSKEY_UP,                          SB_WEBAUTHN_NOT_VERIFIED},
        {"backed up, and can't", RP_ID,             HERE | SOFT_PASSKEY_BS,                   SB_WEBAUTHN_BACKUP_FLAGS},
    };
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const soft_bytes_t bytes = soft_passkey_auth_data(passkey, rows[i].rp_id, rows[i].flags, 0);
        sb_webauthn_auth_data_t auth_data;
        sb_err_t err;
        assert_int_equal(sb_webauthn_auth_data_read(soft_bytes(&bytes), &auth_data, &err), OK);
        const sb_webauthn_result_t got = sb_webauthn_auth_data_check(&auth_data, RP_ID, &err);
        if (got != rows[i].want) {
            fail_msg("%s: %s", rows[i].name, sb_webauthn_result_name(got));
        }
    }
    soft_passkey_destroy(&passkey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings),
        cmocka_unit_test(what_is_read_of_a_credential),
        cmocka_unit_test(limits),
        cmocka_unit_test(checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
