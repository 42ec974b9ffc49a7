/* db_pg.c. Postgres through libpq in pipeline mode: all statements and parameter sets of one
 * db_run() leave together and cost one round trip; BEGIN leaves with the first of them. The socket
 * is non-blocking, because a server that answers while we still send would otherwise wait for us
 * as we wait for it; every wait has an end. */
#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "services/taskd/db.h"

#define LIST_SIZE_MAX (256 * 1024) /* bytes of a list as an array literal */
#define LISTS_MAX 2                /* of one statement */
#define SCRIPT_MS (60 * 60 * 1000) /* a migration may take this long */
#define ERROR_TEXT_MAX 160
#define STR(x) #x
#define TEXT_OF(x) STR(x)

/* Of pg_type; they never change. */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25, OID_TEXT_ARRAY = 1009 };

typedef struct {
    const char *sql; /* as given: its address is the key */
    char name[16];
    bool ready; /* the server knows it */
    bool sent;  /* told to the server in this run */
} kept_t;

typedef struct {
    db_t base;
    PGconn *conn;
    bool in_transaction; /* for the caller */
    bool begun;          /* for the server */
    bool begin_sent;     /* in this run */
    int64_t silence_ms;  /* longest wait for a result */
    size_t kept_len;
    kept_t kept[DB_STATEMENTS_MAX];
} pg_t;

/* ---- Errors. */

static const struct {
    const char *state; /* SQLSTATE or the start of one */
    int code;
    bool lost;
} s_states[] = {
    {"23",    SB_ECONFLICT, false}, /* integrity constraints */
    {"40",    SB_ERETRY,    false}, /* serialisation failure, deadlock */
    {"55",    SB_ERETRY,    false}, /* lock not available */
    {"57014", SB_ETIMEOUT,  false}, /* statement_timeout */
    {"53",    SB_ERETRY,    false}, /* disk full, out of memory, too many connections */
    {"58",    SB_ERETRY,    true }, /* the server's system failed */
    {"08",    SB_ERETRY,    true }, /* connection */
    {"57",    SB_ERETRY,    true }, /* shutting down, starting up */
    {"25",    SB_ERETRY,    true }, /* read-only: it is a standby now */
    {"26",    SB_ERETRY,    true }, /* our prepared statement is gone */
};

static int s_lost(pg_t *self, sb_err_t *err)
{
    self->base.lost = true;
    const char *text = self->conn ? PQerrorMessage(self->conn) : "";
    const int len = (int)strcspn(text, "\n");
    return sb_fail(err, SB_ERETRY, "postgres: %.*s", len < ERROR_TEXT_MAX ? len : ERROR_TEXT_MAX,
                   len ? text : "the connection is lost");
}

static int s_result_fail(pg_t *self, const PGresult *result, sb_err_t *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (!state || PQstatus(self->conn) == CONNECTION_BAD) {
        return s_lost(self, err);
    }
    /* The primary text alone: DETAIL may quote what people wrote. */
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    for (size_t i = 0; i < sizeof s_states / sizeof s_states[0]; i++) {
        if (strncmp(state, s_states[i].state, strlen(s_states[i].state)) == 0) {
            self->base.lost = self->base.lost || s_states[i].lost;
            return sb_fail(err, s_states[i].code, "postgres %s: %.*s", state, ERROR_TEXT_MAX,
                           text ? text : "");
        }
    }
    return sb_fail(err, SB_EINTERNAL, "postgres %s: %.*s", state, ERROR_TEXT_MAX, text ? text : "");
}

/* ---- Waiting. */

/* Waits until the socket can do one of events, or until the deadline. */
static bool s_wait(const pg_t *self, short events, int64_t deadline_ms)
{
    const int64_t left = deadline_ms - sb_clock_mono_ms();
    struct pollfd poller = {.fd = PQsocket(self->conn), .events = events};
    return poller.fd >= 0 && left > 0 && (poll(&poller, 1, (int)left) >= 0 || errno == EINTR);
}

