/* local_web.c. libwebsockets blocks in its own poll; the one call that another thread may make,
 * lws_cancel_service, wakes it to look into the pipe. */
#include "services/chatd/local_web.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/lws.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/localchat.h"
#include "services/chatd/local_site.h"

#define MAILS_PER_WAKE 256    /* then the core looks after others */
#define LOST_RETRY_MS 100     /* until the core tries again to tell of lost mail */
#define HEADERS_DATA_MAX 4096 /* bytes of a request's headers */
#define HANDSHAKE_S 10        /* for a request's headers */
#define KEEPALIVE_S 5         /* for the next request */
#define PING_S 30             /* after this long without a word */
#define HANGUP_S 60

struct local_web {
    zloop_t *loop;
    const local_web_config_t *config;
    local_web_fn *fn;
    void *ctx;
    local_counts_t counts;
    atomic_int port; /* as bound; -1: not */
    char url[SB_LWS_URL_MAX];
    zactor_t *actor; /* NULL once stopped */
    sb_timers_t *timers;
    bool lost;               /* mail was dropped and nobody was told yet */
    struct lws_context *lws; /* owned by the actor; here for lws_cancel_service alone */
    atomic_bool woken;       /* the server will look into the pipe anyway */
};

/* The actor's. */
typedef struct {
    local_web_t *web; /* config, counts */
    zsock_t *pipe;
    local_hub_t *hub;
    struct lws_context *lws;
    bool stop; /* the core wants an end */
    bool term; /* and has said so to the actor too */
} server_t;

typedef struct {
    const local_file_t *file;
    local_conn_t *conn;
} session_t;

/* ---- The server's thread. */

static void s_take_mail(server_t *self)
{
    local_mail_t *mail;
    atomic_store(&self->web->woken, false); /* first: what comes from now on wakes us again */
    while (!self->term && (mail = local_mail_receive(self->pipe, false, &self->term))) {
        if (mail->kind == LOCAL_MAIL_STOP) {
            self->stop = true;
            local_mail_destroy(&mail);
        } else {
            local_hub_deliver(self->hub, &mail);
        }
    }
}

static int s_on_http(server_t *self, struct lws *wsi, enum lws_callback_reasons reason,
                     session_t *session)
{
    char *const *hosts = self->web->config->hosts;
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return local_site_upgrade(wsi, hosts) ? 0 : -1;
    case LWS_CALLBACK_HTTP:
        return local_site_request(wsi, hosts, &session->file) ? 0 : -1;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return local_site_write(wsi, &session->file) ? 0 : -1;
    default:
        return lws_callback_http_dummy(wsi, reason, session, NULL, 0);
    }
}

static int s_on_websocket(server_t *self, struct lws *wsi, enum lws_callback_reasons reason,
                          session_t *session, const void *data, size_t size)
{
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        session->conn = local_conn_open(self->hub, wsi);
    }
    if (!session->conn) {
        return -1;
    }
    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        local_conn_receive(session->conn, data, size);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return local_conn_writeable(session->conn) ? 0 : -1;
    case LWS_CALLBACK_TIMER:
        local_conn_resume(session->conn);
        return 0;
    case LWS_CALLBACK_CLOSED:
        local_conn_close(&session->conn);
        return 0;
    default:
        return 0;
    }
}

static int s_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t size)
{
    server_t *self = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        s_take_mail(self);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return s_on_http(self, wsi, reason, user);
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
        return -1; /* no request of ours has a body, and what is not HTTP goes */
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_TIMER:
    case LWS_CALLBACK_CLOSED:
        return s_on_websocket(self, wsi, reason, user, in, size);
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

static const struct lws_protocols s_protocols[] = {
    {.name = LOCALCHAT_PROTOCOL,
     .callback = s_callback,
     .per_session_data_size = sizeof(session_t)},
    {.name = NULL},
};

static const lws_retry_bo_t s_validity = {
    .secs_since_valid_ping = PING_S,
    .secs_since_valid_hangup = HANGUP_S,
};

/* False if it can't listen. */
static bool s_open(server_t *self)
{
    const local_web_config_t *config = self->web->config;
    int port;
    const sb_lws_server_t server = {
        .name = "chat",
        .host = config->host,
        .port = config->port,
        .protocols = s_protocols,
        .headers = &local_site_headers,
        .connections_max = LOCALCHAT_CONNECTIONS_MAX,
        .headers_max = HEADERS_DATA_MAX,
        .handshake_s = HANDSHAKE_S,
        .keepalive_s = KEEPALIVE_S,
        .validity = &s_validity,
        .user = self,
    };
    self->lws = sb_lws_serve(&server, &port);
    self->web->lws = self->lws;
    self->web->port = port;
    return port >= 0;
}

/* The last mail to the core, for which it waits. */
static void s_say_stopped(server_t *self)
{
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_STOPPED, 0, 0);
    while (!local_mail_send(self->pipe, &mail)) {
        zclock_sleep(1); /* the core is reading until it gets this */
    }
    while (!self->term) {
        local_mail_t *late = local_mail_receive(self->pipe, true, &self->term);
        local_mail_destroy(&late);
    }
}

