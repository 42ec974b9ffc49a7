/* store_page.c: the one-time pages on which people prove something (proto/page.md). A page goes
 * from open to answered to closed, or back to open after a try that was wrong; each step is one
 * statement that names the state it comes from, so that of many at once one wins. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/bus.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define JOB_MAX (SB_ID_SIZE_MAX - 1)
#define DRIVER_MAX (SB_NAME_SIZE_MAX - 1)
#define SHORT_DIGITS 6 /* of an alert's hash, as people see it */

/* ---- page.open */

typedef struct {
    const char *job;
    store_person_t person;
    store_hash_t alert;
    const char *driver;
    store_hash_t token_hash;
    const char *challenge; /* or NULL */
    char *data;
    int64_t ttl_ms;
    bool found;
    const char *differs; /* what the job's page has another one of */
    cJSON *page;         /* the answer */
} open_t;

static bool s_open_read(store_cmd_t *cmd, open_t *out)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    *out = (open_t){.job = sb_read_str(&r, "job", 1, JOB_MAX)};
    out->person = store_read_person(&r, "person");
    out->alert = store_read_hash(&r, "alert");
    out->driver = sb_read_str(&r, "driver", 1, DRIVER_MAX);
    out->token_hash = store_read_hash(&r, "token_hash");
    out->challenge = store_read_bytes_or_null(&r, "challenge", SB_CHALLENGE_SIZE);
    out->data = store_read_json(&r, "data", SB_PAGE_DATA_MAX);
    out->ttl_ms = sb_read_int(&r, "ttl_ms", 1, SB_PAGE_TTL_MS_MAX);
    return sb_reader_code(&r) == SB_OK;
}

static void s_on_page(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    open_t *open = ctx;
    char alert[SB_HASH_HEX + 1];
    open->found = true;
    if (strcmp(open->person.id, db_take_text(row)) != 0) {
        open->differs = "person";
    }
    if (!db_take_hash(row, alert) || strcmp(open->alert.hex, alert) != 0) {
        open->differs = "alert";
    }
    if (strcmp(open->driver, db_take_text(row)) != 0) {
        open->differs = "driver";
    }
    open->page = sb_json_object();
    store_add_text(open->page, "state", row);
    store_add_json(open->page, "answer", row);
    store_add_text(open->page, "challenge", row);
    store_add_int(open->page, "attempts", row);
    store_add_text(open->page, "result", row);
}

static int s_open_run(store_t *store, open_t *open, int64_t *made_r, sb_err_t *err)
{
    static const char sweep[] =
        "DELETE FROM pages WHERE job {pick(}SELECT job FROM pages WHERE expires_ms < {now} - $1"
        " ORDER BY expires_ms LIMIT $2 {skip}{)pick}";
    static const char insert[] =
        "INSERT INTO pages (job, token_hash, person, alert, driver, challenge, data, state,"
        " attempts, expires_ms) SELECT $1, $2, a.person, a.hash, $5, $6, $7, 'open', 0, {now} + $8"
        " FROM alerts a WHERE a.person = $3 AND a.hash = $4 ON CONFLICT DO NOTHING";
    static const char select[] =
        "SELECT person, alert, driver, CASE WHEN state = 'open' AND expires_ms <= {now} THEN"
        " 'closed' ELSE state END, answer, challenge, attempts, CASE WHEN state = 'open' AND"
        " expires_ms <= {now} THEN 'timeout' ELSE result END FROM pages WHERE job = $1";
    db_sets_t sweeps = db_sets(2);
    db_param_t *params = db_sets_add(&sweeps, 0);
    params[0] = db_int(SB_PAGE_KEEP_MS);
    params[1] = db_int(SB_PAGE_SWEEP_MAX);
    db_sets_t inserts = db_sets(8);
    params = db_sets_add(&inserts, 0);
    params[0] = db_text(open->job);
    params[1] = db_hash(open->token_hash.hex);
    params[2] = db_text(open->person.id);
    params[3] = db_hash(open->alert.hex);
    params[4] = db_text(open->driver);
    params[5] = db_text(open->challenge);
    params[6] = db_text(open->data);
    params[7] = db_int(open->ttl_ms);
    db_sets_t selects = db_sets(1);
    *db_sets_add(&selects, 0) = db_text(open->job);
    const db_step_t steps[] = {
        {.sql = sweep,        .sets = &sweeps},
        {             .sql = insert,            .sets = &inserts,                .affected = made_r},
        { .sql = select, .sets = &selects,                       .on_row = s_on_page, .ctx = open},
    };
    const int code = db_run(store->db, steps, 3, err);
    db_sets_free(&sweeps);
    db_sets_free(&inserts);
    db_sets_free(&selects);
    return code;
}

