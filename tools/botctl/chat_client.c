/* chat_client.c. libwebsockets does not tell every end of a connection by the same callback; the
 * socket's destruction is the one that always comes, so that is the one that counts. A tick looks
 * after all that waits for a time: nothing here is in a hurry. */
#include "tools/botctl/chat_client.h"

#include <assert.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/localchat.h"
#include "tools/botctl/chat_input.h"
#include "tools/botctl/lines.h"

#define TICK_MS 50
#define RETRY_MIN_MS 200
#define RETRY_MAX_MS 2000
#define CONNECT_S 5
#define PING_S 30
#define HANGUP_S 60
#define FRAME_MAX (8 * 1024 * 1024)                 /* bytes of one frame of the chat's */
#define UNSENT_ENOUGH (CHAT_SESSION_UNSENT_MAX / 2) /* then the input waits */
#define HOST_MAX 256

typedef struct {
    const chat_client_config_t *config;
    struct lws_context *lws;
    struct lws *wsi; /* the connection, or the attempt at one; NULL: none */
    bool open;
    bool was_open;    /* once at least */
    int64_t away_ms;  /* since when there is none */
    int64_t retry_ms; /* when to try next */
    int64_t pause_ms; /* then, after that */
    char *out;        /* frame that is to be written next, with LWS_PRE before it; or NULL */
    size_t out_len;
    char *in; /* the frame that is being received */
    size_t in_len;
    chat_input_t *input;
    lines_t *lines;
    bool input_end;
    int64_t input_end_ms;
    int64_t start_ms;
    lws_sorted_usec_list_t tick;
    bool done;
    int code; /* of the run, once done */
    sb_err_t *err;
} client_t;

static volatile sig_atomic_t s_signal;

static void s_on_signal(int number)
{
    s_signal = number;
}

static void s_finish(client_t *self, int code)
{
    self->done = true;
    self->code = code;
}

/* ---- What is to be done now. */

static void s_take_lines(client_t *self)
{
    line_t line;
    while (!self->done && chat_session_unsent(self->config->session) < UNSENT_ENOUGH &&
           lines_next(self->lines, &line)) {
        self->config->fns->line(self->config->ctx, line.text);
    }
}

static void s_take_input(client_t *self)
{
    char data[CHAT_INPUT_CHUNK];
    long n = 0;
    if (!chat_session_ready(self->config->session)) {
        return; /* what a line means depends on what was said before */
    }
    s_take_lines(self);
    while (!self->input_end && chat_session_unsent(self->config->session) < UNSENT_ENOUGH &&
           (n = chat_input_take(self->input, data)) != 0) {
        if (n < 0) {
            self->input_end = true;
            self->input_end_ms = sb_clock_mono_ms();
            lines_end(self->lines);
        } else {
            lines_feed(self->lines, data, (size_t)n);
        }
        s_take_lines(self);
    }
}

static void s_send_next(client_t *self)
{
    if (!self->open || self->out) {
        return;
    }
    char *text = chat_session_next(self->config->session, sb_clock_mono_ms());
    if (text) {
        self->out_len = strlen(text);
        self->out = sb_alloc(LWS_PRE + self->out_len);
        memcpy(self->out + LWS_PRE, text, self->out_len);
        free(text);
        (void)lws_callback_on_writable(self->wsi);
    }
}

static bool s_is_settled(const client_t *self)
{
    return chat_session_ready(self->config->session) &&
           chat_session_unsent(self->config->session) == 0;
}

static bool s_ended_well(const client_t *self)
{
    const chat_client_config_t *config = self->config;
    return s_signal || config->fns->done(config->ctx) ||
           (self->input_end && !config->linger && s_is_settled(self));
}

