/* The transport to Slack against a Slack that is another process: what the field reports tell of
 * clients that broke (facts of the field), each as a test. Times are scaled down; what must take
 * time is waited for, and nothing is judged by a clock that a busy machine could falsify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <czmq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "services/chatd/slack_events.h"
#include "services/chatd/slack_socket.h"
#include "tests/integration/chatd/slack_bed.h"

#define WAIT_MS 30000
#define USER "U000000001"
#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define IDS_MAX 512

static const slack_link_timing_t s_timing = {
    .connect_ms = 3000,
    .hello_ms = 1500,
    .ping_ms = 300,
    .idle_ms = 1500,
    .drain_ms = 300,
    .close_ms = 300,
    .backoff_ms = 50,
    .backoff_max_ms = 400,
    .stable_ms = 400,
    .slow_ms = 700,
    .ahead_ms = 1700,
};

typedef struct {
    slack_bed_t *slack;
    zloop_t *loop;
    sb_http_t *http;
    slack_api_t *api;
    slack_socket_t *socket;
    slack_events_t *events;
    int ups;
    int downs;
    int alarms;
    int64_t gap_ms;
    char why[128];
    int code;       /* what becomes of the next envelopes */
    int codes_left; /* so many; then SB_OK */
    int envelopes;
    int retried;
    int kinds[3];
    char ids[IDS_MAX][64]; /* of the events, without repetition */
    size_t ids_len;
    size_t repeated;
    size_t text_len; /* of the last message */
    int replies;
    int classes[SLACK_AMBIGUOUS + 1];
} world_t;

/* ---- What the transport tells. */

static void s_note_event(world_t *world, const cJSON *payload)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(payload, "event_id");
    const cJSON *event = cJSON_GetObjectItemCaseSensitive(payload, "event");
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(event, "text");
    world->text_len = cJSON_IsString(text) ? strlen(text->valuestring) : 0;
    if (!cJSON_IsString(id)) {
        return;
    }
    for (size_t i = 0; i < world->ids_len; i++) {
        if (strcmp(world->ids[i], id->valuestring) == 0) {
            world->repeated++;
            return;
        }
    }
    assert_true(world->ids_len < IDS_MAX);
    (void)snprintf(world->ids[world->ids_len++], sizeof world->ids[0], "%s", id->valuestring);
}

static void s_on_envelope(void *ctx, const slack_envelope_t *envelope)
{
    world_t *world = ctx;
    slack_ack_t *ack = envelope->ack;
    world->envelopes++;
    world->retried += envelope->retry > 0 ? 1 : 0;
    world->kinds[envelope->kind]++;
    const int code = world->codes_left > 0 ? world->code : SB_OK;
    world->codes_left -= world->codes_left > 0 ? 1 : 0;
    if (!code) {
        s_note_event(world, envelope->payload);
    }
    slack_ack(&ack, code);
}

static void s_on_up(void *ctx, const slack_up_t *up)
{
    world_t *world = ctx;
    world->ups++;
    world->gap_ms = up->gap_ms;
}

static void s_on_down(void *ctx, const char *why)
{
    world_t *world = ctx;
    world->downs++;
    (void)snprintf(world->why, sizeof world->why, "%s", why);
}

static void s_on_alarm(void *ctx, const char *why)
{
    world_t *world = ctx;
    world->alarms++;
    (void)snprintf(world->why, sizeof world->why, "%s", why);
}

static void s_on_reply(void *arg, const slack_reply_t *reply)
{
    world_t *world = arg;
    world->replies++;
    world->classes[reply->class]++;
}

/* ---- The world. */

static void s_begin(world_t *world, const char *const *options)
{
    *world = (world_t){.loop = zloop_new(), .gap_ms = -2};
    world->slack = slack_bed_new(options);
    const sb_http_config_t http = {.open_max = 256, .connections_max = 16};
    world->http = sb_http_new(world->loop, &http);
}

