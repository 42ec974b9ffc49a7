/* work.c: who has something to do, and all that is told about them. */
#include "suite.h"

#include <stdlib.h>

static const cJSON *s_pull(suite_t *suite, int64_t epoch, int max)
{
    return ask(suite, "work.pull", "{'epoch': '%lld', 'max': %d}", (long long)epoch, max);
}

static void s_say(suite_t *suite, const char *event, const char *person, const char *text)
{
    (void)ask(suite, "inbox.put",
              "{'event': '%s', 'person': '%s', 'kind': 'text', 'text': '%s', 'at_ms': 5}", event,
              person, text);
}

static void nothing_to_do(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    const cJSON *got = s_pull(suite, epoch, 10);
    assert_int_equal(len_at(got, "items"), 0);
    assert_false(true_at(got, "more"));
    assert_true(null_at(got, "next_due_ms"));
    assert_true(int_at(got, "now_ms") > 1700000000000);
}

static void only_for_the_leader(void **state)
{
    suite_t *suite = *state;
    assert_int_equal(ask_code(suite, "work.pull", "{'epoch': '1', 'max': 10}"), SB_ESTALE);
    const long long epoch = lead(suite);
    assert_int_equal(ask_code(suite, "work.pull", "{'epoch': '%lld', 'max': 10}", epoch - 1),
                     SB_ESTALE);
    assert_int_equal(ask_code(suite, "work.pull", "{'epoch': '%lld', 'max': 0}", epoch),
                     SB_EINVALID);
    assert_int_equal(ask_code(suite, "work.pull", "{'epoch': '%lld', 'max': 257}", epoch),
                     SB_EINVALID);
}

static void a_new_alert_of_an_unknown_person(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "Sudo", 7);
    const cJSON *got = s_pull(suite, epoch, 10);
    assert_int_equal(len_at(got, "items"), 1);
    const cJSON *item = at(got, "items.0");
    assert_string_equal(text_at(item, "id"), "alice");
    assert_true(null_at(item, "person"));
    assert_false(true_at(item, "exempt"));
    assert_string_equal(text_at(item, "conversation.state"), "idle");
    assert_string_equal(text_at(item, "conversation.version"), "0");
    assert_int_equal(int_at(item, "conversation.attempts"), 0);
    static const char *const unknown[] = {"alert",      "deadline_ms", "question", "job",
                                          "driver",     "strength",    "tried",    "comment",
                                          "last_alert", "transcript"};
    for (size_t i = 0; i < LEN(unknown); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "conversation.%s", unknown[i]);
        assert_true(null_at(item, path));
    }
    assert_true(null_at(item, "alert"));
    assert_true(null_at(item, "last_alert"));
    assert_true(null_at(item, "proofs"));
    assert_int_equal(len_at(item, "new"), 1);
    assert_string_equal(text_at(item, "new.0.hash"), hash_of('a'));
    assert_int_equal(len_at(item, "queued"), 0);
    assert_false(true_at(item, "queued_more"));
    assert_int_equal(len_at(item, "named"), 0);
    assert_int_equal(len_at(item, "mutes"), 0);
    assert_int_equal(len_at(item, "inbox"), 0);
    assert_false(true_at(item, "inbox_more"));
}

