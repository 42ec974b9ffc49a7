/* factor_webauthn_test.c: the driver, a played store and a passkey made of software. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "proto/taskd.h"
#include "services/authd/factor_webauthn.h"
#include "services/authd/pages.h"
#include "tests/support/webauthn/soft_passkey.h"
#include "tests/unit/authd/fake_pages.h"
#include "tests/unit/authd/fake_world.h"

#define ALERT "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OTHER_ALERT "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
#define RP_ID "confirm.example.com"
#define ORIGIN "https://confirm.example.com"
#define LATENCY (4 * FAKE_LATENCY_MS) /* of a whole judgement */

typedef struct {
    char key_file[256];
    authd_config_t config;
    factor_env_t env;
    void *driver;
    soft_passkey_t *passkey;
    factor_request_t request;
    void *work;
    int accepted, ended;
    char link[128];
    factor_status_t status;
    factor_strength_t strength;
    char text[128];
} rig_t;

static void s_enrol(rig_t *rig, const char *person, sb_cose_algorithm_t algorithm)
{
    soft_passkey_destroy(&rig->passkey);
    rig->passkey = soft_passkey_new(algorithm);
    const soft_bytes_t spki = soft_passkey_spki(rig->passkey);
    fake_passkey_t *passkey = &fake_passkeys[0];
    free(passkey->id);
    free(passkey->public_key);
    *passkey = (fake_passkey_t){
        .person = person,
        .id = sb_base64url(SOFT_PASSKEY_ID, SOFT_PASSKEY_ID_SIZE),
        .public_key = sb_base64url(spki.data, spki.size),
        .algorithm = algorithm,
        .count = 5,
    };
    fake_passkeys_len = 1;
}

static int s_set_up(void **state)
{
    static char url[] = ORIGIN;
    static char rp_id[] = RP_ID;
    static char *origins[] = {url, NULL};
    fake_reset();
    fake_pages_reset();
    rig_t *rig = sb_alloc(sizeof *rig);
    (void)snprintf(rig->key_file, sizeof rig->key_file, "%s/factor_webauthn_test_%ld.key",
                   SB_BINARY_DIR, (long)getpid());
    sb_err_t err;
    assert_int_equal(sb_key_file_make(rig->key_file, &err), SB_OK);
    rig->config.page_url = url;
    rig->config.page_key_file = rig->key_file;
    rig->config.webauthn_rp_id = rp_id;
    rig->config.webauthn_origins = origins;
    rig->env.config = &rig->config;
    rig->env.store = store_new(fake_client(), fake_timers());
    rig->env.timers = fake_timers();
    rig->env.pages = pages_new(&rig->config, rig->env.store, fake_timers(), &err);
    assert_non_null(rig->env.pages);
    assert_int_equal(factor_webauthn.check(&rig->config, &err), SB_OK);
    rig->driver = factor_webauthn.open(&rig->env, &err);
    assert_non_null(rig->driver);
    s_enrol(rig, "alice", SB_COSE_ES256);
    *state = rig;
    return 0;
}

static int s_tear_down(void **state)
{
    rig_t *rig = *state;
    factor_webauthn.close(&rig->driver);
    fake_end();
    pages_destroy(&rig->env.pages);
    store_destroy(&rig->env.store);
    fake_pages_end();
    soft_passkey_destroy(&rig->passkey);
    assert_int_equal(unlink(rig->key_file), 0);
    free(rig);
    return 0;
}

static void s_on_found(void *arg, const factor_found_t *found)
{
    rig_t *rig = arg;
    rig->ended++;
    rig->status = found->status;
    rig->strength = found->strength;
    assert_false(found->typed);
    (void)snprintf(rig->text, sizeof rig->text, "%s", found->text ? found->text : "-");
}

static void s_on_accepted(void *arg, const char *transaction, const char *show_kind,
                          const char *show_text)
{
    rig_t *rig = arg;
    rig->accepted++;
    assert_null(transaction);
    assert_string_equal(show_kind, "link");
    (void)snprintf(rig->link, sizeof rig->link, "%s", show_text);
}

static void s_on_done(void *arg, factor_status_t status)
{
    rig_t *rig = arg;
    rig->ended++;
    rig->status = status;
    rig->work = NULL;
}

