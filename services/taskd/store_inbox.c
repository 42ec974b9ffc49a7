/* store_inbox.c: what people say, kept before it counts as heard. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_said.h"

typedef struct {
    store_cmd_t *cmd;
    store_said_t said;
    bool is_new;
} put_t;

bool store_said_read(store_cmd_t *cmd, store_said_t *out)
{
    static const char *const kinds[] = {"text", "button"}; /* "result" is outbox.done's alone */
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    *out = (store_said_t){0};
    out->event = sb_read_str(&r, "event", 1, SB_EVENT_ID_MAX);
    out->person = store_read_person(&r, "person");
    const int kind = sb_read_enum(&r, "kind", kinds, sizeof kinds / sizeof kinds[0]);
    out->kind = kind < 0 ? "" : kinds[kind];
    out->text = sb_read_str_or(&r, "text", SB_TEXT_MAX, NULL);
    out->value = sb_read_str_or(&r, "value", SB_VALUE_MAX, NULL);
    out->message = sb_read_str_or(&r, "message", SB_EVENT_ID_MAX, NULL);
    out->at_ms = store_read_ms(&r, "at_ms");
    if (kind == 0 && !out->text) {
        (void)sb_reader_fault(&r, "text", "is missing");
    } else if (kind == 1 && !out->value) {
        (void)sb_reader_fault(&r, "value", "is missing");
    }
    return sb_reader_code(&r) == SB_OK;
}

void store_said_add(db_sets_t *sets, size_t tag, const store_said_t *said)
{
    db_param_t *params = db_sets_add(sets, tag);
    params[0] = db_text(said->event);
    params[1] = db_text(said->person.id);
    params[2] = db_text(said->kind);
    params[3] = db_text(said->text);
    params[4] = db_text(said->value);
    params[5] = db_text(said->message);
    params[6] = db_int(said->at_ms);
}

db_step_t store_said_step(const db_sets_t *sets, db_row_fn *on_new, void *ctx)
{
    static const char insert[] =
        "INSERT INTO inbox (event, person, kind, text, value, message, at_ms, received_ms, applied)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, {now}, 0) ON CONFLICT (event) DO NOTHING"
        " RETURNING seq";
    return (db_step_t){.sql = insert, .sets = sets, .on_row = on_new, .ctx = ctx};
}

static void s_on_new(void *ctx, size_t tag, db_row_t *row)
{
    (void)row;
    ((put_t *)ctx)[tag].is_new = true;
}

int store_inbox_put(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    put_t *puts = sb_alloc_array(len, sizeof *puts);
    db_sets_t sets = db_sets(STORE_SAID_WIDTH);
    for (size_t i = 0; i < len; i++) {
        puts[i].cmd = cmds[i];
        if (store_said_read(cmds[i], &puts[i].said)) {
            store_said_add(&sets, i, &puts[i].said);
        }
    }
    const db_step_t step = store_said_step(&sets, s_on_new, puts);
    const int code = db_run(store->db, &step, 1, err);
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
