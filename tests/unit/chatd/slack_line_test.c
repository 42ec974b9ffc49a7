/* The WebSockets against servers that do what servers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <czmq.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_envelope.h"
#include "services/chatd/slack_line.h"
#include "tests/unit/chatd/ws_peer.h"
#include "tests/unit/lib/peer.h"

#define HEARD_MAX 4096

typedef struct {
    zloop_t *loop;
    slack_line_t *line;
    peer_t *peer;
    char said[HEARD_MAX]; /* the news, in order: "1 OPENED, 1 TEXT hi, 1 CLOSED" */
    size_t texts;
    size_t text_bytes;
    const char *wanted; /* the loop ends when said has it */
    size_t wanted_texts;
    char request[4096];   /* for the upgrade */
    pthread_mutex_t lock; /* of request and heard */
    char heard[512];      /* what a script got to hear: "TEXT hi, CLOSE" */
} world_t;

static void s_on_news(void *ctx, const slack_line_news_t *news)
{
    static const char *const names[] = {"OPENED", "TEXT", "PONG", "BAD", "CLOSED"};
    world_t *world = ctx;
    const size_t len = strlen(world->said);
    const bool text = news->kind == SLACK_LINE_TEXT;
    world->texts += text ? 1 : 0;
    world->text_bytes += text ? news->size : 0;
    if (text && news->size > 20) {
        return;
    }
    (void)snprintf(world->said + len, sizeof world->said - len, "%s%u %s%s%.*s%s%s",
                   len ? ", " : "", (unsigned)news->gen, names[news->kind], text ? " " : "",
                   text ? (int)news->size : 0, text ? news->data : "",
                   news->kind == SLACK_LINE_BAD ? " " : "",
                   news->kind == SLACK_LINE_BAD ? news->why : "");
}

static void s_open(world_t *world, const char *name, const char *ca_file, peer_fn *script)
{
    sb_err_t err = {0};
    *world = (world_t){.loop = zloop_new()};
    (void)pthread_mutex_init(&world->lock, NULL);
    world->peer = peer_new(name, script, world);
    const char *ca = ca_file ? ca_file : name ? peer_ca_file(world->peer) : "";
    world->line = slack_line_new(world->loop, ca, s_on_news, world, &err);
    if (!world->line) {
        fail_msg("%s", err.text);
    }
}

static void s_close(world_t *world)
{
    slack_line_destroy(&world->line);
    peer_destroy(&world->peer);
    zloop_destroy(&world->loop);
    (void)pthread_mutex_destroy(&world->lock);
}

static int s_on_tick(zloop_t *loop, int timer, void *arg)
{
    const world_t *world = arg;
    (void)loop;
    (void)timer;
    return (world->wanted && strstr(world->said, world->wanted)) ||
                   (world->wanted_texts && world->texts >= world->wanted_texts)
               ? -1
               : 0;
}

static int s_on_late(zloop_t *loop, int timer, void *arg)
{
    const world_t *world = arg;
    (void)loop;
    (void)timer;
    fail_msg("want \"%s\" or %zu texts in 20 s, got \"%s\", %zu", world->wanted,
             world->wanted_texts, world->said, world->texts);
    return -1;
}

static void s_wait(world_t *world, const char *wanted, size_t texts)
{
    world->wanted = wanted;
    world->wanted_texts = texts;
    const int tick = zloop_timer(world->loop, 1, 0, s_on_tick, world);
    const int late = zloop_timer(world->loop, 20000, 1, s_on_late, world);
    (void)zloop_start(world->loop);
    zloop_timer_end(world->loop, tick);
    zloop_timer_end(world->loop, late);
}

static void s_connect(world_t *world, uint64_t gen, bool tls)
{
    const slack_line_target_t target = {.address = "127.0.0.1",
                                        .host = "localhost",
                                        .port = peer_port(world->peer),
                                        .path = "/link/?ticket=a-b&app_id=1",
                                        .tls = tls};
    slack_line_connect(world->line, gen, &target);
}

/* What a script hears may take longer than what it says. */
static void s_heard(world_t *world, const char *want)
{
    char heard[sizeof world->heard] = "";
    for (int i = 0; i < 4000 && strcmp(heard, want) != 0; i++) {
        zclock_sleep(i == 0 ? 0 : 5);
        (void)pthread_mutex_lock(&world->lock);
        memcpy(heard, world->heard, sizeof heard);
        (void)pthread_mutex_unlock(&world->lock);
    }
    assert_string_equal(heard, want);
}

