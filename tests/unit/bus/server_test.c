#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "lib/bus_monitor.h"
#include "lib/bus_server.h"
#include "lib/bus_timing.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define NO_ID "\"id\":\"\""
#define PING "{\"id\":\"good\",\"timeout_ms\":5000}"
#define HELD_MAX (SB_SERVER_CALLS_MAX + 8)

static struct {
    char *folder;
    sb_keys_t *taskd;
    sb_keys_t *chatd;
    sb_keys_t *botctl;
    zloop_t *loop;
    sb_server_t *server;
    zsock_t *good; /* botctl, which must be served all the while */
    zsock_t *bad;  /* chatd */
    bed_reply_t reply;
    sb_call_t *held[HELD_MAX];
    size_t held_len;
} s_it;

static void on_ping(void *ctx, sb_call_t *call)
{
    assert_ptr_equal(ctx, &s_it);
    sb_call_result(&call, NULL);
}

static void on_hold(void *ctx, sb_call_t *call)
{
    (void)ctx;
    assert_true(s_it.held_len < HELD_MAX);
    s_it.held[s_it.held_len++] = call;
}

static void on_echo(void *ctx, sb_call_t *call)
{
    (void)ctx;
    assert_string_equal(sb_call_name(call), "echo");
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "id", sb_call_id(call));
    sb_json_add_str(body, "role", sb_role_name(sb_call_role(call)));
    sb_json_add_id(body, "epoch", sb_call_epoch(call));
    sb_json_add(body, "was", sb_call_body_take(call));
    assert_null(sb_call_body(call));
    sb_call_result(&call, &body);
    assert_null(call);
    assert_null(body);
}

static void on_refuse(void *ctx, sb_call_t *call)
{
    (void)ctx;
    sb_err_t err;
    (void)sb_fail(&err, SB_ENOTFOUND, "no alert %s",
                  cJSON_GetObjectItemCaseSensitive(sb_call_body(call), "hash")->valuestring);
    sb_call_nack(&call, &err);
}

static void on_large(void *ctx, sb_call_t *call)
{
    (void)ctx;
    char *text = sb_alloc(SB_BODY_SIZE_MAX + 1);
    memset(text, 'x', SB_BODY_SIZE_MAX);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "text", text);
    free(text);
    sb_call_result(&call, &body);
}

static void on_bulk(void *ctx, sb_call_t *call)
{
    (void)ctx;
    char text[32768];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "text", text);
    sb_call_result(&call, &body);
}

static const sb_route_t s_routes[] = {
    {"ping",   SB_ROLES_ALL,                   256,              on_ping  },
    {"hold",   SB_ROLE_CHATD | SB_ROLE_BOTCTL, 256,              on_hold  },
    {"echo",   SB_ROLES_ALL,                   SB_BODY_SIZE_MAX, on_echo  },
    {"refuse", SB_ROLES_ALL,                   256,              on_refuse},
    {"large",  SB_ROLES_ALL,                   256,              on_large },
    {"bulk",   SB_ROLES_ALL,                   256,              on_bulk  },
    {"secret", SB_ROLE_BOTD,                   256,              on_ping  },
};
#define ROUTES_LEN (sizeof s_routes / sizeof s_routes[0])

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    sb_err_t err;
    sb_bus_timing.heartbeat_ms = 50;
    s_it.folder = bed_keys_folder();
    s_it.taskd = bed_keys(s_it.folder, SB_ROLE_TASKD);
    s_it.chatd = bed_keys(s_it.folder, SB_ROLE_CHATD);
    s_it.botctl = bed_keys(s_it.folder, SB_ROLE_BOTCTL);
    assert_int_equal(sb_keys_auth_start(s_it.taskd, &err), SB_OK);
    s_it.loop = zloop_new();
    s_it.server =
        sb_server_new(s_it.loop, s_it.taskd, bed_endpoint(), s_routes, ROUTES_LEN, &s_it, &err);
    assert_non_null(s_it.server);
    const char *endpoint = sb_server_endpoint(s_it.server);
    s_it.good = bed_peer(s_it.botctl, SB_ROLE_TASKD, endpoint);
    s_it.bad = bed_peer(s_it.chatd, SB_ROLE_TASKD, endpoint);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    zsock_destroy(&s_it.good);
    zsock_destroy(&s_it.bad);
    bed_reply_free(&s_it.reply);
    sb_server_destroy(&s_it.server);
    sb_server_destroy(&s_it.server);
    zloop_destroy(&s_it.loop);
    sb_keys_destroy(&s_it.botctl);
    sb_keys_destroy(&s_it.chatd);
    sb_keys_destroy(&s_it.taskd);
    bed_remove(&s_it.folder);
    return 0;
}

