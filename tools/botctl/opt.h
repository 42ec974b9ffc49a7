/* opt.h: one table says a command's options; parsing, defaults and help come from it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"

typedef enum {
    OPT_FLAG,     /* bool */
    OPT_TEXT,     /* const char *, borrowed from argv; NULL when absent */
    OPT_NUMBER,   /* int64_t, min..max; has a fallback */
    OPT_DURATION, /* int64_t milliseconds, min..max; -1 when absent and without fallback */
    OPT_TIME,     /* int64_t milliseconds since 1970; WHEN_NONE when absent */
    OPT_YESNO,    /* int: 1 or 0; -1 when absent */
    OPT_CHOICE,   /* const char *, one of choices; NULL when absent and without fallback */
    OPT_LIST,     /* opt_list_t: given again or followed by further words, it grows */
    OPT_NAMES,    /* opt_list_t, whose words are split at commas too */
} opt_kind_t;

#define OPT_LIST_MAX 100 /* words in one list */

typedef struct {
    char **items;
    size_t len;
} opt_list_t;

typedef struct {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    opt_kind_t kind;
    size_t offset;        /* into the command's struct of options */
    const char *arg;      /* what stands for the value in the help; NULL for a flag */
    const char *help;     /* one line */
    const char *fallback; /* as it would be typed; NULL: absent */
    const char *choices;  /* "a|b|c" for OPT_CHOICE */
    int64_t min, max;     /* OPT_NUMBER and OPT_DURATION; both 0: from 0 on */
} opt_t;

/* A table and the struct it fills. */
typedef struct {
    const opt_t *opts;
    size_t len;
    void *out; /* zeroed by the caller */
} opt_set_t;

/* Fills the fallbacks of one set. They must be good: a bad one is a bug. */
void opt_defaults(const opt_set_t *set);

/* Reads argv[1..] by all sets. *words_r are the words that are no options, in order; they are
 * borrowed from argv, the array is the caller's to free. A struct with OPT_TEXT needs argv to live.
 * With stop, the first such word ends the options and all after it are words.
 * SB_EINVALID names the option, what was wrong with it, and one that may have been meant. */
SB_MUSTCHECK int opt_parse(const opt_set_t *sets, size_t sets_len, bool stop, int argc, char **argv,
                           int64_t now_ms, char ***words_r, size_t *words_len_r, sb_err_t *err);

/* Frees the lists. */
void opt_free(const opt_set_t *set);

/* Two columns: how it is written, what it does. */
void opt_help(const opt_t *opts, size_t len, FILE *out);
