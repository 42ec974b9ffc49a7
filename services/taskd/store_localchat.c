/* store_localchat.c: the messages of the built-in chat, which any of several chatd shows.
 *
 * Their numbers come from the table serials, whose row stays locked until the commit: a reader who
 * asks for what is behind N misses nothing that was still on its way when it saw N. */
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/taskd/store_ops.h"
#include "services/taskd/store_said.h"

#define CHANNEL_MAX (1 + SB_NAME_MAX)
#define LIMIT_DEFAULT 100
#define BUTTONS_SIZE_MAX (SB_BUTTONS_MAX * 4096) /* bytes of the buttons as text */
#define LABEL_MAX 80

static const char s_reserve[] = "UPDATE serials SET value = value + $1 WHERE name = 'localchat'";

static const char s_insert[] =
    "INSERT INTO localchat (seq, first, id, channel, sender, text, buttons, at_ms, edited)"
    " SELECT value - $1, value - $1, $2, $3, $4, $5, $6, $7, 0 FROM serials"
    " WHERE name = 'localchat' ON CONFLICT (id) DO NOTHING";

static const char s_select[] = "SELECT seq FROM localchat WHERE id = $1";

typedef struct {
    store_cmd_t *cmd;
    store_said_t said; /* localchat.hear alone */
    const char *id;
    char channel[CHANNEL_MAX + 1];
    const char *sender; /* NULL: the bot */
    const char *text;
    char *buttons;
    int64_t at_ms;
    bool is_new; /* an inbox event */
    int64_t seq;
} line_t;

static void s_on_seq(void *ctx, size_t tag, db_row_t *row)
{
    ((line_t *)ctx)[tag].seq = db_take_int(row);
}

static void s_on_new(void *ctx, size_t tag, db_row_t *row)
{
    (void)row;
    ((line_t *)ctx)[tag].is_new = true;
}

/* Writes lines that aren't there yet, with their inbox events, and finds the numbers of all. */
static int s_write(store_t *store, line_t *lines, const db_sets_t *said, size_t len, sb_err_t *err)
{
    db_sets_t reserve = db_sets(1);
    db_sets_t inserts = db_sets(7);
    db_sets_t selects = db_sets(1);
    *db_sets_add(&reserve, 0) = db_int((int64_t)len);
    for (size_t i = 0; i < len; i++) {
        const line_t *line = &lines[i];
        db_param_t *params = db_sets_add(&inserts, i);
        params[0] = db_int((int64_t)(len - 1 - i));
        params[1] = db_text(line->id);
        params[2] = db_text(line->channel);
        params[3] = db_text(line->sender);
        params[4] = db_text(line->text);
        params[5] = db_text(line->buttons);
        params[6] = db_int(line->at_ms);
        *db_sets_add(&selects, i) = db_text(line->id);
    }
    db_step_t steps[4] = {0};
    steps[0] = (db_step_t){.sql = s_reserve, .sets = &reserve};
    steps[1] = (db_step_t){.sql = s_insert, .sets = &inserts};
    steps[2] = (db_step_t){.sql = s_select, .sets = &selects, .on_row = s_on_seq, .ctx = lines};
    steps[3] = store_said_step(said, s_on_new, lines);
    const int code = db_run(store->db, steps, sizeof steps / sizeof steps[0], err);
    db_sets_free(&reserve);
    db_sets_free(&inserts);
    db_sets_free(&selects);
    return code;
}

static void s_answer(line_t *line, bool heard)
{
    store_cmd_t *cmd = line->cmd;
    cmd->result = sb_json_object();
    sb_json_add_id(cmd->result, "seq", line->seq);
    if (heard) {
        sb_json_add_bool(cmd->result, "new", line->is_new);
    }
    cmd->work = line->is_new;
    cmd->localchat = line->seq;
}

static int s_finish(store_t *store, line_t *lines, size_t len, bool heard, sb_err_t *err)
{
    db_sets_t said = db_sets(STORE_SAID_WIDTH);
    for (size_t i = 0; i < len && heard; i++) {
        store_said_add(&said, i, &lines[i].said);
    }
    const int code = len ? s_write(store, lines, &said, len, err) : SB_OK;
    for (size_t i = 0; i < len; i++) {
        if (code == SB_OK) {
            s_answer(&lines[i], heard);
        }
        free(lines[i].buttons);
    }
    db_sets_free(&said);
    free(lines);
    return code;
}

static char *s_no_buttons(void)
{
    return sb_strdup("{\"buttons\":[]}");
}

