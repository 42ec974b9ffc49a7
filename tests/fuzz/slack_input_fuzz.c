/* slack_input_fuzz.c: payloads of Slack's; the first byte says of which kind. What is made of one
 * can be stored. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/utf8.h"
#include "services/chatd/slack_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_check_text(const char *text, size_t max)
{
    assert(strlen(text) <= max);
    assert(sb_utf8_valid(text, strlen(text), NULL));
}

static void s_check(const slack_heard_t *heard)
{
    s_check_text(heard->event, SB_EVENT_ID_MAX);
    s_check_text(heard->value, SB_VALUE_MAX);
    if (heard->text) {
        s_check_text(heard->text, SB_TEXT_MAX);
    }
    switch (heard->kind) {
    case SLACK_HEARD_NOTHING:
        assert(heard->why);
        break;
    case SLACK_HEARD_TEXT:
        assert(heard->event[0] && heard->user && heard->text[0] && heard->channel[0] == 'D');
        break;
    case SLACK_HEARD_ANSWER:
    case SLACK_HEARD_TEAM:
    case SLACK_HEARD_GIVE:
        assert(heard->event[0] && heard->user && heard->value[0] && heard->message[0]);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const slack_self_t self = {.user = "U0", .bot = "B0", .reporting_channel = "C0"};
    if (size == 0) {
        return 0;
    }
    sb_err_t err;
    cJSON *payload = sb_json_parse_foreign(data + 1, size - 1, 0, &err);
    if (!payload) {
        return 0;
    }
    slack_heard_t heard;
    slack_input((slack_kind_t)(data[0] % 3), payload, &self, &heard);
    s_check(&heard);
    slack_heard_clear(&heard);
    slack_input_history(payload, "D0", &self, &heard);
    s_check(&heard);
    slack_heard_clear(&heard);
    cJSON_Delete(payload);
    return 0;
}
