/* store_factor.c: what authd must not forget: sealed secrets, the last code that was accepted, and
 * how often somebody guessed. One statement each, so that whatever runs at the same time, a code
 * is accepted once and every guess is counted. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/bus.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_read.h"

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define SECRET_TEXT_MAX ((SB_SECRET_MAX + 2) / 3 * 4)
#define JOB_MAX (SB_ID_SIZE_MAX - 1)

typedef struct {
    store_person_t person;
    const char *driver;
} factor_t;

static factor_t s_read(sb_reader_t *r)
{
    factor_t factor = {.person = store_read_person(r, "person")};
    factor.driver = sb_read_str(r, "driver", 1, SB_NAME_SIZE_MAX - 1);
    return factor;
}

/* Parameters $1 and $2 of every statement here. */
static db_param_t *s_add(db_sets_t *sets, const factor_t *factor)
{
    db_param_t *params = db_sets_add(sets, 0);
    params[0] = db_text(factor->person.id);
    params[1] = db_text(factor->driver);
    return params;
}

/* ---- factor.enroll */

typedef struct {
    bool known; /* the person */
    bool enrolled;
    char *secret;
} enrolled_t;

static void s_on_enrolled(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    enrolled_t *enrolled = ctx;
    enrolled->known = db_take_int(row) > 0;
    const char *secret = db_take_text_or_null(row);
    enrolled->enrolled = secret != NULL;
    enrolled->secret = sb_strdup(secret);
}

static int s_enroll_write(store_t *store, store_cmd_t *cmd, const factor_t *factor,
                          const char *secret, bool replace, sb_err_t *err)
{
#define INSERT                                                                                     \
    "INSERT INTO factors (person, driver, secret, enrolled_ms, last_step, misses, lock_ms,"        \
    " locked_until_ms) VALUES ($1, $2, $3, {now}, -1, 0, $4, 0) ON CONFLICT (person, driver)"
    static const char insert[] = INSERT " DO NOTHING";
    static const char upsert[] =
        INSERT " DO UPDATE SET secret = excluded.secret, enrolled_ms = excluded.enrolled_ms,"
               " used_ms = NULL, last_step = -1, accepted_job = NULL, counted_job = NULL,"
               " misses = 0, lock_ms = excluded.lock_ms, locked_until_ms = 0";
    db_sets_t sets = db_sets(4);
    db_param_t *params = s_add(&sets, factor);
    params[2] = db_text(secret);
    params[3] = db_int(SB_FACTOR_LOCK_MS);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "driver", factor->driver);
    sb_json_add_bool(detail, "replace", replace);
    const store_entry_t entry = {
        .actor = cmd->actor, .action = "factor.enroll", .person = factor->person.id};
    bool changed = false;
    const int code =
        store_change(store, replace ? upsert : insert, &sets, &entry, &detail, &changed, err);
    if (code == SB_OK && !changed) {
        return sb_fail(err, SB_ERETRY, "factor.enroll: another was faster");
    }
    return code;
}

int store_factor_enroll(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] = "SELECT (SELECT count(*) FROM people WHERE id = $1),"
                                 " (SELECT secret FROM factors WHERE person = $1 AND driver = $2)";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const factor_t factor = s_read(&r);
    const char *secret = sb_read_str(&r, "secret", 1, SECRET_TEXT_MAX);
    const bool replace = sb_read_bool(&r, "replace");
    if (!sb_reader_code(&r) &&
        secret[strspn(secret, BASE64) + strspn(secret + strspn(secret, BASE64), "=")] != '\0') {
        (void)sb_reader_fault(&r, "secret", "is not base64");
    }
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    enrolled_t now = {0};
    db_sets_t sets = db_sets(2);
    (void)s_add(&sets, &factor);
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_enrolled, .ctx = &now};
    int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    const bool same = now.enrolled && strcmp(now.secret, secret) == 0; /* asked for again */
    if (code == SB_OK && !now.known) {
        store_fail(cmd, SB_ENOTFOUND, "body.person: %s is not known", factor.person.id);
    } else if (code == SB_OK && now.enrolled && !same && !replace) {
        store_fail(cmd, SB_ECONFLICT, "%s has a factor %s already", factor.person.id,
                   factor.driver);
    } else if (code == SB_OK && !same) {
        code = s_enroll_write(store, cmd, &factor, secret, replace, err);
    }
    if (now.secret) {
        sb_wipe(now.secret, strlen(now.secret));
    }
    free(now.secret);
    return code;
}

int store_factor_remove(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char delete[] = "DELETE FROM factors WHERE person = $1 AND driver = $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const factor_t factor = s_read(&r);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(2);
    (void)s_add(&sets, &factor);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "driver", factor.driver);
    const store_entry_t entry = {
        .actor = cmd->actor, .action = "factor.remove", .person = factor.person.id};
    return store_remove(store, cmd, delete, &sets, &entry, &detail, err);
}

/* ---- factor.list, factor.get */

static void s_on_factor(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *factor = sb_json_object();
    store_add_text(factor, "person", row);
    store_add_text(factor, "driver", row);
    store_add_int(factor, "enrolled_ms", row);
    store_add_ms(factor, "used_ms", row);
    store_add_int(factor, "misses", row);
    store_add_int(factor, "locked_until_ms", row);
    store_page_add(ctx, factor);
}

static const store_list_t s_factors = {
    .name = "factors", .on_row = s_on_factor, .member = "person", .second = "driver"};

#define SELECT                                                                                     \
    "SELECT person, driver, enrolled_ms, used_ms, misses, locked_until_ms FROM factors"            \
    " WHERE (person, driver) > ($1, $2)"
