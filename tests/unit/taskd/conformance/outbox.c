/* outbox.c: what is to be sent, and how it ended. */
#include "suite.h"

static void s_send(suite_t *suite, int64_t epoch, const char *person, int64_t version,
                   const char *id, const char *kind, const char *lane)
{
    assert_string_equal(commit_one(suite, epoch, person, version,
                                   "'outbox': [{'id': '%s', 'kind': '%s', 'lane': '%s',"
                                   " 'alert': null, 'body': {'id': '%s'}}]",
                                   id, kind, lane, id),
                        "OK");
}

static const cJSON *s_load(suite_t *suite, int64_t epoch, int64_t after, int limit)
{
    return ask(suite, "outbox.load", "{'epoch': '%lld', 'after': '%lld', 'limit': %d}",
               (long long)epoch, (long long)after, limit);
}

static void load_gives_what_is_pending_in_order(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    static const char *const ids[] = {"o1", "o2", "o3", "o4"};
    for (size_t i = 0; i < LEN(ids); i++) {
        s_send(suite, epoch, "alice", (int64_t)i, ids[i], "chat.send", "@alice");
    }
    (void)ask(suite, "outbox.done",
              "{'epoch': '%lld', 'items': [{'id': 'o2', 'ok': true,"
              " 'result': {}}]}",
              (long long)epoch);
    const cJSON *page = s_load(suite, epoch, 0, 2);
    assert_int_equal(len_at(page, "rows"), 2);
    assert_string_equal(text_at(page, "rows.0.id"), "o1");
    assert_string_equal(text_at(page, "rows.0.kind"), "chat.send");
    assert_string_equal(text_at(page, "rows.0.lane"), "@alice");
    assert_string_equal(text_at(page, "rows.0.state"), "pending");
    assert_int_equal(int_at(page, "rows.0.attempts"), 0);
    assert_string_equal(text_at(page, "rows.0.body.id"), "o1");
    assert_true(null_at(page, "rows.0.result"));
    assert_string_equal(text_at(page, "rows.1.id"), "o3");
    assert_true(true_at(page, "more"));
    page = s_load(suite, epoch, id_at(page, "rows.1.seq"), 2);
    assert_int_equal(len_at(page, "rows"), 1);
    assert_string_equal(text_at(page, "rows.0.id"), "o4");
    assert_false(true_at(page, "more"));
}

static void done_tells_the_conversation_what_it_waits_for(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    static const struct {
        const char *id;
        const char *kind;
        const char *lane;
        const char *ok;
        bool told;
    } rows[] = {
        {"can",    "factor.can",    "factor:alice", "true",  true },
        {"nocan",  "factor.can",    "factor:alice", "false", true },
        {"start",  "factor.start",  "factor:alice", "true",  true },
        {"failed", "factor.start",  "factor:alice", "false", true },
        {"sent",   "chat.send",     "@alice",       "true",  false},
        {"unsent", "chat.send",     "@alice",       "false", true },
        {"team",   "chat.send",     "#security",    "false", false},
        {"update", "chat.update",   "@alice",       "false", false},
        {"cancel", "factor.cancel", "factor:alice", "false", false},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        s_send(suite, epoch, "alice", (int64_t)i, rows[i].id, rows[i].kind, rows[i].lane);
        static const char done[] =
            "{'epoch': '%lld', 'items': [{'id': '%s', 'ok': %s, 'result': {'status': 'x'}}]}";
        const int64_t before = number(suite, "SELECT count(*) FROM inbox");
        (void)ask(suite, "outbox.done", done, (long long)epoch, rows[i].id, rows[i].ok);
        const int64_t told = number(suite, "SELECT count(*) FROM inbox") - before;
        if (told != rows[i].told || true_at(suite->hints, "work") != rows[i].told) {
            fail_msg("%s: told %d times", rows[i].id, (int)told);
        }
        (void)ask(suite, "outbox.done", done, (long long)epoch, rows[i].id, "true"); /* again */
        assert_int_equal(number(suite, "SELECT count(*) FROM inbox") - before, told);
    }
    const cJSON *pull = ask(suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)epoch);
    const cJSON *event = at(pull, "items.0.inbox.0");
    assert_string_equal(text_at(event, "kind"), "result");
    assert_string_equal(text_at(event, "value"), "can");
    assert_string_equal(text_at(event, "text"), "{\"status\":\"x\"}");
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox WHERE state = 'pending'"), 0);
    assert_int_equal(number(suite, "SELECT count(*) FROM outbox WHERE state = 'failed'"), 6);
}

