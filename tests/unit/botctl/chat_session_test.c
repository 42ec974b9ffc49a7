/* chat_session_test.c: a conversation as frames in and frames out: what is said is said once and in
 * order, whatever is lost; and what is read is read once, whatever comes twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "proto/localchat.h"
#include "tools/botctl/chat_session.h"

typedef struct {
    chat_session_t *session;
    sb_buf_t heard;   /* "id/seq " of each message handed up */
    sb_buf_t refused; /* "what:text " */
    int64_t now_ms;
} rig_t;

static void s_on_message(void *ctx, const cJSON *message)
{
    rig_t *rig = ctx;
    sb_buf_printf(&rig->heard, "%s/%s ", cJSON_GetObjectItem(message, "id")->valuestring,
                  cJSON_GetObjectItem(message, "seq")->valuestring);
}

static void s_on_refused(void *ctx, const char *what, const char *text)
{
    rig_t *rig = ctx;
    sb_buf_printf(&rig->refused, "%s:%s ", what ? what : "-", text);
}

static const chat_session_fns_t s_fns = {.message = s_on_message, .refused = s_on_refused};

static int s_set_up_as(void **state, const char *as, bool security)
{
    rig_t *rig = sb_alloc(sizeof *rig);
    rig->heard = sb_buf(65536);
    rig->refused = sb_buf(65536);
    rig->session = chat_session_new(as, security, "p", &s_fns, rig);
    *state = rig;
    return 0;
}

static int s_set_up(void **state)
{
    return s_set_up_as(state, "alice", false);
}

static int s_set_up_security(void **state)
{
    return s_set_up_as(state, NULL, true);
}

static int s_set_up_responder(void **state)
{
    return s_set_up_as(state, "carol", true);
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    chat_session_destroy(&rig->session);
    chat_session_destroy(&rig->session);
    sb_buf_free(&rig->heard);
    sb_buf_free(&rig->refused);
    free(rig);
    return 0;
}

/* The next frame out must be want; NULL: there is none. */
static void s_out(rig_t *rig, const char *want)
{
    char *frame = chat_session_next(rig->session, rig->now_ms);
    if (want ? !frame || strcmp(frame, want) != 0 : frame != NULL) {
        fail_msg("expected %s, got %s", want ? want : "nothing", frame ? frame : "nothing");
    }
    free(frame);
}

static void s_in(rig_t *rig, const char *frame)
{
    sb_err_t err = {0};
    if (chat_session_receive(rig->session, frame, strlen(frame), rig->now_ms, &err)) {
        fail_msg("%s: %s", frame, err.text);
    }
}

static void s_say(rig_t *rig, const char *text)
{
    sb_err_t err = {0};
    assert_int_equal(chat_session_say(rig->session, text, &err), SB_OK);
}

#define HELLO "{\"type\":\"hello\",\"as\":\"alice\"}"
#define HELLO_AFTER(seq) "{\"type\":\"hello\",\"as\":\"alice\",\"after\":\"" seq "\"}"
#define WELCOME "{\"type\":\"welcome\",\"channel\":\"@alice\",\"person\":null,\"security\":\"#s\"}"
#define MESSAGE(id, seq) "{\"id\":\"" id "\",\"seq\":\"" seq "\",\"buttons\":[]}"
#define LIVE(id, seq) "{\"type\":\"message\",\"message\":" MESSAGE(id, seq) "}"
#define HISTORY(messages, more, last)                                                              \
    "{\"type\":\"history\",\"messages\":[" messages "],\"more\":" more ",\"last\":\"" last "\"}"
#define SAY(text, event) "{\"type\":\"say\",\"text\":\"" text "\",\"event\":\"" event "\"}"
#define ACK(event) "{\"type\":\"ack\",\"event\":\"" event "\",\"id\":\"alice:" event "\"}"
#define ERROR(about, event, code)                                                                  \
    "{\"type\":\"error\",\"about\":\"" about "\",\"event\":" event ",\"code\":\"" code             \
    "\",\"text\":\"why\"}"

static void s_open(rig_t *rig)
{
    chat_session_opened(rig->session);
    s_out(rig, HELLO);
    s_in(rig, WELCOME);
    s_in(rig, HISTORY("", "false", "2"));
}

