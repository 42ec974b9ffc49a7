/* server_run.c: the server, with libwebsockets. Sizes and numbers are bounded, and who may not send
 * something is refused, before the core hears of it.
 *
 * HTTP/2, which this version of the library does badly, is never agreed on: upgrades are refused
 * whatever they are to. */
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/lws.h"
#include "lib/mem.h"
#include "lib/pipe.h"
#include "lib/utf8.h"
#include "services/webd/server_mail.h"

#define CONNECTIONS_MAX 1024
#define BODIES_MAX (16 * 1024 * 1024) /* bytes of all bodies that are being received */
#define HEADERS_DATA_MAX 16384        /* bytes of a request's headers */
#define ARGS_MAX 8
#define ARG_MAX 8192                 /* bytes of one, name and all */
#define COOKIES_MAX 4096             /* bytes of all cookies */
#define REQUEST_S 10                 /* for a request's headers, and for its body */
#define DECIDE_US (40 * 1000 * 1000) /* until 503 */
#define KEEPALIVE_S 30               /* for the next request */
#define STATUS_TOO_MANY 429          /* RFC 6585; libwebsockets has no name for it */

typedef enum { IDLE, READING, DECIDING, ANSWERING } stage_t;

typedef struct run run_t;

/* A connection, and the request that is being served on it. */
typedef struct {
    run_t *run;
    struct lws *wsi;
    stage_t stage;
    bool head;  /* of the answer only its headers */
    bool close; /* the rest of the body may still come */
    uint64_t id;
    request_t *request;
    request_route_t route;
    size_t size;           /* of the body, as it was announced */
    server_mail_t *answer; /* while ANSWERING */
} session_t;

struct run {
    server_shared_t *shared;
    zsock_t *pipe;
    struct lws_context *lws;
    size_t bodies;                        /* bytes of all bodies */
    uint64_t serial;                      /* of the last request */
    session_t *sessions[CONNECTIONS_MAX]; /* that are being decided, at id % CONNECTIONS_MAX */
    bool stop;
    bool term;
};

/* ---- Headers of every answer. */

static const struct lws_protocol_vhost_options s_no_store = {NULL, NULL,
                                                             "cache-control:", "no-store"};
static const struct lws_protocol_vhost_options s_no_embed = {
    &s_no_store, NULL, "cross-origin-resource-policy:", "same-origin"};
static const struct lws_protocol_vhost_options s_no_opener = {
    &s_no_embed, NULL, "cross-origin-opener-policy:", "same-origin"};
static const struct lws_protocol_vhost_options s_no_referrer = {&s_no_opener, NULL,
                                                                "referrer-policy:", "no-referrer"};
static const struct lws_protocol_vhost_options s_no_sniff = {&s_no_referrer, NULL,
                                                             "x-content-type-options:", "nosniff"};
static const struct lws_protocol_vhost_options s_permissions = {
    &s_no_sniff, NULL, "permissions-policy:",
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), "
    "display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"};
static const struct lws_protocol_vhost_options s_plain_headers = {
    &s_permissions, NULL, "content-security-policy:",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"};
static const struct lws_protocol_vhost_options s_secure_headers = {
    &s_plain_headers, NULL, "strict-transport-security:", "max-age=31536000"};

/* ---- Answers. */

static void s_forget_request(session_t *session)
{
    if (session->request && session->request->body) {
        session->run->bodies -= session->size;
    }
    request_destroy(&session->request);
}

static void s_undecide(session_t *session)
{
    session_t **slot = &session->run->sessions[session->id % CONNECTIONS_MAX];
    if (session->id && *slot == session) {
        *slot = NULL;
    }
    session->id = 0;
}

/* Takes the answer. */
static void s_answer(session_t *session, server_mail_t **answer_p)
{
    const request_t *request = session->request;
    session->close = session->stage == READING && request && request->body_size < session->size;
    s_undecide(session);
    s_forget_request(session);
    lws_set_timer_usecs(session->wsi, LWS_SET_TIMER_USEC_CANCEL);
    server_mail_destroy(&session->answer);
    session->answer = *answer_p;
    *answer_p = NULL;
    session->stage = ANSWERING;
    lws_callback_on_writable(session->wsi);
}

/* Answers of the server itself. */
static void s_say(session_t *session, unsigned status, const char *text)
{
    server_mail_t *mail = server_mail_new(SERVER_ANSWER);
    char *body = session->route.json ? sb_format("{\"error\":\"%s\"}", text)
                                     : sb_format("%u: %s\n", status, text);
    mail->status = status;
    mail->type = sb_strdup(session->route.json ? "application/json" : "text/plain; charset=utf-8");
    mail->size = strlen(body);
    mail->body = sb_alloc(LWS_PRE + SERVER_HEADERS_MAX + mail->size);
    memcpy(mail->body + LWS_PRE + SERVER_HEADERS_MAX, body, mail->size);
    free(body);
    s_answer(session, &mail);
}

static bool s_refuse(session_t *session, unsigned status, const char *text)
{
    atomic_fetch_add(&session->run->shared->refused, 1);
    s_say(session, status, text);
    return true;
}

static bool s_add(struct lws *wsi, const char *name, const char *value, unsigned char **at,
                  unsigned char *end)
{
    return !value || lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                                 (const unsigned char *)value, (int)strlen(value),
                                                 at, end) == 0;
}

