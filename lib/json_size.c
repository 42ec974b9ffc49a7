/* json_size.c: how large a value will be at most when printed, for those who fill a frame. */
#include <assert.h>

#include "lib/json.h"

#define NUMBER_SIZE_MAX 24
#define LITERAL_SIZE_MAX 5 /* false */

static size_t s_string_size(const char *text)
{
    size_t size = 2;
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        size += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
    }
    return size;
}

static size_t s_value_size(const cJSON *json)
{
    if (cJSON_IsString(json)) {
        return s_string_size(json->valuestring);
    }
    return cJSON_IsNumber(json) ? NUMBER_SIZE_MAX : LITERAL_SIZE_MAX;
}

/* Recursion is bounded: our trees are no deeper than SB_JSON_DEPTH_MAX. */
size_t sb_json_size_max(const cJSON *json)
{
    assert(json);
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json)) {
        return s_value_size(json);
    }
    size_t size = 2;
    for (const cJSON *child = json->child; child; child = child->next) {
        size += sb_json_size_max(child) + 1;
        if (child->string) {
            size += s_string_size(child->string) + 1;
        }
    }
    return size;
}
