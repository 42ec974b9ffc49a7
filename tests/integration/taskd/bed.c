/* bed.c. See bed.h. */
#include "bed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define START_MS 10000
#define CALLS_MAX 6000
#define PAGE "500"

extern char **environ;

/* Leaves no taskd behind. */
static pid_t s_last;

static void s_die(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", what, why);
    if (s_last) {
        (void)kill(s_last, SIGKILL);
    }
    abort();
}

static pid_t s_spawn(const char *path, char *const argv[], char *const env[], const char *log)
{
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    if (log) {
        (void)posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND,
                                               0600);
    }
    pid_t pid = 0;
    const int code = posix_spawn(&pid, path, &actions, NULL, argv, env);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (code) {
        s_die(path, strerror(code));
    }
    return pid;
}

void bed_pg(const char *verb)
{
    char *tool = sb_format("%s/tests/support/pg_temp", SB_SOURCE_DIR);
    char *const argv[] = {tool, (char *)(uintptr_t)verb, getenv("SB_TEST_PG_DIR"), NULL};
    const pid_t pid = s_spawn(tool, argv, environ, NULL);
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        s_die("pg_temp", verb);
    }
    free(tool);
}

/* ---- taskd. */

/* A free port below those that the kernel hands out: a client that tries to connect to one of those
 * while nobody listens may meet itself there, and keep taskd from its port. */
static int s_port(void)
{
    for (int i = 0; i < 9000; i++) {
        const int port = 20000 + (getpid() * 7 + i) % 9000;
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct sockaddr_in address = {.sin_family = AF_INET,
                                            .sin_port = htons((uint16_t)port),
                                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        const int bound = bind(fd, (const struct sockaddr *)&address, sizeof address);
        (void)close(fd);
        if (bound == 0) {
            return port;
        }
    }
    s_die("port", "none is free");
    return 0;
}

void bed_open(bed_t *self, const char *driver, const char *dsn)
{
    *self = (bed_t){.driver = driver, .dsn = dsn, .port = s_port()};
    (void)snprintf(self->folder, sizeof self->folder, "%s/taskd-XXXXXX", SB_BINARY_DIR);
    if (!mkdtemp(self->folder)) {
        s_die(self->folder, strerror(errno));
    }
    char *keys = sb_format("%s/keys", self->folder);
    sb_err_t err;
    if (sb_keys_init(keys, &err)) {
        s_die("keys", err.text);
    }
    self->keys = sb_keys_load(keys, SB_ROLE_BOTCTL, &err);
    if (!self->keys) {
        s_die("keys", err.text);
    }
    free(keys);
    self->loop = zloop_new();
}

static void s_remove(const char *folder)
{
    char *const argv[] = {(char *)(uintptr_t) "rm", (char *)(uintptr_t) "-rf",
                          (char *)(uintptr_t)folder, NULL};
    (void)waitpid(s_spawn("/bin/rm", argv, environ, NULL), NULL, 0);
}

void bed_close(bed_t *self)
{
    if (!self->loop) {
        return;
    }
    sb_client_destroy(&self->client);
    if (self->taskd) {
        (void)bed_stop(self, SIGTERM);
    }
    zloop_destroy(&self->loop);
    sb_keys_destroy(&self->keys);
    s_remove(self->folder);
    *self = (bed_t){0};
}

char *bed_endpoint(const bed_t *self, const char *name)
{
    char *path = sb_format("%s/endpoints", self->folder);
    FILE *file = fopen(path, "r");
    free(path);
    char line[300];
    char *found = NULL;
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *value = strchr(line, '=');
        if (value) {
            *value++ = '\0';
            found = strcmp(line, name) == 0 ? sb_strdup(value) : NULL;
        }
    }
    if (file) {
        (void)fclose(file);
    }
    return found;
}

static void s_connect(bed_t *self, const char *endpoint)
{
    sb_err_t err;
    if (!self->client) {
        self->client =
            sb_client_new(self->loop, self->keys, SB_ROLE_TASKD, endpoint, "bed", CALLS_MAX, &err);
        if (!self->client) {
            s_die("client", err.text);
        }
    }
}

