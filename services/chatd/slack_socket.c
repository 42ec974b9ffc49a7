/* slack_socket.c: the link (when), the lines (how) and the acknowledgements (which) put together.
 *
 * For each connection a fresh URL is asked for, then an address of its host that answers (the
 * library of the lines would block on a name), then the line is made. */
#include "services/chatd/slack_socket.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/log_gate.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "services/chatd/slack_ack.h"
#include "services/chatd/slack_frame.h"
#include "services/chatd/slack_line.h"
#include "services/chatd/slack_target.h"

#define ASK_PATIENCE_MS 120000 /* for the budget of apps.connections.open */
#define TIMER_NONE INT64_MAX
#define APP_SOCKETS_MAX "10" /* of an app, whoever opens them */
#define APP_SOCKETS_MANY 8   /* of these: somebody should know */

/* Slack's reasons to disconnect; others are counted as such. */
static const char *const s_reasons[] = {"warning", "refresh_requested", "too_many_websockets",
                                        "link_disabled"};
#define REASONS (sizeof s_reasons / sizeof s_reasons[0])

/* A call for a URL under way. */
typedef struct {
    slack_socket_t *socket; /* NULL: it is gone */
    uint64_t gen;
} ask_t;

typedef struct {
    uint64_t dials;
    uint64_t ups;
    uint64_t refreshes; /* of these: without a gap */
    uint64_t disconnects[REASONS + 1];
    uint64_t envelopes;
    uint64_t retried;   /* of these: not the first delivery */
    uint64_t acked;     /* handed to the connection */
    uint64_t not_acked; /* refused by the owner */
    uint64_t ack_lost;  /* the connection was gone */
    uint64_t busy;      /* too many were open */
    uint64_t unknown;   /* of no type that we know */
    uint64_t malformed; /* no JSON */
    uint64_t late;      /* on a connection that is being closed */
    uint64_t crowded;   /* warnings that there are too many sockets, or nearly */
} counts_t;

struct slack_socket {
    zloop_t *loop;
    slack_api_t *api;
    const slack_socket_port_t *port;
    void *ctx;
    bool stopped;
    slack_link_t *link;
    slack_line_t *line;
    slack_acks_t *acks;
    sb_timers_t *timers;
    uint64_t timer;
    int64_t timer_ms; /* when it fires; TIMER_NONE */
    ask_t *ask;
    uint64_t reach;      /* HTTP's id */
    uint64_t target_gen; /* whose target it is */
    slack_target_t target;
    bool plain; /* ws:// is allowed, as the Web API is reached without TLS too */
    int64_t connections;
    counts_t counts;
    sb_log_gate_t gate;
};

static void s_step(slack_socket_t *self, slack_link_event_t event);

/* ---- Making a connection. */

static void s_no_url(slack_socket_t *self, uint64_t gen, const char *why)
{
    s_step(self, (slack_link_event_t){.kind = SLACK_LINK_NO_URL, .gen = gen, .why = why});
}

static void s_take_url(slack_socket_t *self, uint64_t gen, const slack_reply_t *reply)
{
    sb_err_t err = {0};
    const cJSON *url = cJSON_GetObjectItemCaseSensitive(reply->body, "url");
    const char *text = cJSON_IsString(url) ? url->valuestring : "";
    self->target_gen = gen;
    if (slack_target_parse(text, self->plain, &self->target, &err)) {
        sb_warn("no good URL from apps.connections.open", "why", err.text, NULL);
        s_no_url(self, gen, err.text);
    } else {
        s_step(self, (slack_link_event_t){.kind = SLACK_LINK_URL, .gen = gen});
    }
}

static void s_on_url(void *arg, const slack_reply_t *reply)
{
    ask_t *ask = arg;
    slack_socket_t *self = ask->socket;
    const uint64_t gen = ask->gen;
    free(ask);
    if (!self) {
        return;
    }
    self->ask = NULL;
    if (self->stopped) {
        return;
    }
    if (reply->class == SLACK_OK) {
        s_take_url(self, gen, reply);
        return;
    }
    sb_warn("no URL for a socket", "error", reply->error, "why", reply->err.text, NULL);
    s_step(self, (slack_link_event_t){.kind = SLACK_LINK_NO_URL,
                                      .gen = gen,
                                      .refused = reply->class == SLACK_AUTH ||
                                                 reply->class == SLACK_PERMANENT,
                                      .retry_ms = reply->retry_ms,
                                      .why = reply->error});
}

