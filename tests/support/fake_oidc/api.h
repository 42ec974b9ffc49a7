/* api.h: one call. Private to api.c and its parts. */
#pragma once

#include "tests/support/fake_oidc/oidc.h"

typedef struct {
    oidc_t *oidc;
    web_call_t *web;
    reply_t *reply;
    const fault_t *fault; /* NULL: none */
    args_t *args;         /* of the query and of a form */
    bool bad_args;
    bool refused; /* sent back with an error */
    int64_t now_s;
} call_t;

typedef void(api_fn)(call_t *call);

/* {"error":...}; description may be NULL. */
void api_refuse(call_t *call, int status, const char *error, const char *description);

/* authorize.c, redeem.c */
api_fn api_authorize, api_token;
