/* control.h: the control API of a fake: POST /control/NAME with a JSON object, or GET with a query.
 * The answer is {"ok":true,...}, or status 400 (404: no such name) and what is wrong. */
#pragma once

#include "tests/support/fake/args.h"
#include "tests/support/fake/reply.h"

#define CONTROL_PATH "/control/"

/* Writes the answer's members besides ok. Returns NULL, or what is wrong with the request. */
typedef const char *(control_fn)(void *ctx, args_t *args, out_t *out);

typedef struct {
    const char *name;
    control_fn *fn;
} control_route_t;

bool control_is(const web_request_t *request);
/* routes end with one without a name. */
void control_serve(const control_route_t *routes, void *ctx, const web_request_t *request,
                   reply_t *reply);