static void s_start(rig_t *rig, const char *job, const char *alert)
{
    const factor_events_t events = {.accepted = s_on_accepted, .done = s_on_done, .arg = rig};
    rig->request = (factor_request_t){
        .job = job,
        .person = "alice",
        .alert = alert,
        .strength = FACTOR_PASSKEY,
        .left_ms = 120000,
    };
    rig->accepted = rig->ended = 0;
    rig->work = factor_webauthn.start(rig->driver, &rig->request, &events);
    fake_advance(FAKE_LATENCY_MS);
}

static sb_bytes_t s_challenge(const char *job, uint8_t **owned_r)
{
    size_t size = 0;
    sb_err_t err;
    assert_int_equal(sb_unbase64url(fake_page(job)->challenge, owned_r, &size, &err), SB_OK);
    assert_int_equal(size, SB_CHALLENGE_SIZE);
    return (sb_bytes_t){.data = *owned_r, .size = size};
}

/* What is wrong with an answer. */
typedef enum {
    SOUND,
    NO_HANDLE, /* not wrong: old authenticators give none */
    OTHER_HANDLE,
    OTHER_ID,
    OTHER_ORIGIN,
    OTHER_RP,
    OTHER_TYPE,
    OTHER_KEY,
    UNVERIFIED,
    ABSENT,
    SPOILT_SIGNATURE,
    SPOILT_DATA
} flaw_t;

static void s_add(cJSON *answer, const char *key, const void *data, size_t size)
{
    char *text = sb_base64url(data, size);
    sb_json_add_str(answer, key, text);
    free(text);
}

/* The answer of the page of job, signed for the challenge of the page of challenge_of. */
static void s_answer(rig_t *rig, const char *job, const char *challenge_of, uint32_t count,
                     flaw_t flaw)
{
    uint8_t *owned = NULL;
    const uint8_t flags = (uint8_t)((flaw == ABSENT ? 0 : SOFT_PASSKEY_UP) |
                                    (flaw == UNVERIFIED ? 0 : SOFT_PASSKEY_UV));
    const sb_bytes_t challenge = s_challenge(challenge_of, &owned);
    soft_bytes_t data = soft_passkey_auth_data(
        rig->passkey, flaw == OTHER_RP ? "example.net" : RP_ID, flags, count);
    const soft_bytes_t client =
        soft_passkey_client_data(flaw == OTHER_TYPE ? "webauthn.create" : "webauthn.get", challenge,
                                 flaw == OTHER_ORIGIN ? "https://confirm.example.net" : ORIGIN);
    soft_passkey_t *other = soft_passkey_new(SB_COSE_ES256);
    soft_bytes_t signature = soft_passkey_sign(flaw == OTHER_KEY ? other : rig->passkey,
                                               soft_bytes(&data), soft_bytes(&client));
    soft_passkey_destroy(&other);
    signature.data[signature.size - 1] ^= flaw == SPOILT_SIGNATURE;
    data.data[36] ^= flaw == SPOILT_DATA;
    uint8_t handle[SB_SHA256_SIZE];
    sb_sha256(flaw == OTHER_HANDLE ? "bob" : "alice", flaw == OTHER_HANDLE ? 3 : 5, handle);
    cJSON *answer = sb_json_object();
    sb_json_add_str(answer, "kind", "passkey");
    s_add(answer, "id", flaw == OTHER_ID ? "another credential's id of 32 by" : SOFT_PASSKEY_ID,
          SOFT_PASSKEY_ID_SIZE);
    s_add(answer, "client_data", client.data, client.size);
    s_add(answer, "auth_data", data.data, data.size);
    s_add(answer, "signature", signature.data, signature.size);
    s_add(answer, "user_handle", handle, flaw == NO_HANDLE ? 0 : sizeof handle);
    char *text = sb_json_print(answer);
    fake_page_answer(job, text);
    free(text);
    cJSON_Delete(answer);
    free(owned);
    pages_hint(rig->env.pages, job);
    fake_advance(LATENCY);
}

static void s_withdraw(rig_t *rig)
{
    factor_webauthn.cancel(rig->driver, rig->work, FACTOR_WITHDRAW);
    rig->work = NULL;
    fake_advance(100);
}

/* ---- Can. */

static void s_assert_can(rig_t *rig, const char *person, factor_status_t want, const char *text)
{
    const factor_request_t request = {.job = "c1", .person = person};
    const factor_events_t events = {.found = s_on_found, .arg = rig};
    rig->ended = 0;
    (void)factor_webauthn.can(rig->driver, &request, &events);
    assert_int_equal(rig->ended, 0);
    fake_advance(1000);
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, want);
    assert_int_equal(rig->strength, FACTOR_PASSKEY);
    assert_non_null(strstr(rig->text, text));
}

