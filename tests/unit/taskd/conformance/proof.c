/* proof.c: the last guard of the promise. Nothing is confirmed but by an approval of this person,
 * for this alert, asked for after the question, and never used before. */
#include "suite.h"

/* A conversation that can be led step by step. */
typedef struct {
    suite_t *suite;
    int64_t epoch;
    const char *person;
    const char *hash;
    int64_t version;
} talk_t;

static void s_step(talk_t *talk, const char *members)
{
    const char *code =
        commit_one(talk->suite, talk->epoch, talk->person, talk->version, "%s", members);
    if (strcmp(code, "OK") != 0) {
        fail_msg("%s: %s %s", members, code, talk->suite->err.text);
    }
    talk->version++;
}

static void s_ask_it(talk_t *talk)
{
    char members[256];
    (void)snprintf(members, sizeof members,
                   "'alerts': [{'hash': '%s', 'state': 'asked', 'asked_ms': 5}]", talk->hash);
    s_step(talk, members);
}

static void s_start(talk_t *talk, const char *id, const char *kind, const char *body)
{
    char members[256];
    (void)snprintf(members, sizeof members,
                   "'outbox': [{'id': '%s', 'kind': '%s', 'lane': 'x', 'alert': '%s',"
                   " 'body': %s}]",
                   id, kind, talk->hash, body);
    s_step(talk, members);
}

static void s_start_factor(talk_t *talk, const char *id, const char *kind)
{
    s_start(talk, id, kind, "{'driver': 'totp', 'strength': 'code'}");
}

static void s_end_factor(const talk_t *talk, const char *id, const char *ok, const char *result)
{
    (void)ask(talk->suite, "outbox.done",
              "{'epoch': '%lld', 'items': [{'id': '%s', 'ok': %s, 'result': %s}]}",
              (long long)talk->epoch, id, ok, result);
}

/* The code of confirming with this proof ("'id'" or "null"). */
static const char *s_confirm(const talk_t *talk, const char *authenticated, const char *proof)
{
    return commit_one(talk->suite, talk->epoch, talk->person, talk->version,
                      "'alerts': [{'hash': '%s', 'state': 'closed', 'outcome': 'confirmed',"
                      " 'closed_ms': 9}],"
                      " 'answers': [{'hash': '%s', 'performed': true, 'authenticated': %s,"
                      " 'factor': 'totp', 'proof': %s}]",
                      talk->hash, talk->hash, authenticated, proof);
}

static talk_t s_talk(suite_t *suite)
{
    talk_t talk = {.suite = suite, .epoch = lead(suite), .person = "alice", .hash = hash_of('a')};
    create(suite, talk.hash, talk.person, "Sudo", 1);
    return talk;
}

static const char s_approved[] = "{'status': 'approved', 'driver': 'totp'}";

static void an_approval_confirms_once(void **state)
{
    talk_t talk = s_talk(*state);
    s_ask_it(&talk);
    s_start_factor(&talk, "f1", "factor.start");
    s_end_factor(&talk, "f1", "true", s_approved);
    assert_string_equal(s_confirm(&talk, "true", "'f1'"), "OK");
    const cJSON *got = ask(talk.suite, "alert.get", "{'hash': '%s'}", talk.hash);
    assert_string_equal(text_at(got, "alert.outcome"), "confirmed");
    assert_true(true_at(got, "alert.authenticated"));
    assert_string_equal(text_at(got, "alert.factor"), "totp");
    assert_string_equal(text_at(got, "answer.proof"), "f1");
    assert_int_equal(int_at(ask(talk.suite, "count", "{}"), "confirmed"), 1);

    /* Even if somebody opens the alert again, the proof is used up. */
    tamper(talk.suite, "UPDATE alerts SET state = 'asked', outcome = NULL");
    talk.version++;
    assert_string_equal(s_confirm(&talk, "true", "'f1'"), "CONFLICT");
}