static void all_that_is_known_about_a_person(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'alice', 'name': 'Alice A',"
              " 'email': 'a@x', 'chat_id': 'U1', 'zone': 'Europe/Berlin'}]}");
    (void)ask(suite, "exemption.add", "{'person': 'alice', 'reason': 'r', 'actor': 'x'}");
    (void)ask(suite, "mute.add",
              "{'person': 'alice', 'title': 'Sudo', 'reason': 'busy', 'until_ms': 9000000000000,"
              " 'actor': 'x'}");
    (void)ask(suite, "mute.add",
              "{'person': 'alice', 'title': 'Old', 'reason': '', 'until_ms': 5, 'actor': 'x'}");
    (void)ask(suite, "mute.add",
              "{'person': 'bob', 'title': 'Sudo', 'reason': '', 'until_ms': 9000000000000,"
              " 'actor': 'x'}");
    create(suite, hash_of('1'), "alice", "Last", 1);
    (void)ask(suite, "alert.create",
              "{'hash': '%s', 'title': 'Now', 'person': 'alice', 'description': 'd',"
              " 'place': 'Lima, Peru', 'event_ms': 2}",
              hash_of('2'));
    create(suite, hash_of('3'), "alice", "Waits", 3);
    create(suite, hash_of('4'), "alice", "Fresh", 4);
    assert_string_equal(
        commit_one(suite, epoch, "alice", 0,
                   "'conversation': {'state': 'code', 'alert': '%s', 'deadline_ms': 77,"
                   " 'question': 'q', 'job': 'j', 'driver': 'totp', 'strength': 'code',"
                   " 'tried': 'duo,okta', 'attempts': 2,"
                   " 'comment': 'c', 'last_alert': '%s', 'transcript': 'alice: hm'},"
                   "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': 'denied'},"
                   " {'hash': '%s', 'state': 'asked', 'asked_ms': 9},"
                   " {'hash': '%s', 'state': 'queued'}]",
                   hash_of('2'), hash_of('1'), hash_of('1'), hash_of('2'), hash_of('3')),
        "OK");
    s_say(suite, "e1", "Alice", "yes \\ud83d\\ude00");
    const cJSON *item = at(s_pull(suite, epoch, 10), "items.0");
    assert_string_equal(text_at(item, "person.name"), "Alice A");
    assert_string_equal(text_at(item, "person.zone"), "Europe/Berlin");
    assert_true(true_at(item, "person.active"));
    assert_true(true_at(item, "exempt"));
    assert_string_equal(text_at(item, "conversation.state"), "code");
    assert_string_equal(text_at(item, "conversation.version"), "1");
    assert_string_equal(text_at(item, "conversation.alert"), hash_of('2'));
    assert_int_equal(int_at(item, "conversation.deadline_ms"), 77);
    assert_string_equal(text_at(item, "conversation.question"), "q");
    assert_string_equal(text_at(item, "conversation.job"), "j");
    assert_string_equal(text_at(item, "conversation.driver"), "totp");
    assert_string_equal(text_at(item, "conversation.strength"), "code");
    assert_string_equal(text_at(item, "conversation.tried"), "duo,okta");
    assert_int_equal(int_at(item, "proofs.hour"), 0);
    assert_int_equal(int_at(item, "conversation.attempts"), 2);
    assert_string_equal(text_at(item, "conversation.comment"), "c");
    assert_string_equal(text_at(item, "conversation.transcript"), "alice: hm");
    assert_string_equal(text_at(item, "alert.title"), "Now");
    assert_string_equal(text_at(item, "alert.place"), "Lima, Peru");
    assert_string_equal(text_at(item, "last_alert.title"), "Last");
    assert_string_equal(text_at(item, "queued.0.title"), "Waits");
    assert_true(null_at(item, "queued.0.place"));
    assert_string_equal(text_at(item, "new.0.title"), "Fresh");
    assert_int_equal(len_at(item, "mutes"), 1);
    assert_string_equal(text_at(item, "mutes.0.title"), "Sudo");
    assert_string_equal(text_at(item, "mutes.0.reason"), "busy");
    assert_string_equal(text_at(item, "inbox.0.text"), "yes \xf0\x9f\x98\x80");
    assert_string_equal(text_at(item, "inbox.0.event"), "e1");
    assert_string_equal(text_at(item, "inbox.0.kind"), "text");
    assert_true(null_at(item, "inbox.0.value"));
}

