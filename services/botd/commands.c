/* commands.c */
#include "services/botd/commands.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/yaml.h"
#include "services/botd/words.h"

#define BUILT_IN "built-in commands.yaml"
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_"

extern const char botd_commands_yaml[];
extern const char botd_commands_yaml_end[];

struct commands {
    size_t len;
    command_t rows[COMMANDS_MAX]; /* by name */
};

/* Our names of what commands do, and those that older files use. */
static const struct {
    const char *name;
    command_fn_t fn;
} s_fns[] = {
    {"hi",                    COMMAND_HI    },
    {"help",                  COMMAND_HELP  },
    {"stop",                  COMMAND_STOP  },
    {"start",                 COMMAND_START },
    {"yes",                   COMMAND_YES   },
    {"no",                    COMMAND_NO    },
    {"ignore",                COMMAND_IGNORE},
    {"test",                  COMMAND_TEST  },
    {"add_to_blacklist",      COMMAND_STOP  },
    {"remove_from_blacklist", COMMAND_START },
    {"positive_response",     COMMAND_YES   },
    {"negative_response",     COMMAND_NO    },
};

static const char *const s_names[] = {"name", "title", "time", NULL}; /* placeholders */

/* Where an error is. */
typedef struct {
    const char *file;
    const char *command;
    sb_err_t *err;
} place_t;

static int s_bad(const place_t *place, const sb_yaml_t *node, const char *expected)
{
    return sb_fail(place->err, SB_EINVALID, "%s:%zu: %s: %s: expected %s", place->file, node->line,
                   place->command, node->key ? node->key : "line", expected);
}

/* ---- Members. */

static int s_text(const place_t *place, const sb_yaml_t *node, size_t max, char **text_r)
{
    if (node->kind != SB_YAML_SCALAR || node->null || strlen(node->text) > max) {
        return s_bad(place, node, "a text, not too long");
    }
    *text_r = sb_strdup(node->text);
    return SB_OK;
}

static int s_on_info(const place_t *place, const sb_yaml_t *node, command_t *row)
{
    return s_text(place, node, COMMANDS_LINE_MAX, &row->info);
}

static int s_on_fn(const place_t *place, const sb_yaml_t *node, command_t *row)
{
    if (node->kind == SB_YAML_SCALAR) {
        for (size_t i = 0; i < sizeof s_fns / sizeof s_fns[0]; i++) {
            if (strcmp(s_fns[i].name, node->text) == 0) {
                row->fn = s_fns[i].fn;
                return SB_OK;
            }
        }
    }
    return s_bad(place, node, "one of hi help stop start yes no ignore test");
}

static int s_on_hidden(const place_t *place, const sb_yaml_t *node, command_t *row)
{
    static const struct {
        const char *word;
        bool hidden;
    } words[] = {
        {"yes",   true },
        {"true",  true },
        {"on",    true },
        {"no",    false},
        {"false", false},
        {"off",   false},
    };
    if (node->kind == SB_YAML_SCALAR) {
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            if (strcasecmp(words[i].word, node->text) == 0) {
                row->hidden = words[i].hidden;
                return SB_OK;
            }
        }
    }
    return s_bad(place, node, "yes or no");
}

static int s_on_usage(const place_t *place, const sb_yaml_t *node, command_t *row)
{
    if (node->kind == SB_YAML_MAPPING) {
        return s_bad(place, node, "a text or a list of texts");
    }
    const bool list = node->kind == SB_YAML_SEQUENCE;
    for (const sb_yaml_t *line = list ? node->child : node; line; line = list ? line->next : NULL) {
        if (row->usage_len == COMMANDS_USAGE_MAX) {
            return s_bad(place, node, "fewer lines");
        }
        const int code = s_text(place, line, COMMANDS_LINE_MAX, &row->usage[row->usage_len]);
        if (code) {
            return code;
        }
        row->usage_len++;
    }
    return SB_OK;
}

static int s_template(const place_t *place, const sb_yaml_t *node, char **text_r)
{
    const int code = s_text(place, node, TEMPLATE_SIZE_MAX, text_r);
    if (code) {
        return code;
    }
    if (template_check(*text_r, s_names, place->err)) {
        return sb_fail_in(place->err, "%s:%zu: %s: %s", place->file, node->line, place->command,
                          node->key);
    }
    return SB_OK;
}

static int s_on_success(const place_t *place, const sb_yaml_t *node, command_t *row)
{
    return s_template(place, node, &row->success_msg);
}

