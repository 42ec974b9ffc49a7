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
    bool can;
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
    script_push.strength = FACTOR_PUSH;
    script_token = fresh;
    script_token.strength = FACTOR_CODE;
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
    const script_t *script = work->open->script;
    work->events.accepted(work->events.arg, script->transaction, script->show_kind,
                          script->show_text);
}

static void s_on_end(void *arg)
{
    work_t *work = arg;
    sb_timers_cancel(work->open->timers, &work->accept_timer);
    const factor_events_t events = work->events;
    const script_t *script = work->open->script;
    const bool can = work->can;
    free(work);
    if (!can) {
        events.done(events.arg, script->end);
        return;
    }
    const factor_found_t found = {
        .status = script->can,
        .strength = script->strength,
        .typed = script == &script_token,
        .text = script->text,
    };
    events.found(events.arg, &found);
}

static void s_copy(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text ? text : "-");
}

static void s_see(script_t *script, const factor_request_t *request)
{
    s_copy(script->last_job, sizeof script->last_job, request->job);
    s_copy(script->last_person, sizeof script->last_person, request->person);
    s_copy(script->last_title, sizeof script->last_title, request->title);
    s_copy(script->last_short, sizeof script->last_short, request->short_code);
    s_copy(script->last_reason, sizeof script->last_reason, request->reason);
    s_copy(script->last_transaction, sizeof script->last_transaction, request->transaction);
    script->last_again = request->again;
    script->last_strength = request->strength;
    script->last_left_ms = request->left_ms;
}

static work_t *s_work(open_t *self, const factor_request_t *request, const factor_events_t *events,
                      bool can, int64_t after_ms)
{
    s_see(self->script, request);
    work_t *work = sb_alloc(sizeof *work);
    work->open = self;
    work->events = *events;
    work->can = can;
    if (after_ms != SCRIPT_NEVER) {
        work->end_timer = sb_timers_add(self->timers, after_ms, s_on_end, work);
    }
    return work;
}

static void *s_can(void *arg, const factor_request_t *request, const factor_events_t *events)
{
    open_t *self = arg;
    self->script->asked++;
    return s_work(self, request, events, true, self->script->can_after_ms);
}

static void *s_start(void *arg, const factor_request_t *request, const factor_events_t *events)
{
    open_t *self = arg;
    const script_t *script = self->script;
    self->script->started++;
    work_t *work = s_work(self, request, events, false, script->end_after_ms);
    if (script->accepted_after_ms != SCRIPT_NEVER) {
        work->accept_timer =
            sb_timers_add(self->timers, script->accepted_after_ms, s_on_accepted, work);
    }
    return work;
}

static void s_cancel(void *arg, void *work_arg, factor_cancel_t why)
{
    open_t *self = arg;
    work_t *work = work_arg;
    assert_ptr_equal(work->open, self);
    self->script->cancelled++;
    self->script->last_why = why;
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

static bool s_token_needs_code(const void *self)
{
    (void)self;
    return true;
}

static const factor_driver_t s_push = {
    .name = "push",
    .strength = FACTOR_PUSH,
    .check = s_push_check,
    .open = s_push_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
static const factor_driver_t s_token = {
    .name = "token",
    .strength = FACTOR_CODE,
    .needs_code = s_token_needs_code,
    .check = s_token_check,
    .open = s_token_open,
    .close = s_close,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
const factor_driver_t *const script_drivers[] = {&s_push, &s_token, NULL};
