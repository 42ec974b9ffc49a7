#include "services/chatd/slack_ack.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/mem.h"

struct slack_ack {
    slack_acks_t *list; /* NULL: the transport is gone */
    uint64_t where;
    char id[SLACK_ENVELOPE_ID_MAX];
    slack_ack_t *prev;
    slack_ack_t *next;
};

struct slack_acks {
    slack_ack_fn *fn;
    void *owner;
    slack_ack_t *first;
    size_t open;
};

slack_acks_t *slack_acks_new(slack_ack_fn *fn, void *owner)
{
    slack_acks_t *self = sb_alloc(sizeof *self);
    self->fn = fn;
    self->owner = owner;
    return self;
}

void slack_acks_destroy(slack_acks_t **self_p)
{
    slack_acks_t *self = *self_p;
    if (!self) {
        return;
    }
    for (slack_ack_t *ack = self->first; ack; ack = ack->next) {
        ack->list = NULL;
    }
    free(self);
    *self_p = NULL;
}

size_t slack_acks_open(const slack_acks_t *self)
{
    return self->open;
}

slack_ack_t *slack_acks_add(slack_acks_t *self, uint64_t where, const char *id)
{
    if (self->open >= SLACK_ENVELOPES_MAX) {
        return NULL;
    }
    slack_ack_t *ack = sb_alloc(sizeof *ack);
    ack->list = self;
    ack->where = where;
    (void)snprintf(ack->id, sizeof ack->id, "%s", id);
    ack->next = self->first;
    if (self->first) {
        self->first->prev = ack;
    }
    self->first = ack;
    self->open++;
    return ack;
}

void slack_ack(slack_ack_t **ack_p, int code)
{
    slack_ack_t *ack = *ack_p;
    assert(ack);
    *ack_p = NULL;
    slack_acks_t *list = ack->list;
    if (list) {
        if (ack->prev) {
            ack->prev->next = ack->next;
        } else {
            list->first = ack->next;
        }
        if (ack->next) {
            ack->next->prev = ack->prev;
        }
        list->open--;
        list->fn(list->owner, ack->where, ack->id, code);
    }
    free(ack);
}
