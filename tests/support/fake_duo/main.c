/* main.c: a fake Duo: one integration of the Auth API, and a control API to play the people and
 * their phones (README.md). */
#include "tests/support/fake/control.h"
#include "tests/support/fake/program.h"
#include "tests/support/fake_duo/api.h"
#include "tests/support/fake_duo/control.h"

#define MS_MAX 86400000

static options_t s_options = {
    .ikey = "DIFAKEFAKEFAKEFAKE00",
    .skey = "fakefakefakefakefakefakefakefakefakefake",
    .push_ms = 60000,
    .keep_ms = 300000,
    .offer_ms = 60000,
    .verified_digits = 3,
};

static const program_option_t s_rows[] = {
    {.name = "ikey",                      .help = "KEY: integration key", .text = &s_options.ikey},
    {.name = "skey",            .help = "KEY: secret key", .text = &s_options.skey},
    {.name = "users",
     .help = "N: user000001 and so on, each with a phone (0)",
     .number = &s_options.people,
     .max = 1000000},
    {.name = "push-ms",
     .help = "N: life of a push (60000)",
     .number = &s_options.push_ms,
     .min = 1,
     .max = MS_MAX},
    {.name = "keep-ms",
     .help = "N: until a login that ended is forgotten (300000)",
     .number = &s_options.keep_ms,
     .min = 1,
     .max = MS_MAX},
    {.name = "offer-ms",
     .help = "N: life of a verification code (60000)",
     .number = &s_options.offer_ms,
     .min = 1,
     .max = MS_MAX},
    {.name = "verified-digits",
     .help = "N: of verification codes, up to 6; 0: none are given (3)",
     .number = &s_options.verified_digits,
     .max = 6},
    {.name = NULL},
};

static duo_t *s_duo; /* made once the options are read */

static void s_serve(void *ctx, web_call_t *call)
{
    (void)ctx;
    const web_request_t *request = web_request(call);
    if (!control_is(request)) {
        api_serve(s_duo, call);
        return;
    }
    reply_t reply = reply_new();
    control_serve(control_routes, s_duo, request, &reply);
    reply_send(&reply, s_duo->web, call);
}

static bool s_begin(void *ctx, web_t *web)
{
    (void)ctx;
    s_duo = duo_new(&s_options);
    duo_attach(s_duo, web);
    return true;
}

int main(int argc, char **argv)
{
    const program_t program = {
        .name = "fake_duo",
        .about = "a fake Duo Auth API for tests",
        .options = s_rows,
        .serve = s_serve,
        .begin = s_begin,
    };
    const int status = program_run(&program, argc, argv);
    duo_destroy(&s_duo);
    return status;
}
