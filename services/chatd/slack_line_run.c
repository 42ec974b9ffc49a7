/* slack_line_run.c: the actor with libwebsockets. Extensions are never offered: this version turns
 * in a circle when permessage-deflate was agreed on and a frame comes uncompressed.
 *
 * What the pipe to the core has no room for waits in a list, and no socket is read until that is
 * empty: Slack then waits, as TCP lets it. */
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/pipe.h"
#include "services/chatd/slack_envelope.h"
#include "services/chatd/slack_line_mail.h"
#include "services/chatd/slack_link.h"

#define OWN_FDS 8          /* descriptors of libwebsockets that are no connections */
#define CONNS_MAX 8        /* some may still be ending */
#define HEADERS_MAX 8192   /* bytes of Slack's answer to the upgrade */
#define RX_MAX (32 * 1024) /* bytes that one callback brings */
#define RETRY_US 5000      /* until the pipe is tried again */
#define LIBRARY_S 60       /* libwebsockets' own time-outs; ours are shorter */
#define KEEPALIVE_S 15     /* TCP's own, beside our pings */
#define KEEPALIVE_PROBES 3
#define PING_TEXT "securitybot"
#define HOST_MAX 300

typedef struct word word_t;
typedef struct conn conn_t;
typedef struct runner runner_t;

/* A frame that waits to be sent. */
struct word {
    enum lws_write_protocol protocol;
    size_t len;
    word_t *next;
    unsigned char data[]; /* LWS_PRE bytes, then len */
};

struct conn {
    runner_t *runner;
    uint64_t gen;
    struct lws *wsi;
    bool open;    /* the upgrade was agreed on */
    bool told;    /* the core has been told that it is gone */
    bool calling; /* inside lws_client_connect_via_info */
    bool closing; /* when all words are sent */
    word_t *first;
    word_t *last;
    size_t words;
    char *data; /* the message that is being received */
    size_t size;
    size_t room;
    bool too_large; /* the rest of it is thrown away */
    conn_t *next;
};

struct runner {
    line_shared_t *shared;
    zsock_t *pipe;
    struct lws_context *lws;
    conn_t *conns;
    line_mail_t *first; /* for which the pipe has no room */
    line_mail_t *last;
    lws_sorted_usec_list_t retry;
    bool stop;
    bool term;
};

/* ---- To the core. */

static void s_flow(runner_t *self, int on)
{
    for (conn_t *conn = self->conns; conn; conn = conn->next) {
        if (conn->wsi && conn->open) {
            (void)lws_rx_flow_control(conn->wsi, on);
        }
    }
}

/* False if there is no room now. */
static bool s_push(runner_t *self, line_mail_t **mail_p)
{
    const size_t size = (*mail_p)->size;
    const size_t waiting = atomic_load(&self->shared->waiting);
    if (waiting > 0 && waiting + size > SLACK_LINE_WAITING_MAX) {
        return false;
    }
    atomic_fetch_add(&self->shared->waiting, size);
    if (!sb_pipe_send(self->pipe, mail_p)) {
        atomic_fetch_sub(&self->shared->waiting, size);
        return false;
    }
    return true;
}

static void s_on_retry(lws_sorted_usec_list_t *sul)
{
    runner_t *self = lws_container_of(sul, runner_t, retry);
    while (self->first) {
        line_mail_t *mail = self->first;
        line_mail_t *next = mail->next;
        if (!s_push(self, &mail)) {
            lws_sul_schedule(self->lws, 0, &self->retry, s_on_retry, RETRY_US);
            return;
        }
        self->first = next;
    }
    self->last = NULL;
    s_flow(self, 1);
}

static void s_post(runner_t *self, line_mail_t *mail)
{
    if (!self->first && s_push(self, &mail)) {
        return;
    }
    if (self->first) {
        self->last->next = mail;
    } else {
        self->first = mail;
        s_flow(self, 0);
        atomic_fetch_add(&self->shared->paused, 1);
        lws_sul_schedule(self->lws, 0, &self->retry, s_on_retry, RETRY_US);
    }
    self->last = mail;
}

static line_mail_t *s_news(const conn_t *conn, slack_line_kind_t kind, const char *why)
{
    line_mail_t *mail = sb_alloc(sizeof *mail);
    mail->kind = LINE_NEWS;
    mail->gen = conn->gen;
    mail->news = kind;
    (void)snprintf(mail->why, sizeof mail->why, "%s", why);
    return mail;
}

static void s_tell(const conn_t *conn, slack_line_kind_t kind, const char *why)
{
    s_post(conn->runner, s_news(conn, kind, why));
}

/* ---- Connections. */

static conn_t *s_find(const runner_t *self, uint64_t gen)
{
    conn_t *conn = self->conns;
    while (conn && conn->gen != gen) {
        conn = conn->next;
    }
    return conn;
}

