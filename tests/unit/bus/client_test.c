#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "lib/bus_client.h"
#include "lib/bus_server.h"
#include "lib/bus_timing.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/bus.h"

#define REPLIES_MAX 64
#define NEVER_MS 60000

typedef struct {
    int code;
    char text[256]; /* the err's, or the body's member "x" */
} reply_t;

static struct {
    char *folder;
    sb_keys_t *taskd;
    sb_keys_t *chatd;
    zloop_t *loop;
    sb_server_t *server;
    char *endpoint;
    sb_client_t *client;
    sb_call_t *held[REPLIES_MAX];
    size_t held_len;
    reply_t replies[REPLIES_MAX];
    size_t replies_len;
} s_it;

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
    assert_true(s_it.held_len < REPLIES_MAX);
    s_it.held[s_it.held_len++] = call;
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

/* The one before may still hold the port: libzmq closes in its own time. */
static void s_serve_at(sb_keys_t *keys, const char *endpoint)
{
    sb_err_t err = {0};
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (!s_it.server) {
        s_it.server = sb_server_new(s_it.loop, keys, endpoint, s_routes,
                                    sizeof s_routes / sizeof s_routes[0], NULL, &err);
        if (!s_it.server && sb_clock_mono_ms() > end_ms) {
            fail_msg("%s", err.text);
        }
    }
    char *bound = sb_strdup(sb_server_endpoint(s_it.server));
    free(s_it.endpoint);
    s_it.endpoint = bound;
}

static void s_end_held(void)
{
    for (size_t i = 0; i < s_it.held_len; i++) {
        sb_call_result(&s_it.held[i], NULL);
    }
    s_it.held_len = 0;
}

/* ---- The client. */

static void s_connect_to(const char *endpoint, size_t calls_max)
{
    sb_err_t err = {0};
    s_it.client =
        sb_client_new(s_it.loop, s_it.chatd, SB_ROLE_TASKD, endpoint, "c1", calls_max, &err);
    if (!s_it.client) {
        fail_msg("%s", err.text);
    }
}

static void on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)arg;
    if (s_it.replies_len == REPLIES_MAX) {
        return;
    }
    assert_true((code == SB_OK) == (body != NULL) && (code == SB_OK) == (err == NULL));
    reply_t *reply = &s_it.replies[s_it.replies_len++];
    reply->code = code;
    const cJSON *x = body ? cJSON_GetObjectItemCaseSensitive(body, "x") : NULL;
    (void)snprintf(reply->text, sizeof reply->text, "%s",
                   err ? err->text
                   : x ? x->valuestring
                       : "");
}

static void s_call(const char *name, const char *x, int64_t timeout_ms)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "x", x);
    const size_t before = s_it.replies_len;
    sb_client_call(s_it.client, name, &body, timeout_ms, 3, on_reply, NULL);
    assert_null(body);
    assert_int_equal(s_it.replies_len, before); /* never before the call returns */
}

static bool s_has_replies(void *arg)
{
    return s_it.replies_len >= *(const size_t *)arg;
}

static void s_expect(size_t n, int code, const char *text)
{
    if (!bed_run(s_it.loop, s_has_replies, &n)) {
        fail_msg("%zu replies, expected %zu", s_it.replies_len, n);
    }
    assert_int_equal(s_it.replies_len, n);
    assert_int_equal(s_it.replies[n - 1].code, code);
    bed_assert_in(s_it.replies[n - 1].text, text);
}

/* Calls until the text says why nothing is sent: how soon that is known, and how soon the port of
 * the server before is closed, depends on the machine. */
static void s_expect_unsent(const char *why)
{
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    size_t one = 1;
    do {
        assert_true(sb_clock_mono_ms() < end_ms);
        s_it.replies_len = 0;
        s_call("echo", "", 100);
        assert_true(bed_run(s_it.loop, s_has_replies, &one));
    } while (!strstr(s_it.replies[0].text, why));
    assert_int_equal(s_it.replies[0].code, SB_ERETRY);
    bed_assert_in(s_it.replies[0].text, "echo was not sent to ");
    bed_assert_in(s_it.replies[0].text, s_it.endpoint);
}

