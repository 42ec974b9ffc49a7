#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/cbor.h"

/* A literal as bytes; the NUL at its end is not part of it. */
#define BYTES(text) ((sb_bytes_t){(const uint8_t *)(text), sizeof(text) - 1})

/* Examples of RFC 8949, appendix A. */
static void items(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        sb_bytes_t in;
        sb_cbor_kind_t kind;
        uint64_t number;
        const char *text;
    } rows[] = {
        {"0",            BYTES("\x00"),                                 SB_CBOR_UINT,  0,          NULL              },
        {"23",           BYTES("\x17"),                                 SB_CBOR_UINT,  23,         NULL              },
        {"24",           BYTES("\x18\x18"),                             SB_CBOR_UINT,  24,         NULL              },
        {"1000",         BYTES("\x19\x03\xe8"),                         SB_CBOR_UINT,  1000,       NULL              },
        {"1000000",      BYTES("\x1a\x00\x0f\x42\x40"),                 SB_CBOR_UINT,  1000000,    NULL              },
        {"2^64-1",       BYTES("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), SB_CBOR_UINT,  UINT64_MAX, NULL              },
        {"-1",           BYTES("\x20"),                                 SB_CBOR_NINT,  0,          NULL              },
        {"-100",         BYTES("\x38\x63"),                             SB_CBOR_NINT,  99,         NULL              },
        {"-1000",        BYTES("\x39\x03\xe7"),                         SB_CBOR_NINT,  999,        NULL              },
        {"-2^32",        BYTES("\x3a\xff\xff\xff\xff"),                 SB_CBOR_NINT,  UINT32_MAX, NULL              },
        {"-2^64",        BYTES("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"), SB_CBOR_NINT,  UINT64_MAX, NULL              },
        {"no bytes",     BYTES("\x40"),                                 SB_CBOR_BYTES, 0,          ""                },
        {"bytes",        BYTES("\x44\x01\x02\x03\x04"),                 SB_CBOR_BYTES, 0,          "\x01\x02\x03\x04"},
        {"text",         BYTES("\x64IETF"),                             SB_CBOR_TEXT,  0,          "IETF"            },
        {"long head",    BYTES("\x79\x00\x04IETF"),                     SB_CBOR_TEXT,  0,          "IETF"            },
        {"empty array",  BYTES("\x80"),                                 SB_CBOR_ARRAY, 0,          NULL              },
        {"array's head", BYTES("\x83\x01\x02\x03"),                     SB_CBOR_ARRAY, 3,          NULL              },
        {"map's head",   BYTES("\xa2\x01\x02\x03\x04"),                 SB_CBOR_MAP,   2,          NULL              },
        {"false",        BYTES("\xf4"),                                 SB_CBOR_OTHER, 0,          NULL              },
        {"null",         BYTES("\xf6"),                                 SB_CBOR_OTHER, 0,          NULL              },
        {"undefined",    BYTES("\xf7"),                                 SB_CBOR_OTHER, 0,          NULL              },
        {"1.5 of 16",    BYTES("\xf9\x3e\x00"),                         SB_CBOR_OTHER, 0,          NULL              },
        {"1e5 of 32",    BYTES("\xfa\x47\xc3\x50\x00"),                 SB_CBOR_OTHER, 0,          NULL              },
        {"1.1 of 64",    BYTES("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"), SB_CBOR_OTHER, 0,          NULL              },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_cbor_t cbor = sb_cbor(rows[i].in);
        sb_cbor_item_t item;
        sb_err_t err;
        if (sb_cbor_next(&cbor, &item, &err) != SB_OK) {
            fail_msg("%s: %s", rows[i].name, err.text);
        }
        if (item.kind != rows[i].kind || item.number != rows[i].number) {
            fail_msg("%s: kind %d, number %llu", rows[i].name, (int)item.kind,
                     (unsigned long long)item.number);
        }
        if (rows[i].text) {
            assert_int_equal(item.bytes.size, strlen(rows[i].text));
            assert_memory_equal(item.bytes.data, rows[i].text, item.bytes.size);
        }
    }
}

static void whole_numbers(void **state)
{
    (void)state;
    static const struct {
        sb_bytes_t in;
        bool whole;
        int64_t want;
    } rows[] = {
        {BYTES("\x0a"),                                 true,  10       },
        {BYTES("\x26"),                                 true,  -7       },
        {BYTES("\x39\x01\x00"),                         true,  -257     },
        {BYTES("\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"), true,  INT64_MAX},
        {BYTES("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"), true,  INT64_MIN},
        {BYTES("\x1b\x80\x00\x00\x00\x00\x00\x00\x00"), false, 0        },
        {BYTES("\x3b\x80\x00\x00\x00\x00\x00\x00\x00"), false, 0        },
        {BYTES("\x61\x37"),                             false, 0        },
        {BYTES("\xf5"),                                 false, 0        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_cbor_t cbor = sb_cbor(rows[i].in);
        sb_cbor_item_t item;
        sb_err_t err;
        int64_t got = 0;
        assert_int_equal(sb_cbor_next(&cbor, &item, &err), SB_OK);
        assert_int_equal(sb_cbor_int(&item, &got), rows[i].whole);
        assert_true(got == rows[i].want);
    }
}

static void what_is_not_taken(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        sb_bytes_t in;
    } rows[] = {
        {"nothing",                {NULL, 0}                                                },
        {"a head cut",             BYTES("\x19\x03")                                        },
        {"bytes cut",              BYTES("\x44\x01\x02\x03")                                },
        {"2^64-1 bytes",           BYTES("\x5b\xff\xff\xff\xff\xff\xff\xff\xff")            },
        {"2^63 of text",           BYTES("\x7b\x80\x00\x00\x00\x00\x00\x00\x00")            },
        {"an array cut",           BYTES("\x82\x01")                                        },
        {"2^64-1 elements",        BYTES("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x00")        },
        {"a map cut",              BYTES("\xa2\x01\x02\x03")                                },
        {"2^63 pairs",             BYTES("\xbb\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
        {"a tag",                  BYTES("\xc1\x1a\x51\x4b\x67\xb0")                        },
        {"bytes without a length", BYTES("\x5f\x41\x01\xff")                                },
        {"text without a length",  BYTES("\x7f\x61\x61\xff")                                },
        {"an array without one",   BYTES("\x9f\x01\xff")                                    },
        {"a map without one",      BYTES("\xbf\x01\x02\xff")                                },
        {"a break",                BYTES("\xff")                                            },
        {"a reserved length",      BYTES("\x1c\x00")                                        },
        {"a simple value unknown", BYTES("\xf8\xff")                                        },
        {"a float cut",            BYTES("\xfb\x3f\xf1")                                    },
        {"nine arrays",            BYTES("\x81\x81\x81\x81\x81\x81\x81\x81\x80")            },
        {"a tag inside",           BYTES("\x81\xc1\x00")                                    },
        {"a break inside",         BYTES("\x81\xff")                                        },
        {"inner map cut by outer", BYTES("\x82\xa1\x01\x02")                                },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_cbor_t cbor = sb_cbor(rows[i].in);
        sb_err_t err = {0};
        if (sb_cbor_skip(&cbor, &err) != SB_EINVALID || cbor.at != 0 || !err.text[0]) {
            fail_msg("%s: it was taken", rows[i].name);
        }
    }
}

static void skipping_takes_all_that_is_inside(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        sb_bytes_t in;
        size_t left;
    } rows[] = {
        {"a number",           BYTES("\x01\x02"),                                 1},
        {"an empty map",       BYTES("\xa0\xa0"),                                 1},
        {"an array of arrays", BYTES("\x83\x80\x81\x01\x82\x02\x03\xf6\xf6"),     2},
        {"a map of maps",      BYTES("\xa2\x01\xa1\x02\x03\x61\x61\x42\x01\x02"), 0},
        {"eight arrays",       BYTES("\x81\x81\x81\x81\x81\x81\x81\x80\x07"),     1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_cbor_t cbor = sb_cbor(rows[i].in);
        sb_err_t err;
        if (sb_cbor_skip(&cbor, &err) != SB_OK) {
            fail_msg("%s: %s", rows[i].name, err.text);
        }
        assert_int_equal(sb_cbor_left(&cbor).size, rows[i].left);
    }
}

static void texts_are_the_same_to_the_byte(void **state)
{
    (void)state;
    static const struct {
        sb_bytes_t in;
        bool same;
    } rows[] = {
        {BYTES("\x63"
               "fmt"),
         true },
        {BYTES("\x62"
               "fm"),
         false},
        {BYTES("\x64"
               "fmt\0"),
         false},
        {BYTES("\x63"
               "fmT"),
         false},
        {BYTES("\x43"
               "fmt"),
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_cbor_t cbor = sb_cbor(rows[i].in);
        sb_cbor_item_t item;
        sb_err_t err;
        assert_int_equal(sb_cbor_next(&cbor, &item, &err), SB_OK);
        assert_int_equal(sb_cbor_is_text(&item, "fmt"), rows[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(what_is_not_taken),
        cmocka_unit_test(skipping_takes_all_that_is_inside),
        cmocka_unit_test(texts_are_the_same_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
