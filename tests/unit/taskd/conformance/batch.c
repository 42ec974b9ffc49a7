/* batch.c: commands of many clients in one transaction. */
#include "suite.h"

#define MANY 50

typedef struct {
    store_cmd_t cmds[MANY];
    store_cmd_t *list[MANY];
    cJSON *bodies[MANY];
    size_t len;
} batch_t;

static store_cmd_t *s_add(batch_t *batch, const char *name, const char *json)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "%s", json);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    sb_err_t err;
    store_cmd_t *cmd = &batch->cmds[batch->len];
    batch->bodies[batch->len] = sb_json_parse(text, strlen(text), 0, &err);
    assert_non_null(batch->bodies[batch->len]);
    *cmd = (store_cmd_t){.op = store_op(name), .body = batch->bodies[batch->len], .actor = "webd"};
    batch->list[batch->len++] = cmd;
    return cmd;
}

static void s_end(batch_t *batch)
{
    for (size_t i = 0; i < batch->len; i++) {
        store_cmd_clear(&batch->cmds[i]);
        cJSON_Delete(batch->bodies[i]);
    }
}

static void all_of_a_batch_are_answered(void **state)
{
    suite_t *suite = *state;
    batch_t batch = {0};
    for (int i = 0; i < MANY; i++) {
        char json[256];
        (void)snprintf(json, sizeof json,
                       "{'title': 'T', 'person': 'p%d', 'description': 'd', 'hash': '%064d'}", i,
                       i / 2); /* each twice */
        (void)s_add(&batch, "alert.create", json);
    }
    assert_int_equal(store_run(suite->store, batch.list, batch.len, &suite->err), SB_OK);
    for (int i = 0; i < MANY; i++) {
        assert_true(batch.cmds[i].done);
        /* The second of each pair is of another person. */
        assert_int_equal(batch.cmds[i].err.code, i % 2 ? SB_ECONFLICT : SB_OK);
    }
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), MANY / 2);
    s_end(&batch);
}

static void one_bad_command_harms_no_other(void **state)
{
    suite_t *suite = *state;
    (void)lead(suite);
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    /* A row that makes no sense, as of a slip of somebody's hand. */
    tamper(suite,
           "INSERT INTO outbox (id, kind, lane, person, body, state, attempts, next_ms,"
           " created_ms) VALUES ('x', 'chat.send', '@a', 'a', 'no JSON', 'pending', 0, 0, 0)");
    batch_t batch = {0};
    store_cmd_t *before =
        s_add(&batch, "alert.create", "{'title': 'T', 'person': 'p', 'description': 'd'}");
    store_cmd_t *wrong = s_add(&batch, "alert.create", "{'title': 5}");
    store_cmd_t *bad = s_add(&batch, "outbox.load", "{'epoch': '1'}");
    store_cmd_t *after =
        s_add(&batch, "inbox.put",
              "{'event': 'e', 'person': 'p', 'kind': 'text', 'text': 't', 'at_ms': 1}");
    assert_int_equal(store_run(suite->store, batch.list, batch.len, &suite->err), SB_OK);
    assert_int_equal(before->err.code, SB_OK);
    assert_true(true_at(before->result, "created"));
    assert_int_equal(wrong->err.code, SB_EINVALID);
    assert_int_equal(bad->err.code, SB_EINTERNAL);
    assert_non_null(strstr(bad->err.text, "JSON"));
    assert_int_equal(after->err.code, SB_OK);
    assert_true(true_at(after->result, "new"));
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 2);
    s_end(&batch);
}

static void hints_tell_what_the_batch_did(void **state)
{
    suite_t *suite = *state;
    batch_t batch = {0};
    store_cmd_t *made =
        s_add(&batch, "alert.create",
              "{'title': 'T', 'person': 'p', 'description': 'd', 'hash':"
              " 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}");
    store_cmd_t *said =
        s_add(&batch, "localchat.hear",
              "{'event': 'e', 'person': 'p', 'kind': 'text', 'text': 't', 'at_ms': 1}");
    store_cmd_t *post = s_add(&batch, "localchat.post",
                              "{'id': 'm', 'channel': '#security', 'text': 't', 'at_ms': 1}");
    assert_int_equal(store_run(suite->store, batch.list, batch.len, &suite->err), SB_OK);
    assert_true(made->work);
    assert_int_equal(cJSON_GetArraySize(made->changed), 1);
    assert_int_equal(made->localchat, 0);
    assert_true(said->work);
    assert_int_equal(said->localchat, 1);
    assert_false(post->work);
    assert_int_equal(post->localchat, 2);
    s_end(&batch);
}

static void a_read_only_connection_writes_nothing(void **state)
{
    suite_t *suite = *state;
    sb_err_t err;
    store_t *reader = store_new(suite->driver, suite->target, true, suite->store->random, &err);
    assert_non_null(reader);
    create(suite, hash_of('a'), "alice", "Sudo", 1);
    assert_int_equal(ask_on(suite, reader, "alert.get", "{'hash': '%s'}", hash_of('a')), SB_OK);
    const db_step_t step = {.sql = "DELETE FROM alerts", .once = true};
    assert_int_not_equal(db_run(reader->db, &step, 1, &err), SB_OK);
    store_destroy(&reader);
    assert_int_equal(number(suite, "SELECT count(*) FROM alerts"), 1);
}

const behaviour_t batch_behaviours[] = {
    {"all_of_a_batch_are_answered",           all_of_a_batch_are_answered          },
    {"one_bad_command_harms_no_other",        one_bad_command_harms_no_other       },
    {"hints_tell_what_the_batch_did",         hints_tell_what_the_batch_did        },
    {"a_read_only_connection_writes_nothing", a_read_only_connection_writes_nothing},
};
const size_t batch_behaviours_len = LEN(batch_behaviours);
