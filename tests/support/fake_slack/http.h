/* http.h: one request and its answer, as the server hands them to those who serve. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "tests/support/fake/out.h"

#define REQUEST_BODY_MAX (8u * 1024 * 1024)
#define REQUEST_PATH_MAX 512
#define REQUEST_QUERY_MAX 4096
#define REQUEST_HEADER_MAX 512

typedef struct {
    bool post;
    bool chunked; /* its body has no length; not served */
    char path[REQUEST_PATH_MAX];
    char query[REQUEST_QUERY_MAX];
    char host[REQUEST_HEADER_MAX];
    char authorization[REQUEST_HEADER_MAX];
    char content_type[REQUEST_HEADER_MAX];
    sb_buf_t body;
} request_t;

typedef struct {
    int status;
    const char *type; /* of the body */
    out_t body;
    int64_t retry_after_s; /* -1: no such header */
    const char *scopes;    /* NULL: no such header */
    const char *accepted_scopes;
    char location[REQUEST_PATH_MAX]; /* "": no such header */
    int64_t delay_ms;                /* before anything is sent */
    bool drop;                       /* the connection closes instead of an answer */
} reply_t;

void reply_init(reply_t *self);
void reply_free(reply_t *self);
/* The status line, the headers and the body, ready to be sent. */
sb_buf_t reply_print(const reply_t *self);
