/* okta.h: one organisation of Okta: its people, what is on their phones, and what went wrong. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/fake/control.h"
#include "tests/support/fake/fault.h"
#include "tests/support/fake/web.h"
#include "tests/support/fake_okta/limit.h"
#include "tests/support/fake_okta/push.h"
#include "tests/support/fake_okta/token.h"
#include "tests/support/fake_okta/user.h"

typedef struct {
    const char *token;       /* for SSWS */
    const char *client_id;   /* for OAuth */
    const char *client_key;  /* file of its public key; NULL: no OAuth */
    const char *scopes;      /* that the client may have, separated by commas */
    const char *foreign_url; /* where the quirk foreign_poll leads */
    int64_t users;
    int64_t push_ms;   /* life of a push */
    int64_t token_s;   /* life of an access token */
    int64_t codes_max; /* wrong codes that lock a user */
    int64_t limit;     /* calls of a route in a window */
    int64_t window_s;
} okta_options_t;

typedef enum {
    ROUTE_TOKEN,
    ROUTE_USER,
    ROUTE_FACTORS,
    ROUTE_FACTOR,
    ROUTE_VERIFY,
    ROUTE_POLL,
    ROUTE_CANCEL,
    ROUTES_N
} okta_route_t;

extern const char *const okta_routes[ROUTES_N + 1]; /* their names, NULL-ended */
extern const char *const okta_quirks[];

typedef struct {
    int64_t calls;
    int64_t failed;   /* answered with 400 or more */
    int64_t limited;  /* of these, with 429 */
    int64_t scripted; /* met a fault */
} okta_counter_t;

typedef struct {
    okta_options_t options;
    web_t *web;
    users_t *users;
    pushes_t *pushes;
    tokens_t *tokens;
    faults_t *faults;
    limit_t limits[ROUTES_N];
    okta_counter_t counters[ROUTES_N];
    int64_t codes_good;
    int64_t codes_bad;
} okta_t;

/* api.c */
void api_serve(okta_t *self, web_call_t *call, reply_t *reply);
/* play.c */
extern const control_route_t play_routes[];

/* "2015-04-01T15:57:32.000Z" */
typedef struct {
    char text[32];
} okta_time_t;
okta_time_t okta_time(int64_t at_ms);