/* Why no page was made, and none was there. */
static int s_open_why(store_t *store, store_cmd_t *cmd, const open_t *open, sb_err_t *err)
{
    static const char select[] = "SELECT 1 FROM alerts WHERE person = $1 AND hash = $2";
    db_sets_t sets = db_sets(2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(open->person.id);
    params[1] = db_hash(open->alert.hex);
    bool known = false;
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = store_on_any, .ctx = &known};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code == SB_OK && known) {
        store_fail(cmd, SB_ECONFLICT, "body.token_hash: is another job's page");
    } else if (code == SB_OK) {
        store_fail(cmd, SB_ENOTFOUND, "body.alert: %s is no alert of %s", open->alert.hex,
                   open->person.id);
    }
    return code;
}

int store_page_open(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    open_t open;
    int64_t made = 0;
    int code = SB_OK;
    if (s_open_read(cmd, &open)) {
        code = s_open_run(store, &open, &made, err);
        if (code == SB_OK && !open.found) {
            code = s_open_why(store, cmd, &open, err);
        } else if (code == SB_OK && open.differs) {
            store_fail(cmd, SB_ECONFLICT, "body.%s: the page of %s has another one", open.differs,
                       open.job);
        } else if (code == SB_OK) {
            cmd->result = open.page;
            open.page = NULL;
        }
        cJSON_Delete(open.page);
    }
    free(open.data);
    return code;
}

/* ---- page.pull */

static void s_on_answered(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *page = sb_json_object();
    store_add_text(page, "job", row);
    store_add_json(page, "answer", row);
    store_add_int(page, "attempts", row);
    store_page_add(ctx, page);
}

int store_page_pull(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] = "SELECT job, answer, attempts FROM pages"
                                 " WHERE job {any(}$1{)any} AND state = 'answered'";
    const char *jobs[SB_PAGE_PULL_MAX];
    size_t len = 0;
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const cJSON *array = sb_read_array(&r, "jobs", SB_PAGE_PULL_MAX);
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        if (!cJSON_IsString(item) || strlen(item->valuestring) > JOB_MAX) {
            (void)sb_reader_fault(&r, "jobs", "expected strings of at most %d bytes", JOB_MAX);
            break;
        }
        jobs[len++] = item->valuestring;
    }
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_list(jobs, len);
    store_page_t page = store_page(SB_PAGE_PULL_MAX);
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_answered, .ctx = &page};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code) {
        cJSON_Delete(page.items);
        return code;
    }
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, "pages", page.items);
    return SB_OK;
}

/* ---- page.reply */

int store_page_reply(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    /* attempts is the number that the answer was handed out with: a reply that comes once more is
     * none to the next answer. A page that nobody answered can only be closed. */
    static const char update[] =
        "UPDATE pages SET state = CASE WHEN $3 = 1 AND attempts + 1 < $4 THEN 'open'"
        " ELSE 'closed' END, answer = NULL, result = $2,"
        " attempts = attempts + CASE WHEN state = 'answered' THEN 1 ELSE 0 END WHERE job = $1"
        " AND (state = 'answered' OR (state = 'open' AND $3 = 0)) AND ($5 < 0 OR attempts = $5)";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const char *job = sb_read_str(&r, "job", 1, JOB_MAX);
    const char *result = sb_read_str(&r, "result", 1, SB_NAME_MAX);
    const bool open = sb_read_bool(&r, "open");
    const int64_t attempts = sb_read_int_or(&r, "attempts", 0, SB_PAGE_ATTEMPTS_MAX, -1);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(5);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_text(job);
    params[1] = db_text(result);
    params[2] = db_int(open);
    params[3] = db_int(SB_PAGE_ATTEMPTS_MAX);
    params[4] = db_int(attempts);
    const db_step_t step = {.sql = update, .sets = &sets};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    return code;
}

/* ---- page.view */

