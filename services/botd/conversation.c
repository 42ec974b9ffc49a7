/* conversation.c: from inbox events to what was heard, in order; then the deadline, then the queue.
 */
#include "services/botd/conversation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/button.h"
#include "proto/authd.h"
#include "proto/chatd.h"
#include "services/botd/handlers.h"
#include "services/botd/late.h"
#include "services/botd/question.h"
#include "services/botd/reactions.h"
#include "services/botd/team.h"
#include "services/botd/transcript.h"

/* What was heard, if it is an answer. */
static heard_t s_heard(const answer_t *answer)
{
    static const heard_kind_t kinds[] = {
        [ANSWER_YES] = HEARD_YES,
        [ANSWER_NO] = HEARD_NO,
        [ANSWER_UNSURE] = HEARD_UNSURE,
        [ANSWER_HELP] = HEARD_HELP,
    };
    assert(answer->kind != ANSWER_NONE && answer->kind != ANSWER_UNCLEAR);
    return (heard_t){.kind = kinds[answer->kind], .answer = *answer};
}

/* ---- Typed. */

static void s_on_answer(step_t *step, const event_t *event, const answer_t *answer)
{
    if (step->conv.state == CONV_ASKED && event->at_ms < step->open->asked_ms) {
        late_early(step, answer);
    } else {
        const heard_t heard = s_heard(answer);
        reactions_run(step, &heard);
    }
}

/* Says what is waited for to one who said something else. */
static void s_say_again(step_t *step)
{
    static const message_t hints[CONV_STATES] = {
        [CONV_IDLE] = MSG_BAD_COMMAND, [CONV_ASKED] = MSG_BAD_RESPONSE,
        [CONV_CHECKING] = MSG_BUSY,    [CONV_CONSENT] = MSG_BAD_RESPONSE,
        [CONV_CODE] = MSG_2FA_CODE,    [CONV_PROVING] = MSG_BUSY,
    };
    step_say(step, hints[step->conv.state], NULL);
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

/* After a yes, "not sure" is about the factor: that is asked again. */
static bool s_is_behind_yes(const step_t *step)
{
    return step->open && step->conv.state != CONV_ASKED;
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
    const bool unclear =
        answer.kind == ANSWER_UNCLEAR || (answer.kind == ANSWER_UNSURE && s_is_behind_yes(step));
    if (answer.kind == ANSWER_NONE || (unclear && step->open)) {
        s_say_again(step);
    } else if (!unclear) {
        s_on_answer(step, event, &answer);
    }
}

/* ---- Pressed. */

/* A button says which message it hangs on, so that a press on the question is never taken for one
 * on what came after it. */
static const struct button {
    const char *action;
    heard_kind_t heard;
    answer_kind_t answer; /* as a late word on the alert; none: of no meaning then */
    bool consent;         /* hangs on the question for consent */
} s_buttons[] = {
    {SB_BUTTON_YES,     HEARD_YES,    ANSWER_YES,    false},
    {SB_BUTTON_NO,      HEARD_DENIED, ANSWER_NO,     false},
    {SB_BUTTON_UNSURE,  HEARD_UNSURE, ANSWER_UNSURE, false},
    {SB_BUTTON_HELP,    HEARD_HELP,   ANSWER_HELP,   false},
    {SB_BUTTON_AGREE,   HEARD_YES,    ANSWER_NONE,   true },
    {SB_BUTTON_DECLINE, HEARD_NO,     ANSWER_NONE,   true },
};

static const struct button *s_button(const char *action)
{
    for (size_t i = 0; i < sizeof s_buttons / sizeof s_buttons[0]; i++) {
        if (strcmp(s_buttons[i].action, action) == 0) {
            return &s_buttons[i];
        }
    }
    return NULL;
}

static void s_on_open_button(step_t *step, const struct button *button, const answer_t *answer)
{
    const bool asked = step->conv.state == CONV_ASKED;
    const heard_t heard = {.kind = button->heard, .answer = *answer};
    if (button->consent && asked) {
        step_say(step, MSG_STALE_BUTTON, NULL);
    } else if (button->consent || asked || button->heard != HEARD_YES) {
        reactions_run(step, &heard);
    } /* else the question's yes once more, which is known */
}

static void s_on_button(step_t *step, const event_t *event)
{
    sb_button_t parts;
    const struct button *button =
        sb_button_parse(event->value, &parts) ? s_button(parts.action) : NULL;
    const answer_t answer = {
        .kind = button ? button->answer : ANSWER_NONE,
        .comment = event->text[0] ? event->text : NULL,
        .comment_size = strlen(event->text),
    };
    if (button && step->open && strcmp(step->open->hash, parts.hash) == 0) {
        s_on_open_button(step, button, &answer);
    } else if (answer.kind != ANSWER_NONE) {
        late_button(step, &answer, parts.hash);
    } else {
        step_say(step, MSG_STALE_BUTTON, NULL);
    }
}

/* ---- Results. */

/* True unless the result says that all went well. */
static bool s_failed(const cJSON *result)
{
    return !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(result, "ok"));
}

