/* http.c: the core's side. A job has a slot from the call until it comes back from the actor, so
 * that as many are under way as there are slots, and the pipe has room for them all. */
#include "lib/http.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/http_job.h"
#include "lib/mem.h"
#include "lib/pipe.h"
#include "lib/timers.h"

#define JOBS_PER_WAKE 64 /* then the core looks after others */

struct sb_http {
    zloop_t *loop;
    sb_timers_t *timers;
    zactor_t *actor; /* NULL once it was ended */
    http_shared_t shared;
    size_t open_max;
    size_t open;                         /* slots in use */
    uint64_t serial;                     /* of the last job */
    http_job_t *slots[SB_HTTP_OPEN_MAX]; /* at id % SB_HTTP_OPEN_MAX */
    http_job_t *refused;                 /* by us; a timer calls back */
    http_job_t **refused_end;
};

void http_job_destroy(http_job_t **self_p)
{
    http_job_t *self = *self_p;
    if (!self) {
        return;
    }
    free(self->method);
    free(self->url);
    free(self->ca_file);
    if (self->body) {
        sb_wipe(self->body, self->body_size);
        free(self->body);
    }
    curl_slist_free_all(self->headers);
    sb_buf_free(&self->answer_headers);
    sb_buf_free(&self->answer_body);
    free(self);
    *self_p = NULL;
}

static void s_call_back(const http_job_t *job)
{
    if (job->fn) {
        job->fn(job->arg, &job->answer);
    }
}

/* The counter is only ever full if it was not read, and then the actor is awake. */
static void s_wake(sb_http_t *self)
{
    const uint64_t one = 1;
    (void)!write(self->shared.wake, &one, sizeof one);
}

/* ---- Back from the actor. */

static void s_returned(sb_http_t *self, http_job_t *job)
{
    self->slots[job->id % SB_HTTP_OPEN_MAX] = NULL;
    self->open--;
    job->answer.body = sb_buf_text(&job->answer_body);
    job->answer.body_size = job->answer_body.len;
    job->answer.headers = sb_buf_text(&job->answer_headers);
    s_call_back(job);
    http_job_destroy(&job);
}

static int s_on_job(zloop_t *loop, zsock_t *reader, void *arg)
{
    sb_http_t *self = arg;
    (void)loop;
    for (size_t i = 0; i < JOBS_PER_WAKE; i++) {
        http_job_t *job = sb_pipe_receive(reader, false, NULL);
        if (!job) {
            break;
        }
        s_returned(self, job);
    }
    return 0;
}

/* ---- Life. */

sb_http_t *sb_http_new(zloop_t *loop, const sb_http_config_t *config)
{
    assert(loop);
    assert(config->open_max > 0 && config->open_max <= SB_HTTP_OPEN_MAX);
    assert(config->connections_max > 0);
    sb_http_t *self = sb_alloc(sizeof *self);
    const CURLcode made = curl_global_init(CURL_GLOBAL_DEFAULT);
    self->shared.multi = made == CURLE_OK ? curl_multi_init() : NULL;
    self->shared.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert(self->shared.wake >= 0); /* else descriptors are out */
    self->shared.connections_max = config->connections_max;
    const size_t pipe_max = zsys_pipehwm();
    zsys_set_pipehwm(SB_HTTP_OPEN_MAX);
    self->actor = self->shared.multi ? zactor_new(http_run, &self->shared) : NULL;
    zsys_set_pipehwm(pipe_max);
    assert(self->actor); /* else memory or descriptors are out */
    self->loop = loop;
    self->open_max = config->open_max;
    self->refused_end = &self->refused;
    self->timers = sb_timers_new(loop);
    (void)zloop_reader(loop, zactor_sock(self->actor), s_on_job, self);
    return self;
}

/* Those that stand there now; what their callbacks ask for is refused later. */
static void s_call_refused(sb_http_t *self)
{
    http_job_t *job = self->refused;
    self->refused = NULL;
    self->refused_end = &self->refused;
    while (job) {
        http_job_t *next = job->next;
        s_call_back(job);
        http_job_destroy(&job);
        job = next;
    }
}

static void s_forget_refused(sb_http_t *self)
{
    http_job_t *next;
    for (http_job_t *job = self->refused; job; job = next) {
        next = job->next;
        http_job_destroy(&job);
    }
}

static void s_stop(sb_http_t *self)
{
    zloop_reader_end(self->loop, zactor_sock(self->actor));
    atomic_store(&self->shared.stop, true);
    s_wake(self);
    self->open_max = 0;
    while (self->open > 0) {
        http_job_t *job = sb_pipe_receive(zactor_sock(self->actor), true, NULL);
        if (job) {
            s_returned(self, job);
        }
    }
    zactor_destroy(&self->actor);
    s_call_refused(self);
    s_forget_refused(self);
}

void sb_http_destroy(sb_http_t **self_p)
{
    sb_http_t *self = *self_p;
    if (!self) {
        return;
    }
    s_stop(self);
    sb_timers_destroy(&self->timers);
    (void)curl_multi_cleanup(self->shared.multi);
    (void)close(self->shared.wake);
    curl_global_cleanup();
    free(self);
    *self_p = NULL;
}

size_t sb_http_open(const sb_http_t *self)
{
    return self->open;
}

