/* effect.c: what a person's own command does when its alert is confirmed. */
#include "suite.h"

static const char *s_create(suite_t *suite, int64_t epoch, int64_t version, char digit,
                            const char *effect)
{
    return commit_one(suite, epoch, "alice", version,
                      "'create': [{'hash': '%s', 'title': 'command', 'description': 'd',"
                      " 'effect': %s}]",
                      hash_of(digit), effect);
}

static const cJSON *s_alert(suite_t *suite, char digit)
{
    return at(ask(suite, "alert.get", "{'hash': '%s'}", hash_of(digit)), "alert");
}

static void an_alert_keeps_its_effect(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    assert_string_equal(s_create(suite, epoch, 0, 'a',
                                 "{'kind': 'mute', 'title': 'Sudo', 'reason': 'busy',"
                                 " 'for_ms': 60000, 'more': 1}"),
                        "OK");
    assert_string_equal(s_create(suite, epoch, 1, 'b', "{'kind': 'exempt', 'title': 'x'}"), "OK");
    assert_string_equal(s_create(suite, epoch, 2, 'c', "null"), "OK");
    create(suite, hash_of('d'), "alice", "Sudo", 1);
    const cJSON *mute = at(s_alert(suite, 'a'), "effect");
    assert_string_equal(text_at(mute, "kind"), "mute");
    assert_string_equal(text_at(mute, "title"), "Sudo");
    assert_string_equal(text_at(mute, "reason"), "busy");
    assert_int_equal(int_at(mute, "for_ms"), 60000);
    assert_int_equal(cJSON_GetArraySize(mute), 4);
    assert_int_equal(cJSON_GetArraySize(at(s_alert(suite, 'b'), "effect")), 1);
    assert_true(null_at(s_alert(suite, 'c'), "effect"));
    assert_true(null_at(s_alert(suite, 'd'), "effect"));
    const cJSON *pull = ask(suite, "work.pull", "{'epoch': '%lld', 'max': 9}", (long long)epoch);
    assert_string_equal(text_at(pull, "items.0.new.0.effect.kind"), "mute");
    assert_string_equal(
        text_at(ask(suite, "alert.query", "{'titles': ['command']}"), "alerts.2.effect.kind"),
        "mute");
}

static void no_sender_makes_one(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "alert.create",
              "{'hash': '%s', 'person': 'alice', 'title': 'T', 'description': 'd',"
              " 'effect': {'kind': 'exempt'}}",
              hash_of('a'));
    assert_true(null_at(s_alert(suite, 'a'), "effect"));
}

static void what_is_no_effect_is_refused(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    static const struct {
        const char *effect;
        const char *member;
    } rows[] = {
        {"5",                                                        "create[0].effect"       },
        {"{}",                                                       "create[0].effect.kind"  },
        {"{'kind': 'unmute'}",                                       "create[0].effect.kind"  },
        {"{'kind': 'mute', 'for_ms': 1}",                            "create[0].effect.title" },
        {"{'kind': 'mute', 'title': '', 'for_ms': 1}",               "create[0].effect.title" },
        {"{'kind': 'mute', 'title': 'T'}",                           "create[0].effect.for_ms"},
        {"{'kind': 'mute', 'title': 'T', 'for_ms': 0}",              "create[0].effect.for_ms"},
        {"{'kind': 'mute', 'title': 'T', 'for_ms': 1, 'reason': 5}", "create[0].effect.reason"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const char *code = s_create(suite, epoch, 0, 'a', rows[i].effect);
        if (strcmp(code, "INVALID") != 0 || !strstr(suite->err.text, rows[i].member)) {
            fail_msg("%s: got %s %s", rows[i].effect, code, suite->err.text);
        }
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 0);
}

const behaviour_t effect_behaviours[] = {
    {"an_alert_keeps_its_effect",    an_alert_keeps_its_effect   },
    {"no_sender_makes_one",          no_sender_makes_one         },
    {"what_is_no_effect_is_refused", what_is_no_effect_is_refused},
};
const size_t effect_behaviours_len = LEN(effect_behaviours);
