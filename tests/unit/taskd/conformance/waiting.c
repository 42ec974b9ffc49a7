/* waiting.c: factors that take long: what was accepted, and what was asked of a person lately. */
#include "suite.h"

/* A conversation that can be led step by step. */
typedef struct {
    suite_t *suite;
    int64_t epoch;
    const char *person;
    int64_t version;
} talk_t;

static talk_t s_talk(suite_t *suite, const char *person)
{
    return (talk_t){.suite = suite, .epoch = lead(suite), .person = person};
}

/* Puts one outbox row; the conversation is then in this state. */
static void s_put(talk_t *talk, const char *state, const char *id, const char *kind,
                  const char *body)
{
    const char *code = commit_one(talk->suite, talk->epoch, talk->person, talk->version,
                                  "'conversation': {'state': '%s', 'attempts': 0},"
                                  " 'outbox': [{'id': '%s', 'kind': '%s', 'lane': 'factor:%s',"
                                  " 'alert': null, 'body': %s}]",
                                  state, id, kind, talk->person, body);
    if (strcmp(code, "OK") != 0) {
        fail_msg("%s: %s", id, talk->suite->err.text);
    }
    talk->version++;
}

static int s_done(const talk_t *talk, const char *id, const char *ok, const char *result)
{
    return ask_code(talk->suite, "outbox.done",
                    "{'epoch': '%lld', 'items': [{'id': '%s', 'ok': %s, 'result': %s}]}",
                    (long long)talk->epoch, id, ok, result);
}

/* The person's own item. */
static const cJSON *s_pull(const talk_t *talk)
{
    const cJSON *pull =
        ask(talk->suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)talk->epoch);
    const cJSON *item;
    cJSON_ArrayForEach(item, at(pull, "items"))
    {
        if (strcmp(text_at(item, "id"), talk->person) == 0) {
            return item;
        }
    }
    fail_msg("nothing to do for %s", talk->person);
    return NULL;
}

static const cJSON *s_row(const talk_t *talk)
{
    return at(ask(talk->suite, "outbox.load", "{'epoch': '%lld'}", (long long)talk->epoch),
              "rows.0");
}

/* ---- outbox.done without an end. */

static void an_accepted_job_is_told_once(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    suite_t *suite = talk.suite;
    s_put(&talk, "proving", "f1", "factor.start", "{'code': null}");
    assert_true(null_at(s_row(&talk), "accepted"));
    static const char first[] =
        "{'transaction': 'tx 1', 'show': {'kind': 'number', 'text': '72'}, 'status': 'approved'}";
    assert_int_equal(s_done(&talk, "f1", "null", first), SB_OK);
    assert_true(true_at(suite->hints, "work"));
    assert_int_equal(s_done(&talk, "f1", "null", first), SB_OK); /* the answer was lost */
    assert_false(true_at(suite->hints, "work"));
    assert_int_equal(s_done(&talk, "f1", "null", "{'transaction': 'tx 2'}"), SB_OK);

    const cJSON *row = s_row(&talk);
    assert_string_equal(text_at(row, "state"), "pending");
    assert_string_equal(text_at(row, "accepted.transaction"), "tx 1");
    assert_true(null_at(row, "result"));
    const cJSON *item = s_pull(&talk);
    assert_int_equal(len_at(item, "inbox"), 1);
    assert_string_equal(text_at(item, "inbox.0.kind"), "result");
    assert_string_equal(text_at(item, "inbox.0.value"), "f1");
    assert_string_equal(text_at(item, "inbox.0.text"),
                        "{\"status\":\"waiting\",\"show\":{\"kind\":\"number\",\"text\":\"72\"}}");

    /* Its end is told besides, and after it nothing is accepted. */
    assert_int_equal(s_done(&talk, "f1", "true", "{'status': 'refused'}"), SB_OK);
    assert_int_equal(s_done(&talk, "f1", "null", first), SB_OK);
    item = s_pull(&talk);
    assert_int_equal(len_at(item, "inbox"), 2);
    assert_string_equal(text_at(item, "inbox.1.text"), "{\"status\":\"refused\"}");
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox WHERE status = 'approved'"), 0);
}

static void nothing_to_show_is_told_too(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    s_put(&talk, "proving", "f1", "factor.start", "{}");
    assert_int_equal(s_done(&talk, "f1", "null", "null"), SB_OK);
    assert_string_equal(text_at(s_pull(&talk), "inbox.0.text"),
                        "{\"status\":\"waiting\",\"show\":null}");
    assert_true(cJSON_IsObject(at(s_row(&talk), "accepted")));
}