static bool s_has_held(void *arg)
{
    return s_it.held_len >= *(const size_t *)arg;
}

static bool s_is_connected(void *arg)
{
    return sb_client_connected(s_it.client) == *(const bool *)arg;
}

static void s_wait_connected(bool want)
{
    assert_true(bed_run(s_it.loop, s_is_connected, &want));
}

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    sb_err_t err;
    sb_bus_timing.silence_ms = NEVER_MS; /* TCP waits as long as the machine needs */
    s_it.folder = bed_keys_folder();
    s_it.taskd = bed_keys(s_it.folder, SB_ROLE_TASKD);
    s_it.chatd = bed_keys(s_it.folder, SB_ROLE_CHATD);
    assert_int_equal(sb_keys_auth_start(s_it.taskd, &err), SB_OK);
    s_it.loop = zloop_new();
    s_serve_at(s_it.taskd, bed_endpoint());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_client_destroy(&s_it.client);
    sb_client_destroy(&s_it.client);
    sb_server_destroy(&s_it.server);
    s_end_held();
    zloop_destroy(&s_it.loop);
    sb_keys_destroy(&s_it.chatd);
    sb_keys_destroy(&s_it.taskd);
    free(s_it.endpoint);
    bed_remove(&s_it.folder);
    return 0;
}

/* ---- */

static void call_is_answered(void **state)
{
    (void)state;
    s_connect_to(s_it.endpoint, 8);
    assert_false(sb_client_connected(s_it.client));
    s_call("echo", "hello", NEVER_MS); /* waits for the connection */
    assert_int_equal(sb_client_pending(s_it.client), 1);
    s_expect(1, SB_OK, "hello");
    assert_true(sb_client_connected(s_it.client));
    assert_int_equal(sb_client_pending(s_it.client), 0);
    s_call("echo", "again", NEVER_MS);
    s_expect(2, SB_OK, "again");
    sb_client_call(s_it.client, "echo", NULL, NEVER_MS, 0, on_reply, NULL);
    s_expect(3, SB_OK, "");
}

static void refusals_come_back(void **state)
{
    (void)state;
    s_connect_to(s_it.endpoint, 8);
    s_call("refuse", "", NEVER_MS);
    s_expect(1, SB_ESTALE, "epoch 3 is not the current one");
    s_call("secret", "", NEVER_MS);
    s_expect(2, SB_EFORBIDDEN, "chatd may not send secret");
    s_call("nonsense", "", NEVER_MS);
    s_expect(3, SB_EUNKNOWN, "nonsense");
}

static void silence_becomes_a_time_out(void **state)
{
    (void)state;
    s_connect_to(s_it.endpoint, 8);
    s_call("echo", "", NEVER_MS);
    s_expect(1, SB_OK, "");
    const int64_t start_ms = sb_clock_mono_ms();
    s_call("hold", "", 30);
    s_expect(2, SB_ETIMEOUT, "did not answer hold in time");
    assert_true(sb_clock_mono_ms() - start_ms >= 30);
    assert_int_equal(sb_client_pending(s_it.client), 0);
    s_end_held(); /* too late, and no second reply */
    s_call("echo", "x", NEVER_MS);
    s_expect(3, SB_OK, "x");
}

static void what_was_never_sent_says_why(void **state)
{
    (void)state;
    sb_server_destroy(&s_it.server);
    s_connect_to(s_it.endpoint, 8);
    s_expect_unsent("nobody answers there");
}

