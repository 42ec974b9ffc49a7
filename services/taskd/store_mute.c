/* store_mute.c: mutes (a title that a person is not asked about for a while) and exemptions (a
 * person who is not asked at all; their alerts go to the security team). */
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define LIMIT_DEFAULT 100

/* ---- Mutes. */

static void s_on_mute(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *mute = sb_json_object();
    store_add_text(mute, "person", row);
    store_add_text(mute, "title", row);
    store_add_text(mute, "reason", row);
    store_add_int(mute, "until_ms", row);
    store_page_add(ctx, mute);
}

static const store_list_t s_mutes = {
    .name = "mutes", .on_row = s_on_mute, .member = "person", .second = "title"};

#define SELECT                                                                                     \
    "SELECT person, title, reason, until_ms FROM mutes WHERE (person, title) > ($1, $2)"           \
    " AND ($3 = 1 OR until_ms > {now})"
#define END " ORDER BY person, title LIMIT $4"

int store_mute_list(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char all[] = SELECT END;
    static const char of_one[] = SELECT " AND person = $5" END;
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person_or_null(&r, "person");
    const bool expired = sb_read_bool_or(&r, "expired", false);
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, LIMIT_DEFAULT);
    const store_cursor_t cursor = store_read_cursor(&r);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    const bool one = person.id[0];
    db_sets_t sets = db_sets(one ? 5 : 4);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(cursor.first);
    params[1] = db_text(cursor.second);
    params[2] = db_int(expired);
    params[3] = db_int(limit + 1);
    if (one) {
        params[4] = db_text(person.id);
    }
    return store_list(store, cmd, &s_mutes, one ? of_one : all, &sets, limit, err);
}

int store_mute_add(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char upsert[] =
        "INSERT INTO mutes (person, title, reason, until_ms) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (person, title) DO UPDATE SET reason = excluded.reason,"
        " until_ms = excluded.until_ms, place = NULL WHERE mutes.reason <> excluded.reason"
        " OR mutes.until_ms <> excluded.until_ms OR mutes.place IS NOT NULL";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    const char *title = sb_read_str(&r, "title", 1, SB_TITLE_MAX);
    const char *reason = sb_read_str(&r, "reason", 0, SB_COMMENT_MAX);
    const int64_t until_ms = store_read_ms(&r, "until_ms");
    const char *actor = sb_read_str(&r, "actor", 1, SB_ACTOR_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "title", title);
    sb_json_add_str(detail, "reason", reason);
    sb_json_add_int(detail, "until_ms", until_ms);
    const store_entry_t entry = {.actor = actor, .action = "mute.add", .person = person.id};
    db_sets_t sets = db_sets(4);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(person.id);
    params[1] = db_text(title);
    params[2] = db_text(reason);
    params[3] = db_int(until_ms);
    bool changed = false;
    return store_change(store, upsert, &sets, &entry, &detail, &changed, err);
}

int store_mute_remove(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char delete[] = "DELETE FROM mutes WHERE person = $1 AND title = $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    const char *title = sb_read_str(&r, "title", 1, SB_TITLE_MAX);
    const char *actor = sb_read_str(&r, "actor", 1, SB_ACTOR_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "title", title);
    const store_entry_t entry = {.actor = actor, .action = "mute.remove", .person = person.id};
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(person.id);
    params[1] = db_text(title);
    return store_remove(store, cmd, delete, &sets, &entry, &detail, err);
}

/* ---- Exemptions. */

static void s_on_exemption(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *exemption = sb_json_object();
    store_add_text(exemption, "person", row);
    store_add_text(exemption, "reason", row);
    store_add_int(exemption, "since_ms", row);
    store_add_text(exemption, "actor", row);
    store_page_add(ctx, exemption);
}

static const store_list_t s_exemptions = {
    .name = "exemptions", .on_row = s_on_exemption, .member = "person"};

int store_exemption_list(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] = "SELECT person, reason, since_ms, actor FROM exemptions"
                                 " WHERE person > $1 ORDER BY person LIMIT $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, LIMIT_DEFAULT);
    const store_cursor_t cursor = store_read_cursor(&r);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(cursor.first);
    params[1] = db_int(limit + 1);
    return store_list(store, cmd, &s_exemptions, select, &sets, limit, err);
}

int store_exemption_add(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char upsert[] =
        "INSERT INTO exemptions (person, reason, since_ms, actor) VALUES ($1, $2, {now}, $3)"
        " ON CONFLICT (person) DO UPDATE SET reason = excluded.reason, actor = excluded.actor"
        " WHERE exemptions.reason <> excluded.reason";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    const char *reason = sb_read_str(&r, "reason", 0, SB_COMMENT_MAX);
    const char *actor = sb_read_str(&r, "actor", 1, SB_ACTOR_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "reason", reason);
    const store_entry_t entry = {.actor = actor, .action = "exemption.add", .person = person.id};
    db_sets_t sets = db_sets(3);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(person.id);
    params[1] = db_text(reason);
    params[2] = db_text(actor);
    bool changed = false;
    return store_change(store, upsert, &sets, &entry, &detail, &changed, err);
}

int store_exemption_remove(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char delete[] = "DELETE FROM exemptions WHERE person = $1";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person(&r, "person");
    const char *actor = sb_read_str(&r, "actor", 1, SB_ACTOR_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *detail = sb_json_object();
    const store_entry_t entry = {.actor = actor, .action = "exemption.remove", .person = person.id};
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_text(person.id);
    return store_remove(store, cmd, delete, &sets, &entry, &detail, err);
}
