#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bed.h"
#include "lib/bus_pool.h"
#include "lib/bus_timing.h"
#include "lib/bus_worker.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define NEVER_MS 600000

extern char **environ;

/* A worker in a process of its own (worker_helper.c). */
typedef struct {
    pid_t pid; /* 0: none */
    int out;   /* what it writes */
    char got[256];
} process_t;

static struct {
    char *folder;
    sb_keys_t *botd;
    sb_keys_t *chatd;
    sb_keys_t *authd;
    zloop_t *loop;
    sb_server_t *server;
    char *endpoint;
    sb_pool_t *pool;
    sb_worker_t *workers[2];
    sb_call_t *held;
    size_t sends;
    process_t process;
    char ended[256]; /* "a1+ a1=OK " */
} s_it;

/* ---- The jobs. */

static void on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    (void)err;
    const size_t used = strlen(s_it.ended);
    (void)snprintf(s_it.ended + used, sizeof s_it.ended - used, "%s%s%s ", (const char *)arg,
                   kind == SB_KIND_ACCEPT ? "+" : "=",
                   kind == SB_KIND_ACCEPT ? "" : sb_code_name(code));
}

static void s_submit(const char *id, const char *request, int64_t try_ms, int64_t timeout_ms)
{
    const sb_job_t job = {id, "chatd", request, try_ms, timeout_ms, 1};
    sb_err_t err = {0};
    if (sb_pool_submit(s_it.pool, &job, NULL, on_job, (void *)(uintptr_t)id, &err)) {
        fail_msg("%s", err.text);
    }
}

static bool s_ended_is(void *arg)
{
    return strcmp(s_it.ended, arg) == 0;
}

static void s_expect(const char *ended)
{
    if (!bed_run(s_it.loop, s_ended_is, (void *)(uintptr_t)ended)) {
        fail_msg("ended '%s', expected '%s'", s_it.ended, ended);
    }
}

static bool s_crew_is(void *arg)
{
    return sb_pool_workers(s_it.pool, "chatd") == *(const size_t *)arg;
}

static void s_wait_crew(size_t n)
{
    if (!bed_run(s_it.loop, s_crew_is, &n)) {
        fail_msg("%zu workers, expected %zu", sb_pool_workers(s_it.pool, "chatd"), n);
    }
}

/* ---- Workers on the same loop. */

static void on_send(void *ctx, sb_call_t *call)
{
    (void)ctx;
    s_it.sends++;
    sb_call_result(&call, NULL);
}

static void on_hold(void *ctx, sb_call_t *call)
{
    (void)ctx;
    assert_null(s_it.held);
    s_it.held = call;
    sb_call_accept(call, NULL);
}

static const sb_route_t s_routes[] = {
    {"chat.send", SB_ROLE_BOTD, 512, on_send},
    {"chat.hold", SB_ROLE_BOTD, 512, on_hold},
};

static sb_worker_t *s_worker_with(sb_keys_t *keys, const char *instance)
{
    const sb_worker_config_t config = {"chatd", "local", instance, 8};
    sb_err_t err = {0};
    sb_worker_t *worker =
        sb_worker_new(s_it.loop, keys, s_it.endpoint, &config, s_routes, 2, NULL, &err);
    if (!worker) {
        fail_msg("%s", err.text);
    }
    return worker;
}

static bool s_is_held(void *arg)
{
    (void)arg;
    return s_it.held != NULL;
}

/* ---- A worker that can be killed. */

