/* msg.c. The head is read by hand, so that routing and permission never see JSON. */
#include "lib/msg.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ID_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789._-"

/* What a kind carries; the one place that says so. */
static const struct {
    const char *name;
    bool named;       /* the head has a NAME */
    bool identified;  /* the body has an id */
    bool id_optional; /* it may be "", when the request could not be read */
    bool timed;       /* the body has a time-out */
} s_kinds[SB_KIND_LEN] = {
    [SB_KIND_READY] = {"READY",     true,  false, false, false},
    [SB_KIND_REQ] = {"REQ",       true,  true,  false, true },
    [SB_KIND_ACCEPT] = {"ACCEPT",    false, true,  false, false},
    [SB_KIND_RESULT] = {"RESULT",    false, true,  false, false},
    [SB_KIND_NACK] = {"NACK",      false, true,  true,  false},
    [SB_KIND_HEARTBEAT] = {"HEARTBEAT", false, false, false, false},
    [SB_KIND_CREDIT] = {"CREDIT",    false, false, false, false},
    [SB_KIND_BYE] = {"BYE",       false, false, false, false},
    [SB_KIND_HINT] = {"HINT",      true,  false, false, false},
};

const char *sb_kind_name(sb_kind_t kind)
{
    assert(kind >= 0 && kind < SB_KIND_LEN);
    return s_kinds[kind].name;
}

bool sb_id_valid(const char *id)
{
    assert(id);
    const size_t len = strlen(id);
    return len > 0 && len < SB_ID_SIZE_MAX && strspn(id, ID_CHARS) == len;
}

static int s_kind_of(const char *word)
{
    for (int i = 0; i < SB_KIND_LEN; i++) {
        if (strcmp(s_kinds[i].name, word) == 0) {
            return i;
        }
    }
    return -1;
}

int sb_head_decode(const void *data, size_t size, sb_head_t *head_r, sb_err_t *err)
{
    assert(data || size == 0);
    assert(head_r);
    assert(err);
    memset(head_r, 0, sizeof *head_r);
    if (size > SB_HEAD_SIZE_MAX) {
        return sb_fail(err, SB_ETOOLARGE, "head: %zu bytes, at most %d", size, SB_HEAD_SIZE_MAX);
    }
    static const char start[] = SB_BUS_VERSION " ";
    const size_t start_len = sizeof start - 1;
    if (size < start_len || memcmp(data, start, start_len) != 0) {
        return sb_fail(err, SB_EINVALID, "head: does not begin with %s", SB_BUS_VERSION);
    }
    if (memchr(data, '\0', size)) {
        return sb_fail(err, SB_EINVALID, "head: holds a NUL");
    }
    char text[SB_HEAD_SIZE_MAX + 1] = {0};
    memcpy(text, (const char *)data + start_len, size - start_len);
    char *name = strchr(text, ' ');
    if (name) {
        *name++ = '\0';
    }
    const int kind = s_kind_of(text);
    if (kind < 0) {
        return sb_fail(err, SB_EINVALID, "head: no such kind of message");
    }
    if (s_kinds[kind].named != (name != NULL)) {
        return sb_fail(err, SB_EINVALID, "head: %s must have %s", s_kinds[kind].name,
                       name ? "no name" : "a name");
    }
    if (name) {
        const size_t len = strlen(name);
        if (len == 0 || len >= SB_NAME_SIZE_MAX || strspn(name, NAME_CHARS) != len) {
            return sb_fail(err, SB_EINVALID, "head: the name is not 1 to %d of a-z 0-9 . _ -",
                           SB_NAME_SIZE_MAX - 1);
        }
        memcpy(head_r->name, name, len + 1);
    }
    head_r->kind = (sb_kind_t)kind;
    return SB_OK;
}

static int s_read_id(sb_reader_t *reader, sb_kind_t kind, char out[SB_ID_SIZE_MAX])
{
    const char *id = s_kinds[kind].id_optional
                         ? sb_read_str_or(reader, "id", SB_ID_SIZE_MAX - 1, "")
                         : sb_read_str(reader, "id", 1, SB_ID_SIZE_MAX - 1);
    if (sb_reader_code(reader)) {
        return sb_reader_code(reader);
    }
    if (id[0] && !sb_id_valid(id)) {
        return sb_reader_fault(reader, "id", "expected characters of A-Z a-z 0-9 . _ : -");
    }
    memcpy(out, id, strlen(id) + 1);
    return SB_OK;
}

