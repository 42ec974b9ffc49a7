#include "tests/support/played_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "tests/unit/bus/bed.h"

#define OPTIONS_MAX 16
#define ANSWER_MAX (1024 * 1024)
#define TIMEOUT_MS 20000L
#define REQUEST_MAX 4096

static void s_make_cert(const played_fake_t *self, const char *names)
{
    char *program = sb_format("%s/tests/support/fake_slack/make_cert", getenv("SB_SOURCE"));
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)execl(program, program, self->folder, names, NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    free(program);
}

static void s_exec(const played_fake_t *self, const char *program, const char *const *options)
{
    char *path = sb_format("%s/%s", getenv("SB_BIN"), program);
    char *key = sb_format("%s/key.pem", self->folder);
    const char *words[8 + OPTIONS_MAX] = {path,    "--quiet",     "--port", "0",
                                          "--tls", self->ca_file, key};
    for (size_t i = 0; options && options[i] && i < OPTIONS_MAX; i++) {
        words[7 + i] = options[i];
    }
    (void)execv(path, (char *const *)words);
    _exit(127);
}

/* Reads "NAME: URL/". */
static void s_read_url(played_fake_t *self, int fd)
{
    char line[256] = "";
    FILE *file = fdopen(fd, "r");
    assert_non_null(file);
    if (!fgets(line, sizeof line, file)) {
        fail_msg("the fake did not start");
    }
    (void)fclose(file);
    const char *url = strstr(line, "https://");
    assert_non_null(url);
    self->url = sb_strndup(url, strcspn(url + 8, "/\n") + 8);
    self->host = sb_strdup(self->url + 8);
}

void played_fake_start(played_fake_t *self, const char *program, const char *names,
                       const char *const *options)
{
    int ends[2];
    *self = (played_fake_t){.folder = bed_folder()};
    self->ca_file = sb_format("%s/cert.pem", self->folder);
    s_make_cert(self, names ? names : "IP:127.0.0.1");
    assert_int_equal(pipe(ends), 0);
    self->pid = fork();
    assert_true(self->pid >= 0);
    if (self->pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        s_exec(self, program, options);
    }
    (void)close(ends[1]);
    s_read_url(self, ends[0]);
}

void played_fake_stop(played_fake_t *self)
{
    int status = 0;
    if (self->pid > 0) {
        assert_int_equal(kill(self->pid, SIGTERM), 0);
        assert_int_equal(waitpid(self->pid, &status, 0), self->pid);
    }
    bed_remove(&self->folder);
    free(self->ca_file);
    free(self->url);
    free(self->host);
    *self = (played_fake_t){0};
    assert_int_equal(status, 0);
}

/* ---- Control. */

static size_t s_write(char *data, size_t size, size_t n, void *arg)
{
    sb_buf_add(arg, data, size * n);
    return size * n;
}

/* The certificate's name may be wrong on purpose. */
static cJSON *s_post(const played_fake_t *self, const char *name, const char *body)
{
    sb_buf_t answer = sb_buf(ANSWER_MAX);
    char *url = sb_format("%s/control/%s", self->url, name);
    CURL *easy = curl_easy_init();
    assert_non_null(easy);
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(easy, CURLOPT_CAINFO, self->ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, s_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK) {
        fail_msg("%s: %s", name, curl_easy_strerror(code));
    }
    cJSON *tree = cJSON_Parse(sb_buf_text(&answer));
    if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(tree, "ok"))) {
        fail_msg("%s %s: %s", name, body, sb_buf_text(&answer));
    }
    curl_easy_cleanup(easy);
    free(url);
    sb_buf_free(&answer);
    return tree;
}

static cJSON *s_control(const played_fake_t *self, const char *name, const char *json, va_list args)
    __attribute__((format(printf, 3, 0)));

static cJSON *s_control(const played_fake_t *self, const char *name, const char *json, va_list args)
{
    char body[REQUEST_MAX];
    const int len = vsnprintf(body, sizeof body, json, args);
    assert_in_range(len, 0, sizeof body - 1);
    return s_post(self, name, body);
}

cJSON *played_fake_control(const played_fake_t *self, const char *name, const char *json, ...)
{
    va_list args;
    va_start(args, json);
    cJSON *answer = s_control(self, name, json, args);
    va_end(args);
    return answer;
}

void played_fake_do(const played_fake_t *self, const char *name, const char *json, ...)
{
    va_list args;
    va_start(args, json);
    cJSON_Delete(s_control(self, name, json, args));
    va_end(args);
}

int64_t played_fake_number(const cJSON *answer, const char *path)
{
    const cJSON *item = answer;
    char name[64];
    while (*path) {
        const size_t len = strcspn(path, ".");
        (void)snprintf(name, sizeof name, "%.*s", (int)len, path);
        item = cJSON_GetObjectItemCaseSensitive(item, name);
        path += len + (path[len] ? 1 : 0);
    }
    assert_true(cJSON_IsNumber(item));
    return (int64_t)item->valuedouble;
}