static void s_begin_api(world_t *world, const char *url, const char *ca_file)
{
    char *api = sb_format("%sapi/", url);
    const slack_api_config_t config = {.url = api,
                                       .bot_token = "xoxb-fake-bot-token",
                                       .app_token = "xapp-fake-app-token",
                                       .ca_file = ca_file,
                                       .timeout_ms = 3000,
                                       .pace = 0};
    world->api = slack_api_new(world->loop, world->http, &config);
    free(api);
}

static void s_begin_socket(world_t *world)
{
    static const slack_socket_port_t port = {
        .envelope = s_on_envelope, .up = s_on_up, .down = s_on_down, .alarm = s_on_alarm};
    sb_err_t err;
    world->socket = slack_socket_new(world->loop, world->api, &s_timing, &port, world, &err);
    if (!world->socket) {
        fail_msg("%s", err.text);
    }
}

static void s_open(world_t *world, const char *const *options)
{
    s_begin(world, options);
    s_begin_api(world, slack_bed_url(world->slack), "");
    s_begin_socket(world);
}

static void s_close(world_t *world)
{
    if (world->socket) {
        slack_socket_stop(world->socket);
    }
    slack_api_stop(world->api);
    slack_socket_destroy(&world->socket);
    slack_events_destroy(&world->events);
    slack_api_destroy(&world->api);
    sb_http_destroy(&world->http);
    slack_bed_destroy(&world->slack);
    zloop_destroy(&world->loop);
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

static void s_run(world_t *world, size_t ms)
{
    const int timer = zloop_timer(world->loop, ms, 1, s_on_end, NULL);
    (void)zloop_start(world->loop);
    zloop_timer_end(world->loop, timer);
}

/* Runs until the condition holds; a test fails by its line if it never does. */
#define UNTIL(world, condition)                                                                    \
    do {                                                                                           \
        const int64_t until_ms = sb_clock_mono_ms() + WAIT_MS;                                     \
        while (!(condition)) {                                                                     \
            s_run(world, 5);                                                                       \
            if (sb_clock_mono_ms() > until_ms) {                                                   \
                fail_msg("line %d: never: %s (%s)", __LINE__, #condition, (world)->why);           \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static long s_counter(const world_t *world, const char *path)
{
    return slack_bed_number(world->slack, "counters", NULL, path);
}

static long s_sockets(const world_t *world, const char *path)
{
    return slack_bed_number(world->slack, "sockets", NULL, path);
}

/* A number of the socket's, or how often it was told to disconnect for a reason. */
static int64_t s_stat(const world_t *world, const char *name)
{
    cJSON *object = sb_json_object();
    slack_socket_stats(world->socket, object);
    const cJSON *reasons = cJSON_GetObjectItemCaseSensitive(object, "socket_disconnects");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    item = item ? item : cJSON_GetObjectItemCaseSensitive(reasons, name);
    const int64_t value = cJSON_IsNumber(item) ? (int64_t)item->valuedouble : -1;
    cJSON_Delete(object);
    return value;
}

/* A person writes to the bot. */
static void s_post(const world_t *world)
{
    slack_bed_do(world->slack, "post", "{\"user\":\"" USER "\",\"text\":\"hi\"}");
}

static const char *const s_people[] = {"--users", "3", NULL};
/* Retries come after 0, 0.6 and 3 s, acknowledgements are awaited for 0.3 s. */
static const char *const s_fast[] = {"--users", "3", "--time-scale", "100", "--ack-ms",
                                     "300",     NULL};

/* ---- Socket Mode. */

static void test_heard_and_acknowledged(void **state)
{
    (void)state;
    static const char *const options[] = {"--users", "3", "--ping-ms", "100", NULL};
    world_t world;
    s_open(&world, options);
    UNTIL(&world, world.ups == 1);
    assert_int_equal(world.gap_ms, -1);
    UNTIL(&world, s_sockets(&world, "pongs") >= 2);
    s_post(&world);
    slack_bed_do(world.slack, "slash",
                 "{\"user\":\"" USER "\",\"command\":\"/securitybot\",\"text\":\"help\"}");
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 2);
    assert_int_equal(world.kinds[SLACK_EVENTS_API], 1);
    assert_int_equal(world.kinds[SLACK_SLASH_COMMANDS], 1);
    assert_int_equal(world.retried, 0);
    assert_int_equal(s_counter(&world, "deliveries.retried"), 0);
    assert_int_equal(s_counter(&world, "sockets.acks_too_large"), 0);
    assert_int_equal(s_counter(&world, "api.tokens_in_body"), 0);
    assert_true(s_stat(&world, "socket_silent_ms") >= 0);
    s_close(&world);
}

static void test_not_stored_is_delivered_again(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_fast);
    UNTIL(&world, world.ups == 1);
    world.code = SB_ETIMEOUT;
    world.codes_left = 2;
    s_post(&world);
    UNTIL(&world, world.ids_len == 1);
    assert_int_equal(world.envelopes, 3);
    assert_int_equal(world.retried, 2);
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 1);
    assert_int_equal(s_stat(&world, "envelopes_not_acked"), 2);
    s_close(&world);
}

static void test_acknowledgement_that_is_lost(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_fast);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "delivery.drop_acks", "{\"times\":1}");
    s_post(&world);
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 1);
    assert_int_equal(world.ids_len, 1);
    assert_int_equal(world.repeated, 1);
    assert_int_equal(world.retried, 1);
    s_close(&world);
}

