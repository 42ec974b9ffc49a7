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
#define USER "user-17"
#define HERE (SOFT_PASSKEY_UP | SOFT_PASSKEY_UV)
#define NEW (HERE | SOFT_PASSKEY_AT)

static const char *const s_origins[] = {"https://other.example.org:8443", ORIGIN};
static const sb_webauthn_party_t s_party = {RP_ID, s_origins, 2};

static sb_bytes_t s_text(const char *text)
{
    return (sb_bytes_t){(const uint8_t *)text, strlen(text)};
}

/* An assertion with all that it is judged by; every part may be spoiled. */
typedef struct {
    soft_passkey_t *passkey;
    soft_bytes_t client_data, auth_data, signature, spki;
    int64_t algorithm;
    sb_bytes_t kept_id, sent_id, kept_user, sent_user;
    uint32_t kept_count;
    bool kept_eligible;
    sb_webauthn_news_t news;
    sb_err_t err;
} scene_t;

static const sb_webauthn_news_t s_no_news = {4242, true};

static void s_sign(scene_t *scene)
{
    scene->signature = soft_passkey_sign(scene->passkey, soft_bytes(&scene->auth_data),
                                         soft_bytes(&scene->client_data));
}

/* All is well in it. */
static scene_t s_scene(sb_cose_algorithm_t algorithm)
{
    scene_t scene = {
        .passkey = soft_passkey_new(algorithm),
        .algorithm = algorithm,
        .kept_id = {(const uint8_t *)SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE},
        .sent_id = {(const uint8_t *)SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE},
        .kept_user = s_text(USER),
        .sent_user = s_text(USER),
        .kept_count = 6,
        .client_data = soft_passkey_client_data(SB_WEBAUTHN_GET, s_text(CHALLENGE), ORIGIN),
        .news = s_no_news,
    };
    scene.spki = soft_passkey_spki(scene.passkey);
    scene.auth_data = soft_passkey_auth_data(scene.passkey, RP_ID, HERE, 7);
    s_sign(&scene);
    return scene;
}

static sb_webauthn_result_t s_judge(scene_t *scene)
{
    const sb_webauthn_credential_t credential = {
        .id = scene->kept_id,
        .user_handle = scene->kept_user,
        .algorithm = scene->algorithm,
        .spki = soft_bytes(&scene->spki),
        .sign_count = scene->kept_count,
        .backup_eligible = scene->kept_eligible,
    };
    const sb_webauthn_assertion_t assertion = {
        .credential_id = scene->sent_id,
        .client_data = soft_bytes(&scene->client_data),
        .auth_data = soft_bytes(&scene->auth_data),
        .signature = soft_bytes(&scene->signature),
        .user_handle = scene->sent_user,
    };
    return sb_webauthn_verify_assertion(&s_party, s_text(CHALLENGE), &credential, &assertion,
                                        &scene->news, &scene->err);
}

static void s_client_data(scene_t *scene, const char *type, const char *challenge,
                          const char *origin)
{
    scene->client_data = soft_passkey_client_data(type, s_text(challenge), origin);
    s_sign(scene);
}

static void s_auth_data(scene_t *scene, const char *rp_id, uint8_t flags, uint32_t count)
{
    scene->auth_data = soft_passkey_auth_data(scene->passkey, rp_id, flags, count);
    s_sign(scene);
}

/* Each of these makes one thing otherwise, and signs anew if it is under the signature. */

static void s_nothing(scene_t *scene)
{
    (void)scene;
}

static void s_no_user_handle(scene_t *scene)
{
    scene->sent_user = (sb_bytes_t){NULL, 0};
}

static void s_first_origin(scene_t *scene)
{
    s_client_data(scene, SB_WEBAUTHN_GET, CHALLENGE, s_origins[0]);
}

static void s_no_counter(scene_t *scene)
{
    s_auth_data(scene, RP_ID, HERE, 0);
    scene->kept_count = 0;
}

static void s_first_count(scene_t *scene)
{
    scene->kept_count = 0;
}

static void s_high_count(scene_t *scene)
{
    s_auth_data(scene, RP_ID, HERE, UINT32_MAX);
    scene->kept_count = UINT32_MAX - 1;
}