/* What ended, but in no approval by the factor that was asked for. */
static void s_end_badly(talk_t *talk)
{
    static const struct {
        const char *id;
        const char *kind;
        const char *ok;
        const char *result;
    } factors[] = {
        {"can",     "factor.can",   "true",  "{'status': 'approved'}"                  },
        {"chat",    "chat.send",    "true",  "{'status': 'approved'}"                  },
        {"wrong",   "factor.start", "true",  "{'status': 'wrong_code'}"                },
        {"refused", "factor.start", "true",  "{'status': 'refused'}"                   },
        {"odd",     "factor.start", "true",  "{'status': 'Approved'}"                  },
        {"longer",  "factor.start", "true",  "{'status': 'approved '}"                 },
        {"number",  "factor.start", "true",  "{'status': 1}"                           },
        {"empty",   "factor.start", "true",  "{}"                                      },
        {"failed",  "factor.start", "false", "{'status': 'approved'}"                  },
        {"swapped", "factor.start", "true",  "{'status': 'approved', 'driver': 'okta'}"},
    };
    for (size_t i = 0; i < LEN(factors); i++) {
        s_start_factor(talk, factors[i].id, factors[i].kind);
        s_end_factor(talk, factors[i].id, factors[i].ok, factors[i].result);
    }
    s_start(talk, "duo", "factor.start", "{'driver': 'duo'}");
    s_end_factor(talk, "duo", "true", "{'status': 'approved'}");
    s_start(talk, "nobody", "factor.start", "{}");
    s_end_factor(talk, "nobody", "true", "{'status': 'approved'}");
}

