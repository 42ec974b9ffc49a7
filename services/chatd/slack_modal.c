/* slack_modal.c */
#include "services/chatd/slack_modal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "lib/mem.h"
#include "services/chatd/slack_blocks.h"
#include "services/chatd/slack_card.h"

#define TITLE_MAX 24 /* of a dialog, and of its buttons */
#define OPTION_VALUE_MAX 150
#define ANSWER "answer"
#define COMMENT "comment"

static const cJSON *s_member(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static const char *s_text(const cJSON *json, const char *name)
{
    const cJSON *member = s_member(json, name);
    return cJSON_IsString(member) ? member->valuestring : NULL;
}

/* ---- The view. */

static bool s_is_answer(const char *value)
{
    sb_button_t button;
    return value && strlen(value) <= OPTION_VALUE_MAX && sb_button_parse(value, &button) &&
           !sb_button_is_team(&button) && strcmp(button.action, SLACK_ACTION_COMMENT) != 0;
}

/* The block of buttons of a question, or NULL. */
static const cJSON *s_buttons(const cJSON *message)
{
    const cJSON *block;
    cJSON_ArrayForEach(block, s_member(message, "blocks"))
    {
        const char *id = s_text(block, "block_id");
        if (id && strncmp(id, SLACK_BLOCK_PERSON, strlen(SLACK_BLOCK_PERSON)) == 0) {
            return block;
        }
    }
    return NULL;
}

static cJSON *s_options(const cJSON *block)
{
    cJSON *options = sb_json_array();
    const cJSON *element;
    cJSON_ArrayForEach(element, s_member(block, "elements"))
    {
        const char *value = s_text(element, "value");
        const char *label = s_text(s_member(element, "text"), "text");
        if (s_is_answer(value) && label) {
            cJSON *option = sb_json_object();
            sb_json_add(option, "text", slack_plain(label, SLACK_BUTTON_MAX));
            sb_json_add_str(option, "value", value);
            sb_json_push(options, option);
        }
    }
    return options;
}

static cJSON *s_input(const char *name, const char *label, const char *type)
{
    cJSON *element = sb_json_object();
    sb_json_add_str(element, "type", type);
    sb_json_add_str(element, "action_id", name);
    cJSON *input = sb_json_object();
    sb_json_add_str(input, "type", "input");
    sb_json_add_str(input, "block_id", name);
    sb_json_add(input, "label", slack_plain(label, SLACK_BUTTON_MAX));
    sb_json_add(input, "element", element);
    return input;
}

/* Takes the options. */
static cJSON *s_view_blocks(cJSON *options)
{
    cJSON *blocks = sb_json_array();
    cJSON *answer = s_input(ANSWER, "Was this you?", "radio_buttons");
    sb_json_add(cJSON_GetObjectItemCaseSensitive(answer, "element"), "options", options);
    sb_json_push(blocks, answer);
    cJSON *comment = s_input(COMMENT, "What should the security team know?", "plain_text_input");
    cJSON *element = cJSON_GetObjectItemCaseSensitive(comment, "element");
    sb_json_add_bool(element, "multiline", true);
    sb_json_add_int(element, "max_length", SLACK_MODAL_COMMENT_MAX);
    sb_json_add_bool(comment, "optional", true);
    sb_json_push(blocks, comment);
    return blocks;
}

cJSON *slack_modal_view(const cJSON *message, const char *message_id)
{
    const cJSON *block = s_buttons(message);
    cJSON *options = s_options(block);
    if (!options->child) {
        cJSON_Delete(options);
        return NULL;
    }
    char *about =
        sb_format("%s %s", message_id, s_text(block, "block_id") + strlen(SLACK_BLOCK_PERSON));
    cJSON *view = sb_json_object();
    sb_json_add_str(view, "type", "modal");
    sb_json_add_str(view, "callback_id", SLACK_MODAL_CALLBACK);
    sb_json_add_str(view, "private_metadata", about);
    sb_json_add(view, "title", slack_plain("Your answer", TITLE_MAX));
    sb_json_add(view, "submit", slack_plain("Send", TITLE_MAX));
    sb_json_add(view, "close", slack_plain("Cancel", TITLE_MAX));
    sb_json_add(view, "blocks", s_view_blocks(options));
    free(about);
    return view;
}

/* ---- What comes back. */

/* "CHANNEL:TS OWNER" */
static bool s_read_about(const char *about, slack_modal_answer_t *answer_r)
{
    const char *blank = about ? strchr(about, ' ') : NULL;
    if (!blank || (size_t)(blank - about) >= SLACK_MESSAGE_SIZE || !slack_id_valid(blank + 1)) {
        return false;
    }
    char channel[SLACK_ID_SIZE];
    char ts[SLACK_TS_SIZE];
    (void)snprintf(answer_r->message, sizeof answer_r->message, "%.*s", (int)(blank - about),
                   about);
    (void)snprintf(answer_r->owner, sizeof answer_r->owner, "%s", blank + 1);
    return slack_message_split(answer_r->message, channel, ts);
}

bool slack_modal_read(const cJSON *view, slack_modal_answer_t *answer_r)
{
    *answer_r = (slack_modal_answer_t){0};
    const char *callback = s_text(view, "callback_id");
    if (!callback || strcmp(callback, SLACK_MODAL_CALLBACK) != 0 ||
        !s_read_about(s_text(view, "private_metadata"), answer_r)) {
        return false;
    }
    const cJSON *values = s_member(s_member(view, "state"), "values");
    const cJSON *answer = s_member(s_member(values, ANSWER), ANSWER);
    const cJSON *comment = s_member(s_member(values, COMMENT), COMMENT);
    answer_r->value = s_text(s_member(answer, "selected_option"), "value");
    answer_r->comment = s_text(comment, "value");
    if (!answer_r->comment) {
        answer_r->comment = "";
    }
    return s_is_answer(answer_r->value);
}