static void s_on_view(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *view = sb_json_object();
    store_add_text(view, "driver", row);
    store_add_text(view, "state", row);
    store_add_text(view, "result", row);
    store_add_int(view, "attempts", row);
    store_add_int(view, "left_ms", row);
    store_add_text(view, "challenge", row);
    store_add_json(view, "data", row);
    cJSON *person = sb_json_object();
    store_add_text(person, "id", row);
    store_add_text(person, "name", row);
    sb_json_add(view, "person", person);
    cJSON *alert = sb_json_object();
    store_add_hash(alert, "hash", row);
    const char *hash = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(alert, "hash"));
    char short_code[SHORT_DIGITS + 1] = "";
    memcpy(short_code, hash ? hash : "", hash ? SHORT_DIGITS : 0);
    sb_json_add_str(alert, "short", short_code);
    store_add_text(alert, "title", row);
    store_add_text(alert, "description", row);
    store_add_text(alert, "reason", row);
    store_add_text(alert, "place", row);
    store_add_int(alert, "event_ms", row);
    sb_json_add(view, "alert", alert);
    *(cJSON **)ctx = view;
}

int store_page_view(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] =
        "SELECT g.driver, g.state, g.result, g.attempts, g.expires_ms - {now}, g.challenge, g.data,"
        " g.person, p.name, a.hash, a.title, a.description, a.reason, a.place,"
        " a.event_ms FROM pages g JOIN alerts a ON a.hash = g.alert LEFT JOIN people p ON p.id = "
        "g.person"
        " WHERE g.token_hash = $1 AND g.expires_ms > {now}";
    static const char passkeys[] = "SELECT k.id FROM pages g JOIN passkeys k ON k.person = g.person"
                                   " WHERE g.token_hash = $1 ORDER BY k.id";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_hash_t token_hash = store_read_hash(&r, "token_hash");
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    cJSON *view = NULL;
    cJSON *ids = sb_json_array();
    db_sets_t sets = db_sets(1);
    *db_sets_add(&sets, 0) = db_hash(token_hash.hex);
    const db_step_t steps[] = {
        {.sql = select,   .sets = &sets, .on_row = s_on_view,     .ctx = &view},
        {.sql = passkeys, .sets = &sets, .on_row = store_on_text, .ctx = ids  },
    };
    const int code = db_run(store->db, steps, 2, err);
    db_sets_free(&sets);
    if (code || !view) {
        cJSON_Delete(ids);
        cJSON_Delete(view);
        if (code == SB_OK) {
            store_fail(cmd, SB_ENOTFOUND, "body.token_hash: there is no such page, or no more");
        }
        return code;
    }
    sb_json_add(view, "passkeys", ids);
    cmd->result = view;
    return SB_OK;
}

/* ---- page.answer */

typedef struct {
    char *job; /* NULL: not taken now */
    bool there;
    bool again; /* this very answer waits to be judged */
} answer_t;

static void s_on_taken(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    ((answer_t *)ctx)->job = sb_strdup(db_take_text(row));
}

static void s_on_there(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    answer_t *answer = ctx;
    answer->there = true;
    answer->again = db_take_int(row) != 0;
}

int store_page_answer(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char update[] = "UPDATE pages SET state = 'answered', answer = $2, result = NULL"
                                 " WHERE token_hash = $1 AND state = 'open'"
                                 " AND expires_ms > {now} RETURNING job";
    static const char select[] = "SELECT CASE WHEN answer = $2 THEN 1 ELSE 0 END FROM pages"
                                 " WHERE token_hash = $1 AND expires_ms > {now}";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const store_hash_t token_hash = store_read_hash(&r, "token_hash");
    char *text = store_read_json(&r, "answer", SB_PAGE_ANSWER_MAX);
    int code = SB_OK;
    if (sb_reader_code(&r) == SB_OK) {
        answer_t answer = {0};
        db_sets_t sets = db_sets(2);
        db_param_t *params = db_sets_add(&sets, 0);
        params[0] = db_hash(token_hash.hex);
        params[1] = db_text(text);
        const db_step_t steps[] = {
            {.sql = update, .sets = &sets, .on_row = s_on_taken, .ctx = &answer},
            {.sql = select, .sets = &sets, .on_row = s_on_there, .ctx = &answer},
        };
        code = db_run(store->db, steps, 2, err);
        db_sets_free(&sets);
        if (code == SB_OK && !answer.there) {
            store_fail(cmd, SB_ENOTFOUND, "body.token_hash: there is no such page, or no more");
        } else if (code == SB_OK && !answer.again) {
            store_fail(cmd, SB_ECONFLICT, "the page is not open");
        } else if (code == SB_OK) {
            cmd->page = answer.job;
            answer.job = NULL;
        }
        free(answer.job);
    }
    free(text);
    return code;
}
