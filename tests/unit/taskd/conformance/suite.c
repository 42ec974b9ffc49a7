/* suite.c: runs the behaviours on both drivers and holds what they share. The Postgres server is
 * named by SB_TEST_POSTGRES (tests/support/with_postgres); without one its half is left out. */
#include "suite.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "services/taskd/schema.h"

#define SCHEMA "conformance"
#define BODY_MAX (1024 * 1024)

static char s_sqlite[256];

/* ---- Asking. */

static SB_PRINTF(1, 0) cJSON *s_body(const char *format, va_list args)
{
    char *text = NULL;
    assert_true(vasprintf(&text, format, args) >= 0);
    for (char *c = text; *c; c++) {
        if (*c == '\'') {
            *c = '"';
        }
    }
    sb_err_t err;
    cJSON *body = sb_json_parse(text, strlen(text), 100000, &err);
    if (!body) {
        fail_msg("%s in %s", err.text, text);
    }
    free(text);
    return body;
}

static void s_keep_hints(suite_t *suite, const store_cmd_t *cmd)
{
    cJSON_Delete(suite->hints);
    suite->hints = sb_json_object();
    sb_json_add_bool(suite->hints, "work", cmd->work);
    sb_json_add_id(suite->hints, "localchat", cmd->localchat);
    sb_json_add(suite->hints, "changed",
                cmd->changed ? sb_json_copy(cmd->changed) : sb_json_array());
    sb_json_add_str(suite->hints, "page", cmd->page);
}

static int s_run(suite_t *suite, store_t *store, const char *name, cJSON *body, cJSON **result_r)
{
    store_cmd_t cmd = {.op = store_op(name), .body = body, .actor = "botctl"};
    assert_non_null(cmd.op);
    store_cmd_t *cmds[] = {&cmd};
    const int code = store_run(store, cmds, 1, &suite->err);
    if (code) {
        fail_msg("%s: %s", name, suite->err.text);
    }
    assert_true(cmd.done);
    s_keep_hints(suite, &cmd);
    suite->err = cmd.err;
    if (!cmd.err.code) {
        suite->err.text[0] = '\0';
    }
    *result_r = cmd.result ? cmd.result : sb_json_object();
    cmd.result = NULL;
    const int result = cmd.err.code;
    store_cmd_clear(&cmd);
    cJSON_Delete(body);
    return result;
}

const cJSON *ask(suite_t *suite, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cJSON *body = s_body(format, args);
    va_end(args);
    cJSON *result = NULL;
    if (s_run(suite, suite->store, name, body, &result)) {
        fail_msg("%s: %s: %s", name, sb_code_name(suite->err.code), suite->err.text);
    }
    sb_json_push(suite->kept, result);
    return result;
}

int ask_code(suite_t *suite, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cJSON *body = s_body(format, args);
    va_end(args);
    cJSON *result = NULL;
    const int code = s_run(suite, suite->store, name, body, &result);
    cJSON_Delete(result);
    return code;
}

int ask_on(suite_t *suite, store_t *store, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cJSON *body = s_body(format, args);
    va_end(args);
    cJSON *result = NULL;
    const int code = s_run(suite, store, name, body, &result);
    cJSON_Delete(result);
    return code;
}

/* ---- Looking into answers. */

static const cJSON *s_member(const cJSON *json, const char *name, size_t len)
{
    char key[64];
    assert_true(len < sizeof key);
    memcpy(key, name, len);
    key[len] = '\0';
    return cJSON_IsArray(json) ? cJSON_GetArrayItem(json, (int)strtol(key, NULL, 10))
                               : cJSON_GetObjectItemCaseSensitive(json, key);
}

const cJSON *at(const cJSON *json, const char *path)
{
    const cJSON *here = json;
    for (const char *name = path; *name;) {
        const size_t len = strcspn(name, ".");
        here = s_member(here, name, len);
        if (!here) {
            char *text = sb_json_print(json);
            print_error("there is no %s in %.2000s\n", path, text);
            free(text);
            fail();
        }
        name += len + (name[len] == '.');
    }
    return here;
}

const char *text_at(const cJSON *json, const char *path)
{
    const cJSON *item = at(json, path);
    if (!cJSON_IsString(item)) {
        fail_msg("%s is no text", path);
    }
    return item->valuestring;
}

