/* The server for Slack's deliveries with real sockets: who is let in, and what becomes of what. The
 * core is on a thread of its own; what it decides is in the event's id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "services/chatd/slack_events.h"
#include "services/chatd/slack_sign.h"
#include "tests/unit/chatd/web_client.h"

#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define EVENT(id) "{\"type\":\"event_callback\",\"event_id\":\"" id "\"}"
#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define LATER_MS 100

static int s_port;
static zactor_t *s_core;

/* ---- The core. */

typedef struct {
    zloop_t *loop;
    slack_events_t *events;
    slack_ack_t *later;
    slack_ack_t *never;
    char last[64]; /* "events_api ok 2 http_timeout" */
} core_t;

static int s_on_later(zloop_t *loop, int timer, void *arg)
{
    core_t *core = arg;
    (void)loop;
    (void)timer;
    slack_ack(&core->later, SB_OK);
    return 0;
}

static void s_on_envelope(void *ctx, const slack_envelope_t *envelope)
{
    static const char *const kinds[] = {"events_api", "interactive", "slash_commands"};
    core_t *core = ctx;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(envelope->payload, "event_id");
    const char *id = cJSON_IsString(item) ? item->valuestring : "ok";
    slack_ack_t *ack = envelope->ack;
    (void)snprintf(core->last, sizeof core->last, "%s %s %d %s%s", kinds[envelope->kind], id,
                   envelope->retry, envelope->retry_reason, envelope->id);
    if (strcmp(id, "later") == 0) {
        core->later = ack;
        (void)zloop_timer(core->loop, LATER_MS, 1, s_on_later, core);
    } else if (strcmp(id, "never") == 0) {
        core->never = ack;
    } else {
        slack_ack(&ack, strcmp(id, "no") == 0 ? SB_ETIMEOUT : SB_OK);
    }
}

/* "last" and "stats" are questions; whatever else ends it. */
static int s_on_word(zloop_t *loop, zsock_t *pipe, void *arg)
{
    core_t *core = arg;
    (void)loop;
    char *word = zstr_recv(pipe);
    const bool ends = !word || strcmp(word, "$TERM") == 0;
    if (!ends && strcmp(word, "last") == 0) {
        (void)zstr_send(pipe, core->last);
    } else if (!ends) {
        cJSON *object = sb_json_object();
        slack_events_stats(core->events, object);
        char *text = sb_json_print(object);
        (void)zstr_send(pipe, text);
        free(text);
        cJSON_Delete(object);
    }
    zstr_free(&word);
    return ends ? -1 : 0;
}

static void s_run_core(zsock_t *pipe, void *args)
{
    sb_err_t err;
    core_t core = {.loop = zloop_new()};
    const slack_events_config_t config = {.listen = "127.0.0.1:0", .signing_secret = SECRET};
    (void)args;
    core.events = slack_events_new(core.loop, &config, s_on_envelope, &core, &err);
    (void)sscanf(slack_events_url(core.events), "http://127.0.0.1:%d/slack/events", &s_port);
    (void)zloop_reader(core.loop, pipe, s_on_word, &core);
    (void)zsock_signal(pipe, 0);
    (void)zloop_start(core.loop);
    slack_events_stop(core.events);
    slack_events_destroy(&core.events);
    if (core.never) {
        slack_ack(&core.never, SB_OK); /* too late for anybody */
    }
    zloop_destroy(&core.loop);
}

static int s_set_up(void **state)
{
    (void)state;
    s_core = zactor_new(s_run_core, NULL);
    return 0;
}

static int s_tear_down(void **state)
{
    (void)state;
    zactor_destroy(&s_core);
    return 0;
}

static char *s_core_says(const char *word)
{
    (void)zstr_send(s_core, word);
    return zstr_recv(s_core);
}

static int64_t s_count(const char *name)
{
    char *text = s_core_says("stats");
    sb_err_t err;
    cJSON *json = sb_json_parse(text, strlen(text), 0, &err);
    const int64_t value = (int64_t)cJSON_GetObjectItemCaseSensitive(json, name)->valuedouble;
    cJSON_Delete(json);
    zstr_free(&text);
    return value;
}

/* ---- Slack. */

/* A request, signed now. more: header lines; the caller frees it. */
static char *s_request(const char *type, const char *body, const char *more)
{
    char at[24];
    char signature[SLACK_SIGNATURE_SIZE];
    (void)snprintf(at, sizeof at, "%lld", (long long)(sb_clock_wall_ms() / 1000));
    slack_sign(SECRET, at, body, strlen(body), signature);
    return sb_format("POST /slack/events HTTP/1.1\r\nHost: bot.example\r\nContent-Type: %s\r\n"
                     "Content-Length: %zu\r\nX-Slack-Request-Timestamp: %s\r\n"
                     "x-slack-signature: %s\r\n%s\r\n%s",
                     type, strlen(body), at, signature, more ? more : "", body);
}

