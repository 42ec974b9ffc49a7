/* What can be read as a form can be written, and reads the same again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/slack_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sb_err_t err = {0};
    cJSON *form = slack_form_parse((const char *)data, size, &err);
    if (!form) {
        assert(err.code && err.text[0]);
        return 0;
    }
    sb_buf_t out = sb_buf(16 * 1024 * 1024);
    const cJSON *member;
    cJSON_ArrayForEach(member, form)
    {
        slack_form_add(&out, member->string, member->valuestring);
    }
    cJSON *again = slack_form_parse(sb_buf_text(&out), out.len, &err);
    assert(again && cJSON_Compare(form, again, true));
    cJSON_Delete(again);
    cJSON_Delete(form);
    sb_buf_free(&out);
    return 0;
}
