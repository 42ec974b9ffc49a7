/* slack_line_mail.h: what the core and the actor of slack_line.h hand each other; used by these
 * alone. */
#pragma once

#include <czmq.h>
#include <stdatomic.h>

#include "services/chatd/slack_line.h"

#define SLACK_LINE_WHY_MAX 128

struct lws_context;

typedef enum {
    LINE_CONNECT, /* address, host, port, path, tls */
    LINE_SAY,     /* data */
    LINE_PING,
    LINE_CLOSE,
    LINE_KILL,
    LINE_STOP,
    LINE_NEWS, /* from here on to the core; news: kind, data, why */
    LINE_STOPPED,
} line_kind_t;

typedef struct line_mail line_mail_t;

struct line_mail {
    line_kind_t kind;
    uint64_t gen;
    char *address;
    char *host;
    char *path;
    int port;
    bool tls;
    slack_line_kind_t news;
    char *data;
    size_t size;
    char why[SLACK_LINE_WHY_MAX];
    line_mail_t *next; /* in the actor's list of what the pipe has no room for */
};

/* What core and actor share. */
typedef struct {
    const char *ca_file;
    struct lws_context *lws; /* the actor's, but for lws_cancel_service */
    atomic_size_t waiting;   /* bytes of data on their way to the core */
    atomic_uint_fast64_t frames;
    atomic_uint_fast64_t bad;
    atomic_uint_fast64_t lost; /* words for which there was no room, or no connection */
    atomic_uint_fast64_t paused;
} line_shared_t;

/* The actor: args is a line_shared_t. */
void slack_line_run(zsock_t *pipe, void *args);

void line_mail_destroy(line_mail_t **self_p);