/* Sends it on a connection that is kept, and reads exactly one answer with Content-Length. */
static char *s_answer(int fd, const char *request, size_t size)
{
    static char answer[16384];
    size_t len = 0;
    web_send(fd, request, size);
    for (;;) {
        const ssize_t n = read(fd, answer + len, sizeof answer - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        answer[len] = '\0';
        const char *end = strstr(answer, "\r\n\r\n");
        const char *length = strcasestr(answer, "\r\ncontent-length:");
        const size_t body = length ? strtoul(length + 17, NULL, 10) : 0;
        if (n <= 0 || (end && len >= (size_t)(end + 4 - answer) + body)) {
            return answer;
        }
    }
}

static const char *s_ask(const char *type, const char *body, const char *more)
{
    const int fd = web_connect(s_port);
    char *request = s_request(type, body, more);
    const char *answer = s_answer(fd, request, strlen(request));
    free(request);
    (void)close(fd);
    return answer;
}

static unsigned s_status(const char *answer)
{
    unsigned status = 0;
    (void)sscanf(answer, "HTTP/1.%*1[01] %u", &status);
    return status;
}

/* ---- Tests. */

static void test_deliveries(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *type;
        const char *body;
        const char *more;
        unsigned status;
        const char *ends; /* of the answer */
        const char *last; /* what the core saw; NULL: nothing */
    } rows[] = {
        {"event",             JSON,         EVENT("ok"),                                                  NULL, 200, "\r\n\r\n",         "events_api ok 0 "   },
        {"event again",       JSON,         EVENT("ok"),
         "X-Slack-Retry-Num: 2\r\nX-Slack-Retry-Reason: http_timeout\r\n",                                      200, "\r\n\r\n",
         "events_api ok 2 http_timeout"                                                                                                                       },
        {"a strange retry",   JSON,         EVENT("ok"),
         "X-Slack-Retry-Num: -1\r\nX-Slack-Retry-Reason: \r\n",                                                 200, "\r\n\r\n",
         "events_api ok 0 "                                                                                                                                   },
        {"not stored",        JSON,         EVENT("no"),                                                  NULL, 503, "\r\n\r\n",         "events_api no 0 "   },
        {"stored later",      JSON,         EVENT("later"),                                               NULL, 200, "\r\n\r\n",         "events_api later 0 "},
        {"interaction",       FORM,         "payload=%7B%22type%22%3A%22block_actions%22%7D",             NULL, 200,
         "\r\n\r\n",                                                                                                                     "interactive ok 0 "  },
        {"command",           FORM,         "command=%2Fsecuritybot&text=help",                           NULL, 200, "\r\n\r\n",
         "slash_commands ok 0 "                                                                                                                               },
        {"verification",      JSON,         "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1a\"}", NULL,
         200,                                                                                                        "\r\n\r\n3eZbrw1a", NULL                 },
        {"limited",           JSON,         "{\"type\":\"app_rate_limited\"}",                            NULL, 200, "\r\n\r\n",         NULL                 },
        {"certificate check", FORM,         "ssl_check=1",                                                NULL, 200, "\r\n\r\n",         NULL                 },
        {"no JSON",           JSON,         "{",                                                          NULL, 400, "\r\n\r\n",         NULL                 },
        {"another type",      "text/plain", "{}",                                                         NULL, 400, "\r\n\r\n",         NULL                 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *before = s_core_says("last");
        const char *answer = s_ask(rows[i].type, rows[i].body, rows[i].more);
        char *last = s_core_says("last");
        const size_t len = strlen(answer);
        const size_t tail = strlen(rows[i].ends);
        const bool no_retry = strcasestr(answer, "\r\nx-slack-no-retry: 1\r\n") != NULL;
        if (s_status(answer) != rows[i].status || len < tail ||
            strcmp(answer + len - tail, rows[i].ends) != 0 ||
            strcmp(last, rows[i].last ? rows[i].last : before) != 0 ||
            no_retry != (rows[i].status == 400)) {
            fail_msg("%s: the core saw \"%s\", answer %s", rows[i].name, last, answer);
        }
        zstr_free(&before);
        zstr_free(&last);
    }
}

static void test_late(void **state)
{
    (void)state;
    const int64_t from_ms = sb_clock_mono_ms();
    const int64_t late = s_count("events_late");
    const char *answer = s_ask(JSON, EVENT("never"), NULL);
    const int64_t took_ms = sb_clock_mono_ms() - from_ms;
    assert_int_equal(s_status(answer), 503);
    assert_null(strcasestr(answer, "x-slack-no-retry"));
    assert_in_range(took_ms, 2500, 2999);
    assert_int_equal(s_count("events_late"), late + 1);
}

static void test_connection_is_kept(void **state)
{
    (void)state;
    const int fd = web_connect(s_port);
    static const char *const bodies[] = {EVENT("ok"), EVENT("later"), EVENT("no"), EVENT("ok"),
                                         "{\"type\":\"url_verification\",\"challenge\":\"x\"}"};
    static const unsigned want[] = {200, 200, 503, 200, 200};
    for (size_t i = 0; i < 5; i++) {
        char *request = s_request(JSON, bodies[i], NULL);
        assert_int_equal(s_status(s_answer(fd, request, strlen(request))), want[i]);
        free(request);
    }
    (void)close(fd);
}

static void test_body_in_pieces(void **state)
{
    (void)state;
    const int fd = web_connect(s_port);
    char *request = s_request(JSON, EVENT("ok"), NULL);
    const size_t size = strlen(request);
    for (size_t i = 0; i + 1 < size; i++) {
        web_send(fd, request + i, 1);
    }
    assert_int_equal(s_status(s_answer(fd, request + size - 1, 1)), 200);
    free(request);
    (void)close(fd);
}

static void test_large_body(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        unsigned status;
    } rows[] = {
        {SLACK_PAYLOAD_MAX,     200},
        {SLACK_PAYLOAD_MAX + 1, 413}
    };
    for (size_t i = 0; i < 2; i++) {
        char *body = sb_alloc(rows[i].size + 1);
        memset(body, ' ', rows[i].size);
        memcpy(body, EVENT("ok"), strlen(EVENT("ok")));
        const int fd = web_connect(s_port);
        char *request = s_request(JSON, body, NULL);
        const size_t sent = i == 0 ? strlen(request) : strlen(request) - rows[i].size;
        assert_int_equal(s_status(s_answer(fd, request, sent)), rows[i].status);
        (void)close(fd);
        free(request);
        free(body);
    }
}

