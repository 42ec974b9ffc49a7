/* store_read.c. See store_read.h. */
#include "services/taskd/store_read.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/crypto.h"
#include "lib/mem.h"

/* A person and the longest that stands behind one. */
#define CURSOR_MAX (SB_PERSON_ID_MAX + 1 + STORE_BYTES_TEXT_MAX(SB_PASSKEY_ID_MAX))

const char *const store_states[STORE_STATES_LEN] = {
    [STORE_NEW] = "new",       [STORE_QUEUED] = "queued",
    [STORE_ASKED] = "asked",   [STORE_ESCALATED] = "escalated",
    [STORE_CLOSED] = "closed",
};

const store_outcome_t store_outcomes[STORE_OUTCOMES_LEN] = {
    {SB_OUTCOME_CONFIRMED,          STORE_CLOSED   },
    {SB_OUTCOME_MUTED,              STORE_CLOSED   },
    {SB_OUTCOME_DENIED,             STORE_ESCALATED},
    {SB_OUTCOME_NO_ANSWER,          STORE_ESCALATED},
    {SB_OUTCOME_DECLINED,           STORE_ESCALATED},
    {SB_OUTCOME_REFUSED,            STORE_ESCALATED},
    {SB_OUTCOME_FRAUD,              STORE_ESCALATED},
    {SB_OUTCOME_FACTOR_TIMEOUT,     STORE_ESCALATED},
    {SB_OUTCOME_NO_FACTOR,          STORE_ESCALATED},
    {SB_OUTCOME_FACTOR_UNAVAILABLE, STORE_ESCALATED},
    {SB_OUTCOME_THROTTLED,          STORE_ESCALATED},
    {SB_OUTCOME_ACCOUNT_DENIED,     STORE_ESCALATED},
    {SB_OUTCOME_SUSPECT,            STORE_ESCALATED},
    {SB_OUTCOME_EXEMPT,             STORE_ESCALATED},
    {SB_OUTCOME_UNKNOWN_PERSON,     STORE_ESCALATED},
    {SB_OUTCOME_UNDELIVERABLE,      STORE_ESCALATED},
    {SB_OUTCOME_UNSURE,             STORE_ESCALATED},
    {SB_OUTCOME_NEEDS_HELP,         STORE_ESCALATED},
};

