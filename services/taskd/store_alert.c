/* store_alert.c: alerts come in, are counted and looked at. Queries are in store_query.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/mem.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define PREFIX_MIN 6   /* digits of a hash that alert.get takes */
#define NOTES_MAX 1000 /* of one alert that are shown */

/* ---- alert.create */

typedef struct {
    store_cmd_t *cmd;
    store_hash_t hash;
    const char *title;
    store_person_t person;
    const char *description;
    const char *reason;
    const char *url;
    const char *place;
    int64_t event_ms; /* -1: now */
    int64_t seq;      /* 0: not there */
    bool created;
    const char *differs; /* the first member that does */
} create_t;

/* An empty text says no more than none. */
static const char *s_text_or_null(const char *text)
{
    return text && text[0] ? text : NULL;
}

static bool s_create_read(store_t *store, store_cmd_t *cmd, create_t *out)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    *out = (create_t){.cmd = cmd};
    out->hash = store_read_hash_or_null(&r, "hash");
    out->title = sb_read_str(&r, "title", 1, SB_TITLE_MAX);
    out->person = store_read_person(&r, "person");
    out->description = sb_read_str(&r, "description", 1, SB_DESCRIPTION_MAX);
    out->reason = s_text_or_null(sb_read_str_or(&r, "reason", SB_REASON_MAX, NULL));
    out->url = s_text_or_null(sb_read_str_or(&r, "url", SB_URL_MAX, NULL));
    out->place = s_text_or_null(sb_read_str_or(&r, "place", SB_PLACE_MAX, NULL));
    out->event_ms = store_read_ms_or_null(&r, "event_ms");
    if (sb_reader_code(&r)) {
        return false;
    }
    if (!out->hash.hex[0]) {
        if (!cmd->made[0]) {
            unsigned char bytes[DB_HASH_SIZE];
            store->random(bytes, sizeof bytes);
            sb_hex(bytes, sizeof bytes, cmd->made);
        }
        memcpy(out->hash.hex, cmd->made, sizeof cmd->made);
    }
    return true;
}

static void s_on_created(void *ctx, size_t tag, db_row_t *row)
{
    create_t *create = &((create_t *)ctx)[tag];
    create->seq = db_take_int(row);
    create->created = true;
}

static bool s_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void s_on_existing(void *ctx, size_t tag, db_row_t *row)
{
    create_t *create = &((create_t *)ctx)[tag];
    create->seq = db_take_int(row);
    const struct {
        const char *name;
        const char *want;
    } members[] = {
        {"title",       create->title      },
        {"person",      create->person.id  },
        {"description", create->description},
        {"reason",      create->reason     },
        {"url",         create->url        },
        {"place",       create->place      },
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!s_same(members[i].want, db_take_text_or_null(row)) && !create->differs) {
            create->differs = members[i].name;
        }
    }
}

static void s_create_answer(create_t *create)
{
    store_cmd_t *cmd = create->cmd;
    if (create->differs) {
        store_fail(cmd, SB_ECONFLICT, "body.%s: the alert %s is there already, with another one",
                   create->differs, create->hash.hex);
        return;
    }
    cmd->result = sb_json_object();
    sb_json_add_str(cmd->result, "hash", create->hash.hex);
    sb_json_add_bool(cmd->result, "created", create->created);
    sb_json_add_id(cmd->result, "seq", create->seq);
    if (create->created) {
        cmd->work = true;
        store_changed(cmd, create->hash.hex, store_states[STORE_NEW], NULL);
    }
}

