/* daemon_test.c: the skeleton in processes of their own: arguments, readiness, ping and stats,
 * reloading, and every way to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/bus_client.h"
#include "lib/clock.h"
#include "lib/daemon.h"
#include "lib/mem.h"

#define WAIT_MS 15000
#define EXIT_ASKED_NOT 99

/* ---- The daemon under test. */

typedef struct {
    sb_common_t common;
    int64_t work_ms; /* idle that long after SIGTERM */
    char *mood;      /* "fail": start fails; "quit": ends itself with 7 */
    char *token;
    char **peers;
} conf_t;

static const sb_key_t s_keys[] = {
    SB_COMMON_KEYS(conf_t, "ipc:///run/securitybot/testd.sock"),
    {"work",  SB_DURATION, offsetof(conf_t, work_ms), "0s", 0, 0, NULL, SB_CONFIG_RELOAD,   "work" },
    {"mood",  SB_STRING,   offsetof(conf_t, mood),    "",   0, 9, NULL, 0,                  "mood" },
    {"token", SB_STRING,   offsetof(conf_t, token),   NULL, 0, 9, NULL, SB_CONFIG_SECRET,   "token"},
    {"peers", SB_LIST,     offsetof(conf_t, peers),   "",   0, 4, NULL, SB_CONFIG_ENDPOINT, "peers"},
};

typedef struct {
    conf_t *conf;
    int64_t idle_at_ms;
    int64_t reloads;
} testd_t;

static int on_check(void *config, sb_err_t *err)
{
    const conf_t *conf = config;
    return strcmp(conf->mood, "bad") == 0 ? sb_fail(err, SB_EINVALID, "mood: don't be bad") : SB_OK;
}

static int on_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    conf_t *conf = sb_daemon_config(daemon);
    if (!sb_daemon_loop(daemon) || !sb_daemon_keys(daemon)) {
        return sb_fail(err, SB_EINTERNAL, "the skeleton is not whole");
    }
    if (strcmp(conf->mood, "fail") == 0) {
        return sb_fail(err, SB_ERETRY, "not in the mood");
    }
    testd_t *self = sb_alloc(sizeof *self);
    self->conf = conf;
    sb_daemon_bound(daemon, "main", "tcp://127.0.0.1:4711");
    if (strcmp(conf->mood, "quit") == 0) {
        sb_daemon_quit(daemon, 7);
    }
    *self_p = self;
    return SB_OK;
}

static void on_drain(void *self_v)
{
    testd_t *self = self_v;
    self->idle_at_ms = sb_clock_mono_ms() + self->conf->work_ms;
}

static bool on_idle(void *self_v)
{
    return sb_clock_mono_ms() >= ((testd_t *)self_v)->idle_at_ms;
}

static void on_stop(void **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

static void on_reloaded(void *self)
{
    ((testd_t *)self)->reloads++;
}

static bool on_ready(void *self)
{
    return ((testd_t *)self)->reloads > 0;
}

static void on_stats(void *self, cJSON *object)
{
    sb_json_add_int(object, "reloads", ((testd_t *)self)->reloads);
}

static const sb_daemon_spec_t s_spec = {
    .name = "testd",
    .summary = "tests the skeleton",
    .role = SB_ROLE_TASKD,
    .keys = s_keys,
    .keys_len = sizeof s_keys / sizeof s_keys[0],
    .config_size = sizeof(conf_t),
    .check = on_check,
    .start = on_start,
    .drain = on_drain,
    .idle = on_idle,
    .grace_ms = 3000,
    .stop = on_stop,
    .reloaded = on_reloaded,
    .ready = on_ready,
    .stats = on_stats,
};

/* ---- A folder for each test, with keys, a configuration and what the daemon wrote. */

static char s_folder[256];
static char s_config[300]; /* path of the configuration */
static char s_text[65536];
static pid_t s_daemon; /* 0: none runs */
static int s_notify_fd = -1;

/* Good for eight calls. */
static const char *path_of(const char *name)
{
    static char paths[8][300];
    static size_t next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", s_folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static const char *read_file(const char *name)
{
    FILE *file = fopen(path_of(name), "r");
    if (!file) {
        return "";
    }
    s_text[fread(s_text, 1, sizeof s_text - 1, file)] = '\0';
    (void)fclose(file);
    return s_text;
}

/* The common keys, and more. */
static void write_config(const char *more)
{
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "control: {endpoint: \"ipc://%s\"}\nkeys: {dir: \"%s\"}\n"
                   "endpoint_file: \"%s\"\ninstance: t1\n%s",
                   path_of("run/testd.sock"), path_of("keys"), path_of("endpoints"), more);
    write_file("testd.yaml", text);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(s_folder, sizeof s_folder, "%s/daemon_test.XXXXXX", SB_BINARY_DIR);
    sb_err_t err = {0};
    if (!mkdtemp(s_folder) || sb_keys_init(path_of("keys"), &err)) {
        return -1;
    }
    (void)snprintf(s_config, sizeof s_config, "%s", path_of("testd.yaml"));
    write_config("");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (s_daemon > 0) { /* the test failed */
        (void)kill(s_daemon, SIGKILL);
        (void)waitpid(s_daemon, NULL, 0);
        s_daemon = 0;
    }
    if (s_notify_fd >= 0) {
        (void)close(s_notify_fd);
        s_notify_fd = -1;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        (void)execlp("rm", "rm", "-rf", "--", s_folder, (char *)NULL);
        _exit(1);
    }
    int status = -1;
    (void)waitpid(pid, &status, 0);
    return status;
}

static void expect_in(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("\"%s\" is not in: %s", part, text);
    }
}

