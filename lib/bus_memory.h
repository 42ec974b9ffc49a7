/* bus_memory.h: what a worker remembers, so that a job handed to it twice is done once: the highest
 * epoch, the jobs at hand and the last answers. Used by bus_worker.c alone. One thread. */
#pragma once

#include "lib/bus_call.h"

typedef struct sb_memory sb_memory_t;

typedef struct {
    sb_kind_t kind; /* RESULT or NACK */
    const char *json;
} sb_answer_t;

/* The memory of that service and instance in this thread, made for the first who takes it. */
sb_memory_t *sb_memory_take(const char *service, const char *instance);
/* Forgotten when the last one has given it back. */
void sb_memory_give_back(sb_memory_t **self_p);

/* Notes an epoch and says which is the highest. */
int64_t sb_memory_epoch(sb_memory_t *self, int64_t epoch);

/* The job at hand of that id, or NULL. */
sb_call_t *sb_memory_open(sb_memory_t *self, const char *id);
void sb_memory_begin(sb_memory_t *self, sb_call_t *call);
void sb_memory_end(sb_memory_t *self, const sb_call_t *call);

/* False if it does not remember. answer_r lives until the next sb_memory_keep. */
bool sb_memory_answer(sb_memory_t *self, const char *id, sb_answer_t *answer_r);
void sb_memory_keep(sb_memory_t *self, const char *id, sb_kind_t kind, const char *json);
