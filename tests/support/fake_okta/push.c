/* push.c */
#include "tests/support/fake_okta/push.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake/table.h"

#define NUMBER_MIN 10
#define NUMBER_MAX 99

struct pushes {
    table_t *by_id;
    push_t *newest;
    push_t *oldest;
    int64_t sent;
    void (*forget)(push_t *push, void *arg);
    void *arg;
};

pushes_t *pushes_new(void (*forget)(push_t *push, void *arg), void *arg)
{
    pushes_t *self = sb_alloc(sizeof *self);
    self->by_id = table_new();
    self->forget = forget;
    self->arg = arg;
    return self;
}

static void s_drop_oldest(pushes_t *self)
{
    push_t *push = self->oldest;
    self->oldest = push->newer;
    if (self->oldest) {
        self->oldest->older = NULL;
    } else {
        self->newest = NULL;
    }
    table_remove(self->by_id, push->id);
    self->forget(push, self->arg);
    free(push);
}

void pushes_destroy(pushes_t **self_p)
{
    if (*self_p) {
        while ((*self_p)->oldest) {
            s_drop_oldest(*self_p);
        }
        table_destroy(&(*self_p)->by_id);
        free(*self_p);
        *self_p = NULL;
    }
}

static int s_random(int min, int max)
{
    uint32_t raw = 0;
    sb_random(&raw, sizeof raw);
    return min + (int)(raw % (uint32_t)(max - min + 1));
}

/* Three different numbers, the right one at any place. */
static void s_choose(push_t *push)
{
    for (size_t i = 0; i < CHOICES_N; i++) {
        bool fresh;
        do {
            push->choices[i] = s_random(NUMBER_MIN, NUMBER_MAX);
            fresh = true;
            for (size_t k = 0; k < i; k++) {
                fresh = fresh && push->choices[k] != push->choices[i];
            }
        } while (!fresh);
    }
    push->number = push->choices[s_random(0, CHOICES_N - 1)];
}

push_t *pushes_add(pushes_t *self, user_t *user, const factor_t *factor, bool number,
                   int64_t expires_ms)
{
    if (table_len(self->by_id) >= PUSHES_MAX) {
        s_drop_oldest(self);
    }
    push_t *push = sb_alloc(sizeof *push);
    snprintf(push->id, sizeof push->id, "mst%013" PRId64 "fake", ++self->sent);
    push->user = user;
    push->factor = factor;
    push->expires_ms = expires_ms;
    if (number) {
        s_choose(push);
    }
    push->older = self->newest;
    if (self->newest) {
        self->newest->newer = push;
    } else {
        self->oldest = push;
    }
    self->newest = push;
    table_set(self->by_id, push->id, push);
    return push;
}

push_t *pushes_find(const pushes_t *self, const char *id)
{
    return table_get(self->by_id, id);
}

push_t *pushes_next(const pushes_t *self, const push_t *push, const user_t *user)
{
    push_t *next = push ? push->older : self->newest;
    while (next && user && next->user != user) {
        next = next->older;
    }
    return next;
}

push_t *pushes_open(const pushes_t *self, const user_t *user, int64_t now_ms)
{
    push_t *push = NULL;
    while ((push = pushes_next(self, push, user))) {
        if (push_end(push, now_ms) == PUSH_WAITING) {
            return push;
        }
    }
    return NULL;
}

int64_t pushes_sent(const pushes_t *self)
{
    return self->sent;
}

int64_t pushes_ended(const pushes_t *self, push_end_t end, int64_t now_ms)
{
    int64_t n = 0;
    const push_t *push = NULL;
    while ((push = pushes_next(self, push, NULL))) {
        n += push_end(push, now_ms) == end;
    }
    return n;
}

push_end_t push_end(const push_t *self, int64_t now_ms)
{
    return self->end == PUSH_WAITING && now_ms >= self->expires_ms ? PUSH_TIMEOUT : self->end;
}

const char *push_end_name(push_end_t end)
{
    static const char *const names[] = {"WAITING", "SUCCESS", "REJECTED", "TIMEOUT", "CANCELLED"};
    return names[end];
}

bool push_finish(push_t *self, push_end_t end, int64_t now_ms)
{
    if (push_end(self, now_ms) != PUSH_WAITING) {
        return false;
    }
    self->end = end;
    return true;
}
