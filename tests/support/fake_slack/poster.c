/* poster.c. Two queues under one lock: jobs for the thread, and jobs that are done. */
#include "tests/support/fake_slack/poster.h"

#include <assert.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/ids.h"
#include "tests/support/fake_slack/slack.h"

#define REDIRECTS_MAX 2
#define URL_MAX 512
#define POLL_MS 1000
#define CHALLENGE "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"

typedef struct job {
    struct job *next;
    char url[URL_MAX];
    char envelope_id[40]; /* "": url_verification */
    char *body;
    struct curl_slist *headers;
    bool no_retry;
    ended_t ended;
    sb_buf_t answer;
} job_t;

typedef struct {
    job_t *first;
    job_t *last;
} queue_t;

struct poster {
    slack_t *slack;
    char url[URL_MAX]; /* "": Socket Mode */
    char verifying[URL_MAX];
    const char *verified; /* how that ended */
    struct lws_context *lws;
    CURLM *multi;
    CURL *running[POSTS_AT_ONCE_MAX]; /* the thread's own, as is running_len */
    size_t running_len;
    pthread_t thread;
    pthread_mutex_t lock;
    queue_t todo; /* under the lock, as are done and stop */
    queue_t done;
    bool stop;
};

static void s_push(queue_t *queue, job_t *job)
{
    job->next = NULL;
    if (queue->last) {
        queue->last->next = job;
    } else {
        queue->first = job;
    }
    queue->last = job;
}

static job_t *s_pop(queue_t *queue)
{
    job_t *job = queue->first;
    if (job) {
        queue->first = job->next;
        queue->last = queue->first ? queue->last : NULL;
    }
    return job;
}

static void s_free(job_t *job)
{
    curl_slist_free_all(job->headers);
    sb_buf_free(&job->answer);
    free(job->body);
    free(job);
}

/* ---- The thread. */

static size_t s_on_body(char *data, size_t size, size_t n, void *arg)
{
    job_t *job = arg;
    sb_buf_add(&job->answer, data, size * n);
    return size * n;
}

static size_t s_on_header(char *data, size_t size, size_t n, void *arg)
{
    static const char name[] = "x-slack-no-retry: 1";
    job_t *job = arg;
    if (size * n >= sizeof name - 1 && strncasecmp(data, name, sizeof name - 1) == 0) {
        job->no_retry = true;
    }
    return size * n;
}

static void s_begin(poster_t *self, job_t *job)
{
    CURL *easy = curl_easy_init();
    assert(easy);
    const options_t *options = self->slack->options;
    (void)curl_easy_setopt(easy, CURLOPT_URL, job->url);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job->body);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, job->headers);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->ack_ms);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    (void)curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "Slackbot 1.0 (+https://api.slack.com/robots)");
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, s_on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, job);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, s_on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, job);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
    if (options->request_ca) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, options->request_ca);
    }
    (void)curl_multi_add_handle(self->multi, easy);
    self->running[self->running_len++] = easy;
}

/* Takes a request that has ended, or is given up, out of the multi. */
static job_t *s_take(poster_t *self, CURL *easy)
{
    job_t *job = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);
    for (size_t i = 0; i < self->running_len; i++) {
        if (self->running[i] == easy) {
            self->running[i] = self->running[--self->running_len];
            break;
        }
    }
    (void)curl_multi_remove_handle(self->multi, easy);
    curl_easy_cleanup(easy);
    return job;
}

static ended_t s_ended(CURLcode code, long status)
{
    switch (code) {
    case CURLE_OK:
        return status >= 200 && status < 300 ? ENDED_OK : ENDED_HTTP_ERROR;
    case CURLE_OPERATION_TIMEDOUT:
        return ENDED_TIMEOUT;
    case CURLE_TOO_MANY_REDIRECTS:
        return ENDED_REDIRECTS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return ENDED_CONNECTION;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return ENDED_SSL;
    default:
        return ENDED_UNKNOWN;
    }
}

/* Hands over what has ended. */
static void s_end(poster_t *self)
{
    int left;
    CURLMsg *message;
    bool some = false;
    while ((message = curl_multi_info_read(self->multi, &left))) {
        CURL *easy = message->easy_handle;
        const CURLcode code = message->data.result;
        long status = 0;
        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        job_t *job = s_take(self, easy);
        job->ended = s_ended(code, status);
        (void)pthread_mutex_lock(&self->lock);
        s_push(&self->done, job);
        (void)pthread_mutex_unlock(&self->lock);
        some = true;
    }
    if (some) {
        lws_cancel_service(self->lws);
    }
}