static void test_said_while_nobody_listened(void **state)
{
    (void)state;
    world_t world;
    s_begin(&world, s_fast);
    s_begin_api(&world, slack_bed_url(world.slack), "");
    s_post(&world);
    s_run(&world, 50);
    s_begin_socket(&world);
    /* A retry is the only delivery there is. */
    UNTIL(&world, world.ids_len == 1);
    assert_int_equal(world.retried, 1);
    s_close(&world);
}

/* Somebody writes all the time, while Slack replaces one connection after the other. */
static void test_refresh_without_a_gap(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_people);
    UNTIL(&world, world.ups == 1);
    for (int round = 1; round <= 3; round++) {
        s_run(&world, 600); /* until things are stable */
        char *json = sb_format("{\"do\":\"disconnect\",\"reason\":\"%s\"}",
                               round == 2 ? "warning" : "refresh_requested");
        slack_bed_do(world.slack, "socket", json);
        free(json);
        for (int i = 0; i < 20; i++) {
            s_post(&world);
            s_run(&world, 5);
        }
        UNTIL(&world, world.ups == round + 1);
        assert_int_equal(world.gap_ms, 0);
    }
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 60);
    assert_int_equal(world.downs, 0);
    assert_int_equal(world.ids_len, 60);
    assert_int_equal(s_counter(&world, "deliveries.retried"), 0);
    assert_int_equal(s_stat(&world, "socket_refreshes"), 3);
    assert_true(s_sockets(&world, "most") <= 2);
    UNTIL(&world, s_sockets(&world, "open") == 1);
    s_close(&world);
}

/* Without being asked: a life of 4 s, told in hello; a warning would come after 3 s. */
static void test_replaced_before_its_end(void **state)
{
    (void)state;
    static const char *const options[] = {"--users", "3", "--connection-s", "40", "--time-scale",
                                          "10",      NULL};
    world_t world;
    s_open(&world, options);
    UNTIL(&world, world.ups == 3);
    assert_int_equal(world.downs, 0);
    assert_int_equal(world.gap_ms, 0);
    assert_int_equal(s_stat(&world, "warning"), 0);
    assert_true(s_sockets(&world, "most") <= 2);
    s_close(&world);
}

static void test_half_open(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_fast);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket", "{\"do\":\"half_open\"}");
    UNTIL(&world, world.downs == 1);
    assert_string_equal(world.why, "nothing was heard any more");
    UNTIL(&world, world.ups == 2);
    assert_true(world.gap_ms >= 1500);
    slack_bed_do(world.slack, "socket.route", "{\"number\":2}"); /* Slack knows it by now */
    s_post(&world);
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 1);
    s_close(&world);
}

