/* slack_link.c. Every step looks at what happened, then at what time has passed, and last of all
 * whether a new connection is needed and may begin (s_settle): nothing else begins one, so there
 * can't be two attempts. */
#include "services/chatd/slack_link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/mem.h"

#define NEVER INT64_MAX
#define DOUBLINGS_MAX 16
#define CROWDED_ATTEMPTS 3 /* too_many_websockets counts as so many failures */

const slack_link_timing_t slack_link_timing = {
    .connect_ms = 15000,
    .hello_ms = 15000,
    .ping_ms = 10000,
    .idle_ms = 35000,
    .drain_ms = 3000,
    .close_ms = 1000,
    .backoff_ms = 1000,
    .backoff_max_ms = 60000,
    .stable_ms = 60000,
    .slow_ms = 300000,
    .ahead_ms = 30000,
};

typedef enum {
    FREE,
    ASKING,     /* for a URL; there is no socket yet */
    CONNECTING, /* TCP, TLS, upgrade */
    GREETING,   /* until hello */
    UP,
    CLOSING, /* until the socket is gone */
} state_t;

typedef struct {
    state_t state;
    uint64_t gen;
    int64_t due_ms;     /* of CONNECTING, GREETING, CLOSING: then it has failed */
    int64_t heard_ms;   /* of GREETING, UP */
    int64_t ping_ms;    /* of GREETING, UP: the next one */
    int64_t up_ms;      /* since when it is UP */
    int64_t refresh_ms; /* of UP: when it is to be replaced, unless Slack says so before */
    int64_t retire_ms;  /* of UP: when it is closed, its successor being UP too */
    bool leaving;       /* of UP: to be replaced */
    bool asked;         /* of these: by Slack */
} conn_t;

struct slack_link {
    const slack_link_timing_t *timing;
    uint64_t random;
    bool started;
    conn_t conns[SLACK_LINK_SOCKETS_MAX];
    uint64_t serial;   /* of the last connection */
    int64_t dial_ms;   /* when the next one begins; NEVER: none is needed, or it is being made */
    int64_t hold_ms;   /* and not before */
    bool blocked;      /* it is time, but a socket must be gone first */
    unsigned attempts; /* since things were stable */
    bool crowded;      /* too many sockets: one must be gone before the next */
    bool up;           /* as told */
    bool was_up;       /* ever */
    int64_t deaf_ms;   /* the last word of what was up */
    char why[80];      /* of the last action that has one */
};

/* ---- Small things. */

static slack_link_action_t *s_do(slack_link_actions_t *out, slack_link_do_t what, uint64_t gen)
{
    assert(out->len < SLACK_LINK_ACTIONS_MAX);
    slack_link_action_t *action = &out->items[out->len++];
    *action = (slack_link_action_t){.what = what, .gen = gen};
    return action;
}

static void s_say(slack_link_t *self, slack_link_actions_t *out, slack_link_do_t what,
                  const char *why)
{
    (void)snprintf(self->why, sizeof self->why, "%s", why ? why : "");
    s_do(out, what, 0)->why = self->why;
}

/* xorshift64*: jitter needs no better. */
static int64_t s_random(slack_link_t *self, int64_t below)
{
    self->random ^= self->random >> 12;
    self->random ^= self->random << 25;
    self->random ^= self->random >> 27;
    const uint64_t value = self->random * 0x2545f4914f6cdd1dULL >> 1;
    return below > 0 ? (int64_t)(value % (uint64_t)below) : 0;
}

static conn_t *s_find(slack_link_t *self, uint64_t gen)
{
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        if (self->conns[i].state != FREE && self->conns[i].gen == gen) {
            return &self->conns[i];
        }
    }
    return NULL;
}

static conn_t *s_in_state(slack_link_t *self, state_t from, state_t to)
{
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        if (self->conns[i].state >= from && self->conns[i].state <= to) {
            return &self->conns[i];
        }
    }
    return NULL;
}

