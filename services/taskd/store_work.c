/* store_work.c: work.pull. First who has something to do, then everything that is known about
 * these people, in one round trip for all of them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/mem.h"
#include "proto/bus.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define SOURCE_ROWS 4  /* rows looked at in each source, for each person wanted */
#define MUTES_MAX 1000 /* of one person */
#define HOUR_MS 3600000
#define DAY_MS 86400000
#define WEEK_MS 604800000
#define NAMED_SIZE_MAX (SB_BODY_SIZE_MAX - 64 * 1024) /* what people point at always fits */

typedef struct {
    char id[SB_PERSON_ID_MAX + 1];
    size_t rank; /* its place in the answer */
    size_t size; /* bytes of what it has */
    size_t mutes_len;
    bool exempt;
    bool new_more, queued_more, inbox_more;
    cJSON *person, *conversation, *alert, *last, *proofs; /* NULL: null */
    cJSON *news, *queued, *named, *mutes, *inbox;
} item_t;

typedef struct {
    item_t items[SB_PULL_MAX]; /* by id once all are there */
    const char *ids[SB_PULL_MAX];
    size_t len;
    size_t max;
    int64_t rows, rows_max; /* seen in the sources, and the most that a source gives */
    bool more;
    int64_t now_ms;
    int64_t due_ms; /* -1: none */
} pull_t;

/* ---- Who. */

static void s_on_person(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    pull_t *pull = ctx;
    const char *id = db_take_text(row);
    pull->rows += db_take_int(row);
    if (strlen(id) > SB_PERSON_ID_MAX) {
        (void)db_row_fault(row, "is no person");
        return;
    }
    if (pull->len == pull->max) {
        pull->more = true;
        return;
    }
    item_t *item = &pull->items[pull->len];
    memcpy(item->id, id, strlen(id) + 1);
    item->rank = pull->len++;
}

static void s_on_clock(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    pull_t *pull = ctx;
    pull->now_ms = db_take_int(row);
    pull->due_ms = db_take_int_or(row, -1);
}

static int s_compare(const void *a, const void *b)
{
    return strcmp(((const item_t *)a)->id, ((const item_t *)b)->id);
}

static int s_find_people(store_t *store, pull_t *pull, int64_t epoch, bool *current, sb_err_t *err)
{
    static const char clock[] =
        "SELECT {now}, (SELECT min(deadline_ms) FROM conversations WHERE deadline_ms > {now})";
    static const char people[] =
        "SELECT person, count(*) FROM ("
        "SELECT * FROM (SELECT person, created_ms AS at FROM alerts WHERE state = 'new'"
        " ORDER BY created_ms, person LIMIT $1) a"
        " UNION ALL "
        "SELECT * FROM (SELECT person, received_ms AS at FROM inbox WHERE applied = 0"
        " ORDER BY received_ms, person LIMIT $1) b"
        " UNION ALL "
        "SELECT * FROM (SELECT person, deadline_ms AS at FROM conversations"
        " WHERE deadline_ms <= {now} ORDER BY deadline_ms, person LIMIT $1) c"
        ") w GROUP BY person ORDER BY min(at), person LIMIT $2";
    db_sets_t epochs = db_sets(1);
    *db_sets_add(&epochs, 0) = db_int(epoch);
    db_sets_t limits = db_sets(2);
    db_param_t *params = db_sets_add(&limits, 0);
    params[0] = db_int(pull->rows_max);
    params[1] = db_int((int64_t)pull->max + 1);
    const db_step_t steps[] = {
        store_epoch_step(&epochs, false, current),
        {.sql = clock,     .on_row = s_on_clock,  .ctx = pull},
        { .sql = people, .sets = &limits, .on_row = s_on_person, .ctx = pull},
    };
    const int code = db_run(store->db, steps, sizeof steps / sizeof steps[0], err);
    db_sets_free(&epochs);
    db_sets_free(&limits);
    pull->more = pull->more || pull->rows >= pull->rows_max;
    qsort(pull->items, pull->len, sizeof pull->items[0], s_compare);
    return code;
}

/* ---- What. Each row begins with the person's id. */

