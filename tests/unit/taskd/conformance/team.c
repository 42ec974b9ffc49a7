/* team.c: what responders do about an escalated alert, from the door to the alert's record. */
#include "suite.h"

/* An escalated alert of alice's; the epoch. Her conversation has version 1. */
static int64_t s_escalated(suite_t *suite, const char *hash)
{
    const int64_t epoch = lead(suite);
    create(suite, hash, "alice", "Sudo", 1);
    assert_string_equal(
        commit_one(suite, epoch, "alice", 0,
                   "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': 'needs_help'}]",
                   hash),
        "OK");
    return epoch;
}

static const cJSON *s_alert(suite_t *suite, const char *hash)
{
    return at(ask(suite, "alert.get", "{'hash': '%s'}", hash), "alert");
}

static void an_alert_nobody_has_seen(void **state)
{
    suite_t *suite = *state;
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    static const char *const members[] = {"acked_ms", "acked_by", "assigned_to", "disposition",
                                          "disposed_ms"};
    const cJSON *listed = at(ask(suite, "alert.query", "{}"), "alerts.0");
    for (size_t i = 0; i < LEN(members); i++) {
        assert_true(null_at(s_alert(suite, hash_of('a')), members[i]));
        assert_true(null_at(listed, members[i]));
    }
}

static void commit_writes_what_is_given(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = s_escalated(suite, hash_of('a'));
    assert_string_equal(commit_one(suite, epoch, "alice", 1,
                                   "'team': [{'hash': '%s', 'acked_by': 'carol',"
                                   " 'assigned_to': null, 'disposition': null}]",
                                   hash_of('a')),
                        "OK");
    assert_int_equal(len_at(suite->hints, "changed"), 1);
    assert_string_equal(text_at(suite->hints, "changed.0.state"), "escalated");
    assert_string_equal(text_at(suite->hints, "changed.0.outcome"), "needs_help");
    const cJSON *alert = s_alert(suite, hash_of('a'));
    const int64_t acked_ms = int_at(alert, "acked_ms");
    assert_true(acked_ms > 1700000000000);
    assert_string_equal(text_at(alert, "acked_by"), "carol");
    assert_true(null_at(alert, "assigned_to"));
    assert_true(null_at(alert, "disposed_ms"));
    assert_string_equal(commit_one(suite, epoch, "alice", 2,
                                   "'team': [{'hash': '%s', 'assigned_to': 'dave',"
                                   " 'disposition': 'benign'}]",
                                   hash_of('a')),
                        "OK");
    alert = s_alert(suite, hash_of('a'));
    assert_string_equal(text_at(alert, "state"), "escalated");
    assert_int_equal(int_at(alert, "acked_ms"), acked_ms);
    assert_string_equal(text_at(alert, "acked_by"), "carol");
    assert_string_equal(text_at(alert, "assigned_to"), "dave");
    assert_string_equal(text_at(alert, "disposition"), "benign");
    assert_true(int_at(alert, "disposed_ms") >= acked_ms);
    const cJSON *count = ask(suite, "count", "{}");
    assert_int_equal(int_at(count, "escalated"), 1);
    assert_int_equal(int_at(count, "by_outcome.needs_help"), 1);
    assert_int_equal(int_at(count, "by_outcome.unsure"), 0);
}

static void only_what_is_escalated_and_the_persons(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = s_escalated(suite, hash_of('a'));
    create(suite, hash_of('b'), "alice", "Sudo", 1);
    static const struct {
        const char *name;
        const char *person;
        char hash;
        const char *members;
        const char *text;
    } rows[] = {
        {"new",            "alice", 'b', "'acked_by': 'c'",         "is new, not escalated"  },
        {"another's",      "bob",   'a', "'acked_by': 'c'",         "no alert of this person"},
        {"nobody's",       "alice", 'f', "'acked_by': 'c'",         "no alert of this person"},
        {"no disposition", "alice", 'a', "'disposition': 'closed'", "is no disposition"      },
        {"no name",        "alice", 'a', "'acked_by': 7",           "acked_by"               },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int64_t version = strcmp(rows[i].person, "alice") == 0;
        const char *code =
            commit_one(suite, epoch, rows[i].person, version, "'team': [{'hash': '%s', %s}]",
                       hash_of(rows[i].hash), rows[i].members);
        if (strcmp(code, "INVALID") != 0 || !strstr(suite->err.text, rows[i].text)) {
            fail_msg("%s: %s: %s", rows[i].name, code, suite->err.text);
        }
    }
    /* Also if it is escalated by this very transition: nobody can have seen it. */
    assert_string_equal(
        commit_one(suite, epoch, "alice", 1,
                   "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': 'unsure'}],"
                   " 'team': [{'hash': '%s', 'acked_by': 'c'}]",
                   hash_of('b'), hash_of('b')),
        "INVALID");
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts WHERE acked_by IS NOT NULL"), 0);
}

