/* bus_jobs.c. A job is on exactly one list: its service's queue, or the jobs that are given.
 * Callbacks come last in every path, when the books are right, since they may submit or forget. */
#include "lib/bus_jobs.h"

#include <assert.h>
#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_again.h"
#include "lib/heap.h"
#include "lib/log.h"
#include "lib/mem.h"

typedef struct queue queue_t;
typedef struct job job_t;

typedef struct {
    job_t *first;
    job_t *last;
} list_t;

/* The jobs of one service. */
struct queue {
    sb_jobs_t *jobs;
    char service[SB_NAME_SIZE_MAX];
    list_t waiting;
    list_t given;
};

struct job {
    sb_jobs_t *jobs;
    queue_t *queue;
    char id[SB_ID_SIZE_MAX];
    char request[SB_NAME_SIZE_MAX];
    cJSON *body;
    int64_t try_timeout_ms;
    int64_t deadline_ms;
    int64_t epoch;
    sb_job_fn *fn;
    void *arg;
    uint64_t deadline_timer;
    uint64_t try_timer; /* 0: none, or ACCEPT has stopped it */
    sb_hand_t *hand;    /* NULL: waiting */
    uint64_t but;       /* the hand that failed it last; 0: none */
    bool tried;         /* so that its outcome is not known */
    bool again;         /* a hand had it and may have done it */
    job_t *prev;
    job_t *next;
};

struct sb_jobs {
    size_t jobs_max;
    sb_bus_timing_t timing;
    sb_jobs_send_fn *send;
    void *ctx;
    sb_crew_t crew;
    queue_t *queues[SB_SERVICES_MAX];
    size_t queues_len;
    zhashx_t *by_id;
    sb_heap_t *heap;
    int64_t now_ms; /* of the call that is being served */
    bool ending;
};

/* ---- Lists. */

static void s_unlink(list_t *list, job_t *job)
{
    *(job->prev ? &job->prev->next : &list->first) = job->next;
    *(job->next ? &job->next->prev : &list->last) = job->prev;
    job->prev = NULL;
    job->next = NULL;
}

static void s_link_first(list_t *list, job_t *job)
{
    job->next = list->first;
    *(list->first ? &list->first->prev : &list->last) = job;
    list->first = job;
}

static void s_link_last(list_t *list, job_t *job)
{
    job->prev = list->last;
    *(list->last ? &list->last->next : &list->first) = job;
    list->last = job;
}

static queue_t *s_queue(const sb_jobs_t *self, const char *service)
{
    for (size_t i = 0; i < self->queues_len; i++) {
        if (strcmp(self->queues[i]->service, service) == 0) {
            return self->queues[i];
        }
    }
    return NULL;
}

/* ---- Giving and taking away. */

static void s_stop_timer(sb_jobs_t *self, uint64_t *timer)
{
    if (*timer) {
        (void)sb_heap_cancel(self->heap, *timer);
        *timer = 0;
    }
}

/* Back to the head of the queue; it has waited longest. */
static void s_take_away(job_t *job)
{
    sb_jobs_t *self = job->jobs;
    assert(job->hand);
    s_stop_timer(self, &job->try_timer);
    job->but = job->hand->number;
    job->hand->jobs--;
    job->hand = NULL;
    s_unlink(&job->queue->given, job);
    s_link_first(&job->queue->waiting, job);
}

static void s_remove_hand(sb_jobs_t *self, sb_hand_t *hand, const char *why)
{
    sb_info("worker gone", "service", hand->service, "instance", hand->instance, "why", why, "jobs",
            sb_num((int64_t)hand->jobs), NULL);
    queue_t *queue = s_queue(self, hand->service);
    job_t *job = queue ? queue->given.last : NULL;
    while (job) {
        job_t *prev = job->prev;
        if (job->hand == hand) {
            job->again = true;
            s_take_away(job);
        }
        job = prev;
    }
    sb_crew_remove(&self->crew, hand);
}

static void s_send(sb_jobs_t *self, sb_hand_t *hand, sb_kind_t kind)
{
    hand->sent_ms = self->now_ms;
    if (self->send(self->ctx, &hand->peer, kind, NULL, NULL)) {
        s_remove_hand(self, hand, "it can't be reached");
    }
}

