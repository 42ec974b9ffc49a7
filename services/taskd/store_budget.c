/* store_budget.c: token buckets that all instances of a daemon share, on the store's clock.
 *
 * A bucket is one number, the time at which it will be full again; each token moves it on by the
 * time in which one is given back. So there is nothing to refill, and one statement both looks and
 * takes: of two who ask at the same time each gets what the other has left. */
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define MINUTE_US 60000000LL

typedef struct {
    bool taken;
    int64_t wait_ms;
} take_t;

static void s_on_taken(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    (void)row;
    ((take_t *)ctx)->taken = true;
}

static void s_on_wait(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    ((take_t *)ctx)->wait_ms = db_take_int(row);
}

int store_budget_take(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    /* $2: the time of one token; $3: that of those which may be missing from the bucket. */
    static const char take[] =
        "INSERT INTO budgets (key, full_us, blocked_ms) VALUES ($1, {now} * 1000 + $2, 0)"
        " ON CONFLICT (key) DO UPDATE SET full_us = $2 + CASE"
        " WHEN budgets.full_us > {now} * 1000 THEN budgets.full_us ELSE {now} * 1000 END"
        " WHERE budgets.full_us <= {now} * 1000 + $3 AND budgets.blocked_ms <= {now}"
        " RETURNING key";
    static const char wait[] =
        "SELECT CASE WHEN blocked_ms - {now} > (full_us - $2 + 999) / 1000 - {now}"
        " THEN blocked_ms - {now} ELSE (full_us - $2 + 999) / 1000 - {now} END"
        " FROM budgets WHERE key = $1";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *key = sb_read_str(&r, "key", 1, SB_BUDGET_KEY_MAX);
    const int64_t per_minute = sb_read_int(&r, "per_minute", 1, SB_BUDGET_PER_MINUTE_MAX);
    const int64_t burst = sb_read_int(&r, "burst", 1, SB_BUDGET_BURST_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    const int64_t token_us = (MINUTE_US + per_minute - 1) / per_minute;
    db_sets_t takes = db_sets(3);
    db_param_t *params = db_sets_add(&takes, 0);
    params[0] = db_text(key);
    params[1] = db_int(token_us);
    params[2] = db_int((burst - 1) * token_us);
    db_sets_t waits = db_sets(2);
    params = db_sets_add(&waits, 0);
    params[0] = db_text(key);
    params[1] = db_int((burst - 1) * token_us);
    take_t got = {0};
    const db_step_t steps[] = {
        {.sql = take, .sets = &takes, .on_row = s_on_taken, .ctx = &got},
        {.sql = wait, .sets = &waits, .on_row = s_on_wait,  .ctx = &got},
    };
    const int code = db_run(store->db, steps, 2, err);
    db_sets_free(&takes);
    db_sets_free(&waits);
    if (code == SB_OK) {
        cmd->result = sb_json_object();
        /* It may have come free since: at once, then. */
        sb_json_add_int(cmd->result, "wait_ms", got.taken ? 0 : got.wait_ms > 0 ? got.wait_ms : 1);
    }
    return code;
}

int store_budget_block(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char block[] =
        "INSERT INTO budgets (key, full_us, blocked_ms) VALUES ($1, 0, {now} + $2)"
        " ON CONFLICT (key) DO UPDATE SET blocked_ms = excluded.blocked_ms"
        " WHERE excluded.blocked_ms > budgets.blocked_ms";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *key = sb_read_str(&r, "key", 1, SB_BUDGET_KEY_MAX);
    const int64_t for_ms = sb_read_int(&r, "for_ms", 1, SB_BUDGET_BLOCK_MS_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(key);
    params[1] = db_int(for_ms);
    const db_step_t step = {.sql = block, .sets = &sets};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    return code;
}