static void *s_run(void *arg)
{
    poster_t *self = arg;
    int running = 0;
    for (;;) {
        (void)pthread_mutex_lock(&self->lock);
        const bool stop = self->stop;
        const bool full = self->running_len == POSTS_AT_ONCE_MAX;
        job_t *job = stop || full ? NULL : s_pop(&self->todo);
        (void)pthread_mutex_unlock(&self->lock);
        if (stop) {
            break;
        }
        if (job) {
            s_begin(self, job);
            continue;
        }
        (void)curl_multi_perform(self->multi, &running);
        s_end(self);
        (void)curl_multi_poll(self->multi, NULL, 0, POLL_MS, NULL);
    }
    while (self->running_len > 0) {
        s_free(s_take(self, self->running[0]));
    }
    return NULL;
}

/* ---- The server's thread. */

poster_t *poster_new(slack_t *slack)
{
    poster_t *self = sb_alloc(sizeof *self);
    self->slack = slack;
    self->verified = "";
    poster_use(self, slack->options->request_url);
    (void)pthread_mutex_init(&self->lock, NULL);
    self->multi = curl_multi_init();
    assert(self->multi);
    return self;
}

void poster_attach(poster_t *self, struct lws_context *lws)
{
    self->lws = lws;
    const int code = pthread_create(&self->thread, NULL, s_run, self);
    assert(code == 0);
}

void poster_detach(poster_t *self)
{
    if (!self->lws) {
        return;
    }
    (void)pthread_mutex_lock(&self->lock);
    self->stop = true;
    (void)pthread_mutex_unlock(&self->lock);
    (void)curl_multi_wakeup(self->multi);
    (void)pthread_join(self->thread, NULL);
    self->lws = NULL;
}

void poster_destroy(poster_t **self_p)
{
    poster_t *self = *self_p;
    if (!self) {
        return;
    }
    poster_detach(self);
    job_t *job;
    while ((job = s_pop(&self->todo)) || (job = s_pop(&self->done))) {
        s_free(job);
    }
    (void)curl_multi_cleanup(self->multi);
    (void)pthread_mutex_destroy(&self->lock);
    free(self);
    *self_p = NULL;
}

bool poster_on(const poster_t *self)
{
    return *self->url != '\0';
}

void poster_use(poster_t *self, const char *url)
{
    snprintf(self->url, sizeof self->url, "%s", url ? url : "");
}

static void s_add_header(job_t *job, const char *name, const char *value)
{
    char *line = sb_format("%s: %s", name, value);
    job->headers = curl_slist_append(job->headers, line);
    assert(job->headers);
    free(line);
}

/* Signs the body, as version 0 has it. */
static void s_sign(const poster_t *self, job_t *job)
{
    const char *secret = self->slack->options->signing_secret;
    char time[24];
    snprintf(time, sizeof time, "%" PRId64, slack_now_s());
    char *base = sb_format("v0:%s:%s", time, job->body);
    uint8_t mac[SB_SHA256_SIZE];
    char signature[3 + 2 * SB_SHA256_SIZE + 1] = "v0=";
    sb_hmac_sha256(secret, strlen(secret), base, strlen(base), mac);
    sb_hex(mac, sizeof mac, signature + 3);
    s_add_header(job, "X-Slack-Request-Timestamp", time);
    s_add_header(job, "X-Slack-Signature", signature);
    free(base);
}

static void s_start(poster_t *self, job_t *job)
{
    s_sign(self, job);
    (void)pthread_mutex_lock(&self->lock);
    s_push(&self->todo, job);
    (void)pthread_mutex_unlock(&self->lock);
    (void)curl_multi_wakeup(self->multi);
}

static job_t *s_job(const char *url, const char *type)
{
    job_t *job = sb_alloc(sizeof *job);
    snprintf(job->url, sizeof job->url, "%s", url);
    job->answer = sb_buf(ANSWER_SIZE_MAX);
    s_add_header(job, "Content-Type", type);
    s_add_header(job, "Expect", "");
    s_add_header(job, "Accept", "*/*");
    return job;
}