static void s_gone(conn_t *conn, const char *why)
{
    if (!conn->told) {
        conn->told = true;
        s_tell(conn, SLACK_LINE_CLOSED, why);
    }
}

static void s_free(conn_t *conn)
{
    conn_t **link_p = &conn->runner->conns;
    while (*link_p != conn) {
        link_p = &(*link_p)->next;
    }
    *link_p = conn->next;
    while (conn->first) {
        word_t *word = conn->first;
        conn->first = word->next;
        free(word);
    }
    free(conn->data);
    free(conn);
}

/* "host:port", as the Host header wants it. */
static void s_host(const line_mail_t *mail, char *out, size_t size)
{
    const bool usual = mail->port == (mail->tls ? 443 : 80);
    if (usual) {
        (void)snprintf(out, size, "%s", mail->host);
    } else {
        (void)snprintf(out, size, "%s:%d", mail->host, mail->port);
    }
}

static void s_connect(runner_t *self, const line_mail_t *mail)
{
    char host[HOST_MAX];
    s_host(mail, host, sizeof host);
    conn_t *conn = sb_alloc(sizeof *conn);
    conn->runner = self;
    conn->gen = mail->gen;
    conn->next = self->conns;
    self->conns = conn;
    const struct lws_client_connect_info info = {
        .context = self->lws,
        .address = mail->address,
        .port = mail->port,
        .path = mail->path,
        .host = host,
        .ssl_connection = mail->tls ? LCCSCF_USE_SSL : 0,
        .alpn = "http/1.1",
        .ietf_version_or_minus_one = -1,
        .userdata = conn,
        .pwsi = &conn->wsi,
    };
    conn->calling = true;
    struct lws *wsi = lws_client_connect_via_info(&info);
    conn->calling = false;
    if (!wsi) {
        s_gone(conn, "the connection could not begin");
        s_free(conn);
    }
}

static void s_say(conn_t *conn, enum lws_write_protocol protocol, const char *text)
{
    const size_t len = strlen(text);
    if (!conn->open || conn->closing || conn->words >= SLACK_LINE_QUEUE_MAX) {
        atomic_fetch_add(&conn->runner->shared->lost, 1);
        return;
    }
    word_t *word = sb_alloc(sizeof *word + LWS_PRE + len);
    word->protocol = protocol;
    word->len = len;
    memcpy(word->data + LWS_PRE, text, len);
    *(conn->last ? &conn->last->next : &conn->first) = word;
    conn->last = word;
    conn->words++;
    lws_callback_on_writable(conn->wsi);
}

static void s_kill(conn_t *conn)
{
    conn->told = true; /* the core knows */
    if (conn->wsi) {
        lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    }
}

/* ---- From the core. */

static void s_obey(runner_t *self, const line_mail_t *mail)
{
    conn_t *conn = s_find(self, mail->gen);
    if (mail->kind == LINE_STOP) {
        self->stop = true;
    } else if (mail->kind == LINE_CONNECT) {
        s_connect(self, mail);
    } else if (!conn) {
        atomic_fetch_add(&self->shared->lost, mail->kind == LINE_SAY ? 1 : 0);
    } else if (mail->kind == LINE_SAY) {
        s_say(conn, LWS_WRITE_TEXT, mail->data);
    } else if (mail->kind == LINE_PING) {
        s_say(conn, LWS_WRITE_PING, PING_TEXT);
    } else if (mail->kind == LINE_CLOSE && conn->open) {
        conn->closing = true;
        lws_callback_on_writable(conn->wsi);
    } else {
        s_kill(conn);
    }
}

static void s_take_mail(runner_t *self)
{
    line_mail_t *mail;
    while (!self->term && (mail = sb_pipe_receive(self->pipe, false, &self->term))) {
        s_obey(self, mail);
        line_mail_destroy(&mail);
    }
}

/* ---- From the sockets. */

static void s_message(conn_t *conn)
{
    line_shared_t *shared = conn->runner->shared;
    atomic_fetch_add(&shared->frames, 1);
    if (conn->too_large || lws_frame_is_binary(conn->wsi)) {
        atomic_fetch_add(&shared->bad, 1);
        s_tell(conn, SLACK_LINE_BAD, conn->too_large ? "too large" : "binary");
        return;
    }
    line_mail_t *mail = s_news(conn, SLACK_LINE_TEXT, "");
    mail->data = conn->data ? conn->data : sb_strdup("");
    mail->size = conn->size;
    conn->data = NULL;
    conn->room = 0;
    s_post(conn->runner, mail);
}

