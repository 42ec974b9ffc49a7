#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/totp.h"

static const char s_secret[] = "12345678901234567890";
#define SECRET_SIZE (sizeof s_secret - 1)

/* RFC 4226, appendix D. */
static void hotp_gives_the_vectors_of_rfc_4226(void **state)
{
    (void)state;
    static const uint32_t want[] = {755224, 287082, 359152, 969429, 338314,
                                    254676, 287922, 162583, 399871, 520489};
    for (uint64_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_int_equal(sb_hotp(s_secret, SECRET_SIZE, i, 6), want[i]);
    }
    /* The same table gives the truncated values in full: 1284755224, 1094287082. */
    assert_int_equal(sb_hotp(s_secret, SECRET_SIZE, 0, 8), 84755224);
    assert_int_equal(sb_hotp(s_secret, SECRET_SIZE, 1, 7), 4287082);
}

/* RFC 6238, appendix B, SHA-1. */
static void totp_gives_the_vectors_of_rfc_6238(void **state)
{
    (void)state;
    static const struct {
        int64_t now_s;
        uint32_t code8;
        const char *code6;
    } rows[] = {
        {59,          94287082, "287082"},
        {1111111109,  7081804,  "081804"},
        {1111111111,  14050471, "050471"},
        {1234567890,  89005924, "005924"},
        {2000000000,  69279037, "279037"},
        {20000000000, 65353130, "353130"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int64_t step = sb_totp_step(rows[i].now_s);
        assert_int_equal(sb_hotp(s_secret, SECRET_SIZE, (uint64_t)step, 8), rows[i].code8);
        char code[SB_TOTP_DIGITS + 1];
        sb_totp_code(s_secret, SECRET_SIZE, step, code);
        assert_string_equal(code, rows[i].code6);
        int64_t found = -1;
        assert_true(
            sb_totp_verify(s_secret, SECRET_SIZE, rows[i].code6, rows[i].now_s, -1, &found));
        assert_int_equal(found, step);
    }
}

/* Codes of the steps 0..9 are those of RFC 4226; step 5 is 254676 and lasts from 150 s to 179 s. */
static void verify_takes_one_step_of_drift_and_nothing_twice(void **state)
{
    (void)state;
    static const struct {
        const char *name, *code;
        int64_t now_s, last_step, want; /* want -1: refused */
    } rows[] = {
        {"now",                          "254676",                   150, -1, 5 },
        {"last second of its step",      "254676",                   179, -1, 5 },
        {"one step late",                "254676",                   180, -1, 5 },
        {"one step late, last second",   "254676",                   209, -1, 5 },
        {"two steps late",               "254676",                   210, -1, -1},
        {"one step early",               "254676",                   149, -1, 5 },
        {"one step early, first second", "254676",                   120, -1, 5 },
        {"two steps early",              "254676",                   119, -1, -1},
        {"used already",                 "254676",                   150, 5,  -1},
        {"older than one that was used", "254676",                   180, 6,  -1},
        {"later than one that was used", "254676",                   150, 4,  5 },
        {"the epoch",                    "755224",                   0,   -1, 0 },
        {"the epoch, one step early",    "287082",                   0,   -1, 1 },
        {"before the epoch",             "755224",                   -5,  -1, 0 },
        {"a wrong digit",                "254677",                   150, -1, -1},
        {"blank inside",                 "254 676",                  150, -1, 5 },
        {"blanks around",                "  254676\t",               150, -1, 5 },
        {"blanks everywhere",            " 2 5 4 6 7 6 ",            150, -1, 5 },
        {"five digits",                  "25467",                    150, -1, -1},
        {"seven digits",                 "2546760",                  150, -1, -1},
        {"seven digits, zero first",     "0254676",                  150, -1, -1},
        {"empty",                        "",                         150, -1, -1},
        {"blanks only",                  "      ",                   150, -1, -1},
        {"a letter",                     "25467x",                   150, -1, -1},
        {"a word after it",              "254676 please",            150, -1, -1},
        {"a minus",                      "-254676",                  150, -1, -1},
        {"full-width digits",            "\xef\xbc\x92\xef\xbc\x95", 150, -1, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t step = -1;
        const bool got = sb_totp_verify(s_secret, SECRET_SIZE, rows[i].code, rows[i].now_s,
                                        rows[i].last_step, &step);
        if (got != (rows[i].want >= 0) || (got && step != rows[i].want)) {
            fail_msg("%s: got %d step %lld", rows[i].name, got, (long long)step);
        }
    }
}

/* A secret whose codes of two steps within one window are alike: the later step is taken, else the
 * same digits would serve a second time. */
static void a_code_of_two_steps_counts_as_the_later(void **state)
{
    (void)state;
    int64_t step = -1;
    char code[SB_TOTP_DIGITS + 1];
    char other[SB_TOTP_DIGITS + 1];
    int64_t at = 0;
    do {
        at++;
        sb_totp_code(s_secret, SECRET_SIZE, at, code);
        sb_totp_code(s_secret, SECRET_SIZE, at + 2, other);
        assert_true(at < 20000000);
    } while (strcmp(code, other) != 0);
    const int64_t now_s = (at + 1) * SB_TOTP_STEP_S;
    assert_true(sb_totp_verify(s_secret, SECRET_SIZE, code, now_s, -1, &step));
    assert_int_equal(step, at + 2);
    assert_false(sb_totp_verify(s_secret, SECRET_SIZE, code, now_s, step, &step));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hotp_gives_the_vectors_of_rfc_4226),
        cmocka_unit_test(totp_gives_the_vectors_of_rfc_6238),
        cmocka_unit_test(verify_takes_one_step_of_drift_and_nothing_twice),
        cmocka_unit_test(a_code_of_two_steps_counts_as_the_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