static void calls_are_bounded(void **state)
{
    (void)state;
    s_connect_to(s_it.endpoint, 2);
    s_call("hold", "", NEVER_MS);
    s_call("hold", "", NEVER_MS);
    s_call("echo", "", NEVER_MS);
    s_call("echo", "", NEVER_MS);
    assert_int_equal(sb_client_pending(s_it.client), 2);
    s_expect(2, SB_EBUSY, "2 calls wait for taskd already");
    size_t want = 2;
    assert_true(bed_run(s_it.loop, s_has_held, &want));
    s_end_held();
    s_expect(4, SB_OK, "");
    s_call("echo", "free", NEVER_MS);
    s_expect(5, SB_OK, "free");
}

static void call_over_the_limit_is_not_sent(void **state)
{
    (void)state;
    s_connect_to(s_it.endpoint, 2);
    char *text = sb_alloc(SB_BODY_SIZE_MAX + 1);
    memset(text, 'x', SB_BODY_SIZE_MAX);
    s_call("echo", text, NEVER_MS);
    s_expect(1, SB_ETOOLARGE, "at most 1048576");
    s_wait_connected(true);
    s_call("echo", text, NEVER_MS);
    s_expect(2, SB_ETOOLARGE, "at most 1048576");
    free(text);
    assert_int_equal(sb_client_pending(s_it.client), 0);
    s_call("echo", "small", NEVER_MS);
    s_expect(3, SB_OK, "small");
}

/* ---- Against a server that does what it likes. */

static zsock_t *s_fake_at(const char *endpoint, int rcvhwm)
{
    sb_server_destroy(&s_it.server);
    zsock_t *fake = zsock_new(ZMQ_ROUTER);
    sb_err_t err;
    assert_int_equal(sb_keys_secure_server(s_it.taskd, fake, &err), SB_OK);
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
    zsock_t *fake = s_fake_at(s_it.endpoint, SB_HWM);
    s_connect_to(s_it.endpoint, 8);
    s_call("echo", "1", NEVER_MS);
    s_call("echo", "2", NEVER_MS);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    bed_hear(s_it.loop, fake, &routing, &heard);
    bed_hear(s_it.loop, fake, &routing, &heard);
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000001\",\"body\":{\"x\":\"one\"}}");
    s_expect(1, SB_OK, "one");
    zsock_destroy(&fake);
    s_wait_connected(false);
    s_call("echo", "3", NEVER_MS); /* was not sent, so it waits */
    s_expect(2, SB_ETIMEOUT, "ended before it answered echo");
    assert_int_equal(sb_client_pending(s_it.client), 1);

    fake = s_fake_at(s_it.endpoint, SB_HWM);
    bed_hear(s_it.loop, fake, &routing, &heard);
    bed_assert_in(heard.body, "{\"id\":\"c1-000003\",\"epoch\":\"3\",\"timeout_ms\":");
    bed_assert_in(heard.body, "\"body\":{\"x\":\"3\"}");
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000003\",\"body\":{\"x\":\"ok\"}}");
    s_expect(3, SB_OK, "ok");
    bed_reply_free(&heard);
    zframe_destroy(&routing);
    zsock_destroy(&fake);
}

