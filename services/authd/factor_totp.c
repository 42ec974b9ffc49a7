/* factor_totp.c. The store counts an attempt before it is judged here and moves the last accepted
 * step on in one statement, so that neither parallel guesses nor parallel authds get more than one
 * chance out of a code; here is only what needs the secret in the clear, and that for no longer
 * than one comparison. */
#include "services/authd/factor_totp.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/factor_secret.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/totp.h"
#include "proto/authd.h"
#include "proto/bus.h"
#include "proto/taskd.h"
#include "services/authd/pages.h"

#define ATTEMPT_MAX 8 /* behind a job's id */

typedef struct {
    store_t *store;
    pages_t *pages; /* NULL: codes are typed in the chat */
    uint8_t key[SB_KEY_SIZE];
} totp_t;

typedef struct {
    totp_t *totp;
    const factor_request_t *request;
    factor_events_t events;
    store_ask_t *ask; /* one is open, or else the page is */
    page_t *page;
    char code[FACTOR_CODE_MAX + 1];
    char attempt[SB_ID_SIZE_MAX + ATTEMPT_MAX]; /* the name of this try */
} work_t;

static int s_check(const authd_config_t *config, sb_err_t *err)
{
    uint8_t key[SB_KEY_SIZE];
    const int code = sb_key_file_load(config->totp_key_file, key, err);
    sb_wipe(key, sizeof key);
    if (code) {
        return sb_fail_in(err, "totp.key_file");
    }
    const bool page = config->totp_entry == AUTHD_ENTRY_PAGE;
    return page && pages_check(config, err) ? sb_fail_in(err, "totp.entry: page") : SB_OK;
}

static void *s_open(const factor_env_t *env, sb_err_t *err)
{
    totp_t *self = sb_alloc(sizeof *self);
    self->store = env->store;
    self->pages = env->config->totp_entry == AUTHD_ENTRY_PAGE ? env->pages : NULL;
    if (sb_key_file_load(env->config->totp_key_file, self->key, err)) {
        (void)sb_fail_in(err, "totp.key_file");
        free(self);
        return NULL;
    }
    return self;
}

static void s_close(void **self_p)
{
    totp_t *self = *self_p;
    if (self) {
        sb_wipe(self->key, sizeof self->key);
        free(self);
        *self_p = NULL;
    }
}

/* ---- Work. */

static cJSON *s_body(const work_t *work)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", work->request->person);
    sb_json_add_str(body, "driver", factor_totp.name);
    return body;
}

static void s_ask(work_t *work, const char *request, cJSON *body, sb_reply_fn *fn)
{
    work->ask = store_ask(work->totp->store, request, &body, fn, work);
}

static void s_free(work_t *work)
{
    sb_wipe(work->code, sizeof work->code);
    free(work);
}

static void s_done(void *arg, factor_status_t status)
{
    work_t *work = arg;
    const factor_events_t events = work->events;
    s_free(work);
    events.done(events.arg, status);
}

/* A code on the page may be tried again there, one in the chat is the chat's to ask for again. */
static void s_judged(work_t *work, factor_status_t status)
{
    if (!work->page) {
        s_done(work, status);
    } else if (status == FACTOR_WRONG_CODE) {
        page_retry(work->page);
    } else {
        page_end(work->page, status);
    }
}

/* Something that only an operator can mend. */
static void s_log(const work_t *work, const char *text, const sb_err_t *err)
{
    sb_error(text, "factor", factor_totp.name, "person", work->request->person, "job",
             work->request->job, "error", err->text, NULL);
}

static void s_trouble(work_t *work, const char *text, const sb_err_t *err)
{
    s_log(work, text, err);
    s_judged(work, FACTOR_UNAVAILABLE);
}

static work_t *s_work(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = sb_alloc(sizeof *work);
    work->totp = self;
    work->request = request;
    work->events = *events;
    return work;
}

static void s_cancel(void *self, void *arg, factor_cancel_t why)
{
    totp_t *totp = self;
    work_t *work = arg;
    store_forget(totp->store, &work->ask);
    page_leave(&work->page, why);
    s_free(work);
}

/* ---- Can. */

static void s_found(work_t *work, factor_status_t status)
{
    const bool page = work->totp->pages != NULL;
    const factor_found_t found = {
        .status = status,
        .strength = factor_totp.strength,
        .typed = !page,
        .text = status != FACTOR_OK ? NULL
                : page              ? "would send a link to a page that asks for a code"
                                    : "would ask for a code in the chat",
    };
    const factor_events_t events = work->events;
    s_free(work);
    events.found(events.arg, &found);
}

static void s_on_got(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    work_t *work = arg;
    work->ask = NULL;
    if (code) {
        s_log(work, "the store refused to look up a factor", err);
        s_found(work, FACTOR_UNAVAILABLE);
        return;
    }
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "factor.get", &fault);
    const bool enrolled = sb_read_bool(&reader, "enrolled");
    const int64_t until_ms = sb_read_int_or(&reader, "locked_until_ms", 0, SB_JSON_INT_MAX, 0);
    if (sb_reader_code(&reader)) {
        s_log(work, "the store's answer can't be read", &fault);
        s_found(work, FACTOR_UNAVAILABLE);
        return;
    }
    const bool locked = until_ms > sb_clock_wall_ms();
    s_found(work, !enrolled ? FACTOR_NONE : locked ? FACTOR_LOCKED : FACTOR_OK);
}

