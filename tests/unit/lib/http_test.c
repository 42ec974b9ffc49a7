/* The HTTP client against peers that do what peers do. What matters most is the line between "not
 * sent" and "ambiguous", and that nothing is ever sent twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http.h"
#include "lib/mem.h"
#include "tests/unit/lib/http_scripts.h"
#include "tests/unit/lib/peer.h"

/* ---- A world: a loop, a client, what came back. */

typedef struct {
    zloop_t *loop;
    sb_http_t *http;
    peer_t *peer;
    char url[128];
    int answers;
    int wanted; /* the loop ends at so many */
    sb_http_end_t end;
    sb_err_t err;
    int status;
    char body[4096];
    char retry_after[32];
} world_t;

static void s_open(world_t *world, const char *name, peer_fn *fn)
{
    *world = (world_t){.loop = zloop_new()};
    const sb_http_config_t config = {.open_max = 4, .connections_max = 2};
    world->http = sb_http_new(world->loop, &config);
    world->peer = peer_new(name, fn, world);
    (void)snprintf(world->url, sizeof world->url, "%s://localhost:%d/", name ? "https" : "http",
                   peer_port(world->peer));
}

static void s_close(world_t *world)
{
    sb_http_destroy(&world->http);
    peer_destroy(&world->peer);
    zloop_destroy(&world->loop);
}

static void s_on_answer(void *arg, const sb_http_answer_t *answer)
{
    world_t *world = arg;
    world->answers++;
    world->end = answer->end;
    world->err = answer->err;
    world->status = answer->status;
    (void)snprintf(world->body, sizeof world->body, "%s", answer->body);
    (void)sb_http_header(answer, "retry-after", world->retry_after, sizeof world->retry_after);
}

static int s_on_tick(zloop_t *loop, int timer, void *arg)
{
    const world_t *world = arg;
    (void)loop;
    (void)timer;
    return world->answers >= world->wanted ? -1 : 0;
}

static int s_on_late(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    fail_msg("no answer in 20 s");
    return -1;
}

static void s_wait(world_t *world, int answers)
{
    world->wanted = answers;
    const int tick = zloop_timer(world->loop, 1, 0, s_on_tick, world);
    const int late = zloop_timer(world->loop, 20000, 1, s_on_late, world);
    (void)zloop_start(world->loop);
    zloop_timer_end(world->loop, tick);
    zloop_timer_end(world->loop, late);
}

static sb_http_request_t s_post(const world_t *world)
{
    return (sb_http_request_t){.method = "POST",
                               .url = world->url,
                               .body = "a=1",
                               .body_size = 3,
                               .connect_ms = 10000,
                               .total_ms = 10000,
                               .answer_max = 1000,
                               .ca_file = peer_ca_file(world->peer)};
}

static void s_ask(world_t *world, const sb_http_request_t *request)
{
    const int before = world->answers;
    const uint64_t id = sb_http_send(world->http, request, s_on_answer, world);
    assert_int_not_equal(id, 0);
    assert_int_equal(world->answers, before); /* never before it has returned */
    s_wait(world, before + 1);
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        peer_fn *script;
        int64_t total_ms;
        sb_http_end_t end;
        int code;
        int status;
        const char *body;
    } rows[] = {
        {"answer",            script_ok,           10000, SB_HTTP_ANSWERED,  0,            200, "ok"   },
        {"429",               script_limit,        10000, SB_HTTP_ANSWERED,  0,            429, ""     },
        {"redirect",          script_redirect,     10000, SB_HTTP_ANSWERED,  0,            302, ""     },
        {"100 before 200",    script_continue,     10000, SB_HTTP_ANSWERED,  0,            200, "ok"   },
        {"gzip",              script_gzip,         10000, SB_HTTP_ANSWERED,  0,            200, "hello"},
        {"closed",            script_close,        10000, SB_HTTP_AMBIGUOUS, SB_ERETRY,    0,   ""     },
        {"reset",             script_reset,        10000, SB_HTTP_AMBIGUOUS, SB_ERETRY,    0,   ""     },
        {"silence",           script_silent,       200,   SB_HTTP_AMBIGUOUS, SB_ETIMEOUT,  0,   ""     },
        {"half a body",       script_half,         10000, SB_HTTP_AMBIGUOUS, SB_ERETRY,    0,   NULL   },
        {"no HTTP",           script_junk,         10000, SB_HTTP_AMBIGUOUS, SB_ERETRY,    0,   NULL   },
        {"too large a body",  script_large,        10000, SB_HTTP_AMBIGUOUS, SB_ETOOLARGE, 0,   NULL   },
        {"too large headers", script_many_headers, 10000, SB_HTTP_AMBIGUOUS, SB_ETOOLARGE, 0,   NULL   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, NULL, rows[i].script);
        sb_http_request_t request = s_post(&world);
        request.total_ms = rows[i].total_ms;
        s_ask(&world, &request);
        const bool good = world.end == rows[i].end && world.err.code == rows[i].code &&
                          world.status == rows[i].status &&
                          (!rows[i].body || strcmp(world.body, rows[i].body) == 0);
        if (!good) {
            fail_msg("%s: end %d, code %d (%s), status %d, body \"%s\"", rows[i].name, world.end,
                     world.err.code, world.err.text, world.status, world.body);
        }
        assert_int_equal(peer_requests(world.peer), 1);
        assert_int_equal(sb_http_open(world.http), 0);
        s_close(&world);
    }
}

