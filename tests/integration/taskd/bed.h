/* bed.h: a real taskd in a folder of its own, and clients that keep it busy. */
#pragma once

#include <czmq.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/bus_client.h"
#include "lib/keys.h"

#define BED_ACCEPTED_MAX 400000

typedef struct {
    char folder[256];
    const char *driver;
    const char *dsn; /* Postgres */
    int port;
    pid_t taskd;     /* 0: not running */
    sb_keys_t *keys; /* of botctl, who may create, look and ping */
    zloop_t *loop;
    sb_client_t *client;
} bed_t;

/* Makes folder and keys; starts nothing. */
void bed_open(bed_t *self, const char *driver, const char *dsn);
void bed_close(bed_t *self); /* stops taskd and removes all; a second time is fine */

/* Starts taskd, on the port that it had, and connects the client. */
void bed_start(bed_t *self);
void bed_launch(bed_t *self); /* only starts it */
/* The exit code, or minus the signal that ended it. */
int bed_stop(bed_t *self, int signal);
int bed_wait(bed_t *self, int64_t wait_ms); /* for an end of its own */
bool bed_log_has(const bed_t *self, const char *text);
char *bed_endpoint(const bed_t *self, const char *name); /* free() it */

/* One request; the code, and the answer if result_r isn't NULL. */
int bed_ask(bed_t *self, const char *name, const char *json, int64_t timeout_ms, cJSON **result_r,
            sb_err_t *err);
bool bed_ready(bed_t *self); /* what ping says */
bool bed_becomes_ready(bed_t *self, bool ready, int64_t wait_ms);

/* Alerts without end, `width` at once, until bed_load_end. */
typedef struct {
    bed_t *bed;
    size_t flying;
    int64_t timeout_ms;
    bool ending;
    bool repeat; /* what timed out is sent again, as callers do */
    size_t repeated;
    int serial;
    size_t accepted_len, refused[16]; /* by minus code */
    char (*accepted)[65];
} bed_load_t;
void bed_load_begin(bed_load_t *load, bed_t *bed, size_t width, int64_t timeout_ms);
void bed_run(bed_t *self, int64_t ms); /* the loop, for a while */
bool bed_load_reaches(bed_load_t *load, size_t accepted, int64_t wait_ms);
void bed_load_end(bed_load_t *load); /* waits for the last answers */
void bed_load_free(bed_load_t *load);
/* How many accepted alerts the store does not have. */
size_t bed_load_missing(const bed_load_t *load);

/* tests/support/pg_temp VERB on the server of the test. */
void bed_pg(const char *verb);
