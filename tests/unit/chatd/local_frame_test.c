/* local_frame_test.c: frames from browsers, right and wrong, and frames to them. */
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
#include "services/chatd/local_frame.h"

#define EVENT_48 "abcdefghijABCDEFGHIJ0123456789._-abcdefghijABCDE"

static const struct {
    const char *name;
    const char *text;
    const char *error; /* NULL: accepted */
    const char *about;
    const char *event;
} s_frames[] = {
    {"hello",               "{\"type\":\"hello\",\"as\":\"alice\",\"after\":\"17\"}",                NULL,            "hello",  NULL  },
    {"hello, all",          "{\"type\":\"hello\",\"as\":\"alice\",\"after\":null}",                  NULL,            "hello",  NULL  },
    {"hello, security",     "{\"type\":\"hello\",\"view\":\"security\"}",                            NULL,            "hello",  NULL  },
    {"hello, security as",  "{\"type\":\"hello\",\"as\":\"a\",\"view\":\"security\"}",               NULL,            "hello",
     NULL                                                                                                                             },
    {"unknown members",     "{\"type\":\"people\",\"x\":{\"y\":[1]}}",                               NULL,            "people", NULL  },
    {"people",              "{\"type\":\"people\",\"search\":\"ali\"}",                              NULL,            "people", NULL  },
    {"say",                 "{\"type\":\"say\",\"event\":\"x1-1\",\"text\":\"yes\"}",                NULL,            "say",    "x1-1"},
    {"longest event",       "{\"type\":\"say\",\"event\":\"" EVENT_48 "\",\"text\":\"y\"}",          NULL,            "say",
     EVENT_48                                                                                                                         },
    {"press",
     "{\"type\":\"press\",\"event\":\"e\",\"message\":\"q\",\"value\":\"yes:0\",\"label\":\"Yes\"}", NULL,            "press",  "e"   },
    {"press without label",
     "{\"type\":\"press\",\"event\":\"e\",\"message\":\"q\",\"value\":\"yes:0\"}",                   NULL,            "press",
     "e"                                                                                                                              },

    {"empty",               "",                                                                      "frame: byte 0", NULL,     NULL  },
    {"not JSON",            "hello",                                                                 "frame: byte 0", NULL,     NULL  },
    {"an array",            "[]",                                                                    "frame: byte 0", NULL,     NULL  },
    {"duplicate key",       "{\"type\":\"say\",\"type\":\"say\"}",                                   "frame: byte",   NULL,     NULL  },
    {"bad UTF-8",           "{\"type\":\"say\",\"event\":\"e\",\"text\":\"\xff\"}",                  "frame: byte",   NULL,
     NULL                                                                                                                             },
    {"too deep",            "{\"type\":[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]}",                        "frame: byte",   NULL,     NULL  },
    {"no type",             "{}",                                                                    "frame.type",    NULL,     NULL  },
    {"unknown type",        "{\"type\":\"shout\"}",                                                  "frame.type",    NULL,     NULL  },
    {"type is no text",     "{\"type\":1}",                                                          "frame.type",    NULL,     NULL  },
    {"a frame of ours",     "{\"type\":\"welcome\"}",                                                "frame.type",    NULL,     NULL  },
    {"hello to nobody",     "{\"type\":\"hello\"}",                                                  "frame.as",      "hello",  NULL  },
    {"security as nobody",  "{\"type\":\"hello\",\"as\":\"\",\"view\":\"security\"}",                "frame.as",
     "hello",                                                                                                                   NULL  },
    {"hello as nobody",     "{\"type\":\"hello\",\"as\":\"\"}",                                      "frame.as",      "hello",  NULL  },
    {"unknown view",        "{\"type\":\"hello\",\"view\":\"all\"}",                                 "frame.view",    "hello",  NULL  },
    {"after is a number",   "{\"type\":\"hello\",\"as\":\"a\",\"after\":17}",                        "frame.after",   "hello",
     NULL                                                                                                                             },
    {"after is negative",   "{\"type\":\"hello\",\"as\":\"a\",\"after\":\"-1\"}",                    "frame.after",
     "hello",                                                                                                                   NULL  },
    {"say without event",   "{\"type\":\"say\",\"text\":\"y\"}",                                     "frame.event",   "say",    NULL  },
    {"event with a colon",  "{\"type\":\"say\",\"event\":\"a:b\",\"text\":\"y\"}",                   "frame.event",
     "say",                                                                                                                     NULL  },
    {"event too long",      "{\"type\":\"say\",\"event\":\"" EVENT_48 "x\",\"text\":\"y\"}",
     "frame.event",                                                                                                   "say",    NULL  },
    {"say nothing",         "{\"type\":\"say\",\"event\":\"e\",\"text\":\"\"}",                      "frame.text",    "say",    "e"   },
    {"no text",             "{\"type\":\"say\",\"event\":\"e\"}",                                    "frame.text",    "say",    "e"   },
    {"escaped NUL",         "{\"type\":\"say\",\"event\":\"e\",\"text\":\"a\\u0000b\"}",             "frame: byte",
     NULL,                                                                                                                      NULL  },
    {"press without value", "{\"type\":\"press\",\"event\":\"e\",\"message\":\"q\"}",                "frame.value",
     "press",                                                                                                                   "e"   },
    {"press of nothing",    "{\"type\":\"press\",\"event\":\"e\",\"value\":\"yes:0\"}",
     "frame.message",                                                                                                 "press",  "e"   },
};

