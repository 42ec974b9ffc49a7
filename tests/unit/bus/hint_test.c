#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "lib/bus_hint.h"
#include "lib/bus_timing.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/msg.h"

#define NEVER_MS 3600000

static struct {
    char *folder;
    sb_keys_t *taskd;
    sb_keys_t *webd;
    zloop_t *loop;
    sb_hints_t *hints;
    char *endpoint;
    sb_hears_t *hears;
    char log[4096]; /* "R " for a resync, "topic=x " for a hint */
    size_t hints_len;
    size_t resyncs_len;
} s_it;

static void on_hint(void *ctx, const char *topic, const cJSON *body)
{
    assert_ptr_equal(ctx, &s_it);
    s_it.hints_len++;
    const cJSON *x = cJSON_GetObjectItemCaseSensitive(body, "x");
    const size_t used = strlen(s_it.log);
    (void)snprintf(s_it.log + used, sizeof s_it.log - used, "%s=%s ", topic,
                   x ? x->valuestring : "");
}

static void on_resync(void *ctx)
{
    assert_ptr_equal(ctx, &s_it);
    s_it.resyncs_len++;
    const size_t used = strlen(s_it.log);
    (void)snprintf(s_it.log + used, sizeof s_it.log - used, "R ");
}

static const char *const s_topics[] = {"work", "alert", NULL};

static void s_publish_at(const char *endpoint)
{
    sb_err_t err = {0};
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (!s_it.hints) { /* the one before may still hold the port */
        s_it.hints = sb_hints_new(s_it.loop, s_it.taskd, endpoint, &err);
        if (!s_it.hints && sb_clock_mono_ms() > end_ms) {
            fail_msg("%s", err.text);
        }
    }
    char *bound = sb_strdup(sb_hints_endpoint(s_it.hints));
    free(s_it.endpoint);
    s_it.endpoint = bound;
}

static void s_listen(void)
{
    sb_err_t err = {0};
    s_it.hears = sb_hears_new(s_it.loop, s_it.webd, SB_ROLE_TASKD, s_it.endpoint, s_topics, on_hint,
                              on_resync, &s_it, &err);
    if (!s_it.hears) {
        fail_msg("%s", err.text);
    }
}

static void s_send(const char *topic, const char *x)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "x", x);
    sb_hints_send(s_it.hints, topic, &body);
    assert_null(body);
}

static bool s_log_is(void *arg)
{
    return strcmp(s_it.log, arg) == 0;
}

static void s_expect(const char *log)
{
    if (!bed_run(s_it.loop, s_log_is, (void *)(uintptr_t)log)) {
        fail_msg("log is '%s', expected '%s'", s_it.log, log);
    }
}

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    sb_err_t err;
    sb_bus_timing.heartbeat_ms = 2000;
    sb_bus_timing.silence_ms = NEVER_MS;
    s_it.folder = bed_keys_folder();
    s_it.taskd = bed_keys(s_it.folder, SB_ROLE_TASKD);
    s_it.webd = bed_keys(s_it.folder, SB_ROLE_WEBD);
    assert_int_equal(sb_keys_auth_start(s_it.taskd, &err), SB_OK);
    s_it.loop = zloop_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_hears_destroy(&s_it.hears);
    sb_hears_destroy(&s_it.hears);
    sb_hints_destroy(&s_it.hints);
    sb_hints_destroy(&s_it.hints);
    zloop_destroy(&s_it.loop);
    sb_keys_destroy(&s_it.webd);
    sb_keys_destroy(&s_it.taskd);
    free(s_it.endpoint);
    bed_remove(&s_it.folder);
    return 0;
}

/* ---- */

static void hints_are_heard_after_one_resync(void **state)
{
    (void)state;
    sb_bus_timing.heartbeat_ms = NEVER_MS; /* the first tick comes for the subscription */
    s_publish_at(bed_endpoint());
    s_listen();
    s_expect("R ");
    s_send("work", "1");
    s_send("localchat", "2"); /* not ours */
    s_send("workshop", "3");  /* not ours either, though its name begins like one */
    s_send("alert", "4");
    sb_hints_send(s_it.hints, "work", NULL);
    s_expect("R work=1 alert=4 work= ");
}

