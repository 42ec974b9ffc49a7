/* duo.h: the whole fake: what the parts that serve requests have in common. */
#pragma once

#include <stdint.h>

#include "tests/support/fake/fault.h"
#include "tests/support/fake/web.h"
#include "tests/support/fake_duo/login.h"
#include "tests/support/fake_duo/people.h"

typedef struct {
    const char *ikey;
    const char *skey;
    int64_t people;
    int64_t push_ms;
    int64_t keep_ms;
    int64_t offer_ms;
    int64_t verified_digits;
} options_t;

typedef struct {
    uint64_t calls;
    uint64_t failed;   /* of those, by themselves */
    uint64_t scripted; /* of those, that a fault changed */
    uint64_t early;    /* that came before a Retry-After was over */
    int64_t hold_until_ms;
} method_count_t;

typedef struct {
    uint64_t v2;
    uint64_t v5;
    uint64_t x_duo_date; /* of the good ones, dated by that header */
    uint64_t sha1;       /* right ones, but refused */
    uint64_t bad;
    uint64_t skewed;
    uint64_t missing;
    uint64_t strangers; /* of another integration key */
} sign_count_t;

#define METHODS_N 7

typedef struct {
    const options_t *options;
    web_t *web;
    people_t *people;
    logins_t *logins;
    faults_t *faults;
    int64_t clock_offset_s; /* ahead of ours */
    method_count_t methods[METHODS_N];
    sign_count_t signatures;
    uint64_t pushes;
    uint64_t pushes_verified;
    uint64_t hanging; /* requests that wait for a phone */
    uint64_t hanging_most;
} duo_t;

/* The options stay the caller's and live longer. */
duo_t *duo_new(const options_t *options);
void duo_destroy(duo_t **self_p);
void duo_attach(duo_t *self, web_t *web);
int64_t duo_now_s(const duo_t *self);