static void s_dispatch(queue_t *queue);

static void s_on_try_timeout(void *arg)
{
    job_t *job = arg;
    sb_hand_t *hand = job->hand;
    job->try_timer = 0;
    hand->strikes++;
    sb_warn("worker did not answer", "service", hand->service, "instance", hand->instance, "id",
            job->id, "strikes", sb_num(hand->strikes), NULL);
    job->again = true;
    s_take_away(job);
    s_dispatch(job->queue);
}

/* False if the hand turned out to be gone; it is removed then. */
static bool s_give(sb_jobs_t *self, job_t *job, sb_hand_t *hand)
{
    int64_t left_ms = job->deadline_ms - self->now_ms;
    left_ms = left_ms < 1 ? 1 : left_ms > SB_TIMEOUT_MS_MAX ? SB_TIMEOUT_MS_MAX : left_ms;
    if (job->again) {
        sb_again_mark(job->body);
    }
    char *json = sb_msg_encode(job->id, job->epoch, left_ms, 0, job->body);
    const int code = self->send(self->ctx, &hand->peer, SB_KIND_REQ, job->request, json);
    free(json);
    if (code) {
        s_remove_hand(self, hand,
                      code == SB_ENOTFOUND ? "its connection ended" : "it does not read");
        return false;
    }
    sb_crew_note_turn(&self->crew, hand);
    hand->sent_ms = self->now_ms;
    hand->jobs++;
    job->hand = hand;
    job->tried = true;
    s_unlink(&job->queue->waiting, job);
    s_link_last(&job->queue->given, job);
    job->try_timer =
        sb_heap_add(self->heap, self->now_ms + job->try_timeout_ms, s_on_try_timeout, job);
    return true;
}

static void s_dispatch(queue_t *queue)
{
    sb_jobs_t *self = queue->jobs;
    job_t *job = self->ending ? NULL : queue->waiting.first;
    while (job) {
        sb_hand_t *hand = sb_crew_pick(&self->crew, queue->service, job->but, self->now_ms);
        job_t *next = job->next;
        if (hand && !s_give(self, job, hand)) {
            job = queue->waiting.first; /* what the hand had is there again */
        } else if (!hand && !sb_crew_pick(&self->crew, queue->service, 0, self->now_ms)) {
            break; /* nobody takes any; else only this one has to wait for another hand */
        } else {
            job = next;
        }
    }
}

/* ---- Ends of a job. */

static void s_free(job_t *job)
{
    cJSON_Delete(job->body);
    free(job);
}

/* Off every list; only its memory is left. */
static void s_take_out(job_t *job)
{
    sb_jobs_t *self = job->jobs;
    s_stop_timer(self, &job->try_timer);
    s_stop_timer(self, &job->deadline_timer);
    s_unlink(job->hand ? &job->queue->given : &job->queue->waiting, job);
    if (job->hand) {
        job->hand->jobs--;
    }
    zhashx_delete(self->by_id, job->id);
}

static void s_finish(job_t *job, int code, const cJSON *body, const sb_err_t *err)
{
    s_take_out(job);
    s_dispatch(job->queue);
    job->fn(job->arg, code ? SB_KIND_NACK : SB_KIND_RESULT, code, body, err);
    s_free(job);
}

static void s_on_deadline(void *arg)
{
    job_t *job = arg;
    sb_err_t err;
    job->deadline_timer = 0;
    if (job->tried) {
        (void)sb_fail(&err, SB_ETIMEOUT, "%s: no answer from %s in time", job->request,
                      job->queue->service);
    } else {
        (void)sb_fail(&err, SB_ERETRY, "%s: no %s could take it in time", job->request,
                      job->queue->service);
    }
    s_finish(job, err.code, NULL, &err);
}

/* ---- What workers say. */

static void s_refuse(sb_jobs_t *self, const sb_peer_t *peer, sb_role_t role, const sb_err_t *err)
{
    sb_warn("worker refused", "role", sb_role_name(role), "why", err->text, NULL);
    cJSON *body = sb_nack_body(err);
    char *json = sb_msg_encode("", 0, 0, 0, body);
    (void)self->send(self->ctx, peer, SB_KIND_NACK, NULL, json);
    free(json);
    cJSON_Delete(body);
}