/* Until the next result can be read without waiting; sends what is queued meanwhile. */
static bool s_settle(pg_t *self)
{
    const int64_t deadline_ms = sb_clock_mono_ms() + self->silence_ms;
    for (;;) {
        const int unsent = PQflush(self->conn);
        if (unsent < 0) {
            return false;
        }
        if (!PQisBusy(self->conn)) {
            return true;
        }
        const short events = (short)(unsent ? POLLIN | POLLOUT : POLLIN);
        if (!s_wait(self, events, deadline_ms) || !PQconsumeInput(self->conn)) {
            return false;
        }
    }
}

/* The next command's result; NULL if the connection is lost. */
static PGresult *s_next(pg_t *self)
{
    PGresult *result = s_settle(self) ? PQgetResult(self->conn) : NULL;
    if (!result) {
        return NULL;
    }
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        return result;
    }
    if (!s_settle(self)) {
        PQclear(result);
        return NULL;
    }
    PQclear(PQgetResult(self->conn)); /* a NULL ends each command */
    return result;
}

/* ---- Sending. */

static kept_t *s_find(pg_t *self, const char *sql)
{
    for (size_t i = 0; i < self->kept_len; i++) {
        if (self->kept[i].sql == sql) {
            return &self->kept[i];
        }
    }
    assert(self->kept_len < DB_STATEMENTS_MAX); /* there are fewer literals than that */
    kept_t *kept = &self->kept[self->kept_len];
    *kept = (kept_t){.sql = sql};
    (void)snprintf(kept->name, sizeof kept->name, "s%zu", self->kept_len);
    self->kept_len++;
    return kept;
}

static Oid s_type(const db_param_t *param)
{
    static const Oid types[] = {
        [DB_INT] = OID_INT8,
        [DB_TEXT] = OID_TEXT,
        [DB_HASH] = OID_BYTEA,
        [DB_LIST] = OID_TEXT_ARRAY,
    };
    return types[param->kind];
}

/* {"a","b"}, as the array's input function wants it. */
static void s_array(sb_buf_t *out, const db_param_t *param)
{
    sb_buf_putc(out, '{');
    for (size_t i = 0; i < param->list_len; i++) {
        sb_buf_puts(out, i ? ",\"" : "\"");
        for (const char *c = param->list[i]; *c; c++) {
            if (*c == '"' || *c == '\\') {
                sb_buf_putc(out, '\\');
            }
            sb_buf_putc(out, *c);
        }
        sb_buf_putc(out, '"');
    }
    sb_buf_putc(out, '}');
}

typedef struct {
    Oid types[DB_PARAMS_MAX];
    const char *values[DB_PARAMS_MAX];
    char scratch[DB_PARAMS_MAX][SB_HASH_HEX + 3]; /* a number, or \x and a hash */
    sb_buf_t lists[LISTS_MAX];
} values_t;

static void s_values(const db_sets_t *sets, size_t set, values_t *out)
{
    size_t lists_len = 0;
    for (size_t i = 0; sets && i < sets->width; i++) {
        const db_param_t *param = &sets->params[set * sets->width + i];
        char *scratch = out->scratch[i];
        out->types[i] = s_type(param);
        out->values[i] = param->null ? NULL : scratch;
        if (param->null) {
            continue;
        }
        switch (param->kind) {
        case DB_INT:
            (void)snprintf(scratch, sizeof out->scratch[i], "%lld", (long long)param->num);
            break;
        case DB_TEXT:
            out->values[i] = param->text;
            break;
        case DB_HASH:
            (void)snprintf(scratch, sizeof out->scratch[i], "\\x%s", param->text);
            break;
        case DB_LIST:
            assert(lists_len < LISTS_MAX);
            sb_buf_clear(&out->lists[lists_len]);
            s_array(&out->lists[lists_len], param);
            assert(!out->lists[lists_len].overflow);
            out->values[i] = sb_buf_text(&out->lists[lists_len++]);
            break;
        }
    }
}

