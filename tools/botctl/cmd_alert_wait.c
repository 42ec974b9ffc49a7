/* cmd_alert_wait.c: waits until an alert has ended. A hint wakes it, and it asks every second as
 * well: hints may be lost, and taskd may be started anew meanwhile. */
#include <stdio.h>
#include <string.h>

#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/live.h"
#include "tools/botctl/record.h"
#include "tools/botctl/when.h"

#define POLL_MS 1000

typedef struct {
    int64_t timeout_ms;
    bool json;
} options_t;

static const opt_t s_opts[] = {
    {"timeout", 0, OPT_DURATION, offsetof(options_t, timeout_ms), "TIME",
     "give up after so long: 10s, 2h; else never",                                                    0, 0, 1, 30 * 86400000LL},
    {"json",    0, OPT_FLAG,     offsetof(options_t, json),       0,      "print the record as JSON", 0, 0, 0, 0              },
};

typedef struct {
    live_t live;
    char hash[SB_HASH_HEX + 1];
    bool asking;
    cJSON *alert; /* once it has ended */
} wait_t;

static void s_on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)err; /* asked again a second later */
    wait_t *self = arg;
    self->asking = false;
    const cJSON *alert = code == SB_OK ? cJSON_GetObjectItemCaseSensitive(body, "alert") : NULL;
    if (alert && !self->alert && live_ended(live_text(alert, "state"))) {
        self->alert = sb_json_copy(alert);
        live_end(&self->live);
    }
}

static void s_ask(wait_t *self)
{
    if (self->asking || self->alert) {
        return;
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "hash", self->hash);
    self->asking = true;
    live_ask(&self->live, "alert.get", &body, s_on_reply, self);
}

static void s_on_hint(void *arg, const char *topic, const cJSON *body)
{
    (void)topic;
    wait_t *self = arg;
    if (strcmp(live_text(body, "hash"), self->hash) == 0) {
        s_ask(self);
    }
}

static void s_on_resync(void *arg)
{
    s_ask(arg);
}

static int s_on_poll(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    s_ask(arg);
    return 0;
}

static int s_on_timeout(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

/* The alert as it is now; its full hash goes to self. */
static int s_first(wait_t *self, ctl_t *ctl, const char *hash, sb_err_t *err)
{
    cJSON *body = sb_json_object();
    cJSON *reply = NULL;
    sb_json_add_str(body, "hash", hash);
    if (ctl_ask_taskd(ctl, "alert.get", &body, &reply, err) != SB_OK) {
        return err->code;
    }
    sb_reader_t reader = sb_reader(reply, "alert.get", err);
    const cJSON *alert = sb_read_object(&reader, "alert");
    sb_reader_t inner = sb_reader_in(&reader, "alert", alert);
    const char *full = sb_read_str(&inner, "hash", SB_HASH_HEX, SB_HASH_HEX);
    (void)sb_reader_join(&reader, &inner);
    (void)snprintf(self->hash, sizeof self->hash, "%s", full);
    if (sb_reader_code(&reader) == SB_OK && live_ended(live_text(alert, "state"))) {
        self->alert = sb_json_copy(alert);
    }
    const int code = sb_reader_code(&reader);
    cJSON_Delete(reply);
    return code;
}

static exit_code_t s_end(const wait_t *self, const options_t *options)
{
    if (!self->alert) {
        char span[WHEN_SIZE];
        ctl_note("it has not ended after %s", when_span(options->timeout_ms, span));
        return EXIT_AWAY;
    }
    if (options->json) {
        cJSON *record = record_json(self->alert, RECORD_ALL);
        ctl_print_json(&record);
    } else {
        record_print(self->alert);
    }
    return strcmp(live_text(self->alert, "state"), "closed") == 0 ? EXIT_OK : EXIT_ESCALATED;
}

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    const options_t *options = options_v;
    wait_t self = {0};
    sb_err_t err;
    int code = s_first(&self, ctl, words[0], &err);
    if (code == SB_OK && !self.alert) {
        code = live_open(&self.live, ctl, s_on_hint, s_on_resync, &self, &err);
        if (code == SB_OK) {
            (void)zloop_timer(self.live.loop, POLL_MS, 0, s_on_poll, &self);
            if (options->timeout_ms > 0) {
                (void)zloop_timer(self.live.loop, (size_t)options->timeout_ms, 1, s_on_timeout,
                                  NULL);
            }
            (void)zloop_start(self.live.loop);
        }
        live_close(&self.live);
    }
    const exit_code_t exit = code == SB_OK ? s_end(&self, options) : ctl_fail(ctl, &err);
    cJSON_Delete(self.alert);
    return exit;
}

const command_t cmd_alert_wait = {
    .name = "alert wait",
    .summary = "Wait until an alert has ended, and print it",
    .usage = "HASH",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details =
        "Exit status: 0 it was closed (confirmed, or by a written rule), 5 it was escalated,\n"
        "3 it has not ended within --timeout.",
};
