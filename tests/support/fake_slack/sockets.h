/* sockets.h: Socket Mode: up to ten WebSockets of the app, each of what is to be delivered to one
 * of them. */
#pragma once

#include <libwebsockets.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/out.h"

#define LINK_PATH "/link/"
#define SOCKETS_MAX 10       /* of an app */
#define SOCKETS_EXTRA_MAX 90 /* refused ones on their way out, and deaf ones */

typedef struct slack slack_t;
typedef struct sockets sockets_t;
typedef struct conn conn_t;

sockets_t *sockets_new(slack_t *slack);
void sockets_destroy(sockets_t **self_p);

/* A new address to connect to, for once. The caller owns it. */
char *sockets_ticket(sockets_t *self);
/* Sends to one connection; returns which, 0 if there is none. */
uint64_t sockets_send(sockets_t *self, const char *text);

/* ---- From the server. */

/* May this request open a connection? Else the status to refuse it with. */
int sockets_admit(sockets_t *self, struct lws *wsi);
/* NULL: hang up. */
conn_t *sockets_open(sockets_t *self, struct lws *wsi);
void conn_receive(conn_t *self, const void *data, size_t size);
bool conn_writeable(conn_t *self); /* false: hang up */
void conn_pong(conn_t *self);
void conn_peer_closes(conn_t *self, const void *data, size_t size);
void conn_close(conn_t **self_p);

/* ---- Scripts. which is a connection's number, or 0 for all. Each returns how many it was done
 * to. */
size_t sockets_disconnect(sockets_t *self, uint64_t which, const char *reason, bool then_close);
size_t sockets_kill(sockets_t *self, uint64_t which);   /* as if the line were cut, with RST */
size_t sockets_deafen(sockets_t *self, uint64_t which); /* half-open from now on */
size_t sockets_raw(sockets_t *self, uint64_t which, const char *text, bool binary);
/* Which connection gets what is delivered: 0: each in turn; else this one while it is open. */
void sockets_route(sockets_t *self, uint64_t which);
void sockets_fragment(sockets_t *self, size_t size); /* frames of at most size bytes; 0: whole */
void sockets_withhold_hello(sockets_t *self, int64_t n);
void sockets_refuse(sockets_t *self, int64_t n, int status); /* the next n handshakes */
void sockets_write(const sockets_t *self, out_t *out);
