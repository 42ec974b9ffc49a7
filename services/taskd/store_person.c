/* store_person.c: the directory. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define LIMIT_DEFAULT 100

typedef struct {
    store_person_t id;
    const char *name, *email, *chat_id, *zone; /* or NULL */
    int64_t active;
    bool known;   /* to the store */
    bool differs; /* from what the store has */
} entry_t;

typedef struct {
    const char *source;
    bool complete;
    int64_t since_ms; /* when the list of which this is the end began; 0: this is all of it */
    int64_t at_ms;    /* the store's time */
    store_person_t after, until; /* the range of ids, without after; "": has no such end */
    entry_t *entries;            /* by id */
    size_t len;
    int64_t added, changed, removed;
} sync_t;

static int s_compare(const void *a, const void *b)
{
    return strcmp(((const entry_t *)a)->id.id, ((const entry_t *)b)->id.id);
}

static void s_check_range(sb_reader_t *reader, const sync_t *sync)
{
    for (size_t i = 0; i < sync->len; i++) {
        const char *id = sync->entries[i].id.id;
        if (strcmp(id, sync->after.id) <= 0 ||
            (sync->until.id[0] && strcmp(id, sync->until.id) > 0)) {
            (void)sb_reader_fault(reader, "people", "%s is not between after and until", id);
        }
    }
}

static bool s_read(store_cmd_t *cmd, sync_t *sync)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    sync->source = sb_read_str(&r, "source", 1, SB_ACTOR_MAX);
    sync->complete = sb_read_bool(&r, "complete");
    sync->since_ms = sb_read_int_or(&r, "since_ms", 1, SB_JSON_INT_MAX, 0);
    sync->after = store_read_person_or_null(&r, "after");
    sync->until = store_read_person_or_null(&r, "until");
    if (sync->since_ms && (sync->after.id[0] || sync->until.id[0])) {
        (void)sb_reader_fault(&r, "since_ms", "goes with no range of ids");
    }
    const cJSON *array = sb_read_array(&r, "people", SB_SYNC_MAX);
    const size_t max = array ? (size_t)cJSON_GetArraySize(array) : 0;
    sync->entries = sb_alloc_array(max, sizeof *sync->entries);
    const cJSON *json;
    cJSON_ArrayForEach(json, array)
    {
        sb_reader_t one = sb_reader_item(&r, "people", json, sync->len);
        entry_t *entry = &sync->entries[sync->len++];
        entry->id = store_read_person(&one, "id");
        entry->name = sb_read_str_or(&one, "name", SB_NAME_MAX, NULL);
        entry->email = sb_read_str_or(&one, "email", SB_NAME_MAX, NULL);
        entry->chat_id = sb_read_str_or(&one, "chat_id", SB_NAME_MAX, NULL);
        entry->zone = sb_read_str_or(&one, "zone", SB_ZONE_MAX, NULL);
        entry->active = sb_read_bool_or(&one, "active", true);
        (void)sb_reader_join(&r, &one);
    }
    s_check_range(&r, sync);
    qsort(sync->entries, sync->len, sizeof *sync->entries, s_compare);
    for (size_t i = 1; i < sync->len; i++) {
        if (s_compare(&sync->entries[i - 1], &sync->entries[i]) == 0) {
            (void)sb_reader_fault(&r, "people", "%s stands there twice", sync->entries[i].id.id);
        }
    }
    return sb_reader_code(&r) == SB_OK;
}

static bool s_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void s_on_known(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    sync_t *sync = ctx;
    entry_t key = {0};
    const char *id = db_take_text(row);
    (void)strncpy(key.id.id, id, sizeof key.id.id - 1);
    entry_t *entry = bsearch(&key, sync->entries, sync->len, sizeof *sync->entries, s_compare);
    if (!entry) {
        (void)db_row_fault(row, "is no person that was asked for");
        return;
    }
    entry->known = true;
    const char *const want[] = {entry->name, entry->email, entry->chat_id, entry->zone};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        entry->differs = !s_same(want[i], db_take_text_or_null(row)) || entry->differs;
    }
    entry->differs = db_take_int(row) != entry->active || entry->differs;
    entry->differs = !s_same(sync->source, db_take_text(row)) || entry->differs;
}

static void s_on_now(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    ((sync_t *)ctx)->at_ms = db_take_int(row);
}

static int s_look(store_t *store, sync_t *sync, const char *const *ids, sb_err_t *err)
{
    static const char now[] = "SELECT {now}";
    static const char select[] = "SELECT " STORE_PERSON_COLUMNS " FROM people"
                                 " WHERE id {any(}$1{)any} {update}";
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_list(ids, sync->len);
    const db_step_t steps[] = {
        {.sql = now,     .on_row = s_on_now,   .ctx = sync},
        { .sql = select, .sets = &sets, .on_row = s_on_known, .ctx = sync},
    };
    const int code = db_run(store->db, steps, 2, err);
    db_sets_free(&sets);
    return code;
}

static void s_add_entry(db_sets_t *sets, size_t tag, const entry_t *entry, const sync_t *sync)
{
    db_param_t *params = db_sets_add(sets, tag);
    params[0] = db_text(entry->id.id);
    params[1] = db_text(entry->name);
    params[2] = db_text(entry->email);
    params[3] = db_text(entry->chat_id);
    params[4] = db_text(entry->zone);
    params[5] = db_int(entry->active);
    params[6] = db_text(sync->source);
    params[7] = db_int(sync->at_ms);
}

