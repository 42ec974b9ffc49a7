/* client_test.c: calls and their replies, with keys, without a loop, and at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_bed.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "proto/bus.h"

static void call_is_answered(void **state)
{
    (void)state;
    client_connect_to(client_bed.endpoint, 8);
    assert_false(sb_client_connected(client_bed.client));
    client_call("echo", "hello", CLIENT_NEVER_MS); /* waits for the connection */
    assert_int_equal(sb_client_pending(client_bed.client), 1);
    client_expect(1, SB_OK, "hello");
    assert_true(sb_client_connected(client_bed.client));
    assert_int_equal(sb_client_pending(client_bed.client), 0);
    client_call("echo", "again", CLIENT_NEVER_MS);
    client_expect(2, SB_OK, "again");
    sb_client_call(client_bed.client, "echo", NULL, CLIENT_NEVER_MS, 0, client_on_reply, NULL);
    client_expect(3, SB_OK, "");
}

static void refusals_come_back(void **state)
{
    (void)state;
    client_connect_to(client_bed.endpoint, 8);
    client_call("refuse", "", CLIENT_NEVER_MS);
    client_expect(1, SB_ESTALE, "epoch 3 is not the current one");
    client_call("secret", "", CLIENT_NEVER_MS);
    client_expect(2, SB_EFORBIDDEN, "chatd may not send secret");
    client_call("nonsense", "", CLIENT_NEVER_MS);
    client_expect(3, SB_EUNKNOWN, "nonsense");
}

static void silence_becomes_a_time_out(void **state)
{
    (void)state;
    client_connect_to(client_bed.endpoint, 8);
    client_call("echo", "", CLIENT_NEVER_MS);
    client_expect(1, SB_OK, "");
    const int64_t start_ms = sb_clock_mono_ms();
    client_call("hold", "", 30);
    client_expect(2, SB_ETIMEOUT, "did not answer hold in time");
    assert_true(sb_clock_mono_ms() - start_ms >= 30);
    assert_int_equal(sb_client_pending(client_bed.client), 0);
    client_end_held(); /* too late, and no second reply */
    client_call("echo", "x", CLIENT_NEVER_MS);
    client_expect(3, SB_OK, "x");
}

static void what_was_never_sent_says_why(void **state)
{
    (void)state;
    sb_server_destroy(&client_bed.server);
    client_connect_to(client_bed.endpoint, 8);
    client_expect_unsent("nobody answers there");
}

static void calls_are_bounded(void **state)
{
    (void)state;
    client_connect_to(client_bed.endpoint, 2);
    client_call("hold", "", CLIENT_NEVER_MS);
    client_call("hold", "", CLIENT_NEVER_MS);
    client_call("echo", "", CLIENT_NEVER_MS);
    client_call("echo", "", CLIENT_NEVER_MS);
    assert_int_equal(sb_client_pending(client_bed.client), 2);
    client_expect(2, SB_EBUSY, "2 calls wait for taskd already");
    client_wait_held(2);
    client_end_held();
    client_expect(4, SB_OK, "");
    client_call("echo", "free", CLIENT_NEVER_MS);
    client_expect(5, SB_OK, "free");
}

static void call_over_the_limit_is_not_sent(void **state)
{
    (void)state;
    client_connect_to(client_bed.endpoint, 2);
    char *text = sb_alloc(SB_BODY_SIZE_MAX + 1);
    memset(text, 'x', SB_BODY_SIZE_MAX);
    client_call("echo", text, CLIENT_NEVER_MS);
    client_expect(1, SB_ETOOLARGE, "at most 1048576");
    client_wait_connected(true);
    client_call("echo", text, CLIENT_NEVER_MS);
    client_expect(2, SB_ETOOLARGE, "at most 1048576");
    free(text);
    assert_int_equal(sb_client_pending(client_bed.client), 0);
    client_call("echo", "small", CLIENT_NEVER_MS);
    client_expect(3, SB_OK, "small");
}

/* ---- Keys. */

