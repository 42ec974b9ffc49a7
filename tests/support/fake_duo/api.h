/* api.h: the Auth API: finds the method, checks the signature, answers. */
#pragma once

#include "tests/support/fake/fault.h"
#include "tests/support/fake/reply.h"
#include "tests/support/fake_duo/duo.h"
#include "tests/support/fake_duo/params.h"

#define API_PATH "/auth/v2/"

/* One request to it, until it is answered. */
typedef struct {
    waiter_t waiter; /* the first member, so that a login hands the call back */
    duo_t *duo;
    web_call_t *web;
    size_t method; /* index in api_names */
    params_t params;
    bool has_fault;
    fault_t fault; /* a copy, as the call may wait */
    reply_t reply;
    login_t *told_of; /* while it waits */
} call_t;

/* The names of the methods, which are the routes of faults too; NULL-ended. */
extern const char *const api_names[];

void api_serve(duo_t *duo, web_call_t *web);

/* ---- For the methods. */

typedef enum { API_DONE, API_LATER } api_when_t;

/* {"stat":"FAIL",...}; its status is code / 100. Returns API_DONE. */
api_when_t api_fail(call_t *self, int code, const char *message, const char *detail);
api_when_t api_bad(call_t *self, const char *param); /* 40002 */
/* Answers, and frees the call. */
void api_finish(call_t *self);
/* Frees a call whose client is gone. */
void api_abandon(call_t *self);
/* The member "response" is begun and ended by the method. */
typedef api_when_t(api_fn)(call_t *call);
/* api_people.c */
api_fn api_ping, api_check, api_preauth, api_enroll, api_enroll_status;
/* api_login.c */
api_fn api_auth, api_auth_status;
/* The person of username or user_id. NULL with *bad_r NULL: nobody of that name; with *bad_r the
 * parameter that is wrong. */
person_t *api_person(call_t *self, const char **bad_r);
