/* play.c: what tests do to the organisation: README.md says what each name takes and gives. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake_okta/okta.h"

#define AFTER_MS_MAX 3600000
#define PUSHES_SHOWN 1000
#define WINDOW_S_MAX 86400

static user_t *s_user(okta_t *self, args_t *args, const char **error_r)
{
    const char *name = args_str(args, "user");
    user_t *user = name ? users_find(self->users, name) : NULL;
    *error_r = user ? NULL : "user: there is no such id or login";
    return user;
}

/* ---- People. */

static void s_write_user(const user_t *user, out_t *out)
{
    out_begin(out, "user", '{');
    out_str(out, "id", user->id);
    out_str(out, "login", user->login);
    out_str(out, "status", user->status);
    out_int(out, "bad_codes", user->bad_codes);
    out_begin(out, "factors", '[');
    for (size_t i = 0; i < user->factors_n; i++) {
        const factor_t *factor = &user->factors[i];
        char *secret = sb_base32(factor->secret, SECRET_SIZE);
        out_begin(out, NULL, '{');
        out_str(out, "id", factor->id);
        out_str(out, "type", factor->type);
        out_str(out, "provider", factor->provider);
        out_str(out, "status", factor->status);
        out_str(out, "secret", factor->kind == FACTOR_TOTP ? secret : NULL);
        out_end(out, '}');
        free(secret);
    }
    out_end(out, ']');
    out_end(out, '}');
}

static const char *s_get_text(const cJSON *object, const char *name, const char *fallback)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text ? text : fallback;
}

static const char *s_add_factors(okta_t *self, user_t *user, const cJSON *factors)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, factors)
    {
        const char *type = s_get_text(one, "type", NULL);
        if (!type || !user_add_factor(self->users, user, type, s_get_text(one, "provider", "OKTA"),
                                      s_get_text(one, "status", "ACTIVE"))) {
            return "factors: expected at most 8 objects with a type, and short texts";
        }
    }
    return NULL;
}

static const char *s_user_add(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    const char *login = args_str(args, "login");
    const char *status = args_str(args, "status");
    bool bad = false;
    const cJSON *factors = args_json(args, "factors", &bad);
    if (bad || (factors && !cJSON_IsArray(factors))) {
        return "factors: expected an array";
    }
    user_t *user = login ? users_add(self->users, login) : NULL;
    if (!user) {
        return "login: is needed, and not one that is there";
    }
    if (status && !user_set_status(user->status, status)) {
        return "status: too long";
    }
    const char *error = s_add_factors(self, user, factors);
    if (!factors) {
        (void)user_add_factor(self->users, user, "push", "OKTA", "ACTIVE");
        (void)user_add_factor(self->users, user, "token:software:totp", "OKTA", "ACTIVE");
    }
    s_write_user(user, out);
    return error;
}

static const char *s_user_get(void *ctx, args_t *args, out_t *out)
{
    const char *error = NULL;
    const user_t *user = s_user(ctx, args, &error);
    if (user) {
        s_write_user(user, out);
    }
    return error;
}

static const char *s_user_change(void *ctx, args_t *args, out_t *out)
{
    const char *error = NULL;
    user_t *user = s_user(ctx, args, &error);
    const char *status = args_str(args, "status");
    if (user && status) {
        if (!user_set_status(user->status, status)) {
            return "status: too long";
        }
        user->bad_codes = user_locked(user) ? user->bad_codes : 0;
    }
    if (user) {
        s_write_user(user, out);
    }
    return error;
}

static const char *s_factor_change(void *ctx, args_t *args, out_t *out)
{
    const char *error = NULL;
    user_t *user = s_user(ctx, args, &error);
    const char *id = args_str(args, "factor");
    const char *status = args_str(args, "status");
    factor_t *factor = user && id ? user_factor(user, id) : NULL;
    if (!user) {
        return error;
    }
    if (!factor || !status || !user_set_status(factor->status, status)) {
        return "factor, status: one of the user's, and its new status, are needed";
    }
    s_write_user(user, out);
    return NULL;
}

/* ---- Phones. */

static void s_write_push(const push_t *push, out_t *out, const char *key, int64_t now_ms)
{
    out_begin(out, key, '{');
    out_str(out, "id", push->id);
    out_str(out, "user", push->user->id);
    out_str(out, "login", push->user->login);
    out_str(out, "factor", push->factor->id);
    out_str(out, "result", push_end_name(push_end(push, now_ms)));
    if (push->number) {
        out_int(out, "number", push->number);
        out_begin(out, "choices", '[');
        for (size_t i = 0; i < CHOICES_N; i++) {
            out_int(out, NULL, push->choices[i]);
        }
        out_end(out, ']');
    }
    out_int(out, "polls", push->polls);
    out_str(out, "agent", push->agent);
    out_str(out, "forwarded_for", push->forwarded_for);
    out_end(out, '}');
}

static const char *s_tap(const push_t *push, args_t *args, push_end_t *end_r)
{
    const char *what = args_str(args, "do");
    if (what && strcmp(what, "approve") == 0) {
        const int64_t number = args_int(args, "number", 0);
        if (push->number && number == 0) {
            return "number: this push shows some, one must be tapped";
        }
        *end_r = number == push->number ? PUSH_SUCCESS : PUSH_REJECTED;
    } else if (what && strcmp(what, "reject") == 0) {
        *end_r = PUSH_REJECTED;
    } else if (what && strcmp(what, "expire") == 0) {
        *end_r = PUSH_TIMEOUT;
    } else {
        return "do: expected approve, reject or expire";
    }
    return NULL;
}

