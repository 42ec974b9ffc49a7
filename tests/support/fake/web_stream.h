/* web_stream.h: one TCP connection, with TLS or without, that never blocks. */
#pragma once

#include <openssl/ssl.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

typedef struct {
    int fd;         /* -1: closed */
    SSL *ssl;       /* NULL: no TLS */
    uint32_t wants; /* what epoll is to wait for after a call that gave 0 */
} web_stream_t;

/* The server's side of TLS. NULL and err if the files don't fit. SSL_CTX_free it. */
SSL_CTX *web_stream_tls(const char *cert, const char *key, sb_err_t *err);
/* Takes fd. tls is NULL without TLS. */
web_stream_t web_stream_open(int fd, SSL_CTX *tls);
void web_stream_close(web_stream_t *self);

/* Bytes read or written; 0: not now; -1: the connection is at its end. */
ssize_t web_stream_read(web_stream_t *self, void *out, size_t room);
ssize_t web_stream_write(web_stream_t *self, const void *data, size_t size);
