/* web.c. Each connection is a small machine that is run until it would block: send what is to be
 * sent, else take the next request from what has come, else read. */
#include "tests/support/fake/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/heap.h"
#include "lib/mem.h"
#include "tests/support/fake/web_head.h"
#include "tests/support/fake/web_stream.h"

#define EVENTS_MAX 256 /* at a time */
#define BACKLOG 4096
#define READ_SIZE (64 * 1024)
#define IN_MAX ((size_t)WEB_HEAD_MAX + READ_SIZE) /* bytes received and not yet looked at */
#define WAIT_MS_MAX 3600000
#define INTERIM "HTTP/1.1 100 Continue\r\n\r\n"

struct web_call {
    web_t *web;
    web_stream_t stream;
    uint32_t watched; /* by epoll */
    sb_buf_t in;      /* received */
    size_t in_used;
    bool begun; /* head is read; the body is coming, or all is there */
    web_head_t head;
    web_chunks_t chunks;
    sb_buf_t body;
    bool open; /* with whoever serves */
    web_gone_fn *gone;
    void *gone_arg;
    sb_buf_t out; /* being sent */
    size_t out_sent;
    bool doomed;  /* to be closed, once out is sent */
    bool running; /* in s_run, further up the stack */
    bool queued;  /* in web->ready */
    web_call_t *next_ready;
    web_call_t *next; /* of all; or of the dead */
    web_call_t *prev;
};

struct web {
    web_serve_fn *serve;
    void *ctx;
    char *url;
    SSL_CTX *tls; /* NULL: none */
    int epoll;
    int listener;
    int wake;  /* an eventfd */
    bool full; /* the listener rests until a connection is closed */
    volatile sig_atomic_t stop;
    sb_heap_t *timers;
    web_call_t *all;
    web_call_t *ready; /* answered by somebody else: to be run */
    web_call_t *dead;  /* freed at the end of a turn, when no event can name them */
    char scratch[READ_SIZE];
};

static void s_watch(web_t *self, int operation, int fd, uint32_t events, void *of)
{
    struct epoll_event event = {.events = events, .data.ptr = of};
    (void)epoll_ctl(self->epoll, operation, fd, &event);
}

static void s_watch_call(web_call_t *call, uint32_t events)
{
    if (call->watched != events) {
        s_watch(call->web, EPOLL_CTL_MOD, call->stream.fd, events, call);
        call->watched = events;
    }
}

/* ---- The life of a connection. */

static void s_open(web_t *self, int fd)
{
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    web_call_t *call = sb_alloc(sizeof *call);
    call->web = self;
    call->stream = web_stream_open(fd, self->tls);
    if (call->stream.fd < 0) {
        free(call);
        return;
    }
    call->in = sb_buf(IN_MAX);
    call->body = sb_buf(WEB_BODY_MAX);
    call->out = sb_buf(WEB_ANSWER_MAX);
    call->watched = EPOLLIN;
    s_watch(self, EPOLL_CTL_ADD, fd, EPOLLIN, call);
    call->next = self->all;
    if (self->all) {
        self->all->prev = call;
    }
    self->all = call;
}

/* Forgets the request. */
static void s_clear(web_call_t *call)
{
    call->open = false;
    call->gone = NULL;
    call->begun = false;
    web_head_free(&call->head);
    sb_buf_free(&call->body);
    call->chunks = (web_chunks_t){0};
}

static void s_close(web_call_t *call)
{
    web_t *self = call->web;
    if (call->stream.fd < 0) {
        return;
    }
    web_gone_fn *gone = call->open ? call->gone : NULL;
    void *arg = call->gone_arg;
    web_stream_close(&call->stream);
    if (call->prev) {
        call->prev->next = call->next;
    } else {
        self->all = call->next;
    }
    if (call->next) {
        call->next->prev = call->prev;
    }
    call->next = self->dead;
    self->dead = call;
    s_clear(call);
    if (gone) {
        gone(arg);
    }
    if (self->full) {
        self->full = false;
        s_watch(self, EPOLL_CTL_MOD, self->listener, EPOLLIN, &self->listener);
    }
}

static void s_bury(web_t *self)
{
    while (self->dead) {
        web_call_t *call = self->dead;
        self->dead = call->next;
        sb_buf_free(&call->in);
        sb_buf_free(&call->out);
        free(call);
    }
}

/* ---- Answers. */

static const char *s_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {
        {200, "OK"                             },
        {201, "Created"                        },
        {204, "No Content"                     },
        {302, "Found"                          },
        {400, "Bad Request"                    },
        {401, "Unauthorized"                   },
        {403, "Forbidden"                      },
        {404, "Not Found"                      },
        {405, "Method Not Allowed"             },
        {413, "Content Too Large"              },
        {429, "Too Many Requests"              },
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"          },
        {503, "Service Unavailable"            },
        {505, "HTTP Version Not Supported"     },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) {
            return rows[i].reason;
        }
    }
    return "Status";
}

