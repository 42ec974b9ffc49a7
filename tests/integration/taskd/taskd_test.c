/* taskd_test.c: a real taskd whose store, or who itself, is taken away under load. Run by
 * tests/support/with_postgres. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

#include <sqlite3.h>

#include "bed.h"
#include "lib/bus_hint.h"
#include "lib/clock.h"
#include "lib/log.h"

#define WIDTH 64
#define LONG_MS 20000

static const char s_create[] =
    "{\"title\":\"T\",\"person\":\"p\",\"description\":\"d\",\"hash\":"
    "\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"}";

/* In the reach of the teardown, which cleans up after a failure too. */
static bed_t s_bed;
static bed_load_t s_load;

static int s_teardown(void **state)
{
    (void)state;
    bed_close(&s_bed);
    bed_load_free(&s_load);
    bed_pg("again");
    return 0;
}

static const char *s_dsn(void)
{
    const char *dsn = getenv("SB_TEST_POSTGRES");
    assert_non_null(dsn);
    return dsn;
}

static size_t s_refused(const bed_load_t *load)
{
    size_t sum = 0;
    for (size_t i = 0; i < sizeof load->refused / sizeof load->refused[0]; i++) {
        if (load->refused[i]) {
            print_message("%zu times %s\n", load->refused[i], sb_code_name(-(int)i));
        }
        sum += load->refused[i];
    }
    return sum;
}

/* Killed again and again; whoever was told "accepted" must find the alert. */
static void s_kill_taskd(const char *driver, const char *dsn)
{
    bed_t *bed = &s_bed;
    bed_open(bed, driver, dsn);
    bed_start(bed);
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
    bed_load_t *load = &s_load;
    bed_load_begin(load, bed, WIDTH, LONG_MS);
    for (int i = 0; i < 3; i++) {
        assert_true(bed_load_reaches(load, load->accepted_len + 5 * WIDTH, LONG_MS));
        bed_run(bed, 7 * i); /* at another moment of a batch */
        const size_t before = load->accepted_len;
        assert_int_equal(bed_stop(bed, SIGKILL), -SIGKILL);
        bed_start(bed);
        assert_true(bed_load_reaches(load, before + 5 * WIDTH, LONG_MS));
    }
    bed_load_end(load);
    assert_int_equal(s_refused(load), 0);
    assert_true(load->repeated > 0);
    assert_int_equal(bed_load_missing(load), 0);
    assert_int_equal(bed_stop(bed, SIGTERM), 0);
}

static void nothing_accepted_is_lost_when_taskd_is_killed_sqlite(void **state)
{
    (void)state;
    s_kill_taskd("sqlite", NULL);
}

static void nothing_accepted_is_lost_when_taskd_is_killed_postgres(void **state)
{
    (void)state;
    s_kill_taskd("postgres", s_dsn());
}

static void s_empty(bed_t *bed)
{
    bed_open(bed, "postgres", s_dsn());
    bed_start(bed);
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
}

static void nothing_accepted_is_lost_when_postgres_is_killed(void **state)
{
    (void)state;
    bed_t *bed = &s_bed;
    s_empty(bed);
    bed_load_t *load = &s_load;
    bed_load_begin(load, bed, WIDTH, LONG_MS);
    load->serial = 1000000; /* beside those of the other tests */
    assert_true(bed_load_reaches(load, 5 * WIDTH, LONG_MS));
    bed_pg("kill");
    assert_true(bed_becomes_ready(bed, false, LONG_MS));
    bed_run(bed, 100);
    const size_t before = load->accepted_len;
    bed_run(bed, 500);
    assert_int_equal(load->accepted_len, before); /* nobody is told what is not so */
    bed_pg("again");
    assert_true(bed_load_reaches(load, before + 5 * WIDTH, LONG_MS));
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
    bed_load_end(load);
    assert_int_equal(s_refused(load), 0);
    assert_int_equal(bed_load_missing(load), 0);
}

static void taskd_starts_without_its_store(void **state)
{
    (void)state;
    bed_t *bed = &s_bed;
    bed_pg("kill");
    bed_open(bed, "postgres", s_dsn());
    bed_start(bed);
    bed_run(bed, 300);
    assert_false(bed_ready(bed));
    assert_true(bed_log_has(bed, "the store is away"));
    sb_err_t err;
    const int64_t start_ms = sb_clock_mono_ms();
    assert_int_equal(bed_ask(bed, "alert.create", s_create, 3000, NULL, &err), SB_ERETRY);
    assert_true(sb_clock_mono_ms() - start_ms < 3500);
    assert_non_null(strstr(err.text, "the store is away"));
    bed_pg("again");
    assert_int_equal(bed_ask(bed, "alert.create", s_create, 10000, NULL, &err), SB_OK);
    assert_true(bed_ready(bed));
    assert_true(bed_log_has(bed, "the store is there"));
}

static void an_idle_taskd_sees_that_its_store_went(void **state)
{
    (void)state;
    bed_t *bed = &s_bed;
    s_empty(bed);
    bed_pg("kill");
    assert_true(bed_becomes_ready(bed, false, LONG_MS)); /* WORKER_PROBE_MS, and a while */
    bed_pg("again");
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
}

