#include "lib/config_value.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"

#define PORT_MAX 65535
#define TEXT_SIZE_MAX (64 * 1024) /* of a row that says no other limit */
#define LIST_LEN_MAX 1024
#define DURATION_MS_MAX (36500LL * 24 * 3600 * 1000)
#define SHOWN_MAX 40 /* bytes of a wrong value in an error text */

static const struct {
    const char *name;
    int64_t ms;
} s_units[] = {
    {"d",  24 * 3600 * 1000},
    {"h",  3600 * 1000     },
    {"m",  60 * 1000       },
    {"s",  1000            },
    {"ms", 1               },
};
#define UNITS_LEN (sizeof s_units / sizeof s_units[0])

/* A row's limits, or those of its type. */
static void s_range(const sb_key_t *key, int64_t *min_r, int64_t *max_r)
{
    *min_r = key->min;
    *max_r = key->max;
    if (key->min != 0 || key->max != 0) {
        return;
    }
    switch (key->type) {
    case SB_INTEGER:
        *min_r = INT64_MIN;
        *max_r = INT64_MAX;
        break;
    case SB_DURATION:
        *max_r = DURATION_MS_MAX;
        break;
    case SB_LIST:
        *max_r = LIST_LEN_MAX;
        break;
    case SB_STRING:
    case SB_PATH:
        *max_r = TEXT_SIZE_MAX;
        break;
    case SB_BOOLEAN:
    case SB_CHOICE:
        break;
    }
}

const char *sb_choice_name(const char *choices, size_t index, size_t *len_r)
{
    assert(choices);
    const char *name = choices;
    for (size_t i = 0; i < index; i++) {
        name = strchr(name, '|');
        if (!name) {
            return NULL;
        }
        name++;
    }
    *len_r = strcspn(name, "|");
    return name;
}

void sb_duration_print(int64_t ms, sb_buf_t *out)
{
    assert(ms >= 0);
    if (ms == 0) {
        sb_buf_puts(out, "0s");
    }
    for (size_t i = 0; i < UNITS_LEN; i++) {
        if (ms >= s_units[i].ms) {
            sb_buf_printf(out, "%lld%s", (long long)(ms / s_units[i].ms), s_units[i].name);
            ms %= s_units[i].ms;
        }
    }
}

static void s_describe_choices(const char *choices, sb_buf_t *out)
{
    const char *name;
    size_t len = 0;
    sb_buf_puts(out, "one of ");
    for (size_t i = 0; (name = sb_choice_name(choices, i, &len)); i++) {
        sb_buf_puts(out, i ? ", " : "");
        sb_buf_add(out, name, len);
    }
}

void sb_value_describe(const sb_key_t *key, sb_buf_t *out)
{
    int64_t min;
    int64_t max;
    s_range(key, &min, &max);
    switch (key->type) {
    case SB_STRING:
        if (key->flags & SB_CONFIG_ENDPOINT) {
            sb_buf_puts(out, "tcp://HOST:PORT or ipc://PATH");
            break;
        }
        sb_buf_printf(out, "a text of %lld to %lld bytes", (long long)min, (long long)max);
        break;
    case SB_PATH:
        sb_buf_printf(out, "a path of %lld to %lld bytes", (long long)min, (long long)max);
        break;
    case SB_INTEGER:
        sb_buf_puts(out, "a whole number");
        if (min != INT64_MIN || max != INT64_MAX) {
            sb_buf_printf(out, " from %lld to %lld", (long long)min, (long long)max);
        }
        break;
    case SB_BOOLEAN:
        sb_buf_puts(out, "true or false");
        break;
    case SB_DURATION:
        sb_buf_puts(out, "a duration from ");
        sb_duration_print(min, out);
        sb_buf_puts(out, " to ");
        sb_duration_print(max, out);
        sb_buf_puts(out, ", such as 90s or 1h30m");
        break;
    case SB_CHOICE:
        s_describe_choices(key->choices, out);
        break;
    case SB_LIST:
        sb_buf_printf(out, "a list of at most %lld %s", (long long)max,
                      key->flags & SB_CONFIG_ENDPOINT ? "of tcp://HOST:PORT or ipc://PATH"
                                                      : "texts");
        break;
    }
}

/* text is shown unless it may be a secret. */
static int s_expected(const sb_key_t *key, const char *text, sb_err_t *err)
{
    sb_buf_t want = sb_buf(SB_ERR_TEXT_MAX);
    sb_value_describe(key, &want);
    int code;
    if (key->flags & SB_CONFIG_SECRET || !text) {
        code = sb_fail(err, SB_EINVALID, "expected %s", sb_buf_text(&want));
    } else {
        code = sb_fail(err, SB_EINVALID, "expected %s, got \"%.*s\"", sb_buf_text(&want),
                       (int)sb_utf8_cut(text, SHOWN_MAX), text);
    }
    sb_buf_free(&want);
    return code;
}