static void test_reset(void **state)
{
    (void)state;
    static const char *const ways[] = {"kill", "close"};
    for (size_t i = 0; i < 2; i++) {
        world_t world;
        s_open(&world, s_fast);
        UNTIL(&world, world.ups == 1);
        char *json = sb_format("{\"do\":\"%s\"}", ways[i]);
        slack_bed_do(world.slack, "socket", json);
        free(json);
        s_post(&world);
        UNTIL(&world, world.ups == 2);
        assert_int_equal(world.downs, 1);
        assert_true(world.gap_ms >= 0);
        UNTIL(&world, world.ids_len == 1);
        s_close(&world);
    }
}

static void test_too_many_websockets(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket",
                 "{\"do\":\"disconnect\",\"reason\":\"too_many_websockets\",\"close\":true}");
    UNTIL(&world, world.ups == 2);
    assert_int_equal(world.downs, 1);
    /* The old one is gone before the new one begins. */
    assert_int_equal(s_sockets(&world, "most"), 1);
    s_close(&world);
}

/* Ten are let in; whoever comes then is told so while it waits for its hello. */
static void test_no_place_left(void **state)
{
    (void)state;
    world_t world;
    int places[10];
    s_begin(&world, s_people);
    for (size_t i = 0; i < 10; i++) {
        places[i] = slack_bed_occupy(world.slack);
    }
    s_begin_api(&world, slack_bed_url(world.slack), "");
    s_begin_socket(&world);
    UNTIL(&world, s_sockets(&world, "too_many") >= 3);
    assert_int_equal(world.ups, 0);
    const int64_t dials = s_stat(&world, "socket_dials");
    const int64_t from_ms = sb_clock_mono_ms();
    s_run(&world, 1000);
    /* No storm: the longest wait is 200 to 400 ms here. */
    assert_true(s_stat(&world, "socket_dials") - dials <=
                (sb_clock_mono_ms() - from_ms) / (s_timing.backoff_max_ms / 2) + 1);
    (void)close(places[3]);
    UNTIL(&world, world.ups == 1);
    for (size_t i = 0; i < 10; i++) {
        if (i != 3) {
            (void)close(places[i]);
        }
    }
    s_close(&world);
}

static void test_switched_off(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket",
                 "{\"do\":\"disconnect\",\"reason\":\"link_disabled\",\"close\":true}");
    UNTIL(&world, world.alarms == 1);
    const int64_t from_ms = sb_clock_mono_ms();
    UNTIL(&world, world.ups == 2);
    assert_true(sb_clock_mono_ms() - from_ms >= s_timing.slow_ms - 50);
    s_close(&world);
}

static void test_no_hello(void **state)
{
    (void)state;
    world_t world;
    s_begin(&world, s_people);
    slack_bed_do(world.slack, "socket.hello", "{\"withhold\":2}");
    s_begin_api(&world, slack_bed_url(world.slack), "");
    s_begin_socket(&world);
    UNTIL(&world, world.ups == 1);
    assert_int_equal(s_sockets(&world, "opened"), 3);
    assert_int_equal(world.downs, 0);
    s_close(&world);
}

/* A connection that is told to go while it waits for its hello. */
static void test_told_to_go_before_hello(void **state)
{
    (void)state;
    world_t world;
    s_begin(&world, s_people);
    slack_bed_do(world.slack, "socket.hello", "{\"withhold\":1}");
    s_begin_api(&world, slack_bed_url(world.slack), "");
    s_begin_socket(&world);
    UNTIL(&world, s_sockets(&world, "open") == 1);
    slack_bed_do(world.slack, "socket", "{\"do\":\"disconnect\",\"reason\":\"refresh_requested\"}");
    UNTIL(&world, world.ups == 1);
    assert_int_equal(s_sockets(&world, "opened"), 2);
    s_close(&world);
}

