/* params.h: the parameters of a request, and their canonical form, which is what is signed. Written
 * from Duo's rules alone: nothing of it may be shared with the client that it judges. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

#define PARAMS_MAX 64 /* in a request */

typedef struct {
    const char *name;
    const char *value;
} param_t;

typedef struct {
    char *text; /* what the list points into */
    param_t list[PARAMS_MAX];
    size_t n;
    char wrong[64]; /* the name of one that is repeated or no text; "": all is well */
} params_t;

/* A form or a query; a JSON object. False if it is none; then, too, params_free. */
bool params_read_form(params_t *self, const char *text, size_t size);
bool params_read_json(params_t *self, const char *text, size_t size);
void params_free(params_t *self);

const char *params_get(const params_t *self, const char *name); /* NULL: absent */
bool params_on(const params_t *self, const char *name);         /* 1 or true */

/* name=value&..., encoded and in order; empty without parameters. */
void params_canonical(const params_t *self, sb_buf_t *out);
