/* command.h: one row per command: what it is called, what it takes, what it does. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "tools/botctl/exit.h"
#include "tools/botctl/opt.h"

typedef struct ctl ctl_t;

typedef struct {
    const char *name;    /* "alert list" */
    const char *summary; /* one line, without a full stop */
    const char *usage;   /* what follows the name and [OPTION]...; "" for nothing */
    size_t words_min;    /* words that are no options */
    size_t words_max;
    const opt_t *opts;
    size_t opts_len;
    size_t options_size; /* of the struct that opts fill */
    exit_code_t (*run)(ctl_t *ctl, void *options, char **words, size_t words_len);
    const char *details; /* more for its help; NULL for none */
} command_t;

/* A row's options, when they are a static array of the same file. */
#define COMMAND_OPTS(array, type)                                                                  \
    .opts = (array), .opts_len = sizeof(array) / sizeof((array)[0]), .options_size = sizeof(type)

/* The command that words begin with; *used_r is how many words its name took. NULL if there is
 * none. */
const command_t *command_find(const command_t *const *commands, size_t len, char **words,
                              size_t words_len, size_t *used_r);

/* True if word is the first of a command of two words: alert, mutes. */
bool command_is_group(const command_t *const *commands, size_t len, const char *word);

#define COMMAND_NAME_SIZE 48

typedef struct {
    char name[COMMAND_NAME_SIZE]; /* "" if nothing is near */
} command_near_t;

/* The name or first word that was probably meant by the first one or two words. */
command_near_t command_near(const command_t *const *commands, size_t len, char **words,
                            size_t words_len);

/* Names and summaries; group NULL: of all, else of those whose first word it is. */
void command_list(const command_t *const *commands, size_t len, const char *group, FILE *out);

/* usage: botctl alert list [OPTION]... */
void command_usage(const command_t *command, FILE *out);
void command_help(const command_t *command, FILE *out);