static void answer_before_the_end_of_the_connection_counts(void **state)
{
    (void)state;
    zsock_t *fake = s_fake_at(s_it.endpoint, SB_HWM);
    zsock_set_linger(fake, 1000);
    s_connect_to(s_it.endpoint, 40);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    for (int i = 1; i <= 40; i++) {
        s_call("echo", "", NEVER_MS);
        bed_hear(s_it.loop, fake, &routing, &heard);
    }
    for (int i = 1; i <= 40; i++) {
        char *json = sb_format("{\"id\":\"c1-%06d\"}", i);
        s_fake_send(fake, routing, "SB1 RESULT", json);
        free(json);
    }
    zsock_destroy(&fake);
    s_wait_connected(false);
    s_expect(40, SB_OK, "");
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(s_it.replies[i].code, SB_OK);
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
    zsock_t *fake = s_fake_at(s_it.endpoint, SB_HWM);
    s_connect_to(s_it.endpoint, 8);
    s_call("echo", "1", NEVER_MS);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    bed_hear(s_it.loop, fake, &routing, &heard);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_fake_send(fake, routing, rows[i].head, rows[i].body);
    }
    bed_frame(fake, zframe_data(routing), zframe_size(routing), true);
    bed_frame(fake, "alone", 5, false);
    s_fake_send(fake, routing, "SB1 NACK", "{\"id\":\"c1-000001\",\"body\":{\"code\":7}}");
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000001\"}"); /* a second answer */
    s_expect(1, SB_EINTERNAL, "can't be read");
    s_call("echo", "2", NEVER_MS);
    bed_hear(s_it.loop, fake, &routing, &heard);
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000002\",\"body\":{\"x\":\"ok\"}}");
    s_expect(2, SB_OK, "ok");
    bed_reply_free(&heard);
    zframe_destroy(&routing);
    zsock_destroy(&fake);
}

static void frame_of_5_mib_only_costs_the_connection(void **state)
{
    (void)state;
    zsock_t *fake = s_fake_at(s_it.endpoint, SB_HWM);
    s_connect_to(s_it.endpoint, 8);
    s_call("echo", "1", NEVER_MS);
    zframe_t *routing = NULL;
    bed_reply_t heard = {0};
    bed_hear(s_it.loop, fake, &routing, &heard);
    char *large = sb_alloc(5 * 1024 * 1024);
    bed_frame(fake, zframe_data(routing), zframe_size(routing), true);
    bed_frame(fake, large, 5 * 1024 * 1024, false);
    free(large);
    s_expect(1, SB_ETIMEOUT, "ended before it answered");
    s_call("echo", "2", NEVER_MS);
    bed_hear(s_it.loop, fake, &routing, &heard);
    s_fake_send(fake, routing, "SB1 RESULT", "{\"id\":\"c1-000002\",\"body\":{\"x\":\"ok\"}}");
    s_expect(2, SB_OK, "ok");
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
        sb_client_call(s_it.client, "echo", &body, NEVER_MS, 0, on_reply, NULL);
    }
    return s_it.replies_len > 0; /* the first one over calls_max */
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

/* A server that took some of 2500 calls, more than SB_HWM and what the kernel holds, and reads
 * none. */
static zsock_t *s_fake_that_is_full(reading_t *reading)
{
    zsock_t *fake = s_fake_at(s_it.endpoint, 8);
    *reading = (reading_t){fake, 0, 2500};
    s_connect_to(s_it.endpoint, reading->want);
    s_wait_connected(true);
    assert_true(bed_run(s_it.loop, s_client_is_full, NULL));
    assert_int_equal(s_it.replies[0].code, SB_EBUSY);
    assert_int_equal(sb_client_pending(s_it.client), reading->want);
    s_it.replies_len = REPLIES_MAX; /* those that end now are not looked at */
    return fake;
}

static void call_waits_when_the_server_does_not_read(void **state)
{
    (void)state;
    reading_t reading;
    zsock_t *fake = s_fake_that_is_full(&reading);
    assert_true(bed_run(s_it.loop, s_fake_has_read_all, &reading));
    zsock_destroy(&fake);
}

static bool s_sent_has_ended(void *arg)
{
    return sb_client_pending(s_it.client) < *(const size_t *)arg;
}

static void call_waits_for_the_next_server_too(void **state)
{
    (void)state;
    reading_t reading;
    zsock_t *fake = s_fake_that_is_full(&reading);
    zsock_destroy(&fake);
    assert_true(bed_run(s_it.loop, s_sent_has_ended, &reading.want));
    reading.fake = s_fake_at(s_it.endpoint, SB_HWM);
    reading.heard = reading.want - sb_client_pending(s_it.client); /* the rest, in order */
    assert_true(bed_run(s_it.loop, s_fake_has_read_all, &reading));
    zsock_destroy(&reading.fake);
}