static bool s_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void test_decode(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_frames / sizeof s_frames[0]; i++) {
        local_frame_t frame;
        sb_err_t err = {0};
        const int code =
            local_frame_decode(s_frames[i].text, strlen(s_frames[i].text), &frame, &err);
        if ((code == SB_OK) != (s_frames[i].error == NULL)) {
            fail_msg("%s: code %d, %s", s_frames[i].name, code, err.text);
        }
        if (code && strncmp(err.text, s_frames[i].error, strlen(s_frames[i].error)) != 0) {
            fail_msg("%s: %s", s_frames[i].name, err.text);
        }
        if (!s_same(frame.about, s_frames[i].about) || !s_same(frame.event, s_frames[i].event)) {
            fail_msg("%s: about %s, event %s", s_frames[i].name, frame.about, frame.event);
        }
        local_frame_clear(&frame);
    }
}

static void test_members(void **state)
{
    (void)state;
    static const char hello[] = "{\"type\":\"hello\",\"as\":\"alice\",\"after\":\"17\"}";
    static const char team[] = "{\"type\":\"hello\",\"view\":\"security\",\"as\":\"carol\"}";
    static const char press[] = "{\"type\":\"press\",\"event\":\"e\",\"message\":\"q-1\","
                                "\"value\":\"no:ab\",\"label\":\"No\"}";
    local_frame_t frame;
    sb_err_t err = {0};
    assert_int_equal(local_frame_decode(hello, sizeof hello - 1, &frame, &err), SB_OK);
    assert_int_equal(frame.kind, LOCAL_HELLO);
    assert_string_equal(frame.as, "alice");
    assert_false(frame.security);
    assert_int_equal(frame.after, 17);
    local_frame_clear(&frame);
    assert_int_equal(local_frame_decode(team, sizeof team - 1, &frame, &err), SB_OK);
    assert_string_equal(frame.as, "carol");
    assert_true(frame.security);
    local_frame_clear(&frame);
    assert_int_equal(local_frame_decode(press, sizeof press - 1, &frame, &err), SB_OK);
    assert_int_equal(frame.kind, LOCAL_PRESS);
    assert_string_equal(frame.message, "q-1");
    assert_string_equal(frame.value, "no:ab");
    assert_string_equal(frame.label, "No");
    assert_int_equal(frame.after, -1);
    local_frame_clear(&frame);
    local_frame_clear(&frame);
}

