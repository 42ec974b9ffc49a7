/* invite.c: an admin invites, and one passkey is enrolled with the code. */
#include "suite.h"

#define FIRST "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define SECOND "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void s_people(suite_t *suite)
{
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'alice', 'name': 'Alice A'},"
              " {'id': 'bob'}]}");
}

static int s_invite(suite_t *suite, const char *person, char digit)
{
    return ask_code(suite, "invite.create",
                    "{'person': '%s', 'code_hash': '%s', 'ttl_ms': 60000, 'actor': 'root'}", person,
                    hash_of(digit));
}

static int s_open(suite_t *suite, char digit, const char *challenge)
{
    return ask_code(suite, "invite.open", "{'code_hash': '%s', 'challenge': '%s'}", hash_of(digit),
                    challenge);
}

static int s_redeem(suite_t *suite, char digit, const char *challenge, const char *id,
                    const char *key)
{
    return ask_code(suite, "invite.redeem",
                    "{'code_hash': '%s', 'challenge': '%s', 'passkey': {'id': '%s',"
                    " 'public_key': '%s', 'algorithm': -7, 'count': 4, 'backup_eligible': true,"
                    " 'name': 'Yellow key'}}",
                    hash_of(digit), challenge, id, key);
}

static void an_invitation_enrols_one_passkey(void **state)
{
    suite_t *suite = *state;
    s_people(suite);
    assert_int_equal(s_invite(suite, "Alice", '1'), SB_OK);
    const cJSON *opened =
        ask(suite, "invite.open", "{'code_hash': '%s', 'challenge': '" FIRST "'}", hash_of('1'));
    assert_string_equal(text_at(opened, "person.id"), "alice");
    assert_string_equal(text_at(opened, "person.name"), "Alice A");
    assert_string_equal(text_at(opened, "challenge"), FIRST);
    assert_int_equal(len_at(opened, "passkeys"), 0);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_OK);
    assert_true(true_at(suite->hints, "work"));
    const cJSON *got = at(ask(suite, "passkey.get", "{'person': 'alice'}"), "passkeys");
    assert_int_equal(cJSON_GetArraySize(got), 1);
    assert_string_equal(text_at(got, "0.id"), "aWQx");
    assert_string_equal(text_at(got, "0.public_key"), "a2V5");
    assert_int_equal(int_at(got, "0.algorithm"), -7);
    assert_int_equal(int_at(got, "0.count"), 4);
    assert_true(true_at(got, "0.backup_eligible"));
    assert_string_equal(text_at(got, "0.name"), "Yellow key");

    /* Once more, since the answer was lost; another passkey is too many. */
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_OK);
    assert_false(true_at(suite->hints, "work"));
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQy", "a2V5"), SB_ENOTFOUND);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "b3Ro"), SB_ENOTFOUND);
    assert_int_equal(s_open(suite, '1', SECOND), SB_ENOTFOUND);
    assert_int_equal(s_invite(suite, "alice", '1'), SB_OK); /* the same: used up all the same */
    assert_int_equal(s_open(suite, '1', SECOND), SB_ENOTFOUND);
    assert_int_equal(number(suite, "SELECT count(*) FROM passkeys"), 1);
}

static void whoever_enrolled_is_told_of(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    s_people(suite);
    assert_int_equal(s_invite(suite, "alice", '1'), SB_OK);
    assert_int_equal(s_open(suite, '1', FIRST), SB_OK);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_OK);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_OK);
    const cJSON *pull = ask(suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)epoch);
    assert_int_equal(len_at(pull, "items"), 1);
    assert_string_equal(text_at(pull, "items.0.id"), "alice");
    assert_int_equal(len_at(pull, "items.0.inbox"), 1);
    assert_string_equal(text_at(pull, "items.0.inbox.0.kind"), "enrolled");
    assert_string_equal(text_at(pull, "items.0.inbox.0.text"), "Yellow key");
    const cJSON *audit = at(ask(suite, "audit.read", "{'person': 'alice'}"), "entries");
    assert_int_equal(cJSON_GetArraySize(audit), 2);
    assert_string_equal(text_at(audit, "0.action"), "invite.create");
    assert_string_equal(text_at(audit, "0.actor"), "root");
    assert_string_equal(text_at(audit, "1.action"), "passkey.enroll");
    assert_string_equal(text_at(audit, "1.actor"), "botctl"); /* whose role it was */
    assert_string_equal(text_at(audit, "1.detail.id"), "aWQx");
    assert_string_equal(text_at(audit, "1.detail.name"), "Yellow key");
}

