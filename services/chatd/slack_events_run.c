/* slack_events_run.c: the server, with libwebsockets. Who is not Slack costs little: sizes and
 * numbers are bounded before the signature is looked at, and nothing reaches the core before that.
 *
 * HTTP/2, which this version of the library does badly, is never agreed on: upgrades are refused
 * whatever they are to. */
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/log_gate.h"
#include "lib/lws.h"
#include "lib/mem.h"
#include "lib/pipe.h"
#include "services/chatd/slack_events.h"
#include "services/chatd/slack_events_mail.h"
#include "services/chatd/slack_request.h"
#include "services/chatd/slack_sign.h"

#define CONNECTIONS_MAX 256
#define BODIES_MAX (32 * 1024 * 1024)           /* bytes of all bodies that are being received */
#define HEADERS_MAX 8192                        /* bytes of a request's headers */
#define ANSWER_MAX (SLACK_CHALLENGE_MAX + 1024) /* bytes of an answer with its headers */
#define DECIDE_US (2800 * 1000)                 /* until 503; Slack waits 3 s */
#define REQUEST_S 10                            /* for a request's headers, and for its body */
#define KEEPALIVE_S 30                          /* for the next request */
#define HEADER_MAX 128
#define RETRY_MAX 100

typedef enum { IDLE, READING, DECIDING, ANSWERING } stage_t;

typedef struct server server_t;

/* A connection, and the request that is being served on it. */
typedef struct {
    server_t *server;
    struct lws *wsi;
    stage_t stage;
    uint64_t id; /* of the request */
    char timestamp[HEADER_MAX];
    char signature[HEADER_MAX];
    char type[HEADER_MAX];
    char retry[HEADER_MAX];
    char reason[HEADER_MAX];
    char *body;
    size_t size; /* of the body, as it was announced */
    size_t got;  /* of these */
    unsigned status;
    bool final; /* Slack need not try again */
    bool close; /* the rest of the body may still come */
    char text[SLACK_CHALLENGE_MAX];
} session_t;

struct server {
    events_shared_t *shared;
    zsock_t *pipe;
    struct lws_context *lws;
    size_t bodies;                        /* bytes of all bodies */
    uint64_t serial;                      /* of the last request */
    session_t *sessions[CONNECTIONS_MAX]; /* that are being decided, at id % CONNECTIONS_MAX */
    sb_log_gate_t gate;
    bool stop;
    bool term;
};

/* ---- Answers. */

static void s_forget_body(session_t *session)
{
    session->server->bodies -= session->body ? session->size : 0;
    free(session->body);
    session->body = NULL;
}

static void s_undecide(session_t *session)
{
    session_t **slot = &session->server->sessions[session->id % CONNECTIONS_MAX];
    if (session->id && *slot == session) {
        *slot = NULL;
    }
    session->id = 0;
}

static void s_answer(session_t *session, unsigned status, bool final, const char *text)
{
    s_undecide(session);
    s_forget_body(session);
    lws_set_timer_usecs(session->wsi, LWS_SET_TIMER_USEC_CANCEL);
    session->close = session->got < session->size;
    session->stage = ANSWERING;
    session->status = status;
    session->final = final;
    (void)snprintf(session->text, sizeof session->text, "%s", text);
    lws_callback_on_writable(session->wsi);
}

static int s_add(struct lws *wsi, const char *name, const char *value, unsigned char **at,
                 unsigned char *end)
{
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                       (const unsigned char *)value, (int)strlen(value), at, end);
}

/* False if the connection is to be closed. libwebsockets asks of its own accord too. */
static bool s_write(session_t *session)
{
    struct lws *wsi = session->wsi;
    unsigned char buffer[LWS_PRE + ANSWER_MAX];
    unsigned char *start = buffer + LWS_PRE;
    unsigned char *at = start;
    unsigned char *end = buffer + sizeof buffer;
    if (session->stage != ANSWERING) {
        return true;
    }
    const size_t len = strlen(session->text);
    session->stage = IDLE;
    if (lws_add_http_common_headers(wsi, session->status, "text/plain; charset=utf-8", len, &at,
                                    end - SLACK_CHALLENGE_MAX) ||
        s_add(wsi, "x-content-type-options:", "nosniff", &at, end - SLACK_CHALLENGE_MAX) ||
        (session->final && s_add(wsi, "x-slack-no-retry:", "1", &at, end - SLACK_CHALLENGE_MAX)) ||
        lws_finalize_http_header(wsi, &at, end - SLACK_CHALLENGE_MAX)) {
        return false;
    }
    memcpy(at, session->text, len);
    at += len;
    const size_t size = (size_t)(at - start);
    return lws_write(wsi, start, size, LWS_WRITE_HTTP_HEADERS) == (int)size && !session->close &&
           lws_http_transaction_completed(wsi) == 0;
}

/* ---- Deliveries. */

static int s_number(const char *text)
{
    const bool good = text[0] && strlen(text) < 4 && text[strspn(text, "0123456789")] == '\0';
    const long value = good ? strtol(text, NULL, 10) : 0;
    return value < RETRY_MAX ? (int)value : RETRY_MAX;
}

