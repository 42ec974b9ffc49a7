/* bus_pool.c: bus_jobs on a server's socket, with the clock. */
#include "lib/bus_pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_jobs.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/timers.h"

struct sb_pool {
    sb_server_t *server;
    sb_jobs_t *jobs;
    sb_timers_t *timers;
    uint64_t timer;
    int64_t armed_ms; /* what timer is for; INT64_MAX: none */
};

static int s_send(void *ctx, const sb_peer_t *peer, sb_kind_t kind, const char *name,
                  const char *json)
{
    sb_pool_t *self = ctx;
    return sb_server_send(self->server, peer->data, peer->size, kind, name, json);
}

static void s_on_timer(void *arg);

/* A timer that is early does no harm; so it is moved only when something is due before it. */
static void s_arm(sb_pool_t *self)
{
    const int64_t next_ms = sb_jobs_next_ms(self->jobs);
    if (next_ms < self->armed_ms) {
        sb_timers_cancel(self->timers, &self->timer);
        self->armed_ms = next_ms;
        self->timer = sb_timers_add(self->timers, next_ms - sb_clock_mono_ms(), s_on_timer, self);
    }
}

static void s_on_timer(void *arg)
{
    sb_pool_t *self = arg;
    self->timer = 0;
    /* If it was us who slept, what the workers said meanwhile is there. */
    sb_server_read_now(self->server);
    sb_timers_cancel(self->timers, &self->timer);
    self->armed_ms = INT64_MAX;
    sb_jobs_run(self->jobs, sb_clock_mono_ms());
    s_arm(self);
}

static void s_on_other(void *ctx, const void *peer, size_t peer_size, sb_role_t role,
                       const sb_head_t *head, sb_msg_t *msg)
{
    sb_pool_t *self = ctx;
    sb_peer_t from = {.size = (uint8_t)peer_size};
    memcpy(from.data, peer, peer_size);
    sb_jobs_hear(self->jobs, &from, role, head, msg, sb_clock_mono_ms());
    s_arm(self);
}

sb_pool_t *sb_pool_new(zloop_t *loop, sb_server_t *server, size_t jobs_max)
{
    assert(loop);
    assert(server);
    sb_pool_t *self = sb_alloc(sizeof *self);
    self->server = server;
    self->jobs = sb_jobs_new(jobs_max, &sb_bus_timing, s_send, self);
    self->timers = sb_timers_new(loop);
    self->armed_ms = INT64_MAX;
    sb_server_on_other(server, s_on_other, self);
    return self;
}

void sb_pool_destroy(sb_pool_t **self_p)
{
    assert(self_p);
    sb_pool_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_server_on_other(self->server, NULL, NULL);
    sb_jobs_destroy(&self->jobs);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

int sb_pool_submit(sb_pool_t *self, const sb_job_t *job, cJSON **body_p, sb_job_fn *fn, void *arg,
                   sb_err_t *err)
{
    assert(self);
    const int code = sb_jobs_submit(self->jobs, job, body_p, fn, arg, sb_clock_mono_ms(), err);
    s_arm(self);
    return code;
}

bool sb_pool_forget(sb_pool_t *self, const char *id)
{
    assert(self);
    return sb_jobs_forget(self->jobs, id, sb_clock_mono_ms());
}

size_t sb_pool_jobs(const sb_pool_t *self)
{
    assert(self);
    return sb_jobs_len(self->jobs);
}

size_t sb_pool_workers(const sb_pool_t *self, const char *service)
{
    assert(self);
    return sb_crew_count(sb_jobs_crew(self->jobs), service);
}

cJSON *sb_pool_workers_json(const sb_pool_t *self)
{
    assert(self);
    return sb_crew_json(sb_jobs_crew(self->jobs), sb_clock_mono_ms());
}
