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

#include "lib/clock.h"
#include "lib/mem.h"
#include "services/chatd/slack_api.h"
#include "tests/unit/chatd/slack_store.h"
#include "tests/unit/lib/peer.h"

#define LONG_MS 20000
#define OK_BODY "{\"ok\":true,\"ts\":\"1.2\"}"

typedef struct {
    zloop_t *loop;
    sb_http_t *http;
    slack_api_t *api;
    peer_t *peer;
    store_t store;
    pthread_mutex_t lock; /* of request and asked_ms */
    char request[8192];   /* the last one that the peer got */
    int64_t asked_ms[8];
    int replies;
    int wanted;
    slack_class_t class;
    char error[SLACK_ERROR_MAX];
    sb_err_t err;
    int64_t retry_ms;
    char ts[32];
} world_t;

static void s_open(world_t *world, peer_fn *script, int64_t pace)
{
    *world = (world_t){.loop = zloop_new()};
    (void)pthread_mutex_init(&world->lock, NULL);
    world->peer = peer_new(NULL, script, world);
    const sb_http_config_t http = {.open_max = 8, .connections_max = 8};
    world->http = sb_http_new(world->loop, &http);
    char *url = sb_format("http://127.0.0.1:%d/api", peer_port(world->peer));
    const slack_api_config_t config = {.url = url,
                                       .bot_token = "xoxb-bot",
                                       .app_token = "xapp-app",
                                       .ca_file = "",
                                       .pace = pace,
                                       .store = store_fake,
                                       .store_ctx = &world->store};
    world->api = slack_api_new(world->loop, world->http, &config);
    world->store.at_once = true;
    free(url);
}

static void s_close(world_t *world)
{
    slack_api_destroy(&world->api);
    store_close(&world->store);
    sb_http_destroy(&world->http);
    peer_destroy(&world->peer);
    (void)pthread_mutex_destroy(&world->lock);
    zloop_destroy(&world->loop);
}

/* What the peer got last; it writes no more before it is asked again. */
static const char *s_request(world_t *world)
{
    (void)pthread_mutex_lock(&world->lock);
    const char *request = world->request;
    (void)pthread_mutex_unlock(&world->lock);
    return request;
}

static int64_t s_asked_ms(world_t *world, size_t i)
{
    (void)pthread_mutex_lock(&world->lock);
    const int64_t ms = world->asked_ms[i];
    (void)pthread_mutex_unlock(&world->lock);
    return ms;
}

static void s_on_reply(void *arg, const slack_reply_t *reply)
{
    world_t *world = arg;
    world->replies++;
    world->class = reply->class;
    world->err = reply->err;
    world->retry_ms = reply->retry_ms;
    (void)snprintf(world->error, sizeof world->error, "%s", reply->error);
    const cJSON *ts = cJSON_GetObjectItemCaseSensitive(reply->body, "ts");
    (void)snprintf(world->ts, sizeof world->ts, "%s", cJSON_IsString(ts) ? ts->valuestring : "");
}

static int s_on_tick(zloop_t *loop, int timer, void *arg)
{
    const world_t *world = arg;
    (void)loop;
    (void)timer;
    return world->replies >= world->wanted ? -1 : 0;
}

static int s_on_late(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    fail_msg("no reply in 20 s");
    return -1;
}

static void s_wait(world_t *world, int replies)
{
    world->wanted = replies;
    const int tick = zloop_timer(world->loop, 1, 0, s_on_tick, world);
    const int late = zloop_timer(world->loop, 20000, 1, s_on_late, world);
    (void)zloop_start(world->loop);
    zloop_timer_end(world->loop, tick);
    zloop_timer_end(world->loop, late);
}

static void s_call(world_t *world, const char *method, const char *channel, int64_t patience_ms)
{
    const slack_arg_t args[] = {
        {"channel", channel},
        {"text",    "a&b"  }
    };
    const int before = world->replies;
    slack_api_call(world->api, method, args, 2, patience_ms, s_on_reply, world);
    assert_int_equal(world->replies, before);
}

static void s_ask(world_t *world, const char *method, const char *channel, int64_t patience_ms)
{
    const int before = world->replies;
    s_call(world, method, channel, patience_ms);
    s_wait(world, before + 1);
}

