/* duo_api.h: calls of Duo's Auth API over lib/http.
 *
 * Signs with Duo's time, which /ping tells before the first call and after a refusal for the sake
 * of the time. Waits and asks again after "too many requests". Nothing else is ever sent twice:
 * whoever calls decides. Calls that hang until a person did something have a client (a thread and
 * connections) of their own, so that no short call waits behind one. One thread: the loop's. */
#pragma once

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/timers.h"
#include "services/authd/duo_reply.h"
#include "services/authd/duo_sign.h"

#define DUO_SHORT_MS 10000  /* for an answer */
#define DUO_POLL_MS 75000   /* of a call that hangs; a push lives 60 s */
#define DUO_CONNECT_MS 5000 /* of these, for the connection */
#define DUO_TRIES_MAX 7     /* of one call, while Duo says that there are too many */

typedef struct duo_api duo_api_t;
typedef struct duo_call duo_call_t;

/* Copied. */
typedef struct {
    const char *host; /* "api-12345678.duosecurity.com", maybe ":port", which is not signed */
    const char *integration_key;
    const char *secret_key;
    const char *ca_file;
    int version; /* of signatures: 2 or 5 */
} duo_api_config_t;

/* Both are borrowed. */
duo_api_t *duo_api_new(zloop_t *loop, sb_timers_t *timers, const duo_api_config_t *config);
/* Every call has ended or was dropped. */
void duo_api_destroy(duo_api_t **self_p);

typedef struct {
    bool post;
    bool hangs;
    const char *path; /* a constant: "/auth/v2/preauth" */
    const duo_param_t *params;
    size_t params_len;
    int64_t until_ms; /* of the monotonic clock: no try begins later */
} duo_request_t;

/* reply is cleared after the callback. */
typedef void(duo_fn)(void *arg, const duo_reply_t *reply);

/* fn comes once, never before this has returned; the call is dead then. */
duo_call_t *duo_api_call(duo_api_t *self, const duo_request_t *request, duo_fn *fn, void *arg);
/* fn does not come any more; what was sent is not called back. Clears *call_p; NULL is fine. */
void duo_api_drop(duo_call_t **call_p);
