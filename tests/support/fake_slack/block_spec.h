/* block_spec.h: Block Kit's rules as tables: which members an object may have, of which kind and
 * length. */
#pragma once

#include <stdbool.h>

typedef enum {
    PROP_END,  /* closes a list of properties */
    PROP_TEXT, /* a text of min..max characters */
    PROP_BOOL,
    PROP_INT,
    PROP_ANY,      /* not looked into */
    PROP_PLAIN,    /* a plain_text object of at most max characters */
    PROP_RICH,     /* a plain_text or mrkdwn object of at most max characters */
    PROP_STYLE,    /* primary or danger */
    PROP_ELEMENT,  /* one element out of group */
    PROP_ELEMENTS, /* min..max elements out of group */
    PROP_RICHES,   /* min..max text objects of at most 2000 characters */
    PROP_OPTION,
    PROP_OPTIONS /* min..max options */
} prop_kind_t;

typedef enum { IN_SECTION = 1, IN_ACTIONS = 2, IN_INPUT = 4, IN_CONTEXT = 8 } group_t;

typedef struct {
    const char *name;
    prop_kind_t kind;
    bool required;
    int min;
    int max;
    unsigned group;
} prop_t;

typedef struct {
    const char *type;
    unsigned groups; /* of elements: where they may stand */
    const prop_t *props;
} spec_t;

/* NULL: no such type. */
const spec_t *spec_block(const char *type);
const spec_t *spec_element(const char *type);
extern const prop_t spec_option[];