static bool s_has_status(const cJSON *result, const char *status)
{
    const char *is = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "status"));
    return is && strcmp(is, status) == 0;
}

/* Of a message without buttons, or of a job that nobody waits for any more. */
static void s_on_other_result(step_t *step, const event_t *event, const cJSON *result)
{
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "id", event->value);
    step_audit(step, NULL, STEP_BOT, "result ignored", detail);
    if (s_has_status(result, SB_FACTOR_FRAUD)) {
        late_fraud(step);
    }
}

static void s_on_result(step_t *step, const event_t *event)
{
    const conv_t *conv = &step->conv;
    sb_err_t err;
    cJSON *result = sb_json_parse(event->text, strlen(event->text), 0, &err);
    heard_t heard = {.result = result};
    const bool proves = conv->state == CONV_PROVING;
    const bool waits = conv->state == CONV_CHECKING || proves;
    const bool has_buttons = conv->state == CONV_ASKED || conv->state == CONV_CONSENT || proves;
    const bool shows = proves && s_has_status(result, SB_FACTOR_WAITING);
    if (waits && strcmp(event->value, conv->job) == 0) {
        heard.kind = shows ? HEARD_SHOW : HEARD_RESULT;
        reactions_run(step, &heard);
    } else if (has_buttons && strcmp(event->value, conv->question) == 0 && s_failed(result)) {
        heard.kind = HEARD_UNDELIVERED;
        reactions_run(step, &heard);
    } else {
        s_on_other_result(step, event, result);
    }
    cJSON_Delete(result);
}

/* A passkey that the person did not make themselves is how somebody else would be them from now on.
 */
static void s_on_enrolled(step_t *step, const event_t *event)
{
    const fields_t fields = step_team_fields(step, NULL, event->text);
    char *text = messages_render(step->policy->messages, MSG_TEAM_ENROLLED, &fields);
    step_tell(step, NULL, text);
    free(text);
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
        [EVENT_TEXT] = s_on_text,     [EVENT_BUTTON] = s_on_button,     [EVENT_TEAM] = team_run,
        [EVENT_RESULT] = s_on_result, [EVENT_ENROLLED] = s_on_enrolled,
    };
    const item_t *item = step->item;
    for (size_t i = 0; i < item->inbox_len; i++) {
        const event_t *event = &item->inbox[i];
        if (transition_has_mute(step->out)) {
            return false;
        }
        if (step->open && s_is_due(step, event->at_ms)) { /* heard too late */
            s_on_deadline(step);
        }
        if (step->open && (event->kind == EVENT_TEXT || event->kind == EVENT_BUTTON)) {
            transcript_heard(step, event);
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
    team_finish(&step);
    cJSON *transition = transition_finish(&step.out, &step.conv);
    step_free(&step);
    return transition;
}
