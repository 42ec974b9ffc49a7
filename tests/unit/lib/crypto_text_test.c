#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"

typedef int(decode_fn)(const char *text, uint8_t **out_r, size_t *size_r, sb_err_t *err);

static void s_assert_decodes(const char *text, decode_fn *decode, const char *want)
{
    uint8_t *got = NULL;
    size_t size = 0;
    sb_err_t err;
    if (decode(text, &got, &size, &err) != SB_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    assert_int_equal(size, strlen(want));
    assert_memory_equal(got, want, size);
    free(got);
}

/* RFC 4648, section 10; base 32 without its padding. */
static void the_vectors_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *base64, *base32, *hex;
    } rows[] = {
        {"",       "",         "",           ""            },
        {"f",      "Zg==",     "MY",         "66"          },
        {"fo",     "Zm8=",     "MZXQ",       "666f"        },
        {"foo",    "Zm9v",     "MZXW6",      "666f6f"      },
        {"foob",   "Zm9vYg==", "MZXW6YQ",    "666f6f62"    },
        {"fooba",  "Zm9vYmE=", "MZXW6YTB",   "666f6f6261"  },
        {"foobar", "Zm9vYmFy", "MZXW6YTBOI", "666f6f626172"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t size = strlen(rows[i].plain);
        char hex[16];
        sb_hex(rows[i].plain, size, hex);
        assert_string_equal(hex, rows[i].hex);
        char *text = sb_base64(rows[i].plain, size);
        assert_string_equal(text, rows[i].base64);
        free(text);
        text = sb_base32(rows[i].plain, size);
        assert_string_equal(text, rows[i].base32);
        free(text);
        s_assert_decodes(rows[i].base64, sb_unbase64, rows[i].plain);
        s_assert_decodes(rows[i].base32, sb_unbase32, rows[i].plain);
    }
    s_assert_decodes("Zm9vYg", sb_unbase64url, "foob");
    char *url = sb_base64url("\xfb\xff\xbf\xfe", 4);
    assert_string_equal(url, "-_-__g");
    free(url);
    s_assert_decodes("mzxw6ytboi", sb_unbase32, "foobar");
}

static void all_bytes_come_back(void **state)
{
    (void)state;
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(255 - i);
    }
    sb_err_t err;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        uint8_t *got = NULL;
        size_t got_size = 0;
        char *text = sb_base64(bytes, size);
        assert_int_equal(sb_unbase64(text, &got, &got_size, &err), SB_OK);
        assert_int_equal(got_size, size);
        assert_memory_equal(got, bytes, size);
        free(got);
        free(text);
        text = sb_base64url(bytes, size);
        assert_int_equal(sb_unbase64url(text, &got, &got_size, &err), SB_OK);
        assert_int_equal(got_size, size);
        assert_memory_equal(got, bytes, size);
        free(got);
        free(text);
        text = sb_base32(bytes, size);
        assert_int_equal(sb_unbase32(text, &got, &got_size, &err), SB_OK);
        assert_int_equal(got_size, size);
        assert_memory_equal(got, bytes, size);
        free(got);
        free(text);
    }
}

static void what_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        decode_fn *decode;
        const char *text;
    } rows[] = {
        {"64: no padding",          sb_unbase64,    "Zg"       },
        {"64: half the padding",    sb_unbase64,    "Zg="      },
        {"64: padding alone",       sb_unbase64,    "===="     },
        {"64: three pads",          sb_unbase64,    "Z==="     },
        {"64: padding inside",      sb_unbase64,    "Zg==Zg==" },
        {"64: five characters",     sb_unbase64,    "Zm9vY"    },
        {"64: stray bits",          sb_unbase64,    "Zh=="     },
        {"64: the URL alphabet",    sb_unbase64,    "-_-_"     },
        {"64: a newline",           sb_unbase64,    "Zm9v\n"   },
        {"64: a blank",             sb_unbase64,    "Zm 9v   " },
        {"64: a high byte",         sb_unbase64,    "Zm9\xc3"  },
        {"url: padding",            sb_unbase64url, "Zg=="     },
        {"url: one character",      sb_unbase64url, "Z"        },
        {"url: five characters",    sb_unbase64url, "Zm9vY"    },
        {"url: stray bits",         sb_unbase64url, "Zh"       },
        {"url: the plain alphabet", sb_unbase64url, "+/+/"     },
        {"url: a blank",            sb_unbase64url, "Zm 9"     },
        {"32: padding",             sb_unbase32,    "MY======" },
        {"32: one character",       sb_unbase32,    "M"        },
        {"32: three characters",    sb_unbase32,    "MZX"      },
        {"32: six characters",      sb_unbase32,    "MZXW6Y"   },
        {"32: stray bits",          sb_unbase32,    "MZ"       },
        {"32: the digits 0 and 1",  sb_unbase32,    "M0M1"     },
        {"32: a blank",             sb_unbase32,    "MZXW 6YTB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t *got = NULL;
        size_t size = 0;
        sb_err_t err;
        if (rows[i].decode(rows[i].text, &got, &size, &err) != SB_EINVALID || got) {
            fail_msg("%s: it was read", rows[i].name);
        }
    }
}

static void unhex_reads_just_so_many_digits(void **state)
{
    (void)state;
    uint8_t out[2] = {0};
    sb_err_t err;
    assert_int_equal(sb_unhex("AbcDxyz", 4, out, &err), SB_OK);
    assert_int_equal(out[0], 0xab);
    assert_int_equal(out[1], 0xcd);
    assert_int_equal(sb_unhex("abc", 3, out, &err), SB_EINVALID);
    assert_int_equal(sb_unhex("a", 2, out, &err), SB_EINVALID);
    assert_int_equal(sb_unhex("", 2, out, &err), SB_EINVALID);
    assert_int_equal(sb_unhex("0x", 2, out, &err), SB_EINVALID);
    assert_int_equal(sb_unhex("@g", 2, out, &err), SB_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_4648),
        cmocka_unit_test(all_bytes_come_back),
        cmocka_unit_test(what_is_not_canonical_is_refused),
        cmocka_unit_test(unhex_reads_just_so_many_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
