/* delivery.h: what the workspace has to tell the app, until the app has said that it heard: once
 * over a WebSocket or over HTTP, and then again as Slack does it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/out.h"

#define ATTEMPTS_MAX 4             /* the first and three retries */
#define DELIVERIES_OPEN_MAX 500000 /* then new ones are lost */
#define DELIVERIES_DONE_MAX 8192   /* finished ones that can still be asked about */

typedef struct slack slack_t;
typedef struct deliveries deliveries_t;
typedef struct delivery delivery_t;

typedef enum {
    DELIVERY_EVENT,       /* events_api: retried */
    DELIVERY_INTERACTIVE, /* once; the person sees an error */
    DELIVERY_SLASH,       /* likewise */
    DELIVERY_OTHER        /* an envelope of any type, for tests; once */
} delivery_kind_t;

typedef enum {
    ENDED_OK,
    ENDED_TIMEOUT,    /* nobody answered, or nobody was there */
    ENDED_HTTP_ERROR, /* and so on: the reasons of X-Slack-Retry-Reason */
    ENDED_CONNECTION,
    ENDED_REDIRECTS,
    ENDED_SSL,
    ENDED_UNKNOWN
} ended_t;

deliveries_t *deliveries_new(slack_t *slack);
void deliveries_destroy(deliveries_t **self_p);

/* Begins to deliver payload, a JSON object, which it takes. id is the event's id, or NULL for one
 * of its own; about is the envelope's type for DELIVERY_OTHER, the id of the view that was
 * submitted, or NULL. Returns the id, borrowed until the next delivery. */
const char *deliver(deliveries_t *self, delivery_kind_t kind, const char *about, const char *id,
                    char **payload_p);

/* ---- From the transports. */

/* An acknowledgement came over connection; response is its payload, as JSON, or NULL. False if no
 * such envelope is waited for there. */
bool deliveries_ack(deliveries_t *self, const char *envelope_id, uint64_t connection,
                    const char *response);
/* How an attempt over HTTP ended; response is the answer's body, as JSON, or NULL. */
void deliveries_posted(deliveries_t *self, const char *envelope_id, ended_t ended, bool no_retry,
                       const char *response);

void deliveries_drop_acks(deliveries_t *self, int64_t n); /* the next n are not heard */
void deliveries_duplicate(deliveries_t *self, int64_t n); /* the next n are sent twice */
void deliveries_write_counters(const deliveries_t *self, out_t *out, const char *key);
/* False if there is none, or it was finished too long ago. */
bool deliveries_write(const deliveries_t *self, const char *id, out_t *out);
/* The last finished ones and all that are open, at most max. */
void deliveries_write_all(const deliveries_t *self, size_t max, out_t *out, const char *key);