#define END " ORDER BY person, driver LIMIT $3"

int store_factor_list(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char all[] = SELECT END;
    static const char of_one[] = SELECT " AND person = $4" END;
    return store_list_of(store, cmd, &s_factors, all, of_one, SB_QUERY_LIMIT_MAX, err);
}

typedef struct {
    bool found;
    int64_t locked_until_ms;
} locked_t;

static void s_on_locked(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    *(locked_t *)ctx = (locked_t){true, db_take_int(row)};
}

int store_factor_get(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char select[] =
        "SELECT locked_until_ms FROM factors WHERE person = $1 AND driver = $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const factor_t factor = s_read(&r);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(2);
    (void)s_add(&sets, &factor);
    locked_t locked = {0};
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_locked, .ctx = &locked};
    const int code = db_run(store->db, &step, 1, err);
    db_sets_free(&sets);
    if (code == SB_OK) {
        cmd->result = sb_json_object();
        sb_json_add_bool(cmd->result, "enrolled", locked.found);
        sb_json_add_int(cmd->result, "locked_until_ms", locked.locked_until_ms);
    }
    return code;
}

/* ---- factor.attempt */

typedef struct {
    const char *job;
    bool counted; /* now */
    bool found;
    bool accepted, again; /* this very job was accepted, or counted, before */
    int64_t last_step, misses, locked_until_ms;
    char *secret;
} attempt_t;

static void s_on_counted(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    (void)row;
    ((attempt_t *)ctx)->counted = true;
}

static bool s_is(const char *job, const char *other)
{
    return other && strcmp(job, other) == 0;
}

static void s_on_attempt(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    attempt_t *attempt = ctx;
    attempt->found = true;
    attempt->secret = sb_strdup(db_take_text(row));
    attempt->last_step = db_take_int(row);
    attempt->misses = db_take_int(row);
    attempt->locked_until_ms = db_take_int(row);
    attempt->accepted = s_is(attempt->job, db_take_text_or_null(row));
    attempt->again = s_is(attempt->job, db_take_text_or_null(row));
}

static cJSON *s_attempt_json(const attempt_t *attempt)
{
    const bool ok = attempt->found && !attempt->accepted && (attempt->counted || attempt->again);
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "code",
                    !attempt->found     ? "none"
                    : attempt->accepted ? "approved"
                    : ok                ? "ok"
                                        : "locked");
    sb_json_add_str(json, "secret", ok ? attempt->secret : NULL);
    if (ok) {
        sb_json_add_int(json, "last_step", attempt->last_step);
    } else {
        sb_json_add_str(json, "last_step", NULL);
    }
    sb_json_add_int(json, "locked_until_ms", attempt->locked_until_ms);
    sb_json_add_int(json, "misses", attempt->misses);
    return json;
}

int store_factor_attempt(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    /* The last attempt that is allowed locks at once, before it is judged; if it turns out right,
     * factor.advance unlocks. After a lock has ended, counting begins anew. */
    static const char count[] =
        "UPDATE factors SET counted_job = $3,"
        " misses = CASE WHEN misses >= $4 THEN 1 ELSE misses + 1 END,"
        " locked_until_ms = CASE WHEN misses = $4 - 1 THEN {now} + lock_ms ELSE 0 END,"
        " lock_ms = CASE WHEN misses <> $4 - 1 THEN lock_ms WHEN lock_ms * 2 > $5 THEN $5"
        " ELSE lock_ms * 2 END"
        " WHERE person = $1 AND driver = $2 AND locked_until_ms <= {now}"
        " AND accepted_job IS DISTINCT FROM $3 AND counted_job IS DISTINCT FROM $3 RETURNING 1";
    static const char select[] =
        "SELECT secret, last_step, misses, locked_until_ms, accepted_job, counted_job"
        " FROM factors WHERE person = $1 AND driver = $2";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const factor_t factor = s_read(&r);
    attempt_t attempt = {.job = sb_read_str(&r, "job", 1, JOB_MAX)};
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t counts = db_sets(5);
    db_param_t *params = s_add(&counts, &factor);
    params[2] = db_text(attempt.job);
    params[3] = db_int(SB_FACTOR_MISSES_MAX);
    params[4] = db_int(SB_FACTOR_LOCK_MS_MAX);
    db_sets_t selects = db_sets(2);
    (void)s_add(&selects, &factor);
    const db_step_t steps[] = {
        {.sql = count,  .sets = &counts,  .on_row = s_on_counted, .ctx = &attempt},
        {.sql = select, .sets = &selects, .on_row = s_on_attempt, .ctx = &attempt},
    };
    const int code = db_run(store->db, steps, 2, err);
    db_sets_free(&counts);
    db_sets_free(&selects);
    if (code == SB_OK) {
        cmd->result = s_attempt_json(&attempt);
    }
    free(attempt.secret);
    return code;
}

/* ---- factor.advance */

int store_factor_advance(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char advance[] =
        "UPDATE factors SET last_step = $4, accepted_job = $3, used_ms = {now}, misses = 0,"
        " lock_ms = $5, locked_until_ms = 0 WHERE person = $1 AND driver = $2"
        " AND (last_step < $4 OR (last_step = $4 AND accepted_job = $3))";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    const factor_t factor = s_read(&r);
    const char *job = sb_read_str(&r, "job", 1, JOB_MAX);
    const int64_t step_number = sb_read_int(&r, "step", 0, SB_JSON_INT_MAX);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    db_sets_t sets = db_sets(5);
    db_param_t *params = s_add(&sets, &factor);
    params[2] = db_text(job);
    params[3] = db_int(step_number);
    params[4] = db_int(SB_FACTOR_LOCK_MS);
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