int sb_msg_decode(sb_kind_t kind, const void *data, size_t size, sb_msg_t *msg_r, sb_err_t *err)
{
    assert(kind >= 0 && kind < SB_KIND_LEN);
    assert(data || size == 0);
    assert(msg_r);
    assert(err);
    memset(msg_r, 0, sizeof *msg_r);
    if (size > SB_BODY_SIZE_MAX) {
        return sb_fail(err, SB_ETOOLARGE, "body: %zu bytes, at most %d", size, SB_BODY_SIZE_MAX);
    }
    cJSON *json = sb_json_parse(data, size, SB_BODY_VALUES_MAX, err);
    if (!json) {
        return sb_fail_in(err, "body");
    }
    sb_reader_t reader = sb_reader(json, "message", err);
    if (s_kinds[kind].identified) {
        (void)s_read_id(&reader, kind, msg_r->id);
    }
    if (s_kinds[kind].timed) {
        msg_r->epoch = sb_read_id_or(&reader, "epoch", 0);
        msg_r->timeout_ms = sb_read_int(&reader, "timeout_ms", 1, SB_TIMEOUT_MS_MAX);
    }
    if (kind == SB_KIND_HINT) {
        msg_r->seq = sb_read_id_or(&reader, "seq", 0);
    }
    const bool has_body = sb_read_object_or_null(&reader, "body") != NULL;
    const int code = sb_reader_code(&reader);
    if (!code) {
        msg_r->body =
            has_body ? cJSON_DetachItemFromObjectCaseSensitive(json, "body") : sb_json_object();
    }
    cJSON_Delete(json);
    return code;
}

void sb_msg_clear(sb_msg_t *self)
{
    assert(self);
    cJSON_Delete(self->body);
    memset(self, 0, sizeof *self);
}

size_t sb_head_encode(sb_kind_t kind, const char *name, char out[SB_HEAD_SIZE_MAX])
{
    assert(kind >= 0 && kind < SB_KIND_LEN);
    assert(s_kinds[kind].named == (name && name[0]));
    assert(!name || strlen(name) < SB_NAME_SIZE_MAX);
    const int len = snprintf(out, SB_HEAD_SIZE_MAX, "%s %s%s%s", SB_BUS_VERSION, s_kinds[kind].name,
                             s_kinds[kind].named ? " " : "", name ? name : "");
    assert(len > 0 && len < SB_HEAD_SIZE_MAX);
    return (size_t)len;
}

char *sb_msg_encode(const char *id, int64_t epoch, int64_t timeout_ms, int64_t seq,
                    const cJSON *body)
{
    cJSON *json = sb_json_object();
    if (id) {
        sb_json_add_str(json, "id", id);
    }
    if (epoch) {
        sb_json_add_id(json, "epoch", epoch);
    }
    if (timeout_ms) {
        sb_json_add_int(json, "timeout_ms", timeout_ms);
    }
    if (seq) {
        sb_json_add_id(json, "seq", seq);
    }
    if (body) {
        /* Only looked at while printing. */
        cJSON *borrowed = cJSON_CreateObjectReference(body->child);
        assert(borrowed);
        sb_json_add(json, "body", borrowed);
    }
    char *text = sb_json_print(json);
    cJSON_Delete(json);
    return text;
}

cJSON *sb_nack_body(const sb_err_t *err)
{
    assert(err);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "code", sb_code_name(err->code));
    sb_json_add_str(body, "text", err->text);
    return body;
}

void sb_nack_read(const cJSON *body, sb_err_t *err_r)
{
    assert(err_r);
    sb_err_t fault;
    sb_reader_t reader = sb_reader(body, "nack", &fault);
    const char *name = sb_read_str(&reader, "code", 1, SB_NAME_SIZE_MAX);
    const char *text = sb_read_str_or(&reader, "text", SB_BODY_SIZE_MAX, "");
    if (sb_reader_code(&reader)) {
        (void)sb_fail(err_r, SB_EINTERNAL, "an answer that can't be read: %s", fault.text);
        return;
    }
    const int code = sb_code_of(name);
    (void)sb_fail(err_r, code == SB_OK ? SB_EINTERNAL : code, "%s", text);
}
