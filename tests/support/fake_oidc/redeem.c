/* redeem.c: the token endpoint: a code becomes an id_token. */
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake_oidc/api.h"

#define BASIC "Basic "

/* The two halves of a Basic header are form-encoded (RFC 6749, 2.3.1); args read that. */
static bool s_basic(call_t *call, const char *header)
{
    uint8_t *raw = NULL;
    size_t size = 0;
    sb_err_t err = {0};
    if (sb_unbase64(header + strlen(BASIC), &raw, &size, &err)) {
        return false;
    }
    char *text = sb_strndup((char *)raw, size);
    char *secret = strchr(text, ':');
    bool good = false;
    if (secret) {
        *secret++ = '\0';
        char *form = sb_format("id=%s&secret=%s", text, secret);
        args_t *args = args_new();
        const oidc_options_t *options = &call->oidc->options;
        const bool read = args_add_form(args, form, strlen(form));
        const char *id = args_str(args, "id");
        const char *word = args_str(args, "secret");
        good = read && id && word && strcmp(id, options->client_id) == 0 &&
               strcmp(word, options->client_secret) == 0;
        args_destroy(&args);
        free(form);
    }
    free(text);
    free(raw);
    return good;
}

static bool s_post(call_t *call)
{
    const char *id = args_str(call->args, "client_id");
    const char *secret = args_str(call->args, "client_secret");
    return id && secret && strcmp(id, call->oidc->options.client_id) == 0 &&
           strcmp(secret, call->oidc->options.client_secret) == 0;
}

/* False, and a refusal, unless it is the client, which proves itself in one way alone. */
static bool s_authenticate(call_t *call)
{
    const char *header = web_header(call->web, "authorization");
    const bool post = args_has(call->args, "client_secret");
    if (header && post) {
        api_refuse(call, 400, "invalid_request", "two ways of authentication");
        return false;
    }
    const bool basic = header && strncmp(header, BASIC, strlen(BASIC)) == 0;
    if (basic ? !s_basic(call, header) : !s_post(call)) {
        reply_header(call->reply, "www-authenticate", "Basic realm=\"fake_oidc\"");
        api_refuse(call, 401, "invalid_client", NULL);
        return false;
    }
    return true;
}

/* Which spoil it is this time; -1: none. */
static int s_spoil(oidc_t *self)
{
    if (self->spoil < 0 || self->spoil_times == 0) {
        return -1;
    }
    self->spoil_times -= self->spoil_times > 0;
    return self->spoil;
}

static void s_give(call_t *call, const code_t *code)
{
    oidc_t *oidc = call->oidc;
    uint8_t raw[32];
    sb_random(raw, sizeof raw);
    char *access_token = jose_base64(raw, sizeof raw);
    const id_token_facts_t facts = {
        .issuer = web_url(oidc->web),
        .client_id = oidc->options.client_id,
        .client_secret = oidc->options.client_secret,
        .code = code,
        .access_token = access_token,
        .now_s = call->now_s,
        .life_s = oidc->options.token_s,
        .alg = oidc->alg,
    };
    char *id_token = id_token_make(&facts, oidc->keys, s_spoil(oidc));
    out_t *out = &call->reply->body;
    out_begin(out, NULL, '{');
    out_str(out, "token_type", "Bearer");
    out_int(out, "expires_in", oidc->options.token_s);
    out_str(out, "access_token", access_token);
    out_str(out, "scope", code->scope);
    if (id_token) {
        out_str(out, "id_token", id_token);
    }
    out_end(out, '}');
    oidc->tokens++;
    free(id_token);
    free(access_token);
}

void api_token(call_t *call)
{
    static const char *const reasons[] = {
        [CODE_UNKNOWN] = "the code is unknown",
        [CODE_USED] = "the code was used",
        [CODE_EXPIRED] = "the code has expired",
        [CODE_URI] = "the code was given to another redirect_uri",
        [CODE_VERIFIER] = "code_verifier does not fit",
    };
    if (call->bad_args) {
        api_refuse(call, 400, "invalid_request", "the form can't be read");
        return;
    }
    if (!s_authenticate(call)) {
        return;
    }
    const char *grant = args_str(call->args, "grant_type");
    if (!grant || strcmp(grant, "authorization_code") != 0) {
        api_refuse(call, 400, "unsupported_grant_type", NULL);
        return;
    }
    const code_t *code = NULL;
    const code_end_t end = codes_redeem(call->oidc->codes, args_str(call->args, "code"),
                                        args_str(call->args, "redirect_uri"),
                                        args_str(call->args, "code_verifier"), call->now_s, &code);
    call->oidc->codes_reused += end == CODE_USED;
    if (end != CODE_GOOD) {
        api_refuse(call, 400, "invalid_grant", reasons[end]);
        return;
    }
    s_give(call, code);
}
