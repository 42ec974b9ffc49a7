/* reply.h: an answer while it is being made; it is sent at once, late, or never. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "tests/support/fake/out.h"
#include "tests/support/fake/web.h"

#define REPLY_HEADERS_MAX 16384 /* bytes */

typedef struct {
    int status;
    const char *type; /* of the body */
    out_t body;
    sb_buf_t headers;
    int64_t delay_ms;
    bool drop; /* the connection is closed instead */
} reply_t;

/* 200 and an empty body of JSON; Date and Content-Type come by themselves. */
reply_t reply_new(void);
/* What comes after a line's end in the value is cut off. */
void reply_header(reply_t *self, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Forgets the body. */
void reply_clear(reply_t *self);
/* Answers the call, and frees. */
void reply_send(reply_t *self, web_t *web, web_call_t *call);
/* Frees what is not to be sent. */
void reply_free(reply_t *self);
