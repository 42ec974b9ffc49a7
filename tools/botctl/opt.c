/* opt.c. getopt_long reads the words; this makes its tables and turns values into types. */
#include "tools/botctl/opt.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config.h"
#include "lib/mem.h"
#include "tools/botctl/near.h"
#include "tools/botctl/when.h"

#define FIRST_LONG 256 /* getopt's values from here on are indices of rows */
#define HELP_COLUMN 28

/* All sets as one list, in the order of getopt's values. */
typedef struct {
    const opt_set_t *sets;
    size_t sets_len;
    struct option *longs;
    char *letters;
} tables_t;

static const opt_t *s_row(const tables_t *tables, size_t at, void **out_r)
{
    for (size_t i = 0; i < tables->sets_len; i++) {
        if (at < tables->sets[i].len) {
            *out_r = tables->sets[i].out;
            return tables->sets[i].opts + at;
        }
        at -= tables->sets[i].len;
    }
    return NULL;
}

static const opt_t *s_row_of(const tables_t *tables, int value, void **out_r)
{
    if (value >= FIRST_LONG) {
        return s_row(tables, (size_t)(value - FIRST_LONG), out_r);
    }
    const opt_t *row;
    for (size_t i = 0; (row = s_row(tables, i, out_r)) != NULL; i++) {
        if (row->letter == value) {
            return row;
        }
    }
    return NULL;
}

static tables_t s_tables(const opt_set_t *sets, size_t sets_len, bool stop)
{
    tables_t self = {.sets = sets, .sets_len = sets_len};
    size_t len = 0;
    for (size_t i = 0; i < sets_len; i++) {
        len += sets[i].len;
    }
    self.longs = sb_alloc_array(len + 1, sizeof *self.longs);
    self.letters = sb_alloc(2 * len + 3);
    char *letter = self.letters;
    *letter++ = stop ? '+' : '-'; /* '-': words come in order too, which lists need */
    *letter++ = ':';              /* a missing value is told apart */
    void *unused;
    for (size_t i = 0; i < len; i++) {
        const opt_t *row = s_row(&self, i, &unused);
        const int has_arg = row->kind == OPT_FLAG ? no_argument : required_argument;
        self.longs[i] = (struct option){row->name, has_arg, NULL, FIRST_LONG + (int)i};
        if (row->letter) {
            *letter++ = row->letter;
            if (has_arg == required_argument) {
                *letter++ = ':';
            }
        }
    }
    return self;
}

static void s_push(opt_list_t *list, const char *text, size_t size)
{
    list->items = sb_realloc(list->items, (list->len + 1) * sizeof *list->items);
    list->items[list->len++] = sb_strndup(text, size);
}

static int s_set_list(const opt_t *row, opt_list_t *list, const char *text, sb_err_t *err)
{
    const char *separators = row->kind == OPT_NAMES ? "," : "";
    for (;;) {
        const size_t size = strcspn(text, separators);
        if (list->len >= OPT_LIST_MAX) {
            return sb_fail(err, SB_EINVALID, "more than %d", OPT_LIST_MAX);
        }
        if (size > 0) {
            s_push(list, text, size);
        }
        if (text[size] == '\0') {
            return SB_OK;
        }
        text += size + 1;
    }
}

static int s_set_number(const opt_t *row, int64_t *value, const char *text, sb_err_t *err)
{
    const int64_t max = row->max ? row->max : INT64_MAX;
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    if (errno || end == text || *end || number < row->min || number > max) {
        return row->max
                   ? sb_fail(err, SB_EINVALID, "'%.64s' is no number from %" PRId64 " to %" PRId64,
                             text, row->min, max)
                   : sb_fail(err, SB_EINVALID, "'%.64s' is no number from %" PRId64 " on", text,
                             row->min);
    }
    *value = number;
    return SB_OK;
}

static int s_set_duration(const opt_t *row, int64_t *value, const char *text, sb_err_t *err)
{
    int64_t ms;
    if (sb_duration_parse(text, &ms, err) != SB_OK) {
        return err->code;
    }
    if (ms < row->min || (row->max && ms > row->max)) {
        char least[WHEN_SIZE];
        char most[WHEN_SIZE];
        return sb_fail(err, SB_EINVALID, "'%.64s' is not from %s to %s", text,
                       when_span(row->min, least), when_span(row->max, most));
    }
    *value = ms;
    return SB_OK;
}

static int s_set_yesno(int *value, const char *text, sb_err_t *err)
{
    static const char *const words[] = {"0", "1", "no", "yes", "false", "true", "n", "y"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *value = (int)(i % 2);
            return SB_OK;
        }
    }
    return sb_fail(err, SB_EINVALID, "'%.64s' is neither yes (1) nor no (0)", text);
}

static int s_set_choice(const opt_t *row, const char **value, const char *text, sb_err_t *err)
{
    const size_t size = strlen(text);
    for (const char *at = row->choices; *at;) {
        const size_t len = strcspn(at, "|");
        if (size > 0 && len == size && strncmp(at, text, len) == 0) {
            *value = text;
            return SB_OK;
        }
        at += len + (at[len] == '|');
    }
    return sb_fail(err, SB_EINVALID, "'%.64s' is none of %s", text, row->choices);
}

static int s_set(const opt_t *row, void *out, const char *text, int64_t now_ms, sb_err_t *err)
{
    void *value = (char *)out + row->offset;
    switch (row->kind) {
    case OPT_FLAG:
        *(bool *)value = true;
        return SB_OK;
    case OPT_TEXT:
        *(const char **)value = text;
        return SB_OK;
    case OPT_NUMBER:
        return s_set_number(row, value, text, err);
    case OPT_DURATION:
        return s_set_duration(row, value, text, err);
    case OPT_TIME:
        return when_parse(text, now_ms, value, err);
    case OPT_YESNO:
        return s_set_yesno(value, text, err);
    case OPT_CHOICE:
        return s_set_choice(row, value, text, err);
    case OPT_LIST:
    case OPT_NAMES:
        return s_set_list(row, value, text, err);
    }
    return SB_OK;
}

