/* query.c: filters and pages of alert.query. */
#include "suite.h"

#include <stdlib.h>

#include "lib/buf.h"

/* Six alerts that differ in all that can be asked for. */
static void s_six(suite_t *suite)
{
    const int64_t epoch = lead(suite);
    create(suite, hash_of('1'), "alice", "Sudo", 100);
    create(suite, hash_of('2'), "bob", "Login", 200);
    create(suite, hash_of('3'), "carol", "Sudo", 300);
    create(suite, hash_of('4'), "dave", "Root, \\\"quoted\\\"", 400);
    create(suite, hash_of('5'), "erin", "Login", 500);
    create(suite, hash_of('6'), "frank", "Sudo", 600);
    (void)commit_one(suite, epoch, "bob", 0,
                     "'alerts': [{'hash': '%s', 'state': 'asked', 'asked_ms': 1}],"
                     " 'answers': [{'hash': '%s', 'performed': true}]",
                     hash_of('2'), hash_of('2'));
    (void)commit_one(suite, epoch, "carol", 0,
                     "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': 'denied'}],"
                     " 'answers': [{'hash': '%s', 'performed': false}]",
                     hash_of('3'), hash_of('3'));
    (void)commit_one(suite, epoch, "dave", 0,
                     "'alerts': [{'hash': '%s', 'state': 'escalated', 'outcome': 'refused'}],"
                     " 'answers': [{'hash': '%s', 'performed': true, 'authenticated': false}]",
                     hash_of('4'), hash_of('4'));
    (void)commit_one(suite, epoch, "erin", 0,
                     "'alerts': [{'hash': '%s', 'state': 'closed', 'outcome': 'muted'}]",
                     hash_of('5'));
    (void)commit_one(suite, epoch, "frank", 0,
                     "'alerts': [{'hash': '%s', 'state': 'queued', 'outcome': null}]",
                     hash_of('6'));
    tamper(suite, "UPDATE answers SET authenticated = 1 WHERE performed = 1"
                  " AND authenticated IS NULL");
}

/* The first digits of the hashes found, in their order. */
static void s_found(const cJSON *answer, char out[64])
{
    size_t len = 0;
    const cJSON *alert;
    cJSON_ArrayForEach(alert, at(answer, "alerts"))
    {
        out[len++] = text_at(alert, "hash")[0];
    }
    out[len] = '\0';
}

static void filters(void **state)
{
    suite_t *suite = *state;
    s_six(suite);
    static const struct {
        const char *body;
        const char *want;
    } rows[] = {
        {"{}",                                                                     "654321"},
        {"{'limit': 2}",                                                           "65"    },
        {"{'titles': []}",                                                         "654321"},
        {"{'titles': ['Sudo']}",                                                   "631"   },
        {"{'titles': ['Sudo', 'Login']}",                                          "65321" },
        {"{'titles': ['Root, \\\"quoted\\\"', 'none']}",                           "4"     },
        {"{'titles': ['none']}",                                                   ""      },
        {"{'persons': ['Alice']}",                                                 "1"     },
        {"{'persons': ['alice', 'ERIN', 'nobody']}",                               "51"    },
        {"{'status': 0}",                                                          "61"    },
        {"{'status': 1}",                                                          "2"     },
        {"{'status': 2}",                                                          "543"   },
        {"{'state': 'new'}",                                                       "1"     },
        {"{'state': 'queued'}",                                                    "6"     },
        {"{'state': 'asked'}",                                                     "2"     },
        {"{'state': 'escalated'}",                                                 "43"    },
        {"{'state': 'closed'}",                                                    "5"     },
        {"{'outcome': 'denied'}",                                                  "3"     },
        {"{'outcome': 'confirmed'}",                                               ""      },
        {"{'performed': true}",                                                    "42"    },
        {"{'performed': false}",                                                   "3"     },
        {"{'performed': null}",                                                    "654321"},
        {"{'authenticated': true}",                                                "2"     },
        {"{'authenticated': false}",                                               "4"     },
        {"{'after_ms': 200}",                                                      "6543"  },
        {"{'before_ms': 200}",                                                     "1"     },
        {"{'after_ms': 100, 'before_ms': 400}",                                    "32"    },
        {"{'order': 'event_time'}",                                                "654321"},
        {"{'order': 'person'}",                                                    "123456"},
        {"{'order': 'title'}",                                                     "524631"},
        {"{'order': 'title', 'titles': ['Sudo', 'Login'], 'status': 2}",           "53"    },
        {"{'persons': ['bob', 'dave'], 'performed': true, 'authenticated': true}", "2"     },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        char got[64];
        s_found(ask(suite, "alert.query", "%s", rows[i].body), got);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: want %s got %s", rows[i].body, rows[i].want, got);
        }
    }
}