/* One that is up and stays. */
static bool s_settled(const slack_link_t *self)
{
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        if (self->conns[i].state == UP && !self->conns[i].leaving) {
            return true;
        }
    }
    return false;
}

/* ---- How a connection ends. */

/* conn is up no more. */
static void s_lost(slack_link_t *self, const conn_t *conn, const char *why,
                   slack_link_actions_t *out)
{
    self->deaf_ms = conn->heard_ms > self->deaf_ms ? conn->heard_ms : self->deaf_ms;
    if (self->up && !s_in_state(self, UP, UP)) {
        self->up = false;
        s_say(self, out, SLACK_LINK_DOWN, why);
    }
}

static void s_gone(slack_link_t *self, conn_t *conn, const char *why, slack_link_actions_t *out)
{
    const conn_t was = *conn;
    *conn = (conn_t){.state = FREE};
    if (was.state == UP) {
        s_lost(self, &was, why, out);
    }
}

static void s_kill(slack_link_t *self, conn_t *conn, const char *why, slack_link_actions_t *out)
{
    (void)s_do(out, SLACK_LINK_KILL, conn->gen);
    s_gone(self, conn, why, out);
}

static void s_close(slack_link_t *self, conn_t *conn, int64_t now_ms, const char *why,
                    slack_link_actions_t *out)
{
    const conn_t was = *conn;
    conn->state = CLOSING;
    conn->due_ms = now_ms + self->timing->close_ms;
    (void)s_do(out, SLACK_LINK_CLOSE, conn->gen);
    if (was.state == UP) {
        s_lost(self, &was, why, out);
    }
}

/* ---- What happened. */

static void s_hold(slack_link_t *self, int64_t until_ms)
{
    self->hold_ms = until_ms > self->hold_ms ? until_ms : self->hold_ms;
}

static void s_on_no_url(slack_link_t *self, conn_t *conn, const slack_link_event_t *event,
                        int64_t now_ms, slack_link_actions_t *out)
{
    if (conn->state != ASKING) {
        return;
    }
    s_gone(self, conn, event->why, out);
    s_hold(self, now_ms + (event->refused ? self->timing->slow_ms : event->retry_ms));
    if (event->refused) {
        s_say(self, out, SLACK_LINK_ALARM, event->why);
    }
}

static void s_on_hello(slack_link_t *self, conn_t *conn, const slack_link_event_t *event,
                       int64_t now_ms, slack_link_actions_t *out)
{
    if (conn->state != GREETING) {
        return;
    }
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        if (self->conns[i].state == UP) {
            self->conns[i].leaving = true;
            self->conns[i].retire_ms = now_ms + self->timing->drain_ms;
        }
    }
    conn->heard_ms = now_ms;
    const int64_t life_ms = event->lifetime_ms;
    const int64_t ahead_ms = self->timing->ahead_ms + s_random(self, self->timing->ahead_ms);
    conn->state = UP;
    conn->up_ms = now_ms;
    conn->retire_ms = NEVER;
    conn->refresh_ms = life_ms <= 0             ? NEVER
                       : life_ms > 2 * ahead_ms ? now_ms + life_ms - ahead_ms
                                                : now_ms + life_ms / 2;
    slack_link_action_t *action = s_do(out, SLACK_LINK_UP, conn->gen);
    action->gap_ms = self->up ? 0 : self->was_up ? now_ms - self->deaf_ms : -1;
    self->up = true;
    self->was_up = true;
}

/* One that we leave of our own accord may as well stay. */
static void s_stay(slack_link_t *self)
{
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        conn_t *conn = &self->conns[i];
        if (conn->state == UP && conn->leaving && !conn->asked) {
            conn->leaving = false;
            conn->refresh_ms = NEVER;
            conn->retire_ms = NEVER;
        }
    }
}