/* What the peer hears next must have this kind and say all of these. */
static void s_expect(zsock_t *peer, const char *kind, const char *one, const char *two)
{
    bed_hear(s_it.loop, peer, NULL, &s_it.reply);
    assert_string_equal(s_it.reply.head, kind);
    bed_assert_in(s_it.reply.body, one);
    bed_assert_in(s_it.reply.body, two);
}

static void s_good_is_served(void)
{
    bed_send(s_it.good, "SB1 REQ ping", PING);
    s_expect(s_it.good, "SB1 RESULT", "\"id\":\"good\"", "");
}

static void s_answer_all(void)
{
    for (size_t i = 0; i < s_it.held_len; i++) {
        sb_call_result(&s_it.held[i], NULL);
    }
    s_it.held_len = 0;
}

/* ---- */

static void request_is_answered(void **state)
{
    (void)state;
    bed_send(s_it.bad, "SB1 REQ echo",
             "{\"id\":\"a:1\",\"epoch\":\"7\",\"timeout_ms\":100,\"body\":{\"x\":[1]}}");
    s_expect(s_it.bad, "SB1 RESULT",
             "{\"id\":\"a:1\",\"body\":{\"id\":\"a:1\",\"role\":\"chatd\",\"epoch\":\"7\","
             "\"was\":{\"x\":[1]}}}",
             "");
    bed_send(s_it.bad, "SB1 REQ refuse",
             "{\"id\":\"a:2\",\"timeout_ms\":100,\"body\":{\"hash\":\"9f\"}}");
    s_expect(s_it.bad, "SB1 NACK", "\"id\":\"a:2\"",
             "{\"code\":\"NOT_FOUND\",\"text\":\"no alert 9f\"}");
    const sb_server_stats_t *stats = sb_server_stats(s_it.server);
    assert_int_equal(stats->requests, 2);
    assert_int_equal(stats->results, 1);
    assert_int_equal(stats->nacks, 1);
    assert_int_equal(stats->undelivered, 0);
}

typedef struct {
    const char *label;
    const char *head;
    const char *body; /* NULL: one frame only; ' stands for " */
    const char *id;   /* of the answer */
    const char *code; /* NULL: not answered */
    size_t counter;   /* offset in the stats */
} refusal_t;

#define MALFORMED offsetof(sb_server_stats_t, malformed)
#define UNKNOWN offsetof(sb_server_stats_t, unknown)
#define FORBIDDEN offsetof(sb_server_stats_t, forbidden)

static const refusal_t s_refusals[] = {
    {"one frame",        "SB1 REQ ping",    NULL,                  "",   "INVALID",   MALFORMED},
    {"one empty frame",  "",                NULL,                  "",   NULL,        MALFORMED},
    {"two empty frames", "",                "",                    "",   NULL,        MALFORMED},
    {"other tongue",     "GET / HTTP/1.1",  "",                    "",   NULL,        MALFORMED},
    {"other version",    "SB2 REQ ping",    "{'id':'a'}",          "",   NULL,        MALFORMED},
    {"bad kind",         "SB1 PLEASE",      "{'id':'a'}",          "",   "INVALID",   MALFORMED},
    {"no name",          "SB1 REQ",         "{'id':'a'}",          "",   "INVALID",   MALFORMED},
    {"bad name",         "SB1 REQ a/b",     "{'id':'a'}",          "",   "INVALID",   MALFORMED},
    {"no JSON",          "SB1 REQ ping",    "ping",                "",   "INVALID",   MALFORMED},
    {"empty body",       "SB1 REQ ping",    "",                    "",   "INVALID",   MALFORMED},
    {"bad UTF-8",        "SB1 REQ ping",    "{'id':'\xff'}",       "",   "INVALID",   MALFORMED},
    {"same key twice",   "SB1 REQ ping",    "{'id':'a','id':'a'}", "",   "INVALID",   MALFORMED},
    {"no time-out",      "SB1 REQ ping",    "{'id':'a7'}",         "a7", "INVALID",   MALFORMED},
    {"unknown",          "SB1 REQ pong",    "{'id':'a8'}",         "a8", "UNKNOWN",   UNKNOWN  },
    {"wrong role",       "SB1 REQ secret",  "{'id':'a9'}",         "a9", "FORBIDDEN", FORBIDDEN},
    {"same, no JSON",    "SB1 REQ secret",  "{",                   "",   "FORBIDDEN", FORBIDDEN},
    {"unexpected READY", "SB1 READY chatd", "{}",                  "",   "UNKNOWN",   UNKNOWN  },
    {"NACK to us",       "SB1 NACK",        "{'id':''}",           "",   NULL,        UNKNOWN  },
};

