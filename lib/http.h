/* http.h: an HTTP client that never blocks the loop that uses it.
 *
 * libcurl runs in an actor; requests and answers pass through its pipe. Every request has a limit
 * of time and of size. Certificates are always verified, redirects are answers like any other, and
 * connections are kept and used again. A request is never sent twice, also not by libcurl, which
 * would do so when a kept connection dies: whoever asked decides (sb_http_end_t). */
#pragma once

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SB_HTTP_OPEN_MAX 4096           /* requests that one client may have open */
#define SB_HTTP_HEADERS_MAX (32 * 1024) /* bytes of an answer's headers */
#define SB_HTTP_ADDRESS_MAX 64          /* bytes of a numeric address, with the NUL */

typedef struct sb_http sb_http_t;

typedef struct {
    size_t open_max;        /* one more request is SB_HTTP_NOT_SENT; at most SB_HTTP_OPEN_MAX */
    size_t connections_max; /* to one host; further requests wait, within their time */
} sb_http_config_t;

/* How a request ended. */
typedef enum {
    SB_HTTP_ANSWERED,  /* whole, whatever the status */
    SB_HTTP_NOT_SENT,  /* no byte of it left us (name, connection, TLS): safe to send again */
    SB_HTTP_AMBIGUOUS, /* it left us, wholly or in part, and no whole answer came */
} sb_http_end_t;

/* Copied by sb_http_send. */
typedef struct {
    const char *method;         /* "GET", "POST", ... */
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", NULL-ended; may be NULL */
    const void *body;           /* NULL: none */
    size_t body_size;
    int64_t connect_ms;  /* for the name, the connection and TLS */
    int64_t total_ms;    /* for everything, a wait for a free connection too */
    size_t answer_max;   /* bytes of the answer's body; more is SB_HTTP_AMBIGUOUS */
    const char *ca_file; /* PEM; NULL or "": the system's */
} sb_http_request_t;

/* Borrowed for the callback. */
typedef struct {
    sb_http_end_t end;
    sb_err_t err;     /* unless answered: SB_ERETRY, SB_ETIMEOUT, SB_EBUSY, SB_ETOOLARGE, ... */
    int status;       /* if answered */
    const char *body; /* if answered: NUL-terminated, "" if none */
    size_t body_size;
    const char *headers; /* as sent, a line each; sb_http_header reads them */
} sb_http_answer_t;

/* Comes once for a request, on the loop, never before sb_http_send has returned. */
typedef void(sb_http_fn)(void *arg, const sb_http_answer_t *answer);

sb_http_t *sb_http_new(zloop_t *loop, const sb_http_config_t *config);
/* What is open ends with its callback, SB_HTTP_NOT_SENT or SB_HTTP_AMBIGUOUS; a request that such a
 * callback makes is forgotten. Not from a callback. */
void sb_http_destroy(sb_http_t **self_p);

/* An id for sb_http_cancel, never 0. */
uint64_t sb_http_send(sb_http_t *self, const sb_http_request_t *request, sb_http_fn *fn, void *arg);
/* Its callback never comes; what it had sent is not called back. 0 and one that has ended are fine.
 * Clears *id_p. */
void sb_http_cancel(sb_http_t *self, uint64_t *id_p);

/* An address of host that takes a connection on port now, as a number ("192.0.2.1", "2001:db8::1");
 * for libraries whose own look-up of names blocks. The answer's body is the address. */
uint64_t sb_http_reach(sb_http_t *self, const char *host, int port, int64_t timeout_ms,
                       sb_http_fn *fn, void *arg);

size_t sb_http_open(const sb_http_t *self);

/* Copies the value of an answer's header, whatever the case of its name. False (and "") if it is
 * not there or longer than size. */
bool sb_http_header(const sb_http_answer_t *answer, const char *name, char *value_r, size_t size);
