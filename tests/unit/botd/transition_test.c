/* transition_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "services/botd/transition.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define CARD "e-2a8abfa8cb9906290437854193ca6bca41d4d4e2" /* of SHA-256(HASH) */
#define OTHER "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const conv_t s_idle = {.deadline_ms = -1};

static void s_expect(transition_t **self_p, const char *want)
{
    cJSON *json = transition_finish(self_p, &s_idle);
    assert_null(*self_p);
    char *got = sb_json_print(json);
    assert_string_equal(got, want);
    free(got);
    cJSON_Delete(json);
}

#define IDLE                                                                                       \
    "{\"state\":\"idle\",\"alert\":null,\"deadline_ms\":null,\"question\":null,\"job\":null,"      \
    "\"driver\":null,\"strength\":null,\"tried\":null,\"attempts\":0,\"comment\":null,"            \
    "\"last_alert\":null,\"transcript\":null}"

static void test_empty(void **state)
{
    (void)state;
    transition_t *self = transition_new("alice", 7);
    s_expect(&self, "{\"person\":\"alice\",\"version\":\"7\",\"conversation\":" IDLE
                    ",\"applied\":[],\"alerts\":[],\"answers\":[],\"create\":[],\"team\":[],"
                    "\"mute\":null,"
                    "\"exempt\":null,\"outbox\":[],\"audit\":[]}");
    self = transition_new("alice", 0);
    transition_destroy(&self);
    assert_null(self);
    transition_destroy(&self);
}

static void test_full(void **state)
{
    (void)state;
    transition_t *self = transition_new("alice", 7);
    transition_applied(self, 1041);
    transition_alert(self, HASH, ALERT_QUEUED, NULL, -1, -1);
    transition_alert(self, OTHER, ALERT_ASKED, NULL, 5, -1);
    transition_alert(self, HASH, ALERT_CLOSED, "muted", -1, 9); /* the last word counts */
    const transition_answer_t first = {1, -1, "c", NULL, NULL};
    const transition_answer_t last = {1, 1, "c", "totp", "c-1"};
    transition_answer(self, HASH, &first);
    transition_answer(self, HASH, &last);
    assert_false(transition_has_mute(self));
    transition_mute(self, "t", "", "r", 10);
    assert_true(transition_has_mute(self));
    transition_exempt(self, true);
    char id[SB_ID_SIZE_MAX];
    transition_send(self, "chat.send", "@alice", HASH, sb_json_object(), id);
    assert_string_equal(id, "c-2bd806c97f0e00af-8-1"); /* of SHA-256("alice") */
    transition_send(self, "factor.can", "factor:alice", NULL, sb_json_object(), id);
    assert_string_equal(id, "c-2bd806c97f0e00af-8-2");
    transition_audit(self, NULL, "botd", "did", NULL);
    alert_state_t is;
    assert_true(transition_alert_state(self, HASH, &is));
    assert_int_equal(is, ALERT_CLOSED);
    assert_true(transition_alert_state(self, OTHER, &is));
    assert_int_equal(is, ALERT_ASKED);
    assert_false(transition_alert_state(self, "x", &is));
    s_expect(&self,
             "{\"person\":\"alice\",\"version\":\"7\",\"conversation\":" IDLE
             ",\"applied\":[\"1041\"],\"alerts\":["
             "{\"hash\":\"" OTHER "\",\"state\":\"asked\",\"outcome\":null,\"asked_ms\":5,"
             "\"closed_ms\":null},"
             "{\"hash\":\"" HASH "\",\"state\":\"closed\",\"outcome\":\"muted\",\"asked_ms\":null,"
             "\"closed_ms\":9}],"
             "\"answers\":[{\"hash\":\"" HASH "\",\"performed\":true,\"authenticated\":true,"
             "\"comment\":\"c\",\"factor\":\"totp\",\"proof\":\"c-1\"}],"
             "\"create\":[],\"team\":[],\"mute\":{\"title\":\"t\",\"place\":\"\",\"reason\":\"r\","
             "\"until_ms\":10},"
             "\"exempt\":true,\"outbox\":["
             "{\"id\":\"c-2bd806c97f0e00af-8-1\",\"kind\":\"chat.send\",\"lane\":\"@alice\","
             "\"alert\":\"" HASH "\",\"body\":{}},"
             "{\"id\":\"c-2bd806c97f0e00af-8-2\",\"kind\":\"factor.can\","
             "\"lane\":\"factor:alice\",\"alert\":null,\"body\":{}}],"
             "\"audit\":[{\"alert\":null,\"actor\":\"botd\",\"action\":\"did\",\"detail\":{}}]}");
}