static uint64_t s_counter(size_t offset)
{
    uint64_t value;
    memcpy(&value, (const char *)sb_server_stats(s_it.server) + offset, sizeof value);
    return value;
}

static void refusals_are_answered_and_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_refusals / sizeof s_refusals[0]; i++) {
        const refusal_t *row = &s_refusals[i];
        print_message("  %s\n", row->label);
        const uint64_t before = s_counter(row->counter);
        bed_frame(s_it.bad, row->head, strlen(row->head), row->body != NULL);
        if (row->body) {
            char *body = sb_strdup(row->body);
            for (char *at = body; (at = strchr(at, '\'')) != NULL;) {
                *at = '"';
            }
            bed_frame(s_it.bad, body, strlen(body), false);
            free(body);
        }
        if (row->code) {
            char *id = sb_format("\"id\":\"%s\"", row->id);
            s_expect(s_it.bad, "SB1 NACK", id, row->code);
            free(id);
        }
        s_good_is_served();
        /* The same peer is served too; what was not answered has been dealt with by then. */
        bed_send(s_it.bad, "SB1 REQ ping", PING);
        s_expect(s_it.bad, "SB1 RESULT", "\"id\":\"good\"", "");
        assert_int_equal(s_counter(row->counter), before + 1);
    }
    assert_int_equal(sb_server_stats(s_it.server)->requests,
                     2 * sizeof s_refusals / sizeof s_refusals[0]);
}

static void message_of_too_many_frames_is_refused(void **state)
{
    (void)state;
    bed_frame(s_it.bad, "SB1 REQ ping", 12, true);
    bed_frame(s_it.bad, PING, strlen(PING), true);
    bed_frame(s_it.bad, "", 0, false);
    s_expect(s_it.bad, "SB1 NACK", NO_ID, "INVALID");
    for (int i = 0; i < 5000; i++) {
        bed_frame(s_it.bad, "SB1 REQ ping", 12, i < 4999);
    }
    s_expect(s_it.bad, "SB1 NACK", NO_ID, "5000");
    assert_int_equal(sb_server_stats(s_it.server)->malformed, 2);
    s_good_is_served();
}

static void s_send_padded(const char *head, size_t size)
{
    static const char json[] = "{\"id\":\"big\",\"timeout_ms\":1000}";
    char *body = sb_alloc(size);
    memset(body, ' ', size);
    memcpy(body, json, sizeof json - 1);
    bed_frame(s_it.bad, head, strlen(head), true);
    bed_frame(s_it.bad, body, size, false);
    free(body);
}

static void sizes_are_limited(void **state)
{
    (void)state;
    s_send_padded("SB1 REQ ping", 256);
    s_expect(s_it.bad, "SB1 RESULT", "\"id\":\"big\"", "");
    s_send_padded("SB1 REQ ping", 257);
    s_expect(s_it.bad, "SB1 NACK", "\"id\":\"big\"", "TOO_LARGE");
    s_send_padded("SB1 REQ echo", SB_BODY_SIZE_MAX);
    s_expect(s_it.bad, "SB1 RESULT", "\"id\":\"big\"", "");
    s_send_padded("SB1 REQ echo", SB_BODY_SIZE_MAX + 1);
    s_expect(s_it.bad, "SB1 NACK", NO_ID, "TOO_LARGE");
    s_send_padded("SB1 REQ echo", 2 * 1024 * 1024);
    s_expect(s_it.bad, "SB1 NACK", NO_ID, "TOO_LARGE");
    assert_int_equal(sb_server_stats(s_it.server)->too_large, 3);
    s_good_is_served();
}