/* Who sends it may have another clock; what is compared with deadlines must be of one. */
static void an_event_has_the_time_of_the_store(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    s_say(suite, "e1", "alice", "yes"); /* at_ms 5 */
    const cJSON *got = s_pull(suite, epoch, 10);
    assert_in_range(int_at(got, "now_ms") - int_at(got, "items.0.inbox.0.at_ms"), 0, 20000);
}

static void never_an_alert_of_another(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('b'), "bob", "His", 1);
    (void)commit_one(suite, epoch, "alice", 0,
                     "'conversation': {'state': 'asked', 'alert': '%s', 'last_alert': '%s',"
                     " 'deadline_ms': 1}",
                     hash_of('b'), hash_of('b'));
    const cJSON *got = s_pull(suite, epoch, 10);
    assert_int_equal(len_at(got, "items"), 2);
    const cJSON *item =
        at(got, strcmp(text_at(got, "items.0.id"), "alice") == 0 ? "items.0" : "items.1");
    assert_true(null_at(item, "alert"));
    assert_true(null_at(item, "last_alert"));
    assert_int_equal(len_at(item, "new"), 0);
}

static void an_event_until_it_is_applied(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    s_say(suite, "e1", "alice", "hi");
    const char *seq = text_at(s_pull(suite, epoch, 10), "items.0.inbox.0.seq");
    /* Another's event can't be applied. */
    assert_string_equal(commit_one(suite, epoch, "bob", 0, "'applied': ['%s']", seq), "OK");
    assert_int_equal(len_at(s_pull(suite, epoch, 10), "items"), 1);
    assert_string_equal(commit_one(suite, epoch, "alice", 0, "'applied': ['%s']", seq), "OK");
    assert_int_equal(len_at(s_pull(suite, epoch, 10), "items"), 0);
}

static void a_deadline_when_it_is_due(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    assert_string_equal(
        commit_one(suite, epoch, "alice", 0,
                   "'conversation': {'state': 'asked', 'deadline_ms': 9000000000000}"),
        "OK");
    assert_string_equal(
        commit_one(suite, epoch, "bob", 0,
                   "'conversation': {'state': 'asked', 'deadline_ms': 8000000000000}"),
        "OK");
    const cJSON *early = s_pull(suite, epoch, 10);
    assert_int_equal(len_at(early, "items"), 0);
    assert_int_equal(int_at(early, "next_due_ms"), 8000000000000);
    tamper(suite, "UPDATE conversations SET deadline_ms = 1000 WHERE person = 'bob'");
    const cJSON *due = s_pull(suite, epoch, 10);
    assert_int_equal(len_at(due, "items"), 1);
    assert_string_equal(text_at(due, "items.0.id"), "bob");
    assert_int_equal(int_at(due, "next_due_ms"), 9000000000000);
}

static void oldest_first_and_no_more_than_asked(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('1'), "zoe", "T", 1);
    create(suite, hash_of('2'), "adam", "T", 1);
    create(suite, hash_of('3'), "zoe", "T", 1);
    s_say(suite, "e", "mia", "hi");
    tamper(suite, "UPDATE alerts SET created_ms = 1000 + seq");
    tamper(suite, "UPDATE inbox SET received_ms = 500");
    const cJSON *all = s_pull(suite, epoch, 3);
    assert_int_equal(len_at(all, "items"), 3);
    assert_string_equal(text_at(all, "items.0.id"), "mia");
    assert_string_equal(text_at(all, "items.1.id"), "zoe");
    assert_string_equal(text_at(all, "items.2.id"), "adam");
    assert_int_equal(len_at(all, "items.1.new"), 2);
    assert_false(true_at(all, "more"));
    const cJSON *some = s_pull(suite, epoch, 2);
    assert_int_equal(len_at(some, "items"), 2);
    assert_string_equal(text_at(some, "items.1.id"), "zoe");
    assert_true(true_at(some, "more"));
}