static bool s_has_passed(void *arg)
{
    return sb_clock_mono_ms() >= *(const int64_t *)arg;
}

static void ticks_explain_gaps_and_keep_silence_away(void **state)
{
    (void)state;
    sb_bus_timing.heartbeat_ms = 20;
    s_publish_at(bed_endpoint());
    s_listen();
    s_expect("R ");
    for (int i = 0; i < 10; i++) {
        s_send("localchat", "");
        s_send("alert", "");
    }
    int64_t end_ms = sb_clock_mono_ms() + 300;
    assert_true(bed_run(s_it.loop, s_has_passed, &end_ms));
    s_expect("R alert= alert= alert= alert= alert= alert= alert= alert= alert= alert= ");
}

static void second_reader_disturbs_nobody(void **state)
{
    (void)state;
    sb_bus_timing.heartbeat_ms = NEVER_MS;
    s_publish_at(bed_endpoint());
    s_listen();
    s_expect("R ");
    sb_hears_t *first = s_it.hears;
    s_listen();
    s_expect("R R ");
    s_send("work", "1");
    s_expect("R R work=1 work=1 ");
    sb_hears_destroy(&first);
    s_send("work", "2");
    s_expect("R R work=1 work=1 work=2 ");
}

static void restart_of_the_publisher_means_resync(void **state)
{
    (void)state;
    s_publish_at(bed_endpoint());
    s_listen();
    s_expect("R ");
    s_send("work", "1");
    s_expect("R work=1 ");
    sb_hints_destroy(&s_it.hints);
    s_publish_at(s_it.endpoint);
    s_expect("R work=1 R ");
    s_send("work", "2");
    s_expect("R work=1 R work=2 ");
}

static bool s_has_two_resyncs(void *arg)
{
    (void)arg;
    return s_it.resyncs_len >= 2;
}

static void slow_reader_loses_hints_and_learns_it(void **state)
{
    (void)state;
    /* A local socket, for which the kernel holds little. */
    char *endpoint = sb_format("ipc://%s/hints.sock", s_it.folder);
    s_publish_at(endpoint);
    free(endpoint);
    s_listen();
    s_expect("R ");
    const int sent = 8 * SB_HWM;     /* more than both queues hold */
    for (int i = 0; i < sent; i++) { /* it must never wait */
        s_send("localchat", "");
        s_send("alert", "");
    }
    assert_true(bed_run(s_it.loop, s_has_two_resyncs, NULL));
    assert_in_range(s_it.hints_len, 1, sent - 1);
}

/* ---- Against a publisher that says what it likes. */

static zsock_t *s_fake(void)
{
    zsock_t *fake = zsock_new(ZMQ_XPUB);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_server(s_it.taskd, fake, &err), SB_OK);
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (zsock_bind(fake, "%s", s_it.endpoint ? s_it.endpoint : bed_endpoint()) < 0) {
        assert_true(sb_clock_mono_ms() < end_ms);
    }
    if (!s_it.endpoint) {
        s_it.endpoint = sb_strdup(zsock_endpoint(fake));
    }
    return fake;
}

typedef struct {
    zsock_t *fake;
    int left;
} subscribing_t;

static bool s_has_subscribed(void *arg)
{
    subscribing_t *it = arg;
    char data[64];
    while (zmq_recv(zsock_resolve(it->fake), data, sizeof data, ZMQ_DONTWAIT) > 0) {
        it->left -= data[0] == 1;
    }
    return it->left <= 0;
}

static void s_wait_subscribed(zsock_t *fake)
{
    subscribing_t it = {fake, 3}; /* two topics and the tick */
    assert_true(bed_run(s_it.loop, s_has_subscribed, &it));
}

