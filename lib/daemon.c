/* daemon.c. Signals are blocked before any thread exists and read from a descriptor in the loop, so
 * that nothing is ever interrupted by one and every handler runs on the loop's thread. */
#include "lib/daemon.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/notify.h"

#define EXIT_USAGE 2
#define INSTANCE_SIZE_MAX 65 /* with the NUL */
#define ENDPOINTS_SIZE_MAX 16384
#define IDLE_CHECK_MS 20   /* how often a draining daemon is asked whether it is idle */
#define BODY_SIZE_MAX 4096 /* of ping and stats */

struct sb_daemon {
    const sb_daemon_spec_t *spec;
    const char *config_file; /* NULL: none */
    sb_key_t *keys_table;    /* spec's rows, with the host name as default instance */
    char instance[INSTANCE_SIZE_MAX];
    void *config;
    zloop_t *loop;
    sb_keys_t *keys;
    sb_server_t *control;
    int signal_fd;
    void *self; /* the daemon's own, from start() */
    sb_buf_t endpoints;
    bool has_endpoint_file;
    int64_t started_ms;
    int64_t drain_until_ms; /* 0: not draining */
    int exit_code;
};

static sb_common_t *s_common(const sb_daemon_t *self)
{
    return self->config;
}

/* ---- Configuration. */

/* The host name with what an instance's name can't hold replaced. */
static void s_default_instance(char out[INSTANCE_SIZE_MAX])
{
    if (gethostname(out, INSTANCE_SIZE_MAX) != 0 || !out[0]) {
        (void)snprintf(out, INSTANCE_SIZE_MAX, "localhost");
    }
    out[INSTANCE_SIZE_MAX - 1] = '\0';
    for (char *c = out; *c; c++) {
        const char one[2] = {*c, '\0'};
        if (!sb_id_valid(one)) {
            *c = '-';
        }
    }
}

static void s_table_make(sb_daemon_t *self)
{
    const sb_daemon_spec_t *spec = self->spec;
    s_default_instance(self->instance);
    self->keys_table = sb_alloc_array(spec->keys_len, sizeof *self->keys_table);
    memcpy(self->keys_table, spec->keys, spec->keys_len * sizeof *self->keys_table);
    for (size_t i = 0; i < spec->keys_len; i++) {
        if (strcmp(self->keys_table[i].key, "instance") == 0) {
            self->keys_table[i].fallback = self->instance;
        }
    }
}

static int s_check(const sb_daemon_t *self, void *config, sb_err_t *err)
{
    const sb_common_t *common = config;
    if (!sb_id_valid(common->instance)) {
        return sb_fail(err, SB_EINVALID, "instance: expected 1 to %d of A-Z a-z 0-9 . _ : -",
                       INSTANCE_SIZE_MAX - 1);
    }
    return self->spec->check ? self->spec->check(config, err) : SB_OK;
}

/* The check knows keys, not where they stand. */
static int s_place(const sb_daemon_t *self, sb_err_t *err)
{
    const size_t len = strcspn(err->text, ":");
    for (size_t i = 0; i < self->spec->keys_len; i++) {
        const sb_key_t *key = &self->keys_table[i];
        if (strlen(key->key) == len && memcmp(key->key, err->text, len) == 0) {
            char *where = sb_config_where(key, self->config_file);
            const int code = where ? sb_fail_in(err, "%s", where) : err->code;
            free(where);
            return code;
        }
    }
    return err->code;
}

static int s_configure(const sb_daemon_t *self, void *config, sb_err_t *err)
{
    const sb_daemon_spec_t *spec = self->spec;
    int code = sb_config_load(self->keys_table, spec->keys_len, self->config_file, config, err);
    if (code) {
        return code;
    }
    code = s_check(self, config, err);
    if (code) {
        sb_config_free(self->keys_table, spec->keys_len, config);
        code = s_place(self, err);
    }
    return code;
}

static void s_reload(sb_daemon_t *self)
{
    const sb_daemon_spec_t *spec = self->spec;
    sb_err_t err = {0};
    size_t changed = 0;
    /* The check sees the whole before any of it is in force. */
    void *trial = sb_alloc(spec->config_size);
    int code = s_configure(self, trial, &err);
    if (code == SB_OK) {
        sb_config_free(self->keys_table, spec->keys_len, trial);
        code = sb_config_reload(self->keys_table, spec->keys_len, self->config_file, self->config,
                                &changed, &err);
    }
    free(trial);
    if (code) {
        sb_error("the configuration stays as it was", "reason", err.text, NULL);
        return;
    }
    sb_log_level_set((sb_level_t)s_common(self)->log_level);
    sb_info("configuration read again", "changed", sb_num((int64_t)changed), NULL);
    if (spec->reloaded) {
        spec->reloaded(self->self);
    }
}