static void a_full_queue_says_busy(void **state)
{
    (void)state;
    bed_t *bed = &s_bed;
    s_empty(bed);
    bed_pg("kill");
    assert_true(bed_becomes_ready(bed, false, LONG_MS));
    bed_load_t *load = &s_load;
    bed_load_begin(load, bed, 5000, 3000); /* the queue holds 4096 */
    load->ending = true;
    load->repeat = false;
    bed_run(bed, 1500);
    assert_true(load->refused[-SB_EBUSY] > 0);
    assert_int_equal(load->refused[-SB_EBUSY] + load->flying, 5000);
    bed_load_end(load);
    assert_int_equal(load->accepted_len, 0);
    assert_int_equal(s_refused(load), 5000);
    assert_int_equal(load->refused[-SB_ERETRY] + load->refused[-SB_EBUSY], 5000);
    bed_pg("again");
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
    sb_err_t err;
    assert_int_equal(bed_ask(bed, "count", "{}", 5000, NULL, &err), SB_OK);
}

/* ---- A store of a newer program. */

static void a_newer_store_ends_the_start(void **state)
{
    (void)state;
    bed_t *bed = &s_bed;
    bed_open(bed, "sqlite", NULL);
    bed_start(bed);
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
    assert_int_equal(bed_stop(bed, SIGTERM), 0);
    char path[300];
    (void)snprintf(path, sizeof path, "%s/store.db", bed->folder);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO schema_version SELECT max(version) + 1, 'x', 'x', 1"
                                  " FROM schema_version",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_close(db);
    bed_launch(bed);
    assert_int_equal(bed_wait(bed, 5000), 1);
    assert_true(bed_log_has(bed, "it is of a newer version"));
}

/* ---- Hints. */

typedef struct {
    int work, alert;
    int resyncs;
} heard_t;

static void s_on_hint(void *ctx, const char *topic, const cJSON *body)
{
    heard_t *heard = ctx;
    heard->work += strcmp(topic, "work") == 0;
    heard->alert += strcmp(topic, "alert") == 0 &&
                    strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(body, "state")), "new") == 0;
}

static void s_on_resync(void *ctx)
{
    ((heard_t *)ctx)->resyncs++;
}

static void changes_are_hinted(void **state)
{
    (void)state;
    bed_t *bed = &s_bed;
    bed_open(bed, "sqlite", NULL);
    bed_start(bed);
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
    char *endpoint = bed_endpoint(bed, "hints");
    static const char *const topics[] = {"work", "alert", NULL};
    heard_t heard = {0};
    sb_err_t err;
    sb_hears_t *hears = sb_hears_new(bed->loop, bed->keys, SB_ROLE_TASKD, endpoint, topics,
                                     s_on_hint, s_on_resync, &heard, &err);
    assert_non_null(hears);
    for (int i = 0; i < 100 && heard.resyncs == 0; i++) {
        bed_run(bed, 50);
    }
    assert_int_equal(heard.resyncs, 1);
    bed_load_t *load = &s_load;
    bed_load_begin(load, bed, WIDTH, LONG_MS);
    load->ending = true;
    bed_load_end(load);
    for (int i = 0; i < 100 && heard.alert < WIDTH; i++) {
        bed_run(bed, 50);
    }
    assert_int_equal(load->accepted_len, WIDTH);
    assert_int_equal(heard.alert, WIDTH);
    assert_in_range(heard.work, 1, WIDTH);
    assert_int_equal(heard.resyncs, 1);
    sb_hears_destroy(&hears);
    free(endpoint);
}

/* ---- The end. */

static void a_stop_answers_what_is_under_way(void **state)
{
    (void)state;
    bed_t *bed = &s_bed;
    bed_open(bed, "sqlite", NULL);
    bed_start(bed);
    assert_true(bed_becomes_ready(bed, true, LONG_MS));
    bed_load_t *load = &s_load;
    bed_load_begin(load, bed, WIDTH, 3000);
    bed_run(bed, 300);
    assert_int_equal(kill(bed->taskd, SIGTERM), 0);
    bed_run(bed, 500);
    assert_int_equal(bed_wait(bed, 6000), 0);
    bed_start(bed);
    bed_load_end(load);
    assert_int_equal(bed_load_missing(load), 0);
}

int main(int argc, char **argv)
{
    sb_log_open("taskd_test", SB_ERROR, SB_LOG_TEXT);
    zsys_handler_set(NULL);
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_accepted_is_lost_when_taskd_is_killed_sqlite, s_teardown),
        cmocka_unit_test_teardown(nothing_accepted_is_lost_when_taskd_is_killed_postgres,
                                  s_teardown),
        cmocka_unit_test_teardown(nothing_accepted_is_lost_when_postgres_is_killed, s_teardown),
        cmocka_unit_test_teardown(taskd_starts_without_its_store, s_teardown),
        cmocka_unit_test_teardown(an_idle_taskd_sees_that_its_store_went, s_teardown),
        cmocka_unit_test_teardown(a_full_queue_says_busy, s_teardown),
        cmocka_unit_test_teardown(a_newer_store_ends_the_start, s_teardown),
        cmocka_unit_test_teardown(changes_are_hinted, s_teardown),
        cmocka_unit_test_teardown(a_stop_answers_what_is_under_way, s_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
