/* host.c. */
#include "services/chatd/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/taskd.h"

#define INBOX_PUT "inbox.put"
#define SYNC_RETRY_MS 2000 /* after a person.sync that failed */

struct chat_host {
    zloop_t *loop;
    sb_client_t *store;
    const char *driver;
    const char *hear_request;
    sb_timers_t *timers;
    bool closed;
    chat_host_stats_t stats;
    cJSON *people;       /* who is being synced, by id; NULL: nobody */
    size_t people_done;  /* how many of them the store has */
    size_t people_sent;  /* how many it was just told of */
    bool sync_open;      /* the answer to that is awaited */
    bool people_new;     /* people came while one was open: begin again */
    uint64_t sync_timer; /* tries again */
};

/* One event on its way to the store. */
typedef struct {
    chat_host_t *host;
    sb_reply_fn *fn;
    void *arg;
} hearing_t;

chat_host_t *chat_host_new(zloop_t *loop, sb_client_t *store, const char *driver, const char *hear)
{
    assert(loop && store && driver && hear);
    chat_host_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->store = store;
    self->driver = driver;
    self->hear_request = hear;
    self->timers = sb_timers_new(loop);
    return self;
}

void chat_host_close(chat_host_t *self)
{
    self->closed = true;
    sb_timers_cancel(self->timers, &self->sync_timer);
}

void chat_host_destroy(chat_host_t **self_p)
{
    chat_host_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_timers_destroy(&self->timers);
    cJSON_Delete(self->people);
    free(self);
    *self_p = NULL;
}

zloop_t *chat_host_loop(const chat_host_t *self)
{
    return self->loop;
}

const chat_host_stats_t *chat_host_stats(const chat_host_t *self)
{
    return &self->stats;
}

static void s_call(chat_host_t *self, const char *request, cJSON **body_p, int64_t timeout_ms,
                   sb_reply_fn *fn, void *arg)
{
    if (self->closed) {
        sb_err_t err;
        const int code = sb_fail(&err, SB_ERETRY, "chatd is stopping");
        cJSON_Delete(*body_p);
        *body_p = NULL;
        fn(arg, code, NULL, &err);
        return;
    }
    sb_client_call(self->store, request, body_p, timeout_ms, 0, fn, arg);
}

void chat_host_call(chat_host_t *self, const char *request, cJSON **body_p, sb_reply_fn *fn,
                    void *arg)
{
    s_call(self, request, body_p, CHAT_STORE_MS, fn, arg);
}

/* ---- Hearing. */

static void s_on_heard(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    hearing_t *hearing = arg;
    chat_host_t *self = hearing->host;
    if (code) {
        self->stats.not_heard++;
        sb_warn("event not stored", "code", sb_code_name(code), "why", err->text, NULL);
    } else {
        self->stats.heard++;
        self->stats.repeated +=
            cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(body, "new")) ? 1 : 0;
    }
    hearing->fn(hearing->arg, code, body, err);
    free(hearing);
}

void chat_host_hear(chat_host_t *self, const chat_event_t *event, sb_reply_fn *fn, void *arg)
{
    static const char *const kinds[] = {
        [CHAT_TEXT] = "text", [CHAT_BUTTON] = "button", [CHAT_TEAM] = "team"};
    const bool team = event->kind == CHAT_TEAM; /* the store knows whose alert it is */
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "event", event->event);
    sb_json_add_str(body, "person", team ? NULL : event->person);
    sb_json_add_str(body, "kind", kinds[event->kind]);
    sb_json_add_str(body, "text", team ? event->person : event->text);
    sb_json_add_str(body, "value", event->value);
    sb_json_add_str(body, "message", event->message);
    sb_json_add_int(body, "at_ms", event->at_ms ? event->at_ms : sb_clock_wall_ms());
    hearing_t *hearing = sb_alloc(sizeof *hearing);
    *hearing = (hearing_t){.host = self, .fn = fn, .arg = arg};
    s_call(self, team ? INBOX_PUT : self->hear_request, &body, CHAT_HEAR_MS, s_on_heard, hearing);
}

/* ---- Who is there. */

static void s_on_synced(void *arg, int code, const cJSON *body, const sb_err_t *err);

static const char *s_id(const cJSON *person)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(person, "id"));
}

static int s_by_id(const void *a, const void *b)
{
    return strcmp(s_id(*(cJSON *const *)a), s_id(*(cJSON *const *)b));
}

/* By id, since the store takes a long list in pages, each for a range of ids. */
static void s_sort(cJSON *people)
{
    const size_t len = (size_t)cJSON_GetArraySize(people);
    cJSON **sorted = sb_alloc_array(len, sizeof(cJSON *));
    for (size_t i = 0; i < len; i++) {
        sorted[i] = cJSON_DetachItemFromArray(people, 0);
    }
    qsort(sorted, len, sizeof *sorted, s_by_id);
    for (size_t i = 0; i < len; i++) {
        sb_json_push(people, sorted[i]);
    }
    free(sorted);
}

/* The next SB_SYNC_MAX of them. */
static void s_sync_next(void *arg)
{
    chat_host_t *self = arg;
    cJSON *some = sb_json_array();
    const cJSON *person = cJSON_GetArrayItem(self->people, (int)self->people_done);
    const char *after = person && self->people_done ? s_id(person->prev) : NULL;
    size_t len = 0;
    for (; person && len < SB_SYNC_MAX; person = person->next, len++) {
        sb_json_push(some, sb_json_copy(person));
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "source", self->driver);
    sb_json_add_bool(body, "complete", true);
    sb_json_add_str(body, "after", after);
    sb_json_add_str(body, "until", person ? s_id(person->prev) : NULL);
    sb_json_add(body, "people", some);
    self->sync_timer = 0;
    self->people_sent = len;
    self->sync_open = true;
    chat_host_call(self, "person.sync", &body, s_on_synced, self);
}

static void s_sync_begin(chat_host_t *self)
{
    sb_timers_cancel(self->timers, &self->sync_timer);
    self->people_done = 0;
    self->people_new = false;
    s_sync_next(self);
}

static void s_sync_end(chat_host_t *self)
{
    sb_info("people synced", "people", sb_num(cJSON_GetArraySize(self->people)), NULL);
    cJSON_Delete(self->people);
    self->people = NULL;
}

static void s_on_synced(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    chat_host_t *self = arg;
    (void)body;
    self->sync_open = false;
    if (self->closed) {
        return;
    }
    if (self->people_new) {
        s_sync_begin(self);
        return;
    }
    if (code == SB_EINVALID || code == SB_EFORBIDDEN || code == SB_ETOOLARGE) {
        sb_error("people refused by the store", "why", err->text, NULL);
        cJSON_Delete(self->people);
        self->people = NULL;
        return;
    }
    if (code) {
        sb_warn("people not synced yet", "code", sb_code_name(code), "why", err->text, NULL);
        self->sync_timer = sb_timers_add(self->timers, SYNC_RETRY_MS, s_sync_next, self);
        return;
    }
    self->stats.synced += self->people_sent;
    self->people_done += self->people_sent;
    if (self->people_done < (size_t)cJSON_GetArraySize(self->people)) {
        s_sync_next(self);
    } else {
        s_sync_end(self);
    }
}

void chat_host_sync(chat_host_t *self, cJSON **people_p)
{
    cJSON_Delete(self->people);
    self->people = *people_p;
    *people_p = NULL;
    s_sort(self->people);
    if (self->sync_open) {
        self->people_new = true;
    } else {
        s_sync_begin(self);
    }
}