/* ---- Requests. */

static void s_on_refused(void *arg)
{
    s_call_refused(arg);
}

static void s_refuse(sb_http_t *self, http_job_t *job)
{
    job->answer.end = SB_HTTP_NOT_SENT;
    job->answer.body = "";
    job->answer.headers = "";
    (void)sb_fail(&job->answer.err, SB_EBUSY, "%zu HTTP requests are open", self->open);
    if (!self->refused) {
        (void)sb_timers_add(self->timers, 0, s_on_refused, self);
    }
    *self->refused_end = job;
    self->refused_end = &job->next;
}

static uint64_t s_hand_over(sb_http_t *self, http_job_t *job)
{
    if (self->open >= self->open_max) {
        job->id = ++self->serial;
        s_refuse(self, job);
        return job->id;
    }
    do {
        job->id = ++self->serial;
    } while (self->slots[job->id % SB_HTTP_OPEN_MAX]);
    self->slots[job->id % SB_HTTP_OPEN_MAX] = job;
    self->open++;
    const uint64_t id = job->id;
    const bool sent = sb_pipe_send(zactor_sock(self->actor), &job);
    assert(sent); /* it has room for every slot */
    s_wake(self);
    return id;
}

static http_job_t *s_job(const char *method, char *url, sb_http_fn *fn, void *arg)
{
    http_job_t *job = sb_alloc(sizeof *job);
    job->fn = fn;
    job->arg = arg;
    job->method = sb_strdup(method);
    job->url = url;
    job->answer_headers = sb_buf(SB_HTTP_HEADERS_MAX);
    return job;
}

static void s_add_header(http_job_t *job, const char *line)
{
    struct curl_slist *longer = curl_slist_append(job->headers, line);
    assert(longer); /* else memory is out */
    job->headers = longer;
}

uint64_t sb_http_send(sb_http_t *self, const sb_http_request_t *request, sb_http_fn *fn, void *arg)
{
    assert(fn);
    assert(request->connect_ms > 0 && request->total_ms > 0 && request->answer_max > 0);
    http_job_t *job = s_job(request->method, sb_strdup(request->url), fn, arg);
    job->connect_ms = request->connect_ms;
    job->total_ms = request->total_ms;
    job->answer_max = request->answer_max;
    job->answer_body = sb_buf(request->answer_max);
    if (request->ca_file && request->ca_file[0]) {
        job->ca_file = sb_strdup(request->ca_file);
    }
    if (request->body_size > 0) {
        job->body = sb_alloc(request->body_size);
        job->body_size = request->body_size;
        memcpy(job->body, request->body, request->body_size);
    }
    s_add_header(job, "Expect:"); /* libcurl would wait for a 100 before large bodies */
    for (size_t i = 0; request->headers && request->headers[i]; i++) {
        s_add_header(job, request->headers[i]);
    }
    return s_hand_over(self, job);
}

uint64_t sb_http_reach(sb_http_t *self, const char *host, int port, int64_t timeout_ms,
                       sb_http_fn *fn, void *arg)
{
    assert(fn);
    assert(timeout_ms > 0);
    const bool v6 = strchr(host, ':') && host[0] != '[';
    char *url = sb_format("http://%s%s%s:%d/", v6 ? "[" : "", host, v6 ? "]" : "", port);
    http_job_t *job = s_job("GET", url, fn, arg);
    job->reach = true;
    job->connect_ms = timeout_ms;
    job->total_ms = timeout_ms;
    job->answer_max = SB_HTTP_ADDRESS_MAX;
    job->answer_body = sb_buf(SB_HTTP_ADDRESS_MAX);
    return s_hand_over(self, job);
}

static http_job_t *s_find(const sb_http_t *self, uint64_t id)
{
    http_job_t *job = self->slots[id % SB_HTTP_OPEN_MAX];
    if (job && job->id == id) {
        return job;
    }
    job = self->refused;
    while (job && job->id != id) {
        job = job->next;
    }
    return job;
}

void sb_http_cancel(sb_http_t *self, uint64_t *id_p)
{
    http_job_t *job = *id_p ? s_find(self, *id_p) : NULL;
    *id_p = 0;
    if (!job) {
        return;
    }
    job->fn = NULL;
    atomic_store(&job->cancelled, true);
    atomic_fetch_add(&self->shared.cancels, 1);
    s_wake(self);
}

/* ---- Headers. */

bool sb_http_header(const sb_http_answer_t *answer, const char *name, char *value_r, size_t size)
{
    const size_t name_len = strlen(name);
    value_r[0] = '\0';
    for (const char *line = answer->headers; *line;) {
        const size_t len = strcspn(line, "\r\n");
        if (len > name_len && line[name_len] == ':' && strncasecmp(line, name, name_len) == 0) {
            const char *from = line + name_len + 1;
            const char *to = line + len;
            while (from < to && (*from == ' ' || *from == '\t')) {
                from++;
            }
            while (to > from && (to[-1] == ' ' || to[-1] == '\t')) {
                to--;
            }
            if ((size_t)(to - from) >= size) {
                return false;
            }
            memcpy(value_r, from, (size_t)(to - from));
            value_r[to - from] = '\0';
            return true;
        }
        line += len;
        line += strspn(line, "\r\n");
    }
    return false;
}
