/* The Web API, TLS and events over HTTP against a Slack that is another process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "tests/integration/chatd/slack_world.h"

#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"

/* ---- TLS. */

static void test_tls(void **state)
{
    (void)state;
    char *folder = sb_format("%s/tests/slack_web_tls.%d", SB_BINARY_DIR, (int)getpid());
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
        world_begin(&world, options);
        char *url =
            sb_format("https://%s%s", rows[i].host, strrchr(slack_bed_url(world.slack), ':'));
        world_begin_api(&world, url, rows[i].ca ? cert : "");
        world_begin_socket(&world);
        if (rows[i].up) {
            UNTIL(&world, world.ups == 1);
            world_post(&world);
            UNTIL(&world, world_counter(&world, "deliveries.acked") == 1);
        } else {
            UNTIL(&world, world_stat(&world, "socket_dials") >= 3);
            assert_int_equal(world.ups, 0);
            assert_int_equal(world_sockets(&world, "opened"), 0);
            assert_int_equal(world_counter(&world, "api.methods.apps.connections.open.calls"), -1);
        }
        free(url);
        world_close(&world);
    }
    char *log = sb_format("%s/openssl.log", folder);
    (void)unlink(cert);
    (void)unlink(key);
    (void)unlink(log);
    (void)rmdir(folder);
    free(log);
    free(folder);
    free(make);
    free(cert);
    free(key);
}

/* ---- The Web API. */

static void s_on_reply(void *arg, const slack_reply_t *reply)
{
    world_t *world = arg;
    world->replies++;
    world->classes[reply->class]++;
}

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
    world_begin(&world, world_people);
    world_begin_api(&world, slack_bed_url(world.slack), "");
    for (int round = 1; round <= 2; round++) {
        slack_bed_do(world.slack, "fault", "{\"method\":\"users.info\",\"retry_after\":1}");
        s_call(&world, "users.info", "user", WORLD_USER, WORLD_WAIT_MS);
        UNTIL(&world, s_waiting(&world) == 1);
        for (int i = 0; i < 20; i++) {
            s_call(&world, "users.info", "user", WORLD_USER, WORLD_WAIT_MS);
        }
        s_call(&world, "users.info", "user", WORLD_USER, 10);   /* has no time */
        s_call(&world, "auth.test", NULL, NULL, WORLD_WAIT_MS); /* another method is not held up */
        UNTIL(&world, world.replies == 23 * (round - 1) + 2);
        assert_int_equal(world.classes[SLACK_OK], 22 * (round - 1) + 1);
        assert_int_equal(world.classes[SLACK_RATE_LIMITED], round);
        UNTIL(&world, world.replies == 23 * round);
        assert_int_equal(world.classes[SLACK_OK], 22 * round);
    }
    assert_int_equal(world_counter(&world, "api.methods.users.info.limited"), 2);
    assert_int_equal(world_counter(&world, "api.methods.users.info.early"), 0);
    world_close(&world);
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
        world_begin(&world, world_people);
        world_begin_api(&world, slack_bed_url(world.slack), "");
        const bool post = strcmp(rows[i].method, "chat.postMessage") == 0;
        const char *name = post ? "channel" : "user";
        const char *value = post ? "C0000000002" : WORLD_USER;
        char *calls = sb_format("api.methods.%s.calls", rows[i].method);
        char *fault = sb_format("{\"method\":\"%s\",%s}", rows[i].method, rows[i].fault);
        s_call(&world, rows[i].method, name, value,
               WORLD_WAIT_MS); /* so that a connection is kept */
        UNTIL(&world, world.classes[SLACK_OK] == 1);
        slack_bed_do(world.slack, "fault", fault);
        s_call(&world, rows[i].method, name, value, WORLD_WAIT_MS);
        UNTIL(&world, world.replies == 2);
        if (world.classes[rows[i].class] != 1) {
            fail_msg("%s: another class", rows[i].name);
        }
        assert_int_equal(world_counter(&world, calls), 2);
        free(calls);
        free(fault);
        world_close(&world);
    }
}

/* ---- Events over HTTP. */

static void s_open_events(world_t *world, const char *const *options)
{
    sb_err_t err;
    world_begin(world, options);
    world_begin_api(world, slack_bed_url(world->slack), "");
    const slack_events_config_t config = {.listen = "127.0.0.1:0", .signing_secret = SECRET};
    world->events = slack_events_new(world->loop, &config, world_on_envelope, world, &err);
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
    s_open_events(&world, world_fast);
    UNTIL(&world, s_verified(&world));
    world_post(&world);
    slack_bed_do(world.slack, "slash",
                 "{\"user\":\"" WORLD_USER "\",\"command\":\"/securitybot\",\"text\":\"a&b=c\"}");
    slack_bed_do(world.slack, "rate_limited", NULL);
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 3);
    assert_int_equal(world.kinds[SLACK_EVENTS_API], 1);
    assert_int_equal(world.kinds[SLACK_SLASH_COMMANDS], 1);
    world.code = SB_ERETRY;
    world.codes_left = 2;
    world_post(&world);
    UNTIL(&world, world_counter(&world, "deliveries.acked") == 4);
    assert_int_equal(world.ids_len, 2);
    assert_int_equal(world.retried, 2);
    world_close(&world);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_storm_of_429),
        cmocka_unit_test(test_lost_replies),
        cmocka_unit_test(test_events_over_http),
    };
    zsys_handler_set(NULL);
    sb_log_open("slack_web_test", SB_ERROR, SB_LOG_TEXT);
    cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
