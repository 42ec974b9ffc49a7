/* commit.c: what follows from a step is written whole, or not at all. */
#include "suite.h"

#include <stdlib.h>

static void everything_of_a_transition_is_written(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    assert_string_equal(
        commit_one(suite, epoch, "alice", 0,
                   "'conversation': {'state': 'asked', 'alert': '%s', 'deadline_ms': 99,"
                   " 'question': 'o1', 'attempts': 0},"
                   "'alerts': [{'hash': '%s', 'state': 'asked', 'outcome': null, 'asked_ms': 42}],"
                   "'answers': [{'hash': '%s', 'performed': true, 'comment': 'me'}],"
                   "'create': [{'hash': '%s', 'title': 'testing_alert', 'description': 'd',"
                   " 'reason': 'r', 'event_ms': 5}],"
                   "'outbox': [{'id': 'o1', 'kind': 'chat.send', 'lane': '@alice', 'alert': '%s',"
                   " 'body': {'to': '@alice', 'text': 'Did you?'}},"
                   " {'id': 'o2', 'kind': 'factor.can', 'lane': 'factor.can:alice',"
                   " 'alert': null, 'body': {}}],"
                   "'audit': [{'alert': '%s', 'actor': 'botd', 'action': 'alert.asked',"
                   " 'detail': {'deadline_ms': 99}}]",
                   hash_of('a'), hash_of('a'), hash_of('a'), hash_of('b'), hash_of('a'),
                   hash_of('a')),
        "OK");
    assert_true(true_at(suite->hints, "work")); /* there is a new alert */
    assert_int_equal(len_at(suite->hints, "changed"), 2);
    assert_string_equal(text_at(suite->hints, "changed.1.state"), "asked");

    const cJSON *got = ask(suite, "alert.get", "{'hash': '%s'}", hash_of('a'));
    assert_string_equal(text_at(got, "alert.state"), "asked");
    assert_int_equal(int_at(got, "alert.status"), 1);
    assert_int_equal(int_at(got, "alert.asked_ms"), 42);
    assert_true(true_at(got, "alert.performed"));
    const cJSON *made = ask(suite, "alert.get", "{'hash': '%s'}", hash_of('b'));
    assert_string_equal(text_at(made, "alert.title"), "testing_alert");
    assert_string_equal(text_at(made, "alert.person"), "alice");
    assert_string_equal(text_at(made, "alert.state"), "new");
    const cJSON *out = ask(suite, "outbox.load", "{'epoch': '%lld'}", (long long)epoch);
    assert_int_equal(len_at(out, "rows"), 2);
    assert_string_equal(text_at(out, "rows.0.id"), "o1");
    assert_string_equal(text_at(out, "rows.0.alert"), hash_of('a'));
    assert_string_equal(text_at(out, "rows.0.person"), "alice");
    assert_string_equal(text_at(out, "rows.0.body.text"), "Did you?");
    assert_true(null_at(out, "rows.1.alert"));
    const cJSON *audit = ask(suite, "audit.read", "{'alert': '%s'}", hash_of('a'));
    assert_string_equal(text_at(audit, "entries.0.action"), "alert.asked");
    assert_int_equal(int_at(audit, "entries.0.detail.deadline_ms"), 99);
}

static void a_wrong_epoch_writes_nothing(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    static const char body[] = "{'epoch': '%lld', 'transitions': [{'person': 'alice',"
                               " 'version': '0', 'conversation': {'state': 'idle'}}]}";
    assert_int_equal(ask_code(suite, "commit", body, (long long)epoch - 1), SB_ESTALE);
    assert_int_equal(ask_code(suite, "commit", body, (long long)epoch + 1), SB_ESTALE);
    tamper(suite, "UPDATE lease SET expires_ms = 1");
    (void)ask(suite, "lease.acquire", "{'name': 'botd', 'holder': 'b2', 'ttl_ms': 60000}");
    assert_int_equal(ask_code(suite, "commit", body, (long long)epoch), SB_ESTALE);
    assert_int_equal(number(suite, "SELECT count(*) FROM conversations"), 0);
}

