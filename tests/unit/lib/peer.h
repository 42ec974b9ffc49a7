/* peer.h: a server as ill-behaved as a test wants: a script for each connection, in a thread of its
 * own, over TCP or TLS on 127.0.0.1. Faults of its own fail the process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct peer peer_t;
typedef struct peer_conn peer_conn_t;

#define PEER_READ_MAX (64 * 1024) /* bytes of a request that peer_request keeps */

/* Serves one connection; it is closed when this returns. index counts connections, from 0. */
typedef void(peer_fn)(peer_conn_t *conn, unsigned index, void *arg);

/* name: whom the certificate is for ("localhost"), or NULL for plain TCP. */
peer_t *peer_new(const char *name, peer_fn *fn, void *arg);
/* Ends all connections and their threads. */
void peer_destroy(peer_t **self_p);

int peer_port(const peer_t *self);
/* The file with the certificate of the CA that has signed the peer's. */
const char *peer_ca_file(const peer_t *self);
unsigned peer_connections(const peer_t *self);
/* Requests that peer_request has read, on all connections. */
unsigned peer_requests(const peer_t *self);

/* Reads one HTTP request with its body; NUL-terminated, borrowed until the next. NULL when the
 * client has closed. */
const char *peer_request(peer_conn_t *conn);
/* At least one byte, at most size; 0 when the client has closed. */
size_t peer_read(peer_conn_t *conn, void *out, size_t size);
void peer_write(peer_conn_t *conn, const void *data, size_t size);
void peer_say(peer_conn_t *conn, const char *text);
/* Says nothing more until the client closes or the peer is destroyed. */
void peer_hang(peer_conn_t *conn);
/* Resets the connection instead of closing it in order. */
void peer_reset(peer_conn_t *conn);
