/* secret_text_test.c: the forms a secret comes in. RFC 6238's is 12345678901234567890. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/botctl/secret_text.h"

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define URI "otpauth://totp/Securitybot:alice?secret=" SECRET

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
    } rows[] = {
        {"base 32",                SECRET                                                       },
        {"with a line's end",      SECRET "\n"                                                  },
        {"lower case, in groups",  " gezd gnbv gy3t qojq gezd-gnbv-gy3t-qojq \n"                },
        {"URI",                    URI "&issuer=Securitybot&algorithm=SHA1&digits=6&period=30\n"},
        {"URI, the secret last",   "otpauth://totp/x?issuer=y&period=30&secret=" SECRET         },
        {"URI, names in capitals", "OTPAUTH://TOTP/x?SECRET=" SECRET "&ALGORITHM=sha1"          },
        {"JSON",                   "{\"uri\":\"x\",\"secret\":\"" SECRET "\"}\n"                },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t *secret = NULL;
        size_t size = 0;
        sb_err_t err;
        print_message("%s\n", rows[i].name);
        assert_int_equal(secret_text_parse(rows[i].text, &secret, &size, &err), SB_OK);
        assert_int_equal(size, 20);
        assert_memory_equal(secret, "12345678901234567890", 20);
        free(secret);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"nothing",                "",                                "the secret is not of 16 to 64 bytes"       },
        {"no base 32",             "SECRET-1890!",                    "the secret is no base 32"                  },
        {"too short",              "GEZDGNBVGY3TQOJQ",                "the secret is not of 16 to 64 bytes"       },
        {"HOTP",                   "otpauth://hotp/x?secret=" SECRET, "the URI is not of the kind otpauth://totp/"},
        {"no secret",              "otpauth://totp/x?issuer=y",       "the URI holds no secret"                   },
        {"no query",               "otpauth://totp/x",                "the URI holds no secret"                   },
        {"other digits",           URI "&digits=8",                   "the URI's digits is not 6"                 },
        {"no digits",              URI "&digits=",                    "the URI's digits is not 6"                 },
        {"other period",           URI "&period=60",                  "the URI's period is not 30"                },
        {"other algorithm",        URI "&algorithm=SHA256",           "the URI's algorithm is not SHA1"           },
        {"JSON without it",        "{\"uri\":\"x\"}",                 "the JSON holds no text named secret"       },
        {"JSON with another type", "{\"secret\":5}",                  "the JSON holds no text named secret"       },
        {"no JSON",                "{\"secret\":",                    "the JSON holds no text named secret"       },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t *secret = NULL;
        size_t size = 0;
        sb_err_t err;
        print_message("%s\n", rows[i].name);
        assert_int_equal(secret_text_parse(rows[i].text, &secret, &size, &err), SB_EINVALID);
        assert_string_equal(err.text, rows[i].want);
        assert_null(strstr(err.text, "SECRET-"));
        assert_null(secret);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
