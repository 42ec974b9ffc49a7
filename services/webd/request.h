/* request.h: a browser's request, where it goes, and whether it is let in. Pure.
 *
 * One table says every path. What changes something is a POST of JSON that our own page sends: a
 * browser says truthfully which site asked, and no other site's form can send that type. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/listen.h"

#define REQUEST_PATH_MAX 128 /* bytes with the NUL, as all below */
#define REQUEST_TOKEN_MAX 32 /* 22 digits, by proto/taskd.h */
#define REQUEST_TYPE_MAX 64
#define REQUEST_SITE_MAX 32
#define REQUEST_ADDRESS_MAX 64
#define REQUEST_COOKIE "__Host-sb-page" /* the page that somebody went to sign in for */
#define REQUEST_BODY_MAX (96 * 1024)    /* a registration, in base64url */

typedef enum { REQUEST_GET, REQUEST_HEAD, REQUEST_POST, REQUEST_OTHER } request_method_t;

typedef struct {
    uint64_t id;
    request_method_t method;
    char path[REQUEST_PATH_MAX];
    char origin[SB_HOST_MAX];          /* "" if there is none, as below */
    char site[REQUEST_SITE_MAX];       /* Sec-Fetch-Site */
    char type[REQUEST_TYPE_MAX];       /* Content-Type */
    char cookie[REQUEST_TOKEN_MAX];    /* REQUEST_COOKIE's value */
    char address[REQUEST_ADDRESS_MAX]; /* of the peer, a number */
    cJSON *args;                       /* what stands behind the ?: texts by name */
    char *body;
    size_t body_size;
} request_t;

/* Frees it and what it points to. */
void request_destroy(request_t **self_p);

typedef enum {
    ROUTE_PAGE,     /* GET /c/TOKEN */
    ROUTE_STATE,    /* GET /c/TOKEN/state: what the page shows */
    ROUTE_BEGIN,    /* POST /c/TOKEN/begin: what a proof needs */
    ROUTE_ANSWER,   /* POST /c/TOKEN/answer: the proof */
    ROUTE_REFUSE,   /* POST /c/TOKEN/refuse */
    ROUTE_CALLBACK, /* GET /oidc/callback: back from the provider */
    ROUTE_ENROLL_BEGIN,
    ROUTE_ENROLL_FINISH,
    ROUTE_HEALTH,
    ROUTE_FILE, /* GET: a file of ours, GET /enroll among them */
} route_t;

typedef struct {
    route_t route;
    bool post;
    bool json; /* who is refused is told in JSON, since a script reads it */
    size_t body_max;
    char token[REQUEST_TOKEN_MAX]; /* of /c/TOKEN */
} request_route_t;

/* False if there is nothing at this path. */
bool request_route(const char *path, request_route_t *route_r);

/* 0 if the request may go there, else a status and *why_r, a constant: 405, 415, 403 or 413.
 * origin is our own. */
unsigned request_refusal(const request_t *self, const request_route_t *route, const char *origin,
                         size_t body_size, const char **why_r);

/* Finds REQUEST_COOKIE in a Cookie header; "" if it is not there or too long. */
void request_cookie(const char *header, char value_r[REQUEST_TOKEN_MAX]);

/* The value of an argument; NULL if there is none. */
const char *request_arg(const request_t *self, const char *name);
