/* store.h: what the handlers have in common: the way to taskd and back to the browser, and how
 * wrong tokens and codes are counted. */
#pragma once

#include "lib/bus_client.h"
#include "services/webd/guesses.h"
#include "services/webd/reply.h"
#include "services/webd/server.h"

#define STORE_HASH_HEX_SIZE 65 /* of a SHA-256, with the NUL */

typedef struct {
    sb_client_t *taskd;
    server_t *server;
    guesses_t *guesses;
    const char *origin; /* of our pages */
    const char *rp_id;
} store_t;

/* A request that is being answered. */
typedef struct {
    const store_t *store;
    request_t *request;
    request_route_t route;
    void *owner;                    /* of who handles it */
    cJSON *body;                    /* as it was sent; NULL if none was wanted */
    char hash[STORE_HASH_HEX_SIZE]; /* of the token or the code */
    sb_reply_fn *then;              /* while the store is asked: gets the visit */
    int64_t until_ms;               /* how long it may wait; 0: it has not waited */
} visit_t;

/* Takes the request. A POST's body is read: if it is no JSON object the visit ends with REPLY_WRONG
 * and NULL is given back. */
visit_t *visit_new(const store_t *store, request_t **request_p, const request_route_t *route,
                   void *owner);
/* After its answer was given. */
void visit_destroy(visit_t **self_p);

/* Each of these answers and ends the visit. */
void visit_end_fault(visit_t **self_p, reply_fault_t fault);
void visit_end_json(visit_t **self_p, cJSON **body_p);

/* Sets hash from a token or code as it was sent; false if it can't be one. */
bool visit_hash(visit_t *self, const char *token);
/* Whether this address may ask for tokens and codes; if not, and if hash can't be set from this
 * one, the visit has ended. */
bool visit_admit(visit_t **self_p, const char *token);
/* A token or code was none: counts it, answers and ends the visit. */
void visit_end_gone(visit_t **self_p);

/* Asks taskd; then(visit, ...) comes once. Takes the body. */
void visit_ask(visit_t *self, const char *name, cJSON **body_p, sb_reply_fn *then);