static int s_not_utf8(sb_err_t *err)
{
    return sb_fail(err, SB_EINVALID, "the value is not UTF-8");
}

static bool s_integer(const char *text, int64_t *value_r)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (!digits[0] || strspn(digits, "0123456789") != strlen(digits)) {
        return false;
    }
    errno = 0;
    *value_r = strtoll(text, NULL, 10);
    return errno == 0;
}

/* The unit at text, its length in *len_r; UNITS_LEN if there is none. "m" is not "ms". */
static size_t s_unit(const char *text, size_t *len_r)
{
    *len_r = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < UNITS_LEN; i++) {
        if (strlen(s_units[i].name) == *len_r && memcmp(s_units[i].name, text, *len_r) == 0) {
            return i;
        }
    }
    return UNITS_LEN;
}

static bool s_duration(const char *text, int64_t *ms_r)
{
    int64_t ms = 0;
    size_t next = 0; /* units come from great to small, each once */
    if (!text[0]) {
        return false;
    }
    while (*text) {
        int64_t n = 0;
        const char *digits = text;
        for (; *text >= '0' && *text <= '9'; text++) {
            n = n * 10 + (*text - '0');
            if (n > DURATION_MS_MAX) {
                return false;
            }
        }
        size_t len;
        const size_t unit = s_unit(text, &len);
        if (text == digits || unit == UNITS_LEN || unit < next ||
            n > (DURATION_MS_MAX - ms) / s_units[unit].ms) {
            return false;
        }
        ms += n * s_units[unit].ms;
        next = unit + 1;
        text += len;
    }
    *ms_r = ms;
    return true;
}

int sb_duration_parse(const char *text, int64_t *ms_r, sb_err_t *err)
{
    assert(text);
    assert(ms_r);
    if (!s_duration(text, ms_r)) {
        return sb_fail(err, SB_EINVALID, "expected a duration such as 90s, 1h30m or 7d");
    }
    return SB_OK;
}

static bool s_choice(const char *choices, const char *text, int *index_r)
{
    const char *name;
    size_t len = 0;
    for (size_t i = 0; (name = sb_choice_name(choices, i, &len)); i++) {
        if (strlen(text) == len && memcmp(name, text, len) == 0) {
            *index_r = (int)i;
            return true;
        }
    }
    return false;
}

static void s_text_free(const sb_key_t *key, char *text)
{
    if (text && key->flags & SB_CONFIG_SECRET) {
        sb_wipe(text, strlen(text));
    }
    free(text);
}

static void s_list_free(const sb_key_t *key, char **list)
{
    for (size_t i = 0; list && list[i]; i++) {
        s_text_free(key, list[i]);
    }
    free(list);
}

/* The port may also be *, which lets the kernel choose. */
static bool s_endpoint(const char *text)
{
    static const char tcp[] = "tcp://";
    static const char ipc[] = "ipc://";
    if (strncmp(text, ipc, sizeof ipc - 1) == 0) {
        return text[sizeof ipc - 1] != '\0';
    }
    if (strncmp(text, tcp, sizeof tcp - 1) != 0) {
        return false;
    }
    const char *host = text + sizeof tcp - 1;
    const char *port = strrchr(host, ':');
    if (!port || port == host || (host[0] != '[' && memchr(host, ':', (size_t)(port - host)))) {
        return false;
    }
    port++;
    const size_t len = strlen(port);
    return strcmp(port, "*") == 0 || (len > 0 && len <= 5 && strspn(port, "0123456789") == len &&
                                      strtol(port, NULL, 10) <= PORT_MAX);
}

int sb_value_set_list(const sb_key_t *key, const char *const *items, size_t n, void *slot,
                      sb_err_t *err)
{
    assert(key->type == SB_LIST);
    int64_t min;
    int64_t max;
    s_range(key, &min, &max);
    if (n > (size_t)max) {
        return s_expected(key, NULL, err);
    }
    for (size_t i = 0; i < n; i++) {
        if (!sb_utf8_valid(items[i], strlen(items[i]), NULL)) {
            return s_not_utf8(err);
        }
        if (key->flags & SB_CONFIG_ENDPOINT && !s_endpoint(items[i])) {
            return s_expected(key, items[i], err);
        }
    }
    char **list = sb_alloc_array(n + 1, sizeof *list);
    for (size_t i = 0; i < n; i++) {
        list[i] = sb_strdup(items[i]);
    }
    s_list_free(key, *(char ***)slot);
    *(char ***)slot = list;
    return SB_OK;
}

