/* alert.c: how alerts come in, are looked at and counted. */
#include "suite.h"

#include <stdlib.h>

static void create_gives_hash_and_seq(void **state)
{
    suite_t *suite = *state;
    const cJSON *made =
        ask(suite, "alert.create",
            "{'hash': '%s', 'title': 'Sudo', 'person': 'Alice', 'description':"
            " 'sudo on web1', 'reason': 'why', 'url': 'https://x', 'place': 'Lima, Peru',"
            " 'event_ms': 7}",
            hash_of('a'));
    assert_string_equal(text_at(made, "hash"), hash_of('a'));
    assert_true(true_at(made, "created"));
    const int64_t seq = id_at(made, "seq");

    const cJSON *got = at(ask(suite, "alert.get", "{'hash': '%s'}", hash_of('a')), "alert");
    assert_int_equal(id_at(got, "seq"), seq);
    assert_string_equal(text_at(got, "title"), "Sudo");
    assert_string_equal(text_at(got, "person"), "alice");
    assert_string_equal(text_at(got, "description"), "sudo on web1");
    assert_string_equal(text_at(got, "reason"), "why");
    assert_string_equal(text_at(got, "url"), "https://x");
    assert_string_equal(text_at(got, "place"), "Lima, Peru");
    assert_int_equal(int_at(got, "event_ms"), 7);
    assert_true(int_at(got, "created_ms") > 1700000000000);
    assert_string_equal(text_at(got, "state"), "new");
    assert_int_equal(int_at(got, "status"), 0);
    static const char *const unknown[] = {"outcome",  "performed", "authenticated", "comment",
                                          "asked_ms", "closed_ms", "factor"};
    for (size_t i = 0; i < LEN(unknown); i++) {
        assert_true(null_at(got, unknown[i]));
    }
    got = at(ask(suite, "alert.query", "{}"), "alerts.0");
    assert_string_equal(text_at(got, "place"), "Lima, Peru");
}

static void create_hints_work_and_alert(void **state)
{
    suite_t *suite = *state;
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    assert_true(true_at(suite->hints, "work"));
    assert_string_equal(text_at(suite->hints, "changed.0.hash"), hash_of('a'));
    assert_string_equal(text_at(suite->hints, "changed.0.state"), "new");
    assert_true(null_at(suite->hints, "changed.0.outcome"));
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    assert_false(true_at(suite->hints, "work"));
    assert_int_equal(len_at(suite->hints, "changed"), 0);
}

static void create_without_a_hash_makes_one(void **state)
{
    suite_t *suite = *state;
    static const char body[] = "{'title': 'T', 'person': 'p', 'description': 'd'}";
    const cJSON *one = ask(suite, "alert.create", "%s", body);
    const cJSON *two = ask(suite, "alert.create", "%s", body);
    assert_int_equal(strlen(text_at(one, "hash")), SB_HASH_HEX);
    assert_string_not_equal(text_at(one, "hash"), text_at(two, "hash"));
    assert_true(true_at(two, "created"));
    const cJSON *got = ask(suite, "alert.get", "{'hash': '%s'}", text_at(one, "hash"));
    assert_true(int_at(got, "alert.event_ms") > 1700000000000); /* now */
}

static void create_again_is_the_same_alert(void **state)
{
    suite_t *suite = *state;
    static const char body[] = "{'hash': '%s', 'title': 'T', 'person': 'p', 'description': 'd',"
                               " 'reason': %s, 'url': %s, 'place': %s, 'event_ms': %d}";
    const int64_t seq =
        id_at(ask(suite, "alert.create", body, hash_of('b'), "'r'", "null", "null", 5), "seq");
    const cJSON *again = ask(suite, "alert.create", body, hash_of('B'), "'r'", "''", "''", 6);
    assert_false(true_at(again, "created"));
    assert_int_equal(id_at(again, "seq"), seq);
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 1);
}

static void create_with_other_content_is_a_conflict(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "alert.create",
              "{'hash': '%s', 'title': 'T', 'person': 'p', 'description': 'd', 'reason': 'r',"
              " 'url': 'u', 'place': 'p'}",
              hash_of('c'));
    static const struct {
        const char *member; /* the first that differs */
        const char *body;
    } rows[] = {
        {"title",       "'title': 'X', 'person': 'x', 'description': 'd', 'reason': 'r', 'url': 'u'"},
        {"person",      "'title': 'T', 'person': 'x', 'description': 'x', 'reason': 'r', 'url': 'u'"},
        {"description", "'title': 'T', 'person': 'p', 'description': 'x', 'url': 'x'"               },
        {"reason",      "'title': 'T', 'person': 'p', 'description': 'd', 'url': 'u'"               },
        {"url",         "'title': 'T', 'person': 'p', 'description': 'd', 'reason': 'r', 'url': 'x'"},
        {"place",       "'title': 'T', 'person': 'p', 'description': 'd', 'reason': 'r', 'url': 'u',"
                  " 'place': 'x'"                                                  },
        {"place",       "'title': 'T', 'person': 'p', 'description': 'd', 'reason': 'r', 'url': 'u'"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        char want[64];
        (void)snprintf(want, sizeof want, "body.%s:", rows[i].member);
        assert_int_equal(
            ask_code(suite, "alert.create", "{'hash': '%s', %s}", hash_of('c'), rows[i].body),
            SB_ECONFLICT);
        if (strncmp(suite->err.text, want, strlen(want)) != 0) {
            fail_msg("want %s got %s", want, suite->err.text);
        }
    }
}

