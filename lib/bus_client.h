/* bus_client.h: a DEALER that sends requests to one server and gives each its answer.
 *
 * Reconnects by itself, also after its key was refused. A call waits for the connection until its
 * time-out, but is sent only once: if the connection ends before the answer, so does the call, with
 * SB_ETIMEOUT, since what became of it is not known. One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/keys.h"

typedef struct sb_client sb_client_t;

/* code SB_OK: body is the RESULT's (borrowed for the call). Else body is NULL and err says why:
 * the peer's NACK, SB_ETIMEOUT when it was sent and not answered, SB_ERETRY when it could not be
 * sent, or our own SB_EBUSY and SB_ETOOLARGE. */
typedef void(sb_reply_fn)(void *arg, int code, const cJSON *body, const sb_err_t *err);

/* prefix makes ids unique among our clients, e.g. the instance name. calls_max bounds unanswered
 * calls: one more gets SB_EBUSY. */
sb_client_t *sb_client_new(zloop_t *loop, sb_keys_t *keys, sb_role_t server, const char *endpoint,
                           const char *prefix, size_t calls_max, sb_err_t *err);
/* Calls still unanswered get SB_ERETRY; a call made by one of these callbacks is forgotten. Not
 * from a callback. */
void sb_client_destroy(sb_client_t **self_p);

/* Takes the body (NULL is {}). The callback comes exactly once, never before this returns. */
void sb_client_call(sb_client_t *self, const char *name, cJSON **body_p, int64_t timeout_ms,
                    int64_t epoch, sb_reply_fn *fn, void *arg);

bool sb_client_connected(const sb_client_t *self);
size_t sb_client_pending(const sb_client_t *self);

/* For programs without a loop (botctl): one request, waiting for its answer. The caller owns
 * *body_r. */
SB_MUSTCHECK int sb_client_ask(sb_keys_t *keys, sb_role_t server, const char *endpoint,
                               const char *name, cJSON **body_p, int64_t timeout_ms, cJSON **body_r,
                               sb_err_t *err);