static void s_dispatch_service(sb_jobs_t *self, const char *service)
{
    queue_t *queue = s_queue(self, service);
    if (queue) {
        s_dispatch(queue);
    }
}

/* The place of the worker that says READY: its own, that of the same instance before it, or a new
 * one. NULL if the crew is full. */
static sb_hand_t *s_place(sb_jobs_t *self, const sb_peer_t *peer, const char *service,
                          const char *instance)
{
    sb_hand_t *hand = sb_crew_by_peer(&self->crew, peer);
    sb_hand_t *same = sb_crew_by_instance(&self->crew, service, instance);
    if (same && same != hand) {
        s_remove_hand(self, same, "the same instance is there anew");
    }
    return hand ? hand : sb_crew_add(&self->crew, peer);
}

static void s_hear_ready(sb_jobs_t *self, const sb_peer_t *peer, sb_role_t role,
                         const sb_head_t *head, const sb_msg_t *msg)
{
    sb_err_t err;
    sb_ready_t ready;
    if (sb_ready_read(role, head, msg, &ready, &err)) {
        s_refuse(self, peer, role, &err);
        return;
    }
    sb_hand_t *hand = s_place(self, peer, ready.service, ready.instance);
    if (!hand) {
        (void)sb_fail(&err, SB_EBUSY, "%d workers are there already", SB_WORKERS_MAX);
        s_refuse(self, peer, role, &err);
        return;
    }
    if (!hand->service[0]) {
        sb_info("worker ready", "service", ready.service, "driver", ready.driver, "instance",
                ready.instance, "credit", sb_num(ready.credit), NULL);
    }
    sb_hand_ready(hand, &ready, self->now_ms);
    s_send(self, hand, SB_KIND_HEARTBEAT);
    s_dispatch_service(self, ready.service);
}

static void s_on_rested(void *arg)
{
    s_dispatch(arg);
}

static void s_hear_busy(sb_jobs_t *self, sb_hand_t *hand, job_t *job)
{
    hand->rest_ms = self->now_ms + SB_BUSY_PAUSE_MS;
    (void)sb_heap_add(self->heap, hand->rest_ms, s_on_rested, job->queue);
    s_take_away(job);
    s_dispatch(job->queue);
}

/* hand is NULL for a worker that was given up: the job it has done is done all the same. */
static void s_hear_answer(sb_jobs_t *self, sb_hand_t *hand, sb_role_t role, sb_kind_t kind,
                          const sb_msg_t *msg)
{
    if (hand && sb_hand_is_trusted(hand)) {
        hand->strikes = 0;
    }
    job_t *job = zhashx_lookup(self->by_id, msg->id);
    if (!job || strcmp(job->queue->service, sb_role_name(role)) != 0) {
        return;
    }
    if (kind == SB_KIND_RESULT) {
        s_finish(job, SB_OK, msg->body, NULL);
        return;
    }
    if (!hand || job->hand != hand) {
        return; /* the job is another's by now */
    }
    if (kind == SB_KIND_ACCEPT) {
        s_stop_timer(self, &job->try_timer);
        sb_again_accepted(job->body, msg->body);
        job->fn(job->arg, SB_KIND_ACCEPT, SB_OK, msg->body, NULL);
        return;
    }
    sb_err_t err;
    sb_nack_read(msg->body, &err);
    if (err.code == SB_EBUSY) {
        s_hear_busy(self, hand, job);
    } else {
        s_finish(job, err.code, NULL, &err);
    }
}

static void s_hear_credit(sb_jobs_t *self, sb_hand_t *hand, const sb_msg_t *msg)
{
    sb_err_t err;
    sb_reader_t reader = sb_reader(msg->body, "CREDIT", &err);
    const int64_t credit = sb_read_int(&reader, "credit", 0, SB_CREDIT_MAX);
    if (sb_reader_code(&reader)) {
        s_refuse(self, &hand->peer, sb_role_of(hand->service), &err);
        return;
    }
    hand->credit = credit;
    s_dispatch_service(self, hand->service);
}

