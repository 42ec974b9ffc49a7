#include "tests/unit/authd/fake_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "proto/taskd.h"

#define TIMERS_MAX 4096

typedef struct {
    uint64_t id;
    int64_t at_ms;
    sb_timer_fn *fn;
    void *arg;
} timer_t_;

static struct {
    int64_t now_ms;
    uint64_t next_id;
    timer_t_ timers[TIMERS_MAX];
    size_t timers_len;
    int calls_out;
} s_world;

fake_taskd_t fake_taskd;
int fake_errors;
const char *fake_error;

void sb_log(sb_level_t level, const char *text, ...)
{
    if (level == SB_ERROR) {
        fake_errors++;
        fake_error = text;
    }
}

void fake_reset(void)
{
    fake_errors = 0;
    fake_error = NULL;
    memset(&s_world, 0, sizeof s_world);
    s_world.now_ms = 1000000;
    memset(&fake_taskd, 0, sizeof fake_taskd);
    fake_taskd.factor.last_step = -1;
}

void fake_end(void)
{
    fake_taskd.mode = FAKE_AWAY;
    fake_advance(700000);
    free(fake_taskd.factor.secret);
    fake_taskd.factor.secret = NULL;
    assert_int_equal(s_world.calls_out, 0);
    assert_int_equal(s_world.timers_len, 0);
}

int64_t fake_now_ms(void)
{
    return s_world.now_ms;
}

int64_t sb_clock_mono_ms(void)
{
    return s_world.now_ms;
}

int64_t sb_clock_wall_ms(void)
{
    return FAKE_WALL_MS + s_world.now_ms - 1000000;
}

sb_client_t *fake_client(void)
{
    return (sb_client_t *)&s_world;
}

sb_timers_t *fake_timers(void)
{
    return (sb_timers_t *)&s_world;
}

/* ---- Timers. */

uint64_t sb_timers_add(sb_timers_t *self, int64_t delay_ms, sb_timer_fn *fn, void *arg)
{
    assert_ptr_equal(self, fake_timers());
    assert_true(s_world.timers_len < TIMERS_MAX);
    const int64_t at_ms = s_world.now_ms + (delay_ms > 0 ? delay_ms : 0);
    const uint64_t id = ++s_world.next_id;
    s_world.timers[s_world.timers_len++] = (timer_t_){id, at_ms, fn, arg};
    return id;
}

void sb_timers_cancel(sb_timers_t *self, uint64_t *id_p)
{
    assert_ptr_equal(self, fake_timers());
    for (size_t i = 0; i < s_world.timers_len; i++) {
        if (*id_p && s_world.timers[i].id == *id_p) {
            s_world.timers[i] = s_world.timers[--s_world.timers_len];
            break;
        }
    }
    *id_p = 0;
}

/* The place of the timer that is due first, at until_ms at the latest; -1 if there is none. */
static int s_first(int64_t until_ms)
{
    int first = -1;
    for (size_t i = 0; i < s_world.timers_len; i++) {
        const timer_t_ *timer = &s_world.timers[i];
        if (timer->at_ms <= until_ms && (first < 0 || timer->at_ms < s_world.timers[first].at_ms ||
                                         (timer->at_ms == s_world.timers[first].at_ms &&
                                          timer->id < s_world.timers[first].id))) {
            first = (int)i;
        }
    }
    return first;
}

void fake_advance(int64_t ms)
{
    const int64_t until_ms = s_world.now_ms + ms;
    int first;
    while ((first = s_first(until_ms)) >= 0) {
        const timer_t_ timer = s_world.timers[first];
        s_world.timers[first] = s_world.timers[--s_world.timers_len];
        s_world.now_ms = timer.at_ms > s_world.now_ms ? timer.at_ms : s_world.now_ms;
        timer.fn(timer.arg);
    }
    s_world.now_ms = until_ms;
}

/* ---- taskd. */

static fake_factor_t *s_factor(const cJSON *body)
{
    const char *person = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "person"));
    const char *driver = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "driver"));
    assert_non_null(person);
    assert_non_null(driver);
    fake_factor_t *factor = &fake_taskd.factor;
    const bool known = factor->person && strcmp(factor->person, person) == 0 &&
                       strcmp(factor->driver, driver) == 0;
    return known ? factor : NULL;
}

static const char *s_job(const cJSON *body)
{
    const char *job = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "job"));
    assert_non_null(job);
    return job;
}

static cJSON *s_get(const cJSON *body)
{
    const fake_factor_t *factor = s_factor(body);
    cJSON *answer = sb_json_object();
    sb_json_add_bool(answer, "enrolled", factor);
    sb_json_add_int(answer, "locked_until_ms", factor ? factor->locked_until_ms : 0);
    return answer;
}

