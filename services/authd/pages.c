/* pages.c. A hint names the job and marks its page, a lost one marks them all; and what is marked
 * is asked about in one question at a time, of up to SB_PAGE_PULL_MAX pages. So an answer costs no
 * more when thousands wait, and many at once cost few questions. */
#include "services/authd/pages.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "proto/authd.h"
#include "proto/bus.h"
#include "proto/taskd.h"

#define KIND_MAX 16

struct page {
    page_t *next;
    pages_t *pages;
    const factor_request_t *request;
    const char *driver;
    char *challenge;
    cJSON *data;
    page_events_t events;
    uint8_t token[SB_TOKEN_SIZE];
    store_ask_t *ask;       /* opening or replying */
    bool told;              /* opened was */
    bool judging;           /* answered was told, and what became of it was not */
    bool marked;            /* it may have been answered */
    bool pulled;            /* the pull that is out asks about it */
    int64_t attempt;        /* answers judged before the one that is being judged */
    factor_status_t status; /* of page_end */
};

/* A page that nobody waits for any more, until the store has closed it. */
typedef struct closing closing_t;
struct closing {
    closing_t *next;
    pages_t *pages;
    store_ask_t *ask;
};

struct pages {
    store_t *store;
    sb_timers_t *timers;
    char *url;
    uint8_t key[SB_KEY_SIZE];
    page_t *list;
    size_t len;
    closing_t *closing;
    store_ask_t *pull;
    uint64_t timer; /* marks all; runs while there are pages */
    uint64_t opened, answered, refused, pulls;
};

/* ---- All of them. */

static bool s_starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Passkeys and cookies that are safe need https; browsers make an exception for this machine. */
static bool s_url_is_fit(const char *url)
{
    static const char *const starts[] = {"https://", "http://127.0.0.1", "http://localhost",
                                         "http://[::1]"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        const char *after = url + strlen(starts[i]);
        if (s_starts(url, starts[i]) && (i == 0 ? *after != '\0' : strchr(":/", *after) != NULL)) {
            return true;
        }
    }
    return false;
}

static int s_load(const authd_config_t *config, uint8_t key_r[SB_KEY_SIZE], sb_err_t *err)
{
    if (!s_url_is_fit(config->page_url)) {
        return sb_fail(err, SB_EINVALID,
                       "page.url: expected https://HOST, or http:// of this machine, got \"%s\"",
                       config->page_url);
    }
    return sb_key_file_load(config->page_key_file, key_r, err) ? sb_fail_in(err, "page.key_file")
                                                               : SB_OK;
}

int pages_check(const authd_config_t *config, sb_err_t *err)
{
    assert(config);
    uint8_t key[SB_KEY_SIZE];
    const int code = s_load(config, key, err);
    sb_wipe(key, sizeof key);
    return code;
}

pages_t *pages_new(const authd_config_t *config, store_t *store, sb_timers_t *timers, sb_err_t *err)
{
    assert(config && store && timers && err);
    pages_t *self = sb_alloc(sizeof *self);
    if (s_load(config, self->key, err)) {
        free(self);
        return NULL;
    }
    self->store = store;
    self->timers = timers;
    self->url = sb_strdup(config->page_url);
    for (size_t len = strlen(self->url); len > 0 && self->url[len - 1] == '/'; len--) {
        self->url[len - 1] = '\0';
    }
    return self;
}

void pages_destroy(pages_t **self_p)
{
    assert(self_p);
    pages_t *self = *self_p;
    if (!self) {
        return;
    }
    assert(!self->list);
    store_forget(self->store, &self->pull);
    sb_timers_cancel(self->timers, &self->timer);
    while (self->closing) {
        closing_t *closing = self->closing;
        self->closing = closing->next;
        store_forget(self->store, &closing->ask);
        free(closing);
    }
    sb_wipe(self->key, sizeof self->key);
    free(self->url);
    free(self);
    *self_p = NULL;
}

