/* local_web.h: the web server of the built-in chat as the core sees it: an actor with
 * libwebsockets inside and a pipe between. */
#pragma once

#include <czmq.h>

#include "lib/err.h"
#include "services/chatd/local_conn.h"
#include "services/chatd/local_mail.h"

typedef struct local_web local_web_t;

typedef struct {
    const char *host;   /* an address, or "localhost" */
    int port;           /* 0: the kernel's choice */
    char *const *hosts; /* allowed in Host besides loopback names; NULL-ended, may be NULL */
} local_web_config_t;

/* Borrowed for the call. */
typedef void(local_web_fn)(void *ctx, const local_mail_t *mail);

/* Listens when it returns. config is borrowed for its life. NULL and err if it can't. */
local_web_t *local_web_new(zloop_t *loop, const local_web_config_t *config, local_web_fn *fn,
                           void *ctx, sb_err_t *err);
/* Ends the server and its thread; no mail comes any more, and none is taken. Twice is fine. */
void local_web_stop(local_web_t *self);
void local_web_destroy(local_web_t **self_p);

/* Never waits. If the pipe is full the mail is dropped, and every browser is told to resync as soon
 * as there is room. */
void local_web_send(local_web_t *self, local_mail_t **mail_p);

const char *local_web_url(const local_web_t *self); /* "http://127.0.0.1:8080/" */
local_counts_t *local_web_counts(local_web_t *self);