/* SB_OK: it has not. */
static int s_ended_badly(client_t *self)
{
    const chat_client_config_t *config = self->config;
    const int64_t now_ms = sb_clock_mono_ms();
    const int64_t open_ms = CHAT_CLIENT_FIRST_MS + CHAT_CLIENT_OPEN_MS;
    if (chat_session_dead(config->session)) {
        return sb_fail(self->err, SB_EINVALID, "the chat refused this conversation");
    }
    if (config->timeout_ms >= 0 && now_ms - self->start_ms > config->timeout_ms) {
        return sb_fail(self->err, SB_ETIMEOUT, "the time given by --timeout is over");
    }
    if (self->was_open && !chat_session_ready(config->session) &&
        now_ms - self->start_ms > open_ms) {
        return sb_fail(self->err, SB_ETIMEOUT, "the conversation was not opened in %lld s: %s",
                       (long long)open_ms / 1000, chat_session_trouble(config->session));
    }
    if (self->input_end && !s_is_settled(self) &&
        now_ms - self->input_end_ms > CHAT_CLIENT_DRAIN_MS) {
        return sb_fail(self->err, SB_ETIMEOUT, "%zu messages were not acknowledged in %d s: %s",
                       chat_session_unsent(config->session), CHAT_CLIENT_DRAIN_MS / 1000,
                       chat_session_trouble(config->session));
    }
    return SB_OK;
}

static void s_check_end(client_t *self)
{
    if (s_ended_well(self)) {
        s_finish(self, SB_OK);
    } else if (s_ended_badly(self)) {
        s_finish(self, self->err->code);
    }
}

static void s_pump(client_t *self)
{
    if (!self->done) {
        s_take_input(self);
        s_send_next(self);
        s_check_end(self);
    }
}

/* ---- The connection. */

static int s_connect(client_t *self, sb_err_t *err)
{
    char host[HOST_MAX];
    int port = 0;
    char *url = NULL;
    if (self->config->url) {
        url = sb_strdup(self->config->url);
    } else if (chat_url_load(self->config->endpoints, &url, err)) {
        return err->code;
    }
    if (chat_url_parse(url, host, sizeof host, &port, err) == SB_OK) {
        const bool v6 = strchr(host, ':') != NULL;
        char *header = sb_format("%s%s%s:%d", v6 ? "[" : "", host, v6 ? "]" : "", port);
        const struct lws_client_connect_info info = {
            .context = self->lws,
            .address = host,
            .port = port,
            .path = LOCALCHAT_PATH,
            .host = header,
            .protocol = LOCALCHAT_PROTOCOL,
            .pwsi = &self->wsi,
        };
        err->code = lws_client_connect_via_info(&info)
                        ? SB_OK
                        : sb_fail(err, SB_ERETRY, "%s can't be reached", url);
        free(header);
    }
    free(url);
    return err->code;
}

/* A chat that is away is tried again; a wrong URL is not. */
static void s_try(client_t *self)
{
    const int64_t now_ms = sb_clock_mono_ms();
    if (self->wsi || now_ms < self->retry_ms) {
        return;
    }
    const int64_t max_ms = self->was_open ? CHAT_CLIENT_AWAY_MS : CHAT_CLIENT_FIRST_MS;
    sb_err_t err = {0};
    const int code = s_connect(self, &err);
    self->retry_ms = now_ms + self->pause_ms;
    self->pause_ms = self->pause_ms * 2 < RETRY_MAX_MS ? self->pause_ms * 2 : RETRY_MAX_MS;
    if (code == SB_EINVALID) {
        *self->err = err;
        s_finish(self, code);
    } else if (now_ms - self->away_ms > max_ms) {
        *self->err = err;
        s_finish(self,
                 code ? code
                      : sb_fail(self->err, SB_ERETRY, "the chat can't be reached at %s",
                                self->config->url ? self->config->url : self->config->endpoints));
    }
}

static void s_on_open(client_t *self)
{
    self->open = true;
    self->pause_ms = RETRY_MIN_MS;
    chat_session_opened(self->config->session);
    if (self->was_open) {
        self->config->fns->state(self->config->ctx, NULL);
    }
    self->was_open = true;
}

static void s_on_gone(client_t *self)
{
    self->wsi = NULL;
    free(self->out);
    self->out = NULL;
    self->in_len = 0;
    if (self->open) {
        self->open = false;
        self->away_ms = sb_clock_mono_ms();
        chat_session_closed(self->config->session);
        if (!self->done) {
            self->config->fns->state(self->config->ctx, "the chat is away; trying again");
        }
    }
}

