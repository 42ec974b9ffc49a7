/* api.c: from a path to its handler, past the rate limit, the script and the token. */
#include "tests/support/fake_okta/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"

#define MS_PER_S 1000
#define READ "okta.users.read"
#define MANAGE "okta.users.manage"

typedef struct {
    char parts[PARTS_MAX][PART_SIZE];
    size_t n;
} path_t;

static api_fn s_token, s_user, s_factors, s_factor;

static const struct {
    const char *method;
    const char *path; /* ?: anything */
    const char *scope;
    api_fn *fn;
} s_routes[ROUTES_N] = {
    [ROUTE_TOKEN] = {"POST",   "oauth2/v1/token",                         NULL,   s_token   },
    [ROUTE_USER] = {"GET",    "api/v1/users/?",                          READ,   s_user    },
    [ROUTE_FACTORS] = {"GET",    "api/v1/users/?/factors",                  READ,   s_factors },
    [ROUTE_FACTOR] = {"GET",    "api/v1/users/?/factors/?",                READ,   s_factor  },
    [ROUTE_VERIFY] = {"POST",   "api/v1/users/?/factors/?/verify",         MANAGE, api_verify},
    [ROUTE_POLL] = {"GET",    "api/v1/users/?/factors/?/transactions/?", READ,   api_poll  },
    [ROUTE_CANCEL] = {"DELETE", "api/v1/users/?/factors/?/transactions/?", MANAGE, api_cancel},
};

const char *const okta_routes[ROUTES_N + 1] = {
    [ROUTE_TOKEN] = "token",   [ROUTE_USER] = "user",     [ROUTE_FACTORS] = "factors",
    [ROUTE_FACTOR] = "factor", [ROUTE_VERIFY] = "verify", [ROUTE_POLL] = "poll",
    [ROUTE_CANCEL] = "cancel",
};

/* ---- Refusals. */

void api_refuse(reply_t *reply, api_error_t error, const char *detail)
{
    static const struct {
        const char *code;
        int status;
        const char *summary;
    } errors[] = {
        [ERR_VALIDATION] = {"E0000001", 400, "Api validation failed"                                 },
        [ERR_BODY] = {"E0000003", 400, "The request body was not well-formed."                 },
        [ERR_SESSION] = {"E0000005", 401, "Invalid session"                                       },
        [ERR_FORBIDDEN] = {"E0000006", 403,
                            "You do not have permission to perform the requested action"             },
        [ERR_NOT_FOUND] = {"E0000007", 404, "Not found: Resource not found"                         },
        [ERR_TOKEN] = {"E0000011", 401, "Invalid token provided"                                },
        [ERR_METHOD] = {"E0000022", 405, "The endpoint does not support the provided HTTP method"},
        [ERR_LIMIT] = {"E0000047", 429, "API call exceeded rate limit due to too many requests."},
        [ERR_CODE] = {"E0000068", 403, "Invalid Passcode/Answer"                               },
        [ERR_LOCKED] = {"E0000069", 403, "User Locked"                                           },
        [ERR_REPLAY] = {"E0000082", 403,
                            "Each code can only be used once. Please wait for a new code and try "
                        "again."                                                                     },
    };
    out_t *out = &reply->body;
    reply->status = errors[error].status;
    reply_clear(reply);
    uint8_t raw[12];
    char id[2 * sizeof raw + 1];
    sb_random(raw, sizeof raw);
    sb_hex(raw, sizeof raw, id);
    char *error_id = sb_format("oae%s", id);
    out_begin(out, NULL, '{');
    out_str(out, "errorCode", errors[error].code);
    out_str(out, "errorSummary", errors[error].summary);
    out_str(out, "errorLink", errors[error].code);
    out_str(out, "errorId", error_id);
    out_begin(out, "errorCauses", '[');
    if (detail) {
        out_begin(out, NULL, '{');
        out_str(out, "errorSummary", detail);
        out_end(out, '}');
    }
    out_end(out, ']');
    out_end(out, '}');
    free(error_id);
}

/* ---- What is simple. */