static void s_ask(slack_socket_t *self, uint64_t gen)
{
    ask_t *ask = sb_alloc(sizeof *ask);
    ask->socket = self;
    ask->gen = gen;
    self->ask = ask; /* the one before has ended: the link has no other in this state */
    self->counts.dials++;
    slack_api_call(self->api, "apps.connections.open", NULL, 0, ASK_PATIENCE_MS, s_on_url, ask);
}

static void s_on_reached(void *arg, const sb_http_answer_t *answer)
{
    slack_socket_t *self = arg;
    const uint64_t gen = self->target_gen;
    self->reach = 0;
    if (answer->end != SB_HTTP_ANSWERED || !answer->body[0]) {
        sb_warn("can't reach Slack's socket", "host", self->target.host, "why", answer->err.text,
                NULL);
        s_step(self, (slack_link_event_t){
                         .kind = SLACK_LINK_CLOSED, .gen = gen, .why = answer->err.text});
        return;
    }
    const slack_line_target_t target = {.address = answer->body,
                                        .host = self->target.host,
                                        .port = self->target.port,
                                        .path = self->target.path,
                                        .tls = self->target.tls};
    slack_line_connect(self->line, gen, &target);
}

static void s_connect(slack_socket_t *self)
{
    self->reach = sb_http_reach(slack_api_http(self->api), self->target.host, self->target.port,
                                slack_link_timing.connect_ms, s_on_reached, self);
}

static void s_kill(slack_socket_t *self, uint64_t gen)
{
    if (gen == self->target_gen) {
        sb_http_cancel(slack_api_http(self->api), &self->reach);
    }
    slack_line_kill(self->line, gen);
}

/* ---- What the link wants. */

static void s_up(slack_socket_t *self, const slack_link_action_t *action)
{
    const slack_up_t up = {.gap_ms = action->gap_ms, .connections = self->connections};
    self->counts.ups++;
    self->counts.refreshes += action->gap_ms == 0 ? 1 : 0;
    self->port->up(self->ctx, &up);
}

static void s_obey(slack_socket_t *self, const slack_link_action_t *action)
{
    switch (action->what) {
    case SLACK_LINK_ASK:
        s_ask(self, action->gen);
        break;
    case SLACK_LINK_CONNECT:
        s_connect(self);
        break;
    case SLACK_LINK_PING:
        slack_line_ping(self->line, action->gen);
        break;
    case SLACK_LINK_CLOSE:
        slack_line_close(self->line, action->gen);
        break;
    case SLACK_LINK_KILL:
        s_kill(self, action->gen);
        break;
    case SLACK_LINK_UP:
        s_up(self, action);
        break;
    case SLACK_LINK_DOWN:
        self->port->down(self->ctx, action->why);
        break;
    case SLACK_LINK_ALARM:
        self->port->alarm(self->ctx, action->why);
        break;
    }
}

static void s_on_timer(void *arg)
{
    slack_socket_t *self = arg;
    self->timer = 0;
    self->timer_ms = TIMER_NONE;
    /* What came while we were busy counts as heard. */
    slack_line_drain(self->line);
    s_step(self, (slack_link_event_t){.kind = SLACK_LINK_TICK});
}

static void s_arm(slack_socket_t *self, int64_t now_ms)
{
    const int64_t next_ms = slack_link_next_ms(self->link);
    if (next_ms == self->timer_ms) {
        return;
    }
    sb_timers_cancel(self->timers, &self->timer);
    self->timer_ms = next_ms;
    if (next_ms != TIMER_NONE) {
        self->timer = sb_timers_add(self->timers, next_ms - now_ms, s_on_timer, self);
    }
}

static void s_step(slack_socket_t *self, slack_link_event_t event)
{
    slack_link_actions_t actions;
    const int64_t now_ms = sb_clock_mono_ms();
    slack_link_step(self->link, &event, now_ms, &actions);
    for (size_t i = 0; i < actions.len; i++) {
        s_obey(self, &actions.items[i]);
    }
    s_arm(self, now_ms);
}

/* ---- What Slack says. */