void poster_verify(poster_t *self, const char *url)
{
    snprintf(self->verifying, sizeof self->verifying, "%s", url);
    self->verified = "pending";
    job_t *job = s_job(url, "application/json");
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "token", VERIFICATION_TOKEN);
    out_str(&out, "challenge", CHALLENGE);
    out_str(&out, "type", "url_verification");
    out_end(&out, '}');
    job->body = sb_buf_take(&out.buf);
    s_start(self, job);
}

static void s_add_escaped(sb_buf_t *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        const bool plain = (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
                           (*at >= 'A' && *at <= 'Z') || strchr("-_.", *at);
        if (plain) {
            sb_buf_putc(out, (char)*at);
        } else if (*at == ' ') {
            sb_buf_putc(out, '+');
        } else {
            sb_buf_printf(out, "%%%02X", *at);
        }
    }
}

/* A flat object as a form. */
static char *s_form(const char *payload)
{
    sb_buf_t form = sb_buf(OUT_SIZE_MAX);
    cJSON *tree = json_value(payload);
    for (const cJSON *member = tree ? tree->child : NULL; member; member = member->next) {
        if (member != tree->child) {
            sb_buf_putc(&form, '&');
        }
        s_add_escaped(&form, member->string);
        sb_buf_putc(&form, '=');
        s_add_escaped(&form, cJSON_IsString(member) ? member->valuestring : "");
    }
    cJSON_Delete(tree);
    return sb_buf_take(&form);
}

static char *s_payload_form(const char *payload)
{
    sb_buf_t form = sb_buf(OUT_SIZE_MAX);
    sb_buf_puts(&form, "payload=");
    s_add_escaped(&form, payload);
    return sb_buf_take(&form);
}

void poster_post(poster_t *self, delivery_kind_t kind, const char *payload, int attempt,
                 const char *reason, const char *envelope_id)
{
    const bool json = kind == DELIVERY_EVENT || kind == DELIVERY_OTHER;
    job_t *job = s_job(self->url, json ? "application/json" : "application/x-www-form-urlencoded");
    snprintf(job->envelope_id, sizeof job->envelope_id, "%s", envelope_id);
    job->body = json                     ? sb_strdup(payload)
                : kind == DELIVERY_SLASH ? s_form(payload)
                                         : s_payload_form(payload);
    if (attempt > 0) {
        char number[16];
        snprintf(number, sizeof number, "%d", attempt);
        s_add_header(job, "X-Slack-Retry-Num", number);
        s_add_header(job, "X-Slack-Retry-Reason", reason);
    }
    s_start(self, job);
}

/* Text, form or JSON: all three are right. */
static bool s_answers_challenge(const job_t *job)
{
    const char *answer = sb_buf_text(&job->answer);
    args_t *args = args_new();
    const bool json = *answer == '{' && args_add_json(args, answer, job->answer.len);
    const bool form = !json && args_add_form(args, answer, job->answer.len);
    const char *challenge = json || form ? args_str(args, "challenge") : NULL;
    const bool good = job->ended == ENDED_OK && (strcmp(answer, CHALLENGE) == 0 ||
                                                 (challenge && strcmp(challenge, CHALLENGE) == 0));
    args_destroy(&args);
    return good;
}

static void s_finish(poster_t *self, const job_t *job)
{
    if (*job->envelope_id) {
        cJSON *answer = job->answer.len > 0 ? json_value(job->answer.text) : NULL;
        char *text = cJSON_IsObject(answer) ? cJSON_PrintUnformatted(answer) : NULL;
        deliveries_posted(self->slack->deliveries, job->envelope_id, job->ended, job->no_retry,
                          text);
        cJSON_free(text);
        cJSON_Delete(answer);
        return;
    }
    const bool good = s_answers_challenge(job);
    self->verified = good ? "verified" : "failed";
    if (good) {
        poster_use(self, self->verifying);
    }
}

void poster_collect(poster_t *self)
{
    for (;;) {
        (void)pthread_mutex_lock(&self->lock);
        job_t *job = s_pop(&self->done);
        (void)pthread_mutex_unlock(&self->lock);
        if (!job) {
            return;
        }
        s_finish(self, job);
        s_free(job);
    }
}

void poster_write(const poster_t *self, out_t *out, const char *key)
{
    out_begin(out, key, '{');
    out_str(out, "request_url", poster_on(self) ? self->url : NULL);
    out_str(out, "verification", self->verified);
    out_end(out, '}');
}
