/* db_sqlite.c. The embedded store: one file in WAL mode, every commit synced to the disk before it
 * is answered. Statements stay prepared; a progress handler ends one that takes too long. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "services/taskd/db.h"

#define PROGRESS_STEPS 20000 /* of SQLite's machine, about 1 ms */
#define TEXT_ERROR_MAX 160

typedef struct {
    const char *sql; /* as given: its address is the key */
    sqlite3_stmt *stmt;
} kept_t;

typedef struct {
    db_t base;
    sqlite3 *conn;
    bool in_transaction;
    int64_t deadline_ms; /* of the statement that runs */
    size_t kept_len;
    kept_t kept[DB_STATEMENTS_MAX];
} lite_t;

static int s_on_progress(void *arg)
{
    const lite_t *self = arg;
    return sb_clock_mono_ms() > self->deadline_ms;
}

static int s_code(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
        return SB_ECONFLICT;
    case SQLITE_INTERRUPT:
        return SB_ETIMEOUT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return SB_ERETRY;
    default:
        return SB_EINTERNAL;
    }
}

static int s_fail(lite_t *self, int rc, sb_err_t *err)
{
    switch (rc & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        self->base.lost = true; /* the file may be replaced or repaired: open it anew */
        break;
    default:
        break;
    }
    return sb_fail(err, s_code(rc), "sqlite: %.*s", TEXT_ERROR_MAX, sqlite3_errmsg(self->conn));
}

/* $1 would be a name to SQLite, numbered by first use; ?1 is the first parameter. */
static char *s_number(const char *sql)
{
    char *text = db_expand(DB_SQLITE, sql);
    for (char *c = text; *c; c++) {
        if (c[0] == '$' && c[1] >= '1' && c[1] <= '9') {
            *c = '?';
        }
    }
    return text;
}

static int s_prepare(lite_t *self, const char *sql, sqlite3_stmt **stmt_r, sb_err_t *err)
{
    char *text = s_number(sql);
    const int rc =
        sqlite3_prepare_v3(self->conn, text, -1, SQLITE_PREPARE_PERSISTENT, stmt_r, NULL);
    free(text);
    return rc == SQLITE_OK ? SB_OK : s_fail(self, rc, err);
}

static int s_find(lite_t *self, const db_step_t *step, sqlite3_stmt **stmt_r, sb_err_t *err)
{
    if (step->once) {
        return s_prepare(self, step->sql, stmt_r, err);
    }
    for (size_t i = 0; i < self->kept_len; i++) {
        if (self->kept[i].sql == step->sql) {
            *stmt_r = self->kept[i].stmt;
            return SB_OK;
        }
    }
    assert(self->kept_len < DB_STATEMENTS_MAX); /* there are fewer literals than that */
    const int code = s_prepare(self, step->sql, stmt_r, err);
    if (code == SB_OK) {
        self->kept[self->kept_len++] = (kept_t){.sql = step->sql, .stmt = *stmt_r};
    }
    return code;
}

static int s_bind_hash(sqlite3_stmt *stmt, int at, const char *hex)
{
    unsigned char bytes[DB_HASH_SIZE];
    sb_err_t err;
    const int code = sb_unhex(hex, (size_t)2 * DB_HASH_SIZE, bytes, &err);
    assert(code == SB_OK); /* the reader of the request has checked it */
    return sqlite3_bind_blob(stmt, at, bytes, sizeof bytes, SQLITE_TRANSIENT);
}

static int s_bind_list(sqlite3_stmt *stmt, int at, const db_param_t *param)
{
    cJSON *array = sb_json_array();
    for (size_t i = 0; i < param->list_len; i++) {
        cJSON *text = cJSON_CreateString(param->list[i]);
        assert(text);
        sb_json_push(array, text);
    }
    char *json = sb_json_print(array);
    cJSON_Delete(array);
    return sqlite3_bind_text(stmt, at, json, -1, free);
}

static int s_bind(sqlite3_stmt *stmt, int at, const db_param_t *param)
{
    if (param->null) {
        return sqlite3_bind_null(stmt, at);
    }
    switch (param->kind) {
    case DB_INT:
        return sqlite3_bind_int64(stmt, at, param->num);
    case DB_TEXT:
        return sqlite3_bind_text(stmt, at, param->text, -1, SQLITE_STATIC);
    case DB_HASH:
        return s_bind_hash(stmt, at, param->text);
    case DB_LIST:
        return s_bind_list(stmt, at, param);
    }
    return SQLITE_MISUSE;
}

static db_cell_t s_cell(sqlite3_stmt *stmt, int at)
{
    switch (sqlite3_column_type(stmt, at)) {
    case SQLITE_NULL:
        return (db_cell_t){.kind = DB_CELL_NULL};
    case SQLITE_INTEGER:
        return (db_cell_t){.kind = DB_CELL_INT, .num = sqlite3_column_int64(stmt, at)};
    case SQLITE_BLOB: {
        const char *bytes = sqlite3_column_blob(stmt, at);
        return (db_cell_t){.kind = DB_CELL_BYTES,
                           .text = bytes ? bytes : "",
                           .size = (size_t)sqlite3_column_bytes(stmt, at)};
    }
    default: {
        const char *text = (const char *)sqlite3_column_text(stmt, at);
        return (db_cell_t){.kind = DB_CELL_TEXT,
                           .text = text ? text : "",
                           .size = (size_t)sqlite3_column_bytes(stmt, at)};
    }
    }
}

