/* store_lease.c: who leads. Time is the database's alone, so that clocks of machines that differ
 * can't make two leaders. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define TTL_MS_MIN 1000
#define TTL_MS_MAX (10 * 60 * 1000)

typedef struct {
    bool found;
    int64_t epoch;
    int64_t left_ms;
    char holder[SB_ACTOR_MAX + 1]; /* "" for none */
} lease_t;

static void s_on_lease(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    lease_t *lease = ctx;
    lease->found = true;
    lease->epoch = db_take_int(row);
    lease->left_ms = db_take_int(row);
    const char *holder = db_take_text_or_null(row);
    if (holder && strlen(holder) > SB_ACTOR_MAX) {
        (void)db_row_fault(row, "is no holder");
    } else if (holder) {
        memcpy(lease->holder, holder, strlen(holder) + 1);
    }
}

static db_step_t s_step(const char *sql, const db_sets_t *sets, lease_t *lease)
{
    *lease = (lease_t){0};
    return (db_step_t){.sql = sql, .sets = sets, .on_row = s_on_lease, .ctx = lease};
}

static const char s_select[] =
    "SELECT epoch, expires_ms - {now}, holder FROM lease WHERE name = $1";

int store_lease_acquire(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char upsert[] =
        "INSERT INTO lease (name, holder, epoch, expires_ms) VALUES ($1, $2, 1, {now} + $3)"
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = lease.epoch + 1,"
        " expires_ms = excluded.expires_ms"
        " WHERE lease.holder IS NULL OR lease.holder = excluded.holder OR lease.expires_ms <= {now}"
        " OR substr(lease.holder || '/', 1, length(CAST($4 AS TEXT))) = CAST($4 AS TEXT)"
        " RETURNING epoch, expires_ms - {now}, holder";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *name = sb_read_str(&r, "name", 1, SB_ACTOR_MAX);
    const char *holder = sb_read_str(&r, "holder", 1, SB_ACTOR_MAX);
    const int64_t ttl_ms = sb_read_int(&r, "ttl_ms", TTL_MS_MIN, TTL_MS_MAX);
    const bool restart = sb_read_bool_or(&r, "restart", false);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    char *instance = restart ? sb_format("%.*s/", (int)strcspn(holder, "/"), holder) : NULL;
    db_sets_t sets = db_sets(4);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(name);
    params[1] = db_text(holder);
    params[2] = db_int(ttl_ms);
    params[3] = db_text(instance); /* null: no holder has it */
    db_sets_t names = db_sets(1);
    *db_sets_add(&names, 0) = db_text(name);
    lease_t got;
    lease_t now;
    const db_step_t steps[] = {s_step(upsert, &sets, &got), s_step(s_select, &names, &now)};
    const int code = db_run(store->db, steps, 2, err);
    db_sets_free(&sets);
    db_sets_free(&names);
    free(instance);
    if (code == SB_OK && !got.found) {
        store_fail(cmd, SB_ENOTLEADER, "%s holds it for %lld ms more", now.holder,
                   (long long)now.left_ms);
    } else if (code == SB_OK) {
        cmd->result = sb_json_object();
        sb_json_add_id(cmd->result, "epoch", got.epoch);
        sb_json_add_int(cmd->result, "expires_in_ms", got.left_ms);
    }
    return code;
}

/* Renew and release: only by the holder, in its own epoch. */
static int s_hold(store_t *store, store_cmd_t *cmd, const char *sql, bool renew, sb_err_t *err)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *name = sb_read_str(&r, "name", 1, SB_ACTOR_MAX);
    const char *holder = sb_read_str(&r, "holder", 1, SB_ACTOR_MAX);
    const int64_t epoch = sb_read_id(&r, "epoch");
    const int64_t ttl_ms = renew ? sb_read_int(&r, "ttl_ms", TTL_MS_MIN, TTL_MS_MAX) : 0;
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(renew ? 4 : 3);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(name);
    params[1] = db_text(holder);
    params[2] = db_int(epoch);
    if (renew) {
        params[3] = db_int(ttl_ms);
    }
    lease_t got;
    const db_step_t step = s_step(sql, &sets, &got);
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code == SB_OK && !got.found) {
        store_fail_epoch(cmd, epoch);
    } else if (code == SB_OK && renew) {
        cmd->result = sb_json_object();
        sb_json_add_id(cmd->result, "epoch", got.epoch);
        sb_json_add_int(cmd->result, "expires_in_ms", got.left_ms);
    }
    return code;
}

int store_lease_renew(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char update[] = "UPDATE lease SET expires_ms = {now} + $4"
                                 " WHERE name = $1 AND holder = $2 AND epoch = $3"
                                 " RETURNING epoch, expires_ms - {now}, holder";
    return s_hold(store, cmd, update, true, err);
}

/* The epoch moves on, so that nothing of it can be written any more. */
int store_lease_release(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char update[] =
        "UPDATE lease SET holder = NULL, expires_ms = 0, epoch = epoch + 1"
        " WHERE name = $1 AND holder = $2 AND epoch = $3 RETURNING epoch, 0, holder";
    return s_hold(store, cmd, update, false, err);
}

int store_lease_get(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *name = sb_read_str(&r, "name", 1, SB_ACTOR_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_text(name);
    lease_t now;
    const db_step_t step = s_step(s_select, &sets, &now);
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code == SB_OK) {
        cmd->result = sb_json_object();
        sb_json_add_str(cmd->result, "holder", now.holder[0] ? now.holder : NULL);
        sb_json_add_id(cmd->result, "epoch", now.epoch);
        sb_json_add_int(cmd->result, "expires_in_ms", now.left_ms > 0 ? now.left_ms : 0);
    }
    return code;
}