/* ---- Processes. */

static void notify_open(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "@sb-daemon-test-%d", (int)getpid());
    (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
    const size_t len = strlen(address.sun_path);
    address.sun_path[0] = '\0';
    s_notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(s_notify_fd >= 0);
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(s_notify_fd, (const struct sockaddr *)&address, size), 0);
}

static void notify_expect(const char *want)
{
    char got[64] = "";
    struct pollfd item = {.fd = s_notify_fd, .events = POLLIN};
    if (poll(&item, 1, WAIT_MS) == 1) {
        (void)recv(s_notify_fd, got, sizeof got - 1, 0);
    }
    assert_string_equal(got, want);
}

static void daemon_run(const char *const *args)
{
    s_daemon = fork();
    assert_true(s_daemon >= 0);
    if (s_daemon == 0) {
        char *argv[8] = {"testd"};
        int argc = 1;
        for (; args[argc - 1]; argc++) {
            argv[argc] = (char *)(uintptr_t)args[argc - 1];
        }
        if (!freopen(path_of("out"), "w", stdout) || !freopen(path_of("err"), "w", stderr)) {
            _exit(EXIT_ASKED_NOT);
        }
        exit(sb_daemon_main(&s_spec, argc, argv));
    }
}

/* The exit code, or the signal's number below 0. */
static int process_wait(pid_t pid)
{
    int status = 0;
    for (int waited_ms = 0; waited_ms < WAIT_MS; waited_ms += 10) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        }
        (void)poll(NULL, 0, 10);
    }
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
    return -SIGALRM;
}

static int daemon_wait(void)
{
    const pid_t pid = s_daemon;
    s_daemon = 0;
    return process_wait(pid);
}

static void daemon_run_ready(void)
{
    const char *args[] = {"--config", s_config, NULL};
    notify_open();
    daemon_run(args);
    notify_expect("READY=1");
}

static void wait_for_log(const char *part)
{
    for (int waited_ms = 0; waited_ms < WAIT_MS && !strstr(read_file("err"), part);
         waited_ms += 10) {
        (void)poll(NULL, 0, 10);
    }
    expect_in(read_file("err"), part);
}

/* Asks the control socket, in a process of its own so that this one stays free of threads. Returns
 * the answer or the error's text. */
static const char *ask(sb_role_t role, const char *name)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        sb_err_t err = {0};
        char endpoint[320];
        (void)snprintf(endpoint, sizeof endpoint, "ipc://%s", path_of("run/testd.sock"));
        sb_keys_t *keys = sb_keys_load(path_of("keys"), role, &err);
        cJSON *answer = NULL;
        if (!keys || sb_client_ask(keys, SB_ROLE_TASKD, endpoint, name, &(cJSON *){NULL}, 5000,
                                   &answer, &err)) {
            write_file("answer", err.text);
        } else {
            char *text = sb_json_print(answer);
            write_file("answer", text);
            free(text);
            cJSON_Delete(answer);
        }
        sb_keys_destroy(&keys);
        exit(0);
    }
    assert_int_equal(process_wait(pid), 0);
    return read_file("answer");
}

/* ---- Tests. */

