/* web_head.h: a request's first line and headers, and how long its body is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "tests/support/fake/web.h"

typedef struct {
    const char *name; /* in lower case */
    const char *value;
} web_field_t;

typedef struct {
    char *text; /* what all others point into */
    web_request_t request;
    web_field_t fields[WEB_HEADERS_MAX];
    size_t fields_n;
    bool chunked;
    size_t length; /* of the body, if it is not chunked */
    bool last;     /* the client wants the connection closed after the answer */
    bool expects;  /* a word before it sends the body */
} web_head_t;

/* Reads the size bytes that end with the empty line. Returns 0, or the status to refuse with.
 * Either way the caller frees with web_head_free. */
int web_head_read(web_head_t *self, const char *text, size_t size);
void web_head_free(web_head_t *self);
const char *web_head_field(const web_head_t *self, const char *name);

/* A chunked body, piece by piece. */
typedef struct {
    enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_END, CHUNK_TRAILER, CHUNK_DONE } state;
    size_t left; /* of a chunk */
} web_chunks_t;

/* Adds what text holds of it to body, and returns how many bytes of text were used; less than size
 * if more are needed, or if it is done. -1: it is no chunked body. */
int64_t web_chunks_read(web_chunks_t *self, const char *text, size_t size, sb_buf_t *body);
