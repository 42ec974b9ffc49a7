/* main.c: a fake OpenID provider for step-up, and a control API to choose who signs in and to spoil
 * what it says of that (README.md). */
#include <stdlib.h>

#include "lib/mem.h"
#include "tests/support/fake/program.h"
#include "tests/support/fake_oidc/oidc.h"

static void s_serve(void *ctx, web_call_t *call)
{
    oidc_t *self = ctx;
    reply_t reply = reply_new();
    reply_header(&reply, "cache-control", "no-store");
    if (control_is(web_request(call))) {
        control_serve(play_routes, self, web_request(call), &reply);
    } else {
        api_serve(self, call, &reply);
    }
    reply_send(&reply, self->web, call);
}

static bool s_begin(void *ctx, web_t *web)
{
    oidc_t *self = ctx;
    self->web = web;
    self->redirect_uri = sb_strdup(self->options.redirect_uri);
    self->people = people_new(self->options.users);
    self->keys = keys_new();
    self->codes = codes_new();
    session_reset(&self->session);
    return true;
}

static void s_end(void *ctx)
{
    oidc_t *self = ctx;
    codes_destroy(&self->codes);
    people_destroy(&self->people);
    keys_destroy(&self->keys);
    faults_destroy(&self->faults);
    session_reset(&self->session);
    cJSON_Delete(self->session.amr);
    cJSON_Delete(self->asked);
    free(self->redirect_uri);
}

int main(int argc, char **argv)
{
    oidc_t self = {
        .options = {.client_id = "fake-client",
                    .client_secret = "fake client's secret: 100%",
                    .users = 1,
                    .code_s = 60,
                    .token_s = 300},
        .faults = faults_new(oidc_routes, oidc_quirks),
        .alg = JOSE_RS256,
        .spoil = -1,
    };
    oidc_options_t *o = &self.options;
    const program_option_t options[] = {
        {.name = "client-id",       .help = "TEXT: (fake-client)", .text = &o->client_id},
        {.name = "client-secret",
         .help = "TEXT: (fake client's secret: 100%)",
         .text = &o->client_secret},
        {.name = "redirect-uri",
         .help = "URI: the client's only one; without, any",
         .text = &o->redirect_uri},
        {.name = "users",
         .help = "N: people who can sign in (1)",
         .number = &o->users,
         .max = PEOPLE_MAX},
        {.name = "code-s",
         .help = "N: life of a code (60)",
         .number = &o->code_s,
         .min = 1,
         .max = 86400},
        {.name = "token-s",
         .help = "N: life of an id_token (300)",
         .number = &o->token_s,
         .min = 1,
         .max = 86400},
        {.name = NULL          },
    };
    const program_t program = {
        .name = "fake_oidc",
        .about = "an OpenID provider for tests, all in memory",
        .options = options,
        .serve = s_serve,
        .ctx = &self,
        .begin = s_begin,
        .end = s_end,
    };
    return program_run(&program, argc, argv);
}