/* False if the connection is to be closed. libwebsockets asks of its own accord too. Headers and
 * body go in one piece: the headers are moved up to the body. */
static bool s_write(session_t *session)
{
    if (session->stage != ANSWERING) {
        return true;
    }
    struct lws *wsi = session->wsi;
    server_mail_t *answer = session->answer;
    unsigned char *start = answer->body + LWS_PRE;
    unsigned char *at = start;
    unsigned char *end = start + SERVER_HEADERS_MAX;
    if (lws_add_http_common_headers(wsi, answer->status, answer->type, answer->size, &at, end) ||
        !s_add(wsi, "location:", answer->location, &at, end) ||
        !s_add(wsi, "set-cookie:", answer->cookie, &at, end) ||
        (answer->status == STATUS_TOO_MANY && !s_add(wsi, "retry-after:", "30", &at, end)) ||
        lws_finalize_http_header(wsi, &at, end)) {
        return false;
    }
    const size_t head = (size_t)(at - start);
    const size_t size = head + (session->head ? 0 : answer->size);
    memmove(end - head, start, head);
    const int written = lws_write(wsi, end - head, size, LWS_WRITE_HTTP_HEADERS);
    session->stage = IDLE;
    server_mail_destroy(&session->answer);
    return written == (int)size && !session->close && lws_http_transaction_completed(wsi) == 0;
}

/* ---- Requests. */

/* A slot for a request that the core decides; false if there is none. */
static bool s_slot(session_t *session)
{
    run_t *self = session->run;
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

/* The request is whole. */
static void s_hand_up(session_t *session)
{
    run_t *self = session->run;
    server_mail_t *mail = server_mail_new(SERVER_REQUEST);
    const bool slot = s_slot(session);
    self->bodies -= session->request->body ? session->size : 0;
    mail->request = session->request;
    mail->request->id = session->id;
    mail->route = session->route;
    session->request = NULL;
    session->stage = DECIDING;
    lws_set_timeout(session->wsi, NO_PENDING_TIMEOUT, 0); /* the library's, which is shorter */
    lws_set_timer_usecs(session->wsi, DECIDE_US);
    if (!slot || !sb_pipe_send(self->pipe, &mail)) {
        atomic_fetch_add(&self->shared->busy, 1);
        s_say(session, HTTP_STATUS_SERVICE_UNAVAILABLE, "busy");
    }
    server_mail_destroy(&mail);
}

static void s_header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t size)
{
    if (lws_hdr_copy(wsi, out, (int)size, token) < 0) {
        out[0] = '\0';
    }
}

static void s_custom(struct lws *wsi, const char *name, char *out, size_t size)
{
    if (lws_hdr_custom_copy(wsi, out, (int)size, name, (int)strlen(name)) < 0) {
        out[0] = '\0';
    }
}

/* Of a proxy on this machine that stands before us: whom it names last, which it has added itself.
 */
