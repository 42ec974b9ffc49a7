/* passkey.c: passkeys that are there, and how their counters grow. How they come is in invite.c. */
#include "suite.h"

#include <stdlib.h>

#define ID_TEXT ((SB_PASSKEY_ID_MAX * 4 + 2) / 3)

static void s_passkey(suite_t *suite, const char *person, const char *id, int64_t count)
{
    char sql[300];
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO passkeys (id, person, public_key, algorithm, count,"
                   " backup_eligible, name, enrolled_ms) VALUES ('%s', '%s', 'a2V5', -7, %lld, 1,"
                   " 'Key', 5)",
                   id, person, (long long)count);
    tamper(suite, sql);
}

static bool s_advance(suite_t *suite, const char *person, const char *id, const char *job,
                      int64_t count)
{
    return true_at(ask(suite, "passkey.advance",
                       "{'person': '%s', 'id': '%s', 'job': '%s', 'count': %lld}", person, id, job,
                       (long long)count),
                   "accepted");
}

static void get_gives_those_of_the_person(void **state)
{
    suite_t *suite = *state;
    s_passkey(suite, "alice", "aWQx", 3);
    s_passkey(suite, "alice", "aWQy", UINT32_MAX);
    s_passkey(suite, "bob", "aWQz", 0);
    const cJSON *got = at(ask(suite, "passkey.get", "{'person': 'ALICE'}"), "passkeys");
    assert_int_equal(cJSON_GetArraySize(got), 2);
    assert_string_equal(text_at(got, "0.id"), "aWQx");
    assert_string_equal(text_at(got, "0.public_key"), "a2V5");
    assert_int_equal(int_at(got, "0.algorithm"), -7);
    assert_int_equal(int_at(got, "0.count"), 3);
    assert_true(true_at(got, "0.backup_eligible"));
    assert_string_equal(text_at(got, "0.name"), "Key");
    assert_int_equal(int_at(got, "1.count"), UINT32_MAX);
    assert_int_equal(len_at(ask(suite, "passkey.get", "{'person': 'carol'}"), "passkeys"), 0);
}

static void a_counter_only_grows(void **state)
{
    suite_t *suite = *state;
    s_passkey(suite, "alice", "aWQx", 3);
    static const struct {
        const char *name, *person, *id, *job;
        int64_t count;
        bool accepted;
    } rows[] = {
        {"the same",        "alice", "aWQx", "j1", 3,          false},
        {"less",            "alice", "aWQx", "j1", 2,          false},
        {"none any more",   "alice", "aWQx", "j1", 0,          false},
        {"another's",       "bob",   "aWQx", "j1", 9,          false},
        {"another passkey", "alice", "aWQy", "j1", 9,          false},
        {"more",            "alice", "aWQx", "j1", 5,          true },
        {"the same job",    "alice", "aWQx", "j1", 5,          true },
        {"another job",     "alice", "aWQx", "j2", 5,          false},
        {"the most",        "alice", "aWQx", "j2", UINT32_MAX, true },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        if (s_advance(suite, rows[i].person, rows[i].id, rows[i].job, rows[i].count) !=
            rows[i].accepted) {
            fail_msg("%s: want %d", rows[i].name, rows[i].accepted);
        }
    }
    const cJSON *list = ask(suite, "passkey.list", "{}");
    assert_true(int_at(list, "passkeys.0.used_ms") > 1700000000000);
}

static void no_counter_is_no_regress(void **state)
{
    suite_t *suite = *state;
    s_passkey(suite, "alice", "aWQx", 0);
    assert_true(s_advance(suite, "alice", "aWQx", "j1", 0));
    assert_true(s_advance(suite, "alice", "aWQx", "j2", 0));
    assert_true(s_advance(suite, "alice", "aWQx", "j3", 1));
    assert_false(s_advance(suite, "alice", "aWQx", "j4", 0));
}

