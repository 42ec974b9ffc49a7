/* suite.h: behaviours of the store that every driver must show. Each runs on an empty store of its
 * own, once on SQLite and once on Postgres. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "services/taskd/store.h"

#define LEN(array) (sizeof(array) / sizeof(array)[0])

typedef struct {
    const char *driver; /* "sqlite" or "postgres" */
    char target[512];
    store_t *store;
    store_t *other; /* a second connection, opened by suite_other */
    cJSON *kept;    /* answers, freed at the end of the test */
    cJSON *hints;   /* of the last command: {work, localchat, changed, page} */
    sb_err_t err;   /* of the last command */
} suite_t;

typedef struct {
    const char *name;
    void (*run)(void **state);
} behaviour_t;

extern const behaviour_t alert_behaviours[];
extern const size_t alert_behaviours_len;
extern const behaviour_t query_behaviours[];
extern const size_t query_behaviours_len;
extern const behaviour_t batch_behaviours[];
extern const size_t batch_behaviours_len;
extern const behaviour_t lease_behaviours[];
extern const size_t lease_behaviours_len;
extern const behaviour_t work_behaviours[];
extern const size_t work_behaviours_len;
extern const behaviour_t commit_behaviours[];
extern const size_t commit_behaviours_len;
extern const behaviour_t proof_behaviours[];
extern const size_t proof_behaviours_len;
extern const behaviour_t outbox_behaviours[];
extern const size_t outbox_behaviours_len;
extern const behaviour_t chat_behaviours[];
extern const size_t chat_behaviours_len;
extern const behaviour_t people_behaviours[];
extern const size_t people_behaviours_len;
extern const behaviour_t factor_behaviours[];
extern const size_t factor_behaviours_len;
extern const behaviour_t waiting_behaviours[];
extern const size_t waiting_behaviours_len;
extern const behaviour_t effect_behaviours[];
extern const size_t effect_behaviours_len;
extern const behaviour_t page_behaviours[];
extern const size_t page_behaviours_len;
extern const behaviour_t passkey_behaviours[];
extern const size_t passkey_behaviours_len;
extern const behaviour_t invite_behaviours[];
extern const size_t invite_behaviours_len;
extern const behaviour_t migrate_behaviours[];
extern const size_t migrate_behaviours_len;
extern const behaviour_t team_behaviours[];
extern const size_t team_behaviours_len;
extern const behaviour_t view_behaviours[];
extern const size_t view_behaviours_len;
extern const behaviour_t budget_behaviours[];
extern const size_t budget_behaviours_len;
extern const behaviour_t race_behaviours[];
extern const size_t race_behaviours_len;

/* Runs one request. The format's ' are turned into ". Fails the test unless the answer is a result,
 * which lives until the end of the test. */
const cJSON *ask(suite_t *suite, const char *name, const char *format, ...) SB_PRINTF(3, 4);
/* Runs one request and returns its code; the text is in suite->err. */
int ask_code(suite_t *suite, const char *name, const char *format, ...) SB_PRINTF(3, 4);
/* As ask_code, on another connection. */
int ask_on(suite_t *suite, store_t *store, const char *name, const char *format, ...)
    SB_PRINTF(4, 5);

/* Members of an answer by a path like "items.0.alert.hash"; the test fails if there is none. */
const cJSON *at(const cJSON *json, const char *path);
const char *text_at(const cJSON *json, const char *path);
int64_t int_at(const cJSON *json, const char *path);
int64_t id_at(const cJSON *json, const char *path); /* a string of digits */
bool true_at(const cJSON *json, const char *path);
bool null_at(const cJSON *json, const char *path);
int len_at(const cJSON *json, const char *path);

/* What a person at the database's own shell would do. */
void tamper(suite_t *suite, const char *sql);
int64_t number(suite_t *suite, const char *sql);
store_t *suite_other(suite_t *suite);
store_t *suite_open(const suite_t *suite);
/* Empties the store and gives it an older form, for tamper and number; suite_forth opens it. */
void suite_back(suite_t *suite, size_t version);
void suite_forth(suite_t *suite);

/* ---- Often needed beginnings. */
/* Becomes leader; the epoch. */
int64_t lead(suite_t *suite);
/* 64 digits of one kind. */
const char *hash_of(char digit);
/* alert.create with this hash. */
void create(suite_t *suite, const char *hash, const char *person, const char *title,
            int64_t event_ms);
/* Commits one transition: the members that follow person and version, e.g. "'alerts': [...]"; the
 * result's code is returned, its text is in suite->err. */
const char *commit_one(suite_t *suite, int64_t epoch, const char *person, int64_t version,
                       const char *format, ...) SB_PRINTF(5, 6);
