/* out.h: a JSON text, written member by member. A tree of cJSON for each of a thousand users a page
 * would cost more than all the rest. Like Slack's own, the text has its slashes escaped and is
 * plain ASCII, so that a reader who forgets to unescape is found out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

#define OUT_SIZE_MAX (64u * 1024 * 1024)

typedef struct {
    sb_buf_t buf;
    bool some; /* the innermost object or array has a member already */
} out_t;

/* key is NULL in arrays and at the top. A NULL text is written as null. */
out_t out_new(void);
void out_begin(out_t *self, const char *key, char open); /* { or [ */
void out_end(out_t *self, char close);                   /* } or ] */
void out_str(out_t *self, const char *key, const char *text);
void out_int(out_t *self, const char *key, int64_t value);
void out_bool(out_t *self, const char *key, bool value);
/* A value that is JSON already; NULL is null. */
void out_raw(out_t *self, const char *key, const char *json);
void out_clear(out_t *self);
void out_free(out_t *self);
