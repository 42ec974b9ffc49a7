/* slack_form.c. */
#include "services/chatd/slack_form.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"

static bool s_is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '*';
}

/* Blocks are JSON, of which every third character must be written otherwise. */
static void s_add(sb_buf_t *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    while (*text) {
        size_t plain = 0;
        while (s_is_plain(text[plain])) {
            plain++;
        }
        sb_buf_add(out, text, plain);
        text += plain;
        if (*text == ' ') {
            sb_buf_putc(out, '+');
        } else if (*text) {
            const unsigned char c = (unsigned char)*text;
            sb_buf_add(out, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
        }
        text += *text ? 1 : 0;
    }
}

void slack_form_add(sb_buf_t *out, const char *name, const char *value)
{
    if (out->len > 0) {
        sb_buf_putc(out, '&');
    }
    s_add(out, name);
    sb_buf_putc(out, '=');
    s_add(out, value);
}

/* -1 if it is no hexadecimal digit. */
static int s_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* The text that size bytes at data stand for; NULL and err if they are none. at is their offset. */
static char *s_decode(const char *data, size_t size, size_t at, sb_err_t *err)
{
    char *out = sb_alloc(size + 1);
    size_t len = 0;
    for (size_t i = 0; i < size; i++) {
        int c = (unsigned char)data[i];
        if (c == '%') {
            const int high = i + 2 < size ? s_digit(data[i + 1]) : -1;
            const int low = high >= 0 ? s_digit(data[i + 2]) : -1;
            c = low >= 0 ? high << 4 | low : 0;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c == 0) {
            (void)sb_fail(err, SB_EINVALID, "form, byte %zu: a NUL, or a %% without two digits",
                          at);
            free(out);
            return NULL;
        }
        out[len++] = (char)c;
    }
    if (!sb_utf8_valid(out, len, NULL)) {
        (void)sb_fail(err, SB_EINVALID, "form, byte %zu: not UTF-8", at);
        free(out);
        return NULL;
    }
    return out;
}

static int s_member(cJSON *form, const char *data, size_t size, size_t at, sb_err_t *err)
{
    const char *equals = memchr(data, '=', size);
    const size_t name_size = equals ? (size_t)(equals - data) : size;
    const size_t value_from = equals ? name_size + 1 : size;
    char *name = s_decode(data, name_size, at, err);
    char *value = name ? s_decode(data + value_from, size - value_from, at, err) : NULL;
    int code = SB_OK;
    if (!value) {
        code = err->code;
    } else if (cJSON_GetObjectItemCaseSensitive(form, name)) {
        code =
            sb_fail(err, SB_EINVALID, "form, byte %zu: \"%.32s\" stands there already", at, name);
    } else {
        sb_json_add_str(form, name, value);
    }
    free(name);
    free(value);
    return code;
}

cJSON *slack_form_parse(const char *data, size_t size, sb_err_t *err)
{
    cJSON *form = sb_json_object();
    int code = SB_OK;
    size_t members = 0;
    for (size_t at = 0; at < size && code == SB_OK;) {
        const char *and = memchr(data + at, '&', size - at);
        const size_t len = and? (size_t)(and-data) - at : size - at;
        if (++members > SLACK_FORM_MEMBERS_MAX) {
            code = sb_fail(err, SB_ETOOLARGE, "form: over %d members", SLACK_FORM_MEMBERS_MAX);
        } else if (len > 0) {
            code = s_member(form, data + at, len, at, err);
        }
        at += len + 1;
    }
    if (code) {
        cJSON_Delete(form);
        return NULL;
    }
    return form;
}