/* Sees to it that the machine goes on after something was done to it from outside. */
static void s_wake(web_call_t *call)
{
    if (!call->running && !call->queued) {
        call->queued = true;
        call->next_ready = call->web->ready;
        call->web->ready = call;
    }
}

void web_answer(web_call_t *call, int status, const char *headers, const char *body, size_t size)
{
    const bool bare = status == 204 || status == 304;
    sb_buf_printf(&call->out, "HTTP/1.1 %d %s\r\n", status, s_reason(status));
    if (!bare) {
        sb_buf_printf(&call->out, "content-length: %zu\r\n", size);
    }
    sb_buf_puts(&call->out, headers ? headers : "");
    call->doomed = call->doomed || call->head.last;
    sb_buf_puts(&call->out, call->doomed ? "connection: close\r\n\r\n" : "\r\n");
    if (!bare && !(call->head.request.method && strcmp(call->head.request.method, "HEAD") == 0)) {
        sb_buf_add(&call->out, body, size);
    }
    s_clear(call);
    s_wake(call);
}

void web_drop(web_call_t *call)
{
    call->doomed = true;
    s_clear(call);
    s_wake(call);
}

/* ---- Requests. */

/* 0: there is a whole one; -1: more must come; else the status to refuse with. */
static int s_take(web_call_t *call)
{
    const char *at = sb_buf_text(&call->in) + call->in_used;
    size_t size = call->in.len - call->in_used;
    if (!call->begun) {
        const char *end = memmem(at, size, "\r\n\r\n", 4);
        if (!end) {
            return size > WEB_HEAD_MAX ? 431 : -1;
        }
        const size_t head_size = (size_t)(end - at) + 4;
        const int status = web_head_read(&call->head, at, head_size);
        if (status) {
            return status;
        }
        call->begun = true;
        call->in_used += head_size;
        at += head_size;
        size -= head_size;
        if (call->head.expects && size == 0) {
            sb_buf_puts(&call->out, INTERIM);
        }
    }
    if (call->head.chunked) {
        const int64_t used = web_chunks_read(&call->chunks, at, size, &call->body);
        if (used < 0 || call->body.overflow) {
            return used < 0 ? 400 : 413;
        }
        call->in_used += (size_t)used;
        return call->chunks.state == CHUNK_DONE ? 0 : -1;
    }
    const size_t left = call->head.length - call->body.len;
    const size_t take = size < left ? size : left;
    sb_buf_add(&call->body, at, take);
    call->in_used += take;
    return take == left ? 0 : -1;
}

static void s_serve(web_call_t *call)
{
    call->head.request.body = sb_buf_text(&call->body);
    call->head.request.body_size = call->body.len;
    call->open = true;
    call->web->serve(call->web->ctx, call);
}

/* ---- The machine. Each step returns whether there may be more to do. */

static bool s_send(web_call_t *call)
{
    const ssize_t n = web_stream_write(&call->stream, call->out.text + call->out_sent,
                                       call->out.len - call->out_sent);
    if (n < 0) {
        s_close(call);
        return false;
    }
    if (n == 0) {
        s_watch_call(call, call->stream.wants);
        return false;
    }
    call->out_sent += (size_t)n;
    if (call->out_sent == call->out.len) {
        sb_buf_clear(&call->out);
        call->out_sent = 0;
    }
    return true;
}

static bool s_receive(web_call_t *call)
{
    if (call->in_used > 0) { /* what is left of it is short, or nothing */
        const size_t left = call->in.len - call->in_used;
        memmove(call->in.text, call->in.text + call->in_used, left);
        call->in.len = left;
        call->in_used = 0;
    }
    char *scratch = call->web->scratch;
    const ssize_t n = web_stream_read(&call->stream, scratch, READ_SIZE);
    if (n < 0) {
        s_close(call);
    } else if (n == 0) {
        s_watch_call(call, call->stream.wants);
    } else {
        sb_buf_add(&call->in, scratch, (size_t)n);
    }
    return n > 0;
}

static bool s_step(web_call_t *call)
{
    if (call->out.len > 0) {
        return s_send(call);
    }
    if (call->doomed) {
        s_close(call);
        return false;
    }
    if (call->open) {
        s_watch_call(call, EPOLLRDHUP);
        return false;
    }
    const int status = s_take(call);
    if (status == 0) {
        s_serve(call);
        return true;
    }
    if (status > 0) {
        call->doomed = true;
        web_answer(call, status, NULL, "", 0);
        return true;
    }
    return call->out.len > 0 || s_receive(call);
}

static void s_run(web_call_t *call)
{
    call->running = true;
    while (call->stream.fd >= 0 && s_step(call)) {
    }
    call->running = false;
}

static void s_run_ready(web_t *self)
{
    while (self->ready) {
        web_call_t *call = self->ready;
        self->ready = call->next_ready;
        call->queued = false;
        s_run(call);
    }
}

/* ---- The server. */

