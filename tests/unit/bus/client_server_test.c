/* client_server_test.c: against a server that does what it likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client_bed.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/bus.h"

static zsock_t *s_fake_at(const char *endpoint, int rcvhwm)
{
    sb_server_destroy(&client_bed.server);
    zsock_t *fake = zsock_new(ZMQ_ROUTER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_server(client_bed.taskd, fake, &err), SB_OK);
    zsock_set_rcvhwm(fake, rcvhwm);
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (zsock_bind(fake, "%s", endpoint) < 0) {
        assert_true(sb_clock_mono_ms() < end_ms);
    }
    return fake;
}

static void s_fake_send(zsock_t *fake, zframe_t *routing, const char *head, const char *body)
{
    bed_frame(fake, zframe_data(routing), zframe_size(routing), true);
    bed_send(fake, head, body);
}

static void death_of_the_server_ends_what_was_sent_alone(void **state)
{
    (void)state;
    zsock_t *fake = s_fake_at(client_bed.endpoint, SB_HWM);
    client_connect_to(client_bed.endpoint, 8);
    client_call("echo", "1", CLIENT_NEVER_MS);
    client_call("echo", "2", CLIENT_NEVER_MS);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    bed_hear(client_bed.loop, fake, &routing, &heard);
    bed_hear(client_bed.loop, fake, &routing, &heard);
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000001\",\"body\":{\"x\":\"one\"}}");
    client_expect(1, SB_OK, "one");
    zsock_destroy(&fake);
    client_wait_connected(false);
    client_call("echo", "3", CLIENT_NEVER_MS); /* was not sent, so it waits */
    client_expect(2, SB_ETIMEOUT, "ended before it answered echo");
    assert_int_equal(sb_client_pending(client_bed.client), 1);

    fake = s_fake_at(client_bed.endpoint, SB_HWM);
    bed_hear(client_bed.loop, fake, &routing, &heard);
    bed_assert_in(heard.body, "{\"id\":\"c1-000003\",\"epoch\":\"3\",\"timeout_ms\":");
    bed_assert_in(heard.body, "\"body\":{\"x\":\"3\"}");
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000003\",\"body\":{\"x\":\"ok\"}}");
    client_expect(3, SB_OK, "ok");
    bed_reply_free(&heard);
    zframe_destroy(&routing);
    zsock_destroy(&fake);
}

static void answer_before_the_end_of_the_connection_counts(void **state)
{
    (void)state;
    zsock_t *fake = s_fake_at(client_bed.endpoint, SB_HWM);
    zsock_set_linger(fake, 1000);
    client_connect_to(client_bed.endpoint, 40);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    for (int i = 1; i <= 40; i++) {
        client_call("echo", "", CLIENT_NEVER_MS);
        bed_hear(client_bed.loop, fake, &routing, &heard);
    }
    for (int i = 1; i <= 40; i++) {
        char *json = sb_format("{\"id\":\"c1-%06d\"}", i);
        s_fake_send(fake, routing, "SB1 RESULT", json);
        free(json);
    }
    zsock_destroy(&fake);
    client_wait_connected(false);
    client_expect(40, SB_OK, "");
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(client_bed.replies[i].code, SB_OK);
    }
    bed_reply_free(&heard);
    zframe_destroy(&routing);
}

static void junk_from_the_server_is_survived(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const char *body;
    } rows[] = {
        {"",              ""                                                                  },
        {"SB1 RESULT",    ""                                                                  },
        {"SB1 RESULT",    "{\"id\":\"c1-000001\",\"id\":\"c1-000001\"}"                       },
        {"SB1 RESULT",    "{\"id\":\"c1-999999\"}"                                            },
        {"SB1 ACCEPT",    "{\"id\":\"c1-000001\"}"                                            },
        {"SB1 HINT tick", "{\"seq\":\"1\"}"                                                   },
        {"SB2 RESULT",    "{\"id\":\"c1-000001\"}"                                            },
        {"SB1 NACK",      "{\"id\":\"\",\"body\":{\"code\":\"INVALID\",\"text\":\"a frame\"}}"},
    };
    zsock_t *fake = s_fake_at(client_bed.endpoint, SB_HWM);
    client_connect_to(client_bed.endpoint, 8);
    client_call("echo", "1", CLIENT_NEVER_MS);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    bed_hear(client_bed.loop, fake, &routing, &heard);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_fake_send(fake, routing, rows[i].head, rows[i].body);
    }
    bed_frame(fake, zframe_data(routing), zframe_size(routing), true);
    bed_frame(fake, "alone", 5, false);
    s_fake_send(fake, routing, "SB1 NACK", "{\"id\":\"c1-000001\",\"body\":{\"code\":7}}");
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000001\"}"); /* a second answer */
    client_expect(1, SB_EINTERNAL, "can't be read");
    client_call("echo", "2", CLIENT_NEVER_MS);
    bed_hear(client_bed.loop, fake, &routing, &heard);
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000002\",\"body\":{\"x\":\"ok\"}}");
    client_expect(2, SB_OK, "ok");
    bed_reply_free(&heard);
    zframe_destroy(&routing);
    zsock_destroy(&fake);
}