static item_t *s_item(pull_t *pull, db_row_t *row)
{
    item_t key;
    const char *id = db_take_text(row);
    if (strlen(id) <= SB_PERSON_ID_MAX) {
        memcpy(key.id, id, strlen(id) + 1);
        item_t *item = bsearch(&key, pull->items, pull->len, sizeof pull->items[0], s_compare);
        if (item) {
            return item;
        }
    }
    (void)db_row_fault(row, "is no person that was asked for");
    return &pull->items[0];
}

/* Takes json. Keeps it if the item stays small enough, or has nothing to do yet. */
static bool s_keep(item_t *item, cJSON *json, size_t size_max)
{
    const size_t size = sb_json_size_max(json) + 1;
    const bool idle = !item->news->child && !item->inbox->child;
    if (item->size + size > size_max && !idle) {
        cJSON_Delete(json);
        return false;
    }
    item->size += size;
    return true;
}

static void s_set(item_t *item, cJSON **place, cJSON *json)
{
    cJSON_Delete(*place);
    *place = s_keep(item, json, SB_ANSWER_SIZE_MAX) ? json : NULL;
}

static void s_on_directory(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    s_set(item, &item->person, store_person_json(row));
}

static void s_on_exempt(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    s_item(ctx, row)->exempt = true;
}

static void s_on_conversation(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    cJSON *json = sb_json_object();
    store_add_id(json, "version", row);
    store_add_text(json, "state", row);
    store_add_hash(json, "alert", row);
    store_add_ms(json, "deadline_ms", row);
    store_add_text(json, "question", row);
    store_add_text(json, "job", row);
    store_add_text(json, "driver", row);
    store_add_text(json, "strength", row);
    store_add_text(json, "tried", row);
    store_add_int(json, "attempts", row);
    store_add_text(json, "comment", row);
    store_add_hash(json, "last_alert", row);
    store_add_text(json, "transcript", row);
    cJSON_Delete(item->conversation);
    item->conversation = json;
    item->size += sb_json_size_max(json);
}

static void s_on_proofs(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    cJSON *json = sb_json_object();
    store_add_int(json, "hour", row);
    store_add_int(json, "day", row);
    store_add_ms(json, "refused_ms", row);
    store_add_ms(json, "fraud_ms", row);
    cJSON_Delete(item->proofs);
    item->proofs = json;
    item->size += sb_json_size_max(json);
}

static void s_on_current(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    s_set(item, &item->alert, store_alert_json(row));
}

static void s_on_last(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    s_set(item, &item->last, store_alert_json(row));
}

static void s_on_event(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    cJSON *json = sb_json_object();
    store_add_id(json, "seq", row);
    store_add_text(json, "event", row);
    sb_json_add_str(json, "person", item->id);
    store_add_text(json, "kind", row);
    store_add_text(json, "text", row);
    store_add_text(json, "value", row);
    store_add_text(json, "message", row);
    store_add_int(json, "at_ms", row);
    if (item->inbox_more || cJSON_GetArraySize(item->inbox) == SB_PULL_INBOX_MAX) {
        item->inbox_more = true;
        cJSON_Delete(json);
    } else if (s_keep(item, json, SB_ANSWER_SIZE_MAX)) {
        sb_json_push(item->inbox, json);
    } else {
        item->inbox_more = true;
    }
}

/* Adds an alert to a list of at most SB_PULL_ALERTS_MAX; sets *more when it doesn't fit. */
static void s_list(item_t *item, cJSON *list, bool *more, db_row_t *row)
{
    cJSON *json = store_alert_json(row);
    if (*more || cJSON_GetArraySize(list) == SB_PULL_ALERTS_MAX) {
        *more = true;
        cJSON_Delete(json);
    } else if (s_keep(item, json, SB_ANSWER_SIZE_MAX)) {
        sb_json_push(list, json);
    } else {
        *more = true;
    }
}

static void s_on_new(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    s_list(item, item->news, &item->new_more, row);
}

static void s_on_queued(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    s_list(item, item->queued, &item->queued_more, row);
}