static void test_retry_after_is_found_by_name(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, script_limit);
    const sb_http_request_t request = s_post(&world);
    s_ask(&world, &request);
    assert_string_equal(world.retry_after, "30");
    s_close(&world);
    s_open(&world, NULL, script_continue);
    const sb_http_request_t again = s_post(&world);
    s_ask(&world, &again);
    assert_string_equal(world.retry_after, ""); /* of the 100, not of the answer */
    s_close(&world);
}

static void test_not_sent(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *url; /* NULL: the peer's, over https */
        int code;
    } rows[] = {
        {"nobody listens",  "http://127.0.0.1:1/",    SB_ERETRY  },
        {"unknown name",    "http://nobody.invalid/", SB_ERETRY  },
        {"another scheme",  "ftp://127.0.0.1/",       SB_EINVALID},
        {"no URL",          "http://",                SB_EINVALID},
        {"TLS never comes", NULL,                     SB_ETIMEOUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, NULL, script_deaf);
        char *tls = sb_format("https://localhost:%d/", peer_port(world.peer));
        sb_http_request_t request = s_post(&world);
        request.url = rows[i].url ? rows[i].url : tls;
        request.total_ms = rows[i].url ? 10000 : 300;
        s_ask(&world, &request);
        if (world.end != SB_HTTP_NOT_SENT || world.err.code != rows[i].code) {
            fail_msg("%s: end %d, code %d (%s)", rows[i].name, world.end, world.err.code,
                     world.err.text);
        }
        free(tls);
        s_close(&world);
    }
}

/* ---- What is sent. */

static void test_request_as_asked(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *body;
        const char *has;
        const char *ends;
    } rows[] = {
        {"GET",    "",    "GET / HTTP/1.1\r\n",    "\r\n\r\n"   },
        {"POST",   "a=1", "POST / HTTP/1.1\r\n",   "\r\n\r\na=1"},
        {"POST",   "",    "Content-Length: 0\r\n", "\r\n\r\n"   },
        {"PUT",    "x",   "PUT / HTTP/1.1\r\n",    "\r\n\r\nx"  },
        {"DELETE", "",    "DELETE / HTTP/1.1\r\n", "\r\n\r\n"   },
    };
    static const char *const headers[] = {"Authorization: Bearer token", "X-A: b", NULL};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, NULL, script_echo);
        sb_http_request_t request = s_post(&world);
        request.method = rows[i].method;
        request.headers = headers;
        request.body = rows[i].body;
        request.body_size = strlen(rows[i].body);
        s_ask(&world, &request);
        const size_t len = strlen(world.body);
        const size_t tail = strlen(rows[i].ends);
        if (!strstr(world.body, rows[i].has) || len < tail ||
            strcmp(world.body + len - tail, rows[i].ends) != 0 ||
            !strstr(world.body, "\r\nAuthorization: Bearer token\r\n") ||
            !strstr(world.body, "\r\nX-A: b\r\n") || strstr(world.body, "Expect")) {
            fail_msg("%s \"%s\": sent \"%s\"", rows[i].method, rows[i].body, world.body);
        }
        s_close(&world);
    }
}

static void test_connections_are_kept(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, script_ok);
    for (int i = 0; i < 5; i++) {
        const sb_http_request_t request = s_post(&world);
        s_ask(&world, &request);
        assert_int_equal(world.status, 200);
    }
    assert_int_equal(peer_connections(world.peer), 1);
    s_close(&world);
}

/* Answers one request, then swallows one. */
static void s_script_second_lost(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, SCRIPT_GOOD);
    if (index == 0) {
        (void)peer_request(conn);
    } else {
        peer_hang(conn);
    }
}

static void test_nothing_is_sent_twice(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *body;
        sb_http_end_t end;
        unsigned requests;
    } rows[] = {
        {"POST", "a=1", SB_HTTP_AMBIGUOUS, 2},
        {"PUT",  "a=1", SB_HTTP_AMBIGUOUS, 2},
        {"POST", "",    SB_HTTP_ANSWERED,  2}, /* never on a kept connection */
        {"GET",  "",    SB_HTTP_ANSWERED,  3}, /* may be repeated, and libcurl does */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, NULL, s_script_second_lost);
        sb_http_request_t request = s_post(&world);
        s_ask(&world, &request);
        request.method = rows[i].method;
        request.body_size = strlen(rows[i].body);
        s_ask(&world, &request);
        if (world.end != rows[i].end || peer_requests(world.peer) != rows[i].requests) {
            fail_msg("%s \"%s\": end %d (%s), %u requests", rows[i].method, rows[i].body, world.end,
                     world.err.text, peer_requests(world.peer));
        }
        s_close(&world);
    }
}