static void s_address(session_t *session, char out[REQUEST_ADDRESS_MAX])
{
    char forwarded[512];
    (void)lws_get_peer_simple(session->wsi, out, REQUEST_ADDRESS_MAX);
    if (session->run->shared->cert_file || !sb_listen_loopback(out)) {
        return;
    }
    s_header(session->wsi, WSI_TOKEN_X_FORWARDED_FOR, forwarded, sizeof forwarded);
    const char *last = strrchr(forwarded, ',');
    last = last ? last + 1 : forwarded;
    last += strspn(last, " ");
    if (last[0]) {
        (void)snprintf(out, REQUEST_ADDRESS_MAX, "%s", last);
    }
}

static cJSON *s_args(struct lws *wsi)
{
    cJSON *args = sb_json_object();
    char *arg = sb_alloc(ARG_MAX);
    for (int i = 0; i < ARGS_MAX; i++) {
        const int len = lws_hdr_copy_fragment(wsi, arg, ARG_MAX, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (len <= 0) {
            break;
        }
        char *value = strchr(arg, '=');
        if (value) {
            *value++ = '\0';
        }
        if (sb_utf8_valid(arg, (size_t)len, NULL) && !cJSON_GetObjectItemCaseSensitive(args, arg)) {
            sb_json_add_str(args, arg, value ? value : "");
        }
    }
    free(arg);
    return args;
}

static const struct {
    request_method_t method;
    enum lws_token_indexes token;
} s_methods[] = {
    {REQUEST_GET,   WSI_TOKEN_GET_URI    },
    {REQUEST_HEAD,  WSI_TOKEN_HEAD_URI   },
    {REQUEST_POST,  WSI_TOKEN_POST_URI   },
    {REQUEST_OTHER, WSI_TOKEN_PUT_URI    },
    {REQUEST_OTHER, WSI_TOKEN_PATCH_URI  },
    {REQUEST_OTHER, WSI_TOKEN_DELETE_URI },
    {REQUEST_OTHER, WSI_TOKEN_OPTIONS_URI},
};

static request_t *s_read(session_t *session)
{
    struct lws *wsi = session->wsi;
    request_t *self = sb_alloc(sizeof *self);
    char cookies[COOKIES_MAX];
    self->method = REQUEST_OTHER;
    for (size_t i = 0; i < sizeof s_methods / sizeof s_methods[0]; i++) {
        if (lws_hdr_total_length(wsi, s_methods[i].token) > 0) {
            self->method = s_methods[i].method;
            s_header(wsi, s_methods[i].token, self->path, sizeof self->path);
        }
    }
    s_header(wsi, WSI_TOKEN_ORIGIN, self->origin, sizeof self->origin);
    s_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, self->type, sizeof self->type);
    s_custom(wsi, "sec-fetch-site:", self->site, sizeof self->site);
    s_header(wsi, WSI_TOKEN_HTTP_COOKIE, cookies, sizeof cookies);
    request_cookie(cookies, self->cookie);
    s_address(session, self->address);
    self->args = s_args(wsi);
    return self;
}

