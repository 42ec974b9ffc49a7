/* slack_link.h: when Socket Mode connects, waits, pings, replaces and gives up. Pure: what happened
 * goes in with the time, what is to be done comes out; it knows no socket and no clock.
 *
 * A connection has a generation, which is never used again; what is said of one that is gone is
 * ignored. There are at most two sockets: one that is up, and either its successor that is being
 * made or its predecessor that is being left. At most one is being made at any time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLACK_LINK_SOCKETS_MAX 2
#define SLACK_LINK_ACTIONS_MAX 16

typedef struct slack_link slack_link_t;

typedef struct {
    int64_t connect_ms;     /* from the URL until the WebSocket stands */
    int64_t hello_ms;       /* until Slack has said hello */
    int64_t ping_ms;        /* between our pings */
    int64_t idle_ms;        /* without a word the connection is dead; several pings */
    int64_t drain_ms;       /* the old one is kept after the new one's hello, for what it owes */
    int64_t close_ms;       /* for the closing handshake; Slack does not end TCP by itself */
    int64_t backoff_ms;     /* after the first failure; doubled with each */
    int64_t backoff_max_ms; /* with jitter from half of it */
    int64_t stable_ms;      /* up for so long, failures are forgotten */
    int64_t slow_ms;        /* between attempts when somebody must act */
    int64_t ahead_ms;       /* replaced so long before its announced end, and up to that earlier */
} slack_link_timing_t;

extern const slack_link_timing_t slack_link_timing;

typedef enum {
    SLACK_LINK_START,
    SLACK_LINK_URL,        /* gen's URL is there */
    SLACK_LINK_NO_URL,     /* gen will get none: refused, retry_ms, why */
    SLACK_LINK_OPENED,     /* gen's WebSocket stands */
    SLACK_LINK_HEARD,      /* a frame of whatever kind on gen */
    SLACK_LINK_HELLO,      /* on gen; lifetime_ms, 0 if not said */
    SLACK_LINK_DISCONNECT, /* on gen; why: Slack's reason */
    SLACK_LINK_CLOSED,     /* gen's socket is gone; why */
    SLACK_LINK_TICK,       /* time has passed */
} slack_link_kind_t;

typedef struct {
    slack_link_kind_t kind;
    uint64_t gen;
    bool refused;        /* trying again soon is useless */
    int64_t retry_ms;    /* not before; 0: we choose */
    int64_t lifetime_ms; /* until Slack replaces the connection */
    const char *why;     /* borrowed for the step */
} slack_link_event_t;

typedef enum {
    SLACK_LINK_ASK,     /* for a URL for gen */
    SLACK_LINK_CONNECT, /* gen, to its URL */
    SLACK_LINK_PING,    /* gen */
    SLACK_LINK_CLOSE,   /* gen, in order */
    SLACK_LINK_KILL,    /* gen, at once */
    SLACK_LINK_UP,      /* gen carries events; gap_ms as in slack_up_t */
    SLACK_LINK_DOWN,    /* nothing does; why */
    SLACK_LINK_ALARM,   /* somebody must act; why */
} slack_link_do_t;

typedef struct {
    slack_link_do_t what;
    uint64_t gen;
    int64_t gap_ms;
    const char *why; /* good until the next step */
} slack_link_action_t;

typedef struct {
    slack_link_action_t items[SLACK_LINK_ACTIONS_MAX];
    size_t len;
} slack_link_actions_t;

/* timing is borrowed; seed is for the jitter. */
slack_link_t *slack_link_new(const slack_link_timing_t *timing, uint64_t seed);
void slack_link_destroy(slack_link_t **self_p);

/* Fills *actions_r with what is to be done now, in order. */
void slack_link_step(slack_link_t *self, const slack_link_event_t *event, int64_t now_ms,
                     slack_link_actions_t *actions_r);
/* When a tick is due at the latest; INT64_MAX: none is. */
int64_t slack_link_next_ms(const slack_link_t *self);

bool slack_link_up(const slack_link_t *self);
/* Does gen carry events, or has it until a moment ago? Else nothing can be sent on it. */
bool slack_link_open(const slack_link_t *self, uint64_t gen);
/* Since when nothing was heard on any connection that is up; -1: none is. */
int64_t slack_link_silent_ms(const slack_link_t *self, int64_t now_ms);
