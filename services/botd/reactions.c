/* reactions.c. One table, state by what was heard; each cell is a few lines below. What authd says
 * that is not known here is never an approval. */
#include "services/botd/reactions.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/authd.h"
#include "services/botd/late.h"
#include "services/botd/question.h"
#include "services/botd/text.h"

#define CAN_TIMEOUT_MS 10000 /* which factor is there is asked of a store, not of a person */
#define DRIVER_MAX 24        /* room for what item.c writes behind it */
#define WORDS_MAX 2000       /* said besides the comment, e.g. when declining */
#define STATUS_SHOWN_MAX 64
#define AUDIT_COMMENT_MAX 2000

static bool s_is_over(const step_t *step)
{
    return step->conv.deadline_ms <= step->now_ms;
}

/* ---- Jobs for authd. */

static void s_job(step_t *step, const char *kind, cJSON *body, int64_t timeout_ms)
{
    const int64_t left_ms = step->conv.deadline_ms - step->now_ms;
    int64_t ms = timeout_ms < left_ms ? timeout_ms : left_ms;
    ms = ms < SB_TIMEOUT_MS_MAX ? ms : SB_TIMEOUT_MS_MAX;
    sb_json_add_int(body, "timeout_ms", ms > 0 ? ms : 1);
    const char *lane = step_keep(step, sb_format("factor:%s", step->item->id));
    transition_send(step->out, kind, lane, step->open->hash, body, step->conv.job);
}

static void s_start_factor(step_t *step, const char *code)
{
    const alert_t *alert = step->open;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", step->item->id);
    sb_json_add_str(body, "driver", step->conv.driver);
    sb_json_add_str(body, "alert", alert->hash);
    sb_json_add_str(body, "code", code);
    sb_json_add_str(body, "title", alert->title);
    sb_json_add_str(body, "description", alert->description);
    s_job(step, SB_FACTOR_START, body, step->policy->proof_ms);
    step->conv.state = CONV_PROVING;
}

/* The time was up before the factor could be asked: botd was away, although the person was not. */
static void s_out_of_time(step_t *step)
{
    question_escalate(step, SB_OUTCOME_NO_ANSWER, MSG_NO_RESPONSE, NULL);
}

/* ---- The question. */

static void s_audit_answer(step_t *step, const char *answer, const char *comment)
{
    char *words =
        text_cut(comment ? comment : "", comment ? strlen(comment) : 0, AUDIT_COMMENT_MAX);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "answer", answer);
    sb_json_add_str(detail, "comment", words);
    step_audit(step, step->open, step->item->id, "answered", detail);
    free(words);
}

static void s_keep_comment(step_t *step, const heard_t *heard)
{
    const answer_t *answer = &heard->answer;
    char code[SB_CODE_DIGITS + 1];
    if (answer->comment && answer->comment_size > 0 &&
        !answer_code(answer->comment, answer->comment_size, code)) { /* a code is no explanation */
        step->conv.comment =
            step_keep(step, text_cut(answer->comment, answer->comment_size, SB_COMMENT_MAX));
    }
}

static void s_asked_yes(step_t *step, const heard_t *heard)
{
    s_keep_comment(step, heard);
    s_audit_answer(step, "yes", step->conv.comment);
    question_lock(step, MSG_ANSWERED_YES, NULL);
    step->conv.state = CONV_CHECKING;
    if (s_is_over(step)) {
        s_out_of_time(step);
        return;
    }
    /* Durable now, not when the factor is through. */
    const transition_answer_t answer = {1, -1, step->conv.comment, NULL, NULL};
    transition_answer(step->out, step->open->hash, &answer);
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", step->item->id);
    s_job(step, SB_FACTOR_CAN, body,
          step->policy->proof_ms < CAN_TIMEOUT_MS ? step->policy->proof_ms : CAN_TIMEOUT_MS);
}

static void s_asked_no(step_t *step, const heard_t *heard)
{
    s_keep_comment(step, heard);
    s_audit_answer(step, "no", step->conv.comment);
    question_escalate(step, SB_OUTCOME_DENIED, MSG_ESCALATED, NULL);
}

/* What was said where a code could have been typed. NULL if nothing was; the caller frees it. */
static char *s_words(const heard_t *heard)
{
    if (!heard->answer.comment || heard->answer.comment_size == 0) {
        return NULL;
    }
    char *words = text_cut(heard->answer.comment, heard->answer.comment_size, WORDS_MAX);
    text_hide_codes(words);
    return words;
}