static int s_create_run(store_t *store, create_t *creates, size_t len, sb_err_t *err)
{
    static const char insert[] =
        "INSERT INTO alerts (hash, title, person, description, reason, url, place, event_ms,"
        " created_ms, state)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, {now}), {now}, 'new')"
        " ON CONFLICT (hash) DO NOTHING RETURNING seq";
    static const char select[] =
        "SELECT seq, title, person, description, reason, url, place FROM alerts WHERE hash = $1";
    db_sets_t inserts = db_sets(8);
    db_sets_t selects = db_sets(1);
    for (size_t i = 0; i < len; i++) {
        const create_t *create = &creates[i];
        db_param_t *params = db_sets_add(&inserts, i);
        params[0] = db_hash(create->hash.hex);
        params[1] = db_text(create->title);
        params[2] = db_text(create->person.id);
        params[3] = db_text(create->description);
        params[4] = db_text(create->reason);
        params[5] = db_text(create->url);
        params[6] = db_text(create->place);
        params[7] = store_ms_param(create->event_ms);
    }
    const db_step_t step = {
        .sql = insert, .sets = &inserts, .on_row = s_on_created, .ctx = creates};
    int code = db_run(store->db, &step, 1, err);
    for (size_t i = 0; i < len; i++) {
        if (!creates[i].created) {
            *db_sets_add(&selects, i) = db_hash(creates[i].hash.hex);
        }
    }
    if (code == SB_OK && selects.len > 0) {
        const db_step_t look = {
            .sql = select, .sets = &selects, .on_row = s_on_existing, .ctx = creates};
        code = db_run(store->db, &look, 1, err);
    }
    db_sets_free(&inserts);
    db_sets_free(&selects);
    return code;
}

int store_alert_create(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    create_t *creates = sb_alloc_array(len, sizeof *creates);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        used += s_create_read(store, cmds[i], &creates[used]);
    }
    const int code = used ? s_create_run(store, creates, used, err) : SB_OK;
    for (size_t i = 0; i < used && code == SB_OK; i++) {
        s_create_answer(&creates[i]);
    }
    free(creates);
    return code;
}

/* ---- alert.get */

typedef struct {
    size_t found;
    store_hash_t hash;
    cJSON *alert;
    cJSON *answer; /* NULL: none */
    store_page_t notes;
} get_t;

static void s_on_alert(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    get_t *get = ctx;
    if (get->found++ > 0) {
        return;
    }
    get->alert = store_alert_json(row);
    if (!db_next_is_null(row)) {
        get->answer = sb_json_object();
        store_add_int(get->answer, "at_ms", row);
        store_add_text(get->answer, "proof", row);
    }
    get->notes.size = 2 * sb_json_size_max(get->alert); /* the answer repeats the comment */
    const cJSON *hash = cJSON_GetObjectItemCaseSensitive(get->alert, "hash");
    if (cJSON_IsString(hash)) {
        memcpy(get->hash.hex, hash->valuestring, sizeof get->hash.hex);
    }
}

static void s_on_note(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    get_t *get = ctx;
    cJSON *note = sb_json_object();
    store_add_int(note, "at_ms", row);
    store_add_text(note, "actor", row);
    cJSON *holder = sb_json_object();
    store_add_json(holder, "detail", row);
    const cJSON *detail = cJSON_GetObjectItemCaseSensitive(holder, "detail");
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(detail, "text");
    sb_json_add_str(note, "text", cJSON_IsString(text) ? text->valuestring : "");
    cJSON_Delete(holder);
    store_page_add(&get->notes, note);
}

/* The digits given, filled up with the last one of all. */
static store_hash_t s_fill(const char *prefix, char digit)
{
    store_hash_t hash;
    memset(hash.hex, digit, SB_HASH_HEX);
    hash.hex[SB_HASH_HEX] = '\0';
    for (size_t i = 0; prefix[i]; i++) {
        hash.hex[i] =
            (char)(prefix[i] >= 'A' && prefix[i] <= 'F' ? prefix[i] - 'A' + 'a' : prefix[i]);
    }
    return hash;
}

static int s_get_run(store_t *store, const char *prefix, get_t *get, sb_err_t *err)
{
    static const char select[] = "SELECT " STORE_ALERT_COLUMNS ", n.at_ms, n.proof FROM"
                                 " " STORE_ALERT_TABLES " WHERE a.hash BETWEEN $1 AND $2 LIMIT 2";
    static const char notes[] = "SELECT at_ms, actor, detail FROM audit"
                                " WHERE alert = $1 AND action = 'note' ORDER BY seq LIMIT $2";
    const store_hash_t low = s_fill(prefix, '0');
    const store_hash_t high = s_fill(prefix, 'f');
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_hash(low.hex);
    params[1] = db_hash(high.hex);
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_alert, .ctx = get};
    int code = db_run(store->db, &step, 1, err);
    if (code == SB_OK && get->found == 1) {
        sets.len = 0;
        params = db_sets_add(&sets, 0);
        params[0] = db_hash(get->hash.hex);
        params[1] = db_int(NOTES_MAX);
        const db_step_t look = {.sql = notes, .sets = &sets, .on_row = s_on_note, .ctx = get};
        code = db_run(store->db, &look, 1, err);
    }
    db_sets_free(&sets);
    return code;
}

