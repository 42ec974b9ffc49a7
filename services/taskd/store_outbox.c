/* store_outbox.c: what is to be sent, and how it ended. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/bus.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define RESULT_MAX SB_TEXT_MAX /* bytes of a result as text: it becomes an event's text */

/* ---- outbox.load */

static void s_on_row(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *json = sb_json_object();
    store_add_id(json, "seq", row);
    store_add_text(json, "id", row);
    store_add_text(json, "kind", row);
    store_add_text(json, "lane", row);
    store_add_text(json, "person", row);
    store_add_hash(json, "alert", row);
    store_add_json(json, "body", row);
    store_add_text(json, "state", row);
    store_add_int(json, "attempts", row);
    store_add_int(json, "next_ms", row);
    store_add_json(json, "result", row);
    store_add_json(json, "accepted", row);
    store_page_add(ctx, json);
}

int store_outbox_load(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] =
        "SELECT seq, id, kind, lane, person, alert, body, state, attempts, next_ms, result,"
        " accepted FROM outbox WHERE state = 'pending' AND seq > $1 ORDER BY seq LIMIT $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const int64_t epoch = sb_read_id(&r, "epoch");
    const int64_t after = sb_read_id_or(&r, "after", 0);
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_OUTBOX_LOAD_MAX, SB_OUTBOX_LOAD_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    store_page_t page = store_page(limit);
    bool current = false;
    db_sets_t epochs = db_sets(1);
    db_sets_t sets = db_sets(2);
    *db_sets_add(&epochs, 0) = db_int(epoch);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_int(after);
    params[1] = db_int(limit + 1);
    const db_step_t steps[] = {
        store_epoch_step(&epochs, false, &current),
        {.sql = select, .sets = &sets, .on_row = s_on_row, .ctx = &page},
    };
    const int code = db_run(store->db, steps, 2, err);
    db_sets_free(&epochs);
    db_sets_free(&sets);
    if (code || !current) {
        cJSON_Delete(page.items);
        if (code == SB_OK) {
            store_fail_epoch(cmd, epoch);
        }
        return code;
    }
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, "rows", page.items);
    sb_json_add_bool(cmd->result, "more", page.more);
    return SB_OK;
}

/* ---- outbox.done */

typedef struct {
    const char *id;
    int ok;       /* 1, 0; -1: a worker has taken it and asked the person */
    char *result; /* as text */
    char *told;   /* what the conversation hears of it, if that is not the result */
    const char *status;
    bool tell; /* the conversation waits for it */
    store_person_t person;
} done_t;

/* {"status": "waiting", "show": ...} */
static char *s_waiting(sb_reader_t *r, const cJSON *result)
{
    cJSON *json = sb_json_object();
    const cJSON *show = cJSON_GetObjectItemCaseSensitive(result, "show");
    sb_json_add_str(json, "status", "waiting");
    sb_json_add(json, "show", show ? sb_json_copy(show) : cJSON_CreateNull());
    char *text = sb_json_print(json);
    cJSON_Delete(json);
    if (strlen(text) > RESULT_MAX) {
        (void)sb_reader_fault(r, "result", "expected a show that leaves room for the status");
    }
    return text;
}

static void s_read_done(sb_reader_t *r, done_t *done)
{
    done->id = sb_read_str(r, "id", 1, SB_ID_SIZE_MAX - 1);
    const bool accepted = cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(r->object, "ok"));
    done->ok = accepted ? -1 : sb_read_bool(r, "ok");
    const cJSON *result = sb_read_object_or_null(r, "result");
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(result, "status");
    done->status = cJSON_IsString(status) ? status->valuestring : NULL;
    done->result = result ? store_read_json(r, "result", RESULT_MAX) : sb_strdup("{}");
    done->told = accepted ? s_waiting(r, result) : NULL;
}

/* A worker's answer to a factor's job, or a message that can't be delivered to the person. */
static void s_on_done(void *ctx, size_t tag, db_row_t *row)
{
    done_t *done = &((done_t *)ctx)[tag];
    const char *kind = db_take_text(row);
    const char *lane = db_take_text(row);
    const char *person = db_take_text(row);
    if (strlen(person) > SB_PERSON_ID_MAX) {
        (void)db_row_fault(row, "is no person");
        return;
    }
    memcpy(done->person.id, person, strlen(person) + 1);
    const bool factor = strcmp(kind, "factor.can") == 0 || strcmp(kind, "factor.start") == 0;
    const bool undelivered = done->ok == 0 && strcmp(kind, "chat.send") == 0 && lane[0] == '@';
    done->tell = factor || undelivered;
}

/* What conversations hear: first of what is only under way. */
static void s_fill_told(const done_t *items, size_t len, db_sets_t *inserts)
{
    for (int over = 0; over < 2; over++) {
        for (size_t i = 0; i < len; i++) {
            const done_t *done = &items[i];
            if (done->tell && (done->ok >= 0) == over) {
                db_param_t *params = db_sets_add(inserts, i);
                params[0] = db_text(done->id);
                params[1] = db_text(done->person.id);
                params[2] = db_text(done->told ? done->told : done->result);
                params[3] = db_text(over ? "result:" : "waiting:");
            }
        }
    }
}

