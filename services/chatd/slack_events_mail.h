/* slack_events_mail.h: what the core and the server of slack_events.h hand each other; used by
 * these alone. */
#pragma once

#include <czmq.h>
#include <stdatomic.h>

#include "lib/listen.h"
#include "services/chatd/slack_envelope.h"

struct lws_context;

typedef enum {
    EVENTS_ENVELOPE, /* to the core: id, envelope_kind, payload, retry, reason */
    EVENTS_STOPPED,
    EVENTS_ANSWER, /* to the server: id, code */
    EVENTS_STOP,
} events_kind_t;

typedef struct {
    events_kind_t kind;
    uint64_t id; /* of a request; never used again */
    int code;
    slack_kind_t envelope_kind;
    cJSON *payload;
    int retry;
    char reason[SLACK_REASON_MAX];
} events_mail_t;

/* What core and server share. */
typedef struct {
    char host[SB_HOST_MAX];
    int port; /* as bound, once the server has begun; -1: it has not */
    char *signing_secret;
    struct lws_context *lws; /* the server's, but for lws_cancel_service */
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t forged;     /* not signed with our secret */
    atomic_uint_fast64_t stale;      /* signed, but not lately by our clock */
    atomic_uint_fast64_t bad;        /* signed, but not to be understood */
    atomic_uint_fast64_t challenges; /* url_verification */
    atomic_uint_fast64_t limited;    /* app_rate_limited: Slack has dropped events */
    atomic_uint_fast64_t busy;       /* no room: answered 503 */
    atomic_uint_fast64_t late;       /* not decided on in time: answered 503 */
} events_shared_t;

/* The server: args is an events_shared_t. */
void slack_events_run(zsock_t *pipe, void *args);

void events_mail_destroy(events_mail_t **self_p);