static void s_say_json(peer_conn_t *conn, const char *head, const char *body)
{
    char *answer = sb_format("%s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
    peer_say(conn, answer);
    free(answer);
}

/* Answers well. */
static void s_script_ok(peer_conn_t *conn, unsigned index, void *arg)
{
    world_t *world = arg;
    const char *request;
    (void)index;
    while ((request = peer_request(conn))) {
        (void)pthread_mutex_lock(&world->lock);
        (void)snprintf(world->request, sizeof world->request, "%s", request);
        (void)pthread_mutex_unlock(&world->lock);
        s_say_json(conn, "HTTP/1.1 200 OK", OK_BODY);
    }
}

/* The first is too much. */
static void s_script_limit_once(peer_conn_t *conn, unsigned index, void *arg)
{
    world_t *world = arg;
    (void)index;
    for (size_t i = 0; peer_request(conn); i++) {
        (void)pthread_mutex_lock(&world->lock);
        world->asked_ms[i] = sb_clock_mono_ms();
        (void)pthread_mutex_unlock(&world->lock);
        if (i == 0) {
            s_say_json(conn, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1",
                       "{\"ok\":false,\"error\":\"ratelimited\"}");
        } else {
            s_say_json(conn, "HTTP/1.1 200 OK", OK_BODY);
        }
    }
}

static void s_script_silent(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_hang(conn);
}

static void test_request_as_slack_wants_it(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *line;
        const char *auth;
    } rows[] = {
        {"chat.postMessage",      "POST /api/chat.postMessage HTTP/1.1\r\n",      "xoxb-bot"},
        {"apps.connections.open", "POST /api/apps.connections.open HTTP/1.1\r\n", "xapp-app"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, s_script_ok, 1);
        s_ask(&world, rows[i].method, "D1", LONG_MS);
        assert_int_equal(world.class, SLACK_OK);
        assert_string_equal(world.ts, "1.2");
        const char *request = s_request(&world);
        char *auth = sb_format("\r\nAuthorization: Bearer %s\r\n", rows[i].auth);
        const bool good = strncmp(request, rows[i].line, strlen(rows[i].line)) == 0 &&
                          strstr(request, auth) &&
                          strstr(request, "\r\nContent-Type: application/x-www-form-urlencoded") &&
                          strstr(request, "\r\n\r\nchannel=D1&text=a%26b");
        if (!good) {
            fail_msg("%s: sent %s", rows[i].method, request);
        }
        free(auth);
        s_close(&world);
    }
}

static void test_absent_values_are_left_out(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_script_ok, 1);
    s_ask(&world, "chat.update", NULL, LONG_MS);
    assert_non_null(strstr(s_request(&world), "\r\n\r\ntext=a%26b"));
    s_close(&world);
}

static void test_budgets(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *method;
        const char *team;
        int64_t pace;
        const char *keys; /* key per_minute/burst, in the order they are taken */
    } rows[] = {
        {"a post needs two",         "chat.postMessage", "T1", 1,
         "slack:T1:post:D1 60/3, slack:T1:chat.postMessage 240/20"                           },
        {"others need one",          "users.list",       "T1", 1, "slack:T1:users.list 18/4" },
        {"before the team is known", "auth.test",        NULL, 1, "slack:app:auth.test 90/20"},
        {"a faster Slack",           "users.list",       "T1", 5, "slack:T1:users.list 90/20"},
        {"one without limits",       "chat.postMessage", "T1", 0, ""                         },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, s_script_ok, rows[i].pace);
        if (rows[i].team) {
            slack_api_team(world.api, "T0");
            slack_api_team(world.api, rows[i].team);
        }
        s_ask(&world, rows[i].method, "D1", LONG_MS);
        char keys[256] = "";
        for (size_t k = 0; k < world.store.len; k++) {
            const store_ask_t *ask = &world.store.asks[k];
            const size_t len = strlen(keys);
            (void)snprintf(keys + len, sizeof keys - len, "%s%s %lld/%lld", len ? ", " : "",
                           ask->key, (long long)ask->per_minute, (long long)ask->burst);
        }
        if (strcmp(keys, rows[i].keys) != 0 || world.class != SLACK_OK) {
            fail_msg("%s: %s, class %d", rows[i].name, keys, world.class);
        }
        s_close(&world);
    }
}

static void test_without_a_budget_nothing_is_sent(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_script_ok, 1);
    world.store.code = SB_ETIMEOUT;
    s_ask(&world, "chat.postMessage", "D1", LONG_MS);
    assert_int_equal(world.class, SLACK_RETRY);
    assert_string_equal(world.error, "no_budget");
    assert_int_equal(world.err.code, SB_ERETRY);
    world.store.at_once = false;
    world.store.code = 0;
    s_call(&world, "users.list", NULL, 1000);
    store_answer(&world.store, world.store.len - 1, SB_OK, 5000);
    s_wait(&world, 2);
    assert_int_equal(world.class, SLACK_RATE_LIMITED);
    assert_string_equal(world.error, "no_budget");
    assert_int_equal(world.err.code, SB_EBUSY);
    assert_in_range(world.retry_ms, 4000, 5000);
    assert_int_equal(peer_requests(world.peer), 0);
    s_close(&world);
}

