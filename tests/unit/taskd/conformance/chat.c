/* chat.c: what people say is kept before it counts as heard; the built-in chat's messages. */
#include "suite.h"

static const char s_text[] = "{'event': '%s', 'person': 'Alice', 'kind': 'text', 'text': '%s',"
                             " 'at_ms': 5}";

static void an_event_is_put_once(void **state)
{
    suite_t *suite = *state;
    assert_true(true_at(ask(suite, "inbox.put", s_text, "e1", "hi"), "new"));
    assert_true(true_at(suite->hints, "work"));
    assert_false(true_at(ask(suite, "inbox.put", s_text, "e1", "hi"), "new"));
    assert_false(true_at(suite->hints, "work"));
    assert_true(true_at(ask(suite, "inbox.put", s_text, "e2", ""), "new"));
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox WHERE person = 'alice'"), 2);
}

static void inbox_refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    static const char *const bodies[] = {
        "{'person': 'a', 'kind': 'text', 'text': 't', 'at_ms': 1}",
        "{'event': 'e', 'kind': 'text', 'text': 't', 'at_ms': 1}",
        "{'event': 'e', 'person': 'a', 'kind': 'text', 'at_ms': 1}",
        "{'event': 'e', 'person': 'a', 'kind': 'button', 'text': 't', 'at_ms': 1}",
        "{'event': 'e', 'person': 'a', 'kind': 'result', 'value': 'o', 'text': '{}', 'at_ms': 1}",
        "{'event': 'e', 'person': 'a', 'kind': 'text', 'text': 't'}",
        "{'event': 'e', 'person': '', 'kind': 'text', 'text': 't', 'at_ms': 1}",
    };
    for (size_t i = 0; i < LEN(bodies); i++) {
        assert_int_equal(ask_code(suite, "inbox.put", "%s", bodies[i]), SB_EINVALID);
        assert_int_equal(ask_code(suite, "localchat.hear", "%s", bodies[i]), SB_EINVALID);
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox"), 0);
    assert_int_equal(number(suite, "SELECT count(*) FROM localchat"), 0);
}

static void what_is_heard_is_shown_and_put(void **state)
{
    suite_t *suite = *state;
    const cJSON *got = ask(suite, "localchat.hear", s_text, "alice:x", "yes \\u263a");
    assert_true(true_at(got, "new"));
    const int64_t seq = id_at(got, "seq");
    assert_true(true_at(suite->hints, "work"));
    assert_int_equal(id_at(suite->hints, "localchat"), seq);
    got = ask(suite, "localchat.hear", s_text, "alice:x", "yes \\u263a");
    assert_false(true_at(got, "new"));
    assert_int_equal(id_at(got, "seq"), seq);
    (void)ask(suite, "localchat.hear",
              "{'event': 'alice:y', 'person': 'alice', 'kind': 'button', 'text': 'Yes',"
              " 'value': 'yes:1', 'message': 'm', 'at_ms': 6}");
    const cJSON *list = ask(suite, "localchat.list", "{'channel': '@ALICE'}");
    assert_int_equal(len_at(list, "messages"), 2);
    const cJSON *message = at(list, "messages.0");
    assert_string_equal(text_at(message, "id"), "alice:x");
    assert_string_equal(text_at(message, "channel"), "@alice");
    assert_string_equal(text_at(message, "sender"), "alice");
    assert_string_equal(text_at(message, "text"), "yes \xe2\x98\xba");
    assert_int_equal(len_at(message, "buttons"), 0);
    assert_int_equal(int_at(message, "at_ms"), 5);
    assert_false(true_at(message, "edited"));
    assert_string_equal(text_at(list, "messages.1.text"), "Yes");
    assert_int_equal(number(suite, "SELECT count(*) FROM inbox WHERE value = 'yes:1'"), 1);
}

static void a_post_is_made_once_and_can_change(void **state)
{
    suite_t *suite = *state;
    static const char post[] =
        "{'id': 'q1', 'channel': '@alice', 'text': 'Did you?', 'at_ms': 1, 'buttons':"
        " [{'label': 'Yes', 'value': 'yes:1', 'style': 'primary'},"
        " {'label': 'No', 'value': 'no:1', 'style': 'danger'}]}";
    const int64_t first = id_at(ask(suite, "localchat.post", "%s", post), "seq");
    assert_int_equal(id_at(ask(suite, "localchat.post", "%s", post), "seq"), first);
    (void)ask(suite, "localchat.post",
              "{'id': 'q2', 'channel': '@alice', 'text': 't', 'at_ms': 2}");
    static const char update[] = "{'id': 'q1', 'text': 'Thanks', 'buttons': []}";
    const int64_t second = id_at(ask(suite, "localchat.update", "%s", update), "seq");
    assert_true(second > first + 1);
    assert_int_equal(id_at(suite->hints, "localchat"), second);
    assert_int_equal(id_at(ask(suite, "localchat.update", "%s", update), "seq"), second);
    const cJSON *list =
        ask(suite, "localchat.list", "{'channel': '@alice', 'after': '%lld'}", (long long)first);
    assert_int_equal(len_at(list, "messages"), 2);
    assert_string_equal(text_at(list, "messages.0.id"), "q2");
    const cJSON *changed = at(list, "messages.1");
    assert_string_equal(text_at(changed, "text"), "Thanks");
    assert_int_equal(id_at(changed, "first"), first);
    assert_int_equal(id_at(changed, "seq"), second);
    assert_int_equal(len_at(changed, "buttons"), 0);
    assert_int_equal(int_at(changed, "at_ms"), 1);
    assert_true(true_at(changed, "edited"));
    assert_true(null_at(changed, "sender"));
    assert_int_equal(ask_code(suite, "localchat.update", "{'id': 'none', 'text': 't'}"),
                     SB_ENOTFOUND);
}

