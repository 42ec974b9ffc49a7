/* store_view.c: what a chat system's driver wants to know of people: who has a question open, and
 * what one of them may see of themselves. */
#include <stdlib.h>

#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define LIMIT_DEFAULT 100
#define MUTES_MAX 100 /* of one person that are shown */

/* ---- conversation.list */

static void s_on_open(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *person = sb_json_object();
    store_add_text(person, "id", row);
    store_add_text(person, "chat_id", row);
    store_add_ms(person, "since_ms", row);
    store_page_add(ctx, person);
}

static const store_list_t s_people = {.name = "people", .on_row = s_on_open, .member = "id"};

int store_conversation_list(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] =
        "SELECT c.person, p.chat_id, coalesce((SELECT max(i.at_ms) FROM inbox i"
        " WHERE i.person = c.person AND i.kind IN ('text', 'button')), a.asked_ms)"
        " FROM conversations c LEFT JOIN people p ON p.id = c.person"
        " LEFT JOIN alerts a ON a.hash = c.alert"
        " WHERE c.state <> 'idle' AND c.person > $1 ORDER BY c.person LIMIT $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t after = store_read_person_or_null(&r, "after");
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, LIMIT_DEFAULT);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(after.id);
    params[1] = db_int(limit + 1);
    return store_list(store, cmd, &s_people, select, &sets, limit, err);
}

/* ---- person.view */

typedef struct {
    cJSON *person; /* NULL: null */
    bool exempt;
    cJSON *open;
    int64_t deadline_ms; /* -1: none */
    store_page_t recent;
    store_page_t mutes;
} view_t;

/* What the team made of an alert is the team's. */
static cJSON *s_alert(db_row_t *row)
{
    static const char *const hidden[] = {"acked_ms", "acked_by", "assigned_to", "disposition",
                                         "disposed_ms"};
    cJSON *alert = store_alert_json(row);
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(alert, hidden[i]);
        sb_json_add_str(alert, hidden[i], NULL);
    }
    return alert;
}

static void s_on_person(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    ((view_t *)ctx)->person = store_person_json(row);
}

static void s_on_exempt(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    (void)row;
    ((view_t *)ctx)->exempt = true;
}

static void s_on_question(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    view_t *view = ctx;
    view->deadline_ms = db_take_int_or(row, -1);
    view->open = s_alert(row);
}

static void s_on_recent(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    store_page_add(&((view_t *)ctx)->recent, s_alert(row));
}

static void s_on_mute(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *mute = sb_json_object();
    store_add_text(mute, "title", row);
    store_add_text(mute, "reason", row);
    store_add_int(mute, "until_ms", row);
    store_page_add(&((view_t *)ctx)->mutes, mute);
}

static void s_give(cJSON *object, const char *key, cJSON **json_p)
{
    sb_json_add(object, key, *json_p ? *json_p : cJSON_CreateNull());
    *json_p = NULL;
}

static void s_view_answer(store_cmd_t *cmd, view_t *view)
{
    cmd->result = sb_json_object();
    s_give(cmd->result, "person", &view->person);
    sb_json_add_bool(cmd->result, "exempt", view->exempt);
    s_give(cmd->result, "open", &view->open);
    if (view->deadline_ms >= 0) {
        sb_json_add_int(cmd->result, "deadline_ms", view->deadline_ms);
    } else {
        sb_json_add_str(cmd->result, "deadline_ms", NULL);
    }
    s_give(cmd->result, "recent", &view->recent.items);
    s_give(cmd->result, "mutes", &view->mutes.items);
}

int store_person_view(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char person[] = "SELECT " STORE_PERSON_COLUMNS " FROM people WHERE id = $1";
    static const char exempt[] = "SELECT person FROM exemptions WHERE person = $1";
    static const char question[] =
        "SELECT c.deadline_ms, " STORE_ALERT_COLUMNS " FROM conversations c CROSS JOIN"
        " " STORE_ALERT_TABLES " WHERE c.person = $1 AND a.hash = c.alert AND a.person = $1"
        " AND c.state <> 'idle'";
    /* Nobody learns here of an alert that they were not asked about. */
    static const char recent[] =
        "SELECT " STORE_ALERT_COLUMNS " FROM " STORE_ALERT_TABLES " WHERE a.person = $1"
        " AND a.outcome IS NOT NULL AND a.asked_ms IS NOT NULL"
        " ORDER BY a.event_ms DESC, a.seq DESC LIMIT $2";
    static const char mutes[] = "SELECT title, reason, until_ms FROM mutes WHERE person = $1"
                                " AND until_ms > {now} ORDER BY title LIMIT $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_person_t id = store_read_person(&r, "person");
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    view_t view = {
        .deadline_ms = -1, .recent = store_page(SB_RECENT_MAX), .mutes = store_page(MUTES_MAX)};
    db_sets_t one = db_sets(1);
    *db_sets_add(&one, 0) = db_text(id.id);
    db_sets_t limits[2] = {db_sets(2), db_sets(2)};
    for (size_t i = 0; i < 2; i++) {
        db_param_t *params = db_sets_add(&limits[i], 0);
        params[0] = db_text(id.id);
        params[1] = db_int(i ? MUTES_MAX : SB_RECENT_MAX);
    }
    const db_step_t steps[] = {
        {.sql = person,   .sets = &one,       .on_row = s_on_person,   .ctx = &view},
        {.sql = exempt,   .sets = &one,       .on_row = s_on_exempt,   .ctx = &view},
        {.sql = question, .sets = &one,       .on_row = s_on_question, .ctx = &view},
        {.sql = recent,   .sets = &limits[0], .on_row = s_on_recent,   .ctx = &view},
        {.sql = mutes,    .sets = &limits[1], .on_row = s_on_mute,     .ctx = &view},
    };
    const int code = db_run(store->db, steps, sizeof steps / sizeof steps[0], err);
    db_sets_free(&one);
    db_sets_free(&limits[0]);
    db_sets_free(&limits[1]);
    if (code == SB_OK) {
        s_view_answer(cmd, &view);
    }
    cJSON_Delete(view.person);
    cJSON_Delete(view.open);
    cJSON_Delete(view.recent.items);
    cJSON_Delete(view.mutes.items);
    return code;
}