static const char *s_phone(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    const int64_t now_ms = sb_clock_wall_ms();
    const char *error = NULL;
    const user_t *user = s_user(self, args, &error);
    if (!user) {
        return error;
    }
    push_t *push = pushes_open(self->pushes, user, now_ms);
    if (!push) {
        return "there is no push on this phone";
    }
    push_end_t end = PUSH_WAITING;
    error = s_tap(push, args, &end);
    if (!error && push_finish(push, end, now_ms)) {
        s_write_push(push, out, "push", now_ms);
    }
    return error;
}

typedef struct {
    phone_t phone;
    int64_t after_ms;
} habit_t;

static void s_set_habit(user_t *user, void *arg)
{
    const habit_t *habit = arg;
    user->phone = habit->phone;
    user->phone_after_ms = habit->after_ms;
}

static const char *s_phone_auto(void *ctx, args_t *args, out_t *out)
{
    static const char *const names[] = {"nothing", "approve", "wrong", "reject", "expire"};
    okta_t *self = ctx;
    (void)out;
    const char *what = args_str(args, "do");
    habit_t habit = {.after_ms = args_int(args, "after_ms", 0)};
    while (habit.phone <= PHONE_EXPIRE && (!what || strcmp(names[habit.phone], what) != 0)) {
        habit.phone++;
    }
    if (habit.phone > PHONE_EXPIRE) {
        return "do: expected approve, wrong, reject, expire or nothing";
    }
    if (habit.after_ms < 0 || habit.after_ms > AFTER_MS_MAX) {
        return "after_ms: expected 0 to 3600000";
    }
    const char *error = NULL;
    if (args_has(args, "user")) {
        user_t *user = s_user(self, args, &error);
        if (user) {
            s_set_habit(user, &habit);
        }
        return error;
    }
    users_each(self->users, s_set_habit, &habit);
    return NULL;
}

static const char *s_pushes(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    const int64_t now_ms = sb_clock_wall_ms();
    const char *error = NULL;
    const user_t *user = args_has(args, "user") ? s_user(self, args, &error) : NULL;
    if (error) {
        return error;
    }
    out_begin(out, "pushes", '[');
    const push_t *push = NULL;
    for (int n = 0; n < PUSHES_SHOWN && (push = pushes_next(self->pushes, push, user)); n++) {
        s_write_push(push, out, NULL, now_ms);
    }
    out_end(out, ']');
    return NULL;
}

/* ---- What became of it, and what goes wrong. */

static const char *s_info(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    (void)args;
    out_str(out, "url", web_url(self->web));
    out_str(out, "token", self->options.token);
    out_str(out, "client_id", self->options.client_id);
    out_int(out, "users", (int64_t)users_len(self->users));
    return NULL;
}

static const char *s_counters(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    const int64_t now_ms = sb_clock_wall_ms();
    (void)args;
    out_begin(out, "routes", '{');
    for (size_t i = 0; i < ROUTES_N; i++) {
        const okta_counter_t *counter = &self->counters[i];
        out_begin(out, okta_routes[i], '{');
        out_int(out, "calls", counter->calls);
        out_int(out, "failed", counter->failed);
        out_int(out, "limited", counter->limited);
        out_int(out, "scripted", counter->scripted);
        out_end(out, '}');
    }
    out_end(out, '}');
    out_begin(out, "pushes", '{');
    out_int(out, "sent", pushes_sent(self->pushes));
    out_int(out, "waiting", pushes_ended(self->pushes, PUSH_WAITING, now_ms));
    out_int(out, "approved", pushes_ended(self->pushes, PUSH_SUCCESS, now_ms));
    out_int(out, "rejected", pushes_ended(self->pushes, PUSH_REJECTED, now_ms));
    out_int(out, "timed_out", pushes_ended(self->pushes, PUSH_TIMEOUT, now_ms));
    out_int(out, "cancelled", pushes_ended(self->pushes, PUSH_CANCELLED, now_ms));
    out_end(out, '}');
    out_begin(out, "codes", '{');
    out_int(out, "good", self->codes_good);
    out_int(out, "bad", self->codes_bad);
    out_end(out, '}');
    out_int(out, "tokens", tokens_granted(self->tokens));
    return NULL;
}

static const char *s_fault(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    (void)out;
    return faults_script(self->faults, args);
}

static const char *s_faults_clear(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    (void)args;
    (void)out;
    faults_clear(self->faults);
    return NULL;
}

static const char *s_limit(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    (void)out;
    const char *route = args_str(args, "route");
    size_t i = 0;
    while (route && i < ROUTES_N && strcmp(okta_routes[i], route) != 0) {
        i++;
    }
    const int64_t max = args_int(args, "max", -1);
    const int64_t window_s = args_int(args, "window_s", self->options.window_s);
    if (!route || i == ROUTES_N || max < 0 || window_s < 1 || window_s > WINDOW_S_MAX) {
        return "route, max, window_s: expected a route, 0 or more calls, 1 to 86400 seconds";
    }
    self->limits[i] = (limit_t){.max = max, .window_s = window_s};
    return NULL;
}

static const char *s_tokens_revoke(void *ctx, args_t *args, out_t *out)
{
    okta_t *self = ctx;
    (void)args;
    (void)out;
    tokens_revoke(self->tokens);
    return NULL;
}

const control_route_t play_routes[] = {
    {"info",          s_info         },
    {"user.add",      s_user_add     },
    {"user",          s_user_get     },
    {"user.change",   s_user_change  },
    {"factor.change", s_factor_change},
    {"phone",         s_phone        },
    {"phone.auto",    s_phone_auto   },
    {"pushes",        s_pushes       },
    {"counters",      s_counters     },
    {"fault",         s_fault        },
    {"faults.clear",  s_faults_clear },
    {"limit",         s_limit        },
    {"tokens.revoke", s_tokens_revoke},
    {NULL,            NULL           },
};
