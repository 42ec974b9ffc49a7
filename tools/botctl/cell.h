/* cell.h: one member of an object as people read it. */
#pragma once

#include <stddef.h>

#include "lib/json.h"

typedef enum {
    CELL_TEXT,   /* a string, also an id */
    CELL_NUMBER, /* a whole number */
    CELL_YESNO,  /* true, false, null: yes, no, - */
    CELL_TIME,   /* milliseconds since 1970 */
    CELL_DUE,    /* the same; 0 is none */
    CELL_SPAN,   /* milliseconds */
    CELL_JSON,   /* anything else */
} cell_kind_t;

typedef struct {
    const char *head;   /* of the column */
    const char *member; /* of the object */
    cell_kind_t kind;
} cell_t;

/* A member as text for people; NULL if it is null, absent or of another type. The caller frees. */
char *cell_text(const cJSON *object, const cell_t *cell);

/* Prints "head   text" lines for one object; members that are null are left out. */
void cell_print_lines(const cJSON *object, const cell_t *cells, size_t cells_len);