/* False if its length is not known beforehand. */
static bool s_length(struct lws *wsi, size_t *size_r)
{
    char length[16];
    if (lws_hdr_copy(wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0 ||
        strlen(length) > 9 || length[strspn(length, "0123456789")] != '\0') {
        return false;
    }
    *size_r = strtoul(length, NULL, 10);
    return true;
}

/* The headers are there. False if the connection is to be closed. */
static bool s_headers(session_t *session)
{
    run_t *self = session->run;
    const char *why;
    atomic_fetch_add(&self->shared->requests, 1);
    s_forget_request(session);
    session->route = (request_route_t){0};
    session->request = s_read(session);
    session->head = session->request->method == REQUEST_HEAD;
    session->size = 0;
    session->stage = READING;
    if (session->request->method == REQUEST_POST && !s_length(session->wsi, &session->size)) {
        (void)sb_lws_refuse(session->wsi, HTTP_STATUS_LENGTH_REQUIRED, "length");
        return false;
    }
    if (!request_route(session->request->path, &session->route)) {
        return s_refuse(session, HTTP_STATUS_NOT_FOUND, "nothing here");
    }
    const unsigned status = request_refusal(session->request, &session->route, self->shared->origin,
                                            session->size, &why);
    if (status) {
        return s_refuse(session, status, why);
    }
    if (session->size == 0) {
        s_hand_up(session);
        return true;
    }
    if (self->bodies + session->size > BODIES_MAX) {
        atomic_fetch_add(&self->shared->busy, 1);
        s_say(session, HTTP_STATUS_SERVICE_UNAVAILABLE, "busy");
        return true;
    }
    session->request->body = sb_alloc(session->size + 1);
    self->bodies += session->size;
    lws_set_timer_usecs(session->wsi, REQUEST_S * LWS_USEC_PER_SEC);
    return true;
}

static int s_body(session_t *session, const void *data, size_t size)
{
    request_t *request = session->request;
    if (session->stage != READING) {
        return session->stage == ANSWERING ? 0 : -1; /* a refusal goes out while it still talks */
    }
    if (size > session->size - request->body_size) {
        return -1;
    }
    memcpy(request->body + request->body_size, data, size);
    request->body_size += size;
    return 0;
}

static void s_on_late(session_t *session)
{
    if (session->stage == READING || session->stage == DECIDING) {
        atomic_fetch_add(&session->run->shared->late, 1);
        s_say(session, HTTP_STATUS_SERVICE_UNAVAILABLE, "late");
    }
}

static void s_end(session_t *session)
{
    s_undecide(session);
    s_forget_request(session);
    server_mail_destroy(&session->answer);
    session->stage = IDLE;
}

/* ---- From the core. */

static void s_take_mail(run_t *self)
{
    server_mail_t *mail;
    while (!self->term && (mail = sb_pipe_receive(self->pipe, false, &self->term))) {
        session_t *session = self->sessions[mail->id % CONNECTIONS_MAX];
        if (mail->kind == SERVER_STOP) {
            self->stop = true;
        } else if (session && session->id == mail->id) {
            s_answer(session, &mail);
        }
        server_mail_destroy(&mail);
    }
}

/* ---- From the sockets. */

static int s_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t size)
{
    run_t *self = lws_context_user(lws_get_context(wsi));
    session_t *session = user;
    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        s_take_mail(self);
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return sb_lws_refuse_upgrade(wsi);
    case LWS_CALLBACK_HTTP:
        session->run = self;
        session->wsi = wsi;
        return s_headers(session) ? 0 : -1;
    case LWS_CALLBACK_HTTP_BODY:
        return s_body(session, in, size);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (session->stage == READING) {
            s_hand_up(session);
        }
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return session && session->run && !s_write(session) ? -1 : 0;
    case LWS_CALLBACK_TIMER:
        s_on_late(session);
        return 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (session && session->run) {
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
    {.name = "pages",                             .callback = s_callback, .per_session_data_size = sizeof(session_t)},
    {.name = NULL},
};

static bool s_open(run_t *self)
{
    const server_shared_t *shared = self->shared;
    const bool secure = strncmp(shared->origin, "https:", 6) == 0;
    const sb_lws_server_t server = {
        .name = "pages",
        .host = shared->host,
        .port = shared->port,
        .protocols = s_protocols,
        .headers = secure ? &s_secure_headers : &s_plain_headers,
        .connections_max = CONNECTIONS_MAX,
        .headers_max = HEADERS_DATA_MAX,
        .handshake_s = REQUEST_S,
        .keepalive_s = KEEPALIVE_S,
        .cert_file = shared->cert_file,
        .key_file = shared->key_file,
        .user = self,
    };
    self->lws = sb_lws_serve(&server, &self->shared->port);
    self->shared->lws = self->lws;
    return self->shared->port >= 0;
}

/* The last mail to the core, for which it waits. The core may wake us until it has said $TERM: the
 * context must live until then. */
static void s_say_stopped(run_t *self)
{
    server_mail_t *mail = server_mail_new(SERVER_STOPPED);
    while (!sb_pipe_send(self->pipe, &mail)) {
        zclock_sleep(1); /* the core is reading until it gets this */
    }
    while (!self->term) {
        server_mail_t *late = sb_pipe_receive(self->pipe, true, &self->term);
        server_mail_destroy(&late);
    }
}

void server_run(zsock_t *pipe, void *args)
{
    run_t *self = sb_alloc(sizeof *self);
    self->shared = args;
    self->pipe = pipe;
    const bool open = s_open(self);
    (void)zsock_signal(pipe, open ? 0 : 1);
    if (open) {
        while (!self->stop && !self->term && lws_service(self->lws, 0) >= 0) {
        }
        s_say_stopped(self);
    }
    lws_context_destroy(self->lws);
    sb_crypto_thread_end();
    free(self);
}
