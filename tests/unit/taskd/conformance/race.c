/* race.c: two connections at once, migrations, and a connection that is lost. */
#include "suite.h"

#include <pthread.h>
#include <stdatomic.h>

#include "services/taskd/schema.h"

#define ROUNDS 20

typedef struct {
    suite_t suite; /* its own connection and place for errors */
    pthread_barrier_t *barrier;
    const char *name;
    char body[600];
    int code;
    cJSON *result;
} racer_t;

/* The thread asserts nothing: cmocka knows only the main one. */
static void *s_race(void *arg)
{
    racer_t *racer = arg;
    sb_err_t err;
    for (char *c = racer->body; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    cJSON *body = sb_json_parse(racer->body, strlen(racer->body), 0, &err);
    store_cmd_t cmd = {.op = store_op(racer->name), .body = body, .actor = "botd"};
    store_cmd_t *cmds[] = {&cmd};
    (void)pthread_barrier_wait(racer->barrier);
    int code = SB_ERETRY;
    for (int tries = 0; tries < 20 && code == SB_ERETRY; tries++) {
        code = store_run(racer->suite.store, cmds, 1, &err);
    }
    racer->code = code ? code : cmd.err.code;
    racer->result = cmd.result;
    cmd.result = NULL;
    store_cmd_clear(&cmd);
    cJSON_Delete(body);
    return NULL;
}

/* Runs two requests at once, each on its own connection. */
static void s_both(suite_t *suite, racer_t racers[2])
{
    pthread_barrier_t barrier;
    pthread_t threads[2];
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    racers[0].suite.store = suite->store;
    racers[1].suite.store = suite_other(suite);
    for (int i = 0; i < 2; i++) {
        racers[i].barrier = &barrier;
        assert_int_equal(pthread_create(&threads[i], NULL, s_race, &racers[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (racers[i].result) {
            sb_json_push(suite->kept, racers[i].result);
        }
    }
    (void)pthread_barrier_destroy(&barrier);
}

static void one_code_is_accepted_once(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'alice'}]}");
    (void)ask(suite, "factor.enroll",
              "{'person': 'alice', 'driver': 'totp', 'secret': 'YQ==', 'replace': false}");
    for (int round = 0; round < ROUNDS; round++) {
        racer_t racers[2] = {{.name = "factor.advance"}, {.name = "factor.advance"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'person': 'alice', 'driver': 'totp', 'job': 'j%d-%d', 'step': %d}",
                           round, i, round);
        }
        s_both(suite, racers);
        assert_int_equal(racers[0].code, SB_OK);
        assert_int_equal(racers[1].code, SB_OK);
        assert_int_equal(
            true_at(racers[0].result, "accepted") + true_at(racers[1].result, "accepted"), 1);
    }
}

static void one_hash_is_one_alert(void **state)
{
    suite_t *suite = *state;
    for (int round = 0; round < ROUNDS; round++) {
        racer_t racers[2] = {{.name = "alert.create"}, {.name = "alert.create"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'hash': '%064d', 'title': 'T', 'person': 'p', 'description': 'd'}",
                           round);
        }
        s_both(suite, racers);
        assert_int_equal(racers[0].code, SB_OK);
        assert_int_equal(racers[1].code, SB_OK);
        assert_int_equal(
            true_at(racers[0].result, "created") + true_at(racers[1].result, "created"), 1);
        assert_string_equal(text_at(racers[0].result, "seq"), text_at(racers[1].result, "seq"));
    }
}

