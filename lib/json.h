/* json.h: cJSON made strict, and readers that say what is wrong and where.
 *
 * cJSON alone takes duplicate keys, trailing junk, invalid UTF-8, raw control characters, numbers
 * like 01 and an escaped NUL that cuts a string short. Here all of these are errors (RFC 8259,
 * RFC 7493). Ids and 64-bit numbers travel as strings of decimal digits; times are whole numbers
 * of milliseconds below 2^53. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SB_JSON_DEPTH_MAX 16 /* nested arrays and objects */
#define SB_JSON_FOREIGN_DEPTH_MAX 64
#define SB_JSON_MEMBERS_MAX 4096           /* values in one text, so that lookups stay cheap */
#define SB_JSON_INT_MAX 9007199254740991LL /* 2^53 - 1: what a JSON number can hold exactly */

/* Parses exactly size bytes, an object. Returns NULL and fills err with byte offset and reason.
 * members_max 0 means SB_JSON_MEMBERS_MAX. The caller owns the result (cJSON_Delete). */
cJSON *sb_json_parse(const void *data, size_t size, size_t members_max, sb_err_t *err);

/* The same for what another system wrote: numbers may be of any kind (the readers take the whole
 * ones below 2^53) and nested as deep as SB_JSON_FOREIGN_DEPTH_MAX. Never to be printed. */
cJSON *sb_json_parse_foreign(const void *data, size_t size, size_t members_max, sb_err_t *err);

/* Prints without white space. The caller frees the text with free(). Never NULL. */
char *sb_json_print(const cJSON *json);

/* At least as many bytes as sb_json_print gives for valid UTF-8; cheaper than printing. */
size_t sb_json_size_max(const cJSON *json);

/* ---- Reading. A reader is a cursor on one object with a sticky error: the first thing that is
 * wrong is kept, later reads return their fallback, and the caller looks once at the end:
 *
 *     sb_reader_t r = sb_reader(body, "body", err);
 *     const char *title = sb_read_str(&r, "title", 1, TITLE_MAX);
 *     int64_t limit = sb_read_int_or(&r, "limit", 1, 500, 50);
 *     if (sb_reader_code(&r)) return sb_reader_code(&r);
 *
 * Strings are borrowed from the tree and live as long as it. Unknown members are ignored. */
typedef struct {
    const cJSON *object;
    char path[96]; /* for error texts: body.items[3] */
    sb_err_t *err;
    int code; /* SB_OK until the first fault */
} sb_reader_t;

sb_reader_t sb_reader(const cJSON *object, const char *path, sb_err_t *err);
int sb_reader_code(const sb_reader_t *self);

/* Required string of min..max bytes; "" on error. */
const char *sb_read_str(sb_reader_t *self, const char *key, size_t min, size_t max);
/* Optional string; absent or null gives fallback (may be NULL). */
const char *sb_read_str_or(sb_reader_t *self, const char *key, size_t max, const char *fallback);
/* Required whole number min..max; min on error. */
int64_t sb_read_int(sb_reader_t *self, const char *key, int64_t min, int64_t max);
int64_t sb_read_int_or(sb_reader_t *self, const char *key, int64_t min, int64_t max,
                       int64_t fallback);
/* A 64-bit number as a string of decimal digits, 0..INT64_MAX. */
int64_t sb_read_id(sb_reader_t *self, const char *key);
int64_t sb_read_id_or(sb_reader_t *self, const char *key, int64_t fallback);
bool sb_read_bool(sb_reader_t *self, const char *key);
bool sb_read_bool_or(sb_reader_t *self, const char *key, bool fallback);
/* true, false or null/absent: 1, 0, -1. The original's performed and authenticated. */
int sb_read_tristate(sb_reader_t *self, const char *key);
/* Required / optional object and array; NULL on error or when absent. */
const cJSON *sb_read_object(sb_reader_t *self, const char *key);
const cJSON *sb_read_object_or_null(sb_reader_t *self, const char *key);
const cJSON *sb_read_array(sb_reader_t *self, const char *key, size_t max);
const cJSON *sb_read_array_or_null(sb_reader_t *self, const char *key, size_t max);
/* A string that is one of names[0..n-1]; the index, or -1 on error. */
int sb_read_enum(sb_reader_t *self, const char *key, const char *const *names, size_t n);
/* A reader for element i of an array that was read by key, sharing the parent's error. If the
 * element is no object, that is a fault of the parent too: check the parent at the end. */
sb_reader_t sb_reader_item(sb_reader_t *parent, const char *key, const cJSON *item, size_t i);
/* A reader on a member object that was read with sb_read_object. */
sb_reader_t sb_reader_in(sb_reader_t *parent, const char *key, const cJSON *object);
/* Moves a child's fault to its parent. Returns the child's code. */
int sb_reader_join(sb_reader_t *parent, const sb_reader_t *child);
/* Says that a member is wrong in a way only the caller can know. */
int sb_reader_fault(sb_reader_t *self, const char *key, const char *fmt, ...) SB_PRINTF(3, 4);

/* ---- Writing. These abort when memory is out, as all our small allocations do. */
cJSON *sb_json_object(void);
cJSON *sb_json_array(void);
/* NULL text is written as null. */
void sb_json_add_str(cJSON *object, const char *key, const char *text);
void sb_json_add_int(cJSON *object, const char *key, int64_t value); /* |value| <= INT_MAX above */
void sb_json_add_id(cJSON *object, const char *key, int64_t value);  /* as a string */
void sb_json_add_bool(cJSON *object, const char *key, bool value);
void sb_json_add_tristate(cJSON *object, const char *key, int value); /* -1 is null */
/* Takes the child. */
void sb_json_add(cJSON *object, const char *key, cJSON *child);
void sb_json_push(cJSON *array, cJSON *child);
cJSON *sb_json_copy(const cJSON *json);
