/* sockets.c: which connections there are, who may open one, and which gets what. */
#include "tests/support/fake_slack/sockets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/conn.h"
#include "tests/support/fake_slack/ids.h"
#include "tests/support/fake_slack/slack.h"

#define TICKETS_MAX 100000
#define TICKET_SIZE 40
#define ARGUMENT_SIZE 64 /* of a query, with its name */
#define WARNING_S 10     /* before the end of a connection's life */
#define LAST_WORDS_S 10  /* between refresh_requested and the close */
#define DEBUG_LIFE_S 360 /* with debug_reconnects */

typedef struct {
    char text[TICKET_SIZE];
} ticket_t;

struct sockets {
    slack_t *slack;
    conn_t *conns[SOCKETS_MAX + SOCKETS_EXTRA_MAX];
    size_t len;
    size_t turn; /* of the next delivery */
    uint64_t numbers;
    uint64_t route;
    table_t *tickets;
    size_t fragment;
    int64_t withhold_hello;
    int64_t refuse;
    int refuse_status;
    int64_t opened, refused, too_many, most;
    conn_counts_t counts;
};

sockets_t *sockets_new(slack_t *slack)
{
    sockets_t *self = sb_alloc(sizeof *self);
    self->slack = slack;
    self->tickets = table_new();
    return self;
}

void sockets_destroy(sockets_t **self_p)
{
    sockets_t *self = *self_p;
    if (!self) {
        return;
    }
    size_t place = 0;
    ticket_t *ticket;
    while ((ticket = table_next(self->tickets, &place))) {
        free(ticket);
    }
    table_destroy(&self->tickets);
    free(self);
    *self_p = NULL;
}

char *sockets_ticket(sockets_t *self)
{
    if (table_len(self->tickets) == TICKETS_MAX) {
        size_t place = 0;
        ticket_t *old = table_next(self->tickets, &place);
        table_remove(self->tickets, old->text);
        free(old);
    }
    uint8_t bytes[16];
    ticket_t *ticket = sb_alloc(sizeof *ticket);
    sb_random(bytes, sizeof bytes);
    sb_hex(bytes, sizeof bytes, ticket->text);
    table_set(self->tickets, ticket->text, ticket);
    /* http:// becomes ws://, https:// wss:// */
    return sb_format("ws%s" LINK_PATH "?ticket=%s&app_id=%s", self->slack->base_url + 4,
                     ticket->text, APP_ID);
}

static ticket_t *s_ticket(const sockets_t *self, struct lws *wsi)
{
    char argument[ARGUMENT_SIZE];
    const char *text = lws_get_urlarg_by_name(wsi, "ticket=", argument, sizeof argument);
    return text ? table_get(self->tickets, text) : NULL;
}

int sockets_admit(sockets_t *self, struct lws *wsi)
{
    if (self->refuse > 0) {
        self->refuse--;
        self->refused++;
        return self->refuse_status;
    }
    if (!s_ticket(self, wsi) || self->len == sizeof self->conns / sizeof self->conns[0]) {
        self->refused++;
        return 403;
    }
    return 0;
}

/* Connections that the app has: not those that were told too_many_websockets. */
static size_t s_open(const sockets_t *self)
{
    size_t n = 0;
    for (size_t i = 0; i < self->len; i++) {
        n += !self->conns[i]->refused;
    }
    return n;
}

static int64_t s_scaled_ms(const sockets_t *self, int64_t seconds)
{
    return seconds * 1000 / self->slack->options->time_scale;
}

static void s_write_connection(const sockets_t *self, out_t *out)
{
    out_int(out, "num_connections", (int64_t)s_open(self));
    out_begin(out, "connection_info", '{');
    out_str(out, "app_id", APP_ID);
    out_end(out, '}');
}

static void s_say_hello(conn_t *conn)
{
    const sockets_t *self = conn->owner;
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "type", "hello");
    s_write_connection(self, &out);
    out_begin(&out, "debug_info", '{');
    out_str(&out, "host", "applink-fake");
    out_int(&out, "build_number", 1);
    out_int(&out, "approximate_connection_time", conn->life_s / self->slack->options->time_scale);
    out_end(&out, '}');
    out_end(&out, '}');
    conn_send(conn, FRAME_TEXT, out.buf.text, out.buf.len);
    out_free(&out);
}

