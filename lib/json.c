/* json.c. The scan decides, cJSON builds the tree. Printing is our own: cJSON rounds whole numbers
 * over 10^15 and passes on bytes that are no UTF-8, and our own parser would refuse both. */
#include "lib/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/json_scan.h"
#include "lib/mem.h"
#include "lib/utf8.h"

/* Of what we make ourselves; senders check their own limit. */
#define PRINT_SIZE_MAX (64 * 1024 * 1024)

static cJSON *s_parse(const void *data, size_t size, size_t members_max, bool foreign,
                      sb_err_t *err)
{
    if (sb_json_scan(data, size, members_max ? members_max : SB_JSON_MEMBERS_MAX, foreign, err)) {
        return NULL;
    }
    /* Asking cJSON for a closing NUL would refuse a buffer that has none. */
    cJSON *json = cJSON_ParseWithLengthOpts(data, size, NULL, 0);
    if (!json) {
        (void)sb_fail(err, SB_EINTERNAL, "cJSON can't read what the scan accepted");
    }
    return json;
}

cJSON *sb_json_parse(const void *data, size_t size, size_t members_max, sb_err_t *err)
{
    return s_parse(data, size, members_max, false, err);
}

cJSON *sb_json_parse_foreign(const void *data, size_t size, size_t members_max, sb_err_t *err)
{
    return s_parse(data, size, members_max, true, err);
}

/* The length of the character at text, 0 if it is not UTF-8. */
static size_t s_char_len(const char *text, size_t size)
{
    const unsigned char c = (unsigned char)*text;
    const size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return len <= size && sb_utf8_valid(text, len, NULL) ? len : 0;
}

static void s_print_string(sb_buf_t *out, const char *text)
{
    const size_t size = strlen(text);
    sb_buf_putc(out, '"');
    for (size_t at = 0; at < size;) {
        size_t plain = at;
        while (plain < size && text[plain] >= ' ' && (unsigned char)text[plain] < 0x80 &&
               text[plain] != '"' && text[plain] != '\\') {
            plain++;
        }
        sb_buf_add(out, text + at, plain - at);
        at = plain;
        if (at == size) {
            break;
        }
        const unsigned char c = (unsigned char)text[at];
        const size_t len = s_char_len(text + at, size - at);
        if (len == 0) {
            sb_buf_puts(out, "\xef\xbf\xbd"); /* U+FFFD */
            at++;
        } else if (c == '"' || c == '\\') {
            sb_buf_printf(out, "\\%c", c);
            at++;
        } else if (c < 0x20) {
            sb_buf_printf(out, "\\u%04x", c);
            at++;
        } else {
            sb_buf_add(out, text + at, len);
            at += len;
        }
    }
    sb_buf_putc(out, '"');
}

static void s_print_number(sb_buf_t *out, double value)
{
    if (value >= -(double)SB_JSON_INT_MAX && value <= (double)SB_JSON_INT_MAX) {
        const int64_t whole = (int64_t)value;
        assert((double)whole == value); /* nothing of ours writes fractions */
        sb_buf_printf(out, "%lld", (long long)whole);
    } else {
        assert(false && "a number that sb_json_add_int would not take");
    }
}

static void s_print(sb_buf_t *out, const cJSON *json)
{
    const bool object = cJSON_IsObject(json);
    if (object || cJSON_IsArray(json)) {
        sb_buf_putc(out, object ? '{' : '[');
        for (const cJSON *it = json->child; it; it = it->next) {
            if (it != json->child) {
                sb_buf_putc(out, ',');
            }
            if (object) {
                s_print_string(out, it->string);
                sb_buf_putc(out, ':');
            }
            s_print(out, it);
        }
        sb_buf_putc(out, object ? '}' : ']');
    } else if (cJSON_IsString(json)) {
        s_print_string(out, json->valuestring);
    } else if (cJSON_IsNumber(json)) {
        s_print_number(out, json->valuedouble);
    } else {
        sb_buf_puts(out, cJSON_IsTrue(json) ? "true" : cJSON_IsFalse(json) ? "false" : "null");
    }
}

char *sb_json_print(const cJSON *json)
{
    assert(json);
    sb_buf_t out = sb_buf(PRINT_SIZE_MAX);
    s_print(&out, json);
    assert(!out.overflow);
    return sb_buf_take(&out);
}

static cJSON *s_made(cJSON *json)
{
    if (!json) {
        (void)fputs("out of memory\n", stderr);
        abort();
    }
    return json;
}

cJSON *sb_json_object(void)
{
    return s_made(cJSON_CreateObject());
}

cJSON *sb_json_array(void)
{
    return s_made(cJSON_CreateArray());
}

void sb_json_add(cJSON *object, const char *key, cJSON *child)
{
    assert(cJSON_IsObject(object));
    assert(key);
    assert(child);
    const bool added = cJSON_AddItemToObject(object, key, child);
    (void)s_made(added ? child : NULL);
}

void sb_json_push(cJSON *array, cJSON *child)
{
    assert(cJSON_IsArray(array));
    assert(child);
    const bool added = cJSON_AddItemToArray(array, child);
    assert(added);
}

void sb_json_add_str(cJSON *object, const char *key, const char *text)
{
    sb_json_add(object, key, s_made(text ? cJSON_CreateString(text) : cJSON_CreateNull()));
}

void sb_json_add_int(cJSON *object, const char *key, int64_t value)
{
    assert(value >= -SB_JSON_INT_MAX && value <= SB_JSON_INT_MAX);
    sb_json_add(object, key, s_made(cJSON_CreateNumber((double)value)));
}

void sb_json_add_id(cJSON *object, const char *key, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)value);
    sb_json_add_str(object, key, text);
}

void sb_json_add_bool(cJSON *object, const char *key, bool value)
{
    sb_json_add(object, key, s_made(cJSON_CreateBool(value)));
}

void sb_json_add_tristate(cJSON *object, const char *key, int value)
{
    sb_json_add(object, key, s_made(value < 0 ? cJSON_CreateNull() : cJSON_CreateBool(value > 0)));
}

cJSON *sb_json_copy(const cJSON *json)
{
    assert(json);
    return s_made(cJSON_Duplicate(json, true));
}
