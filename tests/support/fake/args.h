/* args.h: what a caller of a fake sent, whichever way it was encoded. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARGS_MAX 64            /* names in a form */
#define ARGS_MEMBERS_MAX 20000 /* values in a JSON text */

typedef struct args args_t;

args_t *args_new(void);
void args_destroy(args_t **self_p);

/* Adds the pairs of a form or a query. False if there are too many or one is not UTF-8. */
bool args_add_form(args_t *self, const char *text, size_t size);
/* Adds the members of a JSON object. False if it is none. */
bool args_add_json(args_t *self, const char *text, size_t size);

/* NULL if absent, null or neither text nor number. */
const char *args_str(args_t *self, const char *name);
int64_t args_int(args_t *self, const char *name, int64_t fallback);
bool args_bool(args_t *self, const char *name, bool fallback);
/* An object or an array, be it sent as such or as JSON in a text. NULL if absent or null; *bad_r is
 * set if it is there but neither. Borrowed. */
cJSON *args_json(args_t *self, const char *name, bool *bad_r);
bool args_has(const args_t *self, const char *name); /* there, and not null */

/* Any JSON value; NULL if it is none. The caller owns it. */
cJSON *json_value(const char *text);