static void create_refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    static const struct {
        const char *name;
        const char *body;
        const char *member;
    } rows[] = {
        {"no title",            "{'person': 'p', 'description': 'd'}",                               "body.title"      },
        {"empty title",         "{'title': '', 'person': 'p', 'description': 'd'}",                  "body.title"      },
        {"no person",           "{'title': 't', 'description': 'd'}",                                "body.person"     },
        {"a number",            "{'title': 't', 'person': 5, 'description': 'd'}",                   "body.person"     },
        {"a control character", "{'title': 't', 'person': 'a\\nb', 'description': 'd'}",
         "body.person"                                                                                                 },
        {"no description",      "{'title': 't', 'person': 'p'}",                                     "body.description"},
        {"short hash",          "{'hash': 'ab', 'title': 't', 'person': 'p', 'description': 'd'}",
         "body.hash"                                                                                                   },
        {"no hex",
         "{'hash': 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz',"
         " 'title': 't', 'person': 'p', 'description': 'd'}",                                        "body.hash"       },
        {"negative time",       "{'title': 't', 'person': 'p', 'description': 'd', 'event_ms': -1}",
         "body.event_ms"                                                                                               },
        {"long person",
         "{'title': 't', 'description': 'd', 'person':"
         " 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",                    "body.person"     },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, "alert.create", "%s", rows[i].body);
        if (code != SB_EINVALID || !strstr(suite->err.text, rows[i].member)) {
            fail_msg("%s: got %d %s", rows[i].name, code, suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 0);
}