static void s_backed_up(scene_t *scene)
{
    s_auth_data(scene, RP_ID, HERE | SOFT_PASSKEY_BE | SOFT_PASSKEY_BS, 7);
    scene->kept_eligible = true;
}

static void s_may_be_backed_up(scene_t *scene)
{
    s_auth_data(scene, RP_ID, HERE | SOFT_PASSKEY_BE, 7);
    scene->kept_eligible = true;
}

static void s_extensions(scene_t *scene)
{
    scene->auth_data = soft_passkey_auth_data(scene->passkey, RP_ID, HERE | SOFT_PASSKEY_ED, 7);
    soft_bytes_add(&scene->auth_data, "\xa1\x63uvm\x81\x83\x02\x04\x02", 10);
    s_sign(scene);
}

static void s_unknown_member(scene_t *scene)
{
    scene->client_data.size--; /* the brace */
    static const char more[] = ",\"other_keys_can_be_added_here\":\"do not compare\"}";
    soft_bytes_add(&scene->client_data, more, sizeof more - 1);
    s_sign(scene);
}

static void s_other_credential(scene_t *scene)
{
    scene->sent_id = s_text("a credential's id, of 32 bytes.,");
}

static void s_longer_credential(scene_t *scene)
{
    scene->sent_id = s_text("a credential's id, of 32 bytes..!");
}

static void s_no_credential(scene_t *scene)
{
    scene->kept_id = scene->sent_id = (sb_bytes_t){NULL, 0};
}

static void s_other_user(scene_t *scene)
{
    scene->sent_user = s_text("user-18");
}

static void s_longer_user(scene_t *scene)
{
    scene->sent_user = s_text("user-171");
}

static void s_other_type(scene_t *scene)
{
    s_client_data(scene, SB_WEBAUTHN_CREATE, CHALLENGE, ORIGIN);
}

static void s_other_challenge(scene_t *scene)
{
    s_client_data(scene, SB_WEBAUTHN_GET, "sixteen at least, of random bytez", ORIGIN);
}

static void s_other_origin(scene_t *scene)
{
    s_client_data(scene, SB_WEBAUTHN_GET, CHALLENGE, "https://bot.example.org.evil.example");
}

static void s_no_client_data(scene_t *scene)
{
    scene->client_data.size = 0;
    s_sign(scene);
}

static void s_other_party(scene_t *scene)
{
    s_auth_data(scene, "example.org", HERE, 7);
}

static void s_not_present(scene_t *scene)
{
    s_auth_data(scene, RP_ID, SOFT_PASSKEY_UV, 7);
}

static void s_not_verified(scene_t *scene)
{
    s_auth_data(scene, RP_ID, SOFT_PASSKEY_UP, 7);
}

static void s_backup_flags(scene_t *scene)
{
    s_auth_data(scene, RP_ID, HERE | SOFT_PASSKEY_BS, 7);
}

static void s_now_eligible(scene_t *scene)
{
    s_auth_data(scene, RP_ID, HERE | SOFT_PASSKEY_BE, 7);
}

static void s_no_more_eligible(scene_t *scene)
{
    scene->kept_eligible = true;
}

static void s_new_credential(scene_t *scene)
{
    s_auth_data(scene, RP_ID, NEW, 7);
}

static void s_byte_more(scene_t *scene)
{
    soft_bytes_add(&scene->auth_data, "", 1);
    s_sign(scene);
}

static void s_byte_less(scene_t *scene)
{
    scene->auth_data.size--;
    s_sign(scene);
}

static void s_no_auth_data(scene_t *scene)
{
    scene->auth_data.size = 0;
    s_sign(scene);
}

static void s_no_signature(scene_t *scene)
{
    scene->signature.size = 0;
}

static void s_signature_and_a_byte(scene_t *scene)
{
    soft_bytes_add(&scene->signature, "", 1);
}

static void s_signature_cut(scene_t *scene)
{
    scene->signature.size--;
}

static void s_other_key(scene_t *scene)
{
    soft_passkey_t *other = soft_passkey_new((sb_cose_algorithm_t)scene->algorithm);
    scene->spki = soft_passkey_spki(other);
    soft_passkey_destroy(&other);
}

