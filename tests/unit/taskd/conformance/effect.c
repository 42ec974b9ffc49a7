/* effect.c: what a person's own command does when its alert is confirmed. */
#include "suite.h"

static const char *s_create(suite_t *suite, int64_t epoch, int64_t version, char digit,
                            const char *effect)
{
    return commit_one(suite, epoch, "alice", version,
                      "'create': [{'hash': '%s', 'title': 'command', 'description': 'd',"
                      " 'effect': %s}]",
                      hash_of(digit), effect);
}

static const cJSON *s_alert(suite_t *suite, char digit)
{
    return at(ask(suite, "alert.get", "{'hash': '%s'}", hash_of(digit)), "alert");
}

static void an_alert_keeps_its_effect(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    assert_string_equal(s_create(suite, epoch, 0, 'a',
                                 "{'kind': 'mute', 'title': 'Sudo', 'reason': 'busy',"
                                 " 'for_ms': 60000, 'more': 1}"),
                        "OK");
    assert_string_equal(s_create(suite, epoch, 1, 'b', "{'kind': 'exempt', 'title': 'x'}"), "OK");
    assert_string_equal(s_create(suite, epoch, 2, 'c', "null"), "OK");
    create(suite, hash_of('d'), "alice", "Sudo", 1);
    const cJSON *mute = at(s_alert(suite, 'a'), "effect");
    assert_string_equal(text_at(mute, "kind"), "mute");
    assert_string_equal(text_at(mute, "title"), "Sudo");
    assert_string_equal(text_at(mute, "reason"), "busy");
    assert_int_equal(int_at(mute, "for_ms"), 60000);
    assert_int_equal(cJSON_GetArraySize(mute), 4);
    assert_int_equal(cJSON_GetArraySize(at(s_alert(suite, 'b'), "effect")), 1);
    assert_true(null_at(s_alert(suite, 'c'), "effect"));
    assert_true(null_at(s_alert(suite, 'd'), "effect"));
    const cJSON *pull = ask(suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)epoch);
    assert_string_equal(text_at(pull, "items.0.new.0.effect.kind"), "mute");
    assert_string_equal(
        text_at(ask(suite, "alert.query", "{'titles': ['command']}"), "alerts.2.effect.kind"),
        "mute");
}

static void no_sender_makes_one(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "alert.create",
              "{'hash': '%s', 'person': 'alice', 'title': 'T', 'description': 'd',"
              " 'effect': {'kind': 'exempt'}}",
              hash_of('a'));
    assert_true(null_at(s_alert(suite, 'a'), "effect"));
}

