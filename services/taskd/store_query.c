/* store_query.c: alert.query. The statement is built of those conditions that were asked for, so
 * that each is planned for what it is. Pages go on by key: order and place of the last alert are in
 * the cursor, and what comes in meanwhile moves nothing. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define LIMIT_DEFAULT 50
#define SQL_MAX 4096
#define CURSOR_MAX (SB_TITLE_MAX + 64)

typedef enum { ORDER_EVENT, ORDER_PERSON, ORDER_TITLE, ORDERS_LEN } order_t;

static const char *const s_order_names[ORDERS_LEN] = {"event_time", "person", "title"};

/* The column that comes before event_ms DESC, seq DESC. */
static const char *const s_order_columns[ORDERS_LEN] = {NULL, "a.person", "a.title"};

typedef struct {
    order_t order;
    int64_t event_ms;
    int64_t seq;
    char key[CURSOR_MAX]; /* of the order's column */
} place_t;

typedef struct {
    int64_t limit;
    const char *titles[SB_FILTER_MAX];
    size_t titles_len;
    store_person_t persons_text[SB_FILTER_MAX];
    const char *persons[SB_FILTER_MAX];
    size_t persons_len;
    int64_t status;    /* -1: any */
    const char *state; /* NULL: any */
    const char *outcome;
    int performed, authenticated; /* -1: any */
    int64_t after_ms, before_ms;  /* -1: no bound */
    order_t order;
    bool has_cursor;
    place_t cursor;
} query_t;

/* ---- The cursor: "ORDER:EVENT_MS:SEQ:KEY" */

static cJSON *s_cursor_json(order_t order, const cJSON *alert)
{
    const cJSON *event_ms = cJSON_GetObjectItemCaseSensitive(alert, "event_ms");
    const cJSON *seq = cJSON_GetObjectItemCaseSensitive(alert, "seq");
    const cJSON *key =
        order == ORDER_EVENT ? NULL : cJSON_GetObjectItemCaseSensitive(alert, s_order_names[order]);
    char text[CURSOR_MAX + 64];
    (void)snprintf(text, sizeof text, "%d:%lld:%s:%s", (int)order, (long long)event_ms->valuedouble,
                   seq->valuestring, key ? key->valuestring : "");
    cJSON *json = cJSON_CreateString(text);
    assert(json);
    return json;
}

static bool s_number(const char **text, int64_t *value_r)
{
    char *end;
    errno = 0;
    *value_r = strtoll(*text, &end, 10);
    const bool good = end != *text && *end == ':' && !errno && *value_r >= 0;
    *text = good ? end + 1 : end;
    return good;
}

static void s_read_cursor(sb_reader_t *r, query_t *query)
{
    const char *text = sb_read_str_or(r, "cursor", CURSOR_MAX + 63, NULL);
    if (!text) {
        return;
    }
    place_t *place = &query->cursor;
    int64_t order;
    if (!s_number(&text, &order) || !s_number(&text, &place->event_ms) ||
        !s_number(&text, &place->seq) || strlen(text) >= sizeof place->key) {
        (void)sb_reader_fault(r, "cursor", "is none of ours");
        return;
    }
    if (order != (int64_t)query->order) {
        (void)sb_reader_fault(r, "cursor", "is one of another order");
        return;
    }
    memcpy(place->key, text, strlen(text) + 1);
    place->order = query->order;
    query->has_cursor = true;
}

/* ---- Reading the request. */

static const char *s_filter_text(sb_reader_t *r, const char *key, const cJSON *item, size_t max)
{
    if (!cJSON_IsString(item) || strlen(item->valuestring) > max) {
        (void)sb_reader_fault(r, key, "expected strings of at most %zu bytes", max);
        return "";
    }
    return item->valuestring;
}

static void s_read_lists(sb_reader_t *r, query_t *query)
{
    const cJSON *item;
    const cJSON *titles = sb_read_array_or_null(r, "titles", SB_FILTER_MAX);
    cJSON_ArrayForEach(item, titles)
    {
        query->titles[query->titles_len++] = s_filter_text(r, "titles", item, SB_TITLE_MAX);
    }
    const cJSON *persons = sb_read_array_or_null(r, "persons", SB_FILTER_MAX);
    cJSON_ArrayForEach(item, persons)
    {
        store_person_t *person = &query->persons_text[query->persons_len];
        const char *id = s_filter_text(r, "persons", item, SB_PERSON_ID_MAX);
        for (size_t i = 0; id[i]; i++) {
            person->id[i] = (char)(id[i] >= 'A' && id[i] <= 'Z' ? id[i] - 'A' + 'a' : id[i]);
        }
        query->persons[query->persons_len++] = person->id;
    }
}

static bool s_read(store_cmd_t *cmd, query_t *query)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    query->limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, LIMIT_DEFAULT);
    s_read_lists(&r, query);
    query->status = sb_read_int_or(&r, "status", 0, 2, -1);
    query->state = sb_read_str_or(&r, "state", SB_NAME_MAX, NULL);
    if (query->state && store_state_of(query->state) < 0) {
        (void)sb_reader_fault(&r, "state", "is no state of an alert");
    }
    query->outcome = sb_read_str_or(&r, "outcome", SB_NAME_MAX, NULL);
    if (query->outcome && !store_outcome_of(query->outcome)) {
        (void)sb_reader_fault(&r, "outcome", "is no outcome of an alert");
    }
    query->performed = sb_read_tristate(&r, "performed");
    query->authenticated = sb_read_tristate(&r, "authenticated");
    query->after_ms = store_read_ms_or_null(&r, "after_ms");
    query->before_ms = store_read_ms_or_null(&r, "before_ms");
    if (sb_read_str_or(&r, "order", SB_NAME_MAX, NULL)) {
        const int order = sb_read_enum(&r, "order", s_order_names, ORDERS_LEN);
        query->order = order < 0 ? ORDER_EVENT : (order_t)order;
    }
    s_read_cursor(&r, query);
    return sb_reader_code(&r) == SB_OK;
}