int store_state_of(const char *name)
{
    assert(name);
    for (int i = 0; i < STORE_STATES_LEN; i++) {
        if (strcmp(store_states[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

int store_status(store_state_t state)
{
    return state == STORE_NEW || state == STORE_QUEUED ? 0 : state == STORE_ASKED ? 1 : 2;
}

const store_outcome_t *store_outcome_of(const char *name)
{
    assert(name);
    for (size_t i = 0; i < STORE_OUTCOMES_LEN; i++) {
        if (strcmp(store_outcomes[i].name, name) == 0) {
            return &store_outcomes[i];
        }
    }
    return NULL;
}

/* ---- Requests. */

static store_person_t s_person(sb_reader_t *self, const char *key, const char *id)
{
    store_person_t person = {0};
    for (size_t i = 0; id[i]; i++) {
        const char c = id[i];
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            (void)sb_reader_fault(self, key, "holds a control character");
            break;
        }
        person.id[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return person;
}

store_person_t store_read_person(sb_reader_t *self, const char *key)
{
    return s_person(self, key, sb_read_str(self, key, 1, SB_PERSON_ID_MAX));
}

store_person_t store_read_person_or_null(sb_reader_t *self, const char *key)
{
    return s_person(self, key, sb_read_str_or(self, key, SB_PERSON_ID_MAX, ""));
}

static store_hash_t s_hash(sb_reader_t *self, const char *key, const char *hex)
{
    store_hash_t hash = {0};
    if (sb_reader_code(self)) {
        return hash;
    }
    if (strlen(hex) != SB_HASH_HEX || strspn(hex, "0123456789abcdefABCDEF") != SB_HASH_HEX) {
        (void)sb_reader_fault(self, key, "expected %d hexadecimal digits", SB_HASH_HEX);
        return hash;
    }
    for (size_t i = 0; i < SB_HASH_HEX; i++) {
        hash.hex[i] = (char)(hex[i] >= 'A' && hex[i] <= 'F' ? hex[i] - 'A' + 'a' : hex[i]);
    }
    return hash;
}

store_hash_t store_read_hash(sb_reader_t *self, const char *key)
{
    return s_hash(self, key, sb_read_str(self, key, 0, 2 * SB_HASH_HEX));
}

store_hash_t store_read_hash_or_null(sb_reader_t *self, const char *key)
{
    const char *hex = sb_read_str_or(self, key, 2 * SB_HASH_HEX, NULL);
    return hex ? s_hash(self, key, hex) : (store_hash_t){0};
}

const char *store_read_disposition_or_null(sb_reader_t *self, const char *key)
{
    const char *name = sb_read_str_or(self, key, SB_NAME_MAX, NULL);
    if (name && !sb_button_is_disposition(name)) {
        (void)sb_reader_fault(self, key, "is no disposition");
        return NULL;
    }
    return name;
}

int64_t store_read_ms(sb_reader_t *self, const char *key)
{
    return sb_read_int(self, key, 0, SB_JSON_INT_MAX);
}

int64_t store_read_ms_or_null(sb_reader_t *self, const char *key)
{
    return sb_read_int_or(self, key, 0, SB_JSON_INT_MAX, -1);
}

char *store_read_json(sb_reader_t *self, const char *key, size_t max)
{
    const cJSON *object = sb_read_object(self, key);
    if (!object) {
        return NULL;
    }
    char *text = sb_json_print(object);
    if (strlen(text) > max) {
        (void)sb_reader_fault(self, key, "expected at most %zu bytes as text", max);
        free(text);
        return NULL;
    }
    return text;
}

const char *store_read_bytes(sb_reader_t *self, const char *key, size_t min, size_t max)
{
    const char *text = sb_read_str(self, key, 0, STORE_BYTES_TEXT_MAX(max));
    if (sb_reader_code(self)) {
        return "";
    }
    sb_err_t err;
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (sb_unbase64url(text, &bytes, &size, &err)) {
        (void)sb_reader_fault(self, key, "%s", err.text);
    } else if (size < min || size > max) {
        (void)sb_reader_fault(self, key, "expected %zu to %zu bytes, got %zu", min, max, size);
    }
    free(bytes);
    return text;
}

const char *store_read_bytes_or_null(sb_reader_t *self, const char *key, size_t size)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(self->object, key);
    return !item || cJSON_IsNull(item) ? NULL : store_read_bytes(self, key, size, size);
}

db_param_t store_ms_param(int64_t ms)
{
    return db_int_or_null(ms, ms >= 0);
}

db_param_t store_hash_param(const store_hash_t *hash)
{
    return db_hash(hash->hex[0] ? hash->hex : NULL);
}

/* ---- Rows. */

void store_add_text(cJSON *object, const char *key, db_row_t *row)
{
    sb_json_add_str(object, key, db_take_text_or_null(row));
}

void store_add_int(cJSON *object, const char *key, db_row_t *row)
{
    sb_json_add_int(object, key, db_take_int(row));
}

void store_add_ms(cJSON *object, const char *key, db_row_t *row)
{
    if (db_next_is_null(row)) {
        (void)db_take_int_or(row, 0);
        sb_json_add_str(object, key, NULL);
    } else {
        sb_json_add_int(object, key, db_take_int(row));
    }
}

void store_add_id(cJSON *object, const char *key, db_row_t *row)
{
    sb_json_add_id(object, key, db_take_int(row));
}

void store_add_bool(cJSON *object, const char *key, db_row_t *row)
{
    sb_json_add_bool(object, key, db_take_int(row) != 0);
}

void store_add_hash(cJSON *object, const char *key, db_row_t *row)
{
    char hex[SB_HASH_HEX + 1];
    sb_json_add_str(object, key, db_take_hash(row, hex) ? hex : NULL);
}

void store_add_json(cJSON *object, const char *key, db_row_t *row)
{
    const char *text = db_take_text_or_null(row);
    cJSON *json = NULL;
    if (text) {
        sb_err_t err;
        json = sb_json_parse(text, strlen(text), 0, &err);
        if (!json) {
            (void)db_row_fault(row, "is no JSON object");
        }
    }
    if (json) {
        sb_json_add(object, key, json);
    } else {
        sb_json_add_str(object, key, NULL);
    }
}

void store_on_any(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    (void)row;
    *(bool *)ctx = true;
}

void store_on_text(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    sb_json_push(ctx, cJSON_CreateString(db_take_text(row)));
}

cJSON *store_alert_json(db_row_t *row)
{
    cJSON *alert = sb_json_object();
    store_add_hash(alert, "hash", row);
    store_add_id(alert, "seq", row);
    store_add_text(alert, "title", row);
    store_add_text(alert, "person", row);
    store_add_text(alert, "description", row);
    store_add_text(alert, "reason", row);
    store_add_text(alert, "url", row);
    store_add_text(alert, "place", row);
    store_add_int(alert, "event_ms", row);
    store_add_int(alert, "created_ms", row);
    const char *name = db_take_text(row);
    const int state = store_state_of(name);
    if (state < 0) {
        (void)db_row_fault(row, "is no state of an alert");
    }
    sb_json_add_str(alert, "state", name);
    sb_json_add_int(alert, "status", state < 0 ? 0 : store_status((store_state_t)state));
    store_add_text(alert, "outcome", row);
    sb_json_add_tristate(alert, "performed", db_take_tristate(row));
    sb_json_add_tristate(alert, "authenticated", db_take_tristate(row));
    store_add_text(alert, "comment", row);
    store_add_ms(alert, "asked_ms", row);
    store_add_ms(alert, "closed_ms", row);
    store_add_text(alert, "factor", row);
    store_add_ms(alert, "acked_ms", row);
    store_add_text(alert, "acked_by", row);
    store_add_text(alert, "assigned_to", row);
    store_add_text(alert, "disposition", row);
    store_add_ms(alert, "disposed_ms", row);
    store_add_json(alert, "effect", row);
    return alert;
}

cJSON *store_person_json(db_row_t *row)
{
    cJSON *person = sb_json_object();
    store_add_text(person, "id", row);
    store_add_text(person, "name", row);
    store_add_text(person, "email", row);
    store_add_text(person, "chat_id", row);
    store_add_text(person, "zone", row);
    store_add_bool(person, "active", row);
    store_add_text(person, "source", row);
    return person;
}

/* ---- Lists. */

store_page_t store_page(int64_t limit)
{
    assert(limit > 0);
    return (store_page_t){.items = sb_json_array(), .limit = (size_t)limit};
}

void store_page_add(store_page_t *self, cJSON *item)
{
    const size_t size = sb_json_size_max(item) + 1;
    if (self->more || self->len == self->limit ||
        (self->len > 0 && self->size + size > SB_ANSWER_SIZE_MAX)) {
        self->more = true;
        cJSON_Delete(item);
        return;
    }
    self->len++;
    self->size += size;
    sb_json_push(self->items, item);
}

const cJSON *store_page_last(const store_page_t *self)
{
    return self->more ? self->items->child->prev
                      : NULL; /* cJSON: the first one's prev is the last */
}

static const char *s_member(const cJSON *item, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, name));
    assert(text);
    return text;
}

/* NULL if nothing was left out. */
static char *s_cursor(const store_list_t *list, const store_page_t *page)
{
    const cJSON *last = store_page_last(page);
    if (!last || !list->member) {
        return NULL;
    }
    const char *first = s_member(last, list->member);
    return list->second ? sb_format("%s\n%s", first, s_member(last, list->second))
                        : sb_strdup(first);
}

int store_list(store_t *store, store_cmd_t *cmd, const store_list_t *list, const char *sql,
               db_sets_t *sets, int64_t limit, sb_err_t *err)
{
    store_page_t page = store_page(limit);
    const db_step_t step = {.sql = sql, .sets = sets, .on_row = list->on_row, .ctx = &page};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(sets);
    if (code) {
        cJSON_Delete(page.items);
        return code;
    }
    char *cursor = s_cursor(list, &page);
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, list->name, page.items);
    sb_json_add_str(cmd->result, "cursor", cursor);
    free(cursor);
    return SB_OK;
}

int store_list_of(store_t *store, store_cmd_t *cmd, const store_list_t *list, const char *all,
                  const char *of_one, int64_t limit_default, sb_err_t *err)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t person = store_read_person_or_null(&r, "person");
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, limit_default);
    const store_cursor_t cursor = store_read_cursor(&r);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    const bool one = person.id[0];
    db_sets_t sets = db_sets(one ? 4 : 3);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(cursor.first);
    params[1] = db_text(cursor.second);
    params[2] = db_int(limit + 1);
    if (one) {
        params[3] = db_text(person.id);
    }
    return store_list(store, cmd, list, one ? of_one : all, &sets, limit, err);
}