static void *s_can(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    s_ask(work, "factor.get", s_body(work), s_on_got);
    return work;
}

/* ---- Start: attempt, judge, advance. */

static void s_on_advanced(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    work_t *work = arg;
    work->ask = NULL;
    if (code) {
        s_trouble(work, "the store refused to accept a code", err);
        return;
    }
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "factor.advance", &fault);
    const bool accepted = sb_read_bool(&reader, "accepted");
    if (sb_reader_code(&reader)) {
        s_trouble(work, "the store's answer can't be read", &fault);
        return;
    }
    /* Not accepted: the same code came in twice at once, and the other was first. */
    s_judged(work, accepted ? FACTOR_APPROVED : FACTOR_WRONG_CODE);
}

/* True if the code fits a step after last_step. SB_EINVALID if the secret can't be opened. */
static int s_judge(const work_t *work, const char *sealed, int64_t last_step, bool *fits_r,
                   int64_t *step_r, sb_err_t *err)
{
    uint8_t *secret = NULL;
    size_t size = 0;
    const int code =
        sb_totp_secret_open(work->totp->key, work->request->person, sealed, &secret, &size, err);
    if (code) {
        return code;
    }
    *fits_r =
        sb_totp_verify(secret, size, work->code, sb_clock_wall_ms() / 1000, last_step, step_r);
    sb_wipe(secret, size);
    free(secret);
    return SB_OK;
}

static void s_on_counted(work_t *work, const cJSON *body)
{
    sb_err_t err;
    sb_reader_t reader = sb_reader(body, "factor.attempt", &err);
    const char *sealed = sb_read_str(&reader, "secret", 1, SB_SECRET_MAX);
    const int64_t last_step = sb_read_int(&reader, "last_step", -1, SB_JSON_INT_MAX);
    if (sb_reader_code(&reader)) {
        s_trouble(work, "the store's answer can't be read", &err);
        return;
    }
    bool fits = false;
    int64_t step = 0;
    if (s_judge(work, sealed, last_step, &fits, &step, &err)) {
        s_trouble(work, "a secret can't be opened: wrong totp.key_file or a damaged row", &err);
        return;
    }
    if (!fits) {
        s_judged(work, FACTOR_WRONG_CODE);
        return;
    }
    cJSON *advance = s_body(work);
    sb_json_add_str(advance, "job", work->attempt);
    sb_json_add_int(advance, "step", step);
    s_ask(work, "factor.advance", advance, s_on_advanced);
}

static void s_on_attempted(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    static const char *const codes[] = {"ok", "locked", "approved", "none"};
    work_t *work = arg;
    work->ask = NULL;
    if (code) {
        s_trouble(work, "the store refused to count an attempt", err);
        return;
    }
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "factor.attempt", &fault);
    switch (sb_read_enum(&reader, "code", codes, sizeof codes / sizeof codes[0])) {
    case 0:
        s_on_counted(work, body);
        return;
    case 1:
        s_judged(work, FACTOR_LOCKED);
        return;
    case 2: /* this very job, whose answer was lost */
        s_judged(work, FACTOR_APPROVED);
        return;
    case 3:
        s_judged(work, FACTOR_NONE);
        return;
    default:
        s_trouble(work, "the store's answer can't be read", &fault);
    }
}

static void s_attempt(work_t *work)
{
    cJSON *body = s_body(work);
    sb_json_add_str(body, "job", work->attempt);
    s_ask(work, "factor.attempt", body, s_on_attempted);
}

/* ---- The page. */

static void s_on_page(void *arg, const char *link)
{
    work_t *work = arg;
    work->events.accepted(work->events.arg, NULL, SB_SHOW_LINK, link);
}

static void s_on_answer(void *arg, const char *kind, const cJSON *answer)
{
    work_t *work = arg;
    sb_err_t err;
    sb_reader_t reader = sb_reader(answer, "answer", &err);
    const char *code = sb_read_str(&reader, "code", 1, FACTOR_CODE_MAX);
    if (sb_reader_code(&reader) || strcmp(kind, "code") != 0) {
        page_retry(work->page);
        return;
    }
    (void)snprintf(work->code, sizeof work->code, "%s", code);
    (void)snprintf(work->attempt, sizeof work->attempt, "%s.%" PRId64, work->request->job,
                   page_attempt(work->page));
    s_attempt(work);
}

static bool s_needs_code(const void *self)
{
    return !((const totp_t *)self)->pages;
}

static void *s_start(void *self, const factor_request_t *request, const factor_events_t *events)
{
    work_t *work = s_work(self, request, events);
    if (work->totp->pages) {
        const page_events_t page = {
            .opened = s_on_page, .answered = s_on_answer, .ended = s_done, .arg = work};
        work->page = page_open(work->totp->pages, request, factor_totp.name, NULL, NULL, &page);
        return work;
    }
    assert(request->code);
    (void)snprintf(work->code, sizeof work->code, "%s", request->code);
    (void)snprintf(work->attempt, sizeof work->attempt, "%s", request->job);
    s_attempt(work);
    return work;
}

const factor_driver_t factor_totp = {
    .name = "totp",
    .strength = FACTOR_CODE,
    .check = s_check,
    .open = s_open,
    .close = s_close,
    .needs_code = s_needs_code,
    .can = s_can,
    .start = s_start,
    .cancel = s_cancel,
};
