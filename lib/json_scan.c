/* json_scan.c. Recursive descent without a tree; the depth limit bounds the recursion.
 *
 * Keys of open objects stand on one stack. At the end of an object its keys are sorted, so that a
 * peer who chooses them can't make the search for duplicates slow. */
#include "lib/json_scan.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "lib/utf8.h"

#define KEY_SHOWN_MAX 32   /* bytes of a key in an error text */
#define NUMBER_SIZE_MAX 40 /* bytes of another system's number; cJSON reads no more than 63 */

typedef struct {
    const char *text; /* unescaped */
    size_t len;
    size_t at;   /* offset in the input */
    char *owned; /* text, when it had to be unescaped; else NULL */
} json_key_t;

typedef struct {
    const char *data;
    size_t size;
    size_t at;
    size_t members;
    size_t members_max;
    bool foreign;
    json_key_t *keys;
    size_t keys_len;
    size_t keys_room;
    sb_err_t *err;
} scan_t;

static int s_value(scan_t *self, size_t depth);

static int s_peek(const scan_t *self)
{
    return self->at < self->size ? (unsigned char)self->data[self->at] : -1;
}

static void s_space(scan_t *self)
{
    for (;;) {
        const int c = s_peek(self);
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            return;
        }
        self->at++;
    }
}

static bool s_take(scan_t *self, char c)
{
    if (s_peek(self) != c) {
        return false;
    }
    self->at++;
    return true;
}

static int s_bad(const scan_t *self, const char *what)
{
    if (self->at >= self->size) {
        return sb_fail(self->err, SB_EINVALID, "byte %zu: the text ends early, %s", self->at, what);
    }
    return sb_fail(self->err, SB_EINVALID, "byte %zu: %s", self->at, what);
}

/* The four digits of \u; -1 if they are none. Moves behind them. */
static int32_t s_hex4(scan_t *self)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const int c = s_peek(self);
        int digit;
        if (c >= '0' && c <= '9') {
            digit = c - '0';
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            digit = (c | 0x20) - 'a' + 10;
        } else {
            return -1;
        }
        value = value << 4 | digit;
        self->at++;
    }
    return value;
}

/* Behind \u. */
static int s_rune(scan_t *self, uint32_t *rune_r)
{
    const int32_t first = s_hex4(self);
    if (first < 0) {
        return s_bad(self, "expected four hexadecimal digits");
    }
    if (first == 0) {
        return s_bad(self, "an escaped NUL is not allowed");
    }
    *rune_r = (uint32_t)first;
    if (first < 0xd800 || first > 0xdfff) {
        return SB_OK;
    }
    if (first > 0xdbff || !s_take(self, '\\') || !s_take(self, 'u')) {
        return s_bad(self, "half of a surrogate pair");
    }
    const int32_t second = s_hex4(self);
    if (second < 0xdc00 || second > 0xdfff) {
        return s_bad(self, "half of a surrogate pair");
    }
    *rune_r = 0x10000 + (((uint32_t)first & 0x3ff) << 10 | ((uint32_t)second & 0x3ff));
    return SB_OK;
}

/* Behind a backslash. */
static int s_escape(scan_t *self, uint32_t *rune_r)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const int c = s_peek(self);
    if (c == 'u') {
        self->at++;
        return s_rune(self, rune_r);
    }
    const char *found = c > 0 ? strchr(from, c) : NULL;
    if (!found) {
        return s_bad(self, "not an escape that JSON knows");
    }
    self->at++;
    *rune_r = (unsigned char)to[found - from];
    return SB_OK;
}

/* A string with its quotes. UTF-8 was checked for the whole text. */
static int s_string(scan_t *self, bool *escaped_r)
{
    assert(s_peek(self) == '"');
    self->at++;
    *escaped_r = false;
    for (;;) {
        const int c = s_peek(self);
        if (c < 0) {
            return s_bad(self, "expected the end of a string");
        }
        if (c < 0x20) {
            return s_bad(self, "a raw control character in a string");
        }
        self->at++;
        if (c == '"') {
            return SB_OK;
        }
        if (c == '\\') {
            uint32_t rune;
            *escaped_r = true;
            const int code = s_escape(self, &rune);
            if (code) {
                return code;
            }
        }
    }
}

