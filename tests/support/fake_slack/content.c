/* content.c */
#include "tests/support/fake_slack/content.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/mrkdwn.h"

/* Bytes of the first chars characters, or all. */
static size_t s_cut(const char *text, size_t chars)
{
    size_t i = 0;
    for (; text[i]; i++) {
        const bool begins = ((unsigned char)text[i] & 0xC0) != 0x80;
        if (begins && chars-- == 0) {
            break;
        }
    }
    return i;
}

static const char *s_read_text(call_t *call, bool update, content_t *self)
{
    const char *text = args_str(call->args, "text");
    const char *markdown = args_str(call->args, "markdown_text");
    if (markdown && (text || args_has(call->args, "blocks"))) {
        return "markdown_text_conflict";
    }
    text = text ? text : markdown;
    self->has_text = text && *text;
    if (!self->has_text) {
        return NULL;
    }
    const size_t size = s_cut(text, update ? TEXT_UPDATE_CHARS_MAX : TEXT_CHARS_MAX);
    if (text[size]) {
        if (update) {
            return "msg_too_long";
        }
        call_warn(call, "message_truncated");
    }
    char *cut = sb_strndup(text, size);
    self->text = mrkdwn_accept(cut);
    free(cut);
    return NULL;
}

static const char *s_read_blocks(call_t *call, content_t *self)
{
    bool bad;
    cJSON *blocks = args_json(call->args, "blocks", &bad);
    if (bad || (blocks && !cJSON_IsArray(blocks))) {
        return "invalid_blocks_format";
    }
    if (!blocks) {
        return NULL;
    }
    self->has_blocks = true;
    if (!blocks_check(blocks, BLOCKS_MESSAGE_MAX, &call->faults)) {
        return "invalid_blocks";
    }
    if (blocks->child) {
        self->blocks = sb_json_print(blocks);
    }
    return NULL;
}

static const char *s_read_attachments(call_t *call, content_t *self)
{
    bool bad;
    const cJSON *attachments = args_json(call->args, "attachments", &bad);
    if (bad || (attachments && !cJSON_IsArray(attachments))) {
        return "invalid_attachments";
    }
    if (!attachments) {
        return NULL;
    }
    self->has_attachments = true;
    if (cJSON_GetArraySize(attachments) > ATTACHMENTS_MAX) {
        return "too_many_attachments";
    }
    if (attachments->child) {
        self->attachments = sb_json_print(attachments);
    }
    return NULL;
}

static const char *s_read_metadata(call_t *call, content_t *self)
{
    bool bad;
    const cJSON *metadata = args_json(call->args, "metadata", &bad);
    if (bad || (metadata && !cJSON_IsObject(metadata))) {
        return "invalid_metadata_format";
    }
    if (!metadata) {
        return NULL;
    }
    self->has_metadata = true;
    if (!metadata->child) {
        return NULL;
    }
    const char *type =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, "event_type"));
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(metadata, "event_payload");
    if (!type || !*type || !cJSON_IsObject(payload)) {
        return "invalid_metadata_schema";
    }
    self->metadata_type = sb_strdup(type);
    self->metadata_payload = sb_json_print(payload);
    return strlen(self->metadata_payload) > METADATA_SIZE_MAX ? "metadata_too_large" : NULL;
}

const char *content_read(call_t *call, bool update, content_t *content_r)
{
    *content_r = (content_t){0};
    const char *error = s_read_text(call, update, content_r);
    error = error ? error : s_read_blocks(call, content_r);
    error = error ? error : s_read_attachments(call, content_r);
    error = error ? error : s_read_metadata(call, content_r);
    const bool says = content_r->text || content_r->blocks || content_r->attachments;
    const bool changes = update && (content_r->has_metadata || content_r->has_blocks);
    return error ? error : says || changes ? NULL : "no_text";
}

void content_free(content_t *self)
{
    free(self->text);
    free(self->blocks);
    free(self->attachments);
    free(self->metadata_type);
    free(self->metadata_payload);
    *self = (content_t){0};
}

static void s_move(char **from, char **to)
{
    free(*to);
    *to = *from;
    *from = NULL;
}

void content_move(content_t *self, message_t *message, bool update)
{
    if (self->has_text || !update) {
        s_move(&self->text, &message->text);
    }
    if (!message->text) {
        message->text = sb_strdup("");
    }
    if (self->has_blocks || self->has_text || !update) {
        s_move(&self->blocks, &message->blocks);
    }
    if (self->has_attachments || !update) {
        s_move(&self->attachments, &message->attachments);
    }
    if (self->has_metadata || !update) {
        s_move(&self->metadata_type, &message->metadata_type);
        s_move(&self->metadata_payload, &message->metadata_payload);
    }
}