static void can_counts_passkeys(void **state)
{
    rig_t *rig = *state;
    s_assert_can(rig, "alice", FACTOR_OK, "asks for a passkey (1 enrolled)");
    s_assert_can(rig, "bob", FACTOR_NONE, "-");
    fake_passkeys[1] = (fake_passkey_t){
        .person = "alice", .id = sb_strdup("AAAA"), .public_key = sb_strdup("AAAA")};
    fake_passkeys_len = 2;
    s_assert_can(rig, "alice", FACTOR_OK, "one of their passkeys (2 enrolled)");
    fake_refused = "passkey.get";
    s_assert_can(rig, "alice", FACTOR_UNAVAILABLE, "-");
    fake_taskd.mode = FAKE_ANSWERING;
    fake_taskd.answer = "{\"passkeys\":7}";
    s_assert_can(rig, "alice", FACTOR_UNAVAILABLE, "-");
}

/* ---- Start. */

static void a_passkey_of_each_kind_approves(void **state)
{
    rig_t *rig = *state;
    static const sb_cose_algorithm_t rows[] = {SB_COSE_ES256, SB_COSE_EDDSA};
    static const char *const jobs[] = {"j1", "j2"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s_enrol(rig, "alice", rows[i]);
        s_start(rig, jobs[i], ALERT);
        assert_int_equal(rig->accepted, 1);
        assert_memory_equal(rig->link, ORIGIN "/c/", sizeof ORIGIN "/c/" - 1);
        assert_string_equal(fake_page(jobs[i])->data, "{\"rp_id\":\"" RP_ID "\"}");
        s_answer(rig, jobs[i], jobs[i], 6, SOUND);
        assert_int_equal(rig->ended, 1);
        assert_int_equal(rig->status, FACTOR_APPROVED);
        assert_int_equal(fake_passkeys[0].count, 6);
        assert_string_equal(fake_passkeys[0].accepted_job, jobs[i]);
        assert_string_equal(fake_page(jobs[i])->result, "approved");
    }
}

static void what_is_not_right_approves_nothing(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *name;
        flaw_t flaw;
        bool approved;
    } rows[] = {
        {"no user handle",           NO_HANDLE,        true },
        {"another user's handle",    OTHER_HANDLE,     false},
        {"another credential",       OTHER_ID,         false},
        {"another origin",           OTHER_ORIGIN,     false},
        {"another relying party",    OTHER_RP,         false},
        {"a registration",           OTHER_TYPE,       false},
        {"another key",              OTHER_KEY,        false},
        {"nobody verified",          UNVERIFIED,       false},
        {"nobody present",           ABSENT,           false},
        {"a spoilt signature",       SPOILT_SIGNATURE, false},
        {"a spoilt counter, signed", SPOILT_DATA,      false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char job[16];
        (void)snprintf(job, sizeof job, "j%zu", i);
        fake_passkeys[0].count = 5;
        s_start(rig, job, ALERT);
        s_answer(rig, job, job, 8, rows[i].flaw);
        const bool approved = rig->ended == 1 && rig->status == FACTOR_APPROVED;
        if (approved != rows[i].approved || (!approved && fake_passkeys[0].count != 5)) {
            fail_msg("%s: %s", rows[i].name, approved ? "approved" : "not approved");
        }
        if (!approved) { /* the next try may be right */
            assert_int_equal(rig->ended, 0);
            assert_string_equal(fake_page(job)->state, "open");
            s_answer(rig, job, job, 8, SOUND);
            assert_int_equal(rig->status, FACTOR_APPROVED);
        }
    }
}

/* A signature for one alert or job is none for another. */
static void a_challenge_is_good_for_one_job_and_alert(void **state)
{
    rig_t *rig = *state;
    s_start(rig, "j1", ALERT);
    s_withdraw(rig);
    s_start(rig, "j2", ALERT);
    s_withdraw(rig);
    assert_string_not_equal(fake_page("j1")->challenge, fake_page("j2")->challenge);
    s_start(rig, "j3", OTHER_ALERT);
    s_answer(rig, "j3", "j1", 6, SOUND);
    assert_int_equal(rig->ended, 0);
    s_answer(rig, "j3", "j2", 6, SOUND);
    assert_int_equal(rig->ended, 0);

    /* Nor does it help to put the old challenge into the store. */
    (void)snprintf(fake_page("j3")->challenge, sizeof fake_page("j3")->challenge, "%s",
                   fake_page("j1")->challenge);
    s_answer(rig, "j3", "j3", 6, SOUND);
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, FACTOR_WRONG_CODE);
    assert_int_equal(fake_passkeys[0].count, 5);
}