static void s_say_disconnect(conn_t *conn, const char *reason)
{
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "type", "disconnect");
    out_str(&out, "reason", reason);
    if (conn->refused) {
        s_write_connection(conn->owner, &out);
    }
    out_begin(&out, "debug_info", '{');
    out_str(&out, "host", "applink-fake");
    out_end(&out, '}');
    out_end(&out, '}');
    conn_send(conn, FRAME_TEXT, out.buf.text, out.buf.len);
    out_free(&out);
    conn->leaving = true;
}

/* ---- The life of a connection. */

static void s_close_due(void *arg)
{
    conn_t *conn = arg;
    conn->life_timer = 0;
    conn_hang_up(conn);
}

static void s_refresh_due(void *arg)
{
    conn_t *conn = arg;
    s_say_disconnect(conn, "refresh_requested");
    conn->life_timer = timing_add(conn->owner->slack->timing,
                                  s_scaled_ms(conn->owner, LAST_WORDS_S), s_close_due, conn);
}

static void s_warning_due(void *arg)
{
    conn_t *conn = arg;
    s_say_disconnect(conn, "warning");
    conn->life_timer = timing_add(conn->owner->slack->timing, s_scaled_ms(conn->owner, WARNING_S),
                                  s_refresh_due, conn);
}

static void s_ping_due(void *arg)
{
    static const char payload[] = "Ping from applink-fake";
    conn_t *conn = arg;
    conn_send(conn, FRAME_PING, payload, sizeof payload - 1);
    conn->ping_timer = timing_add(conn->owner->slack->timing, conn->owner->slack->options->ping_ms,
                                  s_ping_due, conn);
}

static void s_begin(conn_t *conn)
{
    sockets_t *self = conn->owner;
    if (self->withhold_hello > 0) {
        self->withhold_hello--;
        conn->leaving = true; /* nothing is delivered before the hello */
    } else {
        s_say_hello(conn);
    }
    const int64_t quiet_s = conn->life_s > WARNING_S ? conn->life_s - WARNING_S : 0;
    conn->life_timer =
        timing_add(self->slack->timing, s_scaled_ms(self, quiet_s), s_warning_due, conn);
    conn->ping_timer =
        timing_add(self->slack->timing, self->slack->options->ping_ms, s_ping_due, conn);
}

conn_t *sockets_open(sockets_t *self, struct lws *wsi)
{
    ticket_t *ticket = s_ticket(self, wsi);
    if (!ticket || self->len == sizeof self->conns / sizeof self->conns[0]) {
        return NULL;
    }
    table_remove(self->tickets, ticket->text);
    free(ticket);
    char debug[ARGUMENT_SIZE];
    const bool short_life =
        lws_get_urlarg_by_name(wsi, "debug_reconnects=", debug, sizeof debug) != NULL;
    conn_t *conn = conn_new(self, wsi, ++self->numbers, &self->counts);
    conn->slack = self->slack;
    conn->fragment = &self->fragment;
    conn->life_s = short_life ? DEBUG_LIFE_S : self->slack->options->connection_s;
    conn->refused = s_open(self) == SOCKETS_MAX;
    self->conns[self->len++] = conn;
    self->opened++;
    if (conn->refused) {
        self->too_many++;
        s_say_disconnect(conn, "too_many_websockets");
        conn_hang_up(conn);
        return conn;
    }
    const int64_t open = (int64_t)s_open(self);
    self->most = open > self->most ? open : self->most;
    s_begin(conn);
    return conn;
}

void conn_close(conn_t **self_p)
{
    conn_t *conn = *self_p;
    if (!conn) {
        return;
    }
    sockets_t *self = conn->owner;
    for (size_t i = 0; i < self->len; i++) {
        if (self->conns[i] == conn) {
            memmove(&self->conns[i], &self->conns[i + 1], (self->len - i - 1) * sizeof(conn_t *));
            self->len--;
            break;
        }
    }
    timing_cancel(self->slack->timing, &conn->life_timer);
    timing_cancel(self->slack->timing, &conn->ping_timer);
    conn_destroy(self_p);
}

/* ---- Who gets it. */

static bool s_can(const conn_t *conn, bool leaving)
{
    return !conn->refused && !conn->closing && conn->leaving == leaving;
}

static conn_t *s_pick(sockets_t *self, bool leaving)
{
    for (size_t i = 0; i < self->len; i++) {
        conn_t *conn = self->conns[(self->turn + i) % self->len];
        if (s_can(conn, leaving)) {
            self->turn = (self->turn + i + 1) % self->len;
            return conn;
        }
    }
    return NULL;
}

