/* provider_bed.h: the real authd with one factor, between a played botd and taskd and a fake
 * provider. */
#pragma once

#include <stdbool.h>

#include "tests/support/played_bus.h"
#include "tests/support/played_fake.h"

#define BED_HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

typedef struct {
    played_bus_t bus;
    played_fake_t fake;
    const char *driver;
    char *config; /* of authd */
    int serial;   /* of the last job */
} provider_bed_t;

/* Before authd: bus and fake, with its options. routes are taskd's, with their ctx. */
void provider_bed_open(provider_bed_t *self, const char *driver, const char *const *options,
                       const sb_route_t *routes, size_t routes_len, void *ctx);
/* authd, with this configuration, which is taken. */
void provider_bed_start(provider_bed_t *self, char *config);
/* Kills authd, and starts it anew. */
void provider_bed_start_again(provider_bed_t *self);
/* authd must end in order. */
void provider_bed_close(provider_bed_t *self);

/* A file with this text in a folder that goes away; free() the path. */
char *provider_bed_file(const provider_bed_t *self, const char *name, const char *text);

/* The answers of factor.can and factor.check. */
played_job_t provider_bed_can(provider_bed_t *self, const char *person, const char *strength);
played_job_t provider_bed_check(provider_bed_t *self, const char *person);
/* Begins factor.start; code and id_r may be NULL. */
void provider_bed_submit(provider_bed_t *self, const char *person, const char *strength,
                         const char *code, played_job_t *job, char id_r[SB_ID_SIZE_MAX]);
/* Begins it without a code, and waits until the person was asked, or for its end. */
void provider_bed_ask(provider_bed_t *self, const char *person, played_job_t *job);
void provider_bed_cancel(provider_bed_t *self, const char *id);
/* Fails the test unless the job ends with this status; row names what is tried. */
void provider_bed_assert_ends(provider_bed_t *self, const char *row, played_job_t *job,
                              const char *status);
/* show.text of what was accepted; free() it. */
char *provider_bed_shown(const played_job_t *job);
/* A number in the fake's counters. */
int64_t provider_bed_counter(const provider_bed_t *self, const char *path);
