#include "worker_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/bus_timing.h"
#include "lib/clock.h"
#include "lib/mem.h"

struct worker_bed worker_bed;

/* ---- The worker's handlers. */

static void on_send(void *ctx, sb_call_t *call)
{
    assert_ptr_equal(ctx, &worker_bed);
    assert_int_equal(sb_call_role(call), SB_ROLE_BOTD);
    worker_bed.sends++;
    cJSON *body = sb_json_object();
    sb_json_add_int(body, "n", (int64_t)worker_bed.sends);
    sb_call_result(&call, &body);
}

static void on_hold(void *ctx, sb_call_t *call)
{
    (void)ctx;
    assert_true(worker_bed.held_len < WORKER_HELD_MAX);
    worker_bed.held[worker_bed.held_len++] = call;
}

static const sb_route_t s_routes[] = {
    {"chat.send", SB_ROLE_BOTD,  512, on_send},
    {"chat.hold", SB_ROLE_BOTD,  512, on_hold},
    {"chat.own",  SB_ROLE_CHATD, 512, on_send},
};

void worker_end_held(void)
{
    for (size_t i = 0; i < worker_bed.held_len; i++) {
        if (worker_bed.held[i]) {
            sb_call_result(&worker_bed.held[i], NULL);
        }
    }
    worker_bed.held_len = 0;
}

/* ---- botd. */

void worker_open(worker_botd_t *botd)
{
    botd->sock = zsock_new(ZMQ_ROUTER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_server(worker_bed.botd_keys, botd->sock, &err), SB_OK);
    const char *endpoint = botd->endpoint ? botd->endpoint : bed_endpoint();
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (zsock_bind(botd->sock, "%s", endpoint) < 0) {
        assert_true(sb_clock_mono_ms() < end_ms);
    }
    if (!botd->endpoint) {
        botd->endpoint = sb_strdup(zsock_endpoint(botd->sock));
    }
}

void worker_close(worker_botd_t *botd)
{
    zsock_destroy(&botd->sock);
    zframe_destroy(&botd->worker);
    bed_reply_free(&botd->heard);
}

void worker_expect_at(worker_botd_t *botd, const char *head, const char *text)
{
    bed_hear(worker_bed.loop, botd->sock, &botd->worker, &botd->heard);
    assert_string_equal(botd->heard.head, head);
    bed_assert_in(botd->heard.body, text);
}

void worker_expect(const char *head, const char *text)
{
    worker_expect_at(&worker_bed.botd, head, text);
}

void worker_tell_at(worker_botd_t *botd, const char *head, const char *body)
{
    bed_frame(botd->sock, zframe_data(botd->worker), zframe_size(botd->worker), true);
    bed_send(botd->sock, head, body);
}

void worker_tell(const char *head, const char *body)
{
    worker_tell_at(&worker_bed.botd, head, body);
}

void worker_job_at(worker_botd_t *botd, const char *name, const char *id, int epoch)
{
    char *head = sb_format("SB1 REQ %s", name);
    char *body = sb_format("{\"id\":\"%s\",\"epoch\":\"%d\",\"timeout_ms\":60000}", id, epoch);
    worker_tell_at(botd, head, body);
    free(head);
    free(body);
}

void worker_job(const char *name, const char *id)
{
    worker_job_at(&worker_bed.botd, name, id, 1);
}

static bool s_has_held(void *arg)
{
    return worker_bed.held_len >= *(const size_t *)arg;
}

void worker_wait_held(size_t n)
{
    assert_true(bed_run(worker_bed.loop, s_has_held, &n));
}

static bool s_knows(void *arg)
{
    return sb_worker_connected(worker_bed.worker) == *(const bool *)arg;
}

void worker_wait_connected(bool want)
{
    assert_true(bed_run(worker_bed.loop, s_knows, &want));
}

/* ---- */

sb_worker_t *worker_at(const char *endpoint, uint32_t credit)
{
    const sb_worker_config_t config = {"chatd", "local", "c1", credit};
    sb_err_t err = {0};
    sb_worker_t *worker =
        sb_worker_new(worker_bed.loop, worker_bed.chatd_keys, endpoint, &config, s_routes,
                      sizeof s_routes / sizeof s_routes[0], &worker_bed, &err);
    if (!worker) {
        fail_msg("%s", err.text);
    }
    return worker;
}

void worker_start(uint32_t credit)
{
    worker_bed.worker = worker_at(worker_bed.botd.endpoint, credit);
    worker_expect("SB1 READY chatd", "");
    worker_tell("SB1 HEARTBEAT", "{}");
    worker_wait_connected(true);
}

int worker_set_up(void **state)
{
    (void)state;
    memset(&worker_bed, 0, sizeof worker_bed);
    sb_err_t err;
    /* Long, so that nothing is said that the test did not ask for. */
    sb_bus_timing.heartbeat_ms = WORKER_NEVER_MS;
    sb_bus_timing.silence_ms = WORKER_NEVER_MS;
    sb_bus_timing.retry_min_ms = 20;
    sb_bus_timing.retry_max_ms = 100;
    worker_bed.folder = bed_keys_folder();
    worker_bed.botd_keys = bed_keys(worker_bed.folder, SB_ROLE_BOTD);
    worker_bed.chatd_keys = bed_keys(worker_bed.folder, SB_ROLE_CHATD);
    assert_int_equal(sb_keys_auth_start(worker_bed.botd_keys, &err), SB_OK);
    worker_bed.loop = zloop_new();
    worker_open(&worker_bed.botd);
    return 0;
}

int worker_tear_down(void **state)
{
    (void)state;
    sb_worker_destroy(&worker_bed.worker);
    sb_worker_destroy(&worker_bed.second);
    worker_end_held();
    worker_close(&worker_bed.botd);
    worker_close(&worker_bed.standby);
    free(worker_bed.botd.endpoint);
    free(worker_bed.standby.endpoint);
    zloop_destroy(&worker_bed.loop);
    sb_keys_destroy(&worker_bed.chatd_keys);
    sb_keys_destroy(&worker_bed.botd_keys);
    bed_remove(&worker_bed.folder);
    return 0;
}