static bool s_send_set(pg_t *self, const db_step_t *step, kept_t *kept, const char *text,
                       const values_t *values)
{
    const int width = step->sets ? (int)step->sets->width : 0;
    if (step->once) {
        return PQsendQueryParams(self->conn, text, width, values->types, values->values, NULL, NULL,
                                 0);
    }
    if (!kept->ready && !kept->sent) {
        kept->sent = true;
        char *sql = db_expand(DB_POSTGRES, step->sql);
        const bool sent = PQsendPrepare(self->conn, kept->name, sql, width, values->types);
        free(sql);
        if (!sent) {
            return false;
        }
    }
    return PQsendQueryPrepared(self->conn, kept->name, width, values->values, NULL, NULL, 0);
}

static bool s_send_step(pg_t *self, const db_step_t *step, values_t *values)
{
    kept_t *kept = step->once ? NULL : s_find(self, step->sql);
    char *text = step->once ? db_expand(DB_POSTGRES, step->sql) : NULL;
    const size_t len = step->sets ? step->sets->len : 1;
    bool sent = true;
    for (size_t set = 0; set < len && sent; set++) {
        s_values(step->sets, set, values);
        sent = s_send_set(self, step, kept, text, values);
    }
    free(text);
    return sent;
}

static bool s_send(pg_t *self, const db_step_t *steps, size_t len)
{
    for (size_t i = 0; i < self->kept_len; i++) {
        self->kept[i].sent = false;
    }
    self->begin_sent = self->in_transaction && !self->begun;
    if (self->begin_sent && !PQsendQueryParams(self->conn, "BEGIN", 0, NULL, NULL, NULL, NULL, 0)) {
        return false;
    }
    values_t *values = sb_alloc(sizeof *values);
    for (size_t i = 0; i < LISTS_MAX; i++) {
        values->lists[i] = sb_buf(LIST_SIZE_MAX);
    }
    bool sent = true;
    for (size_t i = 0; i < len && sent; i++) {
        sent = s_send_step(self, &steps[i], values);
    }
    for (size_t i = 0; i < LISTS_MAX; i++) {
        sb_buf_free(&values->lists[i]);
    }
    free(values);
    return sent && PQpipelineSync(self->conn);
}

/* ---- Receiving: results come in the order in which commands were sent. */

static int s_rows(const PGresult *result, const db_step_t *step, size_t tag, sb_err_t *err)
{
    db_cell_t cells[DB_COLUMNS_MAX];
    const int columns = PQnfields(result);
    const int rows = PQntuples(result);
    assert(columns <= DB_COLUMNS_MAX);
    for (int at = 0; step->on_row && at < rows; at++) {
        for (int i = 0; i < columns; i++) {
            cells[i] = (db_cell_t){.kind = DB_CELL_NULL};
            if (!PQgetisnull(result, at, i)) {
                cells[i] = (db_cell_t){.kind = DB_CELL_TEXT,
                                       .text = PQgetvalue(result, at, i),
                                       .size = (size_t)PQgetlength(result, at, i)};
            }
        }
        db_row_t row = {.cells = cells, .len = (size_t)columns, .err = err};
        step->on_row(step->ctx, tag, &row);
        if (row.code) {
            return row.code;
        }
    }
    return SB_OK;
}

/* Takes the result of one command. code is what was wrong so far: then rows are passed by. */
static int s_take(pg_t *self, const db_step_t *step, size_t set, int code, bool *ok_r,
                  sb_err_t *err)
{
    PGresult *result = s_next(self);
    *ok_r = false;
    if (!result) {
        self->base.lost = true;
        return code ? code : s_lost(self, err);
    }
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        *ok_r = true;
        if (code == SB_OK && step) {
            code = s_rows(result, step, step->sets ? step->sets->tags[set] : 0, err);
        }
        if (step && step->affected) {
            step->affected[set] = strtoll(PQcmdTuples(result), NULL, 10);
        }
    } else if (code == SB_OK) {
        code = s_result_fail(self, result, err);
    }
    PQclear(result);
    return code;
}