/* ---- Scripts. */

static void s_keep_request(world_t *world, const char *request)
{
    (void)pthread_mutex_lock(&world->lock);
    (void)snprintf(world->request, sizeof world->request, "%s", request ? request : "");
    (void)pthread_mutex_unlock(&world->lock);
}

/* Notes what it hears until the client goes. */
static void s_listen(peer_conn_t *conn, world_t *world)
{
    static const char *const names[] = {"MORE", "TEXT", "BINARY", "",     "",    "",
                                        "",     "",     "CLOSE",  "PING", "PONG"};
    ws_op_t op;
    char *data;
    while ((data = ws_peer_hear(conn, &op))) {
        const bool words = op == WS_TEXT || op == WS_PING;
        (void)pthread_mutex_lock(&world->lock);
        const size_t len = strlen(world->heard);
        (void)snprintf(world->heard + len, sizeof world->heard - len, "%s%s%s%s", len ? ", " : "",
                       names[op], words ? " " : "", words ? data : "");
        (void)pthread_mutex_unlock(&world->lock);
        if (op == WS_PING) {
            ws_peer_frame(conn, WS_PONG, true, data, strlen(data));
        }
        if (op == WS_CLOSE) {
            ws_peer_frame(conn, WS_CLOSE, true, "\x03\xe8", 2);
        }
        free(data);
    }
}

static void s_script_hello(peer_conn_t *conn, unsigned index, void *arg)
{
    world_t *world = arg;
    (void)index;
    s_keep_request(world, ws_peer_agree(conn));
    ws_peer_say(conn, "hello");
    s_listen(conn, world);
}

static void s_script_pieces(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)ws_peer_agree(conn);
    ws_peer_frame(conn, WS_TEXT, false, "on", 2);
    ws_peer_frame(conn, WS_PING, true, "now", 3); /* may come between */
    ws_peer_frame(conn, WS_MORE, false, "", 0);
    ws_peer_frame(conn, WS_MORE, true, "e", 1);
    ws_peer_frame(conn, WS_BINARY, true, "two", 3);
    ws_peer_say(conn, "");
    ws_peer_say(conn, "four");
    s_listen(conn, arg);
}

/* The largest that is taken, one that is too large, and a small one. */
static void s_script_large(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    char *data = sb_alloc(SLACK_PAYLOAD_MAX + 1);
    memset(data, 'x', SLACK_PAYLOAD_MAX + 1);
    (void)ws_peer_agree(conn);
    ws_peer_frame(conn, WS_TEXT, true, data, SLACK_PAYLOAD_MAX);
    ws_peer_frame(conn, WS_TEXT, true, data, SLACK_PAYLOAD_MAX + 1);
    ws_peer_say(conn, "end");
    free(data);
    s_listen(conn, arg);
}

#define FLOOD 4000
#define FLOOD_SIZE 10000

static void s_script_flood(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    char *data = sb_alloc(FLOOD_SIZE);
    memset(data, 'x', FLOOD_SIZE);
    (void)ws_peer_agree(conn);
    for (int i = 0; i < FLOOD; i++) {
        ws_peer_frame(conn, WS_TEXT, true, data, FLOOD_SIZE);
    }
    ws_peer_say(conn, "end");
    free(data);
    s_listen(conn, arg);
}

static void s_script_refuse(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n");
    peer_hang(conn);
}

static void s_script_silent(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_hang(conn);
}

static void s_script_leave(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)ws_peer_agree(conn);
    ws_peer_say(conn, "bye");
}

static void s_script_leave_in_order(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)ws_peer_agree(conn);
    ws_peer_say(conn, "bye");
    ws_peer_frame(conn, WS_CLOSE, true, "\x03\xe8", 2);
    s_listen(conn, arg);
}

/* Agrees on an extension that was not offered, and sends a frame that needs it. */
static void s_script_deflate(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)ws_peer_agree(conn);
    peer_write(conn, "\xc1\x02hi", 4);
    peer_hang(conn);
}

/* ---- Tests. */