static void test_one_at_a_time(void **state)
{
    rig_t *rig = *state;
    s_say(rig, "one");
    s_say(rig, "two");
    s_out(rig, NULL); /* there is no socket */
    chat_session_opened(rig->session);
    s_out(rig, HELLO);
    s_out(rig, NULL); /* nor a welcome */
    s_in(rig, WELCOME);
    s_out(rig, SAY("one", "p-1"));
    s_out(rig, NULL);
    assert_int_equal(chat_session_unsent(rig->session), 2);
    s_in(rig, ACK("p-1"));
    s_out(rig, SAY("two", "p-2"));
    s_in(rig, ACK("p-1")); /* came twice */
    s_out(rig, NULL);
    s_in(rig, ACK("p-2"));
    s_out(rig, NULL);
    assert_int_equal(chat_session_unsent(rig->session), 0);
}

static void test_reconnect(void **state)
{
    rig_t *rig = *state;
    s_open(rig);
    s_say(rig, "one");
    s_say(rig, "two");
    s_out(rig, SAY("one", "p-1"));
    chat_session_closed(rig->session); /* perhaps it arrived */
    s_out(rig, NULL);
    chat_session_opened(rig->session);
    s_out(rig, HELLO_AFTER("2"));
    s_in(rig, ACK("p-1")); /* for what this socket never carried */
    s_in(rig, WELCOME);
    s_out(rig, SAY("one", "p-1")); /* the same event */
    s_in(rig, ACK("p-1"));
    s_out(rig, SAY("two", "p-2"));
    s_in(rig, ACK("p-2"));
    assert_int_equal(chat_session_unsent(rig->session), 0);
}

static void test_repeat_later(void **state)
{
    static const char *const codes[] = {"BUSY", "TIMEOUT", "UNAVAILABLE", "INTERNAL"};
    rig_t *rig = *state;
    s_open(rig);
    s_say(rig, "one");
    s_say(rig, "two");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        s_out(rig, SAY("one", "p-1"));
        char *error = sb_format("{\"type\":\"error\",\"about\":\"say\",\"event\":\"p-1\","
                                "\"code\":\"%s\",\"text\":\"why\"}",
                                codes[i]);
        s_in(rig, error);
        free(error);
        s_out(rig, NULL); /* two must not overtake it */
        assert_int_equal(chat_session_due_ms(rig->session), rig->now_ms + CHAT_SESSION_AGAIN_MS);
        assert_string_equal(chat_session_trouble(rig->session), "why");
        rig->now_ms += CHAT_SESSION_AGAIN_MS;
    }
    s_out(rig, SAY("one", "p-1"));
    s_in(rig, ACK("p-1"));
    s_out(rig, SAY("two", "p-2"));
    assert_string_equal(sb_buf_text(&rig->refused), "");
}

static void test_refused(void **state)
{
    rig_t *rig = *state;
    s_open(rig);
    s_say(rig, "one");
    s_say(rig, "two");
    s_out(rig, SAY("one", "p-1"));
    s_in(rig, ERROR("say", "\"p-1\"", "INVALID"));
    assert_string_equal(sb_buf_text(&rig->refused), "one:why ");
    s_out(rig, SAY("two", "p-2"));
    assert_false(chat_session_dead(rig->session));
}

static void test_hello_refused(void **state)
{
    rig_t *rig = *state;
    chat_session_opened(rig->session);
    s_out(rig, HELLO);
    s_in(rig, ERROR("hello", "null", "UNAVAILABLE"));
    s_out(rig, NULL);
    rig->now_ms += CHAT_SESSION_AGAIN_MS;
    s_out(rig, HELLO);
    s_in(rig, ERROR("hello", "null", "NOT_FOUND"));
    assert_true(chat_session_dead(rig->session));
    assert_string_equal(sb_buf_text(&rig->refused), "-:why ");
    rig->now_ms += CHAT_SESSION_AGAIN_MS;
    s_out(rig, NULL);
}

