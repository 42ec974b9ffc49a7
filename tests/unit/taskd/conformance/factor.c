/* factor.c: enrolment, throttling, and a code that is accepted once. */
#include "suite.h"

static void s_enroll(suite_t *suite, const char *person)
{
    (void)ask(suite, "person.sync", "{'source': 's', 'complete': false, 'people': [{'id': '%s'}]}",
              person);
    (void)ask(suite, "factor.enroll",
              "{'person': '%s', 'driver': 'totp', 'secret': 'c2VjcmV0', 'replace': false}", person);
}

static const cJSON *s_attempt(suite_t *suite, const char *job)
{
    return ask(suite, "factor.attempt", "{'person': 'alice', 'driver': 'totp', 'job': '%s'}", job);
}

static bool s_advance(suite_t *suite, const char *job, int step)
{
    return true_at(ask(suite, "factor.advance",
                       "{'person': 'alice', 'driver': 'totp', 'job': '%s', 'step': %d}", job, step),
                   "accepted");
}

static void enrolment(void **state)
{
    suite_t *suite = *state;
    static const char body[] = "{'person': '%s', 'driver': 'totp', 'secret': '%s', 'replace': %s}";
    assert_int_equal(ask_code(suite, "factor.enroll", body, "alice", "YQ==", "false"),
                     SB_ENOTFOUND);
    s_enroll(suite, "alice");
    static const struct {
        const char *secret;
        const char *replace;
        int code;
    } rows[] = {
        {"c2VjcmV0", "false", SB_OK       }, /* the same again */
        {"b3RoZXI=", "false", SB_ECONFLICT},
        {"b3RoZXI=", "true",  SB_OK       },
        {"not*base", "true",  SB_EINVALID },
        {"=abc",     "true",  SB_EINVALID },
        {"",         "true",  SB_EINVALID },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code =
            ask_code(suite, "factor.enroll", body, "Alice", rows[i].secret, rows[i].replace);
        if (code != rows[i].code) {
            fail_msg("%s: got %s", rows[i].secret, sb_code_name(code));
        }
    }
    const cJSON *list = ask(suite, "factor.list", "{}");
    assert_int_equal(len_at(list, "factors"), 1);
    assert_string_equal(text_at(list, "factors.0.person"), "alice");
    assert_string_equal(text_at(list, "factors.0.driver"), "totp");
    assert_true(int_at(list, "factors.0.enrolled_ms") > 1700000000000);
    assert_true(null_at(list, "factors.0.used_ms"));
    assert_int_equal(int_at(list, "factors.0.misses"), 0);
    assert_null(cJSON_GetObjectItem(at(list, "factors.0"), "secret"));
    assert_int_equal(len_at(ask(suite, "factor.list", "{'person': 'bob'}"), "factors"), 0);
    static const char of_alice[] = "{'person': 'alice', 'driver': 'totp'}";
    assert_true(true_at(ask(suite, "factor.get", of_alice), "enrolled"));
    assert_true(true_at(ask(suite, "factor.remove", of_alice), "removed"));
    assert_false(true_at(ask(suite, "factor.remove", of_alice), "removed"));
    assert_false(true_at(ask(suite, "factor.get", of_alice), "enrolled"));
    assert_int_equal(number(suite, "SELECT count(*) FROM audit WHERE person = 'alice'"), 3);
}

static void an_attempt_hands_out_the_secret(void **state)
{
    suite_t *suite = *state;
    const cJSON *none = s_attempt(suite, "j0");
    assert_string_equal(text_at(none, "code"), "none");
    assert_true(null_at(none, "secret"));
    s_enroll(suite, "alice");
    const cJSON *got = s_attempt(suite, "j1");
    assert_string_equal(text_at(got, "code"), "ok");
    assert_string_equal(text_at(got, "secret"), "c2VjcmV0");
    assert_int_equal(int_at(got, "last_step"), -1);
    assert_int_equal(int_at(got, "misses"), 1);
    assert_int_equal(int_at(got, "locked_until_ms"), 0);
}

static void a_code_is_accepted_once(void **state)
{
    suite_t *suite = *state;
    s_enroll(suite, "alice");
    (void)s_attempt(suite, "j1");
    assert_true(s_advance(suite, "j1", 100));
    assert_true(s_advance(suite, "j1", 100)); /* its answer was lost */
    assert_string_equal(text_at(s_attempt(suite, "j1"), "code"), "approved");
    const cJSON *next = s_attempt(suite, "j2");
    assert_int_equal(int_at(next, "last_step"), 100);
    assert_int_equal(int_at(next, "misses"), 1); /* cleared by the success */
    assert_false(s_advance(suite, "j2", 100));
    assert_false(s_advance(suite, "j2", 99));
    assert_true(s_advance(suite, "j2", 101));
    assert_false(s_advance(suite, "j1", 101));
    assert_false(null_at(ask(suite, "factor.list", "{}"), "factors.0.used_ms"));
    assert_int_equal(ask_code(suite, "factor.advance",
                              "{'person': 'alice', 'driver': 'totp',"
                              " 'job': 'j', 'step': -5}"),
                     SB_EINVALID);
}

