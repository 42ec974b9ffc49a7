#include "client_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_timing.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/bus.h"

struct client_bed client_bed;

/* ---- The server. */

static void on_echo(void *ctx, sb_call_t *call)
{
    (void)ctx;
    cJSON *body = sb_call_body_take(call);
    sb_call_result(&call, &body);
}

static void on_hold(void *ctx, sb_call_t *call)
{
    (void)ctx;
    assert_true(client_bed.held_len < CLIENT_REPLIES_MAX);
    client_bed.held[client_bed.held_len++] = call;
}

static void on_refuse(void *ctx, sb_call_t *call)
{
    (void)ctx;
    sb_err_t err;
    (void)sb_fail(&err, SB_ESTALE, "epoch %d is not the current one", (int)sb_call_epoch(call));
    sb_call_nack(&call, &err);
}

static const sb_route_t s_routes[] = {
    {"echo",   SB_ROLES_ALL,   SB_BODY_SIZE_MAX, on_echo  },
    {"hold",   SB_ROLES_ALL,   256,              on_hold  },
    {"refuse", SB_ROLES_ALL,   256,              on_refuse},
    {"secret", SB_ROLE_BOTCTL, 256,              on_echo  },
};

sb_server_t *client_server_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint, sb_err_t *err)
{
    return sb_server_new(loop, keys, endpoint, s_routes, sizeof s_routes / sizeof s_routes[0], NULL,
                         err);
}

/* The one before may still hold the port: libzmq closes in its own time. */
void client_serve_at(sb_keys_t *keys, const char *endpoint)
{
    sb_err_t err = {0};
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (!client_bed.server) {
        client_bed.server = client_server_new(client_bed.loop, keys, endpoint, &err);
        if (!client_bed.server && sb_clock_mono_ms() > end_ms) {
            fail_msg("%s", err.text);
        }
    }
    char *bound = sb_strdup(sb_server_endpoint(client_bed.server));
    free(client_bed.endpoint);
    client_bed.endpoint = bound;
}

void client_end_held(void)
{
    for (size_t i = 0; i < client_bed.held_len; i++) {
        sb_call_result(&client_bed.held[i], NULL);
    }
    client_bed.held_len = 0;
}

/* ---- The client. */

void client_connect_to(const char *endpoint, size_t calls_max)
{
    sb_err_t err = {0};
    client_bed.client = sb_client_new(client_bed.loop, client_bed.chatd, SB_ROLE_TASKD, endpoint,
                                      "c1", calls_max, &err);
    if (!client_bed.client) {
        fail_msg("%s", err.text);
    }
}

void client_on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)arg;
    if (client_bed.replies_len == CLIENT_REPLIES_MAX) {
        return;
    }
    assert_true((code == SB_OK) == (body != NULL) && (code == SB_OK) == (err == NULL));
    client_reply_t *reply = &client_bed.replies[client_bed.replies_len++];
    reply->code = code;
    const cJSON *x = body ? cJSON_GetObjectItemCaseSensitive(body, "x") : NULL;
    (void)snprintf(reply->text, sizeof reply->text, "%s",
                   err ? err->text
                   : x ? x->valuestring
                       : "");
}

void client_call(const char *name, const char *x, int64_t timeout_ms)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "x", x);
    const size_t before = client_bed.replies_len;
    sb_client_call(client_bed.client, name, &body, timeout_ms, 3, client_on_reply, NULL);
    assert_null(body);
    assert_int_equal(client_bed.replies_len, before); /* never before the call returns */
}

static bool s_has_replies(void *arg)
{
    return client_bed.replies_len >= *(const size_t *)arg;
}

void client_wait_replies(size_t n)
{
    if (!bed_run(client_bed.loop, s_has_replies, &n)) {
        fail_msg("%zu replies, expected %zu", client_bed.replies_len, n);
    }
}

void client_expect(size_t n, int code, const char *text)
{
    client_wait_replies(n);
    assert_int_equal(client_bed.replies_len, n);
    assert_int_equal(client_bed.replies[n - 1].code, code);
    bed_assert_in(client_bed.replies[n - 1].text, text);
}

void client_expect_unsent(const char *why)
{
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    do {
        assert_true(sb_clock_mono_ms() < end_ms);
        client_bed.replies_len = 0;
        client_call("echo", "", 100);
        client_wait_replies(1);
    } while (!strstr(client_bed.replies[0].text, why));
    assert_int_equal(client_bed.replies[0].code, SB_ERETRY);
    bed_assert_in(client_bed.replies[0].text, "echo was not sent to ");
    bed_assert_in(client_bed.replies[0].text, client_bed.endpoint);
}

static bool s_has_held(void *arg)
{
    return client_bed.held_len >= *(const size_t *)arg;
}

void client_wait_held(size_t n)
{
    assert_true(bed_run(client_bed.loop, s_has_held, &n));
}

static bool s_is_connected(void *arg)
{
    return sb_client_connected(client_bed.client) == *(const bool *)arg;
}

void client_wait_connected(bool want)
{
    assert_true(bed_run(client_bed.loop, s_is_connected, &want));
}

int client_set_up(void **state)
{
    (void)state;
    memset(&client_bed, 0, sizeof client_bed);
    sb_err_t err;
    sb_bus_timing.silence_ms = CLIENT_NEVER_MS; /* TCP waits as long as the machine needs */
    sb_bus_timing.retry_min_ms = 20;
    sb_bus_timing.retry_max_ms = 100;
    client_bed.folder = bed_keys_folder();
    client_bed.taskd = bed_keys(client_bed.folder, SB_ROLE_TASKD);
    client_bed.chatd = bed_keys(client_bed.folder, SB_ROLE_CHATD);
    assert_int_equal(sb_keys_auth_start(client_bed.taskd, &err), SB_OK);
    client_bed.loop = zloop_new();
    client_serve_at(client_bed.taskd, bed_endpoint());
    return 0;
}

int client_tear_down(void **state)
{
    (void)state;
    sb_client_destroy(&client_bed.client);
    sb_client_destroy(&client_bed.client);
    sb_server_destroy(&client_bed.server);
    client_end_held();
    zloop_destroy(&client_bed.loop);
    sb_keys_destroy(&client_bed.chatd);
    sb_keys_destroy(&client_bed.taskd);
    free(client_bed.endpoint);
    bed_remove(&client_bed.folder);
    return 0;
}
