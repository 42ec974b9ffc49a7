/* page.c: one-time pages, from the job that opens one to what became of the answer. */
#include "suite.h"

#define CHALLENGE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void s_begin(suite_t *suite)
{
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'alice', 'name': 'Alice A'}]}");
    (void)ask(suite, "alert.create",
              "{'hash': '%s', 'person': 'alice', 'title': 'Sudo', 'description': 'it happened',"
              " 'reason': 'because', 'place': 'Lima', 'event_ms': 7}",
              hash_of('a'));
}

#define OPEN                                                                                       \
    "{'job': '%s', 'person': '%s', 'alert': '%s', 'driver': '%s', 'token_hash': '%s',"             \
    " 'challenge': '" CHALLENGE "', 'data': {'rp_id': 'x'}, 'ttl_ms': 60000}"

/* The page of a job of alice's; its token's hash is of this digit. */
static const cJSON *s_open(suite_t *suite, const char *job, char digit)
{
    return ask(suite, "page.open", OPEN, job, "Alice", hash_of('a'), "webauthn", hash_of(digit));
}

static int s_answer(suite_t *suite, char digit, const char *answer)
{
    return ask_code(suite, "page.answer", "{'token_hash': '%s', 'answer': %s}", hash_of(digit),
                    answer);
}

static const cJSON *s_pull(suite_t *suite)
{
    return at(ask(suite, "page.pull", "{'jobs': ['j1', 'j2', 'none']}"), "pages");
}

static void s_reply(suite_t *suite, const char *job, const char *result, const char *rest)
{
    (void)ask(suite, "page.reply", "{'job': '%s', 'result': '%s', %s}", job, result, rest);
}

static const cJSON *s_view(suite_t *suite, char digit)
{
    return ask(suite, "page.view", "{'token_hash': '%s'}", hash_of(digit));
}

static void a_page_shows_what_is_asked(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    const cJSON *opened = s_open(suite, "j1", '1');
    assert_string_equal(text_at(opened, "state"), "open");
    assert_string_equal(text_at(opened, "challenge"), CHALLENGE);
    assert_int_equal(int_at(opened, "attempts"), 0);
    assert_true(null_at(opened, "answer"));
    assert_true(null_at(opened, "result"));
    tamper(suite, "INSERT INTO passkeys (id, person, public_key, algorithm, count,"
                  " backup_eligible, name, enrolled_ms) VALUES ('aWQ', 'alice', 'a2V5', -7, 0, 0,"
                  " 'n', 1), ('eHg', 'bob', 'a2V5', -7, 0, 0, 'n', 1)");
    const cJSON *view = s_view(suite, '1');
    assert_string_equal(text_at(view, "driver"), "webauthn");
    assert_string_equal(text_at(view, "state"), "open");
    assert_true(null_at(view, "result"));
    assert_int_equal(int_at(view, "attempts"), 0);
    assert_in_range(int_at(view, "left_ms"), 40000, 60000);
    assert_string_equal(text_at(view, "challenge"), CHALLENGE);
    assert_string_equal(text_at(view, "data.rp_id"), "x");
    assert_string_equal(text_at(view, "person.id"), "alice");
    assert_string_equal(text_at(view, "person.name"), "Alice A");
    assert_string_equal(text_at(view, "alert.hash"), hash_of('a'));
    assert_string_equal(text_at(view, "alert.short"), "aaaaaa");
    assert_string_equal(text_at(view, "alert.title"), "Sudo");
    assert_string_equal(text_at(view, "alert.description"), "it happened");
    assert_string_equal(text_at(view, "alert.reason"), "because");
    assert_string_equal(text_at(view, "alert.place"), "Lima");
    assert_int_equal(int_at(view, "alert.event_ms"), 7);
    assert_int_equal(len_at(view, "passkeys"), 1);
    assert_string_equal(text_at(view, "passkeys.0"), "aWQ");
    assert_int_equal(ask_code(suite, "page.view", "{'token_hash': '%s'}", hash_of('2')),
                     SB_ENOTFOUND);
    /* Nobody who reads the store can make the link. */
    assert_int_equal(number(suite, "SELECT count(*) FROM pages"), 1);
}