store_cursor_t store_read_cursor(sb_reader_t *self)
{
    store_cursor_t cursor = {.second = ""};
    const char *text = sb_read_str_or(self, "cursor", CURSOR_MAX, NULL);
    if (!text) {
        return cursor;
    }
    const size_t len = strcspn(text, "\n");
    if (len > SB_PERSON_ID_MAX) {
        (void)sb_reader_fault(self, "cursor", "is none of ours");
        return cursor;
    }
    memcpy(cursor.first, text, len);
    cursor.second = text[len] ? text + len + 1 : "";
    return cursor;
}

/* ---- The leader's epoch. */

db_step_t store_epoch_step(const db_sets_t *sets, bool hold, bool *current)
{
    static const char look[] =
        "SELECT epoch FROM lease WHERE name = '" SB_LEASE_BOTD "' AND epoch = $1";
    static const char lock[] =
        "SELECT epoch FROM lease WHERE name = '" SB_LEASE_BOTD "' AND epoch = $1 {share}";
    *current = false;
    return (db_step_t){
        .sql = hold ? lock : look, .sets = sets, .on_row = store_on_any, .ctx = current};
}

int store_epoch(store_t *store, int64_t epoch, bool hold, bool *current_r, sb_err_t *err)
{
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_int(epoch);
    const db_step_t step = store_epoch_step(&sets, hold, current_r);
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    return code;
}

void store_fail_epoch(store_cmd_t *cmd, int64_t epoch)
{
    store_fail(cmd, SB_ESTALE, "body.epoch: %lld is not the current one", (long long)epoch);
}