static void nothing_else_confirms(void **state)
{
    talk_t talk = s_talk(*state);
    suite_t *suite = talk.suite;
    create(suite, hash_of('b'), "alice", "Other", 1);
    create(suite, hash_of('c'), "bob", "His", 1);
    s_start_factor(&talk, "early", "factor.start"); /* before the question */
    s_end_factor(&talk, "early", "true", s_approved);
    s_ask_it(&talk);
    s_end_badly(&talk);
    s_start_factor(&talk, "pending", "factor.start");
    talk_t same = talk; /* alice's other alert */
    same.hash = hash_of('b');
    s_start_factor(&same, "other", "factor.start");
    s_end_factor(&same, "other", "true", s_approved);
    talk.version = same.version;
    talk_t bob = {.suite = suite, .epoch = talk.epoch, .person = "bob", .hash = hash_of('a')};
    s_start_factor(&bob, "bobs", "factor.start"); /* bob's approval, for alice's alert */
    s_end_factor(&bob, "bobs", "true", s_approved);

    static const struct {
        const char *name;
        const char *authenticated;
        const char *proof;
    } rows[] = {
        {"no proof",                      "true", "null"      },
        {"not said to be authenticated",  "null", "null"      },
        {"unknown",                       "true", "'nonsense'"},
        {"older than the question",       "true", "'early'"   },
        {"of another alert",              "true", "'other'"   },
        {"of another person",             "true", "'bobs'"    },
        {"not answered",                  "true", "'pending'" },
        {"only a question about factors", "true", "'can'"     },
        {"a message",                     "true", "'chat'"    },
        {"wrong code",                    "true", "'wrong'"   },
        {"refused",                       "true", "'refused'" },
        {"another spelling",              "true", "'odd'"     },
        {"another spelling",              "true", "'longer'"  },
        {"a number",                      "true", "'number'"  },
        {"no status",                     "true", "'empty'"   },
        {"failed",                        "true", "'failed'"  },
        {"asked of another driver",       "true", "'duo'"     },
        {"asked of no driver",            "true", "'nobody'"  },
        {"done by another driver",        "true", "'swapped'" },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char *code = s_confirm(&talk, rows[i].authenticated, rows[i].proof);
        if (strcmp(code, "CONFLICT") != 0) {
            fail_msg("%s: got %s %s", rows[i].name, code, suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM answers"), 0);
    assert_string_equal(
        text_at(ask(suite, "alert.get", "{'hash': '%s'}", talk.hash), "alert.state"), "asked");
}

static void the_answer_must_be_in_the_same_transition(void **state)
{
    talk_t talk = s_talk(*state);
    s_ask_it(&talk);
    s_start_factor(&talk, "f1", "factor.start");
    s_end_factor(&talk, "f1", "true", s_approved);
    char members[300];
    (void)snprintf(
        members, sizeof members,
        "'answers': [{'hash': '%s', 'performed': true, 'authenticated': true, 'factor': 'totp',"
        " 'proof': 'f1'}]",
        talk.hash);
    s_step(&talk, members);
    assert_string_equal(
        commit_one(talk.suite, talk.epoch, talk.person, talk.version,
                   "'alerts': [{'hash': '%s', 'state': 'closed', 'outcome': 'confirmed'}]",
                   talk.hash),
        "CONFLICT");
}

static void what_was_not_asked_is_not_confirmed(void **state)
{
    talk_t talk = s_talk(*state);
    s_start_factor(&talk, "f1", "factor.start");
    s_end_factor(&talk, "f1", "true", s_approved);
    assert_string_equal(s_confirm(&talk, "true", "'f1'"), "CONFLICT");
    /* Asked and started in one step is not after the question either. */
    char members[512];
    (void)snprintf(members, sizeof members,
                   "'alerts': [{'hash': '%s', 'state': 'asked', 'asked_ms': 5}],"
                   " 'outbox': [{'id': 'f2', 'kind': 'factor.start', 'lane': 'x', 'alert': '%s',"
                   " 'body': {}}]",
                   talk.hash, talk.hash);
    s_step(&talk, members);
    s_end_factor(&talk, "f2", "true", s_approved);
    assert_string_equal(s_confirm(&talk, "true", "'f2'"), "CONFLICT");
    s_start_factor(&talk, "f3", "factor.start");
    s_end_factor(&talk, "f3", "true", s_approved);
    assert_string_equal(s_confirm(&talk, "true", "'f3'"), "OK");
}

static void the_answer_names_the_driver(void **state)
{
    talk_t talk = s_talk(*state);
    s_ask_it(&talk);
    s_start_factor(&talk, "f1", "factor.start");
    s_end_factor(&talk, "f1", "true", s_approved);
    static const char *const factors[] = {"null", "'duo'", "'totp+code'", "''"};
    for (size_t i = 0; i < LEN(factors); i++) {
        assert_string_equal(
            commit_one(talk.suite, talk.epoch, talk.person, talk.version,
                       "'alerts': [{'hash': '%s', 'state': 'closed', 'outcome': 'confirmed'}],"
                       " 'answers': [{'hash': '%s', 'authenticated': true, 'factor': %s,"
                       " 'proof': 'f1'}]",
                       talk.hash, talk.hash, factors[i]),
            "CONFLICT");
    }
    assert_string_equal(s_confirm(&talk, "true", "'f1'"), "OK");
}

static void authenticated_is_never_said_without_proof(void **state)
{
    talk_t talk = s_talk(*state);
    s_ask_it(&talk);
    assert_string_equal(
        commit_one(talk.suite, talk.epoch, talk.person, talk.version,
                   "'answers': [{'hash': '%s', 'performed': true, 'authenticated': true}]",
                   talk.hash),
        "CONFLICT");
    assert_int_equal(number(talk.suite, "SELECT count(*) FROM answers"), 0);
}

const behaviour_t proof_behaviours[] = {
    {"an_approval_confirms_once",                 an_approval_confirms_once                },
    {"nothing_else_confirms",                     nothing_else_confirms                    },
    {"the_answer_must_be_in_the_same_transition", the_answer_must_be_in_the_same_transition},
    {"what_was_not_asked_is_not_confirmed",       what_was_not_asked_is_not_confirmed      },
    {"the_answer_names_the_driver",               the_answer_names_the_driver              },
    {"authenticated_is_never_said_without_proof", authenticated_is_never_said_without_proof},
};
const size_t proof_behaviours_len = LEN(proof_behaviours);
