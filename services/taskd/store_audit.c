/* store_audit.c: the audit trail. Entries are only added; their numbers follow the order of the
 * commits, so that a reader who goes on behind N misses nothing. */
#include <stdlib.h>
#include <string.h>

#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define LIMIT_DEFAULT 100

store_audit_t store_audit(void)
{
    return (store_audit_t){.reserve = db_sets(1), .insert = db_sets(6)};
}

void store_audit_add(store_audit_t *self, const store_entry_t *entry)
{
    db_param_t *params = db_sets_add(&self->insert, 0);
    params[0] = db_int((int64_t)self->insert.len); /* counted from the end by store_audit_steps */
    params[1] = db_text(entry->actor);
    params[2] = db_text(entry->action);
    params[3] = db_hash(entry->alert);
    params[4] = db_text(entry->person);
    params[5] = db_text(entry->detail);
}

void store_audit_steps(store_audit_t *self, db_step_t *steps)
{
    static const char reserve[] = "UPDATE serials SET value = value + $1 WHERE name = 'audit'";
    static const char insert[] =
        "INSERT INTO audit (seq, at_ms, actor, action, alert, person, detail) VALUES"
        " ((SELECT value FROM serials WHERE name = 'audit') - $1, {now}, $2, $3, $4, $5, $6)";
    const size_t len = self->insert.len;
    if (len > 0) {
        *db_sets_add(&self->reserve, 0) = db_int((int64_t)len);
    }
    for (size_t i = 0; i < len; i++) {
        self->insert.params[i * self->insert.width].num = (int64_t)(len - 1 - i);
    }
    steps[0] = (db_step_t){.sql = reserve, .sets = &self->reserve};
    steps[1] = (db_step_t){.sql = insert, .sets = &self->insert};
}

void store_audit_free(store_audit_t *self)
{
    db_sets_free(&self->reserve);
    db_sets_free(&self->insert);
}

int store_change(store_t *store, const char *sql, db_sets_t *sets, const store_entry_t *entry,
                 cJSON **detail_p, bool *changed_r, sb_err_t *err)
{
    char *detail = sb_json_print(*detail_p);
    cJSON_Delete(*detail_p);
    *detail_p = NULL;
    int64_t affected = 0;
    const db_step_t change = {.sql = sql, .sets = sets, .affected = &affected};
    int code = db_run(store->db, &change, 1, err);
    db_sets_free(sets);
    *changed_r = affected > 0;
    if (code == SB_OK && *changed_r) {
        store_entry_t written = *entry;
        written.detail = detail;
        store_audit_t audit = store_audit();
        store_audit_add(&audit, &written);
        db_step_t steps[STORE_AUDIT_STEPS];
        store_audit_steps(&audit, steps);
        code = db_run(store->db, steps, STORE_AUDIT_STEPS, err);
        store_audit_free(&audit);
    }
    free(detail);
    return code;
}

int store_remove(store_t *store, store_cmd_t *cmd, const char *sql, db_sets_t *sets,
                 const store_entry_t *entry, cJSON **detail_p, sb_err_t *err)
{
    bool removed = false;
    const int code = store_change(store, sql, sets, entry, detail_p, &removed, err);
    if (code == SB_OK) {
        cmd->result = sb_json_object();
        sb_json_add_bool(cmd->result, "removed", removed);
    }
    return code;
}

/* ---- audit.read */

static void s_on_entry(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *entry = sb_json_object();
    store_add_id(entry, "seq", row);
    store_add_int(entry, "at_ms", row);
    store_add_text(entry, "actor", row);
    store_add_text(entry, "action", row);
    store_add_hash(entry, "alert", row);
    store_add_text(entry, "person", row);
    store_add_json(entry, "detail", row);
    store_page_add(ctx, entry);
}

static const store_list_t s_entries = {.name = "entries", .on_row = s_on_entry, .member = "seq"};
static const store_list_t s_newest = {.name = "entries", .on_row = s_on_entry};

#define SELECT "SELECT seq, at_ms, actor, action, alert, person, detail FROM audit WHERE seq > $1"
#define END " ORDER BY seq LIMIT $2"
#define NEWEST " ORDER BY seq DESC LIMIT $2"
#define OF_ALERT " AND alert = $3"
#define OF_PERSON " AND person = $3"
#define OF_BOTH " AND alert = $3 AND person = $4"

int store_audit_read(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    /* One literal for each way to ask, so that each has its plan. */
    static const char *const sql[2][2][2] = {
        {{SELECT END, SELECT OF_PERSON END},       {SELECT OF_ALERT END, SELECT OF_BOTH END}      },
        {{SELECT NEWEST, SELECT OF_PERSON NEWEST}, {SELECT OF_ALERT NEWEST, SELECT OF_BOTH NEWEST}},
    };
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const int64_t after = sb_read_id_or(&r, "after", 0);
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, LIMIT_DEFAULT);
    const store_hash_t alert = store_read_hash_or_null(&r, "alert");
    const store_person_t person = store_read_person_or_null(&r, "person");
    const bool newest = sb_read_bool_or(&r, "newest", false);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    const bool of_alert = alert.hex[0];
    const bool of_person = person.id[0];
    db_sets_t sets = db_sets(2U + of_alert + of_person);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_int(after);
    params[1] = db_int(limit + 1);
    if (of_alert) {
        params[2] = db_hash(alert.hex);
    }
    if (of_person) {
        params[2 + of_alert] = db_text(person.id);
    }
    const store_list_t *list = newest ? &s_newest : &s_entries;
    return store_list(store, cmd, list, sql[newest][of_alert][of_person], &sets, limit, err);
}