static void s_token(call_t *call)
{
    args_t *form = args_new();
    char *url = sb_format("%s/oauth2/v1/token", web_url(call->okta->web));
    token_grant_t grant = {.status = 400, .error = "invalid_request", .description = "No form."};
    if (args_add_form(form, call->request->body, call->request->body_size)) {
        grant = tokens_grant(call->okta->tokens, form, url, call->now_ms / MS_PER_S);
    }
    out_t *out = &call->reply->body;
    call->reply->status = grant.status;
    out_begin(out, NULL, '{');
    if (grant.error) {
        out_str(out, "error", grant.error);
        out_str(out, "error_description", grant.description);
    } else {
        out_str(out, "token_type", "Bearer");
        out_int(out, "expires_in", call->okta->options.token_s);
        out_str(out, "access_token", grant.token);
        out_str(out, "scope", grant.scope);
    }
    out_end(out, '}');
    free(url);
    args_destroy(&form);
}

static void s_user(call_t *call)
{
    user_write(call->user, web_url(call->okta->web), &call->reply->body);
}

static void s_factors(call_t *call)
{
    out_t *out = &call->reply->body;
    out_begin(out, NULL, '[');
    for (size_t i = 0; i < call->user->factors_n; i++) {
        factor_write(call->user, &call->user->factors[i], web_url(call->okta->web), out);
    }
    out_end(out, ']');
}

static void s_factor(call_t *call)
{
    factor_write(call->user, call->factor, web_url(call->okta->web), &call->reply->body);
}

/* ---- Paths. */

static int s_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static bool s_decode(const char *text, size_t size, char out[PART_SIZE])
{
    size_t len = 0;
    for (size_t i = 0; i < size && len < PART_SIZE - 1; i++) {
        if (text[i] == '%' && i + 2 < size && s_digit(text[i + 1]) >= 0 &&
            s_digit(text[i + 2]) >= 0) {
            out[len++] = (char)(s_digit(text[i + 1]) * 16 + s_digit(text[i + 2]));
            i += 2;
        } else {
            out[len++] = text[i];
        }
    }
    out[len] = '\0';
    return len < PART_SIZE - 1 && strlen(out) == len;
}

/* False if it is too long to be a path of ours. */
static bool s_split(const char *text, path_t *path)
{
    *path = (path_t){.n = 0};
    while (*text == '/') {
        text++;
        const size_t size = strcspn(text, "/");
        if (path->n == PARTS_MAX || !s_decode(text, size, path->parts[path->n])) {
            return false;
        }
        path->n++;
        text += size;
    }
    return true;
}

static bool s_fits(const path_t *path, const char *pattern)
{
    size_t i = 0;
    for (; *pattern; i++) {
        const size_t len = strcspn(pattern, "/");
        const bool any = len == 1 && *pattern == '?';
        if (i == path->n || (!any && (strlen(path->parts[i]) != len ||
                                      strncmp(path->parts[i], pattern, len) != 0))) {
            return false;
        }
        pattern += len + (pattern[len] == '/');
    }
    return i == path->n;
}

/* ROUTES_N if there is none; *path_known_r if it is the method that is wrong. */
static okta_route_t s_find(const path_t *path, const char *method, bool *path_known_r)
{
    *path_known_r = false;
    for (okta_route_t i = 0; i < ROUTES_N; i++) {
        if (s_fits(path, s_routes[i].path)) {
            *path_known_r = true;
            if (strcmp(s_routes[i].method, method) == 0) {
                return i;
            }
        }
    }
    return ROUTES_N;
}

/* ---- The gates. */

/* False, and a refusal, unless the caller may do what needs scope. */
static bool s_authorize(call_t *call, const char *scope)
{
    const char *header = web_header(call->web, "authorization");
    if (!header) {
        api_refuse(call->reply, ERR_SESSION, NULL);
        return false;
    }
    if (strncmp(header, "SSWS ", 5) == 0 && strcmp(header + 5, call->okta->options.token) == 0) {
        return true;
    }
    const char *scopes = strncmp(header, "Bearer ", 7) == 0
                             ? tokens_scope(call->okta->tokens, header + 7, call->now_ms / MS_PER_S)
                             : NULL;
    if (!scopes) {
        api_refuse(call->reply, ERR_TOKEN, NULL);
        return false;
    }
    if (!scope_lists(scopes, " ", scope) && !scope_lists(scopes, " ", MANAGE)) {
        reply_header(call->reply, "www-authenticate",
                     "Bearer error=\"insufficient_scope\", scope=\"%s\"", scope);
        api_refuse(call->reply, ERR_FORBIDDEN, NULL);
        return false;
    }
    return true;
}