static void refuses_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    create(suite, hash_of('1'), "alice", "Sudo", 100);
    create(suite, hash_of('2'), "alice", "Sudo", 100);
    static const char *const bodies[] = {
        "{'limit': 0}",
        "{'limit': 501}",
        "{'status': 3}",
        "{'state': 'done'}",
        "{'outcome': 'great'}",
        "{'order': 'hash'}",
        "{'titles': 'Sudo'}",
        "{'titles': [5]}",
        "{'performed': 'yes'}",
        "{'cursor': 'x'}",
        "{'cursor': '0:1'}",
        "{'cursor': '0:-1:1:'}",
        "{'cursor': '0:99999999999999999999:1:'}",
    };
    for (size_t i = 0; i < LEN(bodies); i++) {
        const int code = ask_code(suite, "alert.query", "%s", bodies[i]);
        if (code != SB_EINVALID) {
            fail_msg("%s: got %s", bodies[i], sb_code_name(code));
        }
    }
    const char *cursor = text_at(ask(suite, "alert.query", "{'limit': 1}"), "cursor");
    assert_int_equal(ask_code(suite, "alert.query", "{'order': 'title', 'cursor': '%s'}", cursor),
                     SB_EINVALID);
}

/* Reads page by page and returns all first-two-digit names in order. */
static char *s_pages(suite_t *suite, const char *order, int limit,
                     const char *(*between)(suite_t *))
{
    sb_buf_t all = sb_buf(4096);
    char cursor[512] = "null";
    for (int page = 0; page < 100; page++) {
        const cJSON *got = ask(suite, "alert.query", "{'order': '%s', 'limit': %d, 'cursor': %s}",
                               order, limit, cursor);
        const cJSON *alert;
        cJSON_ArrayForEach(alert, at(got, "alerts"))
        {
            sb_buf_printf(&all, "%s ", text_at(alert, "url"));
        }
        if (null_at(got, "cursor")) {
            return sb_buf_take(&all);
        }
        assert_int_equal(len_at(got, "alerts"), limit);
        (void)snprintf(cursor, sizeof cursor, "'%s'", text_at(got, "cursor"));
        if (between) {
            (void)between(suite);
        }
    }
    fail_msg("the pages of %s don't end", order);
    return NULL;
}

/* Alerts with many ties in time, person and title; url holds a short name. */
static void s_ties(suite_t *suite)
{
    for (int i = 0; i < 20; i++) {
        (void)ask(suite, "alert.create",
                  "{'title': 'T%d', 'person': 'p%d', 'description': 'd', 'event_ms': %d,"
                  " 'url': '%c'}",
                  i % 3, i % 2, 100 * (i % 4), 'a' + i);
    }
}

static void pages_with_ties(void **state)
{
    suite_t *suite = *state;
    s_ties(suite);
    /* By time, then the later one first. */
    static const struct {
        const char *order;
        const char *want;
    } rows[] = {
        {"event_time", "t p l h d s o k g c r n j f b q m i e a "},
        {"person",     "s o k g c q m i e a t p l h d r n j f b "},
        {"title",      "p d s g j m a t h k n b q e l o c r f i "},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        for (int limit = 1; limit <= 21; limit++) {
            char *got = s_pages(suite, rows[i].order, limit, NULL);
            if (strcmp(got, rows[i].want) != 0) {
                fail_msg("%s by %d: want %s got %s", rows[i].order, limit, rows[i].want, got);
            }
            free(got);
        }
    }
}

static const char *s_newer(suite_t *suite)
{
    /* In front of every place a reader may be, in each order. */
    (void)ask(suite, "alert.create",
              "{'title': 'A', 'person': 'a', 'description': 'd', 'event_ms': 9999, 'url': 'NEW'}");
    return NULL;
}

static void pages_are_stable_while_alerts_come(void **state)
{
    suite_t *suite = *state;
    s_ties(suite);
    static const char *const orders[] = {"event_time", "person", "title"};
    for (size_t i = 0; i < LEN(orders); i++) {
        char *before = s_pages(suite, orders[i], 500, NULL);
        char *during = s_pages(suite, orders[i], 3, s_newer);
        assert_string_equal(before, during);
        free(before);
        free(during);
        tamper(suite, "DELETE FROM alerts WHERE url = 'NEW'");
    }
}

static void a_page_is_never_too_large(void **state)
{
    suite_t *suite = *state;
    char *reason = malloc(16000);
    memset(reason, 'r', 15999);
    reason[15999] = '\0';
    for (int i = 0; i < 60; i++) {
        (void)ask(suite, "alert.create",
                  "{'title': 'T', 'person': 'p', 'description': 'd', 'event_ms': %d,"
                  " 'reason': '%s'}",
                  i, reason);
    }
    free(reason);
    const cJSON *got = ask(suite, "alert.query", "{'limit': 500}");
    assert_in_range(len_at(got, "alerts"), 40, 59);
    assert_true(sb_json_size_max(got) <= SB_ANSWER_SIZE_MAX + 1000);
    const cJSON *rest =
        ask(suite, "alert.query", "{'limit': 500, 'cursor': '%s'}", text_at(got, "cursor"));
    assert_int_equal(len_at(got, "alerts") + len_at(rest, "alerts"), 60);
    assert_true(null_at(rest, "cursor"));
}

const behaviour_t query_behaviours[] = {
    {"filters",                            filters                           },
    {"refuses_what_is_wrong",              refuses_what_is_wrong             },
    {"pages_with_ties",                    pages_with_ties                   },
    {"pages_are_stable_while_alerts_come", pages_are_stable_while_alerts_come},
    {"a_page_is_never_too_large",          a_page_is_never_too_large         },
};
const size_t query_behaviours_len = LEN(query_behaviours);
