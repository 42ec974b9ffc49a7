/* Socket Mode against a Slack that is another process: what the field reports tell of clients that
 * broke, each as a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "tests/integration/chatd/slack_world.h"

static void test_heard_and_acknowledged(void **state)
{
    (void)state;
    static const char *const options[] = {"--users", "3", "--ping-ms", "100", NULL};
    world_t world;
    world_open(&world, options);
    UNTIL(&world, world.ups == 1);
    assert_int_equal(world.gap_ms, -1);
    UNTIL(&world, world_sockets(&world, "pongs") >= 2);
    world_post(&world);
    slack_bed_do(world.slack, "slash",
                 "{\"user\":\"" WORLD_USER "\",\"command\":\"/securitybot\",\"text\":\"help\"}");
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 2);
    assert_int_equal(world.kinds[SLACK_EVENTS_API], 1);
    assert_int_equal(world.kinds[SLACK_SLASH_COMMANDS], 1);
    assert_int_equal(world.retried, 0);
    assert_int_equal(world_counter(&world, "deliveries.retried"), 0);
    assert_int_equal(world_counter(&world, "sockets.acks_too_large"), 0);
    assert_int_equal(world_counter(&world, "api.tokens_in_body"), 0);
    assert_true(world_stat(&world, "socket_silent_ms") >= 0);
    world_close(&world);
}

static void test_not_stored_is_delivered_again(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_fast);
    UNTIL(&world, world.ups == 1);
    world.code = SB_ETIMEOUT;
    world.codes_left = 2;
    world_post(&world);
    UNTIL(&world, world.ids_len == 1);
    assert_int_equal(world.envelopes, 3);
    assert_int_equal(world.retried, 2);
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 1);
    assert_int_equal(world_stat(&world, "envelopes_not_acked"), 2);
    world_close(&world);
}

static void test_acknowledgement_that_is_lost(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_fast);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "delivery.drop_acks", "{\"times\":1}");
    world_post(&world);
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 1);
    assert_int_equal(world.ids_len, 1);
    assert_int_equal(world.repeated, 1);
    assert_int_equal(world.retried, 1);
    world_close(&world);
}

static void test_said_while_nobody_listened(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, world_fast);
    world_begin_api(&world, slack_bed_url(world.slack), "");
    world_post(&world);
    world_run(&world, 50);
    world_begin_socket(&world);
    /* A retry is the only delivery there is. */
    UNTIL(&world, world.ids_len == 1);
    assert_int_equal(world.retried, 1);
    world_close(&world);
}

/* Somebody writes all the time, while Slack replaces one connection after the other. */
static void test_refresh_without_a_gap(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_people);
    UNTIL(&world, world.ups == 1);
    for (int round = 1; round <= 3; round++) {
        world_run(&world, 600); /* until things are stable */
        char *json = sb_format("{\"do\":\"disconnect\",\"reason\":\"%s\"}",
                               round == 2 ? "warning" : "refresh_requested");
        slack_bed_do(world.slack, "socket", json);
        free(json);
        for (int i = 0; i < 20; i++) {
            world_post(&world);
            world_run(&world, 5);
        }
        UNTIL(&world, world.ups == round + 1);
        assert_int_equal(world.gap_ms, 0);
    }
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 60);
    assert_int_equal(world.downs, 0);
    assert_int_equal(world.ids_len, 60);
    assert_int_equal(world_counter(&world, "deliveries.retried"), 0);
    assert_int_equal(world_stat(&world, "socket_refreshes"), 3);
    assert_true(world_sockets(&world, "most") <= 2);
    UNTIL(&world, world_sockets(&world, "open") == 1);
    world_close(&world);
}

/* Without being asked: a life of 4 s, told in hello; a warning would come after 3 s. */
static void test_replaced_before_its_end(void **state)
{
    (void)state;
    static const char *const options[] = {"--users", "3", "--connection-s", "40", "--time-scale",
                                          "10",      NULL};
    world_t world;
    world_open(&world, options);
    UNTIL(&world, world.ups == 3);
    assert_int_equal(world.downs, 0);
    assert_int_equal(world.gap_ms, 0);
    assert_int_equal(world_stat(&world, "warning"), 0);
    assert_true(world_sockets(&world, "most") <= 2);
    world_close(&world);
}

static void test_half_open(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_fast);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket", "{\"do\":\"half_open\"}");
    UNTIL(&world, world.downs == 1);
    assert_string_equal(world.why, "nothing was heard any more");
    UNTIL(&world, world.ups == 2);
    assert_true(world.gap_ms >= 1500);
    slack_bed_do(world.slack, "socket.route", "{\"number\":2}"); /* Slack knows it by now */
    world_post(&world);
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 1);
    world_close(&world);
}