static void s_acknowledge(slack_socket_t *self, uint64_t gen, const char *id)
{
    if (!slack_link_open(self->link, gen)) {
        self->counts.ack_lost++; /* Slack delivers it again, on another */
        return;
    }
    char *text = slack_frame_ack(id);
    slack_line_say(self->line, gen, text);
    self->counts.acked++;
    free(text);
}

static void s_on_decided(void *owner, uint64_t gen, const char *id, int code)
{
    slack_socket_t *self = owner;
    if (code) {
        self->counts.not_acked++;
    } else if (!self->stopped) {
        s_acknowledge(self, gen, id);
    }
}

static void s_envelope(slack_socket_t *self, uint64_t gen, slack_envelope_t *envelope)
{
    envelope->ack = slack_acks_add(self->acks, gen, envelope->id);
    if (!envelope->ack) {
        self->counts.busy++;
        return;
    }
    self->counts.envelopes++;
    self->counts.retried += envelope->retry > 0 ? 1 : 0;
    self->port->envelope(self->ctx, envelope);
}

static void s_unknown(slack_socket_t *self, uint64_t gen, const slack_frame_t *frame)
{
    int64_t hidden;
    self->counts.unknown++;
    if (sb_log_gate(&self->gate, sb_clock_mono_ms(), &hidden)) {
        sb_warn("a frame of no known type", "type", frame->type, NULL);
    }
    if (frame->envelope.id[0]) {
        s_acknowledge(self, gen, frame->envelope.id);
    }
}

/* Which of an app's sockets are of this suite is not known here: another chatd's are as good as
 * ours. So it is told when few are left, and each time their number is another. */
static void s_count_sockets(slack_socket_t *self, int64_t connections)
{
    if (connections >= APP_SOCKETS_MANY && connections != self->connections) {
        self->counts.crowded++;
        sb_warn("many sockets of this app are open, and Slack allows no more than " APP_SOCKETS_MAX
                "; each gets a part of the answers, so all must be of one suite's chatd",
                "sockets", sb_num(connections), NULL);
    }
    self->connections = connections;
}

static void s_on_full(slack_socket_t *self)
{
    int64_t hidden;
    self->counts.crowded++;
    if (sb_log_gate(&self->gate, sb_clock_mono_ms(), &hidden)) {
        sb_warn("Slack lets no socket in (too_many_websockets): " APP_SOCKETS_MAX
                " of this app are open; end the other programs that use this app, or some chatd",
                NULL);
    }
}

static void s_disconnect(slack_socket_t *self, uint64_t gen, const char *reason)
{
    size_t i = 0;
    while (i < REASONS && strcmp(s_reasons[i], reason) != 0) {
        i++;
    }
    self->counts.disconnects[i]++;
    if (strcmp(reason, "too_many_websockets") == 0) {
        s_on_full(self);
    } else {
        sb_info("Slack asks to disconnect", "generation", sb_num((int64_t)gen), "reason", reason,
                NULL);
    }
    s_step(self, (slack_link_event_t){.kind = SLACK_LINK_DISCONNECT, .gen = gen, .why = reason});
}

static void s_frame(slack_socket_t *self, uint64_t gen, slack_frame_t *frame)
{
    switch (frame->kind) {
    case SLACK_FRAME_HELLO:
        s_count_sockets(self, frame->connections);
        s_step(self, (slack_link_event_t){.kind = SLACK_LINK_HELLO,
                                          .gen = gen,
                                          .lifetime_ms = frame->lifetime_s * 1000});
        break;
    case SLACK_FRAME_DISCONNECT:
        s_disconnect(self, gen, frame->reason);
        break;
    case SLACK_FRAME_ENVELOPE:
        s_envelope(self, gen, &frame->envelope);
        break;
    case SLACK_FRAME_UNKNOWN:
        s_unknown(self, gen, frame);
        break;
    }
}

static void s_bad(slack_socket_t *self, const char *why)
{
    int64_t hidden;
    if (sb_log_gate(&self->gate, sb_clock_mono_ms(), &hidden)) {
        sb_warn("a frame that can't be read", "why", why, NULL);
    }
}

static void s_text(slack_socket_t *self, const slack_line_news_t *news)
{
    sb_err_t err;
    slack_frame_t frame;
    if (!slack_link_open(self->link, news->gen)) {
        self->counts.late++; /* it can't be acknowledged any more */
    } else if (slack_frame_parse(news->data, news->size, &frame, &err)) {
        self->counts.malformed++;
        s_bad(self, err.text);
    } else {
        s_frame(self, news->gen, &frame);
        slack_frame_clear(&frame);
    }
}

