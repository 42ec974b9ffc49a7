/* conversation.c: from inbox events to what was heard, in order; then the deadline, then the queue.
 */
#include "services/botd/conversation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/chatd.h"
#include "services/botd/handlers.h"
#include "services/botd/late.h"
#include "services/botd/question.h"
#include "services/botd/reactions.h"

/* ---- Typed. */

static void s_on_answer(step_t *step, const event_t *event, const answer_t *answer)
{
    const heard_t heard = {
        .kind = answer->kind == ANSWER_YES ? HEARD_YES : HEARD_NO,
        .answer = *answer,
    };
    if (step->conv.state == CONV_ASKED && event->at_ms < step->open->asked_ms) {
        late_early(step, answer);
    } else {
        reactions_run(step, &heard);
    }
}

static void s_on_unsure(step_t *step)
{
    if (step->conv.state == CONV_CHECKING || step->conv.state == CONV_PROVING) {
        step_say(step, MSG_BUSY, NULL);
    } else if (step->open) {
        step_say(step, MSG_BAD_RESPONSE, NULL);
    }
}

/* A code that was typed where one can be, alone or behind a yes to the consent. */
static bool s_on_code(step_t *step, const event_t *event)
{
    const conv_t *conv = &step->conv;
    if (!conv->typed || conv->state < CONV_CONSENT) {
        return false;
    }
    char code[SB_CODE_DIGITS + 1];
    const answer_t answer = answer_parse(event->text, true);
    if (!answer_code(event->text, strlen(event->text), code) &&
        !(answer.kind == ANSWER_YES && answer_code(answer.comment, answer.comment_size, code))) {
        return false;
    }
    const heard_t heard = {.kind = HEARD_CODE, .code = code};
    reactions_run(step, &heard);
    return true;
}

static void s_on_text(step_t *step, const event_t *event)
{
    if (s_on_code(step, event)) {
        return;
    }
    words_t words;
    words_parse(event->text, &words);
    const command_t *command = commands_find(step->policy->commands, words.name);
    const bool yes = command && command->fn == COMMAND_YES;
    const bool no = command && command->fn == COMMAND_NO;
    if (command && !yes && !no) {
        handlers_run(step, command, &words);
        return;
    }
    answer_t answer = answer_parse(event->text, step->conv.state == CONV_CONSENT);
    if (answer.kind == ANSWER_NONE && (yes || no)) { /* a word of the configuration's own */
        answer = answer_of(yes ? ANSWER_YES : ANSWER_NO, event->text);
    }
    if (answer.kind == ANSWER_NONE) {
        step_say(step, MSG_BAD_COMMAND, NULL);
    } else if (answer.kind == ANSWER_UNSURE) {
        s_on_unsure(step);
    } else {
        s_on_answer(step, event, &answer);
    }
}

/* ---- Pressed. */

static answer_kind_t s_action(const char *value, size_t size)
{
    if (size == strlen(SB_BUTTON_YES) && memcmp(value, SB_BUTTON_YES, size) == 0) {
        return ANSWER_YES;
    }
    if (size == strlen(SB_BUTTON_NO) && memcmp(value, SB_BUTTON_NO, size) == 0) {
        return ANSWER_NO;
    }
    return ANSWER_NONE;
}

static void s_on_button(step_t *step, const event_t *event)
{
    const char *colon = strchr(event->value, ':');
    const answer_kind_t kind =
        colon ? s_action(event->value, (size_t)(colon - event->value)) : ANSWER_NONE;
    if (kind == ANSWER_NONE) {
        step_say(step, MSG_STALE_BUTTON, NULL);
    } else if (step->open && strcmp(step->open->hash, colon + 1) == 0) {
        const heard_t heard = {
            .kind = kind == ANSWER_YES ? HEARD_YES : HEARD_NO,
            .answer = {.kind = kind},
        };
        reactions_run(step, &heard);
    } else {
        late_button(step, kind, colon + 1);
    }
}

/* ---- Results. */

/* True unless the result says that all went well. */
static bool s_failed(const cJSON *result)
{
    return !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "ok"));
}

static void s_on_result(step_t *step, const event_t *event)
{
    const conv_t *conv = &step->conv;
    sb_err_t err;
    cJSON *result = sb_json_parse(event->text, strlen(event->text), 0, &err);
    heard_t heard = {.result = result};
    const bool waits = conv->state == CONV_CHECKING || conv->state == CONV_PROVING;
    const bool has_buttons = conv->state == CONV_ASKED || conv->state == CONV_CONSENT;
    if (waits && strcmp(event->value, conv->job) == 0) {
        heard.kind = HEARD_RESULT;
        reactions_run(step, &heard);
    } else if (has_buttons && strcmp(event->value, conv->question) == 0 && s_failed(result)) {
        heard.kind = HEARD_UNDELIVERED;
        reactions_run(step, &heard);
    } else { /* of a message without buttons, or of a job that nobody waits for any more */
        cJSON *detail = sb_json_object();
        sb_json_add_str(detail, "id", event->value);
        step_audit(step, NULL, STEP_BOT, "result ignored", detail);
    }
    cJSON_Delete(result);
}

/* ---- The step. */

static bool s_is_due(const step_t *step, int64_t at_ms)
{
    const int64_t deadline_ms = step->conv.deadline_ms;
    return deadline_ms >= 0 && deadline_ms <= step->now_ms && deadline_ms <= at_ms;
}

static void s_on_deadline(step_t *step)
{
    const heard_t heard = {.kind = HEARD_DEADLINE};
    reactions_run(step, &heard);
}

/* Handles the inbox; true if all of it is. Once the one mute that fits in a transition is taken,
 * the rest waits for the next pull. */
static bool s_inbox(step_t *step)
{
    static void (*const on_kind[])(step_t *, const event_t *) = {
        [EVENT_TEXT] = s_on_text, [EVENT_BUTTON] = s_on_button, [EVENT_RESULT] = s_on_result};
    const item_t *item = step->item;
    for (size_t i = 0; i < item->inbox_len; i++) {
        const event_t *event = &item->inbox[i];
        if (transition_has_mute(step->out)) {
            return false;
        }
        if (step->open && s_is_due(step, event->at_ms)) { /* heard too late */
            s_on_deadline(step);
        }
        on_kind[event->kind](step, event);
        transition_applied(step->out, event->seq);
    }
    return !item->inbox_more;
}

cJSON *conversation_step(const policy_t *policy, const cJSON *item_json, int64_t now_ms,
                         sb_err_t *err)
{
    assert(policy);
    assert(item_json);
    assert(err);
    item_t item;
    if (item_read(item_json, &item, err)) {
        return NULL;
    }
    step_t step;
    step_init(&step, policy, &item, now_ms);
    question_mend(&step);
    const bool all = s_inbox(&step);
    if (all && s_is_due(&step, now_ms)) {
        s_on_deadline(&step);
    }
    question_serve(&step);
    cJSON *transition = transition_finish(&step.out, &step.conv);
    step_free(&step);
    return transition;
}
