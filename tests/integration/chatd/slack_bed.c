#include "tests/integration/chatd/slack_bed.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "tests/unit/chatd/web_client.h"

#define ARGS_MAX 32
#define ANSWER_MAX (16 * 1024 * 1024)
#define ANSWER_VALUES_MAX 1000000

struct slack_bed {
    const char *const *options;
    pid_t pid; /* 0: none is running */
    int port;  /* 0: any */
    char url[128];
};

/* ---- The process. */

static void s_arguments(const slack_bed_t *self, const char *port, const char *argv[ARGS_MAX])
{
    size_t len = 0;
    argv[len++] = "fake_slack";
    argv[len++] = "--quiet";
    argv[len++] = "--port";
    argv[len++] = port;
    for (size_t i = 0; self->options && self->options[i]; i++) {
        assert(len + 1 < ARGS_MAX);
        argv[len++] = self->options[i];
    }
    argv[len] = NULL;
}

/* Reads the line that says it is ready. */
static void s_await(slack_bed_t *self, int fd)
{
    char line[256];
    FILE *out = fdopen(fd, "r");
    assert(out);
    const char *got = fgets(line, sizeof line, out);
    assert(got);
    const int found = sscanf(line, "fake_slack: %127s", self->url);
    assert(found == 1);
    const char *colon = strrchr(self->url, ':');
    self->port = (int)strtol(colon + 1, NULL, 10);
    assert(self->port > 0);
    (void)fclose(out);
}

void slack_bed_start(slack_bed_t *self)
{
    char port[16];
    const char *argv[ARGS_MAX];
    int pipes[2];
    const char *folder = getenv("SB_BIN");
    assert(folder && self->pid == 0);
    char *program = sb_format("%s/fake_slack", folder);
    (void)snprintf(port, sizeof port, "%d", self->port);
    s_arguments(self, port, argv);
    const int made = pipe2(pipes, O_CLOEXEC);
    assert(made == 0);
    self->pid = fork();
    assert(self->pid >= 0);
    if (self->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* whatever becomes of the test */
        (void)dup2(pipes[1], 1);
        (void)execv(program, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(pipes[1]);
    s_await(self, pipes[0]);
    free(program);
}

static void s_end(slack_bed_t *self, int signal)
{
    if (self->pid > 0) {
        (void)kill(self->pid, signal);
        (void)waitpid(self->pid, NULL, 0);
        self->pid = 0;
    }
}

void slack_bed_kill(slack_bed_t *self)
{
    s_end(self, SIGKILL);
}

slack_bed_t *slack_bed_new(const char *const *options)
{
    slack_bed_t *self = sb_alloc(sizeof *self);
    self->options = options;
    slack_bed_start(self);
    return self;
}

void slack_bed_destroy(slack_bed_t **self_p)
{
    slack_bed_t *self = *self_p;
    if (self) {
        s_end(self, SIGTERM);
        free(self);
        *self_p = NULL;
    }
}

const char *slack_bed_url(const slack_bed_t *self)
{
    return self->url;
}

/* ---- The controls. */

static size_t s_write(char *data, size_t size, size_t n, void *arg)
{
    sb_buf_add(arg, data, size * n);
    return size * n;
}

/* The answer's object, if it has ok: true; header may be NULL. */
static cJSON *s_post(const char *url, const char *header, const char *json)
{
    sb_err_t err = {0};
    sb_buf_t answer = sb_buf(ANSWER_MAX);
    struct curl_slist *headers = header ? curl_slist_append(NULL, header) : NULL;
    CURL *easy = curl_easy_init();
    assert(easy);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, json);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L); /* it is only ourselves */
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, s_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(easy);
    cJSON *object =
        sb_json_parse_foreign(sb_buf_text(&answer), answer.len, ANSWER_VALUES_MAX, &err);
    if (code != CURLE_OK || !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "ok"))) {
        (void)fprintf(stderr, "%s %s: %s %s\n", url, json, curl_easy_strerror(code),
                      sb_buf_text(&answer));
        abort();
    }
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    sb_buf_free(&answer);
    return object;
}

cJSON *slack_bed_ask(const slack_bed_t *self, const char *name, const char *json)
{
    char *url = sb_format("%scontrol/%s", self->url, name);
    cJSON *object = s_post(url, NULL, json ? json : "");
    free(url);
    return object;
}

void slack_bed_do(const slack_bed_t *self, const char *name, const char *json)
{
    cJSON_Delete(slack_bed_ask(self, name, json));
}

int slack_bed_occupy(const slack_bed_t *self)
{
    char *url = sb_format("%sapi/apps.connections.open", self->url);
    cJSON *object = s_post(url, "Authorization: Bearer xapp-fake-app-token", "");
    const char *target = cJSON_GetObjectItemCaseSensitive(object, "url")->valuestring;
    const char *path = strchr(strstr(target, "//") + 2, '/');
    char *request = sb_format("GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                              "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                              path);
    const int fd = web_connect(self->port);
    web_send(fd, request, strlen(request));
    char answer[13] = "";
    const ssize_t n = recv(fd, answer, 12, MSG_WAITALL);
    assert(n == 12 && strcmp(answer, "HTTP/1.1 101") == 0);
    free(request);
    free(url);
    cJSON_Delete(object);
    return fd;
}

/* The longest name at the front of path that is a member, so that names may have dots. */
static const cJSON *s_find(const cJSON *object, const char *path)
{
    char name[128];
    for (size_t len = strlen(path); object && len > 0; len--) {
        if (len >= sizeof name || (path[len] != '\0' && path[len] != '.')) {
            continue;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
        if (item) {
            return path[len] ? s_find(item, path + len + 1) : item;
        }
    }
    return NULL;
}

long slack_bed_number(const slack_bed_t *self, const char *name, const char *json, const char *path)
{
    cJSON *object = slack_bed_ask(self, name, json);
    const cJSON *item = s_find(object, path);
    const long number = cJSON_IsNumber(item) ? (long)item->valuedouble : -1;
    cJSON_Delete(object);
    return number;
}
