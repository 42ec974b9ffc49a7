/* question.c */
#include "services/botd/question.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/authd.h"
#include "proto/chatd.h"
#include "services/botd/card.h"
#include "services/botd/effect.h"
#include "services/botd/escalation.h"
#include "services/botd/handlers.h"
#include "services/botd/proof.h"
#include "services/botd/text.h"
#include "services/botd/transcript.h"

#define AUTOMUTE_REASON "muted after a verified confirmation"
#define HIDDEN_NUMBER "**"

/* ---- Putting it. */

/* The alert as it is put to the person. */
static char *s_question_text(step_t *step)
{
    const fields_t fields = step_fields(step, step->open);
    const message_t head = step->open->effect.kind == EFFECT_NONE ? MSG_ALERT : MSG_EFFECT;
    char *alert = messages_render(step->policy->messages, head, &fields);
    char *prompt = messages_render(step->policy->messages, MSG_ACTION_PROMPT, &fields);
    char *text = sb_format("%s%s%s", alert, prompt[0] ? "\n\n" : "", prompt);
    char *shown = text_cut(text, strlen(text), SB_TEXT_MAX);
    free(alert);
    free(prompt);
    free(text);
    return shown;
}

static char *s_consent_text(step_t *step)
{
    const fields_t fields = step_fields(step, step->open);
    return messages_render(step->policy->messages, MSG_2FA, &fields);
}

/* What the open message is about. line: what became of it; "" yet. */
static cJSON *s_card(step_t *step, const char *line, const char *outcome)
{
    const bool consent = step->conv.state != CONV_ASKED;
    alert_t alert = *step->open;
    alert.outcome = outcome;
    alert.comment = step->conv.comment;
    const card_t card = {
        .kind = consent ? SB_CARD_CONSENT : SB_CARD_QUESTION,
        .alert = &alert,
        .deadline_ms = step->conv.deadline_ms,
        .line = line,
    };
    return card_json(step, &card);
}

static void s_ask(step_t *step, const alert_t *alert)
{
    assert(!step->open);
    const policy_t *policy = step->policy;
    step_say(step, step->continues ? MSG_BWTM : MSG_GREETING, NULL);
    step->open = alert;
    conv_t *conv = &step->conv;
    conv->state = CONV_ASKED;
    (void)snprintf(conv->alert, sizeof conv->alert, "%s", alert->hash);
    conv->deadline_ms = hours_after(policy->hours, step->now_ms, policy->answer_ms);
    cJSON *buttons = sb_json_array();
    step_button(step, buttons, MSG_BUTTON_YES, SB_BUTTON_YES, alert, NULL, "primary");
    step_button(step, buttons, MSG_BUTTON_NO, SB_BUTTON_NO, alert, NULL, "danger");
    step_button(step, buttons, MSG_BUTTON_UNSURE, SB_BUTTON_UNSURE, alert, NULL, "plain");
    step_button(step, buttons, MSG_BUTTON_HELP, SB_BUTTON_HELP, alert, NULL, "plain");
    /* The question itself stands in the escalation. */
    step_ask(step, step_keep(step, s_question_text(step)), "", buttons, s_card(step, "", NULL),
             conv->question);
    transition_alert(step->out, alert->hash, ALERT_ASKED, NULL, step->now_ms, -1);
    cJSON *detail = sb_json_object();
    sb_json_add_int(detail, "deadline_ms", conv->deadline_ms);
    step_audit(step, alert, STEP_BOT, "asked", detail);
}

void question_consent(step_t *step)
{
    assert(step->open);
    step->conv.state = CONV_CONSENT;
    cJSON *buttons = sb_json_array();
    step_button(step, buttons, MSG_BUTTON_CONSENT, SB_BUTTON_AGREE, step->open, NULL, "primary");
    step_button(step, buttons, MSG_BUTTON_DECLINE, SB_BUTTON_DECLINE, step->open, NULL, "danger");
    const char *text = step_keep(step, s_consent_text(step));
    step_ask(step, text, text, buttons, s_card(step, "", NULL), step->conv.question);
}

void question_show(step_t *step, const char *number, const char *link)
{
    assert(step->open);
    assert(step->conv.state == CONV_PROVING);
    assert(!number != !link);
    fields_t fields = step_fields(step, step->open);
    const message_t message = number ? MSG_SHOW_NUMBER : MSG_SHOW_LINK;
    fields.number = number;
    const char *text = step_keep(step, messages_render(step->policy->messages, message, &fields));
    fields.number = number ? HIDDEN_NUMBER : NULL; /* it is for the person alone */
    const char *kept = step_keep(step, messages_render(step->policy->messages, message, &fields));
    cJSON *buttons = sb_json_array();
    if (link) {
        step_link_button(step, buttons, MSG_BUTTON_LINK, step->open, link);
    }
    step_button(step, buttons, MSG_BUTTON_CANCEL, SB_BUTTON_DECLINE, step->open, NULL, "plain");
    step_ask(step, text, kept, buttons, s_card(step, "", NULL), step->conv.question);
}

