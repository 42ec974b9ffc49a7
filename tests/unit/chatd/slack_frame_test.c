#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_frame.h"

/* A frame in one line, for comparing. */
static char *s_show(const slack_frame_t *frame)
{
    static const char *const kinds[] = {"events_api", "interactive", "slash_commands"};
    switch (frame->kind) {
    case SLACK_FRAME_HELLO:
        return sb_format("hello %lld %lld", (long long)frame->connections,
                         (long long)frame->lifetime_s);
    case SLACK_FRAME_DISCONNECT:
        return sb_format("disconnect %s", frame->reason);
    case SLACK_FRAME_ENVELOPE:
        return sb_format("%s %s retry %d %s%s", kinds[frame->envelope.kind], frame->envelope.id,
                         frame->envelope.retry, frame->envelope.retry_reason,
                         cJSON_IsObject(frame->envelope.payload) ? "" : " without payload");
    case SLACK_FRAME_UNKNOWN:
        return sb_format("unknown \"%s\" \"%s\"", frame->type, frame->envelope.id);
    }
    return sb_strdup("no kind");
}

static void test_frames(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"hello as it is seen",
         "{\"type\":\"hello\",\"num_connections\":4,\"debug_info\":{\"host\":\"applink-1\","
         "\"build_number\":10,\"approximate_connection_time\":18060},\"connection_info\":"
         "{\"app_id\":\"A1\"}}",                                                                                "hello 4 18060"                                         },
        {"hello alone",                 "{\"type\":\"hello\"}",                                                 "hello 0 0"                                             },
        {"hello with strange members",
         "{\"type\":\"hello\",\"num_connections\":\"4\",\"debug_info\":{"
         "\"approximate_connection_time\":-3}}",                                                                "hello 0 0"                                             },
        {"hello with too much",         "{\"type\":\"hello\",\"num_connections\":1e300,\"debug_info\":[]}",
         "hello 0 0"                                                                                                                                                    },
        {"disconnect",                  "{\"type\":\"disconnect\",\"reason\":\"warning\",\"debug_info\":{}}",
         "disconnect warning"                                                                                                                                           },
        {"disconnect without a reason", "{\"type\":\"disconnect\"}",                                            "disconnect "                                           },
        {"event",
         "{\"type\":\"events_api\",\"envelope_id\":\"e-1\",\"payload\":{\"event\":{}},"
         "\"accepts_response_payload\":false,\"retry_attempt\":0,\"retry_reason\":\"\"}",                       "events_api e-1 retry 0 "                               },
        {"event again",
         "{\"type\":\"events_api\",\"envelope_id\":\"e-1\",\"payload\":{},"
         "\"retry_attempt\":2,\"retry_reason\":\"timeout\"}",                                                   "events_api e-1 retry 2 timeout"                        },
        {"interaction",                 "{\"type\":\"interactive\",\"envelope_id\":\"e-1\",\"payload\":{}}",
         "interactive e-1 retry 0 "                                                                                                                                     },
        {"command",                     "{\"type\":\"slash_commands\",\"envelope_id\":\"e-1\",\"payload\":{}}",
         "slash_commands e-1 retry 0 "                                                                                                                                  },
        {"fractions are no fault",
         "{\"type\":\"interactive\",\"envelope_id\":\"e-1\",\"payload\":{\"x\":1.5}}",                          "interactive e-1 retry 0 "                              },
        {"unknown type",                "{\"type\":\"new_thing\",\"envelope_id\":\"e-1\",\"payload\":{}}",
         "unknown \"new_thing\" \"e-1\""                                                                                                                                },
        {"unknown type without an id",  "{\"type\":\"new_thing\"}",                                             "unknown \"new_thing\" \"\""                            },
        {"no payload",                  "{\"type\":\"events_api\",\"envelope_id\":\"e-1\"}",
         "unknown \"events_api\" \"e-1\""                                                                                                                               },
        {"payload is no object",
         "{\"type\":\"events_api\",\"envelope_id\":\"e-1\",\"payload\":\"x\"}",                                 "unknown \"events_api\" \"e-1\""                        },
        {"no id",                       "{\"type\":\"events_api\",\"payload\":{}}",                             "unknown \"events_api\" \"\""                           },
        {"no type",                     "{}",                                                                   "unknown \"\" \"\""                                     },
        {"type is no text",             "{\"type\":7}",                                                         "unknown \"\" \"\""                                     },
        {"not JSON",                    "hello",                                                                "frame: byte 0: expected an object"                     },
        {"nothing",                     "",                                                                     "frame: byte 0: the text ends early, expected an object"},
        {"an array",                    "[]",                                                                   "frame: byte 0: expected an object"                     },
        {"trailing junk",               "{}{}",                                                                 "frame: byte 2: something follows the object"           },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t size = strlen(rows[i].text);
        char *data = malloc(size + (size == 0));
        assert_non_null(data);
        memcpy(data, rows[i].text, size);
        sb_err_t err = {0};
        slack_frame_t frame;
        const int code = slack_frame_parse(data, size, &frame, &err);
        char *got = code ? sb_strdup(err.text) : s_show(&frame);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: want %s, got %s", rows[i].name, rows[i].want, got);
        }
        if (!code) {
            slack_frame_clear(&frame);
        }
        free(got);
        free(data);
    }
}

static void test_long_texts(void **state)
{
    (void)state;
    sb_err_t err = {0};
    slack_frame_t frame;
    char *text = sb_format("{\"type\":\"disconnect\",\"reason\":\"%0100d\"}", 0);
    assert_int_equal(slack_frame_parse(text, strlen(text), &frame, &err), SB_OK);
    assert_int_equal(strlen(frame.reason), SLACK_REASON_MAX - 1);
    slack_frame_clear(&frame);
    free(text);
    /* An id that can't be kept whole can't be acknowledged. */
    text = sb_format("{\"type\":\"events_api\",\"envelope_id\":\"%0128d\",\"payload\":{}}", 0);
    assert_int_equal(slack_frame_parse(text, strlen(text), &frame, &err), SB_ETOOLARGE);
    free(text);
    text = sb_format("{\"type\":\"events_api\",\"envelope_id\":\"%0127d\",\"payload\":{}}", 0);
    assert_int_equal(slack_frame_parse(text, strlen(text), &frame, &err), SB_OK);
    assert_int_equal(frame.kind, SLACK_FRAME_ENVELOPE);
    slack_frame_clear(&frame);
    free(text);
}

static void test_ack_is_bare(void **state)
{
    (void)state;
    char *ack = slack_frame_ack("e-\"1");
    assert_string_equal(ack, "{\"envelope_id\":\"e-\\\"1\"}");
    free(ack);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_ack_is_bare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