static void s_hear_bye(sb_jobs_t *self, sb_hand_t *hand)
{
    queue_t *queue = s_queue(self, hand->service);
    s_remove_hand(self, hand, "it said BYE");
    if (queue) {
        s_dispatch(queue);
    }
}

void sb_jobs_hear(sb_jobs_t *self, const sb_peer_t *peer, sb_role_t role, const sb_head_t *head,
                  const sb_msg_t *msg, int64_t now_ms)
{
    assert(self);
    assert(peer && head && msg);
    self->now_ms = now_ms;
    sb_hand_t *hand = sb_crew_by_peer(&self->crew, peer);
    if (hand) {
        hand->heard_ms = now_ms;
    }
    switch (head->kind) {
    case SB_KIND_READY:
        s_hear_ready(self, peer, role, head, msg);
        break;
    case SB_KIND_ACCEPT:
    case SB_KIND_RESULT:
    case SB_KIND_NACK:
        s_hear_answer(self, hand, role, head->kind, msg);
        break;
    case SB_KIND_CREDIT:
        if (hand) {
            s_hear_credit(self, hand, msg);
        }
        break;
    case SB_KIND_BYE:
        if (hand) {
            s_hear_bye(self, hand);
        }
        break;
    default: /* HEARTBEAT says no more than that it is there; nobody sends us anything else */
        break;
    }
}

/* ---- Time. */

static void s_sweep(sb_jobs_t *self)
{
    const size_t before = self->crew.len;
    for (sb_hand_t *hand = self->crew.first; hand;) {
        sb_hand_t *next = hand->next;
        if (self->now_ms - hand->heard_ms >= self->timing.silence_ms) {
            s_remove_hand(self, hand, "it is silent");
        } else if (sb_hand_is_trusted(hand) &&
                   self->now_ms - hand->sent_ms >= self->timing.heartbeat_ms) {
            s_send(self, hand, SB_KIND_HEARTBEAT);
        }
        hand = next;
    }
    for (size_t i = 0; i < self->queues_len && self->crew.len < before; i++) {
        s_dispatch(self->queues[i]);
    }
}

void sb_jobs_run(sb_jobs_t *self, int64_t now_ms)
{
    assert(self);
    self->now_ms = now_ms;
    s_sweep(self);
    (void)sb_heap_run(self->heap, now_ms);
}

int64_t sb_jobs_next_ms(const sb_jobs_t *self)
{
    assert(self);
    int64_t next_ms = sb_heap_next_ms(self->heap);
    for (const sb_hand_t *hand = self->crew.first; hand; hand = hand->next) {
        int64_t at_ms = hand->heard_ms + self->timing.silence_ms;
        if (sb_hand_is_trusted(hand) && hand->sent_ms + self->timing.heartbeat_ms < at_ms) {
            at_ms = hand->sent_ms + self->timing.heartbeat_ms;
        }
        next_ms = at_ms < next_ms ? at_ms : next_ms;
    }
    return next_ms;
}

/* ---- The outside. */

sb_jobs_t *sb_jobs_new(size_t jobs_max, const sb_bus_timing_t *timing, sb_jobs_send_fn *send,
                       void *ctx)
{
    assert(jobs_max > 0);
    assert(timing);
    assert(send);
    sb_jobs_t *self = sb_alloc(sizeof *self);
    self->jobs_max = jobs_max;
    self->timing = *timing;
    self->send = send;
    self->ctx = ctx;
    self->heap = sb_heap_new();
    self->by_id = zhashx_new();
    zhashx_set_key_duplicator(self->by_id, NULL); /* keys are the jobs' own ids */
    zhashx_set_key_destructor(self->by_id, NULL);
    return self;
}

void sb_jobs_destroy(sb_jobs_t **self_p)
{
    assert(self_p);
    sb_jobs_t *self = *self_p;
    if (!self) {
        return;
    }
    self->ending = true;
    sb_err_t err;
    (void)sb_fail(&err, SB_ERETRY, "the pool ends");
    job_t *job;
    while ((job = zhashx_first(self->by_id)) != NULL) {
        s_finish(job, err.code, NULL, &err);
    }
    while (self->crew.first) {
        sb_crew_remove(&self->crew, self->crew.first);
    }
    for (size_t i = 0; i < self->queues_len; i++) {
        free(self->queues[i]);
    }
    zhashx_destroy(&self->by_id);
    sb_heap_destroy(&self->heap);
    free(self);
    *self_p = NULL;
}

