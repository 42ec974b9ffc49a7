/* server_mail.h: what the core and the server of server.h hand each other; used by these alone. */
#pragma once

#include <czmq.h>
#include <stdatomic.h>

#include "lib/listen.h"
#include "services/webd/request.h"
#include "services/webd/server.h"

struct lws_context;

typedef enum {
    SERVER_REQUEST, /* to the core: request, route */
    SERVER_STOPPED,
    SERVER_ANSWER, /* to the server: id, answer */
    SERVER_STOP,
} server_mail_kind_t;

typedef struct {
    server_mail_kind_t kind;
    uint64_t id; /* of a request; never used again */
    request_t *request;
    request_route_t route;
    unsigned status;
    char *type, *location, *cookie;
    unsigned char *body; /* behind room for libwebsockets and our headers */
    size_t size;
} server_mail_t;

/* Where a body lies in server_mail_t.body: before it there is room for the library and headers. */
#define SERVER_HEADERS_MAX 4096

/* What core and server share. */
typedef struct {
    char host[SB_HOST_MAX];
    int port; /* as bound, once the server has begun; -1: it has not */
    char *origin, *cert_file, *key_file;
    struct lws_context *lws; /* the server's, but for lws_cancel_service */
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t refused; /* by the server itself */
    atomic_uint_fast64_t busy;    /* no room: answered 503 */
    atomic_uint_fast64_t late;    /* not whole, or not answered, in time */
} server_shared_t;

/* The server: args is a server_shared_t. */
void server_run(zsock_t *pipe, void *args);

server_mail_t *server_mail_new(server_mail_kind_t kind);
void server_mail_destroy(server_mail_t **self_p);