void bed_launch(bed_t *self)
{
    char *path = sb_format("%s/taskd", getenv("SB_BIN"));
    char *log = sb_format("%s/log", self->folder);
    char *env[] = {
        sb_format("SECURITYBOT_KEYS_DIR=%s/keys", self->folder),
        sb_format("SECURITYBOT_CONTROL_ENDPOINT=ipc://%s/control", self->folder),
        sb_format("SECURITYBOT_BIND_ENDPOINT=tcp://127.0.0.1:%d", self->port),
        sb_format("SECURITYBOT_HINTS_ENDPOINT=tcp://127.0.0.1:*"),
        sb_format("SECURITYBOT_ENDPOINT_FILE=%s/endpoints", self->folder),
        sb_format("SECURITYBOT_STORE_DRIVER=%s", self->driver),
        sb_format("SECURITYBOT_STORE_SQLITE_PATH=%s/store.db", self->folder),
        sb_format("SECURITYBOT_STORE_POSTGRES_DSN=%s", self->dsn ? self->dsn : ""),
        NULL,
    };
    char *const argv[] = {path, NULL};
    char *file = sb_format("%s/endpoints", self->folder);
    (void)unlink(file);
    self->taskd = s_last = s_spawn(path, argv, env, log);
    for (size_t i = 0; env[i]; i++) {
        free(env[i]);
    }
    free(path);
    free(log);
    free(file);
}

void bed_start(bed_t *self)
{
    bed_launch(self);
    char *endpoint = NULL;
    const int64_t until = sb_clock_mono_ms() + START_MS;
    while (!(endpoint = bed_endpoint(self, "bind"))) {
        if (sb_clock_mono_ms() > until || waitpid(self->taskd, NULL, WNOHANG) != 0) {
            s_die("taskd", "did not start");
        }
        zclock_sleep(10);
    }
    s_connect(self, endpoint);
    free(endpoint);
}

static int s_ended(bed_t *self, int status)
{
    self->taskd = s_last = 0;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int bed_stop(bed_t *self, int signal)
{
    int status = 0;
    (void)kill(self->taskd, signal);
    (void)waitpid(self->taskd, &status, 0);
    return s_ended(self, status);
}

int bed_wait(bed_t *self, int64_t wait_ms)
{
    const int64_t until = sb_clock_mono_ms() + wait_ms;
    int status = 0;
    while (waitpid(self->taskd, &status, WNOHANG) == 0) {
        if (sb_clock_mono_ms() > until) {
            s_die("taskd", "goes on");
        }
        zclock_sleep(10);
    }
    return s_ended(self, status);
}

bool bed_log_has(const bed_t *self, const char *text)
{
    char *path = sb_format("%s/log", self->folder);
    FILE *file = fopen(path, "r");
    free(path);
    char line[2000];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        found = strstr(line, text) != NULL;
    }
    if (file) {
        (void)fclose(file);
    }
    return found;
}

/* ---- Asking. */

typedef struct {
    zloop_t *loop;
    bool answered;
    int code;
    cJSON *result;
    sb_err_t err;
} asked_t;

static void s_on_answer(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    asked_t *asked = arg;
    asked->answered = true;
    asked->code = code;
    asked->result = body ? sb_json_copy(body) : NULL;
    if (code) {
        asked->err = *err;
    }
}

static int s_on_tick(zloop_t *loop, int id, void *arg)
{
    (void)loop;
    (void)id;
    const asked_t *asked = arg;
    return asked->answered ? -1 : 0;
}

int bed_ask(bed_t *self, const char *name, const char *json, int64_t timeout_ms, cJSON **result_r,
            sb_err_t *err)
{
    asked_t asked = {0};
    cJSON *body = sb_json_parse(json, strlen(json), 0, err);
    if (!body) {
        s_die(json, err->text);
    }
    sb_client_call(self->client, name, &body, timeout_ms, 0, s_on_answer, &asked);
    const int timer = zloop_timer(self->loop, 2, 0, s_on_tick, &asked);
    while (!asked.answered) {
        (void)zloop_start(self->loop);
    }
    (void)zloop_timer_end(self->loop, timer);
    if (result_r) {
        *result_r = asked.result;
    } else {
        cJSON_Delete(asked.result);
    }
    *err = asked.err;
    return asked.code;
}

bool bed_ready(bed_t *self)
{
    cJSON *result = NULL;
    sb_err_t err;
    const int code = bed_ask(self, "ping", "{}", 2000, &result, &err);
    const bool ready =
        code == SB_OK && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "ready"));
    cJSON_Delete(result);
    return ready;
}