/* After a reconnect nothing is asked for that is known, and nothing left out that is not. */
static void test_after(void **state)
{
    rig_t *rig = *state;
    chat_session_opened(rig->session);
    s_out(rig, HELLO);
    s_in(rig, WELCOME);
    s_in(rig, LIVE("d", "9")); /* before the history: it says nothing about what lies between */
    s_in(rig, HISTORY(MESSAGE("a", "3"), "true", "3"));
    assert_false(chat_session_ready(rig->session));
    s_out(rig, HELLO_AFTER("3"));
    s_in(rig, WELCOME);
    s_in(rig, HISTORY(MESSAGE("b", "5"), "true", "5"));
    chat_session_closed(rig->session);
    chat_session_opened(rig->session);
    s_out(rig, HELLO_AFTER("5"));
    s_in(rig, WELCOME);
    s_in(rig, HISTORY(MESSAGE("c", "7") "," MESSAGE("d", "9"), "false", "10"));
    assert_true(chat_session_ready(rig->session));
    chat_session_closed(rig->session);
    chat_session_opened(rig->session);
    s_out(rig, HELLO_AFTER("10")); /* what others said up to there is known not to be ours */
    s_in(rig, WELCOME);
    s_in(rig, HISTORY("", "false", "11"));
    s_in(rig, LIVE("e", "12"));
    chat_session_closed(rig->session);
    chat_session_opened(rig->session);
    s_out(rig, HELLO_AFTER("12"));
    assert_string_equal(sb_buf_text(&rig->heard), "d/9 a/3 b/5 c/7 e/12 ");
}

static void test_twice_and_changed(void **state)
{
    rig_t *rig = *state;
    s_open(rig);
    s_in(rig, LIVE("a", "3"));
    s_in(rig, LIVE("a", "3"));
    s_in(rig, LIVE("b", "4"));
    s_in(rig, LIVE("a", "6")); /* changed */
    s_in(rig, LIVE("a", "3")); /* an old copy */
    assert_string_equal(sb_buf_text(&rig->heard), "a/3 b/4 a/6 ");
}

static void test_resync(void **state)
{
    rig_t *rig = *state;
    s_open(rig);
    s_in(rig, LIVE("a", "3"));
    s_say(rig, "one");
    s_out(rig, SAY("one", "p-1"));
    s_in(rig, "{\"type\":\"resync\"}");
    s_out(rig, HELLO_AFTER("3"));
    s_out(rig, NULL);
    s_in(rig, WELCOME);
    s_out(rig, SAY("one", "p-1")); /* the acknowledgement may be what was dropped */
}

#define QUESTION(id, seq, buttons)                                                                 \
    "{\"type\":\"message\",\"message\":{\"id\":\"" id "\",\"seq\":\"" seq                          \
    "\",\"buttons\":[" buttons "]}}"
#define BUTTON(label, value) "{\"label\":\"" label "\",\"value\":\"" value "\",\"style\":\"plain\"}"

static void test_press(void **state)
{
    rig_t *rig = *state;
    sb_err_t err = {0};
    s_open(rig);
    assert_null(chat_session_buttons(rig->session));
    s_in(rig, QUESTION("q1", "3", BUTTON("Yes", "yes:1") "," BUTTON("No", "no:1")));
    s_in(rig, QUESTION("q2", "4", BUTTON("Yes", "yes:2")));
    assert_int_equal(cJSON_GetArraySize(chat_session_buttons(rig->session)), 1);
    s_in(rig, QUESTION("q2", "5", "")); /* answered: no buttons any more */
    assert_int_equal(cJSON_GetArraySize(chat_session_buttons(rig->session)), 2);

    assert_int_equal(chat_session_press(rig->session, "no:1", NULL, &err), SB_OK);
    s_out(rig, "{\"type\":\"press\",\"message\":\"q1\",\"value\":\"no:1\",\"label\":\"No\","
               "\"event\":\"p-1\"}");
    s_in(rig, ACK("p-1"));
    /* Late: of a button that was there once. */
    assert_int_equal(chat_session_press(rig->session, "yes:2", NULL, &err), SB_OK);
    s_out(rig, "{\"type\":\"press\",\"message\":\"q2\",\"value\":\"yes:2\",\"label\":\"Yes\","
               "\"event\":\"p-2\"}");
    assert_int_equal(chat_session_press(rig->session, "yes:3", NULL, &err), SB_EINVALID);
    assert_int_equal(chat_session_press(rig->session, "yes:3", "q9", &err), SB_OK);
}