void opt_defaults(const opt_set_t *set)
{
    assert(set);
    for (size_t i = 0; i < set->len; i++) {
        const opt_t *row = set->opts + i;
        void *value = (char *)set->out + row->offset;
        if (row->fallback) {
            sb_err_t err;
            const int code = s_set(row, set->out, row->fallback, 0, &err);
            assert(code == SB_OK);
        } else if (row->kind == OPT_TIME) {
            *(int64_t *)value = WHEN_NONE;
        } else if (row->kind == OPT_DURATION) {
            *(int64_t *)value = -1;
        } else if (row->kind == OPT_YESNO) {
            *(int *)value = -1;
        }
    }
}

void opt_free(const opt_set_t *set)
{
    assert(set);
    for (size_t i = 0; i < set->len; i++) {
        if (set->opts[i].kind != OPT_LIST && set->opts[i].kind != OPT_NAMES) {
            continue;
        }
        opt_list_t *list = (opt_list_t *)((char *)set->out + set->opts[i].offset);
        for (size_t j = 0; j < list->len; j++) {
            free(list->items[j]);
        }
        free(list->items);
        *list = (opt_list_t){0};
    }
}

/* word is as it was typed: --sttus=0, -x */
static int s_unknown(const tables_t *tables, const char *word, int letter, sb_err_t *err)
{
    if (letter) {
        return sb_fail(err, SB_EINVALID, "unknown option -%c", letter);
    }
    const char *typed = word + strspn(word, "-");
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(typed, "="), typed);
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; tables->longs[i].name; i++) {
        size_t distance;
        if (near_enough(name, tables->longs[i].name, &distance) && distance < best_distance) {
            best = tables->longs[i].name;
            best_distance = distance;
        }
    }
    return best ? sb_fail(err, SB_EINVALID, "unknown option --%s; did you mean --%s?", name, best)
                : sb_fail(err, SB_EINVALID, "unknown option --%s", name);
}

static int s_fault(const tables_t *tables, int value, char **argv, sb_err_t *err)
{
    void *unused;
    const opt_t *row = optopt ? s_row_of(tables, optopt, &unused) : NULL;
    if (value == ':') {
        assert(row); /* it is told to take a value by a row */
        return sb_fail(err, SB_EINVALID, "--%s needs a value, %s", row->name, row->arg);
    }
    if (row && optopt >= FIRST_LONG) {
        return sb_fail(err, SB_EINVALID, "--%s takes no value", row->name);
    }
    return s_unknown(tables, argv[optind - 1], optopt, err);
}

/* One value of getopt. *list_r is the list option that further words belong to. */
static int s_take(const tables_t *tables, int value, int64_t now_ms, const opt_t **list_r,
                  void **list_out_r, sb_err_t *err)
{
    void *out;
    const opt_t *row = s_row_of(tables, value, &out);
    assert(row);
    const bool list = row->kind == OPT_LIST || row->kind == OPT_NAMES;
    *list_r = list ? row : NULL;
    *list_out_r = out;
    if (s_set(row, out, optarg, now_ms, err) != SB_OK) {
        return sb_fail_in(err, "--%s", row->name);
    }
    return SB_OK;
}

int opt_parse(const opt_set_t *sets, size_t sets_len, bool stop, int argc, char **argv,
              int64_t now_ms, char ***words_r, size_t *words_len_r, sb_err_t *err)
{
    assert(sets);
    assert(argv);
    assert(words_r);
    assert(words_len_r);
    assert(err);
    tables_t tables = s_tables(sets, sets_len, stop);
    char **words = sb_alloc_array((size_t)argc + 1, sizeof *words);
    size_t words_len = 0;
    const opt_t *list = NULL;
    void *list_out = NULL;
    int code = SB_OK;
    int value;
    opterr = 0;
    optind = 0; /* glibc: start anew */
    while (code == SB_OK &&
           (value = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        if (value == '?' || value == ':') {
            code = s_fault(&tables, value, argv, err);
        } else if (value != 1) {
            code = s_take(&tables, value, now_ms, &list, &list_out, err);
        } else if (list) {
            code = s_set(list, list_out, optarg, now_ms, err);
        } else {
            words[words_len++] = optarg;
        }
    }
    while (optind < argc) {
        words[words_len++] = argv[optind++];
    }
    free(tables.longs);
    free(tables.letters);
    if (code != SB_OK) {
        free(words);
        return code;
    }
    *words_r = words;
    *words_len_r = words_len;
    return SB_OK;
}

void opt_help(const opt_t *opts, size_t len, FILE *out)
{
    assert(opts || len == 0);
    assert(out);
    for (size_t i = 0; i < len; i++) {
        const opt_t *row = opts + i;
        char *letter = row->letter ? sb_format("-%c, ", row->letter) : sb_strdup("    ");
        char *text = sb_format("  %s--%s%s%s", letter, row->name, row->arg ? " " : "",
                               row->arg ? row->arg : "");
        const bool fits = strlen(text) < HELP_COLUMN - 1;
        (void)fprintf(out, "%-*s%s", HELP_COLUMN, text, fits ? "" : "\n");
        (void)fprintf(out, "%*s%s", fits ? 0 : HELP_COLUMN, "", row->help);
        if (row->fallback) {
            (void)fprintf(out, " (default %s)", row->fallback);
        }
        (void)fputc('\n', out);
        free(text);
        free(letter);
    }
}
