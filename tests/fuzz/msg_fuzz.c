/* msg_fuzz.c: a line of head, then a body. What decodes must encode to what decodes to the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_check_nack(const cJSON *body)
{
    sb_err_t err = {0};
    sb_nack_read(body, &err);
    assert(err.code < 0);
}

static void s_check_body(sb_kind_t kind, const uint8_t *data, size_t size)
{
    sb_msg_t msg;
    sb_err_t err = {0};
    if (sb_msg_decode(kind, data, size, &msg, &err)) {
        assert(err.code < 0 && err.text[0] && !msg.body);
        return;
    }
    assert(msg.id[0] == '\0' || sb_id_valid(msg.id));
    s_check_nack(msg.body);
    char *text = sb_msg_encode(msg.id[0] || kind == SB_KIND_NACK ? msg.id : NULL, msg.epoch,
                               msg.timeout_ms, msg.seq, msg.body);
    sb_msg_t again;
    const size_t text_size = strlen(text);
    if (text_size <= SB_BODY_SIZE_MAX) {
        const int got = sb_msg_decode(kind, text, text_size, &again, &err);
        assert(got == SB_OK);
        assert(strcmp(again.id, msg.id) == 0 && again.epoch == msg.epoch &&
               again.timeout_ms == msg.timeout_ms && again.seq == msg.seq);
        assert(cJSON_Compare(again.body, msg.body, true));
        sb_msg_clear(&again);
    }
    free(text);
    sb_msg_clear(&msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    const size_t head_size = end ? (size_t)(end - data) : size;
    sb_head_t head;
    sb_err_t err = {0};
    if (sb_head_decode(data, head_size, &head, &err)) {
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    char bytes[SB_HEAD_SIZE_MAX];
    assert(sb_head_encode(head.kind, head.name, bytes) == head_size);
    assert(memcmp(bytes, data, head_size) == 0);
    if (end) {
        s_check_body(head.kind, end + 1, size - head_size - 1);
    }
    return 0;
}