static void s_on_mute(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    item_t *item = s_item(ctx, row);
    cJSON *json = sb_json_object();
    store_add_text(json, "title", row);
    store_add_text(json, "reason", row);
    store_add_int(json, "until_ms", row);
    store_add_text(json, "place", row);
    /* A mute that doesn't fit is not there: the person is asked. */
    if (++item->mutes_len > MUTES_MAX) {
        cJSON_Delete(json);
    } else if (s_keep(item, json, SB_ANSWER_SIZE_MAX)) {
        sb_json_push(item->mutes, json);
    }
}

/* CROSS JOIN keeps SQLite from turning the order of the tables around. */
#define TEXT_OF(x) TEXT_OF_VALUE(x)
#define TEXT_OF_VALUE(x) #x
#define ALERTS_IN_STATE(state)                                                                     \
    "SELECT p.value, " STORE_ALERT_COLUMNS " FROM {people} CROSS JOIN " STORE_ALERT_TABLES         \
    " WHERE a.seq {pick(}SELECT x.seq FROM alerts x WHERE x.person = p.value"                      \
    " AND x.state = '" state                                                                       \
    "' ORDER BY x.seq LIMIT " TEXT_OF(SB_PULL_ALERTS_MAX) " + 1{)pick}"                            \
                                                          " ORDER BY a.seq"
#define ALERT_OF_CONVERSATION(column)                                                              \
    "SELECT c.person, " STORE_ALERT_COLUMNS                                                        \
    " FROM {people} CROSS JOIN conversations c CROSS JOIN " STORE_ALERT_TABLES                     \
    " WHERE c.person = p.value AND a.hash = c." column " AND a.person = c.person"
#define PROOFS_SINCE(ms)                                                                           \
    "(SELECT count(*) FROM (SELECT 1 FROM outbox o WHERE o.person = c.person AND o.asks = 1"       \
    " AND o.created_ms > {now} - " TEXT_OF(ms) " LIMIT " TEXT_OF(SB_PROOFS_COUNTED_MAX) ") n)"
/* The list of statuses is that of the index, for SQLite to know it again. */
#define PROOF_ENDED(which)                                                                         \
    "(SELECT max(o.ended_ms) FROM outbox o WHERE o.person = c.person AND o.kind = 'factor.start'"  \
    " AND o.status IN ('refused', 'fraud', 'suspect', 'wrong_code') AND " which                    \
    " AND o.ended_ms > {now} - " TEXT_OF(WEEK_MS) ")"
/* A wrong code is a refusal once it used up the tries; its alert says so. */
#define REFUSED                                                                                    \
    "o.status IN ('refused', 'wrong_code') AND (o.status = 'refused' OR EXISTS (SELECT 1"          \
    " FROM alerts a WHERE a.hash = o.alert AND a.outcome = 'refused'))"
#define FRAUD "o.status IN ('fraud', 'suspect')"
#define PROOFS                                                                                     \
    "SELECT c.person, " PROOFS_SINCE(HOUR_MS) ", " PROOFS_SINCE(DAY_MS) ", " PROOF_ENDED(          \
        REFUSED) ", " PROOF_ENDED(FRAUD) " FROM {people} CROSS JOIN conversations c WHERE "        \
                                         "c.person = p.value"                                      \
                                         " AND c.state <> 'idle'"

