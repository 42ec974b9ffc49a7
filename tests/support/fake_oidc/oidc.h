/* oidc.h: an OpenID provider with one client: who signs in, what it says of it, what went wrong. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/fake/control.h"
#include "tests/support/fake/fault.h"
#include "tests/support/fake/web.h"
#include "tests/support/fake_oidc/code.h"
#include "tests/support/fake_oidc/id_token.h"
#include "tests/support/fake_oidc/keys.h"
#include "tests/support/fake_oidc/person.h"

typedef struct {
    const char *client_id;
    const char *client_secret;
    const char *redirect_uri; /* the only one; NULL: any */
    int64_t users;
    int64_t code_s;  /* life of a code */
    int64_t token_s; /* life of an id_token */
} oidc_options_t;

typedef enum { ROUTE_DISCOVERY, ROUTE_JWKS, ROUTE_AUTHORIZE, ROUTE_TOKEN, ROUTES_N } oidc_route_t;

extern const char *const oidc_routes[ROUTES_N + 1]; /* their names, NULL-ended */
extern const char *const oidc_quirks[];

typedef struct {
    int64_t calls;
    int64_t failed;   /* answered with 400 or more, or sent back with an error */
    int64_t scripted; /* met a fault */
} oidc_counter_t;

/* Who sits at the browser, and what the provider will say of the sign-in. */
typedef struct {
    const person_t *person; /* NULL: whom login_hint names, else the first member */
    int64_t auth_time_s;    /* of the session; 0: there is none, so each visit signs in anew */
    bool fresh_if_asked;    /* prompt=login and max_age make the person sign in anew */
    char *acr;              /* NULL: the first that was asked for, if any */
    cJSON *amr;             /* NULL: none */
    char *error;            /* the visit ends with it; NULL: well */
} session_t;

typedef struct {
    oidc_options_t options;
    web_t *web;
    char *redirect_uri; /* NULL: any */
    people_t *people;
    keys_t *keys;
    codes_t *codes;
    faults_t *faults;
    session_t session;
    jose_alg_t alg;
    int spoil;           /* of id_tokens; -1: none */
    int64_t spoil_times; /* -1: all */
    bool twins;          /* in the JWKS */
    cJSON *asked;        /* what the last visit to authorize brought */
    oidc_counter_t counters[ROUTES_N];
    int64_t codes_made;
    int64_t codes_reused;
    int64_t tokens;
} oidc_t;

/* As after the start. */
void session_reset(session_t *self);

/* api.c */
void api_serve(oidc_t *self, web_call_t *call, reply_t *reply);
/* play.c */
extern const control_route_t play_routes[];
