/* db.h: one blocking SQL connection, the same for SQLite and Postgres. One thread.
 *
 * Statements are written once, in the SQL that both understand: ON CONFLICT, RETURNING, row values,
 * parameters $1..$n. The few words that differ stand in braces and are replaced from the driver's
 * table (db.c, s_words). A statement is run for many sets of parameters at once; Postgres gets all
 * statements and sets of one db_run() in a single round trip (libpq's pipeline mode).
 *
 * Errors: SB_ERETRY the world's doing (connection lost, deadlock, busy, disk full): roll back and
 * try the whole transaction again, after db_lost() on a new connection. SB_ECONFLICT a unique or
 * foreign key was hurt, so somebody else was faster: try again, and it shows. SB_ETIMEOUT the
 * statement took longer than DB_STATEMENT_MS. SB_EINTERNAL a bug, or a row that makes no sense. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "proto/taskd.h"

#define DB_CONNECT_MS 5000    /* longest wait for a connection */
#define DB_STATEMENT_MS 10000 /* longest one statement may take */
#define DB_SILENCE_MS 15000   /* a server that is silent for this long is lost */
#define DB_BUSY_MS 2000       /* longest wait for another process that writes (SQLite) */
#define DB_STATEMENTS_MAX 192 /* prepared statements kept */
#define DB_COLUMNS_MAX 32     /* of a result */
#define DB_PARAMS_MAX 32      /* of a statement */
#define DB_HASH_SIZE 32       /* bytes of an alert's hash */

typedef struct db db_t;

/* ---- Parameters. Texts are borrowed until db_run returns. */
typedef enum { DB_INT, DB_TEXT, DB_HASH, DB_LIST } db_kind_t;

typedef struct {
    db_kind_t kind;
    bool null;
    int64_t num;             /* DB_INT */
    const char *text;        /* DB_TEXT; DB_HASH as 64 hex digits */
    const char *const *list; /* DB_LIST: texts, for {any(}$1{)any} and {people} */
    size_t list_len;
} db_param_t;

db_param_t db_int(int64_t value);
db_param_t db_int_or_null(int64_t value, bool known);
db_param_t db_tristate(int value);    /* 1, 0; -1 is null */
db_param_t db_text(const char *text); /* NULL is null */
db_param_t db_hash(const char *hex);  /* NULL is null */
db_param_t db_list(const char *const *list, size_t len);

/* A table of parameters: len sets of width each. A tag tells the caller whose set it is. */
typedef struct {
    size_t width;
    size_t len;
    size_t room;
    db_param_t *params;
    size_t *tags;
} db_sets_t;

db_sets_t db_sets(size_t width);
/* Adds a set and returns its place for width parameters, good until the next call. */
db_param_t *db_sets_add(db_sets_t *self, size_t tag);
void db_sets_free(db_sets_t *self);

/* ---- Rows. A row is a cursor: each take reads the next column. What can't be read is a fault of
 * the row, which the takes after it pass by and db_run reports; a fallback is returned then. */
typedef enum { DB_CELL_NULL, DB_CELL_INT, DB_CELL_TEXT, DB_CELL_BYTES } db_cell_kind_t;

typedef struct {
    db_cell_kind_t kind;
    int64_t num;
    const char *text; /* of size bytes and a NUL; bytes without one */
    size_t size;
} db_cell_t;

typedef struct {
    const db_cell_t *cells;
    size_t len;
    size_t at; /* the next column */
    sb_err_t *err;
    int code; /* SB_OK until the first fault */
} db_row_t;

bool db_next_is_null(const db_row_t *self);               /* does not move */
int64_t db_take_int(db_row_t *self);                      /* at most SB_JSON_INT_MAX, either way */
int64_t db_take_int_or(db_row_t *self, int64_t fallback); /* for null */
int db_take_tristate(db_row_t *self);                     /* 1, 0; null is -1 */
const char *db_take_text(db_row_t *self); /* "" on a fault; lives as long as the row */
const char *db_take_text_or_null(db_row_t *self);
/* 64 digits; false and "" for null or a fault. */
bool db_take_hash(db_row_t *self, char out[SB_HASH_HEX + 1]);
int db_row_fault(db_row_t *self, const char *what);

/* ---- Statements. */
typedef void(db_row_fn)(void *ctx, size_t tag, db_row_t *row);

typedef struct {
    const char *sql;       /* a literal: prepared once, known by its address; see once */
    const db_sets_t *sets; /* NULL: run once without parameters */
    db_row_fn *on_row;     /* NULL: rows are passed by */
    void *ctx;
    int64_t *affected; /* rows written, one number a set; may be NULL */
    bool once;         /* built at run time: not kept, planned for these very parameters */
} db_step_t;

/* ---- The connection. */
/* driver: "sqlite" (target is a path, or ":memory:") or "postgres" (target is a libpq connection
 * string). A read-only connection refuses to write. NULL and err (SB_ERETRY) if it can't be opened
 * now. */
db_t *db_open(const char *driver, const char *target, bool read_only, sb_err_t *err);
void db_close(db_t **self_p);
/* True when only a new connection helps. */
bool db_lost(const db_t *self);

/* A transaction that will write. Reads may run without one. */
SB_MUSTCHECK int db_begin(db_t *self, sb_err_t *err);
SB_MUSTCHECK int db_commit(db_t *self, sb_err_t *err);
void db_rollback(db_t *self);
/* Runs the steps in order. On an error the rest did not run, and the transaction must be rolled
 * back. */
SB_MUSTCHECK int db_run(db_t *self, const db_step_t *steps, size_t len, sb_err_t *err);
/* Runs several statements without parameters, within a transaction; for migrations. */
SB_MUSTCHECK int db_script(db_t *self, const char *sql, sb_err_t *err);

/* ---- For the drivers. */
typedef enum { DB_SQLITE, DB_POSTGRES, DB_DRIVERS_LEN } db_dialect_t;

typedef struct {
    const char *name;
    db_dialect_t dialect;
    db_t *(*open)(const char *target, bool read_only, sb_err_t *err);
    void (*close)(db_t *self);
    int (*begin)(db_t *self, sb_err_t *err);
    int (*commit)(db_t *self, sb_err_t *err);
    void (*rollback)(db_t *self);
    int (*run)(db_t *self, const db_step_t *steps, size_t len, sb_err_t *err);
    int (*script)(db_t *self, const char *sql, sb_err_t *err);
} db_driver_t;

/* The head of each driver's own struct. */
struct db {
    const db_driver_t *driver;
    bool lost;
};

extern const db_driver_t db_sqlite;
extern const db_driver_t db_postgres;

/* The statement in one driver's words; free() it. A word that is none is a bug. */
char *db_expand(db_dialect_t dialect, const char *sql);
