/* json_fuzz.c: whatever the strict parser accepts, we print so that it reads the same again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sb_err_t err = {0};
    cJSON *json = sb_json_parse(data, size, 0, &err);
    if (!json) {
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    char *text = sb_json_print(json);
    cJSON *again = sb_json_parse(text, strlen(text), 0, &err);
    assert(again);
    char *text2 = sb_json_print(again);
    assert(strcmp(text, text2) == 0);
    sb_reader_t r = sb_reader(json, "body", &err);
    (void)sb_read_str_or(&r, "s", 8, NULL);
    (void)sb_read_int_or(&r, "i", -9, 9, 0);
    (void)sb_read_id_or(&r, "id", 0);
    (void)sb_read_tristate(&r, "t");
    free(text);
    free(text2);
    cJSON_Delete(json);
    cJSON_Delete(again);
    return 0;
}
