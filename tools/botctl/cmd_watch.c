/* cmd_watch.c: every change of an alert as it happens.
 *
 * A hint names the alert that changed and its record is asked for. After a gap (taskd was away, or
 * we were too slow) all open alerts and the newest of all are asked for, and so is each one that
 * was open when last seen; those that differ from what was printed last are printed. */
#include <czmq.h>
#include <stdio.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/bus.h"
#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/live.h"
#include "tools/botctl/record.h"
#include "tools/botctl/text.h"
#include "tools/botctl/when.h"

#define SEEN_MAX 20000 /* alerts whose last state is remembered; then the memory starts anew */
#define PAGE_SIZE 100
#define PAGES_MAX 50    /* of one snapshot query */
#define NEWEST_PAGES 2  /* of those that are not asked for by an open state */
#define QUEUE_MAX 10000 /* alerts whose records are still to be asked for */
#define CALLS_MAX 16    /* records asked for at once */
#define RETRY_MS 1000

typedef struct {
    bool json;
} options_t;

static const opt_t s_opts[] = {
    {"json", 0, OPT_FLAG, offsetof(options_t, json), 0, "each change as a JSON line", 0, 0, 0, 0},
};

/* What a snapshot asks for, one after the other. */
static const char *const s_states[] = {"new", "queued", "asked", NULL};

typedef struct {
    live_t live;
    bool json;
    zhashx_t *seen; /* hash -> "state outcome ..." */
    zlist_t *queue; /* hashes whose records are to be asked for */
    size_t calls;
    bool quiet; /* the first snapshot: remember, print nothing */
    bool syncing;
    bool resync;  /* another snapshot is wanted after this one */
    size_t state; /* index in s_states */
    size_t page;
} watch_t;

static void s_pump(watch_t *self);
static void s_sync_next(watch_t *self, const char *cursor);

static void s_add_team(sb_buf_t *line, const cJSON *alert)
{
    static const struct {
        const char *words;
        const char *member;
    } rows[] = {
        {"acknowledged by", "acked_by"   },
        {"assigned to",     "assigned_to"},
        {"closed as",       "disposition"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = live_text(alert, rows[i].member);
        if (text[0]) {
            sb_buf_printf(line, "  %s ", rows[i].words);
            text_escape(line, text);
        }
    }
}

static void s_print(const watch_t *self, const cJSON *alert)
{
    if (self->json) {
        cJSON *record = record_json(alert, RECORD_ALL);
        ctl_print_json(&record);
    } else {
        char when[WHEN_SIZE];
        sb_buf_t line = sb_buf(SB_BODY_SIZE_MAX);
        sb_buf_printf(&line, "%s  %.12s  ", when_format(sb_clock_wall_ms(), when),
                      live_text(alert, "hash"));
        text_escape(&line, live_text(alert, "state"));
        const char *const more[] = {"outcome", "person", "title", "comment"};
        for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
            const char *text = live_text(alert, more[i]);
            if (text[0]) {
                sb_buf_puts(&line, "  ");
                text_escape(&line, text);
            }
        }
        s_add_team(&line, alert);
        (void)puts(sb_buf_text(&line));
        sb_buf_free(&line);
    }
    (void)fflush(stdout);
}

/* Remembers an alert's state and, unless quiet, prints it if that differs from the last one. */
static void s_take(watch_t *self, const cJSON *alert, bool quiet)
{
    const char *hash = live_text(alert, "hash");
    if (!hash[0]) {
        return;
    }
    char *now = sb_format("%s %s %s %s %s", live_text(alert, "state"), live_text(alert, "outcome"),
                          live_text(alert, "acked_by"), live_text(alert, "assigned_to"),
                          live_text(alert, "disposition"));
    const char *before = zhashx_lookup(self->seen, hash);
    const bool same = before && strcmp(before, now) == 0;
    if (same) {
        free(now);
        return;
    }
    if (!quiet) {
        s_print(self, alert);
    }
    if (!before && zhashx_size(self->seen) >= SEEN_MAX) {
        zhashx_purge(self->seen);
    }
    zhashx_update(self->seen, hash, now);
}

static void s_on_record(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)err;
    watch_t *self = arg;
    self->calls--;
    if (code == SB_OK) {
        s_take(self, cJSON_GetObjectItemCaseSensitive(body, "alert"), false);
        s_pump(self);
    } else if (exit_of(code) == EXIT_AWAY) {
        self->resync = true; /* the timer starts it */
    }
}