static void new_connection_means_resync_though_no_number_is_missing(void **state)
{
    (void)state;
    zsock_t *fake = s_fake();
    s_listen();
    s_wait_subscribed(fake);
    bed_send(fake, "SB1 HINT tick", "{\"seq\":\"5\",\"body\":{\"topics\":{}}}");
    bed_send(fake, "SB1 HINT work", "{\"seq\":\"6\",\"body\":{\"x\":\"a\"}}");
    s_expect("R work=a ");
    zsock_destroy(&fake);
    fake = s_fake();
    s_wait_subscribed(fake);
    bed_send(fake, "SB1 HINT work", "{\"seq\":\"7\",\"body\":{\"x\":\"b\"}}");
    s_expect("R work=a R work=b ");
    zsock_destroy(&fake);
}

static void junk_is_survived(void **state)
{
    (void)state;
    zsock_t *fake = s_fake();
    s_listen();
    s_wait_subscribed(fake);
    bed_send(fake, "SB1 HINT tick", "{\"seq\":\"5\",\"body\":{\"topics\":{}}}");
    bed_send(fake, "SB1 HINT work", "{");
    bed_send(fake, "SB1 HINT work", "{\"seq\":6}");
    bed_send(fake, "SB1 HINT workshop of/wrong", "{\"seq\":\"6\"}");
    bed_frame(fake, "SB1 HINT work", 13, false);
    bed_send(fake, "SB1 HINT tick", "{\"seq\":\"6\"}"); /* no counts: who knows */
    bed_send(fake, "SB1 HINT work", "{\"seq\":\"7\",\"body\":{\"x\":\"b\"}}");
    s_expect("R R work=b ");
    zsock_destroy(&fake);
}

static void silence_means_resync_and_a_new_connection(void **state)
{
    (void)state;
    sb_bus_timing.silence_ms = 100;
    zsock_t *fake = s_fake();
    s_listen();
    s_wait_subscribed(fake);
    s_expect("R "); /* though nothing was ever heard */
    s_wait_subscribed(fake);
    zsock_destroy(&fake);
}

/* ---- */

static bool s_has_strangers(void *arg)
{
    (void)arg;
    cJSON *stats = sb_json_object();
    sb_hints_stats_json(s_it.hints, stats);
    const int n = cJSON_GetObjectItemCaseSensitive(stats, "hint_strangers")->valueint;
    cJSON_Delete(stats);
    return n > 0;
}

static void stranger_hears_nothing(void **state)
{
    (void)state;
    s_publish_at(bed_endpoint());
    zsock_t *stranger = zsock_new(ZMQ_SUB);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_client(s_it.webd, stranger, SB_ROLE_TASKD, &err), SB_OK);
    zcert_t *cert = zcert_new();
    zcert_apply(cert, stranger);
    zcert_destroy(&cert);
    zsock_set_subscribe(stranger, "");
    assert_int_equal(zsock_connect(stranger, "%s", s_it.endpoint), 0);
    assert_true(bed_run(s_it.loop, s_has_strangers, NULL));
    s_send("work", "1");
    bed_run_ms(s_it.loop, 20);
    assert_false(zsock_events(stranger) & ZMQ_POLLIN);
    zsock_destroy(&stranger);
}

static void address_that_is_none_is_an_error(void **state)
{
    (void)state;
    sb_err_t err = {0};
    assert_null(sb_hints_new(s_it.loop, s_it.taskd, "nonsense", &err));
    bed_assert_in(err.text, "nonsense");
    assert_null(sb_hears_new(s_it.loop, s_it.webd, SB_ROLE_TASKD, "nonsense", s_topics, on_hint,
                             on_resync, &s_it, &err));
    bed_assert_in(err.text, "nonsense");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    sb_bus_timing.retry_min_ms = 20;
    sb_bus_timing.retry_max_ms = 100;
    const struct CMUnitTest tests[] = {
        TEST(hints_are_heard_after_one_resync),
        TEST(ticks_explain_gaps_and_keep_silence_away),
        TEST(second_reader_disturbs_nobody),
        TEST(restart_of_the_publisher_means_resync),
        TEST(slow_reader_loses_hints_and_learns_it),
        TEST(new_connection_means_resync_though_no_number_is_missing),
        TEST(junk_is_survived),
        TEST(silence_means_resync_and_a_new_connection),
        TEST(stranger_hears_nothing),
        TEST(address_that_is_none_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