/* Who is no longer there: nobody of the list has them, or nobody named them since it began. */
static db_step_t s_leave(const sync_t *sync, const char *const *ids, db_sets_t *sets)
{
    static const char others[] =
        "UPDATE people SET active = 0 WHERE source = $2 AND active = 1 AND NOT (id {any(}$1{)any})"
        " AND id > $3 AND ($4 IS NULL OR id <= $4)";
    static const char unseen[] = "UPDATE people SET active = 0 WHERE source = $2 AND active = 1"
                                 " AND seen_ms < $1";
    if (sync->complete) {
        db_param_t *params = db_sets_add(sets, 0);
        params[0] = sync->since_ms ? db_int(sync->since_ms) : db_list(ids, sync->len);
        params[1] = db_text(sync->source);
        if (!sync->since_ms) {
            params[2] = db_text(sync->after.id);
            params[3] = db_text(sync->until.id[0] ? sync->until.id : NULL);
        }
    }
    return (db_step_t){.sql = sync->since_ms ? unseen : others, .sets = sets};
}

static int s_write(store_t *store, sync_t *sync, const char *const *ids, sb_err_t *err)
{
    static const char upsert[] =
        "INSERT INTO people (id, name, email, chat_id, zone, active, source, seen_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET"
        " name = excluded.name, email = excluded.email, chat_id = excluded.chat_id,"
        " zone = excluded.zone, active = excluded.active, source = excluded.source,"
        " seen_ms = excluded.seen_ms";
    static const char see[] = "UPDATE people SET seen_ms = $2 WHERE id {any(}$1{)any}";
    db_sets_t upserts = db_sets(8);
    db_sets_t seen = db_sets(2);
    db_sets_t leaves = db_sets(sync->since_ms ? 2 : 4);
    const char **same = sb_alloc_array(sync->len, sizeof *same);
    size_t same_len = 0;
    for (size_t i = 0; i < sync->len; i++) {
        const entry_t *entry = &sync->entries[i];
        if (entry->known && !entry->differs) {
            same[same_len++] = entry->id.id;
            continue;
        }
        sync->added += !entry->known;
        sync->changed += entry->known;
        s_add_entry(&upserts, i, entry, sync);
    }
    if (same_len > 0) {
        db_param_t *params = db_sets_add(&seen, 0);
        params[0] = db_list(same, same_len);
        params[1] = db_int(sync->at_ms);
    }
    db_step_t steps[] = {
        {.sql = upsert, .sets = &upserts},
        {.sql = see,    .sets = &seen   },
        s_leave(sync, ids, &leaves)
    };
    steps[2].affected = &sync->removed;
    const int code = db_run(store->db, steps, 3, err);
    db_sets_free(&upserts);
    db_sets_free(&seen);
    db_sets_free(&leaves);
    free(same);
    return code;
}

int store_person_sync(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    sync_t sync = {0};
    int code = SB_OK;
    if (s_read(cmd, &sync)) {
        const char **ids = sb_alloc_array(sync.len, sizeof *ids);
        for (size_t i = 0; i < sync.len; i++) {
            ids[i] = sync.entries[i].id.id;
        }
        code = s_look(store, &sync, ids, err);
        code = code ? code : s_write(store, &sync, ids, err);
        free(ids);
        if (code == SB_OK) {
            cmd->result = sb_json_object();
            sb_json_add_int(cmd->result, "added", sync.added);
            sb_json_add_int(cmd->result, "changed", sync.changed);
            sb_json_add_int(cmd->result, "removed", sync.removed);
            sb_json_add_int(cmd->result, "at_ms", sync.at_ms);
        }
    }
    free(sync.entries);
    return code;
}

/* ---- person.list */

static void s_on_person(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    store_page_add(ctx, store_person_json(row));
}

static const store_list_t s_people = {.name = "people", .on_row = s_on_person, .member = "id"};

/* Of several with one account the one that was named last comes first: others are old names. */
static int s_list_chat(store_t *store, store_cmd_t *cmd, const char *chat_id, sb_err_t *err)
{
    static const char select[] = "SELECT " STORE_PERSON_COLUMNS " FROM people WHERE chat_id = $1"
                                 " AND active = 1 ORDER BY seen_ms DESC, id LIMIT $2";
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(chat_id);
    params[1] = db_int(LIMIT_DEFAULT);
    return store_list(store, cmd, &s_people, select, &sets, LIMIT_DEFAULT, err);
}

int store_person_list(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] = "SELECT " STORE_PERSON_COLUMNS " FROM people WHERE id > $1"
                                 " AND active >= $2 ORDER BY id LIMIT $3";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, LIMIT_DEFAULT);
    const store_person_t after = store_read_person_or_null(&r, "after");
    const bool all = sb_read_bool_or(&r, "all", false);
    const char *chat_id = sb_read_str_or(&r, "chat_id", SB_NAME_MAX, NULL);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    if (chat_id) {
        return s_list_chat(store, cmd, chat_id, err);
    }
    db_sets_t sets = db_sets(3);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(after.id);
    params[1] = db_int(all ? 0 : 1);
    params[2] = db_int(limit + 1);
    return store_list(store, cmd, &s_people, select, &sets, limit, err);
}
