/* view.c: what a chat system's driver may look up: messages by their outbox id, who has a question
 * open, and what a person may see of themselves. */
#include "suite.h"

static void a_message_is_known_once_it_was_sent(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    assert_string_equal(
        commit_one(suite, epoch, "alice", 0,
                   "'outbox': [{'id': 'o1', 'kind': 'chat.send', 'lane': '@alice', 'alert': null,"
                   " 'body': {}}, {'id': 'o2', 'kind': 'chat.send', 'lane': '@alice',"
                   " 'alert': null, 'body': {}}, {'id': 'o3', 'kind': 'chat.send',"
                   " 'lane': '@alice', 'alert': null, 'body': {}}]"),
        "OK");
    assert_true(null_at(ask(suite, "outbox.message", "{'id': 'o1'}"), "message"));
    (void)ask(suite, "outbox.done",
              "{'epoch': '%lld', 'items': [{'id': 'o1', 'ok': true,"
              " 'result': {'message': '1700000000.000100'}}, {'id': 'o2', 'ok': false,"
              " 'result': {'message': 'none'}}, {'id': 'o3', 'ok': true, 'result': {}}]}",
              (long long)epoch);
    assert_string_equal(text_at(ask(suite, "outbox.message", "{'id': 'o1'}"), "message"),
                        "1700000000.000100");
    assert_true(null_at(ask(suite, "outbox.message", "{'id': 'o2'}"), "message"));
    assert_true(null_at(ask(suite, "outbox.message", "{'id': 'o3'}"), "message"));
    assert_true(null_at(ask(suite, "outbox.message", "{'id': 'unheard'}"), "message"));
    assert_int_equal(ask_code(suite, "outbox.message", "{'id': ''}"), SB_EINVALID);
}

/* Opens a question to this person. */
static void s_open(suite_t *suite, int64_t epoch, const char *person, const char *hash,
                   int64_t asked_ms)
{
    create(suite, hash, person, "Sudo", 1);
    assert_string_equal(
        commit_one(suite, epoch, person, 0,
                   "'conversation': {'state': 'asked', 'alert': '%s', 'deadline_ms': 77},"
                   " 'alerts': [{'hash': '%s', 'state': 'asked', 'asked_ms': %lld}]",
                   hash, hash, (long long)asked_ms),
        "OK");
}

static void s_hear(suite_t *suite, const char *event, const char *person, const char *kind,
                   int64_t at_ms)
{
    (void)ask(suite, "inbox.put",
              "{'event': '%s', 'person': '%s', 'kind': '%s', 'text': 't', 'value': 'v',"
              " 'at_ms': %lld}",
              event, person, kind, (long long)at_ms);
}

static void who_has_a_question_open(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    assert_int_equal(len_at(ask(suite, "conversation.list", "{}"), "people"), 0);
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'bob', 'chat_id': 'U2'}]}");
    s_open(suite, epoch, "bob", hash_of('b'), 50);
    s_open(suite, epoch, "alice", hash_of('a'), 40);
    s_open(suite, epoch, "carol", hash_of('c'), 60);
    assert_string_equal(commit_one(suite, epoch, "dave", 0, "'audit': []"), "OK"); /* idle */
    s_hear(suite, "e1", "bob", "text", 900);
    s_hear(suite, "e2", "bob", "button", 1000);
    s_hear(suite, "e3", "bob", "text", 800);
    s_hear(suite, "e4", "dave", "text", 2000);
    /* What others did about bob is nothing that he said. */
    (void)ask(suite, "inbox.put",
              "{'event': 'e5', 'kind': 'team', 'value': 'ack:%s', 'text': 'x', 'at_ms': 5000}",
              hash_of('b'));
    const cJSON *page = ask(suite, "conversation.list", "{'limit': 2}");
    assert_int_equal(len_at(page, "people"), 2);
    assert_string_equal(text_at(page, "people.0.id"), "alice");
    assert_true(null_at(page, "people.0.chat_id"));
    assert_int_equal(int_at(page, "people.0.since_ms"), 40); /* when she was asked */
    assert_string_equal(text_at(page, "people.1.id"), "bob");
    assert_string_equal(text_at(page, "people.1.chat_id"), "U2");
    assert_int_equal(int_at(page, "people.1.since_ms"), 1000);
    page = ask(suite, "conversation.list", "{'limit': 2, 'after': '%s'}", text_at(page, "cursor"));
    assert_int_equal(len_at(page, "people"), 1);
    assert_string_equal(text_at(page, "people.0.id"), "carol");
    assert_true(null_at(page, "cursor"));
}

