/* fault.h: scripts of what happens to the next calls of a route. Scripts of one route follow each
 * other; those of "*" come after them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/fake/args.h"
#include "tests/support/fake/reply.h"

typedef struct fault {
    int64_t skip;          /* calls first that it lets pass */
    int64_t times;         /* -1: all */
    bool apply;            /* the call has its effect all the same */
    int status;            /* 0: none */
    char *body;            /* sent as it is; NULL: none */
    char *quirk;           /* what this fake alone can do wrong; NULL: nothing */
    int64_t retry_after_s; /* -1: not said */
    int64_t hang_ms;
    bool drop;
    struct fault *next;
} fault_t;

typedef struct faults faults_t;

/* Both are NULL-ended and borrowed. */
faults_t *faults_new(const char *const *routes, const char *const *quirks);
void faults_destroy(faults_t **self_p);
/* What a test sent to control/fault: route, times, skip, apply, status, retry_after, body,
 * malformed, quirk, hang_ms, drop (README.md). Returns NULL, or what is wrong with it. */
const char *faults_script(faults_t *self, args_t *args);
void faults_clear(faults_t *self);
/* The script for a call that has come; NULL: none. Borrowed until the next call. */
const fault_t *faults_next(faults_t *self, const char *route);
/* Has the call its effect? True without a fault. */
bool fault_applies(const fault_t *self);
bool fault_quirk(const fault_t *self, const char *quirk);
/* Spoils the reply that would have been given. A NULL fault does nothing. */
void fault_spoil(const fault_t *self, reply_t *reply);