/* Room for the time-out's digits, which change from try to try. */
#define SIZE_MARGIN 32

static int s_check(const sb_jobs_t *self, const sb_job_t *job, const cJSON *body, sb_err_t *err)
{
    if (self->ending) {
        return sb_fail(err, SB_ERETRY, "the pool ends");
    }
    if (!sb_id_valid(job->id)) {
        return sb_fail(err, SB_EINVALID, "job id '%s' is none", job->id);
    }
    if (zhashx_lookup(self->by_id, job->id)) {
        return sb_fail(err, SB_ECONFLICT, "job %s is in the pool already", job->id);
    }
    if (zhashx_size(self->by_id) >= self->jobs_max) {
        return sb_fail(err, SB_EBUSY, "%zu jobs are in the pool already", self->jobs_max);
    }
    char *json = sb_msg_encode(job->id, job->epoch, 1, 0, body);
    const size_t size = strlen(json);
    free(json);
    if (size + SIZE_MARGIN > SB_BODY_SIZE_MAX) {
        return sb_fail(err, SB_ETOOLARGE, "job %s has %zu bytes, at most %d", job->id, size,
                       SB_BODY_SIZE_MAX - SIZE_MARGIN);
    }
    return SB_OK;
}

static queue_t *s_queue_for(sb_jobs_t *self, const char *service)
{
    queue_t *queue = s_queue(self, service);
    if (!queue) {
        assert(self->queues_len < SB_SERVICES_MAX && strlen(service) < SB_NAME_SIZE_MAX);
        queue = sb_alloc(sizeof *queue);
        queue->jobs = self;
        memcpy(queue->service, service, strlen(service) + 1);
        self->queues[self->queues_len++] = queue;
    }
    return queue;
}

int sb_jobs_submit(sb_jobs_t *self, const sb_job_t *job, cJSON **body_p, sb_job_fn *fn, void *arg,
                   int64_t now_ms, sb_err_t *err)
{
    assert(self);
    assert(job && job->id && job->service && job->request);
    assert(strlen(job->request) < SB_NAME_SIZE_MAX);
    assert(job->try_timeout_ms > 0 && job->timeout_ms > 0);
    assert(fn);
    assert(err);
    self->now_ms = now_ms;
    const int code = s_check(self, job, body_p ? *body_p : NULL, err);
    if (code) {
        cJSON_Delete(body_p ? *body_p : NULL);
    } else {
        job_t *own = sb_alloc(sizeof *own);
        own->jobs = self;
        own->queue = s_queue_for(self, job->service);
        memcpy(own->id, job->id, strlen(job->id) + 1);
        memcpy(own->request, job->request, strlen(job->request) + 1);
        own->body = body_p ? *body_p : NULL;
        own->try_timeout_ms = job->try_timeout_ms;
        own->deadline_ms = now_ms + job->timeout_ms;
        own->epoch = job->epoch;
        own->fn = fn;
        own->arg = arg;
        own->deadline_timer = sb_heap_add(self->heap, own->deadline_ms, s_on_deadline, own);
        (void)zhashx_insert(self->by_id, own->id, own);
        s_link_last(&own->queue->waiting, own);
        s_dispatch(own->queue);
    }
    if (body_p) {
        *body_p = NULL;
    }
    return code;
}

bool sb_jobs_forget(sb_jobs_t *self, const char *id, int64_t now_ms)
{
    assert(self);
    assert(id);
    self->now_ms = now_ms;
    job_t *job = zhashx_lookup(self->by_id, id);
    if (!job) {
        return false;
    }
    s_take_out(job);
    s_dispatch(job->queue);
    s_free(job);
    return true;
}

size_t sb_jobs_len(const sb_jobs_t *self)
{
    assert(self);
    return zhashx_size(self->by_id);
}

const sb_crew_t *sb_jobs_crew(const sb_jobs_t *self)
{
    assert(self);
    return &self->crew;
}