static void test_arguments(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *name;
        const char *args[4];
        const char *more; /* configuration */
        int exit_code;
        const char *out;
        const char *err;
    } rows[] = {
        {"help", {"--help"}, "", 0, "testd: tests the skeleton\n\nUsage: testd", ""},
        {"version", {"--version"}, "", 0, "testd " SB_VERSION "\n", ""},
        {"help-config", {"--help-config"}, "", 0, "work\n    work\n    a duration", ""},
        {"unknown option", {"--colour"}, "", 2, "", "Try 'testd --help'."},
        {"option without value", {"--config"}, "", 2, "", "Try 'testd --help'."},
        {"stray word", {"start"}, "", 2, "", "testd: unexpected argument 'start'"},
        {"check", {"--check", "--config", "?"}, "", 0, "testd.yaml: ok\n", ""},
        {"check without file", {"--check"}, "", 0, "configuration: ok\n", ""},
        {"check of a wrong value", {"--check", "--config", "?"}, "work: 5\n",
         2, "", "testd.yaml:5: work: expected a duration"},
        {"check beyond the rows", {"--check", "--config", "?"}, "mood: bad\n",
         2, "", "testd.yaml:5: mood: don't be bad"},
        {"check of an address", {"--check", "--config", "?"}, "peers: [nonsense]\n",
         2, "", "testd.yaml:5: peers: expected a list of at most 4 of tcp://HOST:PORT or ipc://PATH"},
        {"check of a file that is not there", {"--check", "--config", "/no/such"}, "",
         2, "", "/no/such: No such file or directory"},
        {"dump", {"--dump", "--config", "?"}, "token: hunter2\n", 0, "instance: \"t1\"\n", ""},
        {"dump masks", {"--dump", "--config", "?"}, "token: hunter2\n",
         0, "token: \"********\"\n", ""},
        {"run with a wrong value", {"--config", "?"}, "work: 5\n", 2, "", "work: expected"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        write_config(rows[i].more);
        const char *args[5] = {NULL};
        for (size_t j = 0; j < 4 && rows[i].args[j]; j++) {
            args[j] = strcmp(rows[i].args[j], "?") == 0 ? s_config : rows[i].args[j];
        }
        daemon_run(args);
        const int code = daemon_wait();
        if (code != rows[i].exit_code) {
            fail_msg("%s: exit code %d", rows[i].name, code);
        }
        expect_in(read_file("out"), rows[i].out);
        assert_null(strstr(s_text, "hunter2"));
        expect_in(read_file("err"), rows[i].err);
    }
}

static void test_instance(void **state)
{
    (void)state;
    write_file("testd.yaml", "");
    const char *args[] = {"--dump", "--config", s_config, NULL};
    daemon_run(args);
    assert_int_equal(daemon_wait(), 0);
    const char *at = strstr(read_file("out"), "instance: \"");
    assert_non_null(at);
    assert_true(at[strlen("instance: \"")] != '"'); /* the host's name */
    write_file("testd.yaml", "instance: a b\n");
    daemon_run(args);
    assert_int_equal(daemon_wait(), 2);
    expect_in(read_file("err"), "instance: expected 1 to 64 of A-Z a-z 0-9 . _ : -");
}