static void one_version_is_written_once(void **state)
{
    suite_t *suite = *state;
    const int64_t epoch = lead(suite);
    for (int round = 0; round < ROUNDS; round++) {
        racer_t racers[2] = {{.name = "commit"}, {.name = "commit"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'epoch': '%lld', 'transitions': [{'person': 'alice',"
                           " 'version': '%d', 'conversation': {'state': 'idle'}, 'audit':"
                           " [{'actor': 'a', 'action': 'x', 'detail': {}}]}]}",
                           (long long)epoch, round);
        }
        s_both(suite, racers);
        int written = 0;
        for (int i = 0; i < 2; i++) {
            assert_int_equal(racers[i].code, SB_OK);
            written += strcmp(text_at(racers[i].result, "results.0.code"), "OK") == 0;
        }
        assert_int_equal(written, 1);
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM audit"), ROUNDS);
    assert_int_equal(number(suite, "SELECT max(seq) FROM audit"), ROUNDS);
}

static void one_lease_has_one_holder(void **state)
{
    suite_t *suite = *state;
    for (int round = 0; round < ROUNDS; round++) {
        tamper(suite, "UPDATE lease SET expires_ms = 1");
        racer_t racers[2] = {{.name = "lease.acquire"}, {.name = "lease.acquire"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'name': 'botd', 'holder': 'b%d', 'ttl_ms': 60000}", i);
        }
        s_both(suite, racers);
        assert_int_equal((racers[0].code == SB_OK) + (racers[1].code == SB_OK), 1);
        assert_int_equal((racers[0].code == SB_ENOTLEADER) + (racers[1].code == SB_ENOTLEADER), 1);
    }
}

static void every_guess_is_counted(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'alice'}]}");
    (void)ask(suite, "factor.enroll",
              "{'person': 'alice', 'driver': 'totp', 'secret': 'YQ==', 'replace': false}");
    int judged = 0;
    for (int round = 0; round < 5; round++) {
        racer_t racers[2] = {{.name = "factor.attempt"}, {.name = "factor.attempt"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'person': 'alice', 'driver': 'totp', 'job': 'j%d-%d'}", round, i);
        }
        s_both(suite, racers);
        for (int i = 0; i < 2; i++) {
            judged += strcmp(text_at(racers[i].result, "code"), "ok") == 0;
        }
    }
    assert_int_equal(judged, SB_FACTOR_MISSES_MAX);
}

static void one_answer_is_taken(void **state)
{
    suite_t *suite = *state;
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    for (int round = 0; round < ROUNDS; round++) {
        (void)ask(suite, "page.open",
                  "{'job': 'j%d', 'person': 'alice', 'alert': '%s', 'driver': 'totp',"
                  " 'token_hash': '%064d', 'data': {}, 'ttl_ms': 60000}",
                  round, hash_of('a'), round);
        racer_t racers[2] = {{.name = "page.answer"}, {.name = "page.answer"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'token_hash': '%064d', 'answer': {'code': '%d'}}", round, i);
        }
        s_both(suite, racers);
        assert_int_equal((racers[0].code == SB_OK) + (racers[1].code == SB_OK), 1);
        assert_int_equal((racers[0].code == SB_ECONFLICT) + (racers[1].code == SB_ECONFLICT), 1);
    }
}