/* A text of SB_TEXT_MAX bytes fits its frame however it is written; one byte more is refused. */
static void test_longest_text(void **state)
{
    (void)state;
    for (int more = 0; more <= 1; more++) {
        sb_buf_t text = sb_buf(2 * LOCALCHAT_FRAME_MAX);
        sb_buf_puts(&text, "{\"type\":\"say\",\"event\":\"" EVENT_48 "\",\"text\":\"");
        for (int i = 0; i < SB_TEXT_MAX + more; i++) {
            sb_buf_puts(&text, "\\u0041");
        }
        sb_buf_puts(&text, "\"}");
        local_frame_t frame;
        sb_err_t err = {0};
        const int code = local_frame_decode(sb_buf_text(&text), text.len, &frame, &err);
        assert_int_equal(code, more ? SB_EINVALID : SB_OK);
        assert_string_equal(frame.event, EVENT_48);
        local_frame_clear(&frame);
        sb_buf_free(&text);
    }
}

static void test_too_large(void **state)
{
    (void)state;
    char *text = sb_alloc(LOCALCHAT_FRAME_MAX + 1);
    memset(text, ' ', LOCALCHAT_FRAME_MAX + 1);
    local_frame_t frame;
    sb_err_t err = {0};
    assert_int_equal(local_frame_decode(text, LOCALCHAT_FRAME_MAX + 1, &frame, &err), SB_ETOOLARGE);
    local_frame_clear(&frame);
    assert_int_equal(local_frame_decode(text, LOCALCHAT_FRAME_MAX, &frame, &err), SB_EINVALID);
    local_frame_clear(&frame);
    free(text);
}

static void s_check(char *got, const char *want)
{
    assert_string_equal(got, want);
    free(got);
}

static void test_encode(void **state)
{
    (void)state;
    sb_err_t err;
    sb_fail(&err, SB_EBUSY, "wait \"a bit\"");
    cJSON *messages = cJSON_Parse("[{\"seq\":\"1\"}]");
    cJSON *person = cJSON_Parse("{\"id\":\"alice\"}");
    cJSON *people = cJSON_Parse("[{\"id\":\"alice\"}]");
    s_check(local_frame_history(messages, true, 1),
            "{\"type\":\"history\",\"messages\":[{\"seq\":\"1\"}],\"more\":true,\"last\":\"1\"}");
    s_check(local_frame_message(messages->child),
            "{\"type\":\"message\",\"message\":{\"seq\":\"1\"}}");
    s_check(local_frame_welcome("@alice", person, "#sec"),
            "{\"type\":\"welcome\",\"channel\":\"@alice\",\"person\":{\"id\":\"alice\"},"
            "\"security\":\"#sec\"}");
    s_check(
        local_frame_welcome("#security", NULL, "#sec"),
        "{\"type\":\"welcome\",\"channel\":\"#security\",\"person\":null,\"security\":\"#sec\"}");
    s_check(local_frame_people(&people, false),
            "{\"type\":\"people\",\"people\":[{\"id\":\"alice\"}],\"more\":false}");
    assert_null(people);
    s_check(local_frame_ack("e", "alice:e"),
            "{\"type\":\"ack\",\"event\":\"e\",\"id\":\"alice:e\"}");
    s_check(local_frame_error("say", "e", &err),
            "{\"type\":\"error\",\"about\":\"say\",\"event\":\"e\",\"code\":\"BUSY\","
            "\"text\":\"wait \\\"a bit\\\"\"}");
    s_check(local_frame_error(NULL, NULL, &err),
            "{\"type\":\"error\",\"about\":null,\"event\":null,\"code\":\"BUSY\","
            "\"text\":\"wait \\\"a bit\\\"\"}");
    assert_string_equal(local_frame_resync, "{\"type\":\"resync\"}");
    cJSON_Delete(messages);
    cJSON_Delete(person);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),       cmocka_unit_test(test_members),
        cmocka_unit_test(test_longest_text), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_encode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