static void test_retry_after_is_honoured(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_script_limit_once, 1);
    s_ask(&world, "users.list", NULL, LONG_MS);
    assert_int_equal(world.class, SLACK_OK);
    assert_int_equal(peer_requests(world.peer), 2);
    assert_true(s_asked_ms(&world, 1) - s_asked_ms(&world, 0) >= 1000);
    assert_int_equal(world.store.len, 3);
    assert_string_equal(world.store.asks[1].request, "budget.block");
    assert_string_equal(world.store.asks[1].key, "slack:app:users.list");
    assert_int_equal(world.store.asks[1].for_ms, 1000);
    assert_string_equal(world.store.asks[2].request, "budget.take");
    s_close(&world);
}

static void test_who_has_no_time_hears_of_the_limit(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_script_limit_once, 0);
    s_ask(&world, "chat.postMessage", "D1", 500);
    assert_int_equal(world.class, SLACK_RATE_LIMITED);
    assert_string_equal(world.error, "ratelimited");
    assert_int_equal(world.retry_ms, 1000);
    /* It holds for the next call too, which is not sent. */
    s_ask(&world, "chat.postMessage", "D2", 500);
    assert_int_equal(world.class, SLACK_RATE_LIMITED);
    assert_string_equal(world.error, "no_budget");
    assert_int_equal(peer_requests(world.peer), 1);
    s_close(&world);
}

static void test_stop(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        slack_class_t class;
    } rows[] = {
        {"chat.postMessage", SLACK_AMBIGUOUS},
        {"users.list",       SLACK_RETRY    }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_open(&world, s_script_silent, 1);
        s_call(&world, rows[i].method, "D1", LONG_MS);
        while (peer_requests(world.peer) == 0) {
            zclock_sleep(1);
        }
        world.store.at_once = false;
        s_call(&world, "users.info", NULL, LONG_MS); /* waits for its budget */
        slack_api_stop(world.api);
        assert_int_equal(world.replies, 2);
        assert_int_equal(world.class, rows[i].class);
        slack_api_stop(world.api);
        s_ask(&world, "users.info", NULL, LONG_MS);
        assert_int_equal(world.class, SLACK_RETRY);
        s_call(&world, "users.info", NULL, LONG_MS);
        s_close(&world);
        assert_int_equal(world.replies, 4); /* also the one that nobody waited for */
    }
}

static void test_limits(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_script_ok, 1);
    world.store.at_once = false;
    for (int i = 0; i < SLACK_CALLS_MAX; i++) {
        s_call(&world, "users.list", NULL, LONG_MS);
    }
    s_ask(&world, "users.list", NULL, LONG_MS);
    assert_int_equal(world.class, SLACK_RETRY);
    assert_int_equal(world.err.code, SB_EBUSY);
    slack_api_stop(world.api);
    assert_int_equal(world.replies, SLACK_CALLS_MAX + 1);
    s_close(&world);

    s_open(&world, s_script_ok, 1);
    char *text = sb_alloc(1100000);
    memset(text, 'x', 1099999);
    const slack_arg_t args[] = {
        {"text", text}
    };
    slack_api_call(world.api, "chat.update", args, 1, LONG_MS, s_on_reply, &world);
    s_wait(&world, 1);
    assert_int_equal(world.class, SLACK_PERMANENT);
    assert_string_equal(world.error, "too_large");
    free(text);
    s_close(&world);
}

static void test_stats(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_script_ok, 1);
    s_ask(&world, "users.list", NULL, LONG_MS);
    cJSON *object = sb_json_object();
    slack_api_stats(world.api, object);
    char *text = sb_json_print(object);
    assert_string_equal(text, "{\"api_calls\":1,\"api_ok\":1,\"api_permanent\":0,\"api_auth\":0,"
                              "\"api_retry\":0,\"api_rate_limited\":0,\"api_ambiguous\":0,"
                              "\"api_open\":0,\"api_waiting\":0}");
    free(text);
    cJSON_Delete(object);
    s_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_as_slack_wants_it),
        cmocka_unit_test(test_absent_values_are_left_out),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_without_a_budget_nothing_is_sent),
        cmocka_unit_test(test_retry_after_is_honoured),
        cmocka_unit_test(test_who_has_no_time_hears_of_the_limit),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_stats),
    };
    zsys_handler_set(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
