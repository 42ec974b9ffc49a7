/* chat_client.h: the socket under a chat session, and the lines of the standard input beside it. It
 * connects again when the chat goes away, for a while. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "tools/botctl/chat_session.h"

#define CHAT_CLIENT_FIRST_MS 5000  /* for the first connection */
#define CHAT_CLIENT_OPEN_MS 15000  /* after that, until the conversation is open */
#define CHAT_CLIENT_AWAY_MS 60000  /* until a chat that went away is given up */
#define CHAT_CLIENT_DRAIN_MS 10000 /* for what was said to be acknowledged, after the last line */

typedef struct {
    /* A line of the standard input, without its end. */
    void (*line)(void *ctx, const char *text);
    /* The connection was lost (why) or is there again (NULL). */
    void (*state)(void *ctx, const char *why);
    /* Asked after every event: true ends the run well. */
    bool (*done)(void *ctx);
} chat_client_fns_t;

typedef struct {
    const char *url;       /* "http://HOST:PORT/"; NULL: from endpoints */
    const char *endpoints; /* a file with a line http=URL, read before each connection; or NULL */
    chat_session_t *session;
    const chat_client_fns_t *fns;
    void *ctx;
    int64_t timeout_ms; /* -1: none */
    bool linger;        /* the end of the input is no end */
} chat_client_config_t;

/* Runs until done says so; until the input has ended, all is known that was said before and all
 * that was said is acknowledged; or SIGINT or SIGTERM (SB_OK in all of these). SB_ERETRY: the chat
 * can't be reached. SB_ETIMEOUT: timeout_ms passed, or what was said was not acknowledged.
 * SB_EINVALID: the URL, or the conversation was refused. */
SB_MUSTCHECK int chat_client_run(const chat_client_config_t *config, sb_err_t *err);

/* Splits "http://HOST:PORT/"; host_size is that of host_r. */
SB_MUSTCHECK int chat_url_parse(const char *url, char *host_r, size_t host_size, int *port_r,
                                sb_err_t *err);
/* The value of the line http= of a file that a chatd wrote; the caller frees it. */
SB_MUSTCHECK int chat_url_load(const char *path, char **url_r, sb_err_t *err);
