/* config_show.c: what a person sees of a configuration: --dump and --help-config. */
#include "lib/config.h"

#include <assert.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/config_value.h"
#include "lib/utf8.h"

#define SHOW_SIZE_MAX (1024 * 1024) /* of one value */
#define MASK "********"

/* Characters that YAML refuses raw or takes for the end of a line. */
static bool s_rune_escaped(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune <= 0xa0) || rune == 0x2028 || rune == 0x2029 ||
           rune == 0xfeff || rune == 0xfffe || rune == 0xffff;
}

/* A double-quoted YAML text. */
static void s_dump_text(const char *text, FILE *out)
{
    uint32_t rune;
    size_t len;
    (void)fputc('"', out);
    while ((len = sb_utf8_decode(text, &rune)) > 0) {
        if (rune == '"' || rune == '\\') {
            (void)fprintf(out, "\\%c", (int)rune);
        } else if (s_rune_escaped(rune)) {
            (void)fprintf(out, "\\u%04x", (unsigned)rune);
        } else {
            (void)fwrite(text, 1, len, out);
        }
        text += len;
    }
    (void)fputc('"', out);
}

static void s_dump_list(char *const *list, bool secret, size_t depth, FILE *out)
{
    if (!list[0]) {
        (void)fputs(" []", out);
    }
    for (size_t i = 0; list[i]; i++) {
        (void)fprintf(out, "\n%*s- ", (int)(2 * depth), "");
        s_dump_text(secret ? MASK : list[i], out);
    }
}

static void s_dump_duration(int64_t ms, FILE *out)
{
    sb_buf_t text = sb_buf(SHOW_SIZE_MAX);
    sb_duration_print(ms, &text);
    (void)fprintf(out, " %s", sb_buf_text(&text));
    sb_buf_free(&text);
}

static void s_dump_value(const sb_key_t *key, const void *values, size_t depth, FILE *out)
{
    const void *slot = (const char *)values + key->offset;
    const bool secret = key->flags & SB_CONFIG_SECRET;
    size_t len = 0;
    switch (key->type) {
    case SB_STRING:
    case SB_PATH: {
        const char *text = *(char *const *)slot;
        (void)fputc(' ', out);
        s_dump_text(secret && text[0] ? MASK : text, out);
        break;
    }
    case SB_INTEGER:
        if (secret) {
            (void)fprintf(out, " \"%s\"", MASK);
        } else {
            (void)fprintf(out, " %lld", (long long)*(const int64_t *)slot);
        }
        break;
    case SB_BOOLEAN:
        (void)fputs(*(const bool *)slot ? " true" : " false", out);
        break;
    case SB_DURATION:
        s_dump_duration(*(const int64_t *)slot, out);
        break;
    case SB_CHOICE: {
        const char *name = sb_choice_name(key->choices, (size_t) * (const int *)slot, &len);
        assert(name);
        (void)fprintf(out, " %.*s", (int)len, name);
        break;
    }
    case SB_LIST:
        s_dump_list(*(char **const *)slot, secret, depth + 1, out);
        break;
    }
    (void)fputc('\n', out);
}

/* The rows below a group, whose name is the first group_len bytes of path and ends in a dot, or is
 * empty. Rows of one group are printed together, wherever they stand in the table. */
static void s_dump_group(const sb_key_t *keys, size_t keys_len, const char *path, size_t group_len,
                         size_t depth, const void *values, FILE *out)
{
    for (size_t i = 0; i < keys_len; i++) {
        const char *key = keys[i].key;
        if (strncmp(key, path, group_len) != 0) {
            continue;
        }
        const size_t word_len = strcspn(key + group_len, ".");
        const size_t whole = group_len + word_len;
        if (key[whole] == '\0') {
            (void)fprintf(out, "%*s%s:", (int)(2 * depth), "", key + group_len);
            s_dump_value(&keys[i], values, depth, out);
            continue;
        }
        bool first = true;
        for (size_t j = 0; j < i && first; j++) {
            first = strncmp(keys[j].key, key, whole + 1) != 0;
        }
        if (first) {
            (void)fprintf(out, "%*s%.*s:\n", (int)(2 * depth), "", (int)word_len, key + group_len);
            s_dump_group(keys, keys_len, key, whole + 1, depth + 1, values, out);
        }
    }
}

void sb_config_dump(const sb_key_t *keys, size_t keys_len, const void *values, FILE *out)
{
    assert(values);
    assert(out);
    s_dump_group(keys, keys_len, "", 0, 0, values, out);
}

void sb_config_help(const sb_key_t *keys, size_t keys_len, FILE *out)
{
    assert(out);
    for (size_t i = 0; i < keys_len; i++) {
        const sb_key_t *key = &keys[i];
        sb_buf_t kind = sb_buf(SHOW_SIZE_MAX);
        sb_value_describe(key, &kind);
        (void)fprintf(out, "%s%s\n    %s\n    %s", i ? "\n" : "", key->key, key->help,
                      sb_buf_text(&kind));
        sb_buf_free(&kind);
        if (key->flags & SB_CONFIG_REQUIRED) {
            (void)fputs("; required", out);
        } else if (key->fallback && key->fallback[0]) {
            (void)fprintf(out, "; default %s", key->fallback);
        }
        if (key->flags & SB_CONFIG_SECRET) {
            (void)fputs("; secret", out);
        }
        if (key->flags & SB_CONFIG_RELOAD) {
            (void)fputs("; may change on SIGHUP", out);
        }
        (void)fputc('\n', out);
    }
}