static void a_stale_version_writes_nothing(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    static const struct {
        int64_t version;
        const char *code;
    } rows[] = {
        {1, "STALE"},
        {0, "OK"   },
        {0, "STALE"},
        {2, "STALE"},
        {1, "OK"   },
        {1, "STALE"}
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char *code = commit_one(suite, epoch, "alice", rows[i].version,
                                      "'audit': [{'alert': null, 'actor': 'a', 'action': 'x',"
                                      " 'detail': {}}]");
        if (strcmp(code, rows[i].code) != 0) {
            fail_msg("row %zu: want %s got %s", i, rows[i].code, code);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM audit"), 2);
    assert_int_equal(number(suite, "SELECT version FROM conversations"), 2);
}

static void a_repeated_commit_is_stale(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    static const char members[] = "'alerts': [{'hash': '%s', 'state': 'asked', 'asked_ms': 1}],"
                                  " 'outbox': [{'id': 'o', 'kind': 'chat.send', 'lane': '@alice',"
                                  " 'alert': null, 'body': {}}]";
    assert_string_equal(commit_one(suite, epoch, "alice", 0, members, hash_of('a')), "OK");
    assert_string_equal(commit_one(suite, epoch, "alice", 0, members, hash_of('a')), "STALE");
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox"), 1);
}

static void states_move_forward_only(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    static const char *const states[] = {"new", "queued", "asked", "escalated", "closed"};
    static const char *const outcomes[] = {"null", "null", "null", "'denied'", "'muted'"};
    static const bool allowed[5][5] = {
  /* to new, queued, asked, escalated, closed */
        {false, true,  true,  true,  true },
        {false, false, true,  true,  true },
        {false, false, false, true,  true },
        {false, false, false, false, false},
        {false, false, false, false, false},
    };
    create(suite, hash_of('a'), "alice", "T", 1);
    int64_t version = 0;
    for (size_t from = 0; from < 5; from++) {
        for (size_t to = 0; to < 5; to++) {
            char sql[160];
            (void)snprintf(sql, sizeof sql, "UPDATE alerts SET state = '%s', outcome = %s",
                           states[from],
                           strcmp(outcomes[from], "null") == 0 ? "NULL" : outcomes[from]);
            tamper(suite, sql);
            const char *code =
                commit_one(suite, epoch, "alice", version,
                           "'alerts': [{'hash': '%s', 'state': '%s', 'outcome': %s}]", hash_of('a'),
                           states[to], outcomes[to]);
            const char *want = allowed[from][to] ? "OK" : "INVALID";
            if (strcmp(code, want) != 0) {
                fail_msg("%s to %s: want %s got %s %s", states[from], states[to], want, code,
                         suite->err.text);
            }
            version += allowed[from][to];
        }
    }
}

static void outcome_and_state_go_together(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "T", 1);
    static const struct {
        const char *state;
        const char *outcome;
    } wrong[] = {
        {"asked",     "'denied'"   },
        {"queued",    "'muted'"    },
        {"escalated", "null"       },
        {"closed",    "null"       },
        {"escalated", "'muted'"    },
        {"escalated", "'confirmed'"},
        {"closed",    "'denied'"   },
        {"closed",    "'exempt'"   },
        {"closed",    "'suspect'"  },
        {"escalated", "'nonsense'" },
        {"gone",      "null"       },
        {"closed",    "5"          },
    };
    for (size_t i = 0; i < LEN(wrong); i++) {
        const char *code = commit_one(suite, epoch, "alice", 0,
                                      "'alerts': [{'hash': '%s', 'state': '%s', 'outcome': %s}]",
                                      hash_of('a'), wrong[i].state, wrong[i].outcome);
        if (strcmp(code, "INVALID") != 0) {
            fail_msg("%s with %s: got %s", wrong[i].state, wrong[i].outcome, code);
        }
    }
    static const char *const escalated[] = {
        "denied",     "no_answer",      "declined",       "refused",
        "fraud",      "factor_timeout", "no_factor",      "factor_unavailable",
        "exempt",     "unknown_person", "undeliverable",  "unsure",
        "needs_help", "throttled",      "account_denied", "suspect"};
    for (size_t i = 0; i < LEN(escalated); i++) {
        tamper(suite, "UPDATE alerts SET state = 'new', outcome = NULL");
        assert_string_equal(
            commit_one(suite, epoch, "alice", (int64_t)i,
                       "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': '%s'}]",
                       hash_of('a'), escalated[i]),
            "OK");
    }
}

static void one_refused_transition_harms_no_other(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "T", 1);
    create(suite, hash_of('b'), "bob", "T", 1);
    (void)commit_one(suite, epoch, "dan", 0, "'applied': []");
    const cJSON *got =
        ask(suite, "commit",
            "{'epoch': '%lld', 'transitions': ["
            "{'person': 'Alice', 'version': '0', 'conversation': {'state': 'asked'}, 'alerts':"
            " [{'hash': '%s', 'state': 'asked', 'asked_ms': 1}]},"
            "{'person': 'bob', 'version': '0', 'conversation': {'state': 'dancing'}},"
            "{'person': 'carol', 'version': '0', 'conversation': {'state': 'idle'}, 'alerts':"
            " [{'hash': '%s', 'state': 'asked', 'asked_ms': 1}]},"
            "{'person': 'dan', 'version': '0', 'conversation': {'state': 'idle'}},"
            "{'person': 'erin', 'version': '0', 'conversation': {'state': 'idle'}},"
            "{'version': '0'}]}",
            (long long)epoch, hash_of('a'), hash_of('b'));
    static const struct {
        const char *person;
        const char *code;
        const char *text; /* part of it */
    } rows[] = {
        {"alice", "OK",      ""                                 },
        {"bob",   "INVALID", "transitions[1].conversation.state"},
        {"carol", "INVALID", "no alert of this person"          },
        {"dan",   "STALE",   "version"                          },
        {"erin",  "OK",      ""                                 },
        {"",      "INVALID", "transitions[5].person"            },
    };
    assert_int_equal(len_at(got, "results"), LEN(rows));
    for (size_t i = 0; i < LEN(rows); i++) {
        const cJSON *result = cJSON_GetArrayItem(at(got, "results"), (int)i);
        assert_string_equal(text_at(result, "person"), rows[i].person);
        assert_string_equal(text_at(result, "code"), rows[i].code);
        assert_non_null(strstr(text_at(result, "text"), rows[i].text));
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM conversations"), 3);
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts WHERE state = 'asked'"), 1);
}

static void refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "T", 1);
    (void)commit_one(suite, epoch, "bob", 0,
                     "'outbox': [{'id': 'used', 'kind': 'chat.send', 'lane': '@bob',"
                     " 'body': {}}]");
    static const struct {
        const char *members;
        const char *text;
    } rows[] = {
        {"'conversation': {}",                                                       "conversation.state"  },
        {"'conversation': {'state': 'asked', 'alert': 'x'}",                         "conversation.alert"  },
        {"'applied': [5]",                                                           "applied"             },
        {"'applied': 'x'",                                                           "applied"             },
        {"'alerts': [{'state': 'asked'}]",                                           "alerts[0].hash"      },
        {"'answers': [{'hash': 'aa'}]",                                              "answers[0].hash"     },
        {"'answers': [{'hash': 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',"
         " 'performed': 'yes'}]",                                           "answers[0].performed"},
        {"'create': [{'title': 'T', 'description': 'd'}]",                           "create[0].hash"      },
        {"'create': [{'hash': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',"
         " 'title': 'T', 'description': 'd'}]",                             "is there already"    },
        {"'mute': {'title': 'T'}",                                                   "mute.until_ms"       },
        {"'exempt': 1",                                                              "exempt"              },
        {"'outbox': [{'id': 'o', 'kind': 'mail', 'lane': 'l', 'body': {}}]",         "outbox[0].kind"      },
        {"'outbox': [{'id': 'o', 'kind': 'chat.send', 'lane': 'l'}]",                "outbox[0].body"      },
        {"'outbox': [{'id': 'used', 'kind': 'chat.send', 'lane': 'l', 'body': {}}]",
         "was used before"                                                                                 },
        {"'outbox': [{'id': 'o', 'kind': 'chat.send', 'lane': 'l', 'body': {}},"
         " {'id': 'o', 'kind': 'chat.send', 'lane': 'l', 'body': {}}]",     "twice"               },
        {"'audit': [{'actor': 'a', 'action': 'x'}]",                                 "audit[0].detail"     },
        {"'audit': [{'actor': '', 'action': 'x', 'detail': {}}]",                    "audit[0].actor"      },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char *code = commit_one(suite, epoch, "alice", 0, "%s", rows[i].members);
        if (strcmp(code, "INVALID") != 0 || !strstr(suite->err.text, rows[i].text)) {
            fail_msg("%s: got %s %s", rows[i].members, code, suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM conversations"), 1);
    assert_int_equal(ask_code(suite, "commit", "{'epoch': '1'}"), SB_EINVALID);
    assert_int_equal(ask_code(suite, "commit", "{'transitions': []}"), SB_EINVALID);
}

static void twins_are_refused(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "T", 1);
    const cJSON *got = ask(suite, "commit",
                           "{'epoch': '%lld', 'transitions': ["
                           "{'person': 'alice', 'version': '0', 'conversation': {'state': 'idle'}},"
                           "{'person': 'alice', 'version': '1', 'conversation': {'state': 'idle'}}"
                           "]}",
                           (long long)epoch);
    assert_string_equal(text_at(got, "results.0.code"), "OK");
    assert_string_equal(text_at(got, "results.1.code"), "INVALID");
    assert_string_equal(
        commit_one(suite, epoch, "alice", 1,
                   "'alerts': [{'hash': '%s', 'state': 'queued'}, {'hash': '%s', 'state':"
                   " 'asked'}]",
                   hash_of('a'), hash_of('a')),
        "INVALID");
}

static void answers_keep_what_is_not_said_again(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "T", 1);
    (void)commit_one(suite, epoch, "alice", 0,
                     "'answers': [{'hash': '%s', 'performed': true, 'comment': 'it was me'}]",
                     hash_of('a'));
    (void)commit_one(suite, epoch, "alice", 1,
                     "'answers': [{'hash': '%s', 'performed': null, 'authenticated': false,"
                     " 'comment': null, 'factor': 'totp'}]",
                     hash_of('a'));
    const cJSON *got = ask(suite, "alert.get", "{'hash': '%s'}", hash_of('a'));
    assert_true(true_at(got, "alert.performed"));
    assert_false(true_at(got, "alert.authenticated"));
    assert_string_equal(text_at(got, "alert.comment"), "it was me");
    assert_string_equal(text_at(got, "alert.factor"), "totp");
}

