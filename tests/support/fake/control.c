/* control.c */
#include "tests/support/fake/control.h"

#include <string.h>

static void s_refuse(reply_t *reply, int status, const char *error)
{
    reply->status = status;
    reply_clear(reply);
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", false);
    out_str(&reply->body, "error", error);
    out_end(&reply->body, '}');
}

static const control_route_t *s_find(const control_route_t *routes, const char *name)
{
    for (; routes->name; routes++) {
        if (strcmp(routes->name, name) == 0) {
            return routes;
        }
    }
    return NULL;
}

bool control_is(const web_request_t *request)
{
    return strncmp(request->path, CONTROL_PATH, strlen(CONTROL_PATH)) == 0;
}

void control_serve(const control_route_t *routes, void *ctx, const web_request_t *request,
                   reply_t *reply)
{
    const control_route_t *route = s_find(routes, request->path + strlen(CONTROL_PATH));
    if (!route) {
        s_refuse(reply, 404, "no such path");
        return;
    }
    args_t *args = args_new();
    const bool read =
        args_add_form(args, request->query, strlen(request->query)) &&
        (request->body_size == 0 || args_add_json(args, request->body, request->body_size));
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", true);
    const char *error = read ? route->fn(ctx, args, &reply->body) : "the body is no JSON object";
    if (error) {
        s_refuse(reply, 400, error);
    } else {
        out_end(&reply->body, '}');
    }
    args_destroy(&args);
}
