/* people.c: the directory, mutes, exemptions and the audit trail. */
#include <time.h>

#include "suite.h"

#include "lib/buf.h"

static void s_counts(const cJSON *got, int added, int changed, int removed)
{
    assert_int_equal(int_at(got, "added"), added);
    assert_int_equal(int_at(got, "changed"), changed);
    assert_int_equal(int_at(got, "removed"), removed);
}

static void sync_adds_changes_and_removes(void **state)
{
    suite_t *suite = *state;
    static const char sync[] = "{'source': '%s', 'complete': %s, 'people': [%s]}";
    s_counts(ask(suite, "person.sync", sync, "slack", "true",
                 "{'id': 'Alice', 'name': 'Alice A', 'chat_id': 'U1'}, {'id': 'bob'}"),
             2, 0, 0);
    s_counts(ask(suite, "person.sync", sync, "slack", "true",
                 "{'id': 'alice', 'name': 'Alice A', 'chat_id': 'U1'}, {'id': 'bob'}"),
             0, 0, 0);
    s_counts(ask(suite, "person.sync", sync, "slack", "false",
                 "{'id': 'alice', 'name': 'Alice B', 'chat_id': 'U1', 'zone': 'UTC'}"),
             0, 1, 0);
    s_counts(ask(suite, "person.sync", sync, "file", "true", "{'id': 'carol'}"), 1, 0, 0);
    s_counts(ask(suite, "person.sync", sync, "slack", "true",
                 "{'id': 'alice', 'name': 'Alice B',"
                 " 'chat_id': 'U1', 'zone': 'UTC'}"),
             0, 0, 1);
    s_counts(ask(suite, "person.sync", sync, "slack", "true",
                 "{'id': 'alice', 'name': 'Alice B', 'chat_id': 'U1', 'zone': 'UTC'}"),
             0, 0, 0); /* bob is gone already */
    const cJSON *active = ask(suite, "person.list", "{'limit': 10}");
    assert_int_equal(len_at(active, "people"), 2);
    assert_string_equal(text_at(active, "people.0.name"), "Alice B");
    assert_string_equal(text_at(active, "people.0.zone"), "UTC");
    assert_string_equal(text_at(active, "people.0.source"), "slack");
    assert_true(null_at(active, "people.0.email"));
    assert_string_equal(text_at(active, "people.1.id"), "carol");
    const cJSON *all = ask(suite, "person.list", "{'all': true}");
    assert_int_equal(len_at(all, "people"), 3);
    assert_false(true_at(all, "people.1.active"));
    s_counts(ask(suite, "person.sync", sync, "slack", "false", "{'id': 'bob'}"), 0, 1, 0);
    s_counts(ask(suite, "person.sync", sync, "slack", "false", "{'id': 'bob', 'active': false}"), 0,
             1, 0);
    s_counts(ask(suite, "person.sync", sync, "file", "true", ""), 0, 0, 1);
    assert_int_equal(len_at(ask(suite, "person.list", "{}"), "people"), 1);
}

static void sync_is_complete_for_a_range_of_ids(void **state)
{
    suite_t *suite = *state;
    static const char sync[] = "{'source': '%s', 'complete': %s, %s 'people': [%s]}";
    s_counts(ask(suite, "person.sync", sync, "slack", "true", "",
                 "{'id': 'a'}, {'id': 'b'}, {'id': 'c'}, {'id': 'd'}, {'id': 'e'}, {'id': 'f'}"),
             6, 0, 0);
    (void)ask(suite, "person.sync", sync, "file", "true", "", "{'id': 'cc'}");
    s_counts(ask(suite, "person.sync", sync, "slack", "true", "'until': 'B',", "{'id': 'b'}"), 0, 0,
             1); /* a */
    s_counts(ask(suite, "person.sync", sync, "slack", "true", "'after': 'b', 'until': 'd',",
                 "{'id': 'D'}"),
             0, 0, 1); /* c */
    s_counts(ask(suite, "person.sync", sync, "slack", "false", "'after': 'd',", "{'id': 'g'}"), 1,
             0, 0);
    s_counts(ask(suite, "person.sync", sync, "slack", "true", "'after': 'd',", "{'id': 'f'}"), 0, 0,
             2); /* e and g */
    const cJSON *active = ask(suite, "person.list", "{}");
    assert_int_equal(len_at(active, "people"), 4);
    static const char *const left[] = {"b", "cc", "d", "f"};
    for (int i = 0; i < 4; i++) {
        char path[16];
        (void)snprintf(path, sizeof path, "people.%d.id", i);
        assert_string_equal(text_at(active, path), left[i]);
    }
}