static bool s_is_disconnected(void *arg)
{
    return sb_server_stats(s_it.server)->disconnects >= *(const uint64_t *)arg;
}

static void frame_of_5_mib_ends_the_connection(void **state)
{
    (void)state;
    uint64_t want = 1;
    s_good_is_served();
    s_send_padded("SB1 REQ echo", 5 * 1024 * 1024);
    assert_true(bed_run(s_it.loop, s_is_disconnected, &want));
    assert_int_equal(sb_server_stats(s_it.server)->requests, 1);
    s_good_is_served();
}

static void answer_may_come_later(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        char *json = sb_format("{\"id\":\"h%d\",\"timeout_ms\":60000}", i);
        bed_send(s_it.bad, "SB1 REQ hold", json);
        free(json);
    }
    s_good_is_served();
    bed_send(s_it.bad, "SB1 REQ ping", PING);
    s_expect(s_it.bad, "SB1 RESULT", "\"id\":\"good\"", "");
    assert_int_equal(s_it.held_len, 3);
    const int64_t left_ms = sb_call_deadline_ms(s_it.held[0]) - sb_clock_mono_ms();
    assert_true(left_ms > 60000 - BED_WAIT_MS && left_ms <= 60000);
    sb_call_result(&s_it.held[1], NULL);
    sb_err_t err;
    (void)sb_fail(&err, SB_ERETRY, "the store is away");
    sb_call_nack(&s_it.held[0], &err);
    sb_call_result(&s_it.held[2], NULL);
    s_expect(s_it.bad, "SB1 RESULT", "\"id\":\"h1\"", "");
    s_expect(s_it.bad, "SB1 NACK", "\"id\":\"h0\"", "UNAVAILABLE");
    s_expect(s_it.bad, "SB1 RESULT", "\"id\":\"h2\"", "");
    assert_int_equal(sb_server_stats(s_it.server)->expired, 0);
}

static bool s_has_held(void *arg)
{
    return s_it.held_len >= *(const size_t *)arg;
}

static void late_answer_is_sent_and_counted(void **state)
{
    (void)state;
    size_t want = 1;
    bed_send(s_it.bad, "SB1 REQ hold", "{\"id\":\"h\",\"timeout_ms\":1}");
    assert_true(bed_run(s_it.loop, s_has_held, &want));
    zclock_sleep(5);
    s_answer_all();
    s_expect(s_it.bad, "SB1 RESULT", "\"id\":\"h\"", "");
    assert_int_equal(sb_server_stats(s_it.server)->expired, 1);
}

static void answer_to_a_vanished_peer_is_counted(void **state)
{
    (void)state;
    size_t want_held = 1;
    uint64_t want_gone = 1;
    bed_send(s_it.bad, "SB1 REQ hold", "{\"id\":\"h\",\"timeout_ms\":60000}");
    assert_true(bed_run(s_it.loop, s_has_held, &want_held));
    zsock_destroy(&s_it.bad);
    assert_true(bed_run(s_it.loop, s_is_disconnected, &want_gone));
    s_good_is_served(); /* by now the server's socket has taken in the end of the peer */
    s_answer_all();
    assert_int_equal(sb_server_stats(s_it.server)->undelivered, 1);
    assert_int_equal(sb_server_stats(s_it.server)->results, 2);
    s_good_is_served();
}