static void a_job_has_one_page(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    create(suite, hash_of('b'), "alice", "T", 1);
    create(suite, hash_of('c'), "bob", "T", 1);
    (void)s_open(suite, "j1", '1');
    assert_string_equal(text_at(s_open(suite, "j1", '2'), "state"), "open");
    assert_int_equal(ask_code(suite, "page.view", "{'token_hash': '%s'}", hash_of('2')),
                     SB_ENOTFOUND);
    assert_int_equal(s_answer(suite, '1', "{'kind': 'refuse'}"), SB_OK);
    const cJSON *again = s_open(suite, "j1", '1');
    assert_string_equal(text_at(again, "state"), "answered");
    assert_string_equal(text_at(again, "answer.kind"), "refuse");
    static const struct {
        const char *job, *person;
        char alert;
        const char *driver;
        char token;
        int code;
        const char *says;
    } rows[] = {
        {"j1", "bob",   'a', "webauthn", '1', SB_ECONFLICT, "body.person"    },
        {"j1", "alice", 'b', "webauthn", '1', SB_ECONFLICT, "body.alert"     },
        {"j1", "alice", 'a', "totp",     '1', SB_ECONFLICT, "body.driver"    },
        {"j2", "alice", 'a', "webauthn", '1', SB_ECONFLICT, "body.token_hash"},
        {"j2", "alice", 'c', "webauthn", '2', SB_ENOTFOUND, "body.alert"     }, /* bob's */
        {"j2", "alice", 'd', "webauthn", '2', SB_ENOTFOUND, "body.alert"     },
        {"j2", "alice", 'a', "webauthn", '2', SB_OK,        ""               },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, "page.open", OPEN, rows[i].job, rows[i].person,
                                  hash_of(rows[i].alert), rows[i].driver, hash_of(rows[i].token));
        if (code != rows[i].code || !strstr(suite->err.text, rows[i].says)) {
            fail_msg("row %zu: got %s %s", i, sb_code_name(code), suite->err.text);
        }
    }
}

static void an_answer_goes_to_its_job(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    (void)s_open(suite, "j1", '1');
    (void)s_open(suite, "j2", '2');
    assert_int_equal(cJSON_GetArraySize(s_pull(suite)), 0);
    assert_int_equal(s_answer(suite, '1', "{'kind': 'code', 'code': '123456'}"), SB_OK);
    assert_string_equal(text_at(suite->hints, "page"), "j1");
    /* Once more, since the answer was lost; but no other one. */
    assert_int_equal(s_answer(suite, '1', "{'kind': 'code', 'code': '123456'}"), SB_OK);
    assert_int_equal(s_answer(suite, '1', "{'kind': 'code', 'code': '654321'}"), SB_ECONFLICT);
    assert_true(null_at(suite->hints, "page"));
    assert_int_equal(s_answer(suite, '3', "{'kind': 'refuse'}"), SB_ENOTFOUND);
    const cJSON *pages = s_pull(suite);
    assert_int_equal(cJSON_GetArraySize(pages), 1);
    assert_string_equal(text_at(pages, "0.job"), "j1");
    assert_string_equal(text_at(pages, "0.answer.code"), "123456");
    assert_int_equal(int_at(pages, "0.attempts"), 0);
    assert_string_equal(text_at(s_view(suite, '1'), "state"), "answered");
}

