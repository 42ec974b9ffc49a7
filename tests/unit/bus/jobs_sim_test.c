/* Workers that fail in every way at random moments, from a seed: each job ends once, by its
 * deadline, and no worker has more than its credit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_jobs.h"
#include "lib/log.h"
#include "lib/mem.h"

#define SEEDS 300
#define STEPS 400
#define WORKERS 4
#define JOBS 64
#define CREDIT 3

typedef struct {
    bool there;
    bool reachable;
    char jobs[CREDIT + 1][16]; /* what it thinks it has to do; one too many is a fault */
    size_t jobs_len;
} worker_t;

typedef struct {
    bool open;
    int64_t deadline_ms;
} sim_job_t;

static struct {
    uint64_t random;
    int64_t now_ms;
    sb_jobs_t *jobs;
    worker_t workers[WORKERS];
    sim_job_t sim_jobs[JOBS];
    size_t submitted;
    size_t ended;
} s_it;

static uint64_t s_random(uint64_t below)
{
    s_it.random ^= s_it.random << 13;
    s_it.random ^= s_it.random >> 7;
    s_it.random ^= s_it.random << 17;
    return s_it.random % below;
}

static int s_send(void *ctx, const sb_peer_t *peer, sb_kind_t kind, const char *name,
                  const char *json)
{
    (void)ctx;
    (void)name;
    worker_t *worker = &s_it.workers[peer->data[0]];
    if (!worker->reachable) {
        return s_random(2) ? SB_ENOTFOUND : SB_EBUSY;
    }
    if (kind == SB_KIND_REQ && s_random(10) > 0) { /* some are lost on the way */
        sb_msg_t msg;
        sb_err_t err;
        assert_int_equal(sb_msg_decode(kind, json, strlen(json), &msg, &err), SB_OK);
        if (worker->jobs_len <= CREDIT) {
            (void)snprintf(worker->jobs[worker->jobs_len++], 16, "%s", msg.id);
        }
        sb_msg_clear(&msg);
    }
    return SB_OK;
}

static void on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    (void)code;
    (void)body;
    (void)err;
    sim_job_t *job = arg;
    assert_true(job->open);
    assert_true(s_it.now_ms <= job->deadline_ms);
    if (kind != SB_KIND_ACCEPT) {
        job->open = false;
        s_it.ended++;
    }
}

static void s_hear(size_t i, const char *head_text, const char *json)
{
    const sb_peer_t peer = {.size = 1, .data = {(unsigned char)i}};
    sb_head_t head;
    sb_msg_t msg;
    sb_err_t err;
    assert_int_equal(sb_head_decode(head_text, strlen(head_text), &head, &err), SB_OK);
    assert_int_equal(sb_msg_decode(head.kind, json, strlen(json), &msg, &err), SB_OK);
    sb_jobs_hear(s_it.jobs, &peer, SB_ROLE_CHATD, &head, &msg, s_it.now_ms);
    sb_msg_clear(&msg);
}

static void s_worker_answers(size_t i)
{
    worker_t *worker = &s_it.workers[i];
    if (worker->jobs_len == 0) {
        return;
    }
    const size_t at = s_random(worker->jobs_len);
    static const char *const heads[] = {"SB1 RESULT", "SB1 RESULT", "SB1 ACCEPT", "SB1 NACK"};
    static const char *const codes[] = {"BUSY", "NOT_FOUND", "UNAVAILABLE"};
    const char *head = heads[s_random(4)];
    char *json = sb_format("{\"id\":\"%s\",\"body\":{\"code\":\"%s\"}}", worker->jobs[at],
                           codes[s_random(3)]);
    if (strcmp(head, "SB1 ACCEPT") != 0) {
        worker->jobs_len--;
        memmove(worker->jobs[at], worker->jobs[worker->jobs_len], 16);
    }
    s_hear(i, head, json);
    free(json);
}

static void s_worker_acts(size_t i)
{
    worker_t *worker = &s_it.workers[i];
    const uint64_t what = s_random(20);
    if (!worker->there || what == 0) { /* comes, or comes anew */
        worker->there = true;
        worker->reachable = true;
        worker->jobs_len = what % 2 ? worker->jobs_len : 0;
        char *json = sb_format("{\"body\":{\"service\":\"chatd\",\"driver\":\"l\",\"instance\":"
                               "\"w%zu\",\"credit\":%d}}",
                               i, CREDIT);
        s_hear(i, "SB1 READY chatd", json);
        free(json);
    } else if (what == 1) {
        worker->there = false;
        worker->jobs_len = 0;
        s_hear(i, "SB1 BYE", "{}");
    } else if (what == 2) {
        worker->there = false;
        worker->reachable = false;
    } else if (what < 8) {
        s_hear(i, "SB1 HEARTBEAT", "{}");
    } else {
        s_worker_answers(i);
    }
}

static void s_submit(void)
{
    if (s_it.submitted == JOBS) {
        return;
    }
    sim_job_t *sim_job = &s_it.sim_jobs[s_it.submitted];
    char id[16];
    (void)snprintf(id, sizeof id, "j%zu", s_it.submitted++);
    const sb_job_t job = {.id = id,
                          .service = "chatd",
                          .request = "chat.send",
                          .try_timeout_ms = 1 + (int64_t)s_random(3000),
                          .timeout_ms = 1 + (int64_t)s_random(20000),
                          .epoch = 1};
    sim_job->open = true;
    sim_job->deadline_ms = s_it.now_ms + job.timeout_ms;
    sb_err_t err;
    assert_int_equal(sb_jobs_submit(s_it.jobs, &job, NULL, on_job, sim_job, s_it.now_ms, &err),
                     SB_OK);
}

static void s_pass(int64_t ms)
{
    const int64_t end_ms = s_it.now_ms + ms;
    while (sb_jobs_next_ms(s_it.jobs) <= end_ms) {
        s_it.now_ms = sb_jobs_next_ms(s_it.jobs);
        sb_jobs_run(s_it.jobs, s_it.now_ms);
    }
    s_it.now_ms = end_ms;
}

static void s_check(void)
{
    assert_int_equal(sb_jobs_len(s_it.jobs), s_it.submitted - s_it.ended);
    for (const sb_hand_t *hand = sb_jobs_crew(s_it.jobs)->first; hand; hand = hand->next) {
        assert_true(hand->jobs <= CREDIT);
        assert_true(hand->strikes <= SB_STRIKES_MAX + CREDIT);
    }
}

static void every_job_ends_once(void **state)
{
    (void)state;
    sb_log_level_set(SB_ERROR);
    const sb_bus_timing_t timing = {.heartbeat_ms = 2000, .silence_ms = 6000};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        memset(&s_it, 0, sizeof s_it);
        s_it.random = seed * 0x9e3779b97f4a7c15u;
        s_it.jobs = sb_jobs_new(JOBS, &timing, s_send, NULL);
        for (int step = 0; step < STEPS; step++) {
            if (s_random(4) == 0) {
                s_submit();
            } else {
                s_worker_acts(s_random(WORKERS));
            }
            s_pass((int64_t)s_random(500));
            s_check();
        }
        s_pass(20000);
        s_check();
        if (s_it.ended != s_it.submitted) {
            fail_msg("seed %llu: %zu of %zu jobs ended", (unsigned long long)seed, s_it.ended,
                     s_it.submitted);
        }
        sb_jobs_destroy(&s_it.jobs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_ends_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