static void buttons_come_back_as_they_were(void **state)
{
    suite_t *suite = *state;
    (void)ask(
        suite, "localchat.post",
        "{'id': 'q', 'channel': '#security', 'text': '', 'at_ms': 1, 'buttons':"
        " [{'label': 'Ja \\u00fc', 'value': 'yes:1', 'style': 'plain'},"
        " {'label': 'Open', 'value': 'agree:1', 'style': 'primary', 'url': 'https://x.org/'}]}");
    const cJSON *list = ask(suite, "localchat.list", "{'channel': '#security'}");
    assert_string_equal(text_at(list, "messages.0.buttons.0.label"), "Ja \xc3\xbc");
    assert_string_equal(text_at(list, "messages.0.buttons.0.value"), "yes:1");
    assert_string_equal(text_at(list, "messages.0.buttons.0.style"), "plain");
    assert_string_equal(text_at(list, "messages.0.buttons.1.url"), "https://x.org/");
}

static void post_refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    static const struct {
        const char *members;
    } rows[] = {
        {"'channel': '@a', 'text': 't', 'at_ms': 1"},
        {"'id': 'm', 'channel': 'a', 'text': 't', 'at_ms': 1"},
        {"'id': 'm', 'channel': '@', 'text': 't', 'at_ms': 1"},
        {"'id': 'm', 'channel': '@a', 'at_ms': 1"},
        {"'id': 'm', 'channel': '@a', 'text': 't'"},
        {"'id': 'm', 'channel': '@a', 'text': 't', 'at_ms': 1, 'buttons': [{'label': 'x'}]"},
        {"'id': 'm', 'channel': '@a', 'text': 't', 'at_ms': 1, 'buttons':"
         " [{'label': 'x', 'value': 'v', 'style': 'loud'}]"},
        {"'id': 'm', 'channel': '@a', 'text': 't', 'at_ms': 1, 'buttons': [1,2,3,4,5,6,7,8,9]"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, "localchat.post", "{%s}", rows[i].members);
        if (code != SB_EINVALID) {
            fail_msg("%s: got %s", rows[i].members, sb_code_name(code));
        }
    }
}

static void lists_go_on_by_seq(void **state)
{
    suite_t *suite = *state;
    for (int i = 0; i < 10; i++) {
        (void)ask(suite, "localchat.post",
                  "{'id': 'm%d', 'channel': '%s', 'text': 't', 'at_ms': 1}", i,
                  i % 2 ? "@alice" : "#security");
    }
    const cJSON *newest = ask(suite, "localchat.list", "{'limit': 3}");
    assert_int_equal(len_at(newest, "messages"), 3);
    assert_string_equal(text_at(newest, "messages.0.id"), "m7");
    assert_string_equal(text_at(newest, "messages.2.id"), "m9");
    assert_false(true_at(newest, "more")); /* there is nothing behind it */
    assert_int_equal(id_at(newest, "last"), 10);
    const cJSON *all = ask(suite, "localchat.list", "{'after': '0', 'limit': 4}");
    assert_string_equal(text_at(all, "messages.0.id"), "m0");
    assert_true(true_at(all, "more"));
    const cJSON *rest = ask(suite, "localchat.list", "{'after': '4', 'limit': 6}");
    assert_int_equal(len_at(rest, "messages"), 6);
    assert_false(true_at(rest, "more"));
    const cJSON *one =
        ask(suite, "localchat.list", "{'channel': '@alice', 'after': '4', 'limit': 2}");
    assert_string_equal(text_at(one, "messages.0.id"), "m5");
    assert_string_equal(text_at(one, "messages.1.id"), "m7");
    assert_true(true_at(one, "more"));
    const cJSON *none = ask(suite, "localchat.list", "{'after': '10'}");
    assert_int_equal(len_at(none, "messages"), 0);
    assert_int_equal(id_at(none, "last"), 10);
}

const behaviour_t chat_behaviours[] = {
    {"an_event_is_put_once",               an_event_is_put_once              },
    {"inbox_refuses_what_is_wrong",        inbox_refuses_what_is_wrong       },
    {"what_is_heard_is_shown_and_put",     what_is_heard_is_shown_and_put    },
    {"a_post_is_made_once_and_can_change", a_post_is_made_once_and_can_change},
    {"buttons_come_back_as_they_were",     buttons_come_back_as_they_were    },
    {"post_refuses_what_is_wrong",         post_refuses_what_is_wrong        },
    {"lists_go_on_by_seq",                 lists_go_on_by_seq                },
};
const size_t chat_behaviours_len = LEN(chat_behaviours);
