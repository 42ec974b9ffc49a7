/* bus_link.h: one outgoing connection that comes back whatever ended it; used by the bus alone.
 *
 * libzmq never tries again after a refused key or a protocol error, so its own reconnecting is off:
 * each attempt is a new socket, with one backoff for every reason. */
#pragma once

#include <czmq.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/keys.h"

typedef struct sb_link sb_link_t;

/* All but setup come from the loop. The link must not be destroyed from them. */
typedef struct {
    void (*setup)(void *ctx, zsock_t *sock);    /* before it connects; may be NULL */
    void (*up)(void *ctx);                      /* the handshake is done */
    void (*down)(void *ctx);                    /* after up */
    void (*readable)(void *ctx, zsock_t *sock); /* also after down: what came before it */
    void (*closed)(void *ctx);                  /* nothing more will be readable; may be NULL */
    void (*writable)(void *ctx);                /* see sb_link_want_write; may be NULL */
} sb_link_events_t;

/* type: ZMQ_DEALER or ZMQ_SUB. events is borrowed. NULL and err if endpoint is no endpoint. */
sb_link_t *sb_link_new(zloop_t *loop, sb_keys_t *keys, sb_role_t server, const char *endpoint,
                       int type, const sb_link_events_t *events, void *ctx, sb_err_t *err);
/* What was sent gets linger_ms to leave. */
void sb_link_destroy(sb_link_t **self_p, int linger_ms);

bool sb_link_is_up(const sb_link_t *self);
zsock_t *sb_link_sock(sb_link_t *self); /* only while up */
/* Why it is not up; for error texts. */
const char *sb_link_why(const sb_link_t *self);
/* Asks for writable, until it is told false or the link goes down. Only while up. */
void sb_link_want_write(sb_link_t *self, bool want);
/* Gives the connection up and tries anew. */
void sb_link_renew(sb_link_t *self, const char *why);