static void test_life(void **state)
{
    (void)state;
    daemon_run_ready();
    char want[512];
    (void)snprintf(want, sizeof want, "control=ipc://%s\nmain=tcp://127.0.0.1:4711\n",
                   path_of("run/testd.sock"));
    assert_string_equal(read_file("endpoints"), want);
    struct stat info;
    assert_int_equal(stat(path_of("endpoints"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
    assert_int_equal(stat(path_of("run"), &info), 0);
    assert_int_equal(info.st_mode & 07777 & ~(unsigned)0750, 0);

    const char *answer = ask(SB_ROLE_WEBD, "ping");
    expect_in(answer, "\"service\":\"testd\"");
    expect_in(answer, "\"version\":\"" SB_VERSION "\"");
    expect_in(answer, "\"instance\":\"t1\"");
    expect_in(answer, "\"ready\":false");
    answer = ask(SB_ROLE_BOTCTL, "stats");
    expect_in(answer, "\"uptime_ms\":");
    expect_in(answer, "\"control\":{");
    expect_in(answer, "\"reloads\":0");
    assert_null(strstr(ask(SB_ROLE_WEBD, "stats"), "uptime_ms"));

    write_config("work: 5\n"); /* wrong: refused, and nothing changes */
    assert_int_equal(kill(s_daemon, SIGHUP), 0);
    wait_for_log("the configuration stays as it was");
    write_config("work: 300ms\nmood: fine\n");
    assert_int_equal(kill(s_daemon, SIGHUP), 0);
    wait_for_log("configuration read again");
    expect_in(ask(SB_ROLE_BOTCTL, "ping"), "\"ready\":true");
    expect_in(ask(SB_ROLE_BOTCTL, "stats"), "\"reloads\":1");
    const int64_t asked_ms = sb_clock_mono_ms();
    assert_int_equal(kill(s_daemon, SIGTERM), 0);
    notify_expect("STOPPING=1");
    assert_int_equal(daemon_wait(), 0);
    assert_true(sb_clock_mono_ms() - asked_ms >= 300); /* it drained */
    assert_int_equal(access(path_of("endpoints"), F_OK), -1);
    const char *log = read_file("err");
    expect_in(log, "started, not ready yet");
    expect_in(log, "configuration read again\" changed=1");
    expect_in(log, "a changed key needs a restart\" key=mood");
    expect_in(log, "msg=stopped exit_code=0");
}

static void test_second_daemon_is_refused(void **state)
{
    (void)state;
    daemon_run_ready();
    const pid_t first = s_daemon;
    const char *args[] = {"--config", s_config, NULL};
    daemon_run(args);
    const int code = daemon_wait();
    s_daemon = first;
    assert_int_equal(code, 1);
    expect_in(read_file("err"), "already in use by another process");
    assert_int_equal(access(path_of("endpoints"), F_OK), 0);
    expect_in(ask(SB_ROLE_WEBD, "ping"), "\"instance\":\"t1\"");
    assert_int_equal(kill(s_daemon, SIGKILL), 0);
    (void)daemon_wait();
    daemon_run(args); /* at once: the lock went with its holder */
    notify_expect("READY=1");
    expect_in(ask(SB_ROLE_WEBD, "ping"), "\"instance\":\"t1\"");
    assert_int_equal(kill(s_daemon, SIGTERM), 0);
    assert_int_equal(daemon_wait(), 0);
}

static void test_second_signal_ends_the_wait(void **state)
{
    (void)state;
    write_config("work: 1h\n");
    daemon_run_ready();
    assert_int_equal(kill(s_daemon, SIGINT), 0);
    notify_expect("STOPPING=1");
    assert_int_equal(kill(s_daemon, SIGTERM), 0);
    assert_int_equal(daemon_wait(), 0);
    assert_null(strstr(read_file("err"), "stopping with work still open"));
}

static void test_grace_ends(void **state)
{
    (void)state;
    write_config("work: 1h\n");
    daemon_run_ready();
    assert_int_equal(kill(s_daemon, SIGTERM), 0);
    assert_int_equal(daemon_wait(), 0);
    expect_in(read_file("err"), "stopping with work still open");
}

static void test_starts_that_fail(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *name;
        const char *config; /* %s: the folder */
        int exit_code;
        const char *want;
    } rows[] = {
        {"no keys", "keys: {dir: \"%s/none\"}\n", 1, "can't start"},
        {"start refuses", "mood: fail\nkeys: {dir: \"%s/keys\"}\n", 1, "not in the mood"},
        {"folder below a file",
         "keys: {dir: \"%s/keys\"}\ncontrol: {endpoint: \"ipc:///dev/null/x/y.sock\"}\n",
         1, "control.endpoint: can't make the folder /dev/null/x: Not a directory"},
        {"endpoint file that can't be", "keys: {dir: \"%s/keys\"}\nendpoint_file: /no/such/file\n",
         1, "endpoint_file: /no/such/file: No such file or directory"},
        {"quit", "mood: quit\nkeys: {dir: \"%s/keys\"}\n", 7, "msg=stopped exit_code=7"},
    };
    /* clang-format on */
    const char *args[] = {"--config", s_config, NULL};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        FILE *file = fopen(s_config, "w");
        assert_non_null(file);
        for (const char *c = rows[i].config; *c; c++) {
            if (strncmp(c, "%s", 2) == 0) {
                (void)fputs(s_folder, file);
                c++;
            } else {
                (void)fputc(*c, file);
            }
        }
        if (!strstr(rows[i].config, "control")) {
            (void)fprintf(file, "control: {endpoint: \"ipc://%s\"}\n", path_of("run/testd.sock"));
        }
        assert_int_equal(fclose(file), 0);
        daemon_run(args);
        const int code = daemon_wait();
        const char *log = read_file("err");
        if (code != rows[i].exit_code || !strstr(log, rows[i].want)) {
            fail_msg("%s: exit code %d, log: %s", rows[i].name, code, log);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_arguments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_instance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_second_daemon_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_second_signal_ends_the_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_grace_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_starts_that_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