int64_t int_at(const cJSON *json, const char *path)
{
    const cJSON *item = at(json, path);
    if (!cJSON_IsNumber(item)) {
        fail_msg("%s is no number", path);
    }
    return (int64_t)item->valuedouble;
}

int64_t id_at(const cJSON *json, const char *path)
{
    return strtoll(text_at(json, path), NULL, 10);
}

bool true_at(const cJSON *json, const char *path)
{
    const cJSON *item = at(json, path);
    assert_true(cJSON_IsBool(item));
    return cJSON_IsTrue(item);
}

bool null_at(const cJSON *json, const char *path)
{
    return cJSON_IsNull(at(json, path));
}

int len_at(const cJSON *json, const char *path)
{
    const cJSON *item = at(json, path);
    assert_true(cJSON_IsArray(item));
    return cJSON_GetArraySize(item);
}

/* ---- The store behind it. */

void tamper(suite_t *suite, const char *sql)
{
    const db_step_t step = {.sql = sql, .once = true};
    if (db_run(suite->store->db, &step, 1, &suite->err)) {
        fail_msg("%s: %s", sql, suite->err.text);
    }
}

static void s_on_number(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    *(int64_t *)ctx = db_take_int(row);
}

int64_t number(suite_t *suite, const char *sql)
{
    int64_t value = -1;
    const db_step_t step = {.sql = sql, .on_row = s_on_number, .ctx = &value, .once = true};
    if (db_run(suite->store->db, &step, 1, &suite->err)) {
        fail_msg("%s: %s", sql, suite->err.text);
    }
    return value;
}

store_t *suite_open(const suite_t *suite)
{
    sb_err_t err;
    store_t *store = store_new(suite->driver, suite->target, false, sb_random, &err);
    if (!store) {
        fail_msg("%s", err.text);
    }
    return store;
}

store_t *suite_other(suite_t *suite)
{
    if (!suite->other) {
        suite->other = suite_open(suite);
    }
    return suite->other;
}

static void s_empty_postgres(const char *dsn)
{
    PGconn *conn = PQconnectdb(dsn);
    PGresult *result = PQexec(conn, "SET client_min_messages = warning;"
                                    "DROP SCHEMA IF EXISTS " SCHEMA " CASCADE;"
                                    "CREATE SCHEMA " SCHEMA);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("postgres: %s", PQerrorMessage(conn));
    }
    PQclear(result);
    PQfinish(conn);
}

static void s_empty_sqlite(void)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < LEN(endings); i++) {
        char path[300];
        (void)snprintf(path, sizeof path, "%s%s", s_sqlite, endings[i]);
        (void)unlink(path);
    }
}

static void s_empty(const suite_t *suite)
{
    if (strcmp(suite->driver, "sqlite") == 0) {
        s_empty_sqlite();
    } else {
        s_empty_postgres(getenv("SB_TEST_POSTGRES"));
    }
}

void suite_back(suite_t *suite, size_t version)
{
    store_destroy(&suite->store);
    s_empty(suite);
    db_t *db = db_open(suite->driver, suite->target, false, &suite->err);
    size_t applied = 0;
    if (!db || schema_apply(db, schema_steps, version, &applied, &suite->err)) {
        fail_msg("%s", suite->err.text);
    }
    suite->store = sb_alloc(sizeof *suite->store);
    suite->store->db = db;
}

void suite_forth(suite_t *suite)
{
    store_destroy(&suite->store);
    suite->store = suite_open(suite);
}

static int s_setup(void **state, const char *driver)
{
    suite_t *suite = sb_alloc(sizeof *suite);
    suite->driver = driver;
    suite->kept = sb_json_array();
    s_empty(suite);
    if (strcmp(driver, "sqlite") == 0) {
        (void)snprintf(suite->target, sizeof suite->target, "%s", s_sqlite);
    } else {
        const char *dsn = getenv("SB_TEST_POSTGRES");
        (void)snprintf(suite->target, sizeof suite->target,
                       "%s options='-c search_path=" SCHEMA "'", dsn);
    }
    suite->store = suite_open(suite);
    *state = suite;
    return 0;
}

static int s_setup_sqlite(void **state)
{
    return s_setup(state, "sqlite");
}

static int s_setup_postgres(void **state)
{
    return s_setup(state, "postgres");
}

static int s_teardown(void **state)
{
    suite_t *suite = *state;
    store_destroy(&suite->store);
    store_destroy(&suite->other);
    cJSON_Delete(suite->kept);
    cJSON_Delete(suite->hints);
    free(suite);
    s_empty_sqlite();
    return 0;
}

