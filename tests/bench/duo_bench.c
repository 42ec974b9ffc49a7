/* duo_bench.c WAITING ANSWERS: how fast authd handles a person's answer by Duo when nobody else
 * waits, and when WAITING people do whose polls hang; and what each of those costs it in memory.
 * Prints one line of JSON. Real authd, fake Duo with TLS, a botd that is played here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/authd.h"
#include "tests/integration/authd/duo_bed.h"

#define WARM_UP 20

typedef struct {
    duo_bed_t bed;
    int waiting;
    int answers;
    played_job_t *crowd;
    int64_t *took_us; /* of the answers */
    int64_t end_us;   /* of the last */
} bench_t;

static int64_t s_memory_kib(pid_t pid)
{
    char line[128];
    int64_t kib = 0;
    char *path = sb_format("/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtoll(line + 6, NULL, 10);
        }
    }
    (void)fclose(file);
    free(path);
    return kib;
}

static void s_on_job(void *arg, sb_kind_t kind, int code, const cJSON *body, const sb_err_t *err)
{
    bench_t *bench = arg;
    (void)err;
    if (kind == SB_KIND_ACCEPT) {
        return;
    }
    const char *status = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "status"));
    assert_int_equal(code, SB_OK);
    assert_string_equal(status, SB_FACTOR_APPROVED);
    bench->end_us = zclock_usecs();
}

static bool s_has_ended(void *arg)
{
    return ((bench_t *)arg)->end_us != 0;
}

/* From botd's giving the job to its knowing the end; the phone approves at once. */
static int64_t s_answer_us(bench_t *bench)
{
    char id[SB_ID_SIZE_MAX];
    (void)snprintf(id, sizeof id, "a%d", ++bench->bed.serial);
    const sb_job_t row = {.id = id,
                          .service = SB_AUTHD,
                          .request = SB_FACTOR_START,
                          .try_timeout_ms = 60000,
                          .timeout_ms = 60000,
                          .epoch = 1};
    cJSON *body = duo_bed_body("alice", SB_STRENGTH_PUSH);
    sb_err_t err;
    bench->end_us = 0;
    const int64_t begin_us = zclock_usecs();
    assert_int_equal(sb_pool_submit(bench->bed.bus.pool, &row, &body, s_on_job, bench, &err),
                     SB_OK);
    assert_true(bed_run(bench->bed.bus.loop, s_has_ended, bench));
    return bench->end_us - begin_us;
}

static int s_compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void s_measure(bench_t *bench, const char *name)
{
    for (int i = 0; i < WARM_UP; i++) {
        (void)s_answer_us(bench);
    }
    for (int i = 0; i < bench->answers; i++) {
        bench->took_us[i] = s_answer_us(bench);
    }
    qsort(bench->took_us, (size_t)bench->answers, sizeof bench->took_us[0], s_compare);
    printf("\"%s_p50_ms\":%.2f,\"%s_p99_ms\":%.2f,", name,
           (double)bench->took_us[bench->answers / 2] / 1000, name,
           (double)bench->took_us[bench->answers * 99 / 100] / 1000);
}

static bool s_all_hang(void *arg)
{
    const bench_t *bench = arg;
    return duo_bed_counter(&bench->bed, "hanging") >= bench->waiting;
}

static void s_run(void **state)
{
    bench_t *bench = *state;
    duo_bed_open(&bench->bed, 5, NULL, NULL);
    played_fake_do(&bench->bed.duo, "user.change",
                   "{\"user\":\"alice\",\"phone\":\"approve\",\"phone_ms\":0}");
    printf("{");
    s_measure(bench, "alone");
    const int64_t before_kib = s_memory_kib(bench->bed.bus.daemon);
    for (int i = 0; i < bench->waiting; i++) {
        char user[32];
        (void)snprintf(user, sizeof user, "user%06d", i + 1);
        duo_bed_submit(&bench->bed, user, SB_STRENGTH_PUSH, &bench->crowd[i], NULL);
    }
    assert_true(bed_run(bench->bed.bus.loop, s_all_hang, bench));
    bed_run_ms(bench->bed.bus.loop, 500);
    const int64_t after_kib = s_memory_kib(bench->bed.bus.daemon);
    s_measure(bench, "crowd");
    for (int i = 0; i < bench->waiting; i++) {
        assert_true(bench->crowd[i].accepted && !bench->crowd[i].ended);
    }
    printf("\"waiting\":%d,\"memory_kib\":%.1f}\n", bench->waiting,
           (double)(after_kib - before_kib) / bench->waiting);
    played_bus_kill(&bench->bed.bus);
    sb_pool_destroy(&bench->bed.bus.pool);
    duo_bed_close(&bench->bed);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: duo_bench WAITING ANSWERS\n");
        return 2;
    }
    bench_t bench = {.waiting = (int)strtol(argv[1], NULL, 10),
                     .answers = (int)strtol(argv[2], NULL, 10)};
    if (bench.waiting < 1 || bench.waiting > DUO_BED_USERS || bench.answers < 1) {
        (void)fprintf(stderr, "duo_bench: 1 to %d people, and at least one answer\n",
                      DUO_BED_USERS);
        return 2;
    }
    bench.crowd = sb_alloc_array((size_t)bench.waiting, sizeof bench.crowd[0]);
    bench.took_us = sb_alloc_array((size_t)bench.answers, sizeof bench.took_us[0]);
    const struct CMUnitTest one[] = {cmocka_unit_test_prestate(s_run, &bench)};
    const int failed = cmocka_run_group_tests(one, NULL, NULL);
    free(bench.crowd);
    free(bench.took_us);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
