#include "tests/unit/lib/peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/mem.h"

#define CONNS_MAX 64

struct peer_conn {
    peer_t *peer;
    unsigned index;
    int fd;
    SSL *ssl; /* NULL: plain */
    pthread_t thread;
    char buffer[PEER_READ_MAX];
    size_t buffered; /* bytes read, and not part of the last request */
    size_t taken;    /* bytes of the last request, at the front of buffer */
    char cut;        /* what the NUL behind the last request has replaced */
};

struct peer {
    int fd;
    int port;
    peer_fn *fn;
    void *arg;
    SSL_CTX *tls;
    char *ca_file;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint connections;
    atomic_uint requests;
    pthread_mutex_t lock; /* of the descriptors in conns */
    peer_conn_t *conns[CONNS_MAX];
};

/* ---- Certificates. */

static EVP_PKEY *s_key(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert(key);
    return key;
}

static void s_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert(extension);
    const int added = X509_add_ext(cert, extension, -1);
    assert(added == 1);
    X509_EXTENSION_free(extension);
}

/* A certificate for name, signed by issuer (NULL: by itself, as a CA). */
static X509 *s_cert(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = X509_new();
    assert(cert);
    (void)X509_set_version(cert, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer ? 2 : 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    (void)X509_set_pubkey(cert, key);
    X509_NAME *subject = X509_get_subject_name(cert);
    (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                     -1, 0);
    (void)X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject);
    if (issuer) {
        char alt[128];
        (void)snprintf(alt, sizeof alt, "DNS:%s", name);
        s_extend(cert, issuer, NID_subject_alt_name, alt);
    } else {
        s_extend(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
    }
    const int size = X509_sign(cert, issuer ? issuer_key : key, EVP_sha256());
    assert(size > 0);
    return cert;
}

static void s_write_ca(peer_t *self, X509 *ca)
{
    self->ca_file = sb_format("%s/peer-%d-%d.pem", SB_BINARY_DIR, (int)getpid(), self->port);
    FILE *file = fopen(self->ca_file, "w");
    assert(file);
    (void)PEM_write_X509(file, ca);
    (void)fclose(file);
}

static void s_make_tls(peer_t *self, const char *name)
{
    EVP_PKEY *ca_key = s_key();
    X509 *ca = s_cert("The CA of a test", ca_key, NULL, NULL);
    EVP_PKEY *key = s_key();
    X509 *cert = s_cert(name, key, ca, ca_key);
    self->tls = SSL_CTX_new(TLS_server_method());
    assert(self->tls);
    const int good = SSL_CTX_use_certificate(self->tls, cert) == 1 &&
                     SSL_CTX_use_PrivateKey(self->tls, key) == 1;
    assert(good);
    s_write_ca(self, ca);
    X509_free(cert);
    EVP_PKEY_free(key);
    X509_free(ca);
    EVP_PKEY_free(ca_key);
}

/* ---- Connections. */

static void s_close(peer_conn_t *conn)
{
    if (conn->ssl) {
        (void)SSL_shutdown(conn->ssl);
        SSL_free(conn->ssl);
        conn->ssl = NULL;
    }
    (void)pthread_mutex_lock(&conn->peer->lock);
    (void)close(conn->fd);
    conn->fd = -1;
    (void)pthread_mutex_unlock(&conn->peer->lock);
}

static void *s_serve(void *arg)
{
    peer_conn_t *conn = arg;
    bool good = true;
    if (conn->peer->tls) {
        conn->ssl = SSL_new(conn->peer->tls);
        (void)SSL_set_fd(conn->ssl, conn->fd);
        good = SSL_accept(conn->ssl) == 1;
    }
    if (good) {
        conn->peer->fn(conn, conn->index, conn->peer->arg);
    }
    s_close(conn);
    return NULL;
}

static void *s_accept(void *arg)
{
    peer_t *self = arg;
    for (;;) {
        const int fd = accept(self->fd, NULL, NULL);
        if (fd < 0 || atomic_load(&self->stop)) {
            if (fd >= 0) {
                (void)close(fd);
            }
            return NULL;
        }
        peer_conn_t *conn = sb_alloc(sizeof *conn);
        conn->peer = self;
        conn->fd = fd;
        (void)pthread_mutex_lock(&self->lock);
        conn->index = atomic_fetch_add(&self->connections, 1);
        assert(conn->index < CONNS_MAX);
        self->conns[conn->index] = conn;
        (void)pthread_mutex_unlock(&self->lock);
        const int made = pthread_create(&conn->thread, NULL, s_serve, conn);
        assert(made == 0);
    }
}

peer_t *peer_new(const char *name, peer_fn *fn, void *arg)
{
    (void)signal(SIGPIPE, SIG_IGN);
    peer_t *self = sb_alloc(sizeof *self);
    self->fn = fn;
    self->arg = arg;
    (void)pthread_mutex_init(&self->lock, NULL);
    self->fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const bool listens = bind(self->fd, (struct sockaddr *)&address, size) == 0 &&
                         listen(self->fd, CONNS_MAX) == 0 &&
                         getsockname(self->fd, (struct sockaddr *)&address, &size) == 0;
    assert(listens);
    self->port = ntohs(address.sin_port);
    if (name) {
        s_make_tls(self, name);
    }
    const int made = pthread_create(&self->thread, NULL, s_accept, self);
    assert(made == 0);
    return self;
}

void peer_destroy(peer_t **self_p)
{
    peer_t *self = *self_p;
    if (!self) {
        return;
    }
    atomic_store(&self->stop, true);
    (void)shutdown(self->fd, SHUT_RDWR);
    (void)pthread_join(self->thread, NULL);
    (void)close(self->fd);
    (void)pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < CONNS_MAX; i++) {
        if (self->conns[i] && self->conns[i]->fd >= 0) {
            (void)shutdown(self->conns[i]->fd, SHUT_RDWR);
        }
    }
    (void)pthread_mutex_unlock(&self->lock);
    for (size_t i = 0; i < CONNS_MAX; i++) {
        if (self->conns[i]) {
            (void)pthread_join(self->conns[i]->thread, NULL);
            free(self->conns[i]);
        }
    }
    if (self->tls) {
        (void)unlink(self->ca_file);
        SSL_CTX_free(self->tls);
    }
    (void)pthread_mutex_destroy(&self->lock);
    free(self->ca_file);
    free(self);
    *self_p = NULL;
}

