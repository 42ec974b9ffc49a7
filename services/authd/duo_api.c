/* duo_api.c. A call is in a list while it waits for Duo's time; else it waits for its own request
 * or timer. */
#include "services/authd/duo_api.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/mem.h"

#define SHORT_CONNECTIONS_MAX 32
#define PARAMS_SIZE_MAX (256 * 1024) /* pushinfo encoded twice takes 60,000 bytes at most */
#define PING_PATH "/auth/v2/ping"

typedef struct {
    duo_call_t *first;
} list_t;

struct duo_call {
    duo_api_t *api;
    bool post;
    bool hangs;
    bool clock_blamed; /* Duo refused it once for the sake of the time */
    unsigned tries;    /* that came too many */
    const char *path;
    char *params; /* as signed: of a GET or a form; "" with a JSON body */
    char *body;   /* "" of a GET */
    int64_t until_ms;
    uint64_t clock_serial; /* of the time it was signed with */
    uint64_t request;      /* HTTP's; 0: none is open */
    uint64_t timer;
    list_t *list; /* in which it is, or NULL */
    duo_call_t *prev, *next;
    duo_fn *fn;
    void *arg;
};

struct duo_api {
    sb_timers_t *timers;
    sb_http_t *quick;
    sb_http_t *polls;
    char *host;        /* with the port */
    char *signed_host; /* without */
    char *integration_key;
    char *secret_key;
    char *ca_file;
    int version;
    bool clock_known;
    uint64_t clock_serial; /* how often it was asked for */
    int64_t offset_s;      /* Duo's time less ours */
    uint64_t ping;         /* HTTP's request; 0: none is open */
    list_t waiting;        /* for the time */
    list_t ending;         /* did not get it */
    bool trouble;          /* the last call failed, and it was logged */
};

/* ---- Lists. */

static void s_link(list_t *list, duo_call_t *call)
{
    call->list = list;
    call->prev = NULL;
    call->next = list->first;
    if (list->first) {
        list->first->prev = call;
    }
    list->first = call;
}

static void s_unlink(duo_call_t *call)
{
    if (!call->list) {
        return;
    }
    if (call->prev) {
        call->prev->next = call->next;
    } else {
        call->list->first = call->next;
    }
    if (call->next) {
        call->next->prev = call->prev;
    }
    call->list = NULL;
}

static duo_call_t *s_pop(list_t *list)
{
    duo_call_t *call = list->first;
    if (call) {
        list->first = call->next;
        if (call->next) {
            call->next->prev = NULL;
        }
        call->list = NULL;
    }
    return call;
}

/* ---- Life. */

duo_api_t *duo_api_new(zloop_t *loop, sb_timers_t *timers, const duo_api_config_t *config)
{
    assert(loop && timers && config);
    assert(config->version == 2 || config->version == 5);
    static const sb_http_config_t quick = {.open_max = SB_HTTP_OPEN_MAX,
                                           .connections_max = SHORT_CONNECTIONS_MAX};
    static const sb_http_config_t polls = {.open_max = SB_HTTP_OPEN_MAX,
                                           .connections_max = SB_HTTP_OPEN_MAX};
    duo_api_t *self = sb_alloc(sizeof *self);
    self->timers = timers;
    self->quick = sb_http_new(loop, &quick);
    self->polls = sb_http_new(loop, &polls);
    self->host = sb_strdup(config->host);
    self->signed_host = sb_strndup(config->host, strcspn(config->host, ":"));
    self->integration_key = sb_strdup(config->integration_key);
    self->secret_key = sb_strdup(config->secret_key);
    self->ca_file = sb_strdup(config->ca_file);
    self->version = config->version;
    return self;
}

void duo_api_destroy(duo_api_t **self_p)
{
    duo_api_t *self = *self_p;
    if (!self) {
        return;
    }
    assert(!self->waiting.first && !self->ending.first);
    sb_http_cancel(self->quick, &self->ping);
    sb_http_destroy(&self->polls);
    sb_http_destroy(&self->quick);
    sb_wipe(self->secret_key, strlen(self->secret_key));
    free(self->secret_key);
    free(self->integration_key);
    free(self->signed_host);
    free(self->host);
    free(self->ca_file);
    free(self);
    *self_p = NULL;
}

/* ---- How a call ends. */

