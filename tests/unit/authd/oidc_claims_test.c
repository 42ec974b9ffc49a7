/* oidc_claims_test.c: one good set of claims, and each way in which it may differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lib/json.h"
#include "services/authd/oidc_claims.h"

#define NOW_S 1800000000

static const char s_good[] =
    "{\"iss\":\"https://id.example.com\",\"aud\":\"us\",\"sub\":\"1\",\"exp\":1800000300,"
    "\"iat\":1799999999.5,\"nonce\":\"n\",\"auth_time\":1799999990,\"acr\":\"b\","
    "\"amr\":[\"pwd\",\"otp\",\"mfa\"],\"preferred_username\":\"Alice@example.com\","
    "\"email\":\"alice@example.com\"}";

static char s_a[] = "a", s_b[] = "b", s_mfa[] = "mfa", s_otp[] = "otp";
static char *const s_acr[] = {s_a, s_b, NULL};
static char *const s_amr[] = {s_mfa, s_otp, NULL};
static char *const s_none[] = {NULL};

static oidc_want_t s_want(void)
{
    return (oidc_want_t){
        .issuer = "https://id.example.com",
        .client_id = "us",
        .nonce = "n",
        .claim = "preferred_username",
        .name = "alice@example.com",
        .acr = s_acr,
        .amr = s_amr,
        .asked_s = NOW_S - 60,
        .max_age_s = 300,
        .now_s = NOW_S,
    };
}

/* value NULL: the member is away. */
static oidc_verdict_t s_judge(const oidc_want_t *want, const char *member, const char *value)
{
    sb_err_t err = {0};
    cJSON *claims = cJSON_Parse(s_good);
    assert_non_null(claims);
    if (member) {
        cJSON_DeleteItemFromObjectCaseSensitive(claims, member);
    }
    if (value) {
        cJSON *item = cJSON_Parse(value);
        assert_non_null(item);
        sb_json_add(claims, member, item);
    }
    const oidc_verdict_t verdict = oidc_judge(claims, want, &err);
    assert_true(verdict == OIDC_PROVEN || err.text[0]);
    cJSON_Delete(claims);
    return verdict;
}

static void every_claim_counts(void **state)
{
    (void)state;
    static const struct {
        const char *member, *value;
        oidc_verdict_t want;
    } rows[] = {
        {NULL,                 NULL,                            OIDC_PROVEN },
        {"iss",                NULL,                            OIDC_BROKEN },
        {"iss",                "\"https://id.example.com/\"",   OIDC_BROKEN },
        {"iss",                "[\"https://id.example.com\"]",  OIDC_BROKEN },
        {"aud",                NULL,                            OIDC_BROKEN },
        {"aud",                "[\"us\"]",                      OIDC_PROVEN },
        {"aud",                "[\"us\",\"them\"]",             OIDC_BROKEN },
        {"aud",                "[]",                            OIDC_BROKEN },
        {"aud",                "\"them\"",                      OIDC_BROKEN },
        {"azp",                "\"us\"",                        OIDC_PROVEN },
        {"azp",                "\"them\"",                      OIDC_BROKEN },
        {"azp",                "null",                          OIDC_BROKEN },
        {"sub",                NULL,                            OIDC_BROKEN },
        {"sub",                "\"\"",                          OIDC_BROKEN },
        {"exp",                NULL,                            OIDC_BROKEN },
        {"exp",                "\"1800000300\"",                OIDC_BROKEN },
        {"exp",                "1799999971",                    OIDC_PROVEN }, /* the leeway */
        {"exp",                "1799999970",                    OIDC_BROKEN },
        {"exp",                "-1",                            OIDC_BROKEN },
        {"exp",                "1e300",                         OIDC_BROKEN },
        {"iat",                NULL,                            OIDC_BROKEN },
        {"iat",                "1800000030",                    OIDC_PROVEN },
        {"iat",                "1800000031",                    OIDC_BROKEN },
        {"nbf",                "1800000030",                    OIDC_PROVEN },
        {"nbf",                "1800000031",                    OIDC_BROKEN },
        {"nbf",                "\"now\"",                       OIDC_BROKEN },
        {"nonce",              NULL,                            OIDC_BROKEN },
        {"nonce",              "\"N\"",                         OIDC_STRANGE},
        {"preferred_username", NULL,                            OIDC_BROKEN },
        {"preferred_username", "7",                             OIDC_BROKEN },
        {"preferred_username", "\"alice\"",                     OIDC_STRANGE},
        {"preferred_username", "\"alice@example.com.evil\"",    OIDC_STRANGE},
        {"auth_time",          NULL,                            OIDC_WEAK   },
        {"auth_time",          "\"now\"",                       OIDC_WEAK   },
        {"auth_time",          "1799999910",                    OIDC_PROVEN }, /* the leeway */
        {"auth_time",          "1799999909",                    OIDC_WEAK   },
        {"auth_time",          "1800000031",                    OIDC_WEAK   },
        {"acr",                NULL,                            OIDC_WEAK   },
        {"acr",                "\"a\"",                         OIDC_PROVEN },
        {"acr",                "\"\"",                          OIDC_WEAK   },
        {"acr",                "[\"a\"]",                       OIDC_WEAK   },
        {"amr",                NULL,                            OIDC_WEAK   },
        {"amr",                "\"mfa\"",                       OIDC_WEAK   },
        {"amr",                "[\"mfa\"]",                     OIDC_WEAK   },
        {"amr",                "{\"x\":\"mfa\",\"y\":\"otp\"}", OIDC_WEAK   },
    };
    const oidc_want_t want = s_want();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const oidc_verdict_t got = s_judge(&want, rows[i].member, rows[i].value);
        if (got != rows[i].want) {
            fail_msg("%s %s: %d", rows[i].member, rows[i].value ? rows[i].value : "away", got);
        }
    }
}

static void what_is_not_wanted_may_be_away(void **state)
{
    (void)state;
    oidc_want_t want = s_want();
    want.acr = s_none;
    want.amr = s_none;
    assert_int_equal(s_judge(&want, "acr", NULL), OIDC_PROVEN);
    assert_int_equal(s_judge(&want, "amr", NULL), OIDC_PROVEN);
}

static void a_sign_in_ages(void **state)
{
    (void)state;
    oidc_want_t want = s_want();
    want.asked_s = NOW_S - 3600;
    assert_int_equal(s_judge(&want, "auth_time", "1799999670"), OIDC_PROVEN);
    assert_int_equal(s_judge(&want, "auth_time", "1799999669"), OIDC_WEAK);
}

static void an_address_must_be_verified(void **state)
{
    (void)state;
    oidc_want_t want = s_want();
    want.claim = "email";
    assert_int_equal(s_judge(&want, "email_verified", NULL), OIDC_BROKEN);
    assert_int_equal(s_judge(&want, "email_verified", "false"), OIDC_BROKEN);
    assert_int_equal(s_judge(&want, "email_verified", "\"true\""), OIDC_BROKEN);
    assert_int_equal(s_judge(&want, "email_verified", "true"), OIDC_PROVEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_claim_counts),
        cmocka_unit_test(what_is_not_wanted_may_be_away),
        cmocka_unit_test(a_sign_in_ages),
        cmocka_unit_test(an_address_must_be_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