void pages_stats_json(const pages_t *self, cJSON *object)
{
    assert(self);
    sb_json_add_int(object, "pages_open", (int64_t)self->len);
    sb_json_add_int(object, "pages_opened", (int64_t)self->opened);
    sb_json_add_int(object, "pages_answered", (int64_t)self->answered);
    sb_json_add_int(object, "pages_refused", (int64_t)self->refused);
    sb_json_add_int(object, "pages_pulls", (int64_t)self->pulls);
}

void pages_derive(const pages_t *self, const char *purpose, const factor_request_t *request,
                  uint8_t out[SB_SHA256_SIZE])
{
    assert(self && purpose && request && request->job && request->person && request->alert);
    const char *const parts[] = {purpose, request->job, request->person, request->alert};
    uint8_t hashes[sizeof parts / sizeof parts[0]][SB_SHA256_SIZE];
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        sb_sha256(parts[i], strlen(parts[i]), hashes[i]);
    }
    sb_hmac_sha256(self->key, sizeof self->key, hashes, sizeof hashes, out);
}

const char *pages_url(const pages_t *self)
{
    assert(self);
    return self->url;
}

/* ---- The life of a page. */

static page_t *s_find(const pages_t *self, const char *job)
{
    page_t *page = self->list;
    while (page && strcmp(page->request->job, job) != 0) {
        page = page->next;
    }
    return page;
}

static void s_free(page_t *page)
{
    pages_t *self = page->pages;
    page_t **at = &self->list;
    while (*at != page) {
        at = &(*at)->next;
    }
    *at = page->next;
    if (--self->len == 0) {
        sb_timers_cancel(self->timers, &self->timer);
    }
    store_forget(self->store, &page->ask);
    cJSON_Delete(page->data);
    free(page->challenge);
    sb_wipe(page->token, sizeof page->token);
    free(page);
}

static void s_ended(page_t *page, factor_status_t status)
{
    const page_events_t events = page->events;
    s_free(page);
    events.ended(events.arg, status);
}

static void s_log(const page_t *page, const char *text, const sb_err_t *err)
{
    sb_error(text, "factor", page->driver, "person", page->request->person, "job",
             page->request->job, "error", err->text, NULL);
}

static void s_trouble(page_t *page, const char *text, const sb_err_t *err)
{
    s_log(page, text, err);
    s_ended(page, FACTOR_UNAVAILABLE);
}

static void s_ask(page_t *page, const char *request, cJSON *body, sb_reply_fn *fn)
{
    assert(!page->ask);
    page->ask = store_ask(page->pages->store, request, &body, fn, page);
}

static bool s_waits(const page_t *page)
{
    return page->told && !page->judging && !page->ask;
}

static void s_answered(page_t *page, const cJSON *answer, int64_t attempt)
{
    sb_err_t err;
    sb_reader_t reader = sb_reader(answer, "answer", &err);
    const char *kind = sb_read_str(&reader, "kind", 1, KIND_MAX);
    page->judging = true;
    page->marked = false;
    page->attempt = attempt;
    page->pages->answered++;
    if (sb_reader_code(&reader)) {
        page_retry(page);
    } else if (strcmp(kind, "refuse") == 0) {
        page->pages->refused++;
        page_end(page, FACTOR_FRAUD);
    } else {
        page->events.answered(page->events.arg, kind, answer);
    }
}

/* ---- Who has done something? */

/* Hands out the answers that came. Their number, or -1 and err. */
static int s_take(pages_t *self, const cJSON *body, sb_err_t *err)
{
    sb_reader_t reader = sb_reader(body, "page.pull", err);
    const cJSON *items = sb_read_array(&reader, "pages", SB_PAGE_PULL_MAX);
    const cJSON *item;
    size_t i = 0;
    int taken = 0;
    cJSON_ArrayForEach(item, items)
    {
        sb_reader_t in = sb_reader_item(&reader, "pages", item, i++);
        const char *job = sb_read_str(&in, "job", 1, SB_ID_SIZE_MAX - 1);
        const cJSON *answer = sb_read_object(&in, "answer");
        const int64_t attempt = sb_read_int(&in, "attempts", 0, SB_PAGE_ATTEMPTS_MAX);
        if (sb_reader_join(&reader, &in)) {
            return -1;
        }
        page_t *page = s_find(self, job);
        if (page && page->pulled && s_waits(page)) {
            page->pulled = false;
            s_answered(page, answer, attempt);
            taken++;
        }
    }
    return sb_reader_code(&reader) ? -1 : taken;
}