/* Said once when Duo begins to fail, not for everyone who waits. */
static void s_judge(duo_api_t *self, const char *path, const duo_reply_t *reply)
{
    const bool failed = reply->end != DUO_OK;
    if (failed && !self->trouble) {
        sb_warn("Duo fails", "host", self->host, "path", path, "error", reply->text, NULL);
    } else if (!failed && self->trouble) {
        sb_info("Duo answers again", "host", self->host, NULL);
    }
    self->trouble = failed;
}

static void s_free(duo_call_t *call)
{
    duo_api_t *self = call->api;
    s_unlink(call);
    sb_http_cancel(call->hangs ? self->polls : self->quick, &call->request);
    sb_timers_cancel(self->timers, &call->timer);
    free(call->params);
    free(call->body);
    free(call);
}

static void s_end(duo_call_t *call, const duo_reply_t *reply)
{
    duo_fn *fn = call->fn;
    void *arg = call->arg;
    if (!call->hangs || reply->end != DUO_UNSURE) { /* a poll may find nobody for a while */
        s_judge(call->api, call->path, reply);
    }
    s_free(call);
    fn(arg, reply);
}

void duo_api_drop(duo_call_t **call_p)
{
    if (*call_p) {
        s_free(*call_p);
        *call_p = NULL;
    }
}

/* ---- Sending. */

static void s_on_answer(void *arg, const sb_http_answer_t *answer);

static void s_http(duo_api_t *self, duo_call_t *call, const char *const *headers)
{
    const bool query = !call->post && call->params[0];
    char *url = sb_format("https://%s%s%s%s", self->host, call->path, query ? "?" : "",
                          query ? call->params : "");
    const int64_t left_ms = call->until_ms - sb_clock_mono_ms();
    const int64_t most_ms = call->hangs ? DUO_POLL_MS : DUO_SHORT_MS;
    const int64_t total_ms = left_ms < 1 ? 1 : left_ms < most_ms ? left_ms : most_ms;
    const sb_http_request_t request = {
        .method = call->post ? "POST" : "GET",
        .url = url,
        .headers = headers,
        .body = call->body,
        .body_size = strlen(call->body),
        .connect_ms = total_ms < DUO_CONNECT_MS ? total_ms : DUO_CONNECT_MS,
        .total_ms = total_ms,
        .answer_max = DUO_ANSWER_MAX,
        .ca_file = self->ca_file,
    };
    call->request =
        sb_http_send(call->hangs ? self->polls : self->quick, &request, s_on_answer, call);
    free(url);
}

static void s_send(duo_call_t *call)
{
    duo_api_t *self = call->api;
    static const char agent[] = "User-Agent: securitybot/" SB_VERSION;
    char date[DUO_DATE_SIZE];
    char hex[DUO_SIGNATURE_SIZE];
    duo_date(sb_clock_wall_ms() / 1000 + self->offset_s, date);
    const duo_signed_t what = {
        .version = self->version,
        .date = date,
        .method = call->post ? "POST" : "GET",
        .host = self->signed_host,
        .path = call->path,
        .params = call->params,
        .body = call->body,
    };
    /* In version 2 a form is signed as parameters. */
    duo_sign(&what, self->secret_key, hex);
    char *pair = sb_format("%s:%s", self->integration_key, hex);
    char *coded = sb_base64(pair, strlen(pair));
    char *authorization = sb_format("Authorization: Basic %s", coded);
    char *date_header = sb_format("Date: %s", date);
    const char *const headers[] = {
        authorization,
        date_header,
        agent,
        self->version == 5 ? "Content-Type: application/json"
                           : "Content-Type: application/x-www-form-urlencoded",
        NULL,
    };
    call->clock_serial = self->clock_serial;
    s_http(self, call, headers);
    free(date_header);
    free(authorization);
    free(coded);
    free(pair);
}

/* ---- Duo's time. */

static void s_clock_failed(duo_api_t *self, const duo_reply_t *reply)
{
    duo_call_t *call;
    while ((call = s_pop(&self->waiting))) {
        s_link(&self->ending, call);
    }
    while ((call = s_pop(&self->ending))) { /* a callback may drop others, and make new calls */
        s_end(call, reply);
    }
}