static void accepted_and_ended_at_once_are_told_in_order(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    s_put(&talk, "proving", "f1", "factor.start", "{}");
    (void)ask(talk.suite, "outbox.done",
              "{'epoch': '%lld', 'items': [{'id': 'f1', 'ok': true, 'result': {'status': 'x'}},"
              " {'id': 'f1', 'ok': null, 'result': {}}]}",
              (long long)talk.epoch);
    const cJSON *item = s_pull(&talk);
    assert_string_equal(text_at(item, "inbox.0.event"), "waiting:f1");
    assert_string_equal(text_at(item, "inbox.1.event"), "result:f1");
}

static void only_a_factor_is_accepted(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    static const char *const kinds[] = {"chat.send", "chat.update", "factor.can", "factor.cancel"};
    for (size_t i = 0; i < LEN(kinds); i++) {
        s_put(&talk, "asked", kinds[i], kinds[i], "{}");
        assert_int_equal(s_done(&talk, kinds[i], "null", "{'show': null}"), SB_OK);
        assert_false(true_at(talk.suite->hints, "work"));
    }
    assert_int_equal(number(talk.suite, "SELECT count(*) FROM outbox WHERE state = 'pending'"),
                     LEN(kinds));
    assert_int_equal(number(talk.suite, "SELECT count(*) FROM outbox WHERE accepted IS NULL"),
                     LEN(kinds));
}

static void accepting_refuses_what_is_wrong(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    s_put(&talk, "proving", "f1", "factor.start", "{}");
    assert_int_equal(s_done(&talk, "f1", "null", "5"), SB_EINVALID);
    assert_int_equal(s_done(&talk, "f1", "'null'", "{}"), SB_EINVALID);
    char big[SB_TEXT_MAX + 64];
    (void)snprintf(big, sizeof big, "{'show':{'text':'%0*d'}}", SB_TEXT_MAX - 25, 0);
    assert_int_equal(s_done(&talk, "f1", "true", "{'show':{'text':''}}"), SB_OK);
    s_put(&talk, "proving", "f2", "factor.start", "{}");
    assert_int_equal(s_done(&talk, "f2", "null", big), SB_EINVALID);
    assert_non_null(strstr(talk.suite->err.text, "items[0].result"));
    assert_true(null_at(s_row(&talk), "accepted"));
}

/* ---- The proofs in work.pull. */

static void s_say(const talk_t *talk, const char *event)
{
    (void)ask(talk->suite, "inbox.put",
              "{'event': '%s', 'person': '%s', 'kind': 'text', 'text': 'x', 'at_ms': 5}", event,
              talk->person);
}

static void what_was_asked_is_counted(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    suite_t *suite = talk.suite;
    s_put(&talk, "idle", "now", "factor.start", "{'code': null, 'driver': 'duo'}");
    s_put(&talk, "idle", "hour", "factor.start", "{}");
    s_put(&talk, "idle", "day", "factor.start", "{}");
    s_put(&talk, "idle", "typed", "factor.start", "{'code': '123456'}");
    s_put(&talk, "idle", "can", "factor.can", "{}");
    talk_t bob = {.suite = suite, .epoch = talk.epoch, .person = "bob"};
    s_put(&bob, "idle", "bobs", "factor.start", "{}");
    (void)s_done(&bob, "bobs", "true", "{'status': 'fraud'}");
    tamper(suite, "UPDATE outbox SET created_ms = {now} - 3600001 WHERE id = 'hour'");
    tamper(suite, "UPDATE outbox SET created_ms = {now} - 86400001 WHERE id = 'day'");
    s_say(&talk, "e1");
    assert_true(null_at(s_pull(&talk), "proofs")); /* nobody needs it */

    s_put(&talk, "checking", "c1", "factor.can", "{}");
    const cJSON *proofs = at(s_pull(&talk), "proofs");
    assert_int_equal(int_at(proofs, "hour"), 1);
    assert_int_equal(int_at(proofs, "day"), 2);
    assert_true(null_at(proofs, "refused_ms"));
    assert_true(null_at(proofs, "fraud_ms"));
}

