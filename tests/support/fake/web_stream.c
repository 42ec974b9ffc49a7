/* web_stream.c */
#include "tests/support/fake/web_stream.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

SSL_CTX *web_stream_tls(const char *cert, const char *key, sb_err_t *err)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (!tls || SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
        SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
        const char *reason = ERR_reason_error_string(ERR_get_error());
        sb_fail(err, SB_EINVALID, "%s with %s: %s", cert, key, reason ? reason : "can't be used");
        SSL_CTX_free(tls);
        return NULL;
    }
    (void)SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return tls;
}

web_stream_t web_stream_open(int fd, SSL_CTX *tls)
{
    web_stream_t self = {.fd = fd, .wants = EPOLLIN};
    self.ssl = tls ? SSL_new(tls) : NULL;
    if (self.ssl && SSL_set_fd(self.ssl, fd) == 1) {
        SSL_set_accept_state(self.ssl);
    } else if (tls) {
        web_stream_close(&self);
    }
    return self;
}

void web_stream_close(web_stream_t *self)
{
    SSL_free(self->ssl);
    self->ssl = NULL;
    if (self->fd >= 0) {
        (void)close(self->fd);
        self->fd = -1;
    }
}

static ssize_t s_plain(web_stream_t *self, ssize_t n, uint32_t wants)
{
    if (n > 0) {
        return n;
    }
    self->wants = wants;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static ssize_t s_secret(web_stream_t *self, int n)
{
    if (n > 0) {
        return n;
    }
    switch (SSL_get_error(self->ssl, n)) {
    case SSL_ERROR_WANT_READ:
        self->wants = EPOLLIN;
        return 0;
    case SSL_ERROR_WANT_WRITE:
        self->wants = EPOLLOUT;
        return 0;
    default:
        return -1;
    }
}

ssize_t web_stream_read(web_stream_t *self, void *out, size_t room)
{
    if (!self->ssl) {
        return s_plain(self, recv(self->fd, out, room, 0), EPOLLIN);
    }
    ERR_clear_error();
    return s_secret(self, SSL_read(self->ssl, out, room < INT_MAX ? (int)room : INT_MAX));
}

ssize_t web_stream_write(web_stream_t *self, const void *data, size_t size)
{
    if (!self->ssl) {
        return s_plain(self, send(self->fd, data, size, MSG_NOSIGNAL), EPOLLOUT);
    }
    ERR_clear_error();
    return s_secret(self, SSL_write(self->ssl, data, size < INT_MAX ? (int)size : INT_MAX));
}