static void s_key_of_other_algorithm(scene_t *scene)
{
    scene->algorithm = scene->algorithm == SB_COSE_ES256 ? SB_COSE_EDDSA : SB_COSE_ES256;
}

static void s_key_cut(scene_t *scene)
{
    scene->spki.size--;
}

static void s_key_and_a_byte(scene_t *scene)
{
    soft_bytes_add(&scene->spki, "", 1);
}

static void s_no_algorithm_of_ours(scene_t *scene)
{
    scene->algorithm = -257; /* RS256 */
}

static void s_count_stands(scene_t *scene)
{
    scene->kept_count = 7;
}

static void s_count_falls(scene_t *scene)
{
    scene->kept_count = UINT32_MAX;
}

static void s_count_is_gone(scene_t *scene)
{
    s_auth_data(scene, RP_ID, HERE, 0);
}

/* A copy that also signs wrongly is no more than a wrong signature. */
static void s_count_falls_unsigned(scene_t *scene)
{
    scene->kept_count = 8;
    scene->signature.data[scene->signature.size - 1] ^= 1;
}

static const struct {
    const char *name;
    void (*change)(scene_t *scene);
    sb_webauthn_result_t want;
} s_rows[] = {
    {"all is well",                   s_nothing,                SB_WEBAUTHN_VERIFIED             },
    {"no user handle",                s_no_user_handle,         SB_WEBAUTHN_VERIFIED             },
    {"another origin of ours",        s_first_origin,           SB_WEBAUTHN_VERIFIED             },
    {"it has no counter",             s_no_counter,             SB_WEBAUTHN_VERIFIED             },
    {"its counter begins",            s_first_count,            SB_WEBAUTHN_VERIFIED             },
    {"the last count",                s_high_count,             SB_WEBAUTHN_VERIFIED             },
    {"backed up",                     s_backed_up,              SB_WEBAUTHN_VERIFIED             },
    {"may be backed up",              s_may_be_backed_up,       SB_WEBAUTHN_VERIFIED             },
    {"outputs of an extension",       s_extensions,             SB_WEBAUTHN_VERIFIED             },
    {"an unknown member",             s_unknown_member,         SB_WEBAUTHN_VERIFIED             },
    {"another credential",            s_other_credential,       SB_WEBAUTHN_OTHER_CREDENTIAL     },
    {"a longer credential id",        s_longer_credential,      SB_WEBAUTHN_OTHER_CREDENTIAL     },
    {"no credential id at all",       s_no_credential,          SB_WEBAUTHN_OTHER_CREDENTIAL     },
    {"another user",                  s_other_user,             SB_WEBAUTHN_OTHER_USER           },
    {"a longer user handle",          s_longer_user,            SB_WEBAUTHN_OTHER_USER           },
    {"made at registration",          s_other_type,             SB_WEBAUTHN_WRONG_TYPE           },
    {"another challenge",             s_other_challenge,        SB_WEBAUTHN_WRONG_CHALLENGE      },
    {"another origin",                s_other_origin,           SB_WEBAUTHN_WRONG_ORIGIN         },
    {"no client data",                s_no_client_data,         SB_WEBAUTHN_BAD_CLIENT_DATA      },
    {"another relying party",         s_other_party,            SB_WEBAUTHN_WRONG_PARTY          },
    {"nobody is there",               s_not_present,            SB_WEBAUTHN_NOT_PRESENT          },
    {"nobody is verified",            s_not_verified,           SB_WEBAUTHN_NOT_VERIFIED         },
    {"backed up, and can't be",       s_backup_flags,           SB_WEBAUTHN_BACKUP_FLAGS         },
    {"could not be backed up before", s_now_eligible,           SB_WEBAUTHN_BACKUP_CHANGED       },
    {"could be backed up before",     s_no_more_eligible,       SB_WEBAUTHN_BACKUP_CHANGED       },
    {"a new credential",              s_new_credential,         SB_WEBAUTHN_BAD_AUTH_DATA        },
    {"a byte more",                   s_byte_more,              SB_WEBAUTHN_BAD_AUTH_DATA        },
    {"a byte less",                   s_byte_less,              SB_WEBAUTHN_BAD_AUTH_DATA        },
    {"no authenticator data",         s_no_auth_data,           SB_WEBAUTHN_BAD_AUTH_DATA        },
    {"no signature",                  s_no_signature,           SB_WEBAUTHN_BAD_SIGNATURE        },
    {"a byte after the signature",    s_signature_and_a_byte,   SB_WEBAUTHN_BAD_SIGNATURE        },
    {"a signature cut",               s_signature_cut,          SB_WEBAUTHN_BAD_SIGNATURE        },
    {"another key",                   s_other_key,              SB_WEBAUTHN_BAD_SIGNATURE        },
    {"a key of another algorithm",    s_key_of_other_algorithm, SB_WEBAUTHN_BAD_KEPT_KEY         },
    {"a key cut",                     s_key_cut,                SB_WEBAUTHN_BAD_KEPT_KEY         },
    {"a byte after the key",          s_key_and_a_byte,         SB_WEBAUTHN_BAD_KEPT_KEY         },
    {"no algorithm of ours",          s_no_algorithm_of_ours,   SB_WEBAUTHN_UNSUPPORTED_ALGORITHM},
    {"the counter stands",            s_count_stands,           SB_WEBAUTHN_COUNTER_REGRESSED    },
    {"the counter falls",             s_count_falls,            SB_WEBAUTHN_COUNTER_REGRESSED    },
    {"the counter is gone",           s_count_is_gone,          SB_WEBAUTHN_COUNTER_REGRESSED    },
    {"it falls without a signature",  s_count_falls_unsigned,   SB_WEBAUTHN_BAD_SIGNATURE        },
};

