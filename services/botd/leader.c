/* leader.c. Two states, seeking and leading, and one timer that asks in the one and renews in the
 * other. */
#include "services/botd/leader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "proto/taskd.h"

#define SEEK_MS 500           /* between two tries to acquire */
#define LEASE_TIMEOUT_MS 3000 /* for one answer of taskd; renewals keep their own rhythm */

struct leader {
    sb_timers_t *timers;
    sb_client_t *taskd;
    char *holder;
    leader_events_t events;
    int64_t epoch;      /* 0 while seeking */
    int64_t sound_ms;   /* when the request was sent that the store answered last with yes */
    int64_t sent_ms;    /* when the open request was sent */
    int64_t sent_epoch; /* the epoch at that time */
    bool waiting;       /* for an answer */
    bool answered;      /* whether we may lead, for the first time */
    bool has_twin;      /* another process of our instance leads; it is logged */
    bool resigned;
    uint64_t timer;
};

static void s_tick(void *arg);

static void s_plan(leader_t *self, int64_t delay_ms)
{
    sb_timers_cancel(self->timers, &self->timer);
    self->timer = sb_timers_add(self->timers, delay_ms, s_tick, self);
}

static void s_lose(leader_t *self, const char *why)
{
    if (self->epoch == 0) {
        return;
    }
    sb_warn("no longer the leader", "epoch", sb_num(self->epoch), "why", why, NULL);
    self->epoch = 0;
    if (!self->resigned) {
        s_plan(self, SEEK_MS);
    }
    self->events.lost(self->events.ctx);
}

static void s_on_acquired(leader_t *self, const cJSON *body)
{
    sb_err_t err;
    sb_reader_t r = sb_reader(body, "lease.acquire", &err);
    const int64_t epoch = sb_read_id(&r, "epoch");
    if (epoch == 0) {
        (void)sb_reader_fault(&r, "epoch", "must be greater than 0");
    }
    if (sb_reader_code(&r)) {
        sb_error("taskd's answer can't be read", "error", err.text, NULL);
        return;
    }
    self->epoch = epoch;
    self->has_twin = false;
    sb_info("leader", "epoch", sb_num(epoch), "holder", self->holder, NULL);
    self->events.gained(self->events.ctx, epoch);
}

/* text: why we don't lead; begins with who does. */
static void s_see_holder(leader_t *self, const char *text)
{
    const size_t len = strcspn(self->holder, "/");
    if (self->has_twin || strncmp(text, self->holder, len) != 0 || text[len] != '/') {
        return;
    }
    self->has_twin = true;
    char *instance = sb_strndup(self->holder, len);
    sb_error("another botd runs with the same instance: give each its own", "instance", instance,
             "why", text, NULL);
    free(instance);
}

static void s_on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    leader_t *self = arg;
    self->waiting = false;
    if (self->resigned || self->sent_epoch != self->epoch) {
        return; /* leadership changed meanwhile: the answer is about the past */
    }
    self->answered |= code == SB_OK || code == SB_ENOTLEADER;
    if (code == SB_ENOTLEADER) {
        s_see_holder(self, err->text);
    }
    if (code == SB_OK) {
        self->sound_ms = self->sent_ms;
        if (self->epoch == 0) {
            s_on_acquired(self, body);
        }
    } else if (code == SB_ESTALE || code == SB_ENOTLEADER) {
        s_lose(self, err->text);
    } else {
        sb_debug("lease not answered", "error", err->text, NULL);
    }
}

static void s_send(leader_t *self)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "name", SB_LEASE_BOTD);
    sb_json_add_str(body, "holder", self->holder);
    sb_json_add_int(body, "ttl_ms", SB_LEASE_TTL_MS);
    if (self->epoch) {
        sb_json_add_id(body, "epoch", self->epoch);
    } else if (!self->answered) {
        sb_json_add_bool(body, "restart", true);
    }
    self->waiting = true;
    self->sent_ms = sb_clock_mono_ms();
    self->sent_epoch = self->epoch;
    sb_client_call(self->taskd, self->epoch ? "lease.renew" : "lease.acquire", &body,
                   LEASE_TIMEOUT_MS, 0, s_on_reply, self);
}

static void s_tick(void *arg)
{
    leader_t *self = arg;
    self->timer = 0;
    if (self->epoch && sb_clock_mono_ms() - self->sound_ms >= SB_LEASE_STOP_MS) {
        s_lose(self, "the lease could not be renewed");
    }
    if (!self->waiting) {
        s_send(self);
    }
    /* While a renewal fails the next try comes as soon as while seeking. */
    const bool sound = self->epoch && sb_clock_mono_ms() - self->sound_ms < SB_LEASE_RENEW_MS;
    s_plan(self, sound ? SB_LEASE_RENEW_MS : SEEK_MS);
}

leader_t *leader_new(sb_timers_t *timers, sb_client_t *taskd, const char *holder,
                     const leader_events_t *events)
{
    assert(timers && taskd && holder && events);
    leader_t *self = sb_alloc(sizeof *self);
    self->timers = timers;
    self->taskd = taskd;
    self->holder = sb_strdup(holder);
    self->events = *events;
    s_plan(self, 0);
    return self;
}

void leader_destroy(leader_t **self_p)
{
    assert(self_p);
    leader_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_timers_cancel(self->timers, &self->timer);
    free(self->holder);
    free(self);
    *self_p = NULL;
}

bool leader_has_twin(const leader_t *self)
{
    assert(self);
    return self->has_twin;
}

int64_t leader_epoch(const leader_t *self)
{
    assert(self);
    return self->epoch;
}

void leader_doubt(leader_t *self)
{
    assert(self);
    s_lose(self, "a write was refused as stale");
}

static void s_on_released(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)arg;
    (void)body;
    if (code != SB_OK) {
        sb_info("lease not released, it will expire", "error", err->text, NULL);
    }
}

void leader_resign(leader_t *self)
{
    assert(self);
    if (self->resigned) {
        return;
    }
    self->resigned = true;
    sb_timers_cancel(self->timers, &self->timer);
    const int64_t epoch = self->epoch;
    s_lose(self, "stopping");
    if (epoch) {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "name", SB_LEASE_BOTD);
        sb_json_add_str(body, "holder", self->holder);
        sb_json_add_id(body, "epoch", epoch);
        sb_client_call(self->taskd, "lease.release", &body, LEASE_TIMEOUT_MS, 0, s_on_released,
                       NULL);
    }
}