static void test_reset(void **state)
{
    (void)state;
    static const char *const ways[] = {"kill", "close"};
    for (size_t i = 0; i < 2; i++) {
        world_t world;
        world_open(&world, world_fast);
        UNTIL(&world, world.ups == 1);
        char *json = sb_format("{\"do\":\"%s\"}", ways[i]);
        slack_bed_do(world.slack, "socket", json);
        free(json);
        world_post(&world);
        UNTIL(&world, world.ups == 2);
        assert_int_equal(world.downs, 1);
        assert_true(world.gap_ms >= 0);
        UNTIL(&world, world.ids_len == 1);
        world_close(&world);
    }
}

static void test_too_many_websockets(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket",
                 "{\"do\":\"disconnect\",\"reason\":\"too_many_websockets\",\"close\":true}");
    UNTIL(&world, world.ups == 2);
    assert_int_equal(world.downs, 1);
    /* The old one is gone before the new one begins. */
    assert_int_equal(world_sockets(&world, "most"), 1);
    world_close(&world);
}

/* Somebody is told before no place is left: at 8 of 10, and once for each number. */
static void test_few_places_left(void **state)
{
    (void)state;
    for (int others = 6; others <= 8; others++) {
        world_t world;
        int places[8];
        world_begin(&world, world_people);
        for (int i = 0; i < others; i++) {
            places[i] = slack_bed_occupy(world.slack);
        }
        world_begin_api(&world, slack_bed_url(world.slack), "");
        world_begin_socket(&world);
        UNTIL(&world, world.ups == 1);
        assert_int_equal(world_stat(&world, "socket_connections"), others + 1);
        assert_int_equal(world_stat(&world, "socket_crowded"), others >= 7 ? 1 : 0);
        for (int i = 0; i < others; i++) {
            (void)close(places[i]);
        }
        world_close(&world);
    }
}

/* Ten are let in; whoever comes then is told so while it waits for its hello. */
static void test_no_place_left(void **state)
{
    (void)state;
    world_t world;
    int places[10];
    world_begin(&world, world_people);
    for (size_t i = 0; i < 10; i++) {
        places[i] = slack_bed_occupy(world.slack);
    }
    world_begin_api(&world, slack_bed_url(world.slack), "");
    world_begin_socket(&world);
    UNTIL(&world, world_sockets(&world, "too_many") >= 3);
    UNTIL(&world, world_stat(&world, "socket_crowded") >= 3); /* each time */
    assert_int_equal(world.ups, 0);
    const int64_t dials = world_stat(&world, "socket_dials");
    const int64_t from_ms = sb_clock_mono_ms();
    world_run(&world, 1000);
    /* No storm: the longest wait is 200 to 400 ms here. */
    assert_true(world_stat(&world, "socket_dials") - dials <=
                (sb_clock_mono_ms() - from_ms) / (world_timing.backoff_max_ms / 2) + 1);
    (void)close(places[3]);
    UNTIL(&world, world.ups == 1);
    for (size_t i = 0; i < 10; i++) {
        if (i != 3) {
            (void)close(places[i]);
        }
    }
    world_close(&world);
}

static void test_switched_off(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket",
                 "{\"do\":\"disconnect\",\"reason\":\"link_disabled\",\"close\":true}");
    UNTIL(&world, world.alarms == 1);
    const int64_t from_ms = sb_clock_mono_ms();
    UNTIL(&world, world.ups == 2);
    assert_true(sb_clock_mono_ms() - from_ms >= world_timing.slow_ms - 50);
    world_close(&world);
}

static void test_no_hello(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, world_people);
    slack_bed_do(world.slack, "socket.hello", "{\"withhold\":2}");
    world_begin_api(&world, slack_bed_url(world.slack), "");
    world_begin_socket(&world);
    UNTIL(&world, world.ups == 1);
    assert_int_equal(world_sockets(&world, "opened"), 3);
    assert_int_equal(world.downs, 0);
    world_close(&world);
}

/* A connection that is told to go while it waits for its hello. */
static void test_told_to_go_before_hello(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, world_people);
    slack_bed_do(world.slack, "socket.hello", "{\"withhold\":1}");
    world_begin_api(&world, slack_bed_url(world.slack), "");
    world_begin_socket(&world);
    UNTIL(&world, world_sockets(&world, "open") == 1);
    slack_bed_do(world.slack, "socket", "{\"do\":\"disconnect\",\"reason\":\"refresh_requested\"}");
    UNTIL(&world, world.ups == 1);
    assert_int_equal(world_sockets(&world, "opened"), 2);
    world_close(&world);
}