static void a_new_invitation_ends_the_earlier_one(void **state)
{
    suite_t *suite = *state;
    s_people(suite);
    assert_int_equal(s_invite(suite, "alice", '1'), SB_OK);
    assert_int_equal(s_open(suite, '1', FIRST), SB_OK);
    assert_int_equal(s_invite(suite, "alice", '2'), SB_OK);
    assert_int_equal(s_open(suite, '1', FIRST), SB_ENOTFOUND);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_ENOTFOUND);
    assert_int_equal(s_redeem(suite, '2', FIRST, "aWQx", "a2V5"), SB_ECONFLICT); /* not opened */
    assert_int_equal(s_open(suite, '2', FIRST), SB_OK);
    assert_int_equal(s_redeem(suite, '2', FIRST, "aWQx", "a2V5"), SB_OK);
    /* After a used one there may be another, and the first passkey is said to be there. */
    assert_int_equal(s_invite(suite, "alice", '3'), SB_OK);
    const cJSON *opened =
        ask(suite, "invite.open", "{'code_hash': '%s', 'challenge': '" FIRST "'}", hash_of('3'));
    assert_string_equal(text_at(opened, "passkeys.0"), "aWQx");
    assert_int_equal(s_redeem(suite, '3', FIRST, "aWQy", "a2V5"), SB_OK);
    assert_int_equal(number(suite, "SELECT count(*) FROM invites"), 1);
}

static void only_the_last_challenge_counts(void **state)
{
    suite_t *suite = *state;
    s_people(suite);
    assert_int_equal(s_invite(suite, "alice", '1'), SB_OK);
    assert_int_equal(s_open(suite, '1', FIRST), SB_OK);
    assert_int_equal(s_open(suite, '1', SECOND), SB_OK);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_ECONFLICT);
    assert_non_null(strstr(suite->err.text, "body.challenge"));
    assert_int_equal(s_redeem(suite, '1', SECOND, "aWQx", "a2V5"), SB_OK);
}

static void a_passkey_has_one_owner(void **state)
{
    suite_t *suite = *state;
    s_people(suite);
    assert_int_equal(s_invite(suite, "alice", '1'), SB_OK);
    assert_int_equal(s_open(suite, '1', FIRST), SB_OK);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_OK);
    assert_int_equal(s_invite(suite, "bob", '2'), SB_OK);
    assert_int_equal(s_open(suite, '2', FIRST), SB_OK);
    assert_int_equal(s_redeem(suite, '2', FIRST, "aWQx", "a2V5"), SB_ECONFLICT);
    assert_non_null(strstr(suite->err.text, "body.passkey.id"));
    assert_int_equal(s_redeem(suite, '2', FIRST, "aWQy", "a2V5"), SB_OK); /* not used up by that */
}

static void nobody_has_passkeys_without_end(void **state)
{
    suite_t *suite = *state;
    s_people(suite);
    for (int i = 0; i <= SB_PASSKEYS_MAX; i++) {
        char code[SB_HASH_HEX + 1];
        (void)snprintf(code, sizeof code, "%064d", i);
        (void)ask(suite, "invite.create",
                  "{'person': 'alice', 'code_hash': '%s', 'ttl_ms': 60000, 'actor': 'x'}", code);
        (void)ask(suite, "invite.open", "{'code_hash': '%s', 'challenge': '" FIRST "'}", code);
        const int got =
            ask_code(suite, "invite.redeem",
                     "{'code_hash': '%s', 'challenge': '" FIRST "', 'passkey': {'id': 'aWQ%c',"
                     " 'public_key': 'a2V5', 'algorithm': -7, 'count': 0,"
                     " 'backup_eligible': false, 'name': 'n'}}",
                     code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i]);
        assert_int_equal(got, i < SB_PASSKEYS_MAX ? SB_OK : SB_ECONFLICT);
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM passkeys"), SB_PASSKEYS_MAX);
}

