/* slack_post_test.c: a message is sent once, whatever Slack answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "proto/chatd.h"
#include "services/chatd/slack_look.h"
#include "services/chatd/slack_post.h"
#include "tests/unit/chatd/slack_world.h"

#define TEAM "C0TEAM"
#define FOUND(id)                                                                                  \
    "{'messages':[{'ts':'1.1','bot_id':'B0BOT','metadata':{'event_type':'securitybot',"            \
    "'event_payload':{'id':'other'}}},{'ts':'7.7','bot_id':'B0BOT','metadata':{'event_type':"      \
    "'securitybot','event_payload':{'id':'" id "'}}}]}"
#define NONE "{'messages':[]}"

static struct {
    slack_dm_t *dm;
    slack_post_t *post;
    int ends;
    int code;
    char message[SLACK_MESSAGE_SIZE];
} s_it;

static void s_done(void *arg, int code, const char *message, const sb_err_t *err)
{
    assert_ptr_equal(arg, &s_it);
    assert_true(code == SB_OK || err->text[0]);
    s_it.ends++;
    s_it.code = code;
    (void)snprintf(s_it.message, sizeof s_it.message, "%s", message ? message : "");
}

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    s_it.dm = slack_dm_new(world_api());
    s_it.post = slack_post_new(&(slack_post_config_t){
        .host = world_host(), .api = world_api(), .dm = s_it.dm, .reporting_channel = TEAM});
    slack_post_bot(s_it.post, "B0BOT");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_reset();
    slack_post_destroy(&s_it.post);
    slack_dm_destroy(&s_it.dm);
    return 0;
}

static chat_message_t s_to_bob(void)
{
    return (chat_message_t){.id = "o-1", .to = "@bob", .chat_id = "U0BOB", .text = "Hi <there>"};
}

static chat_message_t s_to_team(void)
{
    return (chat_message_t){.id = "e-1", .to = "#security", .text = "Look"};
}

static void s_send(const chat_message_t *message)
{
    slack_post_send(s_it.post, message, s_done, &s_it);
}

static void s_ended(int code, const char *message)
{
    assert_int_equal(s_it.ends, 1);
    assert_int_equal(s_it.code, code);
    assert_string_equal(s_it.message, message);
    assert_int_equal(world_open() + world_store_open(), 0);
    s_it.ends = 0;
}

static void sends_to_a_person(void **state)
{
    (void)state;
    const chat_message_t message = s_to_bob();
    s_send(&message);
    assert_string_equal(world_arg("conversations.open", "users"), "U0BOB");
    world_reply("conversations.open", "{'channel':{'id':'D7'}}");
    assert_string_equal(world_arg("chat.postMessage", "channel"), "D7");
    assert_string_equal(world_arg("chat.postMessage", "text"), "Hi &lt;there&gt;");
    assert_string_equal(world_arg("chat.postMessage", "metadata"),
                        "{\"event_type\":\"securitybot\",\"event_payload\":{\"id\":\"o-1\"}}");
    assert_string_equal(world_arg("chat.postMessage", "thread_ts"), "");
    world_reply("chat.postMessage", "{'channel':'D7','ts':'5.5'}");
    s_ended(SB_OK, "D7:5.5");
    s_send(&message); /* the channel is known now */
    world_reply("chat.postMessage", "{'ts':'5.6'}");
    s_ended(SB_OK, "D7:5.6");
}

static void refuses_what_can_not_be(void **state)
{
    (void)state;
    chat_message_t message = s_to_bob();
    message.chat_id = NULL;
    s_send(&message);
    s_ended(SB_ENOTFOUND, "");
    message.chat_id = "bob";
    s_send(&message);
    s_ended(SB_ENOTFOUND, "");
    message.to = "bob";
    s_send(&message);
    s_ended(SB_ENOTFOUND, "");
    message = s_to_bob();
    s_send(&message);
    world_fail("conversations.open", SLACK_PERMANENT, "some_new_error", SB_EINVALID);
    s_ended(SB_ENOTFOUND, "");
    s_send(&message);
    world_fail("conversations.open", SLACK_RETRY, "http_502", SB_ERETRY);
    s_ended(SB_ERETRY, "");
}

static void waits_until_slack_knows_us(void **state)
{
    (void)state;
    slack_post_bot(s_it.post, "");
    const chat_message_t message = s_to_team();
    s_send(&message);
    s_ended(SB_EBUSY, "");
}

static void looks_before_it_says_again(void **state)
{
    (void)state;
    chat_message_t message = s_to_team();
    message.again = true;
    s_send(&message);
    assert_string_equal(world_arg("conversations.history", "channel"), TEAM);
    assert_string_equal(world_arg("conversations.history", "include_all_metadata"), "true");
    world_reply("conversations.history", FOUND("e-1"));
    s_ended(SB_OK, TEAM ":7.7");
    s_send(&message);
    world_reply("conversations.history", "{'messages':[{'ts':'1.1','bot_id':'B9'}],"
                                         "'response_metadata':{'next_cursor':'abc='}}");
    assert_string_equal(world_arg("conversations.history", "cursor"), "abc=");
    world_reply("conversations.history", NONE);
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");
    s_send(&message);
    world_fail("conversations.history", SLACK_RETRY, "http_502", SB_ERETRY);
    s_ended(SB_ERETRY, "");
}

