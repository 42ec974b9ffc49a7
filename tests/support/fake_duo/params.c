/* params.c */
#include "tests/support/fake_duo/params.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "lib/utf8.h"

#define JSON_MEMBERS_MAX 256

static void s_wrong(params_t *self, const char *name)
{
    if (!*self->wrong) {
        snprintf(self->wrong, sizeof self->wrong, "%.*s", (int)sb_utf8_cut(name, 60), name);
    }
}

static bool s_add(params_t *self, const char *name, const char *value)
{
    if (self->n == PARAMS_MAX) {
        return false;
    }
    if (params_get(self, name)) { /* its place in the order is nowhere said */
        s_wrong(self, name);
    }
    self->list[self->n++] = (param_t){name, value};
    return true;
}

static int s_hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Decodes the size bytes at text to *to_p, with a NUL, and moves *to_p behind it. NULL: no text. */
static const char *s_decode(const char *text, size_t size, char **to_p)
{
    char *const start = *to_p;
    char *to = start;
    for (size_t i = 0; i < size; i++) {
        const int high = text[i] == '%' && i + 2 < size ? s_hex(text[i + 1]) : -1;
        const int low = high >= 0 ? s_hex(text[i + 2]) : -1;
        if (low >= 0) {
            *to++ = (char)(high * 16 + low);
            i += 2;
        } else {
            *to++ = text[i] == '+' ? ' ' : text[i];
        }
    }
    const size_t len = (size_t)(to - start);
    *to++ = '\0';
    *to_p = to;
    return !memchr(start, '\0', len) && sb_utf8_valid(start, len, NULL) ? start : NULL;
}

static bool s_add_pair(params_t *self, const char *text, size_t size, char **to_p)
{
    const char *equals = memchr(text, '=', size);
    const size_t name_size = equals ? (size_t)(equals - text) : size;
    const char *name = s_decode(text, name_size, to_p);
    const char *value = equals ? s_decode(equals + 1, size - name_size - 1, to_p) : "";
    return name && value && s_add(self, name, value);
}

bool params_read_form(params_t *self, const char *text, size_t size)
{
    *self = (params_t){.text = sb_alloc(size + 2 * PARAMS_MAX + 2)};
    char *to = self->text;
    while (size > 0) {
        const char *amp = memchr(text, '&', size);
        const size_t pair = amp ? (size_t)(amp - text) : size;
        if (pair > 0 && !s_add_pair(self, text, pair, &to)) {
            return false;
        }
        text += pair + (amp ? 1 : 0);
        size -= pair + (amp ? 1 : 0);
    }
    return true;
}

/* The text of a JSON value; NULL if it is an object, an array or null. */
static const char *s_json_text(const cJSON *item, char number[32])
{
    if (cJSON_IsString(item)) {
        return item->valuestring;
    }
    if (cJSON_IsBool(item)) {
        return cJSON_IsTrue(item) ? "true" : "false";
    }
    if (cJSON_IsNumber(item)) {
        snprintf(number, 32, "%.15g", item->valuedouble);
        return number;
    }
    return NULL;
}

static const char *s_keep(const char *text, char **to_p)
{
    const size_t size = strlen(text) + 1;
    char *start = *to_p;
    memcpy(start, text, size);
    *to_p += size;
    return start;
}

bool params_read_json(params_t *self, const char *text, size_t size)
{
    *self = (params_t){0};
    sb_err_t err = {0};
    cJSON *object = sb_json_parse(text, size, JSON_MEMBERS_MAX, &err);
    if (!object) {
        return false;
    }
    /* what is decoded is never longer than what was parsed, but for numbers */
    self->text = sb_alloc(size + 32 * PARAMS_MAX + 2);
    char *to = self->text;
    bool good = true;
    for (const cJSON *item = object->child; item && good; item = item->next) {
        char number[32];
        const char *value = s_json_text(item, number);
        if (!value) {
            s_wrong(self, item->string);
            continue;
        }
        good = self->n < PARAMS_MAX;
        if (good) {
            const char *name = s_keep(item->string, &to);
            good = s_add(self, name, s_keep(value, &to));
        }
    }
    cJSON_Delete(object);
    return good;
}

void params_free(params_t *self)
{
    free(self->text);
    self->text = NULL;
    self->n = 0;
}

const char *params_get(const params_t *self, const char *name)
{
    for (size_t i = 0; i < self->n; i++) {
        if (strcmp(self->list[i].name, name) == 0) {
            return self->list[i].value;
        }
    }
    return NULL;
}

bool params_on(const params_t *self, const char *name)
{
    const char *value = params_get(self, name);
    return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

/* ---- The canonical form. */

static void s_encode(const char *text, sb_buf_t *out)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    while (*text) {
        const size_t len = strspn(text, plain);
        sb_buf_add(out, text, len);
        text += len;
        if (*text) {
            const unsigned char c = (unsigned char)*text++;
            const char coded[3] = {'%', digits[c >> 4], digits[c & 15]};
            sb_buf_add(out, coded, sizeof coded);
        }
    }
}

/* One encoded name, as a place in a text. */
typedef struct {
    const char *text; /* of all names, each with its NUL */
    size_t at;
    const param_t *param;
} coded_t;

static int s_compare(const void *a_p, const void *b_p)
{
    const coded_t *a = a_p;
    const coded_t *b = b_p;
    const int order = strcmp(a->text + a->at, b->text + b->at);
    return order ? order : a->param < b->param ? -1 : 1;
}

void params_canonical(const params_t *self, sb_buf_t *out)
{
    sb_buf_t names = sb_buf(SIZE_MAX / 4);
    coded_t coded[PARAMS_MAX];
    for (size_t i = 0; i < self->n; i++) {
        coded[i].at = names.len;
        coded[i].param = &self->list[i];
        s_encode(self->list[i].name, &names);
        sb_buf_add(&names, "", 1);
    }
    for (size_t i = 0; i < self->n; i++) {
        coded[i].text = names.text;
    }
    qsort(coded, self->n, sizeof coded[0], s_compare);
    for (size_t i = 0; i < self->n; i++) {
        if (i > 0) {
            sb_buf_putc(out, '&');
        }
        sb_buf_puts(out, coded[i].text + coded[i].at);
        sb_buf_putc(out, '=');
        s_encode(coded[i].param->value, out);
    }
    sb_buf_free(&names);
}