/* The answer's members stand in the alert too; here they are together, with the proof. */
static void s_get_answer(store_cmd_t *cmd, get_t *get)
{
    cmd->result = sb_json_object();
    if (get->answer) {
        static const char *const members[] = {"performed", "authenticated", "comment", "factor"};
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            const cJSON *member = cJSON_GetObjectItemCaseSensitive(get->alert, members[i]);
            sb_json_add(get->answer, members[i], sb_json_copy(member));
        }
    }
    sb_json_add(cmd->result, "alert", get->alert);
    if (get->answer) {
        sb_json_add(cmd->result, "answer", get->answer);
    } else {
        sb_json_add_str(cmd->result, "answer", NULL);
    }
    sb_json_add(cmd->result, "notes", get->notes.items);
    get->alert = get->answer = get->notes.items = NULL;
}

int store_alert_get(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *prefix = sb_read_str(&r, "hash", PREFIX_MIN, SB_HASH_HEX);
    if (!sb_reader_code(&r) && strspn(prefix, "0123456789abcdefABCDEF") != strlen(prefix)) {
        (void)sb_reader_fault(&r, "hash", "expected %d to %d hexadecimal digits", PREFIX_MIN,
                              SB_HASH_HEX);
    }
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    get_t get = {.notes = store_page(NOTES_MAX)};
    const int code = s_get_run(store, prefix, &get, err);
    if (code == SB_OK && get.found == 0) {
        store_fail(cmd, SB_ENOTFOUND, "no alert begins with %s", prefix);
    } else if (code == SB_OK && get.found > 1) {
        store_fail(cmd, SB_ECONFLICT, "more than one alert begins with %s", prefix);
    } else if (code == SB_OK) {
        s_get_answer(cmd, &get);
    }
    cJSON_Delete(get.alert);
    cJSON_Delete(get.answer);
    cJSON_Delete(get.notes.items);
    return code;
}

/* ---- count */

typedef struct {
    int64_t in, open, confirmed, closed_by_rule, escalated;
    int64_t by_outcome[STORE_OUTCOMES_LEN];
} count_t;

static void s_on_count(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    count_t *count = ctx;
    const int state = store_state_of(db_take_text(row));
    const char *name = db_take_text_or_null(row);
    const int64_t n = db_take_int(row);
    const store_outcome_t *outcome = name ? store_outcome_of(name) : NULL;
    count->in += n;
    if (outcome && state == (int)outcome->state) {
        count->by_outcome[outcome - store_outcomes] += n;
    }
    if (state >= STORE_NEW && state <= STORE_ASKED && !name) {
        count->open += n;
    } else if (state == STORE_ESCALATED) {
        count->escalated += n;
    } else if (state == STORE_CLOSED && name && strcmp(name, SB_OUTCOME_CONFIRMED) == 0) {
        count->confirmed += n;
    } else if (state == STORE_CLOSED) {
        count->closed_by_rule += n;
    } else {
        (void)db_row_fault(row, "is no state of an alert");
    }
}

int store_count(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] = "SELECT state, outcome, count(*) FROM alerts GROUP BY 1, 2";
    count_t count = {0};
    const db_step_t step = {.sql = select, .on_row = s_on_count, .ctx = &count};
    const int code = db_run(store->db, &step, 1, err);
    if (code) {
        return code;
    }
    cmd->result = sb_json_object();
    sb_json_add_int(cmd->result, "in", count.in);
    sb_json_add_int(cmd->result, "open", count.open);
    sb_json_add_int(cmd->result, "confirmed", count.confirmed);
    sb_json_add_int(cmd->result, "closed_by_rule", count.closed_by_rule);
    sb_json_add_int(cmd->result, "escalated", count.escalated);
    cJSON *by_outcome = sb_json_object();
    for (size_t i = 0; i < STORE_OUTCOMES_LEN; i++) {
        sb_json_add_int(by_outcome, store_outcomes[i].name, count.by_outcome[i]);
    }
    sb_json_add(cmd->result, "by_outcome", by_outcome);
    return SB_OK;
}
