/* json_read.c: the readers of json.h. */
#include "lib/json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ID_DIGITS_MAX 19 /* of INT64_MAX */

sb_reader_t sb_reader(const cJSON *object, const char *path, sb_err_t *err)
{
    assert(path);
    assert(err);
    sb_reader_t self = {.object = object, .err = err};
    (void)snprintf(self.path, sizeof self.path, "%s", path);
    if (!cJSON_IsObject(object)) {
        self.code = sb_fail(err, SB_EINVALID, "%s: expected an object", path);
    }
    return self;
}

int sb_reader_code(const sb_reader_t *self)
{
    assert(self);
    return self->code;
}

int sb_reader_fault(sb_reader_t *self, const char *key, const char *fmt, ...)
{
    assert(self);
    assert(key);
    if (self->code) {
        return self->code;
    }
    char text[SB_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    self->code = sb_fail(self->err, SB_EINVALID, "%s.%s: %s", self->path, key, text);
    return self->code;
}

/* The member; NULL if it is absent or null, or something was wrong before. */
static const cJSON *s_get(const sb_reader_t *self, const char *key)
{
    assert(self);
    assert(key);
    if (self->code) {
        return NULL;
    }
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(self->object, key);
    return cJSON_IsNull(item) ? NULL : item;
}

/* The member; its absence is a fault. */
static const cJSON *s_need(sb_reader_t *self, const char *key)
{
    const cJSON *item = s_get(self, key);
    if (!item) {
        (void)sb_reader_fault(self, key, "is missing");
    }
    return item;
}

static const char *s_str(sb_reader_t *self, const char *key, const cJSON *item, size_t min,
                         size_t max, const char *fallback)
{
    if (!item) {
        return fallback;
    }
    const size_t len = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
    if (!cJSON_IsString(item) || len < min || len > max) {
        (void)sb_reader_fault(self, key, "expected a string of %zu to %zu bytes", min, max);
        return fallback;
    }
    return item->valuestring;
}

const char *sb_read_str(sb_reader_t *self, const char *key, size_t min, size_t max)
{
    return s_str(self, key, s_need(self, key), min, max, "");
}

const char *sb_read_str_or(sb_reader_t *self, const char *key, size_t max, const char *fallback)
{
    return s_str(self, key, s_get(self, key), 0, max, fallback);
}

static int64_t s_int(sb_reader_t *self, const char *key, const cJSON *item, int64_t min,
                     int64_t max, int64_t fallback)
{
    assert(min <= max);
    if (!item) {
        return fallback;
    }
    /* Another system's numbers may be fractions, or more than an int64_t can hold. */
    const double number = cJSON_IsNumber(item) ? item->valuedouble : 0.0;
    const bool fits = number >= -(double)SB_JSON_INT_MAX && number <= (double)SB_JSON_INT_MAX;
    const int64_t value = fits ? (int64_t)number : 0;
    const bool whole = cJSON_IsNumber(item) && fits && (double)value == number;
    if (!whole || value < min || value > max) {
        (void)sb_reader_fault(self, key, "expected a whole number from %lld to %lld",
                              (long long)min, (long long)max);
        return fallback;
    }
    return value;
}

int64_t sb_read_int(sb_reader_t *self, const char *key, int64_t min, int64_t max)
{
    return s_int(self, key, s_need(self, key), min, max, min);
}

int64_t sb_read_int_or(sb_reader_t *self, const char *key, int64_t min, int64_t max,
                       int64_t fallback)
{
    return s_int(self, key, s_get(self, key), min, max, fallback);
}

/* Only the one way to write a number, so that ids can be compared as texts too. */
static bool s_id_parse(const char *text, int64_t *value_r)
{
    const size_t len = strlen(text);
    if (len == 0 || len > ID_DIGITS_MAX || strspn(text, "0123456789") != len ||
        (text[0] == '0' && len > 1)) {
        return false;
    }
    uint64_t value = 0; /* 19 digits always fit */
    for (const char *c = text; *c; c++) {
        value = value * 10 + (uint64_t)(*c - '0');
    }
    *value_r = (int64_t)value;
    return value <= INT64_MAX;
}

static int64_t s_read_id(sb_reader_t *self, const char *key, const cJSON *item, int64_t fallback)
{
    int64_t value;
    if (!item) {
        return fallback;
    }
    if (!cJSON_IsString(item) || !s_id_parse(item->valuestring, &value)) {
        (void)sb_reader_fault(self, key, "expected a string of decimal digits, at most %lld",
                              (long long)INT64_MAX);
        return fallback;
    }
    return value;
}

int64_t sb_read_id(sb_reader_t *self, const char *key)
{
    return s_read_id(self, key, s_need(self, key), 0);
}

int64_t sb_read_id_or(sb_reader_t *self, const char *key, int64_t fallback)
{
    return s_read_id(self, key, s_get(self, key), fallback);
}

static bool s_bool(sb_reader_t *self, const char *key, const cJSON *item, bool fallback)
{
    if (item && !cJSON_IsBool(item)) {
        (void)sb_reader_fault(self, key, "expected true or false");
        return fallback;
    }
    return item ? cJSON_IsTrue(item) : fallback;
}

bool sb_read_bool(sb_reader_t *self, const char *key)
{
    return s_bool(self, key, s_need(self, key), false);
}

bool sb_read_bool_or(sb_reader_t *self, const char *key, bool fallback)
{
    return s_bool(self, key, s_get(self, key), fallback);
}

int sb_read_tristate(sb_reader_t *self, const char *key)
{
    const cJSON *item = s_get(self, key);
    if (item && !cJSON_IsBool(item)) {
        (void)sb_reader_fault(self, key, "expected true, false or null");
        return -1;
    }
    return item ? cJSON_IsTrue(item) : -1;
}

static const cJSON *s_object(sb_reader_t *self, const char *key, const cJSON *item)
{
    if (item && !cJSON_IsObject(item)) {
        (void)sb_reader_fault(self, key, "expected an object");
        return NULL;
    }
    return item;
}

const cJSON *sb_read_object(sb_reader_t *self, const char *key)
{
    return s_object(self, key, s_need(self, key));
}

const cJSON *sb_read_object_or_null(sb_reader_t *self, const char *key)
{
    return s_object(self, key, s_get(self, key));
}

static const cJSON *s_array(sb_reader_t *self, const char *key, const cJSON *item, size_t max)
{
    if (!item) {
        return NULL;
    }
    if (!cJSON_IsArray(item) || (size_t)cJSON_GetArraySize(item) > max) {
        (void)sb_reader_fault(self, key, "expected an array of at most %zu", max);
        return NULL;
    }
    return item;
}

const cJSON *sb_read_array(sb_reader_t *self, const char *key, size_t max)
{
    return s_array(self, key, s_need(self, key), max);
}

const cJSON *sb_read_array_or_null(sb_reader_t *self, const char *key, size_t max)
{
    return s_array(self, key, s_get(self, key), max);
}

/* "expected one of a, b, c" */
static void s_fault_choice(sb_reader_t *self, const char *key, const char *const *names, size_t n)
{
    char list[160] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && used < sizeof list; i++) {
        const int got = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
        used += (size_t)got;
    }
    (void)sb_reader_fault(self, key, "expected one of %s", list);
}

