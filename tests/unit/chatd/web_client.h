/* web_client.h: an HTTP and WebSocket client that may be as ill-behaved as a test wants. Blocking,
 * with a time-out; faults fail the test. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define WEB_CLIENT_MAX (8 * 1024 * 1024) /* bytes of one answer or frame */

/* A TCP connection to a port of 127.0.0.1; close() it. */
int web_connect(int port);
void web_send(int fd, const void *data, size_t size);
/* All until the peer closes or nothing comes for ms; NUL-terminated. The caller frees it. */
char *web_read(int fd, int ms);
/* Sends a request and gives the whole answer. The caller frees it. */
char *web_ask(int port, const char *request);

/* Upgrades with a good request for path /ws, with more header lines ("A: b\r\n") if not NULL; the
 * answer's head, which the caller frees. */
char *web_upgrade(int fd, const char *more);
/* A connection that is a WebSocket. */
int web_socket(int port);

typedef enum {
    WEB_MORE = 0,
    WEB_TEXT = 1,
    WEB_BINARY = 2,
    WEB_CLOSE = 8,
    WEB_PING = 9,
    WEB_PONG = 10
} web_op_t;

void web_frame(int fd, web_op_t op, bool final, const void *data, size_t size);
void web_say(int fd, const char *text); /* a whole text frame */
/* The next frame's payload, NUL-terminated, its kind in *op_r (may be NULL); NULL if the connection
 * ended or nothing came in ms. The caller frees it. */
char *web_hear(int fd, int ms, web_op_t *op_r);
