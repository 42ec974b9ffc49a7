/* table.h: rows under heads, cut to the width of the terminal. */
#pragma once

#include <stddef.h>
#include <stdio.h>

typedef struct table table_t;

/* heads are borrowed for the table's life. firm is a set of columns (1 << place) whose cells are of
 * no use when they are cut, such as times: these are narrowed last. */
table_t *table_new(const char *const *heads, size_t columns, unsigned firm);
void table_destroy(table_t **self_p);

/* Copies and escapes one cell per column; NULL is shown as -. */
void table_row(table_t *self, const char *const *cells);
size_t table_rows(const table_t *self);

/* width 0: as wide as it is. Else the widest columns are narrowed until the lines fit, but none
 * below 4 columns, or its head if that is less. */
void table_print(const table_t *self, FILE *out, size_t width);

/* The width for standard output: that of the terminal, $COLUMNS if it says one, else 0. */
size_t table_terminal_width(void);