int peer_port(const peer_t *self)
{
    return self->port;
}

const char *peer_ca_file(const peer_t *self)
{
    return self->ca_file;
}

unsigned peer_connections(const peer_t *self)
{
    return atomic_load(&self->connections);
}

unsigned peer_requests(const peer_t *self)
{
    return atomic_load(&self->requests);
}

/* ---- For scripts. */

static size_t s_receive(peer_conn_t *conn, void *out, size_t size)
{
    const ssize_t n =
        conn->ssl ? SSL_read(conn->ssl, out, (int)size) : recv(conn->fd, out, size, 0);
    return n > 0 ? (size_t)n : 0;
}

size_t peer_read(peer_conn_t *conn, void *out, size_t size)
{
    if (conn->buffered > 0) {
        const size_t n = conn->buffered < size ? conn->buffered : size;
        memcpy(out, conn->buffer + conn->taken, n);
        conn->taken += n;
        conn->buffered -= n;
        return n;
    }
    return s_receive(conn, out, size);
}

/* The size of the request at the front of the buffer; 0 if it is not all there. */
static size_t s_request_size(const char *text, size_t size)
{
    const char *end = strstr(text, "\r\n\r\n");
    if (!end) {
        return 0;
    }
    const char *length = strcasestr(text, "\r\nContent-Length:");
    const size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    const size_t all = (size_t)(end + 4 - text) + body;
    return all <= size ? all : 0;
}

const char *peer_request(peer_conn_t *conn)
{
    if (conn->taken > 0) {
        conn->buffer[conn->taken] = conn->cut;
        memmove(conn->buffer, conn->buffer + conn->taken, conn->buffered);
        conn->taken = 0;
    }
    for (;;) {
        conn->buffer[conn->buffered] = '\0';
        const size_t size = s_request_size(conn->buffer, conn->buffered);
        if (size > 0) {
            conn->taken = size;
            conn->buffered -= size;
            conn->cut = conn->buffer[size];
            conn->buffer[size] = '\0';
            atomic_fetch_add(&conn->peer->requests, 1);
            return conn->buffer;
        }
        assert(conn->buffered + 1 < PEER_READ_MAX);
        const size_t n =
            s_receive(conn, conn->buffer + conn->buffered, PEER_READ_MAX - 1 - conn->buffered);
        if (n == 0) {
            return NULL;
        }
        conn->buffered += n;
    }
}

void peer_write(peer_conn_t *conn, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        const ssize_t n = conn->ssl ? SSL_write(conn->ssl, at, (int)size)
                                    : send(conn->fd, at, size, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* the client is gone, which the script finds out */
        }
        at += n;
        size -= (size_t)n;
    }
}

void peer_say(peer_conn_t *conn, const char *text)
{
    peer_write(conn, text, strlen(text));
}

void peer_hang(peer_conn_t *conn)
{
    char junk[1024];
    while (s_receive(conn, junk, sizeof junk) > 0) {
    }
}

void peer_reset(peer_conn_t *conn)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}
