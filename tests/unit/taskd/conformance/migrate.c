/* migrate.c: a store that an older program left is brought to today's form, and nothing is lost. */
#include "suite.h"

#include "services/taskd/schema.h"

/* What every form has. */
static void s_fill(suite_t *suite)
{
    tamper(suite,
           "INSERT INTO people (id, name, active, source) VALUES ('alice', 'Alice', 1, 's')");
    for (int i = 0; i < 3; i++) {
        char sql[256];
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO inbox (event, person, kind, text, at_ms, received_ms, applied)"
                       " VALUES ('e%d', 'alice', 'text', 't', 1, 1, %d)",
                       i, i == 1);
        tamper(suite, sql);
    }
    tamper(suite, "INSERT INTO conversations (person, version, state, driver, attempts)"
                  " VALUES ('alice', 7, 'proving', 'totp+code', 1)");
    /* Braces stand for words in our SQL, so bodies are made of parts. */
    static const struct {
        const char *id, *kind, *code, *state, *status;
        const char *age_ms;
    } rows[] = {
        {"typed",   "factor.start", "\"123456\"", "done",    "'wrong_code'", "1000"     },
        {"pushed",  "factor.start", "null",       "done",    "'approved'",   "2000"     },
        {"refused", "factor.start", "null",       "done",    "'refused'",    "3000"     },
        {"open",    "factor.start", "null",       "pending", "NULL",         "4000"     },
        {"old",     "factor.start", "null",       "done",    "'fraud'",      "604800001"},
        {"said",    "chat.send",    "null",       "done",    "NULL",         "5000"     },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        char sql[512];
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO outbox (id, kind, lane, person, body, state, attempts,"
                       " next_ms, status, created_ms) SELECT '%s', '%s', 'l', 'alice',"
                       " replace(replace('<\"code\":%s>', '<', chr), '>', rhc), '%s', 1, 0, %s,"
                       " {now} - %s FROM braces",
                       rows[i].id, rows[i].kind, rows[i].code, rows[i].state, rows[i].status,
                       rows[i].age_ms);
        tamper(suite, sql);
    }
}

static void s_braces(suite_t *suite)
{
    const bool sqlite = strcmp(suite->driver, "sqlite") == 0;
    tamper(suite, "CREATE TABLE braces (chr {text}, rhc {text})");
    tamper(suite, sqlite ? "INSERT INTO braces VALUES (char(123), char(125))"
                         : "INSERT INTO braces VALUES (chr(123), chr(125))");
}

static void s_check(suite_t *suite)
{
    assert_int_equal(number(suite, "SELECT count(*) FROM schema_version"),
                     (int64_t)schema_steps_len);
    assert_int_equal(number(suite, "SELECT count(*) FROM people WHERE seen_ms = 0"), 1);
    assert_int_equal(number(suite, "SELECT count(*) FROM conversations WHERE version = 7"
                                   " AND driver = 'totp+code' AND strength IS NULL"
                                   " AND transcript IS NULL"),
                     1);
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox"), 6);
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox WHERE asks = 1"), 3);
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox WHERE ended_ms = created_ms"), 2);
    const int64_t epoch = lead(suite);
    const cJSON *item =
        at(ask(suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)epoch), "items.0");
    assert_int_equal(int_at(item, "proofs.hour"), 3);
    assert_false(null_at(item, "proofs.refused_ms"));
    assert_true(null_at(item, "proofs.fraud_ms"));
    const cJSON *rows = ask(suite, "outbox.load", "{'epoch': '%lld'}", (long long)epoch);
    assert_int_equal(len_at(rows, "rows"), 1);
    assert_true(null_at(rows, "rows.0.accepted"));

    /* What was heard is there once, and numbers go on behind it. */
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox"), 3);
    assert_int_equal(len_at(item, "inbox"), 2);
    const int64_t last = number(suite, "SELECT max(seq) FROM inbox");
    static const char put[] =
        "{'event': '%s', 'person': 'alice', 'kind': 'text', 'text': 't', 'at_ms': 1}";
    assert_false(true_at(ask(suite, "inbox.put", put, "e1"), "new"));
    assert_true(true_at(ask(suite, "inbox.put", put, "e9"), "new"));
    assert_true(number(suite, "SELECT seq FROM inbox WHERE event = 'e9'") > last);
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    assert_int_equal(int_at(ask(suite, "count", "{}"), "open"), 1);
}

static void s_from(suite_t *suite, size_t version)
{
    suite_back(suite, version);
    s_braces(suite);
    s_fill(suite);
    suite_forth(suite);
    s_check(suite);
}

static void from_the_first_form(void **state)
{
    s_from(*state, 1);
}

static void from_the_second_form(void **state)
{
    suite_t *suite = *state;
    suite_back(suite, 2);
    s_braces(suite);
    s_fill(suite);
    tamper(suite, "INSERT INTO inbox (event, person, kind, value, at_ms, received_ms, applied)"
                  " VALUES ('t', 'bob', 'team', 'ack:x', 1, 1, 1)");
    tamper(suite, "INSERT INTO budgets (key, full_us, blocked_ms) VALUES ('k', 1, 2)");
    suite_forth(suite);
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox WHERE kind = 'team'"), 1);
    assert_int_equal(number(suite, "SELECT count(*) FROM budgets"), 1);
    tamper(suite, "DELETE FROM inbox WHERE event = 't'");
    s_check(suite);
}

const behaviour_t migrate_behaviours[] = {
    {"from_the_first_form",  from_the_first_form },
    {"from_the_second_form", from_the_second_form},
};
const size_t migrate_behaviours_len = LEN(migrate_behaviours);