/* ---- Keys. */

/* A folder whose taskd is that of the other folder, but which knows another chatd. */
static char *s_folder_of_a_server_that_knows_us_not(void)
{
    char *folder = bed_keys_folder();
    static const char *const names[] = {"taskd.pub", "taskd.key"};
    for (size_t i = 0; i < 2; i++) {
        char *from = sb_format("%s/%s", s_it.folder, names[i]);
        char *to = sb_format("%s/%s", folder, names[i]);
        zchunk_t *chunk = zchunk_slurp(from, 0);
        assert_non_null(chunk);
        FILE *file = fopen(to, "wb");
        assert_non_null(file);
        assert_int_equal(zchunk_write(chunk, file), 0);
        fclose(file);
        zchunk_destroy(&chunk);
        free(from);
        free(to);
    }
    return folder;
}

static void refused_key_works_once_it_is_known(void **state)
{
    (void)state;
    sb_err_t err;
    char *folder = s_folder_of_a_server_that_knows_us_not();
    sb_keys_t *strict = bed_keys(folder, SB_ROLE_TASKD);
    sb_server_destroy(&s_it.server);
    sb_keys_destroy(&s_it.taskd);
    assert_int_equal(sb_keys_auth_start(strict, &err), SB_OK);
    s_serve_at(strict, s_it.endpoint);
    s_connect_to(s_it.endpoint, 8);
    s_expect_unsent("our key was refused");
    s_call("echo", "at last", NEVER_MS);
    assert_true(sb_server_stats(s_it.server)->strangers >= 1);

    sb_server_destroy(&s_it.server);
    sb_keys_destroy(&strict);
    s_it.taskd = bed_keys(s_it.folder, SB_ROLE_TASKD);
    assert_int_equal(sb_keys_auth_start(s_it.taskd, &err), SB_OK);
    s_serve_at(s_it.taskd, s_it.endpoint);
    s_expect(2, SB_OK, "at last");
    bed_remove(&folder);
}

static void server_with_another_key_is_told(void **state)
{
    (void)state;
    sb_err_t err;
    s_it.client = sb_client_new(s_it.loop, s_it.chatd, SB_ROLE_BOTD, s_it.endpoint, "c1", 8, &err);
    assert_non_null(s_it.client);
    s_expect_unsent("the server may have another key");
}

static void endpoint_that_is_none_is_an_error(void **state)
{
    (void)state;
    sb_err_t err = {0};
    assert_null(sb_client_new(s_it.loop, s_it.chatd, SB_ROLE_TASKD, "nonsense", "c1", 8, &err));
    bed_assert_in(err.text, "nonsense");
}

/* ---- Ends. */

static void end_of_the_client_ends_its_calls(void **state)
{
    (void)state;
    s_connect_to(s_it.endpoint, 2);
    s_call("hold", "", NEVER_MS);
    s_call("hold", "", NEVER_MS);
    s_call("hold", "", NEVER_MS); /* over calls_max */
    sb_client_destroy(&s_it.client);
    assert_int_equal(s_it.replies_len, 3);
    assert_int_equal(s_it.replies[0].code, SB_ERETRY);
    assert_int_equal(s_it.replies[1].code, SB_ERETRY);
    assert_int_equal(s_it.replies[2].code, SB_EBUSY);
}

static void on_reply_call_again(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    (void)err;
    int *left = arg;
    (void)code;
    s_it.replies_len++;
    if (--*left > 0) {
        sb_client_call(s_it.client, "echo", NULL, NEVER_MS, 0, on_reply_call_again, left);
    }
}