/* No answer that settles anything; pressed after a yes it takes that back. */
static void s_hand_over(step_t *step, const heard_t *heard, const char *answer, const char *outcome,
                        message_t said)
{
    char *words = NULL;
    if (step->conv.state == CONV_ASKED) {
        s_keep_comment(step, heard);
    } else {
        words = s_words(heard);
    }
    s_audit_answer(step, answer, words ? words : step->conv.comment);
    question_escalate(step, outcome, said, words);
    free(words);
}

static void s_unsure(step_t *step, const heard_t *heard)
{
    s_hand_over(step, heard, "unsure", SB_OUTCOME_UNSURE, MSG_ESCALATED);
}

static void s_help(step_t *step, const heard_t *heard)
{
    s_hand_over(step, heard, "help", SB_OUTCOME_NEEDS_HELP, MSG_HELP_COMES);
}

static void s_unsent(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_UNDELIVERABLE, MSG_NONE, NULL);
}

static void s_no_answer(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_NO_ANSWER, MSG_NO_RESPONSE, NULL);
}

/* ---- Which factor is there. */

static const char *s_status(const heard_t *heard, sb_reader_t *reader_r, sb_err_t *err)
{
    *reader_r = sb_reader(heard->result, "result", err);
    return sb_read_str_or(reader_r, "status", SB_TEXT_MAX, "");
}

static void s_audit_result(step_t *step, const char *action, const char *status)
{
    char *shown = text_line(status, STATUS_SHOWN_MAX);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "job", step->conv.job);
    sb_json_add_str(detail, "status", shown);
    step_audit(step, step->open, "authd", action, detail);
    free(shown);
}

static void s_factor_known(step_t *step, const heard_t *heard)
{
    sb_err_t err;
    sb_reader_t r;
    const char *status = s_status(heard, &r, &err);
    const char *driver = sb_read_str_or(&r, "driver", DRIVER_MAX, "");
    const bool typed = sb_read_bool_or(&r, "typed", false);
    const bool ok = sb_reader_code(&r) == SB_OK && strcmp(status, SB_FACTOR_OK) == 0 && driver[0];
    s_audit_result(step, "factor", status);
    step->conv.job[0] = '\0';
    if (ok) {
        (void)snprintf(step->conv.driver, sizeof step->conv.driver, "%s", driver);
        step->conv.typed = typed;
        question_consent(step);
    } else if (strcmp(status, SB_FACTOR_NONE) == 0) {
        question_escalate(step, SB_OUTCOME_NO_FACTOR, MSG_NO_2FA, NULL);
    } else {
        question_escalate(step, SB_OUTCOME_FACTOR_UNAVAILABLE, MSG_BAD_AUTH, NULL);
    }
}

static void s_factor_away(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_FACTOR_UNAVAILABLE, MSG_NO_RESPONSE, NULL);
}

/* ---- Consent and code. */

static void s_code(step_t *step, const heard_t *heard)
{
    question_lock(step, MSG_ANSWERED_YES, NULL);
    if (s_is_over(step)) {
        s_out_of_time(step);
    } else {
        s_start_factor(step, heard->code);
    }
}

static void s_consent_yes(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_lock(step, MSG_ANSWERED_YES, NULL);
    if (step->conv.typed) {
        step->conv.state = CONV_CODE;
        step_say(step, MSG_2FA_CODE, NULL);
    } else if (s_is_over(step)) {
        s_out_of_time(step);
    } else {
        step_say(step, MSG_SENDING_PUSH, NULL);
        s_start_factor(step, NULL);
    }
}

/* No to the factor, or a no on second thoughts while it is at work. */
static void s_declined(step_t *step, const heard_t *heard)
{
    char *words = s_words(heard);
    cJSON *detail = sb_json_object();
    sb_json_add_str(detail, "text", words);
    step_audit(step, step->open, step->item->id, "declined", detail);
    question_escalate(step, SB_OUTCOME_DECLINED, MSG_ESCALATED, words);
    free(words);
}

/* The question's no, pressed after a yes: the answer that is safe counts. */
static void s_denied(step_t *step, const heard_t *heard)
{
    s_hand_over(step, heard, "no", SB_OUTCOME_DENIED, MSG_ESCALATED);
}

/* A button that is pressed twice means nothing more than once. */
static bool s_is_typed(const heard_t *heard)
{
    return heard->kind == HEARD_CODE || heard->answer.comment;
}

/* Yes again, where a code is waited for. */
static void s_code_please(step_t *step, const heard_t *heard)
{
    if (s_is_typed(heard)) {
        step_say(step, MSG_2FA_CODE, NULL);
    }
}