/* Unescapes a string that s_string has accepted, from..to without its quotes. */
static char *s_unescape(const scan_t *self, size_t from, size_t to, size_t *len_r)
{
    char *out = sb_alloc(to - from + 1); /* no escape is shorter than what it stands for */
    scan_t it = *self;
    it.at = from;
    size_t len = 0;
    while (it.at < to) {
        const char c = it.data[it.at++];
        if (c != '\\') {
            out[len++] = c;
            continue;
        }
        uint32_t rune = 0;
        const int code = s_escape(&it, &rune);
        assert(code == SB_OK);
        char bytes[4];
        const size_t size = sb_utf8_encode(rune, bytes);
        memcpy(out + len, bytes, size);
        len += size;
    }
    *len_r = len;
    return out;
}

static int s_key(scan_t *self)
{
    if (s_peek(self) != '"') {
        return s_bad(self, "expected a key in quotes");
    }
    const size_t at = self->at;
    bool escaped;
    const int code = s_string(self, &escaped);
    if (code) {
        return code;
    }
    if (self->keys_len == self->keys_room) {
        self->keys_room = self->keys_room ? 2 * self->keys_room : 32;
        self->keys = sb_realloc(self->keys, self->keys_room * sizeof *self->keys);
    }
    json_key_t *key = &self->keys[self->keys_len++];
    *key = (json_key_t){.text = self->data + at + 1, .len = self->at - at - 2, .at = at};
    if (escaped) {
        key->owned = s_unescape(self, at + 1, self->at - 1, &key->len);
        key->text = key->owned;
    }
    return SB_OK;
}

/* By content, then by place. */
static int s_key_compare(const void *a_p, const void *b_p)
{
    const json_key_t *a = a_p;
    const json_key_t *b = b_p;
    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    const int order = memcmp(a->text, b->text, a->len);
    if (order != 0) {
        return order;
    }
    return a->at < b->at ? -1 : a->at > b->at;
}

static void s_keys_drop(scan_t *self, size_t keep)
{
    while (self->keys_len > keep) {
        free(self->keys[--self->keys_len].owned);
    }
}

/* Looks for duplicates among the keys from first on and drops them. */
static int s_keys_close(scan_t *self, size_t first)
{
    json_key_t *keys = self->keys + first;
    const size_t len = self->keys_len - first;
    int code = SB_OK;
    if (len > 1) {
        qsort(keys, len, sizeof *keys, s_key_compare);
    }
    for (size_t i = 1; i < len && code == SB_OK; i++) {
        if (keys[i].len != keys[i - 1].len ||
            memcmp(keys[i].text, keys[i - 1].text, keys[i].len) != 0) {
            continue;
        }
        size_t shown = keys[i].len < KEY_SHOWN_MAX ? keys[i].len : KEY_SHOWN_MAX;
        while (shown > 0 && shown < keys[i].len &&
               ((unsigned char)keys[i].text[shown] & 0xc0) == 0x80) {
            shown--;
        }
        code = sb_fail(self->err, SB_EINVALID, "byte %zu: the key \"%.*s\" stands there already",
                       keys[i].at, (int)shown, keys[i].text);
    }
    s_keys_drop(self, first);
    return code;
}

static int s_member_count(scan_t *self)
{
    if (++self->members > self->members_max) {
        return sb_fail(self->err, SB_ETOOLARGE, "byte %zu: more than %zu values", self->at,
                       self->members_max);
    }
    return SB_OK;
}

static int s_object(scan_t *self, size_t depth)
{
    const size_t first = self->keys_len;
    self->at++;
    s_space(self);
    if (s_take(self, '}')) {
        return SB_OK;
    }
    for (;;) {
        int code = s_key(self);
        if (code) {
            return code;
        }
        s_space(self);
        if (!s_take(self, ':')) {
            return s_bad(self, "expected a colon");
        }
        s_space(self);
        code = s_member_count(self);
        if (code == SB_OK) {
            code = s_value(self, depth);
        }
        if (code) {
            return code;
        }
        s_space(self);
        if (s_take(self, '}')) {
            return s_keys_close(self, first);
        }
        if (!s_take(self, ',')) {
            return s_bad(self, "expected a comma or the end of the object");
        }
        s_space(self);
    }
}