static void test_words_go_both_ways(void **state)
{
    (void)state;
    static const char *const names[] = {NULL, "localhost"};
    for (size_t i = 0; i < 2; i++) {
        world_t world;
        s_open(&world, names[i], NULL, s_script_hello);
        s_connect(&world, 1, names[i] != NULL);
        s_wait(&world, "TEXT hello", 0);
        slack_line_say(world.line, 1, "{\"envelope_id\":\"1\"}");
        slack_line_say(world.line, 1, "{}");
        slack_line_ping(world.line, 1);
        s_wait(&world, "PONG", 0);
        slack_line_close(world.line, 1);
        s_wait(&world, "CLOSED", 0);
        assert_string_equal(world.said, "1 OPENED, 1 TEXT hello, 1 PONG, 1 CLOSED");
        s_heard(&world, "TEXT {\"envelope_id\":\"1\"}, TEXT {}, PING securitybot, CLOSE");
        s_close(&world);
    }
}

static void test_upgrade_as_slack_wants_it(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_hello);
    s_connect(&world, 1, false);
    s_wait(&world, "hello", 0);
    char *host = sb_format("\r\nHost: localhost:%d\r\n", peer_port(world.peer));
    assert_int_equal(strncmp(world.request, "GET /link/?ticket=a-b&app_id=1 HTTP/1.1\r\n", 41), 0);
    assert_non_null(strcasestr(world.request, host));
    assert_null(strcasestr(world.request, "\r\nOrigin:"));
    assert_null(strcasestr(world.request, "Sec-WebSocket-Extensions"));
    assert_null(strcasestr(world.request, "Sec-WebSocket-Protocol"));
    assert_null(strcasestr(world.request, "Authorization"));
    free(host);
    s_close(&world);
}

static void test_messages_are_put_together(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_pieces);
    s_connect(&world, 7, false);
    s_wait(&world, "four", 0);
    assert_string_equal(world.said, "7 OPENED, 7 TEXT one, 7 BAD binary, 7 TEXT , 7 TEXT four");
    slack_line_close(world.line, 7);
    s_wait(&world, "CLOSED", 0);
    s_heard(&world, "PONG, CLOSE");
    s_close(&world);
}

static void test_large_messages(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_large);
    s_connect(&world, 1, false);
    s_wait(&world, "end", 0);
    assert_string_equal(world.said, "1 OPENED, 1 BAD too large, 1 TEXT end");
    assert_int_equal(world.texts, 2);
    assert_int_equal(world.text_bytes, SLACK_PAYLOAD_MAX + 3);
    s_close(&world);
}

/* More than the pipe holds, while the core does not look. */
static void test_a_slow_core_loses_nothing(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_flood);
    s_connect(&world, 1, false);
    cJSON *stats = NULL;
    int64_t paused = 0;
    for (int i = 0; i < 2000 && paused == 0; i++) {
        zclock_sleep(5);
        cJSON_Delete(stats);
        stats = sb_json_object();
        slack_line_stats(world.line, stats);
        paused = (int64_t)cJSON_GetObjectItemCaseSensitive(stats, "reads_paused")->valuedouble;
    }
    cJSON_Delete(stats);
    assert_true(paused > 0);
    s_wait(&world, NULL, FLOOD + 1);
    assert_int_equal(world.text_bytes, (size_t)FLOOD * FLOOD_SIZE + 3);
    assert_string_equal(world.said, "1 OPENED, 1 TEXT end");
    s_close(&world);
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        peer_fn *script;
        const char *want;
    } rows[] = {
        {"handshake refused", s_script_refuse,         "1 CLOSED"                      },
        {"closed",            s_script_leave,          "1 OPENED, 1 TEXT bye, 1 CLOSED"},
        {"closed in order",   s_script_leave_in_order, "1 OPENED, 1 TEXT bye, 1 CLOSED"},
        {"compressed",        s_script_deflate,        "1 OPENED, 1 CLOSED"            },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, NULL, NULL, rows[i].script);
        s_connect(&world, 1, false);
        s_wait(&world, "CLOSED", 0);
        if (strcmp(world.said, rows[i].want) != 0) {
            fail_msg("%s: %s", rows[i].name, world.said);
        }
        s_close(&world);
    }
}

static void test_nobody_listens(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_hello);
    const slack_line_target_t target = {
        .address = "127.0.0.1", .host = "localhost", .port = 1, .path = "/", .tls = false};
    slack_line_connect(world.line, 1, &target);
    s_wait(&world, "CLOSED", 0);
    assert_string_equal(world.said, "1 CLOSED");
    s_close(&world);
}