static void retry_counts_tries_of_pending_rows(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    s_send(suite, epoch, "alice", 0, "o1", "chat.send", "@alice");
    s_send(suite, epoch, "alice", 1, "o2", "chat.send", "@alice");
    (void)ask(suite, "outbox.done", "{'epoch': '%lld', 'items': [{'id': 'o2', 'ok': true}]}",
              (long long)epoch);
    (void)ask(suite, "outbox.retry",
              "{'epoch': '%lld', 'items': [{'id': 'o1', 'attempts': 3, 'next_ms': 77},"
              " {'id': 'o2', 'attempts': 3, 'next_ms': 77}, {'id': 'none', 'attempts': 1,"
              " 'next_ms': 1}]}",
              (long long)epoch);
    const cJSON *page = s_load(suite, epoch, 0, 9);
    assert_int_equal(len_at(page, "rows"), 1);
    assert_int_equal(int_at(page, "rows.0.attempts"), 3);
    assert_int_equal(int_at(page, "rows.0.next_ms"), 77);
    assert_int_equal(number(suite, "SELECT attempts FROM outbox WHERE id = 'o2'"), 0);
}

static void only_for_the_leader(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    s_send(suite, epoch, "alice", 0, "o1", "chat.send", "@alice");
    static const struct {
        const char *name;
        const char *rest;
    } rows[] = {
        {"outbox.load",  "'limit': 5"                                          },
        {"outbox.done",  "'items': [{'id': 'o1', 'ok': true}]"                 },
        {"outbox.retry", "'items': [{'id': 'o1', 'attempts': 1, 'next_ms': 1}]"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, rows[i].name, "{'epoch': '%lld', %s}",
                                  (long long)epoch - 1, rows[i].rest);
        if (code != SB_ESTALE) {
            fail_msg("%s: got %s", rows[i].name, sb_code_name(code));
        }
    }
    assert_int_equal(
        number(suite, "SELECT count(*) FROM outbox WHERE state = 'pending' AND attempts = 0"), 1);
}

static void refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    (void)lead(suite);
    static const struct {
        const char *name;
        const char *body;
    } rows[] = {
        {"outbox.load",  "{'limit': 5}"                                                        },
        {"outbox.load",  "{'epoch': '1', 'limit': 501}"                                        },
        {"outbox.load",  "{'epoch': '1', 'after': 5}"                                          },
        {"outbox.done",  "{'epoch': '1'}"                                                      },
        {"outbox.done",  "{'epoch': '1', 'items': [{'id': 'o'}]}"                              },
        {"outbox.done",  "{'epoch': '1', 'items': [{'ok': true}]}"                             },
        {"outbox.done",  "{'epoch': '1', 'items': [{'id': 'o', 'ok': true, 'result': 5}]}"     },
        {"outbox.done",  "{'epoch': '1', 'items': [5]}"                                        },
        {"outbox.retry", "{'epoch': '1', 'items': [{'id': 'o', 'attempts': -1, 'next_ms': 1}]}"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, rows[i].name, "%s", rows[i].body);
        if (code != SB_EINVALID) {
            fail_msg("%s %s: got %s", rows[i].name, rows[i].body, sb_code_name(code));
        }
    }
}

const behaviour_t outbox_behaviours[] = {
    {"load_gives_what_is_pending_in_order",           load_gives_what_is_pending_in_order},
    {"done_tells_the_conversation_what_it_waits_for",
     done_tells_the_conversation_what_it_waits_for                                       },
    {"retry_counts_tries_of_pending_rows",            retry_counts_tries_of_pending_rows },
    {"the_outbox_is_only_for_the_leader",             only_for_the_leader                },
    {"outbox_refuses_what_is_wrong",                  refuses_what_is_wrong              },
};
const size_t outbox_behaviours_len = LEN(outbox_behaviours);