static const struct {
    const char *sql;
    db_row_fn *on_row;
} s_parts[] = {
    {"SELECT id, " STORE_PERSON_COLUMNS " FROM people WHERE id {any(}$1{)any}",     s_on_directory   },
    {"SELECT person FROM exemptions WHERE person {any(}$1{)any}",                   s_on_exempt      },
    {"SELECT person, version, state, alert, deadline_ms, question, job, driver, strength, tried,"
     " attempts, comment, last_alert, transcript FROM conversations"
     " WHERE person {any(}$1{)any}",                                           s_on_conversation},
    {PROOFS,                                                                        s_on_proofs      },
    {ALERT_OF_CONVERSATION("alert"),                                                s_on_current     },
    {"SELECT i.person, i.seq, i.event, i.kind, i.text, i.value, i.message, i.received_ms"
     " FROM {people} CROSS JOIN inbox i WHERE i.seq {pick(}SELECT x.seq FROM inbox x"
     " WHERE x.person = p.value AND x.applied = 0 ORDER BY x.seq"
     " LIMIT " TEXT_OF(SB_PULL_INBOX_MAX) " + 1{)pick} ORDER BY i.seq",
     s_on_event                                                                                      },
    {ALERTS_IN_STATE("new"),                                                        s_on_new         },
    {ALERTS_IN_STATE("queued"),                                                     s_on_queued      },
    {ALERT_OF_CONVERSATION("last_alert"),                                           s_on_last        },
    {"SELECT m.person, m.title, m.reason, m.until_ms, m.place FROM mutes m"
     " WHERE m.person {any(}$1{)any} AND m.until_ms > {now} ORDER BY m.title", s_on_mute        },
};
#define PARTS_LEN (sizeof s_parts / sizeof s_parts[0])

static int s_find_all(store_t *store, pull_t *pull, sb_err_t *err)
{
    for (size_t i = 0; i < pull->len; i++) {
        item_t *item = &pull->items[i];
        pull->ids[i] = item->id;
        item->news = sb_json_array();
        item->queued = sb_json_array();
        item->named = sb_json_array();
        item->mutes = sb_json_array();
        item->inbox = sb_json_array();
    }
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_list(pull->ids, pull->len);
    db_step_t steps[PARTS_LEN];
    for (size_t i = 0; i < PARTS_LEN; i++) {
        steps[i] = (db_step_t){
            .sql = s_parts[i].sql, .sets = &sets, .on_row = s_parts[i].on_row, .ctx = pull};
    }
    const int code = db_run(store->db, steps, PARTS_LEN, err);
    db_sets_free(&sets);
    return code;
}

/* ---- The alerts that buttons and responders name. */

/* The hash that a button or a responder means; false if it is another kind of event. */
static bool s_named_hash(const cJSON *event, char hash_r[SB_HASH_HEX + 1])
{
    const cJSON *kind = cJSON_GetObjectItemCaseSensitive(event, "kind");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(event, "value");
    sb_button_t button;
    if (!cJSON_IsString(kind) || !cJSON_IsString(value) ||
        (strcmp(kind->valuestring, "button") != 0 && strcmp(kind->valuestring, "team") != 0) ||
        !sb_button_parse(value->valuestring, &button)) {
        return false;
    }
    memcpy(hash_r, button.hash, sizeof button.hash);
    return true;
}

static void s_on_named(void *ctx, size_t tag, db_row_t *row)
{
    item_t *item = &((pull_t *)ctx)->items[tag];
    cJSON *json = store_alert_json(row);
    const cJSON *hash = cJSON_GetObjectItemCaseSensitive(json, "hash");
    const cJSON *other;
    cJSON_ArrayForEach(other, item->named)
    {
        const cJSON *known = cJSON_GetObjectItemCaseSensitive(other, "hash");
        if (cJSON_Compare(hash, known, true)) {
            cJSON_Delete(json);
            return;
        }
    }
    if (s_keep(item, json, NAMED_SIZE_MAX)) {
        sb_json_push(item->named, json);
    }
}

static size_t s_events(const pull_t *pull)
{
    size_t len = 0;
    for (size_t i = 0; i < pull->len; i++) {
        len += (size_t)cJSON_GetArraySize(pull->items[i].inbox);
    }
    return len;
}

static int s_find_named(store_t *store, pull_t *pull, sb_err_t *err)
{
    static const char select[] = "SELECT " STORE_ALERT_COLUMNS " FROM " STORE_ALERT_TABLES
                                 " WHERE a.hash = $1 AND a.person = $2";
    db_sets_t sets = db_sets(2);
    store_hash_t *hashes = sb_alloc_array(s_events(pull), sizeof *hashes);
    for (size_t i = 0; i < pull->len; i++) {
        const cJSON *event;
        cJSON_ArrayForEach(event, pull->items[i].inbox)
        {
            char *hex = hashes[sets.len].hex;
            if (s_named_hash(event, hex)) {
                db_param_t *params = db_sets_add(&sets, i);
                params[0] = db_hash(hex);
                params[1] = db_text(pull->items[i].id);
            }
        }
    }
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_named, .ctx = pull};
    const int code = sets.len ? db_run(store->db, &step, 1, err) : SB_OK;
    db_sets_free(&sets);
    free(hashes);
    return code;
}