static int s_receive(pg_t *self, const db_step_t *steps, size_t len, sb_err_t *err)
{
    int code = SB_OK;
    bool ok = false;
    if (self->begin_sent) {
        code = s_take(self, NULL, 0, code, &ok, err);
        self->begun = ok;
    }
    for (size_t i = 0; i < len && !self->base.lost; i++) {
        kept_t *kept = steps[i].once ? NULL : s_find(self, steps[i].sql);
        const size_t sets_len = steps[i].sets ? steps[i].sets->len : 1;
        if (kept && kept->sent && sets_len) {
            code = s_take(self, NULL, 0, code, &kept->ready, err);
            kept->sent = false; /* the next step of the same text finds it prepared */
        }
        for (size_t set = 0; set < sets_len && !self->base.lost; set++) {
            code = s_take(self, &steps[i], set, code, &ok, err);
        }
    }
    if (!self->base.lost) {
        PGresult *sync = s_next(self);
        if (!sync || PQresultStatus(sync) != PGRES_PIPELINE_SYNC) {
            code = s_lost(self, err);
        }
        PQclear(sync);
    }
    return code;
}

static int s_run(db_t *base, const db_step_t *steps, size_t len, sb_err_t *err)
{
    pg_t *self = (pg_t *)base;
    if (self->base.lost || !s_send(self, steps, len)) {
        return s_lost(self, err);
    }
    return s_receive(self, steps, len, err);
}

/* ---- Transactions. */

static int s_begin(db_t *base, sb_err_t *err)
{
    pg_t *self = (pg_t *)base;
    assert(!self->in_transaction);
    if (self->base.lost) {
        return s_lost(self, err);
    }
    self->in_transaction = true;
    self->begun = false;
    return SB_OK;
}

static int s_commit(db_t *base, sb_err_t *err)
{
    pg_t *self = (pg_t *)base;
    assert(self->in_transaction);
    if (!self->begun) {
        self->in_transaction = false;
        return SB_OK;
    }
    if (self->base.lost || !PQsendQueryParams(self->conn, "COMMIT", 0, NULL, NULL, NULL, NULL, 0) ||
        !PQpipelineSync(self->conn)) {
        return s_lost(self, err);
    }
    int code = SB_OK;
    PGresult *result = s_next(self);
    PGresult *sync = result ? s_next(self) : NULL;
    if (!result || !sync) {
        code = s_lost(self, err);
    } else if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        code = s_result_fail(self, result, err);
    } else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        code =
            sb_fail(err, SB_EINTERNAL, "postgres: COMMIT was answered by %s", PQcmdStatus(result));
    }
    PQclear(result);
    PQclear(sync);
    if (code == SB_OK) {
        self->in_transaction = self->begun = false;
    }
    return code;
}

static void s_rollback(db_t *base)
{
    pg_t *self = (pg_t *)base;
    if (self->in_transaction && self->begun && !self->base.lost) {
        self->in_transaction = false; /* so that no BEGIN leaves with it */
        sb_err_t err;
        const db_step_t step = {.sql = "ROLLBACK", .once = true};
        if (s_run(base, &step, 1, &err)) {
            self->base.lost = true;
        }
    }
    self->in_transaction = self->begun = false;
}

/* ---- The connection. */

/* All results of a simple query; the first fault counts. */
static int s_drain(pg_t *self, sb_err_t *err)
{
    int code = SB_OK;
    for (;;) {
        if (!s_settle(self)) {
            return s_lost(self, err);
        }
        PGresult *result = PQgetResult(self->conn);
        if (!result) {
            return code;
        }
        const ExecStatusType status = PQresultStatus(result);
        if (code == SB_OK && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            code = s_result_fail(self, result, err);
        }
        PQclear(result);
    }
}

