/* store_invite.c: how a passkey comes to be trusted: an admin invites, and whoever has the code
 * enrols one passkey with it. The store knows the code's hash alone. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/bus.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define NO_INVITE "body.code_hash: is no invitation, or one that is used or over"

/* ---- invite.create */

typedef struct {
    bool known;                        /* the person */
    char holder[SB_PERSON_ID_MAX + 1]; /* whose code it is; "": nobody's */
} why_t;

static void s_on_why(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    why_t *why = ctx;
    why->known = db_take_int(row) > 0;
    const char *holder = db_take_text_or_null(row);
    if (holder && strlen(holder) <= SB_PERSON_ID_MAX) {
        memcpy(why->holder, holder, strlen(holder) + 1);
    }
}

/* Nothing was written: the same code again is all right. */
static int s_create_why(store_t *store, store_cmd_t *cmd, const char *person, const char *code_hash,
                        sb_err_t *err)
{
    static const char select[] = "SELECT (SELECT count(*) FROM people WHERE id = $1),"
                                 " (SELECT person FROM invites WHERE code_hash = $2)";
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(person);
    params[1] = db_hash(code_hash);
    why_t why = {0};
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_why, .ctx = &why};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code == SB_OK && !why.known) {
        store_fail(cmd, SB_ENOTFOUND, "body.person: %s is not known", person);
    } else if (code == SB_OK && strcmp(why.holder, person) != 0) {
        store_fail(cmd, SB_ECONFLICT, "body.code_hash: is another person's");
    }
    return code;
}

static int s_sweep(store_t *store, sb_err_t *err)
{
    static const char sweep[] =
        "DELETE FROM invites WHERE person {pick(}SELECT person FROM invites"
        " WHERE expires_ms <= {now} ORDER BY expires_ms LIMIT $1 {skip}{)pick}";
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_int(SB_INVITE_SWEEP_MAX);
    const db_step_t step = {.sql = sweep, .sets = &sets};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    return code;
}

int store_invite_create(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char upsert[] =
        "INSERT INTO invites (person, code_hash, expires_ms) SELECT p.id, $2, {now} + $3"
        " FROM people p WHERE p.id = $1 AND NOT EXISTS"
        " (SELECT 1 FROM invites i WHERE i.code_hash = $2 AND i.person <> $1)"
        " ON CONFLICT (person) DO UPDATE SET code_hash = excluded.code_hash,"
        " expires_ms = excluded.expires_ms, challenge = NULL, passkey = NULL"
        " WHERE invites.code_hash <> excluded.code_hash";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    const store_hash_t code_hash = store_read_hash(&r, "code_hash");
    const int64_t ttl_ms = sb_read_int(&r, "ttl_ms", 1, SB_INVITE_TTL_MS_MAX);
    const char *actor = sb_read_str(&r, "actor", 1, SB_ACTOR_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *detail = sb_json_object();
    sb_json_add_int(detail, "ttl_ms", ttl_ms);
    const store_entry_t entry = {.actor = actor, .action = "invite.create", .person = person.id};
    db_sets_t sets = db_sets(3);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(person.id);
    params[1] = db_hash(code_hash.hex);
    params[2] = db_int(ttl_ms);
    bool changed = false;
    int code = store_change(store, upsert, &sets, &entry, &detail, &changed, err);
    if (code == SB_OK && !changed) {
        return s_create_why(store, cmd, person.id, code_hash.hex, err);
    }
    return code ? code : s_sweep(store, err);
}

/* ---- invite.open */

static void s_on_person(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *person = sb_json_object();
    store_add_text(person, "id", row);
    store_add_text(person, "name", row);
    *(cJSON **)ctx = person;
}

int store_invite_open(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char update[] = "UPDATE invites SET challenge = $2 WHERE code_hash = $1"
                                 " AND passkey IS NULL AND expires_ms > {now}";
    static const char person[] =
        "SELECT i.person, p.name FROM invites i LEFT JOIN people p ON p.id = i.person"
        " WHERE i.code_hash = $1 AND i.challenge = $2 AND i.passkey IS NULL"
        " AND i.expires_ms > {now}";
    static const char passkeys[] =
        "SELECT k.id FROM invites i JOIN passkeys k ON k.person = i.person"
        " WHERE i.code_hash = $1 ORDER BY k.id";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_hash_t code_hash = store_read_hash(&r, "code_hash");
    const char *challenge = store_read_bytes(&r, "challenge", SB_CHALLENGE_SIZE, SB_CHALLENGE_SIZE);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *who = NULL;
    cJSON *ids = sb_json_array();
    db_sets_t both = db_sets(2);
    db_param_t *params = db_sets_add(&both, 0);
    params[0] = db_hash(code_hash.hex);
    params[1] = db_text(challenge);
    db_sets_t one = db_sets(1);
    *db_sets_add(&one, 0) = db_hash(code_hash.hex);
    const db_step_t steps[] = {
        {.sql = update,            .sets = &both},
        { .sql = person,   .sets = &both,     .on_row = s_on_person, .ctx = &who},
        { .sql = passkeys, .sets = &one,    .on_row = store_on_text, .ctx = ids},
    };
    const int code = db_run(store->db, steps, 3, err);
    db_sets_free(&both);
    db_sets_free(&one);
    if (code || !who) {
        cJSON_Delete(who);
        cJSON_Delete(ids);
        if (code == SB_OK) {
            store_fail(cmd, SB_ENOTFOUND, NO_INVITE);
        }
        return code;
    }
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, "person", who);
    sb_json_add_str(cmd->result, "challenge", challenge);
    sb_json_add(cmd->result, "passkeys", ids);
    return SB_OK;
}

