/* commands.h: which commands there are, what they are called and what they say. The built-in set is
 * texts/commands.yaml; a configured file replaces it as a whole. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "services/botd/template.h"

#define COMMANDS_MAX 64
#define COMMANDS_USAGE_MAX 16 /* lines of one command */
#define COMMANDS_LINE_MAX 500 /* bytes of info and of a usage line */

/* What a command does. */
typedef enum {
    COMMAND_HI,
    COMMAND_HELP,
    COMMAND_STOP,
    COMMAND_START,
    COMMAND_YES,
    COMMAND_NO,
    COMMAND_IGNORE,
    COMMAND_TEST,
    COMMAND_FNS
} command_fn_t;

typedef struct {
    char *name; /* lower case */
    char *info;
    command_fn_t fn;
    bool hidden;
    char *usage[COMMANDS_USAGE_MAX];
    size_t usage_len;
    char *success_msg; /* a template, or NULL */
    char *failure_msg;
} command_t;

typedef struct commands commands_t;

/* path NULL: the built-in set. NULL and err, with file and line, for what is wrong: an unknown
 * member, function or placeholder, a missing info or fn, a name that can't be typed. */
commands_t *commands_load(const char *path, sb_err_t *err);
void commands_destroy(commands_t **self_p);

/* NULL if there is no such command. */
const command_t *commands_find(const commands_t *self, const char *name);

/* By name, from 0; NULL at the end. */
const command_t *commands_at(const commands_t *self, size_t i);

/* success_msg or failure_msg, filled; "" for NULL. The caller frees it. */
char *commands_render(const char *text, const fields_t *fields);
