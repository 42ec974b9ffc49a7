/* Whatever Slack's socket says: it is taken whole or refused, and its acknowledgement is JSON. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/slack_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sb_err_t err = {0};
    slack_frame_t frame;
    if (slack_frame_parse((const char *)data, size, &frame, &err)) {
        assert(err.code && err.text[0]);
        return 0;
    }
    assert(frame.kind != SLACK_FRAME_ENVELOPE ||
           (frame.envelope.id[0] && cJSON_IsObject(frame.envelope.payload)));
    char *ack = slack_frame_ack(frame.envelope.id);
    cJSON *json = sb_json_parse(ack, strlen(ack), 0, &err);
    assert(json);
    cJSON_Delete(json);
    free(ack);
    slack_frame_clear(&frame);
    return 0;
}