/* ---- The control socket. */

static cJSON *s_about(const sb_daemon_t *self)
{
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "service", self->spec->name);
    sb_json_add_str(json, "version", SB_VERSION);
    sb_json_add_str(json, "instance", s_common(self)->instance);
    return json;
}

void sb_daemon_answer_ping(sb_daemon_t *self, sb_call_t *call)
{
    assert(self);
    cJSON *json = s_about(self);
    const bool able = !self->spec->ready || self->spec->ready(self->self);
    sb_json_add_bool(json, "ready", able && self->drain_until_ms == 0);
    sb_call_result(&call, &json);
}

void sb_daemon_answer_stats(sb_daemon_t *self, sb_call_t *call)
{
    assert(self);
    cJSON *json = s_about(self);
    sb_json_add_int(json, "uptime_ms", sb_clock_mono_ms() - self->started_ms);
    cJSON *control = sb_json_object();
    sb_server_stats_json(self->control, control);
    sb_json_add(json, "control", control);
    if (self->spec->stats) {
        self->spec->stats(self->self, json);
    }
    sb_call_result(&call, &json);
}

static void s_on_ping(void *ctx, sb_call_t *call)
{
    sb_daemon_answer_ping(ctx, call);
}

static void s_on_stats(void *ctx, sb_call_t *call)
{
    sb_daemon_answer_stats(ctx, call);
}

static const sb_route_t s_routes[] = {
    {"ping",  SB_ROLES_ALL,   BODY_SIZE_MAX, s_on_ping },
    {"stats", SB_ROLE_BOTCTL, BODY_SIZE_MAX, s_on_stats},
};

/* The folder that an ipc:// socket will lie in. */
static int s_make_folder(const char *endpoint, sb_err_t *err)
{
    static const char scheme[] = "ipc://";
    if (strncmp(endpoint, scheme, sizeof scheme - 1) != 0) {
        return SB_OK;
    }
    char *folder = sb_strdup(endpoint + sizeof scheme - 1);
    char *slash = strrchr(folder, '/');
    int code = SB_OK;
    if (slash && slash != folder) {
        *slash = '\0';
        if (mkdir(folder, 0750) != 0 && errno != EEXIST) {
            code = sb_fail(err, SB_EINVALID, "control.endpoint: can't make the folder %s: %s",
                           folder, strerror(errno));
        }
    }
    free(folder);
    return code;
}

static int s_open_control(sb_daemon_t *self, sb_err_t *err)
{
    const char *endpoint = s_common(self)->control;
    const int code = s_make_folder(endpoint, err);
    if (code) {
        return code;
    }
    self->control = sb_server_new(self->loop, self->keys, endpoint, s_routes,
                                  sizeof s_routes / sizeof s_routes[0], self, err);
    if (!self->control) {
        return sb_fail_in(err, "control.endpoint");
    }
    sb_daemon_bound(self, "control", sb_server_endpoint(self->control));
    return SB_OK;
}

/* ---- The endpoint file. */

void sb_daemon_bound(sb_daemon_t *self, const char *name, const char *endpoint)
{
    assert(self);
    sb_buf_printf(&self->endpoints, "%s=%s\n", name, endpoint);
    sb_info("listening", "name", name, "endpoint", endpoint, NULL);
}

static bool s_write_all(const char *path, const char *text, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return false;
    }
    const bool done = fchmod(fd, 0644) == 0 && write(fd, text, size) == (ssize_t)size;
    return close(fd) == 0 && done;
}

/* Whoever waits for the file must never see half of it. */
static int s_write_endpoints(sb_daemon_t *self, sb_err_t *err)
{
    const char *path = s_common(self)->endpoint_file;
    if (!path[0]) {
        return SB_OK;
    }
    char *part = sb_format("%s.part", path);
    int code = SB_OK;
    if (!s_write_all(part, sb_buf_text(&self->endpoints), self->endpoints.len) ||
        rename(part, path) != 0) {
        code = sb_fail(err, SB_EINVALID, "endpoint_file: %s: %s", path, strerror(errno));
        (void)unlink(part);
    }
    self->has_endpoint_file = code == SB_OK;
    free(part);
    return code;
}

/* ---- Signals and the end. */