static void a_wrong_answer_may_be_tried_again(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    (void)s_open(suite, "j1", '1');
    for (int i = 0; i < SB_PAGE_ATTEMPTS_MAX; i++) {
        assert_int_equal(s_answer(suite, '1', "{'kind': 'code', 'code': '1'}"), SB_OK);
        assert_true(null_at(s_view(suite, '1'), "result"));
        assert_int_equal(int_at(s_pull(suite), "0.attempts"), i);
        char rest[64];
        (void)snprintf(rest, sizeof rest, "'open': true, 'attempts': %d", i);
        s_reply(suite, "j1", "wrong_code", rest);
        const cJSON *view = s_view(suite, '1');
        assert_string_equal(text_at(view, "state"),
                            i + 1 < SB_PAGE_ATTEMPTS_MAX ? "open" : "closed");
        assert_string_equal(text_at(view, "result"), "wrong_code");
        assert_int_equal(int_at(view, "attempts"), i + 1);
        /* The reply once more is none to the next answer. */
        if (i == 0) {
            assert_int_equal(s_answer(suite, '1', "{'kind': 'code', 'code': '1'}"), SB_OK);
            s_reply(suite, "j1", "wrong_code", rest);
            assert_string_equal(text_at(s_view(suite, '1'), "state"), "answered");
        }
    }
    assert_int_equal(s_answer(suite, '1', "{'kind': 'code', 'code': '1'}"), SB_ECONFLICT);
    assert_string_equal(text_at(s_open(suite, "j1", '1'), "result"), "wrong_code");
}

static void what_was_judged_stays(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    (void)s_open(suite, "j1", '1');
    s_reply(suite, "j1", "wrong_code", "'open': true"); /* nobody answered */
    assert_true(null_at(s_view(suite, '1'), "result"));
    assert_int_equal(s_answer(suite, '1', "{'kind': 'refuse'}"), SB_OK);
    s_reply(suite, "j1", "fraud", "'open': false");
    s_reply(suite, "j1", "approved", "'open': false");
    s_reply(suite, "j1", "wrong_code", "'open': true");
    s_reply(suite, "none", "approved", "'open': false");
    const cJSON *view = s_view(suite, '1');
    assert_string_equal(text_at(view, "state"), "closed");
    assert_string_equal(text_at(view, "result"), "fraud");
    assert_int_equal(int_at(view, "attempts"), 1);
    const cJSON *opened = s_open(suite, "j1", '1');
    assert_string_equal(text_at(opened, "state"), "closed");
    assert_true(null_at(opened, "answer"));
    assert_int_equal(s_answer(suite, '1', "{'kind': 'refuse'}"), SB_ECONFLICT);
    assert_int_equal(cJSON_GetArraySize(s_pull(suite)), 0);

    (void)s_open(suite, "j2", '2');
    s_reply(suite, "j2", "cancelled", "'open': false"); /* withdrawn */
    assert_string_equal(text_at(s_view(suite, '2'), "state"), "closed");
    assert_int_equal(int_at(s_view(suite, '2'), "attempts"), 0);
}

static void its_time_is_the_stores(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    (void)s_open(suite, "j1", '1');
    (void)s_open(suite, "j2", '2');
    assert_int_equal(s_answer(suite, '2', "{'kind': 'refuse'}"), SB_OK);
    tamper(suite, "UPDATE pages SET expires_ms = {now} - 1");
    assert_int_equal(ask_code(suite, "page.view", "{'token_hash': '%s'}", hash_of('1')),
                     SB_ENOTFOUND);
    assert_int_equal(s_answer(suite, '1', "{'kind': 'refuse'}"), SB_ENOTFOUND);
    const cJSON *late = s_open(suite, "j1", '1');
    assert_string_equal(text_at(late, "state"), "closed");
    assert_string_equal(text_at(late, "result"), "timeout");
    /* What was answered in time is judged. */
    assert_string_equal(text_at(s_pull(suite), "0.job"), "j2");
    assert_string_equal(text_at(s_open(suite, "j2", '2'), "state"), "answered");
}

static void old_pages_are_swept(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    for (int i = 0; i < SB_PAGE_SWEEP_MAX + 5; i++) {
        char token[SB_HASH_HEX + 1];
        char job[16];
        (void)snprintf(token, sizeof token, "%064d", i);
        (void)snprintf(job, sizeof job, "old%d", i);
        (void)ask(suite, "page.open", OPEN, job, "alice", hash_of('a'), "totp", token);
    }
    tamper(suite, "UPDATE pages SET expires_ms = {now} - 3500000 WHERE job = 'old0'");
    tamper(suite, "UPDATE pages SET expires_ms = {now} - 3600001 WHERE job <> 'old0'");
    (void)s_open(suite, "j1", 'f');
    assert_int_equal(number(suite, "SELECT count(*) FROM pages"), 2 + 4);
    (void)s_open(suite, "j2", 'e');
    assert_int_equal(number(suite, "SELECT count(*) FROM pages"), 3);
    assert_int_equal(number(suite, "SELECT count(*) FROM pages WHERE job = 'old0'"), 1);
}

