/* schema.c. The table schema_version is the memory of what was applied. */
#include "services/taskd/schema.h"

#include <assert.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/log.h"

#define CHECKSUM_SIZE (2 * SB_SHA256_SIZE + 1)

extern const unsigned char migration_0001_first[]; /* sb_embed; a NUL follows */
extern const unsigned char migration_0002_team[];
extern const unsigned char migration_0003_factors[];

const schema_step_t schema_steps[] = {
    {1, "first",   (const char *)migration_0001_first  },
    {2, "team",    (const char *)migration_0002_team   },
    {3, "factors", (const char *)migration_0003_factors},
};
const size_t schema_steps_len = sizeof schema_steps / sizeof schema_steps[0];

/* Postgres lets one program at a time pass here; SQLite has locked the file with BEGIN. A long
 * migration of another program is waited for. */
static const char *const s_lock[DB_DRIVERS_LEN] = {
    [DB_SQLITE] = "SELECT 1",
    [DB_POSTGRES] = "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(6204103)",
};

static const char s_table[] = "CREATE TABLE IF NOT EXISTS schema_version ("
                              "version {int} PRIMARY KEY, name {text} NOT NULL,"
                              " checksum {text} NOT NULL, applied_ms {int} NOT NULL) {table}";

static const char s_select[] = "SELECT version, checksum FROM schema_version ORDER BY version";

static const char s_insert[] = "INSERT INTO schema_version (version, name, checksum, applied_ms)"
                               " VALUES ($1, $2, $3, {now})";

typedef struct {
    const schema_step_t *steps;
    size_t len;
    int64_t version; /* the last that was applied */
    int code;
    sb_err_t *err;
} found_t;

static void s_checksum(const schema_step_t *step, char out[CHECKSUM_SIZE])
{
    uint8_t sum[SB_SHA256_SIZE];
    sb_sha256(step->sql, strlen(step->sql), sum);
    sb_hex(sum, sizeof sum, out);
}

static void s_on_row(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    found_t *self = ctx;
    const int64_t version = db_take_int(row);
    const char *checksum = db_take_text(row);
    if (row->code || self->code) {
        return;
    }
    if (version != self->version + 1 || (uint64_t)version > self->len) {
        self->code =
            sb_fail(self->err, SB_EINVALID,
                    "the store has the form %lld, this program knows %zu: it is of a newer "
                    "version; run that, or restore a backup",
                    (long long)version, self->len);
        return;
    }
    char want[CHECKSUM_SIZE];
    s_checksum(&self->steps[version - 1], want);
    if (strcmp(checksum, want) != 0) {
        self->code = sb_fail(self->err, SB_EINVALID,
                             "migration %lld of the store is not the one of this program",
                             (long long)version);
        return;
    }
    self->version = version;
}

static int s_find(db_t *db, const schema_step_t *steps, size_t len, int64_t *version_r,
                  sb_err_t *err)
{
    found_t found = {.steps = steps, .len = len, .err = err};
    const db_step_t step = {.sql = s_select, .on_row = s_on_row, .ctx = &found};
    const int code = db_run(db, &step, 1, err);
    *version_r = found.version;
    return code ? code : found.code;
}

static int s_apply_one(db_t *db, const schema_step_t *step, sb_err_t *err)
{
    int code = db_script(db, step->sql, err);
    if (code == SB_OK) {
        char checksum[CHECKSUM_SIZE];
        s_checksum(step, checksum);
        db_sets_t sets = db_sets(3);
        db_param_t *params = db_sets_add(&sets, 0);
        params[0] = db_int(step->version);
        params[1] = db_text(step->name);
        params[2] = db_text(checksum);
        const db_step_t insert = {.sql = s_insert, .sets = &sets};
        code = db_run(db, &insert, 1, err);
        db_sets_free(&sets);
    }
    if (code) {
        return sb_fail_in(err, "migration %lld", (long long)step->version);
    }
    sb_info("migration applied", "version", sb_num(step->version), "name", step->name, NULL);
    return SB_OK;
}

static int s_apply(db_t *db, const schema_step_t *steps, size_t len, size_t *applied_r,
                   sb_err_t *err)
{
    int64_t version = 0;
    int code = db_script(db, s_lock[db->driver->dialect], err);
    code = code ? code : db_script(db, s_table, err);
    code = code ? code : s_find(db, steps, len, &version, err);
    for (size_t i = (size_t)version; i < len && code == SB_OK; i++) {
        assert(steps[i].version == (int64_t)i + 1);
        code = s_apply_one(db, &steps[i], err);
        ++*applied_r;
    }
    return code ? code : db_commit(db, err);
}

int schema_apply(db_t *db, const schema_step_t *steps, size_t len, size_t *applied_r, sb_err_t *err)
{
    assert(db);
    assert(steps);
    assert(applied_r);
    *applied_r = 0;
    int code = db_begin(db, err);
    if (code == SB_OK) {
        code = s_apply(db, steps, len, applied_r, err);
        if (code) {
            db_rollback(db);
        }
    }
    return code;
}

int schema_check(db_t *db, const schema_step_t *steps, size_t len, sb_err_t *err)
{
    assert(db);
    assert(steps);
    int64_t version = 0;
    const int code = s_find(db, steps, len, &version, err);
    if (code == SB_OK && (uint64_t)version < len) {
        return sb_fail(err, SB_ERETRY, "the store is not migrated yet");
    }
    return code;
}