static bool s_idle(const sb_daemon_t *self)
{
    return !self->spec->drain || !self->spec->idle || self->spec->idle(self->self);
}

static int s_on_drain(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    sb_daemon_t *self = arg;
    if (s_idle(self)) {
        return -1;
    }
    if (sb_clock_mono_ms() >= self->drain_until_ms) {
        sb_warn("stopping with work still open", NULL);
        return -1;
    }
    return 0;
}

/* -1 ends the loop. A second signal ends the wait. */
static int s_stop_in_order(sb_daemon_t *self)
{
    if (self->drain_until_ms != 0) {
        return -1;
    }
    self->drain_until_ms = sb_clock_mono_ms() + self->spec->grace_ms;
    sb_notify("STOPPING=1");
    sb_info("stopping", NULL);
    if (self->spec->drain) {
        self->spec->drain(self->self);
    }
    if (s_idle(self)) {
        return -1;
    }
    return zloop_timer(self->loop, IDLE_CHECK_MS, 0, s_on_drain, self) < 0 ? -1 : 0;
}

static int s_on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    sb_daemon_t *self = arg;
    struct signalfd_siginfo info;
    if (read(item->fd, &info, sizeof info) != (ssize_t)sizeof info) {
        return 0; /* taken away before we came */
    }
    if (info.ssi_signo == SIGHUP) {
        s_reload(self);
        return 0;
    }
    return s_stop_in_order(self);
}

static int s_on_quit(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    (void)arg;
    return -1;
}

void sb_daemon_quit(sb_daemon_t *self, int exit_code)
{
    assert(self);
    self->exit_code = exit_code;
    (void)zloop_timer(self->loop, 1, 1, s_on_quit, self);
}

static int s_catch_signals(sb_daemon_t *self, sb_err_t *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    zsys_handler_set(NULL); /* CZMQ's would end every loop */
    self->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (self->signal_fd < 0) {
        return sb_fail(err, SB_EINTERNAL, "signalfd: %s", strerror(errno));
    }
    return SB_OK;
}

/* ---- The run. */

static int s_start(sb_daemon_t *self, sb_err_t *err)
{
    int code = s_catch_signals(self, err);
    if (code) {
        return code;
    }
    self->keys = sb_keys_load(s_common(self)->keys_dir, self->spec->role, err);
    if (!self->keys) {
        return err->code;
    }
    code = sb_keys_auth_start(self->keys, err);
    if (code == SB_OK) {
        code = sb_keys_self_test(self->keys, err);
    }
    if (code) {
        return code;
    }
    self->loop = zloop_new();
    assert(self->loop);
    zmq_pollitem_t item = {.fd = self->signal_fd, .events = ZMQ_POLLIN};
    (void)zloop_poller(self->loop, &item, s_on_signal, self);
    code = s_open_control(self, err);
    if (code == SB_OK) {
        code = self->spec->start(self, &self->self, err);
    }
    return code ? code : s_write_endpoints(self, err);
}

/* The reverse of s_start, from wherever it came to. */
static void s_stop(sb_daemon_t *self)
{
    if (self->self) {
        self->spec->stop(&self->self);
    }
    sb_server_destroy(&self->control);
    zloop_destroy(&self->loop);
    sb_keys_destroy(&self->keys);
    if (self->signal_fd >= 0) {
        (void)close(self->signal_fd);
    }
    if (self->has_endpoint_file) { /* not that of one that runs already */
        (void)unlink(s_common(self)->endpoint_file);
    }
}

/* As many connections as the system lets us have: the limit that shells set is for programs that
 * use select, and we have limits of our own. */
static void s_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int s_run(sb_daemon_t *self)
{
    s_raise_limit();
    const sb_common_t *common = s_common(self);
    sb_log_open(self->spec->name, (sb_level_t)common->log_level,
                (sb_log_format_t)common->log_format);
    self->started_ms = sb_clock_mono_ms();
    sb_err_t err = {0};
    if (s_start(self, &err)) {
        sb_error("can't start", "reason", err.text, NULL);
        self->exit_code = EXIT_FAILURE;
    } else {
        sb_notify("READY=1");
        const bool able = !self->spec->ready || self->spec->ready(self->self);
        sb_info(able ? "ready" : "started, not ready yet", "version", SB_VERSION, "instance",
                common->instance, NULL);
        (void)zloop_start(self->loop);
    }
    s_stop(self);
    sb_info("stopped", "exit_code", sb_num(self->exit_code), NULL);
    return self->exit_code;
}

/* ---- Arguments. */

