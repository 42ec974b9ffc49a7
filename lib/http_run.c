/* http_run.c: the actor of the HTTP client: libcurl's multi interface and nothing else.
 *
 * libcurl says which sockets it waits for, and epoll which of them it waits for no longer: so what
 * one request costs does not grow with those that hang beside it.
 *
 * libcurl sends a request again when the kept connection that it chose dies before an answer came,
 * and could so do twice what was asked once. A body that can't be read a second time prevents that;
 * a request without one gets a connection of its own, unless it only reads. */
#include "lib/http_job.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "lib/pipe.h"

#define IDLE_MS 60000 /* one look around a minute; everything else wakes the actor */
#define EVENTS_MAX 64 /* of sockets, between two looks at everything else */

typedef struct {
    http_shared_t *shared;
    zsock_t *pipe;
    http_job_t *jobs; /* that are open */
    unsigned cancels; /* of which it has taken notice */
    int64_t due_ms;   /* no job's time is over before */
    int epoll;
    int64_t curl_ms; /* when libcurl wants to be called, whatever happens; INT64_MAX: never */
    bool term;
} runner_t;

/* ---- What libcurl calls. */

static size_t s_read(char *out, size_t size, size_t n, void *arg)
{
    http_job_t *job = arg;
    const size_t left = job->body_size - job->body_sent;
    const size_t take = left < size * n ? left : size * n;
    memcpy(out, job->body + job->body_sent, take);
    job->body_sent += take;
    return take;
}

static int s_seek(void *arg, curl_off_t offset, int origin)
{
    (void)arg;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

static size_t s_header(char *data, size_t size, size_t n, void *arg)
{
    http_job_t *job = arg;
    if (size * n >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        sb_buf_clear(&job->answer_headers); /* those of a 100 */
    }
    sb_buf_add(&job->answer_headers, data, size * n);
    job->too_large |= job->answer_headers.overflow;
    return job->too_large ? 0 : size * n;
}

static size_t s_write(char *data, size_t size, size_t n, void *arg)
{
    http_job_t *job = arg;
    sb_buf_add(&job->answer_body, data, size * n);
    job->too_large |= job->answer_body.overflow;
    return job->too_large ? 0 : size * n;
}

/* ---- What it waits for. */

/* known: not NULL if the socket was told of before. It may have been closed since, and its number
 * given to another. */
static int s_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    runner_t *self = arg;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(self->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    struct epoll_event event = {.data.fd = fd};
    event.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                   (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    const int first = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(self->epoll, first, fd, &event) != 0) {
        (void)epoll_ctl(self->epoll, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    }
    (void)curl_multi_assign(self->shared->multi, fd, self);
    return 0;
}

static int s_on_timer(CURLM *multi, long timeout_ms, void *arg)
{
    runner_t *self = arg;
    (void)multi;
    self->curl_ms = timeout_ms < 0 ? INT64_MAX : sb_clock_mono_ms() + timeout_ms;
    return 0;
}

/* ---- How a request begins. */

static void s_set_method(const http_job_t *job)
{
    CURL *easy = job->easy;
    const bool get = strcmp(job->method, "GET") == 0;
    const bool head = strcmp(job->method, "HEAD") == 0;
    if (job->body_size > 0) {
        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body_size);
        (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, s_read);
        (void)curl_easy_setopt(easy, CURLOPT_READDATA, job);
        (void)curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, s_seek);
    } else if (head) {
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (!get) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
        (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    }
    if (!head) {
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, job->method);
    }
}

static void s_set_tls(const http_job_t *job)
{
    CURL *easy = job->easy;
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (job->ca_file) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, job->ca_file);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* that one alone */
    }
}