int store_localchat_hear(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    line_t *lines = sb_alloc_array(len, sizeof *lines);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        line_t *line = &lines[used];
        *line = (line_t){.cmd = cmds[i]};
        if (!store_said_read(cmds[i], false, &line->said)) {
            continue;
        }
        used++;
        line->id = line->said.event;
        line->channel[0] = '@';
        memcpy(line->channel + 1, line->said.person.id, sizeof line->said.person.id);
        line->sender = line->said.person.id;
        line->text = line->said.text ? line->said.text : line->said.value;
        if (strcmp(line->said.kind, "button") == 0) { /* its label is shown; nobody has typed it */
            line->said.text = NULL;
        }
        line->buttons = s_no_buttons();
        line->at_ms = line->said.at_ms;
    }
    return s_finish(store, lines, used, true, err);
}

/* Checked, and as the text of an object. */
static char *s_read_buttons(sb_reader_t *r)
{
    static const char *const styles[] = {"primary", "danger", "plain"};
    const cJSON *array = sb_read_array_or_null(r, "buttons", SB_BUTTONS_MAX);
    cJSON *buttons = sb_json_array();
    const cJSON *item;
    size_t i = 0;
    cJSON_ArrayForEach(item, array)
    {
        sb_reader_t one = sb_reader_item(r, "buttons", item, i++);
        cJSON *button = sb_json_object();
        sb_json_add_str(button, "label", sb_read_str(&one, "label", 1, LABEL_MAX));
        sb_json_add_str(button, "value", sb_read_str(&one, "value", 1, SB_VALUE_MAX));
        const int style = sb_read_enum(&one, "style", styles, sizeof styles / sizeof styles[0]);
        sb_json_add_str(button, "style", style < 0 ? "plain" : styles[style]);
        const char *url = sb_read_str_or(&one, "url", SB_URL_MAX, NULL);
        if (url) {
            sb_json_add_str(button, "url", url);
        }
        sb_json_push(buttons, button);
        (void)sb_reader_join(r, &one);
    }
    cJSON *object = sb_json_object();
    sb_json_add(object, "buttons", buttons);
    char *text = sb_json_print(object);
    cJSON_Delete(object);
    return text;
}

/* "@USERNAME", lower-cased, or "#NAME". */
static void s_read_channel(sb_reader_t *r, const char *channel, char out[CHANNEL_MAX + 1])
{
    const size_t len = strlen(channel);
    if (len < 2 || (channel[0] != '@' && channel[0] != '#')) {
        (void)sb_reader_fault(r, "channel", "expected @USERNAME or #NAME");
        return;
    }
    for (size_t i = 0; i <= len; i++) {
        const char c = channel[i];
        out[i] = (char)(channel[0] == '@' && c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
}

static bool s_post_read(store_cmd_t *cmd, line_t *line)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    *line = (line_t){.cmd = cmd};
    line->id = sb_read_str(&r, "id", 1, SB_EVENT_ID_MAX);
    s_read_channel(&r, sb_read_str(&r, "channel", 2, CHANNEL_MAX), line->channel);
    line->text = sb_read_str(&r, "text", 0, SB_TEXT_MAX);
    line->at_ms = store_read_ms(&r, "at_ms");
    line->buttons = s_read_buttons(&r);
    if (sb_reader_code(&r)) {
        free(line->buttons);
        return false;
    }
    return true;
}

int store_localchat_post(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err)
{
    line_t *lines = sb_alloc_array(len, sizeof *lines);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        used += s_post_read(cmds[i], &lines[used]);
    }
    return s_finish(store, lines, used, false, err);
}

/* ---- localchat.update */

static int s_update_run(store_t *store, line_t *line, sb_err_t *err)
{
    /* The same again keeps its number. */
    static const char update[] = "UPDATE localchat SET text = $2, buttons = $3, edited = 1,"
                                 " seq = (SELECT value FROM serials WHERE name = 'localchat')"
                                 " WHERE id = $1 AND (text <> $2 OR buttons <> $3)";
    db_sets_t reserve = db_sets(1);
    db_sets_t updates = db_sets(3);
    db_sets_t selects = db_sets(1);
    *db_sets_add(&reserve, 0) = db_int(1);
    db_param_t *params = db_sets_add(&updates, 0);
    params[0] = db_text(line->id);
    params[1] = db_text(line->text);
    params[2] = db_text(line->buttons);
    *db_sets_add(&selects, 0) = db_text(line->id);
    db_step_t steps[3] = {0};
    steps[0] = (db_step_t){.sql = s_reserve, .sets = &reserve};
    steps[1] = (db_step_t){.sql = update, .sets = &updates};
    steps[2] = (db_step_t){.sql = s_select, .sets = &selects, .on_row = s_on_seq, .ctx = line};
    const int code = db_run(store->db, steps, sizeof steps / sizeof steps[0], err);
    db_sets_free(&reserve);
    db_sets_free(&updates);
    db_sets_free(&selects);
    return code;
}