/* ---- The proof. */

/* What authd's status means for the alert; what is not listed is an unavailable factor. */
static const struct {
    const char *status;
    const char *outcome;
} s_refusals[] = {
    {SB_FACTOR_REFUSED, SB_OUTCOME_REFUSED       },
    {SB_FACTOR_FRAUD,   SB_OUTCOME_FRAUD         },
    {SB_FACTOR_TIMEOUT, SB_OUTCOME_FACTOR_TIMEOUT},
    {SB_FACTOR_NONE,    SB_OUTCOME_NO_FACTOR     },
};

static const char *s_outcome(const char *status)
{
    for (size_t i = 0; i < sizeof s_refusals / sizeof s_refusals[0]; i++) {
        if (strcmp(s_refusals[i].status, status) == 0) {
            return s_refusals[i].outcome;
        }
    }
    return SB_OUTCOME_FACTOR_UNAVAILABLE;
}

static void s_wrong_code(step_t *step)
{
    conv_t *conv = &step->conv;
    conv->attempts++;
    conv->job[0] = '\0';
    if (!conv->typed || conv->attempts >= step->policy->codes_max) {
        question_escalate(step, SB_OUTCOME_REFUSED, MSG_BAD_AUTH, NULL);
        return;
    }
    conv->state = CONV_CODE;
    char tries[24];
    (void)snprintf(tries, sizeof tries, "%lld",
                   (long long)(step->policy->codes_max - conv->attempts));
    const fields_t fields = {.tries = tries};
    step_say(step, MSG_BAD_CODE, &fields);
}

static void s_proven(step_t *step, const heard_t *heard)
{
    sb_err_t err;
    sb_reader_t r;
    const char *status = s_status(heard, &r, &err);
    s_audit_result(step, "proof", status);
    const bool approved = sb_reader_code(&r) == SB_OK && strcmp(status, SB_FACTOR_APPROVED) == 0;
    if (approved && !step->item->refused) {
        question_confirm(step);
    } else if (strcmp(status, SB_FACTOR_WRONG_CODE) == 0) {
        s_wrong_code(step);
    } else {
        step->conv.job[0] = '\0'; /* it has ended: nothing to cancel */
        question_escalate(step, s_outcome(status), MSG_BAD_AUTH, NULL);
    }
}

static void s_proof_late(step_t *step, const heard_t *heard)
{
    (void)heard;
    question_escalate(step, SB_OUTCOME_FACTOR_TIMEOUT, MSG_NO_RESPONSE, NULL);
}

/* ---- At any time. */

static void s_busy(step_t *step, const heard_t *heard)
{
    if (s_is_typed(heard)) {
        step_say(step, MSG_BUSY, NULL);
    }
}

static void s_late(step_t *step, const heard_t *heard)
{
    late_typed(step, &heard->answer);
}

/* Nothing is open, but the queue was left where an earlier step had no room for more. */
static void s_wake(step_t *step, const heard_t *heard)
{
    (void)heard;
    step->conv.deadline_ms = -1;
    step->continues = true;
}

typedef void(reaction_fn)(step_t *step, const heard_t *heard);

/* An empty cell can't be reached: conversation.c makes no such input in that state. */
/* clang-format off */
static reaction_fn *const s_reactions[CONV_STATES][HEARD_LEN] = {
    [CONV_IDLE]     = {s_late,        s_late,     NULL,       s_late,   s_late, NULL,   NULL,           NULL,     s_wake},
    [CONV_ASKED]    = {s_asked_yes,   s_asked_no, s_asked_no, s_unsure, s_help, NULL,   NULL,           s_unsent, s_no_answer},
    [CONV_CHECKING] = {s_busy,        s_declined, s_denied,   s_unsure, s_help, NULL,   s_factor_known, NULL,     s_factor_away},
    [CONV_CONSENT]  = {s_consent_yes, s_declined, s_denied,   s_unsure, s_help, s_code, NULL,           s_unsent, s_no_answer},
    [CONV_CODE]     = {s_code_please, s_declined, s_denied,   s_unsure, s_help, s_code, NULL,           NULL,     s_no_answer},
    [CONV_PROVING]  = {s_busy,        s_declined, s_denied,   s_unsure, s_help, s_busy, s_proven,       NULL,     s_proof_late},
};
/* clang-format on */

void reactions_run(step_t *step, const heard_t *heard)
{
    assert(step);
    assert(heard);
    reaction_fn *reaction = s_reactions[step->conv.state][heard->kind];
    assert(reaction);
    reaction(step, heard);
}
