/* user.c */
#include "tests/support/fake_okta/user.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake/table.h"

#define CREATED "2024-05-01T08:00:00.000Z"

struct users {
    table_t *by_id;
    table_t *by_login;
    uint64_t ids;
};

static void s_id(users_t *self, const char *prefix, char out[OKTA_ID_SIZE])
{
    snprintf(out, OKTA_ID_SIZE, "%s%013" PRIu64 "fake", prefix, ++self->ids);
}

users_t *users_new(int64_t n)
{
    users_t *self = sb_alloc(sizeof *self);
    self->by_id = table_new();
    self->by_login = table_new();
    for (int64_t i = 1; i <= n; i++) {
        char login[LOGIN_MAX];
        snprintf(login, sizeof login, "user%06" PRId64 "@example.com", i);
        user_t *user = users_add(self, login);
        (void)user_add_factor(self, user, "push", "OKTA", "ACTIVE");
        (void)user_add_factor(self, user, "token:software:totp", "OKTA", "ACTIVE");
    }
    return self;
}

void users_destroy(users_t **self_p)
{
    if (*self_p) {
        size_t place = 0;
        user_t *user;
        while ((user = table_next((*self_p)->by_id, &place))) {
            free(user);
        }
        table_destroy(&(*self_p)->by_id);
        table_destroy(&(*self_p)->by_login);
        free(*self_p);
        *self_p = NULL;
    }
}

size_t users_len(const users_t *self)
{
    return table_len(self->by_id);
}

user_t *users_find(const users_t *self, const char *name)
{
    user_t *user = table_get(self->by_id, name);
    return user ? user : table_get(self->by_login, name);
}

user_t *users_add(users_t *self, const char *login)
{
    if (!*login || strlen(login) >= LOGIN_MAX || table_get(self->by_login, login) ||
        users_len(self) >= USERS_MAX) {
        return NULL;
    }
    user_t *user = sb_alloc(sizeof *user);
    s_id(self, "00u", user->id);
    snprintf(user->login, sizeof user->login, "%s", login);
    (void)user_set_status(user->status, "ACTIVE");
    table_set(self->by_id, user->id, user);
    table_set(self->by_login, user->login, user);
    return user;
}

void users_each(users_t *self, void (*fn)(user_t *user, void *arg), void *arg)
{
    size_t place = 0;
    user_t *user;
    while ((user = table_next(self->by_id, &place))) {
        fn(user, arg);
    }
}

bool user_set_status(char status[STATUS_MAX], const char *text)
{
    if (strlen(text) >= STATUS_MAX) {
        return false;
    }
    snprintf(status, STATUS_MAX, "%s", text);
    return true;
}

factor_t *user_add_factor(users_t *self, user_t *user, const char *type, const char *provider,
                          const char *status)
{
    if (user->factors_n == FACTORS_MAX) {
        return NULL;
    }
    factor_t *factor = &user->factors[user->factors_n];
    *factor = (factor_t){.last_step = -1};
    if (!user_set_status(factor->type, type) || !user_set_status(factor->provider, provider) ||
        !user_set_status(factor->status, status)) {
        return NULL;
    }
    user->factors_n++;
    factor->kind = strcmp(type, "push") == 0                  ? FACTOR_PUSH
                   : strcmp(type, "token:software:totp") == 0 ? FACTOR_TOTP
                                                              : FACTOR_OTHER;
    s_id(self,
         factor->kind == FACTOR_PUSH   ? "opf"
         : factor->kind == FACTOR_TOTP ? "ost"
                                       : "fct",
         factor->id);
    sb_random(factor->secret, sizeof factor->secret);
    return factor;
}

factor_t *user_factor(user_t *user, const char *id)
{
    for (size_t i = 0; i < user->factors_n; i++) {
        if (strcmp(user->factors[i].id, id) == 0) {
            return &user->factors[i];
        }
    }
    return NULL;
}

bool user_locked(const user_t *user)
{
    return strcmp(user->status, "LOCKED_OUT") == 0;
}

void link_write(out_t *out, const char *name, const char *href, const char *allow)
{
    out_begin(out, name, '{');
    out_str(out, "href", href);
    out_begin(out, "hints", '{');
    out_begin(out, "allow", '[');
    out_str(out, NULL, allow);
    out_end(out, ']');
    out_end(out, '}');
    out_end(out, '}');
}

void user_write(const user_t *user, const char *url, out_t *out)
{
    out_begin(out, NULL, '{');
    out_str(out, "id", user->id);
    out_str(out, "status", user->status);
    out_str(out, "created", CREATED);
    out_str(out, "lastUpdated", CREATED);
    out_begin(out, "profile", '{');
    out_str(out, "login", user->login);
    out_str(out, "email", user->login);
    out_str(out, "firstName", "Fake");
    out_str(out, "lastName", "User");
    out_end(out, '}');
    char *self = sb_format("%s/api/v1/users/%s", url, user->id);
    out_begin(out, "_links", '{');
    link_write(out, "self", self, "GET");
    out_end(out, '}');
    free(self);
    out_end(out, '}');
}

static void s_profile(const user_t *user, const factor_t *factor, out_t *out)
{
    out_begin(out, "profile", '{');
    out_str(out, "credentialId", user->login);
    if (factor->kind == FACTOR_PUSH) {
        out_str(out, "deviceType", "SmartPhone_IPhone");
        out_str(out, "keys", NULL);
        out_str(out, "name", "iPhone");
        out_str(out, "platform", "IOS");
        out_str(out, "version", "17.0");
    }
    out_end(out, '}');
}

void factor_write(const user_t *user, const factor_t *factor, const char *url, out_t *out)
{
    out_begin(out, NULL, '{');
    out_str(out, "id", factor->id);
    out_str(out, "factorType", factor->type);
    out_str(out, "provider", factor->provider);
    out_str(out, "vendorName", factor->provider);
    out_str(out, "status", factor->status);
    out_str(out, "created", CREATED);
    out_str(out, "lastUpdated", CREATED);
    s_profile(user, factor, out);
    char *self = sb_format("%s/api/v1/users/%s/factors/%s", url, user->id, factor->id);
    char *verify = sb_format("%s/verify", self);
    out_begin(out, "_links", '{');
    link_write(out, "self", self, "GET");
    link_write(out, "verify", verify, "POST");
    out_end(out, '}');
    free(self);
    free(verify);
    out_end(out, '}');
}
