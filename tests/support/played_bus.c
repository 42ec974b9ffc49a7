#include "tests/support/played_bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mem.h"

#define JOBS_MAX 4096

static sb_server_t *s_server(played_bus_t *self, sb_keys_t *keys, const char *endpoint,
                             const sb_route_t *routes, size_t routes_len)
{
    sb_err_t err = {0};
    sb_server_t *server =
        sb_server_new(self->loop, keys, endpoint, routes, routes_len, self->ctx, &err);
    if (!server) {
        fail_msg("%s", err.text);
    }
    return server;
}

void played_bus_open(played_bus_t *self, const sb_route_t *routes, size_t routes_len, void *ctx)
{
    *self = (played_bus_t){.routes = routes, .routes_len = routes_len, .ctx = ctx};
    self->folder = bed_folder();
    self->keys_folder = bed_keys_folder();
    self->loop = zloop_new();
    self->taskd_keys = bed_keys(self->keys_folder, SB_ROLE_TASKD);
    self->botd_keys = bed_keys(self->keys_folder, SB_ROLE_BOTD);
    sb_err_t err;
    assert_int_equal(sb_keys_auth_start(self->taskd_keys, &err), SB_OK);
    self->taskd = s_server(self, self->taskd_keys, bed_endpoint(), routes, routes_len);
    self->taskd_endpoint = sb_strdup(sb_server_endpoint(self->taskd));
    self->botd = s_server(self, self->botd_keys, bed_endpoint(), NULL, 0);
    self->pool = sb_pool_new(self->loop, self->botd, JOBS_MAX);
}

void played_bus_close(played_bus_t *self)
{
    if (self->daemon) {
        (void)kill(self->daemon, SIGKILL);
        (void)waitpid(self->daemon, NULL, 0);
    }
    sb_pool_destroy(&self->pool);
    sb_server_destroy(&self->botd);
    sb_server_destroy(&self->taskd);
    zloop_destroy(&self->loop);
    sb_keys_destroy(&self->botd_keys);
    sb_keys_destroy(&self->taskd_keys);
    bed_remove(&self->keys_folder);
    bed_remove(&self->folder);
    free(self->taskd_endpoint);
}

void played_bus_taskd_leaves(played_bus_t *self)
{
    sb_server_destroy(&self->taskd);
}

void played_bus_taskd_returns(played_bus_t *self)
{
    self->taskd =
        s_server(self, self->taskd_keys, self->taskd_endpoint, self->routes, self->routes_len);
}

/* ---- The daemon. */

static void s_write_config(const played_bus_t *self, const char *path, const char *more)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "instance: w1\n"
                  "log: {level: error}\n"
                  "keys: {dir: %s}\n"
                  "control: {endpoint: \"%s\"}\n"
                  "taskd: {endpoint: \"%s\"}\n"
                  "botd: {endpoints: [\"%s\"]}\n"
                  "%s",
                  self->keys_folder, bed_endpoint(), self->taskd_endpoint,
                  sb_server_endpoint(self->botd), more);
    assert_int_equal(fclose(file), 0);
}

static bool s_is_worker(void *arg)
{
    const played_bus_t *self = arg;
    return sb_pool_workers(self->pool, self->service) == 1;
}

void played_bus_start(played_bus_t *self, const char *service, const char *more)
{
    self->service = service;
    char *path = sb_format("%s/%s.yaml", self->folder, service);
    char *program = sb_format("%s/%s", getenv("SB_BIN"), service);
    s_write_config(self, path, more);
    self->daemon = fork();
    assert_true(self->daemon >= 0);
    if (self->daemon == 0) {
        (void)execl(program, program, "--config", path, NULL);
        _exit(127);
    }
    free(program);
    free(path);
    if (!bed_run(self->loop, s_is_worker, self)) {
        fail_msg("%s did not come", service);
    }
}

void played_bus_signal(played_bus_t *self, int signal)
{
    assert_int_equal(kill(self->daemon, signal), 0);
}

void played_bus_kill(played_bus_t *self)
{
    played_bus_signal(self, SIGKILL);
    assert_int_equal(waitpid(self->daemon, NULL, 0), self->daemon);
    self->daemon = 0;
}

static bool s_is_gone(void *arg)
{
    played_bus_t *self = arg;
    return waitpid(self->daemon, &self->exit_status, WNOHANG) == self->daemon;
}

void played_bus_stop(played_bus_t *self)
{
    played_bus_signal(self, SIGTERM);
    assert_true(bed_run(self->loop, s_is_gone, self));
    self->daemon = 0;
    assert_true(WIFEXITED(self->exit_status));
    assert_int_equal(WEXITSTATUS(self->exit_status), 0);
}

/* ---- Jobs. */

static void s_on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    played_job_t *job = arg;
    if (kind == SB_KIND_ACCEPT) {
        char *begun = body ? sb_json_print(body) : sb_strdup("");
        (void)snprintf(job->begun, sizeof job->begun, "%s", begun);
        job->accepted = true;
        free(begun);
        return;
    }
    job->ended = true;
    job->code = code;
    char *text = body ? sb_json_print(body) : sb_strdup(err->text);
    (void)snprintf(job->text, sizeof job->text, "%s", text);
    free(text);
}

static bool s_is_accepted(void *arg)
{
    const played_job_t *job = arg;
    return job->accepted || job->ended;
}

static bool s_has_ended(void *arg)
{
    return ((played_job_t *)arg)->ended;
}

void played_bus_submit(played_bus_t *self, const char *id, const char *request, int64_t timeout_ms,
                       cJSON *body, played_job_t *job)
{
    const sb_job_t row = {.id = id,
                          .service = self->service,
                          .request = request,
                          .try_timeout_ms = timeout_ms,
                          .timeout_ms = timeout_ms,
                          .epoch = 1};
    sb_err_t err;
    *job = (played_job_t){0};
    assert_int_equal(sb_pool_submit(self->pool, &row, &body, s_on_job, job, &err), SB_OK);
}

void played_bus_wait_accepted(played_bus_t *self, played_job_t *job)
{
    if (!bed_run(self->loop, s_is_accepted, job)) {
        fail_msg("nobody accepted the job");
    }
}

void played_bus_wait(played_bus_t *self, played_job_t *job)
{
    if (!bed_run(self->loop, s_has_ended, job)) {
        fail_msg("the job did not end");
    }
}

played_job_t played_bus_do(played_bus_t *self, const char *id, const char *request,
                           int64_t timeout_ms, cJSON *body)
{
    played_job_t job;
    played_bus_submit(self, id, request, timeout_ms, body, &job);
    played_bus_wait(self, &job);
    return job;
}
