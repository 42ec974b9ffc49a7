/* user.h: the people of the organisation and their factors. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/out.h"

#define OKTA_ID_SIZE 21 /* with the NUL */
#define LOGIN_MAX 256   /* bytes, with the NUL */
#define FACTORS_MAX 8
#define STATUS_MAX 32
#define SECRET_SIZE 20
#define USERS_MAX 200000

typedef enum { FACTOR_PUSH, FACTOR_TOTP, FACTOR_OTHER } factor_kind_t;

typedef struct {
    char id[OKTA_ID_SIZE];
    factor_kind_t kind;
    char type[STATUS_MAX];     /* push, token:software:totp, sms, ... */
    char provider[STATUS_MAX]; /* OKTA, GOOGLE, ... */
    char status[STATUS_MAX];   /* ACTIVE, PENDING_ACTIVATION, ... */
    uint8_t secret[SECRET_SIZE];
    int64_t last_step; /* of the code that was taken last; -1: none */
} factor_t;

/* What the phone does by itself with a push. */
typedef enum { PHONE_NOTHING, PHONE_APPROVE, PHONE_WRONG, PHONE_REJECT, PHONE_EXPIRE } phone_t;

typedef struct {
    char id[OKTA_ID_SIZE];
    char login[LOGIN_MAX];
    char status[STATUS_MAX]; /* ACTIVE, LOCKED_OUT, ... */
    factor_t factors[FACTORS_MAX];
    size_t factors_n;
    int64_t bad_codes; /* since the last good one */
    phone_t phone;
    int64_t phone_after_ms;
} user_t;

typedef struct users users_t;

/* With n members user000001@example.com, ..., who have a push and a TOTP factor each. */
users_t *users_new(int64_t n);
void users_destroy(users_t **self_p);
size_t users_len(const users_t *self);
/* By id or login; NULL if there is none. */
user_t *users_find(const users_t *self, const char *name);
/* NULL if the login is taken, too long or one too many. */
user_t *users_add(users_t *self, const char *login);
/* Calls fn for each. */
void users_each(users_t *self, void (*fn)(user_t *user, void *arg), void *arg);

/* Sets it; false if it is too long. */
bool user_set_status(char status[STATUS_MAX], const char *text);
/* NULL if there is no room, or a text is too long. */
factor_t *user_add_factor(users_t *self, user_t *user, const char *type, const char *provider,
                          const char *status);
factor_t *user_factor(user_t *user, const char *id);
bool user_locked(const user_t *user);

/* As the API shows them. */
void user_write(const user_t *user, const char *url, out_t *out);
void factor_write(const user_t *user, const factor_t *factor, const char *url, out_t *out);
/* One link with its hints, inside _links. */
void link_write(out_t *out, const char *name, const char *href, const char *allow);