static void create_takes_a_place_of_so_many_bytes(void **state)
{
    suite_t *suite = *state;
    static const struct {
        int size;
        int code;
    } rows[] = {
        {SB_PLACE_MAX,     SB_OK      },
        {SB_PLACE_MAX + 1, SB_EINVALID},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, "alert.create",
                                  "{'title': 'T', 'person': 'p', 'description': 'd',"
                                  " 'place': '%0*d'}",
                                  rows[i].size, 0);
        if (code != rows[i].code || (code && !strstr(suite->err.text, "body.place"))) {
            fail_msg("%d bytes: got %d %s", rows[i].size, code, suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 1);
}

static void texts_survive_as_they_are(void **state)
{
    suite_t *suite = *state;
    static const char text[] = "back\\\\slash \\u0001\\u001b {brace} $1 ?1 %s \\u00e9\\ud83d\\ude00"
                               " \\\"quoted\\\" tab\\t";
    const cJSON *made =
        ask(suite, "alert.create",
            "{'title': 'T', 'person': 'p', 'description': '%s', 'reason': '%s', 'place': '%s'}",
            text, text, text);
    const cJSON *got = ask(suite, "alert.get", "{'hash': '%s'}", text_at(made, "hash"));
    static const char want[] = "back\\slash \x01\x1b {brace} $1 ?1 %s \xc3\xa9\xf0\x9f\x98\x80"
                               " \"quoted\" tab\t";
    assert_string_equal(text_at(got, "alert.description"), want);
    assert_string_equal(text_at(got, "alert.reason"), want);
    assert_string_equal(text_at(got, "alert.place"), want);
}

static void get_takes_a_unique_beginning(void **state)
{
    suite_t *suite = *state;
    static const char one[] = "abcdef0000000000000000000000000000000000000000000000000000000000";
    static const char two[] = "abcdef1000000000000000000000000000000000000000000000000000000000";
    create(suite, one, "p", "One", 1);
    create(suite, two, "p", "Two", 1);
    static const struct {
        const char *prefix;
        int code;
        const char *title;
    } rows[] = {
        {"abcdef",   SB_ECONFLICT, NULL }, /* both */
        {"abcdef0",  SB_OK,        "One"},
        {"ABCDEF1",  SB_OK,        "Two"},
        {"abcdef2",  SB_ENOTFOUND, NULL },
        {"abcde",    SB_EINVALID,  NULL }, /* too short */
        {"abcdefxy", SB_EINVALID,  NULL },
        {"ffffff",   SB_ENOTFOUND, NULL },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        if (rows[i].code) {
            const int code = ask_code(suite, "alert.get", "{'hash': '%s'}", rows[i].prefix);
            if (code != rows[i].code) {
                fail_msg("%s: got %s", rows[i].prefix, sb_code_name(code));
            }
        } else {
            const cJSON *got = ask(suite, "alert.get", "{'hash': '%s'}", rows[i].prefix);
            assert_string_equal(text_at(got, "alert.title"), rows[i].title);
            assert_true(null_at(got, "answer"));
            assert_int_equal(len_at(got, "notes"), 0);
        }
    }
}

static void get_shows_answer_and_notes(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    assert_string_equal(
        commit_one(suite, epoch, "alice", 0,
                   "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': 'denied',"
                   " 'closed_ms': 9}],"
                   "'answers': [{'hash': '%s', 'performed': false, 'comment': 'no \\u00fc'}],"
                   "'audit': [{'alert': '%s', 'actor': 'alice', 'action': 'note',"
                   " 'detail': {'text': 'too late'}},"
                   " {'alert': '%s', 'actor': 'botd', 'action': 'alert.denied', 'detail': {}}]",
                   hash_of('a'), hash_of('a'), hash_of('a'), hash_of('a')),
        "OK");
    const cJSON *got = ask(suite, "alert.get", "{'hash': '%.6s'}", hash_of('a'));
    assert_string_equal(text_at(got, "alert.state"), "escalated");
    assert_int_equal(int_at(got, "alert.status"), 2);
    assert_int_equal(int_at(got, "alert.closed_ms"), 9);
    assert_false(true_at(got, "alert.performed"));
    assert_true(null_at(got, "alert.authenticated"));
    assert_false(true_at(got, "answer.performed"));
    assert_string_equal(text_at(got, "answer.comment"), "no \xc3\xbc");
    assert_true(null_at(got, "answer.proof"));
    assert_int_equal(len_at(got, "notes"), 1);
    assert_string_equal(text_at(got, "notes.0.text"), "too late");
    assert_string_equal(text_at(got, "notes.0.actor"), "alice");
}

static void count_adds_up(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    static const struct {
        char digit;
        const char *state;
        const char *outcome; /* NULL: null */
    } rows[] = {
        {'1', "new",       NULL       },
        {'2', "queued",    NULL       },
        {'3', "asked",     NULL       },
        {'4', "closed",    "muted"    },
        {'5', "escalated", "denied"   },
        {'6', "escalated", "no_answer"},
        {'7', "escalated", "denied"   },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char person[] = {'p', rows[i].digit, '\0'};
        create(suite, hash_of(rows[i].digit), person, "T", 1);
        if (strcmp(rows[i].state, "new") == 0) {
            continue;
        }
        const char *quote = rows[i].outcome ? "'" : "";
        assert_string_equal(
            commit_one(suite, epoch, person, 0,
                       "'alerts': [{'hash': '%s', 'state': '%s', 'outcome': %s%s%s}]",
                       hash_of(rows[i].digit), rows[i].state, quote,
                       rows[i].outcome ? rows[i].outcome : "null", quote),
            "OK");
    }
    tamper(suite, "UPDATE alerts SET state = 'closed', outcome = 'confirmed' WHERE person = 'p3'");
    const cJSON *count = ask(suite, "count", "{}");
    assert_int_equal(int_at(count, "in"), 7);
    assert_int_equal(int_at(count, "open"), 2);
    assert_int_equal(int_at(count, "confirmed"), 1);
    assert_int_equal(int_at(count, "closed_by_rule"), 1);
    assert_int_equal(int_at(count, "escalated"), 3);
    assert_int_equal(int_at(count, "by_outcome.denied"), 2);
    assert_int_equal(int_at(count, "by_outcome.no_answer"), 1);
    assert_int_equal(int_at(count, "by_outcome.undeliverable"), 0);
}

const behaviour_t alert_behaviours[] = {
    {"create_gives_hash_and_seq",               create_gives_hash_and_seq              },
    {"create_hints_work_and_alert",             create_hints_work_and_alert            },
    {"create_without_a_hash_makes_one",         create_without_a_hash_makes_one        },
    {"create_again_is_the_same_alert",          create_again_is_the_same_alert         },
    {"create_with_other_content_is_a_conflict", create_with_other_content_is_a_conflict},
    {"create_refuses_what_is_wrong",            create_refuses_what_is_wrong           },
    {"create_takes_a_place_of_so_many_bytes",   create_takes_a_place_of_so_many_bytes  },
    {"texts_survive_as_they_are",               texts_survive_as_they_are              },
    {"get_takes_a_unique_beginning",            get_takes_a_unique_beginning           },
    {"get_shows_answer_and_notes",              get_shows_answer_and_notes             },
    {"count_adds_up",                           count_adds_up                          },
};
const size_t alert_behaviours_len = LEN(alert_behaviours);
