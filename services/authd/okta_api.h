/* okta_api.h: calls of Okta's API over lib/http.
 *
 * Authorized by a token of the API (SSWS), or by OAuth: then an access token is fetched before the
 * first call, a little before it ends, and once more after it was refused. Waits and asks again
 * after "too many requests". Nothing else is ever sent twice: whoever calls decides. One thread:
 * the loop's. */
#pragma once

#include <czmq.h>
#include <stdint.h>

#include "lib/jwt_sign.h"
#include "lib/timers.h"
#include "services/authd/okta_reply.h"

#define OKTA_CALL_MS 10000   /* for an answer */
#define OKTA_CONNECT_MS 5000 /* of these, for the connection */
#define OKTA_TRIES_MAX 5     /* of one call, while Okta says that there are too many */
#define OKTA_TOKEN_MARGIN_MS 60000

typedef struct okta_api okta_api_t;
typedef struct okta_call okta_call_t;

/* Texts are copied. */
typedef struct {
    const char *url;          /* of the organisation, an origin */
    const char *token;        /* of the API; NULL: OAuth */
    const char *client_id;    /* of OAuth */
    sb_jwt_signer_t **signer; /* of OAuth; taken */
    const char *ca_file;
} okta_api_config_t;

/* loop and timers are borrowed. */
okta_api_t *okta_api_new(zloop_t *loop, sb_timers_t *timers, const okta_api_config_t *config);
/* Calls that are out are forgotten; nobody may wait for one. */
void okta_api_destroy(okta_api_t **self_p);

const char *okta_api_url(const okta_api_t *self);

typedef struct {
    const char *method;
    const char *path; /* "/api/v1/..." */
    const char *body; /* JSON; NULL: none */
    int64_t until_ms; /* of the monotonic clock: no try begins later */
} okta_request_t;

/* reply is cleared after the callback. */
typedef void(okta_fn)(void *arg, const okta_reply_t *reply);

/* fn comes once, never before this has returned; the call is dead then. fn NULL: nobody wants to
 * know, and there is no handle. */
okta_call_t *okta_api_call(okta_api_t *self, const okta_request_t *request, okta_fn *fn, void *arg);
/* fn does not come any more; what was sent is not called back. Clears *call_p; NULL is fine. */
void okta_api_drop(okta_call_t **call_p);
