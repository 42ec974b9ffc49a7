/* bus_server.h: a bound ROUTER that answers requests by a table of routes.
 *
 * One row carries everything about a request: name, who may send it, how large it may be, who
 * handles it. The server checks frame, role and size before any JSON is read, answers what is
 * refused, counts and logs it. One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/keys.h"
#include "lib/msg.h"
#include "lib/role.h"

#define SB_SERVER_CALLS_MAX                                                                        \
    8192 /* requests that wait for their answer; more are refused as BUSY                          \
          */

typedef struct sb_server sb_server_t;
typedef struct sb_call sb_call_t; /* one request that waits for its answer */

/* Takes the call: must answer it now or later, exactly once; also when the server or worker is gone
 * by then, which only frees it. */
typedef void(sb_handler_fn)(void *ctx, sb_call_t *call);

typedef struct {
    const char *name;     /* request */
    unsigned roles;       /* SB_ROLE_ bits: who may send it */
    size_t body_size_max; /* bytes of frame 2 */
    sb_handler_fn *handler;
} sb_route_t;

typedef struct {
    uint64_t requests;    /* handed to a handler */
    uint64_t results;     /* answered with RESULT */
    uint64_t nacks;       /* answered with NACK by a handler */
    uint64_t malformed;   /* refused: frames, head or JSON */
    uint64_t forbidden;   /* refused: role */
    uint64_t unknown;     /* refused: no such request */
    uint64_t too_large;   /* refused: size */
    uint64_t busy;        /* refused: SB_SERVER_CALLS_MAX */
    uint64_t expired;     /* answered after the caller's time-out */
    uint64_t undelivered; /* answers to peers that are gone or stuck */
    uint64_t strangers;   /* connections refused: unknown key, or no handshake */
    uint64_t disconnects; /* connections that ended, those of oversized frames among them */
} sb_server_stats_t;

/* Binds endpoint ("tcp://127.0.0.1:*" lets the kernel choose, "ipc://..."). routes are borrowed
 * for the server's life. NULL and err if it can't bind. */
sb_server_t *sb_server_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint,
                           const sb_route_t *routes, size_t routes_len, void *ctx, sb_err_t *err);
/* Calls still unanswered are answered UNAVAILABLE. Not from a handler. */
void sb_server_destroy(sb_server_t **self_p);

const char *sb_server_endpoint(const sb_server_t *self); /* as bound, with the real port */
const sb_server_stats_t *sb_server_stats(const sb_server_t *self);
void sb_server_stats_json(const sb_server_t *self, cJSON *object);

/* The row for a request, or NULL; the permission table is tested through this. */
const sb_route_t *sb_route_find(const sb_route_t *routes, size_t routes_len, const char *name);

/* Messages that are no REQ (READY, RESULT, ...) go here; used by bus_pool. */
typedef void(sb_server_other_fn)(void *ctx, const void *peer, size_t peer_size, sb_role_t role,
                                 const sb_head_t *head, sb_msg_t *msg);
void sb_server_on_other(sb_server_t *self, sb_server_other_fn *fn, void *ctx);
/* Sends to a peer by its routing id. SB_ENOTFOUND: gone. SB_EBUSY: its queue is full. */
SB_MUSTCHECK int sb_server_send(sb_server_t *self, const void *peer, size_t peer_size,
                                sb_kind_t kind, const char *name, const char *json);

/* Handles what has come already: for those who are about to judge a peer's silence after this
 * process itself was held up. */
void sb_server_read_now(sb_server_t *self);

/* ---- A call, on the server's or on the worker's side. */
const cJSON *sb_call_body(const sb_call_t *self);
cJSON *sb_call_body_take(sb_call_t *self); /* the caller owns it then */
const char *sb_call_id(const sb_call_t *self);
const char *sb_call_name(const sb_call_t *self);
sb_role_t sb_call_role(const sb_call_t *self);
int64_t sb_call_epoch(const sb_call_t *self);
int64_t sb_call_deadline_ms(const sb_call_t *self); /* on sb_clock_mono_ms() */

/* Only for jobs of a worker; may be sent once, before the answer. Takes the body; NULL is {}. */
void sb_call_accept(sb_call_t *self, cJSON **body_p);
/* These end the call, free it and clear the caller's pointer. They take the body; NULL is {}. */
void sb_call_result(sb_call_t **self_p, cJSON **body_p);
void sb_call_nack(sb_call_t **self_p, const sb_err_t *err);
