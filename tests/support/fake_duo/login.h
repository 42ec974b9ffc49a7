/* login.h: attempts to log in: what /auth makes, the phone decides and auth_status tells. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/web.h"
#include "tests/support/fake_duo/people.h"

#define LOGINS_MAX 500000 /* that are known at once */
#define TXID_SIZE 40

typedef struct login login_t;

/* Somebody who waits for news of a login: of any, or of its end alone. */
typedef struct waiter {
    void (*fn)(struct waiter *self); /* called once, and the waiter is no longer known */
    bool end_only;
    login_t *login; /* NULL: waits for none */
    struct waiter *next;
    struct waiter *prev;
} waiter_t;

/* Texts as /auth had them; NULL: absent. */
typedef struct {
    const char *factor;
    const char *device;
    const char *type;
    const char *pushinfo;
    const char *display_username;
    const char *ipaddr;
    const char *code; /* that the phone must type; NULL: none */
} login_about_t;

struct login {
    char txid[TXID_SIZE];
    person_t *person;
    char code[8]; /* "": the phone need not type any */
    char *factor;
    char *device;
    char *type;
    char *pushinfo;
    char *display_username;
    char *ipaddr;
    char result[32];
    char status[32];
    char message[160];
    bool ended;
    unsigned changes; /* how often it was changed */
    unsigned told;    /* changes that auth_status has told */
    uint64_t polls;
    waiter_t *waiters;
    uint64_t timer; /* the end of its life, then of its memory */
    uint64_t phone_timer;
    struct logins *of;
};

typedef struct logins logins_t;

/* A push lives push_ms; an ended login is forgotten after keep_ms. */
logins_t *logins_new(int64_t push_ms, int64_t keep_ms);
/* Before the first login. */
void logins_attach(logins_t *self, web_t *web);
/* After the web is no more: nobody waits. */
void logins_destroy(logins_t **self_p);
size_t logins_len(const logins_t *self);

/* A new id, of a login or of anything else. */
void logins_make_txid(logins_t *self, char txid[TXID_SIZE]);
/* Digits of a verification code. */
void logins_make_code(logins_t *self, int digits, char code[8]);

/* "pushed", and the person's last. NULL if there are too many. */
login_t *logins_push(logins_t *self, person_t *person, const login_about_t *about);
/* One that is decided already. NULL if there are too many. */
login_t *logins_decided(logins_t *self, person_t *person, const login_about_t *about,
                        const char *status);
login_t *logins_find(const logins_t *self, const char *txid);

/* Sets what Duo says of that status, and tells all who wait. No effect once it has ended. */
void login_set(login_t *self, const char *status);
/* The same for any words at all. */
void login_set_raw(login_t *self, const char *result, const char *status, const char *message,
                   bool ended);
bool login_knows(const char *status);

/* Has changed since auth_status told it last, or is at its end. */
bool login_has_news(const login_t *self);
void login_wait(login_t *self, waiter_t *waiter);
void login_unwait(waiter_t *waiter);