static void s_append(conn_t *conn, const void *data, size_t size)
{
    if (conn->too_large || size > SLACK_PAYLOAD_MAX - conn->size) {
        conn->too_large = true;
        conn->size = 0;
        return;
    }
    if (conn->size + size > conn->room) {
        const size_t twice = 2 * conn->room;
        conn->room = conn->size + size > twice ? conn->size + size : twice;
        conn->data = sb_realloc(conn->data, conn->room);
    }
    if (size > 0) {
        memcpy(conn->data + conn->size, data, size);
        conn->size += size;
    }
}

static void s_receive(conn_t *conn, const void *data, size_t size)
{
    if (lws_is_first_fragment(conn->wsi)) {
        conn->size = 0;
        conn->too_large = false;
    }
    s_append(conn, data, size);
    if (lws_is_final_fragment(conn->wsi)) {
        s_message(conn);
    }
}

/* -1: the connection is to be closed. libwebsockets asks of its own accord too. */
static int s_writeable(conn_t *conn)
{
    word_t *word = conn->first;
    if (!word) {
        if (conn->closing) {
            lws_close_reason(conn->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
            return -1;
        }
        return 0;
    }
    conn->first = word->next;
    if (!conn->first) {
        conn->last = NULL;
    }
    conn->words--;
    const int written = lws_write(conn->wsi, word->data + LWS_PRE, word->len, word->protocol);
    const bool good = written >= (int)word->len;
    free(word);
    if (conn->first || conn->closing) {
        lws_callback_on_writable(conn->wsi);
    }
    return good ? 0 : -1;
}

static int s_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t size)
{
    runner_t *self = lws_context_user(lws_get_context(wsi));
    conn_t *conn = user;
    if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
        s_take_mail(self);
        return 0;
    }
    if (!conn) {
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        conn->open = true;
        s_tell(conn, SLACK_LINE_OPENED, "");
        return self->first ? lws_rx_flow_control(wsi, 0) : 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        s_receive(conn, in, size);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        s_tell(conn, SLACK_LINE_PONG, "");
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return s_writeable(conn);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        s_gone(conn, in ? (const char *)in : "no connection");
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP: /* all that is heard of an upgrade without an answer */
        conn->open = false;
        s_gone(conn, "the connection has ended");
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        s_gone(conn, "the connection has ended");
        conn->wsi = NULL;
        if (!conn->calling) {
            s_free(conn);
        }
        return 0;
    default:
        return 0;
    }
}

/* ---- The loop. */

static const struct lws_protocols s_protocols[] = {
    {.name = "slack",           .callback = s_callback, .rx_buffer_size = RX_MAX},
    {.name = NULL},
};

static bool s_open(runner_t *self)
{
    const bool own_ca = self->shared->ca_file[0] != '\0';
    const struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = s_protocols,
        .extensions = NULL,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   (own_ca ? LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS : 0),
        .client_ssl_ca_filepath = own_ca ? self->shared->ca_file : NULL,
        .user = self,
        .gid = -1,
        .uid = -1,
        .fd_limit_per_thread = CONNS_MAX + OWN_FDS,
        .max_http_header_data2 = HEADERS_MAX,
        .timeout_secs = LIBRARY_S,
        .connect_timeout_secs = LIBRARY_S,
        .ka_time = KEEPALIVE_S,
        .ka_interval = KEEPALIVE_S,
        .ka_probes = KEEPALIVE_PROBES,
        .vhost_name = "slack",
    };
    self->lws = lws_create_context(&info);
    self->shared->lws = self->lws;
    return self->lws != NULL;
}

static void s_forget(runner_t *self)
{
    while (self->first) {
        line_mail_t *mail = self->first;
        self->first = mail->next;
        line_mail_destroy(&mail);
    }
}

/* The last mail to the core, for which it waits. The core may wake us until it has said $TERM: the
 * context must live until then. */
static void s_say_stopped(runner_t *self)
{
    line_mail_t *mail = sb_alloc(sizeof *mail);
    mail->kind = LINE_STOPPED;
    while (!sb_pipe_send(self->pipe, &mail)) {
        zclock_sleep(1); /* the core is reading until it gets this */
    }
    while (!self->term) {
        line_mail_t *late = sb_pipe_receive(self->pipe, true, &self->term);
        line_mail_destroy(&late);
    }
}

void slack_line_run(zsock_t *pipe, void *args)
{
    runner_t self = {.shared = args, .pipe = pipe};
    const bool open = s_open(&self);
    (void)zsock_signal(pipe, open ? 0 : 1);
    if (open) {
        while (!self.stop && !self.term && lws_service(self.lws, 0) >= 0) {
        }
        for (conn_t *conn = self.conns; conn; conn = conn->next) {
            conn->told = true; /* there is nobody to tell any more */
        }
        s_forget(&self);
        s_say_stopped(&self);
        lws_context_destroy(self.lws);
        s_forget(&self);
    }
    sb_crypto_thread_end();
}