static void frame_of_5_mib_only_costs_the_connection(void **state)
{
    (void)state;
    zsock_t *fake = s_fake_at(client_bed.endpoint, SB_HWM);
    client_connect_to(client_bed.endpoint, 8);
    client_call("echo", "1", CLIENT_NEVER_MS);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    bed_hear(client_bed.loop, fake, &routing, &heard);
    char *large = sb_alloc(5 * 1024 * 1024);
    bed_frame(fake, zframe_data(routing), zframe_size(routing), true);
    bed_frame(fake, large, 5 * 1024 * 1024, false);
    free(large);
    client_expect(1, SB_ETIMEOUT, "ended before it answered");
    client_call("echo", "2", CLIENT_NEVER_MS);
    bed_hear(client_bed.loop, fake, &routing, &heard);
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000002\",\"body\":{\"x\":\"ok\"}}");
    client_expect(2, SB_OK, "ok");
    bed_reply_free(&heard);
    zframe_destroy(&routing);
    zsock_destroy(&fake);
}

static bool s_client_is_full(void *arg)
{
    (void)arg;
    static char text[16384];
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 50; i++) {
        cJSON *body = sb_json_object();
        sb_json_add_str(body, "x", text);
        sb_client_call(client_bed.client, "echo", &body, CLIENT_NEVER_MS, 0, client_on_reply, NULL);
    }
    return client_bed.replies_len > 0; /* the first one over calls_max */
}

typedef struct {
    zsock_t *fake;
    size_t heard;
    size_t want;
} reading_t;

static bool s_fake_has_read_all(void *arg)
{
    reading_t *it = arg;
    while (zsock_events(it->fake) & ZMQ_POLLIN) {
        zmsg_t *msg = zmsg_recv(it->fake);
        assert_int_equal(zmsg_size(msg), 3);
        char *body = zframe_strdup(zmsg_last(msg));
        char *want = sb_format("\"c1-%06zu\"", ++it->heard);
        bed_assert_in(body, want);
        free(want);
        free(body);
        zmsg_destroy(&msg);
    }
    return it->heard == it->want;
}

/* A server that took some of the calls, of which there are more than SB_HWM and the kernel hold,
 * and reads none. */
static zsock_t *s_fake_that_is_full(reading_t *reading)
{
    zsock_t *fake = s_fake_at(client_bed.endpoint, 8);
    *reading = (reading_t){fake, 0, SB_HWM + 1500};
    client_connect_to(client_bed.endpoint, reading->want);
    client_wait_connected(true);
    assert_true(bed_run(client_bed.loop, s_client_is_full, NULL));
    assert_int_equal(client_bed.replies[0].code, SB_EBUSY);
    assert_int_equal(sb_client_pending(client_bed.client), reading->want);
    client_bed.replies_len = CLIENT_REPLIES_MAX; /* those that end now are not looked at */
    return fake;
}

static void call_waits_when_the_server_does_not_read(void **state)
{
    (void)state;
    reading_t reading;
    zsock_t *fake = s_fake_that_is_full(&reading);
    assert_true(bed_run(client_bed.loop, s_fake_has_read_all, &reading));
    zsock_destroy(&fake);
}

static bool s_sent_has_ended(void *arg)
{
    return sb_client_pending(client_bed.client) < *(const size_t *)arg;
}

static void call_waits_for_the_next_server_too(void **state)
{
    (void)state;
    reading_t reading;
    zsock_t *fake = s_fake_that_is_full(&reading);
    zsock_destroy(&fake);
    assert_true(bed_run(client_bed.loop, s_sent_has_ended, &reading.want));
    reading.fake = s_fake_at(client_bed.endpoint, SB_HWM);
    reading.heard = reading.want - sb_client_pending(client_bed.client); /* the rest, in order */
    assert_true(bed_run(client_bed.loop, s_fake_has_read_all, &reading));
    zsock_destroy(&reading.fake);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, client_set_up, client_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(death_of_the_server_ends_what_was_sent_alone),
        TEST(answer_before_the_end_of_the_connection_counts),
        TEST(junk_from_the_server_is_survived),
        TEST(frame_of_5_mib_only_costs_the_connection),
        TEST(call_waits_when_the_server_does_not_read),
        TEST(call_waits_for_the_next_server_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