static bool s_is_stuck(void *arg)
{
    zsock_t *peer = arg;
    while (zmq_send(zsock_resolve(peer), "SB1 REQ bulk", 12, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0) {
        bed_frame(peer, PING, strlen(PING), false);
    }
    return sb_server_stats(s_it.server)->undelivered > 0;
}

static void peer_that_never_reads_harms_itself_alone(void **state)
{
    (void)state;
    zsock_t *peer = zsock_new(ZMQ_DEALER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_client(s_it.chatd, peer, SB_ROLE_TASKD, &err), SB_OK);
    zsock_set_rcvhwm(peer, 1);
    assert_int_equal(zsock_connect(peer, "%s", sb_server_endpoint(s_it.server)), 0);
    assert_true(bed_run(s_it.loop, s_is_stuck, peer));
    s_good_is_served();
    zsock_destroy(&peer);
    s_good_is_served();
}

/* libzmq 4.3.4 aborts when its own heartbeat finds a connection that ended while its input was
 * full; so the bus must not use that heartbeat. */
static void peer_that_floods_and_vanishes_while_we_sleep_is_survived(void **state)
{
    (void)state;
    bed_send(s_it.bad, "SB1 REQ ping", PING);
    s_expect(s_it.bad, "SB1 RESULT", "", "");
    for (int i = 0; i < 100000; i++) { /* as many as all queues hold */
        if (zmq_send(zsock_resolve(s_it.bad), "SB1 REQ ping", 12, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
            break;
        }
        bed_frame(s_it.bad, PING, strlen(PING), false);
    }
    zsock_destroy(&s_it.bad);
    zclock_sleep(500);
    s_good_is_served();
}

static void too_many_waiting_requests_are_refused(void **state)
{
    (void)state;
    for (size_t n = 0; n < SB_SERVER_CALLS_MAX;) {
        for (int i = 0; i < 256; i++) {
            bed_send(s_it.bad, "SB1 REQ hold", "{\"id\":\"h\",\"timeout_ms\":60000}");
        }
        n += 256;
        assert_true(bed_run(s_it.loop, s_has_held, &n));
    }
    bed_send(s_it.good, "SB1 REQ ping", PING);
    s_expect(s_it.good, "SB1 NACK", "\"id\":\"good\"", "BUSY");
    assert_int_equal(sb_server_stats(s_it.server)->busy, 1);
    s_answer_all();
    s_good_is_served();
}

static void answer_over_the_limit_becomes_a_refusal(void **state)
{
    (void)state;
    bed_send(s_it.bad, "SB1 REQ large", PING);
    s_expect(s_it.bad, "SB1 NACK", "\"id\":\"good\"", "TOO_LARGE");
}

static void end_of_the_server_answers_what_waits(void **state)
{
    (void)state;
    size_t want = 2;
    bed_send(s_it.bad, "SB1 REQ hold", "{\"id\":\"h1\",\"timeout_ms\":60000}");
    bed_send(s_it.bad, "SB1 REQ hold", "{\"id\":\"h2\",\"timeout_ms\":60000}");
    assert_true(bed_run(s_it.loop, s_has_held, &want));
    sb_server_destroy(&s_it.server);
    s_expect(s_it.bad, "SB1 NACK", "\"id\":\"h", "UNAVAILABLE");
    s_expect(s_it.bad, "SB1 NACK", "\"id\":\"h", "UNAVAILABLE");
    s_answer_all(); /* goes nowhere, and frees */
}

static bool s_is_refused(void *arg)
{
    (void)arg;
    return sb_server_stats(s_it.server)->strangers > 0;
}

static void stranger_is_counted(void **state)
{
    (void)state;
    zsock_t *stranger = zsock_new(ZMQ_DEALER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_client(s_it.chatd, stranger, SB_ROLE_TASKD, &err), SB_OK);
    zcert_t *cert = zcert_new();
    zcert_apply(cert, stranger);
    zcert_destroy(&cert);
    assert_int_equal(zsock_connect(stranger, "%s", sb_server_endpoint(s_it.server)), 0);
    bed_send(stranger, "SB1 REQ ping", PING);
    assert_true(bed_run(s_it.loop, s_is_refused, NULL));
    assert_int_equal(sb_server_stats(s_it.server)->requests, 0);
    s_good_is_served();
    zsock_destroy(&stranger);
}

static void on_other(void *ctx, const void *peer, size_t peer_size, sb_role_t role,
                     const sb_head_t *head, sb_msg_t *msg)
{
    sb_server_t *server = ctx;
    assert_int_equal(role, SB_ROLE_CHATD);
    assert_int_equal(head->kind, SB_KIND_READY);
    assert_string_equal(head->name, "chatd");
    assert_non_null(msg->body);
    assert_int_equal(sb_server_send(server, peer, peer_size, SB_KIND_HEARTBEAT, NULL, NULL), SB_OK);
    assert_int_equal(sb_server_send(server, "nobody", 6, SB_KIND_HEARTBEAT, NULL, NULL),
                     SB_ENOTFOUND);
}

static void other_messages_go_to_their_taker(void **state)
{
    (void)state;
    sb_server_on_other(s_it.server, on_other, s_it.server);
    bed_send(s_it.bad, "SB1 READY chatd", "{\"body\":{\"credit\":1}}");
    s_expect(s_it.bad, "SB1 HEARTBEAT", "{}", "");
    bed_send(s_it.bad, "SB1 READY chatd", "{");
    s_expect(s_it.bad, "SB1 NACK", NO_ID, "INVALID");
    assert_int_equal(sb_server_stats(s_it.server)->malformed, 1);
}

static void local_socket_and_taken_address(void **state)
{
    (void)state;
    sb_err_t err = {0};
    char *endpoint = sb_format("ipc://%s/control.sock", s_it.folder);
    sb_server_t *local =
        sb_server_new(s_it.loop, s_it.taskd, endpoint, s_routes, ROUTES_LEN, &s_it, &err);
    assert_non_null(local);
    assert_string_equal(sb_server_endpoint(local), endpoint);
    zsock_t *peer = bed_peer(s_it.botctl, SB_ROLE_TASKD, endpoint);
    bed_send(peer, "SB1 REQ ping", PING);
    s_expect(peer, "SB1 RESULT", "\"id\":\"good\"", "");
    assert_null(sb_server_new(s_it.loop, s_it.taskd, endpoint, s_routes, ROUTES_LEN, &s_it, &err));
    bed_assert_in(err.text, endpoint);
    bed_assert_in(err.text, "already in use");
    bed_send(peer, "SB1 REQ ping", PING); /* the first is still there */
    s_expect(peer, "SB1 RESULT", "\"id\":\"good\"", "");
    zsock_destroy(&peer);
    sb_server_destroy(&local);
    for (int i = 0; i < 20; i++) { /* the end of one does not take the next one's address */
        local = sb_server_new(s_it.loop, s_it.taskd, endpoint, s_routes, ROUTES_LEN, &s_it, &err);
        assert_non_null(local);
        assert_int_equal(access(endpoint + strlen("ipc://"), F_OK), 0);
        sb_server_destroy(&local);
    }

    const char *taken = sb_server_endpoint(s_it.server);
    assert_null(sb_server_new(s_it.loop, s_it.taskd, taken, s_routes, ROUTES_LEN, &s_it, &err));
    bed_assert_in(err.text, taken);
    assert_null(sb_server_new(s_it.loop, s_it.taskd, "nonsense", s_routes, 0, &s_it, &err));
    bed_assert_in(err.text, "nonsense");
    free(endpoint);
}

static void stats_are_named(void **state)
{
    (void)state;
    s_good_is_served();
    cJSON *object = sb_json_object();
    sb_server_stats_json(s_it.server, object);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(object, "requests")->valueint, 1);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(object, "waiting")->valueint, 0);
    cJSON_Delete(object);
    assert_ptr_equal(sb_route_find(s_routes, ROUTES_LEN, "echo"), &s_routes[2]);
    assert_null(sb_route_find(s_routes, ROUTES_LEN, "ech"));
    assert_null(sb_route_find(NULL, 0, "echo"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(request_is_answered),
        TEST(refusals_are_answered_and_counted),
        TEST(message_of_too_many_frames_is_refused),
        TEST(sizes_are_limited),
        TEST(frame_of_5_mib_ends_the_connection),
        TEST(answer_may_come_later),
        TEST(late_answer_is_sent_and_counted),
        TEST(answer_to_a_vanished_peer_is_counted),
        TEST(peer_that_never_reads_harms_itself_alone),
        TEST(peer_that_floods_and_vanishes_while_we_sleep_is_survived),
        TEST(too_many_waiting_requests_are_refused),
        TEST(answer_over_the_limit_becomes_a_refusal),
        TEST(end_of_the_server_answers_what_waits),
        TEST(stranger_is_counted),
        TEST(other_messages_go_to_their_taker),
        TEST(local_socket_and_taken_address),
        TEST(stats_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