static const char *s_count(fake_factor_t *factor, const char *job)
{
    if (!factor) {
        return "none";
    }
    if (strcmp(factor->accepted_job, job) == 0) {
        return "approved";
    }
    if (factor->locked_until_ms > sb_clock_wall_ms() && strcmp(factor->counted_job, job) != 0) {
        return "locked";
    }
    if (strcmp(factor->counted_job, job) != 0) {
        (void)snprintf(factor->counted_job, sizeof factor->counted_job, "%s", job);
        factor->misses = factor->misses % SB_FACTOR_MISSES_MAX + 1;
        factor->locked_until_ms =
            factor->misses == SB_FACTOR_MISSES_MAX ? sb_clock_wall_ms() + SB_FACTOR_LOCK_MS : 0;
    }
    return "ok";
}

static cJSON *s_attempt(const cJSON *body)
{
    fake_factor_t *factor = s_factor(body);
    const char *code = s_count(factor, s_job(body));
    const bool ok = strcmp(code, "ok") == 0;
    cJSON *answer = sb_json_object();
    sb_json_add_str(answer, "code", code);
    sb_json_add_str(answer, "secret", ok ? factor->secret : NULL);
    if (ok) {
        sb_json_add_int(answer, "last_step", factor->last_step);
    }
    return answer;
}

static cJSON *s_advance(const cJSON *body)
{
    fake_factor_t *factor = s_factor(body);
    const char *job = s_job(body);
    const cJSON *step = cJSON_GetObjectItemCaseSensitive(body, "step");
    assert_true(cJSON_IsNumber(step));
    const int64_t value = (int64_t)step->valuedouble;
    bool accepted = factor && value > factor->last_step;
    if (accepted) {
        factor->last_step = value;
        factor->misses = 0;
        factor->locked_until_ms = 0;
        (void)snprintf(factor->accepted_job, sizeof factor->accepted_job, "%s", job);
    } else {
        accepted = factor && value == factor->last_step && strcmp(factor->accepted_job, job) == 0;
    }
    cJSON *answer = sb_json_object();
    sb_json_add_bool(answer, "accepted", accepted);
    return answer;
}

typedef struct {
    char *name;
    cJSON *body;
    int64_t due_ms;
    sb_reply_fn *fn;
    void *arg;
} call_t;

static int s_serve(const call_t *call, cJSON **answer_r)
{
    if (strcmp(call->name, "factor.get") == 0) {
        *answer_r = s_get(call->body);
    } else if (strcmp(call->name, "factor.attempt") == 0) {
        *answer_r = s_attempt(call->body);
    } else if (strcmp(call->name, "factor.advance") == 0) {
        *answer_r = s_advance(call->body);
    } else {
        assert_non_null(fake_taskd.more);
        return fake_taskd.more(call->name, call->body, answer_r);
    }
    return SB_OK;
}

/* How the mode answers: SB_OK with *answer_r, or a code. */
static int s_outcome(const call_t *call, cJSON **answer_r)
{
    sb_err_t err;
    switch (fake_taskd.mode) {
    case FAKE_UP:
        return s_serve(call, answer_r);
    case FAKE_ANSWERING:
        *answer_r = sb_json_parse(fake_taskd.answer, strlen(fake_taskd.answer), 0, &err);
        assert_non_null(*answer_r);
        return SB_OK;
    case FAKE_FORGETFUL:
        (void)s_serve(call, answer_r);
        cJSON_Delete(*answer_r);
        *answer_r = NULL;
        return SB_ETIMEOUT;
    case FAKE_SILENT:
        return SB_ETIMEOUT;
    case FAKE_REFUSING:
        return SB_EFORBIDDEN;
    case FAKE_AWAY:
        break;
    }
    return SB_ERETRY;
}

static void s_end_call(call_t *call, int code, const cJSON *body)
{
    sb_err_t err = {0};
    if (code) {
        (void)sb_fail(&err, code, "a test's doing");
    }
    s_world.calls_out--;
    call->fn(call->arg, code, body, &err);
    cJSON_Delete(call->body);
    free(call->name);
    free(call);
}

static void s_on_time_out(void *arg)
{
    s_end_call(arg, SB_ETIMEOUT, NULL);
}

static void s_on_arrival(void *arg)
{
    call_t *call = arg;
    cJSON *answer = NULL;
    const int code = s_outcome(call, &answer);
    if (code == SB_ETIMEOUT) {
        (void)sb_timers_add(fake_timers(), call->due_ms - s_world.now_ms, s_on_time_out, call);
        return;
    }
    s_end_call(call, code, answer);
    cJSON_Delete(answer);
}

void sb_client_call(sb_client_t *self, const char *name, cJSON **body_p, int64_t timeout_ms,
                    int64_t epoch, sb_reply_fn *fn, void *arg)
{
    assert_ptr_equal(self, fake_client());
    assert_int_equal(epoch, 0);
    call_t *call = sb_alloc(sizeof *call);
    call->name = sb_strdup(name);
    call->body = *body_p;
    *body_p = NULL;
    call->due_ms = s_world.now_ms + timeout_ms;
    call->fn = fn;
    call->arg = arg;
    s_world.calls_out++;
    fake_taskd.calls++;
    (void)snprintf(fake_taskd.last_request, sizeof fake_taskd.last_request, "%s", name);
    (void)sb_timers_add(fake_timers(), FAKE_LATENCY_MS, s_on_arrival, call);
}
