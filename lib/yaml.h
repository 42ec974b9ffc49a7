/* yaml.h: a small tree over libyaml that remembers lines: mappings, sequences, scalars.
 *
 * Anchors, aliases, tags and several documents are refused, and so are duplicate keys, invalid
 * UTF-8, depth over 16 and files over 1 MiB: this is for configuration that people write. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

#define SB_YAML_SIZE_MAX (1024 * 1024)
#define SB_YAML_DEPTH_MAX 16

typedef enum { SB_YAML_SCALAR, SB_YAML_SEQUENCE, SB_YAML_MAPPING } sb_yaml_kind_t;

typedef struct sb_yaml sb_yaml_t;
struct sb_yaml {
    sb_yaml_kind_t kind;
    size_t line; /* from 1 */
    char *text;  /* scalar: NUL-terminated; a plain empty, ~ or null scalar is "" with null set */
    bool null;
    bool quoted;      /* scalar: written with quotes or as a block */
    char *key;        /* this node's key when it stands in a mapping */
    sb_yaml_t *child; /* first of a sequence or mapping */
    sb_yaml_t *next;  /* sibling */
};

/* name is for error texts ("file.yaml:12: ..."). Nothing but comments is an empty mapping. The
 * caller owns the tree. */
sb_yaml_t *sb_yaml_parse(const char *name, const void *data, size_t size, sb_err_t *err);
sb_yaml_t *sb_yaml_load(const char *path, sb_err_t *err);
void sb_yaml_destroy(sb_yaml_t **self_p);
/* The member of a mapping, or NULL. */
const sb_yaml_t *sb_yaml_get(const sb_yaml_t *mapping, const char *key);
