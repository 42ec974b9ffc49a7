/* slack_socket.h: Socket Mode: one connection to Slack that stays, whatever it takes.
 *
 * What to do when is decided by slack_link.h, which knows no socket; slack_line.h has the sockets
 * and decides nothing. A connection that is to be replaced is read and answered until the new one
 * has said hello. One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "services/chatd/slack_api.h"
#include "services/chatd/slack_envelope.h"
#include "services/chatd/slack_link.h"

typedef struct slack_socket slack_socket_t;

/* A connection has said hello. */
typedef struct {
    int64_t gap_ms;      /* for so long there was none: what was said is to be looked up; 0: no gap;
                            -1: the first connection, so it is not known */
    int64_t connections; /* of this app, all chatd together; 0 if not said */
} slack_up_t;

typedef struct {
    slack_envelope_fn *envelope;
    void (*up)(void *ctx, const slack_up_t *up);
    /* There is none any more; it is tried again for ever. */
    void (*down)(void *ctx, const char *why);
    /* Somebody must act: a token is refused, or Socket Mode is switched off. It is tried again, but
     * slowly. */
    void (*alarm)(void *ctx, const char *why);
} slack_socket_port_t;

/* Begins to connect with the api's app token and CA file. api, port and timing (NULL: as shipped)
 * are borrowed. NULL and err if it can't begin, e.g. when the CA file can't be read. */
slack_socket_t *slack_socket_new(zloop_t *loop, slack_api_t *api, const slack_link_timing_t *timing,
                                 const slack_socket_port_t *port, void *ctx, sb_err_t *err);
/* Closes everything; the port hears nothing more. Twice is fine. Not from a callback of the port.
 */
void slack_socket_stop(slack_socket_t *self);
/* Acknowledgements that are still open go nowhere. */
void slack_socket_destroy(slack_socket_t **self_p);

bool slack_socket_up(const slack_socket_t *self);
/* socket_up, socket_silent_ms (since the last frame; -1 if not up), socket_connections (of the app,
 * as last told), socket_crowded (warnings of too many of them), how often it was opened, refreshed,
 * told to disconnect and why, what became of envelopes, and what was wrong with frames. */
void slack_socket_stats(const slack_socket_t *self, cJSON *object);
