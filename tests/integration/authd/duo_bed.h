/* duo_bed.h: the real authd with factor duo, between a played botd and a fake Duo. */
#pragma once

#include <stdbool.h>

#include "tests/support/played_bus.h"
#include "tests/support/played_fake.h"

#define DUO_BED_USERS 2100 /* user000001 and so on, whose phones do nothing */

typedef struct {
    played_bus_t bus;
    played_fake_t duo;
    char *config; /* of authd */
    int serial;   /* of the last job */
} duo_bed_t;

/* The users, and alice, who is asked to type a number too. names: of Duo's certificate; NULL: its
 * own. ca_file: what authd trusts; NULL: that certificate. */
void duo_bed_open(duo_bed_t *self, int signature_version, const char *names, const char *ca_file);
void duo_bed_close(duo_bed_t *self);

/* As proto/authd.md has it, for any driver there is. */
played_job_t duo_bed_can(duo_bed_t *self, const char *person, const char *strength);
/* What factor.check says. */
played_job_t duo_bed_check(duo_bed_t *self, const char *person);
/* The body of factor.start. */
cJSON *duo_bed_body(const char *person, const char *strength);
/* Begins factor.start; its id is in id_r (may be NULL). */
void duo_bed_submit(duo_bed_t *self, const char *person, const char *strength, played_job_t *job,
                    char id_r[SB_ID_SIZE_MAX]);
/* Begins it, and waits until the person was asked, or for its end. */
void duo_bed_ask(duo_bed_t *self, const char *person, played_job_t *job);
/* Fails the test unless the job ends with this status. */
void duo_bed_assert_ends(duo_bed_t *self, played_job_t *job, const char *status);

/* A number in the fake's counters, and among what it knows of a person. */
int64_t duo_bed_counter(const duo_bed_t *self, const char *path);
int64_t duo_bed_user(const duo_bed_t *self, const char *user, const char *member);