static int s_done_run(store_t *store, done_t *items, size_t len, bool *told_r, sb_err_t *err)
{
    static const char update[] =
        "UPDATE outbox SET state = $2, result = $3, status = $4, ended_ms = {now} WHERE id = $1"
        " AND state = 'pending' RETURNING kind, lane, person";
    static const char accept[] =
        "UPDATE outbox SET accepted = $2 WHERE id = $1 AND state = 'pending'"
        " AND kind = 'factor.start' AND accepted IS NULL RETURNING kind, lane, person";
    static const char insert[] =
        "INSERT INTO inbox (event, person, kind, text, value, at_ms, received_ms, applied)"
        " VALUES ($4 || $1, $2, 'result', $3, $1, {now}, {now}, 0)"
        " ON CONFLICT (event) DO NOTHING";
    db_sets_t accepts = db_sets(2);
    db_sets_t updates = db_sets(4);
    db_sets_t inserts = db_sets(4);
    for (size_t i = 0; i < len; i++) {
        const bool accepted = items[i].ok < 0;
        db_param_t *params = db_sets_add(accepted ? &accepts : &updates, i);
        params[0] = db_text(items[i].id);
        params[1] = db_text(accepted ? items[i].result : items[i].ok ? "done" : "failed");
        if (!accepted) {
            params[2] = db_text(items[i].result);
            params[3] = db_text(items[i].status);
        }
    }
    /* Accepted first: whoever ended it in the same request had taken it before. */
    const db_step_t steps[] = {
        {.sql = accept, .sets = &accepts, .on_row = s_on_done, .ctx = items},
        {.sql = update, .sets = &updates, .on_row = s_on_done, .ctx = items},
    };
    int code = db_run(store->db, steps, 2, err);
    s_fill_told(items, len, &inserts);
    *told_r = inserts.len > 0;
    if (code == SB_OK && inserts.len > 0) {
        const db_step_t put = {.sql = insert, .sets = &inserts};
        code = db_run(store->db, &put, 1, err);
    }
    db_sets_free(&accepts);
    db_sets_free(&updates);
    db_sets_free(&inserts);
    return code;
}

int store_outbox_done(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const int64_t epoch = sb_read_id(&r, "epoch");
    const cJSON *array = sb_read_array(&r, "items", SB_OUTBOX_DONE_MAX);
    const size_t max = array ? (size_t)cJSON_GetArraySize(array) : 0;
    done_t *items = sb_alloc_array(max, sizeof *items);
    size_t len = 0;
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t item = sb_reader_item(&r, "items", json, len);
        s_read_done(&item, &items[len++]);
        (void)sb_reader_join(&r, &item);
    }
    int code = SB_OK;
    if (sb_reader_code(&r) == SB_OK) {
        bool current = false;
        code = store_epoch(store, epoch, true, &current, err);
        if (code == SB_OK && !current) {
            store_fail_epoch(cmd, epoch);
        } else if (code == SB_OK) {
            code = s_done_run(store, items, len, &cmd->work, err);
        }
    }
    for (size_t i = 0; i < len; i++) {
        free(items[i].result);
        free(items[i].told);
    }
    free(items);
    return code;
}

/* ---- outbox.retry */

int store_outbox_retry(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char update[] = "UPDATE outbox SET attempts = $2, next_ms = $3 WHERE id = $1"
                                 " AND state = 'pending'";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const int64_t epoch = sb_read_id(&r, "epoch");
    const cJSON *array = sb_read_array(&r, "items", SB_OUTBOX_DONE_MAX);
    db_sets_t epochs = db_sets(1);
    db_sets_t sets = db_sets(3);
    *db_sets_add(&epochs, 0) = db_int(epoch);
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t item = sb_reader_item(&r, "items", json, sets.len);
        db_param_t *params = db_sets_add(&sets, sets.len);
        params[0] = db_text(sb_read_str(&item, "id", 1, SB_ID_SIZE_MAX - 1));
        params[1] = db_int(sb_read_int(&item, "attempts", 0, INT32_MAX));
        params[2] = db_int(store_read_ms(&item, "next_ms"));
        (void)sb_reader_join(&r, &item);
    }
    int code = SB_OK;
    if (sb_reader_code(&r) == SB_OK) {
        bool current = false;
        const db_step_t step = store_epoch_step(&epochs, true, &current);
        code = db_run(store->db, &step, 1, err);
        const db_step_t write = {.sql = update, .sets = &sets};
        if (code == SB_OK && !current) {
            store_fail_epoch(cmd, epoch);
        } else if (code == SB_OK && sets.len > 0) {
            code = db_run(store->db, &write, 1, err);
        }
    }
    db_sets_free(&epochs);
    db_sets_free(&sets);
    return code;
}

/* ---- outbox.message */

static void s_on_sent(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *holder = sb_json_object();
    store_add_json(holder, "result", row);
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(holder, "result");
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(result, "message");
    if (cJSON_IsString(message)) {
        *(char **)ctx = sb_strdup(message->valuestring);
    }
    cJSON_Delete(holder);
}

int store_outbox_message(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] = "SELECT result FROM outbox WHERE id = $1 AND kind = 'chat.send'"
                                 " AND state = 'done'";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *id = sb_read_str(&r, "id", 1, SB_ID_SIZE_MAX - 1);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_text(id);
    char *message = NULL;
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_sent, .ctx = &message};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code == SB_OK) {
        cmd->result = sb_json_object();
        sb_json_add_str(cmd->result, "message", message);
    }
    free(message);
    return code;
}