static void sync_refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    static const char *const bodies[] = {
        "{'complete': true, 'people': []}",
        "{'source': 's', 'people': []}",
        "{'source': 's', 'complete': true}",
        "{'source': 's', 'complete': true, 'people': [{'name': 'x'}]}",
        "{'source': 's', 'complete': true, 'people': [{'id': 'a'}, {'id': 'A'}]}",
        "{'source': 's', 'complete': true, 'people': [{'id': 'a', 'active': 5}]}",
        "{'source': 's', 'complete': true, 'after': 'b', 'people': [{'id': 'b'}]}",
        "{'source': 's', 'complete': true, 'until': 'b', 'people': [{'id': 'a'}, {'id': 'ba'}]}",
        "{'source': 's', 'complete': true, 'until': 5, 'people': []}",
        "{'source': 's', 'complete': true, 'since_ms': 5, 'until': 'b', 'people': [{'id': 'b'}]}",
    };
    for (size_t i = 0; i < LEN(bodies); i++) {
        const int code = ask_code(suite, "person.sync", "%s", bodies[i]);
        if (code != SB_EINVALID) {
            fail_msg("%s: got %s", bodies[i], sb_code_name(code));
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM people"), 0);
}

static void people_are_listed_by_id(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'c'}, {'id': 'a.b'},"
              " {'id': 'a'}, {'id': 'a-b'}, {'id': '\\u00e4'}]}");
    sb_buf_t found = sb_buf(64);
    char after[80] = "";
    for (int page = 0; page < 5; page++) {
        const cJSON *got = ask(suite, "person.list", "{'limit': 1, 'after': '%s'}", after);
        sb_buf_printf(&found, "%s ", text_at(got, "people.0.id"));
        if (null_at(got, "cursor")) {
            break;
        }
        (void)snprintf(after, sizeof after, "%s", text_at(got, "cursor"));
    }
    /* By bytes, whatever the locale. */
    assert_string_equal(sb_buf_text(&found), "a a-b a.b c \xc3\xa4 ");
    sb_buf_free(&found);
}

/* Time passes between two requests, as it does between the pages of a large list. */
static void s_wait(void)
{
    const struct timespec a_while = {0, 3 * 1000 * 1000};
    (void)nanosleep(&a_while, NULL);
}

static void a_long_list_comes_in_several(void **state)
{
    suite_t *suite = *state;
    static const char sync[] = "{'source': 'slack', 'complete': %s, %s 'people': [%s]}";
    s_counts(ask(suite, "person.sync", sync, "true", "",
                 "{'id': 'alice'}, {'id': 'bob'}, {'id': 'carol'}, {'id': 'dave'}"),
             4, 0, 0);
    (void)ask(suite, "person.sync",
              "{'source': 'file', 'complete': true, 'people': [{'id': 'x'}]}");
    s_wait();
    const cJSON *got = ask(suite, "person.sync", sync, "false", "", "{'id': 'alice'}");
    s_counts(got, 0, 0, 0);
    char since[64];
    (void)snprintf(since, sizeof since, "'since_ms': %lld,", (long long)int_at(got, "at_ms"));
    s_wait();
    /* Somebody is new while the list is told, and is not in it any more. */
    s_counts(ask(suite, "person.sync", sync, "false", "", "{'id': 'erin'}"), 1, 0, 0);
    s_wait();
    s_counts(ask(suite, "person.sync", sync, "true", since, "{'id': 'carol', 'name': 'C'}"), 0, 1,
             2);
    const cJSON *left = ask(suite, "person.list", "{}");
    assert_int_equal(len_at(left, "people"), 4);
    assert_string_equal(text_at(left, "people.0.id"), "alice");
    assert_string_equal(text_at(left, "people.1.id"), "carol");
    assert_string_equal(text_at(left, "people.2.id"), "erin");
    assert_string_equal(text_at(left, "people.3.id"), "x");
}

