/* played_bus.h: a taskd and a botd that a test plays, and one real daemon between them, which is a
 * worker of the botd. Whatever goes wrong here fails the test. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lib/bus_pool.h"
#include "tests/unit/bus/bed.h"

typedef struct {
    char *folder; /* for the daemon's files */
    char *keys_folder;
    zloop_t *loop;
    sb_server_t *taskd; /* NULL while it is away */
    sb_pool_t *pool;    /* botd's */

    /* Of its own. */
    sb_keys_t *taskd_keys, *botd_keys;
    const sb_route_t *routes;
    size_t routes_len;
    void *ctx;
    char *taskd_endpoint;
    sb_server_t *botd;
    const char *service;
    pid_t daemon;
    int exit_status;
} played_bus_t;

/* routes are taskd's, with their ctx; both are borrowed. */
void played_bus_open(played_bus_t *self, const sb_route_t *routes, size_t routes_len, void *ctx);
/* Kills the daemon if it still runs. */
void played_bus_close(played_bus_t *self);

void played_bus_taskd_leaves(played_bus_t *self);
/* At the address it had. */
void played_bus_taskd_returns(played_bus_t *self);

/* Starts the daemon of this name and waits until it is a worker. Its configuration is what every
 * worker needs, and the YAML in more. service is borrowed. */
void played_bus_start(played_bus_t *self, const char *service, const char *more);
/* Sends the daemon a signal. */
void played_bus_signal(played_bus_t *self, int signal);
/* Kills it as nothing can be caught; played_bus_start may follow. */
void played_bus_kill(played_bus_t *self);
/* Tells the daemon to stop, which it does, with 0. */
void played_bus_stop(played_bus_t *self);

typedef struct {
    bool accepted;
    char begun[SB_ERR_TEXT_MAX]; /* the body of the last ACCEPT; "" if it had none */
    bool ended;
    int code;
    char text[SB_ERR_TEXT_MAX]; /* the result, or the NACK's text */
} played_job_t;

/* Gives the daemon a job; takes the body. job is filled in as the loop runs. */
void played_bus_submit(played_bus_t *self, const char *id, const char *request, int64_t timeout_ms,
                       cJSON *body, played_job_t *job);
/* Waits until a worker has accepted it, or for its end. */
void played_bus_wait_accepted(played_bus_t *self, played_job_t *job);
void played_bus_wait(played_bus_t *self, played_job_t *job);
/* Submits, and waits for its end. */
played_job_t played_bus_do(played_bus_t *self, const char *id, const char *request,
                           int64_t timeout_ms, cJSON *body);
