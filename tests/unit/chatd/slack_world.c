/* slack_world.c */
#include "tests/unit/chatd/slack_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/timers.h"

#define CALLS_MAX 64
#define ARGS_MAX 12
#define TIMERS_MAX 64
#define START_MS 1700000000000

typedef struct {
    char *method;
    struct {
        char *name, *value;
    } args[ARGS_MAX];
    size_t args_len;
    slack_reply_fn *fn;
    void *arg;
} call_t;

typedef struct {
    char *request;
    cJSON *body;
    sb_reply_fn *fn;
    void *arg;
} ask_t;

static struct {
    call_t calls[CALLS_MAX];
    size_t calls_len;
    ask_t asks[CALLS_MAX];
    size_t asks_len;
    struct {
        uint64_t id;
        int64_t at_ms;
        sb_timer_fn *fn;
        void *arg;
    } timers[TIMERS_MAX];
    size_t timers_len;
    uint64_t last_id;
    int64_t now_ms;
    char *text; /* what world_body gave last */
    char whispered[512];
} s_world = {.now_ms = START_MS};

static struct {
    FILE *file;
    int stderr_fd;
    char text[8192];
} s_log;

static char s_anything[1];

static cJSON *s_parse(const char *quoted)
{
    char *text = sb_strdup(quoted);
    for (char *p = text; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    cJSON *json = cJSON_Parse(text);
    if (!json) {
        fail_msg("no JSON: %s", text);
    }
    free(text);
    return json;
}

/* ---- Slack. */

static size_t s_find_call(const char *method)
{
    size_t i = 0;
    while (i < s_world.calls_len && strcmp(s_world.calls[i].method, method) != 0) {
        i++;
    }
    return i;
}

static call_t s_take_call(const char *method)
{
    const size_t i = s_find_call(method);
    if (i == s_world.calls_len) {
        fail_msg("%s is not called", method);
    }
    call_t call = s_world.calls[i];
    s_world.calls_len--;
    memmove(&s_world.calls[i], &s_world.calls[i + 1],
            (s_world.calls_len - i) * sizeof s_world.calls[0]);
    return call;
}

static void s_free_call(call_t *call)
{
    for (size_t i = 0; i < call->args_len; i++) {
        free(call->args[i].name);
        free(call->args[i].value);
    }
    free(call->method);
}

void slack_api_call(slack_api_t *self, const char *method, const slack_arg_t *args, size_t args_len,
                    int64_t patience_ms, slack_reply_fn *fn, void *arg)
{
    assert_ptr_equal(self, world_api());
    assert_true(patience_ms > 0);
    assert_true(s_world.calls_len < CALLS_MAX && args_len <= ARGS_MAX);
    call_t *call = &s_world.calls[s_world.calls_len++];
    *call = (call_t){.method = sb_strdup(method), .fn = fn, .arg = arg};
    for (size_t i = 0; i < args_len; i++) {
        if (args[i].value) {
            call->args[call->args_len].name = sb_strdup(args[i].name);
            call->args[call->args_len++].value = sb_strdup(args[i].value);
        }
    }
}

size_t world_open(void)
{
    return s_world.calls_len;
}

bool world_asks(const char *method)
{
    return s_find_call(method) < s_world.calls_len;
}

const char *world_arg(const char *method, const char *name)
{
    const size_t i = s_find_call(method);
    if (i == s_world.calls_len) {
        fail_msg("%s is not called", method);
    }
    const call_t *call = &s_world.calls[i];
    for (size_t k = 0; k < call->args_len; k++) {
        if (strcmp(call->args[k].name, name) == 0) {
            return call->args[k].value;
        }
    }
    return "";
}

void world_reply(const char *method, const char *json)
{
    call_t call = s_take_call(method);
    cJSON *body = s_parse(json);
    const slack_reply_t reply = {.class = SLACK_OK, .status = 200, .body = body};
    call.fn(call.arg, &reply);
    cJSON_Delete(body);
    s_free_call(&call);
}

void world_fail(const char *method, slack_class_t class, const char *error, int code)
{
    call_t call = s_take_call(method);
    slack_reply_t reply = {.class = class};
    (void)snprintf(reply.error, sizeof reply.error, "%s", error);
    (void)sb_fail(&reply.err, code, "%s: %s", method, error);
    call.fn(call.arg, &reply);
    s_free_call(&call);
}

/* ---- The store. */

static size_t s_find_ask(const char *request)
{
    size_t i = 0;
    while (i < s_world.asks_len && strcmp(s_world.asks[i].request, request) != 0) {
        i++;
    }
    return i;
}

static ask_t s_take_ask(const char *request)
{
    const size_t i = s_find_ask(request);
    if (i == s_world.asks_len) {
        fail_msg("the store is not asked %s", request);
    }
    ask_t ask = s_world.asks[i];
    s_world.asks_len--;
    memmove(&s_world.asks[i], &s_world.asks[i + 1],
            (s_world.asks_len - i) * sizeof s_world.asks[0]);
    return ask;
}

void chat_host_call(chat_host_t *self, const char *request, cJSON **body_p, sb_reply_fn *fn,
                    void *arg)
{
    assert_ptr_equal(self, world_host());
    assert_true(s_world.asks_len < CALLS_MAX);
    s_world.asks[s_world.asks_len++] =
        (ask_t){.request = sb_strdup(request), .body = *body_p, .fn = fn, .arg = arg};
    *body_p = NULL;
}

void chat_host_hear(chat_host_t *self, const chat_event_t *event, sb_reply_fn *fn, void *arg)
{
    static const char *const kinds[] = {"text", "button", "team"};
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "event", event->event);
    sb_json_add_str(body, "person", event->person);
    sb_json_add_str(body, "kind", kinds[event->kind]);
    sb_json_add_str(body, "text", event->text);
    sb_json_add_str(body, "value", event->value);
    sb_json_add_str(body, "message", event->message);
    sb_json_add_int(body, "at_ms", event->at_ms);
    chat_host_call(self, "hear", &body, fn, arg);
}