static void test_handshake_refused(void **state)
{
    (void)state;
    world_t world;
    s_begin(&world, s_people);
    slack_bed_do(world.slack, "socket.refuse", "{\"times\":4,\"status\":409}");
    s_begin_api(&world, slack_bed_url(world.slack), "");
    s_begin_socket(&world);
    UNTIL(&world, world.ups == 1);
    assert_int_equal(s_sockets(&world, "refused"), 4);
    assert_int_equal(s_stat(&world, "socket_dials"), 5); /* a fresh URL each, one at a time */
    assert_int_equal(s_counter(&world, "api.methods.apps.connections.open.calls"), 5);
    s_close(&world);
}

static void test_no_url(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *fault;
        int alarms;
    } rows[] = {
        {"errors",
         "{\"method\":\"apps.connections.open\",\"error\":\"internal_error\",\"times\":3}",                   0},
        {"no answer",                "{\"method\":\"apps.connections.open\",\"lost\":true,\"times\":3}",      0},
        {"a proxy's page",           "{\"method\":\"apps.connections.open\",\"status\":502,\"times\":3}",     0},
        {"half an answer",           "{\"method\":\"apps.connections.open\",\"malformed\":true,\"times\":3}",
         0                                                                                                     },
        {"no URL in it",             "{\"method\":\"apps.connections.open\",\"body\":\"{\\\"ok\\\":true}\"}",
         0                                                                                                     },
        {"a URL of another kind",
         "{\"method\":\"apps.connections.open\",\"body\":\"{\\\"ok\\\":true,"
         "\\\"url\\\":\\\"https://a/\\\"}\"}",                                                                0},
        {"a URL that leads nowhere",
         "{\"method\":\"apps.connections.open\",\"body\":\"{\\\"ok\\\":true,"
         "\\\"url\\\":\\\"ws://127.0.0.1:1/\\\"}\"}",                                                         0},
        {"a refused token",
         "{\"method\":\"apps.connections.open\",\"error\":\"invalid_auth\",\"times\":2}",                     2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_begin(&world, s_people);
        slack_bed_do(world.slack, "fault", rows[i].fault);
        s_begin_api(&world, slack_bed_url(world.slack), "");
        s_begin_socket(&world);
        const int64_t from_ms = sb_clock_mono_ms();
        UNTIL(&world, world.ups == 1);
        if (world.alarms != rows[i].alarms) {
            fail_msg("%s: %d alarms", rows[i].name, world.alarms);
        }
        assert_true(sb_clock_mono_ms() - from_ms >= rows[i].alarms * s_timing.slow_ms);
        s_close(&world);
    }
}

static void test_url_comes_too_often(void **state)
{
    (void)state;
    world_t world;
    s_begin(&world, s_people);
    slack_bed_do(world.slack, "fault",
                 "{\"method\":\"apps.connections.open\",\"retry_after\":1,\"times\":2}");
    s_begin_api(&world, slack_bed_url(world.slack), "");
    s_begin_socket(&world);
    const int64_t from_ms = sb_clock_mono_ms();
    UNTIL(&world, world.ups == 1);
    assert_true(sb_clock_mono_ms() - from_ms >= 2000);
    assert_int_equal(s_counter(&world, "api.methods.apps.connections.open.early"), 0);
    assert_int_equal(s_counter(&world, "api.methods.apps.connections.open.calls"), 3);
    s_close(&world);
}