static void counters(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *name;
        int64_t kept;
        uint32_t signed_count;
        factor_status_t want;
    } rows[] = {
        {"it grows",          5,          6,          FACTOR_APPROVED},
        {"it grows far",      5,          UINT32_MAX, FACTOR_APPROVED},
        {"there is none",     0,          0,          FACTOR_APPROVED},
        {"it is as it was",   5,          5,          FACTOR_SUSPECT },
        {"it is less",        5,          4,          FACTOR_SUSPECT },
        {"it is gone",        5,          0,          FACTOR_SUSPECT },
        {"it has overflowed", UINT32_MAX, 1,          FACTOR_SUSPECT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char job[16];
        (void)snprintf(job, sizeof job, "j%zu", i);
        fake_passkeys[0].count = rows[i].kept;
        s_start(rig, job, ALERT);
        s_answer(rig, job, job, rows[i].signed_count, SOUND);
        if (rig->ended != 1 || rig->status != rows[i].want) {
            fail_msg("%s: %s", rows[i].name, factor_status_name(rig->status));
        }
        assert_string_equal(fake_page(job)->state, "closed");
    }
}

/* The counter was moved on, and then the authd died: the same answer is judged again. */
static void a_job_that_was_approved_before_is_no_suspect(void **state)
{
    rig_t *rig = *state;
    s_start(rig, "j1", ALERT);
    fake_refused = "page.reply";
    s_answer(rig, "j1", "j1", 6, SOUND);
    assert_int_equal(rig->status, FACTOR_UNAVAILABLE);
    assert_int_equal(fake_passkeys[0].count, 6);
    assert_string_equal(fake_page("j1")->state, "answered");
    fake_refused = NULL;
    s_start(rig, "j1", ALERT);
    fake_advance(LATENCY);
    assert_int_equal(rig->accepted, 1);
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, FACTOR_APPROVED);
}

static void answers_of_other_kinds_and_none_are_wrong(void **state)
{
    rig_t *rig = *state;
    static const char no_base64[] =
        "{\"kind\":\"passkey\",\"id\":\"!\",\"client_data\":\"AA\",\"auth_data\":\"AA\","
        "\"signature\":\"AA\",\"user_handle\":\"\"}";
    static const char *const rows[] = {
        "{\"kind\":\"code\",\"code\":\"123456\"}",
        "{\"kind\":\"passkey\"}",
        no_base64,
    };
    s_start(rig, "j1", ALERT);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(rig->ended, 0);
        fake_page_answer("j1", rows[i]);
        pages_hint(rig->env.pages, "j1");
        fake_advance(LATENCY);
    }
    assert_int_equal(rig->ended, 1);
    assert_int_equal(rig->status, FACTOR_WRONG_CODE);
}

static void the_store_in_trouble_approves_nothing(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *refused;
        bool forgotten, damaged;
        factor_status_t want;
    } rows[] = {
        {"passkey.get",     false, false, FACTOR_UNAVAILABLE},
        {"passkey.advance", false, false, FACTOR_UNAVAILABLE},
        {NULL,              true,  false, FACTOR_NONE       }, /* removed meanwhile */
        {NULL,              false, true,  FACTOR_UNAVAILABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char job[16];
        (void)snprintf(job, sizeof job, "j%zu", i);
        s_start(rig, job, ALERT);
        fake_refused = rows[i].refused;
        fake_passkeys[0].person = rows[i].forgotten ? "bob" : "alice";
        fake_passkeys[0].public_key[0] = rows[i].damaged ? '!' : 'M';
        s_answer(rig, job, job, 6, SOUND);
        assert_int_equal(rig->ended, 1);
        assert_int_equal(rig->status, rows[i].want);
        fake_refused = NULL;
    }
}

static void cancelled_work_reports_nothing(void **state)
{
    rig_t *rig = *state;
    static const int64_t after_ms[] = {0, FAKE_LATENCY_MS, 2 * FAKE_LATENCY_MS, 3 * FAKE_LATENCY_MS,
                                       PAGES_SWEEP_MS};
    for (size_t i = 0; i < sizeof after_ms / sizeof after_ms[0]; i++) {
        char job[16];
        (void)snprintf(job, sizeof job, "j%zu", i);
        s_start(rig, job, ALERT);
        fake_page_answer(job, "{\"kind\":\"passkey\",\"id\":\"AA\",\"client_data\":\"AA\","
                              "\"auth_data\":\"AA\",\"signature\":\"AA\",\"user_handle\":\"\"}");
        pages_hint(rig->env.pages, job);
        fake_advance(after_ms[i]);
        s_withdraw(rig);
        assert_int_equal(rig->ended, 0);
        assert_string_equal(fake_page(job)->result, "cancelled");
    }
}