static void what_is_no_effect_is_refused(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    static const struct {
        const char *effect;
        const char *member;
    } rows[] = {
        {"5",                                                        "create[0].effect"       },
        {"{}",                                                       "create[0].effect.kind"  },
        {"{'kind': 'unmute'}",                                       "create[0].effect.kind"  },
        {"{'kind': 'mute', 'for_ms': 1}",                            "create[0].effect.title" },
        {"{'kind': 'mute', 'title': '', 'for_ms': 1}",               "create[0].effect.title" },
        {"{'kind': 'mute', 'title': 'T'}",                           "create[0].effect.for_ms"},
        {"{'kind': 'mute', 'title': 'T', 'for_ms': 0}",              "create[0].effect.for_ms"},
        {"{'kind': 'mute', 'title': 'T', 'for_ms': 1, 'reason': 5}", "create[0].effect.reason"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char *code = s_create(suite, epoch, 0, 'a', rows[i].effect);
        if (strcmp(code, "INVALID") != 0 || !strstr(suite->err.text, rows[i].member)) {
            fail_msg("%s: got %s %s", rows[i].effect, code, suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 0);
}

/* ---- What a transition may do to mutes and exemptions. */

/* An alert of alice's with this title and effect that is asked, with an approval that waits for its
 * confirmation. Its proof has its digit for a name. */
static void s_prove(suite_t *suite, int64_t epoch, int64_t *version, char digit, const char *title,
                    const char *effect)
{
    char steps[3][512];
    const char *hash = hash_of(digit);
    (void)snprintf(steps[0], sizeof steps[0],
                   "'create': [{'hash': '%s', 'title': '%s', 'description': 'd', 'effect': %s}]",
                   hash, title, effect);
    (void)snprintf(steps[1], sizeof steps[1], "'alerts': [{'hash': '%s', 'state': 'asked'}]", hash);
    (void)snprintf(steps[2], sizeof steps[2],
                   "'outbox': [{'id': '%c', 'kind': 'factor.start', 'lane': 'x', 'alert': '%s',"
                   " 'body': {'driver': 'totp'}}]",
                   digit, hash);
    for (size_t i = 0; i < LEN(steps); i++) {
        assert_string_equal(commit_one(suite, epoch, "alice", (*version)++, "%s", steps[i]), "OK");
    }
    (void)ask(suite, "outbox.done",
              "{'epoch': '%lld', 'items': [{'id': '%c', 'ok': true,"
              " 'result': {'status': 'approved'}}]}",
              (long long)epoch, digit);
}

/* Ends the alert in this way, and does the rest with it. */
static const char *s_end(suite_t *suite, int64_t epoch, int64_t version, char digit,
                         const char *outcome, const char *rest)
{
    const bool good = strcmp(outcome, "confirmed") == 0;
    return commit_one(suite, epoch, "alice", version,
                      "'alerts': [{'hash': '%s', 'state': '%s', 'outcome': '%s'}],"
                      " 'answers': [{'hash': '%s', 'performed': true, 'authenticated': %s,"
                      " 'factor': 'totp', 'proof': '%c'}], %s",
                      hash_of(digit), good ? "closed" : "escalated", outcome, hash_of(digit),
                      good ? "true" : "false", digit, rest);
}

#define MUTE(title) "'mute': {'title': '" title "', 'reason': 'r', 'until_ms': 5}"
#define EFFECT_MUTE "{'kind': 'mute', 'title': 'Sudo', 'reason': '', 'for_ms': 1}"
#define EFFECT_EXEMPT "{'kind': 'exempt'}"

static void a_confirmation_takes_effect(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    int64_t version = 0;
    s_prove(suite, epoch, &version, '1', "command", EFFECT_MUTE);
    assert_string_equal(s_end(suite, epoch, version++, '1', "confirmed", MUTE("Sudo")), "OK");
    s_prove(suite, epoch, &version, '2', "command", EFFECT_EXEMPT);
    assert_string_equal(s_end(suite, epoch, version++, '2', "confirmed", "'exempt': true"), "OK");
    s_prove(suite, epoch, &version, '3', "Login", "null"); /* its own title, for a while */
    assert_string_equal(s_end(suite, epoch, version++, '3', "confirmed", MUTE("Login")), "OK");
    const cJSON *mutes = at(ask(suite, "mute.list", "{'expired': true}"), "mutes");
    assert_int_equal(cJSON_GetArraySize(mutes), 2);
    assert_string_equal(text_at(mutes, "0.title"), "Login");
    assert_string_equal(text_at(mutes, "1.title"), "Sudo");
    assert_string_equal(text_at(ask(suite, "exemption.list", "{}"), "exemptions.0.person"),
                        "alice");
    s_prove(suite, epoch, &version, '4', "command", EFFECT_EXEMPT); /* once more */
    assert_string_equal(s_end(suite, epoch, version++, '4', "confirmed", "'exempt': true"), "OK");
    assert_int_equal(number(suite, "SELECT count(*) FROM exemptions"), 1);
    /* To be asked again needs no proof. */
    assert_string_equal(commit_one(suite, epoch, "alice", version++, "'exempt': null"), "OK");
    assert_int_equal(number(suite, "SELECT count(*) FROM exemptions"), 1);
    assert_string_equal(commit_one(suite, epoch, "alice", version++, "'exempt': false"), "OK");
    assert_int_equal(number(suite, "SELECT count(*) FROM exemptions"), 0);
}

static void a_mute_may_be_of_one_place(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    int64_t version = 0;
    create(suite, hash_of('8'), "alice", "Login", 1);
    static const char pull[] = "{'epoch': '%lld', 'max': 9}";
    static const struct {
        const char *given, *got;
    } rows[] = {
        {", 'place': 'db1'", "db1"},
        {"",                 NULL },
        {", 'place': ''",    ""   },
        {", 'place': null",  NULL },
        {", 'place': 'db2'", "db2"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        char mute[128];
        const char hash = (char)('1' + (char)i);
        (void)snprintf(mute, sizeof mute,
                       "'mute': {'title': 'Login', 'reason': 'r', 'until_ms': 9000000000000%s}",
                       rows[i].given);
        s_prove(suite, epoch, &version, hash, "Login", "null");
        assert_string_equal(s_end(suite, epoch, version++, hash, "confirmed", mute), "OK");
        const cJSON *got = at(ask(suite, "work.pull", pull, (long long)epoch), "items.0.mutes.0");
        if (rows[i].got) {
            assert_string_equal(text_at(got, "place"), rows[i].got);
        } else {
            assert_true(null_at(got, "place"));
        }
    }
    /* What the team mutes is muted everywhere. */
    (void)ask(suite, "mute.add",
              "{'person': 'alice', 'title': 'Login', 'reason': 'r', 'until_ms': 9000000000000,"
              " 'actor': 'cli:root'}");
    const cJSON *got = at(ask(suite, "work.pull", pull, (long long)epoch), "items.0.mutes.0");
    assert_true(null_at(got, "place"));
}

static void nothing_else_mutes_or_exempts(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    int64_t version = 0;
    s_prove(suite, epoch, &version, '1', "command", EFFECT_MUTE);
    s_prove(suite, epoch, &version, '2', "command", EFFECT_EXEMPT);
    s_prove(suite, epoch, &version, '3', "Login", "null");
    static const struct {
        const char *name;
        char alert; /* 0: none is ended */
        const char *outcome;
        const char *rest;
    } rows[] = {
        {"a mute alone",               0,   NULL,        MUTE("Sudo")                   },
        {"an exemption alone",         0,   NULL,        "'exempt': true"               },
        {"another title",              '1', "confirmed", MUTE("Login")                  },
        {"an exemption for a mute",    '1', "confirmed", "'exempt': true"               },
        {"a mute for an exemption",    '2', "confirmed", MUTE("Sudo")                   },
        {"more than the effect",       '2', "confirmed", "'exempt': true, " MUTE("Sudo")},
        {"an exemption for an alert",  '3', "confirmed", "'exempt': true"               },
        {"another title than its own", '3', "confirmed", MUTE("Sudo")                   },
        {"a mute that was not proven", '1', "refused",   MUTE("Sudo")                   },
        {"an exemption not proven",    '2', "no_answer", "'exempt': true"               },
        {"its own title, not proven",  '3', "no_answer", MUTE("Login")                  },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char *code =
            rows[i].alert
                ? s_end(suite, epoch, version, rows[i].alert, rows[i].outcome, rows[i].rest)
                : commit_one(suite, epoch, "alice", version, "%s", rows[i].rest);
        if (strcmp(code, "CONFLICT") != 0) {
            fail_msg("%s: got %s %s", rows[i].name, code, suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM mutes"), 0);
    assert_int_equal(number(suite, "SELECT count(*) FROM exemptions"), 0);
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts WHERE state = 'asked'"), 3);
}

const behaviour_t effect_behaviours[] = {
    {"a_confirmation_takes_effect",   a_confirmation_takes_effect  },
    {"a_mute_may_be_of_one_place",    a_mute_may_be_of_one_place   },
    {"nothing_else_mutes_or_exempts", nothing_else_mutes_or_exempts},
    {"an_alert_keeps_its_effect",     an_alert_keeps_its_effect    },
    {"no_sender_makes_one",           no_sender_makes_one          },
    {"what_is_no_effect_is_refused",  what_is_no_effect_is_refused },
};
const size_t effect_behaviours_len = LEN(effect_behaviours);