static void list_goes_on_by_cursor(void **state)
{
    suite_t *suite = *state;
    s_passkey(suite, "bob", "aWQz", 0);
    s_passkey(suite, "alice", "aWQy", 0);
    char longest[ID_TEXT + 1];
    memset(longest, 'A', ID_TEXT);
    longest[ID_TEXT] = '\0';
    char sql[ID_TEXT + 300];
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO passkeys (id, person, public_key, algorithm, count,"
                   " backup_eligible, name, enrolled_ms) VALUES ('%s', 'alice', 'a2V5', -8, 0, 0,"
                   " 'Long', 5)",
                   longest);
    tamper(suite, sql);
    const cJSON *page = ask(suite, "passkey.list", "{'limit': 1}");
    assert_int_equal(len_at(page, "passkeys"), 1);
    assert_string_equal(text_at(page, "passkeys.0.id"), longest);
    assert_int_equal(int_at(page, "passkeys.0.algorithm"), -8);
    assert_true(null_at(page, "passkeys.0.used_ms"));
    char *cursor = sb_json_print(at(page, "cursor"));
    page = ask(suite, "passkey.list", "{'limit': 1, 'cursor': %s}", cursor);
    free(cursor);
    assert_string_equal(text_at(page, "passkeys.0.id"), "aWQy");
    page = ask(suite, "passkey.list", "{'person': 'bob'}");
    assert_int_equal(len_at(page, "passkeys"), 1);
    assert_string_equal(text_at(page, "passkeys.0.name"), "Key");
    assert_true(null_at(page, "cursor"));
}

static void remove_takes_the_persons_own(void **state)
{
    suite_t *suite = *state;
    s_passkey(suite, "alice", "aWQx", 0);
    static const char body[] = "{'person': '%s', 'id': 'aWQx', 'actor': 'root'}";
    assert_false(true_at(ask(suite, "passkey.remove", body, "bob"), "removed"));
    assert_true(true_at(ask(suite, "passkey.remove", body, "alice"), "removed"));
    assert_false(true_at(ask(suite, "passkey.remove", body, "alice"), "removed"));
    const cJSON *audit = ask(suite, "audit.read", "{}");
    assert_int_equal(len_at(audit, "entries"), 1);
    assert_string_equal(text_at(audit, "entries.0.action"), "passkey.remove");
    assert_string_equal(text_at(audit, "entries.0.actor"), "root");
    assert_string_equal(text_at(audit, "entries.0.person"), "alice");
    assert_string_equal(text_at(audit, "entries.0.detail.id"), "aWQx");
}

static void passkeys_refuse_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    static const struct {
        const char *name;
        const char *body;
        const char *says;
    } rows[] = {
        {"passkey.get",     "{}",                                                             "body.person"},
        {"passkey.advance", "{'person': 'a', 'id': 'A', 'job': 'j', 'count': 1}",             "body.id"    },
        {"passkey.advance", "{'person': 'a', 'id': 'aW+x', 'job': 'j', 'count': 1}",          "body.id"    },
        {"passkey.advance", "{'person': 'a', 'id': '', 'job': 'j', 'count': 1}",              "body.id"    },
        {"passkey.advance", "{'person': 'a', 'id': 'aWQx', 'count': 1}",                      "body.job"   },
        {"passkey.advance", "{'person': 'a', 'id': 'aWQx', 'job': 'j', 'count': -1}",         "body.count" },
        {"passkey.advance", "{'person': 'a', 'id': 'aWQx', 'job': 'j', 'count': 4294967296}",
         "body.count"                                                                                      },
        {"passkey.remove",  "{'person': 'a', 'id': 'aWQx'}",                                  "body.actor" },
        {"passkey.list",    "{'limit': 0}",                                                   "body.limit" },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, rows[i].name, "%s", rows[i].body);
        if (code != SB_EINVALID || !strstr(suite->err.text, rows[i].says)) {
            fail_msg("%s %s: got %s %s", rows[i].name, rows[i].body, sb_code_name(code),
                     suite->err.text);
        }
    }
}

const behaviour_t passkey_behaviours[] = {
    {"get_gives_those_of_the_person", get_gives_those_of_the_person},
    {"a_counter_only_grows",          a_counter_only_grows         },
    {"no_counter_is_no_regress",      no_counter_is_no_regress     },
    {"list_goes_on_by_cursor",        list_goes_on_by_cursor       },
    {"remove_takes_the_persons_own",  remove_takes_the_persons_own },
    {"passkeys_refuse_what_is_wrong", passkeys_refuse_what_is_wrong},
};
const size_t passkey_behaviours_len = LEN(passkey_behaviours);