/* As many as a commit may hold, and an empty one. */
static void large_and_empty_commits(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    char *json = calloc(1, 256 * 512);
    size_t len = 0;
    for (int i = 0; i < SB_COMMIT_MAX; i++) {
        len += (size_t)snprintf(json + len, 512,
                                "%s{'person': 'p%d', 'version': '0', 'conversation':"
                                " {'state': 'idle'}, 'outbox': [{'id': 'o%d', 'kind':"
                                " 'chat.send', 'lane': '@p%d', 'body': {'n': %d}}],"
                                " 'audit': [{'actor': 'a', 'action': 'x', 'detail': {}}]}",
                                i ? ", " : "", i, i, i, i);
    }
    const cJSON *got =
        ask(suite, "commit", "{'epoch': '%lld', 'transitions': [%s]}", (long long)epoch, json);
    free(json);
    assert_int_equal(len_at(got, "results"), SB_COMMIT_MAX);
    assert_int_equal(number(suite, "SELECT count(*) FROM conversations"), SB_COMMIT_MAX);
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox"), SB_COMMIT_MAX);
    assert_int_equal(number(suite, "SELECT max(seq) FROM audit"), SB_COMMIT_MAX);
    got = ask(suite, "commit", "{'epoch': '%lld', 'transitions': []}", (long long)epoch);
    assert_int_equal(len_at(got, "results"), 0);
}

const behaviour_t commit_behaviours[] = {
    {"everything_of_a_transition_is_written", everything_of_a_transition_is_written},
    {"a_wrong_epoch_writes_nothing",          a_wrong_epoch_writes_nothing         },
    {"a_stale_version_writes_nothing",        a_stale_version_writes_nothing       },
    {"a_repeated_commit_is_stale",            a_repeated_commit_is_stale           },
    {"states_move_forward_only",              states_move_forward_only             },
    {"outcome_and_state_go_together",         outcome_and_state_go_together        },
    {"one_refused_transition_harms_no_other", one_refused_transition_harms_no_other},
    {"commit_refuses_what_is_wrong",          refuses_what_is_wrong                },
    {"twins_are_refused",                     twins_are_refused                    },
    {"answers_keep_what_is_not_said_again",   answers_keep_what_is_not_said_again  },
    {"large_and_empty_commits",               large_and_empty_commits              },
};
const size_t commit_behaviours_len = LEN(commit_behaviours);