/* ---- invite.redeem */

typedef struct {
    store_hash_t code_hash;
    const char *challenge;
    const char *id, *public_key, *name;
    int64_t algorithm, count;
    bool backup_eligible;

    /* As it is in the store. */
    bool found, over, other_challenge, used, used_so;
    store_person_t person;
    int64_t passkeys; /* of this person */
    bool enrolled;    /* this id */
    bool enrolled_so; /* with this key, by this person */
} redeem_t;

static bool s_redeem_read(store_cmd_t *cmd, redeem_t *out)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    *out = (redeem_t){.code_hash = store_read_hash(&r, "code_hash")};
    out->challenge = store_read_bytes(&r, "challenge", SB_CHALLENGE_SIZE, SB_CHALLENGE_SIZE);
    const cJSON *json = sb_read_object(&r, "passkey");
    if (json) {
        sb_reader_t in = sb_reader_in(&r, "passkey", json);
        out->id = store_read_bytes(&in, "id", 1, SB_PASSKEY_ID_MAX);
        out->public_key = store_read_bytes(&in, "public_key", 1, SB_PASSKEY_KEY_MAX);
        out->algorithm = sb_read_int(&in, "algorithm", INT32_MIN, INT32_MAX);
        out->count = sb_read_int(&in, "count", 0, UINT32_MAX);
        out->backup_eligible = sb_read_bool(&in, "backup_eligible");
        out->name = sb_read_str(&in, "name", 1, SB_NAME_MAX);
        (void)sb_reader_join(&r, &in);
    }
    return sb_reader_code(&r) == SB_OK;
}

static void s_on_invite(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    redeem_t *redeem = ctx;
    const char *person = db_take_text(row);
    if (strlen(person) > SB_PERSON_ID_MAX) {
        (void)db_row_fault(row, "is no person");
        return;
    }
    redeem->found = true;
    memcpy(redeem->person.id, person, strlen(person) + 1);
    redeem->over = db_take_int(row) != 0;
    const char *challenge = db_take_text_or_null(row);
    redeem->other_challenge = !challenge || strcmp(challenge, redeem->challenge) != 0;
    const char *passkey = db_take_text_or_null(row);
    redeem->used = passkey != NULL;
    redeem->used_so = passkey && strcmp(passkey, redeem->id) == 0;
    redeem->passkeys = db_take_int(row);
}

static void s_on_enrolled(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    redeem_t *redeem = ctx;
    redeem->enrolled = true;
    redeem->enrolled_so = strcmp(db_take_text(row), redeem->person.id) == 0;
    redeem->enrolled_so = strcmp(db_take_text(row), redeem->public_key) == 0 && redeem->enrolled_so;
}

static int s_redeem_look(store_t *store, redeem_t *redeem, sb_err_t *err)
{
    static const char invite[] =
        "SELECT i.person, CASE WHEN i.expires_ms > {now} THEN 0 ELSE 1 END, i.challenge, i.passkey,"
        " (SELECT count(*) FROM passkeys k WHERE k.person = i.person)"
        " FROM invites i WHERE i.code_hash = $1 {update}";
    static const char passkey[] = "SELECT person, public_key FROM passkeys WHERE id = $1";
    db_sets_t invites = db_sets(1);
    *db_sets_add(&invites, 0) = db_hash(redeem->code_hash.hex);
    db_sets_t passkeys = db_sets(1);
    *db_sets_add(&passkeys, 0) = db_text(redeem->id);
    const db_step_t steps[] = {
        {.sql = invite,  .sets = &invites,  .on_row = s_on_invite,   .ctx = redeem},
        {.sql = passkey, .sets = &passkeys, .on_row = s_on_enrolled, .ctx = redeem},
    };
    const int code = db_run(store->db, steps, 2, err);
    db_sets_free(&invites);
    db_sets_free(&passkeys);
    return code;
}

