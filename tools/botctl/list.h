/* list.h: objects of an answer as a table for people or as JSON lines for programs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/json.h"
#include "tools/botctl/cell.h"
#include "tools/botctl/ctl.h"

#define LIST_COLUMNS_MAX 16

/* Prints the elements of array (NULL: none): with json one JSON line each, else a table, or the
 * note `none` on standard error when there is no element. */
void list_print(const cJSON *array, const cell_t *cells, size_t cells_len, bool json,
                const char *none);

/* Asks taskd and prints the answer's member `key`, an array, as list_print does. Takes the body. */
exit_code_t list_request(ctl_t *ctl, const char *request, cJSON **body_p, const char *key,
                         const cell_t *cells, size_t cells_len, bool json, const char *none);
