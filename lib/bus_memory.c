#include "lib/bus_memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define ANSWERS_SIZE_MAX (16 * 1024 * 1024) /* bytes of all answers that are kept */

typedef struct {
    char id[SB_ID_SIZE_MAX];
    sb_kind_t kind;
    char *json;
    size_t size;
} kept_t;

struct sb_memory {
    char *service;
    char *instance;
    size_t takers;
    int64_t epoch;
    zhashx_t *open;    /* calls by id */
    zhashx_t *answers; /* kept_t by id */
    zlistx_t *order;   /* kept_t, the oldest first */
    size_t size;       /* of all answers */
    sb_memory_t *next; /* in s_memories */
};

static _Thread_local sb_memory_t *s_memories; /* one or two */

static zhashx_t *s_hash_new(void)
{
    zhashx_t *hash = zhashx_new();
    zhashx_set_key_duplicator(hash, NULL); /* keys are the items' own ids */
    zhashx_set_key_destructor(hash, NULL);
    return hash;
}

sb_memory_t *sb_memory_take(const char *service, const char *instance)
{
    assert(service);
    assert(instance);
    sb_memory_t *self = s_memories;
    while (self && (strcmp(self->service, service) != 0 || strcmp(self->instance, instance) != 0)) {
        self = self->next;
    }
    if (!self) {
        self = sb_alloc(sizeof *self);
        self->service = sb_strdup(service);
        self->instance = sb_strdup(instance);
        self->open = s_hash_new();
        self->answers = s_hash_new();
        self->order = zlistx_new();
        self->next = s_memories;
        s_memories = self;
    }
    self->takers++;
    return self;
}

static void s_forget_oldest(sb_memory_t *self)
{
    kept_t *kept = zlistx_detach(self->order, NULL);
    zhashx_delete(self->answers, kept->id);
    self->size -= kept->size;
    free(kept->json);
    free(kept);
}

void sb_memory_give_back(sb_memory_t **self_p)
{
    assert(self_p);
    sb_memory_t *self = *self_p;
    *self_p = NULL;
    if (!self || --self->takers > 0) {
        return;
    }
    sb_memory_t **link_p = &s_memories;
    while (*link_p != self) {
        assert(*link_p); /* given back on the thread that took it */
        link_p = &(*link_p)->next;
    }
    *link_p = self->next;
    assert(zhashx_size(self->open) == 0);
    while (zlistx_size(self->order) > 0) {
        s_forget_oldest(self);
    }
    zlistx_destroy(&self->order);
    zhashx_destroy(&self->answers);
    zhashx_destroy(&self->open);
    free(self->service);
    free(self->instance);
    free(self);
}

int64_t sb_memory_epoch(sb_memory_t *self, int64_t epoch)
{
    assert(self);
    if (epoch > self->epoch) {
        self->epoch = epoch;
    }
    return self->epoch;
}

sb_call_t *sb_memory_open(sb_memory_t *self, const char *id)
{
    assert(self);
    return zhashx_lookup(self->open, id);
}

void sb_memory_begin(sb_memory_t *self, sb_call_t *call)
{
    assert(self);
    const int rc = zhashx_insert(self->open, call->id, call);
    assert(rc == 0);
}

void sb_memory_end(sb_memory_t *self, const sb_call_t *call)
{
    assert(self);
    assert(zhashx_lookup(self->open, call->id) == call);
    zhashx_delete(self->open, call->id);
}

bool sb_memory_answer(sb_memory_t *self, const char *id, sb_answer_t *answer_r)
{
    assert(self);
    const kept_t *kept = zhashx_lookup(self->answers, id);
    if (!kept) {
        return false;
    }
    answer_r->kind = kept->kind;
    answer_r->json = kept->json;
    return true;
}

void sb_memory_keep(sb_memory_t *self, const char *id, sb_kind_t kind, const char *json)
{
    assert(self);
    assert(kind == SB_KIND_RESULT || kind == SB_KIND_NACK);
    assert(!zhashx_lookup(self->answers, id)); /* what is answered is not begun again */
    kept_t *kept = sb_alloc(sizeof *kept);
    memcpy(kept->id, id, strlen(id) + 1);
    kept->kind = kind;
    kept->json = sb_strdup(json);
    kept->size = strlen(json);
    self->size += kept->size;
    (void)zlistx_add_end(self->order, kept);
    (void)zhashx_insert(self->answers, kept->id, kept);
    while (zlistx_size(self->order) > SB_ANSWERED_MAX || self->size > ANSWERS_SIZE_MAX) {
        s_forget_oldest(self);
    }
}
