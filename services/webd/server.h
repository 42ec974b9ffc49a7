/* server.h: the web server as the core sees it: an actor with libwebsockets inside and a pipe
 * between. Requests come whole and let in (request.h); the server refuses the others itself and
 * sends the same strict headers with every answer. */
#pragma once

#include <czmq.h>

#include "lib/err.h"
#include "lib/json.h"
#include "services/webd/request.h"

typedef struct server server_t;

typedef struct {
    const char *listen;    /* "127.0.0.1:8443" */
    const char *origin;    /* our own, "https://confirm.example.com" */
    const char *cert_file; /* NULL: no TLS */
    const char *key_file;
} server_config_t;

/* Copied by server_answer. */
typedef struct {
    unsigned status;
    const char *type;     /* of the body */
    const char *location; /* NULL: none, as below */
    const char *cookie;   /* Set-Cookie */
    const void *body;
    size_t size;
} server_answer_t;

/* Takes the request; it is answered once, by its id, soon or late. */
typedef void(server_fn)(void *ctx, request_t **request_p, const request_route_t *route);

/* Listens when it returns. config is copied. NULL and err if it can't. */
server_t *server_new(zloop_t *loop, const server_config_t *config, server_fn *fn, void *ctx,
                     sb_err_t *err);
/* Ends the server and its thread; what is not answered yet will not be. Twice is fine. */
void server_stop(server_t *self);
void server_destroy(server_t **self_p);

/* A request that has waited too long was answered 503 already, and this goes nowhere. */
void server_answer(server_t *self, uint64_t id, const server_answer_t *answer);

const char *server_url(const server_t *self); /* "http://127.0.0.1:8443/", as bound */
void server_stats(const server_t *self, cJSON *object);