static int s_array(scan_t *self, size_t depth)
{
    self->at++;
    s_space(self);
    if (s_take(self, ']')) {
        return SB_OK;
    }
    for (;;) {
        int code = s_member_count(self);
        if (code == SB_OK) {
            code = s_value(self, depth);
        }
        if (code) {
            return code;
        }
        s_space(self);
        if (s_take(self, ']')) {
            return SB_OK;
        }
        if (!s_take(self, ',')) {
            return s_bad(self, "expected a comma or the end of the array");
        }
        s_space(self);
    }
}

/* At least one digit, then maybe more. */
static bool s_digits(scan_t *self)
{
    const size_t first = self->at;
    for (int c = s_peek(self); c >= '0' && c <= '9'; c = s_peek(self)) {
        self->at++;
    }
    return self->at > first;
}

/* Any number of RFC 8259. */
static int s_foreign_number(scan_t *self)
{
    const size_t start = self->at;
    (void)s_take(self, '-');
    const bool zero = s_peek(self) == '0';
    const size_t first = self->at;
    bool good = s_digits(self) && !(zero && self->at - first > 1);
    if (good && s_take(self, '.')) {
        good = s_digits(self);
    }
    if (good && (s_take(self, 'e') || s_take(self, 'E'))) {
        (void)(s_take(self, '+') || s_take(self, '-'));
        good = s_digits(self);
    }
    if (!good || self->at - start > NUMBER_SIZE_MAX) {
        self->at = start;
        return s_bad(self, "not a number that JSON knows, or a very long one");
    }
    return SB_OK;
}

static int s_number(scan_t *self)
{
    const size_t start = self->at;
    (void)s_take(self, '-');
    const size_t first = self->at;
    int64_t value = 0;
    for (int c = s_peek(self); c >= '0' && c <= '9'; c = s_peek(self)) {
        value = value * 10 + (c - '0');
        if (value > SB_JSON_INT_MAX) {
            self->at = start;
            return s_bad(self, "a number beyond 2^53 - 1");
        }
        self->at++;
    }
    if (self->at == first) {
        return s_bad(self, "expected a digit");
    }
    if (self->data[first] == '0' && self->at - first > 1) {
        self->at = first;
        return s_bad(self, "a number with a leading zero");
    }
    const int c = s_peek(self);
    if (c == '.' || c == 'e' || c == 'E') {
        self->at = start;
        return s_bad(self, "a number that is not written as a whole one");
    }
    return SB_OK;
}

static int s_word(scan_t *self)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t len = strlen(words[i]);
        if (self->size - self->at >= len && memcmp(self->data + self->at, words[i], len) == 0) {
            self->at += len;
            return SB_OK;
        }
    }
    return s_bad(self, "expected a value");
}

/* depth: how many arrays and objects are around it. */
static int s_value(scan_t *self, size_t depth)
{
    const int c = s_peek(self);
    if (c == '{' || c == '[') {
        const size_t depth_max = self->foreign ? SB_JSON_FOREIGN_DEPTH_MAX : SB_JSON_DEPTH_MAX;
        if (depth == depth_max) {
            return sb_fail(self->err, SB_ETOOLARGE, "byte %zu: nested deeper than %zu", self->at,
                           depth_max);
        }
        return c == '{' ? s_object(self, depth + 1) : s_array(self, depth + 1);
    }
    if (c == '"') {
        bool escaped;
        return s_string(self, &escaped);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        return self->foreign ? s_foreign_number(self) : s_number(self);
    }
    return s_word(self);
}

static int s_text(scan_t *self)
{
    size_t bad;
    if (!sb_utf8_valid(self->data, self->size, &bad)) {
        return sb_fail(self->err, SB_EINVALID, "byte %zu: not UTF-8", bad);
    }
    s_space(self);
    if (s_peek(self) != '{') {
        return s_bad(self, "expected an object");
    }
    const int code = s_value(self, 0);
    if (code) {
        return code;
    }
    s_space(self);
    if (self->at < self->size) {
        return s_bad(self, "something follows the object");
    }
    return SB_OK;
}

int sb_json_scan(const char *data, size_t size, size_t members_max, bool foreign, sb_err_t *err)
{
    assert(data || size == 0);
    assert(err);
    scan_t scan = {
        .data = data, .size = size, .members_max = members_max, .foreign = foreign, .err = err};
    const int code = s_text(&scan);
    s_keys_drop(&scan, 0);
    free(scan.keys);
    return code;
}