static void test_pieces_and_rubbish(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket.fragment", "{\"size\":7}");
    char *text = sb_alloc(30001);
    memset(text, 'x', 30000);
    char *json = sb_format("{\"user\":\"" USER "\",\"text\":\"%s\"}", text);
    slack_bed_do(world.slack, "post", json);
    free(json);
    free(text);
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 1);
    assert_int_equal(world.text_len, 30000);
    slack_bed_do(world.slack, "socket.fragment", "{\"size\":0}");
    static const char *const rubbish[] = {
        "{\"do\":\"send\",\"text\":\"no JSON\"}", "{\"do\":\"send\",\"text\":\"{}\"}",
        "{\"do\":\"send\",\"text\":\"{\\\"type\\\":\\\"hello\\\"}\"}",
        "{\"do\":\"send\",\"text\":\"{\\\"type\\\":7}\"}",
        "{\"do\":\"send\",\"text\":\"rubbish\",\"binary\":true}"};
    for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
        slack_bed_do(world.slack, "socket", rubbish[i]);
    }
    slack_bed_do(world.slack, "envelope", "{\"type\":\"something_new\",\"payload\":{}}");
    slack_bed_do(world.slack, "rate_limited", NULL); /* an event without an inner event */
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 3);
    assert_int_equal(world.ups, 1);
    assert_int_equal(world.downs, 0);
    assert_int_equal(s_stat(&world, "frames_malformed"), 1);
    assert_int_equal(s_stat(&world, "frames_bad"), 1);
    assert_int_equal(s_stat(&world, "frames_unknown"), 3);
    s_close(&world);
}

static void test_duplicates(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "delivery.duplicate", "{\"times\":5}");
    for (int i = 0; i < 5; i++) {
        s_post(&world);
    }
    UNTIL(&world, world.envelopes == 10);
    assert_int_equal(world.ids_len, 5);
    assert_int_equal(world.repeated, 5); /* it is the store that knows them */
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 5);
    s_close(&world);
}

static void test_slack_begins_anew(void **state)
{
    (void)state;
    world_t world;
    s_open(&world, s_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_kill(world.slack);
    UNTIL(&world, world.downs == 1);
    s_run(&world, 300);
    slack_bed_start(world.slack);
    UNTIL(&world, world.ups == 2);
    assert_true(world.gap_ms >= 300);
    s_post(&world);
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 1);
    s_close(&world);
}

/* Everything at once, for a while: no event is lost. */
static void test_storm(void **state)
{
    (void)state;
    static const char *const options[] = {
        "--users", "3", "--time-scale", "100", "--ack-ms", "1000", "--connection-s", "200", NULL};
    static const char *const ways[] = {
        "{\"do\":\"disconnect\"}",
        "{\"do\":\"disconnect\",\"close\":true}",
        "{\"do\":\"kill\"}",
        "{\"do\":\"close\"}",
        "{\"do\":\"send\",\"text\":\"?\"}",
        "{\"do\":\"disconnect\",\"reason\":\"too_many_websockets\",\"close\":true}"};
    world_t world;
    size_t posts = 0;
    s_open(&world, options);
    UNTIL(&world, world.ups == 1);
    for (size_t i = 0; i < 30; i++) {
        slack_bed_do(world.slack, "socket", ways[i % (sizeof ways / sizeof ways[0])]);
        for (int k = 0; k < 5; k++, posts++) {
            s_post(&world);
            s_run(&world, 10);
        }
        UNTIL(&world, slack_socket_up(world.socket));
        UNTIL(&world, s_counter(&world, "deliveries.open") == 0);
    }
    assert_int_equal(s_counter(&world, "deliveries.failed"), 0);
    assert_int_equal(world.ids_len, posts);
    assert_true(s_sockets(&world, "most") <= 2);
    s_close(&world);
}

/* ---- TLS. */