/* ---- The answer. */

static void s_give(cJSON *object, const char *key, cJSON **json_p)
{
    if (*json_p) {
        sb_json_add(object, key, *json_p);
        *json_p = NULL;
    } else {
        sb_json_add_str(object, key, NULL);
    }
}

static cJSON *s_idle(void)
{
    cJSON *json = sb_json_object();
    static const char *const unknown[] = {"alert",      "deadline_ms", "question", "job",
                                          "driver",     "strength",    "tried",    "comment",
                                          "last_alert", "transcript"};
    sb_json_add_id(json, "version", 0);
    sb_json_add_str(json, "state", "idle");
    sb_json_add_int(json, "attempts", 0);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        sb_json_add_str(json, unknown[i], NULL);
    }
    return json;
}

static cJSON *s_item_json(item_t *item)
{
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "id", item->id);
    s_give(json, "person", &item->person);
    sb_json_add_bool(json, "exempt", item->exempt);
    if (!item->conversation) {
        item->conversation = s_idle();
    }
    s_give(json, "conversation", &item->conversation);
    s_give(json, "alert", &item->alert);
    s_give(json, "last_alert", &item->last);
    s_give(json, "new", &item->news);
    s_give(json, "queued", &item->queued);
    sb_json_add_bool(json, "queued_more", item->queued_more);
    s_give(json, "named", &item->named);
    s_give(json, "mutes", &item->mutes);
    s_give(json, "proofs", &item->proofs);
    s_give(json, "inbox", &item->inbox);
    sb_json_add_bool(json, "inbox_more", item->inbox_more);
    return json;
}

static void s_answer(store_cmd_t *cmd, pull_t *pull)
{
    item_t *by_rank[SB_PULL_MAX];
    for (size_t i = 0; i < pull->len; i++) {
        by_rank[pull->items[i].rank] = &pull->items[i];
    }
    store_page_t page = store_page(SB_PULL_MAX);
    for (size_t i = 0; i < pull->len && !page.more; i++) {
        pull->more = pull->more || by_rank[i]->new_more || by_rank[i]->inbox_more;
        store_page_add(&page, s_item_json(by_rank[i]));
    }
    cmd->result = sb_json_object();
    sb_json_add_int(cmd->result, "now_ms", pull->now_ms);
    sb_json_add(cmd->result, "items", page.items);
    sb_json_add_bool(cmd->result, "more", pull->more || page.more);
    if (pull->due_ms >= 0) {
        sb_json_add_int(cmd->result, "next_due_ms", pull->due_ms);
    } else {
        sb_json_add_str(cmd->result, "next_due_ms", NULL);
    }
}

static void s_free(pull_t *pull)
{
    for (size_t i = 0; i < pull->len; i++) {
        item_t *item = &pull->items[i];
        cJSON *const parts[] = {item->person, item->conversation, item->alert, item->last,
                                item->news,   item->queued,       item->named, item->mutes,
                                item->proofs, item->inbox};
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
            cJSON_Delete(parts[k]);
        }
    }
    free(pull);
}

int store_work_pull(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const int64_t epoch = sb_read_id(&r, "epoch");
    const int64_t max = sb_read_int(&r, "max", 1, SB_PULL_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    pull_t *pull = sb_alloc(sizeof *pull);
    pull->max = (size_t)max;
    pull->rows_max = SOURCE_ROWS * max;
    bool current = false;
    int code = s_find_people(store, pull, epoch, &current, err);
    if (code == SB_OK && !current) {
        store_fail_epoch(cmd, epoch);
    } else if (code == SB_OK) {
        code = pull->len ? s_find_all(store, pull, err) : SB_OK;
        code = code ? code : s_find_named(store, pull, err);
        if (code == SB_OK) {
            s_answer(cmd, pull);
        }
    }
    s_free(pull);
    return code;
}