static void s_spawn(const char *instance, const char *mode)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char *argv[] = {
        (char *)(uintptr_t)WORKER_HELPER, s_it.folder, s_it.endpoint, (char *)(uintptr_t)instance,
        (char *)(uintptr_t)mode,          NULL};
    posix_spawn_file_actions_t actions;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, ends[0]), 0);
    assert_int_equal(posix_spawn(&s_it.process.pid, argv[0], &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    s_it.process.out = ends[0];
    s_it.process.got[0] = '\0';
}

static void s_reap(void)
{
    if (s_it.process.pid) {
        (void)kill(s_it.process.pid, SIGKILL);
        (void)waitpid(s_it.process.pid, NULL, 0);
        close(s_it.process.out);
        s_it.process.pid = 0;
    }
}

static bool s_process_got(void *arg)
{
    struct pollfd item = {.fd = s_it.process.out, .events = POLLIN};
    if (poll(&item, 1, 0) == 1) {
        const size_t used = strlen(s_it.process.got);
        const ssize_t got =
            read(s_it.process.out, s_it.process.got + used, sizeof s_it.process.got - used - 1);
        s_it.process.got[used + (size_t)(got > 0 ? got : 0)] = '\0';
    }
    return strstr(s_it.process.got, arg) != NULL;
}

static void s_wait_got(const char *id)
{
    if (!bed_run(s_it.loop, s_process_got, (void *)(uintptr_t)id)) {
        fail_msg("the process never got %s", id);
    }
}

/* ---- */

static void s_open(const char *endpoint)
{
    sb_err_t err = {0};
    const int64_t end_ms = sb_clock_mono_ms() + BED_WAIT_MS;
    while (!s_it.server) { /* the one before may still hold the port */
        s_it.server = sb_server_new(s_it.loop, s_it.botd, endpoint, NULL, 0, NULL, &err);
        if (!s_it.server && sb_clock_mono_ms() > end_ms) {
            fail_msg("%s", err.text);
        }
    }
    char *bound = sb_strdup(sb_server_endpoint(s_it.server));
    free(s_it.endpoint);
    s_it.endpoint = bound;
    s_it.pool = sb_pool_new(s_it.loop, s_it.server, 16);
}

static int set_up(void **state)
{
    (void)state;
    memset(&s_it, 0, sizeof s_it);
    sb_err_t err;
    sb_bus_timing.heartbeat_ms = 50;
    sb_bus_timing.silence_ms = 500;
    s_it.folder = bed_keys_folder();
    s_it.botd = bed_keys(s_it.folder, SB_ROLE_BOTD);
    s_it.chatd = bed_keys(s_it.folder, SB_ROLE_CHATD);
    s_it.authd = bed_keys(s_it.folder, SB_ROLE_AUTHD);
    assert_int_equal(sb_keys_auth_start(s_it.botd, &err), SB_OK);
    s_it.loop = zloop_new();
    s_open(bed_endpoint());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    s_reap();
    sb_worker_destroy(&s_it.workers[0]);
    sb_worker_destroy(&s_it.workers[1]);
    if (s_it.held) {
        sb_call_result(&s_it.held, NULL);
    }
    sb_pool_destroy(&s_it.pool);
    sb_pool_destroy(&s_it.pool);
    sb_server_destroy(&s_it.server);
    zloop_destroy(&s_it.loop);
    sb_keys_destroy(&s_it.authd);
    sb_keys_destroy(&s_it.chatd);
    sb_keys_destroy(&s_it.botd);
    free(s_it.endpoint);
    bed_remove(&s_it.folder);
    return 0;
}

/* ---- */

static void job_is_done_by_a_worker(void **state)
{
    (void)state;
    s_submit("a1", "chat.send", NEVER_MS, NEVER_MS); /* waits for one */
    assert_int_equal(sb_pool_jobs(s_it.pool), 1);
    s_it.workers[0] = s_worker_with(s_it.chatd, "c1");
    s_expect("a1=OK ");
    assert_int_equal(sb_pool_workers(s_it.pool, "chatd"), 1);
    assert_int_equal(sb_pool_workers(s_it.pool, "authd"), 0);
    s_submit("a2", "chat.hold", NEVER_MS, NEVER_MS);
    s_expect("a1=OK a2+ ");
    cJSON *list = sb_pool_workers_json(s_it.pool);
    char *text = sb_json_print(list);
    bed_assert_in(text, "\"instance\":\"c1\",\"credit\":8,\"jobs\":1,\"heard_ms_ago\":");
    free(text);
    cJSON_Delete(list);
    sb_call_result(&s_it.held, NULL);
    s_expect("a1=OK a2+ a2=OK ");
    s_submit("a3", "chat.nonsense", NEVER_MS, NEVER_MS);
    s_expect("a1=OK a2+ a2=OK a3=UNKNOWN ");
}

static void nobody_comes(void **state)
{
    (void)state;
    s_submit("a1", "chat.send", 10, 20);
    s_expect("a1=UNAVAILABLE ");
}

static void s_patient_pool(int64_t silence_ms)
{
    sb_bus_timing.silence_ms = silence_ms;
    sb_pool_destroy(&s_it.pool);
    s_it.pool = sb_pool_new(s_it.loop, s_it.server, 16);
}

static void worker_stays_while_both_beat(void **state)
{
    (void)state;
    s_patient_pool(2000); /* a pause of the machine is no silence */
    s_it.workers[0] = s_worker_with(s_it.chatd, "c1");
    s_wait_crew(1);
    bed_run_ms(s_it.loop, 2500);
    assert_int_equal(sb_pool_workers(s_it.pool, "chatd"), 1);
    assert_true(sb_worker_connected(s_it.workers[0]));
}

static void killed_worker_loses_its_job_to_another(void **state)
{
    (void)state;
    s_patient_pool(NEVER_MS); /* the next heartbeat finds its connection gone */
    s_spawn("c1", "hold");
    s_submit("a1", "chat.send", NEVER_MS, NEVER_MS);
    s_wait_got("a1\n");
    s_it.workers[0] = s_worker_with(s_it.chatd, "c2");
    s_wait_crew(2);
    assert_int_equal(s_it.sends, 0);
    s_reap();
    s_expect("a1=OK ");
    assert_int_equal(s_it.sends, 1);
    s_wait_crew(1);
}

static void stopped_worker_loses_its_job_and_comes_back(void **state)
{
    (void)state;
    s_spawn("c1", "hold");
    s_submit("a1", "chat.send", NEVER_MS, NEVER_MS);
    s_wait_got("a1\n");
    s_it.workers[0] = s_worker_with(s_it.chatd, "c2");
    s_wait_crew(2);
    assert_int_equal(kill(s_it.process.pid, SIGSTOP), 0);
    s_expect("a1=OK ");
    s_wait_crew(1);
    assert_int_equal(kill(s_it.process.pid, SIGCONT), 0);
    s_wait_crew(2);
}

static void worker_whose_core_is_stuck_loses_its_job(void **state)
{
    (void)state;
    /* Its I/O thread answers ZeroMQ's own heartbeats all the while. */
    s_spawn("c1", "stuck");
    s_submit("a1", "chat.send", NEVER_MS, NEVER_MS);
    s_wait_got("a1\n");
    s_it.workers[0] = s_worker_with(s_it.chatd, "c2");
    s_expect("a1=OK ");
    s_wait_crew(1);
}

static void unanswered_try_goes_to_another(void **state)
{
    (void)state;
    s_spawn("c1", "hold");
    s_submit("a1", "chat.send", 300, NEVER_MS);
    s_wait_got("a1\n");
    s_it.workers[0] = s_worker_with(s_it.chatd, "c2");
    s_expect("a1=OK ");
    assert_int_equal(s_it.sends, 1);
}

static void worker_that_ends_hands_its_job_on(void **state)
{
    (void)state;
    s_patient_pool(NEVER_MS);
    s_it.workers[0] = s_worker_with(s_it.chatd, "c1");
    s_submit("a1", "chat.hold", NEVER_MS, NEVER_MS);
    assert_true(bed_run(s_it.loop, s_is_held, NULL));
    s_expect("a1+ ");
    sb_call_t *old = s_it.held;
    s_it.held = NULL;
    s_it.workers[1] = s_worker_with(s_it.chatd, "c2");
    s_wait_crew(2);
    sb_worker_destroy(&s_it.workers[0]); /* says BYE */
    sb_call_result(&old, NULL);          /* nobody hears it */
    s_expect("a1+ a1+ ");
    s_wait_crew(1);
    sb_call_result(&s_it.held, NULL);
    s_expect("a1+ a1+ a1=OK ");
}

static void draining_worker_gets_no_more(void **state)
{
    (void)state;
    s_it.workers[0] = s_worker_with(s_it.chatd, "c1");
    s_submit("a1", "chat.hold", NEVER_MS, NEVER_MS);
    s_expect("a1+ ");
    sb_worker_drain(s_it.workers[0]);
    s_submit("a2", "chat.send", NEVER_MS, NEVER_MS); /* crosses the news, or waits */
    sb_call_result(&s_it.held, NULL);
    s_expect("a1+ a1=OK ");
    s_it.workers[1] = s_worker_with(s_it.chatd, "c2");
    s_expect("a1+ a1=OK a2=OK ");
    assert_int_equal(sb_worker_open_calls(s_it.workers[0]), 0);
    assert_int_equal(s_it.sends, 1);
}

static void restarted_botd_gets_what_was_done(void **state)
{
    (void)state;
    s_it.workers[0] = s_worker_with(s_it.chatd, "c1");
    s_submit("a1", "chat.send", NEVER_MS, NEVER_MS);
    s_expect("a1=OK ");
    sb_pool_destroy(&s_it.pool);
    sb_server_destroy(&s_it.server);
    s_open(s_it.endpoint);
    s_submit("a1", "chat.send", NEVER_MS, NEVER_MS); /* its end was not written down */
    s_expect("a1=OK a1=OK ");
    assert_int_equal(s_it.sends, 1);
}

static void wrong_role_may_not_work(void **state)
{
    (void)state;
    s_it.workers[0] = s_worker_with(s_it.authd, "x1"); /* authd's key, chatd's service */
    s_submit("a1", "chat.send", NEVER_MS, NEVER_MS);
    bed_run_ms(s_it.loop, 200);
    assert_int_equal(sb_pool_workers(s_it.pool, "chatd"), 0);
    s_it.workers[1] = s_worker_with(s_it.chatd, "c1");
    s_expect("a1=OK ");
    assert_false(sb_worker_connected(s_it.workers[0]));
}

/* ---- botd itself is held up. */

static int s_on_pause(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    zclock_sleep(700); /* longer than the silence that ends a worker */
    bed_send(arg, "SB1 HEARTBEAT", "{}");
    zclock_sleep(300); /* it has arrived, and waits to be read */
    return 0;
}

static void pause_of_botd_is_no_silence_of_the_worker(void **state)
{
    (void)state;
    zsock_t *raw = bed_peer(s_it.chatd, SB_ROLE_BOTD, s_it.endpoint);
    bed_send(raw, "SB1 READY chatd",
             "{\"body\":{\"service\":\"chatd\",\"driver\":\"l\",\"instance\":\"r1\","
             "\"credit\":1}}");
    bed_reply_t heard = {0};
    bed_hear(s_it.loop, raw, NULL, &heard);
    assert_string_equal(heard.head, "SB1 HEARTBEAT");
    assert_int_equal(sb_pool_workers(s_it.pool, "chatd"), 1);
    (void)zloop_timer(s_it.loop, 1, 1, s_on_pause, raw);
    bed_run_ms(s_it.loop, 100); /* pause, then what is due, then not yet the next silence */
    assert_int_equal(sb_pool_workers(s_it.pool, "chatd"), 1);
    bed_reply_free(&heard);
    zsock_destroy(&raw);
    s_wait_crew(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    sb_bus_timing.retry_min_ms = 20;
    sb_bus_timing.retry_max_ms = 100;
    const struct CMUnitTest tests[] = {
        TEST(job_is_done_by_a_worker),
        TEST(nobody_comes),
        TEST(worker_stays_while_both_beat),
        TEST(killed_worker_loses_its_job_to_another),
        TEST(stopped_worker_loses_its_job_and_comes_back),
        TEST(worker_whose_core_is_stuck_loses_its_job),
        TEST(unanswered_try_goes_to_another),
        TEST(worker_that_ends_hands_its_job_on),
        TEST(draining_worker_gets_no_more),
        TEST(restarted_botd_gets_what_was_done),
        TEST(wrong_role_may_not_work),
        TEST(pause_of_botd_is_no_silence_of_the_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