static void people_are_found_by_their_account(void **state)
{
    suite_t *suite = *state;
    static const char sync[] = "{'source': 's', 'complete': false, 'people': [%s]}";
    (void)ask(suite, "person.sync", sync,
              "{'id': 'alice', 'chat_id': 'U1'}, {'id': 'bob', 'chat_id': 'U2'},"
              " {'id': 'gone', 'chat_id': 'U3', 'active': false}, {'id': 'none'}");
    const cJSON *got = ask(suite, "person.list", "{'chat_id': 'U2'}");
    assert_int_equal(len_at(got, "people"), 1);
    assert_string_equal(text_at(got, "people.0.id"), "bob");
    assert_int_equal(len_at(ask(suite, "person.list", "{'chat_id': 'U3'}"), "people"), 0);
    assert_int_equal(len_at(ask(suite, "person.list", "{'chat_id': ''}"), "people"), 0);
    s_wait();
    (void)ask(suite, "person.sync", sync, "{'id': 'robert', 'chat_id': 'U2'}");
    got = ask(suite, "person.list", "{'chat_id': 'U2'}");
    assert_int_equal(len_at(got, "people"), 2);
    assert_string_equal(text_at(got, "people.0.id"), "robert");
}

static void mutes_are_kept_listed_and_audited(void **state)
{
    suite_t *suite = *state;
    static const char add[] =
        "{'person': '%s', 'title': '%s', 'reason': 'r', 'until_ms': %lld, 'actor': 'root'}";
    const long long later = 9000000000000;
    (void)ask(suite, "mute.add", add, "Alice", "T1", later);
    (void)ask(suite, "mute.add", add, "alice", "T1", later); /* the same again */
    (void)ask(suite, "mute.add", add, "alice", "T0", 5LL);
    (void)ask(suite, "mute.add", add, "bob", "T1", later);
    const cJSON *list = ask(suite, "mute.list", "{}");
    assert_int_equal(len_at(list, "mutes"), 2);
    assert_string_equal(text_at(list, "mutes.0.person"), "alice");
    assert_int_equal(int_at(list, "mutes.0.until_ms"), later);
    assert_int_equal(len_at(ask(suite, "mute.list", "{'expired': true}"), "mutes"), 3);
    assert_int_equal(len_at(ask(suite, "mute.list", "{'person': 'BOB'}"), "mutes"), 1);
    const cJSON *page = ask(suite, "mute.list", "{'expired': true, 'limit': 2}");
    const char *cursor = text_at(page, "cursor");
    assert_string_equal(cursor, "alice\nT1");
    page = ask(suite, "mute.list", "{'expired': true, 'cursor': 'alice\\nT1'}");
    assert_int_equal(len_at(page, "mutes"), 1);
    assert_true(null_at(page, "cursor"));
    static const char remove[] = "{'person': 'alice', 'title': 'T1', 'actor': 'root'}";
    assert_true(true_at(ask(suite, "mute.remove", remove), "removed"));
    assert_false(true_at(ask(suite, "mute.remove", remove), "removed"));
    const cJSON *audit = ask(suite, "audit.read", "{'person': 'alice'}");
    assert_int_equal(len_at(audit, "entries"), 3);
    assert_string_equal(text_at(audit, "entries.0.action"), "mute.add");
    assert_string_equal(text_at(audit, "entries.0.actor"), "root");
    assert_string_equal(text_at(audit, "entries.0.detail.title"), "T1");
    assert_string_equal(text_at(audit, "entries.2.action"), "mute.remove");
}

static void exemptions_are_kept_listed_and_audited(void **state)
{
    suite_t *suite = *state;
    static const char add[] = "{'person': '%s', 'reason': '%s', 'actor': 'root'}";
    (void)ask(suite, "exemption.add", add, "Alice", "on leave");
    const int64_t since = number(suite, "SELECT since_ms FROM exemptions");
    (void)ask(suite, "exemption.add", add, "alice", "on leave");
    (void)ask(suite, "exemption.add", add, "alice", "left");
    (void)ask(suite, "exemption.add", add, "bob", "");
    const cJSON *list = ask(suite, "exemption.list", "{}");
    assert_int_equal(len_at(list, "exemptions"), 2);
    assert_string_equal(text_at(list, "exemptions.0.reason"), "left");
    assert_int_equal(int_at(list, "exemptions.0.since_ms"), since);
    assert_string_equal(text_at(list, "exemptions.0.actor"), "root");
    static const char remove[] = "{'person': 'alice', 'actor': 'root'}";
    assert_true(true_at(ask(suite, "exemption.remove", remove), "removed"));
    assert_false(true_at(ask(suite, "exemption.remove", remove), "removed"));
    const cJSON *audit = ask(suite, "audit.read", "{'person': 'alice'}");
    assert_int_equal(len_at(audit, "entries"), 3);
    assert_string_equal(text_at(audit, "entries.1.detail.reason"), "left");
    assert_string_equal(text_at(audit, "entries.2.action"), "exemption.remove");
}

