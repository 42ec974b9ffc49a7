#include "tests/unit/botd/fake_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define TIMERS_MAX 64

fake_call_t fake_calls[FAKE_CALLS_MAX];
size_t fake_calls_len;

static struct {
    uint64_t id;
    int64_t at_ms;
    sb_timer_fn *fn;
    void *arg;
} s_timers[TIMERS_MAX];
static size_t s_timers_len;
static uint64_t s_last_id;
static int64_t s_now_ms;
static char s_anything[1];

static fake_call_t s_shift(const char *name)
{
    assert_true(fake_calls_len > 0);
    fake_call_t call = fake_calls[0];
    assert_string_equal(call.name, name);
    fake_calls_len--;
    memmove(fake_calls, fake_calls + 1, fake_calls_len * sizeof fake_calls[0]);
    return call;
}

void fake_reset(void)
{
    while (fake_calls_len > 0) {
        fake_call_t call = fake_calls[--fake_calls_len];
        const sb_err_t err = {.code = SB_ERETRY, .text = "gone"};
        call.fn(call.arg, SB_ERETRY, NULL, &err);
        free(call.name);
        cJSON_Delete(call.body);
    }
    s_timers_len = 0;
    s_now_ms = 1000000;
}

sb_client_t *fake_client(void)
{
    return (sb_client_t *)(void *)s_anything;
}

sb_timers_t *fake_timers(void)
{
    return (sb_timers_t *)(void *)s_anything;
}

void fake_answer(const char *name, const char *json)
{
    sb_err_t err = {0};
    cJSON *body = sb_json_parse(json, strlen(json), 0, &err);
    if (!body) {
        fail_msg("%s: %s", json, err.text);
    }
    fake_call_t call = s_shift(name);
    call.fn(call.arg, SB_OK, body, &err);
    cJSON_Delete(body);
    free(call.name);
    cJSON_Delete(call.body);
}

void fake_refuse(const char *name, int code)
{
    fake_refuse_saying(name, code, "refused by the test");
}

void fake_refuse_saying(const char *name, int code, const char *text)
{
    fake_call_t call = s_shift(name);
    sb_err_t err;
    (void)sb_fail(&err, code, "%s", text);
    call.fn(call.arg, code, NULL, &err);
    free(call.name);
    cJSON_Delete(call.body);
}

char *fake_body(const char *name)
{
    assert_true(fake_calls_len > 0);
    assert_string_equal(fake_calls[0].name, name);
    return sb_json_print(fake_calls[0].body);
}

void fake_advance(int64_t ms)
{
    const int64_t end_ms = s_now_ms + ms;
    for (;;) {
        size_t first = s_timers_len;
        for (size_t i = 0; i < s_timers_len; i++) {
            if (s_timers[i].at_ms <= end_ms &&
                (first == s_timers_len || s_timers[i].at_ms < s_timers[first].at_ms)) {
                first = i;
            }
        }
        if (first == s_timers_len) {
            break;
        }
        sb_timer_fn *fn = s_timers[first].fn;
        void *arg = s_timers[first].arg;
        if (s_timers[first].at_ms > s_now_ms) {
            s_now_ms = s_timers[first].at_ms;
        }
        s_timers[first] = s_timers[--s_timers_len];
        fn(arg);
    }
    s_now_ms = end_ms;
}

int64_t fake_now_ms(void)
{
    return s_now_ms;
}

/* ---- What the module under test calls. */

void sb_client_call(sb_client_t *self, const char *name, cJSON **body_p, int64_t timeout_ms,
                    int64_t epoch, sb_reply_fn *fn, void *arg)
{
    assert_ptr_equal(self, fake_client());
    assert_true(timeout_ms > 0);
    assert_true(fake_calls_len < FAKE_CALLS_MAX);
    fake_calls[fake_calls_len++] = (fake_call_t){
        .name = sb_strdup(name), .body = *body_p, .epoch = epoch, .fn = fn, .arg = arg};
    *body_p = NULL;
}

uint64_t sb_timers_add(sb_timers_t *self, int64_t delay_ms, sb_timer_fn *fn, void *arg)
{
    assert_ptr_equal(self, fake_timers());
    assert_true(s_timers_len < TIMERS_MAX);
    s_timers[s_timers_len].id = ++s_last_id;
    s_timers[s_timers_len].at_ms = s_now_ms + (delay_ms > 0 ? delay_ms : 0);
    s_timers[s_timers_len].fn = fn;
    s_timers[s_timers_len].arg = arg;
    s_timers_len++;
    return s_last_id;
}

void sb_timers_cancel(sb_timers_t *self, uint64_t *id_p)
{
    assert_ptr_equal(self, fake_timers());
    for (size_t i = 0; i < s_timers_len; i++) {
        if (s_timers[i].id == *id_p) {
            s_timers[i] = s_timers[--s_timers_len];
            break;
        }
    }
    *id_p = 0;
}

int64_t sb_clock_mono_ms(void)
{
    return s_now_ms;
}

int64_t sb_clock_wall_ms(void)
{
    return s_now_ms;
}