static void refusals_are_known_for_a_week(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    suite_t *suite = talk.suite;
    static const struct {
        const char *id;
        const char *result;
    } rows[] = {
        {"r1", "{'status': 'refused'}" },
        {"r2", "{'status': 'refused'}" },
        {"f1", "{'status': 'fraud'}"   },
        {"a1", "{'status': 'approved'}"},
        {"t1", "{'status': 'timeout'}" },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        s_put(&talk, "asked", rows[i].id, "factor.start", "{}");
        assert_int_equal(s_done(&talk, rows[i].id, "true", rows[i].result), SB_OK);
    }
    tamper(suite, "UPDATE outbox SET ended_ms = {now} - 5000 WHERE id = 'r1'");
    tamper(suite, "UPDATE outbox SET ended_ms = {now} - 604700000, created_ms = 1 WHERE id = 'f1'");
    const int64_t now = number(suite, "SELECT CAST({now} AS {int})");
    const cJSON *proofs = at(s_pull(&talk), "proofs");
    assert_in_range(now - int_at(proofs, "refused_ms"), 0, 4000);
    assert_in_range(now - int_at(proofs, "fraud_ms"), 604700000, 604720000);
    tamper(suite, "UPDATE outbox SET ended_ms = {now} - 604800001 WHERE id = 'f1'");
    assert_true(null_at(at(s_pull(&talk), "proofs"), "fraud_ms"));
}

/* Typed codes count too, and wrong ones once they used up the tries. */
static void what_else_is_a_refusal(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    suite_t *suite = talk.suite;
    s_put(&talk, "asked", "w1", "factor.start", "{'code': '111111'}");
    assert_int_equal(s_done(&talk, "w1", "true", "{'status': 'wrong_code'}"), SB_OK);
    s_put(&talk, "asked", "c1", "factor.can", "{}");
    assert_int_equal(s_done(&talk, "c1", "true", "{'status': 'refused'}"), SB_OK);
    assert_true(null_at(at(s_pull(&talk), "proofs"), "refused_ms"));
    assert_true(null_at(at(s_pull(&talk), "proofs"), "fraud_ms"));

    create(suite, hash_of('a'), "alice", "Sudo", 1);
    tamper(suite, "UPDATE outbox SET alert = (SELECT hash FROM alerts) WHERE id = 'w1'");
    assert_true(null_at(at(s_pull(&talk), "proofs"), "refused_ms"));
    tamper(suite, "UPDATE alerts SET state = 'escalated', outcome = 'declined'");
    assert_true(null_at(at(s_pull(&talk), "proofs"), "refused_ms"));
    tamper(suite, "UPDATE alerts SET outcome = 'refused'");
    assert_false(null_at(at(s_pull(&talk), "proofs"), "refused_ms"));
    assert_true(null_at(at(s_pull(&talk), "proofs"), "fraud_ms"));

    s_put(&talk, "asked", "s1", "factor.start", "{}");
    assert_int_equal(s_done(&talk, "s1", "true", "{'status': 'suspect'}"), SB_OK);
    assert_false(null_at(at(s_pull(&talk), "proofs"), "fraud_ms"));
}

static void no_number_grows_without_end(void **state)
{
    talk_t talk = s_talk(*state, "alice");
    s_put(&talk, "proving", "f1", "factor.start", "{}");
    s_say(&talk, "e1");
    char people[2048] = "";
    for (int i = 0; i < 16; i++) {
        const size_t len = strlen(people);
        (void)snprintf(people + len, sizeof people - len, "%s{'id': 'p%02d'}", i ? ", " : "", i);
    }
    (void)ask(talk.suite, "person.sync", "{'source': 's', 'complete': false, 'people': [%s]}",
              people);
    tamper(talk.suite,
           "INSERT INTO outbox (id, kind, lane, person, body, state, attempts, next_ms,"
           " created_ms, asks) SELECT 'x' || a.id || b.id, 'factor.start', 'l', 'alice', '',"
           " 'done', 0, 0, {now}, 1 FROM people a CROSS JOIN people b");
    const cJSON *proofs = at(s_pull(&talk), "proofs");
    assert_int_equal(int_at(proofs, "hour"), SB_PROOFS_COUNTED_MAX);
    assert_int_equal(int_at(proofs, "day"), SB_PROOFS_COUNTED_MAX);
}

const behaviour_t waiting_behaviours[] = {
    {"an_accepted_job_is_told_once",                 an_accepted_job_is_told_once                },
    {"nothing_to_show_is_told_too",                  nothing_to_show_is_told_too                 },
    {"accepted_and_ended_at_once_are_told_in_order", accepted_and_ended_at_once_are_told_in_order},
    {"only_a_factor_is_accepted",                    only_a_factor_is_accepted                   },
    {"accepting_refuses_what_is_wrong",              accepting_refuses_what_is_wrong             },
    {"what_was_asked_is_counted",                    what_was_asked_is_counted                   },
    {"refusals_are_known_for_a_week",                refusals_are_known_for_a_week               },
    {"what_else_is_a_refusal",                       what_else_is_a_refusal                      },
    {"no_number_grows_without_end",                  no_number_grows_without_end                 },
};
const size_t waiting_behaviours_len = LEN(waiting_behaviours);