static void the_audit_trail_is_read_by_pages(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    for (int i = 0; i < 7; i++) {
        (void)commit_one(suite, epoch, i % 2 ? "alice" : "bob", i / 2,
                         "'audit': [{'alert': '%s', 'actor': 'botd', 'action': 'a%d',"
                         " 'detail': {}}]",
                         hash_of(i < 3 ? 'a' : 'b'), i);
    }
    const cJSON *page = ask(suite, "audit.read", "{'limit': 3}");
    assert_int_equal(len_at(page, "entries"), 3);
    assert_string_equal(text_at(page, "entries.0.action"), "a0");
    assert_string_equal(text_at(page, "entries.0.seq"), "1");
    const cJSON *last = ask(suite, "audit.read", "{'limit': 3, 'newest': true}");
    assert_int_equal(len_at(last, "entries"), 3);
    assert_string_equal(text_at(last, "entries.0.action"), "a6");
    assert_string_equal(text_at(last, "entries.2.action"), "a4");
    assert_true(null_at(last, "cursor"));
    last = ask(suite, "audit.read", "{'limit': 1, 'newest': true, 'alert': '%s'}", hash_of('a'));
    assert_string_equal(text_at(last, "entries.0.action"), "a2");
    last = ask(suite, "audit.read", "{'limit': 1, 'newest': true, 'person': 'alice'}");
    assert_string_equal(text_at(last, "entries.0.action"), "a5");
    last = ask(suite, "audit.read", "{'limit': 1, 'newest': true, 'alert': '%s', 'person': 'bob'}",
               hash_of('a'));
    assert_string_equal(text_at(last, "entries.0.action"), "a2");
    page = ask(suite, "audit.read", "{'limit': 9, 'after': '%s'}", text_at(page, "cursor"));
    assert_int_equal(len_at(page, "entries"), 4);
    assert_true(null_at(page, "cursor"));
    page = ask(suite, "audit.read", "{'alert': '%s'}", hash_of('a'));
    assert_int_equal(len_at(page, "entries"), 3);
    page = ask(suite, "audit.read", "{'alert': '%s', 'person': 'Alice'}", hash_of('b'));
    assert_int_equal(len_at(page, "entries"), 2);
    assert_string_equal(text_at(page, "entries.0.person"), "alice");
    assert_string_equal(text_at(page, "entries.0.alert"), hash_of('b'));
}

static void admin_refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    static const struct {
        const char *name;
        const char *body;
    } rows[] = {
        {"mute.add",         "{'person': 'a', 'title': 't', 'reason': 'r', 'until_ms': 1}"                },
        {"mute.add",         "{'person': 'a', 'title': '', 'reason': 'r', 'until_ms': 1, 'actor': 'x'}"   },
        {"mute.add",         "{'person': 'a', 'title': 't', 'reason': 'r', 'until_ms': '1', 'actor': 'x'}"},
        {"mute.remove",      "{'person': 'a', 'actor': 'x'}"                                              },
        {"mute.list",        "{'limit': 0}"                                                               },
        {"exemption.add",    "{'person': 'a', 'actor': 'x'}"                                              },
        {"exemption.remove", "{'actor': 'x'}"                                                             },
        {"audit.read",       "{'newest': 1}"                                                              },
        {"audit.read",       "{'after': -1}"                                                              },
        {"audit.read",       "{'alert': 'abc'}"                                                           },
        {"person.list",      "{'limit': 1000}"                                                            },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, rows[i].name, "%s", rows[i].body);
        if (code != SB_EINVALID) {
            fail_msg("%s %s: got %s", rows[i].name, rows[i].body, sb_code_name(code));
        }
    }
}

const behaviour_t people_behaviours[] = {
    {"sync_adds_changes_and_removes",          sync_adds_changes_and_removes         },
    {"sync_is_complete_for_a_range_of_ids",    sync_is_complete_for_a_range_of_ids   },
    {"sync_refuses_what_is_wrong",             sync_refuses_what_is_wrong            },
    {"people_are_listed_by_id",                people_are_listed_by_id               },
    {"a_long_list_comes_in_several",           a_long_list_comes_in_several          },
    {"people_are_found_by_their_account",      people_are_found_by_their_account     },
    {"mutes_are_kept_listed_and_audited",      mutes_are_kept_listed_and_audited     },
    {"exemptions_are_kept_listed_and_audited", exemptions_are_kept_listed_and_audited},
    {"the_audit_trail_is_read_by_pages",       the_audit_trail_is_read_by_pages      },
    {"admin_refuses_what_is_wrong",            admin_refuses_what_is_wrong           },
};
const size_t people_behaviours_len = LEN(people_behaviours);
