/* api.h: one call of the Factors API. Private to api.c and its parts. */
#pragma once

#include "tests/support/fake_okta/okta.h"

#define PARTS_MAX 8   /* of a path */
#define PART_SIZE 300 /* bytes, with the NUL */

typedef struct {
    okta_t *okta;
    web_call_t *web;
    const web_request_t *request;
    reply_t *reply;
    const fault_t *fault; /* NULL: none */
    user_t *user;
    factor_t *factor;
    const char *transaction; /* its id */
    int64_t now_ms;
} call_t;

typedef void(api_fn)(call_t *call);

typedef enum {
    ERR_VALIDATION, /* E0000001 */
    ERR_BODY,       /* E0000003 */
    ERR_SESSION,    /* E0000005 */
    ERR_FORBIDDEN,  /* E0000006 */
    ERR_NOT_FOUND,  /* E0000007 */
    ERR_TOKEN,      /* E0000011 */
    ERR_METHOD,     /* E0000022 */
    ERR_LIMIT,      /* E0000047 */
    ERR_CODE,       /* E0000068 */
    ERR_LOCKED,     /* E0000069 */
    ERR_REPLAY      /* E0000082 */
} api_error_t;

/* detail: a cause, or what was not found; NULL: none. */
void api_refuse(reply_t *reply, api_error_t error, const char *detail);

/* api_verify.c */
api_fn api_verify, api_poll, api_cancel;
