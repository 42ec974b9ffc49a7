/* db.c. What both drivers share: parameters, rows, and the words that differ. */
#include "services/taskd/db.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "lib/utf8.h"

#define SQL_SIZE_MAX (256 * 1024)

static const db_driver_t *const s_drivers[] = {&db_sqlite, &db_postgres};

/* What is said differently. Times are those of the database, so that all of its clients agree. */
/* clang-format off */
static const struct {
    const char *word;
    const char *text[DB_DRIVERS_LEN]; /* sqlite, postgres */
} s_words[] = {
    {"now", {"CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)",
             "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)"}},
    {"share", {"", "FOR SHARE"}},
    {"update", {"", "FOR UPDATE"}},
    {"skip", {"", "FOR UPDATE SKIP LOCKED"}},
    /* hash {any(}$1{)any}: one of a list of texts */
    {"any(", {"IN (SELECT value FROM json_each(", "= ANY("}},
    {")any", {"))", ")"}},
    /* hash {pick(}SELECT ... LIMIT 9{)pick}: one of what a correlated query finds */
    {"pick(", {"IN (", "= ANY(ARRAY("}},
    {")pick", {")", "))"}},
    /* FROM {people}: the list $1 as rows p.value */
    {"people", {"json_each($1) AS p", "unnest($1) AS p(value)"}},
    {"int", {"INTEGER", "BIGINT"}},
    {"text", {"TEXT", "TEXT COLLATE \"C\""}},
    {"bytes", {"BLOB", "BYTEA"}},
    {"serial", {"INTEGER PRIMARY KEY AUTOINCREMENT",
                "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}},
    {"table", {"STRICT", ""}},
    /* {sqlite(}...{)sqlite}: what only one of them is told. */
    {"sqlite(", {"", "/*"}},
    {")sqlite", {"", "*/"}},
    {"postgres(", {"/*", ""}},
    {")postgres", {"*/", ""}},
    /* A table whose rows change soon after they came: room for it, and early vacuum. */
    {"hot", {"STRICT",
             "WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
             " autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05,"
             " autovacuum_vacuum_cost_delay = 0)"}},
};
/* clang-format on */

static const char *s_word(db_dialect_t dialect, const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof s_words / sizeof s_words[0]; i++) {
        if (strlen(s_words[i].word) == len && memcmp(s_words[i].word, word, len) == 0) {
            return s_words[i].text[dialect];
        }
    }
    return NULL;
}

char *db_expand(db_dialect_t dialect, const char *sql)
{
    assert(sql);
    sb_buf_t out = sb_buf(SQL_SIZE_MAX);
    while (*sql) {
        const size_t plain = strcspn(sql, "{");
        sb_buf_add(&out, sql, plain);
        sql += plain;
        if (!*sql) {
            break;
        }
        const size_t len = strcspn(sql + 1, "}");
        const char *text = s_word(dialect, sql + 1, len);
        assert(text && "a word in braces that s_words has not");
        sb_buf_puts(&out, text);
        sql += 1 + len + 1;
    }
    assert(!out.overflow);
    return sb_buf_take(&out);
}

db_param_t db_int(int64_t value)
{
    return (db_param_t){.kind = DB_INT, .num = value};
}

db_param_t db_int_or_null(int64_t value, bool known)
{
    return (db_param_t){.kind = DB_INT, .num = value, .null = !known};
}

db_param_t db_tristate(int value)
{
    return db_int_or_null(value, value >= 0);
}

db_param_t db_text(const char *text)
{
    return (db_param_t){.kind = DB_TEXT, .text = text, .null = !text};
}

db_param_t db_hash(const char *hex)
{
    assert(!hex || strlen(hex) == SB_HASH_HEX);
    return (db_param_t){.kind = DB_HASH, .text = hex, .null = !hex};
}

db_param_t db_list(const char *const *list, size_t len)
{
    assert(list || len == 0);
    return (db_param_t){.kind = DB_LIST, .list = list, .list_len = len};
}

db_sets_t db_sets(size_t width)
{
    assert(width <= DB_PARAMS_MAX);
    return (db_sets_t){.width = width};
}

db_param_t *db_sets_add(db_sets_t *self, size_t tag)
{
    assert(self);
    if (self->len == self->room) {
        self->room = self->room ? 2 * self->room : 4;
        self->params = sb_realloc(self->params, self->room * self->width * sizeof *self->params);
        self->tags = sb_realloc(self->tags, self->room * sizeof *self->tags);
    }
    self->tags[self->len] = tag;
    return self->params + self->width * self->len++;
}

void db_sets_free(db_sets_t *self)
{
    assert(self);
    free(self->params);
    free(self->tags);
    *self = db_sets(self->width);
}

int db_row_fault(db_row_t *self, const char *what)
{
    assert(self);
    if (!self->code) {
        self->code = sb_fail(self->err, SB_EINTERNAL, "column %zu of the row %s", self->at, what);
    }
    return self->code;
}

bool db_next_is_null(const db_row_t *self)
{
    return self->at < self->len && self->cells[self->at].kind == DB_CELL_NULL;
}

/* The next cell; NULL if it is null or something was wrong. */
static const db_cell_t *s_take(db_row_t *self, bool nullable)
{
    if (self->code) {
        return NULL;
    }
    assert(self->at < self->len); /* our own statement has that many columns */
    const db_cell_t *cell = &self->cells[self->at++];
    if (cell->kind != DB_CELL_NULL) {
        return cell;
    }
    if (!nullable) {
        (void)db_row_fault(self, "is null");
    }
    return NULL;
}

static int64_t s_int(db_row_t *self, const db_cell_t *cell, int64_t fallback)
{
    if (!cell) {
        return fallback;
    }
    int64_t value = cell->num;
    if (cell->kind != DB_CELL_INT) {
        char *end = NULL;
        errno = 0;
        value = cell->kind == DB_CELL_TEXT ? strtoll(cell->text, &end, 10) : 0;
        if (!end || end == cell->text || *end || errno) {
            (void)db_row_fault(self, "is no whole number");
            return fallback;
        }
    }
    /* It may go into JSON. */
    if (value < -SB_JSON_INT_MAX || value > SB_JSON_INT_MAX) {
        (void)db_row_fault(self, "is a number out of range");
        return fallback;
    }
    return value;
}

int64_t db_take_int(db_row_t *self)
{
    return s_int(self, s_take(self, false), 0);
}

int64_t db_take_int_or(db_row_t *self, int64_t fallback)
{
    return s_int(self, s_take(self, true), fallback);
}

int db_take_tristate(db_row_t *self)
{
    const int64_t value = db_take_int_or(self, -1);
    return value < 0 ? -1 : value > 0;
}

static const char *s_text(db_row_t *self, const db_cell_t *cell, const char *fallback)
{
    if (!cell) {
        return fallback;
    }
    if (cell->kind != DB_CELL_TEXT || memchr(cell->text, '\0', cell->size) ||
        !sb_utf8_valid(cell->text, cell->size, NULL)) {
        (void)db_row_fault(self, "is no valid text");
        return fallback;
    }
    return cell->text;
}

const char *db_take_text(db_row_t *self)
{
    return s_text(self, s_take(self, false), "");
}

const char *db_take_text_or_null(db_row_t *self)
{
    return s_text(self, s_take(self, true), NULL);
}

bool db_take_hash(db_row_t *self, char out[SB_HASH_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    out[0] = '\0';
    const db_cell_t *cell = s_take(self, true);
    if (!cell) {
        return false;
    }
    /* Postgres says \x and the digits, SQLite gives the bytes. */
    if (cell->kind == DB_CELL_TEXT && cell->size == 2 + SB_HASH_HEX && cell->text[0] == '\\' &&
        cell->text[1] == 'x' && strspn(cell->text + 2, digits) == SB_HASH_HEX) {
        memcpy(out, cell->text + 2, SB_HASH_HEX + 1);
        return true;
    }
    if (cell->kind != DB_CELL_BYTES || cell->size != DB_HASH_SIZE) {
        (void)db_row_fault(self, "is no hash of 32 bytes");
        return false;
    }
    for (size_t i = 0; i < DB_HASH_SIZE; i++) {
        const unsigned byte = (unsigned char)cell->text[i];
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    out[SB_HASH_HEX] = '\0';
    return true;
}

db_t *db_open(const char *driver, const char *target, bool read_only, sb_err_t *err)
{
    assert(driver);
    assert(target);
    for (size_t i = 0; i < sizeof s_drivers / sizeof s_drivers[0]; i++) {
        if (strcmp(s_drivers[i]->name, driver) == 0) {
            db_t *self = s_drivers[i]->open(target, read_only, err);
            if (!self) {
                (void)sb_fail_in(err, "%s", driver);
            }
            return self;
        }
    }
    assert(false && "the configuration knows the drivers");
    return NULL;
}

void db_close(db_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        (*self_p)->driver->close(*self_p);
        *self_p = NULL;
    }
}

bool db_lost(const db_t *self)
{
    assert(self);
    return self->lost;
}

int db_begin(db_t *self, sb_err_t *err)
{
    assert(self);
    return self->driver->begin(self, err);
}

int db_commit(db_t *self, sb_err_t *err)
{
    assert(self);
    return self->driver->commit(self, err);
}

void db_rollback(db_t *self)
{
    assert(self);
    self->driver->rollback(self);
}

int db_run(db_t *self, const db_step_t *steps, size_t len, sb_err_t *err)
{
    assert(self);
    assert(steps);
    assert(err);
    return self->driver->run(self, steps, len, err);
}

int db_script(db_t *self, const char *sql, sb_err_t *err)
{
    assert(self);
    char *text = db_expand(self->driver->dialect, sql);
    const int code = self->driver->script(self, text, err);
    free(text);
    return code;
}