static void test_tls_is_verified(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *for_whom;
        const char *ca_file; /* NULL: the peer's */
    } rows[] = {
        {"unknown CA", "localhost",         ""  },
        {"wrong name", "elsewhere.example", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, rows[i].for_whom, rows[i].ca_file, s_script_hello);
        s_connect(&world, 1, true);
        s_wait(&world, "CLOSED", 0);
        if (strcmp(world.said, "1 CLOSED") != 0) {
            fail_msg("%s: %s", rows[i].name, world.said);
        }
        s_close(&world);
    }
    sb_err_t err = {0};
    zloop_t *loop = zloop_new();
    assert_null(slack_line_new(loop, "/nowhere/ca.pem", s_on_news, NULL, &err));
    assert_string_equal(err.text, "/nowhere/ca.pem: No such file or directory");
    zloop_destroy(&loop);
}

static void s_until(const world_t *world, unsigned connections, unsigned requests)
{
    while (peer_connections(world->peer) < connections || peer_requests(world->peer) < requests) {
        zclock_sleep(1);
    }
}

/* Killed at any stage: without news, and without harm to others. */
static void test_killed(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_silent);
    s_connect(&world, 1, false);
    slack_line_kill(world.line, 1); /* perhaps before it has begun */
    s_connect(&world, 2, false);
    s_until(&world, 1, 1);
    slack_line_kill(world.line, 2); /* while it waits for the upgrade */
    slack_line_kill(world.line, 2);
    slack_line_close(world.line, 3); /* never was */
    slack_line_say(world.line, 3, "x");
    slack_line_ping(world.line, 3);
    s_close(&world);
    s_open(&world, NULL, NULL, s_script_hello);
    s_connect(&world, 1, false);
    s_connect(&world, 2, false);
    s_wait(&world, "1 TEXT hello", 0);
    s_wait(&world, "2 TEXT hello", 0);
    world.said[0] = '\0';
    slack_line_kill(world.line, 1);
    slack_line_ping(world.line, 1);
    slack_line_ping(world.line, 2);
    s_wait(&world, "2 PONG", 0);
    slack_line_close(world.line, 2);
    s_wait(&world, "2 CLOSED", 0);
    assert_string_equal(world.said, "2 PONG, 2 CLOSED");
    s_close(&world);
}

/* Before the upgrade is agreed on there is nothing to close in order. */
static void test_closed_while_connecting(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_silent);
    s_connect(&world, 1, false);
    s_until(&world, 1, 1);
    slack_line_close(world.line, 1);
    s_connect(&world, 2, false);
    s_until(&world, 2, 2);
    assert_string_equal(world.said, "");
    s_close(&world);
}

static void test_stopped_at_any_time(void **state)
{
    (void)state;
    static peer_fn *const scripts[] = {s_script_hello, s_script_silent, s_script_flood};
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        for (int waits = 0; waits < 2; waits++) {
            world_t world;
            s_open(&world, NULL, NULL, scripts[i]);
            s_connect(&world, 1, false);
            s_connect(&world, 2, false);
            if (waits) {
                s_until(&world, 2, 2);
            }
            slack_line_stop(world.line);
            slack_line_stop(world.line);
            slack_line_say(world.line, 1, "x");
            slack_line_drain(world.line);
            s_close(&world);
        }
    }
}

static void test_drain(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, NULL, s_script_hello);
    s_connect(&world, 1, false);
    s_until(&world, 1, 1);
    for (int i = 0; i < 4000 && !strstr(world.said, "hello"); i++) {
        zclock_sleep(5);
        slack_line_drain(world.line);
    }
    assert_string_equal(world.said, "1 OPENED, 1 TEXT hello");
    s_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_go_both_ways),
        cmocka_unit_test(test_upgrade_as_slack_wants_it),
        cmocka_unit_test(test_messages_are_put_together),
        cmocka_unit_test(test_large_messages),
        cmocka_unit_test(test_a_slow_core_loses_nothing),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_tls_is_verified),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_closed_while_connecting),
        cmocka_unit_test(test_stopped_at_any_time),
        cmocka_unit_test(test_drain),
    };
    zsys_handler_set(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