static void s_on_news(void *ctx, const slack_line_news_t *news)
{
    slack_socket_t *self = ctx;
    slack_link_event_t event = {.kind = SLACK_LINK_HEARD, .gen = news->gen, .why = news->why};
    if (news->kind == SLACK_LINE_OPENED) {
        event.kind = SLACK_LINK_OPENED;
    } else if (news->kind == SLACK_LINE_CLOSED) {
        event.kind = SLACK_LINK_CLOSED;
    }
    s_step(self, event);
    if (news->kind == SLACK_LINE_TEXT) {
        s_text(self, news);
    } else if (news->kind == SLACK_LINE_BAD) {
        s_bad(self, news->why);
    }
}

/* ---- Life. */

slack_socket_t *slack_socket_new(zloop_t *loop, slack_api_t *api, const slack_link_timing_t *timing,
                                 const slack_socket_port_t *port, void *ctx, sb_err_t *err)
{
    uint64_t seed;
    const slack_api_config_t *config = slack_api_config(api);
    slack_socket_t *self = sb_alloc(sizeof *self);
    self->line = slack_line_new(loop, config->ca_file, s_on_news, self, err);
    if (!self->line) {
        free(self);
        return NULL;
    }
    sb_random(&seed, sizeof seed);
    self->loop = loop;
    self->api = api;
    self->port = port;
    self->ctx = ctx;
    self->plain = strncmp(config->url, "http://", 7) == 0;
    self->link = slack_link_new(timing ? timing : &slack_link_timing, seed);
    self->acks = slack_acks_new(s_on_decided, self);
    self->timers = sb_timers_new(loop);
    self->timer_ms = TIMER_NONE;
    s_step(self, (slack_link_event_t){.kind = SLACK_LINK_START});
    return self;
}

void slack_socket_stop(slack_socket_t *self)
{
    if (self->stopped) {
        return;
    }
    self->stopped = true;
    sb_timers_cancel(self->timers, &self->timer);
    sb_http_cancel(slack_api_http(self->api), &self->reach);
    slack_line_stop(self->line);
}

void slack_socket_destroy(slack_socket_t **self_p)
{
    slack_socket_t *self = *self_p;
    if (!self) {
        return;
    }
    slack_socket_stop(self);
    if (self->ask) {
        self->ask->socket = NULL;
    }
    slack_acks_destroy(&self->acks);
    slack_line_destroy(&self->line);
    slack_link_destroy(&self->link);
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

bool slack_socket_up(const slack_socket_t *self)
{
    return !self->stopped && slack_link_up(self->link);
}

void slack_socket_stats(const slack_socket_t *self, cJSON *object)
{
    const counts_t *counts = &self->counts;
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"socket_dials",        counts->dials              },
        {"socket_ups",          counts->ups                },
        {"socket_refreshes",    counts->refreshes          },
        {"socket_crowded",      counts->crowded            },
        {"envelopes",           counts->envelopes          },
        {"envelopes_retried",   counts->retried            },
        {"envelopes_acked",     counts->acked              },
        {"envelopes_not_acked", counts->not_acked          },
        {"envelopes_ack_lost",  counts->ack_lost           },
        {"envelopes_busy",      counts->busy               },
        {"envelopes_late",      counts->late               },
        {"envelopes_open",      slack_acks_open(self->acks)},
        {"frames_unknown",      counts->unknown            },
        {"frames_malformed",    counts->malformed          },
    };
    sb_json_add_bool(object, "socket_up", slack_socket_up(self));
    sb_json_add_int(object, "socket_silent_ms",
                    self->stopped ? -1 : slack_link_silent_ms(self->link, sb_clock_mono_ms()));
    sb_json_add_int(object, "socket_connections", self->connections);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_json_add_int(object, rows[i].name, (int64_t)rows[i].value);
    }
    cJSON *reasons = sb_json_object();
    for (size_t i = 0; i <= REASONS; i++) {
        sb_json_add_int(reasons, i < REASONS ? s_reasons[i] : "other",
                        (int64_t)counts->disconnects[i]);
    }
    sb_json_add(object, "socket_disconnects", reasons);
    slack_line_stats(self->line, object);
}
