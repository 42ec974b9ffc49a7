/* api.c: what is published, and from a path to its handler. */
#include "tests/support/fake_oidc/api.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/mem.h"

#define MS_PER_S 1000

const char *const oidc_routes[ROUTES_N + 1] = {
    [ROUTE_DISCOVERY] = "discovery",
    [ROUTE_JWKS] = "jwks",
    [ROUTE_AUTHORIZE] = "authorize",
    [ROUTE_TOKEN] = "token",
};

const char *const oidc_quirks[] = {
    "wrong_issuer", /* discovery: of another */
    "no_keys",      /* discovery: no jwks_uri */
    "wrong_state",  /* authorize: comes back with another */
    "no_state",     /* authorize: comes back without it */
    "wrong_iss",    /* authorize: comes back from another (RFC 9207) */
    NULL,
};

void api_refuse(call_t *call, int status, const char *error, const char *description)
{
    out_t *out = &call->reply->body;
    call->reply->status = status;
    reply_clear(call->reply);
    out_begin(out, NULL, '{');
    out_str(out, "error", error);
    if (description) {
        out_str(out, "error_description", description);
    }
    out_end(out, '}');
}

/* ---- What is published. */

/* words: separated by blanks */
static void s_list(out_t *out, const char *key, const char *words)
{
    out_begin(out, key, '[');
    for (size_t len; *words; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        char *word = sb_strndup(words, len);
        out_str(out, NULL, word);
        free(word);
    }
    out_end(out, ']');
}

static void s_address(call_t *call, const char *key, const char *path)
{
    char *url = sb_format("%s%s", web_url(call->oidc->web), path);
    out_str(&call->reply->body, key, url);
    free(url);
}

static void s_discovery(call_t *call)
{
    static const struct {
        const char *key;
        const char *words;
    } lists[] = {
        {"response_types_supported",              "code"                                          },
        {"response_modes_supported",              "query"                                         },
        {"grant_types_supported",                 "authorization_code"                            },
        {"subject_types_supported",               "public"                                        },
        {"id_token_signing_alg_values_supported", "RS256 ES256"                                   },
        {"token_endpoint_auth_methods_supported", "client_secret_basic client_secret_post"        },
        {"code_challenge_methods_supported",      "S256"                                          },
        {"scopes_supported",                      "openid email profile"                          },
        {"claims_supported",                      "sub auth_time acr amr email preferred_username"},
    };
    out_t *out = &call->reply->body;
    out_begin(out, NULL, '{');
    if (fault_quirk(call->fault, "wrong_issuer")) {
        out_str(out, "issuer", "https://elsewhere.example");
    } else {
        s_address(call, "issuer", "");
    }
    s_address(call, "authorization_endpoint", "/authorize");
    s_address(call, "token_endpoint", "/token");
    if (!fault_quirk(call->fault, "no_keys")) {
        s_address(call, "jwks_uri", "/jwks");
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        s_list(out, lists[i].key, lists[i].words);
    }
    out_bool(out, "authorization_response_iss_parameter_supported", true);
    out_end(out, '}');
}

static void s_jwks(call_t *call)
{
    cJSON *document = keys_document(call->oidc->keys, call->oidc->twins);
    char *text = sb_json_print(document);
    call->reply->type = "application/jwk-set+json";
    out_raw(&call->reply->body, NULL, text);
    free(text);
    cJSON_Delete(document);
}

/* ---- Routes. */

static const struct {
    const char *path;
    bool get;
    bool post;
    api_fn *fn;
} s_routes[ROUTES_N] = {
    [ROUTE_DISCOVERY] = {"/.well-known/openid-configuration", true,  false, s_discovery  },
    [ROUTE_JWKS] = {"/jwks",                             true,  false, s_jwks       },
    [ROUTE_AUTHORIZE] = {"/authorize",                        true,  true,  api_authorize},
    [ROUTE_TOKEN] = {"/token",                            false, true,  api_token    },
};

static oidc_route_t s_find(const char *path)
{
    oidc_route_t i = 0;
    while (i < ROUTES_N && strcmp(s_routes[i].path, path) != 0) {
        i++;
    }
    return i;
}

static void s_serve(call_t *call, oidc_route_t route)
{
    const web_request_t *request = web_request(call->web);
    const bool get = strcmp(request->method, "GET") == 0;
    const bool post = strcmp(request->method, "POST") == 0;
    if (!(get && s_routes[route].get) && !(post && s_routes[route].post)) {
        api_refuse(call, 405, "invalid_request", "Another method, please.");
        return;
    }
    call->fault = faults_next(call->oidc->faults, oidc_routes[route]);
    call->args = args_new();
    call->bad_args = !args_add_form(call->args, post ? request->body : request->query,
                                    post ? request->body_size : strlen(request->query));
    if (fault_applies(call->fault)) {
        s_routes[route].fn(call);
    }
    fault_spoil(call->fault, call->reply);
    args_destroy(&call->args);
}

void api_serve(oidc_t *self, web_call_t *web, reply_t *reply)
{
    call_t call = {
        .oidc = self,
        .web = web,
        .reply = reply,
        .now_s = sb_clock_wall_ms() / MS_PER_S,
    };
    const oidc_route_t route = s_find(web_request(web)->path);
    if (route == ROUTES_N) {
        api_refuse(&call, 404, "not_found", NULL);
        return;
    }
    s_serve(&call, route);
    oidc_counter_t *counter = &self->counters[route];
    counter->calls++;
    counter->failed += reply->status >= 400 || call.refused;
    counter->scripted += call.fault != NULL;
}
