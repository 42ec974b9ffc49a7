/* lws.h: what our actors with libwebsockets have in common. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libwebsockets.h>

#define SB_LWS_URL_MAX 320 /* bytes of a URL of ours, with the NUL */

/* Sends the library's words to our log. */
void sb_lws_log_open(void);

typedef struct {
    const char *name;
    const char *host; /* an address, or "localhost" */
    int port;         /* 0: the kernel's choice */
    const struct lws_protocols *protocols;
    const struct lws_protocol_vhost_options *headers; /* for every answer; may be NULL */
    size_t connections_max;
    unsigned short headers_max;     /* bytes of a request's headers */
    unsigned handshake_s;           /* for a request's headers */
    int keepalive_s;                /* for the next request */
    const lws_retry_bo_t *validity; /* may be NULL */
    const char *cert_file;          /* PEM, with the chain; NULL: no TLS */
    const char *key_file;
    void *user; /* the context's */
} sb_lws_server_t;

/* A context that serves HTTP/1.1 and nothing else. *port_r is what was bound, or -1 if it can't
 * listen; the context is to be destroyed in any case (NULL is fine). server's protocols, headers
 * and validity are borrowed for its life. */
struct lws_context *sb_lws_serve(const sb_lws_server_t *server, int *port_r);

/* Answers a request with a status and says why; always false: whoever was refused need not keep the
 * connection. */
bool sb_lws_refuse(struct lws *wsi, unsigned status, const char *why);

/* The answer of a server without upgrades to LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, and what the
 * callback returns then. */
int sb_lws_refuse_upgrade(struct lws *wsi);

/* "http://HOST:PORT/PATH" by which we reach ourselves, for a listener on host. */
void sb_lws_url(const char *host, int port, const char *path, char url_r[SB_LWS_URL_MAX]);