static void one_code_enrols_one_passkey(void **state)
{
    suite_t *suite = *state;
    (void)ask(suite, "person.sync",
              "{'source': 's', 'complete': false, 'people': [{'id': 'alice'}]}");
    static const char challenge[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    for (int round = 0; round < SB_PASSKEYS_MAX; round++) {
        (void)ask(suite, "invite.create",
                  "{'person': 'alice', 'code_hash': '%064d', 'ttl_ms': 60000, 'actor': 'x'}",
                  round);
        (void)ask(suite, "invite.open", "{'code_hash': '%064d', 'challenge': '%s'}", round,
                  challenge);
        racer_t racers[2] = {{.name = "invite.redeem"}, {.name = "invite.redeem"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'code_hash': '%064d', 'challenge': '%s', 'passkey': {'id': 'id%02d',"
                           " 'public_key': 'a2V5', 'algorithm': -7, 'count': 0,"
                           " 'backup_eligible': false, 'name': 'n'}}",
                           round, challenge, 2 * round + i);
        }
        s_both(suite, racers);
        assert_int_equal((racers[0].code == SB_OK) + (racers[1].code == SB_OK), 1);
        assert_int_equal((racers[0].code == SB_ENOTFOUND) + (racers[1].code == SB_ENOTFOUND), 1);
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM passkeys"), SB_PASSKEYS_MAX);
}

static void one_counter_is_accepted_once(void **state)
{
    suite_t *suite = *state;
    tamper(suite, "INSERT INTO passkeys (id, person, public_key, algorithm, count,"
                  " backup_eligible, name, enrolled_ms) VALUES ('aWQx', 'alice', 'k', -7, 0, 0,"
                  " 'n', 1)");
    for (int round = 1; round <= ROUNDS; round++) {
        racer_t racers[2] = {{.name = "passkey.advance"}, {.name = "passkey.advance"}};
        for (int i = 0; i < 2; i++) {
            (void)snprintf(racers[i].body, sizeof racers[i].body,
                           "{'person': 'alice', 'id': 'aWQx', 'job': 'j%d-%d', 'count': %d}", round,
                           i, round);
        }
        s_both(suite, racers);
        assert_int_equal(
            true_at(racers[0].result, "accepted") + true_at(racers[1].result, "accepted"), 1);
    }
}

/* ---- Migrations. */

static void a_second_start_changes_nothing(void **state)
{
    suite_t *suite = *state;
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    store_t *again = suite_open(suite);
    store_destroy(&again);
    size_t applied = 9;
    assert_int_equal(
        schema_apply(suite->store->db, schema_steps, schema_steps_len, &applied, &suite->err),
        SB_OK);
    assert_int_equal(applied, 0);
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 1);
    assert_int_equal(number(suite, "SELECT count(*) FROM schema_version"),
                     (int64_t)schema_steps_len);
}

static const char s_one[] = "CREATE TABLE migrated_one (n {int} NOT NULL) {table};";
static const char s_two[] = "CREATE TABLE migrated_two (n {int} NOT NULL) {table};"
                            "INSERT INTO migrated_two (n) VALUES (1);";

typedef struct {
    suite_t *suite;
    schema_step_t *steps;
    size_t len;
    pthread_barrier_t *barrier;
    size_t applied;
    int code;
    sb_err_t err;
} starter_t;

static void *s_start(void *arg)
{
    starter_t *starter = arg;
    db_t *db = db_open(starter->suite->driver, starter->suite->target, false, &starter->err);
    (void)pthread_barrier_wait(starter->barrier);
    starter->code = SB_ERETRY;
    for (int tries = 0; db && tries < 20 && starter->code == SB_ERETRY; tries++) {
        starter->code =
            schema_apply(db, starter->steps, starter->len, &starter->applied, &starter->err);
    }
    db_close(&db);
    return NULL;
}

static void s_steps(schema_step_t steps[8])
{
    for (size_t i = 0; i < schema_steps_len; i++) {
        steps[i] = schema_steps[i];
    }
    const int64_t version = (int64_t)schema_steps_len;
    steps[schema_steps_len] = (schema_step_t){version + 1, "one", s_one};
    steps[schema_steps_len + 1] = (schema_step_t){version + 2, "two", s_two};
}

static void two_starters_migrate_once(void **state)
{
    suite_t *suite = *state;
    schema_step_t steps[8];
    s_steps(steps);
    pthread_barrier_t barrier;
    pthread_t threads[2];
    starter_t starters[2];
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    for (int i = 0; i < 2; i++) {
        starters[i] = (starter_t){
            .suite = suite, .steps = steps, .len = schema_steps_len + 2, .barrier = &barrier};
        assert_int_equal(pthread_create(&threads[i], NULL, s_start, &starters[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (starters[i].code) {
            fail_msg("%s", starters[i].err.text);
        }
    }
    (void)pthread_barrier_destroy(&barrier);
    assert_int_equal(starters[0].applied + starters[1].applied, 2);
    assert_int_equal(number(suite, "SELECT count(*) FROM migrated_two"), 1);
}

static void a_step_that_fails_leaves_nothing(void **state)
{
    suite_t *suite = *state;
    schema_step_t steps[8];
    s_steps(steps);
    steps[schema_steps_len + 1].sql = "CREATE TABLE half (n {int}) {table}; SELECT nonsense;";
    size_t applied = 0;
    assert_int_not_equal(
        schema_apply(suite->store->db, steps, schema_steps_len + 2, &applied, &suite->err), SB_OK);
    assert_non_null(strstr(suite->err.text, "migration "));
    assert_int_equal(number(suite, "SELECT count(*) FROM schema_version"),
                     (int64_t)schema_steps_len);
    create(suite, hash_of('a'), "alice", "Sudo", 1); /* and the store goes on */
}

static void a_newer_store_is_refused(void **state)
{
    suite_t *suite = *state;
    schema_step_t steps[8];
    s_steps(steps);
    size_t applied = 0;
    assert_int_equal(
        schema_apply(suite->store->db, steps, schema_steps_len + 2, &applied, &suite->err), SB_OK);
    sb_err_t err;
    assert_null(store_new(suite->driver, suite->target, false, suite->store->random, &err));
    assert_int_equal(err.code, SB_EINVALID);
    assert_non_null(strstr(err.text, "newer version"));
    assert_null(store_new(suite->driver, suite->target, true, suite->store->random, &err));
    assert_int_equal(err.code, SB_EINVALID);
}

static void an_edited_step_is_refused(void **state)
{
    suite_t *suite = *state;
    tamper(suite, "UPDATE schema_version SET checksum = 'x' WHERE version = 1");
    sb_err_t err;
    assert_null(store_new(suite->driver, suite->target, false, suite->store->random, &err));
    assert_int_equal(err.code, SB_EINVALID);
    assert_non_null(strstr(err.text, "migration 1"));
}

/* ---- A lost connection. */

static void a_lost_connection_is_said(void **state)
{
    suite_t *suite = *state;
    if (strcmp(suite->driver, "postgres") != 0) {
        return; /* a file is never away */
    }
    store_t *other = suite_other(suite);
    tamper(suite, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  " WHERE pid <> pg_backend_pid() AND application_name = 'securitybot-taskd'");
    static const char json[] = "{\"title\":\"T\",\"person\":\"p\",\"description\":\"d\"}";
    sb_err_t err;
    cJSON *body = sb_json_parse(json, sizeof json - 1, 0, &err);
    store_cmd_t cmd = {.op = store_op("alert.create"), .body = body, .actor = "webd"};
    store_cmd_t *cmds[] = {&cmd};
    assert_int_equal(store_run(other, cmds, 1, &err), SB_ERETRY);
    assert_false(cmd.done);
    assert_true(store_lost(other));
    /* The same command on a new connection. */
    store_destroy(&suite->other);
    assert_int_equal(store_run(suite_other(suite), cmds, 1, &err), SB_OK);
    assert_true(cmd.done);
    assert_true(true_at(cmd.result, "created"));
    store_cmd_clear(&cmd);
    cJSON_Delete(body);
}

/* Nobody knows then whether it was done: a commit that was would be stale when run again, and botd
 * would not learn that there are rows to send. */
static void a_connection_lost_in_the_commit_is_said(void **state)
{
    suite_t *suite = *state;
    if (strcmp(suite->driver, "postgres") != 0) {
        return;
    }
    const int64_t epoch = lead(suite);
    tamper(suite, "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
                  " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'");
    tamper(suite, "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON audit DEFERRABLE INITIALLY"
                  " DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"epoch\":\"%lld\",\"transitions\":[{\"person\":\"p\",\"version\":\"0\","
                   "\"conversation\":{\"state\":\"idle\"},\"audit\":[{\"actor\":\"a\","
                   "\"action\":\"x\",\"detail\":{}}]}]}",
                   (long long)epoch);
    static const char create[] = "{\"title\":\"T\",\"person\":\"p\",\"description\":\"d\"}";
    sb_err_t err;
    cJSON *bodies[] = {sb_json_parse(json, strlen(json), 0, &err),
                       sb_json_parse(create, sizeof create - 1, 0, &err)};
    store_cmd_t commit = {.op = store_op("commit"), .body = bodies[0], .actor = "botd"};
    store_cmd_t other = {.op = store_op("alert.create"), .body = bodies[1], .actor = "webd"};
    store_cmd_t *cmds[] = {&commit, &other};
    assert_int_equal(store_run(suite_other(suite), cmds, 2, &err), SB_ERETRY);
    assert_true(store_lost(suite->other));
    assert_true(commit.done);
    assert_int_equal(commit.err.code, SB_ETIMEOUT);
    assert_false(other.done); /* that may be run again */
    for (size_t i = 0; i < 2; i++) {
        store_cmd_clear(cmds[i]);
        cJSON_Delete(bodies[i]);
    }
}

static void a_store_that_is_not_there_is_said(void **state)
{
    suite_t *suite = *state;
    const char *target = strcmp(suite->driver, "sqlite") == 0 ? "/nonexistent/folder/store.db"
                                                              : "host=/nonexistent user=x dbname=x";
    sb_err_t err;
    assert_null(store_new(suite->driver, target, false, suite->store->random, &err));
    assert_int_equal(err.code, SB_ERETRY);
    assert_non_null(strstr(err.text, suite->driver));
}

const behaviour_t race_behaviours[] = {
    {"one_code_is_accepted_once",               one_code_is_accepted_once              },
    {"one_hash_is_one_alert",                   one_hash_is_one_alert                  },
    {"one_version_is_written_once",             one_version_is_written_once            },
    {"one_lease_has_one_holder",                one_lease_has_one_holder               },
    {"every_guess_is_counted",                  every_guess_is_counted                 },
    {"one_answer_is_taken",                     one_answer_is_taken                    },
    {"one_code_enrols_one_passkey",             one_code_enrols_one_passkey            },
    {"one_counter_is_accepted_once",            one_counter_is_accepted_once           },
    {"a_second_start_changes_nothing",          a_second_start_changes_nothing         },
    {"two_starters_migrate_once",               two_starters_migrate_once              },
    {"a_step_that_fails_leaves_nothing",        a_step_that_fails_leaves_nothing       },
    {"a_newer_store_is_refused",                a_newer_store_is_refused               },
    {"an_edited_step_is_refused",               an_edited_step_is_refused              },
    {"a_lost_connection_is_said",               a_lost_connection_is_said              },
    {"a_connection_lost_in_the_commit_is_said", a_connection_lost_in_the_commit_is_said},
    {"a_store_that_is_not_there_is_said",       a_store_that_is_not_there_is_said      },
};
const size_t race_behaviours_len = LEN(race_behaviours);