/* True if it is to be written; false: the command has its error, or was done before. */
static bool s_redeem_judge(store_cmd_t *cmd, const redeem_t *redeem)
{
    const bool again = redeem->used_so && redeem->enrolled_so && !redeem->other_challenge;
    if (again) {
        return false;
    }
    if (!redeem->found || redeem->used || redeem->over) {
        store_fail(cmd, SB_ENOTFOUND, NO_INVITE);
    } else if (redeem->other_challenge) {
        store_fail(cmd, SB_ECONFLICT, "body.challenge: the invitation has another one by now");
    } else if (redeem->enrolled) {
        store_fail(cmd, SB_ECONFLICT, "body.passkey.id: is enrolled already");
    } else if (redeem->passkeys >= SB_PASSKEYS_MAX) {
        store_fail(cmd, SB_ECONFLICT, "body.passkey: %s has %d of them, which is the most",
                   redeem->person.id, SB_PASSKEYS_MAX);
    } else {
        return true;
    }
    return false;
}

static cJSON *s_detail(const redeem_t *redeem)
{
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "id", redeem->id);
    sb_json_add_str(detail, "name", redeem->name);
    sb_json_add_int(detail, "algorithm", redeem->algorithm);
    sb_json_add_bool(detail, "backup_eligible", redeem->backup_eligible);
    return detail;
}

/* The passkey, with its audit entry; then the invitation's end, and the event by which botd learns
 * of it. */
static int s_redeem_write(store_t *store, const store_cmd_t *cmd, const redeem_t *redeem,
                          sb_err_t *err)
{
    static const char insert[] =
        "INSERT INTO passkeys (id, person, public_key, algorithm, count, backup_eligible, name,"
        " enrolled_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, {now}) ON CONFLICT (id) DO NOTHING";
    static const char use[] = "UPDATE invites SET passkey = $2 WHERE code_hash = $1";
    static const char tell[] =
        "INSERT INTO inbox (event, person, kind, text, at_ms, received_ms, applied)"
        " VALUES ($1, $2, 'enrolled', $3, {now}, {now}, 0) ON CONFLICT (event) DO NOTHING";
    db_sets_t inserts = db_sets(7);
    db_param_t *params = db_sets_add(&inserts, 0);
    params[0] = db_text(redeem->id);
    params[1] = db_text(redeem->person.id);
    params[2] = db_text(redeem->public_key);
    params[3] = db_int(redeem->algorithm);
    params[4] = db_int(redeem->count);
    params[5] = db_int(redeem->backup_eligible);
    params[6] = db_text(redeem->name);
    cJSON *detail = s_detail(redeem);
    const store_entry_t entry = {
        .actor = cmd->actor, .action = "passkey.enroll", .person = redeem->person.id};
    bool changed = false;
    int code = store_change(store, insert, &inserts, &entry, &detail, &changed, err);
    if (code == SB_OK && !changed) {
        return sb_fail(err, SB_ERETRY, "invite.redeem: another was faster");
    }
    char *event = sb_format("enrolled:%s", redeem->code_hash.hex);
    db_sets_t uses = db_sets(2);
    params = db_sets_add(&uses, 0);
    params[0] = db_hash(redeem->code_hash.hex);
    params[1] = db_text(redeem->id);
    db_sets_t tells = db_sets(3);
    params = db_sets_add(&tells, 0);
    params[0] = db_text(event);
    params[1] = db_text(redeem->person.id);
    params[2] = db_text(redeem->name);
    const db_step_t steps[] = {
        {.sql = use,  .sets = &uses },
        {.sql = tell, .sets = &tells}
    };
    code = code ? code : db_run(store->db, steps, 2, err);
    db_sets_free(&uses);
    db_sets_free(&tells);
    free(event);
    return code;
}

int store_invite_redeem(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    redeem_t redeem;
    if (!s_redeem_read(cmd, &redeem)) {
        return SB_OK;
    }
    int code = s_redeem_look(store, &redeem, err);
    if (code == SB_OK && s_redeem_judge(cmd, &redeem)) {
        code = s_redeem_write(store, cmd, &redeem, err);
        cmd->work = code == SB_OK;
    }
    return code;
}
