/* server.c. libwebsockets is built with HTTP/2 and extensions, both with faults in this version:
 * neither is ever agreed on. */
#include "tests/support/fake_slack/server.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/control.h"
#include "tests/support/fake_slack/page.h"

#define HEADERS_DATA_MAX 8192
#define HEADERS_AT_ONCE 512
#define HANDSHAKE_S 30
#define KEEPALIVE_S 60
#define RECEIVE_SIZE (64 * 1024)
#define WRITE_SIZE (128 * 1024) /* of an answer at a time */
#define US_PER_MS 1000

struct server {
    slack_t *slack;
    struct lws_context *lws;
    volatile bool stop;
};

/* What libwebsockets keeps for each connection. */
typedef struct {
    request_t *request; /* being received, or answered later */
    reply_t *reply;
    sb_buf_t answer; /* being sent */
    size_t sent;
    bool last;    /* the connection is closed after the answer */
    conn_t *conn; /* of a WebSocket */
} session_t;

static void s_clear(session_t *session)
{
    if (session->request) {
        sb_buf_free(&session->request->body);
        free(session->request);
        session->request = NULL;
    }
    if (session->reply) {
        reply_free(session->reply);
        free(session->reply);
        session->reply = NULL;
    }
    sb_buf_free(&session->answer);
    session->sent = 0;
}

/* ---- Requests. */

static void s_header(struct lws *wsi, enum lws_token_indexes token, char *out, int size)
{
    if (lws_hdr_copy(wsi, out, size, token) < 0) {
        *out = '\0';
    }
}

static void s_query(struct lws *wsi, request_t *request)
{
    char part[REQUEST_QUERY_MAX];
    sb_buf_t query = sb_buf(sizeof request->query - 1);
    int len;
    for (int i = 0;
         (len = lws_hdr_copy_fragment(wsi, part, sizeof part, WSI_TOKEN_HTTP_URI_ARGS, i)) > 0;
         i++) {
        if (i > 0) {
            sb_buf_putc(&query, '&');
        }
        sb_buf_add(&query, part, (size_t)len);
    }
    snprintf(request->query, sizeof request->query, "%s", sb_buf_text(&query));
    sb_buf_free(&query);
}

static request_t *s_request(struct lws *wsi)
{
    request_t *request = sb_alloc(sizeof *request);
    request->post = lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0;
    request->chunked = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
    s_header(wsi, request->post ? WSI_TOKEN_POST_URI : WSI_TOKEN_GET_URI, request->path,
             sizeof request->path);
    s_header(wsi, WSI_TOKEN_HOST, request->host, sizeof request->host);
    s_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, request->authorization,
             sizeof request->authorization);
    s_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, request->content_type, sizeof request->content_type);
    s_query(wsi, request);
    request->body = sb_buf(REQUEST_BODY_MAX);
    return request;
}

static bool s_begins(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

static void s_route(slack_t *slack, const request_t *request, reply_t *reply)
{
    if (request->chunked) {
        reply->status = 411; /* libwebsockets does not read chunks */
    } else if (request->body.overflow) {
        reply->status = 413;
    } else if (s_begins(request->path, API_PATH)) {
        api_serve(slack->api, request, reply);
    } else if (s_begins(request->path, CONTROL_PATH)) {
        control_serve(slack, request, reply);
    } else if (s_begins(request->path, RESPONSE_PATH)) {
        triggers_respond(slack->triggers, request, reply);
    } else if (s_begins(request->path, PAGE_PATH)) {
        page_serve(slack, request, reply);
    } else {
        reply->status = 404;
    }
}

/* A POST that does not say how long its body is has none; libwebsockets would wait for 100 MB. */
static bool s_has_body(struct lws *wsi, const request_t *request)
{
    return request->post && lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
}

/* The next piece of the answer; after the last the connection is ready for another request. Returns
 * what libwebsockets wants: not 0 to hang up. */
static int s_write(struct lws *wsi, session_t *session)
{
    const size_t left = session->answer.len - session->sent;
    const size_t size = left < WRITE_SIZE ? left : WRITE_SIZE;
    const bool last = size == left;
    unsigned char *at = (unsigned char *)session->answer.text + session->sent;
    const int written = lws_write(wsi, at, size, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
    session->sent += size;
    if (written < (int)size) {
        return -1;
    }
    if (!last) {
        lws_callback_on_writable(wsi);
        return 0;
    }
    const bool close = session->last;
    s_clear(session);
    return close || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int s_answer(struct lws *wsi, session_t *session)
{
    if (session->reply->drop) {
        return -1;
    }
    session->answer = reply_print(session->reply);
    session->sent = 0;
    return s_write(wsi, session);
}

static int s_serve(server_t *self, struct lws *wsi, session_t *session)
{
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    session->reply = sb_alloc(sizeof *session->reply);
    reply_init(session->reply);
    s_route(self->slack, session->request, session->reply);
    if (session->reply->delay_ms > 0) {
        lws_set_timer_usecs(wsi, session->reply->delay_ms * US_PER_MS);
        return 0;
    }
    return s_answer(wsi, session);
}

static int s_on_http(server_t *self, struct lws *wsi, enum lws_callback_reasons reason,
                     session_t *session, const void *data, size_t size)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        s_clear(session);
        session->request = s_request(wsi);
        session->last = session->request->post && !s_has_body(wsi, session->request);
        return s_has_body(wsi, session->request) ? 0 : s_serve(self, wsi, session);
    case LWS_CALLBACK_HTTP_BODY:
        if (session->request && size > 0) {
            sb_buf_add(&session->request->body, data, size);
        }
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return session->request ? s_serve(self, wsi, session) : -1;
    case LWS_CALLBACK_HTTP_WRITEABLE: /* it comes unasked too */
        return session->answer.len > session->sent ? s_write(wsi, session) : 0;
    case LWS_CALLBACK_TIMER:
        return session->reply && session->answer.len == 0 ? s_answer(wsi, session) : 0;
    default:
        return 0;
    }
}

/* ---- WebSockets. */

static int s_admit(server_t *self, struct lws *wsi)
{
    char upgrade[16];
    char path[REQUEST_PATH_MAX];
    if (lws_hdr_copy(wsi, upgrade, sizeof upgrade, WSI_TOKEN_UPGRADE) <= 0 ||
        strcasecmp(upgrade, "websocket") != 0) {
        return -1;
    }
    s_header(wsi, WSI_TOKEN_GET_URI, path, sizeof path);
    const int status =
        strcmp(path, LINK_PATH) == 0 ? sockets_admit(self->slack->sockets, wsi) : 404;
    if (status != 0) {
        (void)lws_return_http_status(wsi, (unsigned)status, NULL);
        return -1;
    }
    return 0;
}

static int s_on_websocket(server_t *self, struct lws *wsi, enum lws_callback_reasons reason,
                          session_t *session, const void *data, size_t size)
{
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        session->conn = sockets_open(self->slack->sockets, wsi);
    }
    if (!session->conn) {
        return -1;
    }
    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        conn_receive(session->conn, data, size);
        return 0;
    case LWS_CALLBACK_RECEIVE_PONG:
        conn_pong(session->conn);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return conn_writeable(session->conn) ? 0 : -1;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        conn_peer_closes(session->conn, data, size);
        return 0;
    case LWS_CALLBACK_CLOSED:
        conn_close(&session->conn);
        return 0;
    default:
        return 0;
    }
}