/* ---- Alerts that need no question. */

static void s_escalate_unasked(step_t *step, const alert_t *alert, const char *outcome)
{
    transition_alert(step->out, alert->hash, ALERT_ESCALATED, outcome, -1, -1);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "outcome", outcome);
    step_audit(step, alert, STEP_BOT, "escalated", detail);
    alert_t escalated = *alert;
    escalated.outcome = outcome;
    escalation_tell(step, &escalated);
}

static void s_close_muted(step_t *step, const alert_t *alert, const char *reason)
{
    const transition_answer_t answer = {-1, -1, reason, NULL, NULL};
    transition_alert(step->out, alert->hash, ALERT_CLOSED, SB_OUTCOME_MUTED, -1, step->now_ms);
    transition_answer(step->out, alert->hash, &answer);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "reason", reason);
    step_audit(step, alert, STEP_BOT, "muted", detail);
}

/* True if the alert got its end without a word to the person. */
static bool s_settle(step_t *step, const alert_t *alert)
{
    if (!step->item->known) {
        s_escalate_unasked(step, alert, SB_OUTCOME_UNKNOWN_PERSON);
        return true;
    }
    if (alert->effect.kind != EFFECT_NONE) { /* no rule answers for the person */
        return false;
    }
    if (step->exempt) {
        s_escalate_unasked(step, alert, SB_OUTCOME_EXEMPT);
        return true;
    }
    const char *reason = step_mute(step, alert->title, alert->place);
    if (reason) {
        s_close_muted(step, alert, reason);
    }
    return reason != NULL;
}

void question_serve(step_t *step)
{
    assert(step);
    const item_t *item = step->item;
    for (size_t i = 0; i < item->queued_len && !step->open; i++) {
        if (!s_settle(step, &item->queued[i])) {
            s_ask(step, &item->queued[i]);
        }
    }
    for (size_t i = 0; i < item->news_len; i++) {
        const alert_t *alert = &item->news[i];
        if (s_settle(step, alert)) {
            continue;
        }
        if (step->open || item->queued_more) { /* older ones wait in the store */
            transition_alert(step->out, alert->hash, ALERT_QUEUED, NULL, -1, -1);
        } else {
            s_ask(step, alert);
        }
    }
    if (step->open) {
        return;
    }
    if (item->queued_more) {
        step->conv.deadline_ms = step->now_ms; /* the rest of the queue, at once */
    } else if (step->continues && item->known && !step->exempt && !step->unreachable) {
        step_say(step, MSG_BYE, NULL);
    }
}

/* ---- Its end. */

/* The open message as it was. The caller frees it. */
static char *s_open_text(step_t *step)
{
    if (step->conv.state == CONV_PROVING) {
        const fields_t fields = step_fields(step, step->open);
        return messages_render(step->policy->messages, MSG_SHOW_OVER, &fields);
    }
    return step->conv.state == CONV_CONSENT ? s_consent_text(step) : s_question_text(step);
}

void question_lock(step_t *step, message_t line, const char *outcome)
{
    assert(step->open);
    conv_t *conv = &step->conv;
    if (!conv->question[0]) {
        return;
    }
    const fields_t none = {0};
    char *text = s_open_text(step);
    char *under = line == MSG_NONE || conv->state == CONV_PROVING
                      ? sb_strdup("") /* it speaks for itself */
                      : messages_render(step->policy->messages, line, &none);
    char *whole = sb_format("%s%s%s", text, under[0] ? "\n\n" : "", under);
    char *shown = text_cut(whole, strlen(whole), SB_TEXT_MAX);
    step_update(step, conv->question, shown, s_card(step, under, outcome));
    conv->question[0] = '\0';
    free(text);
    free(under);
    free(whole);
    free(shown);
}

/* Only if a factor is at work. */
static void s_cancel_job(step_t *step)
{
    if (step->conv.state != CONV_PROVING || !step->conv.job[0]) {
        return;
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "job", step->conv.job);
    /* Not in the factor's own lane, where it would wait for what it is to cancel. */
    const char *lane = step_keep(step, sb_format("cancel:%s", step->item->id));
    char id[SB_ID_SIZE_MAX];
    transition_send(step->out, SB_FACTOR_CANCEL, lane, step->open->hash, body, id);
}

/* All but the last alert. */
static void s_reset(conv_t *conv)
{
    conv_t idle = {.deadline_ms = -1};
    memcpy(idle.last_alert, conv->last_alert, sizeof idle.last_alert);
    *conv = idle;
}

/* Nothing is open any more; the alert becomes the last one, in its new state. */
static void s_over(step_t *step, alert_state_t state, const char *outcome)
{
    conv_t *conv = &step->conv;
    step->last = *step->open;
    step->last.state = state;
    step->last.outcome = outcome;
    step->has_last = true;
    step->open = NULL;
    step->continues = true;
    s_reset(conv);
    (void)snprintf(conv->last_alert, sizeof conv->last_alert, "%s", step->last.hash);
}