static void test_handshake_refused(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, world_people);
    slack_bed_do(world.slack, "socket.refuse", "{\"times\":4,\"status\":409}");
    world_begin_api(&world, slack_bed_url(world.slack), "");
    world_begin_socket(&world);
    UNTIL(&world, world.ups == 1);
    assert_int_equal(world_sockets(&world, "refused"), 4);
    assert_int_equal(world_stat(&world, "socket_dials"), 5); /* a fresh URL each, one at a time */
    assert_int_equal(world_counter(&world, "api.methods.apps.connections.open.calls"), 5);
    world_close(&world);
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
        world_begin(&world, world_people);
        slack_bed_do(world.slack, "fault", rows[i].fault);
        world_begin_api(&world, slack_bed_url(world.slack), "");
        world_begin_socket(&world);
        const int64_t from_ms = sb_clock_mono_ms();
        UNTIL(&world, world.ups == 1);
        if (world.alarms != rows[i].alarms) {
            fail_msg("%s: %d alarms", rows[i].name, world.alarms);
        }
        assert_true(sb_clock_mono_ms() - from_ms >= rows[i].alarms * world_timing.slow_ms);
        world_close(&world);
    }
}

static void test_url_comes_too_often(void **state)
{
    (void)state;
    world_t world;
    world_begin(&world, world_people);
    slack_bed_do(world.slack, "fault",
                 "{\"method\":\"apps.connections.open\",\"retry_after\":1,\"times\":2}");
    world_begin_api(&world, slack_bed_url(world.slack), "");
    world_begin_socket(&world);
    const int64_t from_ms = sb_clock_mono_ms();
    UNTIL(&world, world.ups == 1);
    assert_true(sb_clock_mono_ms() - from_ms >= 2000);
    assert_int_equal(world_counter(&world, "api.methods.apps.connections.open.early"), 0);
    assert_int_equal(world_counter(&world, "api.methods.apps.connections.open.calls"), 3);
    world_close(&world);
}

static void test_pieces_and_rubbish(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "socket.fragment", "{\"size\":7}");
    char *text = sb_alloc(30001);
    memset(text, 'x', 30000);
    char *json = sb_format("{\"user\":\"" WORLD_USER "\",\"text\":\"%s\"}", text);
    slack_bed_do(world.slack, "post", json);
    free(json);
    free(text);
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 1);
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
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 3);
    assert_int_equal(world.ups, 1);
    assert_int_equal(world.downs, 0);
    assert_int_equal(world_stat(&world, "frames_malformed"), 1);
    assert_int_equal(world_stat(&world, "frames_bad"), 1);
    assert_int_equal(world_stat(&world, "frames_unknown"), 3);
    world_close(&world);
}

static void test_duplicates(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_do(world.slack, "delivery.duplicate", "{\"times\":5}");
    for (int i = 0; i < 5; i++) {
        world_post(&world);
    }
    UNTIL(&world, world.envelopes == 10);
    assert_int_equal(world.ids_len, 5);
    assert_int_equal(world.repeated, 5); /* it is the store that knows them */
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 5);
    world_close(&world);
}

static void test_slack_begins_anew(void **state)
{
    (void)state;
    world_t world;
    world_open(&world, world_people);
    UNTIL(&world, world.ups == 1);
    slack_bed_kill(world.slack);
    UNTIL(&world, world.downs == 1);
    world_run(&world, 300);
    slack_bed_start(world.slack);
    UNTIL(&world, world.ups == 2);
    assert_true(world.gap_ms >= 300);
    world_post(&world);
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 1);
    world_close(&world);
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
    world_open(&world, options);
    UNTIL(&world, world.ups == 1);
    for (size_t i = 0; i < 30; i++) {
        slack_bed_do(world.slack, "socket", ways[i % (sizeof ways / sizeof ways[0])]);
        for (int k = 0; k < 5; k++, posts++) {
            world_post(&world);
            world_run(&world, 10);
        }
        UNTIL(&world, slack_socket_up(world.socket));
        UNTIL(&world, world_counter(&world, "deliveries.open") == 0);
    }
    assert_int_equal(world_counter(&world, "deliveries.failed"), 0);
    assert_int_equal(world.ids_len, posts);
    assert_true(world_sockets(&world, "most") <= 2);
    world_close(&world);
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
        cmocka_unit_test(test_few_places_left),
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
    };
    zsys_handler_set(NULL);
    sb_log_open("slack_socket_test", SB_ERROR, SB_LOG_TEXT);
    cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
