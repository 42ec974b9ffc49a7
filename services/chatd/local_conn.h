/* local_conn.h: the WebSockets of the built-in chat: who has which conversation open, what waits
 * for them, what they send. Runs on the web server's thread alone; the core has no state of them.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <czmq.h>
#include <libwebsockets.h>

#include "services/chatd/local_mail.h"

typedef struct local_hub local_hub_t;
typedef struct local_conn local_conn_t;

/* Counters that the core reads; written on the web server's thread. */
typedef struct {
    atomic_size_t open;          /* connections now; counted before the first mail of one is sent */
    atomic_uint_fast64_t frames; /* received */
    atomic_uint_fast64_t refused; /* of these: wrong */
    atomic_uint_fast64_t busy;    /* of these: the core's pipe was full */
    atomic_uint_fast64_t paused;  /* times that a browser in a hurry was read more slowly */
    atomic_uint_fast64_t resyncs; /* queues that were dropped */
} local_counts_t;

/* pipe: to the core; counts outlive the hub. */
local_hub_t *local_hub_new(zsock_t *pipe, local_counts_t *counts);
void local_hub_destroy(local_hub_t **self_p); /* after all connections are closed */
/* Takes mail from the core. */
void local_hub_deliver(local_hub_t *self, local_mail_t **mail_p);

/* NULL if there are too many. */
local_conn_t *local_conn_open(local_hub_t *hub, struct lws *wsi);
void local_conn_close(local_conn_t **self_p);
/* A piece of a message. */
void local_conn_receive(local_conn_t *self, const void *data, size_t size);
/* The timer of a connection that was paused. */
void local_conn_resume(local_conn_t *self);
/* The socket takes a frame. False if the connection is to be closed. */
bool local_conn_writeable(local_conn_t *self);
