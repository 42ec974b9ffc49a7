/* slack_blocks.c */
#include "services/chatd/slack_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

cJSON *slack_plain(const char *text, size_t max)
{
    char *line = slack_text_line(text, max);
    cJSON *plain = sb_json_object();
    sb_json_add_str(plain, "type", "plain_text");
    sb_json_add_str(plain, "text", line[0] ? line : "-");
    sb_json_add_bool(plain, "emoji", false);
    free(line);
    return plain;
}

/* Appends a block of a type, which is returned. */
static cJSON *s_block(cJSON *blocks, const char *type)
{
    cJSON *block = sb_json_object();
    sb_json_add_str(block, "type", type);
    sb_json_push(blocks, block);
    return block;
}

void slack_blocks_header(cJSON *blocks, const char *text)
{
    sb_json_add(s_block(blocks, "header"), "text", slack_plain(text, SLACK_HEADER_MAX));
}

void slack_blocks_rich(cJSON *blocks, cJSON *elements)
{
    if (!elements->child) {
        cJSON_Delete(elements);
        return;
    }
    sb_json_add(s_block(blocks, "rich_text"), "elements", elements);
}

void slack_blocks_context(cJSON *blocks, const char *text)
{
    cJSON *elements = sb_json_array();
    sb_json_push(elements, slack_plain(text, SLACK_CONTEXT_MAX));
    sb_json_add(s_block(blocks, "context"), "elements", elements);
}

void slack_blocks_divider(cJSON *blocks)
{
    (void)s_block(blocks, "divider");
}

void slack_blocks_actions(cJSON *blocks, const char *block_id, cJSON *elements)
{
    if (!elements->child) {
        cJSON_Delete(elements);
        return;
    }
    cJSON *block = s_block(blocks, "actions");
    sb_json_add_str(block, "block_id", block_id);
    sb_json_add(block, "elements", elements);
}

cJSON *slack_button(const char *label, const char *action_id, const char *value, const char *style)
{
    cJSON *button = sb_json_object();
    sb_json_add_str(button, "type", "button");
    sb_json_add_str(button, "action_id", action_id);
    sb_json_add(button, "text", slack_plain(label, SLACK_BUTTON_MAX));
    if (value) {
        sb_json_add_str(button, "value", value);
    }
    if (strcmp(style, "primary") == 0 || strcmp(style, "danger") == 0) {
        sb_json_add_str(button, "style", style);
    }
    return button;
}

/* ---- In words. */

#define WORDS_MAX (64 * 1024) /* bytes; a message's blocks hold fewer */

/* The words of an element, or of those inside it. */
static void s_add_words(sb_buf_t *out, const cJSON *element, int depth)
{
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(element, "text");
    const cJSON *url = cJSON_GetObjectItemCaseSensitive(element, "url");
    const cJSON *inner;
    if (cJSON_IsObject(text)) {
        text = cJSON_GetObjectItemCaseSensitive(text, "text");
    }
    if (cJSON_IsString(text) || cJSON_IsString(url)) {
        sb_buf_puts(out, cJSON_IsString(text) ? text->valuestring : url->valuestring);
    }
    cJSON_ArrayForEach(inner, cJSON_GetObjectItemCaseSensitive(element, "elements"))
    {
        if (depth < 3) { /* block, section, words */
            s_add_words(out, inner, depth + 1);
        }
    }
    if (depth == 1 || (depth == 0 && text)) {
        sb_buf_puts(out, "\n");
    }
}

char *slack_blocks_fallback(const cJSON *blocks)
{
    sb_buf_t out = sb_buf(WORDS_MAX);
    const cJSON *block;
    cJSON_ArrayForEach(block, blocks)
    {
        const cJSON *type = cJSON_GetObjectItemCaseSensitive(block, "type");
        if (cJSON_IsString(type) && strcmp(type->valuestring, "actions") != 0) {
            s_add_words(&out, block, 0);
        }
    }
    char *text = slack_text_escape(sb_buf_text(&out), SLACK_FALLBACK_MAX);
    sb_buf_free(&out);
    return text;
}