int store_localchat_update(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    line_t line = {.cmd = cmd};
    line.id = sb_read_str(&r, "id", 1, SB_EVENT_ID_MAX);
    line.text = sb_read_str(&r, "text", 0, SB_TEXT_MAX);
    line.buttons = s_read_buttons(&r);
    int code = SB_OK;
    if (!sb_reader_code(&r)) {
        code = s_update_run(store, &line, err);
        if (code == SB_OK && line.seq == 0) {
            store_fail(cmd, SB_ENOTFOUND, "no message has the id %s", line.id);
        } else if (code == SB_OK) {
            s_answer(&line, false);
        }
    }
    free(line.buttons);
    return code;
}

/* ---- localchat.list */

typedef struct {
    store_page_t page;
    int64_t last;
} list_t;

static void s_on_message(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    cJSON *message = sb_json_object();
    store_add_id(message, "seq", row);
    store_add_id(message, "first", row);
    store_add_text(message, "id", row);
    store_add_text(message, "channel", row);
    store_add_text(message, "sender", row);
    store_add_text(message, "text", row);
    cJSON *holder = sb_json_object();
    store_add_json(holder, "object", row);
    cJSON *object = cJSON_GetObjectItemCaseSensitive(holder, "object");
    cJSON *buttons = cJSON_DetachItemFromObjectCaseSensitive(object, "buttons");
    sb_json_add(message, "buttons", buttons ? buttons : sb_json_array());
    cJSON_Delete(holder);
    store_add_int(message, "at_ms", row);
    store_add_bool(message, "edited", row);
    store_page_add(&((list_t *)ctx)->page, message);
}

static void s_on_last(void *ctx, size_t tag, db_row_t *row)
{
    (void)tag;
    ((list_t *)ctx)->last = db_take_int(row);
}

#define SELECT                                                                                     \
    "SELECT seq, first, id, channel, sender, text, buttons, at_ms, edited FROM localchat"          \
    " WHERE seq > $1"
#define OF_CHANNEL " AND channel = $3"
#define OLDEST " ORDER BY seq LIMIT $2"
#define NEWEST " ORDER BY seq DESC LIMIT $2"

/* One literal for each way to ask, so that each has its plan. */
static const char *s_list_sql(bool newest, bool channel)
{
    if (channel) {
        return newest ? SELECT OF_CHANNEL NEWEST : SELECT OF_CHANNEL OLDEST;
    }
    return newest ? SELECT NEWEST : SELECT OLDEST;
}

static void s_reverse(cJSON **array_p)
{
    cJSON *reversed = sb_json_array();
    while ((*array_p)->child) {
        cJSON *last = (*array_p)->child->prev; /* cJSON: the last one */
        sb_json_push(reversed, cJSON_DetachItemViaPointer(*array_p, last));
    }
    cJSON_Delete(*array_p);
    *array_p = reversed;
}

int store_localchat_list(store_t *store, store_cmd_t *cmd, sb_err_t *err)
{
    static const char last[] = "SELECT coalesce(max(seq), 0) FROM localchat";
    sb_reader_t r = sb_reader(cmd->body, "body", &cmd->err);
    char channel[CHANNEL_MAX + 1] = "";
    const char *given = sb_read_str_or(&r, "channel", CHANNEL_MAX, NULL);
    if (given) {
        s_read_channel(&r, given, channel);
    }
    const int64_t after = sb_read_id_or(&r, "after", -1);
    const int64_t limit = sb_read_int_or(&r, "limit", 1, SB_QUERY_LIMIT_MAX, LIMIT_DEFAULT);
    if (sb_reader_code(&r)) {
        return SB_OK;
    }
    list_t list = {.page = store_page(limit)};
    db_sets_t sets = db_sets(given ? 3 : 2);
    db_param_t *params = db_sets_add(&sets, 0);
    params[0] = db_int(after);
    params[1] = db_int(limit + 1);
    if (given) {
        params[2] = db_text(channel);
    }
    /* The last one first: what comes meanwhile is behind it. */
    const char *select = s_list_sql(after < 0, given);
    const db_step_t steps[] = {
        {.sql = last,    .on_row = s_on_last,    .ctx = &list},
        { .sql = select, .sets = &sets, .on_row = s_on_message, .ctx = &list},
    };
    const int code = db_run(store->db, steps, sizeof steps / sizeof steps[0], err);
    db_sets_free(&sets);
    if (code) {
        cJSON_Delete(list.page.items);
        return code;
    }
    if (after < 0) {
        s_reverse(&list.page.items);
    }
    cmd->result = sb_json_object();
    sb_json_add(cmd->result, "messages", list.page.items);
    sb_json_add_bool(cmd->result, "more", after >= 0 && list.page.more);
    sb_json_add_id(cmd->result, "last", list.last);
    return SB_OK;
}