/* The core may wake us until it has said $TERM: the context must live until then. */
static void s_run(zsock_t *pipe, void *args)
{
    local_web_t *web = args;
    server_t self = {.web = web, .pipe = pipe, .hub = local_hub_new(pipe, &web->counts)};
    const bool open = s_open(&self);
    (void)zsock_signal(pipe, open ? 0 : 1);
    if (open) {
        while (!self.stop && !self.term && lws_service(self.lws, 0) >= 0) {
        }
        s_say_stopped(&self);
    }
    lws_context_destroy(self.lws);
    local_hub_destroy(&self.hub);
    sb_crypto_thread_end();
}

/* ---- The core's thread. */

static void s_wake(local_web_t *self)
{
    if (!atomic_exchange(&self->woken, true)) {
        lws_cancel_service(self->lws);
    }
}

static int s_on_mail(zloop_t *loop, zsock_t *reader, void *arg)
{
    local_web_t *self = arg;
    (void)loop;
    (void)reader;
    for (size_t i = 0; i < MAILS_PER_WAKE && self->actor; i++) {
        local_mail_t *mail = local_mail_receive(zactor_sock(self->actor), false, NULL);
        if (!mail) {
            break;
        }
        self->fn(self->ctx, mail);
        local_mail_destroy(&mail);
    }
    return 0;
}

local_web_t *local_web_new(zloop_t *loop, const local_web_config_t *config, local_web_fn *fn,
                           void *ctx, sb_err_t *err)
{
    local_web_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->config = config;
    self->fn = fn;
    self->ctx = ctx;
    sb_lws_log_open();
    self->actor = zactor_new(s_run, self);
    if (!self->actor || self->port < 0) {
        sb_fail(err, SB_EINTERNAL, "can't listen on %s port %d", config->host, config->port);
        zactor_destroy(&self->actor);
        free(self);
        return NULL;
    }
    self->timers = sb_timers_new(loop);
    sb_lws_url(config->host, self->port, "/", self->url);
    (void)zloop_reader(loop, zactor_sock(self->actor), s_on_mail, self);
    return self;
}

/* Reads until the server's last mail, so that none is left in the pipe. */
static void s_await_stopped(local_web_t *self)
{
    bool stopped = false;
    while (!stopped) {
        local_mail_t *mail = local_mail_receive(zactor_sock(self->actor), true, NULL);
        stopped = mail && mail->kind == LOCAL_MAIL_STOPPED;
        local_mail_destroy(&mail);
    }
}

void local_web_stop(local_web_t *self)
{
    if (!self->actor) {
        return;
    }
    zloop_reader_end(self->loop, zactor_sock(self->actor));
    sb_timers_destroy(&self->timers);
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_STOP, 0, 0);
    do {
        lws_cancel_service(self->lws);
    } while (!local_mail_send(zactor_sock(self->actor), &mail));
    lws_cancel_service(self->lws);
    s_await_stopped(self);
    zactor_destroy(&self->actor);
}

void local_web_destroy(local_web_t **self_p)
{
    local_web_t *self = *self_p;
    if (!self) {
        return;
    }
    local_web_stop(self);
    free(self);
    *self_p = NULL;
}

static void s_on_lost(void *arg)
{
    local_web_t *self = arg;
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_RESYNC, 0, 0);
    self->lost = !local_mail_send(zactor_sock(self->actor), &mail);
    if (self->lost) {
        (void)sb_timers_add(self->timers, LOST_RETRY_MS, s_on_lost, self);
    }
    local_mail_destroy(&mail);
    s_wake(self);
}

void local_web_send(local_web_t *self, local_mail_t **mail_p)
{
    /* While something is lost nothing else goes: a browser that got later mail and not this one
     * could not know. */
    if (self->actor && !self->lost) {
        if (!local_mail_send(zactor_sock(self->actor), mail_p)) {
            sb_warn("the web server is behind; all browsers will resync", NULL);
            self->lost = true;
            (void)sb_timers_add(self->timers, LOST_RETRY_MS, s_on_lost, self);
        }
        s_wake(self);
    }
    local_mail_destroy(mail_p);
}

const char *local_web_url(const local_web_t *self)
{
    return self->url;
}

local_counts_t *local_web_counts(local_web_t *self)
{
    return &self->counts;
}
