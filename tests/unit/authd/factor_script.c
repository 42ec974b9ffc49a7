#include "tests/unit/authd/factor_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

script_t script_push, script_token;

typedef struct {
    script_t *script;
    sb_timers_t *timers;
} open_t;

typedef struct {
    open_t *open;
    factor_events_t events;
    factor_status_t end;
    uint64_t accept_timer, end_timer;
} work_t;

void script_reset(void)
{
    const script_t fresh = {
        .can = FACTOR_OK,
        .can_after_ms = 5,
        .accepted_after_ms = SCRIPT_NEVER,
        .end = FACTOR_APPROVED,
        .end_after_ms = 10,
    };
    script_push = fresh;
    script_token = fresh;
}

static int s_check(const script_t *script, sb_err_t *err)
{
    return script->broken ? sb_fail(err, SB_EINVALID, "a broken script") : SB_OK;
}

static void *s_open(script_t *script, const factor_env_t *env, sb_err_t *err)
{
    if (script->shut) {
        (void)sb_fail(err, SB_EINVALID, "a shut script");
        return NULL;
    }
    open_t *self = sb_alloc(sizeof *self);
    self->script = script;
    self->timers = env->timers;
    script->opened++;
    return self;
}

static void s_close(void **self_p)
{
    open_t *self = *self_p;
    self->script->closed++;
    free(self);
    *self_p = NULL;
}

static void s_on_accepted(void *arg)
{
    work_t *work = arg;
    work->accept_timer = 0;
    work->events.accepted(work->events.arg, work->open->script->transaction);
}

static void s_on_end(void *arg)
{
    work_t *work = arg;
    sb_timers_cancel(work->open->timers, &work->accept_timer);
    const factor_events_t events = work->events;
    const factor_status_t end = work->end;
    free(work);
    events.done(events.arg, end);
}

static work_t *s_work(open_t *self, const factor_request_t *request, const factor_events_t *events,
                      factor_status_t end, int64_t after_ms)
{
    script_t *script = self->script;
    (void)snprintf(script->last_job, sizeof script->last_job, "%s", request->job);
    (void)snprintf(script->last_person, sizeof script->last_person, "%s", request->person);
    (void)snprintf(script->last_title, sizeof script->last_title, "%s",
                   request->title ? request->title : "");
    work_t *work = sb_alloc(sizeof *work);
    work->open = self;
    work->events = *events;
    work->end = end;
    if (after_ms != SCRIPT_NEVER) {
        work->end_timer = sb_timers_add(self->timers, after_ms, s_on_end, work);
    }
    return work;
}

static void *s_can(void *arg, const factor_request_t *request, const factor_events_t *events)
{
    open_t *self = arg;
    self->script->asked++;
    return s_work(self, request, events, self->script->can, self->script->can_after_ms);
}

static void *s_start(void *arg, const factor_request_t *request, const factor_events_t *events)
{
    open_t *self = arg;
    const script_t *script = self->script;
    self->script->started++;
    work_t *work = s_work(self, request, events, script->end, script->end_after_ms);
    if (script->accepted_after_ms != SCRIPT_NEVER) {
        work->accept_timer =
            sb_timers_add(self->timers, script->accepted_after_ms, s_on_accepted, work);
    }
    return work;
}

static void s_cancel(void *arg, void *work_arg)
{
    open_t *self = arg;
    work_t *work = work_arg;
    assert_ptr_equal(work->open, self);
    self->script->cancelled++;
    sb_timers_cancel(self->timers, &work->accept_timer);
    sb_timers_cancel(self->timers, &work->end_timer);
    free(work);
}

static int s_push_check(const authd_config_t *config, sb_err_t *err)
{
    (void)config;
    return s_check(&script_push, err);
}

static int s_token_check(const authd_config_t *config, sb_err_t *err)
{
    (void)config;
    return s_check(&script_token, err);
}

static void *s_push_open(const factor_env_t *env, sb_err_t *err)
{
    return s_open(&script_push, env, err);
}

static void *s_token_open(const factor_env_t *env, sb_err_t *err)
{
    return s_open(&script_token, env, err);
}

static const factor_driver_t s_push = {
    .name = "push",
    .check = s_push_check,
    .open = s_push_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
static const factor_driver_t s_token = {
    .name = "token",
    .typed = true,
    .check = s_token_check,
    .open = s_token_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
const factor_driver_t *const script_drivers[] = {&s_push, &s_token, NULL};
