/* store.c. The table of operations and how a batch of them runs. */
#include "services/taskd/store.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "services/taskd/schema.h"
#include "services/taskd/store_ops.h"

/* clang-format off */
#define LOOK(name, fn) {name, STORE_LOOK, fn, NULL, false}
#define SEARCH(name, fn) {name, STORE_SEARCH, fn, NULL, false}
#define WRITE(name, fn) {name, STORE_WRITE, fn, NULL, false}
#define UNSURE(name, fn) {name, STORE_WRITE, fn, NULL, true}
#define HEARD(name, fn) {name, STORE_ORDERED, fn, NULL, false}
#define MANY(name, kind, fn) {name, kind, NULL, fn, false}

static const store_op_t s_ops[] = {
    MANY("alert.create", STORE_WRITE, store_alert_create),
    LOOK("alert.get", store_alert_get),
    SEARCH("alert.query", store_alert_query),
    SEARCH("count", store_count),
    WRITE("work.pull", store_work_pull),
    UNSURE("commit", store_commit),
    WRITE("outbox.load", store_outbox_load),
    WRITE("outbox.done", store_outbox_done),
    WRITE("outbox.retry", store_outbox_retry),
    WRITE("lease.acquire", store_lease_acquire),
    WRITE("lease.renew", store_lease_renew),
    WRITE("lease.release", store_lease_release),
    LOOK("lease.get", store_lease_get),
    LOOK("outbox.message", store_outbox_message),
    MANY("inbox.put", STORE_ORDERED, store_inbox_put),
    MANY("escalation.act", STORE_ORDERED, store_escalation_act),
    SEARCH("conversation.list", store_conversation_list),
    LOOK("person.view", store_person_view),
    WRITE("budget.take", store_budget_take),
    WRITE("budget.block", store_budget_block),
    WRITE("person.sync", store_person_sync),
    LOOK("person.list", store_person_list),
    MANY("localchat.hear", STORE_ORDERED, store_localchat_hear),
    MANY("localchat.post", STORE_ORDERED, store_localchat_post),
    HEARD("localchat.update", store_localchat_update),
    LOOK("localchat.list", store_localchat_list),
    WRITE("factor.enroll", store_factor_enroll),
    WRITE("factor.remove", store_factor_remove),
    LOOK("factor.list", store_factor_list),
    WRITE("factor.get", store_factor_get),
    WRITE("factor.attempt", store_factor_attempt),
    WRITE("factor.advance", store_factor_advance),
    WRITE("page.open", store_page_open),
    LOOK("page.pull", store_page_pull),
    WRITE("page.reply", store_page_reply),
    LOOK("page.view", store_page_view),
    WRITE("page.answer", store_page_answer),
    LOOK("passkey.get", store_passkey_get),
    WRITE("passkey.advance", store_passkey_advance),
    LOOK("passkey.list", store_passkey_list),
    WRITE("passkey.remove", store_passkey_remove),
    WRITE("invite.create", store_invite_create),
    WRITE("invite.open", store_invite_open),
    WRITE("invite.redeem", store_invite_redeem),
    LOOK("mute.list", store_mute_list),
    WRITE("mute.add", store_mute_add),
    WRITE("mute.remove", store_mute_remove),
    LOOK("exemption.list", store_exemption_list),
    WRITE("exemption.add", store_exemption_add),
    WRITE("exemption.remove", store_exemption_remove),
    SEARCH("audit.read", store_audit_read),
};
/* clang-format on */

const store_op_t *store_op(const char *name)
{
    assert(name);
    for (size_t i = 0; i < sizeof s_ops / sizeof s_ops[0]; i++) {
        if (strcmp(s_ops[i].name, name) == 0) {
            return &s_ops[i];
        }
    }
    return NULL;
}

store_t *store_new(const char *driver, const char *target, bool read_only, store_random_fn *random,
                   sb_err_t *err)
{
    assert(random);
    db_t *db = db_open(driver, target, read_only, err);
    if (!db) {
        return NULL;
    }
    size_t applied = 0;
    const int code = read_only ? schema_check(db, schema_steps, schema_steps_len, err)
                               : schema_apply(db, schema_steps, schema_steps_len, &applied, err);
    if (code) {
        if (code != SB_EINVALID) {
            err->code = SB_ERETRY;
        }
        db_close(&db);
        return NULL;
    }
    store_t *self = sb_alloc(sizeof *self);
    *self = (store_t){.db = db, .read_only = read_only, .random = random};
    return self;
}