static void nobody_in_particular(void **state)
{
    suite_t *suite = *state;
    const cJSON *view = ask(suite, "person.view", "{'person': 'Alice'}");
    assert_true(null_at(view, "person"));
    assert_false(true_at(view, "exempt"));
    assert_true(null_at(view, "open"));
    assert_true(null_at(view, "deadline_ms"));
    assert_int_equal(len_at(view, "recent"), 0);
    assert_int_equal(len_at(view, "mutes"), 0);
    assert_int_equal(ask_code(suite, "person.view", "{}"), SB_EINVALID);
}

static void what_a_person_may_see(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'alice', 'name': 'Alice A'}]}");
    (void)ask(suite, "exemption.add", "{'person': 'alice', 'reason': '', 'actor': 'x'}");
    (void)ask(suite, "mute.add",
              "{'person': 'alice', 'title': 'Sudo', 'reason': 'r', 'until_ms': 9000000000000,"
              " 'actor': 'x'}");
    (void)ask(suite, "mute.add",
              "{'person': 'alice', 'title': 'Old', 'reason': 'r', 'until_ms': 5, 'actor': 'x'}");
    for (int i = 0; i < 15; i++) {
        char hash[SB_HASH_HEX + 1];
        (void)snprintf(hash, sizeof hash, "%064d", i);
        create(suite, hash, "alice", "Login", 100 + i);
    }
    /* Four that she was not asked about, and one of bob's. */
    tamper(suite, "UPDATE alerts SET state = 'escalated', outcome = 'denied', acked_by = 'carol',"
                  " acked_ms = 5, disposition = 'true_positive', asked_ms = CASE"
                  " WHEN event_ms < 104 THEN NULL ELSE 7 END");
    create(suite, hash_of('b'), "bob", "His", 1000);
    tamper(suite, "UPDATE alerts SET state = 'escalated', outcome = 'denied', asked_ms = 7"
                  " WHERE person = 'bob'");
    s_open(suite, epoch, "alice", hash_of('a'), 40);
    const cJSON *view = ask(suite, "person.view", "{'person': 'ALICE'}");
    assert_string_equal(text_at(view, "person.name"), "Alice A");
    assert_true(true_at(view, "exempt"));
    assert_string_equal(text_at(view, "open.hash"), hash_of('a'));
    assert_int_equal(int_at(view, "deadline_ms"), 77);
    assert_int_equal(len_at(view, "recent"), SB_RECENT_MAX);
    assert_int_equal(int_at(view, "recent.0.event_ms"), 114);
    assert_int_equal(int_at(view, "recent.9.event_ms"), 105);
    static const char *const hidden[] = {"acked_ms", "acked_by", "assigned_to", "disposition",
                                         "disposed_ms"};
    for (size_t i = 0; i < LEN(hidden); i++) {
        assert_true(null_at(at(view, "recent.0"), hidden[i]));
    }
    assert_int_equal(len_at(view, "mutes"), 1);
    assert_string_equal(text_at(view, "mutes.0.title"), "Sudo");
    tamper(suite, "UPDATE alerts SET asked_ms = NULL WHERE event_ms < 110");
    assert_int_equal(len_at(ask(suite, "person.view", "{'person': 'alice'}"), "recent"), 5);
}

const behaviour_t view_behaviours[] = {
    {"a_message_is_known_once_it_was_sent", a_message_is_known_once_it_was_sent},
    {"who_has_a_question_open",             who_has_a_question_open            },
    {"nobody_in_particular",                nobody_in_particular               },
    {"what_a_person_may_see",               what_a_person_may_see              },
};
const size_t view_behaviours_len = LEN(view_behaviours);
