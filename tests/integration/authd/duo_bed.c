#include "tests/integration/authd/duo_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/mem.h"
#include "proto/authd.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define TIMEOUT_MS 120000

static char *s_write_secret(const duo_bed_t *self)
{
    char *path = sb_format("%s/duo.key", self->bus.folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    (void)fputs("fakefakefakefakefakefakefakefakefakefake\n", file);
    assert_int_equal(fclose(file), 0);
    return path;
}

void duo_bed_open(duo_bed_t *self, int signature_version, const char *names, const char *ca_file)
{
    char users[16];
    (void)snprintf(users, sizeof users, "%d", DUO_BED_USERS);
    const char *const options[] = {"--users", users, NULL};
    *self = (duo_bed_t){0};
    played_bus_open(&self->bus, NULL, 0, NULL);
    played_fake_start(&self->duo, "fake_duo", names, options);
    played_fake_do(&self->duo, "user.add", "{\"username\":\"alice\"}");
    char *secret = s_write_secret(self);
    self->config =
        sb_format("factors: [duo]\nduo:\n  api_host: %s\n  integration_key: DIFAKEFAKEFAKEFAKE00\n"
                  "  secret_key_file: %s\n  ca_file: %s\n  signature_version: %d\n",
                  self->duo.host, secret, ca_file ? ca_file : self->duo.ca_file, signature_version);
    free(secret);
    played_bus_start(&self->bus, SB_AUTHD, self->config);
}

void duo_bed_close(duo_bed_t *self)
{
    played_bus_close(&self->bus);
    played_fake_stop(&self->duo);
    free(self->config);
}

/* ---- Jobs. */

static played_job_t s_do(duo_bed_t *self, const char *request, cJSON *body)
{
    char id[SB_ID_SIZE_MAX];
    (void)snprintf(id, sizeof id, "b%d", ++self->serial);
    return played_bus_do(&self->bus, id, request, TIMEOUT_MS, body);
}

played_job_t duo_bed_can(duo_bed_t *self, const char *person, const char *strength)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    sb_json_add_str(body, "alert", HASH);
    sb_json_add(body, "drivers", sb_json_array());
    sb_json_add_str(body, "strength", strength);
    return s_do(self, SB_FACTOR_CAN, body);
}

played_job_t duo_bed_check(duo_bed_t *self, const char *person)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    return s_do(self, SB_FACTOR_CHECK, body);
}

cJSON *duo_bed_body(const char *person, const char *strength)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    sb_json_add_str(body, "driver", "duo");
    sb_json_add_str(body, "strength", strength);
    sb_json_add_str(body, "alert", HASH);
    sb_json_add_str(body, "short", "5e4284");
    sb_json_add_str(body, "code", NULL);
    sb_json_add_str(body, "title", "sudo\n& more");
    sb_json_add_str(body, "description",
                    "root on \xe2\x80\xae"
                    "db1");
    sb_json_add_str(body, "reason", "");
    return body;
}

void duo_bed_submit(duo_bed_t *self, const char *person, const char *strength, played_job_t *job,
                    char id_r[SB_ID_SIZE_MAX])
{
    char id[SB_ID_SIZE_MAX];
    (void)snprintf(id, sizeof id, "b%d", ++self->serial);
    if (id_r) {
        (void)snprintf(id_r, SB_ID_SIZE_MAX, "%s", id);
    }
    played_bus_submit(&self->bus, id, SB_FACTOR_START, TIMEOUT_MS, duo_bed_body(person, strength),
                      job);
}

void duo_bed_ask(duo_bed_t *self, const char *person, played_job_t *job)
{
    duo_bed_submit(self, person, SB_STRENGTH_PUSH, job, NULL);
    played_bus_wait_accepted(&self->bus, job);
}

void duo_bed_assert_ends(duo_bed_t *self, played_job_t *job, const char *status)
{
    played_bus_wait(&self->bus, job);
    char *want = sb_format("{\"status\":\"%s\",\"driver\":\"duo\"}", status);
    assert_int_equal(job->code, SB_OK);
    assert_string_equal(job->text, want);
    free(want);
}

/* ---- The fake. */

int64_t duo_bed_counter(const duo_bed_t *self, const char *path)
{
    cJSON *answer = played_fake_control(&self->duo, "counters", "{}");
    const int64_t number = played_fake_number(answer, path);
    cJSON_Delete(answer);
    return number;
}

int64_t duo_bed_user(const duo_bed_t *self, const char *user, const char *member)
{
    cJSON *answer = played_fake_control(&self->duo, "user", "{\"user\":\"%s\"}", user);
    const int64_t number = played_fake_number(answer, member);
    cJSON_Delete(answer);
    return number;
}