/* A folder whose taskd is that of the other folder, but which knows another chatd. */
static char *s_folder_of_a_server_that_knows_us_not(void)
{
    char *folder = bed_keys_folder();
    static const char *const names[] = {"taskd.pub", "taskd.key"};
    for (size_t i = 0; i < 2; i++) {
        char *from = sb_format("%s/%s", client_bed.folder, names[i]);
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
    sb_server_destroy(&client_bed.server);
    sb_keys_destroy(&client_bed.taskd);
    assert_int_equal(sb_keys_auth_start(strict, &err), SB_OK);
    client_serve_at(strict, client_bed.endpoint);
    client_connect_to(client_bed.endpoint, 8);
    client_expect_unsent("our key was refused");
    client_call("echo", "at last", CLIENT_NEVER_MS);
    assert_true(sb_server_stats(client_bed.server)->strangers >= 1);

    sb_server_destroy(&client_bed.server);
    sb_keys_destroy(&strict);
    client_bed.taskd = bed_keys(client_bed.folder, SB_ROLE_TASKD);
    assert_int_equal(sb_keys_auth_start(client_bed.taskd, &err), SB_OK);
    client_serve_at(client_bed.taskd, client_bed.endpoint);
    client_expect(2, SB_OK, "at last");
    bed_remove(&folder);
}

static void server_with_another_key_is_told(void **state)
{
    (void)state;
    sb_err_t err;
    client_bed.client = sb_client_new(client_bed.loop, client_bed.chatd, SB_ROLE_BOTD,
                                      client_bed.endpoint, "c1", 8, &err);
    assert_non_null(client_bed.client);
    client_expect_unsent("the server may have another key");
}

static void endpoint_that_is_none_is_an_error(void **state)
{
    (void)state;
    sb_err_t err = {0};
    assert_null(
        sb_client_new(client_bed.loop, client_bed.chatd, SB_ROLE_TASKD, "nonsense", "c1", 8, &err));
    bed_assert_in(err.text, "nonsense");
}

/* ---- Ends. */

static void end_of_the_client_ends_its_calls(void **state)
{
    (void)state;
    client_connect_to(client_bed.endpoint, 2);
    client_call("hold", "", CLIENT_NEVER_MS);
    client_call("hold", "", CLIENT_NEVER_MS);
    client_call("hold", "", CLIENT_NEVER_MS); /* over calls_max */
    sb_client_destroy(&client_bed.client);
    assert_int_equal(client_bed.replies_len, 3);
    assert_int_equal(client_bed.replies[0].code, SB_ERETRY);
    assert_int_equal(client_bed.replies[1].code, SB_ERETRY);
    assert_int_equal(client_bed.replies[2].code, SB_EBUSY);
}

static void on_reply_call_again(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    (void)err;
    int *left = arg;
    (void)code;
    client_bed.replies_len++;
    if (--*left > 0) {
        sb_client_call(client_bed.client, "echo", NULL, CLIENT_NEVER_MS, 0, on_reply_call_again,
                       left);
    }
}

static void callback_may_call_again(void **state)
{
    (void)state;
    int left = 5;
    client_connect_to(client_bed.endpoint, 1);
    sb_client_call(client_bed.client, "echo", NULL, CLIENT_NEVER_MS, 0, on_reply_call_again, &left);
    client_wait_replies(5);

    left = 2;
    sb_client_call(client_bed.client, "hold", NULL, CLIENT_NEVER_MS, 0, on_reply_call_again, &left);
    sb_client_destroy(&client_bed.client); /* what is called now is forgotten */
    assert_int_equal(client_bed.replies_len, 6);
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
    sb_server_t *server = client_server_new(loop, arg, bed_endpoint(), &err);
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
    zactor_t *thread = zactor_new(s_server_thread, client_bed.taskd);
    char *endpoint = zstr_recv(thread);
    assert_non_null(endpoint);
    sb_err_t err = {0};
    cJSON *answer = NULL;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "x", "hello");
    assert_int_equal(sb_client_ask(client_bed.chatd, SB_ROLE_TASKD, endpoint, "echo", &body,
                                   CLIENT_NEVER_MS, &answer, &err),
                     SB_OK);
    assert_null(body);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(answer, "x")->valuestring, "hello");
    cJSON_Delete(answer);

    assert_int_equal(sb_client_ask(client_bed.chatd, SB_ROLE_TASKD, endpoint, "refuse", NULL,
                                   CLIENT_NEVER_MS, &answer, &err),
                     SB_ESTALE);
    assert_null(answer);
    assert_int_equal(
        sb_client_ask(client_bed.chatd, SB_ROLE_TASKD, endpoint, "hold", NULL, 1000, &answer, &err),
        SB_ETIMEOUT);
    assert_int_equal(sb_client_ask(client_bed.chatd, SB_ROLE_TASKD, "nonsense", "echo", NULL,
                                   CLIENT_NEVER_MS, &answer, &err),
                     SB_EINVALID);
    zactor_destroy(&thread);
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    int code;
    do { /* libzmq closes the port in its own time */
        assert_true(sb_clock_mono_ms() < end_ms);
        code = sb_client_ask(client_bed.chatd, SB_ROLE_TASKD, endpoint, "echo", NULL, 200, &answer,
                             &err);
    } while (code == SB_ETIMEOUT);
    assert_int_equal(code, SB_ERETRY);
    zstr_free(&endpoint);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, client_set_up, client_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(call_is_answered),
        TEST(refusals_come_back),
        TEST(silence_becomes_a_time_out),
        TEST(what_was_never_sent_says_why),
        TEST(calls_are_bounded),
        TEST(call_over_the_limit_is_not_sent),
        TEST(refused_key_works_once_it_is_known),
        TEST(server_with_another_key_is_told),
        TEST(endpoint_that_is_none_is_an_error),
        TEST(end_of_the_client_ends_its_calls),
        TEST(callback_may_call_again),
        TEST(asking_needs_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