/* "a, b" as an environment variable has it; an empty text is an empty list. */
static int s_list(const sb_key_t *key, const char *text, void *slot, sb_err_t *err)
{
    char *copy = sb_strdup(text);
    size_t room = 1;
    for (const char *c = text; *c; c++) {
        room += *c == ',';
    }
    const char **items = sb_alloc_array(room, sizeof *items);
    size_t n = 0;
    char *rest = copy + strspn(copy, " ");
    bool empty_item = false;
    while (rest && (*rest || n > 0)) {
        char *item = strsep(&rest, ",");
        item += strspn(item, " ");
        size_t len = strlen(item);
        while (len > 0 && item[len - 1] == ' ') {
            item[--len] = '\0';
        }
        empty_item = empty_item || len == 0;
        items[n++] = item;
    }
    const int code = empty_item ? sb_fail(err, SB_EINVALID, "expected texts between all commas")
                                : sb_value_set_list(key, items, n, slot, err);
    free(items);
    if (key->flags & SB_CONFIG_SECRET) {
        sb_wipe(copy, strlen(text));
    }
    free(copy);
    return code;
}

static int s_text(const sb_key_t *key, const char *text, void *slot, sb_err_t *err)
{
    int64_t min;
    int64_t max;
    s_range(key, &min, &max);
    const int64_t len = (int64_t)strlen(text);
    const bool fits = !(key->flags & SB_CONFIG_ENDPOINT) || len == 0 || s_endpoint(text);
    if (len < min || len > max || !fits) {
        return s_expected(key, text, err);
    }
    s_text_free(key, *(char **)slot);
    *(char **)slot = sb_strdup(text);
    return SB_OK;
}

static int s_number(const sb_key_t *key, const char *text, void *slot, sb_err_t *err)
{
    int64_t min;
    int64_t max;
    int64_t value;
    s_range(key, &min, &max);
    const bool read = key->type == SB_DURATION ? s_duration(text, &value) : s_integer(text, &value);
    if (!read || value < min || value > max) {
        return s_expected(key, text, err);
    }
    *(int64_t *)slot = value;
    return SB_OK;
}

int sb_value_parse(const sb_key_t *key, const char *text, void *slot, sb_err_t *err)
{
    assert(key);
    assert(text);
    assert(slot);
    if (!sb_utf8_valid(text, strlen(text), NULL)) {
        return s_not_utf8(err);
    }
    switch (key->type) {
    case SB_STRING:
    case SB_PATH:
        return s_text(key, text, slot, err);
    case SB_INTEGER:
    case SB_DURATION:
        return s_number(key, text, slot, err);
    case SB_BOOLEAN:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            return s_expected(key, text, err);
        }
        *(bool *)slot = text[0] == 't';
        return SB_OK;
    case SB_CHOICE:
        return s_choice(key->choices, text, slot) ? SB_OK : s_expected(key, text, err);
    case SB_LIST:
        return s_list(key, text, slot, err);
    }
    assert(false && "a row without a type");
    return SB_EINTERNAL;
}

size_t sb_value_size(const sb_key_t *key)
{
    switch (key->type) {
    case SB_STRING:
    case SB_PATH:
        return sizeof(char *);
    case SB_INTEGER:
    case SB_DURATION:
        return sizeof(int64_t);
    case SB_BOOLEAN:
        return sizeof(bool);
    case SB_CHOICE:
        return sizeof(int);
    case SB_LIST:
        return sizeof(char **);
    }
    assert(false && "a row without a type");
    return 0;
}

void sb_value_init(const sb_key_t *key, void *slot)
{
    memset(slot, 0, sb_value_size(key));
    if (key->type == SB_STRING || key->type == SB_PATH) {
        *(char **)slot = sb_strdup("");
    } else if (key->type == SB_LIST) {
        *(char ***)slot = sb_alloc_array(1, sizeof(char *));
    }
}

void sb_value_clear(const sb_key_t *key, void *slot)
{
    if (key->type == SB_STRING || key->type == SB_PATH) {
        s_text_free(key, *(char **)slot);
    } else if (key->type == SB_LIST) {
        s_list_free(key, *(char ***)slot);
    }
    memset(slot, 0, sb_value_size(key));
}

bool sb_value_equal(const sb_key_t *key, const void *a, const void *b)
{
    if (key->type == SB_STRING || key->type == SB_PATH) {
        return strcmp(*(char *const *)a, *(char *const *)b) == 0;
    }
    if (key->type != SB_LIST) {
        return memcmp(a, b, sb_value_size(key)) == 0;
    }
    char **list_a = *(char **const *)a;
    char **list_b = *(char **const *)b;
    size_t i = 0;
    while (list_a[i] && list_b[i]) {
        if (strcmp(list_a[i], list_b[i]) != 0) {
            return false;
        }
        i++;
    }
    return !list_a[i] && !list_b[i];
}

void sb_value_swap(const sb_key_t *key, void *a, void *b)
{
    char kept[sizeof(int64_t)];
    const size_t size = sb_value_size(key);
    assert(size <= sizeof kept);
    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}