/* Asks for the records of the queue, some at a time. */
static void s_pump(watch_t *self)
{
    while (self->calls < CALLS_MAX && zlist_size(self->queue) > 0) {
        char *hash = zlist_pop(self->queue);
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "hash", hash);
        self->calls++;
        live_ask(&self->live, "alert.get", &body, s_on_record, self);
        zstr_free(&hash);
    }
}

static void s_on_hint(void *arg, const char *topic, const cJSON *body)
{
    (void)topic;
    watch_t *self = arg;
    const char *hash = live_text(body, "hash");
    if (!hash[0] || zlist_exists(self->queue, (void *)hash)) {
        return;
    }
    if (zlist_size(self->queue) >= QUEUE_MAX) {
        self->resync = true;
        return;
    }
    zlist_append(self->queue, (void *)hash);
    s_pump(self);
}

/* Alerts that were open when last seen have ended meanwhile, or the snapshot has told of them. */
static void s_sync_end(watch_t *self)
{
    self->syncing = false;
    if (self->quiet) {
        self->quiet = false;
        ctl_note("watching taskd at %s; Ctrl-C ends it", ctl_config(self->live.ctl)->taskd);
    } else {
        for (const char *was = zhashx_first(self->seen); was; was = zhashx_next(self->seen)) {
            char state[16];
            (void)snprintf(state, sizeof state, "%.*s", (int)strcspn(was, " "), was);
            if (!live_ended(state) && zlist_size(self->queue) < QUEUE_MAX) {
                zlist_append(self->queue, (void *)zhashx_cursor(self->seen));
            }
        }
        s_pump(self);
    }
}

static void s_on_page(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)err;
    watch_t *self = arg;
    if (code != SB_OK) {
        self->syncing = false;
        self->resync = true;
        return;
    }
    const cJSON *alert;
    cJSON_ArrayForEach(alert, cJSON_GetObjectItemCaseSensitive(body, "alerts"))
    {
        s_take(self, alert, self->quiet);
    }
    const char *cursor = live_text(body, "cursor");
    const size_t pages_max = s_states[self->state] ? PAGES_MAX : NEWEST_PAGES;
    if (cursor[0] && ++self->page < pages_max) {
        s_sync_next(self, cursor);
    } else if (s_states[self->state]) {
        self->state++;
        self->page = 0;
        s_sync_next(self, "");
    } else {
        s_sync_end(self);
    }
}

static void s_sync_next(watch_t *self, const char *cursor)
{
    cJSON *body = sb_json_object();
    sb_json_add_int(body, "limit", PAGE_SIZE);
    if (s_states[self->state]) {
        sb_json_add_str(body, "state", s_states[self->state]);
    }
    if (cursor[0]) {
        sb_json_add_str(body, "cursor", cursor);
    }
    live_ask(&self->live, "alert.query", &body, s_on_page, self);
}

static void s_sync(watch_t *self)
{
    if (self->syncing) {
        self->resync = true;
        return;
    }
    self->syncing = true;
    self->resync = false;
    self->state = 0;
    self->page = 0;
    s_sync_next(self, "");
}

static void s_on_resync(void *arg)
{
    s_sync(arg);
}

static int s_on_retry(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    watch_t *self = arg;
    if (self->resync && !self->syncing) {
        s_sync(self);
    }
    return 0;
}

static void s_free(void **text_p)
{
    free(*text_p);
    *text_p = NULL;
}

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    const options_t *options = options_v;
    watch_t self = {.json = options->json, .quiet = true};
    cJSON *body = NULL;
    cJSON *reply = NULL;
    sb_err_t err;
    if (ctl_ask_taskd(ctl, "ping", &body, &reply, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    cJSON_Delete(reply);
    self.seen = zhashx_new();
    zhashx_set_destructor(self.seen, s_free);
    self.queue = zlist_new();
    zlist_autofree(self.queue);
    exit_code_t exit = EXIT_OK;
    if (live_open(&self.live, ctl, s_on_hint, s_on_resync, &self, &err) != SB_OK) {
        exit = ctl_fail(ctl, &err);
    } else {
        self.resync = true;
        (void)zloop_timer(self.live.loop, RETRY_MS, 0, s_on_retry, &self);
        (void)zloop_start(self.live.loop);
    }
    live_close(&self.live);
    zhashx_destroy(&self.seen);
    zlist_destroy(&self.queue);
    return exit;
}

const command_t cmd_watch = {
    .name = "watch",
    .summary = "Print each change of an alert as it happens",
    .usage = "",
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details = "It outlives restarts of taskd: what changed meanwhile is printed when it is back.",
};