/* A slot for a request that the core decides; false if there is none. */
static bool s_decide(session_t *session)
{
    server_t *self = session->server;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        const uint64_t id = ++self->serial;
        if (!self->sessions[id % CONNECTIONS_MAX]) {
            self->sessions[id % CONNECTIONS_MAX] = session;
            session->id = id;
            return true;
        }
    }
    return false;
}

/* Takes the request's payload. */
static void s_hand_up(session_t *session, slack_request_t *request)
{
    server_t *self = session->server;
    events_mail_t *mail = sb_alloc(sizeof *mail);
    const bool slot = s_decide(session);
    mail->kind = EVENTS_ENVELOPE;
    mail->id = session->id;
    mail->envelope_kind = request->envelope_kind;
    mail->payload = request->payload;
    mail->retry = s_number(session->retry);
    (void)snprintf(mail->reason, sizeof mail->reason, "%s", session->reason);
    request->payload = NULL;
    session->stage = DECIDING;
    if (!slot || !sb_pipe_send(self->pipe, &mail)) {
        atomic_fetch_add(&self->shared->busy, 1);
        s_answer(session, HTTP_STATUS_SERVICE_UNAVAILABLE, false, "");
    }
    events_mail_destroy(&mail);
}

static void s_serve(session_t *session, slack_request_t *request)
{
    events_shared_t *shared = session->server->shared;
    switch (request->kind) {
    case SLACK_REQUEST_ENVELOPE:
        s_forget_body(session);
        s_hand_up(session, request);
        break;
    case SLACK_REQUEST_CHALLENGE:
        atomic_fetch_add(&shared->challenges, 1);
        sb_info("Slack has verified our address", NULL);
        s_answer(session, HTTP_STATUS_OK, false, request->challenge);
        break;
    case SLACK_REQUEST_LIMITED:
        atomic_fetch_add(&shared->limited, 1);
        sb_error("Slack has dropped events: over 30000 in an hour", NULL);
        s_answer(session, HTTP_STATUS_OK, false, "");
        break;
    case SLACK_REQUEST_PROBE:
        s_answer(session, HTTP_STATUS_OK, false, "");
        break;
    }
}

/* One that came at a strange time is delivered again: then our clock may be right. */
static void s_refuse(session_t *session, const sb_err_t *err)
{
    events_shared_t *shared = session->server->shared;
    const bool stale = err->code == SB_ERETRY;
    const bool forged = err->code == SB_EFORBIDDEN;
    int64_t hidden;
    atomic_fetch_add(stale ? &shared->stale : forged ? &shared->forged : &shared->bad, 1);
    if (sb_log_gate(&session->server->gate, sb_clock_mono_ms(), &hidden)) {
        sb_warn(stale ? "delivery refused; is our clock right?" : "delivery refused", "why",
                err->text, NULL);
    }
    s_answer(session, stale || forged ? HTTP_STATUS_UNAUTHORIZED : HTTP_STATUS_BAD_REQUEST, !stale,
             "");
}

/* The body is there. */
static void s_whole(session_t *session)
{
    sb_err_t err;
    slack_request_t request;
    const char *secret = session->server->shared->signing_secret;
    if (slack_sign_check(secret, session->timestamp, session->signature, session->body,
                         session->got, sb_clock_wall_ms() / 1000, &err) ||
        slack_request_parse(session->type, session->body, session->got, &request, &err)) {
        s_refuse(session, &err);
        return;
    }
    s_serve(session, &request);
    slack_request_clear(&request);
}

/* ---- Requests. */

/* False (and "") if it is not there or too long. */
static bool s_custom(struct lws *wsi, const char *name, char out[HEADER_MAX])
{
    const int len = lws_hdr_custom_copy(wsi, out, HEADER_MAX, name, (int)strlen(name));
    if (len <= 0) {
        out[0] = '\0';
    }
    return len > 0;
}

static bool s_begin(session_t *session, size_t size)
{
    server_t *self = session->server;
    if (size > SLACK_PAYLOAD_MAX) {
        return sb_lws_refuse(session->wsi, HTTP_STATUS_REQ_ENTITY_TOO_LARGE,
                             "The body is too large.");
    }
    if (self->bodies + size > BODIES_MAX) {
        atomic_fetch_add(&self->shared->busy, 1);
        return sb_lws_refuse(session->wsi, HTTP_STATUS_SERVICE_UNAVAILABLE, "Try again.");
    }
    session->body = sb_alloc(size + 1);
    session->size = size;
    session->got = 0;
    session->stage = READING;
    self->bodies += size;
    lws_set_timer_usecs(session->wsi, DECIDE_US);
    return true;
}