/* What the person has said by now: 1 yes, 0 no, -1 nothing. */
static int s_performed(const step_t *step, const char *outcome)
{
    if (strcmp(outcome, SB_OUTCOME_DENIED) == 0) {
        return 0;
    }
    return step->conv.state == CONV_ASKED ? -1 : 1;
}

/* The line in place of the buttons. */
static message_t s_line(const char *outcome)
{
    static const struct {
        const char *outcome;
        message_t line;
    } rows[] = {
        {SB_OUTCOME_DENIED,     MSG_ANSWERED_NO    },
        {SB_OUTCOME_DECLINED,   MSG_ANSWERED_NO    },
        {SB_OUTCOME_UNSURE,     MSG_ANSWERED_UNSURE},
        {SB_OUTCOME_NEEDS_HELP, MSG_ANSWERED_HELP  },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].outcome, outcome) == 0) {
            return rows[i].line;
        }
    }
    return MSG_CLOSED;
}

/* The explanation, and below it what was said besides. */
static const char *s_comment(step_t *step, const char *words)
{
    const char *comment = step->conv.comment;
    if (!words || !words[0]) {
        return comment;
    }
    char *all =
        sb_format("%s%s%s", comment ? comment : "", comment && comment[0] ? "\n" : "", words);
    const char *kept = step_keep(step, text_cut(all, strlen(all), SB_COMMENT_MAX));
    free(all);
    return kept;
}

void question_escalate(step_t *step, const char *outcome, message_t said, const char *words)
{
    assert(step->open);
    alert_t alert = *step->open;
    alert.outcome = outcome;
    alert.comment = step->conv.comment = s_comment(step, words);
    const transition_answer_t answer = {
        .performed = s_performed(step, outcome),
        .authenticated = 0,
        .comment = alert.comment,
    };
    transition_alert(step->out, alert.hash, ALERT_ESCALATED, outcome, alert.asked_ms, -1);
    transition_answer(step->out, alert.hash, &answer);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "outcome", outcome);
    step_audit(step, &alert, STEP_BOT, "escalated", detail);
    escalation_tell(step, &alert);
    transcript_tell(step, &alert);
    if (strcmp(outcome, SB_OUTCOME_UNDELIVERABLE) == 0) {
        step->unreachable = true;
    } else {
        question_lock(step, s_line(outcome), outcome);
    }
    s_cancel_job(step);
    step_say(step, said, NULL);
    s_over(step, ALERT_ESCALATED, outcome);
}

void question_mend(step_t *step)
{
    assert(step);
    conv_t *conv = &step->conv;
    if (conv->state == CONV_IDLE || (step->open && step->open->state == ALERT_ASKED)) {
        return;
    }
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "alert", conv->alert);
    step_audit(step, step->open, STEP_BOT, "question dropped", detail);
    if (step->open) {
        question_lock(step, MSG_CLOSED, step->open->outcome);
        s_cancel_job(step);
        s_over(step, step->open->state, step->open->outcome);
    } else {
        s_reset(conv);
    }
}

/* True for titles that one confirmation must not silence. */
static bool s_is_never_muted(const policy_t *policy, const char *title)
{
    for (char *const *never = policy->never_mute; never && *never; never++) {
        if (strcmp(*never, title) == 0) {
            return true;
        }
    }
    return strcmp(title, HANDLERS_TEST_TITLE) == 0 || proof_is_ruled(policy, title);
}

void question_confirm(step_t *step)
{
    assert(step->open);
    assert(step->conv.state == CONV_PROVING);
    const alert_t *alert = step->open;
    const policy_t *policy = step->policy;
    const transition_answer_t answer = {
        1, 1, step->conv.comment, step->conv.driver, step->conv.job,
    };
    transition_alert(step->out, alert->hash, ALERT_CLOSED, SB_OUTCOME_CONFIRMED, alert->asked_ms,
                     step->now_ms);
    transition_answer(step->out, alert->hash, &answer);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "factor", step->conv.driver);
    sb_json_add_str(detail, "proof", step->conv.job);
    step_audit(step, alert, STEP_BOT, "confirmed", detail);
    question_lock(step, MSG_NONE, SB_OUTCOME_CONFIRMED);
    if (alert->effect.kind != EFFECT_NONE) {
        effect_apply(step, alert);
        s_over(step, ALERT_CLOSED, SB_OUTCOME_CONFIRMED);
        return;
    }
    if (policy->automute_ms > 0 && !s_is_never_muted(policy, alert->title)) {
        step_mute_for(step, alert->title, alert->place, AUTOMUTE_REASON, policy->automute_ms);
    }
    step_say(step, MSG_GOOD_AUTH, NULL);
    s_over(step, ALERT_CLOSED, SB_OUTCOME_CONFIRMED);
}
