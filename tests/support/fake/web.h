/* web.h: an HTTP/1.1 server for a fake, in one thread. Unlike libwebsockets it hands over the query
 * as it was sent and every header, reads chunked bodies, and lets thousands of requests hang. A
 * request is answered at once or later, by whoever holds the call. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define WEB_HEAD_MAX (32u * 1024)          /* bytes of a request's first line and headers */
#define WEB_HEADERS_MAX 64                 /* in a request */
#define WEB_BODY_MAX (1024u * 1024)        /* bytes */
#define WEB_ANSWER_MAX (64u * 1024 * 1024) /* bytes not yet sent */

typedef struct web web_t;
typedef struct web_call web_call_t;

/* Borrowed until the call is answered, dropped or gone. */
typedef struct {
    const char *method;
    const char *path;  /* as it was sent, without the query */
    const char *query; /* as it was sent; "" if none */
    const char *body;
    size_t body_size;
} web_request_t;

/* A request came. The call is open until web_answer or web_drop, or until it is gone. */
typedef void(web_serve_fn)(void *ctx, web_call_t *call);
/* The client hung up before the answer; the call is no more. */
typedef void(web_gone_fn)(void *arg);
typedef void(web_timer_fn)(void *arg);

typedef struct {
    const char *host;     /* an IPv4 address */
    int port;             /* 0: any */
    const char *tls_cert; /* PEM files; NULL: no TLS */
    const char *tls_key;
    web_serve_fn *serve;
    void *ctx;
} web_options_t;

/* Listens. NULL and err if it can't. The options' texts are not kept. */
web_t *web_new(const web_options_t *options, sb_err_t *err);
/* Calls that are still open are told that they are gone; timers are forgotten. */
void web_destroy(web_t **self_p);
/* "http://127.0.0.1:41234", or https. */
const char *web_url(const web_t *self);
/* Until web_stop. */
void web_run(web_t *self);
/* From any thread, and from a signal's handler. */
void web_stop(web_t *self);

const web_request_t *web_request(const web_call_t *call);
/* NULL if there is none; name in lower case. */
const char *web_header(const web_call_t *call, const char *name);
/* The i-th header, its name in lower case; false if there are fewer. */
bool web_header_at(const web_call_t *call, size_t i, const char **name_r, const char **value_r);
/* Tells fn(arg) if the client hangs up. */
void web_on_gone(web_call_t *call, web_gone_fn *fn, void *arg);

/* headers: further ones, each line with its CR LF; NULL if none. The call is no more. */
void web_answer(web_call_t *call, int status, const char *headers, const char *body, size_t size);
/* Closes the connection instead. The call is no more. */
void web_drop(web_call_t *call);

/* Calls fn(arg) once. Returns an id for web_cancel, never 0. */
uint64_t web_after(web_t *self, int64_t delay_ms, web_timer_fn *fn, void *arg);
/* Forgets it and clears *id_p; 0 and one that has run are fine. */
void web_cancel(web_t *self, uint64_t *id_p);