/* Made of person, version and count: the same again, and otherwise different. */
static void test_hashes(void **state)
{
    (void)state;
    char hashes[5][SB_HASH_HEX + 1];
    static const struct {
        const char *person;
        int64_t version;
    } rows[] = {
        {"alice", 1},
        {"alice", 1},
        {"alice", 2},
        {"bob",   1}
    };
    for (size_t i = 0; i < 4; i++) {
        transition_t *self = transition_new(rows[i].person, rows[i].version);
        transition_create(self, "t", "d", "r", 1, NULL, hashes[i]);
        if (i == 3) {
            transition_create(self, "t", "d", "r", 1, NULL, hashes[4]);
        }
        assert_int_equal(strlen(hashes[i]), SB_HASH_HEX);
        transition_destroy(&self);
    }
    assert_string_equal(hashes[0], hashes[1]);
    for (size_t i = 1; i < 5; i++) {
        for (size_t k = i + 1; k < 5; k++) {
            assert_string_not_equal(hashes[i], hashes[k]);
        }
    }
}

static void test_effects(void **state)
{
    (void)state;
    static const struct {
        effect_t effect;
        const char *json;
    } rows[] = {
        {{.kind = EFFECT_NONE},            "\"effect\":null"                                 },
        {{.kind = EFFECT_EXEMPT},          "\"effect\":{\"kind\":\"exempt\"}"                },
        {{EFFECT_MUTE, "m", "why", 60000},
         "\"effect\":{\"kind\":\"mute\",\"title\":\"m\",\"reason\":\"why\",\"for_ms\":60000}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        transition_t *self = transition_new("alice", 7);
        char hash[SB_HASH_HEX + 1];
        transition_create(self, "t", "d", "r", 1, &rows[i].effect, hash);
        const conv_t idle = {.deadline_ms = -1};
        cJSON *json = transition_finish(&self, &idle);
        char *text = sb_json_print(json);
        if (!strstr(text, rows[i].json)) {
            fail_msg("row %zu: %s", i, text);
        }
        free(text);
        cJSON_Delete(json);
    }
}

/* An alert's card has one id, whatever else its hash is like; what responders did is written once.
 */
static void test_team(void **state)
{
    (void)state;
    transition_t *self = transition_new("alice", 7);
    transition_team(self, HASH, "carol", NULL, NULL);
    transition_team(self, HASH, "carol", "dave", "benign");
    transition_send_card(self, "#security", HASH, sb_json_object());
    s_expect(&self, "{\"person\":\"alice\",\"version\":\"7\",\"conversation\":" IDLE
                    ",\"applied\":[],\"alerts\":[],\"answers\":[],\"create\":[],\"team\":["
                    "{\"hash\":\"" HASH "\",\"acked_by\":\"carol\",\"assigned_to\":\"dave\","
                    "\"disposition\":\"benign\"}],\"mute\":null,\"exempt\":null,\"outbox\":["
                    "{\"id\":\"" CARD "\",\"kind\":\"chat.send\",\"lane\":\"#security\","
                    "\"alert\":\"" HASH "\",\"body\":{}}],\"audit\":[]}");
    static const char *const hashes[] = {
        "0000000000000000000000000000000000000000000000000000000000000001",
        "0000000000000000000000000000000000000000000000000000000000000002",
    };
    char ids[2][SB_ID_SIZE_MAX];
    transition_card_id(hashes[0], ids[0]);
    transition_card_id(hashes[1], ids[1]);
    assert_string_not_equal(ids[0], ids[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),   cmocka_unit_test(test_full), cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_effects), cmocka_unit_test(test_team),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
