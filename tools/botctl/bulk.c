/* bulk.c. The window bounds what is under way and what is kept; while it is full nothing is read,
 * so a fast writer waits. */
#include "tools/botctl/bulk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/bus_client.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/taskd.h"
#include "tools/botctl/alert_row.h"
#include "tools/botctl/lines.h"
#include "tools/botctl/text.h"

#define WINDOW 64
#define READ_SIZE 65536
#define LINE_SIZE_MAX 65536

typedef struct bulk bulk_t;

typedef struct {
    bulk_t *bulk;
    size_t row; /* line number in the file */
    bool done;
    bool created;
    char hash[SB_HASH_HEX + 1];
    sb_err_t err; /* code SB_OK: made, or there already */
} slot_t;

struct bulk {
    ctl_t *ctl;
    bool json;
    zloop_t *loop;
    sb_client_t *client;
    int fd;
    bool reading; /* the fd is in the loop */
    bool ended;   /* no more input */
    bool away;    /* taskd did not answer: send no more */
    lines_t *lines;
    slot_t slots[WINDOW]; /* a ring: first is the oldest row not reported yet */
    size_t first;
    size_t len;
    size_t created;
    size_t repeated;
    size_t failed;
};

static void s_print_row(const bulk_t *self, const slot_t *slot)
{
    if (self->json) {
        cJSON *line = sb_json_object();
        sb_json_add_int(line, "row", (int64_t)slot->row);
        if (slot->err.code == SB_OK) {
            sb_json_add_str(line, "hash", slot->hash);
            sb_json_add_bool(line, "created", slot->created);
        } else {
            sb_json_add_str(line, "error", sb_code_name(slot->err.code));
            sb_json_add_str(line, "text", slot->err.text);
        }
        ctl_print_json(&line);
    } else if (slot->err.code == SB_OK) {
        (void)puts(slot->hash);
    }
    if (slot->err.code != SB_OK) {
        sb_buf_t text = sb_buf(4 * SB_ERR_TEXT_MAX);
        text_escape(&text, slot->err.text);
        ctl_note("row %zu: %s", slot->row, sb_buf_text(&text));
        sb_buf_free(&text);
    }
}

/* Reports the rows at the head of the ring that are done. */
static void s_report(bulk_t *self)
{
    while (self->len > 0 && self->slots[self->first].done) {
        const slot_t *slot = &self->slots[self->first];
        s_print_row(self, slot);
        if (slot->err.code != SB_OK) {
            self->failed++;
        } else if (slot->created) {
            self->created++;
        } else {
            self->repeated++;
        }
        self->first = (self->first + 1) % WINDOW;
        self->len--;
    }
}

static void s_pump(bulk_t *self);

static void s_on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    slot_t *slot = arg;
    bulk_t *self = slot->bulk;
    slot->done = true;
    slot->err.code = SB_OK;
    if (code != SB_OK) {
        slot->err = *err;
        if (exit_of(code) == EXIT_AWAY) {
            self->away = true;
            const ctl_config_t *config = ctl_config(self->ctl);
            (void)ctl_explain(self->ctl, SB_ROLE_TASKD, config->taskd, config->timeout_ms,
                              &slot->err);
        }
    } else {
        sb_reader_t reader = sb_reader(body, "alert.create", &slot->err);
        slot->created = sb_read_bool(&reader, "created");
        slot->err.code = sb_reader_code(&reader);
    }
    s_report(self);
    s_pump(self);
}

static void s_send(bulk_t *self, const line_t *line)
{
    slot_t *slot = &self->slots[(self->first + self->len) % WINDOW];
    self->len++;
    *slot = (slot_t){.bulk = self, .row = line->number};
    cJSON *body = NULL;
    if (line->too_long) {
        (void)sb_fail(&slot->err, SB_ETOOLARGE, "longer than %d bytes", LINE_SIZE_MAX);
    } else {
        body = alert_row_parse(line->text, line->size, sb_clock_wall_ms(), &slot->err);
    }
    if (!body) {
        slot->done = true;
        return;
    }
    (void)snprintf(slot->hash, sizeof slot->hash, "%s",
                   cJSON_GetObjectItemCaseSensitive(body, "hash")->valuestring);
    sb_client_call(self->client, "alert.create", &body, ctl_config(self->ctl)->timeout_ms, 0,
                   s_on_reply, slot);
}

static int s_on_input(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    bulk_t *self = arg;
    char data[READ_SIZE];
    const ssize_t got = read(self->fd, data, sizeof data);
    if (got > 0) {
        lines_feed(self->lines, data, (size_t)got);
    } else if (got == 0) {
        self->ended = true;
        lines_end(self->lines);
    } else if (errno != EINTR && errno != EAGAIN) {
        ctl_note("can't read on: %s", strerror(errno));
        self->failed++;
        self->ended = true;
    }
    s_pump(self);
    return 0;
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1; /* ends the loop */
}

/* Sends while there is room, lets the loop read only then, and ends it when all is reported. */
static void s_pump(bulk_t *self)
{
    line_t line;
    while (self->len < WINDOW && !self->away && lines_next(self->lines, &line)) {
        s_send(self, &line);
        s_report(self);
    }
    const bool want = !self->ended && !self->away && self->len < WINDOW;
    zmq_pollitem_t item = {.fd = self->fd, .events = ZMQ_POLLIN};
    if (want && !self->reading) {
        self->reading = zloop_poller(self->loop, &item, s_on_input, self) == 0;
        zloop_poller_set_tolerant(self->loop, &item); /* the end of a pipe is no error */
    } else if (!want && self->reading) {
        zloop_poller_end(self->loop, &item);
        self->reading = false;
    }
    if (self->len == 0 && (self->ended || self->away)) {
        (void)zloop_timer(self->loop, 0, 1, s_on_end, NULL);
    }
}

static exit_code_t s_sum_up(const bulk_t *self)
{
    ctl_note("%zu created, %zu there already, %zu failed%s", self->created, self->repeated,
             self->failed, self->away ? "; the rows after that were not sent" : "");
    return self->away ? EXIT_AWAY : self->failed ? EXIT_REFUSED : EXIT_OK;
}

exit_code_t bulk_create(ctl_t *ctl, const char *path, bool json)
{
    assert(ctl);
    assert(path);
    const bool input = strcmp(path, "-") == 0;
    bulk_t self = {.ctl = ctl, .json = json, .fd = STDIN_FILENO};
    sb_err_t err;
    if (!input && (self.fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
        return ctl_usage(ctl, "can't read %s: %s", path, strerror(errno));
    }
    exit_code_t exit = EXIT_OK;
    self.loop = zloop_new();
    self.lines = lines_new(LINE_SIZE_MAX);
    sb_keys_t *keys = ctl_load_keys(ctl, &err);
    if (keys) {
        self.client = sb_client_new(self.loop, keys, SB_ROLE_TASKD, ctl_config(ctl)->taskd,
                                    "botctl", WINDOW, &err);
    }
    if (self.client) {
        s_pump(&self);
        (void)zloop_start(self.loop);
        exit = s_sum_up(&self);
    } else {
        exit = ctl_fail(ctl, &err);
    }
    sb_client_destroy(&self.client);
    lines_destroy(&self.lines);
    zloop_destroy(&self.loop);
    if (!input) {
        (void)close(self.fd);
    }
    return exit;
}