/* False if the connection is to be closed. */
static bool s_on_receive(client_t *self, struct lws *wsi, const void *data, size_t size)
{
    if (lws_is_first_fragment(wsi)) {
        self->in_len = 0;
    }
    if (size > FRAME_MAX - self->in_len) {
        return false;
    }
    if (size > 0) {
        self->in = sb_realloc(self->in, self->in_len + size);
        memcpy(self->in + self->in_len, data, size);
        self->in_len += size;
    }
    if (!lws_is_final_fragment(wsi)) {
        return true;
    }
    sb_err_t err = {0};
    return chat_session_receive(self->config->session, self->in ? self->in : "", self->in_len,
                                sb_clock_mono_ms(), &err) == SB_OK;
}

static bool s_on_writeable(client_t *self)
{
    if (!self->out) { /* libwebsockets asks of its own accord too */
        return true;
    }
    char *out = self->out;
    self->out = NULL;
    const int n =
        lws_write(self->wsi, (unsigned char *)out + LWS_PRE, self->out_len, LWS_WRITE_TEXT);
    free(out);
    return n >= (int)self->out_len;
}

static int s_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t size)
{
    client_t *self = lws_context_user(lws_get_context(wsi));
    bool keep = true;
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        s_on_open(self);
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        keep = s_on_receive(self, wsi, in, size);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        keep = s_on_writeable(self);
        break;
    case LWS_CALLBACK_WSI_DESTROY:
        if (wsi == self->wsi) {
            s_on_gone(self);
        }
        return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED: /* its socket is libwebsockets' own: never to be closed
                                             */
        s_pump(self);
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
    s_pump(self);
    return keep && !self->done ? 0 : -1;
}

/* ---- The run. */

static void s_on_tick(lws_sorted_usec_list_t *tick)
{
    client_t *self = lws_container_of(tick, client_t, tick);
    s_try(self);
    s_pump(self);
    lws_sul_schedule(self->lws, 0, &self->tick, s_on_tick, TICK_MS * LWS_US_PER_MS);
}

static void s_wake(void *ctx)
{
    lws_cancel_service(ctx);
}

static struct lws_context *s_context(client_t *self)
{
    static const struct lws_protocols protocols[] = {
        {.name = LOCALCHAT_PROTOCOL, .callback = s_callback},
        {.name = NULL                         },
    };
    static const lws_retry_bo_t validity = {.secs_since_valid_ping = PING_S,
                                            .secs_since_valid_hangup = HANGUP_S};
    const struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .extensions = NULL,
        .user = self,
        .gid = -1,
        .uid = -1,
        .timeout_secs = CONNECT_S,
        .connect_timeout_secs = CONNECT_S,
        .retry_and_idle_policy = &validity,
    };
    lws_set_log_level(0, NULL);
    return lws_create_context(&info);
}

static void s_catch_signals(void)
{
    struct sigaction action = {.sa_handler = s_on_signal};
    s_signal = 0;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

int chat_client_run(const chat_client_config_t *config, sb_err_t *err)
{
    assert(config->url || config->endpoints);
    const int64_t now_ms = sb_clock_mono_ms();
    client_t self = {.config = config,
                     .err = err,
                     .start_ms = now_ms,
                     .away_ms = now_ms,
                     .pause_ms = RETRY_MIN_MS};
    self.lws = s_context(&self);
    if (!self.lws) {
        return sb_fail(err, SB_EINTERNAL, "libwebsockets can't be set up");
    }
    s_catch_signals();
    self.lines = lines_new(LOCALCHAT_FRAME_MAX);
    self.input = chat_input_new(STDIN_FILENO, s_wake, self.lws);
    lws_sul_schedule(self.lws, 0, &self.tick, s_on_tick, 1);
    while (!self.done && lws_service(self.lws, 0) >= 0) {
    }
    chat_input_destroy(&self.input);
    lws_sul_cancel(&self.tick);
    lws_context_destroy(self.lws);
    lines_destroy(&self.lines);
    free(self.out);
    free(self.in);
    return self.code;
}