typedef enum { RUN, CHECK, DUMP, HELP_CONFIG, HELP, VERSION, WRONG } action_t;

static void s_print_help(const sb_daemon_spec_t *spec)
{
    (void)printf("%s: %s\n\n", spec->name, spec->summary);
    (void)printf("Usage: %s [--config FILE] [--check | --dump]\n\n", spec->name);
    (void)fputs("  --config FILE   read the configuration from this YAML file\n"
                "  --check         say whether the configuration is right, and exit\n"
                "  --dump          print the configuration in force, secrets masked, and exit\n"
                "  --help-config   explain every configuration key, and exit\n"
                "  --help          print this, and exit\n"
                "  --version       print the version, and exit\n"
                "\n"
                "Each key may also stand in the environment, which wins over the file: log.level\n"
                "is SECURITYBOT_LOG_LEVEL. A secret may be read from a file: for web.token, set\n"
                "SECURITYBOT_WEB_TOKEN_FILE to its path.\n"
                "\n"
                "SIGTERM and SIGINT stop the daemon in order, a second one at once. SIGHUP reads\n"
                "the configuration again.\n",
                stdout);
}

static action_t s_read_arguments(sb_daemon_t *self, int argc, char **argv)
{
    static const struct option options[] = {
        {"config",      required_argument, NULL, 'c'        },
        {"check",       no_argument,       NULL, CHECK      },
        {"dump",        no_argument,       NULL, DUMP       },
        {"help-config", no_argument,       NULL, HELP_CONFIG},
        {"help",        no_argument,       NULL, HELP       },
        {"version",     no_argument,       NULL, VERSION    },
        {NULL,          0,                 NULL, 0          },
    };
    action_t action = RUN;
    int got;
    optind = 0; /* from the start, also when called again */
    while ((got = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (got == '?') {
            action = WRONG;
            break;
        }
        if (got == 'c') {
            self->config_file = optarg;
        } else {
            action = (action_t)got;
        }
    }
    if (action != WRONG && optind < argc) {
        (void)fprintf(stderr, "%s: unexpected argument '%s'\n", self->spec->name, argv[optind]);
        action = WRONG;
    }
    if (action == WRONG) {
        (void)fprintf(stderr, "Try '%s --help'.\n", self->spec->name);
    }
    return action;
}

/* What needs the configuration. */
static int s_act(sb_daemon_t *self, action_t action)
{
    const sb_daemon_spec_t *spec = self->spec;
    sb_err_t err = {0};
    self->config = sb_alloc(spec->config_size);
    int exit_code = EXIT_SUCCESS;
    if (s_configure(self, self->config, &err)) {
        (void)fprintf(stderr, "%s: %s\n", spec->name, err.text);
        free(self->config);
        return EXIT_USAGE;
    }
    if (action == CHECK) {
        (void)printf("%s: ok\n", self->config_file ? self->config_file : "configuration");
    } else if (action == DUMP) {
        sb_config_dump(self->keys_table, spec->keys_len, self->config, stdout);
    } else {
        exit_code = s_run(self);
    }
    sb_config_free(self->keys_table, spec->keys_len, self->config);
    free(self->config);
    return exit_code;
}

int sb_daemon_main(const sb_daemon_spec_t *spec, int argc, char **argv)
{
    assert(spec);
    assert(spec->start && spec->stop);
    sb_daemon_t self = {.spec = spec, .signal_fd = -1, .endpoints = sb_buf(ENDPOINTS_SIZE_MAX)};
    int exit_code = EXIT_SUCCESS;
    const action_t action = s_read_arguments(&self, argc, argv);
    s_table_make(&self);
    switch (action) {
    case WRONG:
        exit_code = EXIT_USAGE;
        break;
    case HELP:
        s_print_help(spec);
        break;
    case HELP_CONFIG:
        sb_config_help(spec->keys, spec->keys_len, stdout);
        break;
    case VERSION:
        (void)printf("%s %s\n", spec->name, SB_VERSION);
        break;
    case CHECK:
    case DUMP:
    case RUN:
        exit_code = s_act(&self, action);
        break;
    }
    free(self.keys_table);
    sb_buf_free(&self.endpoints);
    return exit_code;
}

zloop_t *sb_daemon_loop(sb_daemon_t *self)
{
    assert(self);
    return self->loop;
}

sb_keys_t *sb_daemon_keys(sb_daemon_t *self)
{
    assert(self);
    return self->keys;
}

void *sb_daemon_config(sb_daemon_t *self)
{
    assert(self);
    return self->config;
}
