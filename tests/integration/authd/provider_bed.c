#include "tests/integration/authd/provider_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/mem.h"
#include "proto/authd.h"

#define TIMEOUT_MS 120000

void provider_bed_open(provider_bed_t *self, const char *driver, const char *const *options,
                       const sb_route_t *routes, size_t routes_len, void *ctx)
{
    *self = (provider_bed_t){.driver = driver};
    char *program = sb_format("fake_%s", driver);
    played_bus_open(&self->bus, routes, routes_len, ctx);
    played_fake_start(&self->fake, program, NULL, options);
    free(program);
}

void provider_bed_start(provider_bed_t *self, char *config)
{
    self->config = config;
    played_bus_start(&self->bus, SB_AUTHD, config);
}

void provider_bed_start_again(provider_bed_t *self)
{
    played_bus_kill(&self->bus);
    played_bus_start(&self->bus, SB_AUTHD, self->config);
}

void provider_bed_close(provider_bed_t *self)
{
    if (self->bus.daemon) {
        played_bus_stop(&self->bus);
    }
    played_bus_close(&self->bus);
    played_fake_stop(&self->fake);
    free(self->config);
}

char *provider_bed_file(const provider_bed_t *self, const char *name, const char *text)
{
    char *path = sb_format("%s/%s", self->bus.folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* ---- Jobs. */

static played_job_t s_do(provider_bed_t *self, const char *request, cJSON *body)
{
    char id[SB_ID_SIZE_MAX];
    (void)snprintf(id, sizeof id, "b%d", ++self->serial);
    return played_bus_do(&self->bus, id, request, TIMEOUT_MS, body);
}

played_job_t provider_bed_can(provider_bed_t *self, const char *person, const char *strength)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    sb_json_add_str(body, "alert", BED_HASH);
    sb_json_add(body, "drivers", sb_json_array());
    sb_json_add_str(body, "strength", strength);
    return s_do(self, SB_FACTOR_CAN, body);
}

played_job_t provider_bed_check(provider_bed_t *self, const char *person)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    return s_do(self, SB_FACTOR_CHECK, body);
}

void provider_bed_submit(provider_bed_t *self, const char *person, const char *strength,
                         const char *code, played_job_t *job, char id_r[SB_ID_SIZE_MAX])
{
    char id[SB_ID_SIZE_MAX];
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    sb_json_add_str(body, "driver", self->driver);
    sb_json_add_str(body, "strength", strength);
    sb_json_add_str(body, "alert", BED_HASH);
    sb_json_add_str(body, "short", "5e4284");
    sb_json_add_str(body, "code", code);
    sb_json_add_str(body, "title", "sudo");
    sb_json_add_str(body, "description", "root on db1");
    sb_json_add_str(body, "reason", "");
    (void)snprintf(id, sizeof id, "b%d", ++self->serial);
    if (id_r) {
        (void)snprintf(id_r, SB_ID_SIZE_MAX, "%s", id);
    }
    played_bus_submit(&self->bus, id, SB_FACTOR_START, TIMEOUT_MS, body, job);
}

void provider_bed_ask(provider_bed_t *self, const char *person, played_job_t *job)
{
    provider_bed_submit(self, person, SB_STRENGTH_PUSH, NULL, job, NULL);
    played_bus_wait_accepted(&self->bus, job);
}

void provider_bed_cancel(provider_bed_t *self, const char *id)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "job", id);
    const played_job_t cancel = s_do(self, SB_FACTOR_CANCEL, body);
    assert_int_equal(cancel.code, SB_OK);
}

void provider_bed_assert_ends(provider_bed_t *self, const char *row, played_job_t *job,
                              const char *status)
{
    played_bus_wait(&self->bus, job);
    char *want = sb_format("{\"status\":\"%s\",\"driver\":\"%s\"}", status, self->driver);
    if (job->code != SB_OK || strcmp(job->text, want) != 0) {
        fail_msg("%s: expected %s, got %s", row, status, job->text);
    }
    free(want);
}

char *provider_bed_shown(const played_job_t *job)
{
    if (!job->accepted) {
        fail_msg("nobody was asked: %s", job->text);
    }
    cJSON *body = cJSON_Parse(job->begun);
    const cJSON *show = cJSON_GetObjectItemCaseSensitive(body, "show");
    char *text = sb_strdup(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(show, "text")));
    cJSON_Delete(body);
    assert_non_null(text);
    return text;
}

int64_t provider_bed_counter(const provider_bed_t *self, const char *path)
{
    cJSON *answer = played_fake_control(&self->fake, "counters", "{}");
    const int64_t number = played_fake_number(answer, path);
    cJSON_Delete(answer);
    return number;
}
