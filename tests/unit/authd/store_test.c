#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "services/authd/store.h"
#include "tests/unit/authd/fake_world.h"

typedef struct {
    int answers, code;
    bool enrolled;
    int64_t at_ms;
} got_t;

static void s_on_answer(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    got_t *got = arg;
    got->answers++;
    got->code = code;
    got->enrolled = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(body, "enrolled"));
    got->at_ms = fake_now_ms();
    assert_true(code == SB_OK || err->text[0]);
}

static store_ask_t *s_ask(store_t *store, got_t *got)
{
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", "alice");
    sb_json_add_str(body, "driver", "totp");
    store_ask_t *ask = store_ask(store, "factor.get", &body, s_on_answer, got);
    assert_null(body);
    assert_int_equal(got->answers, 0);
    return ask;
}

static void s_end(store_t *store)
{
    fake_end();
    store_destroy(&store);
    store_destroy(&store);
}

static void an_answer_comes_once(void **state)
{
    (void)state;
    fake_reset();
    fake_taskd.factor = (fake_factor_t){.person = "alice", .driver = "totp"};
    store_t *store = store_new(fake_client(), fake_timers());
    got_t got = {0};
    (void)s_ask(store, &got);
    fake_advance(60000);
    assert_int_equal(got.answers, 1);
    assert_int_equal(got.code, SB_OK);
    assert_true(got.enrolled);
    assert_int_equal(fake_taskd.calls, 1);
    s_end(store);
}

static void a_refusal_is_an_answer(void **state)
{
    (void)state;
    fake_reset();
    fake_taskd.mode = FAKE_REFUSING;
    store_t *store = store_new(fake_client(), fake_timers());
    got_t got = {0};
    (void)s_ask(store, &got);
    fake_advance(60000);
    assert_int_equal(got.answers, 1);
    assert_int_equal(got.code, SB_EFORBIDDEN);
    assert_int_equal(fake_taskd.calls, 1);
    s_end(store);
}

static void a_store_that_is_away_is_asked_until_it_is_back(void **state)
{
    (void)state;
    static const fake_mode_t modes[] = {FAKE_AWAY, FAKE_SILENT};
    for (size_t i = 0; i < 2; i++) {
        fake_reset();
        fake_taskd.mode = modes[i];
        store_t *store = store_new(fake_client(), fake_timers());
        got_t got = {0};
        (void)s_ask(store, &got);
        fake_advance(100000);
        assert_int_equal(got.answers, 0);
        assert_true(fake_taskd.calls > 100000 / (STORE_TRY_MS + STORE_PAUSE_MAX_MS) - 2);
        assert_true(fake_taskd.calls < 100000 / STORE_PAUSE_MAX_MS + 10); /* pauses grew */
        fake_taskd.mode = FAKE_UP;
        const int64_t back_ms = fake_now_ms();
        fake_advance(STORE_TRY_MS + STORE_PAUSE_MAX_MS + FAKE_LATENCY_MS);
        assert_int_equal(got.answers, 1);
        assert_int_equal(got.code, SB_OK);
        assert_true(got.at_ms <= back_ms + STORE_TRY_MS + STORE_PAUSE_MAX_MS + FAKE_LATENCY_MS);
        s_end(store);
    }
}

static void a_short_absence_costs_little(void **state)
{
    (void)state;
    fake_reset();
    fake_taskd.mode = FAKE_AWAY;
    store_t *store = store_new(fake_client(), fake_timers());
    got_t got = {0};
    const int64_t start_ms = fake_now_ms();
    (void)s_ask(store, &got);
    fake_advance(FAKE_LATENCY_MS + 1);
    fake_taskd.mode = FAKE_UP;
    fake_advance(1000);
    assert_int_equal(got.answers, 1);
    assert_int_equal(got.at_ms - start_ms, 2 * FAKE_LATENCY_MS + STORE_PAUSE_MIN_MS);
    s_end(store);
}

static void what_is_forgotten_is_never_answered(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        fake_mode_t mode;
        int64_t after_ms;
    } rows[] = {
        {"at once",            FAKE_UP,     0                  },
        {"while a try is out", FAKE_SILENT, 100                },
        {"between two tries",  FAKE_AWAY,   FAKE_LATENCY_MS + 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fake_reset();
        fake_taskd.mode = rows[i].mode;
        store_t *store = store_new(fake_client(), fake_timers());
        got_t got = {0};
        store_ask_t *ask = s_ask(store, &got);
        fake_advance(rows[i].after_ms);
        store_forget(store, &ask);
        assert_null(ask);
        store_forget(store, &ask);
        fake_taskd.mode = FAKE_UP;
        fake_advance(60000);
        if (got.answers != 0 || fake_taskd.calls != 1) {
            fail_msg("%s: %d answers, %d calls", rows[i].name, got.answers, fake_taskd.calls);
        }
        s_end(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_once),
        cmocka_unit_test(a_refusal_is_an_answer),
        cmocka_unit_test(a_store_that_is_away_is_asked_until_it_is_back),
        cmocka_unit_test(a_short_absence_costs_little),
        cmocka_unit_test(what_is_forgotten_is_never_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
