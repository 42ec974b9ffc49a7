/* main.c: bench_driver KEYS TASKD PORT TOTP_KEY MODE FIRST COUNT PARALLEL [PAUSE_MS]
 *
 * Plays people p0FIRST.. through the real sockets: taskd's for the alerts, the built-in chat's for
 * what they say. Prints its figures as one JSON line. MODE is enroll, open, latency or whole. */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "lib/factor_secret.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "tests/bench/bench.h"
#include "tests/bench/fail.h"
#include "tests/bench/player.h"

#define PARALLEL_MAX 500
#define CALL_MS 60000
#define STALL_MS 60000 /* nobody got any further for so long: give up */

void bench_person(unsigned number, char person[BENCH_PERSON_SIZE])
{
    (void)snprintf(person, BENCH_PERSON_SIZE, "p%05u", number % 100000);
}

void bench_secret(const char *person, uint8_t secret[SB_SHA256_SIZE])
{
    sb_sha256(person, strlen(person), secret);
}

double bench_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

bool bench_next(bench_t *self, char person[BENCH_PERSON_SIZE])
{
    if (self->begun == self->count) {
        return false;
    }
    bench_person(self->first + self->begun, person);
    self->begun++;
    return true;
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

void bench_ended(bench_t *self)
{
    self->ended++;
    if (self->ended == self->count) {
        (void)zloop_timer(self->loop, 1, 1, s_on_end, NULL);
    }
}

void bench_create(bench_t *self, const char *person, sb_reply_fn *fn, void *arg)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "title", "bench_login");
    sb_json_add_str(body, "person", person);
    sb_json_add_str(body, "description", "a login from a new place was seen");
    sb_json_add_str(body, "reason", "from 203.0.113.7, for the first time");
    sb_client_call(self->taskd, "alert.create", &body, CALL_MS, 0, fn, arg);
}

static int s_on_watch(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    bench_t *self = arg;
    bench_must(self->ended > self->ended_seen, "nobody gets any further");
    self->ended_seen = self->ended;
    return 0;
}

/* Without a chat: one person after the other, PARALLEL at a time. */
static void s_direct(bench_t *self);

static void s_on_direct(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    (void)body;
    bench_must(code == SB_OK, err->text);
    s_direct(arg);
    bench_ended(arg);
}

static void s_direct(bench_t *self)
{
    char person[BENCH_PERSON_SIZE];
    if (!bench_next(self, person)) {
        return;
    }
    if (self->mode == BENCH_OPEN) {
        bench_create(self, person, s_on_direct, self);
        return;
    }
    uint8_t secret[SB_SHA256_SIZE];
    bench_secret(person, secret);
    char *sealed = sb_totp_secret_seal(self->seal_key, person, secret, SB_TOTP_SECRET_SIZE);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", person);
    sb_json_add_str(body, "driver", "totp");
    sb_json_add_str(body, "secret", sealed);
    sb_json_add_bool(body, "replace", true);
    free(sealed);
    sb_client_call(self->taskd, "factor.enroll", &body, CALL_MS, 0, s_on_direct, self);
}

static int s_compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Sorts values. */
static double s_percentile(double *values, unsigned count, unsigned percent)
{
    qsort(values, count, sizeof *values, s_compare);
    return values[(count - 1) * percent / 100];
}

static void s_report(bench_t *self, const char *mode, double took_ms)
{
    printf("{\"mode\":\"%s\",\"alerts\":%u,\"seconds\":%.3f,\"per_second\":%.1f", mode, self->count,
           took_ms / 1e3, self->count / (took_ms / 1e3));
    if (self->mode == BENCH_LATENCY || self->mode == BENCH_WHOLE) {
        printf(",\"accepted_p50_ms\":%.2f,\"accepted_p99_ms\":%.2f,\"sent_p50_ms\":%.2f,"
               "\"sent_p99_ms\":%.2f",
               s_percentile(self->accepted_ms, self->count, 50),
               s_percentile(self->accepted_ms, self->count, 99),
               s_percentile(self->sent_ms, self->count, 50),
               s_percentile(self->sent_ms, self->count, 99));
    }
    printf("}\n");
}

static bench_mode_t s_mode(const char *name)
{
    static const char *const names[] = {"enroll", "open", "latency", "whole"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return (bench_mode_t)i;
        }
    }
    bench_must(false, "MODE is enroll, open, latency or whole");
    return BENCH_ENROLL;
}

static void s_run(bench_t *self, unsigned parallel)
{
    player_t *players[PARALLEL_MAX] = {NULL};
    for (unsigned i = 0; i < parallel; i++) {
        if (self->mode == BENCH_LATENCY || self->mode == BENCH_WHOLE) {
            players[i] = player_new(self);
        } else {
            s_direct(self);
        }
    }
    (void)zloop_timer(self->loop, STALL_MS, 0, s_on_watch, self);
    zloop_start(self->loop);
    bench_must(self->ended == self->count, "it was interrupted");
    for (unsigned i = 0; i < parallel; i++) {
        player_destroy(&players[i]);
    }
}

int main(int argc, char **argv)
{
    bench_must(argc == 9 || argc == 10,
               "bench_driver KEYS TASKD PORT TOTP_KEY MODE FIRST COUNT PARALLEL [PAUSE_MS]");
    sb_err_t err;
    sb_log_open("bench", SB_WARN, SB_LOG_TEXT);
    const unsigned parallel = (unsigned)strtoul(argv[8], NULL, 10);
    bench_t bench = {
        .loop = zloop_new(),
        .port = (int)strtol(argv[3], NULL, 10),
        .mode = s_mode(argv[5]),
        .first = (unsigned)strtoul(argv[6], NULL, 10),
        .count = (unsigned)strtoul(argv[7], NULL, 10),
        .pause_ms = argc == 10 ? strtol(argv[9], NULL, 10) : 0,
    };
    bench_must(parallel > 0 && parallel <= PARALLEL_MAX && bench.count > 0, "COUNT or PARALLEL");
    bench.accepted_ms = sb_alloc_array(bench.count, sizeof *bench.accepted_ms);
    bench.sent_ms = sb_alloc_array(bench.count, sizeof *bench.sent_ms);
    bench_must(sb_key_file_load(argv[4], bench.seal_key, &err) == SB_OK, err.text);
    sb_keys_t *keys = sb_keys_load(argv[1], SB_ROLE_BOTCTL, &err);
    bench_must(keys != NULL, err.text);
    bench.taskd = sb_client_new(bench.loop, keys, SB_ROLE_TASKD, argv[2], "bench", 4096, &err);
    bench_must(bench.taskd != NULL, err.text);
    const double begin = bench_now_ms();
    s_run(&bench, parallel);
    s_report(&bench, argv[5], bench_now_ms() - begin);
    sb_client_destroy(&bench.taskd);
    sb_keys_destroy(&keys);
    zloop_destroy(&bench.loop);
    free(bench.accepted_ms);
    free(bench.sent_ms);
    return 0;
}
