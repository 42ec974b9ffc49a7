/* queue.c. One list for each kind of operation. */
#include "services/taskd/queue.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/mem.h"

#define KINDS (STORE_ORDERED + 1)

typedef struct {
    queue_job_t *first;
    queue_job_t **last_p; /* where the next one is hung */
} line_t;

struct queue {
    line_t lines[KINDS];
    size_t len;
    size_t out;
    size_t size; /* of all bodies, those of jobs that are out included */
};

queue_t *queue_new(void)
{
    queue_t *self = sb_alloc(sizeof *self);
    for (size_t i = 0; i < KINDS; i++) {
        self->lines[i].last_p = &self->lines[i].first;
    }
    return self;
}

void queue_destroy(queue_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        assert((*self_p)->len == 0 && (*self_p)->out == 0);
        free(*self_p);
        *self_p = NULL;
    }
}

static line_t *s_line(queue_t *self, const queue_job_t *job)
{
    return &self->lines[job->cmd.op->kind];
}

queue_job_t *queue_add(queue_t *self, const store_op_t *op, cJSON **body_p, void *call,
                       int64_t deadline_ms)
{
    assert(self);
    assert(op);
    assert(body_p && *body_p);
    const size_t size = sb_json_size_max(*body_p);
    if (self->len + self->out >= QUEUE_LEN_MAX || self->size + size > QUEUE_SIZE_MAX) {
        return NULL;
    }
    queue_job_t *job = sb_alloc(sizeof *job);
    *job = (queue_job_t){.body = *body_p, .size = size, .call = call, .deadline_ms = deadline_ms};
    job->cmd.op = op;
    job->cmd.body = job->body;
    *body_p = NULL;
    line_t *line = s_line(self, job);
    *line->last_p = job;
    line->last_p = &job->next;
    self->len++;
    self->size += size;
    return job;
}

/* Takes out what *place points to. */
static queue_job_t *s_unhook(queue_t *self, line_t *line, queue_job_t **place)
{
    queue_job_t *job = *place;
    *place = job->next;
    if (!*place) {
        line->last_p = place;
    }
    job->next = NULL;
    self->len--;
    self->out++;
    return job;
}

static size_t s_take(queue_t *self, store_kind_t kind, queue_job_t **jobs, size_t len)
{
    line_t *line = &self->lines[kind];
    while (line->first && len < QUEUE_BATCH_MAX) {
        const bool alone = line->first->tries >= QUEUE_TRIES_MAX;
        if (alone && len > 0) {
            break;
        }
        jobs[len++] = s_unhook(self, line, &line->first);
        if (alone) {
            break;
        }
    }
    return len;
}

static bool s_is_alone(queue_job_t *const *jobs, size_t len)
{
    return len == 1 && jobs[0]->tries >= QUEUE_TRIES_MAX;
}

/* Stable, and quick enough for a batch; most of it is in order already. */
static void s_sort(queue_job_t **jobs, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        queue_job_t *job = jobs[i];
        size_t at = i;
        while (at > 0 && jobs[at - 1]->cmd.op > job->cmd.op) { /* places in one table */
            jobs[at] = jobs[at - 1];
            at--;
        }
        jobs[at] = job;
    }
}

size_t queue_take_look(queue_t *self, store_kind_t kind, queue_job_t *jobs[QUEUE_BATCH_MAX])
{
    assert(self);
    assert(kind == STORE_LOOK || kind == STORE_SEARCH);
    line_t *line = &self->lines[kind];
    if (!line->first) {
        return 0;
    }
    jobs[0] = s_unhook(self, line, &line->first);
    return 1;
}

size_t queue_take_writes(queue_t *self, bool ordered, queue_job_t *jobs[QUEUE_BATCH_MAX])
{
    assert(self);
    size_t len = s_take(self, STORE_WRITE, jobs, 0);
    if (ordered && !s_is_alone(jobs, len)) {
        len = s_take(self, STORE_ORDERED, jobs, len);
    }
    s_sort(jobs, len);
    return len;
}

void queue_back(queue_t *self, queue_job_t *job)
{
    assert(self);
    assert(job && !job->next);
    line_t *line = s_line(self, job);
    job->next = line->first;
    line->first = job;
    if (!job->next) {
        line->last_p = &job->next;
    }
    self->out--;
    self->len++;
}

void queue_job_free(queue_t *self, queue_job_t **job_p)
{
    assert(self);
    assert(job_p && *job_p);
    queue_job_t *job = *job_p;
    self->out--;
    self->size -= job->size;
    store_cmd_clear(&job->cmd);
    cJSON_Delete(job->body);
    free(job);
    *job_p = NULL;
}

queue_job_t *queue_take_expired(queue_t *self, int64_t now_ms)
{
    assert(self);
    for (size_t i = 0; i < KINDS; i++) {
        line_t *line = &self->lines[i];
        for (queue_job_t **place = &line->first; *place; place = &(*place)->next) {
            if ((*place)->deadline_ms <= now_ms) {
                return s_unhook(self, line, place);
            }
        }
    }
    return NULL;
}

size_t queue_len(const queue_t *self)
{
    assert(self);
    return self->len;
}

size_t queue_out(const queue_t *self)
{
    assert(self);
    return self->out;
}