zloop_t *chat_host_loop(const chat_host_t *self)
{
    (void)self;
    return (zloop_t *)(void *)s_anything;
}

size_t world_store_open(void)
{
    return s_world.asks_len;
}

bool world_store_asks(const char *request)
{
    return s_find_ask(request) < s_world.asks_len;
}

const char *world_body(const char *request)
{
    const size_t i = s_find_ask(request);
    if (i == s_world.asks_len) {
        fail_msg("the store is not asked %s", request);
    }
    free(s_world.text);
    s_world.text = sb_json_print(s_world.asks[i].body);
    for (char *p = s_world.text; *p; p++) {
        *p = *p == '"' ? '\'' : *p;
    }
    return s_world.text;
}

/* As the bus has it: an error only if there is one. */
void world_answer(const char *request, const char *json)
{
    ask_t ask = s_take_ask(request);
    cJSON *body = s_parse(json);
    ask.fn(ask.arg, SB_OK, body, NULL);
    cJSON_Delete(body);
    cJSON_Delete(ask.body);
    free(ask.request);
}

void world_refuse(const char *request, int code)
{
    ask_t ask = s_take_ask(request);
    sb_err_t err;
    (void)sb_fail(&err, code, "%s: refused", request);
    ask.fn(ask.arg, code, NULL, &err);
    cJSON_Delete(ask.body);
    free(ask.request);
}

/* ---- Whispers. */

void slack_whisper(sb_http_t *http, const char *api_url, const char *ca_file,
                   const char *response_url, const char *text, cJSON *blocks);

void slack_whisper(sb_http_t *http, const char *api_url, const char *ca_file,
                   const char *response_url, const char *text, cJSON *blocks)
{
    (void)http;
    (void)api_url;
    (void)ca_file;
    (void)snprintf(s_world.whispered, sizeof s_world.whispered, "%s %s%s",
                   response_url ? response_url : "-", text, blocks ? " +" : "");
    cJSON_Delete(blocks);
}

sb_http_t *slack_api_http(const slack_api_t *self)
{
    (void)self;
    return NULL;
}

