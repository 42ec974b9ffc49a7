/* args.c */
#include "tests/support/fake/args.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "lib/utf8.h"

struct args {
    cJSON *values;
};

args_t *args_new(void)
{
    args_t *self = sb_alloc(sizeof *self);
    self->values = sb_json_object();
    return self;
}

void args_destroy(args_t **self_p)
{
    if (*self_p) {
        cJSON_Delete((*self_p)->values);
        free(*self_p);
        *self_p = NULL;
    }
}

static int s_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* Decodes + and %XX; NULL if the result is no text. The caller owns it. */
static char *s_decode(const char *text, size_t size)
{
    char *out = sb_alloc(size + 1);
    size_t len = 0;
    for (size_t i = 0; i < size; i++) {
        const bool hex = text[i] == '%' && i + 2 < size && s_digit(text[i + 1]) >= 0 &&
                         s_digit(text[i + 2]) >= 0;
        if (hex) {
            out[len++] = (char)(s_digit(text[i + 1]) * 16 + s_digit(text[i + 2]));
            i += 2;
        } else {
            out[len++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    if (memchr(out, '\0', len) || !sb_utf8_valid(out, len, NULL)) {
        free(out);
        return NULL;
    }
    return out;
}

static void s_put(args_t *self, const char *name, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(self->values, name);
    sb_json_add(self->values, name, value);
}

static bool s_add_pair(args_t *self, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    const size_t name_size = equals ? (size_t)(equals - text) : size;
    char *name = s_decode(text, name_size);
    char *value = equals ? s_decode(equals + 1, size - name_size - 1) : sb_strdup("");
    const bool good = name && value;
    if (good && *name) {
        cJSON *item = cJSON_CreateString(value);
        s_put(self, name, item);
    }
    free(name);
    free(value);
    return good;
}

bool args_add_form(args_t *self, const char *text, size_t size)
{
    size_t pairs = 0;
    while (size > 0) {
        const char *amp = memchr(text, '&', size);
        const size_t pair = amp ? (size_t)(amp - text) : size;
        if (++pairs > ARGS_MAX || !s_add_pair(self, text, pair)) {
            return false;
        }
        text += pair + (amp ? 1 : 0);
        size -= pair + (amp ? 1 : 0);
    }
    return true;
}

bool args_add_json(args_t *self, const char *text, size_t size)
{
    sb_err_t err = {0};
    cJSON *object = sb_json_parse(text, size, ARGS_MEMBERS_MAX, &err);
    if (!object) {
        return false;
    }
    while (object->child) {
        cJSON *item = cJSON_DetachItemViaPointer(object, object->child);
        char *name = item->string;
        item->string = NULL;
        s_put(self, name, item);
        cJSON_free(name);
    }
    cJSON_Delete(object);
    return true;
}

static cJSON *s_get(const args_t *self, const char *name)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(self->values, name);
    return item && !cJSON_IsNull(item) ? item : NULL;
}

bool args_has(const args_t *self, const char *name)
{
    return s_get(self, name) != NULL;
}

const char *args_str(args_t *self, const char *name)
{
    cJSON *item = s_get(self, name);
    if (item && cJSON_IsNumber(item)) { /* a number may stand where a text is meant */
        char text[32];
        snprintf(text, sizeof text, "%.6f", item->valuedouble);
        char *point = strchr(text, '.');
        if (point && strspn(point, ".0") == strlen(point)) {
            *point = '\0';
        }
        s_put(self, name, cJSON_CreateString(text));
        item = s_get(self, name);
    }
    return item && cJSON_IsString(item) ? item->valuestring : NULL;
}

int64_t args_int(args_t *self, const char *name, int64_t fallback)
{
    const cJSON *item = s_get(self, name);
    if (item && cJSON_IsNumber(item)) {
        return (int64_t)item->valuedouble;
    }
    if (item && cJSON_IsString(item) && *item->valuestring) {
        char *end = NULL;
        const long long value = strtoll(item->valuestring, &end, 10);
        return *end ? fallback : value;
    }
    return fallback;
}

bool args_bool(args_t *self, const char *name, bool fallback)
{
    const cJSON *item = s_get(self, name);
    if (!item) {
        return fallback;
    }
    if (cJSON_IsString(item)) {
        const char *text = item->valuestring;
        return strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    }
    return cJSON_IsTrue(item) || (cJSON_IsNumber(item) && item->valuedouble != 0);
}

cJSON *json_value(const char *text)
{
    sb_err_t err = {0};
    sb_buf_t wrapped = sb_buf(SIZE_MAX / 4);
    sb_buf_printf(&wrapped, "{\"v\":%s}", text);
    cJSON *object = sb_json_parse(wrapped.text, wrapped.len, ARGS_MEMBERS_MAX, &err);
    sb_buf_free(&wrapped);
    /* a text like 1,"w":2 would be two members */
    cJSON *value = NULL;
    if (object && object->child && !object->child->next) {
        value = cJSON_DetachItemViaPointer(object, object->child);
        cJSON_free(value->string);
        value->string = NULL;
    }
    cJSON_Delete(object);
    return value;
}

cJSON *args_json(args_t *self, const char *name, bool *bad_r)
{
    cJSON *item = s_get(self, name);
    *bad_r = false;
    if (item && cJSON_IsString(item)) {
        cJSON *value = json_value(item->valuestring);
        if (!value) {
            *bad_r = true;
            return NULL;
        }
        s_put(self, name, value);
        item = s_get(self, name);
    }
    *bad_r = item && !cJSON_IsObject(item) && !cJSON_IsArray(item);
    return *bad_r ? NULL : item;
}
