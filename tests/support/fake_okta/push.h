/* push.h: what was sent to people's phones. Pure but for the number's randomness. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/fake/out.h"
#include "tests/support/fake_okta/user.h"

#define PUSHES_MAX 100000 /* kept; the oldest are forgotten */
#define AGENT_MAX 256     /* bytes kept of a User-Agent */
#define CHOICES_N 3       /* numbers that the phone shows */

typedef enum { PUSH_WAITING, PUSH_SUCCESS, PUSH_REJECTED, PUSH_TIMEOUT, PUSH_CANCELLED } push_end_t;

typedef struct push push_t;

struct push {
    char id[OKTA_ID_SIZE];
    user_t *user;
    const factor_t *factor;
    int number; /* the right one; 0: no number challenge */
    int choices[CHOICES_N];
    push_end_t end;
    int64_t expires_ms; /* wall clock */
    int64_t polls;
    char agent[AGENT_MAX];
    char forwarded_for[64];
    uint64_t timer; /* the phone's, that answers by itself */
    void *owner;    /* for that timer */
    push_t *older;
    push_t *newer;
};

typedef struct pushes pushes_t;

/* forget is told of each push before it is freed. */
pushes_t *pushes_new(void (*forget)(push_t *push, void *arg), void *arg);
void pushes_destroy(pushes_t **self_p);

push_t *pushes_add(pushes_t *self, user_t *user, const factor_t *factor, bool number,
                   int64_t expires_ms);
/* NULL if there is none. */
push_t *pushes_find(const pushes_t *self, const char *id);
/* The newest of a user that waits; NULL if there is none. */
push_t *pushes_open(const pushes_t *self, const user_t *user, int64_t now_ms);
/* From the newest (push NULL) to the oldest; of any user if user is NULL. */
push_t *pushes_next(const pushes_t *self, const push_t *push, const user_t *user);
int64_t pushes_sent(const pushes_t *self);
/* How many ended so. */
int64_t pushes_ended(const pushes_t *self, push_end_t end, int64_t now_ms);

/* How it stands: one that waits too long has timed out. */
push_end_t push_end(const push_t *self, int64_t now_ms);
const char *push_end_name(push_end_t end);
/* False if it waits no more. */
bool push_finish(push_t *self, push_end_t end, int64_t now_ms);