/* ---- Building the statement. */

typedef struct {
    sb_buf_t sql;
    db_param_t params[DB_PARAMS_MAX];
    size_t len;
} built_t;

/* Adds a condition; each "$?" in it is the next number. */
static void s_where(built_t *built, const char *condition, db_param_t param)
{
    assert(built->len < DB_PARAMS_MAX);
    built->params[built->len++] = param;
    const char *mark = strstr(condition, "$?");
    assert(mark);
    sb_buf_puts(&built->sql, " AND ");
    sb_buf_add(&built->sql, condition, (size_t)(mark - condition));
    sb_buf_printf(&built->sql, "$%zu%s", built->len, mark + 2);
}

static void s_where_list(built_t *built, const char *column, const char *const *list, size_t len)
{
    char text[64];
    (void)snprintf(text, sizeof text, len == 1 ? "%s = $?" : "%s {any(}$?{)any}", column);
    s_where(built, text, len == 1 ? db_text(list[0]) : db_list(list, len));
}

static void s_filters(built_t *built, const query_t *query)
{
    static const char *const statuses[] = {
        " AND a.outcome IS NULL AND a.state IN ('new', 'queued')",
        " AND a.outcome IS NULL AND a.state = 'asked'",
        " AND a.outcome IS NOT NULL",
    };
    if (query->titles_len > 0) {
        s_where_list(built, "a.title", query->titles, query->titles_len);
    }
    if (query->persons_len > 0) {
        s_where_list(built, "a.person", query->persons, query->persons_len);
    }
    if (query->status >= 0) {
        sb_buf_puts(&built->sql, statuses[query->status]);
    }
    if (query->state) {
        if (store_state_of(query->state) < STORE_ESCALATED) {
            sb_buf_puts(&built->sql, " AND a.outcome IS NULL"); /* alerts_open fits then */
        }
        s_where(built, "a.state = $?", db_text(query->state));
    }
    if (query->outcome) {
        s_where(built, "a.outcome = $?", db_text(query->outcome));
    }
    if (query->performed >= 0) {
        s_where(built, "n.performed = $?", db_int(query->performed));
    }
    if (query->authenticated >= 0) {
        s_where(built, "n.authenticated = $?", db_int(query->authenticated));
    }
    if (query->after_ms >= 0) {
        s_where(built, "a.event_ms > $?", db_int(query->after_ms));
    }
    if (query->before_ms >= 0) {
        s_where(built, "a.event_ms < $?", db_int(query->before_ms));
    }
}

/* Where the page begins. In the order of a column that is two ranges, each of which an index gives:
 * the rest of the cursor's own group, and all groups behind it. */
typedef enum { PART_ALL, PART_GROUP, PART_BEHIND } part_t;

static void s_build(built_t *built, const query_t *query, part_t part)
{
    const char *column = s_order_columns[query->order];
    built->sql = sb_buf(SQL_MAX);
    sb_buf_puts(&built->sql,
                "SELECT " STORE_ALERT_COLUMNS " FROM " STORE_ALERT_TABLES " WHERE 1 = 1");
    s_filters(built, query);
    char text[64];
    if (part != PART_ALL && column) {
        (void)snprintf(text, sizeof text, part == PART_GROUP ? "%s = $?" : "%s > $?", column);
        s_where(built, text, db_text(query->cursor.key));
    }
    if (part == PART_GROUP) {
        built->params[built->len++] = db_int(query->cursor.event_ms);
        built->params[built->len++] = db_int(query->cursor.seq);
        sb_buf_printf(&built->sql, " AND (a.event_ms, a.seq) < ($%zu, $%zu)", built->len - 1,
                      built->len);
    }
    sb_buf_puts(&built->sql, " ORDER BY ");
    if (column && part != PART_GROUP) {
        sb_buf_printf(&built->sql, "%s, ", column);
    }
    built->params[built->len++] = db_int(query->limit + 1);
    sb_buf_printf(&built->sql, "a.event_ms DESC, a.seq DESC LIMIT $%zu", built->len);
    assert(!built->sql.overflow);
}

/* ---- Running it. */

static void s_on_alert(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    store_page_add(ctx, store_alert_json(row));
}

static int s_run_part(store_t *store, const query_t *query, part_t part, store_page_t *page,
                      sb_err_t *err)
{
    built_t built = {0};
    s_build(&built, query, part);
    db_sets_t sets = db_sets(built.len);
    memcpy(db_sets_add(&sets, 0), built.params, built.len * sizeof built.params[0]);
    const db_step_t step = {.sql = sb_buf_text(&built.sql),
                            .sets = &sets,
                            .on_row = s_on_alert,
                            .ctx = page,
                            .once = true};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    sb_buf_free(&built.sql);
    return code;
}

int store_alert_query(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    query_t query = {0};
    if (!s_read(cmd, &query)) {
        return SB_OK;
    }
    store_page_t page = store_page(query.limit);
    int code = s_run_part(store, &query, query.has_cursor ? PART_GROUP : PART_ALL, &page, err);
    if (code == SB_OK && query.has_cursor && query.order != ORDER_EVENT && !page.more) {
        code = s_run_part(store, &query, PART_BEHIND, &page, err);
    }
    if (code) {
        cJSON_Delete(page.items);
        return code;
    }
    const cJSON *last = store_page_last(&page);
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, "cursor",
                last ? s_cursor_json(query.order, last) : cJSON_CreateNull());
    sb_json_add(cmd->result, "alerts", page.items);
    return SB_OK;
}