static void s_set(http_job_t *job)
{
    CURL *easy = job->easy;
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
    (void)curl_easy_setopt(easy, CURLOPT_URL, job->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Else giving up a look-up of a name waits for it, and everybody with it. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)job->connect_ms);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, job->why);
    if (job->reach) {
        (void)curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
        return;
    }
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, job->headers);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, s_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, job);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, s_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, job);
    s_set_method(job);
    s_set_tls(job);
}

/* ---- How it ends. */

static int s_code(CURLcode result, bool sent)
{
    switch (result) {
    case CURLE_OPERATION_TIMEDOUT: /* of the connection; for the rest see s_expire */
        return SB_ETIMEOUT;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: /* said of a strange answer too */
        return sent ? SB_ERETRY : SB_EINVALID;
    default:
        return SB_ERETRY;
    }
}

static void s_fail(http_job_t *job, CURLcode result)
{
    long sent = 0;
    (void)curl_easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &sent);
    job->answer.end = sent > 0 ? SB_HTTP_AMBIGUOUS : SB_HTTP_NOT_SENT;
    if (job->too_large) {
        (void)sb_fail(&job->answer.err, SB_ETOOLARGE, "the answer is over %zu bytes",
                      job->answer_max);
    } else if (result == CURLE_SEND_FAIL_REWIND) {
        (void)sb_fail(&job->answer.err, SB_ERETRY, "the connection ended before an answer came");
    } else {
        (void)sb_fail(&job->answer.err, s_code(result, sent > 0), "%s",
                      job->why[0] ? job->why : curl_easy_strerror(result));
    }
}

static void s_succeed(http_job_t *job)
{
    long status = 0;
    (void)curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    job->answer.status = (int)status;
    if (job->reach) {
        char *address = NULL;
        (void)curl_easy_getinfo(job->easy, CURLINFO_PRIMARY_IP, &address);
        sb_buf_puts(&job->answer_body, address ? address : "");
    }
}

/* Gives it back to the core, in whose pipe there is room for every job there is. */
static void s_end(runner_t *self, http_job_t *job)
{
    if (job->easy) {
        (void)curl_multi_remove_handle(self->shared->multi, job->easy);
        curl_easy_cleanup(job->easy);
        job->easy = NULL;
    }
    if (job->prev) {
        job->prev->next = job->next;
    } else {
        self->jobs = job->next;
    }
    if (job->next) {
        job->next->prev = job->prev;
    }
    const bool sent = sb_pipe_send(self->pipe, &job);
    assert(sent);
}

static void s_finish(runner_t *self, http_job_t *job, CURLcode result)
{
    if (result == CURLE_OK) {
        s_succeed(job);
    } else {
        s_fail(job, result);
    }
    s_end(self, job);
}

static void s_begin(runner_t *self, http_job_t *job)
{
    job->next = self->jobs;
    if (self->jobs) {
        self->jobs->prev = job;
    }
    self->jobs = job;
    job->due_ms = sb_clock_mono_ms() + job->total_ms;
    self->due_ms = job->due_ms < self->due_ms ? job->due_ms : self->due_ms;
    job->easy = curl_easy_init();
    if (job->easy) {
        s_set(job);
    }
    if (!job->easy || curl_multi_add_handle(self->shared->multi, job->easy) != CURLM_OK) {
        job->answer.end = SB_HTTP_NOT_SENT;
        (void)sb_fail(&job->answer.err, SB_EINTERNAL, "libcurl can't begin a request");
        s_end(self, job);
    }
}

/* ---- The loop. */

static void s_take(runner_t *self)
{
    http_job_t *job;
    while (!self->term && (job = sb_pipe_receive(self->pipe, false, &self->term))) {
        s_begin(self, job);
    }
}

static void s_collect(runner_t *self)
{
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(self->shared->multi, &left))) {
        http_job_t *job = NULL;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        s_finish(self, job, message->data.result);
    }
}

/* Ends the jobs whose time is over. libcurl's own limit does not count while a request waits for a
 * connection to be free. */
