/* play.c: what tests do to the provider: README.md says what each name takes and gives. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_oidc/oidc.h"

#define MS_PER_S 1000
#define AGE_S_MAX 315360000

void session_reset(session_t *self)
{
    static const char *const amr[] = {"pwd", "otp", "mfa"};
    free(self->acr);
    free(self->error);
    cJSON_Delete(self->amr);
    *self = (session_t){.fresh_if_asked = true, .amr = cJSON_CreateStringArray(amr, 3)};
}

/* ---- People. */

static void s_write_person(const person_t *person, out_t *out)
{
    out_begin(out, "user", '{');
    out_str(out, "sub", person->sub);
    out_str(out, "email", person->email);
    out_bool(out, "email_verified", person->email_verified);
    out_str(out, "preferred_username", *person->username ? person->username : NULL);
    out_end(out, '}');
}

static const char *s_user_add(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    const char *sub = args_str(args, "sub");
    const char *email = args_str(args, "email");
    const person_t *person =
        sub && email ? people_add(self->people, sub, email, args_str(args, "preferred_username"),
                                  args_bool(args, "email_verified", true))
                     : NULL;
    if (!person) {
        return "sub, email: are needed, and none that are there";
    }
    s_write_person(person, out);
    return NULL;
}

static const char *s_sign_in(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    const char *name = args_str(args, "user");
    const person_t *person = name ? people_find(self->people, name) : NULL;
    const int64_t age_s = args_int(args, "age_s", -1);
    bool bad = false;
    const cJSON *amr = args_json(args, "amr", &bad);
    if (name && !person) {
        return "user: there is no such person";
    }
    if (age_s > AGE_S_MAX) {
        return "age_s: expected at most ten years";
    }
    if (bad || (amr && !cJSON_IsArray(amr))) {
        return "amr: expected an array";
    }
    session_reset(&self->session);
    session_t *session = &self->session;
    session->person = person;
    session->auth_time_s = age_s >= 0 ? sb_clock_wall_ms() / MS_PER_S - age_s : 0;
    session->fresh_if_asked = args_bool(args, "fresh_if_asked", true);
    session->acr = sb_strdup(args_str(args, "acr"));
    session->error = sb_strdup(args_str(args, "error"));
    if (amr) {
        cJSON_Delete(session->amr);
        session->amr = cJSON_GetArraySize(amr) > 0 ? sb_json_copy(amr) : NULL;
    }
    if (person) {
        s_write_person(person, out);
    }
    return NULL;
}

/* ---- What is said of them. */

static const char *s_spoil(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    const char *what = args_str(args, "what");
    const int number = what ? id_token_spoil(what) : -1;
    (void)out;
    if (what && number < 0 && strcmp(what, "nothing") != 0) {
        return "what: there is no such way; control/spoils lists them";
    }
    self->spoil = number;
    self->spoil_times = args_int(args, "times", -1);
    return NULL;
}

static const char *s_spoils(void *ctx, args_t *args, out_t *out)
{
    (void)ctx;
    (void)args;
    out_begin(out, "spoils", '[');
    for (int i = 0; id_token_spoil_name(i); i++) {
        out_str(out, NULL, id_token_spoil_name(i));
    }
    out_end(out, ']');
    return NULL;
}

static const char *s_sign(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    const char *alg = args_str(args, "alg");
    (void)out;
    if (!alg || (strcmp(alg, "RS256") != 0 && strcmp(alg, "ES256") != 0)) {
        return "alg: expected RS256 or ES256";
    }
    self->alg = strcmp(alg, "ES256") == 0 ? JOSE_ES256 : JOSE_RS256;
    return NULL;
}

static const char *s_rotate(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    keys_rotate(self->keys, args_bool(args, "keep", false));
    out_str(out, "RS256", keys_current(self->keys, JOSE_RS256)->kid);
    out_str(out, "ES256", keys_current(self->keys, JOSE_ES256)->kid);
    return NULL;
}

static const char *s_twins(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    (void)out;
    self->twins = args_bool(args, "on", true);
    return NULL;
}

static const char *s_client(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    (void)out;
    free(self->redirect_uri);
    self->redirect_uri = sb_strdup(args_str(args, "redirect_uri"));
    return NULL;
}

/* ---- What became of it, and what goes wrong. */

static const char *s_info(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    (void)args;
    out_str(out, "issuer", web_url(self->web));
    out_str(out, "client_id", self->options.client_id);
    out_str(out, "client_secret", self->options.client_secret);
    out_str(out, "redirect_uri", self->redirect_uri);
    out_int(out, "users", (int64_t)people_len(self->people));
    return NULL;
}

static const char *s_asked(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    (void)args;
    char *text = self->asked ? sb_json_print(self->asked) : NULL;
    out_raw(out, "asked", text);
    free(text);
    return NULL;
}

static const char *s_counters(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    (void)args;
    out_begin(out, "routes", '{');
    for (size_t i = 0; i < ROUTES_N; i++) {
        out_begin(out, oidc_routes[i], '{');
        out_int(out, "calls", self->counters[i].calls);
        out_int(out, "failed", self->counters[i].failed);
        out_int(out, "scripted", self->counters[i].scripted);
        out_end(out, '}');
    }
    out_end(out, '}');
    out_begin(out, "codes", '{');
    out_int(out, "made", self->codes_made);
    out_int(out, "reused", self->codes_reused);
    out_end(out, '}');
    out_int(out, "tokens", self->tokens);
    return NULL;
}

static const char *s_fault(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    (void)out;
    return faults_script(self->faults, args);
}

static const char *s_faults_clear(void *ctx, args_t *args, out_t *out)
{
    oidc_t *self = ctx;
    (void)args;
    (void)out;
    faults_clear(self->faults);
    return NULL;
}

const control_route_t play_routes[] = {
    {"info",         s_info        },
    {"user.add",     s_user_add    },
    {"sign_in",      s_sign_in     },
    {"spoil",        s_spoil       },
    {"spoils",       s_spoils      },
    {"sign",         s_sign        },
    {"keys.rotate",  s_rotate      },
    {"keys.twins",   s_twins       },
    {"client",       s_client      },
    {"asked",        s_asked       },
    {"counters",     s_counters    },
    {"fault",        s_fault       },
    {"faults.clear", s_faults_clear},
    {NULL,           NULL          },
};