static void s_on_disconnect(slack_link_t *self, conn_t *conn, const slack_link_event_t *event,
                            int64_t now_ms, slack_link_actions_t *out)
{
    const char *why = event->why ? event->why : "";
    const bool crowded = strcmp(why, "too_many_websockets") == 0;
    if (conn->state != GREETING && conn->state != UP) {
        return;
    }
    conn->heard_ms = now_ms;
    if (strcmp(why, "link_disabled") == 0) {
        s_hold(self, now_ms + self->timing->slow_ms);
        s_say(self, out, SLACK_LINK_ALARM, "Socket Mode is switched off (link_disabled)");
    }
    if (crowded) {
        self->crowded = true;
        self->attempts = self->attempts > CROWDED_ATTEMPTS ? self->attempts : CROWDED_ATTEMPTS;
    }
    if (conn->state == UP && !crowded) {
        conn->leaving = true;
        conn->asked = true;
        return;
    }
    s_close(self, conn, now_ms, why, out);
    if (crowded) {
        s_stay(self);
    }
}

static void s_on_event(slack_link_t *self, const slack_link_event_t *event, int64_t now_ms,
                       slack_link_actions_t *out)
{
    conn_t *conn = s_find(self, event->gen);
    if (event->kind == SLACK_LINK_START) {
        self->started = true;
    }
    if (!conn) {
        return; /* no connection is meant, or it is gone */
    }
    switch (event->kind) {
    case SLACK_LINK_START:
    case SLACK_LINK_TICK:
        break;
    case SLACK_LINK_HEARD:
        conn->heard_ms = now_ms;
        break;
    case SLACK_LINK_URL:
        if (conn->state == ASKING) {
            conn->state = CONNECTING;
            conn->due_ms = now_ms + self->timing->connect_ms;
            (void)s_do(out, SLACK_LINK_CONNECT, conn->gen);
        }
        break;
    case SLACK_LINK_NO_URL:
        s_on_no_url(self, conn, event, now_ms, out);
        break;
    case SLACK_LINK_OPENED:
        if (conn->state == CONNECTING) {
            conn->state = GREETING;
            conn->heard_ms = now_ms;
            conn->due_ms = now_ms + self->timing->hello_ms;
            conn->ping_ms = now_ms + self->timing->ping_ms;
        }
        break;
    case SLACK_LINK_HELLO:
        s_on_hello(self, conn, event, now_ms, out);
        break;
    case SLACK_LINK_DISCONNECT:
        s_on_disconnect(self, conn, event, now_ms, out);
        break;
    case SLACK_LINK_CLOSED:
        s_gone(self, conn, event->why, out);
        break;
    }
}

/* ---- What time has passed. */

static void s_pass(slack_link_t *self, conn_t *conn, int64_t now_ms, slack_link_actions_t *out)
{
    const bool open = conn->state == GREETING || conn->state == UP;
    const bool bounded = conn->state != UP && conn->state != ASKING && conn->state != FREE;
    if (bounded && now_ms >= conn->due_ms) {
        s_kill(self, conn, "out of time", out);
    } else if (open && now_ms - conn->heard_ms >= self->timing->idle_ms) {
        s_kill(self, conn, "nothing was heard any more", out);
    } else if (conn->state == UP && now_ms >= conn->retire_ms) {
        s_close(self, conn, now_ms, "replaced", out);
    } else if (open && now_ms >= conn->ping_ms) {
        conn->ping_ms = now_ms + self->timing->ping_ms;
        (void)s_do(out, SLACK_LINK_PING, conn->gen);
    }
    if (conn->state == UP && now_ms >= conn->refresh_ms) {
        conn->leaving = true;
        conn->refresh_ms = NEVER;
    }
    if (conn->state == UP && !conn->leaving && now_ms - conn->up_ms >= self->timing->stable_ms) {
        self->attempts = 0;
        self->crowded = false;
    }
}

static int64_t s_backoff(slack_link_t *self)
{
    if (self->attempts == 0) {
        return 0;
    }
    const unsigned doublings = self->attempts - 1;
    int64_t ms = self->timing->backoff_ms
                 << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
    ms = ms < self->timing->backoff_max_ms ? ms : self->timing->backoff_max_ms;
    return ms / 2 + s_random(self, ms / 2 + 1);
}

