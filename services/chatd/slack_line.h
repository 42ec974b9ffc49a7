/* slack_line.h: WebSockets to Slack as the core sees them: an actor with libwebsockets inside and a
 * pipe between. It decides nothing: when to connect and when to give up is slack_link.h's. */
#pragma once

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"

#define SLACK_LINE_WAITING_MAX (16 * 1024 * 1024) /* bytes on their way to the core */
#define SLACK_LINE_QUEUE_MAX 2048                 /* frames that wait to be sent on a connection */

typedef struct slack_line slack_line_t;

typedef enum {
    SLACK_LINE_OPENED, /* the upgrade was agreed on */
    SLACK_LINE_TEXT,   /* data: a whole message */
    SLACK_LINE_PONG,
    SLACK_LINE_BAD,    /* a message that was thrown away; why */
    SLACK_LINE_CLOSED, /* the last news of a connection; why */
} slack_line_kind_t;

/* Borrowed for the call. */
typedef struct {
    slack_line_kind_t kind;
    uint64_t gen;
    const char *data;
    size_t size;
    const char *why;
} slack_line_news_t;

typedef void(slack_line_fn)(void *ctx, const slack_line_news_t *news);

typedef struct {
    const char *address; /* a number: a name would be looked up by a call that blocks */
    const char *host;    /* the name that the certificate must be for */
    int port;
    const char *path;
    bool tls;
} slack_line_target_t;

/* ca_file: PEM, "" for the system's. NULL and err if it can't begin. */
slack_line_t *slack_line_new(zloop_t *loop, const char *ca_file, slack_line_fn *fn, void *ctx,
                             sb_err_t *err);
/* Ends all connections and the thread; no news comes any more, and no word is taken. Twice is
 * fine. Not from a callback. */
void slack_line_stop(slack_line_t *self);
void slack_line_destroy(slack_line_t **self_p);

/* gen names the connection from now on; it is used once. */
void slack_line_connect(slack_line_t *self, uint64_t gen, const slack_line_target_t *target);
/* These are no-ops for a connection that is gone. */
void slack_line_say(slack_line_t *self, uint64_t gen, const char *text);
void slack_line_ping(slack_line_t *self, uint64_t gen);
/* Sends what waits and begins the closing handshake, which the other side may leave unanswered. */
void slack_line_close(slack_line_t *self, uint64_t gen);
/* There may be no news of it any more. */
void slack_line_kill(slack_line_t *self, uint64_t gen);

/* Handles the news that have come so far: before it is said that nothing has come. */
void slack_line_drain(slack_line_t *self);

/* frames, bad frames, words that were lost. */
void slack_line_stats(const slack_line_t *self, cJSON *object);