/* Guesses until locked; says how long the lock is. */
static int64_t s_lock(suite_t *suite, const char *name)
{
    char job[32];
    for (int i = 1; i <= SB_FACTOR_MISSES_MAX; i++) {
        (void)snprintf(job, sizeof job, "%s-%d", name, i);
        const cJSON *got = s_attempt(suite, job);
        assert_string_equal(text_at(got, "code"), "ok");
        assert_int_equal(int_at(got, "misses"), i);
    }
    (void)snprintf(job, sizeof job, "%s-more", name);
    const cJSON *locked = s_attempt(suite, job);
    assert_string_equal(text_at(locked, "code"), "locked");
    assert_true(null_at(locked, "secret"));
    assert_true(null_at(locked, "last_step"));
    const int64_t now = number(suite, "SELECT CAST({now} AS {int})");
    return int_at(locked, "locked_until_ms") - now;
}

static void guessing_locks_longer_each_time(void **state)
{
    suite_t *suite = *state;
    s_enroll(suite, "alice");
    const int64_t minute = 60 * 1000;
    static const int minutes[] = {15, 30, 60, 120, 240, 480, 960, 1440, 1440};
    for (size_t i = 0; i < LEN(minutes); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "r%zu", i);
        const int64_t left = s_lock(suite, name);
        if (left < minutes[i] * minute - 5000 || left > minutes[i] * minute) {
            fail_msg("lock %zu: want %d minutes got %lld ms", i, minutes[i], (long long)left);
        }
        tamper(suite, "UPDATE factors SET locked_until_ms = 1"); /* it has passed */
    }
    (void)s_attempt(suite, "good");
    assert_true(s_advance(suite, "good", 5));
    assert_in_range(s_lock(suite, "after"), 14 * minute, 15 * minute);
    const cJSON *got = ask(suite, "factor.get", "{'person': 'alice', 'driver': 'totp'}");
    assert_true(int_at(got, "locked_until_ms") > 1700000000000);
}

static void the_last_guess_may_be_right(void **state)
{
    suite_t *suite = *state;
    s_enroll(suite, "alice");
    char job[16];
    for (int i = 1; i <= SB_FACTOR_MISSES_MAX; i++) {
        (void)snprintf(job, sizeof job, "j%d", i);
        assert_string_equal(text_at(s_attempt(suite, job), "code"), "ok");
    }
    assert_string_equal(text_at(s_attempt(suite, "other"), "code"), "locked");
    assert_true(s_advance(suite, job, 7));
    const cJSON *got = s_attempt(suite, "next");
    assert_string_equal(text_at(got, "code"), "ok");
    assert_int_equal(int_at(got, "misses"), 1);
}

static void the_same_job_is_counted_once(void **state)
{
    suite_t *suite = *state;
    s_enroll(suite, "alice");
    for (int i = 0; i < 20; i++) {
        const cJSON *got = s_attempt(suite, "j1");
        assert_string_equal(text_at(got, "code"), "ok");
        assert_int_equal(int_at(got, "misses"), 1);
    }
}

static void enrolling_anew_forgets_the_old_secret(void **state)
{
    suite_t *suite = *state;
    s_enroll(suite, "alice");
    (void)s_lock(suite, "x");
    assert_true(s_advance(suite, "x-5", 100));
    (void)ask(suite, "factor.enroll",
              "{'person': 'alice', 'driver': 'totp', 'secret': 'bmV3', 'replace': true}");
    const cJSON *got = s_attempt(suite, "x-5");
    assert_string_equal(text_at(got, "code"), "ok");
    assert_string_equal(text_at(got, "secret"), "bmV3");
    assert_int_equal(int_at(got, "last_step"), -1);
    assert_int_equal(int_at(got, "misses"), 1);
}

const behaviour_t factor_behaviours[] = {
    {"enrolment",                             enrolment                            },
    {"an_attempt_hands_out_the_secret",       an_attempt_hands_out_the_secret      },
    {"a_code_is_accepted_once",               a_code_is_accepted_once              },
    {"guessing_locks_longer_each_time",       guessing_locks_longer_each_time      },
    {"the_last_guess_may_be_right",           the_last_guess_may_be_right          },
    {"the_same_job_is_counted_once",          the_same_job_is_counted_once         },
    {"enrolling_anew_forgets_the_old_secret", enrolling_anew_forgets_the_old_secret},
};
const size_t factor_behaviours_len = LEN(factor_behaviours);