/* Several statements at once need the simple protocol, which pipeline mode excludes. */
static int s_script(db_t *base, const char *sql, sb_err_t *err)
{
    pg_t *self = (pg_t *)base;
    if (self->in_transaction && !self->begun) {
        const db_step_t none = {.sql = "SELECT 1", .once = true}; /* BEGIN leaves with it */
        const int code = s_run(base, &none, 1, err);
        if (code) {
            return code;
        }
    }
    if (self->base.lost || !PQexitPipelineMode(self->conn) || !PQsendQuery(self->conn, sql)) {
        return s_lost(self, err);
    }
    self->silence_ms = SCRIPT_MS;
    const int code = s_drain(self, err);
    self->silence_ms = DB_SILENCE_MS;
    if (self->base.lost || !PQenterPipelineMode(self->conn)) {
        return code ? code : s_lost(self, err);
    }
    return code;
}

static void s_close(db_t *base)
{
    pg_t *self = (pg_t *)base;
    PQfinish(self->conn);
    free(self);
}

/* PQconnectdb would wait for as long as the system does. */
static bool s_connect(pg_t *self, const char *target)
{
    const char *const keys[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
    const char *const values[] = {target, "securitybot-taskd", "UTF8", NULL};
    self->conn = PQconnectStartParams(keys, values, 1);
    const int64_t deadline_ms = sb_clock_mono_ms() + DB_CONNECT_MS;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (self->conn && PQstatus(self->conn) != CONNECTION_BAD) {
        const short events = (short)(status == PGRES_POLLING_READING ? POLLIN : POLLOUT);
        if (!s_wait(self, events, deadline_ms)) {
            return false;
        }
        status = PQconnectPoll(self->conn);
        if (status == PGRES_POLLING_OK || status == PGRES_POLLING_FAILED) {
            return status == PGRES_POLLING_OK;
        }
    }
    return false;
}

/* Our statements have an index for everything; plans must not depend on how fresh the statistics
 * are. A server that doesn't wait for its disk would break the promise that accepted is durable. */
static const char s_setup[] = "SET statement_timeout = " TEXT_OF(
    DB_STATEMENT_MS) ";"
                     "SET idle_in_transaction_session_timeout = 60000;"
                     "SET enable_seqscan = off; SET jit = off;"
                     "SELECT set_config('synchronous_commit', 'on', false)"
                     " WHERE current_setting('synchronous_commit') = 'off';";

static void s_quiet(void *arg, const char *text)
{
    (void)arg;
    (void)text;
}

static db_t *s_open(const char *target, bool read_only, sb_err_t *err)
{
    pg_t *self = sb_alloc(sizeof *self);
    self->base.driver = &db_postgres;
    self->silence_ms = DB_SILENCE_MS;
    if (!s_connect(self, target)) {
        (void)s_lost(self, err);
        s_close(&self->base);
        return NULL;
    }
    (void)PQsetNoticeProcessor(self->conn, s_quiet, NULL);
    const char *writes = read_only ? "SET default_transaction_read_only = on"
                                   : "SET default_transaction_read_only = off";
    if (PQsetnonblocking(self->conn, 1) || !PQenterPipelineMode(self->conn) ||
        s_script(&self->base, s_setup, err) || s_script(&self->base, writes, err)) {
        (void)s_lost(self, err);
        s_close(&self->base);
        return NULL;
    }
    return &self->base;
}

const db_driver_t db_postgres = {
    .name = "postgres",
    .dialect = DB_POSTGRES,
    .open = s_open,
    .close = s_close,
    .begin = s_begin,
    .commit = s_commit,
    .rollback = s_rollback,
    .run = s_run,
    .script = s_script,
};
