/* slack_budget.c. A line per key; it lives while somebody stands in it or the key is blocked. When
 * the store is away everybody in the line hears so at once: one that asked after another would wait
 * for as many time-outs. */
#include "services/chatd/slack_budget.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/timers.h"

typedef struct line line_t;
typedef struct waiter waiter_t;

/* A question to the store under way. */
typedef struct {
    line_t *line; /* NULL: nobody wants the answer any more */
} ask_t;

struct waiter {
    line_t *line;
    int64_t until_ms;
    uint64_t timer; /* its patience */
    slack_budget_fn *fn;
    void *arg;
    waiter_t *next;
};

struct line {
    slack_budget_t *budget;
    char *key;
    int64_t per_minute;
    int64_t burst;
    int64_t not_before_ms; /* nobody gets a token until then */
    uint64_t timer;        /* for not_before_ms */
    ask_t *ask;            /* NULL: the store is not being asked */
    bool busy;             /* somebody is working on it: don't free it */
    waiter_t *first;
    waiter_t **end; /* where the next one is hung on */
};

struct slack_budget {
    slack_budget_config_t config;
    sb_timers_t *timers;
    zhash_t *lines;
    size_t waiting;
};

static void s_serve(line_t *line);

/* ---- Lines. */

static line_t *s_line(slack_budget_t *self, const char *key)
{
    line_t *line = zhash_lookup(self->lines, key);
    if (!line) {
        line = sb_alloc(sizeof *line);
        line->budget = self;
        line->key = sb_strdup(key);
        line->end = &line->first;
        (void)zhash_insert(self->lines, key, line);
    }
    return line;
}

static void s_free(line_t *line)
{
    if (line->ask) {
        line->ask->line = NULL;
    }
    sb_timers_cancel(line->budget->timers, &line->timer);
    zhash_delete(line->budget->lines, line->key);
    free(line->key);
    free(line);
}

static void s_free_if_idle(line_t *line)
{
    if (!line->busy && !line->first && !line->ask && !line->timer) {
        s_free(line);
    }
}

/* Takes the first out of its line. */
static waiter_t *s_pop(line_t *line)
{
    waiter_t *waiter = line->first;
    line->first = waiter->next;
    if (!line->first) {
        line->end = &line->first;
    }
    waiter->next = NULL;
    return waiter;
}

/* Takes out those that want to wait no longer than until_ms; a list. */
static waiter_t *s_pop_late(line_t *line, int64_t until_ms)
{
    waiter_t *late = NULL;
    waiter_t **late_end = &late;
    waiter_t *all = line->first;
    line->first = NULL;
    line->end = &line->first;
    while (all) {
        waiter_t *waiter = all;
        all = waiter->next;
        waiter->next = NULL;
        waiter_t ***end_p = waiter->until_ms < until_ms ? &late_end : &line->end;
        **end_p = waiter;
        *end_p = &waiter->next;
    }
    return late;
}

/* Ends one that is in no line any more. */
static void s_end(waiter_t *waiter, int code, int64_t wait_ms, const sb_err_t *err)
{
    slack_budget_t *self = waiter->line->budget;
    sb_timers_cancel(self->timers, &waiter->timer);
    self->waiting--;
    waiter->fn(waiter->arg, code, wait_ms, err);
    free(waiter);
}

/* Ends those that want to wait no longer than until_ms. The line must be busy. */
static void s_end_late(line_t *line, int64_t until_ms, int64_t wait_ms)
{
    sb_err_t err;
    waiter_t *late = s_pop_late(line, until_ms);
    const int code = sb_fail(&err, SB_ETIMEOUT, "the budget %s has nothing for %lld ms more",
                             line->key, (long long)wait_ms);
    while (late) {
        waiter_t *next = late->next;
        s_end(late, code, wait_ms, &err);
        late = next;
    }
}

static void s_on_impatient(void *arg)
{
    waiter_t *waiter = arg;
    line_t *line = waiter->line;
    const int64_t wait_ms = line->not_before_ms - sb_clock_mono_ms();
    waiter->timer = 0;
    line->busy = true;
    s_end_late(line, waiter->until_ms + 1, wait_ms > 0 ? wait_ms : 0);
    line->busy = false;
    s_free_if_idle(line);
}

/* ---- Tokens. */

static void s_on_due(void *arg)
{
    line_t *line = arg;
    line->timer = 0;
    s_serve(line);
}

/* Those who would wait longer than they want hear it now. */
static void s_wait(line_t *line, int64_t now_ms)
{
    s_end_late(line, line->not_before_ms, line->not_before_ms - now_ms);
    sb_timers_cancel(line->budget->timers, &line->timer);
    line->timer = sb_timers_add(line->budget->timers, line->not_before_ms - now_ms, s_on_due, line);
}

static void s_on_taken(void *arg, int code, const cJSON *body, const sb_err_t *err);

static void s_ask(line_t *line)
{
    slack_budget_t *self = line->budget;
    ask_t *ask = sb_alloc(sizeof *ask);
    ask->line = line;
    line->ask = ask;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "key", line->key);
    sb_json_add_int(body, "per_minute", line->per_minute);
    sb_json_add_int(body, "burst", line->burst);
    self->config.store(self->config.store_ctx, "budget.take", &body, s_on_taken, ask);
}