bool bed_becomes_ready(bed_t *self, bool ready, int64_t wait_ms)
{
    const int64_t until = sb_clock_mono_ms() + wait_ms;
    while (bed_ready(self) != ready) {
        if (sb_clock_mono_ms() > until) {
            return false;
        }
        zclock_sleep(20);
    }
    return true;
}

/* ---- Load. */

typedef struct {
    bed_load_t *load;
    char hash[65];
} flight_t;

static void s_fly(bed_load_t *load);
static void s_send(flight_t *flight);

static void s_on_landed(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    (void)err;
    flight_t *flight = arg;
    bed_load_t *load = flight->load;
    if (code == SB_ETIMEOUT && load->repeat) { /* nobody knows whether it was done */
        load->repeated++;
        s_send(flight);
        return;
    }
    load->flying--;
    if (code == SB_OK && load->accepted_len < BED_ACCEPTED_MAX) {
        memcpy(load->accepted[load->accepted_len++], flight->hash, sizeof flight->hash);
    } else if (code) {
        load->refused[-code]++;
    }
    free(flight);
    if (!load->ending) {
        s_fly(load);
    }
}

static void s_send(flight_t *flight)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "hash", flight->hash);
    sb_json_add_str(body, "title", "Sudo");
    sb_json_add_str(body, "person", "alice");
    sb_json_add_str(body, "description", "it happened");
    sb_client_call(flight->load->bed->client, "alert.create", &body, flight->load->timeout_ms, 0,
                   s_on_landed, flight);
}

static void s_fly(bed_load_t *load)
{
    flight_t *flight = sb_alloc(sizeof *flight);
    flight->load = load;
    (void)snprintf(flight->hash, sizeof flight->hash, "%064d", load->serial++);
    load->flying++;
    s_send(flight);
}

void bed_load_begin(bed_load_t *load, bed_t *bed, size_t width, int64_t timeout_ms)
{
    *load = (bed_load_t){.bed = bed, .timeout_ms = timeout_ms, .repeat = true};
    load->accepted = sb_alloc_array(BED_ACCEPTED_MAX, sizeof *load->accepted);
    for (size_t i = 0; i < width; i++) {
        s_fly(load);
    }
}

static int s_on_over(zloop_t *loop, int id, void *arg)
{
    (void)loop;
    (void)id;
    (void)arg;
    return -1;
}

void bed_run(bed_t *self, int64_t ms)
{
    const int timer = zloop_timer(self->loop, (size_t)ms, 1, s_on_over, NULL);
    (void)zloop_start(self->loop);
    (void)zloop_timer_end(self->loop, timer);
}

bool bed_load_reaches(bed_load_t *load, size_t accepted, int64_t wait_ms)
{
    const int64_t until = sb_clock_mono_ms() + wait_ms;
    while (load->accepted_len < accepted && sb_clock_mono_ms() < until) {
        bed_run(load->bed, 20);
    }
    return load->accepted_len >= accepted;
}

void bed_load_end(bed_load_t *load)
{
    load->ending = true;
    while (load->flying > 0) {
        bed_run(load->bed, 20);
    }
}

void bed_load_free(bed_load_t *load)
{
    free(load->accepted);
    *load = (bed_load_t){0};
}

size_t bed_load_missing(const bed_load_t *load)
{
    bool *there = sb_alloc_array((size_t)load->serial, sizeof *there);
    char cursor[400] = "null";
    while (cursor[0]) {
        char json[500];
        (void)snprintf(json, sizeof json, "{\"limit\":" PAGE ",\"cursor\":%s}", cursor);
        cJSON *page = NULL;
        sb_err_t err;
        if (bed_ask(load->bed, "alert.query", json, 10000, &page, &err)) {
            s_die("alert.query", err.text);
        }
        const cJSON *alert;
        cJSON_ArrayForEach(alert, cJSON_GetObjectItemCaseSensitive(page, "alerts"))
        {
            const char *hash = cJSON_GetStringValue(cJSON_GetObjectItem(alert, "hash"));
            there[strtol(hash, NULL, 10)] = true;
        }
        const char *next = cJSON_GetStringValue(cJSON_GetObjectItem(page, "cursor"));
        cursor[0] = '\0';
        if (next) {
            (void)snprintf(cursor, sizeof cursor, "\"%s\"", next);
        }
        cJSON_Delete(page);
    }
    size_t missing = 0;
    for (size_t i = 0; i < load->accepted_len; i++) {
        missing += !there[strtol(load->accepted[i], NULL, 10)];
    }
    free(there);
    return missing;
}