static void lists_have_their_limits(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    for (int i = 0; i < 30; i++) {
        char hash[SB_HASH_HEX + 1];
        (void)snprintf(hash, sizeof hash, "%064d", i);
        create(suite, hash, "alice", "T", i);
        char event[16];
        (void)snprintf(event, sizeof event, "e%02d", i);
        s_say(suite, event, "alice", event);
    }
    tamper(suite, "UPDATE alerts SET state = 'queued' WHERE event_ms < 15");
    const cJSON *got = s_pull(suite, epoch, 10);
    const cJSON *item = at(got, "items.0");
    assert_int_equal(len_at(item, "new"), SB_PULL_ALERTS_MAX);
    assert_int_equal(int_at(item, "new.0.event_ms"), 15);
    assert_int_equal(int_at(item, "new.7.event_ms"), 22);
    assert_int_equal(len_at(item, "queued"), SB_PULL_ALERTS_MAX);
    assert_int_equal(int_at(item, "queued.0.event_ms"), 0);
    assert_true(true_at(item, "queued_more"));
    assert_int_equal(len_at(item, "inbox"), SB_PULL_INBOX_MAX);
    assert_string_equal(text_at(item, "inbox.0.text"), "e00");
    assert_string_equal(text_at(item, "inbox.15.text"), "e15");
    assert_true(true_at(item, "inbox_more"));
    assert_true(true_at(got, "more"));
}

static void buttons_name_the_persons_own_alerts(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    create(suite, hash_of('a'), "alice", "Hers", 1);
    create(suite, hash_of('b'), "bob", "His", 1);
    char values[4][128];
    (void)snprintf(values[0], sizeof values[0], "yes:%s", hash_of('a'));
    (void)snprintf(values[1], sizeof values[1], "no:%s", hash_of('b'));
    (void)snprintf(values[2], sizeof values[2], "no:%s", hash_of('a'));
    (void)snprintf(values[3], sizeof values[3], "yes:nonsense");
    for (size_t i = 0; i < LEN(values); i++) {
        (void)ask(suite, "inbox.put",
                  "{'event': 'e%zu', 'person': 'alice', 'kind': 'button', 'value': '%s',"
                  " 'message': 'm', 'at_ms': 1}",
                  i, values[i]);
    }
    assert_string_equal(
        commit_one(suite, epoch, "alice", 0,
                   "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': 'no_answer'}]",
                   hash_of('a')),
        "OK");
    const cJSON *got = s_pull(suite, epoch, 10);
    const cJSON *item = at(got, "items.0");
    if (strcmp(text_at(item, "id"), "alice") != 0) {
        item = at(got, "items.1");
    }
    assert_int_equal(len_at(item, "inbox"), 4);
    assert_int_equal(len_at(item, "named"), 1); /* once, and not bob's */
    assert_string_equal(text_at(item, "named.0.title"), "Hers");
    assert_string_equal(text_at(item, "named.0.outcome"), "no_answer");
}

static void an_answer_is_never_too_large(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    char *reason = malloc(16001);
    memset(reason, 'r', 16000);
    reason[16000] = '\0';
    for (int i = 0; i < 100; i++) {
        (void)ask(suite, "alert.create",
                  "{'title': 'T', 'person': 'p%d', 'description': 'd', 'reason': '%s'}", i / 4,
                  reason);
    }
    free(reason);
    int seen = 0;
    for (int round = 0; round < 10; round++) {
        const cJSON *got = s_pull(suite, epoch, 256);
        assert_true(sb_json_size_max(got) <= SB_ANSWER_SIZE_MAX + 1000);
        seen += len_at(got, "items");
        const bool more = true_at(got, "more");
        const cJSON *item;
        cJSON_ArrayForEach(item, at(got, "items"))
        {
            char sql[128];
            assert_int_equal(len_at(item, "new"), 4);
            (void)snprintf(sql, sizeof sql,
                           "UPDATE alerts SET state = 'queued' WHERE person = '%s'",
                           text_at(item, "id"));
            tamper(suite, sql);
        }
        if (!more) {
            break;
        }
    }
    assert_int_equal(seen, 25);
}