static void test_cannot_say(void **state)
{
    rig_t *rig = *state;
    sb_err_t err = {0};
    char *text = sb_alloc(SB_TEXT_MAX + 2);
    memset(text, 'x', SB_TEXT_MAX + 1);
    assert_int_equal(chat_session_say(rig->session, "", &err), SB_EINVALID);
    assert_int_equal(chat_session_say(rig->session, text, &err), SB_EINVALID);
    assert_int_equal(chat_session_say(rig->session, "\xff", &err), SB_EINVALID);
    text[SB_TEXT_MAX] = '\0';
    assert_int_equal(chat_session_say(rig->session, text, &err), SB_OK);
    for (int i = 1; i < CHAT_SESSION_UNSENT_MAX; i++) {
        s_say(rig, "x");
    }
    assert_int_equal(chat_session_say(rig->session, "x", &err), SB_EBUSY);
    free(text);
}

static void test_security(void **state)
{
    rig_t *rig = *state;
    sb_err_t err = {0};
    chat_session_opened(rig->session);
    s_out(rig, "{\"type\":\"hello\",\"view\":\"security\"}");
    assert_int_equal(chat_session_say(rig->session, "x", &err), SB_EINVALID);
    assert_int_equal(chat_session_press(rig->session, "yes:1", "q", &err), SB_EINVALID);
}

static void test_responder(void **state)
{
    rig_t *rig = *state;
    sb_err_t err = {0};
    chat_session_opened(rig->session);
    s_out(rig, "{\"type\":\"hello\",\"view\":\"security\",\"as\":\"carol\"}");
    s_in(rig,
         "{\"type\":\"welcome\",\"channel\":\"#security\",\"person\":null,\"security\":\"#s\"}");
    assert_int_equal(chat_session_say(rig->session, "x", &err), SB_EINVALID);
    assert_int_equal(chat_session_press(rig->session, "ack:1", "e-1", &err), SB_OK);
    s_out(rig, "{\"type\":\"press\",\"message\":\"e-1\",\"value\":\"ack:1\",\"label\":null,"
               "\"event\":\"p-1\"}");
    s_in(rig, "{\"type\":\"ack\",\"event\":\"p-1\",\"id\":\"carol:p-1\"}");
    assert_int_equal(chat_session_unsent(rig->session), 0);
}

static void test_own(void **state)
{
    rig_t *rig = *state;
    assert_true(chat_session_own(rig->session, "alice:p-1"));
    assert_false(chat_session_own(rig->session, "alice:q-1"));
    assert_false(chat_session_own(rig->session, "alice:p"));
    assert_false(chat_session_own(rig->session, "bob:p-1"));
    assert_false(chat_session_own(rig->session, ""));
}

static void test_no_frames(void **state)
{
    static const char *const frames[] = {
        "",
        "[]",
        "{}",
        "{\"type\":\"message\"}",
        "{\"type\":\"message\",\"message\":{}}",
        "{\"type\":\"history\",\"messages\":[1],\"more\":false}",
        "{\"type\":\"history\",\"messages\":[]}",
        "{\"type\":\"ack\"}",
        "{\"type\":\"error\"}",
    };
    rig_t *rig = *state;
    s_open(rig);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        sb_err_t err = {0};
        assert_int_equal(chat_session_receive(rig->session, frames[i], strlen(frames[i]), 0, &err),
                         SB_EINVALID);
    }
    s_in(rig, "{\"type\":\"something new\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_at_a_time),
        TEST(test_reconnect),
        TEST(test_repeat_later),
        TEST(test_refused),
        TEST(test_hello_refused),
        TEST(test_after),
        TEST(test_resync),
        TEST(test_twice_and_changed),
        TEST(test_press),
        TEST(test_cannot_say),
        TEST(test_own),
        TEST(test_no_frames),
        cmocka_unit_test_setup_teardown(test_security, s_set_up_security, s_tear_down),
        cmocka_unit_test_setup_teardown(test_responder, s_set_up_responder, s_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