static void a_team_event_goes_to_the_alerts_person(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = s_escalated(suite, hash_of('a'));
    static const char put[] = "{'event': '%s', 'kind': 'team', 'value': '%s:%s%s', 'text': 'carol',"
                              " 'person': %s, 'message': 'm', 'at_ms': 5}";
    assert_true(true_at(
        ask(suite, "inbox.put", put, "e1", "close", hash_of('a'), ":benign", "null"), "new"));
    assert_true(true_at(suite->hints, "work"));
    assert_false(true_at(
        ask(suite, "inbox.put", put, "e1", "close", hash_of('a'), ":benign", "null"), "new"));
    /* Whoever is named: the store knows whose it is. */
    (void)ask(suite, "inbox.put", put, "e2", "assign", hash_of('a'), ":dave", "'bob'");
    const cJSON *got = ask(suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)epoch);
    assert_int_equal(len_at(got, "items"), 1);
    const cJSON *item = at(got, "items.0");
    assert_string_equal(text_at(item, "id"), "alice");
    assert_int_equal(len_at(item, "inbox"), 2);
    assert_string_equal(text_at(item, "inbox.0.kind"), "team");
    assert_string_equal(text_at(item, "inbox.0.text"), "carol");
    assert_string_equal(text_at(item, "inbox.0.message"), "m");
    assert_in_range(int_at(got, "now_ms") - int_at(item, "inbox.0.at_ms"), 0, 20000);
    char value[SB_VALUE_MAX];
    (void)snprintf(value, sizeof value, "close:%s:benign", hash_of('a'));
    assert_string_equal(text_at(item, "inbox.0.value"), value);
    assert_int_equal(len_at(item, "named"), 1);
    assert_string_equal(text_at(item, "named.0.hash"), hash_of('a'));
    assert_string_equal(text_at(item, "named.0.outcome"), "needs_help");
}

static void act_puts_the_same_event(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = s_escalated(suite, hash_of('a'));
    static const char act[] = "{'event': 'x1', 'value': 'ack:%s', 'actor': 'ops/dave'}";
    assert_true(true_at(ask(suite, "escalation.act", act, hash_of('a')), "new"));
    assert_true(true_at(suite->hints, "work"));
    assert_false(true_at(ask(suite, "escalation.act", act, hash_of('a')), "new"));
    assert_false(true_at(suite->hints, "work"));
    const cJSON *got = ask(suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)epoch);
    assert_string_equal(text_at(got, "items.0.inbox.0.kind"), "team");
    assert_string_equal(text_at(got, "items.0.inbox.0.text"), "ops/dave");
    assert_true(null_at(got, "items.0.inbox.0.message"));
    assert_true(int_at(got, "items.0.inbox.0.at_ms") > 1700000000000);
    assert_int_equal(len_at(got, "items.0.named"), 1);
}

static void what_is_no_alert_is_not_found(void **state)
{
    suite_t *suite = *state;
    assert_int_equal(ask_code(suite, "inbox.put",
                              "{'event': 'e', 'kind': 'team', 'value': 'ack:%s', 'text': 'carol',"
                              " 'at_ms': 1}",
                              hash_of('a')),
                     SB_ENOTFOUND);
    assert_non_null(strstr(suite->err.text, hash_of('a')));
    assert_int_equal(ask_code(suite, "escalation.act",
                              "{'event': 'e', 'value': 'ack:%s', 'actor': 'c'}", hash_of('a')),
                     SB_ENOTFOUND);
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox"), 0);
}

