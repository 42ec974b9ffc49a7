#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/cose.h"
#include "tests/support/webauthn/soft_passkey.h"

#define BYTES(text) ((sb_bytes_t){(const uint8_t *)(text), sizeof(text) - 1})
#define EIGHT "\1\2\3\4\5\6\7\10"
#define X32 EIGHT EIGHT EIGHT EIGHT

/* The generator of P-256 (FIPS 186-4, D.1.2.3): a point that is on the curve for sure. */
#define GX                                                                                         \
    "\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2"                             \
    "\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96"
#define GY                                                                                         \
    "\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16"                             \
    "\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"

static void keys(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        sb_bytes_t in;
        int want;
    } rows[] = {
        {"ES256",                     BYTES("\xa5\1\2\3\x26\x20\1\x21\x58\x20" GX "\x22\x58\x20" GY),        SB_OK      },
        {"another order",             BYTES("\xa5\x22\x58\x20" GY "\x21\x58\x20" GX "\x20\1\3\x26\1\2"),     SB_OK      },
        {"EdDSA",                     BYTES("\xa4\1\1\3\x27\x20\6\x21\x58\x20" X32),                         SB_OK      },
        {"ES384",                     BYTES("\xa5\1\2\3\x38\x22\x20\2\x21\x41\1\x22\x41\1"),                 SB_EUNKNOWN},
        {"RS256",                     BYTES("\xa4\1\3\3\x39\1\0\x20\x41\1\x21\x43\1\0\1"),                   SB_EUNKNOWN},
        {"Ed25519 by its own number", BYTES("\xa4\1\1\3\x32\x20\6\x21\x58\x20" X32),                         SB_EUNKNOWN},
        {"EdDSA on Ed448",            BYTES("\xa4\1\1\3\x27\x20\7\x21\x58\x20" X32),                         SB_EUNKNOWN},
        {"EdDSA on no curve",         BYTES("\xa3\1\1\3\x27\x21\x58\x20" X32),                               SB_EINVALID},
        {"EdDSA of kind EC2",         BYTES("\xa4\1\2\3\x27\x20\6\x21\x58\x20" X32),                         SB_EINVALID},
        {"EdDSA with a y",            BYTES("\xa5\1\1\3\x27\x20\6\x21\x58\x20" X32 "\x22\x58\x20" X32),
         SB_EINVALID                                                                                                    },
        {"EdDSA of 31 bytes",         BYTES("\xa4\1\1\3\x27\x20\6\x21\x58\x1f" EIGHT EIGHT EIGHT "1234567"),
         SB_EINVALID                                                                                                    },
        {"not on the curve",          BYTES("\xa5\1\2\3\x26\x20\1\x21\x58\x20" GX "\x22\x58\x20" GX),
         SB_EINVALID                                                                                                    },
        {"ES256 on P-384",            BYTES("\xa5\1\2\3\x26\x20\2\x21\x58\x20" GX "\x22\x58\x20" GY),
         SB_EINVALID                                                                                                    },
        {"ES256 of kind OKP",         BYTES("\xa5\1\1\3\x26\x20\1\x21\x58\x20" GX "\x22\x58\x20" GY),
         SB_EINVALID                                                                                                    },
        {"the sign of y alone",       BYTES("\xa5\1\2\3\x26\x20\1\x21\x58\x20" GX "\x22\xf5"),
         SB_EINVALID                                                                                                    },
        {"y as text",                 BYTES("\xa5\1\2\3\x26\x20\1\x21\x58\x20" GX "\x22\x78\x20" GY),        SB_EINVALID},
        {"no y",                      BYTES("\xa4\1\2\3\x26\x20\1\x21\x58\x20" GX),                          SB_EINVALID},
        {"a key id too",              BYTES("\xa6\1\2\2\x41k\3\x26\x20\1\x21\x58\x20" GX "\x22\x58\x20" GY),
         SB_EINVALID                                                                                                    },
        {"a private key too",         BYTES("\xa5\1\1\3\x27\x20\6\x21\x58\x20" X32 "\x23\x58\x20" X32),
         SB_EINVALID                                                                                                    },
        {"x twice",                   BYTES("\xa5\1\1\3\x27\x20\6\x21\x58\x20" X32 "\x21\x58\x20" X32),      SB_EINVALID},
        {"no algorithm",              BYTES("\xa4\1\2\x20\1\x21\x58\x20" GX "\x22\x58\x20" GY),              SB_EINVALID},
        {"an algorithm by name",
         BYTES("\xa4\1\1\3\x65"
               "EdDSA\x20\6\x21\x58\x20" X32),
         SB_EINVALID                                                                                                    },
        {"a label by name",           BYTES("\xa5\1\1\3\x27\x20\6\x21\x58\x20" X32 "\x61k\1"),               SB_EINVALID},
        {"nine parameters",           BYTES("\xa9\1\1\2\1\3\1\4\1\5\1\6\1\7\1\x08\1\x09\1"),                 SB_EINVALID},
        {"an array",                  BYTES("\x84\1\1\3\x27"),                                               SB_EINVALID},
        {"nothing",                   {NULL, 0},                                                             SB_EINVALID},
        {"cut",                       BYTES("\xa4\1\1\3\x27\x20\6\x21\x58\x20" EIGHT),                       SB_EINVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_cbor_t cbor = sb_cbor(rows[i].in);
        sb_cose_key_t key;
        sb_err_t err = {0};
        const int got = sb_cose_key_read(&cbor, &key, &err);
        if (got != rows[i].want) {
            fail_msg("%s: %s (%s)", rows[i].name, sb_code_name(got), err.text);
        }
        assert_int_equal(cbor.at, got == SB_OK ? rows[i].in.size : 0);
    }
}

static void the_kept_form_is_the_one_of_openssl(void **state)
{
    (void)state;
    static const sb_cose_algorithm_t algorithms[] = {SB_COSE_ES256, SB_COSE_EDDSA};
    for (size_t i = 0; i < 2; i++) {
        soft_passkey_t *passkey = soft_passkey_new(algorithms[i]);
        soft_bytes_t cose = soft_passkey_cose(passkey);
        soft_bytes_add(&cose, "next", 4);
        const soft_bytes_t spki = soft_passkey_spki(passkey);
        sb_cbor_t cbor = sb_cbor(soft_bytes(&cose));
        sb_cose_key_t key;
        sb_err_t err;
        assert_int_equal(sb_cose_key_read(&cbor, &key, &err), SB_OK);
        assert_int_equal(sb_cbor_left(&cbor).size, 4);
        assert_int_equal(key.algorithm, algorithms[i]);
        assert_int_equal(key.spki_size, spki.size);
        assert_memory_equal(key.spki, spki.data, spki.size);
        soft_passkey_destroy(&passkey);
    }
}

/* A kept key that was tampered with: its head is right, its point is not on the curve. */
static void a_kept_point_off_the_curve(void **state)
{
    (void)state;
    soft_passkey_t *passkey = soft_passkey_new(SB_COSE_ES256);
    soft_bytes_t spki = soft_passkey_spki(passkey);
    spki.data[spki.size - 1] ^= 1;
    sb_err_t err;
    assert_int_equal(sb_cose_verify(SB_COSE_ES256, soft_bytes(&spki), BYTES("message"),
                                    BYTES("\x30\x06\x02\x01\x01\x02\x01\x01"), &err),
                     SB_EINVALID);
    soft_passkey_destroy(&passkey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(the_kept_form_is_the_one_of_openssl),
        cmocka_unit_test(a_kept_point_off_the_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
