/* table.h: values by their name, in constant time. */
#pragma once

#include <stddef.h>

typedef struct table table_t;

table_t *table_new(void);
/* The values stay whose they are. */
void table_destroy(table_t **self_p);

/* NULL if there is none. */
void *table_get(const table_t *self, const char *key);
/* key is kept, not copied: it lives in the value or as long as it. A key is set once. */
void table_set(table_t *self, const char *key, void *value);
void table_remove(table_t *self, const char *key);
size_t table_len(const table_t *self);
/* The values in no order: begin with *place 0, until NULL. Nothing is set or removed meanwhile. */
void *table_next(const table_t *self, size_t *place);