/* The headers are there. False if the connection is to be closed. */
static bool s_headers(session_t *session)
{
    struct lws *wsi = session->wsi;
    char path[sizeof SLACK_EVENTS_PATH + 1];
    char length[16];
    atomic_fetch_add(&session->server->shared->requests, 1);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) == 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "Only POST is served.");
    }
    if (lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_POST_URI) <= 0 ||
        strcmp(path, SLACK_EVENTS_PATH) != 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_NOT_FOUND, "Slack's place is " SLACK_EVENTS_PATH);
    }
    if (lws_hdr_copy(wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0 ||
        strlen(length) > 9 || length[strspn(length, "0123456789")] != '\0' ||
        strtoul(length, NULL, 10) == 0) {
        return sb_lws_refuse(wsi, HTTP_STATUS_LENGTH_REQUIRED, "A body of known length, please.");
    }
    if (!s_custom(wsi, "x-slack-request-timestamp:", session->timestamp) ||
        !s_custom(wsi, "x-slack-signature:", session->signature)) {
        atomic_fetch_add(&session->server->shared->forged, 1);
        return sb_lws_refuse(wsi, HTTP_STATUS_UNAUTHORIZED, "It is not signed.");
    }
    (void)s_custom(wsi, "x-slack-retry-num:", session->retry);
    (void)s_custom(wsi, "x-slack-retry-reason:", session->reason);
    if (lws_hdr_copy(wsi, session->type, sizeof session->type, WSI_TOKEN_HTTP_CONTENT_TYPE) < 0) {
        session->type[0] = '\0';
    }
    return s_begin(session, strtoul(length, NULL, 10));
}

static int s_body(session_t *session, const void *data, size_t size)
{
    if (session->stage != READING) {
        return session->stage == ANSWERING ? 0 : -1; /* 503 goes out while it still talks */
    }
    if (size > session->size - session->got) {
        return -1;
    }
    memcpy(session->body + session->got, data, size);
    session->got += size;
    return 0;
}

static void s_on_late(session_t *session)
{
    if (session->stage == READING || session->stage == DECIDING) {
        atomic_fetch_add(&session->server->shared->late, 1);
        s_answer(session, HTTP_STATUS_SERVICE_UNAVAILABLE, false, "");
    }
}

static void s_end(session_t *session)
{
    s_undecide(session);
    s_forget_body(session);
    session->stage = IDLE;
}

/* ---- From the core. */

static void s_take_mail(server_t *self)
{
    events_mail_t *mail;
    while (!self->term && (mail = sb_pipe_receive(self->pipe, false, &self->term))) {
        session_t *session = self->sessions[mail->id % CONNECTIONS_MAX];
        if (mail->kind == EVENTS_STOP) {
            self->stop = true;
        } else if (session && session->id == mail->id) {
            s_answer(session, mail->code ? HTTP_STATUS_SERVICE_UNAVAILABLE : HTTP_STATUS_OK, false,
                     "");
        }
        events_mail_destroy(&mail);
    }
}

/* ---- From the sockets. */

static int s_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t size)
{
    server_t *self = lws_context_user(lws_get_context(wsi));
    session_t *session = user;
    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        s_take_mail(self);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return sb_lws_refuse_upgrade(wsi);
    case LWS_CALLBACK_HTTP:
        session->server = self;
        session->wsi = wsi;
        return s_headers(session) ? 0 : -1;
    case LWS_CALLBACK_HTTP_BODY:
        return s_body(session, in, size);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (session->stage == READING) {
            s_whole(session);
        }
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return session && session->server && !s_write(session) ? -1 : 0;
    case LWS_CALLBACK_TIMER:
        s_on_late(session);
        return 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (session && session->server) {
            s_end(session);
        }
        return 0;
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
        return -1; /* what is not HTTP goes */
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

/* ---- The loop. */

static const struct lws_protocols s_protocols[] = {
    {.name = "slack-events",                      .callback = s_callback, .per_session_data_size = sizeof(session_t)},
    {.name = NULL},
};

static bool s_open(server_t *self)
{
    const sb_lws_server_t server = {
        .name = "slack-events",
        .host = self->shared->host,
        .port = self->shared->port,
        .protocols = s_protocols,
        .connections_max = CONNECTIONS_MAX,
        .headers_max = HEADERS_MAX,
        .handshake_s = REQUEST_S,
        .keepalive_s = KEEPALIVE_S,
        .user = self,
    };
    self->lws = sb_lws_serve(&server, &self->shared->port);
    self->shared->lws = self->lws;
    return self->shared->port >= 0;
}

/* The last mail to the core, for which it waits. The core may wake us until it has said $TERM: the
 * context must live until then. */
static void s_say_stopped(server_t *self)
{
    events_mail_t *mail = sb_alloc(sizeof *mail);
    mail->kind = EVENTS_STOPPED;
    while (!sb_pipe_send(self->pipe, &mail)) {
        zclock_sleep(1); /* the core is reading until it gets this */
    }
    while (!self->term) {
        events_mail_t *late = sb_pipe_receive(self->pipe, true, &self->term);
        events_mail_destroy(&late);
    }
}

void slack_events_run(zsock_t *pipe, void *args)
{
    server_t self = {.shared = args, .pipe = pipe};
    const bool open = s_open(&self);
    (void)zsock_signal(pipe, open ? 0 : 1);
    if (open) {
        while (!self.stop && !self.term && lws_service(self.lws, 0) >= 0) {
        }
        s_say_stopped(&self);
    }
    lws_context_destroy(self.lws);
    sb_crypto_thread_end();
}