static void its_time_is_the_stores(void **state)
{
    suite_t *suite = *state;
    s_people(suite);
    assert_int_equal(s_invite(suite, "alice", '1'), SB_OK);
    assert_int_equal(s_open(suite, '1', FIRST), SB_OK);
    tamper(suite, "UPDATE invites SET expires_ms = {now} - 1");
    assert_int_equal(s_open(suite, '1', FIRST), SB_ENOTFOUND);
    assert_int_equal(s_redeem(suite, '1', FIRST, "aWQx", "a2V5"), SB_ENOTFOUND);
    assert_int_equal(s_invite(suite, "bob", '2'), SB_OK); /* which sweeps */
    assert_int_equal(number(suite, "SELECT count(*) FROM invites WHERE person = 'alice'"), 0);
    assert_int_equal(number(suite, "SELECT count(*) FROM invites"), 1);
}

static void invitations_refuse_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    s_people(suite);
    assert_int_equal(s_invite(suite, "carol", '1'), SB_ENOTFOUND);
    assert_non_null(strstr(suite->err.text, "body.person"));
    assert_int_equal(s_invite(suite, "alice", '1'), SB_OK);
    assert_int_equal(s_invite(suite, "bob", '1'), SB_ECONFLICT);
    assert_non_null(strstr(suite->err.text, "body.code_hash"));
    assert_int_equal(s_open(suite, '2', FIRST), SB_ENOTFOUND);
#define HASH "'1111111111111111111111111111111111111111111111111111111111111111'"
#define REDEEM(passkey) "{'code_hash': " HASH ", 'challenge': '" FIRST "', 'passkey': " passkey "}"
#define REST "'algorithm': -7, 'count': 0, 'backup_eligible': true"
    static const struct {
        const char *name;
        const char *body;
        const char *says;
    } rows[] = {
        {"invite.create", "{'person': 'alice', 'code_hash': 'x', 'ttl_ms': 1, 'actor': 'a'}",
         "body.code_hash"                                                                                       },
        {"invite.create", "{'person': 'alice', 'code_hash': " HASH ", 'ttl_ms': 1}",            "body.actor"    },
        {"invite.create",
         "{'person': 'alice', 'code_hash': " HASH ", 'ttl_ms': 604800001, 'actor': 'a'}",
         "body.ttl_ms"                                                                                          },
        {"invite.open",   "{'code_hash': " HASH "}",                                            "body.challenge"},
        {"invite.open",   "{'code_hash': " HASH ", 'challenge': 'AAAA'}",                       "body.challenge"},
        {"invite.redeem", "{'code_hash': " HASH ", 'challenge': '" FIRST "'}",                  "body.passkey"  },
        {"invite.redeem", REDEEM("{'id': '', 'public_key': 'a2V5', 'name': 'n', " REST "}"),
         "body.passkey.id"                                                                                      },
        {"invite.redeem", REDEEM("{'id': 'aWQx', 'public_key': '', 'name': 'n', " REST "}"),
         "body.passkey.public_key"                                                                              },
        {"invite.redeem", REDEEM("{'id': 'aWQx', 'public_key': 'a2V5', 'name': '', " REST "}"),
         "body.passkey.name"                                                                                    },
        {"invite.redeem", REDEEM("{'id': 'aWQx', 'public_key': 'a2V5', 'name': 'n'}"),
         "body.passkey.algorithm"                                                                               },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, rows[i].name, "%s", rows[i].body);
        if (code != SB_EINVALID || !strstr(suite->err.text, rows[i].says)) {
            fail_msg("%s %s: got %s %s", rows[i].name, rows[i].body, sb_code_name(code),
                     suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM passkeys"), 0);
}

const behaviour_t invite_behaviours[] = {
    {"an_invitation_enrols_one_passkey",      an_invitation_enrols_one_passkey     },
    {"whoever_enrolled_is_told_of",           whoever_enrolled_is_told_of          },
    {"a_new_invitation_ends_the_earlier_one", a_new_invitation_ends_the_earlier_one},
    {"only_the_last_challenge_counts",        only_the_last_challenge_counts       },
    {"a_passkey_has_one_owner",               a_passkey_has_one_owner              },
    {"nobody_has_passkeys_without_end",       nobody_has_passkeys_without_end      },
    {"an_invitation_has_the_stores_time",     its_time_is_the_stores               },
    {"invitations_refuse_what_is_wrong",      invitations_refuse_what_is_wrong     },
};
const size_t invite_behaviours_len = LEN(invite_behaviours);