static void test_tls(void **state)
{
    (void)state;
    char *folder = sb_format("%s/tests/slack_transport_tls", SB_BINARY_DIR);
    char *make = sb_format("%s/tests/support/fake_slack/make_cert", SB_SOURCE_DIR);
    char *cert = sb_format("%s/cert.pem", folder);
    char *key = sb_format("%s/key.pem", folder);
    zsys_dir_create("%s", folder);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl(make, make, folder, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    const char *const options[] = {"--users", "3", "--tls", cert, key, NULL};
    static const struct {
        const char *name;
        const char *host;
        bool ca;
        bool up;
    } rows[] = {
        {"own CA, by name",    "localhost", true,  true },
        {"own CA, by address", "127.0.0.1", true,  true },
        {"unknown CA",         "localhost", false, false},
        {"wrong name",         "127.0.0.2", true,  false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_begin(&world, options);
        char *url =
            sb_format("https://%s%s", rows[i].host, strrchr(slack_bed_url(world.slack), ':'));
        s_begin_api(&world, url, rows[i].ca ? cert : "");
        s_begin_socket(&world);
        if (rows[i].up) {
            UNTIL(&world, world.ups == 1);
            s_post(&world);
            UNTIL(&world, s_counter(&world, "deliveries.acked") == 1);
        } else {
            UNTIL(&world, s_stat(&world, "socket_dials") >= 3);
            assert_int_equal(world.ups, 0);
            assert_int_equal(s_sockets(&world, "opened"), 0);
            assert_int_equal(s_counter(&world, "api.methods.apps.connections.open.calls"), -1);
        }
        free(url);
        s_close(&world);
    }
    zsys_dir_delete("%s", folder);
    free(folder);
    free(make);
    free(cert);
    free(key);
}

/* ---- The Web API. */

static void s_call(world_t *world, const char *method, const char *name, const char *value,
                   int64_t patience_ms)
{
    const slack_arg_t args[] = {
        {name,   value},
        {"text", "hi" }
    };
    slack_api_call(world->api, method, args, 2, patience_ms, s_on_reply, world);
}

static int64_t s_waiting(const world_t *world)
{
    cJSON *object = sb_json_object();
    slack_api_stats(world->api, object);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "api_waiting");
    const int64_t value = (int64_t)item->valuedouble;
    cJSON_Delete(object);
    return value;
}

static void test_storm_of_429(void **state)
{
    (void)state;
    world_t world;
    s_begin(&world, s_people);
    s_begin_api(&world, slack_bed_url(world.slack), "");
    for (int round = 1; round <= 2; round++) {
        slack_bed_do(world.slack, "fault", "{\"method\":\"users.info\",\"retry_after\":1}");
        s_call(&world, "users.info", "user", USER, WAIT_MS);
        UNTIL(&world, s_waiting(&world) == 1);
        for (int i = 0; i < 20; i++) {
            s_call(&world, "users.info", "user", USER, WAIT_MS);
        }
        s_call(&world, "users.info", "user", USER, 10);   /* has no time */
        s_call(&world, "auth.test", NULL, NULL, WAIT_MS); /* another method is not held up */
        UNTIL(&world, world.replies == 23 * (round - 1) + 2);
        assert_int_equal(world.classes[SLACK_OK], 22 * (round - 1) + 1);
        assert_int_equal(world.classes[SLACK_RATE_LIMITED], round);
        UNTIL(&world, world.replies == 23 * round);
        assert_int_equal(world.classes[SLACK_OK], 22 * round);
    }
    assert_int_equal(s_counter(&world, "api.methods.users.info.limited"), 2);
    assert_int_equal(s_counter(&world, "api.methods.users.info.early"), 0);
    s_close(&world);
}

/* What may have been said is not said again by the transport. */
static void test_lost_replies(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *method;
        const char *fault;
        slack_class_t class;
    } rows[] = {
        {"no answer",                    "chat.postMessage", "\"lost\":true",                     SLACK_AMBIGUOUS},
        {"a late answer",                "chat.postMessage", "\"hang_ms\":10000",                 SLACK_AMBIGUOUS},
        {"500",                          "chat.postMessage", "\"status\":500,\"apply\":true",     SLACK_AMBIGUOUS},
        {"half an answer",               "chat.postMessage", "\"malformed\":true,\"apply\":true",
         SLACK_AMBIGUOUS                                                                                         },
        {"an error of Slack's own",      "chat.postMessage",
         "\"error\":\"internal_error\",\"apply\":true",                                           SLACK_AMBIGUOUS},
        {"unavailable",                  "chat.postMessage", "\"error\":\"service_unavailable\"", SLACK_RETRY    },
        {"refused",                      "chat.postMessage", "\"error\":\"is_archived\"",         SLACK_PERMANENT},
        {"a question without an answer", "users.info",       "\"lost\":true",                     SLACK_RETRY    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world_t world;
        s_begin(&world, s_people);
        s_begin_api(&world, slack_bed_url(world.slack), "");
        const bool post = strcmp(rows[i].method, "chat.postMessage") == 0;
        const char *name = post ? "channel" : "user";
        const char *value = post ? "C0000000002" : USER;
        char *calls = sb_format("api.methods.%s.calls", rows[i].method);
        char *fault = sb_format("{\"method\":\"%s\",%s}", rows[i].method, rows[i].fault);
        s_call(&world, rows[i].method, name, value, WAIT_MS); /* so that a connection is kept */
        UNTIL(&world, world.classes[SLACK_OK] == 1);
        slack_bed_do(world.slack, "fault", fault);
        s_call(&world, rows[i].method, name, value, WAIT_MS);
        UNTIL(&world, world.replies == 2);
        if (world.classes[rows[i].class] != 1) {
            fail_msg("%s: another class", rows[i].name);
        }
        assert_int_equal(s_counter(&world, calls), 2);
        free(calls);
        free(fault);
        s_close(&world);
    }
}

/* ---- Events over HTTP. */

static void s_open_events(world_t *world, const char *const *options)
{
    sb_err_t err;
    s_begin(world, options);
    s_begin_api(world, slack_bed_url(world->slack), "");
    const slack_events_config_t config = {.listen = "127.0.0.1:0", .signing_secret = SECRET};
    world->events = slack_events_new(world->loop, &config, s_on_envelope, world, &err);
    if (!world->events) {
        fail_msg("%s", err.text);
    }
    char *json = sb_format("{\"url\":\"%s\"}", slack_events_url(world->events));
    slack_bed_do(world->slack, "request_url", json);
    free(json);
}

static bool s_verified(const world_t *world)
{
    cJSON *info = slack_bed_ask(world->slack, "info", NULL);
    char *text = sb_json_print(info);
    const bool verified = strstr(text, "\"verification\":\"ok\"") != NULL ||
                          strstr(text, "\"verification\":\"verified\"") != NULL;
    free(text);
    cJSON_Delete(info);
    return verified;
}

static void test_events_over_http(void **state)
{
    (void)state;
    world_t world;
    s_open_events(&world, s_fast);
    UNTIL(&world, s_verified(&world));
    s_post(&world);
    slack_bed_do(world.slack, "slash",
                 "{\"user\":\"" USER "\",\"command\":\"/securitybot\",\"text\":\"a&b=c\"}");
    slack_bed_do(world.slack, "rate_limited", NULL);
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 3);
    assert_int_equal(world.kinds[SLACK_EVENTS_API], 1);
    assert_int_equal(world.kinds[SLACK_SLASH_COMMANDS], 1);
    world.code = SB_ERETRY;
    world.codes_left = 2;
    s_post(&world);
    UNTIL(&world, s_counter(&world, "deliveries.acked") == 4);
    assert_int_equal(world.ids_len, 2);
    assert_int_equal(world.retried, 2);
    s_close(&world);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heard_and_acknowledged),
        cmocka_unit_test(test_not_stored_is_delivered_again),
        cmocka_unit_test(test_acknowledgement_that_is_lost),
        cmocka_unit_test(test_said_while_nobody_listened),
        cmocka_unit_test(test_refresh_without_a_gap),
        cmocka_unit_test(test_replaced_before_its_end),
        cmocka_unit_test(test_half_open),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_too_many_websockets),
        cmocka_unit_test(test_no_place_left),
        cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_no_hello),
        cmocka_unit_test(test_told_to_go_before_hello),
        cmocka_unit_test(test_handshake_refused),
        cmocka_unit_test(test_no_url),
        cmocka_unit_test(test_url_comes_too_often),
        cmocka_unit_test(test_pieces_and_rubbish),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_slack_begins_anew),
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_storm_of_429),
        cmocka_unit_test(test_lost_replies),
        cmocka_unit_test(test_events_over_http),
    };
    zsys_handler_set(NULL);
    sb_log_open("slack_transport_test", SB_ERROR, SB_LOG_TEXT);
    cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