/* ---- Limits, ends. */

static void test_open_requests_are_bounded(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, script_silent);
    sb_http_request_t request = s_post(&world);
    uint64_t ids[4];
    for (int i = 0; i < 4; i++) {
        ids[i] = sb_http_send(world.http, &request, s_on_answer, &world);
    }
    s_ask(&world, &request);
    assert_int_equal(world.end, SB_HTTP_NOT_SENT);
    assert_int_equal(world.err.code, SB_EBUSY);
    assert_int_equal(sb_http_open(world.http), 4);
    for (int i = 0; i < 4; i++) {
        sb_http_cancel(world.http, &ids[i]);
        assert_int_equal(ids[i], 0);
    }
    s_close(&world);
    assert_int_equal(world.answers, 1);
}

static void test_cancelled_says_nothing_and_frees_its_place(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, script_silent);
    sb_http_request_t request = s_post(&world);
    uint64_t cancelled = sb_http_send(world.http, &request, s_on_answer, &world);
    uint64_t none = 0;
    sb_http_cancel(world.http, &none);
    sb_http_cancel(world.http, &cancelled);
    request.total_ms = 100;
    s_ask(&world, &request);
    assert_int_equal(world.answers, 1);
    assert_int_equal(world.err.code, SB_ETIMEOUT);
    assert_int_equal(sb_http_open(world.http), 0);
    s_close(&world);
    assert_int_equal(world.answers, 1);
}

static void test_waiting_for_a_connection_counts(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, script_silent);
    sb_http_request_t request = s_post(&world);
    uint64_t first = sb_http_send(world.http, &request, s_on_answer, &world);
    uint64_t second = sb_http_send(world.http, &request, s_on_answer, &world);
    request.total_ms = 300;
    s_ask(&world, &request);
    assert_int_equal(world.end, SB_HTTP_NOT_SENT);
    assert_int_equal(world.err.code, SB_ETIMEOUT);
    sb_http_cancel(world.http, &first);
    sb_http_cancel(world.http, &second);
    s_close(&world);
}

static void s_on_last_words(void *arg, const sb_http_answer_t *answer)
{
    world_t *world = arg;
    const sb_http_request_t request = s_post(world);
    (void)sb_http_send(world->http, &request, s_on_answer, world);
    s_on_answer(arg, answer);
}

static void test_destroy_calls_back(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, script_silent);
    const sb_http_request_t request = s_post(&world);
    (void)sb_http_send(world.http, &request, s_on_last_words, &world);
    while (peer_requests(world.peer) == 0) {
        zclock_sleep(1);
    }
    sb_http_destroy(&world.http);
    /* The request that the callback made is refused. */
    assert_int_equal(world.answers, 2);
    assert_int_equal(world.end, SB_HTTP_NOT_SENT);
    s_close(&world);
}

static void test_reach(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, NULL, script_deaf);
    (void)sb_http_reach(world.http, "localhost", peer_port(world.peer), 10000, s_on_answer, &world);
    s_wait(&world, 1);
    assert_int_equal(world.end, SB_HTTP_ANSWERED);
    assert_string_equal(world.body, "127.0.0.1");
    (void)sb_http_reach(world.http, "::1", 1, 10000, s_on_answer, &world);
    s_wait(&world, 2);
    assert_int_equal(world.end, SB_HTTP_NOT_SENT);
    s_close(&world);
}

/* ---- TLS. */

static void test_tls_is_verified(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *for_whom;
        bool ca;
        sb_http_end_t end;
    } rows[] = {
        {"own CA",     "localhost",         true,  SB_HTTP_ANSWERED},
        {"unknown CA", "localhost",         false, SB_HTTP_NOT_SENT},
        {"wrong name", "elsewhere.example", true,  SB_HTTP_NOT_SENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, rows[i].for_whom, script_ok);
        sb_http_request_t request = s_post(&world);
        request.ca_file = rows[i].ca ? request.ca_file : NULL;
        s_ask(&world, &request);
        if (world.end != rows[i].end) {
            fail_msg("%s: end %d (%s)", rows[i].name, world.end, world.err.text);
        }
        s_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_retry_after_is_found_by_name),
        cmocka_unit_test(test_not_sent),
        cmocka_unit_test(test_request_as_asked),
        cmocka_unit_test(test_connections_are_kept),
        cmocka_unit_test(test_nothing_is_sent_twice),
        cmocka_unit_test(test_open_requests_are_bounded),
        cmocka_unit_test(test_cancelled_says_nothing_and_frees_its_place),
        cmocka_unit_test(test_waiting_for_a_connection_counts),
        cmocka_unit_test(test_destroy_calls_back),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_tls_is_verified),
    };
    zsys_handler_set(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