static void pages_refuse_what_is_wrong(void **state)
{
    suite_t *suite = *state;
    s_begin(suite);
    (void)s_open(suite, "j1", '1');
#define HASH "'1111111111111111111111111111111111111111111111111111111111111111'"
#define REST "'person': 'alice', 'alert': " HASH ", 'driver': 'd', 'token_hash': " HASH
    static const struct {
        const char *name;
        const char *body;
        const char *says;
    } rows[] = {
        {"page.open",   "{" REST ", 'data': {}, 'ttl_ms': 1}",                                  "body.job"       },
        {"page.open",   "{'job': 'j', " REST ", 'data': {}}",                                   "body.ttl_ms"    },
        {"page.open",   "{'job': 'j', " REST ", 'data': {}, 'ttl_ms': 600001}",                 "body.ttl_ms"    },
        {"page.open",   "{'job': 'j', " REST ", 'ttl_ms': 1}",                                  "body.data"      },
        {"page.open",   "{'job': 'j', " REST ", 'data': {}, 'ttl_ms': 1, 'challenge': 'AAAA'}",
         "body.challenge"                                                                                        },
        {"page.open",   "{'job': 'j', " REST ", 'data': {}, 'ttl_ms': 1, 'challenge': 'A=A'}",
         "body.challenge"                                                                                        },
        {"page.pull",   "{}",                                                                   "body.jobs"      },
        {"page.pull",   "{'jobs': [5]}",                                                        "body.jobs"      },
        {"page.reply",  "{'job': 'j1', 'open': true}",                                          "body.result"    },
        {"page.reply",  "{'job': 'j1', 'result': 'approved'}",                                  "body.open"      },
        {"page.view",   "{'token_hash': 'abc'}",                                                "body.token_hash"},
        {"page.answer", "{'token_hash': " HASH "}",                                             "body.answer"    },
        {"page.answer", "{'token_hash': " HASH ", 'answer': 'yes'}",                            "body.answer"    },
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        const int code = ask_code(suite, rows[i].name, "%s", rows[i].body);
        if (code != SB_EINVALID || !strstr(suite->err.text, rows[i].says)) {
            fail_msg("%s %s: got %s %s", rows[i].name, rows[i].body, sb_code_name(code),
                     suite->err.text);
        }
    }
    static char big[SB_PAGE_ANSWER_MAX + 64];
    (void)snprintf(big, sizeof big, "{'code': '%0*d'}", SB_PAGE_ANSWER_MAX - 10, 0);
    assert_int_equal(s_answer(suite, '1', big), SB_EINVALID);
    (void)snprintf(big, sizeof big, "{'code': '%0*d'}", SB_PAGE_ANSWER_MAX - 11, 0);
    assert_int_equal(s_answer(suite, '1', big), SB_OK);
}

const behaviour_t page_behaviours[] = {
    {"a_page_shows_what_is_asked",        a_page_shows_what_is_asked       },
    {"a_job_has_one_page",                a_job_has_one_page               },
    {"an_answer_goes_to_its_job",         an_answer_goes_to_its_job        },
    {"a_wrong_answer_may_be_tried_again", a_wrong_answer_may_be_tried_again},
    {"what_was_judged_stays",             what_was_judged_stays            },
    {"its_time_is_the_stores",            its_time_is_the_stores           },
    {"old_pages_are_swept",               old_pages_are_swept              },
    {"pages_refuse_what_is_wrong",        pages_refuse_what_is_wrong       },
};
const size_t page_behaviours_len = LEN(page_behaviours);