int sb_read_enum(sb_reader_t *self, const char *key, const char *const *names, size_t n)
{
    const cJSON *item = s_need(self, key);
    if (!item) {
        return -1;
    }
    for (size_t i = 0; cJSON_IsString(item) && i < n; i++) {
        if (strcmp(item->valuestring, names[i]) == 0) {
            return (int)i;
        }
    }
    s_fault_choice(self, key, names, n);
    return -1;
}

sb_reader_t sb_reader_item(sb_reader_t *parent, const char *key, const cJSON *item, size_t i)
{
    assert(parent);
    sb_reader_t self = {.object = item, .err = parent->err};
    (void)snprintf(self.path, sizeof self.path, "%s.%s[%zu]", parent->path, key, i);
    if (!parent->code && !cJSON_IsObject(item)) {
        parent->code = sb_fail(parent->err, SB_EINVALID, "%s: expected an object", self.path);
    }
    self.code = parent->code;
    return self;
}

sb_reader_t sb_reader_in(sb_reader_t *parent, const char *key, const cJSON *object)
{
    assert(parent);
    sb_reader_t self = {.object = object, .err = parent->err};
    (void)snprintf(self.path, sizeof self.path, "%s.%s", parent->path, key);
    if (!parent->code && !cJSON_IsObject(object)) {
        parent->code = sb_fail(parent->err, SB_EINVALID, "%s: expected an object", self.path);
    }
    self.code = parent->code;
    return self;
}

int sb_reader_join(sb_reader_t *parent, const sb_reader_t *child)
{
    assert(parent);
    assert(child);
    assert(parent->err == child->err);
    if (!parent->code) {
        parent->code = child->code;
    }
    return child->code;
}