static void s_pull(pages_t *self);

static void s_on_pulled(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    pages_t *self = arg;
    self->pull = NULL;
    sb_err_t fault;
    const int taken = code ? -1 : s_take(self, body, &fault);
    if (taken < 0) {
        sb_error("the store gave no answers of pages", "error", code ? err->text : fault.text,
                 NULL);
    }
    /* If there were some, others may not have fitted in. */
    for (page_t *page = self->list; page; page = page->next) {
        page->marked |= page->pulled && taken > 0;
        page->pulled = false;
    }
    s_pull(self);
}

static void s_pull(pages_t *self)
{
    if (self->pull) {
        return;
    }
    cJSON *jobs = sb_json_array();
    int len = 0;
    for (page_t *page = self->list; page && len < SB_PAGE_PULL_MAX; page = page->next) {
        if (page->marked && s_waits(page)) {
            page->marked = false;
            page->pulled = true;
            sb_json_push(jobs, cJSON_CreateString(page->request->job));
            len++;
        }
    }
    if (len == 0) {
        cJSON_Delete(jobs);
        return;
    }
    self->pulls++;
    cJSON *body = sb_json_object();
    sb_json_add(body, "jobs", jobs);
    self->pull = store_ask(self->store, "page.pull", &body, s_on_pulled, self);
}

void pages_hint(pages_t *self, const char *job)
{
    assert(self);
    for (page_t *page = self->list; page; page = page->next) {
        page->marked |= !job || strcmp(page->request->job, job) == 0;
    }
    s_pull(self);
}

static void s_on_sweep(void *arg)
{
    pages_t *self = arg;
    self->timer = sb_timers_add(self->timers, PAGES_SWEEP_MS, s_on_sweep, self);
    pages_hint(self, NULL);
}

/* ---- Opening, and looking again after a try that was wrong. */

static void s_open(page_t *page);

/* The page stands; answer is NULL if the person did nothing yet. */
static void s_stands(page_t *page, const cJSON *answer, int64_t attempt)
{
    page->judging = false;
    if (!page->told) {
        char *token = sb_base64url(page->token, sizeof page->token);
        char link[SB_SHOW_TEXT_MAX + 1];
        (void)snprintf(link, sizeof link, "%s/c/%s", page->pages->url, token);
        free(token);
        page->told = true;
        page->events.opened(page->events.arg, link);
    }
    if (answer) {
        s_answered(page, answer, attempt);
    } else {
        s_pull(page->pages);
    }
}

static void s_on_opened(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    static const char *const states[] = {"open", "answered", "closed"};
    page_t *page = arg;
    page->ask = NULL;
    if (code) {
        s_trouble(page, "the store refused to open a page", err);
        return;
    }
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "page.open", &fault);
    const int state = sb_read_enum(&reader, "state", states, sizeof states / sizeof states[0]);
    const cJSON *answer = state == 1 ? sb_read_object(&reader, "answer") : NULL;
    const int64_t attempt = sb_read_int(&reader, "attempts", 0, SB_PAGE_ATTEMPTS_MAX);
    const char *result = sb_read_str_or(&reader, "result", SB_NAME_MAX, "");
    if (sb_reader_code(&reader)) {
        s_trouble(page, "the store's answer can't be read", &fault);
    } else if (state == 2) {
        s_ended(page, factor_status_of(result));
    } else {
        s_stands(page, answer, attempt);
    }
}