/* A message of that id by somebody else is none of ours. */
static void only_our_own_messages_count(void **state)
{
    (void)state;
    chat_message_t message = s_to_team();
    message.again = true;
    s_send(&message);
    world_reply("conversations.history",
                "{'messages':[{'ts':'7.7','bot_id':'B0EVE','metadata':{'event_type':'securitybot',"
                "'event_payload':{'id':'e-1'}}}]}");
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");
}

static void does_not_look_for_ever(void **state)
{
    (void)state;
    chat_message_t message = s_to_team();
    message.again = true;
    s_send(&message);
    for (int i = 0; i < SLACK_LOOK_PAGES_MAX; i++) {
        world_reply("conversations.history",
                    "{'messages':[],'response_metadata':{'next_cursor':'more'}}");
    }
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");
}

/* An escalation that can't be looked for is said rather than not. */
static void a_history_that_is_closed_keeps_nobody_silent(void **state)
{
    (void)state;
    chat_message_t message = s_to_team();
    message.again = true;
    s_send(&message);
    world_fail("conversations.history", SLACK_PERMANENT, "not_in_channel", SB_ENOTFOUND);
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");
}

static void an_unknown_end_is_looked_up(void **state)
{
    (void)state;
    const chat_message_t message = s_to_team();
    s_send(&message);
    world_fail("chat.postMessage", SLACK_AMBIGUOUS, "no_answer", SB_ETIMEOUT);
    assert_int_equal(world_open(), 0); /* the history needs a moment */
    world_advance(SLACK_POST_LAG_MS);
    world_reply("conversations.history", FOUND("e-1"));
    s_ended(SB_OK, TEAM ":7.7");
    s_send(&message);
    world_fail("chat.postMessage", SLACK_AMBIGUOUS, "no_answer", SB_ETIMEOUT);
    world_advance(SLACK_POST_LAG_MS);
    world_reply("conversations.history", NONE);
    s_ended(SB_ETIMEOUT, ""); /* it is handed out again, as such */
}

static void an_unknown_end_is_known_as_such_at_the_end(void **state)
{
    (void)state;
    const chat_message_t message = s_to_team();
    s_send(&message);
    world_fail("chat.postMessage", SLACK_AMBIGUOUS, "no_answer", SB_ETIMEOUT);
    slack_post_destroy(&s_it.post);
    s_ended(SB_ETIMEOUT, "");
    s_it.post = slack_post_new(&(slack_post_config_t){
        .host = world_host(), .api = world_api(), .dm = s_it.dm, .reporting_channel = TEAM});
}

/* All that can be wrong with the channel is for the operator to mend. */
static void faults_of_the_channel_are_tried_again(void **state)
{
    (void)state;
    static const char *const errors[] = {"channel_not_found", "is_archived", "restricted_action",
                                         "some_new_error"};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        for (int again = 0; again < 2; again++) {
            for (int thread = 0; thread < 2; thread++) {
                chat_message_t message = s_to_team();
                message.again = again == 1;
                message.thread = thread == 1 ? "e-0" : NULL;
                s_send(&message);
                if (thread) {
                    world_answer("outbox.message", "{'message':'" TEAM ":3.3'}");
                }
                if (again) {
                    world_fail(thread ? "conversations.replies" : "conversations.history",
                               SLACK_PERMANENT, errors[i], SB_ENOTFOUND);
                }
                world_fail("chat.postMessage", SLACK_PERMANENT, errors[i], SB_ENOTFOUND);
                s_ended(SB_ERETRY, "");
            }
        }
    }
}

static void the_reporting_channel_is_never_given_up(void **state)
{
    (void)state;
    const chat_message_t message = s_to_team();
    s_send(&message);
    world_fail("chat.postMessage", SLACK_PERMANENT, "is_archived", SB_ENOTFOUND);
    s_ended(SB_ERETRY, "");
    s_send(&message);
    world_fail("chat.postMessage", SLACK_PERMANENT, "not_in_channel", SB_ENOTFOUND);
    assert_string_equal(world_arg("conversations.join", "channel"), TEAM);
    world_reply("conversations.join", "{}");
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");
    s_send(&message);
    world_fail("chat.postMessage", SLACK_PERMANENT, "not_in_channel", SB_ENOTFOUND);
    world_fail("conversations.join", SLACK_PERMANENT, "method_not_supported_for_channel_type",
               SB_EINVALID);
    s_ended(SB_ERETRY, "");
}

static void a_person_is_given_up(void **state)
{
    (void)state;
    const chat_message_t message = s_to_bob();
    s_send(&message);
    world_reply("conversations.open", "{'channel':{'id':'D7'}}");
    world_fail("chat.postMessage", SLACK_PERMANENT, "messages_tab_disabled", SB_ENOTFOUND);
    s_ended(SB_ENOTFOUND, "");
    s_send(&message);
    world_fail("chat.postMessage", SLACK_PERMANENT, "channel_not_found", SB_ENOTFOUND);
    world_reply("conversations.open", "{'channel':{'id':'D8'}}"); /* anew */
    assert_string_equal(world_arg("chat.postMessage", "channel"), "D8");
    world_fail("chat.postMessage", SLACK_PERMANENT, "channel_not_found", SB_ENOTFOUND);
    s_ended(SB_ENOTFOUND, "");
}