void store_destroy(store_t **self_p)
{
    assert(self_p);
    if (*self_p) {
        db_close(&(*self_p)->db);
        free(*self_p);
        *self_p = NULL;
    }
}

bool store_lost(const store_t *self)
{
    assert(self);
    return db_lost(self->db);
}

void store_cmd_clear(store_cmd_t *cmd)
{
    assert(cmd);
    cJSON_Delete(cmd->result);
    cJSON_Delete(cmd->changed);
    free(cmd->page);
    cmd->result = cmd->changed = NULL;
    cmd->page = NULL;
    cmd->work = cmd->done = false;
    cmd->localchat = 0;
    cmd->err.code = SB_OK;
}

void store_fail(store_cmd_t *cmd, int code, const char *fmt, ...)
{
    assert(cmd);
    char text[SB_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)sb_fail(&cmd->err, code, "%s", text);
}

void store_changed(store_cmd_t *cmd, const char *hash, const char *state, const char *outcome)
{
    assert(cmd);
    if (!cmd->changed) {
        cmd->changed = sb_json_array();
    }
    cJSON *hint = sb_json_object();
    sb_json_add_str(hint, "hash", hash);
    sb_json_add_str(hint, "state", state);
    sb_json_add_str(hint, "outcome", outcome);
    sb_json_push(cmd->changed, hint);
}

/* Runs neighbours of one name together, if their operation can. */
static int s_groups(store_t *self, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    int code = SB_OK;
    for (size_t i = 0; i < len && code == SB_OK;) {
        const store_op_t *op = cmds[i]->op;
        size_t n = 1;
        if (op->many) {
            while (i + n < len && cmds[i + n]->op == op) {
                n++;
            }
            code = op->many(self, cmds + i, n, err);
        } else {
            code = op->one(self, cmds[i], err);
        }
        i += n;
    }
    return code;
}

/* All or nothing. */
static int s_attempt(store_t *self, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    const bool writes = cmds[0]->op->kind >= STORE_WRITE;
    for (size_t i = 0; i < len; i++) {
        store_cmd_clear(cmds[i]);
    }
    int code = writes ? db_begin(self->db, err) : SB_OK;
    code = code ? code : s_groups(self, cmds, len, err);
    bool unsure = false;
    if (writes && code == SB_OK) {
        code = db_commit(self->db, err);
        unsure = code != SB_OK && db_lost(self->db);
    }
    if (writes && code) {
        db_rollback(self->db);
    }
    for (size_t i = 0; i < len; i++) {
        if (code) {
            store_cmd_clear(cmds[i]);
        }
        cmds[i]->done = code == SB_OK;
        if (unsure && cmds[i]->op->unsure) {
            cmds[i]->done = true;
            store_fail(cmds[i], SB_ETIMEOUT, "the store was lost while this was committed");
        }
    }
    return code;
}

/* Tries again what met another transaction. */
static int s_insist(store_t *self, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    int code = SB_ERETRY;
    for (int tries = 0; tries < STORE_TRIES_MAX; tries++) {
        code = s_attempt(self, cmds, len, err);
        if ((code != SB_ERETRY && code != SB_ECONFLICT) || db_lost(self->db)) {
            break;
        }
    }
    return code;
}

static int s_single(store_t *self, store_cmd_t *cmd, sb_err_t *err)
{
    const int code = s_insist(self, &cmd, 1, err);
    if (code == SB_OK || code == SB_ERETRY) {
        return code;
    }
    sb_error("a command failed", "request", cmd->op->name, "why", err->text, NULL);
    if (code == SB_ETIMEOUT) {
        store_fail(cmd, SB_ETIMEOUT, "the store took longer than %d ms", DB_STATEMENT_MS);
    } else {
        store_fail(cmd, SB_EINTERNAL, "%s", err->text);
    }
    cmd->done = true;
    return SB_OK;
}

int store_run(store_t *self, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    assert(self);
    assert(cmds);
    assert(err);
    if (len == 0) {
        return SB_OK;
    }
    int code = len > 1 ? s_insist(self, cmds, len, err) : SB_EINTERNAL;
    if (code == SB_OK || code == SB_ERETRY) {
        return code;
    }
    code = SB_OK;
    for (size_t i = 0; i < len && code == SB_OK; i++) {
        code = s_single(self, cmds[i], err);
    }
    return code;
}
