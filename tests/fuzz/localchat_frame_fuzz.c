/* localchat_frame_fuzz.c: what browsers send. What is accepted is within its limits; what is not
 * has an error that can be sent back as a frame. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/localchat.h"
#include "services/chatd/local_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t s_len(const char *text)
{
    return text ? strlen(text) : 0;
}

static void s_check_good(const local_frame_t *frame)
{
    assert(frame->json && frame->about && frame->after >= -1);
    assert(s_len(frame->as) <= SB_PERSON_ID_MAX);
    assert(s_len(frame->search) <= LOCALCHAT_SEARCH_MAX);
    const bool speaks = frame->kind == LOCAL_SAY || frame->kind == LOCAL_PRESS;
    assert((frame->event != NULL) == speaks);
    if (frame->kind == LOCAL_SAY) {
        assert(frame->text[0] && strlen(frame->text) <= SB_TEXT_MAX);
    }
    if (frame->kind == LOCAL_PRESS) {
        assert(frame->value[0] && strlen(frame->value) <= SB_VALUE_MAX);
        assert(frame->message[0] && strlen(frame->message) <= SB_EVENT_ID_MAX);
        assert(strlen(frame->label) <= LOCALCHAT_LABEL_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    local_frame_t frame;
    sb_err_t err = {0};
    if (local_frame_decode(data, size, &frame, &err) == SB_OK) {
        s_check_good(&frame);
    } else {
        assert(err.code < 0 && err.text[0]);
        char *text = local_frame_error(frame.about, frame.event, &err);
        cJSON *json = sb_json_parse(text, strlen(text), 0, &err);
        assert(json);
        cJSON_Delete(json);
        free(text);
    }
    if (frame.event) {
        const size_t len = strlen(frame.event);
        assert(len > 0 && len <= LOCALCHAT_EVENT_MAX && !strpbrk(frame.event, ": /\n"));
    }
    local_frame_clear(&frame);
    return 0;
}
