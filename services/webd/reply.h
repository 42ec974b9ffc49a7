/* reply.h: the answers that handlers give. */
#pragma once

#include "lib/json.h"
#include "services/webd/server.h"

/* A file of ours by its path ("/style.css", "/enroll"); without one of that path, 404. */
void reply_file(server_t *server, uint64_t id, const char *path);

/* Takes the body. */
void reply_json(server_t *server, uint64_t id, unsigned status, cJSON **body_p);

/* 303 to a path of ours. cookie may be NULL. */
void reply_redirect(server_t *server, uint64_t id, const char *location, const char *cookie);

/* What can't be done, one and the same for whatever is behind it: a page, or {"error": NAME} where
 * a script reads it. */
typedef enum {
    REPLY_GONE,   /* 404: no such link or code, or used, or over */
    REPLY_CLOSED, /* 409: the page takes no answer now */
    REPLY_WRONG,  /* 400: not what was expected */
    REPLY_MANY,   /* 429: too many wrong ones from this address */
    REPLY_AWAY,   /* 503: the store is away */
} reply_fault_t;

void reply_fault(server_t *server, uint64_t id, const request_route_t *route, reply_fault_t fault);

/* For an error of the store's. */
reply_fault_t reply_fault_of(int code);