/* ---- Configuration. */

static void what_lacks_is_named(void **state)
{
    rig_t *rig = *state;
    static char none[] = "";
    static char *no_origins[] = {NULL};
    static const struct {
        bool rp_id, origins, url;
        const char *want;
    } rows[] = {
        {false, true,  true,  "webauthn.rp_id"  },
        {true,  false, true,  "webauthn.origins"},
        {true,  true,  false, "page.url"        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        authd_config_t config = rig->config;
        config.webauthn_rp_id = rows[i].rp_id ? config.webauthn_rp_id : none;
        config.webauthn_origins = rows[i].origins ? config.webauthn_origins : no_origins;
        config.page_url = rows[i].url ? config.page_url : none;
        sb_err_t err;
        assert_int_equal(factor_webauthn.check(&config, &err), SB_EINVALID);
        assert_non_null(strstr(err.text, rows[i].want));
    }
    factor_env_t env = rig->env;
    env.pages = NULL;
    sb_err_t err;
    assert_null(factor_webauthn.open(&env, &err));
    assert_non_null(strstr(err.text, "page.url"));
}

/* What would have every passkey refused. */
static void where_passkeys_are_used_is_where_people_are_led(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *name, *url, *rp_id, *origin;
        const char *want; /* NULL: it is good */
    } rows[] = {
        {"the host",         "https://a.example.com",      "a.example.com",         "https://a.example.com",      NULL},
        {"a domain above",   "https://a.example.com",      "example.com",           "https://a.example.com",      NULL},
        {"a port, a slash",  "https://a.example.com:444/", "a.example.com",
         "https://a.example.com:444",                                                                             NULL},
        {"this machine",     "http://localhost:8443",      "localhost",             "http://localhost:8443",      NULL},
        {"another domain",   "https://a.example.com",      "example.org",           "https://a.example.com",
         "webauthn.rp_id"                                                                                             },
        {"half a label",     "https://a.example.com",      "ample.com",             "https://a.example.com",
         "webauthn.rp_id"                                                                                             },
        {"a domain below",   "https://a.example.com",      "b.a.example.com",       "https://a.example.com",
         "webauthn.rp_id"                                                                                             },
        {"a URL",            "https://a.example.com",      "https://a.example.com", "https://a.example.com",
         "webauthn.rp_id"                                                                                             },
        {"another's origin", "https://a.example.com",      "example.com",           "https://b.example.com",
         "webauthn.origins"                                                                                           },
        {"another port",     "https://a.example.com:444",  "example.com",           "https://a.example.com",
         "webauthn.origins"                                                                                           },
        {"a longer origin",  "https://a.example.com",      "example.com",           "https://a.example.com.evil",
         "webauthn.origins"                                                                                           },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *origins[] = {strdup(rows[i].origin), NULL};
        authd_config_t config = rig->config;
        config.page_url = strdup(rows[i].url);
        config.webauthn_rp_id = strdup(rows[i].rp_id);
        config.webauthn_origins = origins;
        sb_err_t err = {0};
        const int code = factor_webauthn.check(&config, &err);
        if ((code == SB_OK) != (rows[i].want == NULL) ||
            (rows[i].want && strncmp(err.text, rows[i].want, strlen(rows[i].want)) != 0)) {
            fail_msg("%s: got %d, %s", rows[i].name, code, err.text);
        }
        free(config.page_url);
        free(config.webauthn_rp_id);
        free(origins[0]);
    }
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        ROW(can_counts_passkeys),
        ROW(a_passkey_of_each_kind_approves),
        ROW(what_is_not_right_approves_nothing),
        ROW(a_challenge_is_good_for_one_job_and_alert),
        ROW(counters),
        ROW(a_job_that_was_approved_before_is_no_suspect),
        ROW(answers_of_other_kinds_and_none_are_wrong),
        ROW(the_store_in_trouble_approves_nothing),
        ROW(cancelled_work_reports_nothing),
        ROW(what_lacks_is_named),
        ROW(where_passkeys_are_used_is_where_people_are_led),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