static void callback_may_call_again(void **state)
{
    (void)state;
    int left = 5;
    s_connect_to(s_it.endpoint, 1);
    sb_client_call(s_it.client, "echo", NULL, NEVER_MS, 0, on_reply_call_again, &left);
    size_t want = 5;
    assert_true(bed_run(s_it.loop, s_has_replies, &want));

    left = 2;
    sb_client_call(s_it.client, "hold", NULL, NEVER_MS, 0, on_reply_call_again, &left);
    sb_client_destroy(&s_it.client); /* what is called now is forgotten */
    assert_int_equal(s_it.replies_len, 6);
}

/* ---- Asking without a loop: the server has a thread of its own. */

static int s_on_pipe(zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void)loop;
    (void)pipe;
    (void)arg;
    return -1;
}

static void s_server_thread(zsock_t *pipe, void *arg)
{
    zloop_t *loop = zloop_new();
    sb_err_t err;
    sb_server_t *server = sb_server_new(loop, arg, bed_endpoint(), s_routes,
                                        sizeof s_routes / sizeof s_routes[0], NULL, &err);
    assert_non_null(server);
    zsock_signal(pipe, 0);
    (void)zstr_send(pipe, sb_server_endpoint(server));
    (void)zloop_reader(loop, pipe, s_on_pipe, NULL);
    (void)zloop_start(loop);
    sb_server_destroy(&server);
    zloop_destroy(&loop);
}

static void asking_needs_no_loop(void **state)
{
    (void)state;
    zactor_t *thread = zactor_new(s_server_thread, s_it.taskd);
    char *endpoint = zstr_recv(thread);
    assert_non_null(endpoint);
    sb_err_t err = {0};
    cJSON *answer = NULL;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "x", "hello");
    assert_int_equal(
        sb_client_ask(s_it.chatd, SB_ROLE_TASKD, endpoint, "echo", &body, NEVER_MS, &answer, &err),
        SB_OK);
    assert_null(body);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(answer, "x")->valuestring, "hello");
    cJSON_Delete(answer);

    assert_int_equal(
        sb_client_ask(s_it.chatd, SB_ROLE_TASKD, endpoint, "refuse", NULL, NEVER_MS, &answer, &err),
        SB_ESTALE);
    assert_null(answer);
    assert_int_equal(
        sb_client_ask(s_it.chatd, SB_ROLE_TASKD, endpoint, "hold", NULL, 1000, &answer, &err),
        SB_ETIMEOUT);
    assert_int_equal(
        sb_client_ask(s_it.chatd, SB_ROLE_TASKD, "nonsense", "echo", NULL, NEVER_MS, &answer, &err),
        SB_EINVALID);
    zactor_destroy(&thread);
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    int code;
    do { /* libzmq closes the port in its own time */
        assert_true(sb_clock_mono_ms() < end_ms);
        code = sb_client_ask(s_it.chatd, SB_ROLE_TASKD, endpoint, "echo", NULL, 200, &answer, &err);
    } while (code == SB_ETIMEOUT);
    assert_int_equal(code, SB_ERETRY);
    zstr_free(&endpoint);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    sb_bus_timing.retry_min_ms = 20;
    sb_bus_timing.retry_max_ms = 100;
    const struct CMUnitTest tests[] = {
        TEST(call_is_answered),
        TEST(refusals_come_back),
        TEST(silence_becomes_a_time_out),
        TEST(what_was_never_sent_says_why),
        TEST(calls_are_bounded),
        TEST(call_over_the_limit_is_not_sent),
        TEST(death_of_the_server_ends_what_was_sent_alone),
        TEST(answer_before_the_end_of_the_connection_counts),
        TEST(junk_from_the_server_is_survived),
        TEST(frame_of_5_mib_only_costs_the_connection),
        TEST(call_waits_when_the_server_does_not_read),
        TEST(call_waits_for_the_next_server_too),
        TEST(refused_key_works_once_it_is_known),
        TEST(server_with_another_key_is_told),
        TEST(endpoint_that_is_none_is_an_error),
        TEST(end_of_the_client_ends_its_calls),
        TEST(callback_may_call_again),
        TEST(asking_needs_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