static void s_check_row(size_t i, sb_cose_algorithm_t algorithm)
{
    scene_t scene = s_scene(algorithm);
    s_rows[i].change(&scene);
    const sb_webauthn_result_t got = s_judge(&scene);
    if (got != s_rows[i].want) {
        fail_msg("%s, %d: %s (%s)", s_rows[i].name, (int)algorithm, sb_webauthn_result_name(got),
                 scene.err.text);
    }
    const bool signature_good = got == SB_WEBAUTHN_VERIFIED || got == SB_WEBAUTHN_COUNTER_REGRESSED;
    if (signature_good) {
        const uint8_t *count = scene.auth_data.data + 33;
        assert_int_equal(scene.news.sign_count, (uint32_t)count[0] << 24 |
                                                    (uint32_t)count[1] << 16 |
                                                    (uint32_t)count[2] << 8 | count[3]);
        assert_int_equal(scene.news.backed_up, (scene.auth_data.data[32] & SOFT_PASSKEY_BS) != 0);
    } else {
        assert_int_equal(scene.news.sign_count, s_no_news.sign_count);
    }
    if (got != SB_WEBAUTHN_VERIFIED && (scene.err.code >= 0 || !scene.err.text[0])) {
        fail_msg("%s: it does not say why", s_rows[i].name);
    }
    soft_passkey_destroy(&scene.passkey);
}

static void each_check_of_an_assertion(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        s_check_row(i, SB_COSE_ES256);
        s_check_row(i, SB_COSE_EDDSA);
    }
}

static void s_flip_each_bit(scene_t *scene, soft_bytes_t *part, const char *name)
{
    for (size_t bit = 0; bit < part->size * 8; bit++) {
        part->data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (s_judge(scene) == SB_WEBAUTHN_VERIFIED) {
            fail_msg("%s, bit %zu flipped: it was approved", name, bit);
        }
        part->data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(s_judge(scene), SB_WEBAUTHN_VERIFIED);
}

static void no_bit_may_be_another(void **state)
{
    (void)state;
    static const sb_cose_algorithm_t algorithms[] = {SB_COSE_ES256, SB_COSE_EDDSA};
    for (size_t i = 0; i < 2; i++) {
        scene_t scene = s_scene(algorithms[i]);
        s_flip_each_bit(&scene, &scene.signature, "signature");
        s_flip_each_bit(&scene, &scene.client_data, "client data");
        s_flip_each_bit(&scene, &scene.auth_data, "authenticator data");
        s_flip_each_bit(&scene, &scene.spki, "kept key");
        soft_passkey_destroy(&scene.passkey);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_check_of_an_assertion),
        cmocka_unit_test(no_bit_may_be_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