static void s_open(page_t *page)
{
    const factor_request_t *request = page->request;
    uint8_t hash[SB_SHA256_SIZE];
    char hex[2 * SB_SHA256_SIZE + 1];
    sb_sha256(page->token, sizeof page->token, hash);
    sb_hex(hash, sizeof hash, hex);
    const int64_t ttl_ms =
        request->left_ms < SB_PAGE_TTL_MS_MAX ? request->left_ms : SB_PAGE_TTL_MS_MAX;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "job", request->job);
    sb_json_add_str(body, "person", request->person);
    sb_json_add_str(body, "alert", request->alert);
    sb_json_add_str(body, "driver", page->driver);
    sb_json_add_str(body, "token_hash", hex);
    sb_json_add_str(body, "challenge", page->challenge);
    sb_json_add(body, "data", sb_json_copy(page->data));
    sb_json_add_int(body, "ttl_ms", ttl_ms > 0 ? ttl_ms : 1);
    s_ask(page, "page.open", body, s_on_opened);
}

page_t *page_open(pages_t *self, const factor_request_t *request, const char *driver,
                  const char *challenge, cJSON **data_p, const page_events_t *events)
{
    assert(self && request && driver && events);
    page_t *page = sb_alloc(sizeof *page);
    page->pages = self;
    page->request = request;
    page->driver = driver;
    page->challenge = challenge ? sb_strdup(challenge) : NULL;
    page->data = data_p ? *data_p : sb_json_object();
    if (data_p) {
        *data_p = NULL;
    }
    page->events = *events;
    uint8_t token[SB_SHA256_SIZE];
    pages_derive(self, "page token", request, token);
    memcpy(page->token, token, sizeof page->token);
    page->next = self->list;
    self->list = page;
    if (self->len++ == 0) {
        self->timer = sb_timers_add(self->timers, PAGES_SWEEP_MS, s_on_sweep, self);
    }
    self->opened++;
    s_open(page);
    return page;
}

/* ---- Judging. */

static cJSON *s_reply(const page_t *page, factor_status_t status, bool open)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "job", page->request->job);
    sb_json_add_str(body, "result", factor_status_name(status));
    sb_json_add_bool(body, "open", open);
    if (page->judging) {
        sb_json_add_int(body, "attempts", page->attempt);
    }
    return body;
}

int64_t page_attempt(const page_t *self)
{
    assert(self);
    return self->attempt;
}

/* Whether it is open again the store counts. */
static void s_on_retried(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    page_t *page = arg;
    page->ask = NULL;
    if (code) {
        s_log(page, "the store refused to open a page again", err);
        s_ended(page, FACTOR_WRONG_CODE);
        return;
    }
    s_open(page);
}

void page_retry(page_t *self)
{
    assert(self && self->judging);
    s_ask(self, "page.reply", s_reply(self, FACTOR_WRONG_CODE, true), s_on_retried);
}

static void s_on_closed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    page_t *page = arg;
    page->ask = NULL;
    if (code) {
        s_log(page, "the store refused to close a page", err);
    }
    s_ended(page, code && page->status == FACTOR_APPROVED ? FACTOR_UNAVAILABLE : page->status);
}

void page_end(page_t *self, factor_status_t status)
{
    assert(self && self->judging);
    self->status = status;
    s_ask(self, "page.reply", s_reply(self, status, false), s_on_closed);
}

static void s_on_left(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    closing_t *closing = arg;
    pages_t *self = closing->pages;
    if (code) {
        sb_debug("a page was not closed", "error", err->text, NULL);
    }
    closing_t **at = &self->closing;
    while (*at != closing) {
        at = &(*at)->next;
    }
    *at = closing->next;
    free(closing);
}

void page_leave(page_t **self_p, factor_cancel_t why)
{
    assert(self_p);
    page_t *page = *self_p;
    *self_p = NULL;
    if (!page) {
        return;
    }
    if (why == FACTOR_WITHDRAW) {
        pages_t *self = page->pages;
        closing_t *closing = sb_alloc(sizeof *closing);
        page->judging = false;
        cJSON *body = s_reply(page, FACTOR_CANCELLED, false);
        closing->pages = self;
        closing->next = self->closing;
        self->closing = closing;
        closing->ask = store_ask(self->store, "page.reply", &body, s_on_left, closing);
    }
    s_free(page);
}