/* n times \u0001, which JSON writes in six bytes each. */
static char *s_worst(size_t n)
{
    static const char unit[] = "\\u0001";
    char *text = calloc(n, sizeof unit - 1);
    assert_non_null(text);
    char *all = realloc(text, n * (sizeof unit - 1) + 1);
    for (size_t i = 0; i < n; i++) {
        memcpy(all + i * (sizeof unit - 1), unit, sizeof unit - 1);
    }
    all[n * (sizeof unit - 1)] = '\0';
    return all;
}

/* One person's worst: everything as long as it may be, and six times that in JSON. */
static void the_largest_item_fits(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    char *reason = s_worst(SB_REASON_MAX);
    char *description = s_worst(SB_DESCRIPTION_MAX);
    char *comment = s_worst(SB_COMMENT_MAX);
    char *place = s_worst(SB_PLACE_MAX);
    for (int i = 0; i < 20; i++) {
        (void)ask(suite, "alert.create",
                  "{'hash': '%064d', 'title': 'T', 'person': 'alice', 'description': '%s',"
                  " 'reason': '%s', 'place': '%s', 'event_ms': %d}",
                  i, description, reason, place, i);
        (void)ask(suite, "inbox.put",
                  "{'event': 'e%d', 'person': 'alice', 'kind': 'text', 'text': '%s', 'at_ms': 1}",
                  i, reason);
        (void)ask(suite, "mute.add",
                  "{'person': 'alice', 'title': 'm%d', 'reason': '%s', 'until_ms': 9000000000000,"
                  " 'actor': 'x'}",
                  i, comment);
    }
    tamper(suite, "UPDATE alerts SET state = 'queued' WHERE event_ms > 9");
    (void)ask(suite, "commit",
              "{'epoch': '%lld', 'transitions': [{'person': 'alice', 'version': '0',"
              " 'conversation': {'state': 'asked', 'alert': '%064d', 'last_alert': '%064d',"
              " 'comment': '%s'}, 'answers': [{'hash': '%064d', 'comment': '%s'},"
              " {'hash': '%064d', 'comment': '%s'}]}]}",
              (long long)epoch, 0, 1, comment, 0, comment, 1, comment);
    free(reason);
    free(description);
    free(comment);
    free(place);
    const cJSON *got = s_pull(suite, epoch, 10);
    const cJSON *item = at(got, "items.0");
    assert_true(sb_json_size_max(got) < 1024 * 1024 - 1024);
    assert_false(null_at(item, "alert"));
    assert_true(len_at(item, "new") > 0 || len_at(item, "inbox") > 0);
    assert_true(true_at(got, "more"));
}

const behaviour_t work_behaviours[] = {
    {"an_event_has_the_time_of_the_store",  an_event_has_the_time_of_the_store },
    {"nothing_to_do",                       nothing_to_do                      },
    {"only_for_the_leader",                 only_for_the_leader                },
    {"a_new_alert_of_an_unknown_person",    a_new_alert_of_an_unknown_person   },
    {"all_that_is_known_about_a_person",    all_that_is_known_about_a_person   },
    {"never_an_alert_of_another",           never_an_alert_of_another          },
    {"an_event_until_it_is_applied",        an_event_until_it_is_applied       },
    {"a_deadline_when_it_is_due",           a_deadline_when_it_is_due          },
    {"oldest_first_and_no_more_than_asked", oldest_first_and_no_more_than_asked},
    {"lists_have_their_limits",             lists_have_their_limits            },
    {"buttons_name_the_persons_own_alerts", buttons_name_the_persons_own_alerts},
    {"an_answer_is_never_too_large",        an_answer_is_never_too_large       },
    {"the_largest_item_fits",               the_largest_item_fits              },
};
const size_t work_behaviours_len = LEN(work_behaviours);