static void blocks_that_slack_refuses_are_left_out(void **state)
{
    (void)state;
    const chat_message_t message = s_to_team();
    s_send(&message);
    assert_true(world_arg("chat.postMessage", "blocks")[0] == '[');
    world_fail("chat.postMessage", SLACK_PERMANENT, "invalid_blocks", SB_EINVALID);
    assert_string_equal(world_arg("chat.postMessage", "blocks"), "");
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");
}

static void threads_hang_where_they_belong(void **state)
{
    (void)state;
    chat_message_t message = s_to_team();
    message.id = "o-2";
    message.thread = "e-1";
    s_send(&message);
    assert_string_equal(world_body("outbox.message"), "{'id':'e-1'}");
    world_answer("outbox.message", "{'message':'" TEAM ":3.3'}");
    assert_string_equal(world_arg("chat.postMessage", "thread_ts"), "3.3");
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");

    s_send(&message); /* the store does not know yet, the history does */
    world_answer("outbox.message", "{'message':null}");
    world_reply("conversations.history", FOUND("e-1"));
    assert_string_equal(world_arg("chat.postMessage", "thread_ts"), "7.7");
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");

    s_send(&message); /* nobody does: beside it, then */
    world_answer("outbox.message", "{'message':'elsewhere'}");
    world_reply("conversations.history", NONE);
    assert_string_equal(world_arg("chat.postMessage", "thread_ts"), "");
    world_reply("chat.postMessage", "{'ts':'8.8'}");
    s_ended(SB_OK, TEAM ":8.8");

    message.again = true; /* what is in a thread is sought there */
    s_send(&message);
    world_answer("outbox.message", "{'message':'" TEAM ":3.3'}");
    assert_string_equal(world_arg("conversations.replies", "ts"), "3.3");
    world_reply("conversations.replies", FOUND("o-2"));
    s_ended(SB_OK, TEAM ":7.7");

    s_send(&message);
    world_refuse("outbox.message", SB_ERETRY);
    s_ended(SB_ERETRY, "");
}

static void changes_the_message_that_was_sent(void **state)
{
    (void)state;
    chat_message_t message = s_to_bob();
    message.message = "D7:4.4";
    slack_post_update(s_it.post, &message, s_done, &s_it);
    assert_string_equal(world_arg("chat.update", "channel"), "D7");
    assert_string_equal(world_arg("chat.update", "ts"), "4.4");
    world_reply("chat.update", "{}");
    s_ended(SB_OK, "");

    message.message = NULL; /* the store knows it */
    slack_post_update(s_it.post, &message, s_done, &s_it);
    world_reply("conversations.open", "{'channel':{'id':'D7'}}");
    world_answer("outbox.message", "{'message':'D7:4.5'}");
    assert_string_equal(world_arg("chat.update", "ts"), "4.5");
    world_fail("chat.update", SLACK_PERMANENT, "message_not_found", SB_ENOTFOUND);
    s_ended(SB_ENOTFOUND, "");

    slack_post_update(s_it.post, &message, s_done, &s_it); /* or the history, or nobody */
    world_answer("outbox.message", "{'message':null}");
    world_reply("conversations.history", FOUND("o-1"));
    assert_string_equal(world_arg("chat.update", "ts"), "7.7");
    world_reply("chat.update", "{}");
    s_ended(SB_OK, "");
    slack_post_update(s_it.post, &message, s_done, &s_it);
    world_answer("outbox.message", "{'message':null}");
    world_reply("conversations.history", NONE);
    s_ended(SB_ENOTFOUND, "");
}

static void tells_what_was_sent(void **state)
{
    (void)state;
    const chat_message_t message = s_to_team();
    slack_post_lookup(s_it.post, &message, s_done, &s_it);
    world_reply("conversations.history", FOUND("e-1"));
    s_ended(SB_OK, TEAM ":7.7");
    slack_post_lookup(s_it.post, &message, s_done, &s_it);
    world_reply("conversations.history", NONE);
    s_ended(SB_OK, "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sends_to_a_person),
        CASE(refuses_what_can_not_be),
        CASE(waits_until_slack_knows_us),
        CASE(looks_before_it_says_again),
        CASE(only_our_own_messages_count),
        CASE(does_not_look_for_ever),
        CASE(a_history_that_is_closed_keeps_nobody_silent),
        CASE(an_unknown_end_is_looked_up),
        CASE(an_unknown_end_is_known_as_such_at_the_end),
        CASE(faults_of_the_channel_are_tried_again),
        CASE(the_reporting_channel_is_never_given_up),
        CASE(a_person_is_given_up),
        CASE(blocks_that_slack_refuses_are_left_out),
        CASE(threads_hang_where_they_belong),
        CASE(changes_the_message_that_was_sent),
        CASE(tells_what_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