static int s_row(sqlite3_stmt *stmt, const db_step_t *step, size_t tag, sb_err_t *err)
{
    db_cell_t cells[DB_COLUMNS_MAX];
    const int len = sqlite3_column_count(stmt);
    assert(len <= DB_COLUMNS_MAX);
    for (int i = 0; i < len; i++) {
        cells[i] = s_cell(stmt, i);
    }
    db_row_t row = {.cells = cells, .len = (size_t)len, .err = err};
    step->on_row(step->ctx, tag, &row);
    return row.code;
}

/* Runs one set of parameters to its end. */
static int s_execute(lite_t *self, sqlite3_stmt *stmt, const db_step_t *step, size_t set,
                     sb_err_t *err)
{
    const db_sets_t *sets = step->sets;
    for (size_t i = 0; sets && i < sets->width; i++) {
        const int rc = s_bind(stmt, (int)i + 1, &sets->params[set * sets->width + i]);
        if (rc != SQLITE_OK) {
            return s_fail(self, rc, err);
        }
    }
    self->deadline_ms = sb_clock_mono_ms() + DB_STATEMENT_MS;
    int code = SB_OK;
    int rc;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && code == SB_OK) {
        if (step->on_row) {
            code = s_row(stmt, step, sets ? sets->tags[set] : 0, err);
        }
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        code = s_fail(self, rc, err);
    }
    if (step->affected) {
        step->affected[set] = sqlite3_stmt_readonly(stmt) ? 0 : sqlite3_changes64(self->conn);
    }
    (void)sqlite3_reset(stmt);
    return code;
}

static int s_run(db_t *base, const db_step_t *steps, size_t len, sb_err_t *err)
{
    lite_t *self = (lite_t *)base;
    for (size_t i = 0; i < len; i++) {
        const size_t sets_len = steps[i].sets ? steps[i].sets->len : 1;
        sqlite3_stmt *stmt = NULL;
        int code = sets_len ? s_find(self, &steps[i], &stmt, err) : SB_OK;
        for (size_t set = 0; set < sets_len && code == SB_OK; set++) {
            code = s_execute(self, stmt, &steps[i], set, err);
        }
        if (stmt) {
            (void)sqlite3_clear_bindings(stmt); /* they were borrowed */
        }
        if (steps[i].once) {
            (void)sqlite3_finalize(stmt);
        }
        if (code) {
            return code;
        }
    }
    return SB_OK;
}

static int s_script(db_t *base, const char *sql, sb_err_t *err)
{
    lite_t *self = (lite_t *)base;
    self->deadline_ms = INT64_MAX; /* a migration takes what it takes */
    const int rc = sqlite3_exec(self->conn, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? SB_OK : s_fail(self, rc, err);
}

static int s_begin(db_t *base, sb_err_t *err)
{
    lite_t *self = (lite_t *)base;
    assert(!self->in_transaction);
    self->deadline_ms = INT64_MAX;
    const int code = s_script(base, "BEGIN IMMEDIATE", err);
    self->in_transaction = code == SB_OK;
    return code;
}

static int s_commit(db_t *base, sb_err_t *err)
{
    lite_t *self = (lite_t *)base;
    assert(self->in_transaction);
    const int code = s_script(base, "COMMIT", err);
    if (code == SB_OK) {
        self->in_transaction = false;
    }
    return code;
}

static void s_rollback(db_t *base)
{
    lite_t *self = (lite_t *)base;
    sb_err_t err;
    /* SQLite may have rolled back already, as it does when the disk is full. */
    if (self->in_transaction && !sqlite3_get_autocommit(self->conn) &&
        s_script(base, "ROLLBACK", &err)) {
        self->base.lost = true;
    }
    self->in_transaction = false;
}

static void s_close(db_t *base)
{
    lite_t *self = (lite_t *)base;
    for (size_t i = 0; i < self->kept_len; i++) {
        (void)sqlite3_finalize(self->kept[i].stmt);
    }
    (void)sqlite3_close(self->conn);
    free(self);
}

/* The file belongs to us alone; the WAL beside it gets the same mode. */
static int s_create(const char *path, sb_err_t *err)
{
    if (strcmp(path, ":memory:") == 0) {
        return SB_OK;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return sb_fail(err, SB_ERETRY, "%s: %s", path, strerror(errno));
    }
    (void)close(fd);
    return SB_OK;
}

static db_t *s_open(const char *path, bool read_only, sb_err_t *err)
{
    if (s_create(path, err)) {
        return NULL;
    }
    lite_t *self = sb_alloc(sizeof *self);
    self->base.driver = &db_sqlite;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    const int rc = sqlite3_open_v2(path, &self->conn, flags, NULL);
    if (rc != SQLITE_OK) {
        (void)sb_fail(err, SB_ERETRY, "%s: %s", path, sqlite3_errstr(rc));
        s_close(&self->base);
        return NULL;
    }
    (void)sqlite3_extended_result_codes(self->conn, 1);
    (void)sqlite3_busy_timeout(self->conn, DB_BUSY_MS);
    sqlite3_progress_handler(self->conn, PROGRESS_STEPS, s_on_progress, self);
    const char *setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                        "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
                        "PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864;";
    if (s_script(&self->base, setup, err) ||
        (read_only && s_script(&self->base, "PRAGMA query_only = ON", err))) {
        (void)sb_fail_in(err, "%s", path);
        err->code = SB_ERETRY;
        s_close(&self->base);
        return NULL;
    }
    return &self->base;
}

const db_driver_t db_sqlite = {
    .name = "sqlite",
    .dialect = DB_SQLITE,
    .open = s_open,
    .close = s_close,
    .begin = s_begin,
    .commit = s_commit,
    .rollback = s_rollback,
    .run = s_run,
    .script = s_script,
};