static void s_expire(runner_t *self)
{
    const int64_t now_ms = sb_clock_mono_ms();
    if (now_ms < self->due_ms) {
        return;
    }
    self->due_ms = INT64_MAX;
    http_job_t *next;
    for (http_job_t *job = self->jobs; job; job = next) {
        next = job->next;
        if (job->due_ms <= now_ms) {
            s_fail(job, CURLE_OPERATION_TIMEDOUT);
            (void)sb_fail(&job->answer.err, SB_ETIMEOUT, "no answer in %lld ms",
                          (long long)job->total_ms);
            s_end(self, job);
        } else if (job->due_ms < self->due_ms) {
            self->due_ms = job->due_ms;
        }
    }
}

static int s_sleep_ms(const runner_t *self)
{
    const int64_t at_ms = self->curl_ms < self->due_ms ? self->curl_ms : self->due_ms;
    const int64_t left_ms = at_ms - sb_clock_mono_ms();
    return left_ms < 0 ? 0 : left_ms < IDLE_MS ? (int)left_ms : IDLE_MS;
}

static void s_act(runner_t *self, const struct epoll_event *event)
{
    int running = 0;
    if (event->data.fd == self->shared->wake) {
        uint64_t count;
        (void)!read(self->shared->wake, &count, sizeof count);
        return;
    }
    const uint32_t events = event->events;
    const int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                     (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                     (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    (void)curl_multi_socket_action(self->shared->multi, event->data.fd, what, &running);
}

static void s_wait(runner_t *self)
{
    struct epoll_event events[EVENTS_MAX];
    const int n = epoll_wait(self->epoll, events, EVENTS_MAX, s_sleep_ms(self));
    for (int i = 0; i < n; i++) {
        s_act(self, &events[i]);
    }
}

static void s_call_curl(runner_t *self)
{
    int running = 0;
    if (self->curl_ms <= sb_clock_mono_ms()) {
        self->curl_ms = INT64_MAX;
        (void)curl_multi_socket_action(self->shared->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

/* Ends the jobs that were cancelled, or all. */
static void s_abort(runner_t *self, bool all)
{
    http_job_t *next;
    for (http_job_t *job = self->jobs; job; job = next) {
        next = job->next;
        if (all || atomic_load(&job->cancelled)) {
            s_fail(job, CURLE_ABORTED_BY_CALLBACK);
            (void)sb_fail(&job->answer.err, SB_ERETRY, "the request was given up");
            s_end(self, job);
        }
    }
}

static void s_set_up(runner_t *self)
{
    CURLM *multi = self->shared->multi;
    const long connections = (long)self->shared->connections_max;
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, s_on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, self);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, s_on_timer);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, self);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = self->shared->wake};
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    assert(self->epoll >= 0); /* else descriptors are out */
    (void)epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->shared->wake, &event);
}

/* Kept connections are closed by the core. */
static void s_tear_down(runner_t *self)
{
    CURLM *multi = self->shared->multi;
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, NULL);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, NULL);
    (void)close(self->epoll);
}

void http_run(zsock_t *pipe, void *args)
{
    runner_t self = {.shared = args, .pipe = pipe, .due_ms = INT64_MAX, .curl_ms = INT64_MAX};
    http_shared_t *shared = self.shared;
    s_set_up(&self);
    (void)zsock_signal(pipe, 0);
    while (!self.term && !atomic_load(&shared->stop)) {
        s_take(&self);
        s_call_curl(&self);
        s_collect(&self);
        const unsigned cancels = atomic_load(&shared->cancels);
        if (cancels != self.cancels) {
            self.cancels = cancels;
            s_abort(&self, false);
        }
        s_expire(&self);
        s_wait(&self);
    }
    s_take(&self);
    s_abort(&self, true);
    s_tear_down(&self);
    while (!self.term) {
        (void)sb_pipe_receive(pipe, true, &self.term);
    }
    sb_crypto_thread_end();
}