static void s_on_ping(void *arg, const sb_http_answer_t *answer)
{
    duo_api_t *self = arg;
    const int64_t now_ms = sb_clock_wall_ms();
    duo_reply_t reply;
    self->ping = 0;
    duo_reply(answer, now_ms, &reply);
    const int64_t time_s = reply.end == DUO_OK ? duo_reply_time(reply.response) : -1;
    if (reply.end == DUO_OK && time_s < 0) {
        reply.end = DUO_UNSURE;
        (void)snprintf(reply.text, sizeof reply.text, "Duo did not tell the time");
    }
    if (reply.end != DUO_OK) {
        s_clock_failed(self, &reply);
    } else {
        self->clock_known = true;
        self->clock_serial++;
        self->offset_s = time_s - now_ms / 1000;
        sb_debug("Duo's time is known", "ahead_s", sb_num(self->offset_s), NULL);
        duo_call_t *call;
        while ((call = s_pop(&self->waiting))) {
            s_send(call);
        }
    }
    duo_reply_clear(&reply);
}

static void s_ping(duo_api_t *self)
{
    char *url = sb_format("https://%s" PING_PATH, self->host);
    const sb_http_request_t request = {
        .method = "GET",
        .url = url,
        .connect_ms = DUO_CONNECT_MS,
        .total_ms = DUO_SHORT_MS,
        .answer_max = DUO_ANSWER_MAX,
        .ca_file = self->ca_file,
    };
    self->ping = sb_http_send(self->quick, &request, s_on_ping, self);
    free(url);
}

static void s_begin(duo_call_t *call)
{
    duo_api_t *self = call->api;
    if (self->clock_known) {
        s_send(call);
        return;
    }
    s_link(&self->waiting, call);
    if (!self->ping) {
        s_ping(self);
    }
}

/* ---- Answers. */

static void s_on_pause_over(void *arg)
{
    duo_call_t *call = arg;
    call->timer = 0;
    s_begin(call);
}

/* True if the call goes on: Duo said that nothing was done. */
static bool s_goes_on(duo_call_t *call, const duo_reply_t *reply)
{
    duo_api_t *self = call->api;
    if (reply->end == DUO_CLOCK && !call->clock_blamed) {
        call->clock_blamed = true;
        if (call->clock_serial == self->clock_serial) { /* not learnt anew by another call */
            self->clock_known = false;
        }
        s_begin(call);
        return true;
    }
    if (reply->end != DUO_LIMITED || ++call->tries >= DUO_TRIES_MAX) {
        return false;
    }
    uint32_t random;
    sb_random(&random, sizeof random);
    const int64_t wait_ms = duo_retry_wait_ms(call->tries - 1, reply->retry_ms, random);
    if (sb_clock_mono_ms() + wait_ms >= call->until_ms) {
        return false;
    }
    call->timer = sb_timers_add(self->timers, wait_ms, s_on_pause_over, call);
    return true;
}

static void s_on_answer(void *arg, const sb_http_answer_t *answer)
{
    duo_call_t *call = arg;
    duo_reply_t reply;
    call->request = 0;
    duo_reply(answer, sb_clock_wall_ms(), &reply);
    if (!s_goes_on(call, &reply)) {
        s_end(call, &reply);
    }
    duo_reply_clear(&reply);
}

/* ---- Calls. */

static char *s_json(const duo_param_t *params, size_t len)
{
    cJSON *body = sb_json_object();
    for (size_t i = 0; i < len; i++) {
        if (params[i].value) {
            sb_json_add_str(body, params[i].name, params[i].value);
        }
    }
    char *text = sb_json_print(body);
    cJSON_Delete(body);
    return text;
}

duo_call_t *duo_api_call(duo_api_t *self, const duo_request_t *request, duo_fn *fn, void *arg)
{
    assert(self && request && fn);
    duo_call_t *call = sb_alloc(sizeof *call);
    call->api = self;
    call->post = request->post;
    call->hangs = request->hangs;
    call->path = request->path;
    call->until_ms = request->until_ms;
    call->fn = fn;
    call->arg = arg;
    if (request->post && self->version == 5) {
        call->params = sb_strdup("");
        call->body = s_json(request->params, request->params_len);
    } else {
        sb_buf_t params = sb_buf(PARAMS_SIZE_MAX);
        duo_params(&params, request->params, request->params_len);
        assert(!params.overflow);
        call->params = sb_buf_take(&params);
        call->body = sb_strdup(request->post ? call->params : "");
    }
    s_begin(call);
    return call;
}
