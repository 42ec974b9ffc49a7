/* worker_bed.h: a worker and the botd it works for, a bare ROUTER that says what each test wants:
 * shared by the tests of the worker. */
#pragma once

#include "bed.h"
#include "lib/bus_worker.h"

#define WORKER_NEVER_MS 3600000
#define WORKER_HELD_MAX 8

typedef struct {
    zsock_t *sock;
    char *endpoint;
    zframe_t *worker; /* whom it heard last */
    bed_reply_t heard;
} worker_botd_t;

struct worker_bed {
    char *folder;
    sb_keys_t *botd_keys;
    sb_keys_t *chatd_keys;
    zloop_t *loop;
    worker_botd_t botd;
    worker_botd_t standby;
    sb_worker_t *worker;
    sb_worker_t *second; /* the same instance, connected to the standby */
    sb_call_t *held[WORKER_HELD_MAX];
    size_t held_len;
    size_t sends; /* jobs of chat.send that were done */
};
extern struct worker_bed worker_bed;

int worker_set_up(void **state);
int worker_tear_down(void **state);

/* ---- The worker: does chat.send, holds chat.hold until worker_end_held, and chat.own is not
 * botd's to ask for. */

sb_worker_t *worker_at(const char *endpoint, uint32_t credit);
/* A worker that botd knows. */
void worker_start(uint32_t credit);
void worker_end_held(void);
void worker_wait_held(size_t n);
void worker_wait_connected(bool want);

/* ---- botd. */

/* Binds: the first time anywhere, then where it was before. */
void worker_open(worker_botd_t *botd);
void worker_close(worker_botd_t *botd);
/* The next message has that head, and a body with that part. */
void worker_expect_at(worker_botd_t *botd, const char *head, const char *text);
void worker_expect(const char *head, const char *text);
void worker_tell_at(worker_botd_t *botd, const char *head, const char *body);
void worker_tell(const char *head, const char *body);
void worker_job_at(worker_botd_t *botd, const char *name, const char *id, int epoch);
/* Of the first leader. */
void worker_job(const char *name, const char *id);