static void the_door_refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    (void)s_escalated(suite, hash_of('a'));
    static const struct {
        const char *action, *argument;
    } rows[] = {
        {"yes",    ""       },
        {"ack",    ":carol" },
        {"close",  ""       },
        {"close",  ":closed"},
        {"assign", ":"      },
        {"ACK",    ""       },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int put = ask_code(suite, "inbox.put",
                                 "{'event': 'e', 'kind': 'team', 'value': '%s:%s%s',"
                                 " 'text': 'carol', 'at_ms': 1}",
                                 rows[i].action, hash_of('a'), rows[i].argument);
        const int act = ask_code(suite, "escalation.act",
                                 "{'event': 'e', 'value': '%s:%s%s', 'actor': 'carol'}",
                                 rows[i].action, hash_of('a'), rows[i].argument);
        if (put != SB_EINVALID || act != SB_EINVALID) {
            fail_msg("%s%s: %s, %s", rows[i].action, rows[i].argument, sb_code_name(put),
                     sb_code_name(act));
        }
    }
    static const char *const bodies[] = {
        "{'event': 'e', 'kind': 'team', 'text': 'carol', 'at_ms': 1}",
        "{'event': 'e', 'kind': 'team', 'value': 'ack', 'text': 'carol', 'at_ms': 1}",
        "{'event': 'e', 'kind': 'team', 'value': 'ack:x', 'at_ms': 1}",
    };
    for (size_t i = 0; i < LEN(bodies); i++) {
        assert_int_equal(ask_code(suite, "inbox.put", "%s", bodies[i]), SB_EINVALID);
    }
    /* The built-in chat hears people, not responders. */
    assert_int_equal(ask_code(suite, "localchat.hear",
                              "{'event': 'e', 'person': 'alice', 'kind': 'team',"
                              " 'value': 'ack:%s', 'text': 'carol', 'at_ms': 1}",
                              hash_of('a')),
                     SB_EINVALID);
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox"), 0);
}

/* A bad one among good ones, all in one transaction. */
static void a_batch_has_its_bad_ones_refused(void **state)
{
    suite_t *suite = *state;
    (void)s_escalated(suite, hash_of('a'));
    char texts[3][256];
    const char hashes[3] = {'a', 'f', 'a'};
    store_cmd_t cmds[3];
    store_cmd_t *all[3];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(texts[i], sizeof texts[i],
                       "{\"event\":\"e%zu\",\"value\":\"ack:%s\",\"actor\":\"c\"}", i,
                       hash_of(hashes[i]));
        cJSON *body = sb_json_parse(texts[i], strlen(texts[i]), 0, &suite->err);
        cmds[i] = (store_cmd_t){.op = store_op("escalation.act"), .body = body, .actor = "botctl"};
        all[i] = &cmds[i];
    }
    assert_int_equal(store_run(suite->store, all, 3, &suite->err), SB_OK);
    static const int want[3] = {SB_OK, SB_ENOTFOUND, SB_OK};
    for (size_t i = 0; i < 3; i++) {
        assert_true(cmds[i].done);
        assert_int_equal(cmds[i].err.code, want[i]);
        store_cmd_clear(&cmds[i]);
        cJSON_Delete((cJSON *)(uintptr_t)cmds[i].body);
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox"), 2);
}

const behaviour_t team_behaviours[] = {
    {"an_alert_nobody_has_seen",               an_alert_nobody_has_seen              },
    {"commit_writes_what_is_given",            commit_writes_what_is_given           },
    {"only_what_is_escalated_and_the_persons", only_what_is_escalated_and_the_persons},
    {"a_team_event_goes_to_the_alerts_person", a_team_event_goes_to_the_alerts_person},
    {"act_puts_the_same_event",                act_puts_the_same_event               },
    {"what_is_no_alert_is_not_found",          what_is_no_alert_is_not_found         },
    {"the_door_refuses_what_is_wrong",         the_door_refuses_what_is_wrong        },
    {"a_batch_has_its_bad_ones_refused",       a_batch_has_its_bad_ones_refused      },
};
const size_t team_behaviours_len = LEN(team_behaviours);
