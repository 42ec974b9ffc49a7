/* store_inbox.c: what people say and responders do, kept before it counts as heard. */
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/mem.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_said.h"

typedef struct {
    store_cmd_t *cmd;
    store_said_t said;
    bool is_new;
} put_t;

/* ---- Reading. */

static void s_read_team(sb_reader_t *r, store_said_t *out)
{
    sb_button_t button;
    if (sb_reader_code(r)) {
        return;
    }
    if (!sb_button_parse(out->value, &button) || !sb_button_is_team(&button)) {
        (void)sb_reader_fault(r, "value", "is nothing that a responder can do");
        return;
    }
    memcpy(out->alert.hex, button.hash, sizeof out->alert.hex);
}

bool store_said_read(store_cmd_t *cmd, bool team, store_said_t *out)
{
    enum { TEXT, BUTTON, TEAM, KINDS };
    static const char *const kinds[KINDS] = {"text", "button", "team"}; /* "result" is made here */
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    *out = (store_said_t){0};
    out->event = sb_read_str(&r, "event", 1, SB_EVENT_ID_MAX);
    const int kind = sb_read_enum(&r, "kind", kinds, team ? KINDS : TEAM);
    out->kind = kind < 0 ? "" : kinds[kind];
    if (kind != TEAM) {
        out->person = store_read_person(&r, "person");
    }
    out->text = sb_read_str_or(&r, "text", kind == TEAM ? SB_ACTOR_MAX : SB_TEXT_MAX, NULL);
    out->value = sb_read_str_or(&r, "value", SB_VALUE_MAX, NULL);
    out->message = sb_read_str_or(&r, "message", SB_EVENT_ID_MAX, NULL);
    out->at_ms = store_read_ms(&r, "at_ms");
    if (!out->text && (kind == TEXT || kind == TEAM)) {
        (void)sb_reader_fault(&r, "text", "is missing");
    } else if (!out->value && (kind == BUTTON || kind == TEAM)) {
        (void)sb_reader_fault(&r, "value", "is missing");
    } else if (kind == TEAM) {
        s_read_team(&r, out);
    }
    return sb_reader_code(&r) == SB_OK;
}

static bool s_act_read(store_cmd_t *cmd, store_said_t *out)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    *out = (store_said_t){.kind = "team", .at_ms = -1};
    out->event = sb_read_str(&r, "event", 1, SB_EVENT_ID_MAX);
    out->value = sb_read_str(&r, "value", 1, SB_VALUE_MAX);
    out->text = sb_read_str(&r, "actor", 1, SB_ACTOR_MAX);
    s_read_team(&r, out);
    return sb_reader_code(&r) == SB_OK;
}

/* ---- Writing. */

void store_said_add(db_sets_t *sets, size_t tag, const store_said_t *said)
{
    db_param_t *params = db_sets_add(sets, tag);
    params[0] = db_text(said->event);
    params[1] = db_text(said->person.id);
    params[2] = db_text(said->kind);
    params[3] = db_text(said->text);
    params[4] = db_text(said->value);
    params[5] = db_text(said->message);
    params[6] = store_ms_param(said->at_ms);
}

db_step_t store_said_step(const db_sets_t *sets, db_row_fn *on_new, void *ctx)
{
    static const char insert[] =
        "INSERT INTO inbox (event, person, kind, text, value, message, at_ms, received_ms, applied)"
        " VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, {now}), {now}, 0)"
        " ON CONFLICT (event) DO NOTHING RETURNING seq";
    return (db_step_t){.sql = insert, .sets = sets, .on_row = on_new, .ctx = ctx};
}

static void s_on_new(void *ctx, size_t tag, db_row_t *row)
{
    (void)row;
    ((put_t *)ctx)[tag].is_new = true;
}

static void s_on_person(void *ctx, size_t tag, db_row_t *row)
{
    put_t *put = &((put_t *)ctx)[tag];
    const char *person = db_take_text(row);
    if (strlen(person) > SB_PERSON_ID_MAX) {
        (void)db_row_fault(row, "is no person");
        return;
    }
    memcpy(put->said.person.id, person, strlen(person) + 1);
}

/* Whose alerts the team events are about. */
static int s_find_people(store_t *store, put_t *puts, size_t len, sb_err_t *err)
{
    static const char select[] = "SELECT person FROM alerts WHERE hash = $1";
    db_sets_t sets = db_sets(1);
    for (size_t i = 0; i < len; i++) {
        if (puts[i].said.alert.hex[0]) {
            *db_sets_add(&sets, i) = db_hash(puts[i].said.alert.hex);
        }
    }
    const db_step_t step = {.sql = select, .sets = &sets, .on_row = s_on_person, .ctx = puts};
    const int code = sets.len ? db_run(store->db, &step, 1, err) : SB_OK;
    for (size_t i = 0; i < sets.len && code == SB_OK; i++) {
        put_t *put = &puts[sets.tags[i]];
        if (!put->said.person.id[0]) {
            store_fail(put->cmd, SB_ENOTFOUND, "body.value: there is no alert %s",
                       put->said.alert.hex);
        }
    }
    db_sets_free(&sets);
    return code;
}

/* Those commands that have no error yet. Takes puts. */
static int s_put(store_t *store, put_t *puts, size_t len, sb_err_t *err)
{
    int code = s_find_people(store, puts, len, err);
    db_sets_t sets = db_sets(STORE_SAID_WIDTH);
    for (size_t i = 0; i < len && code == SB_OK; i++) {
        if (puts[i].cmd->err.code == SB_OK) {
            store_said_add(&sets, i, &puts[i].said);
        }
    }
    const db_step_t step = store_said_step(&sets, s_on_new, puts);
    code = code ? code : db_run(store->db, &step, 1, err);
    for (size_t i = 0; i < sets.len && code == SB_OK; i++) {
        const put_t *put = &puts[sets.tags[i]];
        put->cmd->result = sb_json_object();
        sb_json_add_bool(put->cmd->result, "new", put->is_new);
        put->cmd->work = put->is_new;
    }
    db_sets_free(&sets);
    free(puts);
    return code;
}

int store_inbox_put(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    put_t *puts = sb_alloc_array(len, sizeof *puts);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        puts[used].cmd = cmds[i];
        used += store_said_read(cmds[i], true, &puts[used].said);
    }
    return s_put(store, puts, used, err);
}

int store_escalation_act(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    put_t *puts = sb_alloc_array(len, sizeof *puts);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        puts[used].cmd = cmds[i];
        used += s_act_read(cmds[i], &puts[used].said);
    }
    return s_put(store, puts, used, err);
}
