#include "services/webd/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE "/c/"
#define TOKEN_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define ANSWER_BODY_MAX (16 * 1024)
#define SMALL_BODY_MAX 1024

typedef struct {
    const char *path; /* of a page: what follows the token */
    route_t route;
    bool post;
    bool json;
    size_t body_max;
} row_t;

static const row_t s_page_rows[] = {
    {"",        ROUTE_PAGE,   false, false, 0              },
    {"/state",  ROUTE_STATE,  false, true,  0              },
    {"/begin",  ROUTE_BEGIN,  true,  true,  SMALL_BODY_MAX },
    {"/answer", ROUTE_ANSWER, true,  true,  ANSWER_BODY_MAX},
    {"/refuse", ROUTE_REFUSE, true,  true,  SMALL_BODY_MAX },
};

static const row_t s_rows[] = {
    {"/oidc/callback", ROUTE_CALLBACK,      false, false, 0               },
    {"/enroll",        ROUTE_FILE,          false, false, 0               },
    {"/enroll/begin",  ROUTE_ENROLL_BEGIN,  true,  true,  SMALL_BODY_MAX  },
    {"/enroll/finish", ROUTE_ENROLL_FINISH, true,  true,  REQUEST_BODY_MAX},
    {"/healthz",       ROUTE_HEALTH,        false, false, 0               },
    {"/style.css",     ROUTE_FILE,          false, false, 0               },
    {"/shared.js",     ROUTE_FILE,          false, false, 0               },
    {"/page.js",       ROUTE_FILE,          false, false, 0               },
    {"/enroll.js",     ROUTE_FILE,          false, false, 0               },
    {"/icon.svg",      ROUTE_FILE,          false, false, 0               },
};

void request_destroy(request_t **self_p)
{
    request_t *self = *self_p;
    if (!self) {
        return;
    }
    cJSON_Delete(self->args);
    free(self->body);
    free(self);
    *self_p = NULL;
}

static bool s_find(const row_t *rows, size_t len, const char *path, request_route_t *route_r)
{
    for (size_t i = 0; i < len; i++) {
        if (strcmp(rows[i].path, path) == 0) {
            route_r->route = rows[i].route;
            route_r->post = rows[i].post;
            route_r->json = rows[i].json;
            route_r->body_max = rows[i].body_max;
            return true;
        }
    }
    return false;
}

bool request_route(const char *path, request_route_t *route_r)
{
    *route_r = (request_route_t){0};
    if (strncmp(path, PAGE, strlen(PAGE)) != 0) {
        return s_find(s_rows, sizeof s_rows / sizeof s_rows[0], path, route_r);
    }
    const char *token = path + strlen(PAGE);
    const size_t len = strspn(token, TOKEN_DIGITS);
    if (len == 0 || len >= sizeof route_r->token) {
        return false;
    }
    memcpy(route_r->token, token, len);
    return s_find(s_page_rows, sizeof s_page_rows / sizeof s_page_rows[0], token + len, route_r);
}

static bool s_is_json(const char *type)
{
    static const char json[] = "application/json";
    const size_t len = strlen(json);
    return strncasecmp(type, json, len) == 0 && (type[len] == '\0' || type[len] == ';');
}

unsigned request_refusal(const request_t *self, const request_route_t *route, const char *origin,
                         size_t body_size, const char **why_r)
{
    const bool read = self->method == REQUEST_GET || self->method == REQUEST_HEAD;
    if (route->post ? self->method != REQUEST_POST : !read) {
        *why_r = "method";
        return 405;
    }
    if (body_size > route->body_max) {
        *why_r = "too large";
        return 413;
    }
    if (!route->post) {
        return 0;
    }
    if (strcmp(self->origin, origin) != 0 ||
        (self->site[0] && strcmp(self->site, "same-origin") != 0)) {
        *why_r = "another site";
        return 403;
    }
    if (!s_is_json(self->type)) {
        *why_r = "type";
        return 415;
    }
    return 0;
}

void request_cookie(const char *header, char value_r[REQUEST_TOKEN_MAX])
{
    static const char name[] = REQUEST_COOKIE "=";
    const char *at = header;
    value_r[0] = '\0';
    while (*at) {
        at += strspn(at, "; ");
        const size_t len = strcspn(at, ";");
        if (len >= strlen(name) && memcmp(at, name, strlen(name)) == 0) {
            const size_t size = len - strlen(name);
            if (size < REQUEST_TOKEN_MAX) {
                memcpy(value_r, at + strlen(name), size);
                value_r[size] = '\0';
            }
            return;
        }
        at += len;
    }
}

const char *request_arg(const request_t *self, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(self->args, name));
}