/* Everything but the signed content is as it should be. */
static void test_signatures(void **state)
{
    (void)state;
    char at[24];
    char old[24];
    char ahead[24];
    char signature[SLACK_SIGNATURE_SIZE];
    char old_signature[SLACK_SIGNATURE_SIZE];
    char ahead_signature[SLACK_SIGNATURE_SIZE];
    char forged[SLACK_SIGNATURE_SIZE];
    const char *body = EVENT("ok");
    const long long now_s = sb_clock_wall_ms() / 1000;
    (void)snprintf(at, sizeof at, "%lld", now_s);
    (void)snprintf(old, sizeof old, "%lld", now_s - 310);
    (void)snprintf(ahead, sizeof ahead, "%lld", now_s + 310);
    slack_sign(SECRET, at, body, strlen(body), signature);
    slack_sign(SECRET, old, body, strlen(body), old_signature);
    slack_sign(SECRET, ahead, body, strlen(body), ahead_signature);
    slack_sign("x", at, body, strlen(body), forged);
    const struct {
        const char *name;
        const char *at;
        const char *signature;
        const char *body;
        unsigned status;
        const char *counter; /* that is one more then */
    } rows[] = {
        {"good",         at,    signature,       body,                                                  200, "events_requests"},
        {"forged",       at,    forged,          body,                                                  401, "events_forged"  },
        {"other body",   at,    signature,       EVENT("no"),                                           401, "events_forged"  },
        {"old",          old,   old_signature,   body,                                                  401, "events_stale"   },
        {"ahead",        ahead, ahead_signature, body,                                                  401, "events_stale"   },
        {"other time",   old,   signature,       body,                                                  401, "events_forged"  },
        {"no signature", at,    NULL,            body,                                                  401, "events_forged"  },
        {"no timestamp", NULL,  signature,       body,                                                  401, "events_forged"  },
        {"verification", at,    forged,          "{\"type\":\"url_verification\",\"challenge\":\"x\"}", 401,
         "events_forged"                                                                                                      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int64_t count = s_count(rows[i].counter);
        char *request =
            sb_format("POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                      "Content-Length: %zu\r\n%s%s%s%s%s%s\r\n%s",
                      strlen(rows[i].body), rows[i].at ? "X-Slack-Request-Timestamp: " : "",
                      rows[i].at ? rows[i].at : "", rows[i].at ? "\r\n" : "",
                      rows[i].signature ? "X-Slack-Signature: " : "",
                      rows[i].signature ? rows[i].signature : "", rows[i].signature ? "\r\n" : "",
                      rows[i].body);
        const int fd = web_connect(s_port);
        const char *answer = s_answer(fd, request, strlen(request));
        const bool final = strcasestr(answer, "\r\nx-slack-no-retry: 1\r\n") != NULL;
        const bool stale = strcmp(rows[i].counter, "events_stale") == 0;
        if (s_status(answer) != rows[i].status || s_count(rows[i].counter) != count + 1 ||
            (final && stale) || (strcmp(rows[i].name, "forged") == 0 && !final)) {
            fail_msg("%s: %s", rows[i].name, answer);
        }
        (void)close(fd);
        free(request);
    }
}

static void test_requests_that_are_none_of_slack(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *request;
        unsigned status;
    } rows[] = {
        {"GET",               "GET /slack/events HTTP/1.1\r\nHost: a\r\n\r\n",                          405},
        {"another path",      "POST /slack HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",          404},
        {"a longer path",     "POST /slack/events/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
         404                                                                                               },
        {"no length",         "POST /slack/events HTTP/1.1\r\nHost: a\r\n\r\n",                         411},
        {"no body",           "POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",    411},
        {"a negative length",
         "POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",                        411},
        {"a long length",
         "POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",      411},
        {"h2c",
         "GET /slack/events HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
         "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",                            400},
        {"websocket",
         "GET /slack/events HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",            400},
        {"no HTTP",           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",                   403},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *answer = web_ask(s_port, rows[i].request);
        if (s_status(answer) != rows[i].status) {
            fail_msg("%s: %s", rows[i].name, answer);
        }
        free(answer);
    }
    assert_int_equal(s_status(s_ask(JSON, EVENT("ok"), NULL)), 200);
}

static void test_http2_preface(void **state)
{
    (void)state;
    const int fd = web_connect(s_port);
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    web_send(fd, preface, sizeof preface - 1);
    char *answer = web_read(fd, 3000);
    assert_true(answer[0] == '\0' || s_status(answer) >= 400);
    free(answer);
    (void)close(fd);
}

/* Clients that leave at any time, or don't go on, harm nobody else. */
static void test_clients_that_leave(void **state)
{
    (void)state;
    char *request = s_request(JSON, EVENT("later"), NULL);
    const size_t size = strlen(request);
    for (size_t cut = 1; cut <= size; cut += cut < size - 20 ? 17 : 1) {
        const int fd = web_connect(s_port);
        web_send(fd, request, cut);
        (void)close(fd);
    }
    free(request);
    assert_int_equal(s_status(s_ask(JSON, EVENT("ok"), NULL)), 200);
}

/* One that sends the first half and waits gets 503, and the connection ends. */
static void test_half_a_body(void **state)
{
    (void)state;
    const int64_t from_ms = sb_clock_mono_ms();
    const int fd = web_connect(s_port);
    char *request = s_request(JSON, EVENT("ok"), NULL);
    web_send(fd, request, strlen(request) - 5);
    char *answer = web_read(fd, 10000);
    assert_int_equal(s_status(answer), 503);
    assert_in_range(sb_clock_mono_ms() - from_ms, 2500, 8000);
    free(answer);
    free(request);
    (void)close(fd);
}

static void test_cannot_listen(void **state)
{
    (void)state;
    char taken[32];
    (void)snprintf(taken, sizeof taken, "127.0.0.1:%d", s_port);
    const char *const rows[] = {taken, "nowhere", "slack.com:80"};
    zloop_t *loop = zloop_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        const slack_events_config_t config = {.listen = rows[i], .signing_secret = SECRET};
        assert_null(slack_events_new(loop, &config, s_on_envelope, NULL, &err));
        assert_true(err.code && err.text[0]);
    }
    zloop_destroy(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deliveries),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_connection_is_kept),
        cmocka_unit_test(test_body_in_pieces),
        cmocka_unit_test(test_large_body),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_requests_that_are_none_of_slack),
        cmocka_unit_test(test_http2_preface),
        cmocka_unit_test(test_clients_that_leave),
        cmocka_unit_test(test_half_a_body),
        cmocka_unit_test(test_cannot_listen),
    };
    zsys_handler_set(NULL);
    return cmocka_run_group_tests(tests, s_set_up, s_tear_down);
}