const slack_api_config_t *slack_api_config(const slack_api_t *self)
{
    static const slack_api_config_t config = {.url = "http://x/api/", .ca_file = ""};
    (void)self;
    return &config;
}

const char *world_whispered(void)
{
    return s_world.whispered;
}

/* ---- The log. */

void world_log_keep(void)
{
    (void)fflush(stderr);
    s_log.file = tmpfile();
    s_log.stderr_fd = dup(STDERR_FILENO);
    assert_true(s_log.file && s_log.stderr_fd >= 0);
    assert_true(dup2(fileno(s_log.file), STDERR_FILENO) >= 0);
}

const char *world_log(void)
{
    (void)fflush(stderr);
    assert_true(dup2(s_log.stderr_fd, STDERR_FILENO) >= 0);
    (void)close(s_log.stderr_fd);
    rewind(s_log.file);
    s_log.text[fread(s_log.text, 1, sizeof s_log.text - 1, s_log.file)] = '\0';
    (void)fclose(s_log.file);
    return s_log.text;
}

/* ---- Time. */

int64_t sb_clock_mono_ms(void)
{
    return s_world.now_ms;
}

int64_t sb_clock_wall_ms(void)
{
    return s_world.now_ms;
}

sb_timers_t *sb_timers_new(zloop_t *loop)
{
    assert_non_null(loop);
    return (sb_timers_t *)(void *)s_anything;
}

void sb_timers_destroy(sb_timers_t **self_p)
{
    *self_p = NULL;
}

uint64_t sb_timers_add(sb_timers_t *self, int64_t delay_ms, sb_timer_fn *fn, void *arg)
{
    assert_non_null(self);
    assert_true(s_world.timers_len < TIMERS_MAX);
    const size_t i = s_world.timers_len++;
    s_world.timers[i].id = ++s_world.last_id;
    s_world.timers[i].at_ms = s_world.now_ms + (delay_ms > 0 ? delay_ms : 0);
    s_world.timers[i].fn = fn;
    s_world.timers[i].arg = arg;
    return s_world.last_id;
}

void sb_timers_cancel(sb_timers_t *self, uint64_t *id_p)
{
    assert_non_null(self);
    for (size_t i = 0; i < s_world.timers_len; i++) {
        if (s_world.timers[i].id == *id_p) {
            s_world.timers[i] = s_world.timers[--s_world.timers_len];
            break;
        }
    }
    *id_p = 0;
}

void world_advance(int64_t ms)
{
    const int64_t end_ms = s_world.now_ms + ms;
    for (;;) {
        size_t first = s_world.timers_len;
        for (size_t i = 0; i < s_world.timers_len; i++) {
            if (s_world.timers[i].at_ms <= end_ms &&
                (first == s_world.timers_len ||
                 s_world.timers[i].at_ms < s_world.timers[first].at_ms)) {
                first = i;
            }
        }
        if (first == s_world.timers_len) {
            break;
        }
        sb_timer_fn *fn = s_world.timers[first].fn;
        void *arg = s_world.timers[first].arg;
        s_world.now_ms = s_world.timers[first].at_ms;
        s_world.timers[first] = s_world.timers[--s_world.timers_len];
        fn(arg);
    }
    s_world.now_ms = end_ms;
}

/* ---- Life. */

chat_host_t *world_host(void)
{
    return (chat_host_t *)(void *)s_anything;
}

slack_api_t *world_api(void)
{
    return (slack_api_t *)(void *)s_anything;
}

/* What is open ends as it does when chatd stops. */
void world_reset(void)
{
    for (int i = 0; i < 1000 && (s_world.calls_len > 0 || s_world.asks_len > 0); i++) {
        if (s_world.calls_len > 0) {
            world_fail(s_world.calls[0].method, SLACK_RETRY, "stopped", SB_ERETRY);
        } else {
            world_refuse(s_world.asks[0].request, SB_ERETRY);
        }
    }
    assert_int_equal(s_world.calls_len + s_world.asks_len, 0);
    free(s_world.text);
    memset(&s_world, 0, sizeof s_world);
    s_world.now_ms = START_MS;
}