static conn_t *s_find(const sockets_t *self, uint64_t number)
{
    for (size_t i = 0; i < self->len; i++) {
        if (self->conns[i]->number == number) {
            return self->conns[i];
        }
    }
    return NULL;
}

uint64_t sockets_send(sockets_t *self, const char *text)
{
    conn_t *conn = self->route ? s_find(self, self->route) : NULL;
    conn = conn ? conn : s_pick(self, false);
    conn = conn ? conn : s_pick(self, true); /* better an old one than none */
    if (!conn) {
        return 0;
    }
    conn_send(conn, FRAME_TEXT, text, strlen(text));
    return conn->number;
}

/* ---- Scripts. */

typedef void(do_fn)(conn_t *conn, const void *arg);

static size_t s_each(sockets_t *self, uint64_t which, do_fn *fn, const void *arg)
{
    size_t n = 0;
    for (size_t i = 0; i < self->len; i++) {
        conn_t *conn = self->conns[i];
        if ((which == 0 || conn->number == which) && !conn->refused) {
            fn(conn, arg);
            n++;
        }
    }
    return n;
}

typedef struct {
    const char *reason;
    bool then_close;
} goodbye_t;

static void s_disconnect(conn_t *conn, const void *arg)
{
    const goodbye_t *goodbye = arg;
    if (goodbye->reason) {
        s_say_disconnect(conn, goodbye->reason);
    }
    if (goodbye->then_close) {
        conn_hang_up(conn);
    }
}

size_t sockets_disconnect(sockets_t *self, uint64_t which, const char *reason, bool then_close)
{
    const goodbye_t goodbye = {reason, then_close};
    return s_each(self, which, s_disconnect, &goodbye);
}

static void s_kill(conn_t *conn, const void *arg)
{
    (void)arg;
    conn_kill(conn);
}

size_t sockets_kill(sockets_t *self, uint64_t which)
{
    return s_each(self, which, s_kill, NULL);
}

static void s_deafen(conn_t *conn, const void *arg)
{
    (void)arg;
    conn_deafen(conn);
}

size_t sockets_deafen(sockets_t *self, uint64_t which)
{
    return s_each(self, which, s_deafen, NULL);
}

typedef struct {
    const char *text;
    bool binary;
} raw_t;

static void s_raw(conn_t *conn, const void *arg)
{
    const raw_t *raw = arg;
    conn_send(conn, raw->binary ? FRAME_BINARY : FRAME_TEXT, raw->text, strlen(raw->text));
}

size_t sockets_raw(sockets_t *self, uint64_t which, const char *text, bool binary)
{
    const raw_t raw = {text, binary};
    return s_each(self, which, s_raw, &raw);
}

void sockets_route(sockets_t *self, uint64_t which)
{
    self->route = which;
}

void sockets_fragment(sockets_t *self, size_t size)
{
    self->fragment = size;
}

void sockets_withhold_hello(sockets_t *self, int64_t n)
{
    self->withhold_hello = n;
}

void sockets_refuse(sockets_t *self, int64_t n, int status)
{
    self->refuse = n;
    self->refuse_status = status;
}

void sockets_write(const sockets_t *self, out_t *out)
{
    out_int(out, "open", (int64_t)s_open(self));
    out_int(out, "most", self->most);
    out_int(out, "opened", self->opened);
    out_int(out, "refused", self->refused);
    out_int(out, "too_many", self->too_many);
    out_int(out, "frames_bad", self->counts.bad);
    out_int(out, "acks_too_large", self->counts.too_large);
    out_int(out, "pongs", self->counts.pongs);
    out_begin(out, "connections", '[');
    for (size_t i = 0; i < self->len; i++) {
        const conn_t *conn = self->conns[i];
        out_begin(out, NULL, '{');
        out_int(out, "number", (int64_t)conn->number);
        out_bool(out, "leaving", conn->leaving);
        out_bool(out, "half_open", conn->deaf);
        out_bool(out, "refused", conn->refused);
        out_int(out, "sent", conn->sent);
        out_int(out, "acked", conn->acked);
        out_int(out, "age_ms", sb_clock_mono_ms() - conn->opened_ms);
        out_end(out, '}');
    }
    out_end(out, ']');
}