/* ---- Beginnings. */

int64_t lead(suite_t *suite)
{
    return id_at(ask(suite, "lease.acquire", "{'name': 'botd', 'holder': 'b1', 'ttl_ms': 60000}"),
                 "epoch");
}

const char *hash_of(char digit)
{
    static char hashes[128][SB_HASH_HEX + 1];
    memset(hashes[(size_t)digit], digit, SB_HASH_HEX);
    return hashes[(size_t)digit];
}

void create(suite_t *suite, const char *hash, const char *person, const char *title,
            int64_t event_ms)
{
    (void)ask(suite, "alert.create",
              "{'hash': '%s', 'person': '%s', 'title': '%s', 'description': 'it happened',"
              " 'event_ms': %lld}",
              hash, person, title, (long long)event_ms);
}

const char *commit_one(suite_t *suite, int64_t epoch, const char *person, int64_t version,
                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *members = NULL;
    assert_true(vasprintf(&members, format, args) >= 0);
    va_end(args);
    static const char idle[] = "'conversation': {'state': 'idle', 'attempts': 0}, ";
    const cJSON *answer =
        ask(suite, "commit",
            "{'epoch': '%lld', 'transitions': [{'person': '%s', 'version': '%lld', %s%s}]}",
            (long long)epoch, person, (long long)version,
            strstr(members, "'conversation'") ? "" : idle, members);
    free(members);
    (void)snprintf(suite->err.text, sizeof suite->err.text, "%s",
                   text_at(answer, "results.0.text"));
    return text_at(answer, "results.0.code");
}

/* ---- All of them. */

static const struct {
    const behaviour_t *behaviours;
    const size_t *len;
} s_rooms[] = {
    {alert_behaviours,   &alert_behaviours_len  },
    {query_behaviours,   &query_behaviours_len  },
    {batch_behaviours,   &batch_behaviours_len  },
    {lease_behaviours,   &lease_behaviours_len  },
    {work_behaviours,    &work_behaviours_len   },
    {commit_behaviours,  &commit_behaviours_len },
    {proof_behaviours,   &proof_behaviours_len  },
    {outbox_behaviours,  &outbox_behaviours_len },
    {chat_behaviours,    &chat_behaviours_len   },
    {people_behaviours,  &people_behaviours_len },
    {factor_behaviours,  &factor_behaviours_len },
    {waiting_behaviours, &waiting_behaviours_len},
    {effect_behaviours,  &effect_behaviours_len },
    {page_behaviours,    &page_behaviours_len   },
    {passkey_behaviours, &passkey_behaviours_len},
    {invite_behaviours,  &invite_behaviours_len },
    {migrate_behaviours, &migrate_behaviours_len},
    {team_behaviours,    &team_behaviours_len   },
    {view_behaviours,    &view_behaviours_len   },
    {budget_behaviours,  &budget_behaviours_len },
    {race_behaviours,    &race_behaviours_len   },
};

static int s_run_driver(const char *driver, CMFixtureFunction setup)
{
    size_t len = 0;
    for (size_t i = 0; i < LEN(s_rooms); i++) {
        len += *s_rooms[i].len;
    }
    struct CMUnitTest *tests = sb_alloc_array(len, sizeof *tests);
    size_t n = 0;
    for (size_t i = 0; i < LEN(s_rooms); i++) {
        for (size_t k = 0; k < *s_rooms[i].len; k++) {
            const behaviour_t *behaviour = &s_rooms[i].behaviours[k];
            tests[n++] =
                (struct CMUnitTest){behaviour->name, behaviour->run, setup, s_teardown, NULL};
        }
    }
    const int failed = _cmocka_run_group_tests(driver, tests, len, NULL, NULL);
    free(tests);
    return failed;
}

int main(int argc, char **argv)
{
    sb_log_open("conformance", SB_ERROR, SB_LOG_TEXT);
    (void)snprintf(s_sqlite, sizeof s_sqlite, "%s/conformance-%d.db", SB_BINARY_DIR, (int)getpid());
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    int failed = s_run_driver("sqlite", s_setup_sqlite);
    if (getenv("SB_TEST_POSTGRES")) {
        failed += s_run_driver("postgres", s_setup_postgres);
    } else {
        print_message("no SB_TEST_POSTGRES: postgres is left out\n");
    }
    return failed > 0;
}