static int s_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t size)
{
    server_t *self = lws_context_user(lws_get_context(wsi));
    session_t *session = user;
    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        poster_collect(self->slack->poster);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return s_admit(self, wsi);
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_TIMER:
        return s_on_http(self, wsi, reason, session, in, size);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
        if (session) {
            s_clear(session);
        }
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_RECEIVE_PONG:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
        return s_on_websocket(self, wsi, reason, session, in, size);
    default:
        return 0;
    }
}

static const struct lws_protocols s_protocols[] = {
    {.name = "http",
     .callback = s_callback,
     .per_session_data_size = sizeof(session_t),
     .rx_buffer_size = RECEIVE_SIZE},
    {.name = NULL},
};

static void s_log(int level, const char *line)
{
    char text[256];
    size_t len = strlen(line);
    len = len < sizeof text ? len : sizeof text - 1;
    memcpy(text, line, len);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }
    text[len] = '\0';
    sb_log(level == LLL_ERR ? SB_WARN : SB_DEBUG, "libwebsockets", "says", text, NULL);
}

/* ---- The server. */

static struct lws_vhost *s_listen(server_t *self)
{
    const options_t *options = self->slack->options;
    const struct lws_context_creation_info info = {
        .port = options->port,
        .iface = options->host,
        .protocols = s_protocols,
        .extensions = NULL,
        .alpn = "http/1.1",
        .ssl_cert_filepath = options->tls_cert,
        .ssl_private_key_filepath = options->tls_key,
        .options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_DISABLE_IPV6 |
                   (options->tls_cert ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .timeout_secs = HANDSHAKE_S,
        .keepalive_timeout = KEEPALIVE_S,
        .vhost_name = "slack",
    };
    return lws_create_vhost(self->lws, &info);
}

server_t *server_new(slack_t *slack, sb_err_t *err)
{
    server_t *self = sb_alloc(sizeof *self);
    self->slack = slack;
    lws_set_log_level(LLL_ERR | LLL_WARN, s_log);
    const struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   (slack->options->tls_cert ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .user = self,
        .gid = -1,
        .uid = -1,
        .max_http_header_data2 = HEADERS_DATA_MAX,
        .max_http_header_pool2 = HEADERS_AT_ONCE,
        .server_string = "fake_slack",
    };
    self->lws = lws_create_context(&info);
    struct lws_vhost *vhost = self->lws ? s_listen(self) : NULL;
    if (!vhost) {
        sb_fail(err, SB_EINVALID, "can't listen on %s port %d", slack->options->host,
                slack->options->port);
        server_destroy(&self);
        return NULL;
    }
    slack->base_url = sb_format("http%s://%s:%d", slack->options->tls_cert ? "s" : "",
                                slack->options->host, lws_get_vhost_listen_port(vhost));
    timing_attach(slack->timing, self->lws);
    poster_attach(slack->poster, self->lws);
    return self;
}

void server_destroy(server_t **self_p)
{
    server_t *self = *self_p;
    if (self) {
        poster_detach(self->slack->poster);
        timing_attach(self->slack->timing, NULL);
        lws_context_destroy(self->lws);
        free(self);
        *self_p = NULL;
    }
}

void server_run(server_t *self)
{
    while (!self->stop && lws_service(self->lws, 0) >= 0) {
    }
}

void server_stop(server_t *self)
{
    self->stop = true;
    lws_cancel_service(self->lws);
}
