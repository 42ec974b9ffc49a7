/* main.c: a fake Okta: one organisation, its Factors API, its token endpoint, and a control API to
 * play the phones (README.md). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/mem.h"
#include "tests/support/fake/program.h"
#include "tests/support/fake_okta/okta.h"

#define MS_PER_S 1000
#define HOUR_MS 3600000

okta_time_t okta_time(int64_t at_ms)
{
    okta_time_t out;
    struct tm tm;
    const time_t at_s = (time_t)(at_ms / MS_PER_S);
    (void)gmtime_r(&at_s, &tm);
    char text[24];
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out.text, sizeof out.text, "%s.%03dZ", text, (int)(at_ms % MS_PER_S));
    return out;
}

static void s_forget_push(push_t *push, void *arg)
{
    okta_t *self = arg;
    if (push->timer) {
        web_cancel(self->web, &push->timer);
        free(push->owner);
    }
}

static void s_serve(void *ctx, web_call_t *call)
{
    okta_t *self = ctx;
    reply_t reply = reply_new();
    if (control_is(web_request(call))) {
        control_serve(play_routes, self, web_request(call), &reply);
    } else {
        api_serve(self, call, &reply);
    }
    reply_send(&reply, self->web, call);
}

static bool s_begin(void *ctx, web_t *web)
{
    okta_t *self = ctx;
    static token_rules_t rules;
    rules = (token_rules_t){
        .client_id = self->options.client_id,
        .scopes = self->options.scopes,
        .life_s = self->options.token_s,
    };
    sb_err_t err = {0};
    self->web = web;
    self->tokens = tokens_new(&rules, self->options.client_key, &err);
    if (!self->tokens) {
        (void)fprintf(stderr, "fake_okta: --client-key: %s\n", err.text);
        return false;
    }
    self->users = users_new(self->options.users);
    for (size_t i = 0; i < ROUTES_N; i++) {
        self->limits[i] = (limit_t){.max = self->options.limit, .window_s = self->options.window_s};
    }
    return true;
}

static void s_end(void *ctx)
{
    okta_t *self = ctx;
    pushes_destroy(&self->pushes); /* while the timers are there to be cancelled */
    users_destroy(&self->users);
    tokens_destroy(&self->tokens);
    faults_destroy(&self->faults);
}

int main(int argc, char **argv)
{
    okta_t self = {
        .options = {.token = "00fakeOktaApiToken",
                    .client_id = "0oafakeclient00000001",
                    .scopes = "okta.users.read,okta.users.manage",
                    .foreign_url = "https://okta.invalid",
                    .push_ms = 300000,
                    .token_s = 3600,
                    .codes_max = 5,
                    .limit = 1000000,
                    .window_s = 60},
        .faults = faults_new(okta_routes, okta_quirks),
    };
    self.pushes = pushes_new(s_forget_push, &self);
    okta_options_t *o = &self.options;
    const program_option_t options[] = {
        {.name = "token",         .help = "TEXT: for SSWS (00fakeOktaApiToken)", .text = &o->token},
        {.name = "client-id",      .help = "TEXT: (0oafakeclient00000001)", .text = &o->client_id},
        {.name = "client-key",
         .help = "PATH: the client's public key in PEM; without, no OAuth",
         .text = &o->client_key},
        {.name = "scopes",
         .help = "A,B: that the client may have (okta.users.read,okta.users.manage)",
         .text = &o->scopes},
        {.name = "foreign-url",
         .help = "URL: where the quirk foreign_poll leads (https://okta.invalid)",
         .text = &o->foreign_url},
        {.name = "users",
         .help = "N: members with push and TOTP (0)",
         .number = &o->users,
         .max = USERS_MAX},
        {.name = "push-ms",
         .help = "N: life of a push (300000)",
         .number = &o->push_ms,
         .min = 1,
         .max = 24 * (int64_t)HOUR_MS},
        {.name = "token-s",
         .help = "N: life of an access token (3600)",
         .number = &o->token_s,
         .min = 1,
         .max = 86400},
        {.name = "codes-max",
         .help = "N: wrong codes that lock a user (5)",
         .number = &o->codes_max,
         .min = 1,
         .max = 1000},
        {.name = "limit",
         .help = "N: calls of a route in a window (1000000)",
         .number = &o->limit,
         .max = 1000000000},
        {.name = "window-s",
         .help = "N: length of that window (60)",
         .number = &o->window_s,
         .min = 1,
         .max = 86400},
        {.name = NULL    },
    };
    const program_t program = {
        .name = "fake_okta",
        .about = "an organisation of Okta for tests, all in memory",
        .options = options,
        .serve = s_serve,
        .ctx = &self,
        .begin = s_begin,
        .end = s_end,
    };
    return program_run(&program, argc, argv);
}
