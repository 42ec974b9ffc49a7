/* lease.c: one leader at a time, by the database's clock. */
#include "suite.h"

static const char s_acquire[] = "{'name': 'botd', 'holder': '%s', 'ttl_ms': 60000}";

static void a_free_lease_is_given(void **state)
{
    suite_t *suite = *state;
    const cJSON *free_one = ask(suite, "lease.get", "{'name': 'botd'}");
    assert_true(null_at(free_one, "holder"));
    assert_string_equal(text_at(free_one, "epoch"), "0");
    assert_int_equal(int_at(free_one, "expires_in_ms"), 0);

    const cJSON *got = ask(suite, "lease.acquire", s_acquire, "b1");
    assert_true(id_at(got, "epoch") > 0);
    assert_in_range(int_at(got, "expires_in_ms"), 59000, 60000);
    const cJSON *held = ask(suite, "lease.get", "{'name': 'botd'}");
    assert_string_equal(text_at(held, "holder"), "b1");
    assert_string_equal(text_at(held, "epoch"), text_at(got, "epoch"));
    assert_in_range(int_at(held, "expires_in_ms"), 50000, 60000);
}

static void another_is_refused_until_it_expires(void **state)
{
    suite_t *suite = *state;
    const int64_t first = id_at(ask(suite, "lease.acquire", s_acquire, "b1"), "epoch");
    assert_int_equal(ask_code(suite, "lease.acquire", s_acquire, "b2"), SB_ENOTLEADER);
    tamper(suite, "UPDATE lease SET expires_ms = 1");
    const int64_t second = id_at(ask(suite, "lease.acquire", s_acquire, "b2"), "epoch");
    assert_true(second > first);
    assert_int_equal(ask_code(suite, "lease.acquire", s_acquire, "b1"), SB_ENOTLEADER);
}

static void the_same_holder_gets_a_new_epoch(void **state)
{
    suite_t *suite = *state;
    const int64_t first = id_at(ask(suite, "lease.acquire", s_acquire, "b1"), "epoch");
    const int64_t second = id_at(ask(suite, "lease.acquire", s_acquire, "b1"), "epoch");
    assert_true(second > first);
}

static void a_restarted_process_follows_its_predecessor(void **state)
{
    suite_t *suite = *state;
    static const char restart[] =
        "{'name': 'botd', 'holder': '%s', 'ttl_ms': 60000, 'restart': true}";
    const int64_t first = id_at(ask(suite, "lease.acquire", restart, "b1/a"), "epoch");
    assert_int_equal(ask_code(suite, "lease.acquire", s_acquire, "b1/b"), SB_ENOTLEADER);
    assert_ptr_equal(strstr(suite->err.text, "b1/a "), suite->err.text);
    static const char *const others[] = {"b/b", "b11/b", "b", "b1a/a", "%/b", "B1/b", "/b", "/"};
    for (size_t i = 0; i < LEN(others); i++) {
        assert_int_equal(ask_code(suite, "lease.acquire", restart, others[i]), SB_ENOTLEADER);
    }
    const int64_t second = id_at(ask(suite, "lease.acquire", restart, "b1/b"), "epoch");
    assert_true(second > first);
    assert_int_equal(ask_code(suite, "lease.acquire", s_acquire, "b1/a"), SB_ENOTLEADER);
}

static void names_are_apart(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "lease.acquire", s_acquire, "b1");
    (void)ask(suite, "lease.acquire", "{'name': 'other', 'holder': 'b2', 'ttl_ms': 1000}");
}

static void renew_needs_the_current_epoch(void **state)
{
    suite_t *suite = *state;
    static const char renew[] =
        "{'name': 'botd', 'holder': '%s', 'epoch': '%lld', 'ttl_ms': 60000}";
    const long long epoch = lead(suite);
    tamper(suite, "UPDATE lease SET expires_ms = 1"); /* late, but nobody else took it */
    const cJSON *got = ask(suite, "lease.renew", renew, "b1", epoch);
    assert_int_equal(id_at(got, "epoch"), epoch);
    assert_in_range(int_at(got, "expires_in_ms"), 59000, 60000);
    assert_int_equal(ask_code(suite, "lease.renew", renew, "b1", epoch - 1), SB_ESTALE);
    assert_int_equal(ask_code(suite, "lease.renew", renew, "b1", epoch + 1), SB_ESTALE);
    assert_int_equal(ask_code(suite, "lease.renew", renew, "b2", epoch), SB_ESTALE);
}

static void release_frees_it_and_ends_the_epoch(void **state)
{
    suite_t *suite = *state;
    static const char release[] = "{'name': 'botd', 'holder': '%s', 'epoch': '%lld'}";
    const long long epoch = lead(suite);
    assert_int_equal(ask_code(suite, "lease.release", release, "b2", epoch), SB_ESTALE);
    (void)ask(suite, "lease.release", release, "b1", epoch);
    assert_true(null_at(ask(suite, "lease.get", "{'name': 'botd'}"), "holder"));
    assert_int_equal(ask_code(suite, "work.pull", "{'epoch': '%lld', 'max': 1}", epoch), SB_ESTALE);
    assert_int_equal(ask_code(suite, "lease.release", release, "b1", epoch), SB_ESTALE);
    assert_true(id_at(ask(suite, "lease.acquire", s_acquire, "b2"), "epoch") > epoch);
}

static void refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    static const struct {
        const char *name;
        const char *body;
    } rows[] = {
        {"lease.acquire", "{'name': 'botd', 'holder': 'b', 'ttl_ms': 5000, 'restart': 1}" },
        {"lease.acquire", "{'holder': 'b', 'ttl_ms': 5000}"                               },
        {"lease.acquire", "{'name': 'botd', 'ttl_ms': 5000}"                              },
        {"lease.acquire", "{'name': 'botd', 'holder': 'b', 'ttl_ms': 1}"                  },
        {"lease.acquire", "{'name': 'botd', 'holder': 'b', 'ttl_ms': 99999999}"           },
        {"lease.renew",   "{'name': 'botd', 'holder': 'b', 'epoch': 1, 'ttl_ms': 5000}"   },
        {"lease.renew",   "{'name': 'botd', 'holder': 'b', 'epoch': '-1', 'ttl_ms': 5000}"},
        {"lease.release", "{'name': 'botd', 'holder': 'b'}"                               },
        {"lease.get",     "{}"                                                            },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, rows[i].name, "%s", rows[i].body);
        if (code != SB_EINVALID) {
            fail_msg("%s %s: got %s", rows[i].name, rows[i].body, sb_code_name(code));
        }
    }
}

const behaviour_t lease_behaviours[] = {
    {"a_free_lease_is_given",                       a_free_lease_is_given                      },
    {"another_is_refused_until_it_expires",         another_is_refused_until_it_expires        },
    {"the_same_holder_gets_a_new_epoch",            the_same_holder_gets_a_new_epoch           },
    {"a_restarted_process_follows_its_predecessor", a_restarted_process_follows_its_predecessor},
    {"names_are_apart",                             names_are_apart                            },
    {"renew_needs_the_current_epoch",               renew_needs_the_current_epoch              },
    {"release_frees_it_and_ends_the_epoch",         release_frees_it_and_ends_the_epoch        },
    {"lease_refuses_what_is_wrong",                 refuses_what_is_wrong                      },
};
const size_t lease_behaviours_len = LEN(lease_behaviours);
