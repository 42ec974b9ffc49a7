/* config.h: one table per daemon says every key; YAML and the environment fill it.
 *
 * A key `chat.local.listen` is `chat: {local: {listen: ...}}` in YAML and
 * SECURITYBOT_CHAT_LOCAL_LISTEN in the environment, which wins. A secret may also come from
 * SECURITYBOT_..._FILE: the file's content less one trailing newline. An unknown key or a bad value
 * is refused with file, line and what was expected. Environment variables of the other daemons'
 * keys are ignored; an unknown SECURITYBOT_ variable of no daemon can't be told apart and is
 * ignored too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"
#include "lib/yaml.h"

typedef enum {
    SB_STRING,   /* char *; min..max bytes */
    SB_INTEGER,  /* int64_t; min..max */
    SB_BOOLEAN,  /* bool; true or false */
    SB_DURATION, /* int64_t milliseconds; "1500ms", "5s", "1h30m", "7d"; min..max ms */
    SB_CHOICE,   /* int; index into choices */
    SB_LIST,     /* char **, NULL-ended; at most max entries */
    SB_PATH      /* char *; as given, relative to the working folder; ~ is not expanded */
} sb_type_t;

#define SB_CONFIG_RELOAD 1u /* may change on SIGHUP */
#define SB_CONFIG_SECRET 2u /* masked in --dump; may come from a *_FILE variable */
#define SB_CONFIG_REQUIRED 4u
#define SB_CONFIG_ENDPOINT 8u /* SB_STRING, SB_LIST: tcp://HOST:PORT or ipc://PATH */

typedef struct {
    const char *key; /* "log.level" */
    sb_type_t type;
    size_t offset;        /* offsetof(struct, member) */
    const char *fallback; /* default, as it would be written; NULL: "" or none */
    int64_t min, max;     /* both 0: the type's own range */
    const char *choices;  /* "text|json" for SB_CHOICE */
    unsigned flags;
    const char *help; /* one line; also printed by --help-config and used by the manual */
} sb_key_t;

/* Fills the members of *out that the table names from defaults, then file (NULL: none), then
 * environ. What they held before is overwritten, not freed. A text is never NULL, nor is a list. On
 * error they hold nothing that needs freeing. */
SB_MUSTCHECK int sb_config_load(const sb_key_t *keys, size_t keys_len, const char *file, void *out,
                                sb_err_t *err);
/* The same from a tree (NULL: none; name is its file for error texts) and a NULL-ended list of
 * NAME=VALUE. */
SB_MUSTCHECK int sb_config_apply(const sb_key_t *keys, size_t keys_len, const char *name,
                                 const sb_yaml_t *root, char *const *env, void *out, sb_err_t *err);
/* Where the value of this key comes from, "FILE:LINE" or the variable's name; free() it. NULL: it
 * is the default. For errors that show only when several values are looked at. */
char *sb_config_where(const sb_key_t *key, const char *file);
/* Loads anew into a scratch copy and moves the reloadable keys to *out; *changed_r counts them and
 * changes of other keys are logged as needing a restart. On error *out is untouched. */
SB_MUSTCHECK int sb_config_reload(const sb_key_t *keys, size_t keys_len, const char *file,
                                  void *out, size_t *changed_r, sb_err_t *err);
/* Frees what the strings and lists hold, wiping secrets. */
void sb_config_free(const sb_key_t *keys, size_t keys_len, void *values);

/* YAML that sb_config_load would read back, secrets as "********". */
void sb_config_dump(const sb_key_t *keys, size_t keys_len, const void *values, FILE *out);
/* A table of key, type, default and help. */
void sb_config_help(const sb_key_t *keys, size_t keys_len, FILE *out);

/* "1h30m" to milliseconds; SB_EINVALID with what was expected. Also used for chat commands. */
SB_MUSTCHECK int sb_duration_parse(const char *text, int64_t *ms_r, sb_err_t *err);
