/* store_passkey.c: the passkeys that authd verifies signatures with. How they come here is in
 * store_invite.c. */
#include "proto/bus.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define LIMIT_DEFAULT 100
#define JOB_MAX (SB_ID_SIZE_MAX - 1)

/* ---- passkey.get */

static void s_on_passkey(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *passkey = sb_json_object();
    store_add_text(passkey, "id", row);
    store_add_text(passkey, "public_key", row);
    store_add_int(passkey, "algorithm", row);
    store_add_int(passkey, "count", row);
    store_add_bool(passkey, "backup_eligible", row);
    store_add_text(passkey, "name", row);
    sb_json_push(ctx, passkey);
}

int store_passkey_get(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] = "SELECT id, public_key, algorithm, count, backup_eligible, name"
                                 " FROM passkeys WHERE person = $1 ORDER BY id";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *passkeys = sb_json_array();
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, "passkeys", passkeys);
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_text(person.id);
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_passkey, .ctx = passkeys};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    return code;
}

/* ---- passkey.advance */

int store_passkey_advance(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    /* An authenticator without a counter says 0 each time. */
    static const char advance[] =
        "UPDATE passkeys SET count = $4, accepted_job = $3, used_ms = {now}"
        " WHERE person = $1 AND id = $2 AND (count < $4 OR (count = 0 AND $4 = 0)"
        " OR (count = $4 AND accepted_job = $3))";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    const char *id = store_read_bytes(&r, "id", 1, SB_PASSKEY_ID_MAX);
    const char *job = sb_read_str(&r, "job", 1, JOB_MAX);
    const int64_t count = sb_read_int(&r, "count", 0, UINT32_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(4);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(person.id);
    params[1] = db_text(id);
    params[2] = db_text(job);
    params[3] = db_int(count);
    int64_t affected = 0;
    const db_step_t step = {.sql = advance, .sets = &sets, .affected = &affected};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code == SB_OK) {
        cmd->result = sb_json_object();
        sb_json_add_bool(cmd->result, "accepted", affected == 1);
    }
    return code;
}

/* ---- passkey.list, passkey.remove */

static void s_on_listed(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *passkey = sb_json_object();
    store_add_text(passkey, "person", row);
    store_add_text(passkey, "id", row);
    store_add_text(passkey, "name", row);
    store_add_int(passkey, "algorithm", row);
    store_add_int(passkey, "enrolled_ms", row);
    store_add_ms(passkey, "used_ms", row);
    store_page_add(ctx, passkey);
}

static const store_list_t s_passkeys = {
    .name = "passkeys", .on_row = s_on_listed, .member = "person", .second = "id"};

#define SELECT                                                                                     \
    "SELECT person, id, name, algorithm, enrolled_ms, used_ms FROM passkeys"                       \
    " WHERE (person, id) > ($1, $2)"
#define END " ORDER BY person, id LIMIT $3"

int store_passkey_list(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char all[] = SELECT END;
    static const char of_one[] = SELECT " AND person = $4" END;
    return store_list_of(store, cmd, &s_passkeys, all, of_one, LIMIT_DEFAULT, err);
}

int store_passkey_remove(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char delete[] = "DELETE FROM passkeys WHERE person = $1 AND id = $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    const char *id = store_read_bytes(&r, "id", 1, SB_PASSKEY_ID_MAX);
    const char *actor = sb_read_str(&r, "actor", 1, SB_ACTOR_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(person.id);
    params[1] = db_text(id);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "id", id);
    const store_entry_t entry = {.actor = actor, .action = "passkey.remove", .person = person.id};
    return store_remove(store, cmd, delete, &sets, &entry, &detail, err);
}