/* False, and a refusal, unless the path names who and what there is. */
static bool s_resolve(call_t *call, const path_t *path)
{
    if (path->n >= 4) { /* api v1 users ID */
        call->user = users_find(call->okta->users, path->parts[3]);
    }
    if (path->n >= 6 && call->user) { /* factors ID */
        call->factor = user_factor(call->user, path->parts[5]);
    }
    if (path->n >= 8) { /* transactions ID */
        call->transaction = path->parts[7];
    }
    if ((path->n >= 4 && !call->user) || (path->n >= 6 && !call->factor)) {
        api_refuse(call->reply, ERR_NOT_FOUND, call->user ? "UserFactor" : "User");
        return false;
    }
    return true;
}

static void s_write_limit(call_t *call, int64_t max, int64_t left, int64_t reset_s)
{
    reply_header(call->reply, "x-rate-limit-limit", "%" PRId64, max);
    reply_header(call->reply, "x-rate-limit-remaining", "%" PRId64, left);
    reply_header(call->reply, "x-rate-limit-reset", "%" PRId64, reset_s);
}

/* The script's 429 looks like a true one. */
static void s_spoil(call_t *call, const limit_t *limit)
{
    const fault_t *fault = call->fault;
    const bool limited = fault && fault->status == 429;
    if (limited) {
        const int64_t wait_s = fault->retry_after_s >= 0 ? fault->retry_after_s : 1;
        s_write_limit(call, limit->max, 0, call->now_ms / MS_PER_S + wait_s);
    } else {
        s_write_limit(call, limit->max, limit_left(limit), limit->reset_s);
    }
    fault_spoil(fault, call->reply);
    if (limited && !fault->body) {
        api_refuse(call->reply, ERR_LIMIT, NULL);
    }
}

static void s_serve(call_t *call, const path_t *path, okta_route_t route)
{
    limit_t *limit = &call->okta->limits[route];
    if (!limit_take(limit, call->now_ms / MS_PER_S)) {
        s_write_limit(call, limit->max, 0, limit->reset_s);
        api_refuse(call->reply, ERR_LIMIT, NULL);
        return;
    }
    call->fault = faults_next(call->okta->faults, okta_routes[route]);
    if (fault_applies(call->fault) &&
        (!s_routes[route].scope ||
         (s_authorize(call, s_routes[route].scope) && s_resolve(call, path)))) {
        s_routes[route].fn(call);
    }
    s_spoil(call, limit);
}

void api_serve(okta_t *self, web_call_t *web, reply_t *reply)
{
    call_t call = {
        .okta = self,
        .web = web,
        .request = web_request(web),
        .reply = reply,
        .now_ms = sb_clock_wall_ms(),
    };
    uint8_t raw[12];
    char id[2 * sizeof raw + 1];
    sb_random(raw, sizeof raw);
    sb_hex(raw, sizeof raw, id);
    reply_header(reply, "x-okta-request-id", "%s", id);
    path_t path;
    bool path_known = false;
    const okta_route_t route = s_split(call.request->path, &path)
                                   ? s_find(&path, call.request->method, &path_known)
                                   : ROUTES_N;
    if (route == ROUTES_N) {
        api_refuse(reply, path_known ? ERR_METHOD : ERR_NOT_FOUND, NULL);
        return;
    }
    s_serve(&call, &path, route);
    okta_counter_t *counter = &self->counters[route];
    counter->calls++;
    counter->failed += reply->status >= 400;
    counter->limited += reply->status == 429;
    counter->scripted += call.fault != NULL;
}