/* If who had asked has left since, or the key was blocked, the token is lost. */
static void s_grant(line_t *line)
{
    const sb_err_t none = {0};
    const bool busy = line->busy;
    line->busy = true;
    if (line->first && sb_clock_mono_ms() >= line->not_before_ms) {
        s_end(s_pop(line), SB_OK, 0, &none);
    }
    line->busy = busy;
}

/* Does what can be done now for those who wait. */
static void s_serve(line_t *line)
{
    if (line->busy) {
        return; /* whoever works on it comes back to it */
    }
    line->busy = true;
    while (line->first && !line->ask) {
        const int64_t now_ms = sb_clock_mono_ms();
        if (now_ms < line->not_before_ms) {
            s_wait(line, now_ms);
            break;
        }
        if (line->per_minute > 0 && line->budget->config.store) {
            s_ask(line);
        } else {
            s_grant(line);
        }
    }
    line->busy = false;
    s_free_if_idle(line);
}

static void s_end_all(line_t *line, int code, const sb_err_t *err)
{
    const bool busy = line->busy;
    line->busy = true;
    while (line->first) {
        s_end(s_pop(line), code, 0, err);
    }
    line->busy = busy;
}

static void s_on_taken(void *arg, int code, const cJSON *body, const sb_err_t *reply_err)
{
    ask_t *ask = arg;
    line_t *line = ask->line;
    free(ask);
    if (!line) {
        return;
    }
    line->ask = NULL;
    sb_err_t err = {0};
    int64_t wait_ms = 0;
    if (code) {
        err = *reply_err;
    } else {
        sb_reader_t reader = sb_reader(body, "body", &err);
        wait_ms = sb_read_int(&reader, "wait_ms", 0, SB_JSON_INT_MAX);
        code = sb_reader_code(&reader);
    }
    if (code) {
        sb_err_t why;
        (void)sb_fail(&why, SB_ERETRY, "no budget from the store: %.200s", err.text);
        s_end_all(line, SB_ERETRY, &why);
    } else if (wait_ms > 0) {
        const int64_t then_ms = sb_clock_mono_ms() + wait_ms;
        line->not_before_ms = then_ms > line->not_before_ms ? then_ms : line->not_before_ms;
    } else {
        s_grant(line);
    }
    s_serve(line);
}

/* ---- For callers. */

slack_budget_t *slack_budget_new(zloop_t *loop, const slack_budget_config_t *config)
{
    assert(loop);
    assert(config->waiting_max > 0);
    slack_budget_t *self = sb_alloc(sizeof *self);
    self->config = *config;
    self->timers = sb_timers_new(loop);
    self->lines = zhash_new();
    return self;
}

void slack_budget_destroy(slack_budget_t **self_p)
{
    slack_budget_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_err_t err;
    (void)sb_fail(&err, SB_ERETRY, "chatd is stopping");
    self->config.waiting_max = 0;
    line_t *line;
    while ((line = zhash_first(self->lines))) {
        s_end_all(line, SB_ERETRY, &err);
        s_free(line);
    }
    zhash_destroy(&self->lines);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

void slack_budget_take(slack_budget_t *self, const char *key, int64_t per_minute, int64_t burst,
                       int64_t patience_ms, slack_budget_fn *fn, void *arg)
{
    if (self->waiting >= self->config.waiting_max) {
        sb_err_t err;
        const int code = sb_fail(&err, SB_EBUSY, "%zu calls wait for their budgets", self->waiting);
        fn(arg, code, 0, &err);
        return;
    }
    line_t *line = s_line(self, key);
    line->per_minute = per_minute;
    line->burst = burst;
    waiter_t *waiter = sb_alloc(sizeof *waiter);
    *waiter = (waiter_t){
        .line = line, .until_ms = sb_clock_mono_ms() + patience_ms, .fn = fn, .arg = arg};
    waiter->timer = sb_timers_add(self->timers, patience_ms, s_on_impatient, waiter);
    *line->end = waiter;
    line->end = &waiter->next;
    self->waiting++;
    s_serve(line);
}

static void s_on_blocked(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)arg;
    (void)code; /* here it holds in any case; elsewhere they find out for themselves */
    (void)body;
    (void)err;
}

void slack_budget_block(slack_budget_t *self, const char *key, int64_t for_ms)
{
    line_t *line = s_line(self, key);
    const int64_t now_ms = sb_clock_mono_ms();
    if (now_ms + for_ms > line->not_before_ms) {
        line->not_before_ms = now_ms + for_ms;
    }
    const bool busy = line->busy;
    line->busy = true;
    s_wait(line, now_ms);
    line->busy = busy;
    if (self->config.store) {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "key", key);
        sb_json_add_int(body, "for_ms", for_ms);
        self->config.store(self->config.store_ctx, "budget.block", &body, s_on_blocked, NULL);
    }
}

size_t slack_budget_waiting(const slack_budget_t *self)
{
    return self->waiting;
}