static void s_accept(web_t *self)
{
    for (;;) {
        const int fd = accept4(self->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            s_open(self, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            self->full = true;
            s_watch(self, EPOLL_CTL_MOD, self->listener, 0, &self->listener);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

static void s_on_event(web_t *self, const struct epoll_event *event)
{
    if (event->data.ptr == &self->listener) {
        s_accept(self);
        return;
    }
    if (event->data.ptr == &self->wake) {
        uint64_t n = 0;
        (void)!read(self->wake, &n, sizeof n);
        return;
    }
    web_call_t *call = event->data.ptr;
    if (call->open && (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
        s_close(call);
        return;
    }
    s_run(call);
}

static int s_wait_ms(const web_t *self)
{
    const int64_t next_ms = sb_heap_next_ms(self->timers);
    if (next_ms == INT64_MAX) {
        return -1;
    }
    const int64_t wait_ms = next_ms - sb_clock_mono_ms();
    return (int)(wait_ms < 0 ? 0 : wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms);
}

void web_run(web_t *self)
{
    struct epoll_event events[EVENTS_MAX];
    while (!self->stop) {
        const int n = epoll_wait(self->epoll, events, EVENTS_MAX, s_wait_ms(self));
        for (int i = 0; i < n; i++) {
            s_on_event(self, &events[i]);
        }
        (void)sb_heap_run(self->timers, sb_clock_mono_ms());
        s_run_ready(self);
        s_bury(self);
    }
}

void web_stop(web_t *self)
{
    const uint64_t one = 1;
    self->stop = 1;
    (void)!write(self->wake, &one, sizeof one);
}

static int s_listen(web_t *self, const web_options_t *options, sb_err_t *err)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    socklen_t size = sizeof at;
    const int on = 1;
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (inet_pton(AF_INET, options->host, &at.sin_addr) != 1 || self->listener < 0 ||
        setsockopt(self->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(self->listener, (const struct sockaddr *)&at, sizeof at) ||
        listen(self->listener, BACKLOG) ||
        getsockname(self->listener, (struct sockaddr *)&at, &size)) {
        return sb_fail(err, SB_EINVALID, "can't listen on %s port %d", options->host,
                       options->port);
    }
    self->url =
        sb_format("http%s://%s:%d", self->tls ? "s" : "", options->host, (int)ntohs(at.sin_port));
    s_watch(self, EPOLL_CTL_ADD, self->listener, EPOLLIN, &self->listener);
    s_watch(self, EPOLL_CTL_ADD, self->wake, EPOLLIN, &self->wake);
    return SB_OK;
}

/* As many connections as the system lets us have. */
static void s_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

web_t *web_new(const web_options_t *options, sb_err_t *err)
{
    web_t *self = sb_alloc(sizeof *self);
    self->serve = options->serve;
    self->ctx = options->ctx;
    self->timers = sb_heap_new();
    self->listener = -1;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    self->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    s_raise_limit();
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    int code = self->epoll < 0 || self->wake < 0
                   ? sb_fail(err, SB_EINTERNAL, "no file descriptors are left")
                   : SB_OK;
    if (!code && options->tls_cert) {
        self->tls = web_stream_tls(options->tls_cert, options->tls_key, err);
        code = self->tls ? SB_OK : err->code;
    }
    if (code || s_listen(self, options, err)) {
        web_destroy(&self);
    }
    return self;
}

static void s_close_fd(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void web_destroy(web_t **self_p)
{
    web_t *self = *self_p;
    if (!self) {
        return;
    }
    while (self->all) {
        s_close(self->all);
    }
    s_bury(self);
    sb_heap_destroy(&self->timers);
    s_close_fd(self->listener);
    s_close_fd(self->wake);
    s_close_fd(self->epoll);
    SSL_CTX_free(self->tls);
    free(self->url);
    free(self);
    *self_p = NULL;
}

const char *web_url(const web_t *self)
{
    return self->url;
}

const web_request_t *web_request(const web_call_t *call)
{
    return &call->head.request;
}

const char *web_header(const web_call_t *call, const char *name)
{
    return web_head_field(&call->head, name);
}

bool web_header_at(const web_call_t *call, size_t i, const char **name_r, const char **value_r)
{
    if (i >= call->head.fields_n) {
        return false;
    }
    *name_r = call->head.fields[i].name;
    *value_r = call->head.fields[i].value;
    return true;
}

void web_on_gone(web_call_t *call, web_gone_fn *fn, void *arg)
{
    call->gone = fn;
    call->gone_arg = arg;
}

/* ---- Timers. */

uint64_t web_after(web_t *self, int64_t delay_ms, web_timer_fn *fn, void *arg)
{
    return sb_heap_add(self->timers, sb_clock_mono_ms() + (delay_ms > 0 ? delay_ms : 0), fn, arg);
}

void web_cancel(web_t *self, uint64_t *id_p)
{
    if (*id_p) {
        (void)sb_heap_cancel(self->timers, *id_p);
        *id_p = 0;
    }
}
