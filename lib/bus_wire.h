/* bus_wire.h: whole messages on a socket, without waiting; used by the bus alone. */
#pragma once

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/msg.h"

#define SB_WIRE_BURST_MAX 64 /* messages read before the loop's other sockets get their turn */

/* Whom a ROUTER sends to. */
typedef struct {
    uint8_t size;
    unsigned char data[255];
} sb_peer_t;

typedef struct {
    sb_peer_t peer; /* size 0 if the socket is no ROUTER */
    zframe_t *head; /* NULL if missing */
    zframe_t *body; /* NULL if missing */
    size_t frames;  /* how many came, the peer not counted; those over two are dropped */
} sb_wire_t;

/* Takes the next message; routed says that a ROUTER put the peer before it. False when none is
 * there. The caller clears. */
bool sb_wire_recv(zsock_t *sock, bool routed, sb_wire_t *wire_r);
void sb_wire_clear(sb_wire_t *self);

/* Reads the head of a message that has two frames. */
SB_MUSTCHECK int sb_wire_head(const sb_wire_t *self, sb_head_t *head_r, sb_err_t *err);

/* The id of a request that was refused without a look at its JSON, so that the caller learns which
 * one it was; "" if there is none. head may be NULL. */
void sb_wire_find_id(const sb_wire_t *self, const sb_head_t *head, char id_r[SB_ID_SIZE_MAX]);

/* peer NULL: the socket is no ROUTER. json NULL is {}. SB_ENOTFOUND: the peer is gone. SB_EBUSY:
 * its queue is full, or nobody is connected. Nothing was sent then. */
SB_MUSTCHECK int sb_wire_send(zsock_t *sock, const sb_peer_t *peer, sb_kind_t kind,
                              const char *name, const char *json);