/* A slot for the next connection; NULL if a socket must be gone first, which is seen to. */
static conn_t *s_slot(slack_link_t *self, int64_t now_ms, slack_link_actions_t *out)
{
    conn_t *slot = s_in_state(self, FREE, FREE);
    if (slot && !self->crowded) {
        return slot;
    }
    bool busy = false;
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        conn_t *conn = &self->conns[i];
        if (conn->state == UP && (self->crowded || conn->retire_ms != NEVER)) {
            s_close(self, conn, now_ms, "room is needed for its successor", out);
        }
        busy = busy || conn->state != FREE;
    }
    return busy ? NULL : slot;
}

static void s_settle(slack_link_t *self, int64_t now_ms, slack_link_actions_t *out)
{
    self->blocked = false;
    if (!self->started || s_settled(self) || s_in_state(self, ASKING, GREETING)) {
        self->dial_ms = NEVER;
        return;
    }
    if (self->dial_ms == NEVER) {
        self->dial_ms = now_ms + s_backoff(self);
    }
    self->dial_ms = self->dial_ms > self->hold_ms ? self->dial_ms : self->hold_ms;
    if (now_ms < self->dial_ms) {
        return;
    }
    conn_t *conn = s_slot(self, now_ms, out);
    if (!conn) {
        self->blocked = true;
        return;
    }
    *conn = (conn_t){.state = ASKING, .gen = ++self->serial};
    self->attempts++;
    self->dial_ms = NEVER;
    (void)s_do(out, SLACK_LINK_ASK, conn->gen);
}

/* ---- For callers. */

slack_link_t *slack_link_new(const slack_link_timing_t *timing, uint64_t seed)
{
    slack_link_t *self = sb_alloc(sizeof *self);
    self->timing = timing;
    self->random = seed | 1;
    self->dial_ms = NEVER;
    return self;
}

void slack_link_destroy(slack_link_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

void slack_link_step(slack_link_t *self, const slack_link_event_t *event, int64_t now_ms,
                     slack_link_actions_t *actions_r)
{
    actions_r->len = 0;
    s_on_event(self, event, now_ms, actions_r);
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        s_pass(self, &self->conns[i], now_ms, actions_r);
    }
    s_settle(self, now_ms, actions_r);
}

static int64_t s_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t slack_link_next_ms(const slack_link_t *self)
{
    int64_t next_ms = self->blocked ? NEVER : self->dial_ms;
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        const conn_t *conn = &self->conns[i];
        switch (conn->state) {
        case FREE:
        case ASKING:
            break;
        case CONNECTING:
        case CLOSING:
            next_ms = s_min(next_ms, conn->due_ms);
            break;
        case UP:
            next_ms = s_min(next_ms, s_min(conn->refresh_ms, conn->retire_ms));
            next_ms = s_min(next_ms, s_min(conn->ping_ms, conn->heard_ms + self->timing->idle_ms));
            break;
        case GREETING:
            next_ms = s_min(next_ms, conn->due_ms);
            next_ms = s_min(next_ms, s_min(conn->ping_ms, conn->heard_ms + self->timing->idle_ms));
            break;
        }
    }
    return next_ms;
}

bool slack_link_up(const slack_link_t *self)
{
    return self->up;
}

bool slack_link_open(const slack_link_t *self, uint64_t gen)
{
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        const conn_t *conn = &self->conns[i];
        if (conn->gen == gen && (conn->state == GREETING || conn->state == UP)) {
            return true;
        }
    }
    return false;
}

int64_t slack_link_silent_ms(const slack_link_t *self, int64_t now_ms)
{
    int64_t heard_ms = -1;
    for (size_t i = 0; i < SLACK_LINK_SOCKETS_MAX; i++) {
        const conn_t *conn = &self->conns[i];
        if (conn->state == UP && conn->heard_ms > heard_ms) {
            heard_ms = conn->heard_ms;
        }
    }
    return heard_ms < 0 ? -1 : now_ms - heard_ms;
}