static int s_on_failure(const place_t *place, const sb_yaml_t *node, command_t *row)
{
    return s_template(place, node, &row->failure_msg);
}

static const struct {
    const char *key;
    int (*take)(const place_t *place, const sb_yaml_t *node, command_t *row);
} s_members[] = {
    {"info",        s_on_info   },
    {"fn",          s_on_fn     },
    {"hidden",      s_on_hidden },
    {"usage",       s_on_usage  },
    {"success_msg", s_on_success},
    {"failure_msg", s_on_failure},
};

/* ---- Commands. */

static int s_member(const place_t *place, const sb_yaml_t *node, command_t *row)
{
    for (size_t i = 0; i < sizeof s_members / sizeof s_members[0]; i++) {
        if (strcmp(s_members[i].key, node->key) == 0) {
            return s_members[i].take(place, node, row);
        }
    }
    return s_bad(place, node, "info, fn, hidden, usage, success_msg or failure_msg");
}

static bool s_can_be_typed(const char *name)
{
    const size_t len = strlen(name);
    return len > 0 && len <= WORDS_NAME_MAX && strspn(name, NAME_CHARACTERS) == len;
}

static int s_command(const char *file, const sb_yaml_t *node, command_t *row, sb_err_t *err)
{
    const place_t place = {file, node->key, err};
    if (!s_can_be_typed(node->key)) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: command \"%s\": expected 1 to %d of a-z 0-9 - _",
                       file, node->line, node->key, WORDS_NAME_MAX);
    }
    if (node->kind != SB_YAML_MAPPING || !sb_yaml_get(node, "info") || !sb_yaml_get(node, "fn")) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: %s: expected at least info and fn", file,
                       node->line, node->key);
    }
    row->name = sb_strdup(node->key);
    for (const sb_yaml_t *member = node->child; member; member = member->next) {
        const int code = s_member(&place, member, row);
        if (code) {
            return code;
        }
    }
    return SB_OK;
}

static int s_by_name(const void *a, const void *b)
{
    return strcmp(((const command_t *)a)->name, ((const command_t *)b)->name);
}

static int s_fill(commands_t *self, const char *file, const sb_yaml_t *root, sb_err_t *err)
{
    if (root->kind != SB_YAML_MAPPING) {
        return sb_fail(err, SB_EINVALID, "%s:%zu: expected commands as `name: {...}`", file,
                       root->line);
    }
    for (const sb_yaml_t *node = root->child; node; node = node->next) {
        if (self->len == COMMANDS_MAX) {
            return sb_fail(err, SB_ETOOLARGE, "%s:%zu: more than %d commands", file, node->line,
                           COMMANDS_MAX);
        }
        const int code = s_command(file, node, &self->rows[self->len++], err);
        if (code) {
            return code;
        }
    }
    qsort(self->rows, self->len, sizeof self->rows[0], s_by_name);
    return SB_OK;
}

commands_t *commands_load(const char *path, sb_err_t *err)
{
    assert(err);
    const size_t size = (size_t)(botd_commands_yaml_end - botd_commands_yaml);
    sb_yaml_t *root =
        path ? sb_yaml_load(path, err) : sb_yaml_parse(BUILT_IN, botd_commands_yaml, size, err);
    if (!root) {
        return NULL;
    }
    commands_t *self = sb_alloc(sizeof *self);
    if (s_fill(self, path ? path : BUILT_IN, root, err)) {
        commands_destroy(&self);
    }
    sb_yaml_destroy(&root);
    return self;
}

void commands_destroy(commands_t **self_p)
{
    assert(self_p);
    commands_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t i = 0; i < self->len; i++) {
        command_t *row = &self->rows[i];
        for (size_t line = 0; line < row->usage_len; line++) {
            free(row->usage[line]);
        }
        free(row->name);
        free(row->info);
        free(row->success_msg);
        free(row->failure_msg);
    }
    free(self);
    *self_p = NULL;
}

const command_t *commands_find(const commands_t *self, const char *name)
{
    assert(self);
    assert(name);
    for (size_t i = 0; i < self->len; i++) {
        if (strcmp(self->rows[i].name, name) == 0) {
            return &self->rows[i];
        }
    }
    return NULL;
}

const command_t *commands_at(const commands_t *self, size_t i)
{
    assert(self);
    return i < self->len ? &self->rows[i] : NULL;
}

char *commands_render(const char *text, const fields_t *fields)
{
    return text ? template_render(text, s_names, fields) : sb_strdup("");
}
